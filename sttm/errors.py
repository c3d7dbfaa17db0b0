"""Errors that are one sentence for the user: what must hold, what came, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ToolkitError(Exception):
    """Something that the user can mend; the command line prints its sentence and no traceback."""


class InputError(ToolkitError, ValueError):
    """An input (a file, a folder, a table, a setting) is not what it must be."""


class UnreadableClip(InputError):
    """A video or a folder of images yields no frame."""


class NoFace(InputError):
    """No face was found anywhere in a clip."""


class ClipTooShort(InputError):
    """A clip has fewer frames than a dynamic descriptor can use."""


def nearest(name: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is most like ``name``, whatever its case, or None.

    >>> nearest("CK+", ["ck+48", "ck+"]), nearest("sweep", ["seed"], 0.8)
    ('ck+', None)
    """
    folded = {str(k).casefold(): str(k) for k in known}
    near = difflib.get_close_matches(str(name).casefold(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Return a sentence that refuses ``name`` and offers the nearest known ones.

    >>> unknown_name("coding", "orientd", ["oriented", "response"])
    "unknown coding 'orientd': did you mean 'oriented'? Known: oriented, response."
    """
    names = sorted(str(k) for k in known)
    near = nearest(name, names)
    hint = f"did you mean {near!r}? " if near is not None else ""
    listed = ", ".join(names) if names else "none"
    return f"unknown {kind} {str(name)!r}: {hint}Known: {listed}."
