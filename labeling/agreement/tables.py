"""Agreement taken apart: by class, and by pair of raters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from .cohen import cohen_kappa
from .fleiss import fleiss_kappa
from .pairable import pairable
from .percent import percent_agreement
from .ratings import Ratings, as_ratings

CLASS_COLUMNS = {
    "label": "object",
    "n": "int64",
    "said": "int64",
    "positive": "Float64",
    "negative": "Float64",
    "kappa": "Float64",
    "low": "Float64",
    "high": "Float64",
    "reason": "object",
}
PAIR_COLUMNS = {
    "first": "object",
    "second": "object",
    "n": "int64",
    "percent": "Float64",
    "kappa": "Float64",
    "low": "Float64",
    "high": "Float64",
    "reason": "object",
}


def per_class(ratings: Any, *, replicates: int = 0, seed: int = 0) -> pd.DataFrame:
    """Return, for each class against all others, specific agreement and kappa.

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, raters)
        Texts or numbers; None, NaN or blank where nobody rated.
    replicates : int
        Bootstrap replicates for the interval of kappa; 0 for none.
    seed : int

    Returns
    -------
    DataFrame
        One row per class, missing where undefined: ``label``; ``n``, units rated at least twice;
        ``said``, ratings of these units that name the class; ``positive``, if one rater says this
        class, how probably another one does too; ``negative``, the same of not saying it;
        ``kappa``, Fleiss' kappa of this class against the rest, with ``low`` and ``high``;
        ``reason``, why kappa is undefined.

    Raises
    ------
    InputError
        When the ratings are no table of texts and numbers.

    References
    ----------
    Cicchetti, Feinstein, High agreement but low kappa II, Journal of Clinical Epidemiology 43,
    1990. doi:10.1016/0895-4356(90)90159-M
    Fleiss, Psychological Bulletin 76, 1971, on several raters. doi:10.1037/h0031619

    Examples
    --------
    >>> found = per_class([["joy", "joy"], ["joy", "fear"], ["fear", "fear"], ["joy", "joy"]])
    >>> found[["label", "said", "positive"]].round(3).values.tolist()
    [['fear', 3, 0.667], ['joy', 5, 0.8]]
    """
    kept = pairable(as_ratings(ratings))
    rows = []
    for place, category in enumerate(kept.categories):
        chosen = kept.counts[:, place] if len(kept.codes) else np.zeros(0, dtype=int)
        others = kept.counts.sum(axis=1) - chosen
        kappa = fleiss_kappa(_one_against_rest(kept, place), replicates=replicates, seed=seed)
        rows.append(
            {
                "label": category,
                "n": len(kept.codes),
                "said": int(chosen.sum()),
                "positive": _specific(chosen, others),
                "negative": _specific(others, chosen),
                "kappa": kappa.value,
                "low": kappa.low,
                "high": kappa.high,
                "reason": kappa.reason,
            }
        )
    return pd.DataFrame(rows, columns=list(CLASS_COLUMNS)).astype(CLASS_COLUMNS)


def pairwise(
    ratings: Any,
    weights: str | None = None,
    *,
    order: Sequence[Any] | None = None,
    replicates: int = 0,
    seed: int = 0,
) -> pd.DataFrame:
    """Return agreement and Cohen's kappa of each pair of raters.

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, raters)
        Texts or numbers; None, NaN or blank where nobody rated.
    weights, order
        As in ``cohen_kappa``.
    replicates : int
        Bootstrap replicates for the interval of kappa; 0 for none.
    seed : int

    Returns
    -------
    DataFrame
        One row per pair, missing where undefined: ``first``, ``second``, ``n`` units that both
        rated, ``percent`` (0 to 1), ``kappa`` with ``low`` and ``high``, ``reason``.

    Raises
    ------
    InputError
        When the ratings are no table of texts and numbers.

    Examples
    --------
    >>> table = pd.DataFrame({"ann": ["a", "b", "b"], "bo": ["a", "b", "a"]})
    >>> pairwise(table)[["first", "second", "n", "kappa"]].values.tolist()
    [['ann', 'bo', 3, 0.4]]
    """
    found = as_ratings(ratings, order)
    rows = []
    for i, j in combinations(range(len(found.raters)), 2):
        pair = found.columns(i, j)
        kappa = cohen_kappa(pair, weights, replicates=replicates, seed=seed)
        rows.append(
            {
                "first": found.raters[i],
                "second": found.raters[j],
                "n": kappa.n,
                "percent": percent_agreement(pair).value,
                "kappa": kappa.value,
                "low": kappa.low,
                "high": kappa.high,
                "reason": kappa.reason,
            }
        )
    return pd.DataFrame(rows, columns=list(PAIR_COLUMNS)).astype(PAIR_COLUMNS)


def _specific(chosen: np.ndarray, others: np.ndarray) -> float | None:
    """Return how probably a second rater makes the choice that a first one made.

    With two raters this is 2a / (2a + b + c).
    """
    partners = (chosen * (chosen + others - 1)).sum()
    same = (chosen * (chosen - 1)).sum()
    return float(same / partners) if partners else None  # Cicchetti, Feinstein 1990; Fleiss 1971


def _one_against_rest(kept: Ratings, place: int) -> Ratings:
    codes = np.where(kept.codes < 0, -1, (kept.codes == place).astype(int))
    label = str(kept.categories[place])
    return Ratings(codes, (f"not {label}", label), kept.units, kept.raters)
