"""CSV of VIA 3 (VGG Image Annotator): temporal segments of videos, read.

Lines that begin with ``#`` come first. ``# ATTRIBUTE = {...}`` is JSON: attribute number -> its
name (``aname``) and ``options``, number -> word; ``# CSV_HEADER = ...`` names the columns. A row is
``metadata_id, file_list, flags, temporal_coordinates, spatial_coordinates, metadata``: the files as
a JSON list, ``[t0, t1]`` in seconds (one number is a still frame, none the whole file), and
attribute -> the option's number, or a text.

Source: VIA 3.0, export of a project as CSV (https://www.robots.ox.ac.uk/~vgg/software/via);
Dutta and Zisserman 2019, doi:10.1145/3343031.3350535.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sttm.errors import InputError, unknown_name

from ..hand_csv import LARGEST_CELL
from ..statement import Interval
from .base import Import, decode, read_raw
from .gathering import Gathering, shown
from .json_text import listed, mapped, number, text, whole
from .times import frame_at, frame_before

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

COLUMNS = (
    "metadata_id",
    "file_list",
    "flags",
    "temporal_coordinates",
    "spatial_coordinates",
    "metadata",
)
LATEST = 1e8  # seconds
SIDE_NAMES, INTENSITY_NAMES = ("side",), ("intensity", "level")
COMMENT_NAMES = ("comment", "comments", "note", "notes", "remark")


@dataclass
class _Attribute:
    """One attribute of a VIA project."""

    name: str
    options: dict[str, str]


def read_via(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    attribute: str = "",
    labels: Mapping[str, str] | None = None,
    fps: float | None = None,
) -> Import:
    """Return the segments of a CSV file of VIA 3 as statements.

    A segment becomes an interval from the frame shown at its beginning to the last one that begins
    before its end; a single time becomes an apex; a row without times is about the whole clip.
    Attributes called ``side``, ``intensity`` and ``comment`` become these. Rows about a part of the
    picture are skipped.

    Parameters
    ----------
    path : str or Path
    clips : DataFrame
        A clips table; clips are found by the names of the files.
    scheme : Scheme
    attribute : str
        Name of the attribute that holds the labels; without it, every attribute with a word of the
        scheme counts, and those alone.
    labels : mapping, optional
        Their word -> ours.
    fps : float, optional
        Frames per second of clips that do not say.

    Raises
    ------
    InputError
        When the file is no such table, or has no attribute of that name.
    """
    lines = _text(path).splitlines(keepends=True)
    attributes = _attributes(Path(path), [x for x in lines if x.lstrip('\ufeff" ').startswith("#")])
    names = [a.name for a in attributes.values()]
    if attribute and attributes and attribute not in names:
        raise InputError(unknown_name("attribute", attribute, names))
    rows = _rows(Path(path), "".join(x for x in lines if not x.lstrip('\ufeff" ').startswith("#")))
    found = Gathering(clips, scheme, labels=labels, fps=fps)
    for line, row in rows:
        _read_row(row, f"row {line}", attributes, attribute, found)
    return found.result()


# the file ---------------------------------------------------------------------------------------


def _text(path: str | Path) -> str:
    raw = read_raw(path)
    try:
        return decode(raw)
    except UnicodeDecodeError:  # saved by a spreadsheet program
        return raw.decode("cp1252", "replace")


def _attributes(path: Path, comments: list[str]) -> dict[str, _Attribute]:
    """Return number -> attribute; the older ``# ATTRIBUTES`` has names alone."""
    for comment in comments:
        match = re.search(r"#\s*ATTRIBUTES?\s*=\s*(\{.*\})", comment, re.DOTALL)
        if match is None:
            continue
        try:
            raw = mapped(json.loads(match[1].replace('""', '"') if '""a' in comment else match[1]))
        except (ValueError, RecursionError):
            raise InputError(
                f"{path.name} must be a CSV file of VIA 3; its line '# ATTRIBUTE' is no JSON."
            ) from None
        return {str(k): _attribute(v) for k, v in raw.items()}
    return {}


def _attribute(value: Any) -> _Attribute:
    options = mapped(mapped(value).get("options"))
    words = {str(k): text(v) for k, v in options.items()}
    return _Attribute(text(mapped(value).get("aname")) or text(value), words)


def _rows(path: Path, body: str) -> list[tuple[int, dict[str, str]]]:
    """Return (number, cells by column) of the rows, from 1."""
    before = csv.field_size_limit(LARGEST_CELL)
    try:
        cells = [r for r in csv.reader(io.StringIO(body, newline="")) if any(c.strip() for c in r)]
    except csv.Error as error:
        raise InputError(f"{path.name} is no CSV file of VIA 3: {error}.") from None
    finally:
        csv.field_size_limit(before)
    if cells and cells[0][0].strip().casefold() == COLUMNS[0]:  # a header that somebody uncommented
        cells = cells[1:]
    if not any(len(r) >= len(COLUMNS) for r in cells):
        raise InputError(
            f"{path.name} must be a CSV file of VIA 3, with rows of {', '.join(COLUMNS)}; "
            "it has none."
        )
    return [(i, dict(zip(COLUMNS, r, strict=False))) for i, r in enumerate(cells, 1)]


