"""Descriptors: a clip (t, y, x) becomes named columns. Reading order: base, sttm, then the peers.

``DESCRIPTORS`` is the one list of names; a new member is one file and one line here, and the
contract test of the family then runs for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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
    "pixels": "pixels:Pixels",
    "eigenfaces": "projections:Eigenfaces",
    "fisherfaces": "projections:Fisherfaces",
    "gabor": "gabor:Gabor",
    "geometry": "geometry:Geometry",
}


def descriptor_class(name: str) -> type[Descriptor]:
    """Return the class behind a descriptor's name, or refuse it with a "did you mean"."""
    if name not in DESCRIPTORS:
        raise InputError(unknown_name("descriptor", name, DESCRIPTORS))
    module, _, attribute = DESCRIPTORS[name].partition(":")
    return getattr(import_module(f".{module}", __name__), attribute)


def descriptor_name(descriptor: Descriptor) -> str:
    """Return the name under which a descriptor's class is listed."""
    kind = type(descriptor)
    for name, where in DESCRIPTORS.items():
        module, _, attribute = where.partition(":")
        if kind.__name__ == attribute and kind.__module__ == f"{__name__}.{module}":
            return name
    raise InputError(f"{kind.__name__} is not one of the descriptors: {', '.join(DESCRIPTORS)}.")


def spec_of(descriptor: Descriptor, versions: bool = False) -> Any:
    """Return a descriptor as plain values, for provenance and store keys.

    Returns
    -------
    dict or list
        ``{"name", "params"}``, with ``"version"`` on request; a list of ``{"as", ...}`` for a
        concatenation, in which a member that is one itself is ``{"as", "members"}``.
    """
    from .concatenation import Concatenation

    if isinstance(descriptor, Concatenation):
        specs = [(name, spec_of(member, versions)) for name, member in descriptor.members]
        return [
            {"as": name, **({"members": spec} if isinstance(spec, list) else spec)}
            for name, spec in specs
        ]
    spec = {"name": descriptor_name(descriptor), "params": descriptor.get_params(deep=False)}
    return {**spec, "version": type(descriptor).version} if versions else spec


def measuring_of(descriptor: Descriptor) -> dict[str, Any]:
    """Return what shapes the measures of a descriptor that is no concatenation, as plain values.

    Options that only ``encode`` looks at are not among them.
    """
    return {
        "name": descriptor_name(descriptor),
        "measuring": descriptor.measuring(),
        "version": type(descriptor).version,
    }


def build(spec: Any) -> Descriptor:
    """Return the descriptor that ``spec_of`` described."""
    if isinstance(spec, list):
        from .concatenation import Concatenation

        return Concatenation([(part.get("as") or part["name"], build(part)) for part in spec])
    if "members" in spec:
        return build(spec["members"])
    kind = descriptor_class(spec["name"])
    params = spec.get("params", {})
    known = kind().get_params()
    for name in params:
        if name not in known:
            raise InputError(unknown_name(f"option of {spec['name']}", name, known))
    return kind(**params)


__all__ = [
    "DESCRIPTORS",
    "Descriptor",
    "build",
    "descriptor_class",
    "descriptor_name",
    "measuring_of",
    "spec_of",
]
