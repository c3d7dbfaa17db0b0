"""A wide table that has nothing to do with faces: which of 500 columns matter, and how.

Run: python examples/12_wide_table.py [output folder]
The table is drawn (synthetic), so the truth is known: five columns, each with a curve of its own,
and 495 of noise, on 300 rows. A linear model can see only what rises or falls.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import expit
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import log_loss

from classifiers import RSFM

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
out.mkdir(parents=True, exist_ok=True)
truth = {  # column -> what it adds to the log odds
    "m017": lambda x: 3.0 * np.sin(2 * x),
    "m164": lambda x: 2.25 * (x**2 - 1),
    "m218": lambda x: 2.25 * x,
    "m303": lambda x: 3.0 * np.tanh(2 * x),
    "m451": lambda x: 1.8 - 2.25 * np.abs(x),
}
random = np.random.default_rng(0)
table = pd.DataFrame(random.normal(size=(2300, 500)), columns=[f"m{i:03}" for i in range(500)])
p = expit(sum(curve(table[name]) for name, curve in truth.items())).to_numpy()
y = np.where(random.random(len(p)) < p, "yes", "no")
train, test = slice(0, 300), slice(300, None)

rsfm = RSFM(refit="none", random_state=0).fit(table[train], y[train])  # a sum: it can be drawn
l1 = LogisticRegressionCV(Cs=np.logspace(-2, 1, 8), cv=5, l1_ratios=(1.0,), solver="liblinear",
                          scoring="neg_log_loss", use_legacy_attributes=False)  # fmt: skip
l1.fit(table[train], y[train])
chosen, by_l1 = rsfm.get_feature_names_out(), table.columns[l1.coef_.ravel() != 0]
models = {"RSFM": (rsfm, chosen), "L1 logistic": (l1, by_l1)}
said = {name: model.predict_proba(table[test])[:, 1] for name, (model, _) in models.items()}
lines = {}
for name, (_, kept) in models.items():
    true, wrong = len(set(kept) & set(truth)), np.mean((said[name] > 0.5) != (y[test] == "yes"))
    lines[name] = f"{name}: {true} true columns, {len(kept) - true} others; error {wrong:.2f}"
    print(f"{lines[name]}, log loss {log_loss(y[test], said[name]):.2f}")
print(f"best possible error {np.minimum(p, 1 - p)[test].mean():.2f}")
print(f"{len(rsfm.relevance_)} of 300 training rows carry the decision")

figure = Figure(figsize=(11, 6.8), layout="constrained")
panels = figure.subplot_mosaic("AABBCCDDEE\nlllllrrrrr", height_ratios=(1, 1.25))
grid, x = pd.DataFrame(0.0, index=range(120), columns=table.columns), np.linspace(-2.5, 2.5, 120)
for place, (name, curve) in zip("ABCDE", truth.items(), strict=True):
    learned = rsfm.group_contributions(grid.assign(**{name: x}))[:, 0, int(name[1:])]
    panels[place].plot(x, curve(x) - curve(table[name]).mean(), color="grey", label="truth")
    panels[place].plot(x, learned, color="#0072B2", linewidth=2, label="RSFM")
    panels[place].set(xlabel=f"column {name}", ylim=(-5, 10), yticks=(-5, 0, 5, 10))
panels["A"].set_ylabel("adds to the log odds")
panels["A"].legend(frameon=False, loc="upper left", ncols=2, fontsize=8)
for place, name, colour in (("l", "RSFM", "#0072B2"), ("r", "L1 logistic", "#D55E00")):
    panels[place].plot([0, 1], [0, 1], color="grey", linestyle=":")
    panels[place].plot(p[test], said[name], ".", color=colour, alpha=0.25, markersize=4, mew=0)
    panels[place].set(xlabel="true probability of yes", ylabel="predicted", title=lines[name])
for panel in panels.values():
    panel.spines[["top", "right"]].set_visible(False)
figure.suptitle("Five of 500 columns matter: 300 training rows of a drawn (synthetic) table")
figure.savefig(out / "wide_table.png", dpi=120)
print(f"written {out / 'wide_table.png'}")
