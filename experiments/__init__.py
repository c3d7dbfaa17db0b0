"""experiments: where all meet: configs, data sets, steps, report, the command line.

Reading order, by what a run does:

- what can be said: options, mistakes, reading, shipped, config, template
- the data: datasets, described, catalogue
- its course: run, workplace, progress, measuring, join
- how clips are divided: folds, official_split, doubts, protocols, feasible, leaks
- models and scores: models, crossvalidation, finished, predictions, calibration, scores
- what is left behind: findings, provenance, model_card, run_folder, outputs, report
- other commands: preview, training, extraction, dictionary
- many runs: runs, comparison, combination_names, combinations, sweeps
- the command line: commands, cli

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
