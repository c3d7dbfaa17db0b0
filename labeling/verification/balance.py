"""Balance: are there enough clips, and enough people, of every class?"""

from __future__ import annotations

import pandas as pd

from .evidence import Evidence
from .findings import Case, Item, Items, case, counted, words_of

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
    totals = {str(label): int(number) for label, number in used.sum().items()}
    people = _people(used)
    thin = [
        Item(_clips(evidence, label), f"{label} ({people[label]})", label)
        for label in totals
        if people[label] < evidence.folds
    ]
    return [
        *case("B01", thin, lambda f: _thin(f, evidence)),
        *case("B02", _uneven(totals), lambda f: _ratio(totals)),
    ]


def _people(counts: pd.DataFrame) -> dict[str, int]:
    """Return how many people show each class; a clip without a subject counts as one more."""
    named = (counts[counts.index != ""] > 0).sum() + counts[counts.index == ""].sum()
    return {str(label): int(number) for label, number in named.items()}


def _clips(evidence: Evidence, label: str) -> tuple[str, ...]:
    return tuple(clip for clip in evidence.label if label in evidence.labels_of(clip))


def _thin(items: Items, evidence: Evidence) -> str:
    verb = "is" if len(items) == 1 else "are"
    return (
        f"{counted(len(items), 'class', 'classes')} {verb} shown by fewer than "
        f"{evidence.folds} subjects, one per fold: {words_of(items)}."
    )


def _uneven(totals: dict[str, int]) -> list[Item]:
    few = sum(totals.values()) < FEWEST or len(totals) < 2
    if few or max(totals.values()) < MOST_UNEVEN * min(totals.values()):
        return []
    least = min(totals, key=lambda label: totals[label])
    return [Item((), least, least)]


def _ratio(totals: dict[str, int]) -> str:
    most = max(totals, key=lambda label: totals[label])
    least = min(totals, key=lambda label: totals[label])
    return (
        f"The largest class has {totals[most] / totals[least]:.1f} times the clips of the "
        f"smallest: {most} {totals[most]:,}, {least} {totals[least]:,}."
    )
