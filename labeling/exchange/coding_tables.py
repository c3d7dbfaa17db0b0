"""The coding tables of CASME II and SAMM, read: one row per clip, frames by their files' numbers.

CASME II  ``Subject`` (a number), ``Filename``, ``OnsetFrame``, ``ApexFrame`` (``/`` where there is
          none), ``OffsetFrame``, ``Action Units``, ``Estimated Emotion``
SAMM      notes above the header, then ``Subject`` (``006``), ``Filename``, ``Onset Frame``, ``Apex
          Frame``, ``Offset Frame``, ``Action Units``, ``Estimated Emotion``, ``Objective Classes``,
          ``Notes``

Frames are the numbers in the names of the image files: in CASME II a folder may begin with
``img46.jpg``, in SAMM with ``006_05562.jpg``. Here a frame is a place in the folder, from 0, so the
folder must be there to look into. A row that cannot be is left out with a reason, never mended.

Sources: Yan et al. 2014, doi:10.1371/journal.pone.0086041 (CASME II); Davison et al. 2018,
doi:10.1109/TAFFC.2016.2573832 (SAMM), and the tables that come with the two sets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sttm.errors import InputError, UnreadableClip, unknown_name
from sttm.frames.folder import image_paths

from ..scheme import MARKS, Scheme
from ..statement import Interval, check_marks
from .base import Import
from .cells import split, unguarded
from .gathering import Gathering, shown
from .json_text import number, whole
from .matching import Facts
from .sheets import ROW, read_sheet

if TYPE_CHECKING:
    import pandas as pd

LABEL = "Estimated Emotion"
NEEDED = {
    "file": ["Filename"],
    "subject": ["Subject"],
    "onset": ["OnsetFrame"],
    "offset": ["OffsetFrame"],
}
WELCOME = {
    "apex": ["ApexFrame", "ApexFrame1"],
    "aus": ["Action Units"],
    "comment": ["Notes"],
    "intensity": ["Intensity"],
    "side": ["Side"],
    "sure": ["Sure"],
    "flags": ["Flags"],
    "annotator": ["Annotator"],
    "turn": ["Turn"],
    "time": ["Time"],
    "clip": ["Clip"],
}
NOTHING = ("", "/", "-", "n/a", "na", "none")
NUMBERS = ("files", "zero", "one")
ALIKE = (("other", "others"), ("happy", "happiness"), ("sad", "sadness"), ("angry", "anger"))
SIDES = {"L": "left", "R": "right"}
ACTION_UNIT = r"(?i)(?:AU\s*)?([LR])?\s*(?:AU\s*)?([0-9]{1,3})\s*([A-E])?"
SAMM_CLIP = r"([0-9]{1,3})_[0-9]+_[0-9]+"


def read_coding_table(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    column: str = LABEL,
    labels: Mapping[str, str] | None = None,
    numbers: Literal["files", "zero", "one"] = "files",
    impossible: Literal["skip", "drop"] = "skip",
    root: str | Path | None = None,
) -> Import:
    """Return the rows of a coding table as statements.

    A row whose clip is called after another subject, as in SAMM, is left out.

    Parameters
    ----------
    path : str or Path
        ``.xlsx``, or ``.csv`` saved from it.
    clips : DataFrame
        A clips table; a clip is the one whose name or folder is the row's file name, and whose
        subject, or a folder above it, is the row's subject.
    scheme : Scheme
    column : str
        Which column is the label; ``Objective Classes`` and ``Action Units`` are others. Action
        units such as ``L4+12B`` become one label ``AU4`` each, with its side and intensity.
    labels : mapping, optional
        Their word -> ours; case, and ``other`` or ``others``, need none.
    numbers : {"files", "zero", "one"}
        What frames in the table count: the numbers in the names of the image files, or frames of
        the source from 0 or from 1.
    impossible : {"skip", "drop"}
        A row with a mark that cannot be, such as an offset before its onset, is left out, or read
        without that mark.
    root : str or Path, optional
        Folder that the clips' sources are below; that of the table and the present one are tried
        as well.

    Raises
    ------
    InputError
        When the file cannot be read, has no such columns, or an option is something else.
    """
    if numbers not in NUMBERS:
        raise InputError(unknown_name("kind of frame numbers", numbers, NUMBERS))
    if impossible not in ("skip", "drop"):
        raise InputError(f"'impossible' is 'skip' or 'drop', not {impossible!r}.")
    welcome = {ours: names for ours, names in WELCOME.items() if column not in names}
    table = read_sheet(Path(path), {**NEEDED, "label": [column]}, welcome)
    found = Gathering(clips, scheme, labels={**_alike(scheme), **(labels or {})})
    places = Frames(numbers, (root, Path(path).parent))
    for values in table.to_dict("records"):
        row = {str(k): str(v) if k == ROW else unguarded(str(v)) for k, v in values.items()}
        where = f"row {row[ROW]}, {shown(row['file'])}"
        clip, reason = _clip(row, found)
        if clip:
            _read_row(row, where, clip, column, places, impossible == "drop", found)
        else:
            found.skip(f"{where}: {reason}.")
    return found.result()


def _alike(scheme: Scheme) -> dict[str, str]:
    """Return words that the scheme writes otherwise -> its word."""
    own = {name.casefold(): name for name in scheme.label_names}
    pairs = [pair for one, two in ALIKE for pair in ((one, two), (two, one))]
    return {theirs: own[ours] for theirs, ours in pairs if ours in own and theirs not in own}


# which clip -------------------------------------------------------------------------------------


def _clip(row: Mapping[str, str], found: Gathering) -> tuple[str, str]:
    """Return the clip of a row, or ("", reason)."""
    if row.get("clip", "") in found.clips.facts:  # as written here
        return row["clip"], ""
    file, subject = row["file"], row["subject"]
    named_by = re.fullmatch(SAMM_CLIP, file)
    if named_by and int(named_by[1]) != _digits(subject):
        return "", f"the row is of subject {shown(subject)}, and the clip is called after another"
    fits = [c for c in found.clips.candidates(file) if _is_of(found.facts(c), file, subject)]
    if len(fits) == 1:
        return fits[0], ""
    if fits:
        return "", f"it may be any of {len(fits)} clips"
    return "", f"no clip of subject {shown(subject)} is called so"


def _is_of(facts: Facts, file: str, subject: str) -> bool:
    """Say whether a clip may be of a subject: by the clips table, else by the folders above it."""
    wanted = _digits(subject)
    if facts.subject:
        own = _digits(facts.subject)
        return facts.subject.casefold() == subject.casefold() or (own == wanted is not None)
    folders = re.split(r"[/\\]", f"{facts.clip}/../{facts.source}")
    above = {_digits(f) for f in folders if re.fullmatch(r"(?i)(sub|s)?[ _-]?[0-9]{1,3}", f)}
    return not above or wanted in above


def _digits(text: str) -> int | None:
    found = re.search(r"[0-9]{1,9}", text)
    return int(found[0]) if found else None


# rows -------------------------------------------------------------------------------------------


def _read_row(
    row: Mapping[str, str],
    where: str,
    clip: str,
    column: str,
    places: Frames,
    drop: bool,
    found: Gathering,
) -> None:
    flags = split(row.get("flags", ""))
    blank = row["label"].casefold() in NOTHING and not found.labels.knows(row["label"])
    if blank and not flags and not row.get("clip"):
        found.skip(f"{where}: it gives the clip no label.")
        return
    marks = _marks(row, where, found.facts(clip), places, drop, found)
    if marks is None:
        return
    who, turn = row.get("annotator", ""), whole(row.get("turn", "")) or 0
    key = f"{turn}"
    wanted = [] if blank else _labels(row, column, where, found)
    for label, details in wanted:
        if not found.add(clip, who, Interval(label, **{**marks, **details}), where, key):
            return
    if wanted or blank:
        sure, time = number(row.get("sure", "")), row.get("time", "")
        comment = "\n".join(filter(None, (_action_units(row, column), row.get("comment", ""))))
        more: dict[str, Any] = {"flags": flags, "sure": sure, "turn": turn, "time": time}
        found.say(clip, who, key=key, comment=comment, **more)


def _action_units(row: Mapping[str, str], column: str) -> str:
    aus = row.get("aus", "")
    return f"AU {aus}" if aus.casefold() not in NOTHING and column not in WELCOME["aus"] else ""


def _labels(
    row: Mapping[str, str], column: str, where: str, found: Gathering
) -> list[tuple[str, dict[str, Any]]]:
    """Return the labels of a row, each with its intensity and side."""
    cell = row["label"]
    details: dict[str, Any] = {}
    if (level := number(row.get("intensity", ""))) is not None:
        details["intensity"] = level
    if row.get("side"):
        details["side"] = row["side"].casefold()
    if column not in WELCOME["aus"]:
        label = found.label(cell)
        return [] if label is None else [(label, details)]
    out: list[tuple[str, dict[str, Any]]] = []
    for part in filter(None, (p.strip() for p in re.split(r"[+,;]", cell))):
        unit = re.fullmatch(ACTION_UNIT, part)
        if unit is None and found.labels.knows(part):
            out.append((found.label(part) or part, details))
            continue
        if unit is None:
            found.skip(f"{where}: {shown(part)} is no action unit such as L4 or 12B.")
            continue
        side, code, letter = unit.groups()
        more: dict[str, Any] = dict(details)
        if side is not None:
            more["side"] = SIDES[side.upper()]
        if (rank := _rank(letter, found.scheme)) is not None:
            more["intensity"] = rank
        label = found.label(f"AU{int(code)}")
        out += [] if label is None else [(label, more)]
    return out


def _rank(letter: str | None, scheme: Scheme) -> float | None:
    levels = [name.upper() for name in scheme.intensity]
    return float(levels.index(letter.upper()) + 1) if letter and letter.upper() in levels else None


# frames -----------------------------------------------------------------------------------------


def _marks(
    row: Mapping[str, str],
    where: str,
    facts: Facts,
    places: Frames,
    drop: bool,
    found: Gathering,
) -> dict[str, Any] | None:
    """Return the marks of a row as frames of the source; None, and told, where they cannot be."""
    marks: dict[str, Any] = {}
    for mark in MARKS:
        cell = row.get(mark, "")
        if cell.casefold() in NOTHING:
            if mark == "apex":
                found.note("rows without an apex are read without one.")
            continue
        try:
            marks[mark] = places.frame(_number(cell, mark), mark, facts)
            check_marks(Interval("", **marks), facts.first, facts.last)
        except InputError as error:
            if not drop:
                found.skip(f"{where}: {error}")
                return None
            marks.pop(mark, None)
            found.note(f"{where}: {error} It is left out.")
    return marks


def _number(cell: str, mark: str) -> int:
    value = whole(cell)
    if value is None or value < 0:
        raise InputError(f"the {mark} must be a frame's number or '/'; it is {shown(cell)}.")
    return value


class Frames:
    """Frame numbers of a coding table and frames of a source, one made of the other.

    Parameters
    ----------
    numbers : {"files", "zero", "one"}
        What the table's numbers count; see ``read_coding_table``.
    roots : sequence of path or None
        Folders that relative sources may be below.
    """

    def __init__(self, numbers: str, roots: tuple[str | Path | None, ...]) -> None:
        self.first = {"zero": 0, "one": 1}.get(numbers)
        self.roots = [Path(r) for r in roots if r is not None]
        self._known: dict[str, list[int] | None] = {}

    def frame(self, number: int, mark: str, facts: Facts) -> int:
        """Return the frame of the source that a number means.

        Raises
        ------
        InputError
            When there is none.
        """
        if self.first is not None:
            if number < self.first:
                raise InputError(f"frames are counted from {self.first}; the {mark} is {number}.")
            return number - self.first
        files = self._files(facts)
        if number not in files:
            raise InputError(f"the {mark} is {number}, and no image of the clip has this number.")
        return files.index(number)

    def number(self, frame: int, facts: Facts) -> int:
        """Return the number that a table gives a frame of the source.

        Raises
        ------
        InputError
            When the folder of images is not there or too short.
        """
        if self.first is not None:
            return frame + self.first
        files = self._files(facts)
        if not 0 <= frame < len(files):
            raise InputError(f"{facts.source} has {len(files)} images, and no frame {frame}.")
        return files[frame]

    def _files(self, facts: Facts) -> list[int]:
        """Return the numbers of a clip's image files, in the order of its frames."""
        if facts.source not in self._known:
            self._known[facts.source] = self._look(facts.source)
        files = self._known[facts.source]
        if files is None:
            raise InputError(
                f"the clip's images must be there to look up their numbers; {shown(facts.source)} "
                "is no folder of numbered images. Say 'zero' or 'one' as 'numbers' where the table "
                "counts frames."
            )
        return files

    def _look(self, source: str) -> list[int] | None:
        for place in (*(root / source for root in self.roots), Path(source)):
            try:
                names = [p.stem for p in image_paths(place)]
            except (UnreadableClip, ValueError):
                continue
            found = [re.findall(r"[0-9]{1,15}", name) for name in names]
            numbers = [int(f[-1]) for f in found if f]
            if len(numbers) == len(names) == len(set(numbers)):
                return numbers
        return None
