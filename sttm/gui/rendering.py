"""What is done to a frame before it is shown: brightness, contrast, difference to a reference.

All functions take and give RGB (y, x, 3) uint8 and leave their arguments alone.
"""

from __future__ import annotations

import cv2
import numpy as np

MOST_NOISE = 2.0  # grey levels
STYLES = ("signed", "absolute", "overlay")
MIDDLE = (124.0, 124.0, 124.0)
DARKER = ((70.0, 130.0, 235.0), (8.0, 40.0, 150.0))  # blue: less light than in the reference
BRIGHTER = ((250.0, 165.0, 60.0), (255.0, 240.0, 190.0))  # orange: more light
RISING = ((18.0, 20.0, 26.0), (120.0, 50.0, 110.0), (240.0, 140.0, 50.0), (255.0, 250.0, 220.0))


def level_table(brightness: int, contrast: int) -> np.ndarray:
    """Return the new level of each of the 256 grey levels, uint8 (256,).

    Contrast turns levels about their middle, by a factor of 1/4 (-100) to 4 (100); brightness
    then adds up to 128 levels.

    >>> level_table(0, 0)[[0, 100, 255]].tolist(), level_table(100, 0)[[0, 100, 255]].tolist()
    ([0, 100, 255], [128, 228, 255])
    """
    levels = np.arange(256.0)
    moved = (levels - 127.5) * 4.0 ** (contrast / 100) + 127.5 + 1.28 * brightness
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)


def difference(
    frame: np.ndarray,
    reference: np.ndarray,
    factor: float = 4.0,
    style: str = "signed",
    scale: float = 1.0,
) -> np.ndarray:
    """Return what changed since a reference frame, amplified.

    Grey levels are subtracted, and smoothed a little, so that the noise of camera and compression
    does not drown what moved.

    Parameters
    ----------
    frame, reference : ndarray (y, x, 3) uint8
    factor : float
        A change of 128 / ``factor`` levels has the strongest colour.
    style : {"signed", "absolute", "overlay"}
        "signed": blue is darker and orange brighter than before, on mid-grey. "absolute": the
        stronger the change the brighter. "overlay": the colours of "signed" over the frame.
    scale : float
        By how much the pictures were reduced before.
    """
    change = changes(frame, reference, scale) * (factor / 128.0)
    if style == "absolute":
        return cv2.applyColorMap(cv2.convertScaleAbs(change, alpha=255.0), _ABSOLUTE)
    index = np.clip(change * 127.0 + 128.0, 0, 255).astype(np.uint8)
    coloured = cv2.applyColorMap(index, _SIGNED)
    if style == "signed":
        return coloured
    share = np.minimum(np.abs(change) * 1.6, 1.0)
    calm = cv2.LUT(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), _CALM)
    return cv2.blendLinear(coloured, cv2.cvtColor(calm, cv2.COLOR_GRAY2RGB), share, 1.0 - share)


def changes(frame: np.ndarray, reference: np.ndarray, scale: float = 1.0) -> np.ndarray:
    """Return the change of grey levels, smoothed, less its noise: float32 (y, x), -255 to 255.

    Values are brought nearer to 0 by the noise's standard deviation, estimated robustly (1.4826
    times the median of their magnitudes), and by at most ``MOST_NOISE`` levels.
    """
    now, then = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float32) for p in (frame, reference))
    blur = max(0.8, min(frame.shape[:2]) / scale / 240.0) * min(1.0, scale)
    smooth = cv2.GaussianBlur(now - then, (0, 0), max(blur, 0.4))
    noise = min(MOST_NOISE, 1.4826 * float(np.median(np.abs(smooth[::4, ::4]))))
    return smooth - np.clip(smooth, -noise, noise)


def _ramp(stops: tuple[tuple[float, ...], ...], count: int) -> np.ndarray:
    at = np.linspace(0, len(stops) - 1, count)
    columns = np.array(stops).T
    return np.stack([np.interp(at, np.arange(len(stops)), c) for c in columns], axis=1)


def _signed() -> np.ndarray:
    """Return the colours of changes from -1 to 1 (256, 3); 128 is none."""
    darker = _ramp((MIDDLE, *DARKER), 129)[:0:-1]
    return np.concatenate([darker, _ramp((MIDDLE, *BRIGHTER), 128)]).astype(np.uint8)


_SIGNED = _signed()[:, None]  # (256, 1, 3), as OpenCV wants its tables
_ABSOLUTE = _ramp(RISING, 256).astype(np.uint8)[:, None]
_CALM = (0.62 * np.arange(256) + 40.0).astype(np.uint8)
