"""The coding ``oriented``: votes for the direction of the space-time gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from ..errors import InputError
from ..harris import Texture
from .base import Add, Coding, magnitude

MOST = 256  # sectors or bands; their numbers are uint8
# below this |H|^(1/6) (grey levels as 0..1; sensor noise is some hundred times more) there is only
# rounding, which must not vote in a flat picture
FLOOR = np.float32(1e-5)


class Oriented(Coding):
    """Each voxel votes for its space-time gradient direction with weight |H|^(1/6).

    The direction is azimuth in the image plane times elevation towards t. Keeps the orientation of
    edges and whether and how fast they move, and with the elevation's sign the direction in time.
    Loses the strength of the response but for the weight of the vote.

    Parameters
    ----------
    azimuths : int
        Sectors of the image plane; an even number from 2 to 256. Sector 0 begins at the positive x
        axis (to the right in the picture) and sectors run from x towards y (downwards).
    elevations : sequence of float
        Inner edges in radians, rising, between -pi/2 and pi/2; n edges, at most 255, give n + 1
        bands.
    """

    keeps = "orientation of edges, speed and direction of their change"
    loses = "strength of the response, but for the weight of the vote"

    def __init__(self, azimuths: int, elevations: Sequence[float]) -> None:
        edges = [float(e) for e in elevations]
        if azimuths != int(azimuths) or not 2 <= azimuths <= MOST or azimuths % 2:
            raise InputError(f"azimuths must be an even number from 2 to {MOST}, not {azimuths!r}.")
        inside = all(-math.pi / 2 < e < math.pi / 2 for e in edges)
        if not inside or any(a >= b for a, b in pairwise(edges)):
            raise InputError(
                f"elevations must be rising angles between -pi/2 and pi/2, not {elevations!r}."
            )
        if len(edges) >= MOST:
            raise InputError(f"there may be at most {MOST - 1} elevations, not {len(edges)}.")
        self.azimuths = int(azimuths)
        self.edges = edges
        self.bands = len(edges) + 1
        self.codes = self.azimuths * self.bands
        angles = 2 * np.pi * np.arange(1, self.azimuths // 2) / self.azimuths
        self._lines = [(np.float32(np.cos(a)), np.float32(np.sin(a))) for a in angles]
        quarter = angles[: max(self.azimuths // 4 - 1, 0)]
        self._steps = [np.float32(np.tan(a)) for a in quarter]
        self._slopes = [np.float32(np.tan(e)) for e in edges]

    def count(self, texture: Texture, add: Add) -> None:
        """Count the direction of every voxel, weighted."""
        for t, (frame, dx, dy, dt) in enumerate(
            zip(texture.response, texture.dx, texture.dy, texture.dt, strict=True)
        ):
            codes = self.sector(dx, dy).astype(np.uint16)
            codes *= self.bands
            codes += self.band(dx, dy, dt)
            weights = magnitude(frame)
            weights *= weights > FLOOR
            add("", texture.start + t, codes, weights)

    def sector(self, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """Return the azimuth's sector, uint8: floor(azimuths * angle / 2 pi) without an arctangent.

        A zero vector is in sector 0.
        """
        if self.azimuths % 4:
            return self._sector_by_lines(dx, dy)
        up = (dy < 0) | ((dy == 0) & (dx < 0))
        left = (dx < 0) | ((dx == 0) & (dy > 0))
        mirrored = up ^ left  # the quarters +y to -x and -y to +x count backwards
        across, down = np.abs(dx), np.abs(dy)
        sloping = down != 0
        within = np.zeros(dx.shape, np.uint8)  # sector within the quarter, from the x axis
        for step in self._steps:
            line = across if step == 1 else across * step
            within += (down >= line) & sloping & ~(mirrored & (down == line))
        backwards = mirrored.view(np.uint8)
        sign = np.uint8(1) - backwards - backwards  # 1 or, modulo 256, -1
        half = np.uint8(self.azimuths // 2)
        return within * sign + backwards * (half - np.uint8(1)) + up.view(np.uint8) * half

    def _sector_by_lines(self, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        """Turn vectors of the lower half by pi, then count the lines that a vector has reached."""
        lower = (dy < 0) | ((dy == 0) & (dx < 0))
        turn = np.where(lower, np.float32(-1), np.float32(1))
        dx, dy = dx * turn, dy * turn
        passed = lower.view(np.uint8) * np.uint8(self.azimuths // 2)
        for cos, sin in self._lines:
            passed += dy * cos >= dx * sin
        passed[(dx == 0) & (dy == 0)] = 0
        return passed

    def band(self, dx: np.ndarray, dy: np.ndarray, dt: np.ndarray) -> np.ndarray:
        """Return the elevation's band, uint8: the number of edges at or below atan2(dt, |d|)."""
        plane = cv2.magnitude(dx, dy).reshape(dx.shape)
        passed = np.zeros(dx.shape, np.uint8)
        for slope in self._slopes:
            passed += dt >= slope * plane
        return passed

    def meaning(self, code: int, tag: str = "") -> str:
        sector, band = divmod(code, self.bands)
        step = 360 / self.azimuths
        low = math.degrees(self.edges[band - 1]) if band else -90.0
        high = math.degrees(self.edges[band]) if band < len(self.edges) else 90.0
        return (
            f"weighted share of voxels whose gradient points to {sector * step:g} to "
            f"{(sector + 1) * step:g} deg in the picture (0 right, 90 down) and "
            f"{low:.0f} to {high:.0f} deg towards brighter in time"
        )
