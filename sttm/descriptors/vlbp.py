"""VLBP: one binary pattern per voxel over three frames, counted in blocks.

    VLBP_{L,P,R} = sum_q v_q 2^q,  q = 0 .. 3P + 1                      Zhao 2007, eq. 4-5

with v = (centre of t - L; P points of t - L; P points of t; P points of t + L; centre of t + L),
each 1 where it is at least the centre of frame t.

Source: Zhao, Pietikainen, Dynamic texture recognition using local binary patterns with an
application to facial expressions, TPAMI 29(6), 2007, 915-928, DOI 10.1109/TPAMI.2007.1110.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..blocks import Grid, block_histograms
from ..errors import InputError, unknown_name
from ..local_binary import (
    Corner,
    bin_meaning,
    circle,
    corners,
    reach,
    sample_codes,
    uniform_bins,
    uniform_table,
)
from .blockwise import BlockHistograms, at_least

MAPPINGS = ("uniform", "rotation-uniform", "rotation", "raw")


def volume_samples(interval: int, radius: float, points: int) -> list[list[Corner]]:
    """Return the 3P + 2 samples of a volume pattern in the order of the paper's bits."""
    ring = circle((radius, radius), points)
    samples: list[list[Corner]] = [[((-interval, 0, 0), 1.0)]]
    for at in (-interval, 0, interval):
        samples += [corners(offset, "xy", at) for offset in ring]
    return [*samples, [((interval, 0, 0), 1.0)]]


def mapping_table(mapping: str, points: int) -> np.ndarray:
    """Return code -> bin of a mapping, (2**(3P + 2),) uint16.

    ``uniform``: at most two changes around the 3P + 2 bits taken as a circle, the rest in one bin.
    ``rotation-uniform``: the same by the number of ones. ``rotation``: codes that become each
    other when the three rings are turned together share a bin. ``raw``: the code itself.

    >>> [int(mapping_table(m, 4).max()) + 1 for m in MAPPINGS]
    [185, 16, 4176, 16384]
    """
    if mapping not in MAPPINGS:
        raise InputError(unknown_name("mapping", mapping, MAPPINGS))
    bits = 3 * points + 2
    codes = np.arange(2**bits)
    if mapping == "raw":
        return codes.astype(np.uint16)
    if mapping == "rotation":
        return np.unique(_least_rotation(codes, points), return_inverse=True)[1].astype(np.uint16)
    table = uniform_table(bits).astype(np.uint16)
    if mapping == "uniform":
        return table
    ones = (codes[:, None] >> np.arange(bits) & 1).sum(axis=1)
    return np.where(table == table.max(), bits + 1, ones).astype(np.uint16)


def _least_rotation(codes: np.ndarray, points: int) -> np.ndarray:
    """Return the smallest code among the joint rotations of the three rings (Zhao 2007, eq. 9)."""
    bits = codes[:, None] >> np.arange(3 * points + 2) & 1
    first, rings, last = bits[:, :1], bits[:, 1:-1], bits[:, -1:]
    least = codes
    for turn in range(1, points):
        turned = np.roll(rings.reshape(-1, 3, points), turn, axis=2).reshape(rings.shape)
        code = np.hstack([first, turned, last]) @ (1 << np.arange(3 * points + 2))
        least = np.minimum(least, code)
    return least


class VLBP(BlockHistograms):
    """Volume local binary patterns.

    Voxels closer than the radius (y, x) or the interval (t) to a face of the volume are centres of
    no pattern; the blocks divide what remains. A clip too short for its interval and its time
    slices is stretched by linear interpolation. In a video without texture every voxel has all
    bits set.

    Parameters
    ----------
    grid : (int, int, int)
        Blocks along (t, y, x).
    overlap : float
        Share by which blocks grow into their neighbours, in [0, 1).
    interval : int
        L, frames to the frame before and the frame after.
    radius : float
        R, pixels.
    points : int
        P, points on each of the three rings: 2 (left and right; the default), 3 or 4.
    mapping : {"raw", "uniform", "rotation-uniform", "rotation"}
        256, 59, 10 or 144 bins for 2 points, 16384, 185, 16 or 4176 for 4; see ``mapping_table``.
    normalisation : {"l1", "hellinger", "contrast", "none"}
        Per block; see sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.

    Notes
    -----
    The mappings to uniform patterns lose much here, because the three rings one after the other are
    not a circle: on a real face 62 % of the voxels (2 points) and 83 % (4 points) are in the last
    bin. 16384 raw bins call for few blocks.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (5, 32, 32), np.uint8)
    >>> VLBP().fit_transform([clip]).shape
    (1, 16384)
    """

    support = 2

    def __init__(
        self,
        *,
        grid: Sequence[int] = (1, 8, 8),
        overlap: float = 0.0,
        interval: int = 1,
        radius: float = 1,
        points: int = 2,
        mapping: str = "raw",
        normalisation: str = "l1",
        clip: float = 0.2,
    ) -> None:
        self.grid = grid
        self.overlap = overlap
        self.interval = interval
        self.radius = radius
        self.points = points
        self.mapping = mapping
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return the one histogram with its number of bins."""
        return {"": int(self._table().max()) + 1}

    def histograms(self, volume: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the block histograms."""
        table, margin = self._table(), reach(self.radius)
        volume = at_least(volume, 2 * self.interval + grid[0])
        margins = (self.interval, margin, margin)
        if min(volume.shape[1:]) <= 2 * margin:
            raise InputError(f"a frame of {volume.shape[1:]} is too small for this radius.")
        samples = volume_samples(self.interval, self.radius, self.points)
        codes = sample_codes(volume, samples, margins, table)
        yield block_histograms(codes, int(table.max()) + 1, grid, self.overlap)

    def meaning(self, bin_: int, tag: str) -> str:
        """Return what a bin counts."""
        bits = 3 * self.points + 2
        if self.mapping == "raw":
            code = f"{bin_:0{bits}b}, the first sample on the right"
            flat = bin_meaning(uniform_bins(bits) - 2, bits)
            return f"share of voxels with {flat if bin_ == 2**bits - 1 else f'pattern {code}'}"
        if self.mapping == "uniform":
            return f"share of voxels with {bin_meaning(bin_, bits)}"
        if self.mapping == "rotation-uniform":
            what = f"{bin_} of {bits} bits set in one run" if bin_ <= bits else "other patterns"
            return f"share of voxels with {what}"
        return f"share of voxels with pattern number {bin_} of those that differ after rotation"

    def _table(self) -> np.ndarray:
        if self.points not in (2, 3, 4):
            raise InputError(f"points must be 2, 3 or 4 (3P + 2 bits), not {self.points!r}.")
        if self.interval != int(self.interval) or self.interval < 1:
            raise InputError(f"interval must be a whole number of frames, not {self.interval!r}.")
        reach(self.radius)
        return mapping_table(self.mapping, self.points)
