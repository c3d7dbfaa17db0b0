"""Finders: a grey picture ``(y, x) uint8`` becomes boxes with scores, best first.

Every finder has ``find(grey, smallest, largest)``; ``IMAGE_FINDERS`` is the list of names. Boxes
given in a table are the third kind of finder (see ``boxes``): they look at no picture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from ..errors import InputError
from .settings import CASCADES, FaceSettings

HAAR_WINDOW = 24  # the frontal face cascades know no smaller face


@dataclass(frozen=True, slots=True)
class Found:
    """A face in one picture: box (x, y, w, h) in pixels, score, eyes (2, 2) or None.

    ``carried`` means that the eyes were seen and took an earlier box with them.
    """

    box: np.ndarray
    score: float
    eyes: np.ndarray | None = None
    carried: bool = False

    def moved(self, scale: float, x: float, y: float) -> Found:
        """Return the same face in a picture enlarged by ``scale`` and then moved by (x, y)."""
        box = self.box * scale + np.array([x, y, 0.0, 0.0])
        eyes = self.eyes
        if eyes is not None:
            eyes = (eyes + 0.5) * scale - 0.5 + np.array([x, y])
        return Found(box, self.score, eyes)


class Finder(Protocol):
    """What finds faces in a picture."""

    def find(self, grey: np.ndarray, smallest: float, largest: float) -> list[Found]:
        """Return the faces of ``smallest`` to ``largest`` pixels in ``grey`` (y, x), best first."""


_loaded = threading.local()


def cascade(file: str) -> cv2.CascadeClassifier:
    """Return a cascade of OpenCV's own by file name, loaded once per thread.

    A cascade can be neither pickled nor used by two threads at once.
    """
    known: dict[str, cv2.CascadeClassifier] = _loaded.__dict__
    if file not in known:
        path = Path(cv2.data.haarcascades) / file  # type: ignore[attr-defined]
        known[file] = cv2.CascadeClassifier(str(path))
        if known[file].empty():
            del known[file]
            raise InputError(f"OpenCV lacks its cascade {file} in {path.parent}; install it again.")
    return known[file]


def hits(
    file: str, grey: np.ndarray, neighbours: int, smallest: float, largest: float, step: float = 1.1
) -> tuple[np.ndarray, np.ndarray]:
    """Return a cascade's boxes (n, 4) float in ``grey`` and how many overlapping hits each has.

    With ``neighbours`` 0 every single hit is a box of its own.
    """
    low, high = max(1, round(smallest)), max(1, round(largest))
    boxes, counts = cascade(file).detectMultiScale2(
        np.ascontiguousarray(grey), step, neighbours, 0, (low, low), (high, high)
    )
    found = np.array(boxes, dtype=float).reshape(-1, 4)
    order = np.lexsort(found.T)  # OpenCV's own threads deliver in any order
    return found[order], np.array(counts, dtype=float).ravel()[order]


class ViolaJones:
    """Frontal faces by a cascade of Haar features (Viola, Jones, IJCV 57, 2004).

    doi:10.1023/B:VISI.0000013087.49260.fb. The score is the number of overlapping hits.
    """

    def __init__(self, settings: FaceSettings) -> None:
        self.file = CASCADES[settings.cascade]
        self.neighbours = settings.neighbours

    def find(self, grey: np.ndarray, smallest: float, largest: float) -> list[Found]:
        """Return the faces in ``grey`` (y, x), most hits first."""
        smallest = max(smallest, HAAR_WINDOW)
        if min(grey.shape) < HAAR_WINDOW or largest < smallest:
            return []
        step = 1.2 if largest < 2.5 * smallest else 1.1  # few sizes: the nearest ones will do
        boxes, counts = hits(self.file, grey, self.neighbours, smallest, largest, step)
        return _best_first([Found(b, float(n)) for b, n in zip(boxes, counts, strict=True)])


class YuNet:
    """Faces and their eyes by a YuNet network (Wu, Peng, Yu, Machine Intelligence Research 2023).

    doi:10.1007/s11633-023-1423-y. The user names the ONNX file; none is shipped.
    """

    def __init__(self, settings: FaceSettings) -> None:
        if not Path(settings.model).is_file():
            raise InputError(
                "finder 'yunet' needs its ONNX file as 'model'; "
                f"there is none at {settings.model!r}."
            )
        try:
            self.network = cv2.FaceDetectorYN.create(
                settings.model, "", (320, 320), settings.confidence
            )
        except cv2.error as error:
            raise InputError(
                f"{settings.model!r} cannot be read as a YuNet network; name its ONNX file."
            ) from error

    def find(self, grey: np.ndarray, smallest: float, largest: float) -> list[Found]:
        """Return the faces in ``grey`` (y, x), highest score first."""
        if min(grey.shape) < 8:
            return []
        self.network.setInputSize((grey.shape[1], grey.shape[0]))
        rows = self.network.detect(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR))[1]
        found = []
        for row in np.zeros((0, 15)) if rows is None else np.asarray(rows, dtype=np.float64):
            if smallest <= max(row[2:4]) <= largest:
                eyes = row[4:8].reshape(2, 2)
                found.append(Found(row[:4].copy(), float(row[-1]), eyes[np.argsort(eyes[:, 0])]))
        return _best_first(found)


def _best_first(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda f: (-f.score, -f.box[2] * f.box[3], *f.box))


IMAGE_FINDERS: dict[str, Callable[[FaceSettings], Finder]] = {
    "viola-jones": ViolaJones,
    "yunet": YuNet,
}
