"""Slow twin of VLBP, voxel by voxel, for P = 2 and 4 and R = 1, where no point falls between."""

from __future__ import annotations

import numpy as np

RINGS = {2: ((0, 1), (0, -1)), 4: ((0, 1), (-1, 0), (0, -1), (1, 0))}  # (y, x)


def vlbp_code(volume: np.ndarray, t: int, y: int, x: int, interval: int, points: int) -> int:
    """Return sum_q v_q 2^q of Zhao 2007 at one voxel."""
    ring = RINGS[points]
    values = [volume[t - interval, y, x]]
    for frame in (t - interval, t, t + interval):
        values += [volume[frame, y + dy, x + dx] for dy, dx in ring]
    values.append(volume[t + interval, y, x])
    centre = int(volume[t, y, x])
    return sum(2**q for q, value in enumerate(values) if int(value) >= centre)


def vlbp_codes(volume: np.ndarray, interval: int = 1, points: int = 4) -> np.ndarray:
    """Return the raw codes of all voxels that have their neighbours."""
    t, y, x = volume.shape
    return np.array(
        [
            [
                [vlbp_code(volume, k, j, i, interval, points) for i in range(1, x - 1)]
                for j in range(1, y - 1)
            ]
            for k in range(interval, t - interval)
        ]
    )
