"""FERPlus votes (``fer2013new.csv``), read as the opinions of ten annotators.

A row is a picture of FER2013: ``Usage, Image name``, then how many of ten people said ``neutral,
happiness, surprise, sadness, anger, disgust, fear, contempt, unknown`` and ``NF`` (no face). Who
said what was not published, only how many. The votes of a row are laid out in the order of the
columns and given to ``voter 01`` to ``voter 10``: three neutral and seven sad ones make voters 01
to 03 say neutral and the others sadness. So a voter is a place in a row and not a person; agreement
between all of them (Fleiss, Krippendorff) is what the votes say, but nothing that is about one
voter, such as a reliability, means anything.

Source: Barsoum, Zhang, Canton Ferrer, Zhang 2016, doi:10.1145/2993148.2993165;
https://github.com/microsoft/FERPlus.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sttm.errors import InputError

from ..hand_csv import LARGEST_CELL
from ..statement import Interval, Statement
from .base import Import, read_text
from .gathering import Gathering, shown
from .json_text import whole

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

WORDS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
UNSURE, NO_FACE = "unknown", "NF"
COLUMNS = (*WORDS, UNSURE, NO_FACE)
VOTES = 10
BLANK = "rows with a blank image name are no pictures of FERPlus; they are left out."
MOST_VOTES = 99  # of one row
ROW_NAME = "fer2013-{:05d}"  # what the data set's reader calls the picture of a row


def read_ferplus_votes(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    unknown: Literal["label", "skip"] = "label",
    no_face: Literal["label", "skip"] = "label",
    labels: Mapping[str, str] | None = None,
) -> Import:
    """Return the votes of FERPlus as statements of ``voter 01``, ``voter 02``, and so on.

    A clip is found by its image name, with or without a suffix, or by its row, counted from 0, as
    the FER2013 reader names it (``fer2013-00000``).

    Parameters
    ----------
    path : str or Path
        ``fer2013new.csv``.
    clips : DataFrame
        A clips table.
    scheme : Scheme
    unknown, no_face : {"label", "skip"}
        What becomes of votes for ``unknown`` and ``NF``: the label of that name, where the scheme
        has one (else the flag of that name, else they are counted as unknown labels), or nothing.
    labels : mapping, optional
        Their column -> our label.

    Raises
    ------
    InputError
        When the file is no such table, or ``unknown`` or ``no_face`` is something else.
    """
    for option in (unknown, no_face):
        if option not in ("label", "skip"):
            raise InputError(f"'unknown' and 'no_face' are 'label' or 'skip', not {option!r}.")
    header, rows = _table(Path(path))
    found = Gathering(clips, scheme, labels=labels)
    left_out = {c for c, o in ((UNSURE, unknown), (NO_FACE, no_face)) if o == "skip"}
    said = {c: None if c in left_out else _statement(c, found) for c in COLUMNS}
    out: list[tuple[str, str, Statement]] = []
    unknown_pictures = 0
    for index, cells in enumerate(rows):
        values = dict(zip(header, cells, strict=False))
        image = values.get("image name", "").strip()
        clip = _clip(image, index, found)
        unknown_pictures += bool(image and not clip)
        counts = _counts(values, index, found) if clip else {}
        laid_out = [c for c, n in counts.items() for _ in range(n)]
        for place, column in enumerate(laid_out, 1):
            statement = said[column]
            if statement is not None:
                out.append((clip, f"voter {place:02d}", statement))
            elif column not in left_out:
                found.labels.find(column)
    if unknown_pictures:
        found.skip(f"{unknown_pictures} rows are of pictures that are no clips of the study.")
    found.note(
        "the votes are anonymous: voter n is the n-th vote of a row in the order of the columns, "
        "and not the same person in all rows."
    )
    told = found.result()
    return Import(rows=out, notes=told.notes, skipped=told.skipped)


def _statement(column: str, found: Gathering) -> Statement | None:
    """Return what one vote says, or None where the scheme has no word for it."""
    if not found.labels.knows(column) and column in found.scheme.flag_names:
        return Statement(flags=(column,))
    if not found.labels.knows(column) and not found.labels.free:
        return None
    label = found.label(column)
    return None if label is None else Statement((Interval(label),))


def _table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header in lower case, and the rows below it."""
    text = read_text(path)
    before = csv.field_size_limit(LARGEST_CELL)
    try:
        cells = [r for r in csv.reader(io.StringIO(text, newline="")) if len(r) > 1]
    except csv.Error as error:
        raise InputError(f"{path.name} is no CSV file: {error}.") from None
    finally:
        csv.field_size_limit(before)
    header = [c.strip().casefold() for c in cells[0]] if cells else []
    lacking = [c for c in ("image name", *COLUMNS) if c.casefold() not in header]
    if lacking:
        raise InputError(
            f"{path.name} needs a column {lacking[0]!r}; give FERPlus' fer2013new.csv."
        )
    if len(set(header)) < len(header):
        raise InputError(f"{path.name} has two columns of one name; keep one of them.")
    return header, [r for r in cells[1:] if r[0].strip().casefold() != header[0]]


def _clip(image: str, index: int, found: Gathering) -> str:
    """Return the clip of a row, by its image name or its number; nothing where there is none."""
    by_row = ROW_NAME.format(index)
    if not image:
        found.note(BLANK)
        return ""
    if by_row in found.clips.facts:
        return by_row
    if not found.clips.candidates(image):
        return ""
    clip, reason = found.clips.find(image)
    if not clip:
        found.skip(f"row {index}: {reason}.")
    return clip


def _counts(values: Mapping[str, str], index: int, found: Gathering) -> dict[str, int]:
    """Return column -> votes; nothing where a cell is no number of votes."""
    counts: dict[str, int] = {}
    for column in COLUMNS:
        given = values.get(column.casefold(), "")
        number = whole(given) if given.strip() else 0
        if number is None or number < 0:
            found.skip(f"row {index}: {column} must be a number of votes, not {shown(given)}.")
            return {}
        counts[column] = number
    total = sum(counts.values())
    if total > MOST_VOTES:
        found.skip(f"row {index}: a row has at most {MOST_VOTES} votes, not {total}.")
        return {}
    if total != VOTES:
        found.note(f"rows with {total} votes instead of {VOTES} are kept.")
    return counts
