"""KDEF: 70 actors, seven expressions, five angles, each photographed in two sessions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder
from .found import Found
from .pictures import pictures, refuse_nothing

CODES = {
    "AF": "fear",
    "AN": "anger",
    "DI": "disgust",
    "HA": "happiness",
    "NE": "neutral",
    "SA": "sadness",
    "SU": "surprise",
}
NAME = re.compile(r"([AB])([FM](?:0[1-9]|[12]\d|3[0-5]))([A-Z]{2})(S|HL|HR|FL|FR)", re.IGNORECASE)
CUT_SHORT = {"AF31V": "AF31SAHL", "AM31H": "AM31SUHR"}  # as distributed; the two that are missing
ACTORS = 70
Angle = Literal["S", "HL", "HR", "FL", "FR"]


class KdefData(DataSection):
    """The Karolinska Directed Emotional Faces."""

    kind: Literal["kdef"] = "kdef"
    path: Path = Field(description="Folder with the actors' folders, such as KDEF, or above it.")
    angles: list[Angle] = Field(
        ["S"],
        min_length=1,
        description="Angles that are used: S straight, HL and HR half left and right, FL and FR "
        "full profiles, in which no frontal face is found.",
    )
    session: Literal["A", "B"] | None = Field(
        None, description="Only this session; both unless told. The actors are the same."
    )

    @field_validator("angles")
    @classmethod
    def _each_once(cls, value: list[Angle]) -> list[Angle]:
        if len(set(value)) < len(value):
            raise ValueError("an angle is named twice")
        return value


def read_kdef(settings: KdefData) -> Dataset:
    """Return the pictures of KDEF.

    ``AF01`` and ``BF01`` are one woman in two sessions, so the subject is ``F01``; ``M01`` is a man
    with the same number.

    Raises
    ------
    InputError
        When no picture of KDEF is below the path.
    """
    found = Found(data_folder(settings.path, "kdef"))
    for path in pictures(found):
        name = CUT_SHORT.get(path.stem.upper(), path.stem.upper())
        parts = NAME.fullmatch(name)
        if parts is None:
            found.leave(path, "its name is not like AF01ANS.JPG")
            continue
        session, subject, code, angle = parts.groups()
        if code not in CODES:
            found.skip(path, f"{code} is no expression of KDEF")
        elif angle not in settings.angles:
            found.leave(path, f"angle {angle} is not among data.angles")
        elif settings.session not in (None, session):
            found.leave(path, f"session {session} is not data.session")
        else:
            found.clip(name, path, subject=subject, label=CODES[code])
    refuse_nothing(found, "the pictures of KDEF, such as AF01/AF01ANS.JPG")
    shown = " and ".join(settings.angles)
    return found.dataset("kdef", f"{{clips}} pictures of {{subjects}} actors, angle {shown}")


def published(settings: KdefData) -> dict[str, int]:
    """Return the counts for the chosen angles and sessions: every actor shows everything once."""
    each = ACTORS * len(settings.angles) * (1 if settings.session else 2)
    return {"clips": each * len(CODES), "subjects": ACTORS, **dict.fromkeys(CODES.values(), each)}


READER = Reader(
    KdefData,
    read_kdef,
    Card(
        title="KDEF, Karolinska Directed Emotional Faces",
        layout="KDEF/AF01/AF01ANS.JPG: session A or B, sex and number, expression, angle",
        licence="For non-commercial research, on request from Karolinska Institutet (kdef.se).",
        citation="Lundqvist, Flykt, Öhman, The Karolinska Directed Emotional Faces, CD-ROM, "
        "Karolinska Institutet, 1998, ISBN 91-630-7164-9, doi:10.1037/t27732-000",
        stills=True,
    ),
    published,
)
