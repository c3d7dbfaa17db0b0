"""Points in files, and how far found points lie from true ones.

``.pts`` (iBUG) counts pixels from 1, as Matlab does, so 1 is taken off; CK+'s text files count from
0. Both hold 68 lines ``x y``.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from ..atomic import replacing
from ..errors import InputError
from ..frames.naming import natural_key
from .scheme import OUTER_CORNERS, POINTS

SUFFIXES = (".pts", ".txt")
LONGEST = 64_000  # bytes; 68 lines of two long numbers have some 3,500
FARTHEST = 1e6  # pixels


def read_points(path: Path) -> np.ndarray:
    """Return the points of a file, (68, 2) pixels, whole numbers the middles of pixels.

    Raises
    ------
    InputError
        When the file is missing, is no such file, or holds anything but 68 pairs of numbers.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"points are read from .pts (iBUG) and .txt (CK+) files, not {path.name}.")
    lines = [line.strip() for line in _text(path).splitlines()]
    lines = [line for line in lines if line and not line.startswith("//")]
    if path.suffix.lower() == ".pts":
        return _pairs(_between_braces(lines, path), path) - 1.0  # iBUG counts from 1
    return _pairs(lines, path)


def _text(path: Path) -> str:
    try:
        if not path.is_file():
            raise InputError(f"there is no file of points {path}.")
        with path.open("rb") as file:
            content = file.read(LONGEST + 1)
    except OSError as error:
        raise InputError(f"cannot read the points {path}: {error.strerror or error}.") from error
    if len(content) > LONGEST:
        raise InputError(f"a file of 68 points has less than {LONGEST} bytes; {path} has more.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"a file of points is plain text; {path} is not.") from error


def _between_braces(lines: list[str], path: Path) -> list[str]:
    if "{" not in lines or "}" not in lines or lines.index("{") > lines.index("}"):
        raise InputError(f"a .pts file holds its points between lines '{{' and '}}'; {path} lacks.")
    return lines[lines.index("{") + 1 : lines.index("}")]


def _pairs(lines: list[str], path: Path) -> np.ndarray:
    if len(lines) != POINTS:
        raise InputError(f"{POINTS} points are needed, one per line; {path} has {len(lines)}.")
    rows = []
    for line in lines:
        try:
            row = [float(word) for word in line.replace(",", " ").split()]
        except ValueError:
            row = []
        if len(row) != 2 or not all(math.isfinite(n) and abs(n) < FARTHEST for n in row):
            raise InputError(f"a point is two numbers 'x y'; {path} has the line {line[:40]!r}.")
        rows.append(row)
    return np.array(rows)


def write_points(points: np.ndarray, path: Path) -> Path:
    """Write points (68, 2) as a ``.pts`` file, which counts from 1."""
    lines = [f"{x + 1:.3f} {y + 1:.3f}" for x, y in np.asarray(points)]
    text = "\n".join(["version: 1", f"n_points: {POINTS}", "{", *lines, "}", ""])
    with replacing(path, durable=False) as part:
        part.write_text(text, encoding="utf-8")
    return path


def point_files(place: Path) -> list[Path]:
    """Return the files of points of a clip in natural order: a folder's, or the one file.

    Raises
    ------
    InputError
        When there is none.
    """
    if place.is_dir():
        found = [p for p in place.iterdir() if p.suffix.lower() in SUFFIXES]
        files = sorted(
            (p for p in found if not p.name.startswith(".")), key=lambda p: natural_key(p.name)
        )
    else:
        files = [place] if place.is_file() else []
    if not files:
        raise InputError(f"there are no files of points (.pts, .txt) at {place}.")
    return files


def eye_distance(points: np.ndarray) -> np.ndarray:
    """Return the distance of the outer eye corners, (..., 68, 2) -> (...)."""
    left, right = OUTER_CORNERS
    return np.linalg.norm(points[..., right, :] - points[..., left, :], axis=-1)


def point_errors(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return each point's distance over that of the true outer eye corners, (..., 68).

    Both are (..., 68, 2). A point that could not be told (NaN) has the error NaN.

    Raises
    ------
    InputError
        When the true outer eye corners fall together.
    """
    found, true = np.asarray(found, float), np.asarray(true, float)
    across = eye_distance(true)
    if not (across > 0).all():
        raise InputError("errors are measured over the distance of the outer eye corners; it is 0.")
    return np.linalg.norm(found - true, axis=-1) / across[..., None]


def normalised_error(found: np.ndarray, true: np.ndarray) -> float:
    """Return the mean distance over that of the outer eye corners (Sagonas et al. 2013).

    Points that could not be told (NaN) do not count; with none left it is NaN.

    >>> face = np.random.default_rng(0).uniform(0, 100, (68, 2))
    >>> face[36], face[45] = (20, 50), (70, 50)
    >>> round(normalised_error(face + (3, 4), face), 3)
    0.1
    """
    errors = point_errors(found, true)
    told = errors[np.isfinite(errors)]
    return float(told.mean()) if told.size else math.nan
