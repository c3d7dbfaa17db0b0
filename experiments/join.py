"""The one place where features and labels meet, by clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.extract import Extraction
from sttm.tables import check_key, named

from .datasets import Dataset
from .shares import Shares, shares_of

UNDECIDED = "its label is undecided: the annotators disagree"
PHASES = {"onset-apex": ("onset", "apex"), "onset-offset": ("onset", "offset")}


@dataclass
class Joined:
    """Measured clips with their labels, row by row.

    Attributes
    ----------
    clips : DataFrame
        The clips table, only the measured clips, in the order of ``measures``; with ``content``,
        the digest of what each source holds.
    measures : array (n, m)
    labels, subjects : array (n,) of str
        ``subjects`` is blank where a data set names none.
    shares : Shares, optional
        Soft labels, row by row, where the config asks for them.
    """

    clips: pd.DataFrame
    measures: np.ndarray
    labels: np.ndarray
    subjects: np.ndarray
    shares: Shares | None = None

    @property
    def names(self) -> list[str]:
        """The clips' names, in order."""
        return [str(c) for c in self.clips["clip"]]

    def take(self, rows: np.ndarray) -> Joined:
        """Return the clips of some rows."""
        clips = self.clips.iloc[rows].reset_index(drop=True)
        shares = None if self.shares is None else self.shares.take(rows)
        return Joined(clips, self.measures[rows], self.labels[rows], self.subjects[rows], shares)

    def known_subjects(self) -> np.ndarray | None:
        """Return the subjects, or None where some clip has none."""
        return self.subjects if (self.subjects != "").all() else None


def join(data: Dataset, extraction: Extraction) -> Joined:
    """Return measures and labels side by side.

    Raises
    ------
    InputError
        Naming clips that were measured and have no label, are labelled twice, or are unknown, or
        whose measures are in another order or of another stretch of video.
    """
    check_key(data.labels, "labels")
    check_key(data.clips, "clips")
    labels = data.labels.loc[~undecided(data.labels)].set_index("clip")["label"]
    clips = data.clips.set_index("clip", drop=False)
    orphans = [c for c in extraction.clips if c not in clips.index]
    if orphans:
        raise InputError(f"features name clips that the clips table does not: {named(orphans)}.")
    labels = labels[labels.notna() & (labels.astype(str).str.strip() != "")]
    missing = [c for c in extraction.clips if c not in labels.index]
    if missing:
        raise InputError(f"every clip needs a label; {named(missing)} has none.")
    if len(set(extraction.clips)) < len(extraction.clips):
        raise InputError("the features name a clip twice.")
    chosen = clips.loc[extraction.clips].reset_index(drop=True)
    _refuse_moved_rows(extraction, chosen)
    if "content" in extraction.info:
        chosen["content"] = extraction.info["content"].to_numpy(dtype=str)
    return Joined(
        chosen,
        extraction.measures,
        labels.loc[extraction.clips].to_numpy(dtype=str),
        chosen["subject"].to_numpy(dtype=str),
        None if data.shares is None else shares_of(data.shares, extraction.clips),
    )


def _refuse_moved_rows(extraction: Extraction, chosen: pd.DataFrame) -> None:
    """Refuse measures that are not, row by row, of the clips that they are said to be of."""
    rows = len(extraction.clips)
    if len(extraction.measures) != rows:
        raise InputError(
            f"there are {len(extraction.measures)} rows of measures but {rows} clips; measure the "
            "clips again."
        )
    info = extraction.info.reset_index(drop=True)
    wrong = pd.Series(False, index=range(rows))
    if "clip" in info:
        wrong |= info["clip"].astype(str) != chosen["clip"].astype(str)
    for column in ("first", "last"):
        if column in info:
            ours, theirs = (pd.to_numeric(t[column]).astype("Float64") for t in (chosen, info))
            wrong |= (ours.fillna(-1) != theirs.fillna(-1)).astype(bool)
    if wrong.any():
        raise InputError(
            "measures and clips must be in the same order and of the same frames; they are not "
            f"for clip {named(chosen.loc[wrong, 'clip'])}. Measure the clips again."
        )


def undecided(labels: pd.DataFrame) -> pd.Series:
    """Return which rows of a consensus table are no label: the annotators disagree."""
    if "status" not in labels:
        return pd.Series(False, index=labels.index)
    return labels["status"].astype("string").str.strip().eq("undecided").fillna(False).astype(bool)


def usable(data: Dataset, phase: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clips of a data set that an experiment can use, cut to a phase, and the others.

    Clips whose label is undecided are left out; the rest is as ``narrow``.

    Returns
    -------
    clips, skipped : DataFrame

    Raises
    ------
    InputError
        When no clip is left, or as ``narrow``.
    """
    open_ones = data.labels.loc[undecided(data.labels), "clip"]
    out = data.clips["clip"].isin(open_ones)
    if out.all() and len(out):
        raise InputError("no clip has a label that its annotators agree on; decide some first.")
    skipped = pd.DataFrame({"clip": data.clips.loc[out, "clip"], "reason": UNDECIDED})
    clips, cut = narrow(data.clips[~out].reset_index(drop=True), data.labels, phase)
    return clips, pd.concat([skipped, cut], ignore_index=True)


def narrow(
    clips: pd.DataFrame, labels: pd.DataFrame, phase: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the clips cut to a phase of their label, and those whose label lacks it.

    Parameters
    ----------
    clips, labels : DataFrame
        ``labels`` with the columns onset, apex, offset (frame numbers of the source).
    phase : {"whole", "onset-apex", "onset-offset"}

    Returns
    -------
    clips, skipped : DataFrame
        ``skipped`` has ``clip`` and ``reason``.

    Raises
    ------
    InputError
        When the labels have no such marks, or no clip is left.
    """
    nothing = pd.DataFrame(columns=["clip", "reason"])
    if phase == "whole":
        return clips, nothing
    first, last = PHASES[phase]
    check_key(labels, "labels")
    lacking = [c for c in (first, last) if c not in labels]
    if lacking:
        raise InputError(
            f"time.phase {phase!r} needs the {' and the '.join(lacking)} of every clip, and these "
            "labels have none; use time.phase: whole."
        )
    marks = labels.set_index("clip")[[first, last]].apply(pd.to_numeric, errors="coerce")
    marks = marks.reindex(clips["clip"]).reset_index(drop=True)
    begin, end = marks[first].astype("Int64"), marks[last].astype("Int64")
    whole = clips.reset_index(drop=True)
    ordered = (begin < end).fillna(False).to_numpy(dtype=bool)
    outside = (begin < whole["first"]).fillna(False) | (end > whole["last"]).fillna(False)
    good = ordered & ~outside.to_numpy(dtype=bool)
    reasons = np.where(
        ordered,
        f"its {first} or {last} lies outside the clip's first and last frame",
        f"its label names no {first} before its {last}",
    )
    skipped = pd.DataFrame({"clip": whole["clip"], "reason": reasons})[~good]
    if not good.any() and len(skipped):
        example = "{}: {}".format(*skipped.iloc[0])
        raise InputError(f"time.phase {phase!r} leaves no clip ({example}).")
    cut = whole.assign(first=begin, last=end)[good]
    return cut.reset_index(drop=True), skipped.reset_index(drop=True)
