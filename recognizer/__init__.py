"""recognizer: a trained model on images and video. Reading order: bundle (the model file).

>>> from recognizer import load_bundle, save_bundle
"""

from importlib import import_module
from typing import Any

_WHERE = {"Bundle": "bundle", "load_bundle": "bundle", "save_bundle": "bundle"}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'recognizer' has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
