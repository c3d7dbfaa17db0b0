"""One image file as a native frame, whatever its format, depth, palette or rotation.

16 bits keep their upper 8; transparency is dropped; palettes, CMYK and rotation by EXIF are
resolved. OpenCV reads, Pillow helps out with what it cannot read (PCX, TGA, float TIFF).
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import cv2
import numpy as np

from .quiet import quiet

IMAGE_SUFFIXES = frozenset(
    {".bmp", ".dib", ".gif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg", ".pbm", ".pcx", ".pgm"}
    | {".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"}
)
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8"


def read_image(path: Path) -> np.ndarray | None:
    """Return an image as uint8 grey (y, x) or BGR (y, x, 3), or None where it cannot be decoded.

    The file is read by Python and decoded from memory, so any path that Python opens will do.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return decode_image(data) if is_complete(data) else None


def decode_image(data: bytes) -> np.ndarray | None:
    """Return the encoded image ``data`` as uint8 grey (y, x) or BGR (y, x, 3), or None."""
    if not data:
        return None
    try:
        with quiet():
            picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYCOLOR)
    except cv2.error:
        picture = None
    return picture if picture is not None and picture.size else _decode_by_pillow(data)


def is_complete(data: bytes) -> bool:
    """Return False for image files that are visibly cut or damaged, without decoding them.

    PNG: every chunk's checksum, up to IEND. JPEG: an end marker after the last scan. Others: any
    byte at all.
    """
    if data.startswith(PNG):
        return _png_complete(data)
    if data.startswith(JPEG):
        return data.rfind(b"\xff\xd9") > data.rfind(b"\xff\xda") > 0
    return bool(data)


def _png_complete(data: bytes) -> bool:
    at = len(PNG)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        stored = int.from_bytes(data[end : end + 4], "big")
        if end + 4 > len(data) or zlib.crc32(memoryview(data)[at + 4 : end]) != stored:
            return False
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at = end + 4
    return False


def sound_png(data: bytes) -> tuple[int, int] | None:
    """Return the height and width of a PNG file whose checksums all hold, or None.

    None too where EXIF may turn the picture.
    """
    if not data.startswith(PNG) or data[12:16] != b"IHDR" or b"eXIf" in data:
        return None
    if not _png_complete(data):
        return None
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    return height, width


def _decode_by_pillow(data: bytes) -> np.ndarray | None:
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(data)) as file:
            image = ImageOps.exif_transpose(file)
            if image.mode == "F" or image.mode.startswith("I"):
                return _wide_to_bytes(np.asarray(image))
            grey = image.mode in ("1", "L")
            pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except Exception:  # Pillow raises whatever its format readers come upon in broken files
        return None
    return pixels.copy() if grey else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)


def _wide_to_bytes(pixels: np.ndarray) -> np.ndarray | None:
    """Return wide integers as their upper 8 bits of 16, floats as grey levels 0 to 255."""
    if not np.isfinite(pixels).all() or pixels.min() < 0:
        return None
    if np.issubdtype(pixels.dtype, np.integer):
        return (np.minimum(pixels, 65535) >> 8).astype(np.uint8)
    return np.rint(pixels).astype(np.uint8) if pixels.max() <= 255 else None
