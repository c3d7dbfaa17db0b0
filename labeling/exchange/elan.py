r"""ELAN: one ``.eaf`` file (EAF 3.0) per clip, such that nothing said is lost.

tier ``label@NAME``       what an annotator says, one annotation per interval; a tier of its own
                          per group of labels, per turn and per lane, for a tier of ELAN holds
                          no two annotations at once
its children              ``apex`` (frame), ``intensity``, ``side``, ``marks`` and ``number``
tier ``statement@NAME``   over the whole clip, where something was said of it as a whole
its children              ``sure``, ``flags``, ``comment``

Times are those of the source, in whole milliseconds. An annotation begins where the onset frame
begins and ends where the frame after the offset begins: the end of ELAN is exclusive, ours is
not. A label without onset begins with the clip, one without offset ends with it, and its
``marks`` say which of the two are real. Where two intervals come in another order than their
times, ``number`` gives it. XML cannot hold control characters; they are written ``\u0007``, and a
backslash that would look like one ``\u005c``.

Source: ELAN Annotation Format, schema version 3.0, Max Planck Institute for Psycholinguistics;
Wittenburg et al. 2006, ELAN: a professional framework for multimodality research, LREC.
"""

from __future__ import annotations

import mimetypes
import os
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree import ElementTree

import pandas as pd

from sttm.atomic import replacing
from sttm.tables import named

from ..statement import Interval, Statement
from .base import Said, newest, places
from .cells import joined
from .matching import ClipNames, Facts, by_timed_clip, level_text
from .times import FASTEST, whole_milliseconds

if TYPE_CHECKING:
    from ..scheme import Scheme

CLIP = "sttm.clip"  # property of the header
CHILDREN = {
    "label": ("number", "apex", "intensity", "side", "marks"),
    "statement": ("sure", "flags", "comment"),
}
STEREOTYPES = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps "
    "allowed within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to "
    "the same parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps "
    "are allowed",
}
SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ILLEGAL = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|\\(?=u[0-9a-f]{4})")


class FramesTooShort(UserWarning):
    """Whole milliseconds cannot tell the frames of a clip apart."""


