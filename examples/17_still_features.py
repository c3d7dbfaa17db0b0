"""Still faces: geometry, HOG and both, on people left out; then a bundle that recognises pictures.

Run: python examples/17_still_features.py [output folder]
The pictures are the strongest frames of drawn clips; the figures say nothing about people.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import balanced_accuracy_score as uar
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from classifiers import make_classifier
from experiments import Config, DrawnSettings, parse, train_model, write_clips
from recognizer import Settings, recognise
from sttm import open_frames
from sttm.descriptors import build
from sttm.extract import Recipe, extract
from sttm.store import Store

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
both = clips.merge(labels, on="clip")
both = both[both["label"].isin(["anger", "happiness", "neutral", "surprise"])]
for row in both.itertuples():  # a folder per label, a picture per clip; a sixth face for the end
    folder = out / "pictures" / ("new" if row.subject == "d06" else f"known/{row.label}")
    folder.mkdir(parents=True, exist_ok=True)
    with open_frames(out / "drawn" / row.source, colour=True) as frames:
        cv2.imwrite(str(folder / f"{row.clip}.png"), frames[int(row.apex)][..., ::-1])
known = both[both["subject"] != "d06"].assign(first=both["apex"], last=both["apex"])
local = {"name": "geometry", "params": {"landmarks": "cascades", "change": False}}
whole = {"name": "static-hog", "params": {"grid": [1, 6, 6]}}
fit = {"name": "logistic", "scaling": "standard"}
store, scores = Store(out / "store"), {}
for name, spec in {"geometry": local, "HOG": whole, "both": [local, whole]}.items():
    done = extract(known, Recipe(build(spec)), root=out / "drawn", store=store)
    rows = known.set_index("clip").loc[done.clips]  # those in which landmarks could be told
    X = build(spec).encoder().fit(done.measures).transform(done.measures)
    y, who, model = rows["label"], rows["subject"], make_classifier(**fit, seed=0)
    guess = cross_val_predict(model, X, y, groups=who, cv=LeaveOneGroupOut())
    scores[name] = [uar(y[who == w], guess[who == w]) for w in sorted(set(who))]
    print(f"{name:9} {len(rows)} of {len(known)} pictures, mean UAR {np.mean(scores[name]):.2f}")

data = {"kind": "folder", "path": str(out / "pictures/known"), "stills": True}
features = [{"name": s["name"], **s["params"]} for s in (local, whole)]
config = parse(Config, {"data": data, "descriptor": features, "classifier": fit, "jobs": 1})
bundle = train_model(config, out / "still.sttm", store=store).bundle
recognise([out / "pictures/new"], bundle, Settings(), out / "new.csv", out / "seen", jobs=1)

figure = Figure(figsize=(11, 5), layout="constrained")
left, right = figure.subfigures(1, 2, width_ratios=(1, 1.5))
axes = left.subplots()
for place, found in enumerate(scores.values()):
    axes.plot(place + np.linspace(-0.1, 0.1, len(found)), found, "o", color="#0072B2")
axes.plot(range(3), [np.mean(found) for found in scores.values()], "k_", markersize=40)
axes.axhline(1 / 4, color="grey", linestyle=":")
axes.set(xlim=(-0.5, 2.5), xticks=range(3), xticklabels=scores, ylim=(0, 1.05))
axes.set_ylabel("UAR of each person left out (dotted: chance)")
for axes, path in zip(right.subplots(2, 2).flat, sorted((out / "seen").glob("*.png")), strict=True):
    axes.imshow(cv2.imread(str(path))[..., ::-1])
    axes.set_title(f"shown: {both.set_index('clip').loc[path.stem, 'label']}", fontsize=10)
    axes.set_axis_off()
figure.suptitle("Drawn (synthetic) pictures: five people left out in turn; a sixth, recognised")
figure.savefig(out / "still.png", dpi=110)
print(f"written {out / 'still.png'} and {bundle}")
