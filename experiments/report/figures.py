"""Data -> geometry of the drawn figures; the template draws them, the style sheet colours them.

Positions along a page-wide axis are percentages, so that text keeps its size on a phone; heights
are pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .palette import level
from .words import counted, number, percent, shortened

STRIP_HEIGHT = 190
STRIP_TOP = 14
STRIP_LEFT, STRIP_RIGHT = 9.0, 91.0  # per cent of the width
MOST_NAMED = 24  # subjects whose names still fit under the strip on a phone
RELIABILITY_SIDE = 220


# confusion ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a heat table."""

    count: int
    text: str
    level: int
    title: str
    diagonal: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a heat table with its total."""

    label: str
    cells: list[Cell]
    total: int


def confusion_rows(classes: Sequence[str], counts: Any) -> list[Row]:
    """Return the confusion matrix (labelled x predicted), each cell with its share of the row."""
    matrix = np.asarray(counts, dtype=int)
    rows = []
    for i, label in enumerate(classes):
        total = int(matrix[i].sum())
        cells = []
        for j, said in enumerate(classes):
            n = int(matrix[i, j])
            share = n / total if total else 0.0
            title = f"{counted(n, 'clip')} of {label} taken for {said} ({percent(share)})"
            text = percent(share) if n else ""
            cells.append(Cell(n, text, level(share), title, i == j))
        rows.append(Row(str(label), cells, total))
    return rows


def most_confused(classes: Sequence[str], counts: Any) -> tuple[str, str, int] | None:
    """Return the largest cell off the diagonal: label, what it was taken for, clips."""
    matrix = np.asarray(counts, dtype=int).copy()
    np.fill_diagonal(matrix, 0)
    if not matrix.size or matrix.max() == 0:
        return None
    i, j = (int(k) for k in np.unravel_index(int(matrix.argmax()), matrix.shape))
    return str(classes[i]), str(classes[j]), int(matrix[i, j])


def heat_rows(subjects: Sequence[str], classes: Sequence[str], counts: np.ndarray) -> list[Row]:
    """Return counts (subjects, classes) as a heat table, shaded relative to its largest cell."""
    top = max(1, int(counts.max())) if counts.size else 1
    return [
        Row(
            subject,
            [
                Cell(int(n), "", level(n / top * 0.5), f"{subject}, {c}: {counted(int(n), 'clip')}")
                for c, n in zip(classes, line, strict=True)
            ],
            int(line.sum()),
        )
        for subject, line in zip(subjects, counts, strict=True)
    ]


# subjects ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mark:
    """One dot: ``x`` in per cent, ``y`` in pixels."""

    x: float
    y: float
    title: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line across the strip: ``kind`` is "mean" or "chance"."""

    kind: str
    y: float
    text_y: float


@dataclass(frozen=True, slots=True)
class Strip:
    """The per-subject dot plot, best subject on the left."""

    marks: list[Mark]
    radius: float
    grid: list[tuple[float, str]]
    lines: list[Line]
    foot: float
    height: float
    named: bool


def subject_strip(subjects: Sequence[Mapping[str, Any]], chance: float | None) -> Strip:
    """Return one dot per subject, sorted by accuracy.

    Parameters
    ----------
    subjects : sequence of mapping
        ``subject``, ``clips``, ``correct``, ``accuracy``.
    chance : float or None
    """
    order = sorted(subjects, key=lambda s: (-s["accuracy"], -s["clips"], str(s["subject"])))
    named = len(order) <= MOST_NAMED
    step = (STRIP_RIGHT - STRIP_LEFT) / max(1, len(order))
    marks = [
        Mark(
            round(STRIP_LEFT + step * (i + 0.5), 3),
            strip_y(s["accuracy"]),
            f"{s['subject']}: {s['correct']} of {counted(s['clips'], 'clip')} "
            f"({percent(s['accuracy'])})",
            shortened(str(s["subject"]), 9) if named else "",
        )
        for i, s in enumerate(order)
    ]
    longest = max((len(m.name) for m in marks), default=0)
    mean = float(np.mean([s["accuracy"] for s in order])) if order else 0.0
    return Strip(
        marks,
        radius=5.0 if named else 3.5 if len(order) <= 80 else 2.5,
        grid=[(strip_y(v), percent(v)) for v in (0, 0.25, 0.5, 0.75, 1)],
        lines=_lines(mean, chance) if order else [],
        foot=STRIP_TOP + STRIP_HEIGHT + 14,
        height=STRIP_TOP + STRIP_HEIGHT + (28 + 5 * longest if named else 12),
        named=named,
    )


