"""scores.json -> the few plain lists that the page shows. The only place that knows its keys."""

from __future__ import annotations

from collections.abc import Mapping
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
    """One headline score and its chance level, all as fractions; None where there is none."""

    key: str
    name: str
    meaning: str
    value: float
    low: float | None
    high: float | None
    chance: float | None


@dataclass
class Scored:
    """What scores.json says; an empty list or None where it says nothing."""

    measures: list[Measure] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    counts: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), int))
    per_class: list[dict[str, Any]] = field(default_factory=list)
    per_subject: list[dict[str, Any]] = field(default_factory=list)
    per_dataset: list[dict[str, Any]] = field(default_factory=list)
    bins: list[dict[str, Any]] = field(default_factory=list)
    calibration: dict[str, float] = field(default_factory=dict)
    replicates: int = 0

    def measure(self, key: str) -> Measure | None:
        """Return a headline score by its key, or None."""
        return next((m for m in self.measures if m.key == key), None)

    @property
    def chance(self) -> float | None:
        """The accuracy of always answering the most frequent class."""
        accuracy = self.measure("accuracy")
        return None if accuracy is None else accuracy.chance


def read_scores(scores: Mapping[str, Any]) -> Scored:
    """Return the lists of a scores mapping (of judging.scores); what it lacks stays empty."""
    classes = [str(c) for c in scores.get("classes") or []]
    counts = np.asarray(scores.get("confusion") or [], dtype=int)
    chance = scores.get("chance") or {}
    calibration = {k: scores.get(k) for k in ("calibration_error", "brier", "log_loss")}
    return Scored(
        measures=[
            Measure(key, *words, entry["value"], entry["low"], entry["high"], chance.get(key))
            for key, words in MEASURES.items()
            if (entry := scores.get(key)) and entry["value"] is not None
        ],
        classes=classes if counts.size else [],
        counts=counts.reshape(len(classes), -1) if counts.size else np.zeros((0, 0), int),
        per_class=list(scores.get("per_class") or []),
        per_subject=[_subject(r) for r in scores.get("per_subject") or []],
        per_dataset=list(scores.get("per_dataset") or []),
        bins=list(scores.get("reliability") or []),
        calibration={k: v for k, v in calibration.items() if v is not None},
        replicates=int(scores.get("replicates") or 0),
    )


def _subject(record: Mapping[str, Any]) -> dict[str, Any]:
    clips, accuracy = int(record["clips"]), float(record["accuracy"])
    return {
        "subject": str(record["name"]),
        "clips": clips,
        "correct": round(accuracy * clips),
        "accuracy": accuracy,
    }
