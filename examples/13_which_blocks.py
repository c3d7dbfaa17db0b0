"""Which blocks of the face, and which training clips, decide: a machine that chooses both.

Run: python examples/13_which_blocks.py [output folder]
It shows what this model uses on these clips. It does not show what a face must do, and a block
that was left out may say the same as one that was kept.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments import DrawnSettings, fit_model
from experiments.datasets.drawn import draw_clip
from experiments.fitting.feature_groups import make_on_blocks
from experiments.fitting.search import Recipe as Learning
from experiments.judging.relevance import relevance_map
from sttm import STTM, crop_faces, open_frames

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
out.mkdir(parents=True, exist_ok=True)
settings = DrawnSettings(subjects=18, takes=1, frames=12, size=160)
volumes, labels, subjects = [], [], []
for subject in range(settings.subjects):
    for label in ("happiness", "sadness", "surprise"):
        with open_frames(draw_clip(settings, subject, label, 0).frames) as frames:
            volumes.append(crop_faces(frames)[0].volume)
        labels.append(label)
        subjects.append(f"d{subject + 1:02}")

sttm = STTM(grid=(2, 8, 8))  # two halves of the clip, 8 x 8 blocks of the face
measures, y = sttm.measure_all(volumes), np.array(labels)
train = np.arange(len(y)) < 45  # 15 people; the three others are new to the model
rsfm = partial(make_on_blocks, "rsfm", groups="blocks", kernel="hellinger", refit="none")
learning = Learning(rsfm, encoder=sttm.encoder(), on_blocks=True)
model = fit_model(learning, measures[train], y[train], np.array(subjects)[train])

machine, new = model.classifier, model.encoder.transform(measures[~train])
kept = machine.group_names_[machine.get_group_support()]
print(f"{len(kept)} of {len(machine.group_names_)} blocks decide: {', '.join(kept)}")
print(f"{len(machine.relevance_)} of {train.sum()} training clips decide")
print(f"{(machine.predict(new) == y[~train]).sum()} of {(~train).sum()} new clips are right")

carried = machine.sample_contributions(new)  # (clips, classes, relevance vectors)
maps = [relevance_map(model, volume) for volume in volumes[45:48]]  # one person's clips
wide = max(len(found.pictures()) for found in maps)  # stretches of time with a block
figure = Figure(figsize=(2.1 * (wide + 2), 7.1), layout="constrained")
for row, (panels, found) in enumerate(zip(figure.subplots(3, wide + 2), maps, strict=True)):
    for panel, ((begin, end), picture) in zip(panels, found.pictures(), strict=False):
        panel.imshow(picture)
        panel.set_xlabel(f"{begin:.0%} to {end:.0%} of the clip", fontsize=9)
    panels[0].set_ylabel(f"a new clip: {y[45 + row]}")
    panels[0].set_title(f"says {found.predicted}, {found.probability:.2f}", fontsize=10)
    parts = carried[row, list(machine.classes_).index(found.predicted)]
    for panel, k in zip(panels[wide:], np.argsort(-np.abs(parts)), strict=False):
        clip = machine.relevance_[k]  # its apex is in the middle
        panel.imshow(volumes[clip][6], cmap="gray", vmin=0, vmax=255)
        panel.set_title(f"{subjects[clip]}, {y[clip]}", fontsize=10)
        panel.set_xlabel(f"adds {parts[k]:+.1f}", fontsize=9)
    for panel in panels:
        panel.set(xticks=[], yticks=[])
figure.suptitle("Blocks, and training clips, that decide: drawn (synthetic) faces")
figure.savefig(out / "which_blocks.png", dpi=75)
print(f"written {out / 'which_blocks.png'}")
