"""experiments: where all meet: configs, data sets, steps, report, the command line.

Reading order: config (what can be said), datasets, run (the steps), join, protocols,
crossvalidation, scores, predictions, findings, outputs, report; runs, comparison, combinations,
sweeps (many runs); extraction, preview, template, dictionary (the other commands); cli.

From Python:

>>> from experiments import load_config, run_experiment  # doctest: +SKIP
>>> run = run_experiment(load_config("my.yaml"))  # doctest: +SKIP
>>> run.scores.accuracy  # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "Config": "config",
    "DrawnSettings": "datasets.drawn",
    "ProtocolSettings": "protocols",
    "READERS": "datasets",
    "block_weights": "findings",
    "check_dataset": "catalogue",
    "checked_lines": "catalogue",
    "collect": "crossvalidation",
    "compare_runs": "comparison",
    "cross_validate": "crossvalidation",
    "fit_model": "crossvalidation",
    "load_config": "config",
    "parse": "config",
    "read_dataset": "datasets",
    "read_run": "runs",
    "run_experiment": "run",
    "score_predictions": "scores",
    "sweep": "sweeps",
    "train_model": "training",
    "make_folds": "protocols",
    "write_clips": "datasets.drawn",
    "write_report": "report",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'experiments' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