def _lines(mean: float, chance: float | None) -> list[Line]:
    """Return the lines of a strip; the lower one is named below itself, so no names collide."""
    values = {"mean": mean} if chance is None else {"mean": mean, "chance": chance}
    top = max(values.values())
    low = {k: v < top for k, v in values.items()}
    return [
        Line(k, strip_y(v), round(strip_y(v) + (13 if low[k] else -4), 2))
        for k, v in values.items()
    ]


def strip_y(accuracy: float) -> float:
    """Return the height of an accuracy on the strip, in pixels from its top."""
    return round(STRIP_TOP + STRIP_HEIGHT * (1 - accuracy), 2)


# scores ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Track:
    """A score on a line from 0 to 1, all positions in per cent."""

    value: float
    low: float | None
    high: float | None
    chance: float | None


def track(value: float, low: Any, high: Any, chance: float | None) -> Track:
    """Return positions (2 to 98 per cent, so that marks at the ends are whole)."""

    def at(v: Any) -> float | None:
        return None if v is None else round(track_x(float(v)), 2)

    return Track(track_x(value), at(low), at(high), at(chance))


def track_x(value: float) -> float:
    """Return where a fraction lies on a track, in per cent of its width."""
    return round(2 + 96 * min(1.0, max(0.0, value)), 2)


# calibration -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reliability:
    """The reliability curve, in pixels of a square of ``RELIABILITY_SIDE``."""

    points: list[tuple[float, float, float, str]]  # x, y, radius, title
    path: str
    side: int


def reliability(bins: Sequence[Mapping[str, Any]]) -> Reliability:
    """Return the curve of stated probability against how often it was right.

    Parameters
    ----------
    bins : sequence of mapping
        ``confidence``, ``accuracy`` (fractions) and ``clips`` of each bin that holds clips.
    """
    full = [b for b in bins if b["clips"] > 0]
    most = max((b["clips"] for b in full), default=1)
    points = []
    for b in sorted(full, key=lambda b: b["confidence"]):
        title = (
            f"said {percent(b['confidence'])}, right {percent(b['accuracy'])} "
            f"of {counted(b['clips'], 'time')}"
        )
        x, y = RELIABILITY_SIDE * b["confidence"], RELIABILITY_SIDE * (1 - b["accuracy"])
        radius = 3 + 5 * (b["clips"] / most) ** 0.5
        points.append((round(x, 1), round(y, 1), round(radius, 1), title))
    path = " ".join(f"{'M' if i == 0 else 'L'}{p[0]} {p[1]}" for i, p in enumerate(points))
    return Reliability(points, path, RELIABILITY_SIDE)


def even_rows(count: int, most: int = 4) -> int:
    """Return how many pictures go in a row of at most ``most`` so that the rows are even.

    >>> [even_rows(n) for n in (1, 4, 5, 6, 7, 8)]
    [1, 4, 3, 3, 4, 4]
    """
    return -(-count // max(1, -(-count // most)))


def sizes(values: Sequence[float]) -> list[float]:
    """Return bar lengths in per cent of the largest value."""
    top = max(values, default=0)
    return [round(100 * v / top, 2) if top > 0 else 0.0 for v in values]


def spread(values: Sequence[float]) -> str:
    """Return the middle and the extremes of some counts in words.

    >>> spread([7, 7, 6])
    '7 (6 to 7)'
    """
    if not len(values):
        return ""
    middle = number(float(np.median(values)))
    low, high = number(min(values)), number(max(values))
    return middle if low == high else f"{middle} ({low} to {high})"
