"""Sums of feature kernels over samples or over features, never the (n, samples, features) tensor.

With k_m(i, n) as in ``features`` (centred over the training rows, unit mean square):

``Contraction(features, rows, candidates=None, *, memory=MEMORY, bases=None)`` for training rows:
``.rows``, ``.candidates``, ``.features``                how many: N, N_c, M
``.sample_columns(features, weights) -> (N, N_c)``       Phi_in = sum_m l_m k_m(i, n)
``.feature_columns(samples, weights, features=None) -> (N, M)``   Psi_im = sum_n w_n k_m(i, n)
``.means(samples, features) -> (|S|, |F|)``              what centring took off, in scaled units
``.cross_values(samples, features, part=slice(None), means=None) -> (n, |S|, |F|)``

``cross_values(features, rows, others, means) -> (n, |S|, |F|)`` for any rows; for a prediction
give it ``features.chosen(F)``, the prepared new rows and relevance vectors, and ``means(S, F)``.
``cross_blocks(...)`` is the same in pieces of rows, with bounded memory.

Features are positions 0..M-1, samples positions among the candidates, ``rows`` are prepared by
``Features.rows``. Weights (|F|,) or (|S|,) give the shapes above; weights (|F|, C) or (|S|, C) give
(C, N, N_c) and (C, N, M). Kernel values have the rows' precision, sums are float64.

Costs: linear and hellinger N d; rbf on single columns about 24 (|S| + N) M where that is less than
N |S| M (``interpolation``: the error is below 1e-6 of sum |w_n|, float32 included); others N |S|
per column. Bases of groups are kept between calls as far as ``memory`` (bytes) allows and computed
again beyond it.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np

from .columns import summed, values_of
from .features import Features

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
        self.prepared = features
        self.table = rows
        if candidates is None or np.array_equal(candidates, np.arange(len(rows))):
            self.others = rows
        else:
            self.others = np.asfortranarray(rows[candidates])
        self.rows, self.candidates, self.features = len(rows), len(self.others), len(features)
        self.memory = memory
        self.bases: dict[int, np.ndarray] = {} if bases is None else bases

    def sample_columns(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Phi (N, N_c) float64, or (C, N, N_c) for weights (|F|, C)."""
        chosen, table = np.asarray(features, int), _as_table(weights)
        scaled = table / self.prepared.scale[chosen, None]
        out = np.zeros((table.shape[1], len(self.table), len(self.others)))
        if self.prepared.made.inner:
            self._add_inner(out, chosen, scaled)
        else:
            for m, factors in zip(chosen, scaled, strict=True):
                self._add_feature(out, m, factors)
        out -= out.mean(axis=1, keepdims=True)
        return out if np.ndim(weights) == 2 else out[0]

    def feature_columns(
        self,
        samples: np.ndarray,
        weights: np.ndarray,
        features: np.ndarray | None = None,
        dtype: Any = np.float64,
    ) -> np.ndarray:
        """Return Psi (N, M) of ``dtype``, or (C, N, M) for weights (|S|, C).

        With ``features``, the columns of these alone. Each column lies in one piece of memory, and
        ``Psi.reshape(C * N, M)`` copies nothing.
        """
        if features is not None:
            return self._only(features).feature_columns(samples, weights, dtype=dtype)
        samples, table = np.asarray(samples, int), _as_table(weights)
        out: np.ndarray = np.zeros((self.features, table.shape[1], self.rows), dtype)
        if self.prepared.made.inner:
            self._inner_features(out, samples, table)
        else:
            alone = np.flatnonzero(self.prepared.alone)
            step = max(1, _CHUNK // (self.rows * table.shape[1]))
            for start in range(0, len(alone), step):
                self._single_features(out, alone[start : start + step], samples, table)
            for m in np.flatnonzero(~self.prepared.alone).tolist():
                values = self._block(m, samples)
                self._set(out, np.array([m]), (table.T @ values.T.astype(np.float64))[None])
        return out.transpose(1, 2, 0) if np.ndim(weights) == 2 else out[:, 0].T

    def means(self, samples: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Return the scaled kernels' means over the training rows, (|S|, |F|)."""
        only = self._only(features)
        others, nothing = only.others[samples], np.zeros((len(samples), only.features))
        blocks = cross_blocks(only.prepared, only.table, others, nothing)
        return sum((values.sum(axis=0) for _, values in blocks), nothing) / self.rows

    def cross_values(
        self,
        samples: np.ndarray,
        features: np.ndarray,
        part: slice = slice(None),
        means: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return the kernels themselves, (n, |S|, |F|) float64, for few samples and features.

        ``part`` takes some of the training rows; ``means`` saves computing them again.
        """
        means = self.means(samples, features) if means is None else means
        only = self._only(features)
        return cross_values(only.prepared, only.table[part], only.others[samples], means)

    def _only(self, features: np.ndarray) -> Contraction:
        """Return the same sums for some of the features; it keeps no further bases."""
        which = np.asarray(features, int)
        inside, only = self.prepared.inside(which), copy(self)
        only.prepared, only.features, only.memory = self.prepared.chosen(which), len(which), 0
        only.table = self.table[:, inside]
        only.others = only.table if self.others is self.table else self.others[:, inside]
        numbers = enumerate(which.tolist())
        only.bases = {new: self.bases[old] for new, old in numbers if old in self.bases}
        return only

    def _set(self, out: np.ndarray, which: np.ndarray, sums: np.ndarray) -> None:
        """Write scaled and centred sums (c, C, N) to their features."""
        sums -= sums.mean(axis=2, keepdims=True)
        out[which] = sums / self.prepared.scale[which, None, None]

    def _single_features(
        self, out: np.ndarray, which: np.ndarray, samples: np.ndarray, table: np.ndarray
    ) -> None:
        columns, gamma = self.prepared.starts[which], self.prepared.gamma[which]
        x, y = self.table[:, columns].T, self.others[:, columns][samples].T
        self._set(out, which, summed(self.prepared.made, x, y, gamma, table))

    # inner products -----------------------------------------------------------------------------

    def _add_inner(self, out: np.ndarray, chosen: np.ndarray, scaled: np.ndarray) -> None:
        inside = self.prepared.inside(chosen)
        factors = np.repeat(scaled, self.prepared.sizes[chosen], axis=0)
        step = max(64, 16 * _CHUNK // max(len(self.table), 1))
        for start in range(0, len(inside), step):
            part = slice(start, start + step)
            rows = self.table[:, inside[part]].astype(np.float64)
            others = self.others[:, inside[part]].astype(np.float64)
            for total, factor in zip(out, factors[part].T, strict=True):
                total += (rows * factor) @ others.T

    def _inner_features(self, out: np.ndarray, samples: np.ndarray, table: np.ndarray) -> None:
        starts = self.prepared.starts
        for first, last in _pieces(starts, _CHUNK // max(len(self.table), len(samples), 1)):
            part = slice(starts[first], starts[last])
            sums = self.others[:, part][samples].T.astype(np.float64) @ table  # (d, C)
            products = self.table[:, part].T[:, None, :] * sums[:, :, None]  # (d, C, N)
            if last - first < products.shape[0]:
                products = np.add.reduceat(products, starts[first:last] - starts[first], axis=0)
            self._set(out, np.arange(first, last), products)

    # one feature after the other ----------------------------------------------------------------

    def _add_feature(self, out: np.ndarray, m: int, factors: np.ndarray) -> None:
        """Add one feature's kernel times its factor per class, to (C, N, N_c)."""
        if not self.prepared.alone[m]:
            values = self._block(m, np.arange(len(self.others)))
            for total, factor in zip(out, factors, strict=True):
                total += factor * values
            return
        start, gamma = self.prepared.starts[m], self.prepared.gamma[m : m + 1]
        others = self.others[None, :, start]
        step = max(1, _CHUNK // max(len(self.others), 1))
        for low in range(0, len(self.table), step):
            part = slice(low, low + step)
            values = values_of(self.prepared.made, self.table[None, part, start], others, gamma)[0]
            for total, factor in zip(out, factors, strict=True):
                total[part] += np.multiply(values, factor, dtype=np.float64)

    # groups -------------------------------------------------------------------------------------

    def _block(self, m: int, samples: np.ndarray) -> np.ndarray:
        """Return the kernel of one feature, neither scaled nor centred, (N, |S|)."""
        return self.prepared.made.finish(self._base(m, samples), self.prepared.gamma[m])

    def _base(self, m: int, samples: np.ndarray) -> np.ndarray:
        """Return a copy of the base, (N, |S|), from the kept ones where there is room."""
        made, part = self.prepared.made, slice(self.prepared.starts[m], self.prepared.starts[m + 1])
        rows, others, kind = self.table[:, part], self.others[:, part], self.table.dtype
        size = len(rows) * len(others) * kind.itemsize
        if m not in self.bases and (len(self.bases) + 1) * size > self.memory:
            return made.blockwise(rows, others[samples]).astype(kind)
        if m not in self.bases:
            base = made.blockwise(rows, None if self.others is self.table else others)
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


def _as_table(weights: np.ndarray) -> np.ndarray:
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
