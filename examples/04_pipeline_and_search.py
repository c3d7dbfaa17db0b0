"""STTM inside scikit-learn: Pipeline, GridSearchCV and GroupKFold, subjects kept apart throughout.

Run: python examples/04_pipeline_and_search.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from experiments import DrawnSettings, write_clips
from sttm import STTM, FaceSettings, crop_faces, open_frames, resample

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
y, subjects = labels["label"].to_numpy(dtype=str), clips["subject"]

volumes, small = [], FaceSettings(size=64)  # small crops: a search measures them many times
for source in clips["source"]:
    with open_frames(out / "drawn" / source) as frames:
        volumes.append(resample(crop_faces(frames, small)[0].volume, 12))

train = ~subjects.isin(["d05", "d06"]).to_numpy()  # two people that no search may see
known = [v for v, t in zip(volumes, train, strict=True) if t]
unseen = [v for v, t in zip(volumes, train, strict=True) if not t]

steps = [("sttm", STTM(grid=(1, 6, 6))), ("svm", LinearSVC())]
pipeline = Pipeline(steps, memory=str(out / "pipeline"))  # a map that is known is not made again
codings, costs = ["oriented", "signed"], [0.01, 0.1, 1.0]
grid = {"sttm__coding": codings, "svm__C": costs}
people = GroupKFold(4)  # four people, so each fold is one of them
search = GridSearchCV(pipeline, grid, scoring="balanced_accuracy", cv=people)
search.fit(known, y[train], groups=subjects[train])
test = balanced_accuracy_score(y[~train], search.predict(unseen))

print(f"{len(known)} clips of 4 people to search and train, {len(unseen)} clips of 2 to test")
print(f"chosen: {search.best_params_}, UAR inside the search {search.best_score_:.2f}")
print(f"UAR on the two other people {test:.2f}")

found, places = search.cv_results_, np.arange(len(costs))
figure = Figure(figsize=(8.5, 4), layout="constrained")
axes = figure.subplots()
for coding, colour, side in zip(codings, ("#0072B2", "#D55E00"), (-0.15, 0.15), strict=True):
    rows = np.flatnonzero(found["param_sttm__coding"] == coding)
    folds = np.array([found[f"split{k}_test_score"][rows] for k in range(4)])  # (people, C)
    for k, shift in enumerate((-0.06, -0.02, 0.02, 0.06)):  # equal ones lie side by side
        axes.plot(places + side + shift, folds[k], "o", color=colour, alpha=0.35, mew=0)
    axes.plot(places + side, folds.mean(axis=0), "D-", color=colour, label=f"{coding}, mean of 4")
axes.plot([], [], "o", color="grey", alpha=0.5, mew=0, label="one person left out")
chosen = (costs.index(search.best_params_["svm__C"]), test)
axes.plot(*chosen, "k*", markersize=13, label="the chosen one on 2 others")
axes.axhline(1 / len(set(y)), color="grey", linestyle=":", label="chance")
axes.set_xticks(places, [str(c) for c in costs])
axes.set(xlabel="C of the SVM", ylabel="UAR", ylim=(-0.03, 1.03))
axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
axes.spines[["top", "right"]].set_visible(False)
figure.suptitle("A search that keeps people apart, on drawn (synthetic) faces")
figure.savefig(out / "search.png", dpi=120)
print(f"written {out / 'search.png'}")
