"""Consensus of several annotators, and which labels to look at again.

Run: python examples/15_consensus_and_suspects.py [output folder]
SYNTHETIC: annotators, clips and the model's probabilities are drawn by lot, so the truth is known,
and the figures say nothing about people. Six annotators share 400 clips, three to each; one is
careless, one takes half of the fear for surprise.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import softmax

from labeling import CONSENSUS, dawid_skene, krippendorff_alpha, ratings_of, suspects_in

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
out.mkdir(parents=True, exist_ok=True)
labels = ["anger", "fear", "happiness", "surprise"]
random = np.random.default_rng(3)
truth = pd.Series(random.choice(labels, 400), index=[f"c{n:03}" for n in range(400)])
accuracies = {"A": 0.95, "B": 0.9, "C": 0.85, "D": 0.75, "careless": 0.4, "fear = surprise": 0.9}
people = {}  # annotator -> confusion matrix: row the truth, column what is said
for name, accuracy in accuracies.items():
    cells = np.where(np.eye(4) == 1, accuracy, (1 - accuracy) / 3)
    people[name] = pd.DataFrame(cells, index=labels, columns=labels)
people["fear = surprise"].loc["fear", ["fear", "surprise"]] += [-0.5, 0.5]
rows = [(clip, name, random.choice(labels, p=people[name].loc[label])) for clip, label in
        truth.items() for name in random.choice(list(people), 3, replace=False)]  # fmt: skip
opinions = pd.DataFrame(rows, columns=["clip", "annotator", "label"])
print(krippendorff_alpha(ratings_of(opinions), replicates=500))

figure = Figure(figsize=(11.5, 3.7), layout="constrained")
methods, recalls, search = figure.subplots(1, 3)
for name, rule in CONSENSUS.items():
    said = rule(opinions).set_index("clip")["label"].reindex(truth.index)
    wrong, tie = ((said != truth) & (said != "")).mean(), (said == "").mean()
    print(f"{name:12} wrong {wrong:.1%}, undecided {tie:.1%}")
    methods.bar(name, wrong, color="#D55E00", label="wrong" * (name == "majority"))
    methods.bar(name, tie, bottom=wrong, color="#BBBBBB", label="a tie" * (name == "majority"))
methods.set(ylabel="share of clips", title="Labels from three opinions each")
methods.legend(frameon=False)
fitted = dawid_skene(opinions)
for name, table in people.items():
    x, y = (np.diag(matrix).mean() for matrix in (table, fitted.confusions[name]))
    recalls.plot(x, y, "o", color="#0072B2")
    recalls.annotate(name, (x, y), (5, -11), textcoords="offset points", fontsize=9)
recalls.plot([0.3, 1], [0.3, 1], ":", color="grey")
recalls.set(xlabel="true mean recall", ylabel="found by Dawid-Skene", title="The six annotators")

# a model that knows half of the truth, asked about clips that it did not learn from
score = 2.0 * (truth.to_numpy()[:, None] == np.array(labels)) + random.normal(size=(400, 4))
predictions = pd.DataFrame(softmax(score, axis=1), truth.index, [f"p:{k}" for k in labels])
found = fitted.table.set_index("clip")["label"]
suspects = suspects_in(predictions.assign(label=found).rename_axis("clip").reset_index())
missed = (suspects["label"] != suspects["clip"].map(truth)).cumsum().to_numpy()
first = int(suspects["issue"].sum())
print(f"{first} suspects hold {missed[first - 1]} of {missed[-1]} wrong labels")
search.plot(range(1, 401), missed, color="#0072B2", label="in order of doubt")
search.plot([0, 400], [0, missed[-1]], ":", color="grey", label="in any order")
search.axvline(first, color="#D55E00", linewidth=1, label=f"the {first} suspects")
search.set(xlabel="clips looked at again", title="Wrong labels of Dawid-Skene found")
search.legend(frameon=False)
figure.suptitle("Annotators, clips and the model's probabilities are drawn (synthetic)")
figure.savefig(out / "consensus.png", dpi=120)
print(f"written {out / 'consensus.png'}")
