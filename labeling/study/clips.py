"""Rows of a study's clips, from and to a clips table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError

CLIP_ROW = (
    *("clip", "subject", "dataset", "source", "first", "last", "fps"),
    *("frames", "digest", "width", "height", "added"),
)
CLIP_FACTS = ("frames", "fps", "digest", "width", "height")
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
