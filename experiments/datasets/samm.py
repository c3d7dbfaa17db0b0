"""SAMM: spontaneous micro-movements at 200 frames per second, FACS-coded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from labeling.tables import MARKS
from sttm.errors import InputError
from sttm.tables import named

from .base import Dataset
from .card import Card, Reader
from .classes import DataSection
from .coded import Coding, add_codings, clip_folders, holders, lacking
from .disk import data_folder
from .found import Found
from .sheets import ROW, find_table, read_sheet, whole_number
from .vocabulary import label_of

FPS = 200.0
SUBJECT = r"[0-9]{3}"
CLIP = r"([0-9]{1,3})_[0-9]+_[0-9]+"
NEEDED = {
    "clip": ["Filename"],
    "subject": ["Subject"],
    "onset": ["Onset Frame"],
    "apex": ["Apex Frame"],
    "offset": ["Offset Frame"],
}
EMOTION = {"label": ["Estimated Emotion"]}
OBJECTIVE = {"label": ["Objective Classes", "Objective Class"]}
WELCOME = {"aus": ["Action Units"]}
TABLE = "SAMM has a coding table such as SAMM_Micro_FACS_Codes_v2.xlsx"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII")
EMOTIONS = {
    "anger": 57,
    "contempt": 12,
    "disgust": 9,
    "fear": 8,
    "happiness": 26,
    "others": 26,
    "sadness": 6,
    "surprise": 15,
}
# Davison, Merghani, Yap 2018, doi:10.3390/jimaging4100119
CLASSES = dict(zip(ROMAN, (24, 13, 20, 8, 3, 7, 84), strict=True))


class SAMMData(DataSection):
    """SAMM, as distributed: folders of frames and a table of FACS codes."""

    kind: Literal["samm"] = "samm"
    path: Path = Field(description="Folder of the data set, with the frames and the coding table.")
    labels: Literal["emotion", "objective"] = Field(
        "emotion",
        description="What a clip is labelled by: its estimated emotion, or its objective class, I "
        "to VII, which follows from its action units.",
    )
    table: Path | None = Field(
        None,
        description="The coding table, .xlsx or a .csv saved from it; looked for in, below and "
        "just above the folder unless told.",
    )


def read_samm(settings: SAMMData) -> Dataset:
    """Return the clips of SAMM that the coding table names and whose frames are there.

    A clip is its whole folder; onset, apex and offset are positions in it from 0, and missing
    where the table names no frame of the folder, or one before the onset.

    Raises
    ------
    InputError
        When the folder or its coding table cannot be used.
    """
    root = data_folder(settings.path, "samm")
    base = _base(root)
    table = find_table(root, ".*facs.?codes?.*", TABLE, settings.table)
    found = Found(root)
    there = clip_folders(base, table, found, _subject, lambda _, name: name)
    add_codings(_codings(table, settings.labels, found), there, found, FPS)
    about = f"{{clips}} clips of SAMM, {{subjects}} subjects{lacking(found)}"
    return found.dataset("samm", about)


def _base(root: Path) -> Path:
    places = holders(root, SUBJECT, CLIP)
    if not places:
        if re.fullmatch(SUBJECT, root.resolve().name):
            raise InputError(
                f"data.path of samm must be the folder of all subjects; {root} is one subject's."
            )
        raise InputError(
            "data.path of samm must hold the folders 006, 007 ... with clips such as 006_1_2 in "
            f"them; none is in or below {root}."
        )
    if len(places) > 1:
        raise InputError(
            "data.path of samm must hold the subjects once; they are in "
            f"{named(str(p) for p in places)}. Name one of these."
        )
    return places[0]


def _subject(name: str) -> str:
    return name.strip() if re.fullmatch(SUBJECT, name.strip()) else ""


def _codings(table: Path, labels: str, found: Found) -> Iterator[Coding]:
    needed = {**NEEDED, **(EMOTION if labels == "emotion" else OBJECTIVE)}
    for row in read_sheet(table, needed, WELCOME).to_dict(orient="records"):
        named_by = re.fullmatch(CLIP, row["clip"])
        number = whole_number(row["subject"])
        if named_by is None or number != int(named_by.group(1)):
            found.skip(
                row["clip"],
                f"row {row[ROW]} of the coding table gives it to subject {row['subject']!r}",
            )
            continue
        label = label_of(row["label"]) if labels == "emotion" else objective(row["label"])
        marks = {m: whole_number(row[m]) for m in MARKS}
        yield Coding(row["clip"], f"{number:03d}", label, marks, row["aus"], row[ROW])


def objective(text: str) -> str:
    """Return an objective class in Roman figures; blank where it is none.

    >>> objective("3"), objective("vii"), objective("8")
    ('III', 'VII', '')
    """
    number = whole_number(text)
    if number is not None:
        return ROMAN[number - 1] if 1 <= number <= len(ROMAN) else ""
    return text.strip().upper() if text.strip().upper() in ROMAN else ""


def published(settings: SAMMData) -> dict[str, int]:
    """Return the counts of the coding table as distributed."""
    labels = EMOTIONS if settings.labels == "emotion" else CLASSES
    return {"clips": sum(labels.values()), "subjects": 29, **labels}


READER = Reader(
    SAMMData,
    read_samm,
    Card(
        title="SAMM, spontaneous micro-facial movements",
        layout="006/006_1_2/006_05562.jpg\n"
        "SAMM_Micro_FACS_Codes_v2.xlsx   (or a .csv saved from it)",
        licence="For research by those who signed the agreement of Manchester Metropolitan "
        "University: https://personalpages.manchester.ac.uk/staff/adrian.davison/SAMM.html.",
        citation="Davison, Lansley, Costen, Tan, Yap: SAMM: A Spontaneous Micro-Facial Movement "
        "Dataset. IEEE Transactions on Affective Computing 9(1), 116-129, 2018. "
        "doi:10.1109/TAFFC.2016.2573832",
    ),
    published,
)
