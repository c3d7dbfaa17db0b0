"""Rows of a study's clips, from and to a clips table."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError, unknown_name

CLIP_ROW = (
    *("clip", "subject", "dataset", "source", "first", "last", "fps"),
    *("frames", "digest", "width", "height", "added"),
)
CLIP_FACTS = ("frames", "fps", "digest", "width", "height", "subject")
_WHOLE = ("first", "last", "frames", "width", "height")


def clip_rows(
    table: pd.DataFrame, root: Path, below: Path | None, added: str
) -> list[tuple[Any, ...]]:
    """Return the rows of a checked clips table, as the study keeps them.

    Parameters
    ----------
    table : DataFrame
    root : Path
        The study's root; sources are kept relative to it where they can be.
    below : Path or None
        Folder that relative sources of the table are below, if another.
    added : str
        When.
    """
    rows = []
    for record in table.to_dict("records"):
        values = {name: fact(name, record.get(name)) for name in CLIP_ROW if name != "added"}
        values["first"] = values["first"] or 0
        values["source"] = _source(str(values["source"]), root, below)
        rows.append((*(values.get(name) for name in CLIP_ROW[:-1]), added))
    return rows


def _source(source: str, root: Path, below: Path | None) -> str:
    if "\0" in source:
        raise InputError(f"{source!r} is no path of a clip: it holds a character of code 0.")
    path = Path(source)
    if below is not None and not path.is_absolute():
        path = below.absolute() / path
    if not path.is_absolute():
        return path.as_posix()
    try:
        return Path(os.path.relpath(path, root.absolute())).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def fact(name: str, value: Any) -> Any:
    """Return a value of a clip as the study keeps it: text, a whole number, a number or None."""
    if name not in (*_WHOLE, "fps"):
        return "" if value is None or value is pd.NA or value != value else str(value)
    if value is None or value is pd.NA or value != value or value == "":
        return None
    try:
        number = float(value)
        whole = int(number)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name!r} of a clip must be a number, not {value!r}.") from None
    if name == "fps":
        return number
    if whole != number:
        raise InputError(f"{name!r} of a clip must be a whole number, not {value!r}.")
    return whole


def clips_table(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Return the study's rows as a clips table."""
    table = pd.DataFrame(rows, columns=list(CLIP_ROW))
    whole = dict.fromkeys(_WHOLE, "Int64")
    return table.astype({**whole, "fps": "float64"})


def insert_clips(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> int:
    """Add the clips that are new, inside the open transaction, and return how many they are."""
    before = connection.total_changes
    names, marks = ", ".join(CLIP_ROW), ", ".join("?" * len(CLIP_ROW))
    connection.executemany(
        f"INSERT INTO clips ({names}) VALUES ({marks}) ON CONFLICT (clip) DO NOTHING", rows
    )
    return connection.total_changes - before


def learn(connection: sqlite3.Connection, clip: str, facts: Mapping[str, Any]) -> None:
    """Note facts of a clip, inside the open transaction.

    Raises
    ------
    InputError
        For an unknown fact or clip, or where something else is known.
    """
    for name in facts:
        if name not in CLIP_FACTS:
            raise InputError(unknown_name("fact of a clip", name, CLIP_FACTS))
    row = connection.execute(
        f"SELECT {', '.join(CLIP_FACTS)} FROM clips WHERE clip = ?", (clip,)
    ).fetchone()
    if row is None:
        raise InputError(f"the study has no clip {clip!r}.")
    for name, value in ((n, fact(n, v)) for n, v in facts.items()):
        known = row[CLIP_FACTS.index(name)]
        if value in (None, ""):
            continue
        if known in (None, ""):
            connection.execute(f"UPDATE clips SET {name} = ? WHERE clip = ?", (value, clip))
        elif name == "subject" and known != value:
            raise InputError(f"the subject of clip {clip!r} is {known!r} already, not {value!r}.")
        elif not _same(known, value):
            raise InputError(
                f"clip {clip!r} had {name} {known} when it was added, and now {value}: the file "
                "was replaced or changed."
            )


def _same(known: Any, value: Any) -> bool:
    if isinstance(known, float):
        return math.isclose(known, value, rel_tol=1e-3)
    return bool(known == value)
