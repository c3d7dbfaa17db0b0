"""Exact random access in containers that seek badly.

Counting frames from the start is the truth. One pass writes down each frame's time stamp and a
checksum of its pixels; from then on a seek is tried, and believed only where both agree. Time
stamps alone do not do: after a jump a frame can carry the right time and, decoded without the
frames that it was predicted from, the wrong pixels.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .decoder import Decoder

NEAR = 32  # frames that are sooner grabbed than sought
ROWS = 8  # every 8th row enters the checksum: damage comes in blocks of at least 8 rows


@dataclass
class FrameIndex:
    """Time stamps (milliseconds) and checksums of all frames of a video, in order."""

    times: list[float] = field(default_factory=list)
    sums: list[int] = field(default_factory=list)

    def find(self, time: float) -> int | None:
        """Return the number of the frame with this time stamp."""
        at = bisect_left(self.times, time - 0.01)
        found = at < len(self.times) and abs(self.times[at] - time) <= 0.01
        return at if found else None


def checksum(picture: np.ndarray) -> int:
    """Return a number that differs between frames of different pixels."""
    return zlib.crc32(picture[::ROWS].tobytes())


def make_index(decoder: Decoder, last: int | None) -> FrameIndex:
    """Return the index of all frames up to ``last``, in one pass of a fresh ``decoder``."""
    index = FrameIndex()
    shape: tuple[int, ...] | None = None
    while True:
        picture = decoder.picture()
        if picture is None or (shape is not None and picture.shape != shape):
            return index
        shape = picture.shape
        index.times.append(decoder.time)
        index.sums.append(checksum(picture))
        if decoder.at == last or not decoder.grab():
            return index


class RandomAccess:
    """Frames of a video by number, each exactly as a pass from the start delivers it.

    Parameters
    ----------
    reopen : callable
        Returns a fresh ``Decoder`` that stands on frame 0.
    indexed : callable
        Returns the ``FrameIndex``, making it when first asked.
    """

    def __init__(self, reopen: Callable[[], Decoder], indexed: Callable[[], FrameIndex]) -> None:
        self._reopen = reopen
        self._indexed = indexed
        self._index: FrameIndex | None = None
        self._decoder: Decoder | None = None

    def picture(self, number: int) -> np.ndarray | None:
        """Return the native frame ``number``, or None beyond the end."""
        if self._index is None and self._decoder is not None and number < self._decoder.at:
            self._index = self._indexed()
        if self._index is None:
            return self._walk(number)
        if number >= len(self._index.sums):
            return None
        return self._proven(number)

    def close(self) -> None:
        """Free the file."""
        if self._decoder is not None:
            self._decoder.close()
            self._decoder = None

    def _walk(self, number: int) -> np.ndarray | None:
        """Go forward to ``number``, from the start where needed."""
        if self._decoder is None or self._decoder.at > number:
            self.close()
            self._decoder = self._reopen()
        while self._decoder.at < number:
            if not self._decoder.grab():
                self.close()
                return None
        return self._decoder.picture()

    def _proven(self, number: int) -> np.ndarray | None:
        """Take the shortest way to ``number`` whose result the index confirms."""
        steps = number - self._decoder.at if self._decoder is not None else -1
        if 0 <= steps <= NEAR or number <= NEAR:
            picture = self._walk(number)
            if self._confirmed(number, picture):
                return picture
        else:
            for start in (number, number - NEAR):
                picture = self._sought(number, max(start, 0))
                if self._confirmed(number, picture):
                    return picture
        self.close()
        return self._walk(number)

    def _sought(self, number: int, start: int) -> np.ndarray | None:
        """Jump to where ``start`` should be, see where that is, and go on to ``number``."""
        assert self._index is not None
        if self._decoder is None:
            self._decoder = self._reopen()
        if not self._decoder.seek(self._index.times[start]):
            return None
        landed = self._index.find(self._decoder.time)
        if landed is None or landed > number:
            return None
        self._decoder.at = landed
        return self._walk(number)

    def _confirmed(self, number: int, picture: np.ndarray | None) -> bool:
        if self._index is None or picture is None:
            return False
        return checksum(picture) == self._index.sums[number]
