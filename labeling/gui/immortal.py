"""Keeps Python 3.11 alive under PySide6 6.12.0, which gives None, True and False away too often.

There, ``QPainter.setPen`` and most others return these without counting them, until the
interpreter ends with "deallocating None". From Python 3.12 on they are not counted (PEP 683);
PySide6 6.11 counts rightly. A window that paints for an hour needs some ten million references,
so each of them gets 2**40.
"""

from __future__ import annotations

import ctypes
import sys

SINGLE = (None, True, False, NotImplemented, ...)
PLENTY = 1 << 40
NEAR = 1000  # by how much the number in memory may differ from the one that Python tells


def hold_singletons() -> int:
    """Give None, True and False references to spare; return how many of them needed some.

    >>> _ = hold_singletons()
    >>> hold_singletons()
    0
    """
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return 0
    return sum(_hold(thing) for thing in SINGLE)


def _hold(thing: object) -> bool:
    if sys.getrefcount(thing) >= PLENTY // 2:
        return False
    count = ctypes.c_ssize_t.from_address(id(thing))
    if abs(count.value - sys.getrefcount(thing)) > NEAR:
        return False  # a debugging build keeps its counts elsewhere
    count.value += PLENTY
    return True
