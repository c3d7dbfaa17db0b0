"""What STTM sees of a clip: crop, texture map and strongest blocks as a strip, and over time.

Run: python examples/02_texture_map.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments import DrawnSettings, write_clips
from sttm import STTM, Job, Recipe, crop_faces, open_frames, response
from sttm.codings.base import magnitude
from sttm.pictures import show_clip

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
_, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
name = "d02-happiness-1"
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
means = {half_name: part.mean(axis=(1, 2)) for half_name, part in courses.items()}
top = max(course.max() for course in means.values())

figure = Figure(figsize=(8, 3.6), layout="constrained")
axes = figure.subplots()
for (half_name, course), style in zip(means.items(), ("-", "--"), strict=True):
    axes.plot(course / top, style, color="black", label=half_name)
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
for mark in ("onset", "apex", "offset"):
    axes.axvline(marks[mark], color="#D55E00", linewidth=1)
    axes.text(marks[mark], 1.07, mark, ha="center", va="bottom", color="#D55E00")
axes.set(xlabel="frame", ylabel="local change, share of its peak", ylim=(0, 1.05))
axes.spines[["top", "right"]].set_visible(False)
figure.suptitle(f"When a drawn (synthetic) face changes: {name}")
figure.savefig(out / "response.png", dpi=120)
print(f"H {H.shape}, from {H.min():.3g} to {H.max():.3g}")
print(f"written {shown.strip} and {out / 'response.png'}")
