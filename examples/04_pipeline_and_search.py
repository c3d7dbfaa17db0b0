"""STTM inside scikit-learn: Pipeline, GridSearchCV and GroupKFold, subjects kept apart throughout.

Run: python examples/04_pipeline_and_search.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from sklearn.metrics import ConfusionMatrixDisplay, balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

from experiments.datasets.drawn import DrawnSettings, write_clips
from sttm import STTM, TimeSettings, crop_faces, open_frames
from sttm.temporal import apply_time

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
wanted = labels["label"].isin(["happiness", "neutral", "surprise"])  # three classes: quicker
y, subjects = labels.loc[wanted, "label"].to_numpy(dtype=str), clips.loc[wanted, "subject"]

volumes = []
for source in clips.loc[wanted, "source"]:
    with open_frames(out / "drawn" / source) as frames:
        crop = crop_faces(frames)[0].volume
    volumes.append(apply_time(crop, TimeSettings(frames=12)))  # 12 frames each

test = subjects.isin(["d05", "d06"]).to_numpy()  # two people that no search may see
train = ~test
pipeline = Pipeline([("sttm", STTM(grid=(1, 6, 6))), ("svm", LinearSVC())])
grid = {"sttm__coding": ["oriented", "signed"], "svm__C": [0.01, 0.1, 1.0]}
search = GridSearchCV(pipeline, grid, scoring="balanced_accuracy", cv=GroupKFold(4))
search.fit([v for v, t in zip(volumes, train, strict=True) if t], y[train], groups=subjects[train])
predicted = search.predict([v for v, t in zip(volumes, test, strict=True) if t])

print(f"{train.sum()} clips of 4 people to search and train, {test.sum()} clips of 2 to test")
print(f"chosen: {search.best_params_}, UAR inside the search {search.best_score_:.2f}")
print(f"UAR on the two other people {balanced_accuracy_score(y[test], predicted):.2f}")
display = ConfusionMatrixDisplay.from_predictions(y[test], predicted, cmap="Greys", colorbar=False)
display.ax_.set_title(f"{test.sum()} clips of 2 unseen drawn (synthetic) faces", fontsize=10)
display.figure_.savefig(out / "confusion.png", dpi=120, bbox_inches="tight")
print(f"written {out / 'confusion.png'}")