def write_elan(
    path: str | Path,
    opinions: Sequence[Said],
    clips: pd.DataFrame,
    scheme: Scheme,
    *,
    fps: float | None = None,
    root: str | Path | None = None,
) -> list[Path]:
    """Write one ``.eaf`` file per clip of which something was said.

    Parameters
    ----------
    path : str or Path
        A folder; for a single clip also a file.
    opinions : sequence of Opinion
        The last one per annotator, clip and turn counts.
    clips : DataFrame
        A clips table.
    scheme : Scheme
        Its labels are the controlled vocabulary.
    fps : float, optional
        Frames per second of clips that do not say.
    root : path, optional
        Folder that relative sources are below; the media are linked from there.

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
    by = by_timed_clip(newest(opinions), facts, "ELAN counts milliseconds")
    _warn_of_fast([facts[clip] for clip in by])
    files = places(path, [*by], ".eaf")
    for clip, file in files.items():
        document = _document(facts[clip], by[clip], scheme, _media(facts[clip], file, root))
        with replacing(file) as part:
            ElementTree.ElementTree(document).write(part, "utf-8", xml_declaration=True)
    return list(files.values())


def _warn_of_fast(clips: list[Facts]) -> None:
    fast = [f.clip for f in clips if f.fps is not None and f.fps > FASTEST]
    if fast:
        sentence = f"frames of clip {named(fast)} are shorter than 1 ms and may move in ELAN."
        warnings.warn(sentence, FramesTooShort, stacklevel=3)


def escaped(text: str) -> str:
    r"""Return a text that XML can hold.

    >>> escaped("a\x07b"), unescaped(escaped(r"\u0007"))
    ('a\\u0007b', '\\u0007')
    """
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def unescaped(text: str) -> str:
    """Return the text that ``escaped`` was given."""
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)


# media ------------------------------------------------------------------------------------------


def _media(facts: Facts, file: Path, root: str | Path | None) -> dict[str, str]:
    """Return the attributes of MEDIA_DESCRIPTOR."""
    name = PurePosixPath(facts.source.replace("\\", "/"))
    kind = mimetypes.guess_type(name.name)[0] or "unknown"
    if root is None:
        near = f"./{quote(name.name)}"
        return {"MEDIA_URL": near, "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": near}
    source = Path(root, name).resolve()
    try:
        relative = Path(os.path.relpath(source, file.parent.resolve())).as_posix()
    except ValueError:  # another drive
        relative = name.name
    relative = relative if relative.startswith("../") else f"./{relative}"
    return {"MEDIA_URL": source.as_uri(), "MIME_TYPE": kind, "RELATIVE_MEDIA_URL": quote(relative)}


# tiers ------------------------------------------------------------------------------------------


@dataclass
class _Tier:
    name: str
    kind: str
    annotator: str
    spans: list[tuple[int, int, str, dict[str, str]]] = field(default_factory=list)
    parent: str = ""


def _tiers(facts: Facts, said: Said, scheme: Scheme) -> list[_Tier]:
    """Return the tiers of one opinion; spans are frames, the end exclusive."""
    turn = f"turn {said.turn} " if said.turn else ""
    tiers: dict[str, _Tier] = {}
    groups = {rule.name: f" {rule.group}" if rule.group else "" for rule in scheme.labels}
    intervals = said.statement.intervals
    spans = [_span(interval, facts) for interval in intervals]
    in_order = all(a <= b for a, b in pairwise(spans))
    ends: dict[str, int] = {}
    for number in sorted(range(len(spans)), key=lambda n: (*spans[n], n)):
        interval, (begin, end) = intervals[number], spans[number]
        extra = _extra(interval, scheme)
        if not in_order or len(set(spans)) < len(spans):
            extra["number"] = str(number)
        base, lane = f"{turn}label{groups.get(interval.label, '')}", 1
        name = f"{base}@{said.annotator}"
        while ends.get(name, 0) > begin:
            lane += 1
            name = f"{base} lane {lane}@{said.annotator}"
        ends[name] = end
        tier = tiers.setdefault(name, _Tier(name, "label", said.annotator))
        tier.spans.append((begin, end, interval.label, extra))
    whole = _whole(said.statement)
    if whole:
        tier = _Tier(f"{turn}statement@{said.annotator}", "statement", said.annotator)
        tier.spans.append((*_span(Interval(""), facts), "clip", whole))
        tiers[tier.name] = tier
    return list(tiers.values())


def _span(interval: Interval, facts: Facts) -> tuple[int, int]:
    """Return the first frame of an interval, and the one after its last."""
    begin = facts.first if interval.onset is None else interval.onset
    latest = facts.last if facts.last is not None else max([begin, *interval.marks.values()])
    end = latest if interval.offset is None else interval.offset
    return begin, max(begin, end) + 1


def _extra(interval: Interval, scheme: Scheme) -> dict[str, str]:
    real = [m for m in ("onset", "offset") if m in interval.marks]
    extra = {
        "apex": "" if interval.apex is None else str(interval.apex),
        "intensity": level_text(interval.intensity, scheme.intensity),
        "side": interval.side,
        "marks": "" if len(real) == 2 else (" ".join(real) or "none"),
    }
    return {kind: text for kind, text in extra.items() if text}


def _whole(statement: Statement) -> dict[str, str]:
    values = {
        "sure": "" if statement.sure is None else repr(float(statement.sure)),
        "flags": joined(statement.flags),
        "comment": statement.comment,
    }
    return {kind: text for kind, text in values.items() if text}


# document ---------------------------------------------------------------------------------------


def _document(
    facts: Facts, said: list[Said], scheme: Scheme, media: dict[str, str]
) -> ElementTree.Element:
    tiers = [tier for opinion in said for tier in _tiers(facts, opinion, scheme)]
    root = ElementTree.Element("ANNOTATION_DOCUMENT")
    root.set("xmlns:xsi", INSTANCE)
    root.set("xsi:noNamespaceSchemaLocation", SCHEMA)
    people = list(dict.fromkeys(opinion.annotator for opinion in said))
    root.set("AUTHOR", escaped(people[0]) if len(people) == 1 else "")
    root.set("DATE", datetime.now(UTC).isoformat(timespec="seconds"))
    root.set("FORMAT", "3.0")
    root.set("VERSION", "3.0")
    header = _add(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    _add(header, "MEDIA_DESCRIPTOR", **media)
    slots = _add_slots(root, tiers, facts)
    last = _add_tiers(root, tiers, slots)
    _add(header, "PROPERTY", escaped(facts.clip), NAME=CLIP)
    _add(header, "PROPERTY", str(last), NAME="lastUsedAnnotationId")
    _add_types(root)
    _add(root, "LANGUAGE", LANG_ID="und", LANG_DEF="", LANG_LABEL="undetermined (und)")
    for name, text in STEREOTYPES.items():
        _add(root, "CONSTRAINT", DESCRIPTION=text, STEREOTYPE=name)
    _add_vocabulary(root, "labels", [(r.name, r.guidance) for r in scheme.labels])
    return root


def _add(parent: ElementTree.Element, tag: str, text: str = "", **values: str) -> _Element:
    child = ElementTree.SubElement(parent, tag, values)
    child.text = text or None
    return child


_Element = ElementTree.Element


def _add_slots(root: _Element, tiers: list[_Tier], facts: Facts) -> dict[int, str]:
    """Add TIME_ORDER; return frame -> id of its time slot."""
    frames = sorted({frame for tier in tiers for span in tier.spans for frame in span[:2]})
    order = _add(root, "TIME_ORDER")
    slots = {}
    for number, frame in enumerate(frames, 1):
        slots[frame] = f"ts{number}"
        value = str(whole_milliseconds(frame, facts.fps or 0))
        _add(order, "TIME_SLOT", TIME_SLOT_ID=slots[frame], TIME_VALUE=value)
    return slots


def _add_tiers(root: _Element, tiers: list[_Tier], slots: dict[int, str]) -> int:
    """Add every tier and its children; return the highest number of an annotation."""
    count = 0
    taken: set[str] = set()
    for tier in tiers:
        element = _add_tier(root, tier, taken)
        children: dict[str, list[tuple[str, str]]] = {}
        for begin, end, value, extra in tier.spans:
            count += 1
            name = f"a{count}"
            place = _add(_add(element, "ANNOTATION"), "ALIGNABLE_ANNOTATION", ANNOTATION_ID=name)
            place.set("TIME_SLOT_REF1", slots[begin])
            place.set("TIME_SLOT_REF2", slots[end])
            _add(place, "ANNOTATION_VALUE", escaped(value))
            for kind, text in extra.items():
                children.setdefault(kind, []).append((name, text))
        for kind in [k for k in CHILDREN[tier.kind] if k in children]:
            child = _Tier(
                f"{kind} {tier.name}", kind, tier.annotator, parent=element.get("TIER_ID", "")
            )
            below = _add_tier(root, child, taken)
            for parent, text in children[kind]:
                count += 1
                place = _add(_add(below, "ANNOTATION"), "REF_ANNOTATION", ANNOTATION_ID=f"a{count}")
                place.set("ANNOTATION_REF", parent)
                _add(place, "ANNOTATION_VALUE", escaped(text))
    return count


def _add_tier(root: _Element, tier: _Tier, taken: set[str]) -> _Element:
    name, number = escaped(tier.name), 1
    while name in taken:
        number += 1
        name = f"{escaped(tier.name)} {number}"
    taken.add(name)
    who = escaped(tier.annotator)
    element = _add(root, "TIER", TIER_ID=name, LINGUISTIC_TYPE_REF=tier.kind)
    element.set("PARTICIPANT", who)
    element.set("ANNOTATOR", who)
    if tier.parent:
        element.set("PARENT_REF", tier.parent)
    return element


def _add_types(root: _Element) -> None:
    for kind, children in CHILDREN.items():
        element = _add(root, "LINGUISTIC_TYPE", LINGUISTIC_TYPE_ID=kind, TIME_ALIGNABLE="true")
        element.set("GRAPHIC_REFERENCES", "false")
        if kind == "label":
            element.set("CONTROLLED_VOCABULARY_REF", "labels")
        for child in children:
            below = _add(root, "LINGUISTIC_TYPE", LINGUISTIC_TYPE_ID=child, TIME_ALIGNABLE="false")
            below.set("GRAPHIC_REFERENCES", "false")
            below.set("CONSTRAINTS", "Symbolic_Association")


def _add_vocabulary(root: _Element, name: str, words: Iterable[tuple[str, str]]) -> None:
    vocabulary = _add(root, "CONTROLLED_VOCABULARY", CV_ID=name)
    _add(vocabulary, "DESCRIPTION", "labels of the scheme", LANG_REF="und")
    for number, (word, about) in enumerate(words, 1):
        entry = _add(vocabulary, "CV_ENTRY_ML", CVE_ID=f"{name}-{number}")
        value = _add(entry, "CVE_VALUE", escaped(word), LANG_REF="und")
        value.set("DESCRIPTION", escaped(about))
