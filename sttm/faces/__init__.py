"""Faces: a clip of frames becomes an aligned, grey crop volume (t, y, x).

Reading order: settings (what can be chosen), crop (``crop_faces``, the whole way), then its parts:
finders and boxes (where a face is), search (how little of a clip is searched), follow (one face
over time), eyes (where its eyes are), geometry (source pixel -> crop pixel), light (grey levels).

Importing this package loads no OpenCV; that happens when the first face is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .settings import FaceSettings

if TYPE_CHECKING:
    from .boxes import boxes_from, boxes_of, read_boxes
    from .crop import FaceClip, crop_faces

_WHERE = {
    "FaceClip": "crop",
    "boxes_from": "boxes",
    "boxes_of": "boxes",
    "crop_faces": "crop",
    "read_boxes": "boxes",
}

__all__ = ["FaceClip", "FaceSettings", "boxes_from", "boxes_of", "crop_faces", "read_boxes"]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f".{_WHERE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
