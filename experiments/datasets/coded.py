"""Sequences that a coding table lists: folders of frames, and marks as the numbers in file names.

What CASME II and SAMM share, in the order of use: ``holders`` finds the folder of the subjects,
``clip_folders`` the sequences in it, ``Coding`` is a row of the table in our words, ``add_codings``
turns marks into positions from 0 and says what became of every row and every folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labeling.tables import MARKS
from sttm.errors import UnreadableClip
from sttm.frames.folder import image_paths

from .disk import entries, folders, last_number
from .found import Found

DEPTH = 3  # folders between the path that a config names and the subjects


@dataclass(frozen=True)
class Coding:
    """One row of a coding table; marks are the numbers in file names, as the table gives them."""

    clip: str
    subject: str
    label: str
    marks: Mapping[str, int | None]
    aus: str
    row: int

    def says(self) -> tuple[object, ...]:
        """Return all but where it says it."""
        return (self.subject, self.label, *self.marks.values(), self.aus)


def holders(root: Path, subject: str, clip: str = "") -> list[Path]:
    """Return the folders at or below ``root`` that hold a subject's folder, nearest first.

    Parameters
    ----------
    root : Path
    subject, clip : str
        Regular expressions: the name of a subject's folder, and of a clip's folder in it, which
        must be there too unless it is blank.
    """
    found: list[Path] = []
    level = [root]
    for _ in range(DEPTH + 1):
        below = []
        for place in level:
            inside = folders(place)
            people = [p for p in inside if re.fullmatch(subject, p.name, re.IGNORECASE)]
            if any(not clip or _holds(p, clip) for p in people):
                found.append(place)
            else:
                below += inside
        level = below
    return found


def _holds(place: Path, name: str) -> bool:
    return any(re.fullmatch(name, p.name, re.IGNORECASE) for p in folders(place))


def clip_folders(
    base: Path,
    table: Path,
    found: Found,
    subject_of: Callable[[str], str],
    name: Callable[[str, str], str],
) -> dict[str, Path]:
    """Return clip, in lower case -> folder of its frames; what else lies there is left.

    Parameters
    ----------
    base : Path
        Folder of the subjects.
    table : Path
        The coding table, which may lie there.
    found : Found
        Is told of what is no clip.
    subject_of : callable
        Name of a folder in ``base`` -> subject; blank where it is no subject's.
    name : callable
        ``name(subject, folder)`` is the clip's name.
    """
    there: dict[str, Path] = {}
    for person in entries(base):
        subject = subject_of(person.name) if person.is_dir() else ""
        if not subject:
            if person.stem != table.stem:
                _leave(person, "no subject's folder", found)
            continue
        for folder in entries(person):
            key = name(subject, folder.name.strip()).casefold()
            if not folder.is_dir():
                _leave(folder, "lies beside the clips' folders", found)
            elif key in there:
                found.skip(folder, f"another folder is called the same: {found.shown(there[key])}")
            else:
                there[key] = folder
    return there


def _leave(path: Path, reason: str, found: Found) -> None:
    if not path.name.startswith("~$"):  # Excel's, beside an open table
        found.leave(path, reason)


def marks_in(images: Sequence[Path], marks: Mapping[str, int | None]) -> dict[str, int | None]:
    """Return marks as positions among the frames of a folder, from 0.

    A mark that names no frame of the folder is missing, and so is one that comes too early: an
    apex before its onset, an offset before its onset or apex. Where two frames have one number, or
    a frame has none, all marks are missing.

    >>> images = [Path(f"img{n}.jpg") for n in (46, 47, 48)]
    >>> marks_in(images, {"onset": 46, "apex": 48, "offset": 50})
    {'onset': 0, 'apex': 2, 'offset': None}
    """
    numbers = [last_number(p.stem) for p in images]
    clear = None not in numbers and len(set(numbers)) == len(numbers)
    at = {n: i for i, n in enumerate(numbers)} if clear else {}
    found: dict[str, int | None] = {}
    latest = 0
    for mark in MARKS:
        number = marks.get(mark)
        place = None if number is None else at.get(number)
        found[mark] = None if place is None or place < latest else place
        latest = found[mark] or latest
    return found


def add_codings(
    codings: Iterable[Coding], there: Mapping[str, Path], found: Found, fps: float
) -> None:
    """Add the clips whose folder is there, and say of all others why they are left out.

    Parameters
    ----------
    codings : iterable of Coding
    there : mapping
        Clip, in lower case -> its folder.
    found : Found
    fps : float
        Frames per second.
    """
    listed: dict[str, list[Coding]] = {}
    for coding in codings:
        listed.setdefault(coding.clip.casefold(), []).append(coding)
    for key, rows in listed.items():
        coding, reason = rows[0], _refused(rows)
        if key not in there:
            found.skip(coding.clip, reason or "its folder is not there")
        elif reason:
            found.skip(coding.clip, reason)
        else:
            _add(coding, there[key], found, fps)
    for key, folder in there.items():
        if key not in listed:
            found.skip(folder, "it has no row in the coding table")


def _refused(rows: Sequence[Coding]) -> str:
    """Return why the rows of one clip cannot be used, if they cannot."""
    if len({r.says() for r in rows}) > 1:
        lines = " and ".join(str(r.row) for r in rows)
        return f"rows {lines} of the coding table say different things of it"
    return "" if rows[0].label else f"row {rows[0].row} of the coding table gives it no label"


def _add(coding: Coding, folder: Path, found: Found, fps: float) -> None:
    try:
        images = image_paths(folder)
    except UnreadableClip:
        images = []
    if len(images) < 2:
        found.skip(coding.clip, "its folder holds fewer than two images")
        return
    marks = marks_in(images, coding.marks)
    columns = {"subject": coding.subject, "label": coding.label, "aus": coding.aus, "fps": fps}
    found.clip(coding.clip, folder, **columns, **marks)


def lacking(found: Found) -> str:
    """Return how many clips lack a mark, for the report: "; 2 without apex"."""
    counts = {m: sum(row.get(m) is None for row in found.rows) for m in MARKS}
    parts = [f"{n} without {m}" for m, n in counts.items() if n]
    return f"; {', '.join(parts)}" if parts else ""
