"""Landmarks: 68 points by the classical search, how far they are off, and what geometry says.

Run: python examples/16_landmarks.py [output folder]
The face is drawn, so its true points are known. The error says nothing about people.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments import DrawnSettings
from experiments.datasets.drawn import draw_clip
from sttm import FaceSettings, crop_faces, open_frames
from sttm.descriptors.geometry import Geometry
from sttm.faces.geometry import apply
from sttm.landmarks.points import normalised_error
from sttm.landmarks.scheme import PARTS

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
out.mkdir(parents=True, exist_ok=True)
clip = draw_clip(DrawnSettings(subjects=6, takes=1), 0, "happiness", 0)
with open_frames(clip.frames.mean(axis=3).astype(np.uint8)) as frames:
    face = crop_faces(frames, FaceSettings(eye_distance=0.38))[0]  # with the chin

geometry = Geometry(landmarks="cascades")  # or landmarks="regressor", model="points.sttm-points"
points = geometry.points(face.volume)  # (t, 68, 2) in pixels of the crop; NaN: not told (the jaw)
true = np.stack([apply(face.transform[t], clip.points[t]) for t in range(len(points))])
error = normalised_error(points[clip.apex], true[clip.apex])
print(f"at the apex {error:.1%} of the distance of the outer eye corners off, without the jaw")

strip = face.volume[: clip.apex + 1]  # from the neutral face to the strongest frame
names = [str(n) for n in geometry.get_feature_names_out()]
columns = dict(zip(names, geometry.fit_transform([strip])[0], strict=True))
kept = [n for n in columns if n.endswith(".b01") and "angle" not in n]  # since the first frame
changes = {n.removesuffix(".b01"): columns[n] for n in kept}
largest = sorted(changes, key=lambda n: -abs(changes[n]))[:8]

figure = Figure(figsize=(11.5, 4), layout="constrained")
first, apex, bars = figure.subplots(1, 3, width_ratios=(1, 1, 1.3))
for axes, frame, title in ((first, 0, "first frame"), (apex, clip.apex, "apex")):
    axes.imshow(face.volume[frame], cmap="gray")
    for part in PARTS.values():
        axes.plot(*points[frame, list(part)].T, ".-", color="#E69F00", markersize=4, linewidth=0.8)
        axes.plot(*true[frame, list(part)].T, "+", color="#56B4E9", markersize=4)
    side = face.volume.shape[1]
    axes.set(xlim=(0, side - 1), ylim=(side - 1, 0), title=title)
    axes.set_axis_off()
bars.barh(largest[::-1], [changes[n] for n in largest[::-1]], color="#0072B2")
bars.axvline(0, color="grey", linewidth=0.8)
bars.set(xlabel="change since the first frame (eyes 1 apart)")
bars.spines[["top", "right"]].set_visible(False)
figure.suptitle("Happiness on a drawn (synthetic) face: found points orange, true ones blue")
figure.savefig(out / "landmarks.png", dpi=110)
print(f"written {out / 'landmarks.png'}")
