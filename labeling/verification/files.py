"""Files: are the clips where they were, and are they what they were?

Fast: a look at each source's entry in the file system. Slow: its content is read, its frames are
decoded and counted, and what they show is kept for the search for duplicates.
"""

from __future__ import annotations

import math
import os
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from sttm.digests import content_digest
from sttm.errors import InputError
from sttm.parallel import WorkerDied, as_finished

from .evidence import Evidence
from .findings import Case, Item, Items, case, counted, words_of
from .likeness import Look, Watcher

Progress = Callable[[int, int], None]
GRACE = 2.0  # seconds by which file systems round their times
RATE_TOLERANCE = 0.005  # relative; 29.97 is not 30 by 0.1 %, and headers round


@dataclass(frozen=True)
class Seen:
    """What was found out by reading one source.

    ``windows`` has, per clip of it, the number of frames, the rate and the look.
    """

    digest: str = ""
    trouble: str = ""
    windows: list[tuple[int, float | None, Look | None, str]] = field(default_factory=list)


@dataclass
class Content:
    """What slow checks found out: per clip the digest, the frames, the rate, the look, trouble."""

    digest: dict[str, str] = field(default_factory=dict)
    frames: dict[str, int] = field(default_factory=dict)
    fps: dict[str, float] = field(default_factory=dict)
    look: dict[str, Look] = field(default_factory=dict)
    trouble: dict[str, str] = field(default_factory=dict)


def present_cases(evidence: Evidence) -> tuple[list[Case], set[str]]:
    """Return F01, F02 and F06 as far as the file system tells, and the sources to leave alone."""
    clips_of = _clips_of(evidence)
    missing: list[Item] = []
    unreadable: list[Item] = []
    late: list[Item] = []
    bad: set[str] = set()
    for source, rows in clips_of.items():
        names = tuple(row["clip"] for row in rows)
        entry = _entry(evidence.path_of(source))
        if isinstance(entry, str):
            bad.add(source)
            (missing if entry == "missing" else unreadable).append(
                Item(names, source if entry == "missing" else f"{source} ({entry})")
            )
            continue
        late += [Item((row["clip"],), row["clip"]) for row in rows if _after(entry, row["added"])]
    cases = [
        *case("F01", missing, lambda f: _sources(f, "is missing|are missing")),
        *case("F02", unreadable, lambda f: _sources(f, "cannot be read|cannot be read")),
        *case("F06", late, _written_later),
    ]
    return cases, bad


def _sources(items: Items, verb: str) -> str:
    one, many = verb.split("|")
    clips = sum(len(item.clips) for item in items)
    beside = f" (of {counted(clips, 'clip')})" if clips != len(items) else ""
    verb = one if len(items) == 1 else many
    return f"{counted(len(items), 'source')}{beside} {verb}: {words_of(items)}."


def _written_later(items: Items) -> str:
    verb = "was" if len(items) == 1 else "were"
    return (
        f"The sources of {counted(len(items), 'clip')} {verb} written after they were added to "
        f"the study: {words_of(items)}."
    )


def _clips_of(evidence: Evidence) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in evidence.records:
        out.setdefault(str(row["source"]), []).append(row)
    return out


