"""The width of a kernel: a rule on the training rows, or the evidence.

The evidence of a relevance vector machine compares widths without held-out rows (Tipping, JMLR 1,
2001, section 4.4). A climb in steps of four, and a last one of two, takes seven to ten fits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import kernels

STEP = 4.0  # first steps; the last one is its square root
REACH = 4  # steps away from the start
MOST_SEARCHED = 500  # rows that a search fits; the final fit takes all


def rule_gamma(
    kernel: str,
    gamma: kernels.Gamma,
    rows: np.ndarray,
    base: np.ndarray,
    weights: np.ndarray,
    among: np.ndarray,
) -> float:
    """Return gamma by ``kernels.choose_gamma``, each row counted ``weights`` times.

    So a row of weight 2 means what two rows mean.

    Parameters
    ----------
    rows : array (n, d), weights : array (n,)
    base : array (n, m)
        Base matrix of the candidates.
    among : int array (m,)
        The candidates' places among the rows; distances are looked at between them.
    """
    kind, between = kernels.family(kernel).gamma, base[among]
    if not isinstance(gamma, str) or kind == "none" or (weights == 1).all():
        return kernels.choose_gamma(kernel, gamma, rows, between)
    if gamma == "scale" and kind == "columns":
        share = weights / weights.sum()
        middle = share @ rows.mean(axis=1, dtype=np.float64)
        spread = rows.shape[1] * float(share @ np.square(rows - middle).mean(axis=1))
    else:
        spread = _distance(between, weights[among], median=gamma == "median")
    return 1.0 / spread if spread > 0 else 1.0


def _distance(between: np.ndarray, weights: np.ndarray, median: bool) -> float:
    """Return the median or mean distance between rows (m, m) that count ``weights`` times."""
    pairs = np.triu_indices(len(between), 1)
    copies = np.maximum(0.5 * weights * (weights - 1.0), 0.0).sum()  # pairs of one row's copies
    far = np.append(between[pairs], 0.0)
    count = np.append(weights[pairs[0]] * weights[pairs[1]], copies)
    if not count.any():
        return 0.0
    if not median:
        return float(np.average(far, weights=count))
    order = np.argsort(far, kind="stable")
    below = np.cumsum(count[order]) / count.sum()
    both = np.array([np.searchsorted(below, 0.5, side=side) for side in ("left", "right")])
    return float(far[order][np.minimum(both, len(far) - 1)].mean())


def climb(evidence: Callable[[float], float], start: float) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the gamma of most evidence, those that were tried, rising, and their evidence.

    Two steps ahead are looked at, so a dip or a plain where no column is worth anything is crossed;
    on nothing but a plain the start is returned.

    Examples
    --------
    >>> best, tried, found = climb(lambda gamma: -abs(np.log(gamma / 9.0)), 1.0)
    >>> best, tried.tolist()
    (8.0, [1.0, 4.0, 8.0, 16.0, 32.0, 64.0, 256.0])
    """
    known: dict[int, float] = {}  # half steps away from the start -> evidence

    def at(half: int) -> float:
        if half not in known:
            known[half] = evidence(start * STEP ** (half / 2))
        return known[half]

    best = 0
    for direction in (2, -2):
        while ahead := [
            best + step * direction
            for step in (1, 2)
            if abs(best + step * direction) <= 2 * REACH and at(best + step * direction) >= at(best)
        ]:
            best = max(ahead, key=at)
    at(best + 1), at(best - 1)
    best = max(known, key=lambda half: (known[half], -abs(half)))
    order = sorted(known)
    gammas = start * STEP ** (np.array(order) / 2)
    return start * STEP ** (best / 2), gammas, np.array([known[half] for half in order])
