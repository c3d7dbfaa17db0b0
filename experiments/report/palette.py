"""Colour ramps with even steps of lightness, for paper and for dark screens.

Interpolated in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020), where
equal distances look equal. One hue from the page's ground to its ink: the order survives every
kind of colour blindness and a grey printer.
"""

from __future__ import annotations

import numpy as np

LEVELS = 21  # steps of 5 per cent
LIGHT_ENDS = ("#f5f6f7", "#0b3a6e")
DARK_ENDS = ("#1b2129", "#a8d0fb")
_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(colour: str) -> np.ndarray:
    """Return a "#rrggbb" colour in OKLab, shape (3,)."""
    lms = _RGB_TO_LMS @ _linear(colour)
    return _LMS_TO_LAB @ np.cbrt(lms)


def hex_colour(lab: np.ndarray) -> str:
    """Return an OKLab colour as "#rrggbb", clipped to what a screen can show."""
    lms = np.linalg.solve(_LMS_TO_LAB, lab) ** 3
    rgb = np.clip(np.linalg.solve(_RGB_TO_LMS, lms), 0, 1)
    srgb = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * v):02x}" for v in srgb)


def ramp(start: str, end: str, levels: int = LEVELS) -> list[str]:
    """Return ``levels`` colours from ``start`` to ``end`` in equal steps of OKLab."""
    a, b = oklab(start), oklab(end)
    return [hex_colour(a + (b - a) * s) for s in np.linspace(0, 1, levels)]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2), 1 to 21."""
    y = sorted(float(np.dot([0.2126, 0.7152, 0.0722], _linear(c))) for c in (one, other))
    return (y[1] + 0.05) / (y[0] + 0.05)


def readable_on(ground: str, choices: tuple[str, str] = ("#000000", "#ffffff")) -> str:
    """Return the one of two inks that contrasts more with ``ground``."""
    return max(choices, key=lambda ink: contrast(ink, ground))


def ramp_css() -> str:
    """Return the rules for the classes ``q0`` to ``q20``: ground and ink, light and dark."""
    light = _rules(*LIGHT_ENDS)
    dark = _rules(*DARK_ENDS)
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"


def level(share: float) -> int:
    """Return the step of the ramp for a share of 0 to 1; any share above 0 leaves step 0."""
    if not share > 0:
        return 0
    return max(1, min(LEVELS - 1, round(share * (LEVELS - 1))))


def _rules(start: str, end: str) -> str:
    return "\n".join(
        f".q{i} {{ background-color: {ground}; color: {readable_on(ground)}; }}"
        for i, ground in enumerate(ramp(start, end))
    )


def _linear(colour: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
