"""Live sources: a camera, or a clip that plays as if it were one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from sttm.errors import InputError
from sttm.frames import open_frames
from sttm.frames.quiet import quiet

from .settings import USUAL_FPS

TRIES = 20  # reads that may fail one after the other before a camera counts as gone
PAUSE = 0.05  # seconds between them


class LiveSource(Protocol):
    """What delivers a picture when it is asked."""

    name: str

    def read(self) -> np.ndarray | None:
        """Return the next picture, native uint8; None at the end of a source that has one."""

    def close(self) -> None:
        """Free the device."""


class Camera:
    """A camera of this machine.

    Parameters
    ----------
    number : int
        0 is the first.

    Raises
    ------
    InputError
        When there is no such camera, or it delivers nothing.
    """

    def __init__(self, number: int = 0) -> None:
        self.name = f"camera {number}"
        with quiet():
            self._device: Any = cv2.VideoCapture(number)
            if not self._device.isOpened():
                self._device.release()
                raise InputError(
                    f"camera {number} cannot be opened; is it plugged in, used by another program, "
                    "or not permitted?"
                )
            self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # old frames are of no use

    def read(self) -> np.ndarray:
        """Return the next picture, BGR (y, x, 3).

        Raises
        ------
        InputError
            When the camera was unplugged or delivers nothing.
        """
        for _ in range(TRIES):
            with quiet():
                there, picture = self._device.read()
            if there and picture is not None and picture.size:
                return picture
            if not self._device.isOpened():
                break
            time.sleep(PAUSE)
        raise InputError(f"{self.name} delivers no picture; is it still plugged in?")

    def close(self) -> None:
        """Free the camera at once."""
        self._device.release()


class SimulatedCamera:
    """A clip that plays as a camera does: pictures come at its rate, whether one looks or not.

    Parameters
    ----------
    source : path
        A video or a folder of frames.
    fps : float, optional
        Pictures per second; the clip's own unless told. 0 delivers as fast as it is asked.
    loop : bool
        Begin again at the end; otherwise ``read`` then gives None.
    """

    def __init__(self, source: str | Path, fps: float | None = None, loop: bool = False) -> None:
        self.name = f"simulated camera ({Path(source).name})"
        self._frames = open_frames(source)
        rate = (self._frames.fps or USUAL_FPS) if fps is None else fps
        self._gap = 1 / rate if rate else 0.0
        self._loop = loop
        self._passing = self._frames.iter_raw()
        self._due: float | None = None

    def read(self) -> np.ndarray | None:
        """Return the next picture when its time has come, None at the end."""
        picture = next(self._passing, None)
        if picture is None and self._loop:
            self._passing = self._frames.iter_raw()
            picture = next(self._passing, None)
        now = time.monotonic()
        self._due = now if self._due is None else self._due + self._gap
        if self._due > now:
            time.sleep(self._due - now)
        return picture

    def close(self) -> None:
        """Close the clip."""
        self._frames.close()
