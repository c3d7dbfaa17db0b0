"""The built-in data: drawn (synthetic) faces that show expressions, made from one seed.

Read in this order: ``settings`` (what can be chosen), ``identity`` (who), ``expression`` (what the
face does, in action units), ``canvas`` (brushes), ``relief``, ``skin``, ``hair``, ``head`` (the
painted head), ``eyes``, ``mouth``, ``glasses`` (parts drawn anew in every frame), ``points`` (the
landmarks), ``scene`` (the room and the body), ``shot`` (one frame), ``sequence`` (a clip),
``files`` (clips on disk), ``stills`` (single pictures in the format of FER2013).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .settings import DYNAMICS, EXPRESSIONS, LABELS, DrawnSettings

if TYPE_CHECKING:
    from .files import write_clips
    from .sequence import DrawnClip, clip_name, draw_clip

_LATE = {
    "DrawnClip": "sequence",
    "clip_name": "sequence",
    "draw_clip": "sequence",
    "write_clips": "files",
}


def __getattr__(name: str) -> Any:
    """Import what needs OpenCV only when it is asked for."""
    if name in _LATE:
        from importlib import import_module

        return getattr(import_module(f".{_LATE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "DYNAMICS",
    "EXPRESSIONS",
    "LABELS",
    "DrawnClip",
    "DrawnSettings",
    "clip_name",
    "draw_clip",
    "write_clips",
]
