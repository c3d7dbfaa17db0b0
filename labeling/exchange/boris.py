"""BORIS projects (``.boris``): events that were coded while a video played, as intervals.

A project is one JSON object: ``behaviors_conf`` (the behaviours, each a point event or a state
event), ``observations`` (name -> ``file``: player -> media files in order, ``events``,
``time offset``, ``media_info`` with ``length`` and ``fps`` per file and ``offset`` per player). An
event is ``[time, subject, behaviour, modifiers, comment]``, since version 8 followed by the frame's
index in its file. Times are seconds from the beginning of the first file of player 1, through all
files of the player, with the observation's time offset added. A state event has no type of its own:
of the same subject, behaviour and modifiers, every second one is an end.

Source: BORIS, project files of format versions 1.6 to 7.0 and its user guide
(https://www.boris.unito.it); Friard and Gamba 2016, doi:10.1111/2041-210X.12584.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sttm.errors import InputError
from sttm.tables import named

from ..statement import Interval
from .base import Import
from .gathering import Gathering, shown
from .json_text import listed, mapped, number, read_json, text, whole
from .times import frame_at

if TYPE_CHECKING:
    import pandas as pd

    from ..scheme import Scheme

MOST_EVENTS = 1_000_000  # of one observation
NEAR = 1  # frames that an event's index may differ from its time
STEP = 1.0  # ms: how finely BORIS writes times
LATEST = 1e8  # seconds
BLANK = ("", "none", "na", "nan")


class _Event(NamedTuple):
    time: float  # seconds, as in the file
    subject: str
    code: str
    modifiers: str
    comment: str
    frame: int | None = None  # its index in the file, as BORIS noted it


@dataclass
class _Medium:
    """One file of a player: which clip names it may have, and when it plays."""

    name: str
    begins: float  # seconds of event time at which it begins
    length: float | None
    fps: float | None


@dataclass
class _Observation:
    name: str
    annotator: str
    media: list[_Medium] = field(default_factory=list)


def read_boris(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    labels: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
    subject: str | None = None,
    player: int = 1,
    coder: str = "",
    fps: float | None = None,
) -> Import:
    """Return the events of a BORIS project as statements.

    A state becomes an interval from the frame shown at its start to the one shown at its end; a
    point becomes a label with its apex there. A modifier that is a level of the scheme's intensity,
    or a side, becomes that; others are added to the comment. States without an end, events outside
    every file and live observations are skipped by name.

    Parameters
    ----------
    path : str or Path
    clips : DataFrame
        A clips table; clips are found by the names of the media files.
    scheme : Scheme
    labels : mapping, optional
        Behaviour -> label, where they differ.
    only : collection of str, optional
        The behaviours to read; all unless told.
    subject : str, optional
        Read the events of this subject only.
    player : int
        Whose files the labels are of. Events are timed by the first player; the offset of another
        one is taken off.
    coder : str
        Independent variable of an observation that names the annotator.
    fps : float, optional
        Frames per second where neither the clips nor the project say.

    Raises
    ------
    InputError
        When the file is no BORIS project.
    """
    project = read_json(path, "a BORIS project")
    observations = mapped(mapped(project).get("observations"))
    behaviours = _behaviours(mapped(project))
    if not isinstance(project, dict) or not isinstance(project.get("observations"), dict):
        raise InputError(f"{Path(path).name} must be a BORIS project; it has no 'observations'.")
    found = Gathering(clips, scheme, labels=labels, fps=fps)
    for name, raw in observations.items():
        values = mapped(raw)
        if str(values.get("type", "MEDIA")).upper() != "MEDIA":
            found.skip(f"observation {shown(name)} is of no media file ({shown(values['type'])}).")
            continue
        who = text(mapped(values.get("independent_variables")).get(coder)) if coder else ""
        media = _media(values, mapped(project), player)
        watched = _Observation(str(name), who, media)
        events = _events(values, watched, found, only, subject)
        _read(events, watched, behaviours, found)
    return found.result()


# the project ------------------------------------------------------------------------------------


def _behaviours(project: Mapping[str, Any]) -> dict[str, bool]:
    """Return behaviour -> whether it is a state."""
    conf = project.get("behaviors_conf")
    entries = conf.values() if isinstance(conf, dict) else listed(conf)
    kinds = ((text(mapped(e).get("code")), text(mapped(e).get("type"))) for e in entries)
    return {code: kind.casefold().startswith("state") for code, kind in kinds if code}


def _media(values: Mapping[str, Any], project: Mapping[str, Any], player: int) -> list[_Medium]:
    """Return a player's files, each with the event time at which it begins."""
    files = values.get("file")
    names = listed(files) if player == 1 else []
    if isinstance(files, dict):
        names = listed(files.get(str(player)))
    info = mapped(values.get("media_info"))
    lengths, rates = mapped(info.get("length")), mapped(info.get("fps"))
    created = mapped(info.get("media_creation_time"))
    shifted = values.get("media_creation_date_as_offset") is True
    begins = number(values.get("time offset")) or 0.0
    begins += number(mapped(info.get("offset")).get(str(player))) or 0.0
    media = []
    for name in filter(None, map(text, names)):
        length = number(lengths.get(name))
        extra = (number(created.get(name)) or 0.0) if shifted else 0.0
        media.append(_Medium(name, begins + extra, length, number(rates.get(name))))
        begins += length if length is not None and length > 0 else float("inf")
    return media


