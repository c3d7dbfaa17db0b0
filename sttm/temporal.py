"""Time: how many frames of a crop volume are looked at, and which.

``none`` keeps every frame; ``resample`` brings every clip to the same number of frames by linear
interpolation between neighbouring frames, the first and the last frame staying what they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .errors import InputError, unknown_name

MODES = ("none", "resample")
MOST = 10_000  # frames; a slip of the pen must not fill the memory


@dataclass(frozen=True)
class TimeSettings:
    """How a clip is brought to its number of frames.

    Parameters
    ----------
    mode : {"resample", "none"}
        ``none`` keeps the frames as they are.
    frames : int
        Length after resampling, 2 to 10,000.
    """

    mode: str = "resample"
    frames: int = 20

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InputError(unknown_name("time mode", self.mode, MODES))
        whole = isinstance(self.frames, int) and not isinstance(self.frames, bool)
        if not whole or not 2 <= self.frames <= MOST:
            raise InputError(
                f"frames must be a whole number from 2 to {MOST}, not {self.frames!r}."
            )


def positions(length: int, frames: int) -> np.ndarray:
    """Return where ``frames`` evenly spaced samples fall on ``length`` frames, (frames,) float.

    >>> positions(5, 3).tolist()
    [0.0, 2.0, 4.0]
    """
    return np.linspace(0.0, length - 1.0, frames)


def needed(length: int, settings: TimeSettings) -> np.ndarray:
    """Return the numbers of the frames, of ``length``, that ``settings`` look at; rising.

    >>> needed(9, TimeSettings(frames=3)).tolist(), needed(8, TimeSettings(frames=3)).tolist()
    ([0, 4, 8], [0, 3, 4, 7])
    """
    if settings.mode == "none" or length <= settings.frames:
        return np.arange(length)
    at = positions(length, settings.frames)
    return np.unique(np.concatenate([np.floor(at), np.ceil(at)]).astype(int))


def resample(
    volume: np.ndarray,
    frames: int,
    numbers: np.ndarray | None = None,
    length: int | None = None,
) -> np.ndarray:
    """Return ``volume`` (t, y, x) with ``frames`` frames, linearly interpolated along t.

    Where the volume holds only some frames of a clip of ``length``, ``numbers`` says which; those
    that are ``needed`` must be among them.

    The kind of number is kept: ``uint8`` is rounded. No low-pass filter is applied first, as in
    the field's practice, so a clip that is shortened a lot keeps its frame-to-frame noise.

    >>> resample(np.array([0, 10], np.uint8).reshape(2, 1, 1), 3).ravel().tolist()
    [0, 5, 10]
    """
    if frames < 1:
        raise InputError(f"a clip cannot be resampled to {frames} frames.")
    length = len(volume) if length is None else length
    if frames == length:
        return volume
    at = positions(length, frames)
    low, high = np.floor(at).astype(int), np.ceil(at).astype(int)
    share = (at - low).astype(np.float32)
    if numbers is not None:
        low, high = np.searchsorted(numbers, low), np.searchsorted(numbers, high)
    if volume.dtype == np.uint8:
        return _mixed_bytes(volume, low, high, share)
    mixed = volume[low] * (1 - share[:, None, None]) + volume[high] * share[:, None, None]
    if np.issubdtype(volume.dtype, np.integer):
        return np.rint(mixed).astype(volume.dtype)
    return mixed.astype(volume.dtype, copy=False)


def _mixed_bytes(
    volume: np.ndarray, low: np.ndarray, high: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Return the same as in numbers with a fraction, rounded, at a tenth of the cost."""
    out = np.empty((len(low), *volume.shape[1:]), np.uint8)
    for frame, a, b, part in zip(out, low, high, share.tolist(), strict=True):
        if part == 0:
            frame[:] = volume[a]
        else:
            cv2.addWeighted(volume[a], 1 - part, volume[b], part, 0, dst=frame)
    return out


def apply_time(
    volume: np.ndarray,
    settings: TimeSettings,
    numbers: np.ndarray | None = None,
    length: int | None = None,
) -> np.ndarray:
    """Return ``volume`` (t, y, x) as ``settings`` ask; a single frame is left alone.

    ``numbers`` and ``length`` as in ``resample``.
    """
    if settings.mode == "none" or (len(volume) if length is None else length) == 1:
        return volume
    return resample(volume, settings.frames, numbers, length)
