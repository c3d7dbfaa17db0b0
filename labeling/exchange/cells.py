"""Tables as text: read kindly what a spreadsheet made of them, written so that none is changed.

A cell that begins with ``=``, ``+``, ``-``, ``@``, a tab, a line break or ``'`` is written with a
``'`` before it, so that no spreadsheet takes a comment for a formula, and read back without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sttm.atomic import replacing
from sttm.errors import InputError
from sttm.tables import named

from .base import read_text

SEPARATORS = (",", ";", "\t")
LARGEST_CELL = 1 << 17  # characters
FORMULA = tuple("=+-@\t\r\n'")


def guarded(text: str) -> str:
    """Return a cell's text such that no spreadsheet takes it for a formula.

    >>> guarded("=1+1"), guarded("joy"), unguarded(guarded("=1+1"))
    ("'=1+1", 'joy', '=1+1')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """Return the text that ``guarded`` was given; other text as it is."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def joined(names: Iterable[str]) -> str:
    """Return names in one cell.

    >>> joined(["unsure", "a;b"]), split(joined(["unsure", "a;b"]))
    ('unsure; a\\\\;b', ['unsure', 'a;b'])
    """
    return "; ".join(re.sub(r"([\\;])", r"\\\1", name) for name in names)


def split(cell: str) -> list[str]:
    """Return the names that ``joined`` was given, without the spaces around them."""
    parts = re.findall(r"(?:[^\\;]|\\.|\\$)+", cell, re.DOTALL)
    names = [re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL).strip() for part in parts]
    return [name for name in names if name]


def write_cells(
    path: str | Path,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, object]],
    *,
    guard: bool = True,
) -> None:
    """Write rows as a CSV file: UTF-8, comma, lines end as RFC 4180 says; None is blank.

    Without ``guard`` texts are written as they are, for tables that other readers take.

    Raises
    ------
    InputError
        When the place cannot be written to, or a text is no text (half a character).
    """
    try:
        with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([_cell(column, guard) for column in columns])
            for row in rows:
                writer.writerow([_cell(row.get(column), guard) for column in columns])
    except UnicodeEncodeError as error:
        raise InputError(
            f"{Path(path).name} cannot be written: a text has half a character "
            f"({error.object[error.start : error.end]!r}); correct it."
        ) from None


def _cell(value: object, guard: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return guarded(str(value)) if guard else str(value)


def read_cells(
    path: str | Path, needed: Sequence[str], known: Sequence[str] = ()
) -> tuple[list[str], list[tuple[int, dict[str, str]]], list[str]]:
    """Return the columns, (line number, row) of each row that is not blank, and notes.

    UTF-8 with or without a byte order mark (UTF-16 with one); separated by comma, semicolon or
    tab, also where a first line such as ``sep=;`` says so. Names of ``needed`` and
    ``known`` columns may be in upper case.

    Raises
    ------
    InputError
        When it is no such table, or a needed column is missing.
    """
    path = Path(path)
    header, lines = _lines(path)
    lower = {*needed, *known}
    names = [unguarded(cell.strip()) for cell in header]
    columns = [name.lower() if name.lower() in lower else name for name in names]
    for column in needed:
        if column not in columns:
            raise InputError(
                f"{path.name} needs a column {column!r}; it has "
                f"{named((h[:40] for h in header), 10) or 'none'}."
            )
    doubled = {c for c in columns if c and columns.count(c) > 1}
    if doubled:
        raise InputError(f"{path.name} has two columns named {named(sorted(doubled))}; keep one.")
    rows: list[tuple[int, dict[str, str]]] = []
    notes: list[str] = []
    for line, cells in lines:
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise InputError(
                f"{path.name}, line {line}: {len(cells)} cells under {len(columns)} columns; put "
                "text that holds the separator in double quotes."
            )
        if len(cells) < len(columns):
            notes.append(
                f"line {line} has {len(cells)} of {len(columns)} cells; the rest is blank."
            )
        padded = [*cells, *[""] * (len(columns) - len(cells))]
        texts = map(unguarded, padded)
        rows.append((line, {c: t for c, t in zip(columns, texts, strict=False) if c}))
    return [c for c in columns if c], rows, notes[:20]


def _lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header and (line number, cells) of every row that is not blank."""
    text = read_text(path)
    hint = re.match(r"(?i)\s*\"?sep=([,;\t])\"?[,;\t]*\r?\n", text)
    body = text[hint.end() :] if hint else text
    first = next((line for line in body.splitlines() if line.strip()), "")
    separator = hint[1] if hint else max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    before = csv.field_size_limit(LARGEST_CELL)  # other libraries change it for the whole process
    try:
        found = [(reader.line_num + bool(hint), cells) for cells in reader]
    except csv.Error as error:
        line = reader.line_num + bool(hint)
        raise InputError(f"{path.name} is no whole CSV file, line {line}: {error}.") from None
    finally:
        csv.field_size_limit(before)
    filled = [(line, cells) for line, cells in found if any(cell.strip() for cell in cells)]
    if not filled:
        raise InputError(f"{path.name} is empty; it needs a header line such as 'clip,label'.")
    return filled[0][1], filled[1:]
