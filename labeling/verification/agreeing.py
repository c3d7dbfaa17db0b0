"""Agreement: figures and tables of a study's opinions, and what they warn of."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist
from typing import Any

import pandas as pd

from ..agreement.cohen import cohen_kappa
from ..agreement.figure import Figure
from ..agreement.fleiss import fleiss_kappa
from ..agreement.krippendorff import krippendorff_alpha
from ..agreement.percent import percent_agreement
from ..agreement.ratings import as_ratings, ratings_of
from ..agreement.tables import pairwise, per_class
from ..consensus.assembling import UNDECIDED
from ..consensus.majority import others_majority
from ..consensus.votes import joined_opinions, newest, votes_of
from .evidence import Evidence, records
from .findings import Case, Item, Items, case, counted, words_of
from .words import percent

RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff, Content Analysis, 2004, page 241
FEWEST_COMPARED = 10  # clips below which nothing is warned of
LEAST_GAP = 0.1  # share of clips by which an annotator must differ to be named
ERROR_RATE = 0.05  # of naming anybody, in a study where all are alike
MOST_CLASSES = 60  # beyond that, tables per class are left out


@dataclass
class Accord:
    """Figures, tables and cases of one part of the verification."""

    figures: list[Figure] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)


def label_agreement(evidence: Evidence, *, replicates: int, seed: int) -> Accord:
    """Return how far annotators agree on labels: coefficients, per class, pairs, annotators."""
    out = Accord()
    rows = evidence.independent
    table = ratings_of(rows)
    several = table.notna().sum(axis=1) > 1
    if not several.any():
        out.cases = case("A07", [Item(())] * bool(len(table)), lambda f: _untold(table))
        return out
    ratings = as_ratings(table[several])
    options: dict[str, Any] = {"replicates": replicates, "seed": seed}
    alpha = krippendorff_alpha(ratings, "nominal", **options)
    kappa = (
        cohen_kappa(ratings, **options)
        if len(ratings.raters) == 2
        else fleiss_kappa(ratings, **options)
    )
    out.figures = [alpha, kappa, percent_agreement(ratings, **options)]
    out.figures += _intensity(evidence, options)
    if len(ratings.categories) <= MOST_CLASSES:
        out.tables["classes"] = per_class(ratings, **options)
    out.tables["pairs"] = pairwise(ratings, **options)
    out.tables["annotators"], apart = with_the_others(rows[rows["turn"] == 0])
    out.cases = [*_low(alpha), *_differing(out.tables["annotators"], apart)]
    return out


def _untold(table: pd.DataFrame) -> str:
    return (
        f"{counted(table.shape[1], 'annotator')} labelled {counted(len(table), 'clip')}, and no "
        "clip has opinions of two; agreement cannot be told."
    )


def _intensity(evidence: Evidence, options: dict[str, Any]) -> list[Figure]:
    """Return alpha of the intensities, where the scheme has levels and a clip has one."""
    if len(evidence.scheme.intensity) < 2 or evidence.scheme.several:
        return []
    rows = evidence.independent
    if rows.duplicated("opinion").any():
        return []
    table = ratings_of(rows[rows["intensity"].notna()], "intensity")
    if table.shape[1] < 2:
        return []
    order = [float(level) for level in range(1, len(evidence.scheme.intensity) + 1)]
    if not (table.isin(order) | table.isna()).all(axis=None):
        return []
    found = krippendorff_alpha(table, "ordinal", order=order, **options)
    return [Figure(**{**found.__dict__, "name": f"{found.name} of the intensity"})]


def _low(alpha: Figure) -> list[Case]:
    if alpha.value is None or alpha.value >= RELIABLE or alpha.n < FEWEST_COMPARED:
        return []
    between = f" [{alpha.low:.3f}, {alpha.high:.3f}]" if alpha.low is not None else ""
    said = f"Krippendorff's alpha is {alpha.value:.3f}{between} over {counted(alpha.n, 'clip')}"
    if alpha.value < TENTATIVE:
        words = f"{said}; below {TENTATIVE} labels should not be relied on (Krippendorff 2004)."
        return case("A01", [Item(())], lambda f: words)
    words = (
        f"{said}; from {TENTATIVE} to {RELIABLE} it allows tentative conclusions only "
        "(Krippendorff 2004)."
    )
    return case("A02", [Item(())], lambda f: words)


# annotators ---------------------------------------------------------------------------------------


def with_the_others(rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]]]:
    """Return how often each annotator says what most of the others say, and where not.

    Parameters
    ----------
    rows : DataFrame
        An opinions table.

    Returns
    -------
    table : DataFrame
        ``annotator``, ``opinions`` (clips), ``n`` (clips on which the others have a majority),
        ``share``, and ``low`` and ``high``, its Wilson interval, at ``1 - .05 / annotators``.
    apart : dict
        Annotator -> the clips on which most others say something else.

    Notes
    -----
    Wilson, Journal of the American Statistical Association 22, 1927.
    doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> said = [("a", "ann", "x"), ("a", "bob", "x"), ("a", "eve", "y")]
    >>> table, apart = with_the_others(pd.DataFrame(said, columns=["clip", "annotator", "label"]))
    >>> table[["annotator", "n", "share"]].values.tolist(), apart["eve"]
    ([['ann', 0, None], ['bob', 0, None], ['eve', 1, 0.0]], ('a',))
    """
    votes = votes_of(joined_opinions(newest(rows)))
    others = others_majority(votes)
    z = NormalDist().inv_cdf(1 - ERROR_RATE / (2 * max(1, len(votes.annotators))))
    table, apart = [], {}
    for k, name in enumerate(votes.annotators):
        mine = votes.annotator == k
        judged = mine & (others != UNDECIDED)
        wrong = judged & (others != votes.label)
        n, same = int(judged.sum()), int(judged.sum() - wrong.sum())
        low, high = wilson(same, n, z)
        table.append((name, int(mine.sum()), n, same / n if n else None, low, high))
        apart[name] = tuple(votes.clips[i] for i in votes.clip[wrong])
    columns = ["annotator", "opinions", "n", "share", "low", "high"]
    return pd.DataFrame(table, columns=columns, dtype=object), apart


def wilson(same: int, n: int, z: float) -> tuple[float | None, float | None]:
    """Return the score interval of a share.

    >>> [round(v, 3) for v in wilson(5, 10, 1.96)]
    [0.237, 0.763]
    """
    if n == 0:
        return None, None
    p, square = same / n, z * z
    centre = (p + square / (2 * n)) / (1 + square / n)  # Wilson 1927
    half = z * sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _differing(annotators: pd.DataFrame, apart: dict[str, tuple[str, ...]]) -> list[Case]:
    """Return A03: annotators whose interval ends below what the others reach in the middle.

    Of two annotators nobody can say which one differs.
    """
    judged = annotators[annotators["n"] >= FEWEST_COMPARED]
    items = []
    for row in records(judged):
        name, share = row["annotator"], row["share"]
        rest = judged.loc[judged["annotator"] != name, "share"].astype(float)
        if len(rest) < 2:
            continue
        usual = float(rest.median())
        if row["high"] < usual and share <= usual - LEAST_GAP:
            words = f"{name} {percent(share)} of {row['n']} (the others {percent(usual)})"
            items.append(Item(apart[name], words, name))
    return case("A03", items, _differ)


def _differ(items: Items) -> str:
    verb = "says" if len(items) == 1 else "say"
    return (
        f"{counted(len(items), 'annotator')} {verb} clearly less often what most others say: "
        f"{words_of(items)}."
    )
