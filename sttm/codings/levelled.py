"""Codings of one signed value per voxel: response, root, signed, temporal."""

from __future__ import annotations

import numpy as np

from ..harris import Texture
from .base import Add, Coding
from .levels import LEVELS, level_of

TINY = np.float32(1e-37)


class _Levelled(Coding):
    codes = LEVELS
    levelled = True
    # the value's power of the sixth root of H (or of Lt): equal-width edges are equal in that power
    power: float = 1.0
    value: str = ""

    def __init__(self, bins: int) -> None:
        self.bins = bins

    def meaning(self, code: int, tag: str = "") -> str:
        return f"share of voxels whose {self.value} lies in bin {code + 1} of {self.bins}"


def _root_levels(response: np.ndarray, negative: np.ndarray) -> np.ndarray:
    octave = np.log2(np.abs(response) + TINY)
    octave /= 6  # log2 |H|^(1/6)
    return level_of(octave, negative)


class Response(_Levelled):
    """H itself: the literal reading of the 2016 abstract.

    Keeps how strongly the grey levels change in all three directions at once. Loses the direction
    of the change in space and time: onset and offset look the same. With quantile edges it equals
    ``root``, because quantiles do not change under a rising function; with equal-width edges nearly
    all voxels fall into one bin, because H spans more than three decades.
    """

    keeps = "strength of the space-time corner"
    loses = "direction in space and in time"
    value = "response H"
    power = 6.0

    def count(self, texture: Texture, add: Add) -> None:
        """Count the fine level of every voxel, unweighted."""
        for t, frame in enumerate(texture.response):
            add("", texture.start + t, _root_levels(frame, frame < 0))


class Root(Response):
    """sign(H) |H|^(1/6), linear in the contrast of the clip.

    Keeps and loses what ``response`` does; equal-width edges make sense on it.
    """

    value = "sixth root of the response, sign(H) |H|^(1/6),"
    power = 1.0


class Signed(_Levelled):
    """sign(Lt) |H|^(1/6): the root with the direction in time that H loses.

    Keeps whether the voxel grows brighter or darker. Loses the sign of H and the direction in
    space.
    """

    keeps = "strength of the space-time corner, brighter or darker"
    loses = "sign of H, direction in space"
    value = "signed response, sign(Lt) |H|^(1/6),"

    def count(self, texture: Texture, add: Add) -> None:
        """Count the fine level of every voxel, unweighted."""
        for t, (frame, dt) in enumerate(zip(texture.response, texture.dt, strict=True)):
            add("", texture.start + t, _root_levels(frame, dt < 0))


class Temporal(_Levelled):
    """Lt alone: a control that knows the speed of change and nothing of corners.

    Keeps how fast a voxel grows brighter or darker. Loses all spatial structure within the block.
    """

    keeps = "speed of the change of brightness, with its sign"
    loses = "all structure in space"
    value = "temporal derivative Lt"

    def count(self, texture: Texture, add: Add) -> None:
        """Count the fine level of every voxel, unweighted."""
        for t, dt in enumerate(texture.dt):
            add("", texture.start + t, level_of(np.log2(np.abs(dt) + TINY), dt < 0))
