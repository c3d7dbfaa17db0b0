"""Where the sample weights begin: the first feature step needs some before any is learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..bayes import Bernoulli
from .bank import RowBank
from .features import Features

FOLDS = 10


def class_difference(likelihood: Bernoulli, candidates: np.ndarray) -> np.ndarray:
    """Return sample weights whose Psi is the difference of the classes' Parzen densities, (N_c,).

    +1 / N of the own class, -1 / N of the others, rows counted by weight.
    """
    weights = np.ones(likelihood.rows) if likelihood.weights is None else likelihood.weights
    own, t = weights[candidates], likelihood.t[candidates]
    inside, outside = own * t, own * (1 - t)
    return inside / max(inside.sum(), 1e-300) - outside / max(outside.sum(), 1e-300)


def target_difference(t: np.ndarray, weights: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return first sample weights of a regression: centred targets, absolute sum 1, (N_c,)."""
    out = (weights * (t - np.average(t, weights=weights)))[candidates]
    return out / max(float(np.abs(out).sum()), 1e-300)


def crossed_start(
    features: Features,
    rows: np.ndarray,
    candidates: np.ndarray,
    first: np.ndarray,
    targets: Sequence[np.ndarray],
    psi: np.ndarray,
) -> np.ndarray:
    """Return the first Psi (machines, n, features) without what a row's own fold says of it.

    A row's own kernel, times its own label, makes every group of columns with a peaked kernel look
    good. To leave out the row alone would tell its label the other way round; of ten folds, each
    with its share of every class, neither is left (derived and measured here).

    Parameters
    ----------
    rows : array (n, d)
        Prepared training rows.
    first : array (candidates, machines)
        The first sample weights.
    targets : sequence of array (n,)
        Of each machine; folds are even in them.
    psi : array (machines, n, features)
        From all candidates; it is changed.
    """
    fold = _folds(targets, len(rows))
    for number in range(FOLDS):
        inside = np.flatnonzero(fold == number)
        own = np.flatnonzero(np.isin(candidates, inside))
        if len(own):
            bank = RowBank(features, rows[inside], np.searchsorted(inside, candidates[own]))
            psi[:, inside] -= bank.feature_columns(np.arange(len(own)), first[own])
    psi *= FOLDS / (FOLDS - 1)
    psi -= psi.mean(axis=1, keepdims=True)
    return psi


def _folds(targets: Sequence[np.ndarray], rows: int) -> np.ndarray:
    """Return the fold of each row, (n,), every fold with its share of every target."""
    shuffled = np.random.default_rng(0).permutation(rows)
    order = shuffled[np.lexsort([target[shuffled] for target in targets])]
    fold = np.empty(rows, int)
    fold[order] = np.arange(rows) % FOLDS
    return fold
