"""Frames of a video file: anything that OpenCV's FFmpeg opens."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import UnreadableClip
from .base import Frames, Wanted, check_fps, check_inside, check_window, sane_fps
from .decoder import COUNTED, GUESSED, TIMED, Decoder, kind_of_count, read_head
from .mp4 import is_trimmed
from .seeking import FrameIndex, RandomAccess, make_index

VIDEO_SUFFIXES = frozenset(
    {".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4"}
    | {".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv"}
)


class VideoFrames(Frames):
    """Frames of a video file, from ``first`` to ``last``.

    Iteration decodes once, from the start, and converts only what it yields. Indexing is exact in
    every container; going backwards costs one pass over the clip the first time. Rotation that the
    file asks for is applied. Where the picture size changes within a video, it ends.

    ``lost`` is known where the container lists its frames (MP4, MOV, AVI) or states its duration
    (Matroska, WebM, FLV, ASF; then a missing tail of less than 0.3 s or a tenth is not reported,
    because sound often outlasts the pictures). The number that OpenCV gives for other containers
    (MPEG-PS, MPEG-TS, raw streams) is a guess from what is left of the file and proves nothing,
    nor does that of an MP4 file which was trimmed by an edit list.

    Parameters
    ----------
    path : path
        The file.
    first, last : int, optional
        Frame numbers from 0, both included.
    colour : bool
        RGB instead of grey.
    fps : float, optional
        Goes before what the container says.

    Raises
    ------
    UnreadableClip
        When no frame can be decoded.
    InputError
        When ``first`` or ``last`` lies beyond the end.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        first: int | None = None,
        last: int | None = None,
        colour: bool = False,
        fps: float | None = None,
    ) -> None:
        super().__init__(str(path), *check_window(first, last), colour, check_fps(fps))
        self._path = Path(path)
        self._count = _kind_of_count(self._path)
        self._open_decoders: weakref.WeakSet[Decoder] = weakref.WeakSet()
        self._length: int | None = None
        self._index: FrameIndex | None = None
        self._fresh: Decoder | None = self._reopen()
        self._shape = self._first_shape(self._fresh)
        self._announced = self._fresh.announced
        self._rate = sane_fps(self._fresh.fps)
        self.fps = self.fps if self.fps is not None else self._rate
        self._access = RandomAccess(self._reopen, self._make_index)
        self._check_end()

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels, after rotation."""
        return self._shape[0], self._shape[1]

    def iter_raw(self) -> Iterator[np.ndarray]:
        """Yield the frames as OpenCV delivers them: uint8 BGR (y, x, 3), each array a new one."""
        for picture in self.iter_some(lambda number: True):
            assert picture is not None
            yield picture

    @property
    def expected(self) -> int | None:
        """How many frames the container lists; None where it lists none."""
        if self._length is not None:
            return self._length
        if self._count != COUNTED:
            return None
        stop = self._announced if self._last is None else self._last + 1
        return min(stop, self._announced) - self._first

    def iter_some(self, wanted: Wanted) -> Iterator[np.ndarray | None]:
        """Yield the wanted frames like ``iter_raw``, None for the others, which are not converted.

        A change of size or a picture that cannot be converted is seen in wanted frames only.
        """
        self._check_open()
        decoder = self._take()
        count, time = 0, 0.0
        try:
            while True:
                if decoder.at >= self._first:
                    picture = decoder.picture() if wanted(count) else None
                    if wanted(count) and (picture is None or picture.shape != self._shape):
                        break
                    count, time = count + 1, decoder.time
                    yield picture
                    self._check_open()
                if decoder.at == self._last or not decoder.grab():
                    break
        finally:
            decoder.close()
        self._finish(count, time)

    def raw_at(self, number: int) -> np.ndarray:
        """Return native frame ``number``: uint8 BGR (y, x, 3)."""
        self._check_open()
        at = number + self._first
        inside = self._last is None or at <= self._last
        picture = self._access.picture(at) if inside else None
        if picture is None or picture.shape != self._shape:
            raise self._beyond(number)
        return picture

    def __len__(self) -> int:
        if self._length is None:
            self._check_open()
            self._make_index()
        assert self._length is not None
        return self._length

    def close(self) -> None:
        """Free the file; iterations that are under way end with an InputError."""
        super().close()
        for decoder in list(self._open_decoders):
            decoder.close()

    def _reopen(self) -> Decoder:
        decoder = Decoder(self._path)
        self._open_decoders.add(decoder)
        return decoder

    def _take(self) -> Decoder:
        """Return a decoder on frame 0: the one that opening made, or a new one."""
        decoder, self._fresh = self._fresh, None
        return decoder if decoder is not None else self._reopen()

    def _first_shape(self, decoder: Decoder) -> tuple[int, ...]:
        picture = decoder.picture()
        if picture is None:
            decoder.close()
            raise UnreadableClip(
                f"a clip must hold video that OpenCV can decode; {self.name} yields no frame."
            )
        return picture.shape

    def _check_end(self) -> None:
        """Refuse first and last beyond the end; count where the container promises too few."""
        limit = self._first if self._last is None else self._last
        if limit < self._announced or limit == 0:
            return
        decoder = self._take()
        while decoder.at < limit and decoder.grab():
            pass
        total = decoder.at + 1
        decoder.close()
        check_inside(self._first, self._last, total, self.name)

    def _make_index(self) -> FrameIndex:
        if self._index is None:
            decoder = self._take()
            self._index = make_index(decoder, self._last)
            decoder.close()
            times = self._index.times
            self._finish(max(0, len(times) - self._first), times[-1] if times else 0.0)
        return self._index

    def _finish(self, count: int, time: float) -> None:
        """Note the length after a full pass that ended at ``time`` (milliseconds)."""
        self._length = count
        self._found(count, self._promised(count, time))

    def _promised(self, count: int, time: float) -> int:
        if self._last is not None:
            return self._last + 1 - self._first
        promised = self._announced - self._first
        if self._count == COUNTED:
            return promised
        if self._count == TIMED and self._rate is not None:
            duration = self._announced / self._rate
            missing = duration - time / 1000.0 - 1.0 / self._rate
            return promised if missing > max(0.3, 0.1 * duration) else count
        return count


def _kind_of_count(path: Path) -> str:
    kind = kind_of_count(read_head(path))
    return GUESSED if kind == COUNTED and is_trimmed(path) else kind
