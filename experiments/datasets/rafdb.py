"""RAF-DB: faces from the web, each labelled by about 40 people; its seven basic expressions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from sttm.errors import InputError

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, find_files, find_folder
from .found import Found
from .pictures import Listed, in_parts, on_disk, still_packed

LIST = "list_patition_label.txt"  # spelt so
WORDS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")  # 1 to 7
CODES = {str(code): word for code, word in enumerate(WORDS, 1)}
TRAIN = (1290, 281, 717, 4772, 1982, 705, 2524)
TEST = (329, 74, 160, 1185, 478, 162, 680)
PARTS = ("train", "test")


class RafDbData(DataSection):
    """The basic expressions of the Real-world Affective Faces Database."""

    kind: Literal["raf-db"] = "raf-db"
    path: Path = Field(description="Folder basic, with EmoLabel and Image in it, or above it.")
    pictures: Literal["aligned", "original"] = Field(
        "aligned",
        description="aligned: faces of 100x100 pixels, cut out and levelled by the authors (use "
        "faces.finder: whole); original: whole pictures.",
    )


def read_rafdb(settings: RafDbData) -> Dataset:
    """Return the pictures that the list of RAF-DB names; nothing is known of who is on them.

    Raises
    ------
    InputError
        When the list or the pictures are missing, the list is empty, or it says two things of one
        picture.
    """
    root = data_folder(settings.path, "raf-db")
    file = next(find_files(root, r"list_par?tition_label\.txt"), None)
    if file is None:
        raise InputError(
            f"data.path of raf-db must be the folder basic, with EmoLabel/{LIST}; {root} does not "
            f"hold it{still_packed(root)}."
        )
    folder = _pictures_folder(file, settings.pictures)
    found, listed = Found(folder), Listed()
    for name, code in _read_list(file).items():
        _add(found, name, code, settings.pictures, listed)
    parts = in_parts(found.table())
    return found.dataset("raf-db", f"{{clips}} {settings.pictures} pictures{parts}")


def _pictures_folder(file: Path, kind: str) -> Path:
    base = file.parent.parent if file.parent.name.casefold() == "emolabel" else file.parent
    folder = find_folder(base, kind)
    if folder is None:
        raise InputError(
            f"data.pictures: {kind} needs the folder Image/{kind} in {base}, and there is none"
            f"{still_packed(base)}."
        )
    return folder


def _read_list(file: Path) -> dict[str, str]:
    """Return picture -> code.

    Raises
    ------
    InputError
        When the file cannot be read, is empty, or says two things of one picture.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise InputError(f"{file} must be readable: {error.strerror}.") from error
    codes: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, _, code = " ".join(re.split(r"[\s,;]+", line)).strip().partition(" ")
        if not name:
            continue
        if codes.setdefault(name, code) != code:
            raise InputError(
                f"{file.name} says two things about {name}: lines {lines[name]} and {number} "
                "differ; keep one of them."
            )
        lines.setdefault(name, number)
    if not codes:
        raise InputError(f"{file} is empty; it must hold lines such as 'train_00001.jpg 5'.")
    return codes


def _add(found: Found, name: str, code: str, kind: str, listed: Listed) -> None:
    """Add a picture of the list, or the reason why it cannot be used."""
    stem, _, suffix = name.rpartition(".")
    part = name.split("_")[0].casefold()
    wanted = f"{stem}_aligned.{suffix}" if kind == "aligned" else name
    there = on_disk(found.root, wanted, listed)
    if code not in CODES:
        found.skip(name, f"its code is {code[:20]!r}, and the codes are 1 to 7")
    elif part not in PARTS:
        found.skip(name, "its name begins with neither train_ nor test_")
    elif not there:
        found.skip(name, f"{wanted} is not there")
    else:
        found.clip(stem, found.root / there, label=CODES[code], part=part)


def published(settings: RafDbData) -> dict[str, int]:
    """Return the counts of the paper's single-label part, 12,271 to train on and 3,068 to test."""
    counts = {word: a + b for word, a, b in zip(WORDS, TRAIN, TEST, strict=True)}
    return {"clips": sum(counts.values()), **counts}


READER = Reader(
    RafDbData,
    read_rafdb,
    Card(
        title="RAF-DB, Real-world Affective Faces Database, basic expressions",
        layout=f"basic/EmoLabel/{LIST} (train_00001.jpg 5)\n"
        "basic/Image/aligned/train_00001_aligned.jpg\n"
        "basic/Image/original/train_00001.jpg",
        licence="For non-commercial research, on request from the authors (whdeng.cn/RAF).",
        citation="Li, Deng, Du, Reliable crowdsourcing and deep locality-preserving learning for "
        "expression recognition in the wild, CVPR 2017, doi:10.1109/CVPR.2017.277",
        stills=True,
    ),
    published,
)
