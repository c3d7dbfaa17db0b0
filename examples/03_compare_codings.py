"""Codings of the texture map and LBP-TOP side by side, no subject on both sides, with intervals.

Run: python examples/03_compare_codings.py [output folder]
Six drawn subjects are few: look at how wide the intervals are before you rank anything.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from classifiers import make_classifier
from experiments import (
    DrawnSettings,
    collect,
    cross_validate,
    make_folds,
    score_predictions,
    write_clips,
)
from experiments.fitting.search import Recipe
from sttm import LBPTOP, STTM, crop_faces, open_frames, resample

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
y, subjects = labels["label"].to_numpy(dtype=str), clips["subject"].to_numpy(dtype=str)
folds = make_folds(y, subjects)  # leave one subject out

volumes = []
for source in clips["source"]:  # each clip is decoded and cropped once, for all candidates
    with open_frames(out / "drawn" / source) as frames:
        volumes.append(resample(crop_faces(frames)[0].volume, 12))

names = ("response", "signed", "temporal", "oriented")
candidates = {name: STTM(name, grid=(1, 8, 8), normalisation="hellinger") for name in names}
candidates |= {"oriented, default": STTM(), "LBP-TOP": LBPTOP(normalisation="hellinger")}
rows = []
for name, descriptor in candidates.items():
    measures = descriptor.measure_all(volumes)  # bin edges are learned inside the folds
    recipe = Recipe(partial(make_classifier, "svm", C=1.0), encoder=descriptor.encoder())
    results = list(cross_validate(recipe, measures, y, subjects, folds))
    table = collect(results, clips["clip"].tolist(), y)
    uar = score_predictions(table, dict(zip(clips["clip"], subjects, strict=True))).uar
    rows.append((name, len(descriptor.places()), uar))
    print(f"{name:18} {rows[-1][1]:6} columns   UAR {uar.value:.2f}", end="   ")
    print(f"95 % interval {uar.low:.2f} to {uar.high:.2f}")

rows.sort(key=lambda row: row[2].value)
figure = Figure(figsize=(8, 4), layout="constrained")
axes = figure.subplots()
for height, row in enumerate(rows):
    uar = row[2]
    axes.plot([uar.low, uar.high], [height, height], color="#0072B2", linewidth=3, alpha=0.4)
    axes.plot(uar.value, height, "o", color="#0072B2")
axes.axvline(1 / len(set(y)), color="#D55E00", linestyle=":")
axes.text(1 / len(set(y)), len(rows) - 0.6, " chance", color="#D55E00", va="top")
axes.set_yticks(range(len(rows)), [f"{name} ({columns:,})" for name, columns, _ in rows])
axes.set(xlabel="UAR, leave one subject out, 95 % interval over subjects", xlim=(0, 1))
axes.spines[["top", "right"]].set_visible(False)
figure.suptitle("Codings (columns) on 42 clips of 6 drawn (synthetic) faces")
figure.savefig(out / "codings.png", dpi=120)
print(f"written {out / 'codings.png'}")
