"""Normalisation of block histograms, (..., bt, by, bx, bins) -> (..., columns).

l1         each block's histogram sums to one (an empty block stays zero)
hellinger  the square root of l1, so that a dot product compares distributions
contrast   each block is divided by the norm of every 2 x 2 neighbourhood that it is part of,
           clipped and divided again (L2-Hys), as in HOG: Dalal and Triggs, CVPR 2005,
           doi:10.1109/CVPR.2005.177
none       the plain counts

``contrast`` looks at neighbours in space only, never across time slices, and gives each block as
many copies as it has neighbourhoods: columns are ordered (bt, window y, window x, cell y, cell x).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

NORMALISATIONS = ("l1", "hellinger", "contrast", "none")


def l1(histograms: np.ndarray) -> np.ndarray:
    """Return histograms that sum to one along the last axis.

    >>> l1(np.array([[1.0, 3.0], [0.0, 0.0]])).tolist()
    [[0.25, 0.75], [0.0, 0.0]]
    """
    total = np.abs(histograms).sum(axis=-1, keepdims=True)
    return histograms / np.where(total > 0, total, 1)


def hellinger(histograms: np.ndarray) -> np.ndarray:
    """Return the square root of the L1-normalised histograms."""
    return np.sqrt(l1(histograms))


def contrast(histograms: np.ndarray, clip: float = 0.2) -> np.ndarray:
    """Return contrast-normalised blocks, one copy per neighbourhood.

    (..., bt, by, bx, bins) -> (..., bt, wy, wx, cy, cx, bins)

    Parameters
    ----------
    histograms : array (..., bt, by, bx, bins)
    clip : float
        Largest value kept after the first division; 0 < clip <= 1.
    """
    stacked = neighbourhoods(histograms)
    norm = np.sqrt((stacked**2).sum(axis=(-3, -2, -1), keepdims=True))
    out = stacked / np.where(norm > 0, norm, 1)
    np.minimum(out, np.float32(clip), out=out)
    norm = np.sqrt((out**2).sum(axis=(-3, -2, -1), keepdims=True))
    return out / np.where(norm > 0, norm, 1)


def neighbourhoods(blocks: np.ndarray) -> np.ndarray:
    """Return every window of 2 x 2 blocks, (..., by, bx, bins) -> (..., wy, wx, cy, cx, bins).

    Along an axis of one block the window is one block.
    """
    wy, wx = window(blocks.shape[-3]), window(blocks.shape[-2])
    view = np.lib.stride_tricks.sliding_window_view(blocks, (wy, wx), axis=(-3, -2))
    return np.moveaxis(view, -3, -1)  # (..., wy, wx, bins, cy, cx) -> (..., cy, cx, bins)


def window(blocks: int) -> int:
    """Return how many blocks a neighbourhood spans along an axis of ``blocks`` blocks."""
    return min(2, blocks)


def normalise(histograms: np.ndarray, name: str, clip: float = 0.2) -> np.ndarray:
    """Return normalised blocks of many clips, (n, bt, by, bx, bins) -> (n, columns) float32."""
    out = histograms
    if name == "contrast":
        out = contrast(histograms, clip)
    elif name != "none":
        out = l1(histograms) if name == "l1" else hellinger(histograms)
    return np.ascontiguousarray(out.reshape(len(histograms), -1), dtype=np.float32)


def window_cells(grid: Sequence[int]) -> list[tuple[int, int, int, str]]:
    """Return (t, y, x, tag) of every copy of a block in the column order of ``contrast``.

    The tag ``n10`` says that the neighbourhood begins one block above and none to the left.
    """
    bt, by, bx = grid
    wy, wx = window(by), window(bx)
    return [
        (t, y + cy, x + cx, f"n{cy}{cx}")
        for t in range(bt)
        for y in range(by - wy + 1)
        for x in range(bx - wx + 1)
        for cy in range(wy)
        for cx in range(wx)
    ]