def _json(cell: str) -> Any:
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return None


# rows -------------------------------------------------------------------------------------------


def _read_row(
    row: Mapping[str, str],
    where: str,
    attributes: Mapping[str, _Attribute],
    wanted: str,
    found: Gathering,
) -> None:
    files = [f for f in map(text, listed(_json(row.get("file_list", "")))) if f]
    times = [number(t) for t in listed(_json(row.get("temporal_coordinates", "")))]
    if len(row) < len(COLUMNS) or not files:
        found.skip(f"{where} is no row of VIA 3: it names no file.")
    elif listed(_json(row["spatial_coordinates"])):
        found.skip(f"{where} is about a part of the picture; only times are read.")
    elif len(times) > 2 or any(t is None or not 0 <= t < LATEST for t in times):
        found.skip(f"{where}: its times cannot be read: {shown(row['temporal_coordinates'])}.")
    elif len(times) == 2 and times[0] > times[1]:  # type: ignore[operator]
        found.skip(f"{where} ends before it begins: {shown(row['temporal_coordinates'])}.")
    else:
        _add(files[0], [float(t or 0) for t in times], row, where, attributes, wanted, found)


def _add(
    file: str,
    times: list[float],
    row: Mapping[str, str],
    where: str,
    attributes: Mapping[str, _Attribute],
    wanted: str,
    found: Gathering,
) -> None:
    said = _said(mapped(_json(row["metadata"])), attributes)
    words, details, comments = _sorted(said, wanted, found)
    frames = _frames(file, times, found)
    if frames is None:
        found.skip(f"{where}: nobody says how many frames per second {shown(file)} has.")
        return
    clip, reason = found.clips.find(file, *frames) if frames else found.clips.find(file)
    if not clip:
        found.skip(f"{where}: {reason}.")
        return
    marks: dict[str, Any] = dict(zip(("onset", "offset"), frames, strict=False))
    if len(frames) == 1:
        marks = {"apex": frames[0]}
    added = False
    for label in filter(None, map(found.label, words)):
        added |= found.add(clip, "", Interval(label, **marks, **details), where)
    if added or (not words and not times):
        found.say(clip, "", comment="\n".join(comments))
    elif not words:
        found.skip(f"{where} has no label of the scheme ({shown(row['metadata'])}).")


def _said(metadata: Mapping[str, Any], attributes: Mapping[str, _Attribute]) -> list[_Word]:
    """Return (attribute, word) of a row; several options of a checkbox come one by one."""
    out = []
    for key, value in metadata.items():
        attribute = attributes.get(str(key), _Attribute(str(key), {}))
        for part in text(value).split(",") if attribute.options else [text(value)]:
            word = attribute.options.get(part.strip(), part.strip())
            if word and word != "_DEFAULT":
                out.append((attribute.name, word))
    return out


def _sorted(
    said: list[_Word], wanted: str, found: Gathering
) -> tuple[list[str], dict[str, Any], list[str]]:
    """Return a row's labels, its side and intensity, and its comments."""
    words: list[str] = []
    comments: list[str] = []
    details: dict[str, Any] = {}
    levels = {n.casefold(): float(i) for i, n in enumerate(found.scheme.intensity, 1)}
    for name, word in said:
        plain = name.casefold()
        if name == wanted or (not wanted and found.labels.knows(word)):
            words.append(word)
        elif plain in SIDE_NAMES:
            details["side"] = word.casefold()
        elif plain in INTENSITY_NAMES:
            details["intensity"] = levels.get(word.casefold(), whole(word))
        elif plain in COMMENT_NAMES:
            comments.append(word)
        elif not wanted and len(said) == 1:
            words.append(word)
        else:
            comments.append(f"{name}: {word}")
    return words, details, comments


_Word = tuple[str, str]


def _frames(file: str, times: list[float], found: Gathering) -> tuple[int, ...] | None:
    """Return the frames of a segment or a moment; none at all for the whole file."""
    if not times:
        return ()
    rates = {f.fps for f in map(found.facts, found.clips.candidates(file)) if f.fps}
    if len(rates) != 1:
        return () if not found.clips.candidates(file) else None
    fps = rates.pop()
    onset = frame_at(1000 * times[0], fps)
    if len(times) == 1:
        return (onset,)
    return onset, max(onset, frame_before(1000 * times[1], fps))
