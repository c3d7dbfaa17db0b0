"""In and out: labels as other programs write and read them. No format knows a study.

Reading order: times (frames and milliseconds), base (formats), matching (clips and labels by
name), own_csv, frame_csv, elan, webvtt, then transfer (between a file and a study).
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "FORMATS": "base",
    "Format": "base",
    "Import": "base",
    "Imported": "transfer",
    "export_opinions": "transfer",
    "format_of": "base",
    "frame_at": "times",
    "import_opinions": "transfer",
    "milliseconds": "times",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'labeling.exchange' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
