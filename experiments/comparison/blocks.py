"""Which runs may be ranked, and over which blocks: subjects of the same clips, or data sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..keeping.runs import FinishedRun
from .fairness import method_of, refuse_contradictions, shared_clips
from .ranks import Ranking, rank_runs


@dataclass
class Ranked:
    """A ranking, or why there is none, and what must be said of it."""

    ranking: Ranking | None = None
    why_not: str = ""
    notes: list[str] = field(default_factory=list)


def rank_comparable(
    runs: Sequence[FinishedRun], names: Sequence[str], groups: Sequence[int]
) -> Ranked:
    """Return the ranking of the runs that may be ranked together; nothing for fewer than three.

    Parameters
    ----------
    runs : sequence of FinishedRun
    names : sequence of str
    groups : sequence of int
        Number of the data that each run lies on.
    """
    if len(runs) < 3:
        return Ranked()
    chosen = _rankable(runs)
    if len(chosen) < 3:
        why = "fewer than three runs have protocols that can be set side by side"
        return Ranked(why_not=why)
    mine, called = [runs[i] for i in chosen], [names[i] for i in chosen]
    if len({groups[i] for i in chosen}) == 1:
        out = _over_subjects(mine, called)
    else:
        out = _over_data(mine, called, [groups[i] for i in chosen])
    left = [n for i, n in enumerate(names) if i not in chosen]
    if left and out.ranking is not None:
        out.notes.append(
            f"Not ranked, because the protocol is not that of the others: {named(left, 6)}."
        )
    return out


def _rankable(runs: Sequence[FinishedRun]) -> list[int]:
    independent = [i for i, run in enumerate(runs) if run.independent]
    if independent:
        return independent
    protocols = {run.facts["protocol"].get("name") for run in runs}
    return list(range(len(runs))) if len(protocols) == 1 else []


def _over_subjects(runs: list[FinishedRun], names: list[str]) -> Ranked:
    common = shared_clips(runs)
    if not len(common):
        return Ranked(why_not="no clip was tested by all runs")
    if not all(run.known_subjects() for run in runs):
        return Ranked(why_not="the clips name no subjects, and subjects are the blocks")
    if any(_contradict(runs[0], run, common) for run in runs[1:]):
        return Ranked(why_not="the runs give the same clips different labels")
    subject = runs[0].clips["subject"].loc[common]
    shares = [_right(run).loc[common].groupby(subject).mean() for run in runs]
    blocks = [str(s) for s in shares[0].index]
    scores = np.stack([s.to_numpy() for s in shares], axis=1)  # (subjects, runs)
    return Ranked(rank_runs(scores, names, blocks, "subjects", "accuracy of each subject"))


def _contradict(first: FinishedRun, second: FinishedRun, common: pd.Index) -> bool:
    try:
        refuse_contradictions(first, second, common)
    except InputError:
        return True
    return False


def _right(run: FinishedRun) -> pd.Series:
    return (run.clips["predicted"] == run.clips["label"]).astype(float)


def _over_data(runs: list[FinishedRun], names: list[str], groups: list[int]) -> Ranked:
    methods: dict[str, dict[int, int]] = {}  # method -> data -> run
    for i, run in enumerate(runs):
        found = methods.setdefault(method_of(run), {})
        if groups[i] in found:
            pair = f"{names[found[groups[i]]]} and {names[i]}"
            same = "are the same method (descriptor and classifier) on the same data"
            return Ranked(why_not=f"{pair} {same}")
        found[groups[i]] = i
    data = sorted(set(groups))
    if len(methods) < 3 or any(sorted(found) != data for found in methods.values()):
        return Ranked(
            why_not="the runs lie on different data, and not every method (descriptor and "
            "classifier) of at least three has one run on each"
        )
    rows = [[found[d] for found in methods.values()] for d in data]
    scores = np.array([[runs[i].total("uar").value for i in row] for row in rows])
    called = _method_names(runs, names, rows[0])
    blocks = [runs[row[0]].data for row in rows]
    return Ranked(rank_runs(scores, called, blocks, "data sets", "UAR on each data set"))


def _method_names(
    runs: Sequence[FinishedRun], names: Sequence[str], numbers: Sequence[int]
) -> list[str]:
    facts = [runs[i].facts for i in numbers]
    methods = [f"{f['descriptor']} + {f['classifier']}" for f in facts]
    return [
        m if methods.count(m) == 1 else f"{m} [{names[i]}]"
        for m, i in zip(methods, numbers, strict=True)
    ]
