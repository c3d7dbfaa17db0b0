"""What a fitted classifier keeps of its training clips and columns, and how long the fit took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

# what a fold may state; a classifier that does not choose states nothing of it
FACTS = ("fit_seconds", "samples_used", "samples", "features_used", "features", "evidence")


def fit_facts(classifier: Any, clips: int, seconds: float) -> dict[str, float]:
    """Return what a fitted classifier used, as plain numbers.

    Parameters
    ----------
    classifier : estimator
        Relevance or support vectors are ``relevance_`` or ``support_``; chosen features are
        ``get_group_support()`` or ``get_support()``.
    clips : int
        That it was fitted on.
    seconds : float
        That the fit took.

    Returns
    -------
    dict
        ``fit_seconds``, and where known ``samples_used`` of ``samples``, ``features_used`` of
        ``features`` (groups of columns, where it has groups), and the log ``evidence``.
    """
    classifier = last_step(classifier)
    out = {"fit_seconds": float(seconds)}
    kept = getattr(classifier, "relevance_", getattr(classifier, "support_", None))
    if kept is not None:
        out |= {"samples_used": len(kept), "samples": clips}
    support = _feature_support(classifier)
    if support is not None:
        out |= {"features_used": int(support.sum()), "features": len(support)}
    evidence = getattr(classifier, "log_marginal_likelihood_", None)
    if evidence is not None and np.isfinite(evidence):
        out["evidence"] = float(evidence)
    return out


def last_step(classifier: Any) -> Any:
    """Return the classifier itself, without a scaler that stands before it."""
    return classifier[-1] if isinstance(classifier, Pipeline) else classifier


def _feature_support(classifier: Any) -> np.ndarray | None:
    for name in ("get_group_support", "get_support"):
        if hasattr(classifier, name):
            return np.asarray(getattr(classifier, name)(), dtype=bool)
    return None


def mean_facts(folds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean over folds of every fact that all of them state, to be kept in run.json.

    >>> mean_facts([{"fit_seconds": 1.0, "samples_used": 3}, {"fit_seconds": 2.0}])
    {'fit_seconds': 1.5}
    """
    return {
        name: float(np.mean([f[name] for f in folds]))
        for name in FACTS
        if folds and all(name in f for f in folds)
    }
