"""Intervals and vocabulary: what was said, against the clip and the scheme.

A study refuses most of this when it is said. It is checked again because files are edited by hand,
schemes change, and imports bring what other tools allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from sttm.tables import named

from ..scheme import SIDES
from ..statement import Interval
from .evidence import Evidence
from .findings import Case, Item, Items, case, counted, words_of

if TYPE_CHECKING:
    from ..study import Opinion

MICRO = 0.5  # seconds; Yan et al. 2013, doi:10.1007/s10919-013-0159-8
SHORTEST_WITH_TYPO = 5  # letters of a label in which one other letter is a typing mistake

Place = dict[str, tuple[int, int | None, float | None]]


def structure_cases(evidence: Evidence) -> list[Case]:
    """Return what is wrong with intervals and words."""
    return [*interval_cases(evidence), *vocabulary_cases(evidence)]


# intervals ----------------------------------------------------------------------------------------


def interval_cases(evidence: Evidence) -> list[Case]:
    """Return I01 to I04."""
    place = _places(evidence)
    checks: dict[str, tuple[Callable[[Interval, Opinion], str], str]] = {
        "I01": (
            lambda i, o: _outside(i, *place[o.clip][:2]),
            "lies outside its clip|lie outside their clips",
        ),
        "I02": (
            lambda i, o: _missing(i, evidence.scheme.needed),
            "lacks a mark that the scheme needs|lack a mark that the scheme needs",
        ),
    }
    if "micro" in evidence.scheme.name.casefold():
        checks["I04"] = (
            lambda i, o: "" if _outside(i, *place[o.clip][:2]) else _long(i, place[o.clip][2]),
            f"lasts longer than {MICRO:g} s|last longer than {MICRO:g} s",
        )
    found: dict[str, list[Item]] = {code: [] for code in checks}
    for opinion in evidence.opinions:
        for interval in opinion.statement.intervals:
            for code, (check, _) in checks.items():
                if what := check(interval, opinion):
                    words = f"{opinion.clip} by {opinion.annotator}: {what}"
                    found[code].append(Item((opinion.clip,), words))
    cases = [c for code, items in found.items() for c in case(code, items, _said(checks[code][1]))]
    return sorted([*cases, *_overlap_cases(evidence)], key=lambda c: c.code)


def _said(verb: str) -> Callable[..., str]:
    one, many = verb.split("|")

    def say(items: Items) -> str:
        verb = one if len(items) == 1 else many
        return f"{counted(len(items), 'interval')} {verb}: {words_of(items)}."

    return say


def _places(evidence: Evidence) -> Place:
    """Return clip -> first frame, last frame or None, and frames per second or None."""
    out: Place = {}
    columns = ("clip", "first", "last", "frames", "fps")
    for clip, first, last, frames, fps in evidence.clips[list(columns)].itertuples(index=False):
        begin = _whole(first) or 0
        count, end = _whole(frames), _whole(last)
        end = begin + count - 1 if count is not None else end
        out[clip] = (begin, end, float(fps) if fps == fps and fps else None)
    return out


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _outside(interval: Interval, first: int, last: int | None) -> str:
    for mark, frame in interval.marks.items():
        if frame < first or (last is not None and frame > last):
            span = f"{first} to {last}" if last is not None else f"from {first}"
            return f"{mark} {frame}, frames {span}"
    return ""


def _missing(interval: Interval, needed: Sequence[str]) -> str:
    lacking = [mark for mark in needed if mark not in interval.marks]
    return f"no {named(lacking)}" if lacking else ""


def _long(interval: Interval, fps: float | None) -> str:
    if fps is None or interval.onset is None or interval.offset is None:
        return ""
    seconds = (interval.offset - interval.onset + 1) / fps
    return f"{seconds:.2f} s" if seconds > MICRO + 1 / fps else ""  # a frame on either side


def _overlap_cases(evidence: Evidence) -> list[Case]:
    items = [
        Item((o.clip,), f"{o.clip} by {o.annotator}: {what}")
        for o in evidence.opinions
        if len(o.statement.intervals) > 1
        for what in _overlaps(o.statement.intervals)
    ]
    return case(
        "I03",
        items,
        lambda found: (
            f"In {counted(len(found), 'place')} an annotator gives one label twice at the same "
            f"time: {words_of(found)}."
        ),
    )


def _overlaps(intervals: tuple[Interval, ...]) -> Iterator[str]:
    tracks: dict[tuple[str, str], list[Interval]] = {}
    for interval in intervals:
        tracks.setdefault((interval.label, interval.side), []).append(interval)
    for (label, _), track in tracks.items():
        closed = [i for i in track if i.onset is not None and i.offset is not None]
        closed.sort(key=lambda i: (i.onset or 0, i.offset or 0))
        for early, late in pairwise(closed):
            if (late.onset or 0) <= (early.offset or 0):
                yield f"{label} {early.onset} to {early.offset} and {late.onset} to {late.offset}"
        if len(track) - len(closed) > 1 and not any(i.marks for i in track):
            yield f"{label} without marks"


# vocabulary ---------------------------------------------------------------------------------------


def vocabulary_cases(evidence: Evidence) -> list[Case]:
    """Return V01 to V05."""
    scheme = evidence.scheme
    known, used = set(scheme.label_names), _clips_of_labels(evidence)
    outside = [
        Item(tuple(clips), label, label) for label, clips in used.items() if label not in known
    ]
    idle = [Item((), name, name) for name in scheme.label_names if name not in used]
    alike = [
        Item((*used[a], *used[b]), f"{a} ({len(used[a])}) and {b} ({len(used[b])})", a)
        for a, b in combinations(used, 2)
        if labels_alike(a, b)
    ]
    return [
        *case("V01", outside, _outside_words),
        *case("V02", idle if used else [], _idle_words),
        *case("V03", _strange(evidence), lambda f: _strange_words(f)),
        *case("V04", _many(evidence), _many_words),
        *case(
            "V05", alike, lambda f: f"Labels in use that look like one word: {words_of(f)} clips."
        ),
    ]


def _outside_words(items: Items) -> str:
    clips = {clip for item in items for clip in item.clips}
    return (
        f"{counted(len(clips), 'clip')} {'has' if len(clips) == 1 else 'have'} a label that is "
        f"not in the scheme ({words_of(items)}): {named(sorted(clips))}."
    )


def _idle_words(items: Items) -> str:
    verb = "was" if len(items) == 1 else "were"
    return f"{counted(len(items), 'label')} of the scheme {verb} never used: {words_of(items)}."


def _strange_words(items: Items) -> str:
    return (
        f"{counted(len(items), 'opinion')} {'has' if len(items) == 1 else 'have'} a flag, an "
        f"intensity or a side that is not in the scheme: {words_of(items)}."
    )


def _many_words(items: Items) -> str:
    verb = "gives" if len(items) == 1 else "give"
    return (
        f"{counted(len(items), 'opinion')} {verb} several labels, and the scheme allows one: "
        f"{words_of(items)}."
    )


def _clips_of_labels(evidence: Evidence) -> dict[str, dict[str, None]]:
    """Return label -> clips that anybody gave it to, both in order."""
    used: dict[str, dict[str, None]] = {}
    for opinion in evidence.opinions:
        for label in opinion.statement.labels:
            used.setdefault(label, {})[opinion.clip] = None
    return used


def _strange(evidence: Evidence) -> list[Item]:
    scheme, out = evidence.scheme, []
    for opinion in evidence.opinions:
        words = [f"flag {f}" for f in opinion.statement.flags if f not in scheme.flag_names]
        for interval in opinion.statement.intervals:
            level = interval.intensity
            if level is not None and not (1 <= level <= len(scheme.intensity) and level % 1 == 0):
                words.append(f"intensity {level:g}")
            if interval.side and not (scheme.sides and interval.side in SIDES):
                words.append(f"side {interval.side}")
        if words:
            out.append(
                Item((opinion.clip,), f"{opinion.clip} by {opinion.annotator}: {named(words)}")
            )
    return out


def _many(evidence: Evidence) -> list[Item]:
    if evidence.scheme.several:
        return []
    return [
        Item((o.clip,), f"{o.clip} by {o.annotator}: {named(o.statement.labels)}")
        for o in evidence.opinions
        if len(o.statement.intervals) > 1
    ]


def labels_alike(one: str, other: str) -> bool:
    """Return whether two labels look like one word, spelt twice.

    They do where only case, spaces and signs differ, or one letter in a longer word without
    digits.

    >>> labels_alike("Happy", "happy "), labels_alike("AU1", "AU2"), labels_alike("fear", "tear")
    (True, False, False)
    >>> labels_alike("suprise", "surprise")
    True
    """
    a, b = plain(one), plain(other)
    if not a or not b:
        return False
    if a == b:
        return True
    long = min(len(a), len(b)) >= SHORTEST_WITH_TYPO
    return long and not re.search(r"\d", a + b) and one_slip(a, b)


def plain(name: str) -> str:
    """Return a name without case, spaces and signs.

    >>> plain("AU_12 L")
    'au12l'
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum())


def one_slip(one: str, other: str) -> bool:
    """Return whether one letter was added, left out or changed, or two neighbours swapped.

    >>> one_slip("anna", "ana"), one_slip("anna", "nana"), one_slip("anna", "emma")
    (True, True, False)
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    swapped = a[:2] == b[1::-1] if len(a) > 1 and len(b) > 1 else False
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (swapped and a[2:] == b[2:])
