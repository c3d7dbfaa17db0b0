"""What a column of a softmax model is worth in log evidence: for one class, or for all at once.

**One weight** (column m, class c) is Tipping and Faul's case: scalar s and q, ``x = 1 / alpha``.

**One column for all classes**, one alpha (derived here). Only the C - 1 directions that leave the
sum over the classes alone touch the likelihood; U (classes, C - 1) is an orthonormal basis of
them. With ``S_m`` (C - 1, C - 1) the curvature in these weights after all others were integrated
out, and ``Q_m`` (C - 1,) the slope,

    l(x) = 1/2 sum_d [ -log(1 + x s_d) + x q_d^2 / (1 + x s_d) ]

where s_d are the eigenvalues of S_m and q_d the entries of Q_m along its eigenvectors: the group
action is C - 1 scalar ones that share x. Every term has one maximum, at ``(q_d^2 - s_d) / s_d^2``
or 0 (Tipping and Faul 2003), so the best x is below the largest of these. At the best
x, ``alpha = gamma_m / sum_c w_mc^2`` with ``gamma_m = C - 1 - alpha tr Sigma_mm`` (MacKay 1992).

Sources: Tipping and Faul, Fast marginal likelihood maximisation for sparse Bayesian models,
AISTATS 2003; MacKay, Neural Computation 4(3), 1992, 415-447, doi:10.1162/neco.1992.4.3.415.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import helmert

FINE = np.logspace(-6, 0, 37)
COARSE = np.logspace(-4, 0, 9)


def gain_of(x: np.ndarray, s: np.ndarray, q2: np.ndarray) -> np.ndarray:
    """Return l(x), nats: x (...), curvature and squared slope (..., d)."""
    grown = 1.0 + x[..., None] * s
    # a product of factors and one logarithm: the factors are below 1e30, d is a number of classes
    log = np.log(grown).sum(axis=-1) if s.shape[-1] > 9 else np.log(grown.prod(axis=-1))
    return 0.5 * ((x[..., None] * q2 / grown).sum(axis=-1) - log)


def best_variance(
    s: np.ndarray, q2: np.ndarray, grid: np.ndarray = FINE
) -> tuple[np.ndarray, np.ndarray]:
    """Return (x, gain) that maximise l for each row of s, q2 (m, d); both 0 where nothing gains.

    >>> x, gain = best_variance(np.array([[2.0], [1.0]]), np.array([[10.0], [0.5]]))
    >>> x.round(6).tolist(), gain.round(4).tolist()
    ([2.0, 0.0], [1.1953, 0.0])
    """
    safe = np.maximum(s, 1e-12)
    top = np.maximum((q2 - safe) / safe**2, 0.0).max(axis=1)
    x = top[:, None] * grid  # (m, g)
    value = gain_of(x, safe[:, None], q2[:, None])
    place = value.argmax(axis=1)
    rows = np.arange(len(s))
    best, gain = x[rows, place], value[rows, place]
    if grid is FINE:
        best, gain = _polish(best, top, safe, q2)
    keep = (gain > 0) & (top > 0)
    return np.where(keep, best, 0.0), np.where(keep, gain, 0.0)


def _polish(
    x: np.ndarray, top: np.ndarray, s: np.ndarray, q2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the root of l' between two neighbours on the grid, by bisection, and l there."""
    ratio = FINE[1] / FINE[0]
    low, high = x / ratio, np.minimum(x * ratio, top)
    for _ in range(40):
        middle = 0.5 * (low + high)
        grown = 1.0 + middle[:, None] * s
        rising = (q2 / grown**2 - s / grown).sum(axis=1) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    x = 0.5 * (low + high)
    return x, gain_of(x, s, q2)


def contrasts(classes: int) -> np.ndarray:
    """Return U (classes, classes - 1): orthonormal, every column with a sum of zero."""
    return helmert(classes).T
