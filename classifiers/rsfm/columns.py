"""Kernels of single columns, many columns at a time: values, and sums over samples.

``values_of(made, x, y, gamma) -> (c, p, q)``
``summed(made, x, y, gamma, weights) -> (c, C, p)``

Smooth kernels are interpolated (``interpolation``) where that is less work than all values.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .feature_kernels import FeatureKernel
from .interpolation import chebyshev_points, coefficients, evaluated, points_for

_CHUNK = 1 << 18  # numbers in one work array: it stays in the cache


def values_of(
    made: FeatureKernel, x: np.ndarray, y: np.ndarray, gamma: np.ndarray | None
) -> np.ndarray:
    """Return kernels of single columns at pairs of points, (c, p), (c, q), (c,) -> (c, p, q).

    Without gamma, their bases.
    """
    assert made.pointwise is not None
    base = made.pointwise(x[:, :, None], y[:, None, :])
    return base if gamma is None else made.finish(base, gamma[:, None, None].astype(base.dtype))


def summed(
    made: FeatureKernel, x: np.ndarray, y: np.ndarray, gamma: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return sum_n w_n k(x_i, y_n) per column, (c, p), (c, q), (c,), (q, C) -> (c, C, p) float64.

    Kernel values have the precision of x and y; each is off by 1e-6 at most where interpolated.
    """
    out = np.empty((len(x), weights.shape[1], x.shape[1]))
    for which, points in _plan(made, x, y, gamma):
        own = x[which], y[which], gamma[which], weights
        if points:
            out[which] = _interpolated(made, points, *own)
        else:
            out[which] = _summed_at(made, *own).transpose(0, 2, 1)
    return out


def _plan(
    made: FeatureKernel, x: np.ndarray, y: np.ndarray, gamma: np.ndarray
) -> Iterator[tuple[np.ndarray, int]]:
    """Yield columns, and through how many points to interpolate, 0 for not at all."""
    points = np.zeros(len(x), int)
    if made.smooth and x.shape[1]:
        points = points_for((x.max(axis=1) - x.min(axis=1)) / 2.0, gamma)
        points[(2 * points > x.shape[1]) | (points >= y.shape[1])] = 0  # no gain
    for number in np.unique(points).tolist():
        same = np.flatnonzero(points == number)
        step = max(1, _CHUNK // (max(x.shape[1], 1) * max(number, 1)))
        for start in range(0, len(same), step):
            yield same[start : start + step], number


def _interpolated(
    made: FeatureKernel,
    points: int,
    x: np.ndarray,
    y: np.ndarray,
    gamma: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """Return the sums (c, C, p) through ``points`` points between the ends of each column of x."""
    low, high = x.min(axis=1).astype(np.float64), x.max(axis=1).astype(np.float64)
    middle, half = (low + high)[:, None] / 2.0, (high - low)[:, None] / 2.0
    half[half == 0] = 1.0
    nodes = (middle + half * chebyshev_points(points)).astype(x.dtype)
    return evaluated(coefficients(_summed_at(made, nodes, y, gamma, weights)), (x - middle) / half)


def _summed_at(
    made: FeatureKernel, x: np.ndarray, y: np.ndarray, gamma: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the sums at each point of x, (c, p, C), with bounded work arrays."""
    out = np.empty((*x.shape, weights.shape[1]))
    wide = max(1, _CHUNK // max(y.shape[1], 1))
    columns, points = max(1, wide // max(x.shape[1], 1)), min(wide, max(x.shape[1], 1))
    for c in range(0, len(x), columns):
        part = slice(c, c + columns)
        for p in range(0, x.shape[1], points):
            values = values_of(made, x[part, p : p + points], y[part], gamma[part])
            out[part, p : p + points] = values.astype(np.float64, copy=False) @ weights
    return out
