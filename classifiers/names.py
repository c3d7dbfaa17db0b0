"""One sentence for an unknown name, with the nearest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """Return a sentence that refuses ``name`` and offers the nearest known one.

    >>> unknown("kernel", "intersecton", ["linear", "intersection"])
    "unknown kernel 'intersecton': did you mean 'intersection'? Known: intersection, linear."
    """
    names = sorted(known)
    folded = {k.casefold(): k for k in names}
    near = difflib.get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.5)
    hint = f"did you mean {folded[near[0]]!r}? " if near else ""
    return f"unknown {kind} {str(name)!r}: {hint}Known: {', '.join(names) or 'none'}."
