"""Duplicates: the same content twice, nearly or exactly, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sttm.tables import named

from .evidence import Evidence
from .files import Content
from .findings import Case, Item, Items, case, counted, words_of
from .likeness import alike

LAST = 1 << 60  # "to the end", where nobody knows it


@dataclass(frozen=True)
class Copies:
    """Groups of clips with the same content, and pairs that look the same but are not equal."""

    equal: list[tuple[str, ...]]
    alike: list[tuple[str, ...]]

    @property
    def groups(self) -> list[tuple[str, ...]]:
        """Return what belongs together either way, each clip in one group."""
        return joined([*self.equal, *self.alike])


def find_copies(evidence: Evidence, content: Content | None) -> Copies:
    """Return the duplicates; nearly equal ones only where the frames were looked at."""
    equal = _equal(evidence, content)
    if content is None:
        return Copies(equal, [])
    names = [c for c in evidence.clips["clip"] if c in content.look]
    together = {clip: number for number, group in enumerate(equal) for clip in group}
    spans = _spans(evidence)
    pairs = [
        (names[i], names[j])
        for i, j in alike([content.look[c] for c in names])
        if together.get(names[i], -1) != together.get(names[j], -2)
        and not _shares(spans[names[i]], spans[names[j]])
    ]
    return Copies(equal, joined(pairs))


def joined(groups: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return groups that share a member as one.

    >>> joined([("a", "b"), ("c", "d"), ("b", "e")])
    [('a', 'b', 'e'), ('c', 'd')]
    """
    home: dict[str, list[str]] = {}
    for group in groups:
        merged: dict[str, None] = {}
        for clip in group:
            merged |= dict.fromkeys(home.get(clip, [clip]))
        for clip in merged:
            home[clip] = list(merged)
    return list(dict.fromkeys(tuple(group) for group in home.values()))


def duplicate_cases(evidence: Evidence, copies: Copies) -> list[Case]:
    """Return D01 to D04."""
    contradicting = [
        Item(group, named([f"{c} ({evidence.label[c]})" for c in group if c in evidence.label]))
        for group in copies.groups
        if len({evidence.label[c] for c in group if c in evidence.label}) > 1
    ]
    return [
        *case("D01", _grouped(copies.equal), lambda f: _said(f, "the same content")),
        *case("D02", _grouped(copies.alike), lambda f: _said(f, "nearly the same content")),
        *case("D03", contradicting, _contradicting),
        *case("D04", _overlapping(evidence, copies), _sharing),
    ]


def _grouped(groups: list[tuple[str, ...]]) -> list[Item]:
    return [Item(group, " = ".join(group[:3]) + " ..." * (len(group) > 3)) for group in groups]


def _said(items: Items, what: str) -> str:
    clips = sum(len(item.clips) for item in items)
    groups = f" in {len(items):,} groups" if len(items) > 1 else ""
    return f"{clips:,} clips have {what}{groups}: {words_of(items)}."


def _contradicting(items: Items) -> str:
    verb = "carries" if len(items) == 1 else "carry"
    return (
        f"{counted(len(items), 'group')} of duplicates {verb} different labels: {words_of(items)}."
    )


def _sharing(items: Items) -> str:
    return (
        f"{counted(len(items), 'pair')} of clips {'shares' if len(items) == 1 else 'share'} "
        f"frames of one source: {words_of(items)}."
    )


# content and place --------------------------------------------------------------------------------

Span = tuple[str, int, int]


def _spans(evidence: Evidence) -> dict[str, Span]:
    """Return clip -> source, first and last frame."""
    return {str(r["clip"]): _span(r) for r in evidence.records}


def _span(row: dict[str, Any]) -> Span:
    first = _whole(row["first"]) or 0
    frames, last = _whole(row["frames"]), _whole(row["last"])
    end = first + frames - 1 if frames is not None else LAST if last is None else last
    return str(row["source"]), first, end


def _whole(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _shares(one: Span, other: Span) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _equal(evidence: Evidence, content: Content | None) -> list[tuple[str, ...]]:
    """Return clips that are the same stretch of the same content (or of the same source)."""
    known = dict(zip(evidence.clips["clip"], evidence.clips["digest"], strict=True))
    if content is not None:
        known |= content.digest
    groups: dict[Span, list[str]] = defaultdict(list)
    for clip, (source, first, last) in _spans(evidence).items():
        groups[known.get(clip) or f"/{source}", first, last].append(clip)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _overlapping(evidence: Evidence, copies: Copies) -> list[Item]:
    """Return pairs of neighbouring clips of one source that overlap without being equal."""
    same = {clip: number for number, group in enumerate(copies.equal) for clip in group}
    tracks: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for clip, (source, first, last) in _spans(evidence).items():
        tracks[source].append((first, last, clip))
    out = []
    for track in tracks.values():
        reach: tuple[int, str] | None = None  # the clip that goes furthest so far
        for first, last, clip in sorted(track):
            apart = reach is None or first > reach[0]
            if reach is not None and not apart and same.get(clip, -1) != same.get(reach[1], -2):
                out.append(Item((reach[1], clip), f"{reach[1]} and {clip}"))
            if reach is None or last > reach[0]:
                reach = (last, clip)
    return out
