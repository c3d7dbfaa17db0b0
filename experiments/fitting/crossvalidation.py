"""Training and testing over folds.

Whatever is learned (bin edges, scaling, classifier, parameters) is learned from the training clips
of a fold. One BLAS thread per worker, so that one worker and many give the same numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from sttm.errors import InputError
from sttm.parallel import WorkerDied, as_finished

from ..folding.folds import Fold, refuse_leaks
from ..judging.predictions import predictions_table
from ..shares import Shares
from .reasons import Reasons, reasons_of
from .search import Model, Recipe, Search, fit_model, quick


@dataclass(frozen=True, eq=False)
class FoldResult:
    """One finished fold: what was predicted for ``rows`` (row numbers of the tested clips).

    ``trained`` is the number of clips that the tested model was fitted on, ``facts`` what its fit
    took and what it keeps, ``reasons`` what decided, where the classifier is a sum of parts
    (``carriers`` are then row numbers of clips); a fold of an older version has neither.
    """

    fold: str
    rows: np.ndarray
    classes: list[str]
    predicted: np.ndarray
    probabilities: np.ndarray
    search: Search
    seconds: float
    trained: int
    facts: Mapping[str, float] = field(default_factory=dict)
    reasons: Reasons | None = None


# all folds --------------------------------------------------------------------------------------


def cross_validate(
    recipe: Recipe,
    measures: np.ndarray,
    labels: Sequence[str] | np.ndarray,
    subjects: Sequence[str] | np.ndarray | None,
    folds: Sequence[Fold],
    *,
    jobs: int = 1,
    cluster: str = "",
    shares: Shares | None = None,
) -> Iterator[FoldResult]:
    """Yield the result of every fold, in order, each as soon as it and those before are done.

    A caller that stores each result can stop at any moment, and go on later with the folds that
    are left. The numbers do not depend on ``jobs`` or ``cluster``. Parameters and errors as of
    ``folds_as_finished``.
    """
    early: dict[int, FoldResult] = {}
    results = folds_as_finished(
        recipe, measures, labels, subjects, folds, jobs=jobs, cluster=cluster, shares=shares
    )
    following = 0
    for number, result in results:
        early[number] = result
        while following in early:
            yield early.pop(following)
            following += 1


def folds_as_finished(
    recipe: Recipe,
    measures: np.ndarray,
    labels: Sequence[str] | np.ndarray,
    subjects: Sequence[str] | np.ndarray | None,
    folds: Sequence[Fold],
    *,
    jobs: int = 1,
    cluster: str = "",
    shares: Shares | None = None,
) -> Iterator[tuple[int, FoldResult]]:
    """Yield (number, result) of every fold as soon as it is done, in no order.

    Parameters
    ----------
    recipe : Recipe
    measures : array (n, m)
        One copy for all workers of a machine, one per worker of a cluster.
    labels : sequence (n,)
    subjects : sequence (n,) or None
        What is kept together while searching; see ``protocols.search_groups``.
    folds : sequence of Fold
    jobs : int
        Processes on this machine; -1 for all cores.
    cluster : str
        Address of a Dask scheduler whose workers do the folds instead.
    shares : Shares, optional
        Soft labels (n, classes), for a classifier whose ``fit`` takes them.

    Raises
    ------
    InputError
        For a leak, for a cluster that cannot be had, and when a fold ends its process.
    """
    y = np.asarray(labels, dtype=str)
    groups = None if subjects is None else np.asarray(subjects, dtype=str)
    if len(measures) != len(y):
        raise InputError(f"there are {len(measures)} rows of measures but {len(y)} labels.")
    if groups is not None:
        refuse_leaks([f for f in folds if not f.mixed], groups)
    if not folds:
        return
    with threadpool_limits(limits=1):
        recipe, measures = quick(recipe, np.asarray(measures))
    shared = (recipe, measures, y, groups, shares)
    work = [(fold,) for fold in folds]
    results = as_finished(run_fold, work, jobs, cluster=cluster, shared=shared, at_once=True)
    for number, result in results:
        if isinstance(result, WorkerDied):
            raise InputError(
                f"fold {folds[number].name!r} ended the process that worked on it, probably for "
                "want of memory; try fewer jobs, or a classifier without a kernel matrix."
            )
        yield number, result


def run_fold(
    recipe: Recipe,
    measures: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray | None,
    shares: Shares | None,
    fold: Fold,
) -> FoldResult:
    """Train on one fold's training clips and predict its tested clips."""
    started = time.perf_counter()
    classes = [str(c) for c in np.unique(y)]
    seen, choose = fold.seen, np.arange(len(fold.train), len(fold.seen))
    trained = seen if fold.refit else fold.train
    with threadpool_limits(limits=1):
        held = None if groups is None else groups[seen]
        soft = None if shares is None else shares.take(seen)
        known = recipe.part(measures, seen, seen)
        model = fit_model(recipe, known, y[seen], held, choose, fold.refit, soft)
        tested = recipe.part(measures, fold.test, trained)
        result = judge_fold(model, tested, classes, fold)
    return replace(result, seconds=time.perf_counter() - started)


def judge_fold(model: Model, tested: np.ndarray, classes: Sequence[str], fold: Fold) -> FoldResult:
    """Return what a fold's fitted model says of the measures (n, m) of its tested clips."""
    trained = fold.seen if fold.refit else fold.train
    began = time.perf_counter()
    predicted = model.predict(tested).astype(str)
    probabilities = model.predict_proba(tested, classes)
    reasons = reasons_of(model.classifier, model.features(tested), predicted)
    return FoldResult(
        fold.name,
        fold.test,
        list(classes),
        predicted,
        probabilities,
        model.search,
        model.facts.get("fit_seconds", 0.0) + time.perf_counter() - began,
        len(trained),
        model.facts,
        None if reasons is None else replace(reasons, carriers=trained[reasons.carriers]),
    )


def collect(
    results: Sequence[FoldResult], clips: Sequence[str], labels: Sequence[str] | np.ndarray
) -> pd.DataFrame:
    """Return the predictions table of finished folds, rows in the order of ``clips``."""
    if not results:
        raise InputError("no fold is finished; there is nothing to collect.")
    rows = np.concatenate([r.rows for r in results])
    order = np.argsort(rows, kind="stable")
    folds = np.repeat([r.fold for r in results], [len(r.rows) for r in results])
    return predictions_table(
        [str(clips[i]) for i in rows[order]],
        folds[order].tolist(),
        [str(labels[i]) for i in rows[order]],
        np.concatenate([r.predicted for r in results])[order].tolist(),
        np.concatenate([r.probabilities for r in results])[order],
        results[0].classes,
    )
