"""Label Studio's JSON, read: tasks with annotations, frames from the timeline, seconds from labels.

A task has ``data`` (where the video is) and ``annotations``, each with ``completed_by`` and
``result``. A result has a ``type``, the name of its control (``from_name``), a ``value``, and an
``id``, which results about one region share:

``timelinelabels``  ``ranges: [{start, end}]``, frames counted from 1, the end included
``labels`` and kin  ``start`` and ``end`` in seconds (audio, and video beside it)
``choices``         of the whole clip: labels, flags; of a region: side, intensity
``rating, number``  intensity; ``apex`` (a frame counted from 1) and ``sure`` (0 to 1) by name
``textarea``        a comment; so is ``meta.text`` of a region

Source: Label Studio, "TimelineLabels" and "Export annotations" (https://labelstud.io/tags,
https://labelstud.io/guide/export); that frames count from 1 and the end is included is how its own
example back end turns ranges into frames (label-studio-ml-backend, timelinelabels of YOLO).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sttm.errors import InputError

from ..statement import Interval
from .base import Import
from .gathering import Gathering, shown
from .json_text import listed, mapped, number, read_json, text, whole
from .matching import Facts
from .times import frame_at, frame_before

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

PLACES = ("video", "video_url", "audio", "url", "file", "image")  # where tasks name their media
UPLOADED = r"[0-9a-f]{8}-"  # what Label Studio puts before the name of an uploaded file
MOST_RESULTS = 20_000  # of one annotation
LATEST = 1e8  # seconds


@dataclass
class _Region:
    """The results that share an id: one span and what is said of it."""

    labels: list[str] = field(default_factory=list)
    frames: tuple[int, int] | None = None
    seconds: tuple[float, float] | None = None
    apex: int | None = None
    intensity: float | None = None
    side: str = ""
    missing: tuple[str, ...] = ()


@dataclass
class _Said:
    """One annotation, taken apart."""

    regions: list[_Region] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    sure: float | None = None
    intensity: float | None = None


def read_label_studio(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    labels: Mapping[str, str] | None = None,
    annotators: Mapping[str, str] | None = None,
    place: str = "",
    predictions: bool = False,
    fps: float | None = None,
) -> Import:
    """Return the annotations of an export of Label Studio (JSON or JSON-MIN) as statements.

    Parameters
    ----------
    path : str or Path
    clips : DataFrame
        A clips table; a task's clip is found by its name (``data.clip``) or that of its file, also
        behind the letters that Label Studio puts before uploaded files.
    scheme : Scheme
    labels : mapping, optional
        Their label -> ours.
    annotators : mapping, optional
        Their number or e-mail address -> name of the annotator; without it, an annotator is called
        by address, name or number, whichever there is.
    place : str
        Key of a task's data that names the media file; the usual ones are tried unless told.
    predictions : bool
        Read what models predicted instead of what people said; the model is the annotator.
    fps : float, optional
        Frames per second of clips that do not say, for labels in seconds.

    Raises
    ------
    InputError
        When the file is no such export.
    """
    whole_file = read_json(path, "an export of Label Studio")
    tasks = whole_file if isinstance(whole_file, list) else [whole_file]
    if tasks and not any("data" in mapped(t) or _flat(mapped(t)) for t in tasks):
        raise InputError(
            f"{Path(path).name} must be an export of Label Studio, a list of tasks with 'data'; "
            "it holds no task."
        )
    found = Gathering(clips, scheme, labels=labels, fps=fps)
    who = {k.strip().casefold(): v for k, v in (annotators or {}).items()}
    for position, raw in enumerate(tasks, 1):
        task = mapped(raw)
        where = f"task {text(task.get('id')) or position}"
        if "data" not in task and not _flat(task):
            found.skip(f"{where} is no task: it has no 'data'.")
            continue
        _read_task(task, where, place, predictions, who, found)
    return found.result()


def _flat(task: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the results of a task of JSON-MIN, which has them beside its data, by control."""
    out = {}
    for key, value in task.items():
        regions = [v for v in listed(value) if _kind(mapped(v))]
        if regions:
            out[key] = regions
    return out


def _kind(value: Mapping[str, Any]) -> str:
    """Return the key under which a result's value holds its labels."""
    return next((k for k, v in value.items() if k.endswith("labels") and isinstance(v, list)), "")


def _read_task(
    task: dict[str, Any],
    where: str,
    place: str,
    predictions: bool,
    who: Mapping[str, str],
    found: Gathering,
) -> None:
    names = _names(task, place)
    for index, (annotation, results) in enumerate(_annotations(task, predictions, where, found)):
        annotator = _annotator(annotation, who, predictions)
        said = _taken_apart(results, found)
        for clip in _add_regions(said, names, annotator, f"{where}#{index}", where, found):
            found.say(
                clip,
                annotator,
                key=f"{where}#{index}",
                comment="\n".join(said.comments),
                flags=said.flags,
                sure=said.sure,
                turn=max(0, whole(annotation.get("turn")) or 0),
                time=_time(annotation),
            )


