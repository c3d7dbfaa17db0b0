"""Cohen's kappa of two raters, also weighted: agreement beyond what their habits would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sttm.errors import InputError, unknown_name

from .figure import TINY, Figure, Statistic, estimate, quotient
from .pairable import constant, distinct, lacking, nothing, rated_by_all
from .ratings import Ratings, as_ratings

DEFINITIONS = {
    None: "1 - observed / expected disagreement of two raters, expected from each rater's own "
    "shares of the categories (Cohen 1960).",
    "linear": "Weighted kappa of two raters: a disagreement counts by its distance on the scale "
    "(Cohen 1968, linear weights).",
    "quadratic": "Weighted kappa of two raters: a disagreement counts by its squared distance on "
    "the scale (Cohen 1968, quadratic weights).",
}


def cohen_kappa(
    ratings: Any,
    weights: str | None = None,
    *,
    order: Sequence[Any] | None = None,
    replicates: int = 0,
    seed: int = 0,
) -> Figure:
    """Return Cohen's kappa of two raters, plain or weighted.

    Units that only one of the two rated are left out.

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, 2)
        Texts or numbers; None, NaN or blank where nobody rated.
    weights : None, "linear" or "quadratic"
        How much a disagreement counts: all the same, by distance, by squared distance.
    order : sequence, optional
        The categories from lowest to highest, one step apart. Without it weighted kappa needs
        numbers, and the distance is their difference.
    replicates : int
        Bootstrap replicates for ``low`` and ``high``; 0 for none.
    seed : int

    Returns
    -------
    Figure
        At most 1; 0 is chance. Undefined when both always say the same one thing.

    Raises
    ------
    InputError
        For more than two raters, unknown weights, or weights without numbers or an order.

    References
    ----------
    Cohen, A coefficient of agreement for nominal scales, Educational and Psychological
    Measurement 20, 1960. doi:10.1177/001316446002000104
    Cohen, Weighted kappa, Psychological Bulletin 70, 1968. doi:10.1037/h0026256

    Examples
    --------
    >>> cohen_kappa([["a", "a"], ["a", "b"], ["b", "b"], ["b", "b"]]).value
    0.5
    >>> cohen_kappa([[1, 1], [2, 3], [3, 3], [1, 2]], "quadratic").value.__round__(3)
    0.692
    """
    if weights not in DEFINITIONS:
        raise InputError(unknown_name("weights", weights, [w for w in DEFINITIONS if w]))
    found = as_ratings(ratings, order)
    if len(found.raters) > 2:
        raise InputError(
            f"Cohen's kappa is for two raters, but the table has {len(found.raters)}; choose two "
            "columns, or take pairwise, fleiss_kappa or krippendorff_alpha."
        )
    name = "Cohen's kappa" + (f" ({weights})" if weights else "")
    kept = rated_by_all(found if weights is None else found.ranked())
    if why := lacking(found, kept, "rated by both") or constant(kept):
        return nothing(name, DEFINITIONS[weights], found, kept, why)
    different, times = distinct(kept, exchangeable=False)
    statistic = _nominal(different) if weights is None else _weighted(different, weights)
    return estimate(
        name, DEFINITIONS[weights], statistic, times, raters=2, replicates=replicates, seed=seed
    )


def _nominal(pairs: Ratings) -> Statistic:
    first, second = (pairs.columns(i).counts.astype(float) for i in (0, 1))
    differ = (pairs.codes[:, 0] != pairs.codes[:, 1]).astype(float)

    def kappa(weights: np.ndarray) -> np.ndarray:
        n = weights.sum(axis=1)
        chance = n**2 - ((weights @ first) * (weights @ second)).sum(axis=1)
        return 1 - quotient(n * (weights @ differ), chance)  # Cohen 1960

    return kappa


def _weighted(pairs: Ratings, how: str) -> Statistic:
    x = pairs.numbers()
    x = (x - x.mean()) / np.ptp(x)  # against cancellation: the ratio of distances stays
    distance = np.abs(x[:, 0] - x[:, 1]) ** (1 if how == "linear" else 2)
    expected = _mean_distance(x) if how == "linear" else _mean_square(x)

    def kappa(weights: np.ndarray) -> np.ndarray:
        n = weights.sum(axis=1)
        return 1 - quotient(weights @ distance / n, expected(weights / n[:, None]), TINY)

    return kappa  # Cohen 1968: 1 - sum(v p_o) / sum(v p_c)


def _mean_square(x: np.ndarray) -> Statistic:
    """Return the function share (replicates, m) -> mean of (x - y)^2 over all pairings."""

    def expected(share: np.ndarray) -> np.ndarray:
        mean, square = share @ x, share @ x**2
        return square.sum(axis=1) - 2 * mean[:, 0] * mean[:, 1]

    return expected


def _mean_distance(x: np.ndarray) -> Statistic:
    """Return the function share (replicates, m) -> mean of abs(x - y) over all pairings.

    Between two neighbouring values lies a gap, which a pairing crosses when one of the two is
    below it and the other is above.
    """
    values = np.unique(x)
    gaps = np.diff(values)
    below = [(x[:, i, None] <= values[:-1]).astype(float) for i in (0, 1)]

    def expected(share: np.ndarray) -> np.ndarray:
        first, second = share @ below[0], share @ below[1]
        return (first * (1 - second) + (1 - first) * second) @ gaps

    return expected
