"""Kernels of one feature: a single column, or a group of columns; one dictionary of names.

A feature's kernel is computed in two steps, as in ``classifiers.kernels``: a base without parameter
and a cheap ``finish`` with one number per feature, gamma.

| name | k(x, y) of a feature with p columns | columns | gamma |
|---|---|---|---|
| rbf | exp(-gamma sum (x - y)^2) | standardised | 1 / (2 width^2 p) |
| linear | sum x y | standardised | none |
| chi-square | exp(-gamma sum (x - y)^2 / (x + y)), 0/0 = 0 | unchanged, >= 0 | 1 / (width median) |
| intersection | sum min(x, y) | unchanged, >= 0 | none |
| hellinger | sum sqrt(x y) | unchanged, >= 0 | none |
| your own | ``f(X, Y) -> (n, m)`` of the feature's columns | standardised | none |

``width`` is in standard deviations for rbf; for chi-square it is a factor of the median distance
between different training rows (of the mean where that is 0), taken per feature. All named kernels
are positive semi-definite (sources in ``classifiers.kernels``). They are centred and scaled
elsewhere: see ``features``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..kernels import Kernel, chi_square_distances, gram, inner_products, minimum_sums
from ..kernels import squared_distances as distances
from ..names import unknown

Pointwise = Callable[[np.ndarray, np.ndarray], np.ndarray]
Blockwise = Callable[[np.ndarray, np.ndarray | None], np.ndarray]

_NO_DISTANCE = 1e-30  # 1 / gamma is above it, so that float32 holds gamma


@dataclass(frozen=True)
class FeatureKernel:
    """What the kernel of a feature is made of.

    ``blockwise`` maps the columns of one feature, (n, p), (m, p) or None, to the base (n, m).
    ``pointwise`` is the same for single columns on arrays that broadcast, and None where only
    ``blockwise`` is known. ``finish`` maps base and gamma to the kernel and may overwrite the base.
    ``mapped`` is applied to all columns first. ``inner`` says that the kernel is the inner product
    of prepared columns, ``smooth`` that it is analytic in each column and of width
    1 / sqrt(2 gamma). ``gamma`` says what gamma is taken from: nothing, the number of columns, or
    the distances.
    """

    blockwise: Blockwise
    pointwise: Pointwise | None
    finish: Callable[[np.ndarray, np.ndarray | float], np.ndarray]
    mapped: Callable[[np.ndarray], np.ndarray] | None = None
    standardised: bool = False
    non_negative: bool = False
    inner: bool = False
    smooth: bool = False
    gamma: str = "none"


def _squared_difference(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    difference = x - y
    return np.multiply(difference, difference, out=difference)


def _chi_square(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    total = x + y
    total += np.finfo(total.dtype).tiny  # 0/0 becomes 0
    difference = x - y
    np.divide(difference, total, out=total)
    return np.multiply(difference, total, out=total)


def _exponential(base: np.ndarray, gamma: np.ndarray | float) -> np.ndarray:
    with np.errstate(over="ignore"):  # exp(-inf) is 0
        base *= -gamma
    return np.exp(base, out=base)


def _as_is(base: np.ndarray, gamma: np.ndarray | float) -> np.ndarray:
    return base


FEATURE_KERNELS: dict[str, FeatureKernel] = {
    "rbf": FeatureKernel(
        distances,
        _squared_difference,
        _exponential,
        standardised=True,
        smooth=True,
        gamma="columns",
    ),
    "linear": FeatureKernel(inner_products, np.multiply, _as_is, standardised=True, inner=True),
    "chi-square": FeatureKernel(
        chi_square_distances, _chi_square, _exponential, non_negative=True, gamma="distances"
    ),
    "intersection": FeatureKernel(minimum_sums, np.minimum, _as_is, non_negative=True),
    "hellinger": FeatureKernel(
        inner_products, np.multiply, _as_is, mapped=np.sqrt, non_negative=True, inner=True
    ),
}


def feature_kernel(kernel: Kernel) -> FeatureKernel:
    """Return what a named kernel, or a function ``f(X, Y) -> (n, m)``, is made of.

    Raises
    ------
    ValueError
        For an unknown name.

    Examples
    --------
    >>> feature_kernel("linear").inner
    True
    """
    if callable(kernel):
        return FeatureKernel(partial(gram, kernel), None, _as_is, standardised=True)
    if not isinstance(kernel, str) or kernel not in FEATURE_KERNELS:
        raise ValueError(unknown("kernel", kernel, FEATURE_KERNELS))
    return FEATURE_KERNELS[kernel]


def gamma_of(
    made: FeatureKernel, width: float, columns: np.ndarray, medians: np.ndarray | None
) -> np.ndarray:
    """Return gamma of each feature, (features,), from the table of this module.

    ``columns`` (features,) counts the columns; ``medians`` (features,) are the typical distances,
    looked at where gamma is taken from them; no distance counts as 1.
    """
    if made.gamma == "columns":
        return 1.0 / (2.0 * width**2 * columns)
    if made.gamma == "distances":
        assert medians is not None
        return 1.0 / (width * np.where(medians > _NO_DISTANCE, medians, 1.0))
    return np.ones(len(columns))
