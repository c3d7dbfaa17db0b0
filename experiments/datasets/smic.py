"""SMIC: spontaneous micro-expressions, seen by three cameras."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from sttm.errors import InputError, UnreadableClip
from sttm.frames import IMAGE_SUFFIXES
from sttm.frames.folder import image_paths
from sttm.tables import named

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .coded import DEPTH
from .disk import data_folder, entries, folders
from .found import Found

FPS = {"HS": 100.0, "VIS": 25.0, "NIR": 25.0}
SUBJECT = r"s[ _-]?0*([0-9]{1,3})"
CLIP = r"s0*([0-9]{1,3})_([a-z]+)_?([0-9]+)"
LABELS = {
    "ne": "negative",
    "po": "positive",
    "sur": "surprise",
    "negative": "negative",
    "positive": "positive",
    "surprise": "surprise",
}
MICRO, NON_MICRO = "micro", "non-micro"
PUBLISHED = {
    "HS": {"clips": 164, "subjects": 16, "negative": 70, "positive": 51, "surprise": 43},
    "VIS": {"clips": 71, "subjects": 8},
    "NIR": {"clips": 71, "subjects": 8},
}


class SMICData(DataSection):
    """SMIC, as distributed, raw or cropped: a folder per camera, subject and label."""

    kind: Literal["smic"] = "smic"
    path: Path = Field(description="Folder of the data set, with HS, VIS or NIR in it.")
    camera: Literal["HS", "VIS", "NIR"] = Field(
        "HS",
        description="HS (high speed, 100 frames per second), VIS (visible light, 25) or NIR (near "
        "infra-red, 25).",
    )
    non_micro: bool = Field(
        False,
        description="The stretches without a micro-expression are clips too, labelled non-micro.",
    )


def read_smic(settings: SMICData) -> Dataset:
    """Return the clips of one camera of SMIC.

    A clip below ``micro`` is the expression from its onset to its offset; the apex is not known.

    Raises
    ------
    InputError
        When the folder holds no camera, or no clip of it can be used.
    """
    root = data_folder(settings.path, "smic")
    base = _base(root, settings.camera)
    found = Found(root)
    for person in entries(base):
        number = re.fullmatch(SUBJECT, person.name.strip(), re.IGNORECASE)
        if number is None or not person.is_dir():
            found.leave(person, "no subject's folder")
            continue
        for folder, parts in _clips(person, found):
            _add(folder, parts, int(number.group(1)), settings, found)
    about = f"{{clips}} clips of SMIC ({settings.camera}), {{subjects}} subjects; no apex is known"
    return found.dataset("smic", about)


def _base(root: Path, camera: str) -> Path:
    """Return the folder of the subjects of one camera: ``root``, or one that holds them below."""
    places = [p for p in _holders(root) if _camera(p, root) in (camera, "")]
    chosen = [p for p in places if _camera(p, root)] or places
    if not chosen:
        if re.fullmatch(SUBJECT, root.resolve().name, re.IGNORECASE):
            raise InputError(
                f"data.path of smic must be the folder of all subjects; {root} is one subject's."
            )
        others = sorted({_camera(p, root) for p in _holders(root)})
        hint = f"; it has {named(others)}, so set data.camera" if others else ""
        raise InputError(
            f"data.path of smic must hold the folder {camera} with s1, s2 ... in it; none is in or "
            f"below {root}{hint}."
        )
    if len(chosen) > 1:
        raise InputError(
            f"data.path of smic must hold one folder {camera}; there are "
            f"{named(str(p) for p in chosen)}. Name one of these."
        )
    return chosen[0]


def _holders(root: Path) -> list[Path]:
    """Return the folders that hold subjects with clips in them, nearest first."""
    found, level = [], [root]
    for _ in range(DEPTH + 1):
        inside = {place: folders(place) for place in level}
        found += [place for place, people in inside.items() if any(map(_is_person, people))]
        level = [p for place, people in inside.items() if place not in found for p in people]
    return found


def _is_person(folder: Path) -> bool:
    """Return whether a folder is a subject's of this set: other sets have ``s1``, too."""
    if not re.fullmatch(SUBJECT, folder.name.strip(), re.IGNORECASE):
        return False
    names = [p.name.casefold() for p in folders(folder)]
    return any(n in LABELS or _is_micro(n) is not None or re.fullmatch(CLIP, n) for n in names)