def _annotations(
    task: dict[str, Any], predictions: bool, where: str, found: Gathering
) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Yield the annotations of a task with their results, those that were cancelled left out."""
    flat = {} if "data" in task else _flat(task)
    if flat:
        yield task, [{"from_name": k, "type": _kind(v), "value": v} for k in flat for v in flat[k]]
        return
    entries = listed(task.get("predictions" if predictions else "annotations"))
    if not predictions and listed(task.get("predictions")):
        found.note("predictions of models are in the file; they are not read.")
    for entry in map(mapped, entries):
        results = listed(entry.get("result"))
        if entry.get("was_cancelled") is True:
            found.note("annotations that were cancelled are not read.")
        else:
            if len(results) > MOST_RESULTS:
                found.skip(f"{where}: only the first {MOST_RESULTS} results are read.")
            yield entry, results[:MOST_RESULTS]


def _annotator(annotation: dict[str, Any], who: Mapping[str, str], predictions: bool) -> str:
    if predictions:
        return text(annotation.get("model_version")) or "model"
    given = annotation.get("completed_by", annotation.get("annotator"))
    person = given if isinstance(given, dict) else {"id": given}
    full = f"{text(person.get('first_name'))} {text(person.get('last_name'))}".strip()
    names = [text(person.get("email")), full, text(person.get("id"))]
    for name in filter(None, names):
        if name.casefold() in who:
            return who[name.casefold()]
    own = text(annotation.get("annotator"))  # as written here
    return own or next(filter(None, names), "")


def _time(annotation: dict[str, Any]) -> str:
    for key in ("updated_at", "created_at"):
        given = text(annotation.get(key))
        try:
            if given and datetime.fromisoformat(given).tzinfo is not None:
                return given
        except ValueError:
            continue
    return ""


# which clip -------------------------------------------------------------------------------------


def _names(task: dict[str, Any], place: str) -> list[str]:
    """Return what may name a task's clip, the likeliest first."""
    data = mapped(task.get("data", task))
    keys = [place] if place else ["clip", *(k for k in PLACES if k in data), *data]
    given = [data.get(k) for k in dict.fromkeys(keys)]
    given += [] if place else [task.get("file_upload")]
    names: list[str] = []
    for value in given:
        name = text(value) if isinstance(value, str) else ""
        if name:
            names += [name, _file(name), re.sub(f"^{UPLOADED}", "", _file(name))]
    return list(dict.fromkeys(names))


def _file(address: str) -> str:
    """Return the file that an address means; Label Studio writes local ones as ``?d=path``.

    >>> _file("/data/local-files/?d=videos/a%20b.mp4"), _file("s3://bucket/a.mp4?sign=1")
    ('a b.mp4', 'a.mp4')
    """
    try:
        parts = urlsplit(address)
        local = parse_qs(parts.query, max_num_fields=50).get("d", [""])[0]
    except ValueError:
        return address
    return unquote(local or parts.path or address).replace("\\", "/").rpartition("/")[2]


def _clip(
    names: list[str], onset: int | None, offset: int | None, found: Gathering
) -> tuple[str, str]:
    """Return the clip that holds the frames, or ("", reason)."""
    reason = "the task names no file"
    for name in names:
        clip, reason = found.clips.find(name, onset, offset)
        if clip or found.clips.candidates(name):
            return clip, reason
    return "", f"no clip is called {shown(names[0])}" if names else reason


# results ----------------------------------------------------------------------------------------


def _taken_apart(results: list[Any], found: Gathering) -> _Said:
    said = _Said()
    regions: dict[str, _Region] = {}
    for index, result in enumerate(map(mapped, results)):
        value, key = mapped(result.get("value")), _kind(mapped(result.get("value")))
        name = text(result.get("id")) or f"#{index}"
        if key:
            _spans(value, key, regions.setdefault(name, _Region()), name, regions, found)
            said.comments += _texts(mapped(result.get("meta")).get("text"))
    said.regions = list(regions.values())
    for result in map(mapped, results):
        value = mapped(result.get("value"))
        if not _kind(value):
            _detail(result, value, regions.get(text(result.get("id"))), said, found)
    return said


def _spans(
    value: dict[str, Any],
    key: str,
    region: _Region,
    name: str,
    regions: dict[str, _Region],
    found: Gathering,
) -> None:
    region.labels = [w for w in map(text, listed(value[key])) if w]
    ranges = [mapped(r) for r in listed(value.get("ranges"))]
    if not ranges:
        start, end = number(value.get("start")), number(value.get("end"))
        if start is None or end is None or not 0 <= start <= end < LATEST:
            found.skip(f"a result of kind {shown(key)} has no start and end that can be read.")
            region.labels = []
        else:
            region.seconds = (start, end)
    for index, span in enumerate(ranges):
        start_frame, end_frame = whole(span.get("start")), whole(span.get("end"))
        if start_frame is None or end_frame is None or not 1 <= start_frame <= end_frame:
            found.skip(
                f"a range must be two frames from 1, the first one first; it is {shown(span)}."
            )
            region.labels = region.labels if index else []
            continue
        part = region if index == 0 else regions.setdefault(f"{name}#{index}", _Region())
        part.labels = part.labels or list(region.labels)
        part.frames = (start_frame - 1, end_frame - 1)  # counted from 1, the end included