def _events(
    values: Mapping[str, Any],
    observation: _Observation,
    found: Gathering,
    only: Collection[str] | None,
    subject: str | None,
) -> list[_Event]:
    """Return the events that are wanted and can be read, earliest first."""
    raw = listed(values.get("events"))
    events, wrong = [], 0
    for entry in raw[:MOST_EVENTS]:
        cells = listed(entry)
        time = number(cells[0]) if cells else None
        if time is None or abs(time) > LATEST or len(cells) < 3 or not text(cells[2]):
            wrong += 1
            continue
        who, code, modifiers, comment = [text(c) for c in (*cells[1:5], "", "")][:4]
        frame = whole(cells[5]) if len(cells) > 5 else None
        event = _Event(time, who, code, modifiers, comment, frame)
        if (only is None or event.code in only) and subject in (None, event.subject):
            events.append(event)
    where = f"observation {shown(observation.name)}"
    if wrong:
        found.skip(f"{where}: {wrong} events are no lists of a time, a subject and a behaviour.")
    if len(raw) > MOST_EVENTS:
        found.skip(f"{where}: only the first {MOST_EVENTS} events are read.")
    subjects = sorted({e.subject for e in events if e.subject})
    if len(subjects) > 1:
        found.note(f"{where} is of several subjects ({named(subjects)}); name one as 'subject'.")
    return sorted(events, key=lambda e: e.time)


# events to intervals ----------------------------------------------------------------------------


def _read(
    events: list[_Event], watched: _Observation, behaviours: Mapping[str, bool], found: Gathering
) -> None:
    if events and not watched.media:
        found.skip(f"observation {shown(watched.name)} has no media file of this player.")
        return
    for start, stop in sorted(_pairs(events, behaviours), key=lambda pair: pair[0].time):
        where = f"observation {shown(watched.name)}, {shown(start.code)} at {start.time:g} s"
        label = found.label(start.code)
        if label is None:
            continue
        if start.code not in behaviours:
            found.skip(f"{where}: the project's ethogram has no such behaviour.")
        elif behaviours[start.code] and stop is None:
            found.skip(f"{where}: this state has no end.")
        else:
            _add(start, stop, label, where, watched, found)


