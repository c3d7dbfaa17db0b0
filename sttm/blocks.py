"""Histograms over a grid of blocks (t, y, x): partition, overlap, names and places.

Axes are always (t, y, x). Without overlap the blocks partition the volume: every voxel is in
exactly one block, whatever the remainder of the division. With overlap ``o`` each block grows by
``o`` times its length, half of it on each side, and stops at the border.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .descriptors.base import Place
from .errors import InputError

Grid = tuple[int, int, int]
AXES = ("t", "y", "x")


def check_grid(grid: Sequence[int], overlap: float = 0.0) -> Grid:
    """Return ``grid`` as three whole numbers >= 1, or refuse it (and an overlap not in [0, 1))."""
    numbers = tuple(grid) if isinstance(grid, Sequence) else ()
    whole = all(isinstance(n, int | np.integer) and n >= 1 for n in numbers)
    if len(numbers) != 3 or not whole:
        raise InputError(f"grid must be three whole numbers (t, y, x) of at least 1, not {grid!r}.")
    if not 0.0 <= overlap < 1.0:
        raise InputError(f"overlap must be at least 0 and below 1, not {overlap!r}.")
    t, y, x = (int(n) for n in numbers)
    return t, y, x


def spans(length: int, blocks: int, overlap: float = 0.0, axis: str = "") -> np.ndarray:
    """Return the half-open stretches of ``blocks`` blocks on ``length`` samples, (blocks, 2) int.

    >>> spans(10, 4).tolist()
    [[0, 2], [2, 5], [5, 8], [8, 10]]
    >>> spans(10, 2, overlap=0.4).tolist()
    [[0, 6], [4, 10]]
    """
    if length < blocks:
        raise InputError(
            f"the grid asks for {blocks} blocks along {axis or 'an axis'}, "
            f"which has only {length} samples; use a coarser grid or a larger crop."
        )
    border = np.round(np.linspace(0, length, blocks + 1)).astype(int)
    grow = round(length / blocks * overlap / 2)
    return np.stack(
        [np.maximum(border[:-1] - grow, 0), np.minimum(border[1:] + grow, length)], axis=1
    )


class Pooling:
    """Block histograms of volumes of one shape: precomputed cells, so that many volumes are quick.

    Overlapping blocks are sums of elementary cells, the stretches between all block borders; each
    voxel is counted once, in its cell, and the cells are added up along each axis.

    Parameters
    ----------
    shape : (int, int, int)
        Volume (t, y, x).
    grid : (int, int, int)
        Blocks along (t, y, x).
    bins : int
        Number of codes; codes run from 0 to bins - 1.
    overlap : float
        In [0, 1).
    """

    def __init__(
        self, shape: tuple[int, int, int], grid: Grid, bins: int, overlap: float = 0.0
    ) -> None:
        self.bins = bins
        self.shape = shape
        self.grid = check_grid(grid, overlap)
        cells = []
        self._sums: list[np.ndarray | None] = []
        for axis, length, blocks in zip(AXES, shape, self.grid, strict=True):
            span = spans(length, blocks, overlap, axis)
            borders = np.unique(span)
            cells.append(np.searchsorted(borders, np.arange(length), side="right") - 1)
            inside = (span[:, :1] <= borders[:-1]) & (borders[1:] <= span[:, 1:])
            same = inside.shape[0] == inside.shape[1] and bool(np.eye(len(inside))[inside].all())
            self._sums.append(None if same and overlap == 0 else inside.astype(np.float32))
        self._t, cell_y, cell_x = cells
        self._cells = tuple(int(c[-1]) + 1 for c in cells)
        plane = cell_y[:, None] * self._cells[2] + cell_x[None, :]
        self._offset = (plane * bins).astype(np.intp)

    def add(
        self, into: np.ndarray, t: int, codes: np.ndarray, weights: np.ndarray | None = None
    ) -> None:
        """Count one frame of codes (y, x) at time ``t`` into ``into``, as made by ``empty()``."""
        counts = np.bincount(
            (codes + self._offset).ravel(),
            None if weights is None else weights.ravel(),
            minlength=into.shape[1],
        )
        into[self._t[t]] += counts

    def empty(self) -> np.ndarray:
        """Return zeroed cell counts, (t cells, y cells * x cells * bins) float64."""
        return np.zeros((self._cells[0], self._cells[1] * self._cells[2] * self.bins))

    def blocks(self, counts: np.ndarray) -> np.ndarray:
        """Return cell counts as block histograms, (blocks t, blocks y, blocks x, bins) float32."""
        out = counts.reshape(*self._cells, self.bins).astype(np.float32)
        for axis, inside in enumerate(self._sums):
            if inside is not None:
                out = np.moveaxis(np.tensordot(inside, out, axes=(1, axis)), 0, axis)
        return np.ascontiguousarray(out)


def block_histograms(
    codes: np.ndarray,
    bins: int,
    grid: Grid,
    overlap: float = 0.0,
    weights: np.ndarray | None = None,
) -> np.ndarray:
    """Return histograms of integer codes per block, (t, y, x) -> (bt, by, bx, bins) float32.

    >>> block_histograms(np.array([[[0, 1], [1, 1]]]), bins=2, grid=(1, 1, 2)).tolist()
    [[[[1.0, 1.0], [0.0, 2.0]]]]
    """
    pooling = Pooling(codes.shape, grid, bins, overlap)
    counts = pooling.empty()
    for t, frame in enumerate(codes):
        pooling.add(counts, t, frame, None if weights is None else weights[t])
    return pooling.blocks(counts)


def block_places(
    grid: Grid,
    overlap: float,
    bins: int,
    meaning: Callable[[int], str],
    tag: str = "",
) -> list[Place]:
    """Return the places of block histograms in C order (t, y, x, bin).

    Names read ``t0.y3.x5.b07``; with a ``tag`` ("xt") they read ``t0.y3.x5.xt.b07``.
    """
    width = max(2, len(str(bins - 1)))
    fractions = [_fractions(blocks, overlap) for blocks in check_grid(grid, overlap)]
    middle = f".{tag}" if tag else ""
    meanings = [meaning(b) for b in range(bins)]
    places = []
    for t, span_t in enumerate(fractions[0]):
        for y, span_y in enumerate(fractions[1]):
            for x, span_x in enumerate(fractions[2]):
                block = f"t{t}.y{y}.x{x}{middle}"
                places += [
                    Place(f"{block}.b{b:0{width}d}", block, b, span_t, span_y, span_x, meanings[b])
                    for b in range(bins)
                ]
    return places


def _fractions(blocks: int, overlap: float) -> list[tuple[float, float]]:
    grow = overlap / blocks / 2
    return [(max(i / blocks - grow, 0.0), min((i + 1) / blocks + grow, 1.0)) for i in range(blocks)]
