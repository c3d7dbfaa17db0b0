"""Coding tables in the form of CASME II and SAMM, written: one row per interval.

The published columns come first, in their order and with their names, so that code made for the
published table reads this one; what it has no place for stands in columns after them. SAMM's table
has thirteen rows of notes above its header, and so has this.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sttm.atomic import replacing
from sttm.errors import InputError, unknown_name

from ..scheme import MARKS
from ..statement import Interval
from .base import Said, newest
from .cells import guarded, joined
from .coding_tables import ACTION_UNIT, LABEL, NUMBERS, SAMM_CLIP, Frames
from .matching import ClipNames, Facts

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

FURTHER = (
    *("Intensity", "Side", "Sure", "Flags", "Annotator", "Turn", "Time", "Clip"),
)  # what the published tables have no place for
CASME2 = (
    *("Subject", "Filename", "", "OnsetFrame", "ApexFrame", "OffsetFrame", ""),
    *("Action Units", "Estimated Emotion", "Notes", *FURTHER),
)
SAMM = (
    *("Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame"),
    *("Duration", "Micro", "Action Units", "Estimated Emotion", "Objective Classes", "Notes"),
    *FURTHER,
)
NOTES = (
    "Coding table in the form of SAMM",
    "One row per labelled interval of a clip.",
    "Subject: number of the person, as text.",
    "Filename: name of the clip's folder.",
    "Onset, apex and offset frame: numbers in the names of the image files.",
    "A mark that is blank was not set.",
    "Duration: frames from onset to offset, both counted.",
    "Columns after Notes are not in the published table.",
    "",
    "",
    "",
    "",
    "",
)
AU_LINE = r"AU (?=[LR0-9])[0-9LRA-E+,; ]+"
Cell = str | int | float | None
Numbers = Literal["files", "zero", "one"]


def write_casme2_table(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    column: str = LABEL,
    numbers: Numbers = "files",
    root: str | Path | None = None,
) -> list[Path]:
    """Write a coding table in the form of CASME II; see ``write_coding_table``."""
    more: dict[str, Any] = {"column": column, "numbers": numbers, "root": root}
    return write_coding_table(path, opinions, clips, scheme, form="casme2", **more)


def write_samm_table(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    column: str = LABEL,
    numbers: Numbers = "files",
    root: str | Path | None = None,
) -> list[Path]:
    """Write a coding table in the form of SAMM; see ``write_coding_table``."""
    more: dict[str, Any] = {"column": column, "numbers": numbers, "root": root}
    return write_coding_table(path, opinions, clips, scheme, form="samm", **more)


def write_coding_table(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    form: Literal["casme2", "samm"],
    column: str = LABEL,
    numbers: Numbers = "files",
    root: str | Path | None = None,
) -> list[Path]:
    """Write a coding table in the form of CASME II or SAMM.

    Parameters
    ----------
    path : str or Path
        ``.xlsx`` or ``.csv``.
    opinions : sequence of opinions
        The newest of each annotator about a clip is written. Published tables have one row per
        clip; with several annotators or intervals there are more.
    clips : DataFrame
        A clips table.
    scheme : Scheme
        Not looked at; writers have the same arguments.
    form : {"casme2", "samm"}
    column : str
        Where the label stands, such as ``Objective Classes`` or ``Action Units``.
    numbers : {"files", "zero", "one"}
        What frames are written as: the numbers in the names of the image files, or frames of the
        source from 0 or from 1.
    root : str or Path, optional
        Folder that the clips' sources are below.

    Returns
    -------
    list of Path
        The file.

    Raises
    ------
    InputError
        When the file cannot be written, a clip's images are not there, or an option is unknown.
    """
    path = Path(path)
    columns = {"casme2": CASME2, "samm": SAMM}[form]
    if column not in ("Action Units", LABEL, "Objective Classes") or column not in columns:
        raise InputError(unknown_name("column for labels", column, ("Action Units", LABEL)))
    if numbers not in NUMBERS:
        raise InputError(unknown_name("kind of frame numbers", numbers, NUMBERS))
    known = ClipNames(clips).facts
    places = Frames(numbers, (root, path.parent))
    rows = [
        _row(opinion, interval, known[opinion.clip], form, column, places)
        for opinion in newest(opinions)
        for interval in opinion.statement.intervals or (Interval(""),)
        if opinion.clip in known
    ]
    table: list[list[Cell]] = [[note] for note in NOTES] if form == "samm" else []
    table.append(list(columns))
    table += [[row.get(name) if name else None for name in columns] for row in rows]
    if path.suffix.lower() == ".xlsx":
        _write_book(path, table)
    elif path.suffix.lower() == ".csv":
        _write_text(path, table, len(columns))
    else:
        raise InputError(f"a coding table is an .xlsx or a .csv file; {path.name} is neither.")
    return [path]


def _row(
    opinion: Said, interval: Interval, facts: Facts, form: str, column: str, places: Frames
) -> dict[str, Cell]:
    spaced = " " if form == "samm" else ""
    said = opinion.statement
    subject, file = _name(facts, form)
    row: dict[str, Cell] = {"Subject": subject, "Filename": file}
    for mark in MARKS:
        frame = getattr(interval, mark)
        blank = "/" if form == "casme2" and mark == "apex" and interval.label else None
        number = blank if frame is None else places.number(frame, facts)
        row[f"{mark.capitalize()}{spaced}Frame"] = number
    if interval.onset is not None and interval.offset is not None:
        row["Duration"] = interval.offset - interval.onset + 1
    units, row["Notes"] = _divided(said.comment, column)
    row["Action Units"] = units
    row[column] = _word(interval.label, form) if column == LABEL else _unit(interval.label)
    row |= {"Intensity": interval.intensity, "Side": interval.side, "Sure": said.sure}
    row |= {"Flags": joined(said.flags), "Annotator": opinion.annotator, "Time": opinion.time}
    return row | {"Turn": opinion.turn or None, "Clip": opinion.clip}


def _name(facts: Facts, form: str) -> tuple[str | int, str]:
    """Return the subject and the file name of a clip, as the published table writes them."""
    file = re.split(r"[/\\]", facts.clip)[-1]
    subject = facts.subject or (re.split(r"[/\\_]", facts.clip)[0] if file != facts.clip else "")
    named_by = re.fullmatch(SAMM_CLIP, file)
    if form == "samm":
        digits = re.fullmatch(r"(?i)(?:sub|s)?0*([0-9]{1,3})", subject)
        own = named_by[1] if named_by else subject
        return (f"{int(digits[1]):03d}" if digits else own), file
    digits = re.fullmatch(r"(?i)sub[ _-]?0*([0-9]{1,3})", subject)
    return (int(digits[1]) if digits else subject), file


def _divided(comment: str, column: str) -> tuple[str, str]:
    """Return action units that stand first in a comment, and the rest of it."""
    first, _, rest = comment.partition("\n")
    if column != "Action Units" and re.fullmatch(AU_LINE, first) and first == first.strip():
        return first.removeprefix("AU "), rest
    return "", comment


def _word(label: str, form: str) -> str:
    return label.capitalize() if form == "samm" and label.islower() else label


def _unit(label: str) -> str:
    unit = re.fullmatch(ACTION_UNIT, label)
    return unit[2] if unit and label == f"AU{unit[2]}" else label


# files ------------------------------------------------------------------------------------------


def _write_book(path: Path, table: list[list[Cell]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("codes")
    for row in table:
        cells = []
        for value in row:
            text = isinstance(value, str)
            shown = ILLEGAL_CHARACTERS_RE.sub("", str(value)) if text else value
            cell = WriteOnlyCell(sheet, value=shown or (None if text else shown))
            if text and shown:
                cell.data_type = "s"  # a text that begins with = is no formula
            cells.append(cell)
        sheet.append(cells)
    with replacing(path) as part:
        book.save(part)


def _write_text(path: Path, table: list[list[Cell]], width: int) -> None:
    """Write a CSV file; rows of notes are filled up, so that all rows are of one width."""
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in table:
            filled = [*row, *[None] * (width - len(row))]
            writer.writerow([guarded(v) if isinstance(v, str) else v for v in filled])
