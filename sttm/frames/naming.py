"""Which files count, and in which order: img1, img2, img10."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

HIDDEN_NAMES = frozenset({"thumbs.db", "desktop.ini"})


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sorting key that reads runs of digits as numbers, letters without their case.

    >>> sorted(["img10.png", "img2.png", "Img1.png"], key=natural_key)
    ['Img1.png', 'img2.png', 'img10.png']
    """
    parts = re.split(r"([0-9]+)", name)
    key = [(1, int(p), "") if i % 2 else (0, 0, p.casefold()) for i, p in enumerate(parts)]
    return (*key, (2, 0, name))


def natural(paths: Iterable[Path]) -> list[Path]:
    """Return ``paths`` of one folder in natural order of their names."""
    return sorted(paths, key=lambda p: natural_key(p.name))


def is_hidden(path: Path) -> bool:
    """Return whether a file is no one's picture: ``.DS_Store``, ``._img1.png``, ``Thumbs.db``."""
    return path.name.startswith(".") or path.name.lower() in HIDDEN_NAMES
