"""What counts as pictures: one layout for all forms, and the size that the net looks at."""

from __future__ import annotations

from math import isqrt
from typing import Any

import numpy as np

FORMS = (
    "pictures must come as (n, y, x, channels), as (n, y, x), or as rows of square grey pictures "
    "(n, y * x)"
)
LEAST_SIDE = 32  # what the nets of keras.applications can take
AT_ONCE = 64  # pictures, where nothing is learned: memory does not grow with their number


def as_pictures(X: Any, *, training: bool = False) -> np.ndarray:
    """Return pictures (n, channels, y, x), uint8 where nothing is lost by it, else float32.

    Parameters
    ----------
    X : array (n, y, x, channels), (n, y, x) or (n, y * x)
        Grey levels 0 to 255, one channel or three (RGB); square.
    training : bool
        Whether they are many: fractions of at most 1 are then a mistake, and not a dark picture.

    Raises
    ------
    ValueError
        For any other shape, for what is no number, and for numbers outside of 0 to 255.

    Examples
    --------
    >>> as_pictures(np.zeros((5, 9))).shape
    (5, 1, 3, 3)
    """
    given = np.asarray(X)
    if given.dtype.kind not in "uifb":
        raise ValueError(f"pictures must be numbers from 0 to 255, not {given.dtype}.")
    laid = _laid_out(given)
    if not laid.shape[0]:
        raise ValueError("at least one picture is needed; none came.")
    return _small_type(laid, training)


def _laid_out(given: np.ndarray) -> np.ndarray:
    """Return a view (n, channels, y, x)."""
    if given.ndim == 2:
        side = isqrt(given.shape[1])
        if not side or side * side != given.shape[1]:
            raise ValueError(
                f"{FORMS}; a row of {given.shape[1]} numbers is no square picture. Nets look at "
                "pictures: with a config, take the descriptor `pixels`."
            )
        return given.reshape(-1, 1, side, side)
    if given.ndim == 3:
        given = given[..., None]
    if given.ndim != 4 or given.shape[3] not in (1, 3):
        raise ValueError(f"{FORMS}, with 1 or 3 channels; this array is {np.shape(given)}.")
    if given.shape[1] != given.shape[2] or not given.shape[1]:
        raise ValueError(
            f"pictures must be square; these are {given.shape[1]} x {given.shape[2]} pixels. "
            "Crop them first."
        )
    return given.transpose(0, 3, 1, 2)


def _small_type(laid: np.ndarray, training: bool) -> np.ndarray:
    if laid.dtype == np.uint8:
        return np.ascontiguousarray(laid)
    low, high = float(laid.min()), float(laid.max())
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 255:
        raise ValueError(
            f"grey levels must be numbers from 0 to 255; these go from {low:g} to {high:g}."
        )
    rounded = laid.astype(np.uint8)
    if np.array_equal(rounded, laid):
        return np.ascontiguousarray(rounded)
    if training and high <= 1.0:
        raise ValueError(
            "grey levels must go from 0 to 255; these are fractions of at most 1. Multiply by 255."
        )
    return np.ascontiguousarray(laid, dtype=np.float32)


def resized(pictures: np.ndarray, side: int) -> np.ndarray:
    """Return pictures (n, channels, y, x) as float32 (n, channels, side, side).

    Smaller ones are interpolated linearly, larger ones averaged over areas.
    """
    if pictures.shape[2] == side:
        return pictures.astype(np.float32)
    import cv2

    how = cv2.INTER_AREA if pictures.shape[2] > side else cv2.INTER_LINEAR
    out = np.empty((*pictures.shape[:2], side, side), np.float32)
    for number, picture in enumerate(pictures):
        for channel, plane in enumerate(picture):
            out[number, channel] = cv2.resize(
                plane.astype(np.float32), (side, side), interpolation=how
            )
    return out
