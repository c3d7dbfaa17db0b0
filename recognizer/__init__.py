"""recognizer: a trained model on images, video and cameras.

Reading order: bundle (the model file), settings (windows), analysis (what goes in and comes out),
ring, identities and engine (the work on a stream), whole (a clip at once), inputs and camera
(where frames come from), tables and writing (answers on the disk), annotate (answers drawn),
recognising (many files), live (a camera).

>>> from recognizer import Engine, Settings, load_bundle, recognise
"""

from importlib import import_module
from typing import Any

_WHERE = {
    "Analysis": "analysis",
    "Bundle": "bundle",
    "Camera": "camera",
    "Engine": "engine",
    "Live": "live",
    "Settings": "settings",
    "Shot": "analysis",
    "SimulatedCamera": "camera",
    "find_inputs": "inputs",
    "load_bundle": "bundle",
    "recognise": "recognising",
    "save_bundle": "bundle",
    "shots": "inputs",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'recognizer' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