def _detail(
    result: dict[str, Any],
    value: dict[str, Any],
    region: _Region | None,
    said: _Said,
    found: Gathering,
) -> None:
    """Read a result that is no span: choices, a rating or number, or a text."""
    control = text(result.get("from_name")).casefold()
    if "choices" in value:
        _choices(control, [text(c) for c in listed(value["choices"])], region, said, found)
    elif "rating" in value or "number" in value:
        _number(control, number(value.get("rating", value.get("number"))), region, said, found)
    elif "text" in value:
        said.comments += _texts(value["text"])
    else:
        found.skip(f"results of the type {shown(result.get('type'))} are not read.")


def _choices(
    control: str, words: list[str], region: _Region | None, said: _Said, found: Gathering
) -> None:
    levels = {n.casefold(): i for i, n in enumerate(found.scheme.intensity, 1)}
    for word in filter(None, words):
        plain = word.casefold()
        if region is None and _is_flag(control, word, found):
            said.flags.append(word)
        elif region is None:
            said.whole.append(word)
        elif control == "missing":
            region.missing = (*region.missing, plain)
        elif plain in ("left", "right"):
            region.side = plain
        elif plain in levels:
            region.intensity = float(levels[plain])
        else:
            said.comments.append(word)


def _is_flag(control: str, word: str, found: Gathering) -> bool:
    if control in ("flags", "whole"):  # as written here
        return control == "flags"
    return word in found.scheme.flag_names and not found.labels.knows(word)


def _number(
    control: str, value: float | None, region: _Region | None, said: _Said, found: Gathering
) -> None:
    if value is None:
        found.skip(f"{shown(control)} holds no number that can be read.")
    elif control == "apex" and region is not None:
        region.apex = int(value) - 1 if value >= 1 else None
    elif control == "sure":
        said.sure = value
    elif region is not None:
        region.intensity = value
    else:
        said.intensity = value


def _texts(value: Any) -> list[str]:
    return [t for t in map(text, value if isinstance(value, list) else [value]) if t]


# regions to intervals ---------------------------------------------------------------------------


def _add_regions(
    said: _Said, names: list[str], annotator: str, key: str, where: str, found: Gathering
) -> list[str]:
    """Add the labels of an annotation; return the clips that it is about."""
    clips: list[str] = []
    for region in said.regions:
        for word in region.labels:
            clip = _add_region(region, word, said, names, annotator, key, where, found)
            clips += [clip] if clip else []
    if said.whole or not said.regions:
        clip, reason = _clip(names, None, None, found)
        if not clip:
            found.skip(f"{where}: {reason}.")
        for label in filter(None, map(found.label, said.whole if clip else ())):
            found.add(clip, annotator, Interval(label, intensity=said.intensity), where, key)
        clips += [clip] if clip else []
    return list(dict.fromkeys(clips))


def _add_region(
    region: _Region,
    word: str,
    said: _Said,
    names: list[str],
    annotator: str,
    key: str,
    where: str,
    found: Gathering,
) -> str:
    label = found.label(word)
    frames = region.frames or _frames(region, names, found)
    if label is None:
        return ""
    if frames is None:
        found.skip(f"{where}, {shown(word)}: nobody says how many frames per second the clip has.")
        return ""
    clip, reason = _clip(names, *frames, found)
    if not clip:
        found.skip(f"{where}, {shown(word)}: {reason}.")
        return ""
    level = region.intensity if region.intensity is not None else said.intensity
    onset = None if "onset" in region.missing else frames[0]
    offset = None if "offset" in region.missing else frames[1]
    interval = Interval(label, onset, region.apex, offset, level, region.side)
    return clip if found.add(clip, annotator, interval, f"{where}, {shown(word)}", key) else ""


def _frames(region: _Region, names: list[str], found: Gathering) -> tuple[int, int] | None:
    """Return the frames that seconds mean, at the rate of the task's clips."""
    facts: list[Facts] = []
    for name in names:
        facts = [found.facts(c) for c in found.clips.candidates(name)]
        if facts:
            break
    rates = {f.fps for f in facts if f.fps}
    if region.seconds is None or len(rates) != 1:
        return None
    fps = rates.pop()
    start, end = (1000 * s for s in region.seconds)
    onset = frame_at(start, fps)
    return onset, max(onset, frame_before(end, fps))
