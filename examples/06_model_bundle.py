"""A model in one file: train, save, load (nothing in the file is executed), predict a clip.

Run: python examples/06_model_bundle.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from classifiers import make_classifier
from experiments.datasets.drawn import DrawnSettings, write_clips
from recognizer import Bundle, load_bundle, save_bundle
from sttm import STTM, FaceSettings, TimeSettings
from sttm.extract import Job, Recipe, extract, measure_clip

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
known = labels["label"].isin(["disgust", "happiness", "neutral", "surprise"])
train = known & (clips["subject"] != "d06")  # the sixth person is for the end

recipe = Recipe(STTM(), FaceSettings(), TimeSettings(frames=12))
measures = extract(clips[train], recipe, root=out / "drawn").measures
encoder = recipe.descriptor.encoder().fit(measures)
classifier = make_classifier("svm", seed=0, kernel="linear", C=1.0)
y, subjects = labels.loc[train, "label"].to_numpy(dtype=str), clips.loc[train, "subject"]
classifier.fit(encoder.transform(measures), y, groups=subjects)  # groups: for the probabilities
about = {"data": "drawn (synthetic) faces of 5 subjects", "clips": int(train.sum())}
path = save_bundle(
    Bundle(encoder, classifier, recipe.faces, recipe.time, about), out / "model.sttm"
)

bundle = load_bundle(path)  # another day, another computer: faces, time, map and model in one
print(f"{path}: {path.stat().st_size // 1024} KB, {bundle.provenance['data']}")
unseen = clips.loc[known & ~train, "clip"].tolist()
figure, axes = plt.subplots(1, len(unseen), figsize=(9, 2.6), sharey=True, layout="constrained")
for name, panel in zip(unseen, axes, strict=True):
    job = Job(name, out / "drawn" / f"{name}.avi", None, None, None)
    probabilities = bundle.predict_proba(measure_clip(job, bundle.recipe)[0].measures[None])[0]
    print(f"{name}: {bundle.classes[probabilities.argmax()]} ({probabilities.max():.2f})")
    panel.barh(bundle.classes, probabilities, color="dimgrey")
    panel.set(xlim=(0, 1), xlabel="probability")
    panel.set_title(name, fontsize=10)
figure.suptitle("Four clips of a drawn (synthetic) face that the model never saw", fontsize=10)
figure.savefig(out / "probabilities.png", dpi=120)
print(f"written {out / 'probabilities.png'}")
