"""ReportData -> tables of what data there were: classes, subjects, parts, what was left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sttm.tables import named

from .data import ReportData
from .figures import Row, heat_rows
from .words import counted, number

MOST_SUBJECTS = 400  # rows of the table of subjects
MOST_REASONS = 12
PARTS = ("train", "validation", "test")
NOBODY = "(no subject)"


def subject_names(data: ReportData) -> list[str]:
    """Return the subjects of the clips that were tested, in order of their names."""
    table = _tested(data)
    return sorted({s for s in table["subject"].fillna("").astype(str) if s}, key=_natural)


@dataclass(frozen=True)
class Counts:
    """Clips per subject and class; ``left`` subjects are not among ``rows``."""

    classes: list[str]
    rows: list[Row]
    total: Row | None
    subjects: int
    left: int

    @property
    def sentence(self) -> str:
        """How many clips, classes and subjects there are."""
        clips = self.total.total if self.total else 0
        text = (
            f"{counted(clips, 'labelled clip')}, {counted(len(self.classes), 'class', 'classes')}"
        )
        return f"{text}, {counted(self.subjects, 'subject')}." if self.subjects else f"{text}."


def data_counts(data: ReportData, order: Sequence[str] = ()) -> Counts:
    """Return classes (as in ``order``, then the others), a row per subject, and their sum."""
    table = _labelled(data)
    if table.empty:
        return Counts([], [], None, 0, 0)
    who = table["subject"].fillna("").astype(str).replace("", NOBODY)
    counts = pd.crosstab(who, table["label"])
    classes = sorted(
        (str(c) for c in counts.columns),
        key=lambda c: (order.index(c) if c in order else len(order), c),
    )
    counts = counts.loc[sorted(counts.index, key=_natural), classes]
    subjects = len(counts.index.difference([NOBODY]))
    shown = counts.iloc[:MOST_SUBJECTS] if subjects else counts.iloc[:0]
    total = heat_rows(["all subjects"], classes, counts.to_numpy().sum(0)[None])[0]
    rows = heat_rows(list(shown.index), classes, shown.to_numpy())
    return Counts(classes, rows, total, subjects, subjects - len(rows) if subjects else 0)


def class_table(
    data: ReportData, order: Sequence[str] = ()
) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return headings and rows of clips per class: in each part, here, and as published.

    Empty where there is neither an official split nor a published count: the table of subjects
    says it all.
    """
    table, published = _labelled(data), dict(data.described.published)
    parts = _parts(table)
    if table.empty or not (parts or published):
        return [], []
    found = table["label"].value_counts()
    classes = [*order, *sorted(set(found.index) - set(order))]
    classes += sorted(set(published) - set(classes) - {"clips", "subjects"})
    rows = [(c, table["label"] == c, published.get(c)) for c in classes]
    rows.append(("all", table["label"] != "", published.get("clips")))
    columns = [*parts, "in this run"] + (["published"] if published else [])
    lines = [(name, _line(table, here, count, parts, published)) for name, here, count in rows]
    people = _people(table, parts)
    if any(people) or published.get("subjects"):
        said = [number(n) for n in people]
        lines.append(
            ("subjects", said + ([number(published.get("subjects"))] if published else []))
        )
    return columns, lines


def _line(
    table: pd.DataFrame,
    here: pd.Series,
    count: int | None,
    parts: Sequence[str],
    published: Mapping[str, int],
) -> list[str]:
    values = [int((here & (table["part"] == p)).sum()) for p in parts] + [int(here.sum())]
    return [number(v) for v in values] + ([number(count)] if published else [])


def _people(table: pd.DataFrame, parts: Sequence[str]) -> list[int]:
    who = table[table["subject"].fillna("").astype(str) != ""]
    each = [who.loc[who["part"] == p, "subject"].nunique() for p in parts]
    return [*each, who["subject"].nunique()]


def _parts(table: pd.DataFrame) -> list[str]:
    """Return the parts of an official split that the clips name, training first."""
    there = set(table["part"]) - {""}
    return [p for p in PARTS if p in there] + sorted(there - set(PARTS))


# left out ----------------------------------------------------------------------------------------


def skipped_rows(data: ReportData) -> tuple[list[dict[str, Any]], int]:
    """Return what was left out, grouped by reason, and how many other reasons there are.

    Reasons that differ in numbers, quoted words or the clip's own name only are one.
    """
    if data.skipped.empty:
        return [], 0
    table = data.skipped.assign(reason=data.skipped["reason"].astype(str))
    table["alike"] = [
        _pattern(r, str(c)) for c, r in zip(table["clip"], table["reason"], strict=True)
    ]
    rows = [
        {
            "reason": g["reason"].iloc[0],
            "alike": g["reason"].nunique() > 1,
            "clips": len(g),
            "names": named(g["clip"].astype(str), 6),
        }
        for _, g in table.groupby("alike", sort=False)
    ]
    rows.sort(key=lambda r: (-r["clips"], r["reason"]))
    return rows[:MOST_REASONS], max(0, len(rows) - MOST_REASONS)


def _pattern(reason: str, clip: str) -> str:
    """Return a reason without what is particular to one clip."""
    plain = reason.replace(clip, "…") if len(clip) > 2 else reason
    return re.sub(r"'[^']*'|\"[^\"]*\"|\S*/\S*|-?\d+(\.\d+)?", "…", plain)


# tables ------------------------------------------------------------------------------------------


def _labelled(data: ReportData) -> pd.DataFrame:
    """Return the labelled clips: ``label``, ``subject``, ``part`` (blank where unknown)."""
    if "label" not in data.labels.columns:
        return pd.DataFrame(columns=["label", "subject", "part"])
    table = data.clips.merge(data.labels[["clip", "label"]], on="clip").dropna(subset=["label"])
    out = pd.DataFrame({"label": table["label"].astype(str)})
    for column in ("subject", "part"):
        blank = pd.Series("", index=table.index)
        out[column] = table[column].fillna("").astype(str) if column in table else blank
    return out[out["label"] != ""]


def _tested(data: ReportData) -> pd.DataFrame:
    if "subject" not in data.clips.columns:
        return data.clips.assign(subject="")
    if data.predictions.empty:
        return data.clips
    return data.clips[np.isin(data.clips["clip"], data.predictions["clip"])]


def _natural(text: str) -> tuple[Any, ...]:
    """Return a key that sorts S2 before S10."""
    digits = "".join(c if c.isdigit() else " " for c in text).split()
    return (text.rstrip("0123456789"), int(digits[-1]) if digits else -1, text)
