"""A whole experiment stated as a dictionary: the same keys as in a YAML config, the same report.

Run: python examples/05_experiment_from_python.py [output folder]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from experiments import Config, parse, run_experiment
from experiments.progress import Steps
from sttm.store import Store

out = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("output"))
values = {
    "name": "from-python",
    "title": "An experiment stated in Python, on drawn (synthetic) faces",
    "data": {"kind": "drawn", "subjects": 6, "takes": 1, "folder": str(out / "drawn")},
    "time": {"frames": 12},
    "descriptor": {"name": "sttm", "grid": [2, 6, 6]},
    "classifier": {"name": "svm", "kernel": "linear", "C": [0.1, 1.0]},
    "protocol": {"name": "grouped-kfold", "folds": 3},
    "report": {"examples": 2, "bootstrap": 500},
    "output": str(out / "from-python"),
    "jobs": 1,
}
config = parse(Config, values)  # refuses unknown keys and impossible values, one sentence each
run = run_experiment(config, store=Store(out / "store"), steps=Steps(quiet=True))

uar = run.scores.uar
print(f"UAR {uar.value:.2f}, 95 % interval {uar.low:.2f} to {uar.high:.2f} (drawn faces)")
predictions = pd.read_csv(run.folder / "predictions.csv")
wrong = predictions[predictions["label"] != predictions["predicted"]]
print(f"{len(wrong)} of {len(predictions)} clips were mistaken; the first ones:")
print(wrong[["clip", "label", "predicted"]].head(3).to_string(index=False))
print(f"written {run.report} and {run.bundle}")
