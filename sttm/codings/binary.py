"""Codings by local binary patterns of the response: lbp, lbp-top."""

from __future__ import annotations

from ..harris import Texture
from ..local_binary import PLANES, bin_meaning, lbp_frames, lbp_planes, uniform_bins
from .base import Add, Coding

UNIFORM = uniform_bins(8)


def _meaning(code: int, plane: str) -> str:
    return f"share of voxels whose response in the {plane} plane is: {bin_meaning(code)}"


class LBP(Coding):
    """LBP codes of the frames of H.

    Keeps the spatial pattern of the response around each voxel. Loses its strength and its course
    in time within the block.
    """

    keeps = "spatial pattern of the response"
    loses = "strength of the response, its course in time"
    codes = UNIFORM

    def count(self, texture: Texture, add: Add) -> None:
        """Count the pattern of every voxel, unweighted."""
        for t, codes in enumerate(lbp_frames(texture.response)):
            add("", texture.start + t, codes)

    def meaning(self, code: int, tag: str = "") -> str:
        return _meaning(code, "xy")


class LBPTOP(Coding):
    """LBP-TOP codes of the volume H: patterns in the planes xy, xt and yt.

    Keeps the pattern of the response in space and in time. Loses its strength.
    """

    keeps = "pattern of the response in space and time"
    loses = "strength of the response"
    codes = UNIFORM
    tags = PLANES
    whole = True

    def count(self, texture: Texture, add: Add) -> None:
        """Count the three patterns of every voxel, unweighted."""
        for tag, volume in lbp_planes(texture.response):
            for t, codes in enumerate(volume):
                add(tag, texture.start + t, codes)

    def meaning(self, code: int, tag: str = "") -> str:
        return _meaning(code, tag)
