"""WebVTT: labels as subtitles, one ``.vtt`` file per clip, to play beside the video.

A cue shows ``<v NAME>label``, with the intensity and the side after it. It begins where the onset
frame begins and ends where the frame after the offset begins; without marks it lasts as long as
the clip. Only written: a subtitle does not say which marks are real.

Source: WebVTT, the Web Video Text Tracks format, W3C Candidate Recommendation 2019.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sttm.atomic import replacing

from ..statement import Interval
from .base import Said, newest, places
from .matching import ClipNames, Facts, by_timed_clip, level_text
from .times import milliseconds

if TYPE_CHECKING:
    from ..scheme import Scheme


def write_webvtt(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    fps: float | None = None,
    turn: int = 0,
) -> list[Path]:
    """Write one ``.vtt`` file per clip with a label.

    Parameters
    ----------
    path : str or Path
        A folder; for a single clip also a file.
    opinions : sequence of Opinion
        The last one per annotator and clip counts.
    clips : DataFrame
        A clips table. Times are those of the source.
    scheme : Scheme
        Names of the levels of intensity.
    fps : float, optional
        Frames per second of clips that do not say.
    turn : int
        Which showing of hidden repeats.

    Returns
    -------
    list of Path
        The files, in order of the clips table.

    Raises
    ------
    InputError
        When a clip has no frames per second, by name, or the place cannot be written to.
    """
    facts = ClipNames(clips, fps).facts
    shown = [o for o in newest(opinions) if o.turn == turn and o.statement.intervals]
    by = by_timed_clip(shown, facts, "subtitles count time")
    files = places(path, [*by], ".vtt")
    for clip, file in files.items():
        with replacing(file) as part:
            text = _text(facts[clip], by[clip], scheme)
            part.write_bytes(text.encode("utf-8", "replace"))
    return list(files.values())


def _text(facts: Facts, said: list[Said], scheme: Scheme) -> str:
    cues = []
    for opinion in said:
        for interval in opinion.statement.intervals:
            begin, end = _span(interval, facts)
            cues.append((begin, end, _words(opinion.annotator, interval, scheme)))
    head = f"WEBVTT\n\nNOTE clip {_plain(facts.clip).replace('-->', '->')}\n"
    parts = [
        f"\n{number}\n{stamp(begin)} --> {stamp(end)}\n{words}\n"
        for number, (begin, end, words) in enumerate(sorted(cues), 1)
    ]
    return head + "".join(parts)


def _span(interval: Interval, facts: Facts) -> tuple[float, float]:
    begin = facts.first if interval.onset is None else interval.onset
    latest = facts.last if facts.last is not None else max([begin, *interval.marks.values()])
    end = max(begin, latest if interval.offset is None else interval.offset) + 1
    start, stop = (milliseconds(frame, facts.fps or 0) for frame in (begin, end))
    return start, max(stop, start + 1)


def _words(annotator: str, interval: Interval, scheme: Scheme) -> str:
    level = level_text(interval.intensity, scheme.intensity)
    extra = ", ".join(text for text in (level, interval.side) if text)
    name = escaped(interval.label) + (f" ({escaped(extra)})" if extra else "")
    return f"<v {escaped(annotator)}>{name}</v>"


def stamp(ms: float) -> str:
    """Return a time as WebVTT writes it, to the nearest millisecond.

    >>> stamp(66.667), stamp(3_600_000)
    ('00:00:00.067', '01:00:00.000')
    """
    whole = int(ms + 0.5)
    seconds, rest = divmod(whole, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def escaped(text: str) -> str:
    """Return a text that a cue can hold: on one line, and no markup.

    >>> escaped("a<b> --> c&d")
    'a&lt;b&gt; --&gt; c&amp;d'
    """
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", text).strip()
