"""The Extended Cohn-Kanade set (CK+): sequences from neutral to the peak of an expression.

Every file says in its own name what it is (``S005_001_00000011.png``,
``S005_001_00000011_emotion.txt``), so the folders around it may be nested and wrapped as they like.
A time code is burnt into the bottom of every picture: crop the face, or a classifier reads the
clock.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import Field

from sttm.errors import InputError
from sttm.frames.images import IMAGE_SUFFIXES
from sttm.tables import named

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, walk
from .found import Found

CODES = {
    1: "anger",
    2: "contempt",
    3: "disgust",
    4: "fear",
    5: "happiness",
    6: "sadness",
    7: "surprise",
}
LABELLED = dict(zip(CODES.values(), (45, 18, 59, 25, 69, 28, 83), strict=True))
NAME = re.compile(r"(S\d+)_(\d+)_\d+(?:_(emotion|facs|landmarks))?", re.IGNORECASE)
LONGEST = 4096  # bytes; a label file has 16, the longest list of action units some 500


class CKPlusData(DataSection):
    """The Extended Cohn-Kanade set (CK+)."""

    kind: Literal["ck+"] = "ck+"
    path: Path = Field(
        description="Folder that holds the images (cohn-kanade-images) and the labels (Emotion), "
        "however they were unpacked; FACS beside them gives the action units, Landmarks the 68 "
        "points that geometry takes as given."
    )


@dataclass
class _Files:
    """What lies there, by the name of the sequence."""

    images: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))  # folders
    counts: dict[Path, int] = field(default_factory=dict)
    emotion: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    facs: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    landmarks: dict[str, dict[Path, int]] = field(default_factory=lambda: defaultdict(dict))


def read_ckplus(settings: CKPlusData) -> Dataset:
    """Return the labelled sequences of CK+, onset 0 and apex at the last frame.

    Column ``landmarks`` of the clips names the folder of a sequence's 68 points, one file per
    frame, where there is one. Column ``aus`` of the labels lists the action units of the peak, such
    as ``4c+7b+17``, with the intensity as a letter, a to e, where it was given.

    Raises
    ------
    InputError
        When the folder is missing, or images or labels are not below it.
    """
    found = Found(data_folder(settings.path, "ck+"))
    there = _look(found)
    _refuse_half(there, found.root)
    for name in sorted({*there.images, *there.emotion}):
        if name not in there.emotion:
            found.leave(name, "no emotion label")
        elif name not in there.images:
            found.skip(name, "it has a label and no folder of images")
        else:
            _add(name, there, found)
    return found.dataset("ck+", "{clips} labelled sequences of {subjects} people from CK+")


def _look(found: Found) -> _Files:
    there = _Files()
    for place, inside in walk(found.root, found.skip):
        images = [p for p in inside if p.suffix.lower() in IMAGE_SUFFIXES]
        if images:
            _note_images(place, images, there, found)
        for path in inside:
            name, kind = _parse(path)
            if kind in ("emotion", "facs") and path.suffix.lower() == ".txt":
                if _misplaced(name, place):
                    found.skip(path, f"it lies in the folder of {_misplaced(name, place)}")
                else:
                    getattr(there, kind)[name].append(path)
            elif kind == "landmarks" and path.suffix.lower() == ".txt":
                folders = there.landmarks[name]
                folders[place] = folders.get(place, 0) + 1
            elif path not in images:
                found.leave(path, "no file of CK+")
    return there


def _parse(path: Path) -> tuple[str, str]:
    """Return the sequence that a file belongs to and the kind of file; blank for other files.

    >>> _parse(Path("S005_001_00000011_emotion.txt")), _parse(Path("s005_001_00000011.PNG"))
    (('S005_001', 'emotion'), ('S005_001', 'image'))
    """
    parts = NAME.fullmatch(path.stem.strip())
    if parts is None:
        return "", ""
    subject, number, kind = parts.groups()
    return f"{subject.upper()}_{number}", (kind or "image").lower()


def _misplaced(name: str, place: Path) -> str:
    """Return the sequence whose folder (``S005/001``) this is, if it is another one."""
    real = place.resolve()
    owner = f"{real.parent.name.upper()}_{real.name}"
    return owner if re.fullmatch(r"S\d+_\d+", owner) and owner != name else ""


def _note_images(place: Path, images: list[Path], there: _Files, found: Found) -> None:
    """Note a folder of images as a sequence, if it is one and only one."""
    parsed = [_parse(p) for p in images]
    strange = [p.name for p, (_, kind) in zip(images, parsed, strict=True) if kind != "image"]
    names = {name for name, kind in parsed if kind == "image"}
    if not names:
        found.leave(place, "its images are not called like those of CK+")
    elif strange:
        found.skip(place, f"{strange[0]} is not of the sequence; remove it")
    elif len(names) > 1:
        found.skip(place, f"holds images of {len(names)} sequences; give each its own folder")
    elif _misplaced(min(names), place):
        found.skip(place, f"holds the images of {min(names)}")
    else:
        there.images[min(names)].append(place)
        there.counts[place] = len(images)


def _refuse_half(there: _Files, root: Path) -> None:
    if there.images and there.emotion:
        return
    what = (
        "images and no label (*_emotion.txt)"
        if there.images
        else "labels and no images (S005_001_00000001.png)"
        if there.emotion
        else "neither"
    )
    raise InputError(
        "data.path of ck+ must be the folder that holds the images (cohn-kanade-images) and the "
        f"labels (Emotion); {root} holds {what}."
    )


def _add(name: str, there: _Files, found: Found) -> None:
    place, *copies = there.images[name]
    for copy in copies:
        found.skip(copy, f"another copy of {name}; {found.shown(place)} is used")
    if there.counts[place] < 2:
        found.skip(name, "a single image is no clip")
        return
    try:
        label = _label(there.emotion[name])
    except ValueError as error:
        found.skip(name, str(error))
        return
    columns = {"subject": name.split("_")[0], "label": label, "aus": _aus(name, there, found)}
    columns["landmarks"] = _landmarks(name, there, found)
    found.clip(name, place, **columns, onset=0, apex=there.counts[place] - 1)


def _label(paths: list[Path]) -> str:
    """Return what the label files of one sequence say; a ValueError says why they cannot."""
    codes = {_code(path) for path in paths}
    if len(codes) > 1:
        raise ValueError(f"its label files disagree: codes {' and '.join(map(str, sorted(codes)))}")
    code = codes.pop()
    if code not in CODES:
        raise ValueError(f"the code {code} in its label file names no expression; they are 1 to 7")
    return CODES[code]


def _code(path: Path) -> int:
    """Return the code in a label file, which is a float: ``   3.0000000e+00``."""
    try:
        rows = _numbers(path)
    except ValueError as error:
        raise ValueError(f"its label file {error}") from error
    if len(rows) != 1 or len(rows[0]) != 1 or rows[0][0] % 1:
        numbers = [f"{n:g}" for row in rows for n in row]
        raise ValueError(f"its label file must hold one code, not {named(numbers) or 'nothing'}")
    return int(rows[0][0])


def _numbers(path: Path) -> list[list[float]]:
    """Return the numbers of a small text file, line by line, blank lines left out."""
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST).decode("utf-8-sig")
        rows = [[float(word) for word in line.split()] for line in text.splitlines()]
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError("holds something else than numbers") from error
    if not all(math.isfinite(n) and n >= 0 for row in rows for n in row):
        raise ValueError("holds a number that cannot be")
    return [row for row in rows if row]


def _aus(name: str, there: _Files, found: Found) -> str:
    """Return the action units of a sequence as text; blank where they are not known."""
    for path in there.facs.get(name, [])[:1]:
        try:
            rows = _numbers(path)
        except ValueError as error:
            found.leave(path, str(error))
            return ""
        if any(len(row) != 2 or row[0] % 1 for row in rows):
            found.leave(path, "its lines must be an action unit and an intensity")
            return ""
        return "+".join(_unit(int(unit), intensity) for unit, intensity in rows)
    return ""


def _landmarks(name: str, there: _Files, found: Found) -> str:
    """Return the folder of a sequence's points, below the root; blank where they are not whole."""
    frames = there.counts[there.images[name][0]]
    for place, count in there.landmarks.get(name, {}).items():
        if count == frames:
            return found.shown(place)
        found.leave(place, f"it has the points of {count} of {frames} frames")
    return ""


