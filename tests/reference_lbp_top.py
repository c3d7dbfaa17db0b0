"""Slow twins of LBP-TOP: one on scikit-image slice by slice, one voxel by voxel in fractions."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, cos, floor, pi, sin

import numpy as np
from skimage.feature import local_binary_pattern


def skimage_planes(volume: np.ndarray, radius: int = 1, points: int = 8) -> list[np.ndarray]:
    """Return the uniform codes of the planes xy, xt, yt of the voxels inside the radius."""
    t, y, x = volume.shape

    def codes(plane: np.ndarray) -> np.ndarray:
        return local_binary_pattern(plane, points, radius, "nri_uniform")

    planes = [
        np.stack([codes(volume[i]) for i in range(t)], axis=0),
        np.stack([codes(volume[:, i]) for i in range(y)], axis=1),
        np.stack([codes(volume[:, :, i]) for i in range(x)], axis=2),
    ]
    inner = (slice(radius, -radius),) * 3
    return [p[inner].astype(int) for p in planes]


def lbp_top(volume: np.ndarray, grid: tuple[int, int, int], radius: int = 1) -> np.ndarray:
    """Return L1-normalised histograms, planes first, then blocks t, y, x, then 59 bins."""
    parts = []
    for codes in skimage_planes(volume, radius):
        borders = [
            np.round(np.linspace(0, n, g + 1)).astype(int)
            for n, g in zip(codes.shape, grid, strict=True)
        ]
        for k in range(grid[0]):
            for j in range(grid[1]):
                for i in range(grid[2]):
                    block = codes[
                        borders[0][k] : borders[0][k + 1],
                        borders[1][j] : borders[1][j + 1],
                        borders[2][i] : borders[2][i + 1],
                    ]
                    counts = np.bincount(block.ravel(), minlength=59)
                    parts.append(counts / counts.sum())
    return np.concatenate(parts)


def bilinear(plane: list[list[int]], row: Fraction, column: Fraction) -> Fraction:
    """Return the grey level between four samples, without any rounding."""
    r, c = floor(row), floor(column)
    value = Fraction(0)
    for i, share_row in ((0, 1 - (row - r)), (1, row - r)):
        for j, share_column in ((0, 1 - (column - c)), (1, column - c)):
            if share_row and share_column:
                value += share_row * share_column * plane[r + i][c + j]
    return value


def exact_code(plane: np.ndarray, row: int, column: int, radius: int, points: int) -> int:
    """Return sum_p s(g_p - g_c) 2^p of one sample of a plane of whole numbers (Zhao 2007)."""
    levels = plane.tolist()
    code = 0
    for p in range(points):
        down = Fraction(f"{-radius * sin(2 * pi * p / points):.5f}")
        right = Fraction(f"{radius * cos(2 * pi * p / points):.5f}")
        if bilinear(levels, row + down, column + right) >= levels[row][column]:
            code += 2**p
    return code


def exact_plane(plane: np.ndarray, radius: float = 1, points: int = 8) -> np.ndarray:
    """Return the raw codes of a plane of whole numbers, inside the radius."""
    m = ceil(radius)
    rows, columns = plane.shape
    return np.array(
        [
            [exact_code(plane, r, c, radius, points) for c in range(m, columns - m)]
            for r in range(m, rows - m)
        ]
    )


def transitions(code: int, bits: int) -> int:
    """Return how often neighbouring bits differ around the circle."""
    ring = [code >> k & 1 for k in range(bits)]
    return sum(a != b for a, b in zip(ring, ring[1:] + ring[:1], strict=True))
