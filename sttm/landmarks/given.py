"""Points that come with a data set: a clip's own, through its crop, at the length of its frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InputError
from ..temporal import TimeSettings, apply_time
from .base import Landmarks
from .points import point_files, read_points


class Given(Landmarks):
    """The back end ``given``: it finds nothing, since its points come with the clip."""

    def find(self, grey: np.ndarray, eyes: np.ndarray | None = None) -> np.ndarray | None:
        """Refuse to find: the points must be given.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError(
            "landmarks 'given' come with a clip (column 'landmarks' of a clips table) and are not "
            "found in pictures; name their place, or take another back end for this clip."
        )


def clip_points(
    place: Path, transforms: np.ndarray, time: TimeSettings, first: int | None = None
) -> np.ndarray:
    """Return the points of a clip in crop pixels, brought to length, (t, 68, 2).

    Parameters
    ----------
    place : Path
        A folder with one file of points per frame, or one file for a clip of one frame.
    transforms : ndarray (frames, 2, 3)
        Source pixel -> crop pixel, of all frames of the clip.
    time : TimeSettings
    first : int, optional
        Frame of the source that the clip begins with.

    Raises
    ------
    InputError
        When there are not as many files as frames, or one of them is no file of points.
    """
    files, begin, frames = point_files(place), first or 0, len(transforms)
    if len(files) == 1 and frames == 1:
        begin = 0  # one file for one picture, wherever it lies in its source
    chosen = files[begin : begin + frames]
    if len(chosen) < frames:
        raise InputError(
            f"a clip needs one file of points per frame; frames {begin} to {begin + frames - 1} "
            f"are used and {place} has {len(files)}."
        )
    points = np.stack([read_points(path) for path in chosen])  # (frames, 68, 2), source pixels
    in_crop = np.einsum("tij,tpj->tpi", transforms[:, :, :2], points) + transforms[:, None, :, 2]
    return apply_time(in_crop, time)
