"""Pictures of what a descriptor sees: one clip as a strip (PNG) and as an overlay video.

Reading order: show (``show_clip``, the whole way), maps (the texture map and its strongest
blocks), strip (the still picture), blocks (what blocks add to a decision), overlay (the frames of
the video), timeline (what runs below them), recording (frames into a file that opens everywhere),
words (what the pictures say), text (fonts), colours.

Importing this package loads no OpenCV; that happens when the first picture is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .blocks import draw_blocks
    from .maps import Block, strongest_blocks
    from .overlay import overlay_frames
    from .show import Shown, show_clip
    from .strip import strip_image

_WHERE = {
    "Block": "maps",
    "Shown": "show",
    "draw_blocks": "blocks",
    "overlay_frames": "overlay",
    "show_clip": "show",
    "strip_image": "strip",
    "strongest_blocks": "maps",
}

__all__ = [
    "Block",
    "Shown",
    "draw_blocks",
    "overlay_frames",
    "show_clip",
    "strip_image",
    "strongest_blocks",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(import_module(f".{_WHERE[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
