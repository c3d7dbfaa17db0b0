"""Oulu-CASIA: sequences from neutral to peak, in visible and near-infrared light, three lamps."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field

from sttm.errors import InputError, UnreadableClip
from sttm.frames.folder import image_paths
from sttm.tables import named

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, files, folders, why_empty
from .found import Found
from .vocabulary import label_of

LABELS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
CONDITIONS = ("strong", "weak", "dark")
FPS = 25.0  # Zhao et al. 2011, section 3.1
DEPTH = 5  # of the folder of a condition below data.path


class OuluCasiaData(DataSection):
    """Oulu-CASIA, one light and one condition of it."""

    kind: Literal["oulu-casia"] = "oulu-casia"
    path: Path = Field(description="Folder with OriginalImg, or PreProcess Img, below it.")
    light: Literal["VL", "NI"] = Field(
        "VL", description="VL or NI. The camera: visible light or near infrared."
    )
    condition: Literal["Strong", "Weak", "Dark"] = Field(
        "Strong", description="Strong, Weak or Dark. How the room was lit."
    )
    images: Literal["original", "cropped"] = Field(
        "original",
        description="original or cropped. The pictures as filmed (OriginalImg), or the faces as "
        "the set's authors cropped them (PreProcess Img; use finder: whole and align: box).",
    )


def read_oulu_casia(settings: OuluCasiaData) -> Dataset:
    """Return the sequences of one light and condition, onset 0 and apex at the last frame.

    Raises
    ------
    InputError
        When the folder is missing, does not hold the light and condition, or holds them twice.
    """
    found = Found(data_folder(settings.path, "oulu-casia"))
    place = _condition_folder(settings)
    for person in folders(place):
        if not re.fullmatch(r"P\d+", person.name, re.IGNORECASE):
            found.leave(person, "not called like a person, such as P001")
            continue
        expressions = folders(person)
        if not expressions:
            found.leave(person, why_empty(person))
        for expression in expressions:
            _add(person.name.upper(), expression, found)
        for path in files(person):
            found.leave(path, "lies beside the folders of the expressions")
    for path in files(place):
        found.leave(path, "lies beside the folders of the people")
    what = f"Oulu-CASIA ({settings.light}, {settings.condition}, {settings.images})"
    return found.dataset("oulu-casia", "{clips} sequences of {subjects} people from " + what)


def _condition_folder(settings: OuluCasiaData) -> Path:
    """Return the folder of a light and condition, wherever it lies below ``data.path``."""
    known = _condition_folders(settings.path, settings.images)
    places = known.get((settings.light.lower(), settings.condition.lower()), [])
    if len(places) == 1:
        return places[0]
    light = settings.light if settings.images == "original" else f"{settings.light}_Acropped"
    wanted = f"data.path of oulu-casia must hold {light}/{settings.condition}/P001"
    if places:
        raise InputError(
            f"{wanted} once; {settings.path} holds it {len(places)} times: {named(places)}. Name "
            "the folder above one of them."
        )
    others = [p.relative_to(settings.path).as_posix() for listed in known.values() for p in listed]
    raise InputError(
        f"{wanted}; {settings.path} holds {named(others, 6) if others else 'nothing like it'}."
    )


def _condition_folders(root: Path, images: str) -> dict[tuple[str, str], list[Path]]:
    """Return (light, condition) -> folders; ``root`` may itself be one of them."""
    pattern = re.compile(r"(vl|ni)" if images == "original" else r"(vl|ni)_\w*cropped", re.I)
    found: dict[tuple[str, str], list[Path]] = {}
    level, real = [root], root.resolve()
    for _ in range(DEPTH + 1):
        below: list[Path] = []
        for place in level:
            named_so = real / place.relative_to(root)
            condition = named_so.name.lower()
            light = pattern.fullmatch(named_so.parent.name)
            if condition not in CONDITIONS:
                below += folders(place)
            elif light:
                found.setdefault((light[1].lower(), condition), []).append(place)
        level = below
    return found


def _add(person: str, expression: Path, found: Found) -> None:
    label = label_of(expression.name)
    if label not in LABELS:
        found.leave(expression, "not called like one of the six expressions")
        return
    try:
        count = len(image_paths(expression))
    except UnreadableClip:
        found.skip(expression, why_empty(expression))
        return
    if count < 2:
        found.skip(expression, "a single image is no clip")
        return
    found.clip(
        f"{person}_{expression.name}",
        expression,
        subject=person,
        label=label,
        fps=FPS,
        onset=0,
        apex=count - 1,
    )


def published(settings: OuluCasiaData) -> dict[str, int]:
    """Return the counts of one light and condition (Zhao et al. 2011)."""
    return {"clips": 480, "subjects": 80, **dict.fromkeys(LABELS, 80)}


READER = Reader(
    OuluCasiaData,
    read_oulu_casia,
    Card(
        title="Oulu-CASIA NIR&VIS facial expressions",
        layout="OriginalImg/{VL,NI}/{Strong,Weak,Dark}/P001/Anger/000.jpeg (neutral to peak)\n"
        "PreProcess Img/{VL,NI}_Acropped/{Strong,Weak,Dark}/P001/Anger/000.jpeg (cropped faces)\n"
        "P001 to P080; Anger, Disgust, Fear, Happiness, Sadness, Surprise; wrapped or not",
        licence="For research, after the University of Oulu (Center for Machine Vision and Signal "
        "Analysis) has a signed agreement; ask there.",
        citation="Zhao, Huang, Taini, Li, Pietikäinen: Facial expression recognition from "
        "near-infrared videos, Image and Vision Computing 29(9), 2011, "
        "doi:10.1016/j.imavis.2011.07.002.",
    ),
    published,
)
