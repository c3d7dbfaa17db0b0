"""What STTM sees of a clip: crop, texture map and strongest blocks as a strip, and the response.

Run: python examples/02_texture_map.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from experiments.datasets.drawn import DrawnSettings, write_clips
from sttm import STTM, crop_faces, open_frames, response
from sttm.codings.base import magnitude
from sttm.extract import Job, Recipe
from sttm.pictures import show_clip

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
_, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
name = "d02-surprise-1"
source = out / "drawn" / f"{name}.avi"
marks = labels.set_index("clip").loc[name]

# the whole picture, as `sttm show` draws it
note = "Drawn (synthetic) face; nobody was filmed."
shown = show_clip(Job(name, source, None, None, None), Recipe(STTM()), out, video=False, note=note)

# the map as an array: H of every voxel; its mean strength per frame says when which half changes
with open_frames(source) as frames:
    crop = crop_faces(frames)[0].volume
H = response(crop)
strength = magnitude(np.maximum(H, 0))  # (t, y, x)
half = H.shape[1] // 2
courses = {"eyes and brows": strength[:, :half], "nose and mouth": strength[:, half:]}

figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for (name_of_half, part), line in zip(courses.items(), ("-", "--"), strict=True):
    axes.plot(part.mean(axis=(1, 2)), line, color="black", label=name_of_half)
axes.legend(frameon=False)
top = axes.get_ylim()[1]
for mark in ("onset", "apex", "offset"):
    axes.axvline(marks[mark], color="tab:orange", linewidth=1)
    axes.text(marks[mark], 0.98 * top, f" {mark}", va="top", color="tab:orange")
axes.set(xlabel="frame", ylabel="mean of max(H, 0)$^{1/6}$", ylim=(0, top))
axes.set_title(f"{name}: when the face changes. Drawn (synthetic) face", fontsize=10)
figure.savefig(out / "response.png", dpi=120)
print(f"H {H.shape}, from {H.min():.3g} to {H.max():.3g}")
print(f"written {shown.strip} and {out / 'response.png'}")
