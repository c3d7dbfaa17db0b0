"""``compare_runs``: everything that can honestly be said of some finished runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.errors import InputError

from ..judging.predictions import classes_of
from ..judging.scores import REPLICATES
from ..keeping.runs import FinishedRun, read_run
from .blocks import rank_comparable
from .fairness import (
    data_groups,
    display_names,
    notes_of,
    refuse_contradictions,
    same_kind,
    shared_clips,
    warnings_of,
)
from .paired import Pair, holm, mcnemar, paired_differences
from .ranks import Ranking

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
    blocks = rank_comparable(runs, names, groups)
    out.ranking, out.no_ranking = blocks.ranking, blocks.why_not
    out.notes += blocks.notes
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
        subjects=len(common) if subjects is None else int(subjects.max()) + 1,
        differences=paired_differences(
            labels, (first, second), subjects, len(classes), out.replicates, seed
        ),
        mcnemar=mcnemar(int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())),
        holm=1.0,
    )


def _subject_numbers(run: FinishedRun, clips: pd.Index) -> np.ndarray | None:
    if not run.known_subjects():
        return None
    return np.unique(run.clips["subject"].loc[clips].to_numpy(dtype=str), return_inverse=True)[1]
