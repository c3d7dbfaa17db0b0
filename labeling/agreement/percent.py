"""Percent agreement: how often two raters of the same unit say the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from .figure import Figure, estimate
from .pairable import distinct, lacking, nothing, pairable
from .ratings import Ratings, as_ratings

NAME = "percent agreement"
DEFINITION = (
    "Mean over units of the share of pairs of raters who say the same; units rated less than "
    "twice are left out (Fleiss 1971, the observed agreement; 0 to 1, not corrected for chance)."
)


def percent_agreement(ratings: Any, *, replicates: int = 0, seed: int = 0) -> Figure:
    """Return the share of pairs of raters who say the same, averaged over units.

    With two raters it is the share of units on which they agree. With missing ratings every unit
    that was rated at least twice weighs the same.

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, raters)
        Texts or numbers; None, NaN or blank where nobody rated.
    replicates : int
        Bootstrap replicates for ``low`` and ``high``; 0 for none.
    seed : int

    Returns
    -------
    Figure
        From 0 to 1. Undefined with fewer than two raters, or when no unit was rated twice.

    Raises
    ------
    InputError
        When the ratings are no table of texts and numbers.

    References
    ----------
    Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76, 1971.
    doi:10.1037/h0031619

    Examples
    --------
    >>> percent_agreement([["joy", "joy"], ["joy", "fear"]]).value
    0.5
    """
    found = as_ratings(ratings)
    kept = pairable(found)
    if why := lacking(found, kept):
        return nothing(NAME, DEFINITION, found, kept, why)
    different, times = distinct(kept, exchangeable=True)
    shares = unit_agreement(different)

    def mean(weights: np.ndarray) -> np.ndarray:
        return weights @ shares / weights.sum(axis=1)

    return estimate(
        NAME, DEFINITION, mean, times, raters=kept.active, replicates=replicates, seed=seed
    )


def unit_agreement(kept: Ratings) -> np.ndarray:
    """Return the share of pairs of raters who agree, (units,); each is rated at least twice.

    >>> unit_agreement(as_ratings([["a", "a", "b"], ["a", "a", None]])).round(3).tolist()
    [0.333, 1.0]
    """
    n_i = kept.counts.sum(axis=1)
    same = (kept.counts**2).sum(axis=1) - n_i
    return same / (n_i * (n_i - 1))  # Fleiss 1971
