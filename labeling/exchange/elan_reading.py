"""ELAN files, ours and those of others, as statements.

The tiers that are read are those of the linguistic type ``label``, else every tier that holds a
label of the scheme, or those that ``tier`` names. An annotation that hangs on another (symbolic
association) has the time of that one. A time slot without time lies between its neighbours of the
same tier at equal distances, as ELAN shows it. The annotator is who ANNOTATOR names, which in ELAN
is the coder; PARTICIPANT is as a rule the person in the picture and is used on request only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from ..statement import Interval, Statement
from .base import Import
from .cells import split
from .elan import CHILDREN, CLIP, unescaped
from .matching import ClipNames, Facts, LabelNames, level_of, number_of
from .times import LATEST, frame_at, frame_before
from .xml_text import read_xml

if TYPE_CHECKING:
    from ..scheme import Scheme

KNOWN_VERSIONS = ("2.6", "2.7", "2.8", "3.0")
WHO = ("annotator", "participant")
ATTRIBUTES = ("TIER_ID", "LINGUISTIC_TYPE_REF", "ANNOTATOR", "PARTICIPANT")


def read_elan(
    path: str | Path,
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    tier: str | Sequence[str] | None = None,
    who: str = "annotator",
    fps: float | None = None,
    labels: Mapping[str, str] | None = None,
) -> Import:
    """Read an ``.eaf`` file.

    Parameters
    ----------
    path : str or Path
    clips : DataFrame
        A clips table; the clip is found by the name that we wrote, the media, or the file's stem.
        Of several clips of one source, the one that holds an annotation is meant.
    scheme : Scheme
    tier : str or sequence of str, optional
        Tiers to read.
    who : {"annotator", "participant"}
        Attribute of a tier that names the annotator.
    fps : float, optional
        Frames per second of clips that do not say.
    labels : mapping, optional
        Values of the file -> labels of the scheme, where they differ.

    Returns
    -------
    Import

    Raises
    ------
    InputError
        When it is no such file, holds a document type or entities, counts other than
        milliseconds, or has no tier of a given name.
    """
    if who not in WHO:
        raise InputError(unknown_name("attribute", who, WHO))
    root = read_xml(path, "ANNOTATION_DOCUMENT")
    file = _File(root, Path(path).name)
    wanted = [tier] if isinstance(tier, str) else tier
    gathering = _Gathering(file, ClipNames(clips, fps), LabelNames(scheme, labels), scheme, who)
    for name in _chosen(file, wanted, gathering):
        gathering.add(file.tiers[name])
    return gathering.result()


# the file ---------------------------------------------------------------------------------------


@dataclass
class _Note:
    """One annotation; ``begin`` and ``end`` are ids of slots, ``parent`` of an annotation."""

    id: str
    value: str
    begin: str = ""
    end: str = ""
    parent: str = ""


@dataclass
class _Tier:
    name: str
    kind: str
    annotator: str
    participant: str
    notes: list[_Note]


class _File:
    """The parts of an EAF document that count here."""

    def __init__(self, root: ElementTree.Element, name: str) -> None:
        self.name = name
        self.notes: list[str] = []
        version = (root.get("FORMAT") or root.get("VERSION") or "").strip()
        if version not in KNOWN_VERSIONS:
            self.notes.append(f"{name} is of version {version[:20] or 'unknown'}; read as 3.0.")
        header = root.find("HEADER")
        units = "milliseconds" if header is None else header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise InputError(f"{name} counts in {units[:40]!r}; only milliseconds are read.")
        author = (root.get("AUTHOR") or "").strip()
        self.author = "" if author in ("unspecified", "unknown") else author
        media = root.findall("./HEADER/MEDIA_DESCRIPTOR")
        self.media = [u for m in media for u in (m.get("MEDIA_URL"), m.get("RELATIVE_MEDIA_URL"))]
        self.clip = next(
            (p.text or "" for p in root.findall("./HEADER/PROPERTY") if p.get("NAME") == CLIP), ""
        )
        self.ours = bool(self.clip)
        self.origin = max((_integer(m.get("TIME_ORIGIN")) or 0 for m in media[:1]), default=0)
        if self.origin:
            self.notes.append(f"{self.origin} ms were added: the media begin that much later.")
        self.slots = {
            s.get("TIME_SLOT_ID", ""): _integer(s.get("TIME_VALUE"))
            for s in root.findall("./TIME_ORDER/TIME_SLOT")
        }
        constraints = {
            t.get("LINGUISTIC_TYPE_ID", ""): t.get("CONSTRAINTS", "")
            for t in root.findall("LINGUISTIC_TYPE")
        }
        self.tiers = {t.name: t for t in map(self._tier, root.findall("TIER"))}
        self.divided = {
            t.name for t in self.tiers.values() if constraints.get(t.kind) == "Symbolic_Subdivision"
        }
        self.by_id = {n.id: (n, t) for t in self.tiers.values() for n in t.notes}
        self.children: dict[str, dict[str, str]] = {}
        for found in self.tiers.values():
            for note in found.notes:
                if note.parent:
                    self.children.setdefault(note.parent, {})[found.kind] = note.value
        self._times = {t.name: _filled(t.notes, self.slots) for t in self.tiers.values()}

    def _tier(self, element: ElementTree.Element) -> _Tier:
        notes = []
        for place in element.iterfind("./ANNOTATION/*"):
            value = self._text(place.findtext("ANNOTATION_VALUE"))
            note = _Note(place.get("ANNOTATION_ID", ""), value)
            note.begin, note.end = place.get("TIME_SLOT_REF1", ""), place.get("TIME_SLOT_REF2", "")
            note.parent = place.get("ANNOTATION_REF", "")
            notes.append(note)
        name, kind, annotator, participant = (self._text(element.get(a)) for a in ATTRIBUTES)
        return _Tier(name, kind, annotator, participant, notes)

    def _text(self, text: str | None) -> str:
        return unescaped(text or "") if self.ours else (text or "")

    def times(self, note: _Note, tier: _Tier) -> tuple[float, float]:
        """Return when an annotation begins and ends, in ms.

        Raises
        ------
        InputError
            When that cannot be known.
        """
        for _ in range(20):  # tiers below tiers
            if not note.parent:
                break
            if tier.name in self.divided:
                raise InputError("divides another annotation and has no time of its own")
            if note.parent not in self.by_id:
                raise InputError("hangs on an annotation that is not there")
            note, tier = self.by_id[note.parent]
        times = self._times[tier.name]
        begin, end = times.get(note.begin), times.get(note.end)
        if note.parent or begin is None or end is None:
            raise InputError("has no time")
        begin, end = begin + self.origin, end + self.origin
        if not 0 <= begin < end <= LATEST:
            raise InputError(f"lasts from {begin:g} to {end:g} ms, which cannot be")
        return begin, end


def _integer(text: str | None) -> int | None:
    try:
        value = int((text or "").strip()[:30])
    except ValueError:
        return None
    return value if abs(value) <= LATEST else None


def _filled(notes: list[_Note], slots: Mapping[str, int | None]) -> dict[str, float]:
    """Return the times of a tier's slots; those without lie evenly between their neighbours."""
    times: dict[str, float] = {}
    for slot in (s for n in notes for s in (n.begin, n.end)):
        if (value := slots.get(slot)) is not None:
            times[slot] = float(value)
    follows = {n.begin: n.end for n in notes if n.begin and n.begin != n.end}
    for start in [slot for slot in follows if slot in times]:
        chain = [start]
        while chain[-1] in follows and (len(chain) == 1 or chain[-1] not in times):
            if len(chain) > len(follows):
                break
            chain.append(follows[chain[-1]])
        if len(chain) > 2 and chain[-1] in times:
            step = (times[chain[-1]] - times[start]) / (len(chain) - 1)
            times |= {slot: times[start] + step * i for i, slot in enumerate(chain)}
    return times


