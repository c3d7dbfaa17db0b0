"""Fits measured in a process of their own: a job comes as JSON, a line of JSON goes per part.

A fresh process has its own peak of memory and its own number of threads, and a fit that takes too
long can be ended. Rows are made here, so that nothing but the job is handed over.
"""

from __future__ import annotations

import json
import math
import sys
import time
import warnings
from typing import Any

import numpy as np

from benchmarks.pairs import timed
from benchmarks.processes import peak_memory

from .peers import Method, columns, method, refitted, vectors
from .scores import error, log_loss
from .sets import Part, part

SMALL = 20_000_000  # entries of the test rows that are answered at once
ENOUGH = 0.2  # processor seconds behind a figure of predictions
PREDICTIONS = 2000  # rows whose answers are timed
BARE = np.random.default_rng(0)


def warm_up(chosen: Method) -> None:
    """Fit forty rows, so that what a library loads on first use is not in the figures."""
    X = BARE.standard_normal((40, 4))
    y = (X[:, 0] + 0.5 * BARE.standard_normal(40) > 0).astype(int)
    groups = np.array([0, 0, 1, 1])
    model = chosen.model(Part(abs(X), y, lambda: (X, y), groups=groups))
    model.fit(abs(X), y).predict_proba(abs(X))


def measured(chosen: Method, cut: Part, timing: bool = False) -> dict[str, Any]:
    """Fit one part and return every figure of it, as plain values.

    ``timing`` adds seconds per row of ``predict_proba``, over .2 s of calls.
    """
    model = chosen.model(cut)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spent = timed(lambda: model.fit(cut.X, cut.y))
    figures: dict[str, Any] = {"wall": spent.wall, "cpu": spent.cpu, "peak": peak_memory()}
    X, y = cut.test()
    probabilities = answers(model, X)
    hit = probabilities.argmax(axis=1) == y
    figures |= {
        "error": error(y, probabilities),
        "nll": log_loss(y, probabilities),
        "confidence": probabilities.max(axis=1).round(5).tolist(),
        "correct": hit.astype(int).tolist(),
        "vectors": vectors(model),
        "refitted": refitted(model),
        "warned": sorted({str(w.category.__name__) for w in caught}),
    }
    figures |= found(columns(model), cut)
    if timing:
        figures["row"] = seconds_per_row(model, X)
    return figures


def allow(seconds: float) -> None:
    """Let the system end this process after so many processor seconds more, where it can.

    On a machine that others use, too, the clock would end fits that are not slow.
    """
    try:
        import resource
    except ImportError:
        return
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds), most))


def answers(model: Any, X: np.ndarray) -> np.ndarray:
    """Return the class probabilities of many rows, some rows at a time."""
    pieces = np.array_split(X, max(1, X.size // SMALL))
    return np.concatenate([model.predict_proba(piece) for piece in pieces])


def seconds_per_row(model: Any, X: np.ndarray) -> float:
    """Return processor seconds of ``predict_proba`` per row, asked for ``PREDICTIONS`` at once."""
    rows = np.resize(X, (PREDICTIONS, X.shape[1]))
    model.predict_proba(rows)
    calls, spent = 1, 0.0
    while spent < ENOUGH:  # the processor's clock ticks in milliseconds
        calls *= 4
        spent = timed(lambda: [model.predict_proba(rows) for _ in range(calls)]).cpu  # noqa: B023
    return spent / calls / len(rows)


def found(used: np.ndarray | None, cut: Part) -> dict[str, Any]:
    """Return how many columns are used, and how many of those that matter are among them.

    Where a part has groups, true and false ones are groups.
    """
    if used is None:
        return {"used": None, "true": None, "false": None}
    chosen = np.unique(used if cut.groups is None else cut.groups[used])
    true = None if cut.true is None else int(np.isin(chosen, cut.true).sum())
    return {"used": len(used), "true": true, "false": None if true is None else len(chosen) - true}


def say(line: dict[str, Any]) -> None:
    """Print one line of JSON at once."""
    print(json.dumps(line), flush=True)


def main() -> None:
    """Read the job and answer it: a line when ready, then a line per part."""
    job = json.load(sys.stdin)
    warnings.simplefilter("ignore")
    chosen = method(job["method"])
    try:
        warm_up(chosen)
        say({"ready": True})
        for number in job["parts"]:
            cut = part(job["set"], number)
            say({"part": number, "begun": time.time()})
            allow(job["limit"])
            say(measured(chosen, cut, job.get("timing", False)) | {"part": number})
    except Exception as trouble:
        say({"failed": f"{type(trouble).__name__}: {trouble}"})


if __name__ == "__main__":
    main()
