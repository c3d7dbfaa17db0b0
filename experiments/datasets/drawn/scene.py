"""What stands still behind the head: a blurred room, neck and shoulders."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import Canvas, curve, mirrored, over
from .identity import LONG_STYLES, Identity


def paint_scene(canvas: Canvas, who: Identity) -> np.ndarray:
    """Return the picture without the head, (h, w, 3) float32, under an even light."""
    rng = np.random.default_rng(who.seed + 1)
    return _body(canvas, who, _room(canvas, who, rng), rng).astype(np.float32)


def _room(canvas: Canvas, who: Identity, rng: np.random.Generator) -> np.ndarray:
    h, w = canvas.shape
    room = np.ones((h, w, 3), np.float32) * who.wall.astype(np.float32)
    for _ in range(rng.integers(3, 7)):
        x, y = rng.uniform(-0.2, 1.0) * w, rng.uniform(-0.2, 0.8) * h
        wide, high = rng.uniform(0.10, 0.45) * w, rng.uniform(0.15, 0.7) * h
        tint = who.wall * rng.uniform(0.55, 1.25) * rng.uniform(0.9, 1.1, 3)
        corner = (int(x), int(y)), (int(x + wide), int(y + high))
        cv2.rectangle(room, *corner, [float(c) for c in tint], -1)
    room = canvas.blur(room, rng.uniform(0.12, 0.22))
    far = np.hypot(canvas.x / 2.4, (canvas.y - 0.2) / 2.6)
    side = 1 + 0.10 * rng.choice([-1, 1]) * canvas.x / 2
    return room * ((1.05 - 0.28 * far**2) * side)[..., None]


def _body(canvas: Canvas, who: Identity, room: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x, y, wide = canvas.x, canvas.y, who.width
    if who.style in LONG_STYLES:
        behind = canvas.shape_mask(np.array([[-0.95, 0], [0.95, 0], [1.1, 2.6], [-1.1, 2.6]]), 0.02)
        room = over(room, who.hair * 0.38, behind)
    thick = (0.58 + 0.8 * max(who.jaw, -0.03)) * wide
    neck = mirrored(
        [
            (thick, 0.9),
            (thick, 1.6),
            (thick + 0.03, 1.85),
            (thick + 0.2, 2.06),
            (1.2, 2.3),
            (1.2, 2.7),
        ]
    )
    mask = canvas.shape_mask(neck, 0.012)
    round_ = np.sqrt(np.clip(1 - (x / (thick + 0.25)) ** 2, 0.05, 1))
    tone = (0.50 + 0.42 * round_) * (1 - 0.42 * np.exp(-np.clip(y - 1.52, 0, None) / 0.20))
    cords = canvas.stroke(
        curve(np.array([[0.40, 1.75], [0.26, 2.05], [0.10, 2.30]])), 0.05, 0.03, both=True
    )
    tone = tone * (1 - 0.10 * cords) - 0.10 * canvas.bump(0, 2.28, 0.06, 0.06)
    skin = who.skin * np.stack([tone, tone**1.12, tone**1.18], axis=-1)
    picture = room + (skin - room) * mask[..., None]
    return _clothes(canvas, who, picture, rng)


def _clothes(
    canvas: Canvas, who: Identity, picture: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    deep = (2.28, 2.12, 2.62)[who.collar]
    hole = 0.62 if who.collar != 1 else 0.56
    top = [(0, deep), (0.30, deep - 0.09 if who.collar != 2 else 2.36), (hole, 1.98), (1.0, 2.10),
           (1.62, 2.30), (2.1, 2.62), (2.3, 3.0)]  # fmt: skip
    edge = curve(np.array(top))
    shape = np.vstack([edge, [[0, 3.2]], (edge * (-1, 1))[::-1]])
    mask = canvas.shape_mask(shape, 0.008)
    weave = 1 + 0.035 * canvas.noise(rng, 0.02) + 0.05 * canvas.noise(rng, 0.22)
    slope = 1.08 - 0.30 * np.abs(canvas.x) / 2.2 - 0.20 * np.clip(canvas.y - 2.2, 0, 1)
    hem = canvas.stroke(np.vstack([edge[::-1] * (-1, 1), edge]), 0.05, 0.01)
    cloth = who.cloth * (weave * slope * (1 - 0.22 * hem))[..., None]
    shadow = canvas.blur(mask, 0.04) * (1 - mask)
    picture = picture * (1 - 0.45 * shadow)[..., None]
    return picture + (cloth - picture) * mask[..., None]