def _entry(path: Path) -> float | str:
    """Return when a source was last written, or what is wrong with it."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            with os.scandir(path) as entries:
                return found.st_mtime if any(True for _ in entries) else "an empty folder"
        if not stat.S_ISREG(found.st_mode):
            return "neither a file nor a folder"
        return found.st_mtime if found.st_size else "an empty file"
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)


def _after(written: float, added: str) -> bool:
    try:
        return written > datetime.fromisoformat(added).timestamp() + GRACE
    except (TypeError, ValueError, OverflowError):
        return False


# slow ---------------------------------------------------------------------------------------------


def read_contents(
    evidence: Evidence, skip: set[str], *, jobs: int = 1, progress: Progress | None = None
) -> Content:
    """Read every source and return what its clips are.

    Parameters
    ----------
    evidence : Evidence
    skip : set of str
        Sources that are missing or unreadable anyway.
    jobs : int
        Processes; -1 for one per core.
    progress : callable, optional
        Called with (sources done, sources) as they are finished.
    """
    clips_of = {s: rows for s, rows in _clips_of(evidence).items() if s not in skip}
    windows = [
        [(_number(r["first"]), _number(r["last"])) for r in rows] for rows in clips_of.values()
    ]
    tasks = list(zip(map(evidence.path_of, clips_of), windows, strict=True))
    groups = list(clips_of.values())
    out = Content()
    for done, (number, seen) in enumerate(as_finished(inspect, tasks, jobs), 1):
        if isinstance(seen, WorkerDied):
            seen = Seen(trouble="the decoder crashed on it")
        _take(out, groups[number], seen)
        if progress is not None:
            progress(done, len(tasks))
    return out


def inspect(source: Path, windows: list[tuple[int | None, int | None]]) -> Seen:
    """Return what one source is, and the frames of its clips."""
    try:
        digest = content_digest(source)
    except InputError as error:
        return Seen(trouble=_without_path(error, source))
    return Seen(digest, "", [_watched(source, *window) for window in windows])


def _watched(
    source: Path, first: int | None, last: int | None
) -> tuple[int, float | None, Look | None, str]:
    from sttm.frames import FramesLost, open_frames

    watcher = Watcher()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FramesLost)
            with open_frames(source, first=first, last=last) as frames:
                for frame in frames:
                    watcher.see(frame)
                lost = f"{frames.lost} announced frames cannot be decoded" if frames.lost else ""
                return watcher.count, frames.fps, watcher.look(), lost
    except InputError as error:
        return watcher.count, None, None, _without_path(error, source)


def _without_path(error: Exception, source: Path) -> str:
    return str(error).replace(str(source), source.name)


def _take(out: Content, rows: list[dict[str, Any]], seen: Seen) -> None:
    for i, row in enumerate(rows):
        clip = str(row["clip"])
        if seen.trouble:
            out.trouble[clip] = seen.trouble
            continue
        count, fps, look, trouble = seen.windows[i]
        out.digest[clip] = seen.digest
        if trouble:
            out.trouble[clip] = trouble
        if look is None:
            continue
        out.frames[clip], out.look[clip] = count, look
        if fps is not None:
            out.fps[clip] = fps


def content_cases(evidence: Evidence, content: Content) -> list[Case]:
    """Return what slow checks say of single clips: F02 to F05 and F07."""
    rows = evidence.records
    return [
        *case(
            "F02", _troubled(rows, content), lambda f: _sources(f, "cannot be read|cannot be read")
        ),
        *case("F03", _changed(rows, content), _other_content),
        *case(
            "F04", _recounted(rows, content), lambda f: _about(f, "has another number of frames")
        ),
        *case("F05", _other_rate(rows, content), lambda f: _about(f, "has another frame rate")),
        *case("F07", _unrecorded(rows, content), _without_digest),
    ]


def _troubled(rows: list[dict[str, Any]], content: Content) -> list[Item]:
    by_trouble: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if why := content.trouble.get(str(row["clip"])):
            by_trouble.setdefault((str(row["source"]), why), []).append(str(row["clip"]))
    return [
        Item(tuple(clips), f"{source} ({why.rstrip('.')})")
        for (source, why), clips in by_trouble.items()
    ]


def _changed(rows: list[dict[str, Any]], content: Content) -> list[Item]:
    pairs = [(str(r["clip"]), str(r["digest"] or "")) for r in rows]
    return [
        Item((clip,), clip)
        for clip, known in pairs
        if known and content.digest.get(clip, known) != known
    ]


def _recounted(rows: list[dict[str, Any]], content: Content) -> list[Item]:
    out = []
    for row in rows:
        clip = str(row["clip"])
        known, now = _number(row["frames"]), content.frames.get(clip)
        if known is not None and now is not None and known != now:
            out.append(Item((clip,), f"{clip} ({now}, not {known})"))
    return out


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _other_rate(rows: list[dict[str, Any]], content: Content) -> list[Item]:
    out = []
    for row in rows:
        clip = str(row["clip"])
        known, now = row["fps"], content.fps.get(clip)
        if now is None or known != known or not known:
            continue
        if not math.isclose(known, now, rel_tol=RATE_TOLERANCE):
            out.append(Item((clip,), f"{clip} ({now:g}, not {known:g} per second)"))
    return out


def _unrecorded(rows: list[dict[str, Any]], content: Content) -> list[Item]:
    without = [str(r["clip"]) for r in rows if not r["digest"]]
    return [Item((clip,), clip) for clip in without if clip in content.digest]


def _about(items: Items, verb: str) -> str:
    if len(items) > 1:
        verb = verb.replace("has ", "have ")
    return f"{counted(len(items), 'clip')} {verb}: {words_of(items)}."


def _other_content(items: Items) -> str:
    return (
        f"The content of {counted(len(items), 'clip')} is not what it was when the study "
        f"learned it: {words_of(items)}."
    )


def _without_digest(items: Items) -> str:
    verb = "has" if len(items) == 1 else "have"
    return (
        f"{counted(len(items), 'clip')} {verb} no recorded content to compare: {words_of(items)}."
    )
