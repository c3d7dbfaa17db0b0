"""MMI: videos from onset over apex to offset, each with an XML file that names its emotion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from pydantic import Field, field_validator

from sttm.errors import InputError
from sttm.frames.video import VIDEO_SUFFIXES

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, walk
from .found import Found

CODES = {
    "1": "anger",
    "2": "disgust",
    "3": "fear",
    "4": "happiness",
    "5": "sadness",
    "6": "surprise",
}
VIEWS = {"0": "frontal", "1": "profile", "2": "dual"}  # of a track in session.xml
NAME = re.compile(r"(S\d+)[-_]\d+.*", re.IGNORECASE | re.DOTALL)
UNITS = "-oao_aucs"  # ends the stem of the file with the action units
LARGEST = 4 << 20  # bytes of an XML file; those of the set have some thousands
View = Literal["frontal", "dual", "profile"]


class MMIData(DataSection):
    """MMI, videos of posed expressions."""

    kind: Literal["mmi"] = "mmi"
    path: Path = Field(description="Folder with Sessions, or with the folders of the sessions.")
    views: list[View] = Field(
        ["frontal", "dual"],
        description="frontal, dual (frontal and profile side by side, by a mirror), profile. The "
        "views that are kept, as session.xml tells them; videos that nobody tells of are kept.",
    )

    @field_validator("views")
    @classmethod
    def _some(cls, value: list[View]) -> list[View]:
        if not value:
            raise ValueError("name at least one view")
        return value


def read_mmi(settings: MMIData) -> Dataset:
    """Return the videos that have an emotion; column ``aus`` has action units where coded.

    Raises
    ------
    InputError
        When the folder is missing or holds no video.
    """
    found = Found(data_folder(settings.path, "mmi"))
    count = 0
    for place, inside in walk(found.root, found.skip):
        videos = [p for p in inside if p.suffix.lower() in VIDEO_SUFFIXES]
        sheets = {p.name.lower(): p for p in inside if p.suffix.lower() == ".xml"}
        count += len(videos)
        if sheets and not videos:
            found.leave(place, "a session without a video")
        views = _views(sheets.get("session.xml"), found) if videos else {}
        for path in videos:
            view = views.get(path.name.lower(), views.get("") if len(videos) == 1 else None)
            if view in settings.views or view is None:
                _add(path, sheets, found)
            else:
                found.leave(path, f"a {view} view, which is not among data.views")
        for path in inside:
            if path not in videos and path.suffix.lower() != ".xml":
                found.leave(path, "no video")
    if not count:
        raise InputError(
            "data.path of mmi must hold the sessions (Sessions/1/S001-001.avi with its xml); "
            f"{found.root} holds no video."
        )
    return found.dataset("mmi", "{clips} videos of {subjects} people from MMI")


def _views(sheet: Path | None, found: Found) -> dict[str, str]:
    """Return the view of each video file that session.xml names; under "" that of all."""
    if sheet is None:
        return {}
    try:
        tracks = [values for name, values in _elements(sheet) if name == "track"]
    except ValueError as error:
        found.leave(sheet, str(error))
        return {}
    known = [(t.get("filename", "").lower(), t.get("view", "").strip()) for t in tracks]
    views = {name: VIEWS.get(view, view.lower()) for name, view in known if view}
    alone = set(views.values())
    return {**views, "": alone.pop()} if len(alone) == 1 else views


def _add(path: Path, sheets: dict[str, Path], found: Found) -> None:
    """Add a video with what its sheet says; or note why it cannot be used."""
    person = NAME.fullmatch(path.stem)
    if person is None:
        found.skip(path, "not called like S001-001.avi, so its subject is not known")
        return
    sheet = sheets.get(f"{path.stem}.xml".lower())
    if sheet is None:
        found.leave(path, "no emotion label: no xml of its name beside it")
        return
    try:
        label = _label(sheet)
    except ValueError as error:
        found.skip(path, str(error))
        return
    if label is None:
        found.leave(path, "no emotion label in its xml")
        return
    aus = _aus(sheets.get(f"{path.stem}{UNITS}.xml".lower()), found)
    found.clip(path.stem, path, subject=person[1].upper(), label=label, aus=aus)


def _label(sheet: Path) -> str | None:
    """Return the emotion that a sheet names, None where it names none."""
    tags = [values for name, values in _elements(sheet) if name == "metatag"]
    codes = {t.get("value", "").strip() for t in tags if t.get("name", "").lower() == "emotion"}
    codes = {c.removesuffix(".0") for c in codes if c}
    if not codes:
        return None
    if len(codes) > 1:
        raise ValueError(f"its xml names {len(codes)} emotions: {', '.join(sorted(codes))}")
    code = codes.pop()
    if code not in CODES:
        raise ValueError(f"the emotion {code} in its xml is none of the codes 1 to 6")
    return CODES[code]


def _aus(sheet: Path | None, found: Found) -> str:
    """Return the action units that a sheet lists as text, such as ``1+2+25``."""
    if sheet is None:
        return ""
    try:
        listed = [v.get("number", "").strip() for n, v in _elements(sheet) if n == "actionunit"]
    except ValueError as error:
        found.leave(sheet, str(error))
        return ""
    return "+".join(dict.fromkeys(unit for unit in listed if unit))


def _elements(sheet: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Return the elements of an XML file: name without its prefix, attributes; names lower case.

    A file whose bytes are not in the encoding that it states is read as Latin-1: all that counts
    here is ASCII. A document type is refused, since it may define entities without end.
    """
    try:
        with sheet.open("rb") as file:
            data = file.read(LARGEST)
    except OSError as error:
        raise ValueError(f"its xml cannot be read: {error.strerror}") from error
    try:
        return iter(_parse(data, None))
    except (expat.ExpatError, LookupError, UnicodeError):
        pass
    try:
        return iter(_parse(data, "iso-8859-1"))
    except expat.ExpatError as error:
        raise ValueError(f"its xml is broken: {expat.ErrorString(error.code)}") from error


def _parse(data: bytes, encoding: str | None) -> list[tuple[str, dict[str, str]]]:
    elements: list[tuple[str, dict[str, str]]] = []

    def start(name: str, values: dict[str, str]) -> None:
        plain = {_local(key): value for key, value in values.items()}
        elements.append((_local(name), plain))

    def refuse(*_: object) -> None:
        raise ValueError("its xml declares a document type (DOCTYPE), as none of the set does")

    parser = expat.ParserCreate(encoding)
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(data, True)
    return elements


def _local(name: str) -> str:
    return name.rsplit(":", 1)[-1].lower()


READER = Reader(
    MMIData,
    read_mmi,
    Card(
        title="MMI facial expression database",
        layout="Sessions/<n>/S001-001.avi (onset, apex, offset)\n"
        'Sessions/<n>/S001-001.xml with <Metatag Name="Emotion" Value="4"/>, in some sessions\n'
        "Sessions/<n>/session.xml (which view), S001-001-oao_aucs.xml (action units)",
        licence="For research that is not commercial, after an account at mmifacedb.eu and its "
        "signed agreement; ask there.",
        citation="Pantic, Valstar, Rademaker, Maat: Web-based database for facial expression "
        "analysis, ICME 2005, doi:10.1109/ICME.2005.1521424.",
    ),
)
