"""Descriptors: a clip (t, y, x) becomes named columns. Reading order: base, sttm, then the peers.

``DESCRIPTORS`` is the one list of names; a new member is one file and one line here, and the
contract test of the family then runs for it.
"""

from __future__ import annotations

from importlib import import_module

from ..errors import InputError, unknown_name
from .base import Descriptor

DESCRIPTORS = {
    "sttm": "sttm:STTM",
    "lbp-top": "lbp_top:LBPTOP",
    "vlbp": "vlbp:VLBP",
    "hog-top": "hog_top:HOGTOP",
    "hog3d": "hog3d:HOG3D",
    "static-lbp": "still:StaticLBP",
    "static-hog": "still:StaticHOG",
}


def descriptor_class(name: str) -> type[Descriptor]:
    """Return the class behind a descriptor's name, or refuse it with a "did you mean"."""
    if name not in DESCRIPTORS:
        raise InputError(unknown_name("descriptor", name, DESCRIPTORS))
    module, _, attribute = DESCRIPTORS[name].partition(":")
    return getattr(import_module(f".{module}", __name__), attribute)


__all__ = ["DESCRIPTORS", "Descriptor", "descriptor_class"]
