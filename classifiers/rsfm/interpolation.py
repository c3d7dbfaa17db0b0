"""Smooth functions of many columns, from few points: Chebyshev interpolation of Gaussian sums.

``sum_n w_n exp(-gamma (g - x_n)^2)`` is an analytic function of g. Between the ends of a column its
polynomial through n Chebyshev points converges geometrically, so a few dozen points replace
thousands of rows. The number of points grows with the column's range in widths and keeps the error
of each Gaussian below ``ERROR``: the rule in ``points_for`` was fitted to measured errors and is
tested.

Source: Trefethen, Approximation Theory and Approximation Practice, SIAM 2013, chapters 3, 7 and 19,
doi:10.1137/1.9781611975949.
"""

from __future__ import annotations

import numpy as np

ERROR = 2e-7  # largest error of one Gaussian of height 1


def points_for(half: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """Return how many points columns need whose ranges are 2 ``half``, (c,) int.

    A multiple of 8, so that columns can be taken together.
    """
    widths = half * np.sqrt(2.0 * gamma)
    return 8 * np.ceil((8.0 + 5.25 * widths) / 8.0).astype(int)


def chebyshev_points(n: int) -> np.ndarray:
    """Return the n Chebyshev points of the first kind, from high to low, within -1..1.

    >>> chebyshev_points(2).round(3).tolist()
    [0.707, -0.707]
    """
    return np.cos(np.pi * (np.arange(n) + 0.5) / n)


def coefficients(values: np.ndarray) -> np.ndarray:
    """Return Chebyshev coefficients (c, n, k) of values at the n points, (c, n, k)."""
    n = values.shape[1]
    angles = np.pi * np.outer(np.arange(n), np.arange(n) + 0.5) / n
    transform = np.cos(angles) * (2.0 / n)
    transform[0] /= 2.0
    return transform @ values


def evaluated(coefficients: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the polynomials (c, n, k) at points ``t`` (c, p) within -1..1, (c, k, p)."""
    basis = np.empty((coefficients.shape[1], *t.shape))
    basis[0], basis[1], double = 1.0, t, 2.0 * t
    for now, before, last in zip(basis[2:], basis[1:], basis, strict=False):
        np.multiply(double, before, out=now)  # T_k+1 = 2 t T_k - T_k-1
        now -= last
    return coefficients.transpose(0, 2, 1) @ basis.transpose(1, 0, 2)
