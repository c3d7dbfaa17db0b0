"""HOG-TOP: histograms of gradient orientations in the planes xy, xt and yt, counted in blocks.

Source: Chen, Chen, Chi, Fu, Emotion recognition in the wild with feature fusion and multiple kernel
learning, ICMI 2014, 508-513, DOI 10.1145/2663204.2666277. Grid, bins and the derivative filter
are options and choices of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..blocks import AXES, Grid, Pooling
from ..local_binary import PLANE_AXES, PLANES
from ..orientation import Sectors, inner_differences
from .blockwise import BlockHistograms, at_least


class HOGTOP(BlockHistograms):
    """Histograms of oriented gradients from three orthogonal planes.

    Each voxel votes in each plane for the direction of its gradient there, with the gradient's
    length as weight: in xy the direction of an edge, in xt and yt how fast it moves along x and y.
    Voxels on a face of the volume do not vote; the blocks divide what remains. A clip too short is
    stretched by linear interpolation. A video without texture has no votes: all zeros.

    Parameters
    ----------
    grid : (int, int, int)
        Blocks along (t, y, x).
    overlap : float
        Share by which blocks grow into their neighbours, in [0, 1).
    bins : int
        Orientations per plane.
    signed : bool
        Whether opposite directions are different bins.
    normalisation : {"l1", "hellinger", "contrast", "none"}
        Per block and plane; see sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (5, 32, 32), np.uint8)
    >>> HOGTOP().fit_transform([clip]).shape
    (1, 1728)
    """

    support = 2

    def __init__(
        self,
        *,
        grid: Sequence[int] = (1, 8, 8),
        overlap: float = 0.0,
        bins: int = 9,
        signed: bool = False,
        normalisation: str = "l1",
        clip: float = 0.2,
    ) -> None:
        self.grid = grid
        self.overlap = overlap
        self.bins = bins
        self.signed = signed
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return the three planes with their numbers of bins."""
        return dict.fromkeys(PLANES, self._sectors().bins)

    def histograms(self, volume: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the block histograms of each plane."""
        sectors = self._sectors()
        parts = inner_differences(at_least(volume, 2 + grid[0]))
        t, y, x = parts[0].shape
        pooling = Pooling((t, y, x), grid, sectors.bins, self.overlap)
        for plane in PLANES:
            counts = pooling.empty()
            first, second = (parts[axis] for axis in PLANE_AXES[plane])
            for at, (a, b) in enumerate(zip(first, second, strict=True)):
                pooling.add(counts, at, sectors(a, b), np.sqrt(a * a + b * b))
            yield pooling.blocks(counts)

    def meaning(self, bin_: int, tag: str) -> str:
        """Return what a bin of a plane counts."""
        first, second = (AXES[axis] for axis in PLANE_AXES[tag])
        angles = self._sectors().meaning(bin_)
        return f"weighted share of {tag} gradients at {angles}, from +{second} towards +{first}"

    def _sectors(self) -> Sectors:
        return Sectors(self.bins, self.signed)
