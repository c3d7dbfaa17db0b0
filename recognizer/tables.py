"""The table of answers: a row for each frame and face, and the table of clips: one for each face.

answers   source, frame, time, face, x, y, w, h, label, probability, then p.<class> for each class
clips     source, face, frames, label, probability, then p.<class>; reason where there is no face

``frame`` counts from 0, ``time`` is in seconds and blank where the source does not say its rate,
``face`` is the face's number in its source, the box is in source pixels. Probabilities of answers
are smoothed; those of a clip are the mean of the unsmoothed ones over the frames they hold for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .analysis import Analysis

ANSWER = ("source", "frame", "time", "face", "x", "y", "w", "h", "label", "probability")
CLIP = ("source", "face", "frames", "label", "probability")
TEXTS = {"source": str, "label": str}

Row = list[object]


def answer_columns(classes: Sequence[str]) -> list[str]:
    """Return the columns of a table of answers.

    >>> answer_columns(["fear", "joy"])[-3:]
    ['probability', 'p.fear', 'p.joy']
    """
    return [*ANSWER, *(f"p.{name}" for name in classes)]


def rows_of(source: str, found: Analysis, timed: bool = True) -> list[Row]:
    """Return the rows of an analysed window, frame by frame, largest face first.

    Parameters
    ----------
    source : str
        What the table calls it.
    found : Analysis
    timed : bool
        Whether the source says its rate; without it ``time`` is blank.
    """
    shown = [[round(float(p), 5) for p in face.probabilities] for face in found.faces]
    rows: list[Row] = []
    for number in found.numbers() if found.faces else ():
        seconds = round(found.time_at(number), 4) if timed else None
        for face, probabilities in zip(found.faces, shown, strict=True):
            box = [round(float(v), 1) for v in face.box_at(number)]
            head = [source, number, seconds, face.identity, *box, face.label]
            rows.append([*head, round(face.probability, 5), *probabilities])
    return rows


@dataclass
class Pooled:
    """Answers of one source, pooled over time for each face.

    Attributes
    ----------
    frames : int
        Frames of the source, those without a face among them.
    """

    classes: Sequence[str]
    frames: int = 0
    sums: dict[int, np.ndarray] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    reason: str = ""

    def add(self, found: Analysis) -> None:
        """Take in an analysed window."""
        held = found.last - found.since + 1
        self.frames += held
        for face in found.faces:
            before = self.sums.get(face.identity, np.zeros(len(self.classes)))
            self.sums[face.identity] = before + held * face.raw
            self.counts[face.identity] = self.counts.get(face.identity, 0) + held
        if not found.faces:
            self.reason = self.reason or found.reason

    def rows(self, source: str) -> list[dict[str, object]]:
        """Return a row per face; one with the reason where no face was found."""
        if not self.sums:
            return [{"source": source, "frames": self.frames, "reason": self.reason}]
        return [self._row(source, face) for face in sorted(self.sums)]

    def _row(self, source: str, face: int) -> dict[str, object]:
        mean = self.sums[face] / self.counts[face]
        best = int(np.argmax(mean))
        return {
            "source": source,
            "face": face,
            "frames": self.counts[face],
            "label": self.classes[best],
            "probability": round(float(mean[best]), 5),
            **{f"p.{c}": round(float(p), 5) for c, p in zip(self.classes, mean, strict=True)},
        }


def clips_table(rows: Sequence[dict[str, object]], classes: Sequence[str]) -> pd.DataFrame:
    """Return the table of clips from the rows of all sources."""
    columns = [*CLIP, *(f"p.{name}" for name in classes), "reason"]
    table = pd.DataFrame(list(rows), columns=columns)
    table["face"] = table["face"].astype("Int64")
    return table
