"""What the back ends ask of a crop first: is it one, and where are the eyes in it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import InputError
from ..faces.eyes import find_eyes

SMALLEST = 24  # pixels; below, a mouth is less than ten pixels wide


def check_grey(grey: Any) -> np.ndarray:
    """Return a crop (y, x) as uint8; refuse other shapes, and crops that are too small."""
    grey = np.asarray(grey)
    if grey.ndim != 2 or min(grey.shape) < SMALLEST:
        raise InputError(
            f"landmarks are found in a grey crop (y, x) of at least {SMALLEST} pixels a side; "
            f"this one has shape {grey.shape}."
        )
    if grey.dtype == np.uint8:
        return grey
    return np.clip(np.rint(np.nan_to_num(grey)), 0, 255).astype(np.uint8)


def see_eyes(grey: np.ndarray) -> np.ndarray | None:
    """Return the eyes in a crop (2, 2), or None.

    A crop is taken for a face box as it is, then for one that is smaller and lower.
    """
    height, width = grey.shape
    for share, lower in ((1.0, 0.0), (0.8, 0.02), (1.25, 0.05)):
        side = share * width
        box = np.array([(width - side) / 2, (height - side) / 2 + lower * height, side, side])
        eyes = find_eyes(grey, box)
        if eyes is not None:
            return eyes
    return None