def _pairs(
    events: list[_Event], behaviours: Mapping[str, bool]
) -> Iterator[tuple[_Event, _Event | None]]:
    """Yield start and end of the states; points, and states without an end, with None."""
    running: dict[tuple[str, str, str], _Event] = {}
    for event in events:
        key = event[1:4]
        if not behaviours.get(event.code, False):
            yield event, None
        elif key in running:
            yield running.pop(key), event
        else:
            running[key] = event
    for event in running.values():
        yield event, None


def _add(
    start: _Event,
    stop: _Event | None,
    label: str,
    where: str,
    watched: _Observation,
    found: Gathering,
) -> None:
    medium, last = _playing(watched, start), None if stop is None else _playing(watched, stop)
    if medium is None or (stop is not None and last is None):
        found.skip(f"{where}: it lies outside the observation's media files.")
        return
    if last is not None and last is not medium:
        found.skip(f"{where}: it begins in {shown(medium.name)} and ends in {shown(last.name)}.")
        return
    at = _frames(medium, [e for e in (start, stop) if e is not None], where, found)
    if at is None:
        return
    clip, reason = found.clips.find(medium.name, at[0], at[-1])
    if not clip:
        found.skip(f"{where}: {reason}.")
        return
    marks: dict[str, Any] = {"apex": at[0]}
    if stop is not None:
        marks = {"onset": at[0], "offset": at[1]}
    levels, rest = _modifiers(start.modifiers, found.scheme)
    if found.add(clip, watched.annotator, Interval(label, **marks, **levels), where):
        for comment in (rest, start.comment, stop.comment if stop else ""):
            found.say(clip, watched.annotator, comment=comment)


def _playing(watched: _Observation, event: _Event) -> _Medium | None:
    """Return the file that plays at an event's time; the first one where two would."""
    for medium in watched.media:
        time = event.time - medium.begins
        end = LATEST if medium.length is None else min(medium.length, LATEST)
        if -STEP / 1000 <= time <= end:
            return medium
    return None


def _frames(
    medium: _Medium, events: list[_Event], where: str, found: Gathering
) -> list[int] | None:
    """Return the events' frames in their file, by the index that BORIS noted or by their time."""
    facts = [found.facts(c) for c in found.clips.candidates(medium.name)]
    rates: set[float | None] = {f.fps for f in facts if f.fps}
    rates = rates or {medium.fps}
    fps = rates.pop()
    if fps is None or rates or not 0 < fps < 1e6:
        found.skip(f"{where}: nobody says how many frames per second {shown(medium.name)} has.")
        return None
    if medium.fps and abs(medium.fps - fps) > 0.01 * fps:
        found.note(
            f"BORIS gives {shown(medium.name)} {medium.fps:g} frames per second, the clip {fps:g}; "
            "the clip's count."
        )
    return [_frame(e, medium, fps, found) for e in events]


def _frame(event: _Event, medium: _Medium, fps: float, found: Gathering) -> int:
    by_time = frame_at(max(0.0, 1000 * (event.time - medium.begins)), fps, step=STEP)
    if event.frame is None or event.frame < 0:
        return by_time
    if abs(event.frame - by_time) <= NEAR:
        return event.frame
    found.note("an event's frame index contradicts its time; the time counts.")
    return by_time


def _modifiers(cell: str, scheme: Scheme) -> tuple[dict[str, Any], str]:
    """Return intensity and side that modifiers name, and the other modifiers as a text."""
    levels = {name.casefold(): rank for rank, name in enumerate(scheme.intensity, 1)}
    out: dict[str, Any] = {}
    rest = []
    for word in (w.strip() for part in cell.split("|") for w in part.split(",")):
        plain = word.casefold()
        rank = levels.get(plain, whole(plain))
        if plain in BLANK:
            continue
        if rank is not None and 1 <= rank <= len(levels) and "intensity" not in out:
            out["intensity"] = float(rank)
        elif scheme.sides and plain in ("left", "right") and "side" not in out:
            out["side"] = plain
        else:
            rest.append(word)
    return out, ", ".join(rest)
