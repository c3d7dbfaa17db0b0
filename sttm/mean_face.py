"""The mean of the pictures of many clips, without keeping any of them."""

from __future__ import annotations

import numpy as np


class MeanFace:
    """A running mean of grey pictures of one size.

    Examples
    --------
    >>> mean = MeanFace()
    >>> for level in (1, 2, 6):
    ...     mean.add(np.full((1, 2), level, np.uint8))
    >>> mean.picture().tolist()
    [[3, 3]]
    """

    def __init__(self) -> None:
        self._total: np.ndarray | None = None
        self._count = 0

    def add(self, picture: np.ndarray) -> None:
        """Add a picture (y, x) uint8."""
        if self._total is None:
            self._total = np.zeros(picture.shape, np.int64)  # exact in any order
        self._total += picture
        self._count += 1

    def picture(self) -> np.ndarray | None:
        """Return the mean (y, x) uint8, or None where no picture was added."""
        if self._total is None:
            return None
        return np.rint(self._total / self._count).astype(np.uint8)
