"""Codings of the texture map. Reading order: base, levels, levelled, oriented, binary.

``CODINGS`` is the one list of names; a new coding is one class and one line here, and the tests of
the family then run for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import InputError, unknown_name
from .base import Coding
from .binary import LBP, LBPTOP
from .levelled import Response, Root, Signed, Temporal
from .oriented import Oriented


@dataclass(frozen=True)
class CodingOptions:
    """The options that codings draw on; each takes what it needs."""

    bins: int = 16
    azimuths: int = 8
    elevations: Sequence[float] = (-0.4, 0.4)


CODINGS: dict[str, Callable[[CodingOptions], Coding]] = {
    "response": lambda o: Response(o.bins),
    "root": lambda o: Root(o.bins),
    "signed": lambda o: Signed(o.bins),
    "oriented": lambda o: Oriented(o.azimuths, o.elevations),
    "lbp": lambda o: LBP(),
    "lbp-top": lambda o: LBPTOP(),
    "temporal": lambda o: Temporal(o.bins),
}


def make_coding(name: str, options: CodingOptions | None = None) -> Coding:
    """Return the coding called ``name``, or refuse it with a "did you mean"."""
    if name not in CODINGS:
        raise InputError(unknown_name("coding", name, CODINGS))
    return CODINGS[name](options or CodingOptions())


__all__ = ["CODINGS", "Coding", "CodingOptions", "make_coding"]
