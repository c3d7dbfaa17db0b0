"""One against one: solving every pair of classes, and counting their votes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from sklearn.svm import SVC

from .calibration import couple


def pairs_of(classes: int) -> list[tuple[int, int]]:
    """Return the pairs (i, j), i < j, in the order of all pair arrays."""
    return list(combinations(range(classes), 2))


def solve_pairs(
    gram: np.ndarray, y: np.ndarray, classes: int, C: float, weights: np.ndarray, tol: float
) -> tuple[np.ndarray, np.ndarray]:
    """Fit one machine per pair of classes on a kernel matrix.

    Parameters
    ----------
    gram : array (n, n)
    y : int array (n,)
        Class numbers below ``classes``; some may be absent.
    weights : array (classes,)
        Factor of C per class.

    Returns
    -------
    coef : array (pairs, n), intercept : array (pairs,)
        ``margin = gram @ coef.T + intercept``; above 0 means class j of pair (i, j). NaN for a
        pair with an absent class.
    """
    present = np.unique(y)
    coef = np.full((len(pairs_of(classes)), len(y)), np.nan)
    intercept = np.full(len(coef), np.nan)
    if len(present) < 2:
        return coef, intercept
    machine = SVC(kernel="precomputed", C=C, class_weight=dict(enumerate(weights)), tol=tol)
    machine.fit(gram, y)
    sign = 1.0 if len(present) == 2 else -1.0  # scikit-learn turns the sign of two classes only
    ends = np.cumsum(machine.n_support_)
    rows = [machine.support_[e - n : e] for e, n in zip(ends, machine.n_support_, strict=True)]
    dual = [machine.dual_coef_[:, e - n : e] for e, n in zip(ends, machine.n_support_, strict=True)]
    numbers = {pair: p for p, pair in enumerate(pairs_of(classes))}
    for q, (i, j) in enumerate(combinations(range(len(present)), 2)):
        p = numbers[int(present[i]), int(present[j])]
        coef[p] = 0.0
        coef[p, rows[i]] = sign * dual[i][j - 1]
        coef[p, rows[j]] = sign * dual[j][i]
        intercept[p] = sign * machine.intercept_[q]
    return coef, intercept


def votes(margins: np.ndarray, classes: int) -> np.ndarray:
    """Return the one-against-rest scores (n, classes) of pairwise margins (n, pairs).

    The number of pairs that a class wins, plus its summed margin squeezed into (-1/3, 1/3), which
    only decides between equal numbers: the decision function of scikit-learn's ``SVC``.
    """
    won = np.zeros((len(margins), classes))
    total = np.zeros_like(won)
    for p, (i, j) in enumerate(pairs_of(classes)):
        won[:, j] += margins[:, p] > 0
        won[:, i] += margins[:, p] <= 0
        total[:, j] += margins[:, p]
        total[:, i] -= margins[:, p]
    return won + total / (3.0 * (np.abs(total) + 1.0))


def couple_pairs(second: np.ndarray, classes: int) -> np.ndarray:
    """Return class probabilities (n, classes) from ``P(j | i or j)`` of all pairs, (n, pairs)."""
    if classes == 2:
        return np.hstack([1.0 - second, second])
    pairwise = np.full((len(second), classes, classes), 0.5)
    for p, (i, j) in enumerate(pairs_of(classes)):
        pairwise[:, j, i] = second[:, p]
        pairwise[:, i, j] = 1.0 - second[:, p]
    return couple(pairwise)
