"""Whether every fold can be trained at all: asked before anything is measured."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from classifiers import CLASSIFIERS
from sttm.errors import InputError

from ..config import Config
from ..fitting.feature_groups import make_on_blocks
from ..fitting.models import classifier_parts
from ..fitting.search import inner_folds
from .folds import Fold, plain_texts
from .protocols import search_groups

MOST_CLIPS = 200  # a training set with more is not tried: what a classifier lacks, it lacks in few


def check_folds(
    config: Config,
    folds: Sequence[Fold],
    labels: Sequence[str] | np.ndarray,
    subjects: Sequence[object],
) -> None:
    """Refuse an experiment in which some fold could not be searched or trained.

    The search is looked at in every fold. The classifier is fitted on toy numbers for the smallest
    training sets, outer and inner, where a class of one clip or too few neighbours would show. The
    model of all clips that a run ends with counts as one more fold.

    Raises
    ------
    InputError
        Naming the fold and what it lacks.
    """
    name, fixed, grid = classifier_parts(config.classifier)
    y = plain_texts(labels)
    groups = search_groups(config.protocol.name, subjects)
    sets = [(fold.name, y[fold.train]) for fold in folds]
    if grid:
        everything = Fold("all clips", np.arange(len(y)), np.zeros(0, dtype=int))
        for fold in (*folds, everything):
            sets += [(fold.name, y[rows]) for rows in _inner(config, fold, y, groups)]
    for where, kept in _hardest(sets):
        _try(name, fixed, grid, kept, where)


def _hardest(sets: list[tuple[str, np.ndarray]]) -> list[tuple[str, np.ndarray]]:
    """Return the training sets with fewest clips, fewest more than classes, fewest of a class."""
    counted = [(np.unique(y, return_counts=True)[1], s) for s in sets for y in [s[1]]]
    several = [(counts, s) for counts, s in counted if len(counts) > 1]
    measures = (np.sum, lambda counts: counts.sum() - len(counts), np.min)
    chosen = [min(several, key=lambda pair: int(m(pair[0])))[1] for m in measures if several]
    return list({id(s): s for s in chosen}.values())


def _inner(
    config: Config, fold: Fold, y: np.ndarray, groups: np.ndarray | None
) -> list[np.ndarray]:
    """Return the rows that the machines of a fold's inner search are trained on."""
    if len(fold.choose):
        return [fold.train]
    held = None if groups is None else groups[fold.train]
    try:
        found = inner_folds(y[fold.train], held, config.protocol.inner, config.seed)
    except InputError as error:
        raise InputError(f"fold {fold.name!r}: {error}") from error
    return [fold.train[f.train] for f in found]


def _try(
    name: str, fixed: dict[str, Any], grid: dict[str, list[Any]], y: np.ndarray, fold: str
) -> None:
    """Refuse a classifier that cannot be fitted on as many clips of these classes."""
    if len(y) > MOST_CLIPS or CLASSIFIERS[name].require:
        return
    X = np.random.default_rng(0).random((len(y), 8))
    quick = CLASSIFIERS[name].trial
    for values in [{}, *({k: v} for k, choices in grid.items() for v in choices)]:
        params = {**fixed, **{k: choices[0] for k, choices in grid.items()}, **values, **quick}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                made = make_on_blocks(name, seed=0, blocks=list("aabbccdd"), **params)
                classifier = made.fit(X, y)
                classifier.predict(X[:1])
        except ValueError as error:
            raise InputError(
                f"fold {fold!r} has {len(y)} training clips of {len(np.unique(y))} classes, and "
                f"{name} cannot be trained on them: {' '.join(str(error).split()).rstrip('.')}."
            ) from error
