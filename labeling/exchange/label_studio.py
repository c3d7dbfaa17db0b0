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
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sttm.errors import InputError

from ..statement import Interval
from .base import Import
from .gathering import Gathering, shown
from .json_text import listed, mapped, read_json, text, whole
from .label_studio_results import Region, Said, kind_of, taken_apart
from .matching import Facts
from .times import frame_at, frame_before

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

PLACES = ("video", "video_url", "audio", "url", "file", "image")  # where tasks name their media
UPLOADED = r"[0-9a-f]{8}-"  # what Label Studio puts before the name of an uploaded file
MOST_RESULTS = 20_000  # of one annotation


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
        regions = [v for v in listed(value) if kind_of(mapped(v))]
        if regions:
            out[key] = regions
    return out


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
        said = taken_apart(results, found)
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
        yield (
            task,
            [{"from_name": k, "type": kind_of(v), "value": v} for k in flat for v in flat[k]],
        )
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


# regions to intervals ---------------------------------------------------------------------------


def _add_regions(
    said: Said, names: list[str], annotator: str, key: str, where: str, found: Gathering
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
    region: Region,
    word: str,
    said: Said,
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


def _frames(region: Region, names: list[str], found: Gathering) -> tuple[int, int] | None:
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
