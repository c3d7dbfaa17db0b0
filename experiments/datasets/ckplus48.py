"""CK+48: the last three frames of the labelled CK+ sequences as faces of 48 x 48 pixels.

The pictures of one expression lie in one folder, whatever their sequence, so no folder is a clip.
They are packed into one file of frames, and a clip is a stretch of it.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from sttm.errors import InputError
from sttm.frames.base import to_grey
from sttm.frames.images import IMAGE_SUFFIXES, read_image
from sttm.frames.naming import natural_key

from .base import Dataset, build_dataset
from .card import Card, Reader
from .ckplus import LABELLED
from .classes import DataSection
from .disk import data_folder, walk
from .found import Found
from .packing import packed
from .vocabulary import label_of

NAME = re.compile(r"(S\d+)_(\d+)_(\d+)", re.IGNORECASE)
DEPTH = 4  # of the pictures below data.path


class CKPlus48Data(DataSection):
    """CK+48, small faces from CK+ at and just before the peak."""

    kind: Literal["ck+48"] = "ck+48"
    path: Path = Field(description="Folder with a folder per expression (anger, ... surprise).")


def read_ckplus48(settings: CKPlus48Data) -> Dataset:
    """Return the sequences of CK+48, apex at the last frame.

    Raises
    ------
    InputError
        When the folder is missing, is the folder of one expression, or holds no usable sequence.
    """
    found = Found(data_folder(settings.path, "ck+48"))
    pictures = _look(found)
    frames = _frames(pictures, found)
    if not frames:
        return found.dataset("ck+48", "")  # refuses
    volume = np.concatenate(list(frames.values()))  # (t, y, x)
    digest = hashlib.blake2b(volume.tobytes()).hexdigest()
    key = {"data": "ck+48", "shape": list(volume.shape), "pixels": digest}
    pack = packed(key, lambda path: np.save(path, volume), "ck48.npy")
    rows = _rows(frames, pictures, pack.name)
    about = f"{len(rows)} sequences of {rows['subject'].nunique()} people from CK+48"
    return build_dataset(rows, pack.parent, about, "ck+48", found.skipped, found.passed)


def _look(found: Found) -> dict[str, list[tuple[int, Path]]]:
    """Return the pictures of each sequence with their numbers, in order, of all expressions."""
    pictures: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    for place, inside in walk(found.root, found.skip, DEPTH):
        for path in inside:
            parts = NAME.fullmatch(path.stem)
            if parts is None or path.suffix.lower() not in IMAGE_SUFFIXES:
                found.leave(path, "not called like a picture of CK+48, S010_006_00000013.png")
            elif place == found.root:
                raise InputError(
                    "data.path of ck+48 must be the folder that holds a folder per expression; "
                    f"{found.root} holds the pictures themselves: name the folder above it."
                )
            elif _label(path) not in LABELLED:
                found.leave(path, f"its folder {place.name} is not called like an expression")
            else:
                name = f"{parts[1].upper()}_{parts[2]}"
                pictures[name].append((int(parts[3]), path))
    return {name: sorted(pictures[name]) for name in sorted(pictures, key=natural_key)}


def _label(path: Path) -> str:
    return label_of(path.parent.name)


def _frames(pictures: dict[str, list[tuple[int, Path]]], found: Found) -> dict[str, np.ndarray]:
    """Return the frames (t, y, x) of the sequences that can be used, all of one size."""
    frames: dict[str, np.ndarray] = {}
    for name, shots in pictures.items():
        try:
            frames[name] = _sequence(shots)
        except ValueError as error:
            found.skip(name, str(error))
    sizes = Counter(f.shape[1:] for f in frames.values())
    if len(sizes) > 1:
        (height, width), _ = sizes.most_common(1)[0]
        for name in [n for n, f in frames.items() if f.shape[1:] != (height, width)]:
            high, wide = frames.pop(name).shape[1:]
            found.skip(name, f"{wide} x {high} pixels where most have {width} x {height}")
    return frames


def _sequence(shots: list[tuple[int, Path]]) -> np.ndarray:
    """Return the frames of one sequence; a ValueError says why there are none."""
    places = sorted({path.parent.name for _, path in shots})
    numbers = [number for number, _ in shots]
    if len({_label(path) for _, path in shots}) > 1:
        raise ValueError(f"its pictures lie in the folders {' and '.join(places)}")
    if len(set(numbers)) < len(numbers):
        doubled = Counter(numbers).most_common(1)[0][0]
        raise ValueError(f"its picture {doubled} is there twice")
    if len(shots) < 2:
        raise ValueError("a single image is no clip")
    read = [read_image(path) for _, path in shots]
    broken = [path.name for (_, path), picture in zip(shots, read, strict=True) if picture is None]
    if broken:
        raise ValueError(f"{broken[0]} cannot be decoded")
    grey = [to_grey(picture) for picture in read if picture is not None]
    if len({picture.shape for picture in grey}) > 1:
        raise ValueError("its pictures have different sizes")
    return np.stack(grey)


def _rows(
    frames: dict[str, np.ndarray], pictures: dict[str, list[tuple[int, Path]]], source: str
) -> pd.DataFrame:
    """Return a row per sequence: the stretch of the pack that holds its frames."""
    ends = np.cumsum([len(f) for f in frames.values()])
    rows = [
        {
            "clip": name,
            "subject": name.split("_")[0],
            "source": source,
            "first": end - len(frames[name]),
            "last": end - 1,
            "label": _label(pictures[name][0][1]),
            "apex": end - 1,
        }
        for name, end in zip(frames, ends.tolist(), strict=True)
    ]
    return pd.DataFrame(rows)


def published(settings: CKPlus48Data) -> dict[str, int]:
    """Return the counts of sequences; each has three pictures, 981 in all."""
    return {"clips": 327, "subjects": 118, **LABELLED}


READER = Reader(
    CKPlus48Data,
    read_ckplus48,
    Card(
        title="CK+48 (faces from CK+, 48 x 48 pixels)",
        layout="CK+48/{anger,contempt,disgust,fear,happy,sadness,surprise}/S010_006_00000013.png\n"
        "the last 3 frames of each labelled sequence of CK+, 981 pictures; no neutral face\n"
        "the faces are cropped: use finder: whole and align: box",
        licence="A repack by others of pictures from CK+: the agreement of CK+ holds for them "
        "(jeffcohn.net/Resources), wherever they come from.",
        citation="Lucey, Cohn, Kanade, Saragih, Ambadar, Matthews: The Extended Cohn-Kanade "
        "Dataset (CK+), CVPR Workshops 2010, doi:10.1109/CVPRW.2010.5543262.",
    ),
    published,
)
