"""CASME II: spontaneous micro-expressions at 200 frames per second, with marks and action units."""

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
SUBJECT = r"sub[ _-]?0*([0-9]{1,3})"
NEEDED = {
    "clip": ["Filename"],
    "subject": ["Subject"],
    "onset": ["OnsetFrame"],
    "offset": ["OffsetFrame"],
    "label": ["Estimated Emotion"],
}
WELCOME = {"apex": ["ApexFrame", "ApexFrame1"], "aus": ["Action Units"]}
TABLE = "CASME II has a coding table such as CASME2-coding-20140508.xlsx"
# in the coding table of 2014-05-08; the article counts 247 clips
LABELS = {
    "disgust": 63,
    "fear": 2,
    "happiness": 32,
    "others": 99,
    "repression": 27,
    "sadness": 7,
    "surprise": 25,
}


class CASME2Data(DataSection):
    """CASME II, as distributed: folders of frames and a coding table."""

    kind: Literal["casme2"] = "casme2"
    path: Path = Field(description="Folder of the data set, with the frames and the coding table.")
    form: Literal["raw", "cropped"] = Field(
        "raw",
        description="Which frames: raw (CASME2_RAW_selected) or cropped (Cropped: aligned faces; "
        "use faces.finder: whole and faces.align: box with them).",
    )
    table: Path | None = Field(
        None,
        description="The coding table, .xlsx or a .csv saved from it; looked for in, below and "
        "just above the folder unless told.",
    )


def read_casme2(settings: CASME2Data) -> Dataset:
    """Return the clips of CASME II that the coding table names and whose frames are there.

    A clip is its whole folder; onset, apex and offset are positions in it from 0. The apex is
    missing where the table has none (``/``), the offset where the table puts it before the onset.

    Raises
    ------
    InputError
        When the folder or its coding table cannot be used.
    """
    root = data_folder(settings.path, "casme2")
    base = _base(root, settings.form)
    table = find_table(root, "(?:.*[^a-z])?coding.*", TABLE, settings.table)
    found = Found(root)
    there = clip_folders(base, table, found, _subject, lambda subject, name: f"{subject}/{name}")
    add_codings(_codings(table, found), there, found, FPS)
    about = f"{{clips}} clips of CASME II ({settings.form}), {{subjects}} subjects{lacking(found)}"
    return found.dataset("casme2", about)


def _base(root: Path, form: str) -> Path:
    """Return the folder of the subjects that holds frames of one form."""
    places = holders(root, SUBJECT)
    if not places:
        if re.fullmatch(SUBJECT, root.resolve().name, re.IGNORECASE):
            raise InputError(
                f"data.path of casme2 must be the folder of all subjects; {root} is one subject's."
            )
        raise InputError(
            f"data.path of casme2 must hold the folders sub01, sub02 ... (in CASME2_RAW_selected "
            f"or Cropped); none is in or below {root}."
        )
    chosen = [p for p in places if _form(p, root) == form]
    if not chosen:
        other = _form(places[0], root)
        raise InputError(
            f"casme2 finds no {form} frames below {root}; {places[0]} holds {other} ones: set "
            f"data.form to {other}, or name the folder that holds the {form} ones."
        )
    best = [p for p in chosen if "selected" in p.name.casefold()] or chosen
    if len(best) > 1:
        raise InputError(
            f"data.path of casme2 must hold the subjects once; they are in "
            f"{named(str(p) for p in best)}. Name one of these."
        )
    return best[0]


def _form(base: Path, root: Path) -> str:
    """Return whether frames are raw or cropped, by the names of folders, else of files."""
    names = "/".join((root.resolve().name, *base.relative_to(root).parts)).casefold()
    if "crop" in names or "raw" in names:
        return "cropped" if names.rfind("crop") > names.rfind("raw") else "raw"
    image = next(base.glob("*/*/*img*"), None)
    return "cropped" if image is not None and image.name.casefold().startswith("reg") else "raw"


def _subject(name: str) -> str:
    """Return the subject's name in one spelling; blank where a folder is no subject's.

    >>> _subject("sub01"), _subject("Sub7"), _subject("other")
    ('sub01', 'sub07', '')
    """
    found = re.fullmatch(SUBJECT, name.strip(), re.IGNORECASE)
    return f"sub{int(found.group(1)):02d}" if found else ""


def _codings(table: Path, found: Found) -> Iterator[Coding]:
    for row in read_sheet(table, NEEDED, WELCOME).to_dict(orient="records"):
        number = whole_number(re.sub(r"(?i)^sub", "", row["subject"]))
        if number is None:
            reason = f"row {row[ROW]} of the coding table names no subject: {row['subject']!r}"
            found.skip(row["clip"], reason)
            continue
        subject = f"sub{number:02d}"
        marks = {m: whole_number(row[m]) for m in MARKS}
        clip, label = f"{subject}/{row['clip']}", label_of(row["label"])
        yield Coding(clip, subject, label, marks, row["aus"], row[ROW])


def published(settings: CASME2Data) -> dict[str, int]:
    """Return the counts of the coding table as distributed."""
    return {"clips": sum(LABELS.values()), "subjects": 26, **LABELS}


READER = Reader(
    CASME2Data,
    read_casme2,
    Card(
        title="CASME II, spontaneous micro-expressions",
        layout="CASME2_RAW_selected/sub01/EP02_01f/img46.jpg   (form: raw)\n"
        "Cropped/sub01/EP02_01f/reg_img46.jpg           (form: cropped)\n"
        "CASME2-coding-20140508.xlsx                    (or a .csv saved from it)",
        licence="For research by those who signed the agreement of the Institute of Psychology, "
        "Chinese Academy of Sciences: http://casme.psych.ac.cn/casme/e2.",
        citation="Yan, Li, Wang, Zhao, Liu, Chen, Fu: CASME II: An Improved Spontaneous "
        "Micro-Expression Database and the Baseline Evaluation. PLoS ONE 9(1), e86041, 2014. "
        "doi:10.1371/journal.pone.0086041",
    ),
    published,
)
