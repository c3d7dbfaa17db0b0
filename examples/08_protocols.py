"""Why sample-level figures are higher: pieces of one recording on both sides of a fold.

Run: python examples/08_protocols.py [output folder]
Clips are cut into two overlapping pieces, as is often done to get more samples. The same SVM is
judged by whole persons (loso) and by single pieces (sample-kfold); once with the true labels, once
with labels dealt at random, where there is nothing to learn.
"""

from __future__ import annotations

import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from classifiers import make_classifier
from experiments import ProtocolSettings, collect, cross_validate, make_folds, score_predictions
from experiments.datasets.drawn import DrawnSettings, write_clips
from experiments.fitting.search import Recipe as Learning
from sttm import STTM, Recipe, TimeSettings
from sttm.extract import extract
from sttm.store import Store

warnings.simplefilter("ignore")  # sample-kfold warns; here that is the point
out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
cuts = ((0, 15), (8, 23))  # first and last frame
parts = [clips.assign(clip=clips["clip"] + f".{a}", first=a, last=b) for a, b in cuts]
pieces = pd.concat(parts, ignore_index=True)
recipe = Recipe(STTM(grid=(1, 8, 8)), time=TimeSettings(frames=12))
measures = extract(pieces, recipe, root=out / "drawn", store=Store(out / "store")).measures

truth = labels["label"].to_numpy(dtype=str)
random = np.random.default_rng(0).permutation(truth)
subjects = pieces["subject"].to_numpy(dtype=str)
learning = Learning(partial(make_classifier, "svm"), encoder=recipe.descriptor.encoder())
rows = []
for kind, dealt in (("true labels", truth), ("labels dealt at random", random)):
    y = np.tile(dealt, len(cuts))  # the pieces of a clip share its label
    for protocol in ("loso", "sample-kfold"):
        folds = make_folds(y, subjects, ProtocolSettings(protocol, folds=6))
        results = list(cross_validate(learning, measures, y, subjects, folds))
        table = collect(results, pieces["clip"].tolist(), y)
        uar = score_predictions(table, dict(zip(pieces["clip"], subjects, strict=True))).uar
        rows.append((kind, protocol, uar))
        print(f"{kind:23} {protocol:13} {uar.value:.2f} ({uar.low:.2f} to {uar.high:.2f})")

figure = Figure(figsize=(8.5, 3.4), layout="constrained")
axes = figure.subplots()
for place, (_, protocol, uar) in enumerate(rows[::-1]):
    colour = {"loso": "#0072B2", "sample-kfold": "#D55E00"}[protocol]
    axes.plot([uar.low, uar.high], [place] * 2, color=colour, linewidth=3, alpha=0.4)
    axes.plot(uar.value, place, "o", color=colour)
axes.axvline(1 / 7, color="grey", linestyle=":", label="chance")
axes.set_yticks(range(4), [f"{kind}\n{protocol}" for kind, protocol, _ in rows[::-1]])
axes.set(xlabel="UAR, 95 % interval over subjects", xlim=(0, 1), ylim=(-0.5, 3.5))
axes.legend(frameon=False, loc="lower right")
axes.spines[["top", "right"]].set_visible(False)
figure.suptitle("One model, two protocols: 84 pieces of 42 clips of drawn (synthetic) faces")
figure.savefig(out / "protocols.png", dpi=120)
print(f"written {out / 'protocols.png'}")
