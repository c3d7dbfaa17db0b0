"""Labels from a CSV file that a person wrote: read kindly, refused clearly."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

SEPARATORS = (",", ";", "\t")
LARGEST_CELL = 1 << 17  # characters


def read_hand_csv(
    path: str | Path, wanted: Mapping[str, str], welcome: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the wanted columns of a CSV file as text, one row per clip.

    UTF-8 with or without a byte order mark (UTF-16 with one); separated by comma, semicolon or
    tab; stray spaces and blank lines are ignored; a row that is there twice counts once.

    Parameters
    ----------
    path : str or Path
    wanted : mapping
        Name in the file (upper or lower case) -> our name; ``clip`` must be among ours.
    welcome : sequence of str
        Columns that are read where they exist; all others are left out.

    Raises
    ------
    InputError
        When the file cannot be read, a column or a cell is missing, a row has too many cells, or
        a clip has two labels; with the line.
    """
    path = Path(path)
    header, rows = _read_rows(path)
    names = _columns(path, header, wanted, welcome)
    seen: dict[str, tuple[int, dict[str, str]]] = {}
    for line, cells in rows:
        row = _row(path, line, header, cells, names)
        first, same = seen.setdefault(row["clip"], (line, row))
        if same != row:
            raise InputError(
                f"{path.name} says two things about clip {row['clip']!r}: lines {first} and "
                f"{line} differ; keep one of them."
            )
    if not seen:
        raise InputError(f"{path.name} has a header but no rows; give at least one clip.")
    return pd.DataFrame([row for _, row in seen.values()])


def _read_rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and (line number, cells) of every row that is not blank."""
    text = _read_text(path)
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InputError(f"{path.name} is empty; it needs a header line such as 'clip,label'.")
    separator = max(SEPARATORS, key=lines[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    before = csv.field_size_limit(LARGEST_CELL)  # other libraries change it for the whole process
    try:
        found = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise InputError(f"{path.name} is no CSV file, line {reader.line_num}: {error}.") from None
    finally:
        csv.field_size_limit(before)
    filled = [(line, cells) for line, cells in found if any(cells)]
    if not filled:
        raise InputError(f"{path.name} is empty; it needs a header line such as 'clip,label'.")
    return filled[0][1], filled[1:]


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}.") from None
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return raw.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path.name} must be UTF-8 text; byte {error.start} is not. Save it as 'CSV UTF-8'."
        ) from None


def _columns(
    path: Path, header: list[str], wanted: Mapping[str, str], welcome: Sequence[str]
) -> dict[int, str]:
    """Return position -> our name of the columns that are used."""
    lower = [cell.lower() for cell in header]
    out = {}
    for theirs, ours in wanted.items():
        if theirs.lower() not in lower:
            near = difflib.get_close_matches(theirs.lower(), lower, n=1)
            hint = f"; did you mean {header[lower.index(near[0])]!r}?" if near else "."
            raise InputError(
                f"{path.name} needs a column {theirs!r} and has {named(header, 10)}{hint}"
            )
        out[lower.index(theirs.lower())] = ours
    for ours in welcome:
        if ours in lower:
            out.setdefault(lower.index(ours), ours)
    doubled = sorted({h for h in lower if lower.count(h) > 1 and h in [lower[i] for i in out]})
    if doubled:
        raise InputError(f"{path.name} has two columns named {named(doubled)}; keep one.")
    return out


def _row(
    path: Path, line: int, header: list[str], cells: list[str], names: dict[int, str]
) -> dict[str, str]:
    if len(cells) > len(header) and any(cells[len(header) :]):
        raise InputError(
            f"{path.name}, line {line}: {len(cells)} cells under {len(header)} columns; put text "
            "that holds the separator in double quotes."
        )
    row = {ours: cells[i] if i < len(cells) else "" for i, ours in names.items()}
    for column in ("clip", "label"):
        undecided = column == "label" and row.get("status") == "undecided"
        if not row.get(column, "-") and not undecided:
            raise InputError(f"{path.name}, line {line}: the {column} is missing.")
    return row
