"""FER2013: 48x48 pictures from a web search, as a CSV or as folders of pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from sttm.errors import InputError

from .base import Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, folders
from .drawn.files import MARKER
from .found import Found
from .pictures import in_parts, pictures, still_packed
from .pixels import pixel_file, read_pixels
from .vocabulary import label_of

WORDS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")  # codes 0 to 6
CODES = {str(code): word for code, word in enumerate(WORDS)}
COUNTS = (4953, 547, 5121, 8989, 6077, 4002, 6198)
USAGE = {"training": "train", "publictest": "validation", "privatetest": "test"}
PARTS = USAGE | {
    "train": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
}


class Fer2013Data(DataSection):
    """FER2013 as the CSV of the contest or as the folders of its copies."""

    kind: Literal["fer2013"] = "fer2013"
    path: Path = Field(
        description="fer2013.csv (or icml_face_data.csv), a folder with it, or a folder with the "
        "folders train and test."
    )
    repeats: bool = Field(
        True,
        description="Keep rows of the CSV whose picture an earlier row has, as published figures "
        "do, although some pictures are then in training and in test.",
    )


def read_fer2013(settings: Fer2013Data) -> Dataset:
    """Return the pictures of FER2013; a clip is one row of the CSV or one file.

    Raises
    ------
    InputError
        When neither the CSV nor the folders are at the path, or no picture can be used.
    """
    file = pixel_file(settings.path)
    if file is not None:
        return say_drawn(_from_csv(file, settings), file.parent)
    if not settings.repeats:
        raise InputError("data.repeats: false needs fer2013.csv; the folders are read as they are.")
    data = _from_folders(data_folder(settings.path, "fer2013"))
    return say_drawn(data, data.root)


def say_drawn(data: Dataset, folder: Path) -> Dataset:
    """Return the data set, marked as synthetic where the toolkit drew what is in the folder."""
    if (folder / MARKER).is_file():
        data.synthetic = True
        data.about += "; drawn (synthetic) faces"
    return data


# the CSV ----------------------------------------------------------------------------------------


def row_names(count: int) -> list[str]:
    """Return the clips' names: they name the row, so that they stay the same.

    >>> row_names(2)
    ['fer2013-00000', 'fer2013-00001']
    """
    return [f"fer2013-{number:05d}" for number in range(count)]


def _from_csv(file: Path, settings: Fer2013Data) -> Dataset:
    pixels = read_pixels(file)
    rows = pixels.rows.assign(clip=row_names(len(pixels.rows)), source=pixels.pack.name)
    rows["first"] = rows["last"] = range(len(rows))
    rows["label"] = rows["emotion"].map(CODES)
    rows["part"] = rows["usage"].str.casefold().map(USAGE)
    if (rows["usage"] == "").all():  # the training file of the contest has no such column
        rows = rows.drop(columns="part")
    rows["reason"] = _reasons(rows)
    good = rows[rows["reason"] == ""]
    repeated = good[good["same"] != good["first"]]
    skipped = _pairs(rows[rows["reason"] != ""])
    passed: list[tuple[str, str]] = []
    if not settings.repeats:
        good = good.drop(repeated.index)
        said = "the same picture as row " + repeated["same"].astype(str)
        passed = _pairs(repeated.assign(reason=said))
    about = f"{len(good)} pictures of {file.name}{in_parts(good)}"
    if settings.repeats and len(repeated):
        about += f"; {len(repeated)} of them repeat an earlier one"
    return build_dataset(good, pixels.pack.parent, about, "fer2013", skipped, passed)


def _reasons(rows: pd.DataFrame) -> pd.Series:
    """Return why rows cannot be used, blank where they can; the first reason that holds."""
    reason = rows["reason"].copy()
    code = "its emotion is '" + rows["emotion"].str[:20] + "', and the codes are 0 to 6"
    reason = reason.mask((reason == "") & rows["label"].isna(), code)
    if "part" in rows:
        usage = "its Usage is '" + rows["usage"].str[:20] + "', which names no part"
        reason = reason.mask((reason == "") & rows["part"].isna(), usage)
    return reason


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["clip"], rows["reason"], strict=True))


# the folders ------------------------------------------------------------------------------------


def _from_folders(root: Path) -> Dataset:
    found = Found(_base(root))
    for path in pictures(found):
        below = path.relative_to(found.root)
        word = below.parts[1] if len(below.parts) > 2 else ""
        label = CODES.get(word, label_of(word))
        if not word or below.parts[0].casefold() not in PARTS:
            found.skip(path, "it does not lie in a label folder of train or test")
        elif label not in WORDS:
            found.skip(path, f"its folder {word!r} is no expression of FER2013")
        else:
            found.clip(found.shown(path), path, label=label, part=_part(below))
    return found.dataset("fer2013", f"{{clips}} pictures in folders{in_parts(found.table())}")


def _part(below: Path) -> str:
    """Return the part; ``PublicTest_77242413.jpg`` says it better than its folder ``test``."""
    usage = below.name.split("_")[0].casefold()
    return USAGE.get(usage, PARTS[below.parts[0].casefold()])


def _base(root: Path) -> Path:
    """Return the folder that holds the folders of the parts, at or below ``root``."""
    level = [root]
    for _ in range(3):
        for place in level:
            if any(p.name.casefold() in PARTS for p in folders(place)):
                return place
        level = [p for place in level for p in folders(place)]
    inside = root.resolve()
    if inside.name.casefold() in PARTS or inside.parent.name.casefold() in PARTS:
        raise InputError(
            f"data.path of fer2013 must be the folder above those of the parts; {root} is one of "
            "them or below."
        )
    raise InputError(
        f"{root} must hold fer2013.csv, or the folders train and test; it holds neither"
        f"{still_packed(root)}."
    )


def published(settings: Fer2013Data) -> dict[str, int]:
    """Return the counts of the contest's paper; with ``repeats: false`` nobody published any."""
    counts = {"clips": sum(COUNTS), **dict(zip(WORDS, COUNTS, strict=True))}
    return counts if settings.repeats else {}


READER = Reader(
    Fer2013Data,
    read_fer2013,
    Card(
        title="FER2013, Facial Expression Recognition 2013",
        layout="fer2013.csv (emotion,pixels,Usage) or icml_face_data.csv\n"
        "train/<label>/Training_*.jpg\n"
        "test/<label>/PublicTest_*.jpg, PrivateTest_*.jpg",
        licence="Pictures from a web search, given out for the contest; ask whether you may use "
        "them.",
        citation="Goodfellow et al., Challenges in representation learning: a report on three "
        "machine learning contests, Neural Networks 64, 2015, doi:10.1016/j.neunet.2014.09.005",
        stills=True,
    ),
    published,
)
