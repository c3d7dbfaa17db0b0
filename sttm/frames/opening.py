"""``open_frames``: the one way in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import UnreadableClip
from .arrays import ArrayFrames
from .base import Frames
from .folder import FolderFrames
from .images import IMAGE_SUFFIXES
from .video import VideoFrames

ANIMATED = frozenset({".gif"})  # read as video: one file, many frames


def open_frames(
    source: Any,
    *,
    first: int | None = None,
    last: int | None = None,
    colour: bool = False,
    fps: float | None = None,
) -> Frames:
    """Open a clip as a sequence of frames, whatever it is stored in.

    Parameters
    ----------
    source : path or array
        A video file, a folder of images, one image, a ``.npy`` file, or an array (t, y, x) or
        RGB (t, y, x, 3).
    first, last : int, optional
        Frame numbers of the source from 0, both included. Frame 0 of the result is ``first``.
    colour : bool
        RGB frames (y, x, 3) instead of grey (y, x); uint8 in either case.
    fps : float, optional
        Frames per second; goes before what a container says.

    Returns
    -------
    Frames
        A context manager and a sequence.

    Raises
    ------
    UnreadableClip
        When there is no such source, or it yields no frame.
    InputError
        When ``first`` or ``last`` lies beyond the end, or an array is no clip.

    Examples
    --------
    >>> import numpy as np
    >>> with open_frames(np.zeros((4, 3, 2), np.uint8), first=1) as frames:
    ...     len(frames), frames.size, frames[0].shape
    (3, (3, 2), (3, 2))
    """
    member = _member(source)
    return member(source, first=first, last=last, colour=colour, fps=fps)


def _member(source: Any) -> type[VideoFrames] | type[FolderFrames] | type[ArrayFrames]:
    if not isinstance(source, str | Path):
        return ArrayFrames
    path = Path(source)
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:
        raise UnreadableClip(f"a clip must be a readable path; {path} is not: {error}.") from error
    if not exists:
        raise UnreadableClip(f"a clip must be a file or a folder; {path} does not exist.")
    suffix = path.suffix.lower()
    if is_folder or (suffix in IMAGE_SUFFIXES and suffix not in ANIMATED):
        return FolderFrames
    return ArrayFrames if suffix == ".npy" else VideoFrames
