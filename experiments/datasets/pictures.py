"""What the readers of still pictures ask of folders."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sttm.errors import InputError
from sttm.frames import IMAGE_SUFFIXES, list_clips
from sttm.tables import named

from .disk import find_files
from .found import Found

ARCHIVES = r".*\.(zip|rar|7z|tar|tgz|tar\.gz|zip\.\d+)"
Listed = dict[str, dict[str, str]]  # folder -> name in lower case -> name


def pictures(found: Found) -> list[Path]:
    """Return the pictures below ``found.root``; ``found`` is told what else lies there."""
    paths, passed = list_clips(found.root, stills=True)
    for path, reason in passed:
        wanted = path.suffix.lower() in IMAGE_SUFFIXES or path.is_dir()
        (found.skip if wanted else found.leave)(path, reason)
    for path in paths:
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            found.leave(path, "no picture")
    return [p for p in paths if p.suffix.lower() in IMAGE_SUFFIXES]


def on_disk(folder: Path, below: str, listed: Listed) -> str:
    """Return a path below ``folder`` as it is on disk, whatever the case of its name, or nothing.

    ``listed`` remembers what lies in the folders that were looked into: a long list of files costs
    one look per folder and none per file.
    """
    place, slash, name = below.rpartition("/")
    if place not in listed:
        try:
            inside = (folder / place).iterdir()
            listed[place] = {p.name.casefold(): p.name for p in inside}
        except (OSError, ValueError):  # no folder, or a name with a null byte
            listed[place] = {}
    found = listed[place].get(name.casefold())
    return f"{place}{slash}{found}" if found else ""


def still_packed(root: Path, depth: int = 2) -> str:
    """Return the half sentence that names archives below a folder; nothing where there are none."""
    found = [p.relative_to(root).as_posix() for p in find_files(root, ARCHIVES, depth)]
    return f"; unpack {named(found, 2)} first" if found else ""


def in_parts(rows: pd.DataFrame) -> str:
    """Return how many rows are in each part, in brackets, or nothing where no part is known."""
    parts = rows["part"].tolist() if "part" in rows else []
    known = [p for p in ("train", "validation", "test") if p in parts]
    return f" ({', '.join(f'{parts.count(p)} {p}' for p in known)})" if known else ""


def refuse_nothing(found: Found, wanted: str) -> None:
    """Refuse a folder without a single clip, and say what should be there.

    Raises
    ------
    InputError
        With the first reasons and the archives that are still to be unpacked.
    """
    if found.rows:
        return
    seen = named([f"{name}: {reason}" for name, reason in [*found.skipped, *found.passed]], 2)
    why = f"left out: {seen}" if seen else "it holds no file"
    raise InputError(
        f"data.path must be the folder with {wanted}; none is below {found.root} ({why})"
        f"{still_packed(found.root)}."
    )
