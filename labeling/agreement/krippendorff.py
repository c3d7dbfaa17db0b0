"""Krippendorff's alpha: any number of raters, missing ratings, four levels of measurement.

With m_u ratings of unit u, n ratings in all and a squared difference d(c, k) of two values,

    alpha = 1 - (n - 1) sum_u sum_{i != j} d(x_ui, x_uj) / (m_u - 1) / sum_{c, k} n_c n_k d(c, k)

nominal    d = 1 where c and k differ
ordinal    d = (rank of c - rank of k)^2, with mid-ranks among all n ratings
interval   d = (c - k)^2
ratio      d = ((c - k) / (c + k))^2
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sttm.errors import InputError, unknown_name

from .figure import TINY, Figure, Statistic, estimate, quotient
from .pairable import constant, distinct, lacking, nothing, pairable
from .ratings import Ratings, as_ratings

DIFFERENCES = {
    "nominal": "any two categories differ the same",
    "ordinal": "two levels differ by the ratings between them, squared",
    "interval": "two numbers differ by their distance, squared",
    "ratio": "two numbers differ by their distance over their sum, squared",
}
COLUMNS = 512  # of the table of differences, held at a time


def krippendorff_alpha(
    ratings: Any,
    level: str = "nominal",
    *,
    order: Sequence[Any] | None = None,
    replicates: int = 0,
    seed: int = 0,
) -> Figure:
    """Return Krippendorff's alpha: one minus observed over expected disagreement.

    Units rated less than twice are left out; missing ratings are no problem.

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, raters)
        Texts or numbers; None, NaN or blank where nobody rated.
    level : "nominal", "ordinal", "interval" or "ratio"
        What a difference between two ratings means.
    order : sequence, optional
        The categories from lowest to highest; they count as 1, 2, ... Without it every level but
        nominal needs numbers.
    replicates : int
        Bootstrap replicates for ``low`` and ``high``; 0 for none.
    seed : int

    Returns
    -------
    Figure
        At most 1; 0 is chance. Undefined when nothing varies, and for level ratio with numbers
        below zero.

    Raises
    ------
    InputError
        For an unknown level, or categories that are neither numbers nor in ``order``.

    References
    ----------
    Krippendorff, Computing Krippendorff's alpha-reliability, University of Pennsylvania, 2011.
    https://repository.upenn.edu/asc_papers/43
    Krippendorff, Content Analysis, 4th edition, 2019, chapter 12. doi:10.4135/9781071878781

    Examples
    --------
    >>> round(krippendorff_alpha([["a", "a"], ["b", "b"], ["a", "b"]]).value, 3)
    0.444
    >>> round(krippendorff_alpha([[1, 1], [2, 3], [4, None]], "interval").value, 3)
    0.727
    """
    if level not in DIFFERENCES:
        raise InputError(unknown_name("level of measurement", level, DIFFERENCES))
    name = f"Krippendorff's alpha ({level})"
    definition = (
        f"1 - observed / expected disagreement within units, where {DIFFERENCES[level]} "
        "(Krippendorff 2011, 2019)."
    )
    found = as_ratings(ratings, order)
    kept = pairable(found if level == "nominal" else found.ranked())
    if why := lacking(found, kept) or _impossible(kept, level) or constant(kept):
        return nothing(name, definition, found, kept, why)
    different, times = distinct(kept, exchangeable=True)
    statistic = _STATISTICS[level](different)
    return estimate(
        name,
        definition,
        statistic,
        times,
        raters=kept.active,
        replicates=replicates,
        seed=seed,
    )


def _impossible(kept: Ratings, level: str) -> str:
    """Return why these ratings cannot be of this level, or ""."""
    if level == "ratio" and (low := float(np.nanmin(kept.numbers()))) < 0:
        return f"ratio data cannot be negative, and a rating is {low:g}; take level 'interval'"
    return ""


def _nominal(units: Ratings) -> Statistic:
    counts = units.counts.astype(float)
    m = counts.sum(axis=1)
    within = (m**2 - (counts**2).sum(axis=1)) / (m - 1)

    def alpha(weights: np.ndarray) -> np.ndarray:
        n_c = weights @ counts
        n = n_c.sum(axis=1)
        expected = n**2 - (n_c**2).sum(axis=1)
        return 1 - quotient((n - 1) * (weights @ within), expected)  # Krippendorff 2011

    return alpha


def _interval(units: Ratings) -> Statistic:
    x = units.numbers()
    x = (x - np.nanmean(x)) / (np.nanmax(x) - np.nanmin(x))  # against cancellation
    within = _within(x, lambda c, k: (c - k) ** 2)
    total, square = np.nansum(x, axis=1), np.nansum(x**2, axis=1)
    m = (~np.isnan(x)).sum(axis=1)

    def alpha(weights: np.ndarray) -> np.ndarray:
        n = weights @ m
        # sum n_c n_k (c - k)^2 = 2 (n sum x^2 - (sum x)^2)
        expected = 2 * (n * (weights @ square) - (weights @ total) ** 2)
        return 1 - quotient((n - 1) * (weights @ within), expected, TINY * n**2)

    return alpha


def _ratio(units: Ratings) -> Statistic:
    scale = units.scale()
    counts = units.counts.astype(float)
    within = _within(units.numbers(), _relative)

    def alpha(weights: np.ndarray) -> np.ndarray:
        n_c = weights @ counts
        expected = np.zeros(len(weights))
        for start in range(0, len(scale), COLUMNS):
            some = slice(start, start + COLUMNS)
            between = _relative(scale[:, None], scale[None, some])  # (categories, some)
            expected += ((n_c @ between) * n_c[:, some]).sum(axis=1)
        n = n_c.sum(axis=1)
        return 1 - quotient((n - 1) * (weights @ within), expected)

    return alpha


def _ordinal(units: Ratings) -> Statistic:
    rated = units.codes >= 0
    m = rated.sum(axis=1)
    levels = units.codes[rated]
    owner = np.nonzero(rated)[0]  # the unit of each rating

    def one(weights: np.ndarray) -> float:
        n_c = np.bincount(levels, weights[owner], minlength=len(units.categories))
        n = n_c.sum()
        # (sum_{g=c..k} n_g - (n_c + n_k) / 2)^2 is a squared difference of mid-ranks
        rank = np.cumsum(n_c) - n_c / 2 - n / 2
        x = np.where(rated, rank[units.codes], 0.0)
        within = 2 * (m * (x**2).sum(axis=1) - x.sum(axis=1) ** 2) / (m - 1)
        expected = 2 * (n * (n_c @ rank**2) - (n_c @ rank) ** 2)
        return 1 - (n - 1) * (weights @ within) / expected if expected > 0 else np.nan

    return lambda weights: np.array([one(row) for row in weights])


_STATISTICS = {"nominal": _nominal, "ordinal": _ordinal, "interval": _interval, "ratio": _ratio}


def _relative(c: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Return ((c - k) / (c + k))^2, 0 where both are 0."""
    c, k = np.broadcast_arrays(c, k)
    out = np.divide(c - k, c + k, out=np.zeros(c.shape), where=(c + k) != 0)
    return out**2


def _within(x: np.ndarray, difference: Any) -> np.ndarray:
    """Return the sum over ordered pairs of raters of the difference, over m_u - 1, (units,)."""
    total = np.zeros(len(x))
    for i in range(x.shape[1]):
        for j in range(i):
            total += 2 * np.nan_to_num(difference(x[:, i], x[:, j]))
    return total / ((~np.isnan(x)).sum(axis=1) - 1)
