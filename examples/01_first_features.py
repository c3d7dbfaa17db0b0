"""Two drawn clips become named features: open, crop the face, describe, export, look back.

Run: python examples/01_first_features.py [output folder]
Every column has a place on the face, so a difference between two clips can be put back on it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments import DrawnSettings, write_clips
from sttm import STTM, crop_faces, export_table, features_table, open_frames

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))

# Drawn (synthetic) faces stand for your videos; they are drawn once and found again.
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
both = clips.merge(labels, on="clip").set_index("clip", drop=False)
chosen = both.loc[["d01-happiness-1", "d01-surprise-1"]]

volumes = []
for source in chosen["source"]:
    with open_frames(out / "drawn" / source) as frames:
        face = crop_faces(frames)[0]  # the largest face, eyes level and at fixed points
    print(f"{source}: crop {face.volume.shape} (t, y, x), eyes found: {face.eyes_found}")
    volumes.append(face.volume)

sttm = STTM(grid=(1, 10, 10))
values = sttm.fit_transform(volumes)  # (clips, columns)
table = features_table(chosen["clip"], sttm.get_feature_names_out(), values)
done = export_table(table, out / "first.csv", labels=labels[["clip", "label"]])

most = int(np.abs(values[0] - values[1]).argmax())
place = sttm.places()[most]
print(f"{values.shape[1]} columns; the two clips differ most in {table.columns[1 + most]}:")
print(f"  t {place.t}, y {place.y}, x {place.x}: {place.meaning}")
print(f"  exported for other programs: {done.path}")

apart = np.zeros((10, 10))  # how far apart the two clips are in each block of the face
for column, spot in enumerate(sttm.places()):
    y, x = round(10 * spot.y[0]), round(10 * spot.x[0])
    apart[y, x] += (values[0, column] - values[1, column]) ** 2
apart = np.sqrt(apart)

figure = Figure(figsize=(9, 3.7), layout="constrained")
axes = figure.subplots(1, 3)
for panel, volume, row in zip(axes, volumes, chosen.itertuples(), strict=False):
    panel.imshow(volume[row.apex], cmap="gray", extent=(0, 10, 10, 0))
    panel.set_title(f"{row.label}, frame {row.apex} of {len(volume)}", fontsize=11)
axes[2].imshow(volumes[1].mean(axis=0), cmap="gray", extent=(0, 10, 10, 0))
axes[2].imshow(apart, cmap="Oranges", extent=(0, 10, 10, 0), alpha=apart / apart.max())
axes[2].set_title("where their features differ", fontsize=11)
for panel in axes:
    panel.set(xticks=range(11), yticks=range(11), xticklabels=[], yticklabels=[])
    panel.tick_params(length=0)
    panel.grid(color="white", alpha=0.25, linewidth=0.5)  # the blocks
figure.suptitle(f"Two clips, {values.shape[1]:,} features each: a drawn (synthetic) face")
figure.savefig(out / "first.png", dpi=120)
print(f"written {out / 'first.png'} and {done.path}")
