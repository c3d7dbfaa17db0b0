"""The newest frames of a stream, in grey, as many as a window needs and no more."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from sttm.errors import InputError
from sttm.frames import Frames, to_grey

from .analysis import Shot

MOST_BYTES = 2 << 30  # that a ring may hold


class Ring:
    """The newest ``frames`` frames, those after ``seconds`` before the newest one.

    Parameters
    ----------
    frames : int
        Most frames that are kept.
    seconds : float or None
        Frames older than this, counted from the newest, go too; None keeps them.
    """

    def __init__(self, frames: int, seconds: float | None = None) -> None:
        self._kept: deque[Shot] = deque(maxlen=frames)
        self._seconds = seconds
        self._size: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, shot: Shot) -> None:
        """Take in a frame; one of another size begins anew.

        Raises
        ------
        InputError
            When the frames of a whole window would not fit into 2 GiB.
        """
        grey = to_grey(shot.picture)
        if grey.shape != self._size:
            self._kept.clear()
            self._size = grey.shape
            self._refuse_floods(grey)
        if grey is shot.picture:
            grey = grey.copy()  # a camera may write into its buffer again
        self._kept.append(Shot(shot.number, shot.time, grey))
        if self._seconds is not None:
            begin = shot.time - self._seconds + 1e-6
            while self._kept[0].time < begin:
                self._kept.popleft()

    def clear(self) -> None:
        """Forget all frames."""
        self._kept.clear()
        self._size = ()

    def frames(self) -> RingFrames:
        """Return what is kept as a clip."""
        return RingFrames(list(self._kept))

    @property
    def first(self) -> Shot:
        """The oldest frame."""
        return self._kept[0]

    @property
    def last(self) -> Shot:
        """The newest frame."""
        return self._kept[-1]

    @property
    def spacing(self) -> float:
        """Mean time between two frames, seconds; 0 for a single one."""
        first, last = self.first, self.last
        return (last.time - first.time) / max(1, last.number - first.number)

    def _refuse_floods(self, grey: np.ndarray) -> None:
        most = self._kept.maxlen or 1
        if grey.nbytes * most > MOST_BYTES:
            height, width = grey.shape
            raise InputError(
                f"a window of {most} frames of {width} x {height} pixels needs more than "
                f"{MOST_BYTES >> 30} GiB; choose a shorter window."
            )


class RingFrames(Frames):
    """Frames that are in memory as a list, none of them copied."""

    def __init__(self, shots: list[Shot]) -> None:
        super().__init__("this window", 0, None, False, None)
        self._shots = shots

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width = self._shots[0].picture.shape[:2]
        return height, width

    @property
    def expected(self) -> int:
        """How many frames a pass finds."""
        return len(self._shots)

    def iter_raw(self) -> Iterator[np.ndarray]:
        """Yield the frames, uint8 grey (y, x)."""
        yield from (shot.picture for shot in self._shots)

    def raw_at(self, number: int) -> np.ndarray:
        """Return frame ``number`` of the list, uint8 grey (y, x)."""
        return self._shots[number].picture

    def __len__(self) -> int:
        return len(self._shots)
