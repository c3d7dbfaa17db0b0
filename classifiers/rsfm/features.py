"""From a table to features: which columns count, their groups, units and kernels' scale.

``prepare(X, groups=None, kernel="rbf", width=1.0, *, least=None, seed=0) -> Features``
``with_width(features, rows, width, *, seed=0) -> Features``
``Features.rows(X, dtype=np.float32) -> (n, d)``, ``Features.chosen(which) -> Features``

A feature is a column, or a group of columns. Its kernel is

    k_m(i, n) = [k(x_im, x_nm) - mean over training rows i of k(x_im, x_nm)] / scale_m

with scale_m so that the mean square over all pairs of training rows is 1 (``scales``). ``Features``
holds the scale; the mean is taken where training rows are contracted (``contraction``), after the
sum, which is the same because a sum of centred columns is the centred sum.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..kernels import Kernel
from .feature_kernels import FeatureKernel, feature_kernel
from .scales import measured

_CHUNK = 1 << 18  # numbers in one work array: it stays in the cache


@dataclass(frozen=True, eq=False)
class Features:
    """What ``prepare`` learned from the training rows; plain arrays apart from the kernel.

    ``Features(**vars(features))`` makes the same object again.

    Parameters
    ----------
    kernel : str or callable
        See ``feature_kernels``.
    width : float
        See ``feature_kernels``.
    names : array (all groups,)
        Labels of the groups in order of first appearance; without groups the numbers of columns.
    usable : int array (features,)
        Positions in ``names`` of the features that can be used, rising.
    columns : int array (d,)
        Columns of the table that they use, feature by feature.
    starts : int array (features + 1,)
        Feature m uses ``columns[starts[m] : starts[m + 1]]``.
    centre, spread : array (d,)
        Prepared columns are (mapped column - centre) / spread.
    gamma, scale : array (features,)
        Parameter, and root mean square of the centred kernel.
    """

    kernel: Kernel
    width: float
    names: np.ndarray
    usable: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    centre: np.ndarray
    spread: np.ndarray
    gamma: np.ndarray
    scale: np.ndarray

    def __len__(self) -> int:
        return len(self.usable)

    @property
    def made(self) -> FeatureKernel:
        """What the kernel is made of."""
        return feature_kernel(self.kernel)

    @property
    def sizes(self) -> np.ndarray:
        """Number of columns of each feature, (features,)."""
        return np.diff(self.starts)

    @property
    def alone(self) -> np.ndarray:
        """Whether a feature is one column whose kernel is known point by point, (features,)."""
        return (self.sizes == 1) & (self.made.pointwise is not None)

    def rows(self, X: np.ndarray, dtype: Any = np.float32) -> np.ndarray:
        """Return the prepared columns of rows ``X`` (n, all columns), (n, d), column by column.

        Raises
        ------
        ValueError
            For negative numbers where the kernel is defined on histograms only.
        """
        out = np.empty((len(X), len(self.columns)), dtype, order="F")
        step = max(1, _CHUNK // max(len(X), 1))
        for start in range(0, len(self.columns), step):
            part = slice(start, start + step)
            values = _mapped(self.kernel, self.made, X[:, self.columns[part]])
            out[:, part] = (values - self.centre[part]) / self.spread[part]
        return out

    def chosen(self, which: np.ndarray) -> Features:
        """Return the features at positions ``which``, in that order, and nothing of the others."""
        which = np.asarray(which, int)
        inside = self.inside(which)
        return replace(
            self,
            usable=self.usable[which],
            columns=self.columns[inside],
            starts=np.concatenate([[0], np.cumsum(self.sizes[which])]).astype(int),
            centre=self.centre[inside],
            spread=self.spread[inside],
            gamma=self.gamma[which],
            scale=self.scale[which],
        )

    def inside(self, which: np.ndarray) -> np.ndarray:
        """Return the positions in ``columns`` of the features at positions ``which``."""
        sizes = self.sizes[which]
        before = np.cumsum(sizes) - sizes
        return np.repeat(self.starts[which] - before, sizes) + np.arange(sizes.sum())


def prepare(
    X: np.ndarray,
    groups: Iterable[Hashable] | None = None,
    kernel: Kernel = "rbf",
    width: float = 1.0,
    *,
    least: int | None = None,
    seed: int = 0,
) -> Features:
    """Learn from the training rows which features there are, and their units.

    Parameters
    ----------
    X : array (n, columns)
        Training rows.
    groups : labels (columns,), optional
        Columns of one label are one feature; without it each column is one.
    kernel, width
        See ``feature_kernels``.
    least : int, optional
        A column is nearly constant, and no feature by itself, if fewer rows than this differ from
        its most frequent value; by default 1 % of the rows, and 2 at least.
    seed : int
        Chooses the rows behind the scales where there are too many to look at all pairs.

    Returns
    -------
    Features

    Notes
    -----
    Columns that are not finite or constant are left out. So are nearly constant ones where columns
    are standardised; a histogram keeps them, but one of nothing else is no feature.

    Raises
    ------
    ValueError
        For a wrong number of labels, an unknown kernel, a width that is not above 0, or negative
        numbers where the kernel is defined on histograms only.

    Examples
    --------
    >>> X = np.array([[0.0, 5.0, 1.0], [1.0, 5.0, 0.0], [2.0, 5.0, 0.0], [4.0, 5.0, 1.0]])
    >>> features = prepare(X, groups=["a", "b", "a"])
    >>> features.names.tolist(), features.usable.tolist(), features.columns.tolist()
    (['a', 'b'], [0], [0, 2])
    """
    made = feature_kernel(kernel)
    names, member = numbered(groups, X.shape[1])
    least = min(max(2, -(-len(X) // 100)), max(1, len(X) - 1)) if least is None else least
    centre, spread, varied, live = _columns(X, kernel, made, least)
    counts = np.bincount(member[varied], minlength=len(names))
    kept = (varied if made.standardised else live) & (counts[member] > 0)
    columns = np.flatnonzero(kept)
    columns = columns[np.argsort(member[columns], kind="stable")]
    usable = np.flatnonzero(counts)
    sizes = np.bincount(member[columns], minlength=len(names))[usable]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(int)
    none = np.ones(len(usable))
    features = Features(
        kernel, width, names, usable, columns, starts, centre[columns], spread[columns], none, none
    )
    return with_width(features, features.rows(X), width, seed=seed)


def with_width(features: Features, rows: np.ndarray, width: float, *, seed: int = 0) -> Features:
    """Return the features with another ``width``; ``rows`` (n, d) are the prepared training rows.

    Nothing but ``width``, ``gamma`` and ``scale`` changes: prepared rows stay as they are.
    """
    gamma, scale = measured(features.made, features.starts, rows, width, seed)
    return replace(features, width=width, gamma=gamma, scale=scale)


# columns ----------------------------------------------------------------------------------------


def numbered(groups: Iterable[Hashable] | None, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the groups' labels in order of first appearance, and each column's group."""
    if groups is None:
        return np.arange(columns), np.arange(columns)
    if isinstance(groups, str) or not isinstance(groups, Iterable):
        raise ValueError(f"groups must be a list of labels, one per column, not {groups!r}.")
    labels = groups.tolist() if isinstance(groups, np.ndarray) else list(groups)
    if len(labels) != columns:
        raise ValueError(
            f"groups must have one label per column: {columns} columns, {len(labels)} labels."
        )
    odd = next((label for label in labels if not isinstance(label, Hashable)), None)
    if odd is not None:
        raise ValueError(
            f"a group's label must be hashable, as text or a tuple is; one is {odd!r}."
        )
    number: dict[Hashable, int] = {}
    member = np.array([number.setdefault(label, len(number)) for label in labels], int)
    kinds = {type(label) for label in number}
    if kinds in ({str}, {int}):
        return np.array(list(number)), member
    names = np.empty(len(number), object)
    names[:] = list(number)
    return names, member


