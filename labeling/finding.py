"""The clips that a path stands for: a video, a folder of clips, or a CSV clips table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sttm.errors import InputError
from sttm.frames import IMAGE_SUFFIXES, list_clips, sort_out
from sttm.tables import check_clips, named

from .hand_csv import read_hand_csv

OPTIONAL = ("source", "path", "subject", "dataset", "first", "last", "fps")


@dataclass
class Found:
    """What lies at a path.

    Attributes
    ----------
    clips : DataFrame
        A clips table, sources below ``root``.
    root : Path
    failed : list of (str, str)
        Clips that cannot be used, with the reason.
    strays : list of (str, str)
        What is no clip, with the reason.
    """

    clips: pd.DataFrame
    root: Path
    failed: list[tuple[str, str]] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)


def find_clips(source: str | Path) -> Found:
    """Return the clips that a video, a folder or a CSV stands for.

    A clip of a folder is called as its file without the suffix, unless two would then be called
    the same.

    Raises
    ------
    InputError
        When there is nothing at ``source``, or no clip in it.
    """
    source = Path(source)
    if source.suffix.lower() == ".csv":
        return Found(_read_clips(source), source.parent)
    if source.is_dir() and not _is_sequence(source):
        paths, failed, strays = sort_out(*list_clips(source), source)
        if not paths:
            left = named([f"{c}: {r}" for c, r in [*failed, *strays]], 2)
            raise InputError(f"no clip was found in {source} ({left or 'it holds no file'}).")
        return Found(_clips_below(paths, source), source, failed, strays)
    if not source.exists():
        raise InputError(f"there is nothing at {source}.")
    name = source.resolve().name if source.is_dir() else source.stem
    table = pd.DataFrame({"clip": [name], "source": [str(source.resolve())]})
    return Found(check_clips(table), source.parent)


def subjects_in(paths: Iterable[str], pattern: str) -> list[str]:
    """Return the subject that each path names.

    Parameters
    ----------
    paths : iterable of str
    pattern : str
        Regular expression with one group that finds the subject.

    Raises
    ------
    InputError
        When the pattern is none, or finds nothing in a path.

    Examples
    --------
    >>> subjects_in(["S01_smile.avi", "S02_smile.avi"], "(S[0-9]+)")
    ['S01', 'S02']
    """
    try:
        wanted = re.compile(pattern)
    except re.error as error:
        raise InputError(f"{pattern!r} is no regular expression: {error}.") from None
    if wanted.groups != 1:
        raise InputError(f"{pattern!r} must have one group, such as '(S[0-9]+)'.")
    found = {path: wanted.search(path) for path in paths}
    missing = [path for path, match in found.items() if match is None or not match.group(1)]
    if missing:
        raise InputError(f"{pattern!r} finds no subject in {named(missing)}.")
    return [match.group(1) for match in found.values() if match is not None]


def _is_sequence(folder: Path) -> bool:
    files = [p for p in folder.iterdir() if not p.name.startswith(".")]
    images = [p for p in files if p.suffix.lower() in IMAGE_SUFFIXES]
    return len(images) >= 2 and not any(p.is_dir() for p in files)


def _clips_below(paths: list[Path], root: Path) -> pd.DataFrame:
    sources = [p.relative_to(root).as_posix() for p in paths]
    bare = [
        s if p.is_dir() else s.removesuffix(p.suffix) for s, p in zip(sources, paths, strict=True)
    ]
    unique = len(set(bare)) == len(bare)
    return check_clips(pd.DataFrame({"clip": bare if unique else sources, "source": sources}))


def _read_clips(path: Path) -> pd.DataFrame:
    table = read_hand_csv(path, {"clip": "clip"}, OPTIONAL)
    if "source" not in table and "path" in table:
        table = table.rename(columns={"path": "source"})
    clips = check_clips(table)
    blank = clips.loc[clips["source"] == "", "clip"]
    if len(blank):
        raise InputError(f"{path.name} gives no path for clip {named(blank)}; add it.")
    return clips
