"""Which parts of the face a model looks at: the weights of its blocks on the mean face.

Run: python examples/10_block_weights.py [output folder]
It shows what this model uses on these clips; it does not show what a face must do.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from classifiers import make_classifier
from experiments import DrawnSettings, block_weights, fit_model, write_clips
from experiments.fitting.search import Recipe as Learning
from sttm import STTM, Recipe, TimeSettings
from sttm.extract import extract
from sttm.store import Store

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
recipe = Recipe(STTM(), time=TimeSettings(frames=12))  # 2 x 10 x 10 blocks
done = extract(clips, recipe, root=out / "drawn", store=Store(out / "store"))

svm = partial(make_classifier, "svm", kernel="linear", C=1.0)
learning = Learning(svm, encoder=recipe.descriptor.encoder())
model = fit_model(learning, done.measures, labels["label"], clips["subject"])
weights = block_weights(model, done.measures)  # a row per block, a column per class
print(f"{len(weights)} blocks, by {weights.attrs['how']}")

shown = ["anger", "disgust", "happiness", "surprise"]
for label in shown:
    row = weights.loc[weights[label].idxmax()]
    print(f"{label:10} looks most at {row['block']}")

figure = Figure(figsize=(9, 5.2), layout="constrained")
axes = figure.subplots(2, len(shown))
for number, label in enumerate(shown):
    maps = weights[label].to_numpy().reshape(recipe.descriptor.grid)  # (t, y, x)
    maps = maps / maps.max()
    for half in range(2):
        panel = axes[half, number]
        panel.imshow(done.mean_face, cmap="gray", extent=(0, 1, 1, 0), vmin=-60, vmax=255)
        panel.imshow(np.ones((1, 1)), cmap="gray", vmin=0, vmax=1, extent=(0, 1, 1, 0), alpha=0.35)
        panel.imshow(maps[half], cmap="Oranges", vmin=0, vmax=1, extent=(0, 1, 1, 0),
                     alpha=maps[half] ** 1.5)  # fmt: skip
        panel.set(xticks=[], yticks=[])
    axes[0, number].set_title(label, fontsize=11)
axes[0, 0].set_ylabel("first half of the clip")
axes[1, 0].set_ylabel("second half")
figure.suptitle("Block weights of an SVM, each class to its own scale: 6 drawn (synthetic) faces")
figure.savefig(out / "weights.png", dpi=120)
print(f"written {out / 'weights.png'}")
