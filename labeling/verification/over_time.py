"""Agreement on marks, and of annotators with themselves and over time."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from ..agreement.annotators import bias, confusions, drift, intra_rater
from ..agreement.framewise import framewise_kappa
from ..agreement.intervals import mark_errors, mean_overlap
from ..tables import MARKS
from .agreeing import Accord
from .evidence import Evidence
from .findings import Case, Item, case, counted, words_of
from .words import percent

LEAST_OVERLAP = (
    0.5  # what spotting challenges count as found (Li et al. 2019, doi:10.1109/FG.2019.8756626)
)
FEWEST_EVENTS = 10  # clips in common below which a pair is not warned of
LEAST_CHANGE = 0.15  # loss of agreement with the others, from the first to the last clip
NEARLY = 0.75
LEAST_SAME = 0.8  # of the repeated clips
FINE, COARSE = 8, 4  # stretches of drift
MOST_LABELS = 20  # in tables of confusions
CONFUSION = "confusion:"  # how the names of those tables begin, before the annotator's
MOST_ANNOTATORS = 12  # beyond that, pairs are not compared one by one


def interval_agreement(evidence: Evidence, *, replicates: int, seed: int) -> Accord:
    """Return how far annotators agree on onset, apex and offset, pair by pair."""
    rows = evidence.independent
    rows = rows[rows["turn"] == 0]
    rows = _inside(rows[rows[list(MARKS)].notna().any(axis=1)], evidence)
    people = sorted(rows["annotator"].unique())
    out = Accord()
    if not evidence.scheme.marks or not 1 < len(people) <= MOST_ANNOTATORS:
        return out
    pairs = [_pair(rows, pair, evidence, replicates, seed) for pair in combinations(people, 2)]
    shared = [p for p in pairs if p["n"] or p["errors"]["n"].sum()]
    if not shared:
        return out
    overlaps = pd.DataFrame(shared).drop(columns="errors")
    if overlaps["overlap"].notna().any():
        out.tables["overlaps"] = overlaps
    out.tables["marks"] = _errors(shared)
    little = overlaps[(overlaps["overlap"] < LEAST_OVERLAP) & (overlaps["n"] >= FEWEST_EVENTS)]
    items = [
        Item((), f"{r['first']} and {r['second']} {r['overlap']:.2f} over {r['n']}", r["first"])
        for r in little.to_dict("records")
    ]
    out.cases = case(
        "A06",
        items,
        lambda f: (
            f"The intervals of {counted(len(f), 'pair')} of annotators overlap by less than "
            f"{LEAST_OVERLAP:g} on average: {words_of(f)} clips."
        ),
    )
    return out


def _pair(
    rows: pd.DataFrame, pair: tuple[str, str], evidence: Evidence, replicates: int, seed: int
) -> dict[str, Any]:
    two = rows[rows["annotator"].isin(pair)]
    overlap = mean_overlap(two, annotators=pair, replicates=replicates, seed=seed)
    kappa = framewise_kappa(two, annotators=pair, clips=_lengths(two, evidence), step=1)
    return {
        "first": pair[0],
        "second": pair[1],
        "n": overlap.n,
        "overlap": overlap.value,
        "low": overlap.low,
        "high": overlap.high,
        "kappa": kappa.value,
        "errors": mark_errors(two, annotators=pair, fps=evidence.clips),
    }


def _inside(rows: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """Return the rows without those whose marks lie outside their clips, which I01 tells of."""
    clips = evidence.clips.set_index("clip").loc[rows["clip"]]
    first = clips["first"].fillna(0).to_numpy(dtype=float)
    last = first + clips["frames"].to_numpy(dtype=float, na_value=np.inf) - 1
    marks = rows[list(MARKS)].to_numpy(dtype=float, na_value=np.nan)
    wrong = (marks < first[:, None]) | (marks > last[:, None])
    return rows[~wrong.any(axis=1)]


def _lengths(two: pd.DataFrame, evidence: Evidence) -> pd.DataFrame | None:
    """Return the clips of which both said something, where all their lengths are known."""
    people = two.groupby("clip")["annotator"].nunique()
    both = evidence.clips[evidence.clips["clip"].isin(people.index[people > 1])]
    return None if both["frames"].isna().any() else both[["clip", "first", "frames"]]


def _errors(pairs: list[dict[str, Any]]) -> pd.DataFrame:
    tables = [
        p["errors"][p["errors"]["n"] > 0].assign(first=p["first"], second=p["second"])
        for p in pairs
    ]
    columns = ["first", "second", "mark", "n", "mean", "mean_absolute", "mean_absolute_ms"]
    return pd.concat(tables, ignore_index=True)[columns]


def steadiness(evidence: Evidence, *, replicates: int, seed: int) -> Accord:
    """Return how far annotators agree with themselves, drift, and what they confuse."""
    rows = evidence.independent
    out = Accord()
    if not len(rows):
        return out
    first = rows[rows["turn"] == 0]
    if (first.groupby("clip")["annotator"].nunique() > 1).any():
        enough = first.groupby("annotator")["clip"].nunique().max() >= FINE * FEWEST_EVENTS
        out.tables["drift"] = drift(first, parts=FINE if enough else COARSE)
        out.cases += _drifting(out.tables["drift"])
        out.tables["bias"] = bias(first)
        if first["label"].nunique() <= MOST_LABELS:
            found = confusions(first, _order(evidence, first))
            out.tables |= {CONFUSION + who: table for who, table in found.items()}
    repeats = intra_rater(rows, replicates=replicates, seed=seed)
    repeats = repeats[repeats["clips"] > 0]
    if len(repeats):
        out.tables["repeats"] = repeats
        out.cases += _unsteady(repeats)
    return out


def _order(evidence: Evidence, rows: pd.DataFrame) -> list[str] | None:
    """Return the labels in the order of the scheme; None where they are joined."""
    used = list(rows["label"].unique())
    if evidence.scheme.several or rows.duplicated("opinion").any():
        return None
    return [name for name in dict.fromkeys([*evidence.scheme.label_names, *used]) if name in used]


def _drifting(table: pd.DataFrame) -> list[Case]:
    """Return A04.

    One who drifts pulls down the others' agreement too, though less. So only those are named who
    lost nearly as much as the one who lost most; of two annotators that is both.
    """
    falling = table[(table["high"] < 0).fillna(False) & (table["change"] <= -LEAST_CHANGE)]
    if not len(falling):
        return []
    worst = float(table["change"].min())
    items = [
        Item(
            (),
            f"{r['annotator']} by {-100 * r['change']:.0f} points "
            f"[{-100 * r['high']:.0f}, {-100 * r['low']:.0f}] over {r['clips']} clips",
            r["annotator"],
        )
        for r in falling.to_dict("records")
        if r["change"] <= NEARLY * worst
    ]
    return case(
        "A04",
        items,
        lambda f: (
            f"{counted(len(f), 'annotator')} came to agree less with the others while working: "
            f"{words_of(f)}."
        ),
    )


def _unsteady(repeats: pd.DataFrame) -> list[Case]:
    """Return A05: annotators who clearly repeat themselves less often than ``LEAST_SAME``."""
    low = repeats[(repeats["high"] < LEAST_SAME).fillna(False)]
    items = [
        Item(
            (),
            f"{r['annotator']} {r['same']} of {r['clips']} "
            f"[{percent(r['low'])}, {percent(r['high'])}]",
            r["annotator"],
        )
        for r in low.to_dict("records")
    ]
    return case(
        "A05",
        items,
        lambda f: (
            f"{counted(len(f), 'annotator')} {'says' if len(f) == 1 else 'say'} the same of a "
            f"repeated clip clearly less often than {percent(LEAST_SAME)}: {words_of(f)}."
        ),
    )
