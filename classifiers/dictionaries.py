"""The dictionary of a relevance vector machine: one kernel column per candidate row.

``columns[i, m] = k(x_i, x_m) - mean of the column``. Which rows may become relevance vectors, and
what the columns are, is settled here; the learner in ``classifiers.bayes`` sees numbers only. The
mean is taken out because a flat prior on the offset absorbs it: the model stays the same, and a
kernel with a large common level (``linear``, ``intersection``) keeps its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_random_state

from . import kernels

Chance = int | np.random.RandomState | None
_BLOCK = 1 << 22  # kernel values in one block of new rows: 32 MiB


def row_weights(sample_weight: Any, rows: int) -> np.ndarray:
    """Return one weight per row, (rows,) float64; ones where none were given.

    >>> row_weights(None, 2).tolist()
    [1.0, 1.0]
    """
    if sample_weight is None:
        return np.ones(rows)
    out = check_array(
        sample_weight, dtype=np.float64, ensure_2d=False, ensure_min_samples=0, copy=True
    )
    if out.ndim == 0:
        out = np.full(rows, out)
    if out.shape != (rows,):
        raise ValueError(f"sample_weight must have shape {(rows,)}, not {out.shape}.")
    if out.min(initial=0.0) < 0:
        raise ValueError(f"sample_weight must be at least 0; the lowest is {out.min():g}.")
    if not out.any():
        raise ValueError("sample_weight must not be zero in all rows; give one of them more.")
    return out


def choose_candidates(strata: np.ndarray, most: int | None, random_state: Chance) -> np.ndarray:
    """Return the rows that may become relevance vectors, rising (m,).

    All rows up to ``most`` of them; beyond, a random part of each stratum, in proportion and at
    least one row each.

    Parameters
    ----------
    strata : int array (n,)
        The number of each row's class; all 0 for a regression.

    Examples
    --------
    >>> choose_candidates(np.array([0, 0, 0, 0, 1, 1]), 3, 0).tolist()
    [1, 2, 5]
    """
    if most is None or len(strata) <= most:
        return np.arange(len(strata))
    random = check_random_state(random_state)
    order = random.permutation(len(strata))
    ranks = np.empty(len(strata))  # the place of a row within its stratum, in (0, 1]
    for stratum in np.unique(strata):
        members = order[strata[order] == stratum]
        ranks[members] = np.arange(len(members)) / len(members)  # the first of each has rank 0
    return np.sort(order[np.argsort(ranks[order], kind="stable")[:most]])


@dataclass(frozen=True)
class Dictionary:
    """Kernel columns of the candidates over the training rows.

    ``base`` (n, m) is the parameter-free part (see ``kernels``), ``among`` (m,) the candidates'
    places among the n rows, ``finish(base, gamma)`` the kernel. ``tunable`` says whether gamma
    matters.
    """

    base: np.ndarray
    among: np.ndarray
    finish: Callable[[np.ndarray, float], np.ndarray]
    tunable: bool

    def columns(self, gamma: float, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the centred columns (n, m) and their weighted means (m,); ``weights`` is (n,)."""
        out = self.finish(self.base, gamma)
        means = weights @ out / weights.sum()
        return out - means, means

    def part(self, rows: np.ndarray) -> Dictionary:
        """Return the dictionary of some of the rows, which are all its candidates, too."""
        where = np.full(len(self.base), -1)
        where[rows] = np.arange(len(rows))
        there = where[self.among] >= 0
        base = self.base[np.ix_(rows, np.flatnonzero(there))]
        return Dictionary(base, where[self.among[there]], self.finish, self.tunable)


def make_dictionary(
    kernel: kernels.Kernel, rows: np.ndarray, among: np.ndarray, degree: int, coef0: float
) -> Dictionary:
    """Return the dictionary of the scaled training rows (n, d), candidates ``among`` (m,).

    For ``"precomputed"`` the rows are the kernel itself, (n, n).
    """

    def finish(base: np.ndarray, gamma: float) -> np.ndarray:
        return kernels.from_base(str(kernel), base, gamma, degree, coef0)

    def as_is(base: np.ndarray, gamma: float) -> np.ndarray:
        return base

    if kernel == "precomputed":
        return Dictionary(np.asarray(rows[:, among], np.float64), among, as_is, False)
    other = None if len(among) == len(rows) else rows[among]
    if callable(kernel):
        return Dictionary(kernels.gram(kernel, rows, other), among, as_is, False)
    base = kernels.base_matrix(kernel, rows, other)
    return Dictionary(base, among, finish, kernels.family(kernel).gamma != "none")


def blocks(rows: int, columns: int) -> Iterator[slice]:
    """Yield slices of ``rows`` whose kernel with ``columns`` vectors stays small."""
    step = max(1, _BLOCK // max(columns, 1))
    for start in range(0, max(rows, 1), step):
        yield slice(start, start + step)
