"""Small pictures of a clip, evenly spread, made while it is decoded for the first time."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtGui import QImage

MOST = 64  # thumbnails of a clip; with more, every second one goes
HEIGHT = 96  # pixels of a thumbnail
SEARCHED = 320  # pixels of the longer side of what faces are searched in


class Samples:
    """Evenly spread frames of a pass of unknown length, as thumbnails and in grey for the search.

    Every frame is taken until there are ``MOST``; then every second one goes and from there on
    every second one is taken, and so on.

    Attributes
    ----------
    pictures : dict of int to (ndarray (y, x) uint8, float)
        Frame number -> grey picture of at most 320 pixels and its scale.
    """

    def __init__(self) -> None:
        self.pictures: dict[int, tuple[np.ndarray, float]] = {}
        self._start: int | None = None
        self._step = 1

    def add(self, number: int, frame: np.ndarray) -> QImage | None:
        """Take a frame, RGB (y, x, 3), if it is its turn; return its thumbnail then."""
        if self._start is None:
            self._start = number
        if (number - self._start) % self._step:
            return None
        self.pictures[number] = reduced_grey(frame)
        if len(self.pictures) > MOST:
            self._step *= 2
            keep = [n for n in self.pictures if (n - self._start) % self._step == 0]
            self.pictures = {n: self.pictures[n] for n in keep}
        return thumbnail(frame)


def reduced_grey(frame: np.ndarray) -> tuple[np.ndarray, float]:
    """Return RGB (y, x, 3) as grey of at most 320 pixels, and by how much it was reduced."""
    height, width = frame.shape[:2]
    scale = min(1.0, SEARCHED / max(height, width))
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return grey, scale


def thumbnail(frame: np.ndarray, height: int = HEIGHT) -> QImage:
    """Return RGB (y, x, 3) as a small picture that owns its pixels."""
    tall, wide = frame.shape[:2]
    size = (max(1, round(wide * height / tall)), height)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if height < tall else 1)
    return as_image(small).copy()


def as_image(frame: np.ndarray) -> QImage:
    """Return RGB (y, x, 3) uint8, contiguous, as a picture that looks into the same memory."""
    height, width = frame.shape[:2]
    return QImage(frame.data, width, height, 3 * width, QImage.Format.Format_RGB888)
