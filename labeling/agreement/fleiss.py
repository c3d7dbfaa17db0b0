"""Fleiss' kappa of any number of raters."""

from __future__ import annotations

from typing import Any

import numpy as np

from .figure import TINY, Figure, Statistic, estimate, quotient
from .pairable import constant, distinct, lacking, nothing, pairable
from .percent import unit_agreement
from .ratings import Ratings, as_ratings

NAME = "Fleiss' kappa"
DEFINITION = (
    "(observed - chance) / (1 - chance) agreement of pairs of raters, chance from the shares of "
    "the categories over all raters (Fleiss 1971); units rated less than twice are left out, and "
    "every other unit weighs the same however often it was rated."
)


def fleiss_kappa(ratings: Any, *, replicates: int = 0, seed: int = 0) -> Figure:
    """Return Fleiss' kappa: agreement beyond chance, whoever the raters are.

    Fleiss assumes as many ratings for each unit. With unequal numbers, units rated less than
    twice are left out; each other unit gives the share of its pairs that agree and the shares of
    the categories among its ratings, and both are averaged over units.

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
        At most 1; 0 is chance. Undefined when only one category was ever used.

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
    >>> fleiss_kappa([["a", "a"], ["a", "a"], ["b", "b"], ["a", "b"]]).value.__round__(3)
    0.467
    """
    found = as_ratings(ratings)
    kept = pairable(found)
    if why := lacking(found, kept) or constant(kept):
        return nothing(NAME, DEFINITION, found, kept, why)
    different, times = distinct(kept, exchangeable=True)
    return estimate(
        NAME,
        DEFINITION,
        _kappa_of(different),
        times,
        raters=kept.active,
        replicates=replicates,
        seed=seed,
    )


def _kappa_of(units: Ratings) -> Statistic:
    agreement = unit_agreement(units)  # P_i
    shares = units.counts / units.counts.sum(axis=1, keepdims=True)  # n_ij / n

    def kappa(weights: np.ndarray) -> np.ndarray:
        n = weights.sum(axis=1)
        observed = weights @ agreement / n  # Fleiss 1971
        chance = ((weights @ shares / n[:, None]) ** 2).sum(axis=1)  # P_e = sum p_j^2
        return quotient(observed - chance, 1 - chance, TINY)

    return kappa
