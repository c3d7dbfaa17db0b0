"""Landmarks: 68 points of a face, given, found, or learned to be found.

Reading order: scheme (which points), points (files, errors), shape (similarities, what is
plausible), base (what a back end is), given, cascades (classical), cells, descent, regressor
(trainable), saved (its file), mesh (MediaPipe), seeing (checks of a crop), measures (named ones).

``LANDMARKS`` is the one list of back ends. Importing this package loads no OpenCV.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import InputError, unknown_name

if TYPE_CHECKING:
    from .base import Landmarks

LANDMARKS = {
    "given": "given:Given",
    "cascades": "cascades:Cascades",
    "regressor": "regressor:ShapeRegressor",
    "mediapipe": "mesh:MediaPipe",
}


def landmarks_class(name: str) -> type[Landmarks]:
    """Return the class behind a back end's name, or refuse it with a "did you mean"."""
    if name not in LANDMARKS:
        raise InputError(unknown_name("landmarks", name, LANDMARKS))
    module, _, attribute = LANDMARKS[name].partition(":")
    return getattr(import_module(f".{module}", __name__), attribute)


__all__ = ["LANDMARKS", "landmarks_class"]
