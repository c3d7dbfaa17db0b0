"""What the checks look at: a study, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from ..consensus import consensus_of
from ..scheme import Scheme
from ..study.rows import opinions_table

if TYPE_CHECKING:
    from ..study import Decision, Opinion, Study


@dataclass(frozen=True)
class Evidence:
    """A study as the checks see it.

    Attributes
    ----------
    scheme : Scheme
    root : Path
        Folder that relative sources are below.
    clips : DataFrame
        The study's clips, in order of adding.
    opinions : list of Opinion
        The newest per clip, annotator and turn.
    rows, independent : DataFrame
        The opinions table, a row per interval; and without what reviewers said to overrule others.
    standing : dict
        Clip -> the decision that holds.
    consensus : DataFrame
        Majority, with decisions above it.
    folds : int
        Of the experiments that shall use the labels.
    """

    scheme: Scheme
    root: Path
    clips: pd.DataFrame
    opinions: list[Opinion]
    rows: pd.DataFrame
    independent: pd.DataFrame
    standing: dict[str, Decision]
    consensus: pd.DataFrame
    folds: int

    @cached_property
    def first_turn(self) -> list[Opinion]:
        """Opinions that are no hidden repeats."""
        return [o for o in self.opinions if o.turn == 0]

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The clips, a dictionary each."""
        return records(self.clips)

    @cached_property
    def subject(self) -> dict[str, str]:
        """Clip -> subject, blank where nobody said."""
        return dict(zip(self.clips["clip"], self.clips["subject"], strict=True))

    @cached_property
    def label(self) -> dict[str, str]:
        """Clip -> the label that holds, for clips that have one."""
        held = self.consensus[self.consensus["label"] != ""]
        return dict(zip(held["clip"], held["label"], strict=True))

    def labels_of(self, clip: str) -> list[str]:
        """Return the labels that hold for a clip; several only where the scheme allows it."""
        label = self.label.get(clip, "")
        return [part for part in (label.split("+") if self.scheme.several else [label]) if part]

    def path_of(self, source: str) -> Path:
        """Return where a source lies."""
        return self.root / source  # an absolute source stays as it is


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table's rows as dictionaries."""
    return cast("list[dict[str, Any]]", table.to_dict("records"))


def read_evidence(study: Study, folds: int) -> Evidence:
    """Return what the checks look at."""
    opinions = study.latest()
    rows, independent = opinions_table(opinions), study.opinions(rulings=False)
    return Evidence(
        scheme=study.scheme,
        root=Path(study.root),
        clips=study.clips(),
        opinions=opinions,
        rows=rows,
        independent=independent,
        standing=study.standing(),
        consensus=consensus_of(_Read(study, rows, independent), "majority"),
        folds=folds,
    )


@dataclass(frozen=True)
class _Read:
    """A study as ``consensus_of`` needs it, its opinions read once."""

    study: Study
    rows: pd.DataFrame
    independent: pd.DataFrame

    @property
    def scheme(self) -> Scheme:
        return self.study.scheme

    def clips(self) -> pd.DataFrame:
        return self.study.clips()

    def opinions(self, history: bool = False, *, rulings: bool = True) -> pd.DataFrame:
        return self.rows if rulings else self.independent

    def history(self, clip: str | None = None, annotator: str | None = None) -> list[Opinion]:
        return self.study.history(clip, annotator)

    def standing(self) -> dict[str, Decision]:
        return self.study.standing()