def _unit(unit: int, intensity: float) -> str:
    """Return an action unit with its intensity, 1 to 5, as a letter; 0 means not given.

    >>> _unit(4, 3.0), _unit(17, 0.0)
    ('4c', '17')
    """
    return f"{unit}{'abcde'[int(intensity) - 1] if 1 <= intensity <= 5 else ''}"


def published(settings: CKPlusData) -> dict[str, int]:
    """Return the counts of the labelled sequences (Lucey et al. 2010, table 1)."""
    return {"clips": 327, "subjects": 118, **LABELLED}


READER = Reader(
    CKPlusData,
    read_ckplus,
    Card(
        title="The Extended Cohn-Kanade set (CK+)",
        layout="cohn-kanade-images/S005/001/S005_001_00000001.png (neutral to peak)\n"
        "Emotion/S005/001/S005_001_00000011_emotion.txt (327 of 593 sequences)\n"
        "FACS/S005/001/S005_001_00000011_facs.txt (action units, optional)\n"
        "Landmarks/S005/001/S005_001_00000001_landmarks.txt (68 points a frame, optional)\n"
        "wrapped or not: extended-cohn-kanade-images/, Emotion_labels/, FACS_labels/\n"
        "a time code is burnt into the bottom of every picture: do not use finder: whole",
        licence="Free for research that is not commercial, after the agreement at "
        "jeffcohn.net/Resources is signed; only the people that it names may be shown in print.",
        citation="Lucey, Cohn, Kanade, Saragih, Ambadar, Matthews: The Extended Cohn-Kanade "
        "Dataset (CK+), CVPR Workshops 2010, doi:10.1109/CVPRW.2010.5543262; Kanade, Cohn, Tian: "
        "Comprehensive Database for Facial Expression Analysis, FG 2000, "
        "doi:10.1109/AFGR.2000.840611.",
    ),
    published,
)
