"""One drawn clip becomes named features: open, crop the face, describe, export.

Run: python examples/01_first_features.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.datasets.drawn import DrawnSettings, write_clips
from sttm import STTM, crop_faces, export_table, features_table, open_frames

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))

# Drawn (synthetic) faces stand for your videos; they are drawn once and found again.
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
chosen = clips[clips["clip"].isin(["d01-happiness-1", "d01-surprise-1"])]

volumes = []
for source in chosen["source"]:
    with open_frames(out / "drawn" / source) as frames:
        face = crop_faces(frames)[0]  # the largest face, eyes level and at fixed points
    print(f"{source}: crop {face.volume.shape} (t, y, x), eyes found: {face.eyes_found}")
    volumes.append(face.volume)

sttm = STTM()
values = sttm.fit_transform(volumes)  # (clips, columns)
table = features_table(chosen["clip"], sttm.get_feature_names_out(), values)
done = export_table(table, out / "first.csv", labels=labels[["clip", "label"]])

strongest = table.columns[1 + int(values[0].argmax())]
place = sttm.locate(strongest)
print(f"{values.shape[1]} columns; the largest of the first clip is {strongest}:")
print(f"  t {place.t}, y {place.y}, x {place.x}: {place.meaning}")
print(f"written {done.path} and {done.sidecar}")
