"""HOG3D: space-time gradients, quantised on a regular polyhedron, in cells over the whole crop.

Each cell is cut into S x S x S sub-blocks; the mean gradient of a sub-block votes for the faces of
the polyhedron (sttm/icosahedron.py); the votes of a cell are added.

Source: Klaeser, Marszalek, Schmid, A spatio-temporal descriptor based on 3D-gradients, BMVC 2008,
DOI 10.5244/C.22.99. There the descriptor is taken around interest points; here once for the crop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..blocks import AXES, Grid, spans
from ..errors import InputError
from ..harris import Scale, gradient
from ..icosahedron import face_normals, votes
from ..normalise import NORMALISATIONS
from .blockwise import BlockHistograms, at_least

PLAIN = Scale(sigma=1.0, tau=1.0)  # derivatives per pixel and per frame
WHOLE = "whole"


class HOG3D(BlockHistograms):
    """Histograms of space-time gradients on the faces of an icosahedron or a dodecahedron.

    A clip too short for its sub-blocks is stretched by linear interpolation. A video without
    texture has no gradients: all zeros.

    Parameters
    ----------
    grid : (int, int, int)
        Cells along (t, y, x).
    subblocks : int
        S, sub-blocks of a cell along each axis.
    polyhedron : {"icosahedron", "dodecahedron"}
        20 or 12 faces.
    full : bool
        Opposite directions are different bins; otherwise 10 or 6 bins.
    normalisation : {"contrast", "whole", "l1", "hellinger", "none"}
        ``contrast``: L2 over every 2 x 2 cells. ``whole``: L2 over the whole descriptor, the
        paper's for one interest point. Both are clipped and divided again.
    clip : float
        Largest value kept after the first division.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (9, 32, 32), np.uint8)
    >>> HOG3D().fit_transform([clip]).shape
    (1, 5880)
    """

    support = 2
    normalisations = (*NORMALISATIONS, WHOLE)

    def __init__(
        self,
        *,
        grid: Sequence[int] = (3, 8, 8),
        subblocks: int = 3,
        polyhedron: str = "icosahedron",
        full: bool = False,
        normalisation: str = "contrast",
        clip: float = 0.25,
    ) -> None:
        self.grid = grid
        self.subblocks = subblocks
        self.polyhedron = polyhedron
        self.full = full
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return the one histogram with its number of directions."""
        size = self.subblocks
        if size != int(size) or size < 1:
            raise InputError(f"subblocks must be a whole number of at least 1, not {size!r}.")
        return {"": len(face_normals(self.polyhedron, self.full))}

    def histograms(self, volume: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield the votes of each cell, (ct, cy, cx, directions)."""
        directions, size = self.parts()[""], int(self.subblocks)
        means = mean_gradients(at_least(volume, grid[0] * size), grid, size)
        cast = votes(means, self.polyhedron, self.full)  # (ct S, cy S, cx S, directions)
        ct, cy, cx = grid
        cells = cast.reshape(ct, size, cy, size, cx, size, directions)
        yield cells.sum(axis=(1, 3, 5), dtype=np.float32)

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return normalised votes, (n, measures) -> (n, columns) float32."""
        self._check_normalisation()
        if self.normalisation != WHOLE:
            return super().encode(measures)
        out = _unit(self.split(measures)[0].reshape(len(measures), -1))
        return _unit(np.minimum(out, np.float32(self.clip)))

    def meaning(self, bin_: int, tag: str) -> str:
        """Return the direction of a bin."""
        t, y, x = face_normals(self.polyhedron, self.full)[bin_]
        line = "" if self.full else " or opposite to"
        return f"gradient along{line} t {t:+.2f}, y {y:+.2f}, x {x:+.2f}"


def mean_gradients(volume: np.ndarray, grid: Grid, subblocks: int) -> np.ndarray:
    """Return the mean gradient of each sub-block, (ct S, cy S, cx S, 3), along (t, y, x).

    Central differences, one-sided at the faces of the volume, so that every voxel is counted.
    """
    dx, dy, dt = gradient(volume.astype(np.float32, copy=False), PLAIN)
    return np.stack([_block_means(d, grid, subblocks) for d in (dt, dy, dx)], axis=-1)


def _block_means(values: np.ndarray, grid: Grid, subblocks: int) -> np.ndarray:
    for axis in (2, 1, 0):
        stretches = spans(values.shape[axis], grid[axis] * subblocks, axis=AXES[axis])
        sums = np.add.reduceat(values, stretches[:, 0], axis=axis)
        lengths = np.diff(stretches, axis=1).astype(np.float32).ravel()
        values = sums / lengths.reshape([-1 if a == axis else 1 for a in range(3)])
    return values


def _unit(rows: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norm > 0, norm, 1)
