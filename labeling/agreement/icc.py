"""Intraclass correlation: the share of the variance of ratings that lies between units.

form  average=False            average=True             source's names
1     each unit its own raters, or nobody knows who     ICC(1) = ICC(1,1), ICC(1,k)
A     absolute agreement: a rater who is always higher  ICC(A,1) = ICC(2,1), ICC(A,k) = ICC(2,k)
      lowers it
C     consistency: constant differences between raters  ICC(C,1) = ICC(3,1), ICC(C,k) = ICC(3,k)
      do not matter

The first names are McGraw and Wong's (1996), the second Shrout and Fleiss's (1979). The average
forms say how reliable the mean of all k raters is, the single ones one rater.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sttm.errors import InputError, unknown_name

from .figure import TINY, Figure, estimate, quotient
from .pairable import lacking, nothing, pairable, rated_by_all
from .ratings import Ratings, as_ratings

FORMS = {
    "1": ("one-way, raters not told apart", "ICC(1,{k}) of Shrout and Fleiss 1979"),
    "A": ("two-way, absolute agreement", "ICC(2,{k}) of Shrout and Fleiss 1979"),
    "C": ("two-way, consistency", "ICC(3,{k}) of Shrout and Fleiss 1979"),
}


@dataclass(frozen=True)
class Squares:
    """Mean squares, each (replicates,); ``k`` is raters per unit, ``n`` units."""

    n: np.ndarray
    k: np.ndarray
    rows: np.ndarray  # MSR, of units
    within: np.ndarray  # MSW
    columns: np.ndarray  # MSC, of raters
    error: np.ndarray  # MSE


def icc(
    ratings: Any,
    form: str,
    average: bool = False,
    *,
    order: Sequence[Any] | None = None,
    replicates: int = 0,
    seed: int = 0,
) -> Figure:
    """Return an intraclass correlation.

    Forms A and C take the units that every rater rated. Form 1 takes those rated at least twice,
    also with unequal numbers (then k is Donner's mean number of ratings).

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, raters)
        Numbers; None, NaN or blank where nobody rated.
    form : "1", "A" or "C"
        What an error is; see the module.
    average : bool
        The reliability of the mean of the raters instead of that of one rater.
    order : sequence, optional
        Categories from lowest to highest, which then count as 1, 2, ...
    replicates : int
        Bootstrap replicates for ``low`` and ``high``; 0 for none. ``icc_f_interval`` has the
        interval of the sources, which assumes normal ratings.
    seed : int

    Returns
    -------
    Figure
        At most 1. Undefined with fewer than two units, and when nothing varies.

    Raises
    ------
    InputError
        For an unknown form, or ratings that are no numbers.

    References
    ----------
    Shrout, Fleiss, Intraclass correlations, Psychological Bulletin 86, 1979.
    doi:10.1037/0033-2909.86.2.420
    McGraw, Wong, Forming inferences about some intraclass correlation coefficients,
    Psychological Methods 1, 1996. doi:10.1037/1082-989X.1.1.30
    Donner, A review of inference procedures for the intraclass correlation coefficient,
    International Statistical Review 54, 1986. doi:10.2307/1403259

    Examples
    --------
    >>> round(icc([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8]], "C").value, 3)
    0.673
    """
    letter, name, definition = described(form, average)
    found = as_ratings(ratings, order).ranked()
    kept = usable(found, letter)
    if why := _lacking(found, kept, letter):
        return nothing(name, definition, found, kept, why)
    squares = one_way(kept) if letter == "1" else two_way(kept)

    def statistic(weights: np.ndarray) -> np.ndarray:
        return coefficient(squares(weights), letter, average)

    return estimate(
        name,
        definition,
        statistic,
        np.ones(len(kept.codes), dtype=int),
        raters=kept.active,
        replicates=replicates,
        seed=seed,
        undefined="the units do not differ enough, so there is nothing to be reliable about",
    )


def coefficient(s: Squares, letter: str, average: bool) -> np.ndarray:
    """Return the coefficient of mean squares, NaN where it is undefined.

    >>> one = lambda *v: Squares(*(np.array([x]) for x in v))
    >>> round(coefficient(one(6, 4, 11.24, 6.26, 32.49, 1.02), "C", False).item(), 3)
    0.715
    """
    # McGraw, Wong 1996, table 4
    if letter == "1":
        above, single, mean = s.rows - s.within, s.rows + (s.k - 1) * s.within, s.rows
    elif letter == "C":
        above, single, mean = s.rows - s.error, s.rows + (s.k - 1) * s.error, s.rows
    else:
        between = (s.columns - s.error) / s.n
        above = s.rows - s.error
        single = s.rows + (s.k - 1) * s.error + s.k * between
        mean = s.rows + between
    floor = TINY * (s.rows + s.within)
    return quotient(above, mean if average else single, floor)


# mean squares -----------------------------------------------------------------------------------


def _centred(kept: Ratings) -> np.ndarray:
    """Return the numbers (units, raters) around their mean, in units of their range."""
    x = kept.numbers()
    return (x - np.nanmean(x)) / (np.nanmax(x) - np.nanmin(x))


def one_way(kept: Ratings) -> Callable[[np.ndarray], Squares]:
    """Return the function weights (replicates, units) -> Squares, raters not told apart."""
    x = _centred(kept)
    k_i = (~np.isnan(x)).sum(axis=1)
    means = np.nansum(x, axis=1) / k_i
    inside = np.nansum((x - means[:, None]) ** 2, axis=1)

    def squares(weights: np.ndarray) -> Squares:
        n, total = weights.sum(axis=1), weights @ k_i
        grand = weights @ (k_i * means) / total
        rows = _positive(weights @ (k_i * means**2) - total * grand**2) / (n - 1)
        within = weights @ inside / (total - n)
        k = (total - weights @ k_i**2 / total) / (n - 1)  # Donner 1986, n_0
        none = np.full(len(weights), np.nan)
        return Squares(n, k, rows, within, none, none)

    return squares


def two_way(kept: Ratings) -> Callable[[np.ndarray], Squares]:
    """Return the function weights (replicates, units) -> Squares of complete ratings."""
    x = _centred(kept)
    raters = x.shape[1]
    means = x.mean(axis=1)
    inside = ((x - means[:, None]) ** 2).sum(axis=1)

    def squares(weights: np.ndarray) -> Squares:
        n = weights.sum(axis=1)
        k = np.full(len(weights), float(raters))
        grand = weights @ means / n
        rows = k * _positive(weights @ means**2 - n * grand**2)
        columns = n * ((weights @ x / n[:, None] - grand[:, None]) ** 2).sum(axis=1)
        within = weights @ inside
        error = _positive(within - columns)
        return Squares(
            n,
            k,
            rows / (n - 1),
            within / (n * (k - 1)),
            columns / (k - 1),
            error / ((n - 1) * (k - 1)),
        )

    return squares


def _positive(sums: np.ndarray) -> np.ndarray:
    """Return sums of squares without what rounding leaves of zero; ratings range over 1."""
    return np.where(sums > TINY, sums, 0.0)


# words ------------------------------------------------------------------------------------------


def described(form: str, average: bool) -> tuple[str, str, str]:
    """Return the form's letter, the coefficient's name and its definition.

    >>> described("a", True)[:2]
    ('A', 'ICC(A,k)')
    """
    letter = str(form).upper()
    if letter not in FORMS:
        raise InputError(unknown_name("form of ICC", form, FORMS))
    k = "k" if average else "1"
    model, other = FORMS[letter]
    whose = "the mean of all raters" if average else "one rater"
    name = f"ICC({letter},{k})" if average or letter != "1" else "ICC(1)"
    text = (
        f"Share of variance that lies between units, for {whose}; {model} (McGraw and Wong 1996; "
        f"{other.format(k=k)})."
    )
    return letter, name, text


def usable(found: Ratings, letter: str) -> Ratings:
    """Return the units that the form can use.

    >>> usable(as_ratings([[1, 2, None], [1, 2, 3]]), "A").units
    ('1',)
    """
    return pairable(found) if letter == "1" else rated_by_all(found)


def _lacking(found: Ratings, kept: Ratings, letter: str) -> str:
    why = lacking(found, kept, "rated twice" if letter == "1" else "rated by all raters")
    if why:
        return why
    if len(kept.codes) < 2:
        return "it takes at least two units; only 1 counts"
    if len(np.unique(kept.codes[kept.codes >= 0])) == 1:
        return "all ratings are the same, so there is no variance to share"
    return ""
