"""What every landmark back end is: it finds 68 points in a crop, and follows them over a clip."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Landmarks(ABC):
    """Base of the back ends. A member writes ``find``, and ``follow`` where it can."""

    @abstractmethod
    def find(self, grey: np.ndarray, eyes: np.ndarray | None = None) -> np.ndarray | None:
        """Return the points (68, 2) of the face in a crop (y, x) uint8, or None.

        A point that cannot be told is NaN. ``eyes`` (2, 2) are in pixels of the crop, where they
        are known.
        """

    def follow(self, grey: np.ndarray, before: np.ndarray) -> np.ndarray | None:
        """Return the points in a frame, given those of the frame before; anew by default."""
        return self.find(grey)


def find_all(backend: Landmarks, volume: np.ndarray) -> np.ndarray:
    """Return the points of every frame of a clip (t, y, x), (t, 68, 2).

    Each frame begins from the one before; where that fails, or there is none, the face is looked
    for anew. A frame in which nothing is found is NaN.
    """
    out = np.full((len(volume), 68, 2), np.nan)
    before: np.ndarray | None = None
    for number, grey in enumerate(volume):
        found = None if before is None else backend.follow(grey, before)
        if found is None:
            found = backend.find(grey)
        if found is not None:
            out[number] = found
        before = found
    return out
