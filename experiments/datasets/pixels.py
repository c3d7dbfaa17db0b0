"""Pictures written as numbers in a CSV (FER2013), packed into one array, a picture per row.

The pack's key is a digest of the whole file, not its name and date: it is computed in a fraction of
a second, a copy of the file finds the pack again, and an edited one never does.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sttm.errors import InputError, UnreadableClip
from sttm.store import content_digest
from sttm.tables import named

from .disk import find_files
from .packing import packed
from .pictures import still_packed

SIDE = 48  # pixels
VERSION = 1  # raised when the same CSV gives another pack or table
LONGEST = 1 << 16  # bytes of a line; 2304 numbers of three digits are 9216
SEPARATORS = (b",", b";", b"\t")
NAMES = ("fer2013.csv", "icml_face_data.csv")
COLUMNS = ["emotion", "usage", "reason", "same"]


@dataclass(frozen=True)
class PixelRows:
    """The rows of a CSV of pictures, and the file that holds the pictures.

    Attributes
    ----------
    pack : Path
        A ``.npy`` file (rows, 48, 48) uint8; row n is frame n, black where it cannot be used.
    rows : DataFrame
        A row per row of the CSV, headers and blank lines not counted: ``emotion`` and ``usage`` as
        they are written, ``reason`` why the picture cannot be used (blank where it can), ``same``
        the first row with the same picture (itself where it is the first).
    """

    pack: Path
    rows: pd.DataFrame


def pixel_file(path: Path) -> Path | None:
    """Return the CSV that ``path`` is or holds, None for a folder that holds none.

    Raises
    ------
    InputError
        When there is nothing at ``path``, or it is an archive.
    """
    if path.is_dir():
        return next(find_files(path, "|".join(n.replace(".", r"\.") for n in NAMES), 2), None)
    if not path.exists():
        raise InputError(f"data.path must be {NAMES[0]} or a folder; there is nothing at {path}.")
    if path.suffix.lower() != ".csv":
        raise InputError(
            f"data.path must be {NAMES[0]} or a folder; {path.name} is neither, unpack archives."
        )
    return path


def needed_pixel_file(path: Path) -> Path:
    """Return the CSV that ``path`` is or holds; refuse a folder that holds none.

    Raises
    ------
    InputError
    """
    found = pixel_file(path)
    if found is None:
        raise InputError(f"{path} must hold {NAMES[0]}, and it does not{still_packed(path)}.")
    return found


def read_pixels(path: Path) -> PixelRows:
    """Return the rows of a CSV with the columns emotion, pixels and (as a rule) Usage.

    Columns come in any order. The pictures are packed the first time and found again later. About
    5 s for the 35,887 rows of FER2013 the first time, and 300 MB of memory; under 1 s after that.

    Raises
    ------
    InputError
        When the file cannot be read, has no header, or the pack cannot be written.
    """
    try:
        key = {"pixels": content_digest(path), "version": VERSION}
    except UnreadableClip as error:
        raise InputError(str(error)) from None
    parsed = functools.cache(lambda: _parse(path))
    pack = packed(key, lambda scratch: np.save(scratch, parsed().pictures()), "pictures.npy")
    table = packed(key, lambda scratch: parsed().table().to_csv(scratch, index=False), "rows.csv")
    kinds = {"emotion": str, "usage": str, "reason": str, "same": int}
    return PixelRows(pack, pd.read_csv(table, dtype=kinds, keep_default_na=False))


@dataclass
class _Parsed:
    flat: list[np.ndarray] = field(default_factory=list)
    rows: list[tuple[str, str, str, int]] = field(default_factory=list)

    def pictures(self) -> np.ndarray:
        empty = np.zeros((0, SIDE * SIDE), np.uint8)
        return (np.stack(self.flat) if self.flat else empty).reshape(-1, SIDE, SIDE)

    def table(self) -> pd.DataFrame:
        return pd.DataFrame(self.rows, columns=COLUMNS)


def _parse(path: Path) -> _Parsed:
    out = _Parsed()
    first: dict[bytes, int] = {}
    black = np.zeros(SIDE * SIDE, np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)  # how NumPy below 2.3 says "no number"
        for emotion, usage, text in _lines(path):
            picture, reason = (
                _picture(text) if text is not None else (None, "too few or many cells")
            )
            number = len(out.rows)
            same = number if picture is None else first.setdefault(picture.tobytes(), number)
            out.flat.append(black if picture is None else picture)
            out.rows.append((emotion, usage, reason, same))
    return out


def _lines(path: Path) -> Iterator[tuple[str, str, bytes | None]]:
    """Yield emotion, usage and pixels of every row; no pixels where cells are missing or extra."""
    with path.open("rb") as stream:
        start = stream.readline(LONGEST)
        separator = max(SEPARATORS, key=start.count)
        names = [c.lower().decode("utf-8", "replace") for c in _cells(start, separator)]
        _check_header(path, names)
        at = [names.index("emotion"), names.index("pixels")]
        usage = names.index("usage") if "usage" in names else None
        for line in iter(lambda: stream.readline(LONGEST), b""):
            cells = _cells(line, separator)
            if not any(cells) or [c.lower().decode("utf-8", "replace") for c in cells] == names:
                continue  # blank, or the header again, where files were joined
            whole = len(cells) == len(names)
            yield (
                cells[at[0]].decode("utf-8", "replace") if whole else "",
                cells[usage].decode("utf-8", "replace") if whole and usage is not None else "",
                cells[at[1]] if whole else None,
            )


def _cells(line: bytes, separator: bytes) -> list[bytes]:
    return [c.strip(b' "\r\n\t') for c in line.removeprefix(b"\xef\xbb\xbf").split(separator)]


def _check_header(path: Path, names: list[str]) -> None:
    lacking = [n for n in ("emotion", "pixels") if n not in names]
    if lacking:
        shown = named([n[:20] for n in names], 4)
        came = f"its first line has {shown!r}" if shown else "it is empty"
        raise InputError(
            f"{path.name} must begin with the header emotion,pixels,Usage as UTF-8 text; {came}."
        )


def _picture(text: bytes) -> tuple[np.ndarray | None, str]:
    """Return a row's pixels, (2304,) uint8, or None and the reason why there are none."""
    try:
        values = np.fromstring(text, dtype=np.int64, sep=" ")
    except (ValueError, DeprecationWarning):
        return None, "its pixels are not all whole numbers"
    if len(values) != SIDE * SIDE:
        return None, f"it does not have {SIDE * SIDE} pixels"
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 255:
        return None, "its pixels are not all from 0 to 255"
    if low == high:
        return None, f"all its pixels are {low}"
    return values.astype(np.uint8), ""
