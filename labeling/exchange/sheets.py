"""Coding tables: the rows of a workbook (.xlsx), or of text saved from it, as text.

Published sets come with a workbook that somebody may have opened, sorted, saved as CSV or locked.
The header row is found by the names of the columns that are wanted, wherever it is; case, spaces,
line breaks and punctuation in those names do not matter.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..hand_csv import LARGEST_CELL
from .base import read_raw

BOOKS = (".xlsx", ".xlsm")
TEXTS = (".csv", ".tsv", ".txt")
OLD_BOOKS = (".xls", ".xlsb", ".ods")
ROW = "row"  # the column that says where in the file a row lies, from 1
LARGEST_TABLE = 64 << 20  # bytes
LARGEST_BOOK = 512 << 20  # bytes, unpacked
LONGEST_NAME = 30  # characters of a column's name that are shown
MOST_ROWS, MOST_COLUMNS = 10_000, 64
SEPARATORS = (",", ";", "\t", "|")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # how a workbook begins; an old or a locked one
SAVE = "save it as .xlsx or as .csv"

Cells = list[list[str]]
Columns = Mapping[str, Sequence[str]]


def read_sheet(path: Path, needed: Columns, welcome: Columns | None = None) -> pd.DataFrame:
    """Return the wanted columns of a coding table as text, and ``row``, the row in the file.

    The first sheet that has all needed columns is taken. Rows that are blank in the first needed
    column are left out. A number that is shown with leading zeros keeps them.

    Parameters
    ----------
    path : Path
        ``.xlsx``, or text with any separator.
    needed, welcome : mapping
        Our name of a column -> the names that it may have in the file; welcome ones may be missing
        and are then blank.

    Raises
    ------
    InputError
        When the file cannot be read, has no row with all needed columns, or has none below it.
    """
    welcome = welcome or {}
    nearest: tuple[int, list[str]] = (-1, [])
    for cells in _sheets(path):
        for number, row in enumerate(cells):
            columns = _columns(row, {**needed, **welcome})
            missing = [name for name in needed if name not in columns]
            if not missing:
                _refuse_doubled(path, row, {**needed, **welcome})
                return _table(path, cells, number, columns, [*needed, *welcome], next(iter(needed)))
            nearest = max(nearest, (len(columns), row), key=lambda pair: pair[0])
    raise InputError(_no_header(path, needed, nearest))


def plain(name: str) -> str:
    """Return the name of a column without what people change in it.

    >>> plain("Onset\\nFrame "), plain("OnsetFrame")
    ('onsetframe', 'onsetframe')
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def whole_number(text: str) -> int | None:
    """Return the frame number in a cell; nothing where it holds none, such as ``/``.

    >>> whole_number("46"), whole_number("46.0"), whole_number("/"), whole_number("-1")
    (46, 46, None, None)
    """
    found = re.fullmatch(r"([0-9]{1,15})(?:\.0*)?", text.strip())
    return int(found.group(1)) if found else None


def cell_text(value: Any, shown_as: str = "General") -> str:
    """Return what a cell of a workbook shows: 46.0 as ``46``, 6 formatted ``000`` as ``006``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and value >= 0:
        zeros = re.fullmatch(r"0+", shown_as.partition(";")[0])
        return str(value).zfill(len(zeros.group()) if zeros else 0)
    return str(value).strip()


# the header -------------------------------------------------------------------------------------


def _columns(row: Sequence[str], wanted: Columns) -> dict[str, int]:
    """Return our name -> position of the columns that a row names."""
    names = [plain(cell) for cell in row]
    found = {}
    for ours, theirs in wanted.items():
        places = [names.index(plain(t)) for t in theirs if plain(t) in names]
        if places:
            found[ours] = places[0]
    return found


def _refuse_doubled(path: Path, row: Sequence[str], wanted: Columns) -> None:
    names = [plain(cell) for cell in row]
    used = {plain(t) for theirs in wanted.values() for t in theirs}
    doubled = sorted({c.strip() for c in row if plain(c) in used and names.count(plain(c)) > 1})
    if doubled:
        raise InputError(f"{path.name} has two columns named {named(doubled)}; keep one.")


def _table(
    path: Path, cells: Cells, header: int, columns: dict[str, int], order: list[str], key: str
) -> pd.DataFrame:
    rows = []
    for number, row in enumerate(cells[header + 1 :], header + 2):
        values = {c: row[i].strip() if i < len(row) else "" for c, i in columns.items()}
        if values[key]:
            rows.append({ROW: number, **{c: values.get(c, "") for c in order}})
    if not rows:
        raise InputError(f"{path.name} has a header (row {header + 1}) but no rows below it.")
    return pd.DataFrame(rows)


def _no_header(path: Path, needed: Columns, nearest: tuple[int, list[str]]) -> str:
    count, row = nearest
    names = [" ".join(c.split())[:LONGEST_NAME] for c in row if c.strip()]
    if count < 1:
        wanted = named([theirs[0] for theirs in needed.values()], 9)
        return f"{path.name} must have a row that names its columns ({wanted}); none does."
    have = {plain(n): n for n in names}
    lacking = [theirs[0] for ours, theirs in needed.items() if ours not in _columns(row, needed)]
    near = difflib.get_close_matches(plain(lacking[0]), list(have), n=1)
    hint = f"; did you mean {have[near[0]]!r}? Rename it." if near else "."
    return f"{path.name} needs a column {lacking[0]!r} and has {named(names, 12)}{hint}"


# files ------------------------------------------------------------------------------------------


def _sheets(path: Path) -> Iterator[Cells]:
    """Yield the cells of each sheet; of text, as each separator divides them."""
    data = read_raw(path, LARGEST_TABLE)
    suffix = path.suffix.lower()
    if data.startswith(OLE):
        old = suffix in OLD_BOOKS
        what = "an old binary workbook" if old else "locked with a password, or an old workbook"
        raise InputError(f"{path.name} is {what}; open it and {SAVE}, without a password.")
    if data.startswith(ZIP):
        yield from _book(path, data)
    elif suffix in TEXTS:
        text = _decode(data)
        for separator in SEPARATORS:
            yield _text_cells(path, text, separator)
    else:
        raise InputError(f"{path.name} is no workbook that can be read; {SAVE}.")


def _book(path: Path, data: bytes) -> Iterator[Cells]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > LARGEST_BOOK:
            raise InputError(f"{path.name} is too long for a coding table; {SAVE}.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and links that are not looked at
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [_cells(sheet) for sheet in book.worksheets]
    except InputError:
        raise
    except Exception as error:  # a broken zip or XML shows in whatever the library then comes upon
        what = type(error).__name__
        raise InputError(f"{path.name} cannot be read ({what}); open it and {SAVE}.") from None
    yield from sheets


def _cells(sheet: Any) -> Cells:
    """Return the cells of a sheet; one that was formatted to its very end is cut."""
    sheet.reset_dimensions()  # some programs state them wrongly
    rows = sheet.iter_rows(max_row=MOST_ROWS, max_col=MOST_COLUMNS)
    return [
        ["" if c.value is None else cell_text(c.value, str(c.number_format)) for c in row]
        for row in rows
    ]


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:  # as Excel saves on Windows; the columns in use are ASCII
        return data.decode("cp1252", "replace")


def _text_cells(path: Path, text: str, separator: str) -> Cells:
    before = csv.field_size_limit(LARGEST_CELL)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        return [list(row) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path.name} is no table: {error}.") from None
    finally:
        csv.field_size_limit(before)
