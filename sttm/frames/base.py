"""What every reader of frames is, and how a native frame becomes grey or RGB.

A member delivers *native* frames: ``uint8``, grey ``(y, x)`` or BGR ``(y, x, 3)`` as OpenCV makes
them. ``to_grey`` and ``to_rgb`` turn these into what the user asked for, so that every member gives
the same grey levels for the same picture.
"""

from __future__ import annotations

import math
import operator
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import SupportsIndex

import cv2
import numpy as np

from ..closing import Closes
from ..errors import InputError, UnreadableClip

# containers that do not know their rate say 0, the 90 kHz clock or the millisecond clock
HIGHEST_FPS = 1000.0


class FramesLost(UserWarning):
    """Frames that a clip announces could not be decoded; those before them are used."""


def to_grey(picture: np.ndarray) -> np.ndarray:
    """Return a native frame, or a part of one, as grey: ``(y, x[, 3]) -> (y, x)`` uint8.

    >>> to_grey(np.full((1, 2, 3), 7, np.uint8)).tolist()
    [[7, 7]]
    """
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def to_rgb(picture: np.ndarray) -> np.ndarray:
    """Return a native frame, or a part of one, as RGB: ``(y, x[, 3]) -> (y, x, 3)`` uint8.

    >>> to_rgb(np.array([[[1, 2, 3]]], np.uint8)).tolist()
    [[[3, 2, 1]]]
    """
    code = cv2.COLOR_GRAY2RGB if picture.ndim == 2 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(picture, code)


def sane_fps(fps: float) -> float | None:
    """Return what a container says of its frame rate, or None where it cannot be one.

    >>> sane_fps(29.97), sane_fps(90000.0), sane_fps(0.0), sane_fps(float("nan"))
    (29.97, None, None, None)
    """
    return float(fps) if math.isfinite(fps) and 0.0 < fps < HIGHEST_FPS else None


def check_fps(fps: float | None) -> float | None:
    """Return the frame rate that a caller states, or refuse it."""
    if fps is None:
        return None
    if not (math.isfinite(fps) and fps > 0):
        raise InputError(f"fps must be a finite number above 0, not {fps!r}; leave it out.")
    return float(fps)


def check_window(first: SupportsIndex | None, last: SupportsIndex | None) -> tuple[int, int | None]:
    """Return ``first`` (0 where not given) and ``last`` as whole numbers, or refuse them."""
    numbers: list[int | None] = []
    for name, value in (("first", first), ("last", last)):
        try:
            number = None if value is None else operator.index(value)
        except TypeError:
            number = -1
        if number is not None and number < 0:
            raise InputError(f"{name!r} must be a frame number from 0 or None, not {value!r}.")
        numbers.append(number)
    start, stop = numbers[0] or 0, numbers[1]
    if stop is not None and start > stop:
        raise InputError(f"'first' must not be after 'last'; they are {start} and {stop}.")
    return start, stop


def check_inside(first: int, last: int | None, total: int, name: str) -> None:
    """Refuse ``first`` and ``last`` that lie beyond a source of ``total`` frames."""
    for side, number in (("last", last), ("first", first)):
        if number is not None and number >= total:
            raise InputError(
                f"{side!r} must be a frame of {name}, which has {total} frames "
                f"(0 to {total - 1}); it is {number}."
            )


Wanted = Callable[[int], bool]


class Frames(Closes, ABC):
    """A clip as a sequence of frames; see ``open_frames``. A member writes the abstract methods.

    Attributes
    ----------
    name : str
        For messages.
    colour : bool
        Frames are RGB ``(y, x, 3)`` instead of grey ``(y, x)``; always uint8.
    fps : float or None
        Frames per second, where the caller or the source says so.
    lost : int
        Announced frames that could not be decoded. 0 until a full pass has found out.
    """

    def __init__(
        self, name: str, first: int, last: int | None, colour: bool, fps: float | None
    ) -> None:
        self.name = name
        self.colour = bool(colour)
        self.fps = fps
        self.lost = 0
        self._first = first
        self._last = last
        self._closed = False
        self._warned = False

    # to be written by a member -----------------------------------------------------------------

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""

    @abstractmethod
    def iter_raw(self) -> Iterator[np.ndarray]:
        """Yield the native frames in order: uint8 grey (y, x) or BGR (y, x, 3), unconverted.

        For callers that convert only a part of each frame, with ``to_grey`` or ``to_rgb``.
        """

    def iter_some(self, wanted: Wanted) -> Iterator[np.ndarray | None]:
        """Yield like ``iter_raw``, but None for frames whose number is not ``wanted``.

        One pass all the same; a video then decodes every frame and converts only the wanted ones.
        """
        for number, picture in enumerate(self.iter_raw()):
            yield picture if wanted(number) else None

    @property
    def expected(self) -> int | None:
        """How many frames a pass will find, if all is well; None where nobody can say."""
        return len(self)

    @abstractmethod
    def raw_at(self, number: int) -> np.ndarray:
        """Return native frame ``number`` >= 0; raise IndexError beyond the last one."""

    @abstractmethod
    def __len__(self) -> int:
        """Return how many frames can be read.

        A video is decoded once to count them, unless a full pass was made before. ``list(frames)``
        asks for the length first; a loop, ``list(iter(frames))`` and ``volume()`` do not.
        """

    # given to all -------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[np.ndarray]:
        convert = to_rgb if self.colour else to_grey
        for picture in self.iter_raw():
            yield convert(picture)

    def __getitem__(self, number: SupportsIndex) -> np.ndarray:
        """Return frame ``number``, the one that iteration yields as number ``number``.

        Negative numbers count from the end. Slices are refused: ``first`` and ``last`` of
        ``open_frames`` choose a stretch.
        """
        if isinstance(number, slice):
            raise TypeError(
                "frames are taken one by one; for a stretch open the clip with first and last."
            )
        at = operator.index(number)
        if at < 0:
            at += len(self)
        if at < 0:
            raise self._beyond(operator.index(number))
        picture = self.raw_at(at)
        return to_rgb(picture) if self.colour else to_grey(picture)

    def volume(self) -> np.ndarray:
        """Return all frames as one array, (t, y, x) or (t, y, x, 3) uint8, in one pass."""
        return np.stack(list(iter(self)))

    def close(self) -> None:
        """Free the file; a second time does nothing."""
        self._closed = True

    def __repr__(self) -> str:
        height, width = self.size
        return f"<{type(self).__name__} {self.name}: {height} x {width}, fps {self.fps}>"

    # for members --------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._closed:
            raise InputError(f"{self.name} has been closed; open it again to read frames.")

    def _beyond(self, number: int) -> IndexError:
        return IndexError(f"frame {number} was asked of {self.name}, which has fewer frames.")

    def _found(self, count: int, announced: int) -> None:
        """Take note of a finished pass: ``count`` frames came of ``announced``."""
        if count == 0:
            raise UnreadableClip(
                f"{self.name} must hold a frame from number {self._first} on; none can be decoded."
            )
        self.lost = max(0, announced - count)
        if self.lost and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.name}: {self.lost} of {announced} frames could not be decoded; "
                f"the {count} before them are used.",
                FramesLost,
                stacklevel=3,
            )
