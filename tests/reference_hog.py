"""Slow twins of HOG-TOP and HOG3D, voxel by voxel, written from the papers."""

from __future__ import annotations

import math
from itertools import product

import numpy as np


def hog_top(volume: np.ndarray, grid: tuple[int, int, int], bins: int, turn: float) -> np.ndarray:
    """Return unnormalised histograms (planes, bt, by, bx, bins) by the arctangent of each voxel."""
    v = volume.astype(float)
    inner = [n - 2 for n in v.shape]
    out = np.zeros((3, *grid, bins))
    for t, y, x in product(*(range(n) for n in inner)):
        gt = v[t + 2, y + 1, x + 1] - v[t, y + 1, x + 1]
        gy = v[t + 1, y + 2, x + 1] - v[t + 1, y, x + 1]
        gx = v[t + 1, y + 1, x + 2] - v[t + 1, y + 1, x]
        block = tuple(
            next(b for b in range(g) if i < round((b + 1) * n / g))
            for i, n, g in zip((t, y, x), inner, grid, strict=True)
        )
        for plane, (first, second) in enumerate(((gy, gx), (gt, gx), (gt, gy))):
            angle = math.degrees(math.atan2(first, second)) % turn
            out[(plane, *block, int(angle // (turn / bins)))] += math.hypot(first, second)
    return out


def dodecahedron_vertices() -> list[tuple[float, float, float]]:
    """Return the 20 vertices as in the paper: (+-1, +-1, +-1), (0, +-1/phi, +-phi) and so on."""
    phi = (1 + math.sqrt(5)) / 2
    out = list(product((-1.0, 1.0), repeat=3))
    for a, b in product((-1, 1), repeat=2):
        out += [(0, a / phi, b * phi), (a / phi, b * phi, 0), (a * phi, 0, b / phi)]
    return out


def quantise(gradient: np.ndarray, axes: np.ndarray, limit: float, full: bool) -> np.ndarray:
    """Return the votes of one gradient for axes that need not have length 1."""
    length = math.sqrt(float(gradient @ gradient))
    if length == 0:
        return np.zeros(len(axes))
    q = np.array([float(axis @ gradient) / length for axis in axes])
    if not full:
        q = np.abs(q)
    q = np.where(q > limit, q - limit, 0)
    return length * q / math.sqrt(float(q @ q))


def hog3d(
    volume: np.ndarray, grid: tuple[int, int, int], size: int, axes: np.ndarray, limit: float
) -> np.ndarray:
    """Return the cells (ct, cy, cx, axes); each axis of the volume a multiple of grid * size."""
    v = volume.astype(float)
    gradient = np.stack([np.gradient(v, axis=a) for a in range(3)], axis=-1)
    step = [n // (g * size) for n, g in zip(v.shape, grid, strict=True)]
    out = np.zeros((*grid, len(axes)))
    for k, j, i in product(*(range(g * size) for g in grid)):
        box = gradient[
            k * step[0] : (k + 1) * step[0],
            j * step[1] : (j + 1) * step[1],
            i * step[2] : (i + 1) * step[2],
        ]
        mean = box.reshape(-1, 3).mean(axis=0)
        out[k // size, j // size, i // size] += quantise(mean, axes, limit, full=False)
    return out
