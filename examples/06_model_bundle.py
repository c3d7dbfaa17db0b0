"""A model in one file: train, save, load (nothing in the file is executed), predict new clips.

Run: python examples/06_model_bundle.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure

from experiments import Config, DrawnSettings, parse, train_model, write_clips
from recognizer import load_bundle
from sttm import crop_faces, open_frames
from sttm.extract import extract
from sttm.store import Store

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
both = clips.merge(labels, on="clip")
both = both[both["label"].isin(["disgust", "happiness", "neutral", "surprise"])]

# a study of your own is a CSV; the sixth person is kept for the end
study = both[both["subject"] != "d06"].rename(columns={"source": "path"})
study.drop(columns="dataset").to_csv(out / "study.csv", index=False)
values = {
    "name": "four-expressions",
    "title": "Four expressions of drawn (synthetic) faces",
    "data": {"kind": "csv", "path": str(out / "study.csv"), "root": str(out / "drawn")},
    "time": {"frames": 12},
    "descriptor": "sttm",
    "classifier": {"name": "svm", "kernel": "linear", "C": [0.1, 1.0]},  # a list is searched
    "jobs": 1,
}
store = Store(out / "store")
trained = train_model(parse(Config, values), out / "four.sttm", store=store)

bundle = load_bundle(trained.bundle)  # another day, another computer: faces, time, map, model
limits = [line for line in bundle.card.splitlines() if line.startswith("**")]
print(f"fitted on {trained.clips} clips; its model card says:", *limits, sep="\n  ")
unseen = both[both["subject"] == "d06"]
measures = extract(unseen, bundle.recipe, root=out / "drawn", store=store).measures
chances = bundle.predict_proba(measures)  # (clips, classes)

figure = Figure(figsize=(9, 4.2), layout="constrained")
axes = figure.subplots(2, len(unseen), height_ratios=(1.3, 1), sharey="row")
for number, row in enumerate(unseen.itertuples()):
    with open_frames(out / "drawn" / row.source) as frames:
        picture = crop_faces(frames)[0].volume[row.apex]
    axes[0, number].imshow(picture, cmap="gray")
    axes[0, number].set_title(f"shown: {row.label}", fontsize=11)
    axes[0, number].set_axis_off()
    colours = ["#0072B2" if c == row.label else "#BBBBBB" for c in bundle.classes]
    axes[1, number].barh(bundle.classes, chances[number], color=colours)
    axes[1, number].set(xlim=(0, 1), xlabel="probability", xticks=(0, 0.5, 1))
    axes[1, number].spines[["top", "right"]].set_visible(False)
figure.suptitle("Four clips of a drawn (synthetic) face that the model never saw; blue: the label")
figure.savefig(out / "probabilities.png", dpi=120)
print(f"written {out / 'probabilities.png'} and {trained.bundle}")