def _chosen(file: _File, wanted: Sequence[str] | None, gathering: _Gathering) -> list[str]:
    """Return the names of the tiers that are read."""
    if wanted is not None:
        for name in wanted:
            if name not in file.tiers:
                raise InputError(unknown_name(f"tier in {file.name}", name, file.tiers))
        return list(wanted)
    if file.ours:
        return [n for n, t in file.tiers.items() if t.kind in CHILDREN]
    known = gathering.labels.knows
    chosen = [n for n, t in file.tiers.items() if any(known(note.value) for note in t.notes)]
    left = [n for n in file.tiers if n not in chosen]
    if left:
        gathering.notes.append(f"no label of the scheme in tier {named(left, 5)}; left out.")
    return chosen


# what it says -----------------------------------------------------------------------------------


@dataclass
class _Said:
    intervals: list[tuple[float, int, Interval]] = field(default_factory=list)
    whole: dict[str, str] = field(default_factory=dict)


@dataclass
class _Gathering:
    file: _File
    clips: ClipNames
    labels: LabelNames
    scheme: Scheme
    who: str
    said: dict[tuple[str, str, int], _Said] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, tier: _Tier) -> None:
        annotator = (tier.participant if self.who == "participant" else tier.annotator).strip()
        first = tier.name.split("@")[0].split(" ")
        turn = (_integer(first[1]) or 0) if first[0] == "turn" and len(first) > 2 else 0
        for note in tier.notes:
            try:
                begin, end = self.file.times(note, tier)
                facts, onset, offset = self._place(begin, end)
            except ValueError as error:
                self._skip(tier, note, error)
                continue
            key = (facts.clip, annotator, turn if self.file.ours else 0)
            below = self.file.children.get(note.id, {})
            if self.file.ours and tier.kind == "statement":
                self.said.setdefault(key, _Said()).whole |= below
                continue
            self._interval(tier, note, key, (onset, offset), below)

    def _interval(
        self,
        tier: _Tier,
        note: _Note,
        key: tuple[str, str, int],
        span: tuple[int, int],
        below: dict[str, str],
    ) -> None:
        label = self.labels.find(note.value) if note.value.strip() else None
        if label is None:
            if not note.value.strip():
                self._skip(tier, note, InputError("is blank"))
            return
        marks = below.get("marks", "onset offset").split()
        onset = span[0] if "onset" in marks else None
        offset = span[1] if "offset" in marks else None
        try:
            apex = number_of(below.get("apex", ""))
            if apex is not None and (apex < 0 or apex % 1):
                raise InputError(f"has {below['apex'][:20]!r} as its apex, which is no frame")
            rank = level_of(below.get("intensity", ""), self.scheme.intensity)
            number = number_of(below.get("number", ""))
        except ValueError as error:
            self._skip(tier, note, error)
            return
        said = self.said.setdefault(key, _Said())
        side = below.get("side", "").strip()
        interval = Interval(label, onset, None if apex is None else int(apex), offset, rank, side)
        said.intervals.append((-1.0 if number is None else number, span[0], interval))

    def _place(self, begin: float, end: float) -> tuple[Facts, int, int]:
        """Return the clip of a span of time, its first and its last frame."""
        names = [self.file.clip, *self.file.media, Path(self.file.name).stem]
        found = next((c for n in names if n and (c := self.clips.candidates(n))), [])
        if not found:
            raise InputError("belongs to no clip: neither its media nor its name is one of them")
        facts = [self.clips.facts[c] for c in found]
        rates = {f.fps for f in facts}
        if len(rates) > 1 or None in rates:
            raise InputError(f"cannot be told in frames: frames per second of {named(found)}?")
        rate = facts[0].fps or 0
        onset, offset = frame_at(begin, rate, step=1), frame_before(end, rate, step=1)
        offset = max(onset, offset)
        holding = [f for f in facts if f.holds(onset, offset)]
        if not holding and len(facts) == 1 and facts[0].holds(onset) and offset == _end(facts[0]):
            self.notes.append(f"an annotation ends a frame after clip {found[0]!r}; cut there.")
            return facts[0], onset, offset - 1
        if len(holding) != 1:
            few = "lies outside clip" if not holding else "may belong to any of the clips"
            raise InputError(f"{few} {named(found)}")
        return holding[0], onset, offset

    def _skip(self, tier: _Tier, note: _Note, error: Exception) -> None:
        self.reasons[f"tier {tier.name!r}: {note.id or 'an annotation'} {error}"] += 1

    def result(self) -> Import:
        rows, turns = [], []
        for (clip, annotator, turn), said in self.said.items():
            ordered = sorted(said.intervals, key=lambda found: found[:2])
            statement = self._statement(tuple(i for _, _, i in ordered), said.whole)
            if not statement.empty:
                rows.append((clip, annotator, statement))
                turns.append(turn)
        skipped = [f"{reason}." for reason in list(self.reasons)[:50]]
        if len(self.reasons) > 50:
            skipped.append(f"{len(self.reasons) - 50} more annotations were skipped.")
        notes = [*self.file.notes, *dict.fromkeys(self.notes)]
        skipped += self.labels.sentences()
        return Import(rows, self.file.author, notes, skipped, turns)

    def _statement(self, intervals: tuple[Interval, ...], whole: dict[str, str]) -> Statement:
        flags = []
        for flag in split(whole.get("flags", "")):
            if flag in self.scheme.flag_names:
                flags.append(flag)
            else:
                self.reasons[unknown_name("flag", flag, self.scheme.flag_names).rstrip(".")] += 1
        try:
            sure = number_of(whole.get("sure", ""))
        except ValueError:
            self.reasons[f"{whole['sure'][:20]!r} is no number for 'sure'"] += 1
            sure = None
        return Statement(intervals, tuple(flags), sure, whole.get("comment", ""))


def _end(facts: Facts) -> int:
    return -1 if facts.last is None else facts.last + 1
