"""``verify_study``: all checks over one study."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sttm.errors import InputError

from ..agreement.figure import Figure
from ..predicted import check_predicted, read_predictions
from .agreeing import Accord, label_agreement
from .balance import balance_cases, counts_table
from .codes import LEVELS
from .coverage import coverage_cases
from .doubted import doubted_cases
from .duplicates import duplicate_cases, find_copies
from .evidence import Evidence, read_evidence
from .files import Content, content_cases, present_cases, read_contents
from .findings import Case, Finding, told
from .over_time import interval_agreement, steadiness
from .structure import structure_cases
from .subjects import subject_cases

if TYPE_CHECKING:
    from ..study import Study

FEWEST_FOLDS = 2
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Verification:
    """What was found in a study.

    Attributes
    ----------
    findings : list of Finding
        Worst first; muted ones are among them.
    tables : dict
        Name -> DataFrame: ``counts`` (subjects x classes), ``consensus`` and, where there is
        something to tell, ``classes``, ``pairs``, ``annotators``, ``confusions``, ``drift``,
        ``repeats``, ``marks``, ``suspects``.
    figures : list of Figure
        Agreement, the first being Krippendorff's alpha of the labels.
    facts : dict
        Name -> plain value: what was looked at, when, with what.
    """

    findings: list[Finding]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def of_level(self, level: str, *, muted: bool = False) -> list[Finding]:
        """Return the findings of a level that are, or are not, muted."""
        return [f for f in self.findings if f.level == level and bool(f.muted) == muted]


def verify_study(
    study: Study,
    *,
    slow: bool = False,
    folds: int = 5,
    predictions: pd.DataFrame | str | Path | None = None,
    seed: int = 0,
    replicates: int = 1000,
    progress: Progress | None = None,
    jobs: int = 1,
) -> Verification:
    """Return what is wrong with a study's labels, and how far they can be trusted.

    Parameters
    ----------
    study : Study
        Nothing is written to it.
    slow : bool
        Read every source as well: content, number of frames, rate, near-duplicates.
    folds : int
        Of the experiments that shall use the labels; classes with fewer subjects are named.
    predictions : DataFrame or path, optional
        Out-of-fold predictions of a run; without them the suspects that the study keeps count.
    seed, replicates : int
        Of the bootstrap intervals; 0 replicates for none.
    progress : callable, optional
        Called with (done, total) sources in slow checks.
    jobs : int
        Processes for slow checks; -1 for one per core.

    Returns
    -------
    Verification

    Raises
    ------
    InputError
        For impossible settings, or predictions that are none.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> from labeling.statement import Interval, Statement
    >>> from labeling.study import create_study
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with create_study(f"{folder}/a.sttm-study", "basic") as study:
    ...         _ = study.add_clips(pd.DataFrame({"clip": ["a"], "source": ["a.mp4"]}))
    ...         _ = study.say("a", "ann", Statement((Interval("happiness"),)))
    ...         found = verify_study(study)
    >>> [finding.code for finding in found.findings]
    ['F01', 'S03', 'B01', 'V02', 'A07']
    """
    if folds < FEWEST_FOLDS:
        raise InputError(f"folds must be at least {FEWEST_FOLDS}, not {folds}.")
    begun = time.perf_counter()
    table = _predicted(predictions)
    evidence = read_evidence(study, folds)
    cases, content = _file_cases(evidence, slow, jobs, progress)
    copies = find_copies(evidence, content)
    counts = counts_table(evidence)
    parts = _agreement(evidence, replicates, seed)
    doubts, suspects = doubted_cases(evidence, study, table)
    for part in parts:
        cases += part.cases
    cases += structure_cases(evidence) + coverage_cases(evidence)
    cases += duplicate_cases(evidence, copies) + subject_cases(evidence, copies)
    cases += balance_cases(evidence, counts) + doubts
    tables = {"counts": counts, "consensus": evidence.consensus}
    for part in parts:
        tables |= part.tables
    if suspects is not None:
        tables["suspects"] = suspects
    return Verification(
        told(cases, evidence.scheme.muted, thorough=slow and suspects is not None),
        tables,
        [figure for part in parts for figure in part.figures],
        _facts(study, evidence, slow, folds, table is not None, time.perf_counter() - begun),
    )


def _predicted(predictions: pd.DataFrame | str | Path | None) -> pd.DataFrame | None:
    if predictions is None:
        return None
    if isinstance(predictions, pd.DataFrame):
        return check_predicted(predictions)
    return read_predictions(predictions)


def _file_cases(
    evidence: Evidence, slow: bool, jobs: int, progress: Progress | None
) -> tuple[list[Case], Content | None]:
    cases, bad = present_cases(evidence)
    if not slow:
        return cases, None
    content = read_contents(evidence, bad, jobs=jobs, progress=progress)
    cases = [each for each in cases if each.code != "F06"]  # the content itself was compared
    return _together([*cases, *content_cases(evidence, content)]), content


def _together(cases: list[Case]) -> list[Case]:
    """Return the cases with those of one code as one."""
    by_code: dict[str, Case] = {}
    for each in cases:
        before = by_code.get(each.code)
        items = (*before.items, *each.items) if before else each.items
        by_code[each.code] = Case(each.code, items, each.say)
    return list(by_code.values())


def _agreement(evidence: Evidence, replicates: int, seed: int) -> list[Accord]:
    return [
        label_agreement(evidence, replicates=replicates, seed=seed),
        interval_agreement(evidence, replicates=replicates, seed=seed),
        steadiness(evidence, replicates=replicates, seed=seed),
    ]


def _facts(
    study: Study, evidence: Evidence, slow: bool, folds: int, predicted: bool, seconds: float
) -> dict[str, Any]:
    from sttm.fingerprint import fingerprint

    people = sorted({o.annotator for o in evidence.first_turn})
    return {
        "study": Path(study.path).name,
        "id": study.id,
        "scheme": evidence.scheme.name,
        "clips": len(evidence.clips),
        "labelled": len(evidence.label),
        "subjects": len(set(evidence.subject.values()) - {""}),
        "annotators": people,
        "opinions": len(evidence.opinions),
        "repeats": sum(o.turn > 0 for o in evidence.opinions),
        "slow": slow,
        "predictions": predicted,
        "folds": folds,
        "several": evidence.scheme.several,
        "seconds": round(seconds, 1),
        "verified": datetime.now(UTC).astimezone().isoformat(timespec="seconds"),
        "versions": fingerprint(),
    }


def worst_level(found: Verification) -> str:
    """Return the worst level among findings that are not muted; "" where there are none.

    >>> worst_level(Verification([Finding("C01", "warning", "One clip."),
    ...                           Finding("F01", "error", "One file.", muted="known")]))
    'warning'
    """
    levels = [LEVELS.index(f.level) for f in found.findings if not f.muted]
    return LEVELS[max(levels)] if levels else ""
