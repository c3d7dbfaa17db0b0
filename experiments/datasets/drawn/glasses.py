"""Glasses: thin frames that move with the head and not with the skin."""

from __future__ import annotations

import numpy as np

from .identity import Identity


def paint_glasses(
    picture: np.ndarray, q: np.ndarray, pixel: float, who: Identity, middle: np.ndarray
) -> None:
    """Draw glasses into ``picture`` (h, w, 3) in place.

    ``q`` (h, w, 2) are the face coordinates of its pixels, ``pixel`` the size of one in face
    units, ``middle`` (2,) the point midway between the eyes.
    """
    x = q[..., 0] - middle[0]
    y = q[..., 1] - middle[1] - 0.05
    a = np.abs(x) - who.eye_x - 0.01
    rim = ((np.abs(a) / 0.315) ** 3 + (np.abs(y) / 0.235) ** 3) ** (1 / 3)
    wire = np.clip(1.2 - np.abs(rim - 1) * 0.25 / (0.85 * max(0.016, 0.8 * pixel)), 0, 1)
    bridge = np.exp(-0.5 * ((y + 0.06 + 0.10 * (0.12 - np.abs(x))) / max(0.014, 0.7 * pixel)) ** 2)
    bridge = bridge * (np.abs(x) < who.eye_x - 0.29)
    arm = np.exp(-0.5 * ((y + 0.07) / max(0.016, 0.7 * pixel)) ** 2)
    arm = arm * (np.abs(x) > who.eye_x + 0.31) * (np.abs(x) < 1.0 * who.width)
    glass = np.clip((1 - rim) * 12, 0, 1)
    picture += (6.0 * glass * np.clip(0.5 + 3 * (a - y), 0, 1))[..., None]
    shade = np.clip(np.maximum(wire, np.maximum(bridge, arm)), 0, 1) * 0.88
    picture += (np.array([38, 32, 34], np.float32) - picture) * shade[..., None]
