"""AFEW (Acted Facial Expressions in the Wild): clips from films, with an official split."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Literal

from pydantic import Field

from sttm.errors import InputError
from sttm.frames import list_clips, sort_out

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, entries, folders, why_empty
from .found import Found
from .vocabulary import label_of

PARTS = {"train": "train", "val": "validation", "test": "test"}
PART = re.compile(r"(train|val|test)(?:idation)?(?:[_ -]*afew)?", re.IGNORECASE)
# label -> clips for training and for validation, EmotiW 2016 to 2018
CLIPS = {
    "anger": (133, 64),
    "disgust": (74, 40),
    "fear": (81, 46),
    "happiness": (150, 63),
    "neutral": (144, 63),
    "sadness": (117, 61),
    "surprise": (74, 46),
}
DEPTH = 5  # of the folders of the parts below data.path


class AFEWData(DataSection):
    """AFEW, acted facial expressions in the wild."""

    kind: Literal["afew"] = "afew"
    path: Path = Field(description="Folder with Train_AFEW and Val_AFEW, wrapped or not.")


def read_afew(settings: AFEWData) -> Dataset:
    """Return the clips of the official parts; nobody says who the actors are.

    Raises
    ------
    InputError
        When the folder is missing or holds no part of the set.
    """
    found = Found(data_folder(settings.path, "afew"))
    parts = _part_folders(found.root)
    if not parts:
        raise InputError(
            "data.path of afew must hold Train_AFEW and Val_AFEW with a folder per expression; "
            f"{found.root} holds neither."
        )
    for place, part in parts:
        _add_part(place, part, found)
    counts = Counter(str(row["part"]) for row in found.rows)
    split = ", ".join(f"{counts[part]} {part}" for part in PARTS.values() if part in counts)
    about = f"{{clips}} clips from films, AFEW ({split}); the actors are not named"
    return found.dataset("afew", about)


def _part_folders(root: Path) -> list[tuple[Path, str]]:
    """Return the innermost folders called like a part, with the part, in natural order."""
    found: list[tuple[Path, str]] = []
    waiting = [(root, 0)]
    while waiting:
        place, level = waiting.pop()
        part = PART.fullmatch(place.resolve().name if place == root else place.name)
        inner = [p for p in folders(place) if PART.fullmatch(p.name)]
        if part and not inner:
            found.append((place, PARTS[part[1].lower()]))
        elif level < DEPTH:
            waiting += [(p, level + 1) for p in reversed(inner or folders(place))]
    return found


def _add_part(place: Path, part: str, found: Found) -> None:
    inside = entries(place)
    if not inside:
        found.skip(place, why_empty(place))
    if part == "test" and not any(label_of(p.name) in CLIPS for p in inside):
        found.leave(place, "the labels of the test clips were never published")
        return
    for path in inside:
        label = label_of(path.name)
        if not path.is_dir():
            found.leave(path, "lies beside the folders of the expressions")
        elif label not in CLIPS:
            found.leave(path, "not called like one of the seven expressions")
        else:
            _add_label(path, label, part, found)


def _add_label(folder: Path, label: str, part: str, found: Found) -> None:
    try:
        listed, left_out = list_clips(folder)
    except InputError:
        found.skip(folder, why_empty(folder))
        return
    if not listed and not left_out:
        found.leave(folder, "an empty folder")
    clips, failed, strays = sort_out(listed, left_out, found.root)
    for path in clips:
        name = path.relative_to(folder).with_suffix("").as_posix()
        found.clip(f"{part}/{folder.name}/{name}", path, subject="", label=label, part=part)
    found.skipped += failed
    found.passed += strays


def published(settings: AFEWData) -> dict[str, int]:
    """Return the counts of training and validation as of EmotiW 2016 to 2018: 773 and 383."""
    return {"clips": 1156, **{label: sum(counts) for label, counts in CLIPS.items()}}


READER = Reader(
    AFEWData,
    read_afew,
    Card(
        title="AFEW, Acted Facial Expressions in the Wild",
        layout="Train_AFEW/{Angry,Disgust,Fear,Happy,Neutral,Sad,Surprise}/000046280.avi\n"
        "Val_AFEW/... likewise; Test_AFEW has no labels\n"
        "the parts share no film and no actor: use protocol official-split",
        licence="For research that is not commercial, after the organisers of the EmotiW "
        "challenge have a signed agreement; ask Abhinav Dhall.",
        citation="Dhall, Goecke, Lucey, Gedeon: Collecting Large, Richly Annotated "
        "Facial-Expression Databases from Movies, IEEE MultiMedia 19(3), 2012, "
        "doi:10.1109/MMUL.2012.26.",
    ),
    published,
)
