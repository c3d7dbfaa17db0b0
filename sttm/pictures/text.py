"""Letters in pictures: matplotlib's own DejaVu Sans, whatever fonts the machine has."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
ELLIPSIS = "…"


def plain(text: str) -> str:
    """Return ``text`` on one line: no control characters, no halves of characters.

    >>> plain("a\\tb\\udcff")
    'a b?'
    """
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in whole)


@lru_cache(maxsize=64)
def font(size: int, bold: bool = False, text: str = "") -> ImageFont.FreeTypeFont:
    """Return a font of ``size`` pixels that has the letters of ``text``, where any font has."""
    path = _dejavu(bold)
    missing = frozenset(ord(c) for c in text if not c.isspace()) - _letters(path)
    path = _other(missing, path) if missing else path
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _dejavu(bold: bool) -> str:
    import matplotlib

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name)


@lru_cache(maxsize=4)
def _letters(path: str) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(FT2Font(path).get_charmap())
    except (RuntimeError, OSError):  # an installed font that FreeType cannot read
        return frozenset()


@lru_cache(maxsize=64)
def _other(missing: frozenset[int], default: str) -> str:
    """Return the first installed font that has the letters; else ``default``, with boxes."""
    from matplotlib.font_manager import fontManager

    latin = frozenset(range(0x30, 0x7B))
    for path in sorted({entry.fname for entry in fontManager.ttflist}):
        if "lastresort" in path.lower():  # shows every letter as the kind of letter it is
            continue
        if missing <= _letters(path) and len(latin & _letters(path)) > 60:
            return path
    return default


def wide(text: str, face: ImageFont.FreeTypeFont) -> int:
    """Return how many pixels wide ``text`` is."""
    return round(face.getlength(text))


def fitting(text: str, face: ImageFont.FreeTypeFont, most: int) -> str:
    """Return ``text``, its middle left out where it is wider than ``most`` pixels."""
    if wide(text, face) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        keep = (low + high + 1) // 2
        low, high = (keep, high) if wide(_cut(text, keep), face) <= most else (low, keep - 1)
    return _cut(text, low)


def _cut(text: str, keep: int) -> str:
    tail = keep // 2
    return text[: keep - tail] + ELLIPSIS + (text[-tail:] if tail else "")


def wrapped(text: str, face: ImageFont.FreeTypeFont, most: int) -> list[str]:
    """Return ``text`` in lines of at most ``most`` pixels, broken between words."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and wide(longer, face) <= most:
            lines[-1] = longer
        else:
            lines.append(fitting(word, face, most))
    return lines


class Page:
    """A picture to write and paste on; positions are pixels from the top left corner."""

    def __init__(self, height: int, width: int, ground: Colour) -> None:
        self.picture = Image.new("RGB", (width, height), ground)
        self.draw = ImageDraw.Draw(self.picture)

    def write(
        self, x: float, y: float, text: str, face: ImageFont.FreeTypeFont, ink: Colour, at: str
    ) -> None:
        """Write one line; ``at`` is Pillow's anchor, "la" for the left end of the top."""
        self.draw.text((x, y), text, font=face, fill=ink, anchor=at)

    def paste(self, x: int, y: int, image: np.ndarray) -> None:
        """Put an image (y, x, 3) down."""
        self.picture.paste(Image.fromarray(np.ascontiguousarray(image)), (x, y))

    def array(self) -> np.ndarray:
        """Return the page, (y, x, 3) uint8 RGB."""
        return np.array(self.picture)
