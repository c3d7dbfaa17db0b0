"""What goes into the engine and what comes out: a frame, an analysed window, a face in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sttm.descriptors.base import Descriptor
from sttm.faces import FaceClip
from sttm.faces.geometry import apply, invert


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A frame of a source: its number from 0, its time in seconds, its picture.

    ``picture`` is native uint8: grey (y, x) or BGR (y, x, 3).
    """

    number: int
    time: float
    picture: np.ndarray


@dataclass(eq=False)
class Seen:
    """A face in an analysed window.

    Attributes
    ----------
    identity : int
        1, 2, ... in order of appearance; the same face keeps its number.
    label : str
        The most probable class of the smoothed answer.
    probability : float
        Its probability.
    probabilities : array (classes,)
        The smoothed answer, in the order of the bundle's classes.
    raw : array (classes,)
        The answer for this window alone.
    face : FaceClip
        Boxes, eyes and transforms of all frames of the window.
    volume : array (t, y, x) uint8
        The crops, brought to the length that the model looks at.
    first : int
        Number of the window's first frame.
    descriptor : Descriptor
        What measured the crops.
    """

    identity: int
    label: str
    probability: float
    probabilities: np.ndarray
    raw: np.ndarray
    face: FaceClip
    volume: np.ndarray
    first: int
    descriptor: Descriptor

    @property
    def crop(self) -> np.ndarray:
        """The last crop (y, x) uint8."""
        return self.volume[-1]

    def box_at(self, number: int) -> np.ndarray:
        """Return the box x, y, w, h in source pixels at a frame of the window."""
        return self.face.boxes[self._row(number)]

    def eyes_at(self, number: int) -> np.ndarray | None:
        """Return the eyes (2, 2) in source pixels at a frame of the window, None if not found."""
        eyes = self.face.eyes[self._row(number)]
        return None if np.isnan(eyes).any() else eyes

    def corners_at(self, number: int) -> np.ndarray:
        """Return the corners (4, 2) of the crop in source pixels, clockwise from the upper left."""
        side = float(self.volume.shape[1])
        corners = np.array([[0, 0], [side, 0], [side, side], [0, side]]) - 0.5
        return apply(invert(self.face.transform[self._row(number)]), corners)

    def points_at(self, number: int) -> np.ndarray | None:
        """Return the landmarks (68, 2) in source pixels at a frame of the window.

        None where the model looks at no landmarks, or none were found. They are searched when they
        are first asked for.
        """
        if self._points is None:
            return None
        row, last = self._row(number), max(1, len(self.face.transform) - 1)
        at = round(row / last * (len(self._points) - 1))
        points = self._points[at]
        if np.isnan(points).all():
            return None
        return apply(invert(self.face.transform[row]), points)

    @cached_property
    def _points(self) -> np.ndarray | None:
        for single in self.descriptor.singles():
            if hasattr(single, "points"):
                return single.points(self.volume)
        return None

    def _row(self, number: int) -> int:
        return min(max(number - self.first, 0), len(self.face.boxes) - 1)


@dataclass(eq=False)
class Analysis:
    """An analysed window.

    Attributes
    ----------
    first, last : int
        Numbers of its first and its last frame.
    since : int
        The answer holds for the frames ``since`` to ``last``: those that had none before.
    time : float
        Seconds of the last frame.
    spacing : float
        Seconds between two frames.
    faces : list of Seen
        Largest first; empty where no face was found.
    reason : str
        Why there is none, in a sentence.
    seconds : float
        What the analysis took.
    """

    first: int
    last: int
    since: int
    time: float
    spacing: float = 0.0
    faces: list[Seen] = field(default_factory=list)
    reason: str = ""
    seconds: float = 0.0

    def time_at(self, number: int) -> float:
        """Return the seconds of a frame of the window."""
        return self.time - (self.last - number) * self.spacing

    def numbers(self) -> Iterator[int]:
        """Yield the numbers of the frames that the answer holds for."""
        yield from range(self.since, self.last + 1)
