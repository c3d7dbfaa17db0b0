"""What a coding is: a rule that turns the texture map into codes that blocks can count.

A coding is stateless. It sees the texture map of a stretch of one clip and counts one code per
voxel, weighted or not. Codings of a continuous value (``levelled``) count fine levels; the
descriptor merges them later into bins whose edges come from the training clips (see levels.py).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import numpy as np

from ..harris import Texture


class Add(Protocol):
    """Counts one frame of codes (y, x), weighted or not, at frame ``t`` under ``tag``."""

    def __call__(
        self, tag: str, t: int, codes: np.ndarray, weights: np.ndarray | None = None
    ) -> None: ...


class Coding(ABC):
    """Base of all codings.

    Attributes
    ----------
    keeps, loses : str
        What the coding keeps of the texture map and what it loses, a phrase each.
    codes : int
        Number of different codes.
    tags : tuple of str
        Names of the histograms kept per block; one unnamed histogram unless told.
    levelled : bool
        The codes are fine levels of a signed value, to be merged into bins learned in training.
    whole : bool
        The coding compares neighbouring frames and needs the whole clip at once.
    """

    keeps: ClassVar[str]
    loses: ClassVar[str]
    codes: int
    tags: tuple[str, ...] = ("",)
    levelled: ClassVar[bool] = False
    whole: ClassVar[bool] = False

    @abstractmethod
    def count(self, texture: Texture, add: Add) -> None:
        """Call ``add`` for every frame of the texture map."""

    @abstractmethod
    def meaning(self, code: int, tag: str = "") -> str:
        """Return one phrase that says what ``code`` (or, if levelled, bin ``code``) counts."""


def magnitude(response: np.ndarray) -> np.ndarray:
    """Return |H|^(1/6), linear in the contrast of the clip because H is of the sixth order.

    >>> magnitude(np.float32([-64.0])).item()
    2.0
    """
    return np.sqrt(np.cbrt(np.abs(response)))
