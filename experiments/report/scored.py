"""scores.json -> the few plain lists that the page shows. The only place that knows its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# key -> (name, what it says)
MEASURES = {
    "accuracy": ("Accuracy", "clips recognised"),
    "uar": ("UAR", "mean recall over the classes"),
    "uf1": ("UF1", "mean F1 over the classes"),
}


@dataclass
class Measure:
    """One headline score, all as fractions."""

    key: str
    name: str
    meaning: str
    value: float
    low: float | None
    high: float | None


@dataclass
class Scored:
    """What scores.json says; an empty list or None where it says nothing."""

    measures: list[Measure] = field(default_factory=list)
    chance: float | None = None
    classes: list[str] = field(default_factory=list)
    counts: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), int))
    per_class: list[dict[str, Any]] = field(default_factory=list)
    per_subject: list[dict[str, Any]] = field(default_factory=list)
    bins: list[dict[str, Any]] = field(default_factory=list)
    calibration: dict[str, float] = field(default_factory=dict)
    note: str = ""  # how the intervals were made

    def measure(self, key: str) -> Measure | None:
        """Return a headline score by its key, or None."""
        return next((m for m in self.measures if m.key == key), None)


def read_scores(scores: Mapping[str, Any]) -> Scored:
    """Return the lists of a scores mapping; what it does not hold stays empty."""
    confusion = scores.get("confusion") or {}
    classes = [str(c) for c in confusion.get("classes", [])]
    counts = np.asarray(confusion.get("counts", []), dtype=int)
    calibration = scores.get("calibration") or {}
    return Scored(
        measures=[_measure(k, scores[k]) for k in MEASURES if _value(scores.get(k)) is not None],
        chance=_value(scores.get("chance")),
        classes=classes,
        counts=counts.reshape(len(classes), len(classes)),
        per_class=_records(scores.get("per_class"), "label"),
        per_subject=[_subject(r) for r in _records(scores.get("per_subject"), "subject")],
        bins=_records(calibration.get("bins"), "bin"),
        calibration={k: v for k, v in calibration.items() if isinstance(v, float)},
    )


def _measure(key: str, entry: Any) -> Measure:
    low, high = (entry.get("low"), entry.get("high")) if isinstance(entry, Mapping) else (None,) * 2
    return Measure(key, *MEASURES[key], float(_value(entry) or 0.0), low, high)


def _value(entry: Any) -> float | None:
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    return None if value is None else float(value)


def _records(entries: Any, key: str) -> list[dict[str, Any]]:
    if isinstance(entries, Mapping):
        return [{key: str(k), **v} for k, v in entries.items()]
    return [dict(e) for e in entries or []] if isinstance(entries, Sequence) else []


def _subject(record: dict[str, Any]) -> dict[str, Any]:
    clips = int(record.get("clips", 0))
    correct = int(record.get("correct", round(record.get("accuracy", 0.0) * clips)))
    accuracy = float(record.get("accuracy", correct / clips if clips else 0.0))
    return {
        "subject": str(record["subject"]), "clips": clips, "correct": correct, "accuracy": accuracy
    }
