"""Agreement: figures and tables of a study's opinions, and what they warn of."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from ..agreement.cohen import cohen_kappa
from ..agreement.figure import Figure
from ..agreement.fleiss import fleiss_kappa
from ..agreement.krippendorff import krippendorff_alpha
from ..agreement.percent import percent_agreement
from ..agreement.ratings import Ratings, as_ratings, ratings_of
from ..agreement.tables import pairwise, per_class
from .evidence import Evidence
from .findings import Case, Item, case, counted, words_of

RELIABLE, TENTATIVE = 0.8, 0.667  # Krippendorff, Content Analysis, 2004, page 241
FEWEST_COMPARED = 10  # clips on which an annotator is compared with the others
LEAST_GAP = 0.1  # share of clips by which an annotator must differ to be named
ERROR_RATE = 0.05  # of naming anybody, in a study where all are alike
MOST_CLASSES = 60  # beyond that, tables per class are left out


@dataclass
class Accord:
    """Figures, tables and cases of one part of the verification."""

    figures: list[Figure] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)


def independent(evidence: Evidence) -> pd.DataFrame:
    """Return the opinions table without what reviewers said when they overruled the others."""
    ruled = {d.opinion for d in evidence.standing.values() if d.verdict == "overruled"}
    return evidence.rows[~evidence.rows["opinion"].isin(ruled)]


def label_agreement(evidence: Evidence, *, replicates: int, seed: int) -> Accord:
    """Return how far annotators agree on labels: coefficients, per class, pairs, annotators."""
    out = Accord()
    table = ratings_of(independent(evidence))
    several = table.notna().sum(axis=1) > 1
    if not several.any():
        out.cases = case("A07", [Item(())], lambda f: _untold(table))
        return out
    ratings = as_ratings(table[several])
    options = {"replicates": replicates, "seed": seed}
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
    out.tables["annotators"] = with_the_others(ratings)
    out.cases = [*_low(alpha), *_differing(out.tables["annotators"], ratings)]
    return out


def _untold(table: pd.DataFrame) -> str:
    return (
        f"{counted(table.shape[1], 'annotator')} labelled {counted(len(table), 'clip')}, and no "
        "clip has opinions of two; agreement cannot be told."
    )


def _intensity(evidence: Evidence, options: dict[str, int]) -> list[Figure]:
    """Return alpha of the intensities, where the scheme has levels and a clip has one."""
    if len(evidence.scheme.intensity) < 2 or evidence.scheme.several:
        return []
    rows = independent(evidence)
    if rows.duplicated("opinion").any():
        return []
    table = ratings_of(rows[rows["intensity"].notna()], "intensity")
    if table.shape[1] < 2:
        return []
    order = [float(level) for level in range(1, len(evidence.scheme.intensity) + 1)]
    if not table.stack().isin(order).all():
        return []
    found = krippendorff_alpha(table, "ordinal", order=order, **options)
    return [Figure(**{**found.__dict__, "name": f"{found.name} of the intensity"})]


def _low(alpha: Figure) -> list[Case]:
    if alpha.value is None or alpha.value >= RELIABLE:
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


def majority_of_others(ratings: Ratings, rater: int) -> np.ndarray:
    """Return per unit the code that most of at least two others gave; -1 where there is none."""
    codes = np.delete(ratings.codes, rater, axis=1)
    counts = np.zeros((len(codes), max(1, len(ratings.categories))), dtype=np.int32)
    for column in codes.T:
        rated = np.flatnonzero(column >= 0)
        counts[rated, column[rated]] += 1
    ranked = (
        np.partition(counts, -2, axis=1)
        if counts.shape[1] > 1
        else np.pad(counts, ((0, 0), (1, 0)))
    )
    clear = (ranked[:, -1] > ranked[:, -2]) & (counts.sum(axis=1) > 1)
    return np.where(clear, counts.argmax(axis=1), -1)


def with_the_others(ratings: Ratings) -> pd.DataFrame:
    """Return how often each annotator says what most of the others say.

    Returns
    -------
    DataFrame
        ``annotator``, ``opinions``, ``n`` (clips on which at least two others have a majority),
        ``share``, and ``low`` and ``high``, its Wilson interval, at ``1 - .05 / annotators``.

    Notes
    -----
    Wilson, Journal of the American Statistical Association 22, 1927.
    doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> table = as_ratings([["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"]])
    >>> with_the_others(table)[["annotator", "n", "share"]].round(2).values.tolist()
    [['1', 2, 1.0], ['2', 2, 1.0], ['3', 3, 0.67]]
    """
    rows = []
    z = NormalDist().inv_cdf(1 - ERROR_RATE / (2 * max(1, len(ratings.raters))))
    for rater, name in enumerate(ratings.raters):
        own, others = ratings.codes[:, rater], majority_of_others(ratings, rater)
        both = (own >= 0) & (others >= 0)
        n, same = int(both.sum()), int((own[both] == others[both]).sum())
        low, high = wilson(same, n, z)
        share = same / n if n else None
        rows.append((name, int((own >= 0).sum()), n, share, low, high))
    return pd.DataFrame(rows, columns=["annotator", "opinions", "n", "share", "low", "high"])


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


def _differing(annotators: pd.DataFrame, ratings: Ratings) -> list[Case]:
    """Return A03: annotators whose interval ends below what the others reach on average."""
    judged = annotators[annotators["n"] >= FEWEST_COMPARED]
    items = []
    for row in judged.itertuples():
        rest = judged[judged["annotator"] != row.annotator]
        if len(rest) < 2:
            continue
        usual = float(rest["share"].astype(float).median())
        if row.high < usual and row.share <= usual - LEAST_GAP:
            words = f"{row.annotator} {row.share:.0%} of {row.n} (the others {usual:.0%})"
            items.append(Item(_apart(ratings, row.annotator), words, row.annotator))
    return case("A03", items, _differ)


def _apart(ratings: Ratings, annotator: str) -> tuple[str, ...]:
    rater = ratings.raters.index(annotator)
    own, others = ratings.codes[:, rater], majority_of_others(ratings, rater)
    wrong = (own >= 0) & (others >= 0) & (own != others)
    return tuple(ratings.units[i] for i in np.flatnonzero(wrong))


def _differ(items: list[Item]) -> str:
    verb = "says" if len(items) == 1 else "say"
    return (
        f"{counted(len(items), 'annotator')} {verb} clearly less often what most others say: "
        f"{words_of(items)}."
    )