def _is_micro(name: str) -> bool | None:
    """Return whether a folder's name says micro or non-micro; None where it says neither."""
    plain = re.sub(r"[^a-z]", "", name.casefold())
    return {"micro": True, "nonmicro": False}.get(plain)


def _camera(base: Path, root: Path) -> str:
    """Return the camera that a path names, in its last parts first; blank where it names none."""
    for part in reversed((root.resolve().name, *base.relative_to(root).parts)):
        words = re.split(r"[^A-Z]+", part.upper())
        named_here = [c for c in FPS if c in words]
        if len(named_here) == 1:
            return named_here[0]
    return ""


def _clips(person: Path, found: Found) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Yield the clips' folders of a subject, and the names of the folders above them."""
    waiting: list[tuple[Path, tuple[str, ...]]] = [(person, ())]
    while waiting:
        place, above = waiting.pop(0)
        for inside in entries(place):
            if not inside.is_dir():
                found.leave(inside, "lies beside the clips' folders")
            elif re.fullmatch(CLIP, inside.name.strip(), re.IGNORECASE) or _has_images(inside):
                yield inside, above
            elif len(above) < DEPTH:  # a link may lead back up
                waiting.append((inside, (*above, inside.name.casefold())))


def _has_images(folder: Path) -> bool:
    return any(p.suffix.lower() in IMAGE_SUFFIXES for p in entries(folder))


def _add(
    folder: Path, above: tuple[str, ...], number: int, settings: SMICData, found: Found
) -> None:
    micro = next((m for m in map(_is_micro, above) if m is not None), None)
    named_so = re.fullmatch(CLIP, folder.name.strip(), re.IGNORECASE)
    if micro is False and not settings.non_micro:
        found.leave(folder, "no micro-expression; data.non_micro takes such stretches")
        return
    labels = {LABELS[name] for name in above if name in LABELS}
    if named_so and named_so.group(2).lower() in LABELS:
        labels.add(LABELS[named_so.group(2).lower()])
    reason = _refused(folder, named_so, labels if micro is not False else {NON_MICRO}, number)
    if reason:
        found.skip(folder, reason)
        return
    subject = f"s{number:02d}"
    tail = "_".join(named_so.groups()[1:]).lower() if named_so else folder.name
    whole = {"onset": 0, "offset": len(image_paths(folder)) - 1} if micro else {}
    label = NON_MICRO if micro is False else labels.pop()
    found.clip(
        f"{subject}_{tail}", folder, subject=subject, label=label, fps=FPS[settings.camera], **whole
    )


def _refused(folder: Path, named_so: re.Match[str] | None, labels: set[str], number: int) -> str:
    """Return why a folder is no clip that can be used, if it is none."""
    if named_so and int(named_so.group(1)) != number:
        return f"its name says subject {named_so.group(1)}, its folder subject {number}"
    if len(labels) != 1:
        return "its name and its folder say different labels" if labels else "nothing names a label"
    try:
        return "" if len(image_paths(folder)) > 1 else "a single image is no clip"
    except UnreadableClip:
        return "a folder without images"


def published(settings: SMICData) -> dict[str, int]:
    """Return the published counts of one camera; those of non-micro stretches are not known."""
    counts = PUBLISHED[settings.camera]
    return {"subjects": counts["subjects"]} if settings.non_micro else dict(counts)


READER = Reader(
    SMICData,
    read_smic,
    Card(
        title="SMIC, spontaneous micro-expression corpus",
        layout="HS/s1/micro/negative/s1_ne_01/reg_image001234.bmp   (cropped; raw: image...)\n"
        "HS/s01/micro/negative/s1_ne_01/image001234.bmp      (subjects spelt s01)\n"
        "HS/s1/non_micro/s1_nm_01/...                        (with non_micro)\n"
        "VIS/s11/..., NIR/s11/...                            (other cameras)",
        licence="For research by those who signed the agreement of the University of Oulu, Center "
        "for Machine Vision and Signal Analysis: https://www.oulu.fi/cmvs/node/41319.",
        citation="Li, Pfister, Huang, Zhao, Pietikäinen: A Spontaneous Micro-expression Database: "
        "Inducement, collection and baseline. IEEE FG 2013. doi:10.1109/FG.2013.6553717",
    ),
    published,
)
