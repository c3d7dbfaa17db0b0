"""experiments: where all meet: configs, data sets, steps, report, the command line.

Reading order, by what a run does:

- what can be said: options, settings, shipped, config, template
- the data: datasets, catalogue, shares (soft labels), join
- its course: run, workplace, progress, measuring
- folding: which clips are trained on and tested
- fitting: models, the search for parameters, folds and models that are finished
- judging: predictions, scores, what they rest on
- keeping: what a run leaves, read again
- report, comparison, sweeping: one run on a page, many runs
- a still model on videos: framewise, transfer
- other commands: preview, training, extraction, dictionary, studies, labelling
- the command line: stopping, commands, cli

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
    "ProtocolSettings": "folding.protocols",
    "READERS": "datasets",
    "block_weights": "judging.findings",
    "check_dataset": "catalogue",
    "checked_lines": "catalogue",
    "collect": "fitting.crossvalidation",
    "compare_runs": "comparison",
    "cross_validate": "fitting.crossvalidation",
    "fit_model": "fitting.search",
    "load_config": "config",
    "parse": "config",
    "read_dataset": "datasets",
    "read_run": "keeping.runs",
    "run_experiment": "run",
    "score_predictions": "judging.scores",
    "sweep": "sweeping.sweeps",
    "train_model": "training",
    "make_folds": "folding.protocols",
    "write_clips": "datasets.drawn",
    "write_report": "report",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'experiments' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
