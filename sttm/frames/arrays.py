"""Frames from an array in memory or a ``.npy`` file (mapped, never loaded as a whole)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..errors import InputError, UnreadableClip
from .base import Frames, check_fps, check_inside, check_window


class ArrayFrames(Frames):
    """Frames of an array (t, y, x), or RGB (t, y, x, 3).

    ``uint8`` is taken as it is, ``bool`` as 0 and 255. Other numbers are grey levels from 0 to 255
    and are rounded; anything outside, NaN and infinity are refused. So a float array that runs
    from 0 to 1 comes out nearly black: multiply it by 255 first.

    Parameters
    ----------
    source : array, or path of a ``.npy`` file
        Files are mapped into memory; pickled objects are refused.
    first, last, colour, fps
        As in ``open_frames``.

    Raises
    ------
    InputError
        For another shape or values that are no grey levels.
    UnreadableClip
        When a file is no ``.npy`` file or holds no frame.
    """

    def __init__(
        self,
        source: Any,
        *,
        first: int | None = None,
        last: int | None = None,
        colour: bool = False,
        fps: float | None = None,
    ) -> None:
        is_file = isinstance(source, str | Path)
        name = str(source) if is_file else "array"
        super().__init__(name, *check_window(first, last), colour, check_fps(fps))
        array = _check_shape(_map(Path(source)) if is_file else _as_array(source), name)
        check_inside(self._first, self._last, len(array), name)
        self._array = array[self._first : None if self._last is None else self._last + 1]
        self._size = (int(array.shape[1]), int(array.shape[2]))
        self._length = len(self._array)
        if array.dtype not in (np.uint8, np.bool_):
            for number in range(self._length):
                _check_levels(self._array[number], name, number + self._first)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return self._size

    def iter_raw(self) -> Iterator[np.ndarray]:
        """Yield copies of the frames: uint8 grey (y, x) or BGR (y, x, 3)."""
        for number in range(self._length):
            yield self.raw_at(number)

    def raw_at(self, number: int) -> np.ndarray:
        """Return a copy of frame ``number``: uint8 grey (y, x) or BGR (y, x, 3)."""
        self._check_open()
        if number >= self._length:
            raise self._beyond(number)
        frame = _to_bytes(np.array(self._array[number]))
        return frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Let go of the array or the mapped file."""
        super().close()
        self._array = np.empty((0, *self._size), np.uint8)


def _map(path: Path) -> np.ndarray:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError, SyntaxError, MemoryError) as error:
        text = str(error).splitlines()[0] if str(error) else "it is empty"
        raise UnreadableClip(f"a .npy clip must hold one plain array; {path}: {text}") from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise UnreadableClip(f"a .npy clip must hold one plain array; {path} is an archive.")
    return array


def _as_array(source: Any) -> np.ndarray:
    try:
        return np.asarray(source)
    except ValueError as error:
        raise InputError("all frames of an array clip must have the same shape.") from error


def _check_shape(array: np.ndarray, name: str) -> np.ndarray:
    grey = array.ndim == 3
    rgb = array.ndim == 4 and array.shape[3] == 3
    if not (grey or rgb) or 0 in array.shape[1:]:
        raise InputError(
            f"an array clip must have shape (t, y, x) or (t, y, x, 3); {name} has {array.shape}."
        )
    if len(array) == 0:
        raise UnreadableClip(f"a clip must have at least one frame; {name} has none.")
    if array.dtype.kind not in "buif":
        raise InputError(f"an array clip must hold numbers; {name} holds {array.dtype}.")
    return array


def _check_levels(frame: np.ndarray, name: str, number: int) -> None:
    low, high = frame.min(), frame.max()  # NaN comes through both
    if not (low >= 0 and high <= 255):
        raise InputError(
            f"an array clip must hold finite grey levels from 0 to 255; frame {number} of {name} "
            f"has {low} to {high}."
        )


def _to_bytes(frame: np.ndarray) -> np.ndarray:
    if frame.dtype == np.uint8:
        return frame
    if frame.dtype == np.bool_:
        return frame.astype(np.uint8) * np.uint8(255)
    return np.rint(frame).astype(np.uint8)
