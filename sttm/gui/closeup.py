"""Where the face of a clip is, for looking at it closely: a padded square that moves smoothly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..faces import FaceSettings
from ..faces.align import smooth
from ..faces.finders import ViolaJones
from ..faces.follow import Track, chosen, link
from ..faces.search import PictureSearch

SEARCHES = 12  # pictures that are searched
PADDING = 0.35  # around the box, as a share of its side
STILL = 0.2  # a face that moves less than this share of its side gets one square for the clip


@dataclass(frozen=True)
class Face:
    """Squares (n, 3) of x, y, side in source pixels at ``frames`` (n,), straight lines between."""

    frames: np.ndarray
    squares: np.ndarray

    def at(self, frame: int) -> tuple[float, float, float]:
        """Return x, y and side of the square at a frame."""
        x, y, side = (float(np.interp(frame, self.frames, c)) for c in self.squares.T)
        return x, y, side


def find_face(
    pictures: Mapping[int, tuple[np.ndarray, float]], stopped: Callable[[], bool] = lambda: False
) -> Face | None:
    """Return where the face is that is seen most, or None.

    Parameters
    ----------
    pictures : mapping of int to (ndarray (y, x) uint8, float)
        Frame number -> grey picture and its scale.
    stopped : callable
        Ends the search when it returns True.
    """
    settings = FaceSettings()
    search = PictureSearch(ViolaJones(settings), settings)
    tracks: list[Track] = []
    numbers = sorted(pictures)
    places = np.linspace(0, len(numbers) - 1, min(SEARCHES, len(numbers)))
    picked = [numbers[round(place)] for place in places]
    for number in picked:
        if stopped():
            return None
        grey, scale = pictures[number]
        for track, found in link(tracks, search.everywhere(grey)):
            if track is None:
                track = Track()
                tracks.append(track)
            track.add(number, found.moved(1 / scale, 0, 0), None)
    best = chosen(tracks, len(picked), False)
    return squares_of(best[0]) if best else None


def squares_of(track: Track) -> Face:
    """Return the padded squares of a track: one if the face hardly moves, else smoothed ones."""
    x, y, w, h = np.array(track.boxes, dtype=float).T
    side = np.full(len(x), np.median(np.maximum(w, h)) * (1 + 2 * PADDING))
    middle = np.stack([x + w / 2, y + h / 2], axis=1)
    moved = np.ptp(middle, axis=0).max() if len(middle) > 1 else 0.0
    if moved < STILL * side[0]:
        middle = np.tile(np.median(middle, axis=0), (len(middle), 1))
    else:
        middle = smooth(smooth(middle))
    corners = middle - side[:, None] / 2
    return Face(np.array(track.frames), np.column_stack([corners, side]))
