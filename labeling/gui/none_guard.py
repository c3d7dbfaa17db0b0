"""Keeps Python 3.11 alive under PySide6 6.12.0, which gives None away too often.

There, ``QPainter.setPen`` and others return None without counting it, until the interpreter ends
with "deallocating None". From Python 3.12 on None is not counted (PEP 683); PySide6 6.11 counts
rightly. A window that paints for an hour needs some ten million references, so None gets 2**40.
"""

from __future__ import annotations

import ctypes
import sys

PLENTY = 1 << 40
NEAR = 1000  # by how much the number in memory may differ from the one that Python tells


def hold_none() -> bool:
    """Give None so many references that none are missed; return whether that was needed.

    >>> _ = hold_none()
    >>> hold_none()
    False
    """
    if sys.version_info >= (3, 12) or sys.implementation.name != "cpython":
        return False
    if sys.getrefcount(None) >= PLENTY // 2:
        return False
    count = ctypes.c_ssize_t.from_address(id(None))
    if abs(count.value - sys.getrefcount(None)) > NEAR:
        return False  # a debugging build keeps its counts elsewhere
    count.value += PLENTY
    return True
