"""``compare_runs``: everything that can honestly be said of some finished runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.errors import InputError

from ..predictions import classes_of
from ..runs import FinishedRun, read_run
from ..scores import REPLICATES
from .fairness import (
    data_groups,
    display_names,
    method_of,
    notes_of,
    refuse_contradictions,
    same_kind,
    shared_clips,
    warnings_of,
)
from .paired import Pair, holm, mcnemar, paired_differences
from .ranks import Ranking, rank_runs

MOST_PAIRED = 20  # runs of which every pair is tested without a baseline
CAVEATS = (
    "Differences: 95 % intervals from drawing subjects with replacement, the same draws for both "
    "runs.",
    "McNemar's exact test takes clips as independent. Clips of one person are not, so its p is "
    "optimistic; where the interval of the accuracy contains 0, trust the interval.",
)


@dataclass
class Comparison:
    """Some runs side by side.

    Attributes
    ----------
    runs : list of FinishedRun
    names : list of str
        All different, in the order of ``runs``.
    groups : list of int
        Number of the data that each run lies on.
    pairs : list of Pair
    untested : list of (int, int, str)
        Pairs of runs that were not tested, with the reason.
    ranking : Ranking or None
    no_ranking : str
        Why there is no ranking, where three or more runs could make one expect it.
    warnings : list of str
        What must not be overlooked.
    notes : list of str
    baseline : int or None
        Number of the run that all others are paired with.
    columns : dict
        Further columns of the table of runs, such as the values of a sweep.
    title : str
    replicates : int
        Of the bootstrap behind the differences.
    """

    runs: list[FinishedRun]
    names: list[str]
    groups: list[int]
    pairs: list[Pair] = field(default_factory=list)
    untested: list[tuple[int, int, str]] = field(default_factory=list)
    ranking: Ranking | None = None
    no_ranking: str = ""
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    baseline: int | None = None
    columns: dict[str, list[str]] = field(default_factory=dict)
    title: str = ""
    replicates: int = REPLICATES

    @property
    def synthetic(self) -> bool:
        """Whether any run lies on drawn faces."""
        return any(run.synthetic for run in self.runs)

    def caveats(self) -> list[str]:
        """Return what a reader of the paired differences must know."""
        out = list(CAVEATS) if self.pairs else []
        if len(self.pairs) > 1:
            out.append(f"Holm's correction is over the {len(self.pairs)} pairs tested here.")
        few = min((p.subjects for p in self.pairs), default=20)
        if few < 20 and all(self.runs[p.first].known_subjects() for p in self.pairs):
            out.append("With fewer than about 20 subjects the intervals are somewhat too narrow.")
        if any(not self.runs[p.first].known_subjects() for p in self.pairs):
            out.append("Where clips name no subject, single clips were drawn instead.")
        return out


def compare_runs(
    runs: Sequence[str | Path | FinishedRun],
    baseline: str | Path | FinishedRun | None = None,
    *,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Comparison:
    """Return finished runs side by side: scores, paired differences, ranks.

    Parameters
    ----------
    runs : sequence
        Folders of runs, or what ``read_run`` gives.
    baseline : optional
        The run that all others are paired with; every pair is tested without it.
    replicates, seed : int
        Of the paired bootstrap over subjects.

    Raises
    ------
    InputError
        For fewer than two runs, a folder that is no whole run, or a clip with two labels.

    Examples
    --------
    >>> compare_runs(["runs/a", "runs/b"]).pairs  # doctest: +SKIP
    """
    read = [run if isinstance(run, FinishedRun) else read_run(run) for run in runs]
    number = None
    if baseline is not None:
        base = baseline if isinstance(baseline, FinishedRun) else read_run(baseline)
        places = [run.folder.resolve() for run in read]
        if base.folder.resolve() not in places:
            read.insert(0, base)
            places.insert(0, base.folder.resolve())
        number = places.index(base.folder.resolve())
    if len(read) < 2:
        raise InputError(f"name at least two runs to compare; {len(read)} came.")
    return compare_finished(read, number, replicates=replicates, seed=seed)


def compare_finished(
    runs: list[FinishedRun],
    baseline: int | None = None,
    *,
    names: list[str] | None = None,
    replicates: int = REPLICATES,
    seed: int = 0,
    strict: bool = True,
) -> Comparison:
    """Return runs that were read side by side.

    With ``strict=False`` clips with two labels (a sweep over classes) are no error: such pairs are
    left untested.
    """
    names = names or display_names(runs)
    groups = data_groups(runs)
    out = Comparison(runs, names, groups, baseline=baseline, replicates=replicates)
    out.warnings = warnings_of(runs, names)
    out.notes = notes_of(runs, names, groups)
    _pair_up(out, seed, strict)
    _rank(out)
    return out


# pairs ------------------------------------------------------------------------------------------


def _pair_up(out: Comparison, seed: int, strict: bool) -> None:
    numbers = range(len(out.runs))
    if out.baseline is not None:
        wanted = [(i, out.baseline) for i in numbers if i != out.baseline]
    elif len(out.runs) > MOST_PAIRED:
        out.notes.append(
            f"Pairs of more than {MOST_PAIRED} runs are not tested unasked; name a baseline."
        )
        wanted = []
    else:
        wanted = list(combinations(numbers, 2))
    tested = []
    for i, j in wanted:
        reason = _why_not(out, i, j, strict)
        if reason:
            out.untested.append((i, j, reason))
        else:
            tested.append(_pair(out, i, j, seed))
    corrected = holm([p.mcnemar.p for p in tested])
    out.pairs = [
        Pair(**{**vars(p), "holm": value}) for p, value in zip(tested, corrected, strict=True)
    ]


def _why_not(out: Comparison, i: int, j: int, strict: bool) -> str:
    first, second = out.runs[i], out.runs[j]
    common = shared_clips([first, second])
    if not len(common):
        return "different data: no clip in common"
    if not same_kind(first, second):
        return f"protocols that cannot be set against each other: {_protocols(first, second)}"
    try:
        refuse_contradictions(first, second, common)
    except InputError:
        if strict:
            raise
        return "different labels for the same clips"
    return ""


def _protocols(first: FinishedRun, second: FinishedRun) -> str:
    return f"{first.protocol} and {second.protocol}"


def _pair(out: Comparison, i: int, j: int, seed: int) -> Pair:
    runs = out.runs[i], out.runs[j]
    common = shared_clips(runs)
    tables = [run.clips.reindex(common) for run in runs]
    classes = pd.Index(sorted({c for run in runs for c in classes_of(run.predictions)}))
    labels = classes.get_indexer(pd.Index(tables[0]["label"]))
    first, second = (classes.get_indexer(pd.Index(t["predicted"])) for t in tables)
    right = [first == labels, second == labels]
    subjects = _subject_numbers(runs[0], common)
    return Pair(
        i,
        j,
        clips=len(common),
        left_out=sum(len(run.predictions) - len(common) for run in runs),
        subjects=int(subjects.max()) + 1,
        differences=paired_differences(
            labels, (first, second), subjects, len(classes), out.replicates, seed
        ),
        mcnemar=mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())),
        holm=1.0,
    )


def _subject_numbers(run: FinishedRun, clips: pd.Index) -> np.ndarray:
    if not run.known_subjects():
        return np.arange(len(clips))
    return np.unique(run.clips["subject"].loc[clips].to_numpy(dtype=str), return_inverse=True)[1]


# ranks ------------------------------------------------------------------------------------------


def _rank(out: Comparison) -> None:
    if len(out.runs) < 3:
        return
    chosen = _rankable(out)
    if len(chosen) < len(out.runs):
        left = [n for i, n in enumerate(out.names) if i not in chosen]
        out.notes.append(
            f"Not ranked, because the protocol is not that of the others: {', '.join(left)}."
        )
    if len(chosen) < 3:
        out.no_ranking = "fewer than three runs have protocols that can be set side by side"
    elif len({out.groups[i] for i in chosen}) == 1:
        _rank_over_subjects(out, chosen)
    else:
        _rank_over_data(out, chosen)


def _rankable(out: Comparison) -> list[int]:
    independent = [i for i, run in enumerate(out.runs) if run.independent]
    if independent:
        return independent
    names = [run.facts["protocol"].get("name") for run in out.runs]
    return list(range(len(names))) if len(set(names)) == 1 else []


def _rank_over_subjects(out: Comparison, chosen: list[int]) -> None:
    runs = [out.runs[i] for i in chosen]
    common = shared_clips(runs)
    if not len(common):
        out.no_ranking = "no clip was tested by all runs"
    elif not all(run.known_subjects() for run in runs):
        out.no_ranking = "the clips name no subjects, and subjects are the blocks"
    elif any(_contradict(runs[0], run, common) for run in runs[1:]):
        out.no_ranking = "the runs give the same clips different labels"
    else:
        subject = runs[0].clips["subject"].loc[common]
        scores = pd.DataFrame(
            {
                i: _right(run).loc[common].groupby(subject).mean()
                for i, run in zip(chosen, runs, strict=True)
            }
        )
        out.ranking = rank_runs(
            scores.to_numpy(),
            [out.names[i] for i in chosen],
            [str(s) for s in scores.index],
            "subjects",
            "accuracy of each subject",
        )


def _contradict(first: FinishedRun, second: FinishedRun, common: pd.Index) -> bool:
    try:
        refuse_contradictions(first, second, common)
    except InputError:
        return True
    return False


def _right(run: FinishedRun) -> pd.Series:
    return (run.clips["predicted"] == run.clips["label"]).astype(float)


def _rank_over_data(out: Comparison, chosen: list[int]) -> None:
    methods: dict[str, dict[int, int]] = {}
    for i in chosen:
        found = methods.setdefault(method_of(out.runs[i]), {})
        if out.groups[i] in found:
            out.no_ranking = (
                f"{out.names[found[out.groups[i]]]} and {out.names[i]} are the same method "
                "(descriptor and classifier) on the same data"
            )
            return
        found[out.groups[i]] = i
    data = sorted({out.groups[i] for i in chosen})
    if len(methods) < 3 or any(sorted(found) != data for found in methods.values()):
        out.no_ranking = (
            "the runs lie on different data, and not every method (descriptor and classifier) of "
            "at least three has one run on each"
        )
        return
    rows = [[found[d] for found in methods.values()] for d in data]
    out.ranking = rank_runs(
        np.array([[out.runs[i].total("uar").value for i in row] for row in rows]),
        _method_names(out, [next(iter(found.values())) for found in methods.values()]),
        [out.runs[row[0]].data for row in rows],
        "data sets",
        "UAR on each data set",
    )


def _method_names(out: Comparison, numbers: list[int]) -> list[str]:
    facts = [out.runs[i].facts for i in numbers]
    names = [f"{f['descriptor']} + {f['classifier']}" for f in facts]
    return [
        n if names.count(n) == 1 else f"{n} [{out.names[i]}]"
        for n, i in zip(names, numbers, strict=True)
    ]
