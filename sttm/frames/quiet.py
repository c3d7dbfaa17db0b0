"""Keep the decoders from writing to the terminal; our own sentences say what went wrong.

OpenCV has a log level of its own, which is lowered for the length of a call. FFmpeg inside OpenCV
reads its level once per process, from an environment variable, when the first video is opened; so
the variable is there for that moment only, and never when the user has set it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

FFMPEG_LEVEL = "OPENCV_FFMPEG_LOGLEVEL"
FFMPEG_DEBUG = "OPENCV_FFMPEG_DEBUG"
AV_LOG_QUIET = "-8"


_lock = threading.Lock()
_quiet: list[int] = []  # the level to go back to, once per call that is under way


@contextmanager
def quiet() -> Iterator[None]:
    """Silence OpenCV's log while a call runs, in all threads; its errors are still raised."""
    with _lock:
        before = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        _quiet.append(_quiet[0] if _quiet else before)
    try:
        yield
    finally:
        with _lock:
            level = _quiet.pop()
            if not _quiet:
                cv2.utils.logging.setLogLevel(level)


@contextmanager
def quiet_ffmpeg() -> Iterator[None]:
    """Silence OpenCV's log, and FFmpeg's if it has not been used yet in this process."""
    ours = FFMPEG_LEVEL not in os.environ and FFMPEG_DEBUG not in os.environ
    if ours:
        os.environ[FFMPEG_LEVEL] = AV_LOG_QUIET
    try:
        with quiet():
            yield
    finally:
        if ours:
            os.environ.pop(FFMPEG_LEVEL, None)
