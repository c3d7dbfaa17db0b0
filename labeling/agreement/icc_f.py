"""The interval of the F distribution for intraclass correlations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .figure import CONFIDENCE, TINY, Figure
from .icc import described, icc, one_way, two_way, usable
from .ratings import Ratings, as_ratings


def icc_f_interval(
    ratings: Any, form: str, average: bool = False, *, order: Sequence[Any] | None = None
) -> Figure:
    """Return an intraclass correlation with the 95 % interval of the F distribution.

    It assumes normal ratings, and for form 1 as many ratings for each unit.

    Parameters
    ----------
    ratings, form, average, order
        As in ``icc``.

    Returns
    -------
    Figure
        ``low`` and ``high`` are McGraw and Wong's (1996, table 7).

    Raises
    ------
    InputError
        For an unknown form, or ratings that are no numbers.

    References
    ----------
    McGraw, Wong, Psychological Methods 1, 1996. doi:10.1037/1082-989X.1.1.30

    Examples
    --------
    >>> print(icc_f_interval([[1, 2], [3, 3], [5, 4], [7, 8]], "C"))
    ICC(C,1) = 0.933 [0.299, 0.995], 4 units, 2 raters
    """
    point = icc(ratings, form, average, order=order)
    definition = f"{point.definition} Interval: F distribution, 95 %, for normal ratings."
    if point.value is None:
        low, high, why = None, None, point.reason
    else:
        low, high, why = _f_bounds(as_ratings(ratings, order).ranked(), form, average, point.value)
    return Figure(point.name, point.value, low, high, point.n, point.raters, definition, why)


def _f_bounds(
    found: Ratings, form: str, average: bool, value: float
) -> tuple[float | None, float | None, str]:
    """Return the bounds, or why there are none."""
    letter = described(form, average)[0]
    kept = usable(found, letter)
    per_unit = (kept.codes >= 0).sum(axis=1)
    if per_unit.min() != per_unit.max():
        return None, None, "no interval: the units have unequal numbers of ratings"
    squares = one_way(kept) if letter == "1" else two_way(kept)
    s = squares(np.ones((1, len(kept.codes))))
    n, k, msr, msw, msc, mse = (v.item() for v in (s.n, s.k, s.rows, s.within, s.columns, s.error))
    if letter == "A":
        low, high = _absolute_bounds(n, k, msr, msc, mse)
    elif letter == "C":
        low, high = _ratio_bounds(n, k, msr, mse, (n - 1) * (k - 1))
    else:
        low, high = _ratio_bounds(n, k, msr, msw, n * (k - 1))
    if average:  # Spearman, Brown
        low, high = (_over(k * rho, 1 + (k - 1) * rho) for rho in (low, high))
    if not (np.isfinite(low) and np.isfinite(high)):
        return None, None, "no interval: the units hardly differ, and it would have no lower end"
    if not low <= value + TINY or not value - TINY <= high:
        return None, None, "no interval: its approximation fails where units differ so little"
    return low, high, ""


def _ratio_bounds(n: float, k: float, msr: float, below: float, df: float) -> tuple[float, float]:
    """Return the bounds of the single forms 1 and C, F = msr / below."""
    low = msr / _f(n - 1, df)
    high = msr * _f(df, n - 1)
    return _over(low - below, low + (k - 1) * below), _over(high - below, high + (k - 1) * below)


def _absolute_bounds(n: float, k: float, msr: float, msc: float, mse: float) -> tuple[float, float]:
    """Return the bounds of the single form A, with Satterthwaite's degrees of freedom."""
    if msc + mse == 0:
        return 1.0, 1.0
    rho = (msr - mse) / (msr + (k - 1) * mse + k * (msc - mse) / n)
    a = k * rho  # a and b of the source, both times n (1 - rho): only their ratio matters
    b = n * (1 - rho) + k * rho * (n - 1)
    below = (a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1))
    v = _over((a * msc + b * mse) ** 2, below)
    rest = k * msc + (k * n - k - n) * mse
    f_low, f_high = _f(n - 1, v), _f(v, n - 1)
    low = _over(n * (msr - f_low * mse), f_low * rest + n * msr)
    return low, _over(n * (f_high * msr - mse), rest + n * f_high * msr)


def _over(above: float, below: float) -> float:
    """Return ``above / below``, NaN where that is not above zero."""
    return above / below if below > TINY * abs(above) else float("nan")


def _f(df1: float, df2: float) -> float:
    """Return the F that 97.5 % of the distribution lie below."""
    from scipy.special import fdtri  # here, because loading it takes a third of a second

    return float(fdtri(df1, df2, (1 + CONFIDENCE) / 2))
