"""What readers ask of folders: entries in natural order, wrapper folders, numbers of frames."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from sttm.errors import InputError
from sttm.frames.folder import image_paths
from sttm.frames.naming import is_hidden, natural


def entries(folder: Path) -> list[Path]:
    """Return what lies in a folder and is not hidden, in natural order; nothing if unreadable."""
    try:
        return natural(p for p in folder.iterdir() if not is_hidden(p))
    except OSError:
        return []


def folders(folder: Path) -> list[Path]:
    """Return the folders in a folder, hidden ones left out, in natural order."""
    return [p for p in entries(folder) if p.is_dir()]


def files(folder: Path, *suffixes: str) -> list[Path]:
    """Return the files in a folder, of these suffixes where any are given, in natural order."""
    found = [p for p in entries(folder) if not p.is_dir()]
    return [p for p in found if p.suffix.lower() in suffixes] if suffixes else found


def data_folder(root: Path, kind: str) -> Path:
    """Return ``data.path`` when it is a folder that can be read.

    Raises
    ------
    InputError
    """
    try:
        if root.is_dir():
            next(root.iterdir(), None)
            return root
    except OSError as error:
        raise InputError(
            f"data.path of {kind} must be readable; {root}: {error.strerror}."
        ) from error
    raise InputError(f"data.path of {kind} must be the folder of the data set; {root} is none.")


def find_folder(root: Path, name: str, depth: int = 3) -> Path | None:
    """Return the folder called ``name`` (whatever its case) at or at most ``depth`` below ``root``.

    Where such a folder holds nothing but another of the same name, the inner one is meant: archives
    are often unpacked into a folder called like themselves. ``root`` itself may be it.
    """
    wanted = name.casefold()
    level = [root]
    for _ in range(depth + 1):
        for place in level:
            if place.resolve().name.casefold() == wanted:
                inner = [p for p in folders(place) if p.name.casefold() == wanted]
                return inner[0] if inner else place
        level = [p for place in level for p in folders(place)]
    return None


def find_files(root: Path, pattern: str, depth: int = 3) -> Iterator[Path]:
    """Yield the files whose names match a regular expression, nearest first."""
    expression = re.compile(pattern, re.IGNORECASE)
    level = [root]
    for _ in range(depth + 1):
        for place in level:
            yield from (p for p in files(place) if expression.fullmatch(p.name))
        level = [p for place in level for p in folders(place)]


def walk(
    root: Path, refuse: Callable[[Path, str], None], depth: int = 7
) -> Iterator[tuple[Path, list[Path]]]:
    """Yield the folders at or below ``root`` with the files in each, in natural order, once.

    Hidden ones are left out, and so is what lies deeper than ``depth``.

    Parameters
    ----------
    root : Path
    refuse : callable
        ``refuse(folder, reason)`` is told of folders that cannot be read.
    depth : int
        0 looks at ``root`` alone.
    """
    waiting, seen = [(root, 0)], set()
    while waiting:
        place, level = waiting.pop()
        try:
            real = place.resolve()
            inside = natural(p for p in place.iterdir() if not is_hidden(p))
        except OSError as error:
            refuse(place, f"cannot be read: {error.strerror}")
            continue
        if real in seen:  # a link in a circle
            continue
        seen.add(real)
        below = [p for p in inside if p.is_dir()]
        yield place, [p for p in inside if p not in set(below)]
        if level < depth:
            waiting += [(p, level + 1) for p in reversed(below)]


def why_empty(folder: Path) -> str:
    """Return why nothing was found in a folder: it is empty, cannot be read, holds other things."""
    try:
        empty = all(is_hidden(p) for p in folder.iterdir())
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "an empty folder" if empty else "holds nothing of the data set"


def last_number(name: str) -> int | None:
    """Return the last run of digits in a name.

    >>> last_number("reg_img46"), last_number("006_05562"), last_number("cover")
    (46, 5562, None)
    """
    found = re.findall(r"\d+", name)
    return int(found[-1]) if found else None


def positions(folder: Path) -> dict[int, int]:
    """Return number in the file's name -> 0-based position among the frames of a sequence.

    Coding tables name frames by the number in the file name; tables here count from 0.

    Raises
    ------
    UnreadableClip
        When the folder holds no image.
    """
    numbers = [last_number(p.stem) for p in image_paths(folder)]
    return {n: i for i, n in enumerate(numbers) if n is not None}
