"""LBP-TOP: local binary patterns of the planes xy, xt and yt, counted in blocks.

Source: Zhao, Pietikainen, Dynamic texture recognition using local binary patterns with an
application to facial expressions, TPAMI 29(6), 2007, 915-928, DOI 10.1109/TPAMI.2007.1110.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..blocks import Grid, block_histograms
from ..errors import InputError
from ..local_binary import PLANES, bin_meaning, lbp_planes, reach, uniform_bins
from .blockwise import BlockHistograms, at_least


class LBPTOP(BlockHistograms):
    """Local binary patterns on three orthogonal planes.

    A voxel is counted once in each plane; voxels closer to a face of the volume than the radius
    are centres of no pattern, as in the paper, and the blocks divide what remains. A clip too
    short for its radius and its time slices is stretched by linear interpolation. In a video
    without texture every voxel is in the flat bin (57 of 8 points).

    Parameters
    ----------
    grid : (int, int, int)
        Blocks along (t, y, x).
    overlap : float
        Share by which blocks grow into their neighbours, in [0, 1).
    radii : (float, float, float)
        Along t, y, x: frames, pixels, pixels.
    points : (int, int, int)
        On the circles of the planes xy, xt, yt.
    normalisation : {"l1", "hellinger", "contrast", "none"}
        Per block and plane; see sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (5, 32, 32), np.uint8)
    >>> LBPTOP().fit_transform([clip]).shape
    (1, 11328)
    """

    support = 2

    def __init__(
        self,
        *,
        grid: Sequence[int] = (1, 8, 8),
        overlap: float = 0.0,
        radii: Sequence[float] = (1, 1, 1),
        points: Sequence[int] = (8, 8, 8),
        normalisation: str = "l1",
        clip: float = 0.2,
    ) -> None:
        self.grid = grid
        self.overlap = overlap
        self.radii = radii
        self.points = points
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return the three planes with their numbers of uniform bins."""
        if len(self.radii) != 3 or len(self.points) != 3:
            raise InputError(
                "LBP-TOP needs three radii (t, y, x) and three numbers of points (xy, xt, yt), "
                f"not {self.radii!r} and {self.points!r}."
            )
        for radius in self.radii:
            reach(radius)
        return {p: uniform_bins(n) for p, n in zip(PLANES, self.points, strict=True)}

    def histograms(self, volume: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the block histograms of each plane."""
        bins = self.parts()
        rt, ry, rx = self.radii
        volume = at_least(volume, 2 * reach(rt) + grid[0])
        xy, xt, yt = self.points
        for plane, codes in lbp_planes(volume, (rt, ry, rx), (xy, xt, yt), border="inside"):
            yield block_histograms(codes, bins[plane], grid, self.overlap)

    def meaning(self, bin_: int, tag: str) -> str:
        """Return what a bin of a plane counts."""
        return f"share of voxels in the {tag} plane with {bin_meaning(bin_, self._count(tag))}"

    def _count(self, plane: str) -> int:
        return self.points[PLANES.index(plane)]
