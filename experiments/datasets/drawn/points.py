"""The 68 points of a drawn face in one frame, from the geometry that painted it.

The scheme is that of ``sttm/landmarks/scheme.py``. What is painted anew in every frame (lids, lips)
is computed by the functions that paint it; what lies on the sheet (jaw, brows, nose) is taken to
where the frame's displacement carries it. The points of a brow lie on the middle of its hairs,
those of the jaw on the outline of the head, also where hair covers it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .eyes import lid_edges
from .hair import brow_point
from .head import outline
from .identity import Identity
from .mouth import lip_edges

BROW = np.array([1.0, 0.75, 0.5, 0.25, 0.0])  # from the outer end to the inner one
JAW_TOP = 0.0  # face units: the jaw's line begins at the height of the eyes
NOSE_TOP = -0.03
STEPS = 40  # of the fixed point; halves the distance each time, at worst
LIPS = (0.62, 0.24)  # of the half width of the mouth: where the points of a lip lie
INSIDE = (0.9, 0.4)  # the same of the inner edge: its corner and the point beside the middle

Sample = Callable[[np.ndarray], np.ndarray]


def jaw_of(who: Identity) -> np.ndarray:
    """Return the 17 points of the jaw at rest, evenly along the outline, (17, 2) face units."""
    edge = outline(who)
    right = edge[(edge[:, 0] >= 0) & (edge[:, 1] >= JAW_TOP)]
    right = right[np.argsort(right[:, 1])]
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(right, axis=0).T))])
    even = np.linspace(0, along[-1], 9)
    half = np.stack([np.interp(even, along, right[:, axis]) for axis in (0, 1)], axis=1)
    half[-1, 0] = 0.0
    return np.concatenate([half * (-1, 1), half[-2::-1]])


def brows_of(who: Identity) -> np.ndarray:
    """Return the points of both brows at rest, (10, 2) face units."""
    left, right = (
        brow_point(who, BROW, np.zeros(5), side) + _half_hair(BROW, side) for side in (-1, 1)
    )
    return np.concatenate([left, right[::-1]])


def _half_hair(place: np.ndarray, side: int) -> np.ndarray:
    return 0.5 * np.stack([side * (0.015 + 0.045 * place), -0.055 + 0.075 * place], axis=1)


def nose_of(who: Identity) -> np.ndarray:
    """Return the points of the nose at rest: four down its ridge, five below it, (9, 2)."""
    w, n = who.nose_w, who.nose_len
    ridge = np.stack([np.zeros(4), np.linspace(NOSE_TOP, n - 0.09, 4)], axis=1)
    across = np.array([-0.95, -0.52, 0.0, 0.52, 0.95]) * w
    down = n + np.array([0.0, 0.03, 0.055, 0.03, 0.0])
    return np.concatenate([ridge, np.stack([across, down], axis=1)])


def eye_points(who: Identity, centre: np.ndarray, side: int, units: np.ndarray) -> np.ndarray:
    """Return the points of one eye, (6, 2): the corner on the picture's left, then clockwise."""
    u = np.array([-1, -1 / 3, 1 / 3, 1, 1 / 3, -1 / 3]) * side  # of the eye, 1 is its outer corner
    upper, lower = lid_edges(u, who, units)
    v = np.concatenate([upper[:4], lower[4:]]) - who.eye_tilt * 0.5 * who.eye_w * u
    return np.stack([centre[0] + side * who.eye_w * u, centre[1] + v], axis=1)


def mouth_points(
    who: Identity, corners: np.ndarray, middle: np.ndarray, units: np.ndarray
) -> np.ndarray:
    """Return the 20 points of the mouth: twelve of the outer edge, eight of the inner, (20, 2)."""
    a, b = LIPS
    out = np.array([-1, -a, -b, 0, b, a, 1, a, b, 0, -b, -a])
    c, d = INSIDE
    inside = np.array([-c, -d, 0, d, c, d, 0, -d])
    s = np.concatenate([out, inside])
    half, centre = (corners[1, 0] - corners[0, 0]) / 2, (corners[0, 0] + corners[1, 0]) / 2
    x = centre + s * half
    q = np.stack([x, np.zeros_like(x)], axis=-1)
    lips = lip_edges(q, who, corners, middle, units)
    y = np.concatenate(
        [
            lips.outer_up[:7],
            lips.outer_low[7:12],
            lips.inner_up[12:13] / 2 + lips.inner_low[12:13] / 2,
            lips.inner_up[13:16],
            lips.inner_up[16:17] / 2 + lips.inner_low[16:17] / 2,
            lips.inner_low[17:],
        ]
    )
    return np.stack([x, y], axis=1)


def carried(rest: np.ndarray, sample: Sample) -> np.ndarray:
    """Return where points of the sheet (n, 2) appear: the q with ``q - sample(q) = rest``.

    ``sample`` gives the displacement at points (n, 2). Half steps, since a dropping jaw squeezes
    what lies below it so much that whole ones would swing.
    """
    q = rest.astype(np.float64)
    for _ in range(STEPS):
        q = 0.5 * q + 0.5 * (rest + sample(q))
    return q
