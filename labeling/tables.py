"""The two tables that labeling owns: opinions (who said what) and consensus (what holds).

opinions   one row per annotator and clip, each time something was said; never overwritten:
           clip, annotator, label, onset, apex, offset, intensity, sure, comment, time
consensus  one row per clip: clip, label, agreement, opinions, status, and where known
           onset, apex, offset

``onset``, ``apex`` and ``offset`` are 0-based frame numbers of the source. ``intensity`` is a
number of at least 0 on the study's own scale, ``sure`` runs from 0 to 1, ``time`` is when it was
said, ISO 8601 with its offset from UTC. ``agreement`` runs from 0 to 1 and is missing where nobody
could disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import check_key, named

from .hand_csv import read_hand_csv

OPINION_COLUMNS = (
    "clip",
    "annotator",
    "label",
    "onset",
    "apex",
    "offset",
    "intensity",
    "sure",
    "comment",
    "time",
)
CONSENSUS_COLUMNS = ("clip", "label", "agreement", "opinions", "status")
MARKS = ("onset", "apex", "offset")
STATUSES = {
    "published": "the label came with the data set",
    "single": "one annotator's opinion",
    "agreed": "all annotators said the same",
    "majority": "most annotators said the same",
    "weighted": "annotators weighed by their reliability",
    "decided": "a reviewer decided",
    "undecided": "no label: the annotators disagree",
}


def check_opinions(table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked copy of an opinions table, columns in order and typed.

    Parameters
    ----------
    table : DataFrame
        At least ``clip``, ``annotator`` and ``label``. Several rows per clip and annotator are
        a history and are kept, in their order.

    Returns
    -------
    DataFrame
        ``clip``, ``annotator``, ``label``, ``comment``, ``time`` as text, the marks as nullable
        integers, ``intensity`` and ``sure`` as float.

    Raises
    ------
    InputError
        For a missing column, a blank key, an impossible number, or marks out of order.
    """
    _need(table, ("clip", "annotator", "label"), "opinions")
    out = table.reset_index(drop=True).copy()
    for column in ("clip", "annotator", "label", "comment", "time"):
        out[column] = _text(out, column)
    for column in ("clip", "annotator", "label"):
        _refuse_blank(out, column, "opinions")
    _check_marks(out, MARKS)
    out["intensity"] = _numbers(out, "intensity", 0.0, np.inf)
    out["sure"] = _numbers(out, "sure", 0.0, 1.0)
    _check_times(out)
    return out[[*OPINION_COLUMNS, *(c for c in out.columns if c not in OPINION_COLUMNS)]]


