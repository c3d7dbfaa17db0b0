"""Colours of the map: black at 0, warm where something changes, blue along contours.

The warm side is matplotlib's "inferno" (equal steps look equal, readable in grey and with any kind
of colour blindness); the blue side is a ramp from black to one blue, darker than the warm side, so
that change stands out.
"""

from __future__ import annotations

import cv2
import numpy as np

from .maps import Limits

STEPS = 256
BLUE = (112, 148, 190)  # where the blue side ends
ACCENT = (255, 176, 32)  # outlines on grey pictures


def _inferno() -> np.ndarray:
    ramp = np.arange(STEPS, dtype=np.uint8).reshape(-1, 1)
    return cv2.applyColorMap(ramp, cv2.COLORMAP_INFERNO)[:, 0, ::-1].copy()  # (256, 3) RGB


WARM = _inferno()
COOL = np.rint(np.linspace(0, 1, STEPS)[:, None] * np.array(BLUE)).astype(np.uint8)


def paint(signed: np.ndarray, limits: Limits) -> np.ndarray:
    """Return a map in colours, (y, x) -> (y, x, 3) uint8 RGB.

    >>> paint(np.array([[-1.0, 0.0]]), Limits(1.0, 1.0)).tolist()
    [[[112, 148, 190], [0, 0, 4]]]
    """
    warm = WARM[level(signed / limits.change)]
    cool = COOL[level(-signed / limits.contour)]
    return np.where((signed < 0)[..., None], cool, warm)


def level(share: np.ndarray) -> np.ndarray:
    """Return the step of a ramp for shares of 0 to 1; others are clipped."""
    return np.rint(np.clip(share, 0, 1) * (STEPS - 1)).astype(np.uint8)
