"""Balance: are there enough clips, and enough people, of every class?"""

from __future__ import annotations

import pandas as pd

from .evidence import Evidence
from .findings import Case, Item, case, counted, words_of

MOST_UNEVEN = 5.0  # clips of the largest class per clip of the smallest
FEWEST = 20  # clips with a label below which unevenness says nothing


def counts_table(evidence: Evidence) -> pd.DataFrame:
    """Return clips per class and subject: a row per subject, a column per class.

    The classes are those of the scheme, then others in use; subjects are in order of their clips.
    """
    pairs = [
        (evidence.subject.get(clip, ""), label)
        for clip in evidence.label
        for label in evidence.labels_of(clip)
    ]
    order = list(dict.fromkeys([*evidence.scheme.label_names, *(label for _, label in pairs)]))
    people = list(dict.fromkeys(evidence.subject.values()))
    table = pd.DataFrame(pairs, columns=["subject", "label"])
    counts = table.groupby(["subject", "label"]).size().unstack("label")
    return counts.reindex(index=people, columns=order).fillna(0).astype(int)


def balance_cases(evidence: Evidence, counts: pd.DataFrame) -> list[Case]:
    """Return B01 and B02."""
    used = counts.loc[:, counts.sum() > 0]
    people = _people(used)
    thin = [
        Item(_clips(evidence, label), f"{label} ({people[label]})", label)
        for label in used
        if people[label] < evidence.folds
    ]
    return [
        *case("B01", thin, lambda f: _thin(f, evidence)),
        *case("B02", _uneven(used), lambda f: _ratio(used)),
    ]


def _people(counts: pd.DataFrame) -> dict[str, int]:
    """Return how many people show each class; a clip without a subject counts as one more."""
    named = counts[counts.index != ""]
    unnamed = counts[counts.index == ""].sum()
    return {label: int((named[label] > 0).sum() + unnamed[label]) for label in counts}


def _clips(evidence: Evidence, label: str) -> tuple[str, ...]:
    return tuple(clip for clip in evidence.label if label in evidence.labels_of(clip))


def _thin(items: list[Item], evidence: Evidence) -> str:
    verb = "is" if len(items) == 1 else "are"
    return (
        f"{counted(len(items), 'class', 'classes')} {verb} shown by fewer than "
        f"{evidence.folds} subjects, one per fold: {words_of(items)}."
    )


def _uneven(counts: pd.DataFrame) -> list[Item]:
    totals = counts.sum()
    if totals.sum() < FEWEST or len(totals) < 2 or totals.max() < MOST_UNEVEN * totals.min():
        return []
    return [Item((), str(totals.idxmin()), str(totals.idxmin()))]


def _ratio(counts: pd.DataFrame) -> str:
    totals = counts.sum()
    most, least = totals.idxmax(), totals.idxmin()
    return (
        f"The largest class has {totals.max() / totals.min():.1f} times the clips of the smallest: "
        f"{most} {totals[most]:,}, {least} {totals[least]:,}."
    )
