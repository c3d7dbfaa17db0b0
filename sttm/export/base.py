"""What every format is: a frozen dataclass whose fields are its options.

A member says in ``limits`` what it cannot hold, refuses in ``check`` what it cannot write, and
writes one file in ``write``. A new member is one file and one line in ``registry.FORMATS``; the
contract test of the family then runs for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from ..errors import InputError
from .sheet import Sheet


@dataclass(frozen=True)
class Written:
    """What a format had to do to make a sheet fit; it all goes into the sidecar.

    Attributes
    ----------
    names : dict
        Column name in the file -> real name, for the columns whose name had to change.
    codes : dict
        Column -> {number in the file: text}, where text was written as numbers.
    texts : dict
        Column -> {text in the file: real text}, where values had to change.
    notes : tuple of str
        Sentences for the user.
    """

    names: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[int, str]] = field(default_factory=dict)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Format:
    """Base of all formats. The dataclass fields of a member are its options."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[str] = ""
    # whether the file itself holds the clip names and the column names; the sidecar has them if not
    holds_clips: ClassVar[bool] = True
    holds_names: ClassVar[bool] = True

    def check(self, sheet: Sheet) -> None:
        """Refuse, before anything is written, what this format cannot hold at all."""

    def write(self, sheet: Sheet, path: Path, provenance: dict[str, Any]) -> Written:
        """Write ``sheet`` to the file ``path``; ``provenance`` is plain JSON data."""
        raise TypeError(f"{type(self).__name__} does not say how it writes")

    def reading(self, file: str) -> dict[str, str]:
        """Return program -> one line that reads ``file`` (its name, already in quotes)."""
        return {}


def need(module: str, what: str) -> Any:
    """Return an imported optional library, or say in one sentence how to get it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise InputError(
            f"{what} needs the library {module}, which is not installed: pip install {module}."
        ) from error
