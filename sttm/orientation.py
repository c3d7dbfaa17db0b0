"""Gradient orientations in the planes of a volume (t, y, x), for histograms of gradients.

Derivatives are plain central differences, ``v[i + 1] - v[i - 1]``, without smoothing, as Dalal and
Triggs found best (CVPR 2005, DOI 10.1109/CVPR.2005.177).
"""

from __future__ import annotations

import numpy as np

from .codings.oriented import MOST, Oriented
from .errors import InputError


class Sectors:
    """Orientation bins of plane vectors.

    Bin 0 begins at the second axis of the plane (x, to the right) and bins run towards its first
    axis (y, downwards; or t). Unsigned bins divide half a turn: opposite vectors share one.

    Parameters
    ----------
    bins : int
        2 to 128; if signed an even number, up to 256.
    signed : bool
        Bins divide the full turn.
    """

    def __init__(self, bins: int, signed: bool = False) -> None:
        most = MOST if signed else MOST // 2
        if bins != int(bins) or not 2 <= bins <= most or (signed and bins % 2):
            even = "an even" if signed else "a whole"
            raise InputError(f"bins must be {even} number from 2 to {most}, not {bins!r}.")
        self.bins = int(bins)
        self.turn = 360 if signed else 180
        self._oriented = Oriented(self.bins if signed else 2 * self.bins, ())

    def __call__(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the bin of each vector, uint8, from its parts along the first and second axis."""
        sector = self._oriented.sector(second, first)
        if self.turn == 180:
            np.subtract(sector, self.bins, out=sector, where=sector >= self.bins)
        return sector

    def meaning(self, bin_: int) -> str:
        """Return the angles of a bin.

        >>> Sectors(9).meaning(1)
        '20 to 40 deg'
        """
        step = self.turn / self.bins
        return f"{bin_ * step:g} to {(bin_ + 1) * step:g} deg"


def inner_differences(volume: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return central differences along t, y, x of the voxels that have all neighbours.

    (t, y, x) -> three times (t - 2, y - 2, x - 2), float32
    """
    if min(volume.shape) < 3:
        raise InputError(f"a gradient needs 3 samples along t, y and x; this is {volume.shape}.")
    levels = volume.astype(np.float32, copy=False)
    middle = slice(1, -1)
    return (
        levels[2:, middle, middle] - levels[:-2, middle, middle],
        levels[middle, 2:, middle] - levels[middle, :-2, middle],
        levels[middle, middle, 2:] - levels[middle, middle, :-2],
    )


def frame_differences(frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return central differences along y and x of one frame (y, x), zero at its border; float32."""
    levels = frame.astype(np.float32, copy=False)
    along_y, along_x = np.zeros_like(levels), np.zeros_like(levels)
    along_y[1:-1] = levels[2:] - levels[:-2]
    along_x[:, 1:-1] = levels[:, 2:] - levels[:, :-2]
    return along_y, along_x
