"""Static descriptors: the texture and the edges of one chosen frame, without any motion.

They answer what a dynamic descriptor adds. Sources: Ahonen, Hadid, Pietikainen, Face description
with local binary patterns, TPAMI 28(12), 2006, DOI 10.1109/TPAMI.2006.244; Dalal, Triggs,
Histograms of oriented gradients for human detection, CVPR 2005, DOI 10.1109/CVPR.2005.177.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ..blocks import Grid, Pooling, block_histograms
from ..errors import InputError, unknown_name
from ..local_binary import bin_meaning, lbp_frames, reach, uniform_bins
from ..orientation import Sectors, frame_differences
from .base import Place
from .blockwise import BlockHistograms

MOMENTS = {"first": 0.0, "middle": 0.5, "last": 1.0}


def moment(frame: str | float) -> float:
    """Return a choice of frame as a fraction of the clip, 0 (first frame) to 1 (last frame).

    >>> moment("last"), moment(0.25)
    (1.0, 0.25)
    """
    if isinstance(frame, str):
        if frame not in MOMENTS:
            raise InputError(unknown_name("frame", frame, MOMENTS))
        return MOMENTS[frame]
    if not 0 <= frame <= 1:
        raise InputError(f"frame must be a fraction from 0 to 1 or a name, not {frame!r}.")
    return float(frame)


def chosen_frame(volume: np.ndarray, frame: str | float) -> np.ndarray:
    """Return the frame nearest to a choice of frame, (t, y, x) -> (y, x)."""
    return volume[int(np.floor(moment(frame) * (len(volume) - 1) + 0.5))]


class Still(BlockHistograms):
    """Base of the static descriptors: block histograms of one frame.

    The place of a column in time is one moment: its stretch begins and ends at the frame.
    """

    frame: str | float

    @abstractmethod
    def pooled(self, picture: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the histograms of one picture (y, x), (1, by, bx, bins), for each of ``parts``."""

    def histograms(self, volume: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the block histograms of the chosen frame."""
        yield from self.pooled(chosen_frame(volume, self.frame), grid)

    def places(self) -> list[Place]:
        """Return one place per column, all at the moment of the frame."""
        at = moment(self.frame)
        return [replace(place, t=(at, at)) for place in super().places()]

    def _grid(self) -> Grid:
        grid = super()._grid()
        if grid[0] != 1:
            raise InputError(
                f"one frame has one block along t: grid must be (1, y, x), not {grid}."
            )
        return grid


class StaticLBP(Still):
    """Uniform local binary patterns of one frame, counted in blocks.

    Pixels closer to the border than the radius are centres of no pattern; the blocks divide what
    remains. In a picture without texture every pixel is in the flat bin (57 of 8 points).

    Parameters
    ----------
    frame : {"last", "middle", "first"} or float
        Which frame: the last is the apex of a sequence from neutral to peak. A number is a
        fraction of the clip, 0 to 1; the nearest frame is taken.
    grid : (1, int, int)
        Blocks along (t, y, x).
    overlap : float
        Share by which blocks grow into their neighbours, in [0, 1).
    radius : float
        Of the circle, pixels.
    points : int
        On the circle.
    normalisation : {"l1", "hellinger", "contrast", "none"}
        Per block; see sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (1, 32, 32), np.uint8)
    >>> StaticLBP().fit_transform([clip]).shape
    (1, 3776)
    """

    def __init__(
        self,
        *,
        frame: str | float = "last",
        grid: Sequence[int] = (1, 8, 8),
        overlap: float = 0.0,
        radius: float = 1,
        points: int = 8,
        normalisation: str = "l1",
        clip: float = 0.2,
    ) -> None:
        self.frame = frame
        self.grid = grid
        self.overlap = overlap
        self.radius = radius
        self.points = points
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return the one histogram with its number of uniform bins."""
        reach(self.radius)
        return {"": uniform_bins(self.points)}

    def pooled(self, picture: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the pattern histograms of a picture."""
        codes = lbp_frames(picture[None], self.radius, self.points, border="inside")
        yield block_histograms(codes, uniform_bins(self.points), grid, self.overlap)

    def meaning(self, bin_: int, tag: str) -> str:
        """Return what a bin counts."""
        return f"share of pixels with {bin_meaning(bin_, self.points)}"


class StaticHOG(Still):
    """Histograms of oriented gradients of one frame.

    With a crop that the grid divides evenly these are the numbers of scikit-image's ``hog`` with
    ``cells_per_block=(2, 2)`` and ``block_norm="L2-Hys"``. A picture without texture has no
    gradients: all zeros.

    Parameters
    ----------
    frame : {"last", "middle", "first"} or float
        Which frame: the last is the apex of a sequence from neutral to peak. A number is a
        fraction of the clip, 0 to 1; the nearest frame is taken.
    grid : (1, int, int)
        Cells along (t, y, x).
    bins : int
        Orientations.
    signed : bool
        Whether opposite directions are different bins.
    normalisation : {"contrast", "l1", "hellinger", "none"}
        ``contrast``: L2-Hys over every 2 x 2 cells; see sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (1, 32, 32), np.uint8)
    >>> StaticHOG(grid=(1, 4, 4)).fit_transform([clip]).shape
    (1, 324)
    """

    def __init__(
        self,
        *,
        frame: str | float = "last",
        grid: Sequence[int] = (1, 16, 16),
        bins: int = 9,
        signed: bool = False,
        normalisation: str = "contrast",
        clip: float = 0.2,
    ) -> None:
        self.frame = frame
        self.grid = grid
        self.bins = bins
        self.signed = signed
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return the one histogram with its number of orientations."""
        return {"": self._sectors().bins}

    def pooled(self, picture: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the orientation histograms of a picture."""
        sectors = self._sectors()
        dy, dx = frame_differences(picture)
        pooling = Pooling((1, *picture.shape), grid, sectors.bins)
        counts = pooling.empty()
        pooling.add(counts, 0, sectors(dy, dx), np.sqrt(dx * dx + dy * dy))
        yield pooling.blocks(counts)

    def meaning(self, bin_: int, tag: str) -> str:
        """Return what a bin counts."""
        return f"strength of gradients at {self._sectors().meaning(bin_)} (0 right, 90 down)"

    def _sectors(self) -> Sectors:
        return Sectors(self.bins, self.signed)
