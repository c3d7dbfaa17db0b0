"""Sums of feature kernels over samples or over features, never the (n, samples, features) tensor.

With k_m(i, n) as in ``features`` (centred over the training rows, unit mean square):

``Contraction(features, rows, candidates=None, *, memory=512 MB, bases=None)`` for training rows:
``.sample_columns(chosen, weights) -> (N, N_c)``       Phi_in = sum_m l_m k_m(i, n)
``.feature_columns(samples, weights) -> (N, M)``       Psi_im = sum_n w_n k_m(i, n)
``.cross_values(samples, chosen, part=slice(None)) -> (n, |S|, |F|)``
``.means(samples, chosen) -> (|S|, |F|)``              what centring took off, in scaled units

``cross_values(features, rows, others, means) -> (n, |S|, |F|)`` for any rows; for a prediction
give it ``features.chosen(F)``, the prepared relevance vectors and ``means(S, F)``.
``cross_blocks(...)`` the same in pieces of rows, with bounded memory.

``chosen`` are positions of features (0..M-1), ``samples`` positions among the candidates
(0..N_c-1), ``rows`` prepared by ``Features.rows``. Weights (|F|,) or (|S|,) give the shapes above;
weights (|F|, C) or (|S|, C) give (C, N, N_c) and (C, N, M). Kernel values have the rows' precision,
sums are float64.

Costs: linear and hellinger N d; rbf on single columns about 24 |S| M + N M (``interpolation``, error
below 2e-7 of the weights' absolute sum); other kernels N |S| per feature. Bases of groups are kept
between calls as far as ``memory`` allows and computed again beyond it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .features import Features, values_of
from .interpolation import chebyshev_points, coefficients, evaluated, points_for

_CHUNK = 1 << 18  # numbers in one work array: it stays in the cache
MEMORY = 512 << 20  # bytes of kept bases


class Contraction:
    """Sums of feature kernels between training rows and candidates.

    Parameters
    ----------
    features : Features
        From ``prepare``.
    rows : array (N, d)
        Prepared training rows.
    candidates : int array (N_c,), optional
        Training rows that may become relevance vectors; all by default.
    memory : int
        Bytes that may be kept between calls for the bases of groups.
    bases : dict, optional
        ``bases`` of another contraction of the same rows and candidates, whose features differ in
        the width alone.

    Examples
    --------
    >>> from classifiers.rsfm.features import prepare
    >>> X = np.random.default_rng(0).normal(size=(20, 6))
    >>> features = prepare(X)
    >>> sums = Contraction(features, features.rows(X, np.float64))
    >>> f = sums.sample_columns(np.array([1, 4]), np.array([0.5, 0.5])) @ np.ones(20)
    >>> g = sums.feature_columns(np.arange(20), np.ones(20))[:, [1, 4]] @ np.array([0.5, 0.5])
    >>> bool(np.abs(f - g).max() < 1e-5)
    True
    """

    def __init__(
        self,
        features: Features,
        rows: np.ndarray,
        candidates: np.ndarray | None = None,
        *,
        memory: int = MEMORY,
        bases: dict[int, np.ndarray] | None = None,
    ) -> None:
        self.features = features
        self.rows = rows
        self.candidates = np.arange(len(rows)) if candidates is None else np.asarray(candidates)
        self.others = rows if candidates is None else np.asfortranarray(rows[self.candidates])
        self.memory = memory
        self.bases: dict[int, np.ndarray] = {} if bases is None else bases

    def sample_columns(self, chosen: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Phi (N, N_c) float64, or (C, N, N_c) for weights (|F|, C)."""
        chosen, table = np.asarray(chosen, int), _table(weights)
        scaled = table / self.features.scale[chosen, None]
        out = np.zeros((table.shape[1], len(self.rows), len(self.others)))
        if self.features.made.inner:
            self._add_inner(out, chosen, scaled)
        else:
            for m, factors in zip(chosen, scaled, strict=True):
                self._add_feature(out, m, factors)
        out -= out.mean(axis=1, keepdims=True)
        return out if np.ndim(weights) == 2 else out[0]

    def feature_columns(
        self, samples: np.ndarray, weights: np.ndarray, dtype: type = np.float64
    ) -> np.ndarray:
        """Return Psi (N, M) of ``dtype``, or (C, N, M) for weights (|S|, C).

        Each column lies in one piece of memory, and ``Psi.reshape(C * N, M)`` copies nothing.
        """
        samples, table = np.asarray(samples, int), _table(weights)
        out = np.zeros((len(self.features), table.shape[1], len(self.rows)), dtype)
        if self.features.made.inner:
            self._inner_features(out, samples, table)
        else:
            for which, points in self._alone():
                others = self.others[:, self.features.starts[which]][samples].T
                self._set(out, which, self._sums(which, points, others, table))
            for m in np.flatnonzero(~self.features.alone):
                values = self._block(m, samples)
                self._set(out, np.array([m]), (table.T @ values.T.astype(np.float64))[None])
        return out.transpose(1, 2, 0) if np.ndim(weights) == 2 else out[:, 0].T

    def means(self, samples: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Return the scaled kernels' means over the training rows, (|S|, |F|)."""
        features, rows, others = self._narrow(samples, chosen)
        nothing = np.zeros((len(others), len(features)))
        total = nothing.copy()
        for _, values in cross_blocks(features, rows, others, nothing):
            total += values.sum(axis=0)
        return total / len(rows)

    def cross_values(
        self,
        samples: np.ndarray,
        chosen: np.ndarray,
        part: slice = slice(None),
        means: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the kernels themselves, (n, |S|, |F|), for few samples and features.

        ``part`` takes some of the training rows; ``means`` saves computing them again.
        """
        means = self.means(samples, chosen) if means is None else means
        features, rows, others = self._narrow(samples, chosen)
        return cross_values(features, rows[part], others, means)

    def _narrow(
        self, samples: np.ndarray, chosen: np.ndarray
    ) -> tuple[Features, np.ndarray, np.ndarray]:
        inside = self.features.inside(np.asarray(chosen, int))
        rows, others = self.rows[:, inside], self.others[np.ix_(samples, inside)]
        return self.features.chosen(chosen), rows, others

    def _set(self, out: np.ndarray, which: np.ndarray, sums: np.ndarray) -> None:
        """Write scaled and centred sums (c, C, N) to their features."""
        sums -= sums.mean(axis=2, keepdims=True)
        out[which] = sums / self.features.scale[which, None, None]

    # inner products -----------------------------------------------------------------------------

    def _add_inner(self, out: np.ndarray, chosen: np.ndarray, scaled: np.ndarray) -> None:
        inside = self.features.inside(chosen)
        factors = np.repeat(scaled, self.features.sizes[chosen], axis=0)
        step = max(64, 16 * _CHUNK // max(len(self.rows), 1))
        for start in range(0, len(inside), step):
            part = slice(start, start + step)
            rows = self.rows[:, inside[part]].astype(np.float64)
            others = self.others[:, inside[part]].astype(np.float64)
            for total, factor in zip(out, factors[part].T, strict=True):
                total += (rows * factor) @ others.T

    def _inner_features(self, out: np.ndarray, samples: np.ndarray, table: np.ndarray) -> None:
        starts = self.features.starts
        for first, last in _pieces(starts, _CHUNK // max(len(self.rows), len(samples), 1)):
            part = slice(starts[first], starts[last])
            sums = self.others[:, part][samples].T.astype(np.float64) @ table  # (d, C)
            products = self.rows[:, part].T[:, None, :] * sums[:, :, None]  # (d, C, N)
            if last - first < products.shape[0]:
                products = np.add.reduceat(products, starts[first:last] - starts[first], axis=0)
            self._set(out, np.arange(first, last), products)

    # single columns -----------------------------------------------------------------------------

    def _alone(self) -> Iterator[tuple[np.ndarray, int]]:
        """Yield features of one column and how many points they need, 0 for the rows themselves."""
        features, n = self.features, len(self.rows)
        alone = np.flatnonzero(features.alone)
        points = np.zeros(len(alone), int)
        if features.made.smooth and len(alone):
            half = np.ptp(self.rows[:, features.starts[alone]], axis=0) / 2.0
            points = points_for(half, features.gamma[alone])
            points[2 * points > n] = 0
        for number in np.unique(points):
            same = alone[points == number]
            step = max(1, _CHUNK // n)
            for start in range(0, len(same), step):
                yield same[start : start + step], int(number)

    def _sums(
        self, which: np.ndarray, points: int, others: np.ndarray, table: np.ndarray
    ) -> np.ndarray:
        """Return sum_n w_n k_m(x_im, x_nm), neither scaled nor centred, (c, C, N)."""
        x, gamma = self.rows[:, self.features.starts[which]].T, self.features.gamma[which]
        if not points:
            return self._sums_at(x, others, gamma, table).transpose(0, 2, 1)
        low, high = x.min(axis=1).astype(np.float64), x.max(axis=1).astype(np.float64)
        middle, half = (low + high)[:, None] / 2.0, (high - low)[:, None] / 2.0
        nodes = (middle + half * chebyshev_points(points)).astype(x.dtype)
        parts = coefficients(self._sums_at(nodes, others, gamma, table))
        t = (x - middle) / half
        return np.stack([evaluated(part, t) for part in np.moveaxis(parts, 2, 0)], axis=1)

    def _sums_at(
        self, x: np.ndarray, others: np.ndarray, gamma: np.ndarray, table: np.ndarray
    ) -> np.ndarray:
        """Return the sums at points (c, p), (c, p, C), with bounded work arrays."""
        out = np.empty((*x.shape, table.shape[1]))
        wide = max(1, _CHUNK // max(others.shape[1], 1))
        columns, points = max(1, wide // x.shape[1]), min(wide, x.shape[1])
        for c in range(0, len(x), columns):
            part = slice(c, c + columns)
            for p in range(0, x.shape[1], points):
                at = x[part, p : p + points]
                values = values_of(self.features.made, at, others[part], gamma[part])
                out[part, p : p + points] = values.astype(np.float64, copy=False) @ table
        return out

    def _add_feature(self, out: np.ndarray, m: int, factors: np.ndarray) -> None:
        """Add one feature's kernel times its factor per class, to (C, N, N_c)."""
        if not self.features.alone[m]:
            values = self._block(m, np.arange(len(self.others)))
            for total, factor in zip(out, factors, strict=True):
                total += factor * values
            return
        start, gamma = self.features.starts[m], self.features.gamma[m : m + 1]
        others = self.others[None, :, start]
        step = max(1, _CHUNK // max(len(self.others), 1))
        for low in range(0, len(self.rows), step):
            part = slice(low, low + step)
            values = values_of(self.features.made, self.rows[None, part, start], others, gamma)[0]
            for total, factor in zip(out, factors, strict=True):
                total[part] += np.multiply(values, factor, dtype=np.float64)

    # groups -------------------------------------------------------------------------------------

    def _block(self, m: int, samples: np.ndarray) -> np.ndarray:
        """Return the kernel of one feature, neither scaled nor centred, (N, |S|)."""
        return self.features.made.finish(self._base(m, samples), self.features.gamma[m])

    def _base(self, m: int, samples: np.ndarray) -> np.ndarray:
        """Return a copy of the base, (N, |S|), from the kept ones where there is room."""
        made, part = self.features.made, slice(self.features.starts[m], self.features.starts[m + 1])
        rows, others, kind = self.rows[:, part], self.others[:, part], self.rows.dtype
        size = len(rows) * len(others) * kind.itemsize
        if m not in self.bases and (len(self.bases) + 1) * size > self.memory:
            return made.blockwise(rows, others[samples]).astype(kind)
        if m not in self.bases:
            base = made.blockwise(rows, None if self.others is self.rows else others)
            self.bases[m] = base.astype(kind)
        return self.bases[m][:, samples]


def cross_values(
    features: Features, rows: np.ndarray, others: np.ndarray, means: np.ndarray
) -> np.ndarray:
    """Return k_m(i, n) for all triples, (n, d), (|S|, d), (|S|, M) -> (n, |S|, M) float64.

    Of ``features`` it takes all: give it ``features.chosen(...)`` and rows prepared by it.
    """
    made, starts, alone = features.made, features.starts, features.alone
    out = np.empty((len(features), len(rows), len(others)))
    single = np.flatnonzero(alone)
    x, y = rows[:, starts[single]].T, others[:, starts[single]].T
    if len(single):
        out[single] = values_of(made, x, y, features.gamma[single])
    for m in np.flatnonzero(~alone):
        part = slice(starts[m], starts[m + 1])
        base = made.blockwise(rows[:, part], others[:, part]).astype(rows.dtype)
        out[m] = made.finish(base, features.gamma[m])
    out /= features.scale[:, None, None]
    return out.transpose(1, 2, 0) - means


def cross_blocks(
    features: Features, rows: np.ndarray, others: np.ndarray, means: np.ndarray
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (rows, ``cross_values`` of these rows) with a few MiB at a time."""
    step = max(1, _CHUNK // max(len(others) * len(features), 1))
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        yield part, cross_values(features, rows[part], others, means)


def _table(weights: np.ndarray) -> np.ndarray:
    """Return weights (k,) or (k, C) as (k, C) float64."""
    weights = np.asarray(weights, np.float64)
    return weights[:, None] if weights.ndim == 1 else weights


def _pieces(starts: np.ndarray, columns: int) -> Iterator[tuple[int, int]]:
    """Yield first and one past the last feature of pieces with about so many columns."""
    first, count = 0, len(starts) - 1
    while first < count:
        last = int(np.searchsorted(starts, starts[first] + columns, side="right")) - 1
        last = min(max(last, first + 1), count)
        yield first, last
        first = last