def _mapped(kernel: Kernel, made: FeatureKernel, values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64)
    if made.non_negative and values.size and np.nanmin(values) < 0:
        raise ValueError(
            f"Negative values in data: the {kernel} kernel needs at least 0 and the lowest is "
            f"{np.nanmin(values):g}; use histograms or another kernel."
        )
    return values if made.mapped is None else made.mapped(values)


def _columns(
    X: np.ndarray, kernel: Kernel, made: FeatureKernel, least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return centre, spread, whether a column varies enough, and whether it varies at all."""
    centre, spread = np.zeros(X.shape[1]), np.ones(X.shape[1])
    varied, live = np.zeros((2, X.shape[1]), bool)
    digits = 10 * np.finfo(np.result_type(X, np.float32)).eps
    step = max(1, _CHUNK // max(len(X), 1))
    for start in range(0, X.shape[1], step):
        part = slice(start, start + step)
        values = _mapped(kernel, made, X[:, part])
        values[:, ~np.isfinite(values).all(axis=0)] = 0.0  # as if constant
        middle, deviation = values.mean(axis=0), values.std(axis=0)
        live[part] = deviation > digits * np.abs(values).max(axis=0)
        values.sort(axis=0)
        frequent = (values[: min(least, len(X))] == values[len(X) - least :]).any(axis=0)
        varied[part] = live[part] & ~frequent
        if made.standardised:
            centre[part] = middle
            spread[part] = np.where(live[part], deviation, 1.0)
    return centre, spread, varied, live
