"""Functions for worker processes: importable, because other processes must find them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from classifiers import make_classifier
from sttm.descriptors.base import Descriptor, Place


def square_or_die(number: int, fatal: tuple[int, ...], folder: str = "") -> int:
    """Return the square; the process of a fatal number ends at once. Leaves a trace per call."""
    if folder:
        Path(folder, f"{number}-{os.getpid()}").touch()
    if number in fatal:
        os._exit(3)
    return number * number


def slowly_square_or_die(number: int, fatal: tuple[int, ...], folder: str) -> int:
    """As ``square_or_die``, but what is not fatal takes its time, so a death is noticed first."""
    if number not in fatal:
        time.sleep(0.1)
    return square_or_die(number, fatal, folder)


def threads_here() -> tuple[int, int]:
    """Return how many threads OpenCV and the linear algebra use."""
    import cv2
    import numpy as np
    from threadpoolctl import threadpool_info

    np.linalg.inv(np.eye(3))
    return cv2.getNumThreads(), max((p["num_threads"] for p in threadpool_info()), default=1)


def slow_square(number: int) -> int:
    """Return the square after a moment."""
    time.sleep(0.05)
    return number * number


def kind_of(array: np.ndarray, number: int) -> tuple[int, str]:
    """Return the number and what an array has become on its way to this process."""
    return number, type(array).__name__


def refuse(number: int) -> int:
    """Raise for 3."""
    if number == 3:
        raise ValueError("three")
    return number


class SuicidalDescriptor(Descriptor):
    """Three numbers of a clip; ends the process where the first grey level is 66."""

    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return three grey levels."""
        if volume[0, 0, 0] == 66:
            os._exit(3)
        return volume[0, 0, :3].astype(np.float32)

    def places(self) -> list[Place]:
        """Return three places."""
        whole = (0.0, 1.0)
        return [Place(f"p{i}", "p", i, whole, whole, whole, "a grey level") for i in range(3)]


def svm(**params: object) -> object:
    """Return a support vector machine whose factory worker processes can find."""
    return make_classifier("svm", seed=0, **params)
