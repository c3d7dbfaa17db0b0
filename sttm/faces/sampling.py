"""Parts of a picture in grey, at a size that is wanted, without aliasing.

A large reduction is done in two steps: the mean over whole squares of pixels (``INTER_AREA``, exact
and quick), then a warp that shrinks by at most 1.6. Only the part that is needed becomes grey.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..frames import to_grey
from .geometry import compose, invert, scale_of, window


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a picture: ``grey`` (y, x) uint8, and ``place`` (2, 3), source -> patch pixel."""

    grey: np.ndarray
    place: np.ndarray


def squares(shrinking: float) -> int:
    """Return the side of the squares to average when a picture shrinks by a factor.

    What is left for the warp is a factor between 0.8 and 1.6.

    >>> [squares(f) for f in (0.5, 1.5, 1.7, 3.0)]
    [1, 1, 2, 3]
    """
    return max(1, int(shrinking + 0.4))


def patch(raw: np.ndarray, bounds: np.ndarray, factor: int = 1) -> Patch:
    """Return the part of a frame inside ``bounds`` (x0, y0, x1, y1, pixel edges), in grey.

    Parameters
    ----------
    raw : ndarray (y, x) or (y, x, 3) uint8
        A frame as the reader yields it.
    bounds : ndarray (4,)
        Rounded outwards; what lies outside the picture is left away, at least one pixel stays.
    factor : int
        Squares of this side become one pixel; the picture's edge pixels fill up the last squares.
    """
    height, width = raw.shape[:2]
    x0, x1 = _inside(bounds[0], bounds[2], width)
    y0, y1 = _inside(bounds[1], bounds[3], height)
    part = raw[y0:y1, x0:x1]
    grey = part.copy() if part.ndim == 2 else to_grey(part)  # never a view of a whole frame
    if factor > 1:
        down, right = -grey.shape[0] % factor, -grey.shape[1] % factor
        if down or right:
            grey = cv2.copyMakeBorder(grey, 0, down, 0, right, cv2.BORDER_REPLICATE)
        small = (grey.shape[1] // factor, grey.shape[0] // factor)
        grey = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    shift = [(0.5 - x0) / factor - 0.5, (0.5 - y0) / factor - 0.5]
    return Patch(grey, np.column_stack([np.eye(2) / factor, shift]))


def _inside(low: float, high: float, length: int) -> tuple[int, int]:
    start = min(max(int(np.floor(low)), 0), length - 1)
    return start, max(min(int(np.ceil(high)), length), start + 1)


def warp(grey: np.ndarray, matrix: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return a picture taken through ``matrix`` (2, 3), (height, width) uint8.

    Outside the picture its edge pixels go on.
    """
    return cv2.warpAffine(
        grey,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR if scale_of(matrix) < 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )


def cut(raw: np.ndarray, transform: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the part of one frame that ``transform`` takes to (height, width), uint8 grey."""
    factor = squares(1 / scale_of(transform))
    bounds = window(transform, width, height) + np.array([-2, -2, 2, 2]) * factor
    part = patch(raw, bounds, factor)
    return warp(part.grey, compose(transform, invert(part.place)), width, height)


def straight(
    raw: np.ndarray, x: float, y: float, scale: float, width: int, height: int
) -> np.ndarray:
    """Return the upright rectangle at edge (x, y), scaled: (height, width) uint8."""
    shift = [(0.5 - x) * scale - 0.5, (0.5 - y) * scale - 0.5]
    return cut(raw, np.column_stack([np.eye(2) * scale, shift]), width, height)
