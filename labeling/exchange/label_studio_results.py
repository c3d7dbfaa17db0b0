"""The results of one annotation of Label Studio, taken apart: spans, and what is said of each.

See ``label_studio`` for the types of results and their source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .gathering import Gathering, shown
from .json_text import listed, mapped, number, text, whole

LATEST = 1e8  # seconds


@dataclass
class Region:
    """The results that share an id: one span and what is said of it."""

    labels: list[str] = field(default_factory=list)
    frames: tuple[int, int] | None = None
    seconds: tuple[float, float] | None = None
    apex: int | None = None
    intensity: float | None = None
    side: str = ""
    missing: tuple[str, ...] = ()


@dataclass
class Said:
    """One annotation, taken apart."""

    regions: list[Region] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    sure: float | None = None
    intensity: float | None = None


def taken_apart(results: list[Any], found: Gathering) -> Said:
    """Return what an annotation says; what cannot be read is skipped by name."""
    said = Said()
    regions: dict[str, Region] = {}
    for index, result in enumerate(map(mapped, results)):
        value, key = mapped(result.get("value")), kind_of(mapped(result.get("value")))
        name = text(result.get("id")) or f"#{index}"
        if key:
            _spans(value, key, regions.setdefault(name, Region()), name, regions, found)
            said.comments += texts(mapped(result.get("meta")).get("text"))
    said.regions = list(regions.values())
    for result in map(mapped, results):
        value = mapped(result.get("value"))
        if not kind_of(value):
            _detail(result, value, regions.get(text(result.get("id"))), said, found)
    return said


def _spans(
    value: dict[str, Any],
    key: str,
    region: Region,
    name: str,
    regions: dict[str, Region],
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
        part = region if index == 0 else regions.setdefault(f"{name}#{index}", Region())
        part.labels = part.labels or list(region.labels)
        part.frames = (start_frame - 1, end_frame - 1)  # counted from 1, the end included


def _detail(
    result: dict[str, Any],
    value: dict[str, Any],
    region: Region | None,
    said: Said,
    found: Gathering,
) -> None:
    """Read a result that is no span: choices, a rating or number, or a text."""
    control = text(result.get("from_name")).casefold()
    if "choices" in value:
        _choices(control, [text(c) for c in listed(value["choices"])], region, said, found)
    elif "rating" in value or "number" in value:
        _number(control, number(value.get("rating", value.get("number"))), region, said, found)
    elif "text" in value:
        said.comments += texts(value["text"])
    else:
        found.skip(f"results of the type {shown(result.get('type'))} are not read.")


def _choices(
    control: str, words: list[str], region: Region | None, said: Said, found: Gathering
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
    control: str, value: float | None, region: Region | None, said: Said, found: Gathering
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


def texts(value: Any) -> list[str]:
    """Return the texts of a value, one or a list of them, blank ones left out."""
    return [t for t in map(text, value if isinstance(value, list) else [value]) if t]


def kind_of(value: Mapping[str, Any]) -> str:
    """Return the key under which a result's value holds its labels."""
    return next((k for k, v in value.items() if k.endswith("labels") and isinstance(v, list)), "")
