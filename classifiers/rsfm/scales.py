"""The parameter and the scale of each feature's kernel, from the training rows.

``measured(made, starts, rows, width, seed) -> gamma (features,), scale (features,)``

The scale is the root mean square of the kernel, centred over the training rows, over all pairs of
them: exact for single columns of rbf, linear and hellinger; for the others as far as a seeded
choice of rows shows, which is all rows up to a few hundred. So are the distances behind gamma.
"""

from __future__ import annotations

from math import isqrt

import numpy as np

from .columns import summed, values_of
from .feature_kernels import FeatureKernel, gamma_of

_CHUNK = 1 << 18  # numbers in one work array: it stays in the cache
_LOOKED_AT = 1 << 30  # kernel values of columns that the choice of rows may cost
_MOST_LOOKED_AT = 512  # training rows whose pairs are looked at
_MOST_FOR_RARE = 2000  # the same where those show no variation
_CANCELLED = 1e-3  # a mean square below it would be a difference of nearly equal numbers


def measured(
    made: FeatureKernel, starts: np.ndarray, rows: np.ndarray, width: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return gamma and scale of each feature, from prepared training rows (n, d).

    Feature m is ``rows[:, starts[m] : starts[m + 1]]``. A kernel that does not vary has scale 1.
    """
    if not 0 < width < np.inf:
        raise ValueError(f"width must be a number above 0, it is {width!r}.")
    sizes = np.diff(starts)
    single = (sizes == 1) & (made.pointwise is not None)
    looks = _looked_at(rows, seed), rows[:_MOST_FOR_RARE]  # the first may show no variation

    def over_pairs(values: np.ndarray, gamma: np.ndarray | None) -> np.ndarray:
        for looked_at in looks:
            rest = np.flatnonzero(values == 0)
            values[rest] = _over_pairs(made, starts, single, rest, looked_at, gamma)
        return values

    medians = over_pairs(np.zeros(len(sizes)), None) if made.gamma == "distances" else None
    gamma, scale = gamma_of(made, width, sizes, medians), np.zeros(len(sizes))
    if made.inner or made.smooth:
        alone = np.flatnonzero(single)
        scale[alone] = _in_sums(made, rows, starts[alone], gamma[alone])
    scale = over_pairs(scale, gamma)
    return gamma, np.where(scale > 0, scale, 1.0)


def _looked_at(rows: np.ndarray, seed: int) -> np.ndarray:
    """Return the training rows whose pairs are looked at, in their order."""
    most = isqrt(_LOOKED_AT // max(rows.shape[1], 1))
    most = min(len(rows), max(32, min(most, _MOST_LOOKED_AT)))
    return rows[np.sort(np.random.default_rng(seed).choice(len(rows), most, replace=False))]


def _in_sums(
    made: FeatureKernel, rows: np.ndarray, columns: np.ndarray, gamma: np.ndarray
) -> np.ndarray:
    """Return scales of single columns without going through the pairs; 0 where digits cancel."""
    out, weights = np.zeros(len(columns)), np.full((len(rows), 1), 1.0 / max(len(rows), 1))
    step = max(1, _CHUNK // max(len(rows), 1))
    for start in range(0, len(columns), step):
        part = slice(start, start + step)
        x = rows[:, columns[part]].T
        if made.inner:  # (x_i - mean) x_n
            mean_square = x.var(axis=1, dtype=np.float64) * (x.astype(np.float64) ** 2).mean(axis=1)
        else:
            means = summed(made, x, x, gamma[part], weights)[:, 0]
            squares = summed(made, x, x, 2.0 * gamma[part], weights)  # k^2 has twice the gamma
            mean_square = squares.mean(axis=(1, 2)) - (means**2).mean(axis=1)
            mean_square[mean_square < _CANCELLED] = 0.0
        out[part] = np.sqrt(mean_square)
    return out


def _over_pairs(
    made: FeatureKernel,
    starts: np.ndarray,
    single: np.ndarray,
    which: np.ndarray,
    rows: np.ndarray,
    gamma: np.ndarray | None,
) -> np.ndarray:
    """Return scales from all pairs of ``rows``, or without gamma the median bases."""
    out = np.zeros(len(single))
    alone = which[single[which]]
    step = max(1, _CHUNK // max(len(rows), 1) ** 2)
    for start in range(0, len(alone), step):
        part = alone[start : start + step]
        x = rows[:, starts[part]].T
        values = values_of(made, x, x, None if gamma is None else gamma[part])
        out[part] = _medians(values) if gamma is None else _spreads(values)
    for m in which[~single[which]]:
        base = made.blockwise(rows[:, starts[m] : starts[m + 1]], None)[None]
        out[m] = (_medians(base) if gamma is None else _spreads(made.finish(base, gamma[m])))[0]
    return out[which]


def _medians(values: np.ndarray) -> np.ndarray:
    """Return the medians over different rows, the means where those are 0; (c, s, s) -> (c,)."""
    first, second = np.triu_indices(values.shape[1], 1)
    if not len(first):
        return np.zeros(len(values))
    apart = values[:, first, second]
    middle = np.median(apart, axis=1)
    return np.where(middle > 0, middle, apart.mean(axis=1))


def _spreads(values: np.ndarray) -> np.ndarray:
    """Return the root mean squares of centred kernels, (c, s, s) -> (c,)."""
    values = values - values.mean(axis=1, dtype=np.float64, keepdims=True)
    return np.sqrt(np.einsum("cpq,cpq->c", values, values)) / max(values.shape[1], 1)
