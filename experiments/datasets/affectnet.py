"""AffectNet: faces from the web with an expression, valence and arousal.

Two releases: lists in CSV (``training.csv``, ``validation.csv``) beside the pictures, and a later
one with a small ``.npy`` file per picture and label.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TextIO

import numpy as np
import pandas as pd
from pydantic import Field

from sttm.errors import InputError
from sttm.tables import named

from .base import Dataset, build_dataset
from .card import Card, Reader
from .classes import DataSection
from .disk import data_folder, find_files, find_folder, folders
from .found import Found
from .pictures import Listed, in_parts, on_disk, still_packed

WORDS = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
OUTSIDE = {"8": "labelled none", "9": "labelled uncertain", "10": "labelled no face"}
CODES = {str(code): word for code, word in enumerate(WORDS)}
TRAIN = (74874, 134415, 25459, 14090, 6378, 3803, 24882, 3750)
VALIDATION = 500  # of each
LISTS = {"training": "train", "validation": "validation"}
SETS = {"train_set": "train", "val_set": "validation", "test_set": "test"}
IMAGES = "Manually_Annotated_Images"
HEADER = (  # as distributed
    *("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height"),
    *("facial_landmarks", "expression", "valence", "arousal"),
)
WANTED = ("subdirectory_filepath", "expression", "valence", "arousal")


class AffectNetData(DataSection):
    """The manually annotated pictures of AffectNet."""

    kind: Literal["affectnet"] = "affectnet"
    path: Path = Field(
        description="Folder above the lists (training.csv, validation.csv) and the pictures, or "
        "above the folders train_set and val_set of the later release."
    )
    images: Path | None = Field(
        None, description=f"Folder of the listed pictures; {IMAGES} below data.path unless told."
    )


def read_affectnet(settings: AffectNetData) -> Dataset:
    """Return the pictures with one of the eight expressions; nothing is known of who they show.

    From the lists, the labels table keeps ``valence`` and ``arousal``, -1 to 1. The face boxes are
    not used: a face is found again like in any picture.

    Raises
    ------
    InputError
        When neither the lists nor the later release are at the path, or no picture is found.
    """
    root = data_folder(settings.path, "affectnet")
    lists = _lists(root)
    if lists:
        return _from_lists(root, lists, settings)
    sets = {p: SETS[p.name.casefold()] for p in _sets(root)}
    if sets:
        return _from_sets(root, sets)
    raise InputError(
        f"data.path of affectnet must be the folder above training.csv and validation.csv, or "
        f"above train_set and val_set; {root} holds none of them{still_packed(root)}."
    )


# the lists --------------------------------------------------------------------------------------


def _lists(root: Path) -> dict[str, Path]:
    """Return part -> list; the two lie in one folder, the first that holds one of them."""
    first = next(find_files(root, r"(training|validation)\.csv", 2), None)
    if first is None:
        return {}
    files = {p.name.casefold(): p for p in first.parent.iterdir()}
    return {part: files[f"{n}.csv"] for n, part in LISTS.items() if f"{n}.csv" in files}


def _from_lists(root: Path, lists: dict[str, Path], settings: AffectNetData) -> Dataset:
    tables = [_read_list(file).assign(part=part) for part, file in lists.items()]
    rows = pd.concat(tables, ignore_index=True).drop_duplicates(ignore_index=True)
    if rows.empty:
        raise InputError(f"the lists of affectnet in {root} must name pictures, and name none.")
    folder = _images_folder(root, rows["clip"], [f.parent for f in lists.values()], settings.images)
    listed: Listed = {}
    rows["source"] = [on_disk(folder, clip, listed) for clip in rows["clip"]]
    rows["label"] = rows["expression"].map(CODES)
    outside = rows["expression"].map(OUTSIDE)
    rows["reason"] = _reasons(rows).where(outside.isna(), "")
    good = rows[(rows["reason"] == "") & outside.isna()].reset_index(drop=True)
    skipped, passed = rows[rows["reason"] != ""], rows[outside.notna()]
    left_out = (
        list(zip(skipped["clip"], skipped["reason"], strict=True)),
        list(zip(passed["clip"], outside[outside.notna()], strict=True)),
    )
    about = f"{len(good)} pictures in eight expressions{in_parts(good)}"
    data = build_dataset(good, folder, about, "affectnet", *left_out)
    felt = {c: pd.to_numeric(good[c], errors="coerce").to_numpy(float) for c in WANTED[2:]}
    data.labels = data.labels.assign(**felt)
    return data


def _read_list(file: Path) -> pd.DataFrame:
    """Return clip (the path), expression, valence and arousal of every row, as text.

    ``cells`` says how many the row has too many or too few.

    Raises
    ------
    InputError
        When the file is no such table.
    """
    try:
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            rows = list(_cells(file, stream))
    except OSError as error:
        raise InputError(f"{file} must be readable: {error.strerror}.") from None
    except csv.Error as error:
        raise InputError(f"{file.name} is no whole table: {error}.") from None
    return pd.DataFrame(rows, columns=["clip", *WANTED[1:], "cells"])


def _cells(file: Path, stream: TextIO) -> Iterator[tuple[str, str, str, str, int]]:
    """Yield the wanted cells of every row; the many landmarks are dropped on the way."""
    reader = csv.reader(stream, skipinitialspace=True, strict=True)
    first = next(reader, [])
    names = [name.strip().casefold() for name in first]
    if not first:
        raise InputError(f"{file.name} is empty; it must list pictures.")
    bare = "/" in names[0] or "\\" in names[0]  # validation.csv came without a header
    if bare:
        names = [name.casefold() for name in HEADER]
    lacking = [name for name in HEADER if name.casefold() in {*WANTED} - {*names}]
    if lacking:
        shown = named([n[:20] for n in names], 4)
        raise InputError(f"{file.name} needs a column {lacking[0]!r}; it has {shown}.")
    places = [names.index(name) for name in WANTED]
    for row in itertools.chain([first] if bare else [], reader):
        if any(row):
            path, code, valence, arousal = (row[i].strip() if i < len(row) else "" for i in places)
            yield path.replace("\\", "/"), code, valence, arousal, len(row) - len(names)


def _images_folder(root: Path, clips: pd.Series, beside: list[Path], given: Path | None) -> Path:
    """Return the folder that the listed paths are below: the first that holds one of them."""
    usual = find_folder(root, IMAGES)
    places = [given] if given else [usual, root, *beside, *(p.parent for p in beside)]
    some = clips.iloc[:: max(1, len(clips) // 200)]
    for place in [p for p in places if p is not None]:
        listed: Listed = {}
        if any(on_disk(place, clip, listed) for clip in some):
            return place
    raise InputError(
        f"the lists of affectnet name pictures such as {clips.iloc[0]}; "
        f"none is below {named(dict.fromkeys(p for p in places if p is not None))}; name their "
        f"folder as data.images{still_packed(root)}."
    )


def _reasons(rows: pd.DataFrame) -> pd.Series:
    """Return why rows cannot be used, blank where they can."""
    reason = pd.Series("", index=rows.index)
    reason = reason.mask(rows["cells"] != 0, "its row has too many or too few cells")
    again = "it is listed before, with something else said"
    reason = reason.mask((reason == "") & rows["clip"].duplicated(), again)
    reason = reason.mask((reason == "") & (rows["source"] == ""), "it is not there")
    code = "its expression is '" + rows["expression"].str[:20] + "', and the codes are 0 to 10"
    return reason.mask((reason == "") & rows["label"].isna(), code)


# the later release ------------------------------------------------------------------------------


def _sets(root: Path) -> Iterator[Path]:
    level = [root]
    for _ in range(3):
        for place in level:
            if place.resolve().name.casefold() in SETS and (place / "annotations").is_dir():
                yield place
        level = [p for place in level for p in folders(place) if p.name != "annotations"]


def _from_sets(root: Path, sets: dict[Path, str]) -> Dataset:
    found = Found(root)
    for place, part in sets.items():
        listed: Listed = {}
        for file in sorted((place / "annotations").glob("*_exp.npy")):
            name, code = file.name.removesuffix("_exp.npy"), _code(file)
            picture = on_disk(place / "images", f"{name}.jpg", listed)
            if code in OUTSIDE:
                found.leave(file, OUTSIDE[code])
            elif code not in CODES:
                found.skip(file, "it holds no code from 0 to 10")
            elif not picture:
                found.skip(file, f"images/{name}.jpg is not there")
            else:
                found.clip(
                    f"{part}/{name}", place / "images" / picture, label=CODES[code], part=part
                )
    return found.dataset(
        "affectnet", f"{{clips}} pictures in eight expressions{in_parts(found.table())}"
    )


def _code(file: Path) -> str:
    """Return the expression in a file of one number or word, blank where it holds none."""
    try:
        value = np.load(file, allow_pickle=False)
        return str(int(value.reshape(-1)[0]))
    except (OSError, ValueError, EOFError, IndexError, SyntaxError):
        return ""


def published(settings: AffectNetData) -> dict[str, int]:
    """Return the counts of the paper, 287,651 to train on and 500 of each for validation."""
    counts = {word: count + VALIDATION for word, count in zip(WORDS, TRAIN, strict=True)}
    return {"clips": sum(counts.values()), **counts}


READER = Reader(
    AffectNetData,
    read_affectnet,
    Card(
        title="AffectNet, manually annotated",
        layout="Manually_Annotated_file_lists/training.csv, validation.csv\n"
        "Manually_Annotated_Images/<number>/<name>.jpg\n"
        "or train_set/images/<n>.jpg, train_set/annotations/<n>_exp.npy; val_set the same",
        licence="For research, on request by a group's head (mohammadmahoor.com/affectnet).",
        citation="Mollahosseini, Hasani, Mahoor, AffectNet: a database for facial expression, "
        "valence, and arousal computing in the wild, IEEE Transactions on Affective Computing 10, "
        "2019, doi:10.1109/TAFFC.2017.2740923",
        stills=True,
    ),
    published,
)
