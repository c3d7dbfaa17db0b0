"""JAFFE: ten Japanese women, seven expressions, two to four pictures of each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder
from .found import Found
from .pictures import pictures, refuse_nothing

CODES = {
    "AN": "anger",
    "DI": "disgust",
    "FE": "fear",
    "HA": "happiness",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}
COUNTS = {"AN": 30, "DI": 29, "FE": 32, "HA": 31, "NE": 30, "SA": 31, "SU": 30}
NAME = re.compile(r"([A-Z]{2})\.([A-Z]{2})(\d+)\.(\d+)", re.IGNORECASE)  # KA.AN1.39


class JaffeData(DataSection):
    """The Japanese Female Facial Expression pictures."""

    kind: Literal["jaffe"] = "jaffe"
    path: Path = Field(description="Folder with the pictures, such as KA.AN1.39.tiff, or above it.")


def read_jaffe(settings: JaffeData) -> Dataset:
    """Return the pictures of JAFFE; the subject is the first part of a picture's name.

    Raises
    ------
    InputError
        When no picture of JAFFE is below the path.
    """
    found = Found(data_folder(settings.path, "jaffe"))
    for path in pictures(found):
        parts = NAME.fullmatch(path.stem)
        if parts is None:
            found.leave(path, "its name is not like KA.AN1.39.tiff")
            continue
        subject, code = parts[1].upper(), parts[2].upper()
        if code not in CODES:
            found.skip(path, f"{code} is no expression of JAFFE")
        else:
            found.clip(path.stem.upper(), path, subject=subject, label=CODES[code])
    refuse_nothing(found, "the pictures of JAFFE, such as KA.AN1.39.tiff")
    return found.dataset("jaffe", "{clips} pictures of {subjects} women")


def published(settings: JaffeData) -> dict[str, int]:
    """Return the counts that come with the pictures."""
    labels = {CODES[code]: count for code, count in COUNTS.items()}
    return {"clips": sum(COUNTS.values()), "subjects": 10, **labels}


READER = Reader(
    JaffeData,
    read_jaffe,
    Card(
        title="JAFFE, Japanese Female Facial Expression",
        layout="<subject>.<expression><take>.<number>.tiff, such as KA.AN1.39.tiff",
        licence="For non-commercial research, on request: doi:10.5281/zenodo.3451524.",
        citation="Lyons, Akamatsu, Kamachi, Gyoba, Coding facial expressions with Gabor wavelets, "
        "FG 1998, doi:10.1109/AFGR.1998.670949",
        stills=True,
    ),
    published,
)
