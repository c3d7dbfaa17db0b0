"""Per-frame CSV: exactly one row per frame of every clip, for whoever counts frames.

clip, frame, ms     the frame's number in the source, and when it begins
one annotator       ``label`` and ``intensity``
several             a column per annotator, with what each says of the frame

A label without onset holds from the clip's first frame on, one without offset to its last. Labels
that hold at once are joined with ``+``, in the order of the statement, and so are their
intensities. The apex, the sides and what was said of the whole clip are not in this table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..statement import Interval, Statement
from .base import Import, Said, newest
from .cells import read_cells, write_cells
from .matching import ClipNames, Facts, LabelNames, level_of, number_of
from .times import milliseconds

if TYPE_CHECKING:
    from ..scheme import Scheme

FIXED = ("clip", "frame", "ms")
PLAIN = ("label", "intensity")
MOST_FRAMES = 50_000_000  # rows of one file


def write_frame_csv(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    fps: float | None = None,
    root: str | Path | None = None,
    turn: int = 0,
) -> list[Path]:
    """Write what holds in each frame of each clip.

    Parameters
    ----------
    path : str or Path
    opinions : sequence of Opinion
        The last one per annotator and clip counts.
    clips : DataFrame
        A clips table. Clips without ``last`` and ``frames`` are opened and counted.
    scheme : Scheme
        Not looked at; writers have the same arguments.
    fps : float, optional
        Frames per second of clips that do not say; ``ms`` is blank without.
    root : path, optional
        Folder that relative sources are below.
    turn : int
        Which showing of hidden repeats.

    Returns
    -------
    list of Path
        The file.

    Raises
    ------
    InputError
        When frames of a clip cannot be counted, by name, or two columns would be called the same.
    """
    said = [o for o in newest(opinions) if o.turn == turn]
    names = list(dict.fromkeys(o.annotator for o in said))
    taken = [n for n in names if n in (*FIXED, *PLAIN)]
    if len(names) > 1 and taken:
        raise InputError(f"an annotator called {taken[0]!r} has no column; export one at a time.")
    facts = [_counted(f, root) for f in ClipNames(clips, fps).facts.values()]
    if sum(_length(f) for f in facts) > MOST_FRAMES:
        raise InputError(f"more than {MOST_FRAMES} frames are too many for one table.")
    columns = [*FIXED, *(PLAIN if len(names) < 2 else names)]
    by = {(o.clip, o.annotator): o.statement for o in said}
    write_cells(path, columns, (row for f in facts for row in _rows(f, names, by)))
    return [Path(path)]


def _counted(facts: Facts, root: str | Path | None) -> Facts:
    if facts.last is not None:
        return facts
    from sttm.frames import open_frames

    source = Path(root or ".", facts.source)
    try:
        with open_frames(source, first=facts.first or None) as frames:
            return facts._replace(last=facts.first + len(frames) - 1)
    except InputError as error:
        raise InputError(f"the frames of clip {facts.clip!r} cannot be counted: {error}") from None


def _length(facts: Facts) -> int:
    return (facts.last or 0) - facts.first + 1


def _rows(
    facts: Facts, names: list[str], by: Mapping[tuple[str, str], Statement]
) -> Iterator[dict[str, object]]:
    said = {n: by[facts.clip, n].intervals for n in names if (facts.clip, n) in by}
    for frame in range(facts.first, (facts.last or 0) + 1):
        row: dict[str, object] = {"clip": facts.clip, "frame": frame}
        if facts.fps is not None:
            row["ms"] = milliseconds(frame, facts.fps)
        for name, intervals in said.items():
            there = [i for i in intervals if _holds(i, frame)]
            row["label" if len(names) < 2 else name] = "+".join(i.label for i in there)
            if len(names) < 2:
                row["intensity"] = "+".join(_rank(i) for i in there).strip("+")
        yield row


def _holds(interval: Interval, frame: int) -> bool:
    after = interval.onset is None or interval.onset <= frame
    return after and (interval.offset is None or frame <= interval.offset)


def _rank(interval: Interval) -> str:
    return "" if interval.intensity is None else f"{interval.intensity:g}"


def read_frame_csv(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    labels: Mapping[str, str] | None = None,
) -> Import:
    """Read a table of frames: each run of frames with the same label is an interval.

    Two intervals of one label without a frame between them come back as one, and a label over
    all frames of a clip comes back without marks where the scheme asks for none.

    Parameters
    ----------
    path : str or Path
    clips : DataFrame
        A clips table; what names none of them is skipped.
    scheme : Scheme
    labels : mapping, optional
        Labels of the file -> labels of the scheme, where they differ.

    Returns
    -------
    Import
        Annotator "" where the file has a column ``label`` instead of names.

    Raises
    ------
    InputError
        When the file cannot be read, or is no such table.
    """
    columns, rows, notes = read_cells(path, ("clip", "frame"), (*FIXED, *PLAIN))
    who = ["label"] if "label" in columns else [c for c in columns if c not in (*FIXED, *PLAIN)]
    found = Import(notes=notes)
    names, known = ClipNames(clips), LabelNames(scheme, labels)
    frames = _frames(rows, names, found)
    for column in who:
        for clip, numbered in frames.items():
            facts = names.facts[clip]
            try:
                intervals = _intervals(numbered, column, known, scheme, facts)
            except ValueError as error:
                found.skipped.append(f"clip {clip!r}: {error}.")
                continue
            if intervals:
                annotator = "" if column == "label" else column.strip()
                found.rows.append((clip, annotator, Statement(tuple(intervals))))
    found.skipped.extend(known.sentences())
    return found


def _frames(
    rows: list[tuple[int, dict[str, str]]], names: ClipNames, found: Import
) -> dict[str, dict[int, dict[str, str]]]:
    """Return the rows of each clip by frame; what cannot be used goes to ``found.skipped``."""
    out: dict[str, dict[int, dict[str, str]]] = {}
    reasons: dict[str, int] = {}
    for line, row in rows:
        try:
            value = number_of(row["frame"])
            if value is None or value < 0 or value % 1:
                raise InputError(f"{row['frame']!r} is no frame number")
            clip, reason = names.find(row["clip"], int(value))
            if not clip or not names.facts[clip].holds(int(value)):
                raise InputError(reason or f"frame {int(value)} is outside clip {clip!r}")
            if int(value) in out.setdefault(clip, {}):
                raise InputError(f"frame {int(value)} of clip {clip!r} is there twice")
            out[clip][int(value)] = row
        except ValueError as error:
            reasons.setdefault(str(error), line)
    found.skipped.extend(f"line {line}: {reason}." for reason, line in list(reasons.items())[:20])
    if len(reasons) > 20:
        found.skipped.append(f"{len(reasons) - 20} more reasons; the first are of {named(out)}.")
    return out


def _intervals(
    rows: dict[int, dict[str, str]], column: str, known: LabelNames, scheme: Scheme, facts: Facts
) -> list[Interval]:
    """Return runs of (label, intensity) over successive frames, in order of their onset."""
    held: dict[tuple[str, float | None], list[int]] = {}
    for frame, row in sorted(rows.items()):
        words = [w for w in row.get(column, "").split("+") if w.strip()]
        if known.knows(row.get(column, "")):  # one label may hold a plus
            words = [row[column]]
        ranks = row.get("intensity", "").split("+") if column == "label" else []
        ranks = ranks if len(ranks) == len(words) else [""] * len(words)
        for word, rank in zip(words, ranks, strict=True):
            label = known.find(word)
            if label is not None:
                held.setdefault((label, level_of(rank, scheme.intensity)), []).append(frame)
    out = []
    for (label, level), frames in held.items():
        for _, run in groupby(enumerate(frames), key=lambda pair: pair[1] - pair[0]):
            part = [frame for _, frame in run]
            whole = not scheme.marks and len(part) == len(rows)
            onset, offset = (None, None) if whole else (part[0], part[-1])
            out.append(Interval(label, onset, None, offset, level))
    return sorted(out, key=lambda i: (i.onset or facts.first, i.offset or 0))
