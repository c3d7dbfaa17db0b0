"""The sheet that a head is painted on, and the brushes: bumps, filled shapes, strokes, noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

HEAD = (-1.75, -2.2, 1.75, 2.65)  # left, top, right, bottom in face units


@dataclass(frozen=True)
class Canvas:
    """A rectangle of face space (left, top, right, bottom) with ``scale`` pixels per unit."""

    scale: float
    bounds: tuple[float, float, float, float] = HEAD

    @property
    def shape(self) -> tuple[int, int]:
        """Return (height, width) in pixels."""
        left, top, right, bottom = self.bounds
        return round((bottom - top) * self.scale), round((right - left) * self.scale)

    @cached_property
    def x(self) -> np.ndarray:
        """Return the x of every pixel, (height, width)."""
        row = self.bounds[0] + (np.arange(self.shape[1], dtype=np.float32) + 0.5) / self.scale
        return np.broadcast_to(row, self.shape)

    @cached_property
    def y(self) -> np.ndarray:
        """Return the y of every pixel, (height, width)."""
        column = self.bounds[1] + (np.arange(self.shape[0], dtype=np.float32) + 0.5) / self.scale
        return np.broadcast_to(column[:, None], self.shape)

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return face points (n, 2) as pixel positions of this canvas."""
        return (np.asarray(points, dtype=np.float64) - self.bounds[:2]) * self.scale - 0.5

    def window(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """Return the slices of a rectangle of face space."""
        (x0, y0), (x1, y1) = np.round(self.pixels(np.array([[left, top], [right, bottom]])))
        return slice(int(y0), int(y1)), slice(int(x0), int(x1))

    def bump(self, x: float, y: float, sx: float, sy: float, *, both: bool = False) -> np.ndarray:
        """Return a Gaussian hill of height 1 (on both sides of the face with ``both``)."""
        across = np.exp(-0.5 * ((self.x[0] - x) / sx) ** 2)
        if both:
            across = across + np.exp(-0.5 * ((self.x[0] + x) / sx) ** 2)
        down = np.exp(-0.5 * ((self.y[:, 0] - y) / sy) ** 2)
        return (down[:, None] * across[None]).astype(np.float32)

    def shape_mask(self, points: np.ndarray, soft: float = 0.0) -> np.ndarray:
        """Return the filled polygon (n, 2), 0 to 1, its edge blurred by ``soft`` units."""
        mask = np.zeros(self.shape, np.uint8)
        fixed = np.round(self.pixels(points) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, 4)
        return self.blur(mask.astype(np.float32) / 255, soft)

    def stroke(
        self, points: np.ndarray, width: float, soft: float = 0.0, *, both: bool = False
    ) -> np.ndarray:
        """Return a polyline of ``width`` units, 0 to 1, blurred; mirrored with ``both``."""
        mask = np.zeros(self.shape, np.uint8)
        thick = max(1, round(width * self.scale))
        lines = [np.asarray(points)] + ([np.asarray(points) * (-1, 1)] if both else [])
        fixed = [np.round(self.pixels(p) * 16).astype(np.int32) for p in lines]
        cv2.polylines(mask, fixed, False, 255, thick, cv2.LINE_AA, 4)
        return self.blur(mask.astype(np.float32) / 255, soft)

    def blur(self, image: np.ndarray, sigma: float) -> np.ndarray:
        """Return ``image`` smoothed by a Gaussian of ``sigma`` face units."""
        if sigma <= 0:
            return image
        return cv2.GaussianBlur(image, (0, 0), sigma * self.scale)

    def noise(self, rng: np.random.Generator, grain: float) -> np.ndarray:
        """Return smooth noise of standard deviation 1 with blobs of ``grain`` units."""
        step = max(1.0, grain * self.scale)
        h, w = (int(np.ceil(n / step)) + 3 for n in self.shape)
        coarse = rng.standard_normal((h, w), dtype=np.float32)
        field = cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        return field[: self.shape[0], : self.shape[1]]


def curve(points: np.ndarray, samples: int = 12, closed: bool = False) -> np.ndarray:
    """Return a smooth Catmull-Rom curve through ``points`` (n, 2)."""
    p = np.asarray(points, dtype=float)
    if closed:
        p = np.vstack([p[-1:], p, p[:2]])
    else:
        p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, samples, endpoint=False)[:, None]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.vstack([*pieces, p[-2:-1]])


def mirrored(points: list[tuple[float, float]]) -> np.ndarray:
    """Return the closed outline whose right half is ``points``, from top to bottom."""
    right = np.asarray(points, dtype=float)
    left = right[::-1] * (-1, 1)
    return np.vstack([right, left[1:-1] if right[0, 0] == 0 == right[-1, 0] else left])


def over(under: np.ndarray, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return ``colour`` laid over ``under`` (h, w, 3) where ``mask`` (h, w) is 1."""
    return under + (np.asarray(colour, dtype=np.float32) - under) * mask[..., None]
