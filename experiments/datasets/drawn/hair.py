"""Hair: the mass by style, its strands, and the brows, painted on the canvas."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Canvas, curve, mirrored
from .identity import Identity


def hair_colour(canvas: Canvas, who: Identity, rng: np.random.Generator) -> np.ndarray:
    """Return the colour of hair everywhere, (h, w, 3): strands, a sheen, darker underneath."""
    x, y = canvas.x, canvas.y
    part = {"parted": 0.38, "short": 0.15}.get(who.style, 0.0)
    if who.style in ("curly", "buzz"):
        grain = 0.055 if who.style == "curly" else 0.015
        strands = canvas.noise(rng, grain) + 0.6 * canvas.noise(rng, grain / 2)
    else:
        flow = (x - part) / np.sqrt(np.clip(y + 1.85, 0.02, None))  # strands fall from the crown
        flow = flow + 0.012 * canvas.noise(rng, 0.35)
        strands = (
            _streaks(flow, rng, 240) + 0.8 * _streaks(flow, rng, 90) + 0.6 * _streaks(flow, rng, 30)
        )
    sheen = np.exp(-0.5 * ((y + 1.22 - 0.35 * x**2) / 0.16) ** 2) * (who.style != "buzz")
    light = 0.92 + 0.16 * strands + 0.35 * sheen * (1 + 0.35 * strands)
    light *= 1 - 0.35 * np.clip(y / 2.2, 0, 1)
    shine = 16.0 * sheen * np.clip(1 + 0.5 * strands, 0, 2)
    return who.hair.astype(np.float32) * np.clip(light, 0.25, 2)[..., None] + shine[..., None]


def _streaks(place: np.ndarray, rng: np.random.Generator, number: int) -> np.ndarray:
    values = rng.standard_normal(number + 1).astype(np.float32)
    at = np.clip((place + 1.8) / 3.6, 0, 0.9999) * number
    low = at.astype(np.int32)
    part = at - low
    return (1 - part) * values[low] + part * values[low + 1]


def hair_mask(
    canvas: Canvas, who: Identity, outline: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return where hair covers the head, (h, w), 0 to 1; ``outline`` is the head's (n, 2)."""
    wide, line, style = who.width, -0.98 + who.hairline, who.style
    volume = {"buzz": 0.015, "receding": 0.03, "back": 0.05, "curly": 0.20}.get(style, 0.11)
    hull = outline * (1 + volume * 0.85, 1 + volume * 0.95)
    outer = canvas.shape_mask(hull[hull[:, 1] < 0.25], 0.008)
    if style == "curly":
        lumps = canvas.noise(rng, 0.12)
        edge = canvas.blur(outer, 0.07) + 0.10 * lumps
        outer = np.clip((edge - 0.45) / 0.12, 0, 1)
    if style in ("long", "fringe"):
        side = [(0, -1.66), (0.6, -1.57), (1.02, -1.15), (1.16, -0.4), (1.17, 0.5), (1.26, 1.4),
                (1.30, 2.1), (0.95, 2.65), (0, 2.66)]  # fmt: skip
        outer = canvas.shape_mask(curve(mirrored(side) * (wide, 1), closed=True), 0.012)
    face = canvas.shape_mask(_face_window(who, line, wide), 0.012)
    ragged = canvas.noise(rng, 0.03) * 0.25 + _streaks(canvas.x, rng, 110) * 0.3
    border = np.clip((face - 0.5) * 1.6 + 0.5 + ragged * 4 * face * (1 - face), 0, 1)
    mask = outer * (1 - border)
    if style == "buzz":
        mask *= 0.80 + 0.08 * canvas.noise(rng, 0.015)
    return np.clip(mask, 0, 1).astype(np.float32)


def _face_window(who: Identity, line: float, wide: float) -> np.ndarray:
    """Return the outline of the skin that the hair leaves free, (n, 2)."""
    ear = 0.94 * wide
    tops = {
        "parted": [(-0.80, -0.62), (-0.35, line + 0.16), (0.20, line - 0.06), (0.44, line - 0.10),
                   (0.80, -0.66)],
        "fringe": [(-0.84, -0.50), (-0.45, -0.56), (0.0, -0.60), (0.45, -0.56), (0.84, -0.50)],
        "long": [(-0.86, -0.40), (-0.52, line + 0.20), (-0.02, line - 0.22), (0.50, line + 0.16),
                 (0.86, -0.40)],
        "receding": [(-0.84, -0.60), (-0.66, line - 0.20), (-0.30, line - 0.18), (0.0, line - 0.02),
                     (0.30, line - 0.18), (0.66, line - 0.20), (0.84, -0.60)],
    }  # fmt: skip
    usual = [(-0.86, -0.55), (-0.66, line + 0.10), (-0.30, line - 0.01), (0.0, line - 0.02),
             (0.30, line - 0.01), (0.66, line + 0.10), (0.86, -0.55)]  # fmt: skip
    top = [(a * wide, b) for a, b in tops.get(who.style, usual)]
    if who.style in ("long", "fringe"):
        jaw = [
            (0.88 * wide, 0.3),
            (0.84 * wide, 0.9),
            (0.74 * wide, 1.5),
            (0.66, 2.1),
            (0.72, 2.66),
        ]
        left = [(-a, b) for a, b in reversed(jaw)]
        return np.vstack([curve(np.array([*left, *top, *jaw]))])
    side = [(ear, -0.20), (ear + 0.01, 0.12), (1.6, 0.2), (1.6, 2.66)]
    left = [(-a, b) for a, b in reversed(side)]
    return np.vstack([left[:2], curve(np.array([*left[2:], *top, *side[:2]])), side[2:]])


def brow_mask(canvas: Canvas, who: Identity, rng: np.random.Generator) -> np.ndarray:
    """Return both brows as a mask (h, w), 0 to 1, made of many short hairs."""
    scale = 2
    fine = Canvas(canvas.scale * scale)
    mask = np.zeros(fine.shape, np.uint8)
    for side in (1, -1):
        place = rng.uniform(0, 1, 300)
        spread = rng.normal(0, 0.42, 300)
        root = brow_point(who, place, spread, side)
        lean = np.stack([side * (0.015 + 0.045 * place), -0.055 + 0.075 * place], axis=1)
        tip = root + lean * rng.uniform(0.7, 1.3, (300, 1))
        ends = np.round(fine.pixels(np.stack([root, tip], axis=1).reshape(-1, 2)) * 16)
        cv2.polylines(mask, list(ends.astype(np.int32).reshape(-1, 2, 1, 2)), False, 255, 1,
                      cv2.LINE_AA, 4)  # fmt: skip
    h, w = canvas.shape
    hairs = cv2.resize(mask.astype(np.float32) / 255, (w, h), interpolation=cv2.INTER_AREA)
    return np.clip(1.5 * canvas.blur(hairs, 0.008), 0, 1) * who.brow_dark


def brow_point(who: Identity, place: np.ndarray, spread: np.ndarray, side: int) -> np.ndarray:
    """Return where a brow's hairs grow, (n, 2): ``place`` 0 to 1 outwards, ``spread`` across."""
    x = side * (who.eye_x - 0.27 + 0.55 * place)
    arch = -who.brow_arch * np.sin(np.pi * np.clip(place * 0.85, 0, 1)) + 0.05 * place**3
    thick = who.brow_thick * (1 - 0.75 * place**2.5) * np.clip(0.4 + place * 6, 0, 1)
    return np.stack([x, who.brow_y + 0.02 + arch + spread * thick], axis=1)