def check_consensus(table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked copy of a consensus table, columns in order and typed.

    Parameters
    ----------
    table : DataFrame
        At least ``clip`` and ``label``. A label may be blank only where ``status`` is
        ``"undecided"``.

    Returns
    -------
    DataFrame
        ``clip``, ``label``, ``status`` as text (status ``"published"`` when not given),
        ``agreement`` as float, ``opinions`` as an integer (1 when not given), and ``onset``,
        ``apex``, ``offset`` as nullable integers where the table has any of them.

    Raises
    ------
    InputError
        For a missing column, a clip named twice, a blank label, an unknown status, an agreement
        outside [0, 1], or marks out of order.
    """
    check_key(table, "consensus")
    _need(table, ("clip", "label"), "consensus")
    out = table.reset_index(drop=True).copy()
    out["clip"], out["label"] = _text(out, "clip"), _text(out, "label")
    check_key(out, "consensus")
    out["status"] = _text(out, "status").replace("", "published")
    for status in out["status"].unique():
        if status not in STATUSES:
            raise InputError(unknown_name("status in the consensus table", status, STATUSES))
    _refuse_blank(out[out["status"] != "undecided"], "label", "consensus")
    out["agreement"] = _numbers(out, "agreement", 0.0, 1.0)
    out["opinions"] = _whole(out, "opinions").fillna(1)
    marks = [m for m in MARKS if m in out]
    _check_marks(out, marks)
    first = [*CONSENSUS_COLUMNS, *marks]
    return out[[*first, *(c for c in out.columns if c not in first)]]


def published(
    clips: Sequence[str],
    labels: Sequence[str],
    *,
    onset: Sequence[int | None] | None = None,
    apex: Sequence[int | None] | None = None,
    offset: Sequence[int | None] | None = None,
) -> pd.DataFrame:
    """Return a consensus table of labels that came with a data set.

    Status ``"published"``, one opinion each, agreement missing.

    >>> published(["a"], ["joy"], apex=[4])[["clip", "label", "apex", "status"]].values.tolist()
    [['a', 'joy', 4, 'published']]
    """
    if len(clips) != len(labels):
        raise InputError(f"there are {len(clips)} clips but {len(labels)} labels.")
    table = pd.DataFrame({"clip": list(clips), "label": list(labels)}, dtype=object)
    for mark, values in zip(MARKS, (onset, apex, offset), strict=True):
        if values is None:
            continue
        if len(values) != len(clips):
            raise InputError(f"there are {len(clips)} clips but {len(values)} values of {mark!r}.")
        table[mark] = pd.Series(list(values), dtype=object)
    return check_consensus(table)


def from_csv(path: str | Path, *, clip: str = "clip", label: str = "label") -> pd.DataFrame:
    """Return the consensus table of a CSV file that a person wrote.

    The file needs a clip and a label column; ``onset``, ``apex``, ``offset``, ``agreement``,
    ``opinions`` and ``status`` are used where they exist. See ``labeling.hand_csv`` for what is
    forgiven (separators, spaces, blank lines, equal rows).

    Parameters
    ----------
    path : str or Path
    clip, label : str
        Names of the two columns, upper or lower case.

    Raises
    ------
    InputError
        One sentence with the file and, where there is one, the line.
    """
    welcome = (*MARKS, "agreement", "opinions", "status")
    table = read_hand_csv(path, {clip: "clip", label: "label"}, welcome)
    try:
        return check_consensus(table)
    except InputError as error:
        raise InputError(f"{Path(path).name}: {error}") from None


# columns ----------------------------------------------------------------------------------------


def _need(table: pd.DataFrame, columns: Sequence[str], kind: str) -> None:
    for column in columns:
        if column not in table.columns:
            raise InputError(
                f"the {kind} table needs a column {column!r}; this one has "
                f"{named(table.columns, 10) or 'none'}."
            )


def _text(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series("", index=table.index, dtype=object)
    return table[column].astype("string").fillna("").astype(object).str.strip()


def _refuse_blank(table: pd.DataFrame, column: str, kind: str) -> None:
    blank = table[column] == ""
    if blank.any():
        first = table.loc[blank, "clip"].iloc[0] or f"row {table.index[blank][0]}"
        raise InputError(
            f"every row of the {kind} table needs a {column}; {int(blank.sum())} have none "
            f"(first: {first})."
        )


def _parsed(table: pd.DataFrame, column: str) -> tuple[pd.Series, pd.Series]:
    """Return a column as float, and which entries are something that is no number."""
    raw = table[column]
    blank = raw.isna() | (raw.astype("string").str.strip() == "").fillna(True).astype(bool)
    numbers = pd.to_numeric(raw.where(~blank), errors="coerce").astype("float64")
    return numbers, ~blank & ~np.isfinite(numbers)


def _numbers(table: pd.DataFrame, column: str, low: float, high: float) -> pd.Series:
    if column not in table:
        return pd.Series(np.nan, index=table.index, dtype="float64")
    numbers, bad = _parsed(table, column)
    bad |= (numbers < low) | (numbers > high)
    if bad.any():
        bounds = f"at least {low:g}" if np.isinf(high) else f"from {low:g} to {high:g}"
        raise InputError(
            f"{column!r} must be a number {bounds}; clip {table.loc[bad, 'clip'].iloc[0]} has "
            f"{str(table.loc[bad, column].iloc[0])!r}."
        )
    return numbers


def _whole(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series(pd.NA, index=table.index, dtype="Int64")
    numbers, bad = _parsed(table, column)
    bad |= (numbers < 0) | (numbers % 1 != 0) & numbers.notna()
    if bad.any():
        raise InputError(
            f"{column!r} must hold whole numbers from 0; clip {table.loc[bad, 'clip'].iloc[0]} "
            f"has {str(table.loc[bad, column].iloc[0])!r}."
        )
    return numbers.astype("Int64")


def _check_marks(table: pd.DataFrame, marks: Sequence[str]) -> None:
    """Type the marks in place, and refuse onset > apex, apex > offset or onset > offset."""
    for mark in marks:
        table[mark] = _whole(table, mark)
    for i, first in enumerate(marks):
        for second in marks[i + 1 :]:
            wrong = (table[first] > table[second]).fillna(False).astype(bool)
            if wrong.any():
                raise InputError(
                    f"{first!r} must not be after {second!r}; it is in clip "
                    f"{named(table.loc[wrong, 'clip'].unique())}."
                )


def _check_times(table: pd.DataFrame) -> None:
    given = table.loc[table["time"] != ""]
    parsed = pd.to_datetime(given["time"], format="ISO8601", utc=True, errors="coerce")
    if parsed.isna().any():
        raise InputError(
            "'time' must be ISO 8601, for example 2024-05-31T12:00:00+00:00; clip "
            f"{given.loc[parsed.isna(), 'clip'].iloc[0]} has "
            f"{given.loc[parsed.isna(), 'time'].iloc[0]!r}."
        )
