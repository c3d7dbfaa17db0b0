"""Pixels: the grey levels of one frame, reduced to a small square picture.

The plainest appearance features, the input of deep classifiers, and what the projections of
projections.py learn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ..blocks import block_places
from ..errors import InputError, unknown_name
from .base import Descriptor, Place
from .still import chosen_frame, moment

LARGEST = 256  # pixels along a side; a column each, so 65,536 columns


def as_levels(rows: np.ndarray) -> np.ndarray:
    """Return pictures as they are: grey levels 0 to 255."""
    return rows


def standard(rows: np.ndarray) -> np.ndarray:
    """Return pictures of mean 0 and variance 1 each; a flat one becomes zeros.

    >>> standard(np.array([[1.0, 3.0], [7.0, 7.0]], np.float32)).tolist()
    [[-1.0, 1.0], [0.0, 0.0]]
    """
    mean = rows.mean(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    out = rows - mean  # exactly 0 where a picture is flat
    spread = np.sqrt(np.einsum("ij,ij->i", out, out) / rows.shape[1])[:, None]
    out /= np.where(spread > 0, spread, np.float32(1))
    return out


def equalised(rows: np.ndarray) -> np.ndarray:
    """Return pictures whose grey levels are spread evenly over 0 to 255; a flat one stays.

    >>> equalised(np.array([[10.0, 20.0, 30.0]], np.float32)).tolist()
    [[0.0, 128.0, 255.0]]
    """
    import cv2

    whole = np.rint(rows).clip(0, 255).astype(np.uint8)
    return np.stack([cv2.equalizeHist(row[None])[0] for row in whole]).astype(np.float32)


NORMALISATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": as_levels,
    "standard": standard,
    "equalise": equalised,
}


def reduced(picture: np.ndarray, side: int) -> np.ndarray:
    """Return a picture brought to a square by mean grey levels, (y, x) -> (side, side) float32.

    A picture of that size stays exactly what it is.

    Raises
    ------
    InputError
        When the picture is smaller than that.
    """
    import cv2

    if min(picture.shape) < side:
        raise InputError(
            f"a face of {side} x {side} pixels is asked for, and the crop has only "
            f"{picture.shape[0]} x {picture.shape[1]}; lower 'side' or raise faces.size."
        )
    # float32 first: cv2 would round the means of whole numbers
    return cv2.resize(picture.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)


class OneFrame(Descriptor):
    """Base of descriptors whose measures are the grey levels of one frame, 0 to 255.

    A member has the parameters ``frame``, ``side`` and ``normalisation``.
    """

    encode_only: ClassVar[tuple[str, ...]] = ("normalisation",)
    frame: str | float
    side: int
    normalisation: str

    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return the grey levels of the chosen frame, row after row."""
        self._check()
        return reduced(chosen_frame(volume, self.frame), self.side).ravel()

    def pictures(self, measures: np.ndarray) -> np.ndarray:
        """Return the normalised pictures of measures, (n, side * side) float32."""
        self._check()
        rows = np.asarray(measures, dtype=np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.side**2:
            raise InputError(
                f"side {self.side} gives {self.side**2} measures per clip, "
                f"the measures have shape {rows.shape}."
            )
        return NORMALISATIONS[self.normalisation](rows)

    def _check(self) -> None:
        if self.normalisation not in NORMALISATIONS:
            raise InputError(unknown_name("normalisation", self.normalisation, NORMALISATIONS))
        if self.side != int(self.side) or not 2 <= self.side <= LARGEST:
            raise InputError(f"side must be a whole number from 2 to {LARGEST}, not {self.side!r}.")
        moment(self.frame)


class Pixels(OneFrame):
    """The grey levels of one frame, a column per pixel, row after row.

    Parameters
    ----------
    frame : {"last", "middle", "first"} or float
        Which frame: the last is the apex of a sequence from neutral to peak. A number is a
        fraction of the clip, 0 to 1; the nearest frame is taken.
    side : int
        Height and width in pixels that the crop is reduced to; at most its size, and 256. With
        ``faces.size`` equal to it a crop stays exactly its own pixels.
    normalisation : {"none", "standard", "equalise"}
        ``none``: grey levels 0 to 255, as deep classifiers take them. ``standard``: mean 0 and
        variance 1 per picture. ``equalise``: grey levels spread evenly over 0 to 255.

    Examples
    --------
    >>> clip = np.arange(16, dtype=np.uint8).reshape(1, 4, 4)
    >>> Pixels(side=2).fit_transform([clip]).tolist()
    [[2.5, 4.5, 10.5, 12.5]]
    >>> Pixels(side=2).locate("t0.y1.x0.b00").y
    (0.5, 1.0)
    """

    def __init__(
        self, *, frame: str | float = "last", side: int = 48, normalisation: str = "none"
    ) -> None:
        self.frame = frame
        self.side = side
        self.normalisation = normalisation

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return the normalised grey levels, (n, side * side) float32."""
        return self.pictures(measures)

    def places(self) -> list[Place]:
        """Return one place per pixel, all at the moment of the frame."""
        self._check()
        kind = {"none": ", 0 to 255", "standard": ", standardised", "equalise": ", equalised"}
        meaning = f"grey level{kind[self.normalisation]}"
        at = moment(self.frame)
        grid = (1, int(self.side), int(self.side))
        return [replace(p, t=(at, at)) for p in block_places(grid, 0.0, 1, lambda _: meaning)]
