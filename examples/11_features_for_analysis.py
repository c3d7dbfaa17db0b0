"""Features for your own statistics: one file with names and labels, read back with pandas alone.

Run: python examples/11_features_for_analysis.py [output folder]
The analysis is a principal component analysis. Persons and expressions are mixed in it; surprise
and neutral come apart when each person's mean is taken away. That looks at all clips of a person:
good for looking, but not before a fair test.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from sklearn.decomposition import PCA

from experiments import DrawnSettings, write_clips
from sttm import STTM, Recipe, TimeSettings, export_table
from sttm.extract import extract
from sttm.store import Store

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
clips, labels = write_clips(DrawnSettings(subjects=6, takes=1), out / "drawn")
wanted = labels["label"].isin(["disgust", "happiness", "neutral", "surprise"])
recipe = Recipe(STTM(), time=TimeSettings(frames=12))
done = extract(clips[wanted], recipe, root=out / "drawn", store=Store(out / "store"))
features = done.features(recipe.descriptor)
about = {"data": "drawn (synthetic) faces", "descriptor": "sttm"}
written = export_table(
    features, out / "features.csv", labels=labels[["clip", "label"]], provenance=about
)
print(f"{len(features)} clips, {features.shape[1] - 1} named columns")
print(f"how R, MATLAB and others read it: {written.sidecar}")

# from here on it is your program, which knows nothing of the toolkit
table = pd.read_csv(written.path)
label, person = table["label"], table["clip"].str.split("-").str[0].rename("person")
values = table.drop(columns=["clip", "label"])
persons = values.groupby(person).transform("mean")
views = {"as exported": values, "each person's mean taken away": values - persons}

colours = dict(zip(sorted(set(label)), ("#0072B2", "#D55E00", "#888888", "#009E73"), strict=True))
figure = Figure(figsize=(9.5, 4.6), layout="constrained")
axes = figure.subplots(1, 2)
for panel, (title, view) in zip(axes, views.items(), strict=True):
    analysis = PCA(2, random_state=0)
    x, y = analysis.fit_transform(view).T
    for name, marker in zip(colours, "o^sD", strict=True):
        rows = label == name
        panel.scatter(x[rows], y[rows], s=45, color=colours[name], marker=marker, label=name)
    for row, name in enumerate(person):
        panel.annotate(name[-1], (x[row], y[row]), (5, 3), textcoords="offset points", fontsize=9)
    first, second = (f"{share:.0%}" for share in analysis.explained_variance_ratio_)
    panel.set(xlabel=f"component 1 ({first} of the variance)", title=title)
    panel.set(ylabel=f"component 2 ({second})", xticks=[], yticks=[])
axes[1].legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1), title="expression")
figure.suptitle("24 clips of 6 drawn (synthetic) faces; the number is the person")
figure.savefig(out / "analysis.png", dpi=120)
print(f"written {out / 'analysis.png'} and {written.path}")
