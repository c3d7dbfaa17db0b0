"""Faces over time: what was seen in the key frames is linked to tracks.

A face belongs to a track when it overlaps the track's last box and is neither half nor twice as
large. A track that is not seen stays where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .finders import Found
from .geometry import pose_of


@dataclass(slots=True)
class Track:
    """One face over time: frame numbers, boxes (x, y, w, h) and eyes (2, 2) or NaN, as seen."""

    frames: list[int] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)
    eyes: list[np.ndarray] = field(default_factory=list)
    anchor: tuple[np.ndarray, np.ndarray] | None = None  # pose and box of the last face search

    @property
    def box(self) -> np.ndarray:
        """Return the last box."""
        return self.boxes[-1]

    @property
    def area(self) -> float:
        """Return the median area, square pixels."""
        return float(np.median([b[2] * b[3] for b in self.boxes]))

    def add(self, frame: int, found: Found, eyes: np.ndarray | None) -> None:
        """Note a sight of the face; eyes that the finder gave come first."""
        given = found.eyes if found.eyes is not None else eyes
        self.frames.append(frame)
        self.boxes.append(np.asarray(found.box, dtype=float))
        self.eyes.append(np.full((2, 2), np.nan) if given is None else np.asarray(given, float))
        if not found.carried:
            self.anchor = None if given is None else (pose_of(self.eyes[-1]), self.boxes[-1])


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Return the intersection of two boxes (x, y, w, h) over their union.

    >>> round(overlap(np.array([0, 0, 2, 2]), np.array([1, 0, 2, 2])), 3)
    0.333
    """
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / (a[2] * a[3] + b[2] * b[3] - shared))


def same_face(a: np.ndarray, b: np.ndarray) -> bool:
    """Return whether two boxes can be one face a second apart: they overlap and are alike."""
    return overlap(a, b) > 0.05 and 0.5 < a[2] / b[2] < 2.0


def link(tracks: Sequence[Track], found: Sequence[Found]) -> list[tuple[Track | None, Found]]:
    """Return each face with its track, the best overlaps first; None for a new face."""
    pairs = sorted(
        (
            (-overlap(t.box, f.box), i, j)
            for i, t in enumerate(tracks)
            for j, f in enumerate(found)
            if same_face(t.box, f.box)
        ),
    )
    taken: dict[int, int] = {}
    for _, i, j in pairs:
        if i not in taken.values() and j not in taken:
            taken[j] = i
    return [(tracks[taken[j]] if j in taken else None, f) for j, f in enumerate(found)]


def chosen(tracks: Sequence[Track], searched: int, every: bool) -> list[Track]:
    """Return the tracks that count, largest median area first.

    With ``every`` those seen in a third of the ``searched`` key frames (the one seen most, if none
    is); else the one seen most, the larger of two.
    """
    if not tracks:
        return []
    most = max(tracks, key=lambda t: (len(t.frames), t.area))
    if not every:
        return [most]
    steady = [t for t in tracks if 3 * len(t.frames) >= searched] or [most]
    return sorted(steady, key=lambda t: -t.area)
