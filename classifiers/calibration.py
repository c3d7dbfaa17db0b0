"""From margins to probabilities: Platt's sigmoid per pair, then pairwise coupling.

Sources: Platt 1999; the numerically safe fit of Lin, Lin and Weng, Machine Learning 68, 2007,
doi:10.1007/s10994-007-5018-6; the coupling ("second approach") of Wu, Lin and Weng, JMLR 5, 2004.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

Margins = Callable[[np.ndarray, np.ndarray], np.ndarray]


def has_probability(model: Any) -> bool:
    """Return whether a machine learns ``predict_proba``; refuse where it does not."""
    if not model.probability:
        raise AttributeError("predict_proba needs probability=True before fit.")
    return True


def fit_sigmoid(margin: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Return slope a >= 0 and offset b of ``P(positive) = 1 / (1 + exp(-(a margin + b)))``.

    Maximum likelihood with Platt's smoothed targets, by Newton steps with halving. A slope below
    0 would turn the classifier's own decision round; it is noise, and is set to 0.

    Parameters
    ----------
    margin : array (n,)
        Decision values, best from rows that the machine was not fitted on.
    positive : bool array (n,)
    """
    n_pos, n_neg = int(positive.sum()), int((~positive).sum())
    high, low = (n_pos + 1.0) / (n_pos + 2.0), 1.0 / (n_neg + 2.0)
    target = np.where(positive, high, low)
    scale = float(np.abs(margin).max()) or 1.0
    design = np.stack([margin / scale, np.ones_like(margin)], axis=1)
    start = np.array([0.0, np.log((n_pos + 1.0) / (n_neg + 1.0))])
    slope, offset = _logistic(design, target, start)
    if slope < 0:
        return 0.0, float(np.log(target.mean() / (1.0 - target.mean())))
    return float(slope / scale), float(offset)


def _logistic(design: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    def loss(at: np.ndarray) -> float:
        f = design @ at
        return float(np.sum(np.logaddexp(0.0, f) - target * f))

    now = loss(weights)
    for _ in range(100):
        p = expit(design @ weights)
        gradient = design.T @ (p - target)
        hessian = (design * (p * (1 - p))[:, None]).T @ design + 1e-10 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        if np.abs(gradient).max() < 1e-8 * len(target):
            break
        rate = 1.0
        while rate > 1e-10 and loss(weights - rate * step) > now - 1e-4 * rate * gradient @ step:
            rate /= 2
        if rate <= 1e-10:
            break
        weights = weights - rate * step
        now = loss(weights)
    return weights


def couple(pairwise: np.ndarray) -> np.ndarray:
    """Return class probabilities (n, k) from ``pairwise[:, i, j] = P(i | i or j)``, (n, k, k).

    Minimises ``sum_ij (r_ji p_i - r_ij p_j)^2`` over the simplex (Wu, Lin, Weng 2004, eq. 33): with
    all r inside (0, 1) the linear system below has one solution and it is not negative.

    >>> couple(np.array([[[0.5, 0.8], [0.2, 0.5]]])).round(3).tolist()
    [[0.8, 0.2]]
    """
    r = np.clip(pairwise, 1e-7, 1 - 1e-7)
    n, k, _ = r.shape
    away = ~np.eye(k, dtype=bool)
    system = np.zeros((n, k + 1, k + 1))
    system[:, :k, :k] = -r.transpose(0, 2, 1) * r * away  # Q_ts = -r_st r_ts
    system[:, range(k), range(k)] = np.sum(r.transpose(0, 2, 1) ** 2 * away, axis=2)
    system[:, :k, k] = system[:, k, :k] = 1.0
    right = np.zeros((n, k + 1, 1))
    right[:, k] = 1.0
    p = np.clip(np.linalg.solve(system, right)[:, :k, 0], 0.0, None)
    return p / p.sum(axis=1, keepdims=True)


def agree(p: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Return probabilities (n, k) whose highest entry is the class ``best`` (n,) in every row.

    The nearest such row in squared distance: where other classes stand above ``best``, they and
    ``best`` share their sum equally, and ``best`` gets a hair more.

    >>> agree(np.array([[0.5, 0.3, 0.2]]), np.array([1])).round(3).tolist()
    [[0.4, 0.4, 0.2]]
    """
    p = p.copy()
    everything = np.arange(len(p))
    above = p >= p[everything, best][:, None]
    for row in np.flatnonzero(above.sum(axis=1) > 1):
        others = np.argsort(-p[row], kind="stable")
        others = others[others != best[row]]
        shared = [best[row]]
        for c in others:
            if p[row, c] < p[row, shared].mean():
                break
            shared.append(c)
        p[row, shared] = p[row, shared].mean() * (1.0 - 1e-9)
        p[row, best[row]] += 1.0 - p[row].sum()
    return p


def calibration_folds(
    y: np.ndarray, groups: np.ndarray | None, random_state: int | None, folds: int = 5
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (train, test) row numbers; no group on both sides where groups are given.

    Fewer folds where there are fewer groups, or where every class has fewer members. Without a
    ``random_state`` rows stay in order, so that the folds are a function of the data alone.
    """
    shuffle = random_state is not None
    folds = min(folds, int(np.unique(y, return_counts=True)[1].max()))
    if folds < 2:
        return
    if groups is not None and len(np.unique(groups)) > 1:
        folds = min(folds, len(np.unique(groups)))
        splitter = StratifiedGroupKFold(folds, shuffle=shuffle, random_state=random_state)
        splits = splitter.split(y, y, groups)
    else:
        splitter = StratifiedKFold(folds, shuffle=shuffle, random_state=random_state)
        splits = splitter.split(y, y)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        found = list(splits)
    yield from ((train, test) for train, test in found if len(train) and len(test))


def out_of_fold(
    margins: Margins,
    width: int,
    y: np.ndarray,
    groups: np.ndarray | None,
    random_state: int | None,
) -> np.ndarray:
    """Return margins (n, width) of every row from machines fitted without it.

    ``margins(train, test)`` returns (test rows, width), with NaN where a machine could not be
    fitted because its class is missing in ``train``.
    """
    out = np.full((len(y), width), np.nan)
    for train, test in calibration_folds(y, groups, random_state):
        out[test] = margins(train, test)
    return out


def fit_sigmoids(
    held_out: np.ndarray, fitted: np.ndarray, positive: np.ndarray, concerned: np.ndarray
) -> np.ndarray:
    """Return one (slope, offset) per column, (columns, 2).

    Parameters
    ----------
    held_out, fitted : array (n, columns)
        Margins from machines that did not see the row, and from the final ones. Where held-out
        margins do not cover both sides (a class with a single member), the fitted ones serve:
        Platt's smoothed targets keep them away from 0 and 1.
    positive, concerned : bool array (n, columns)
        Which rows are on the positive side, and which rows the column is about.
    """
    out = np.zeros((held_out.shape[1], 2))
    for c in range(len(out)):
        rows = concerned[:, c] & np.isfinite(held_out[:, c])
        margin = held_out
        if len(np.unique(positive[rows, c])) < 2:
            rows, margin = concerned[:, c], fitted
        out[c] = fit_sigmoid(margin[rows, c], positive[rows, c])
    return out
