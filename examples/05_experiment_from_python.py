"""A whole experiment stated as a dictionary: the same keys as in a YAML config, the same report.

Run: python examples/05_experiment_from_python.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from experiments import Config, parse, read_run, run_experiment
from sttm.store import Store

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
values = {
    "name": "from-python",
    "title": "An experiment stated in Python, on drawn (synthetic) faces",
    "data": {"kind": "drawn", "subjects": 6, "takes": 1, "folder": str(out / "drawn")},
    "time": {"frames": 12},
    "descriptor": "sttm",
    "classifier": {"name": "svm", "kernel": "linear", "C": [0.1, 1.0]},
    "protocol": {"name": "grouped-kfold", "folds": 3},
    "report": {"examples": 2, "bootstrap": 500},
    "output": str(out / "from-python"),
    "jobs": 1,
}
config = parse(Config, values)  # refuses unknown keys and impossible values, one sentence each
run = run_experiment(config, store=Store(out / "store", crops=True))

scores = run.scores
total = scores.accuracy
print(f"accuracy {total.value:.2f}, 95 % interval {total.low:.2f} to {total.high:.2f}")
predictions = read_run(run.folder).predictions  # a finished run, read back and checked
wrong = predictions[predictions["label"] != predictions["predicted"]]
print(f"{len(wrong)} of {len(predictions)} clips were mistaken; the first ones:")
print(wrong[["clip", "label", "predicted"]].head(3).to_string(index=False))

figure = Figure(figsize=(9.5, 4.4), layout="constrained")
table, strip = figure.subplots(1, 2, width_ratios=(1.25, 1))
counts, names = np.array(scores.confusion), scores.classes
table.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
for (row, column), count in np.ndenumerate(counts):
    dark = count > counts[row].sum() / 2
    table.text(column, row, count or "", ha="center", va="center", color="w" if dark else "k")
table.set_xticks(range(len(names)), names, rotation=45, ha="right", rotation_mode="anchor")
table.set_yticks(range(len(names)), names)
table.set(xlabel="predicted", ylabel="label", title="clips")

people = sorted(scores.per_subject, key=lambda person: person.accuracy)
strip.axvspan(total.low, total.high, color="#0072B2", alpha=0.15)
strip.axvline(total.value, color="#0072B2", label="all, with its 95 % interval")
strip.plot([p.accuracy for p in people], range(len(people)), "ko", label="one person")
strip.axvline(scores.chance["accuracy"], color="#D55E00", linestyle=":", label="chance")
strip.set_yticks(range(len(people)), [p.name for p in people])
strip.set(xlim=(0, 1.03), xlabel="accuracy", title="people")
strip.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.16))
strip.spines[["top", "right"]].set_visible(False)
figure.suptitle("An experiment on 42 clips of 6 drawn (synthetic) faces")
figure.savefig(out / "experiment.png", dpi=120)
print(f"written {out / 'experiment.png'} and {run.report}")
