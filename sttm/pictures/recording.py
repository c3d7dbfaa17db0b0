"""Frames into a video file that opens everywhere, with what OpenCV's wheel brings along.

H.264 in MP4 where OpenCV can write it (macOS; some systems), else MPEG-4 Part 2 in MP4, else Motion
JPEG in AVI, which needs no codec at all. A file counts only when, read back, it has every frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..atomic import replacing
from ..errors import InputError
from ..frames.quiet import quiet_ffmpeg

CODECS = {"avc1": ".mp4", "mp4v": ".mp4", "MJPG": ".avi"}
NAMES = {"avc1": "H.264", "mp4v": "MPEG-4 Part 2", "MJPG": "Motion JPEG"}
ALIKE = 16.0  # grey levels: mean difference of the first frame, above which an encoder is broken
CLOSE = 0.01  # share by which the frame rate in the file may differ


@dataclass(frozen=True, slots=True)
class Recorded:
    """A video file that was written: where, with which codec, how many frames."""

    path: Path
    codec: str
    frames: int


def record(frames: Callable[[], Iterator[np.ndarray]], stem: Path, fps: float) -> Recorded:
    """Write a video; the file is there in full or not at all.

    Parameters
    ----------
    frames : callable
        Returns a new iterator over the frames (y, x, 3) uint8 RGB, of one even size; called
        again when a codec fails.
    stem : Path
        The file without its suffix, which the codec decides.
    fps : float
        Frames per second.

    Raises
    ------
    InputError
        When no codec gives a whole file.
    """
    for codec, suffix in CODECS.items():
        path = stem.with_name(stem.name + suffix)
        try:
            with replacing(path) as part:
                count = _write(frames(), part, codec, fps)
            return Recorded(path, codec, count)
        except _Unfit:
            continue
    raise InputError(
        f"the overlay video {stem} could not be written in full by any codec; free some space, or "
        "leave the video out."
    )


class _Unfit(Exception):
    """A codec that is missing, or that did not give the whole video back."""


def _write(frames: Iterator[np.ndarray], path: Path, codec: str, fps: float) -> int:
    first = next(frames)
    api = cv2.CAP_OPENCV_MJPEG if codec == "MJPG" else cv2.CAP_FFMPEG
    fourcc = cv2.VideoWriter.fourcc(*codec)
    size = (first.shape[1], first.shape[0])
    with quiet_ffmpeg():
        video = cv2.VideoWriter(str(path.absolute()), api, fourcc, fps, size)
        if not video.isOpened():
            raise _Unfit
        count = 1
        try:
            video.write(cv2.cvtColor(first, cv2.COLOR_RGB2BGR))
            for frame in frames:
                video.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
                count += 1
        finally:
            video.release()
        if not _whole(path, first, count, fps):
            raise _Unfit
    return count


def _whole(path: Path, first: np.ndarray, count: int, fps: float) -> bool:
    """Return whether a file has all its frames, its rate, and a first frame like the one given."""
    video = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        there, picture = video.read()
        if not there or picture.shape != first.shape:
            return False
        apart = cv2.absdiff(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), first).mean()
        found = 1
        while video.grab():
            found += 1
        rate = video.get(cv2.CAP_PROP_FPS)
        return found == count and apart < ALIKE and abs(rate - fps) <= CLOSE * fps
    finally:
        video.release()
