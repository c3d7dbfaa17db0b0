"""The form of the face as a height map, and what each action unit does to skin and form.

Action units (AU) are those of the Facial Action Coding System (Ekman and Friesen, 1978). Each has
a displacement of the skin (`push`) and a change of the relief (`folds`): furrows, bulges.
"""

from __future__ import annotations

import numpy as np

from .canvas import Canvas, curve
from .identity import Identity

UNITS = (1, 2, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 23, 25, 26, 43)
INDEX = {unit: i for i, unit in enumerate(UNITS)}

# centre x, y, spread x, y, shift x, y; the right half of the face, mirrored for the left
PUSHES: dict[int, tuple[tuple[float, float, float, float, float, float], ...]] = {
    1: ((0.18, -0.38, 0.20, 0.20, 0.0, -0.115),),
    2: ((0.62, -0.38, 0.22, 0.20, 0.0, -0.110),),
    4: ((0.24, -0.32, 0.22, 0.17, -0.055, 0.085), (0.60, -0.34, 0.20, 0.14, 0.0, 0.045)),
    5: ((0.45, -0.12, 0.20, 0.07, 0.0, -0.020),),
    6: ((0.60, 0.32, 0.26, 0.20, -0.01, -0.075), (0.72, 0.0, 0.12, 0.12, -0.02, 0.012)),
    7: ((0.45, 0.12, 0.22, 0.08, 0.0, -0.025),),
    9: ((0.17, 0.42, 0.15, 0.18, 0.012, -0.080), (0.20, -0.30, 0.20, 0.16, -0.02, 0.055)),
    10: ((0.22, 0.72, 0.20, 0.16, 0.015, -0.065),),
    12: ((0.40, 0.88, 0.20, 0.22, 0.115, -0.115), (0.58, 0.45, 0.24, 0.20, 0.02, -0.065)),
    15: ((0.38, 0.98, 0.17, 0.17, 0.012, 0.085),),
    17: ((0.14, 1.30, 0.24, 0.17, 0.0, -0.080),),
    20: ((0.42, 0.98, 0.22, 0.20, 0.100, 0.020),),
    23: ((0.36, 0.95, 0.17, 0.14, -0.045, 0.0),),
}
JAW_DROP = 0.34


def profile(canvas: Canvas, who: Identity, half_width: np.ndarray) -> np.ndarray:
    """Return the height of the neutral face above its plane, (h, w), in face units.

    Parameters
    ----------
    canvas : Canvas
        Where it is drawn.
    who : Identity
        Whose face.
    half_width : array (h,)
        Half width of the head on each row.
    """
    bump, x, y = canvas.bump, canvas.x, canvas.y
    across = np.clip(np.abs(x) / np.maximum(half_width[:, None], 0.05), 0, 1)
    down = np.clip((y - 0.05) / 1.68, -1, 1)
    z = 0.80 * np.sqrt(1 - 0.93 * across**2.4) * np.sqrt(1 - 0.85 * np.abs(down) ** 2.6)
    ex, my, w = who.eye_x, who.mouth_y, who.nose_w
    z = z + 0.055 * bump(0.36, who.brow_y + 0.02, 0.25, 0.09, both=True)
    z -= 0.105 * bump(ex, 0.0, 0.21, 0.13, both=True)
    z -= 0.070 * bump(0.21, -0.03, 0.06, 0.12, both=True)
    z += 0.045 * bump(ex, 0.0, 0.15, 0.085, both=True)  # the eyeball under the lids
    z -= 0.022 * who.age * bump(ex - 0.02, 0.20, 0.17, 0.035, both=True)
    z += 0.060 * who.cheeks * bump(0.58, 0.36, 0.20, 0.19, both=True)
    z -= 0.030 * bump(0.66, 0.85, 0.16, 0.25, both=True)
    z += 0.065 * bump(0.0, my, 0.34, 0.25)
    z -= 0.035 * bump(0.0, my + 0.235, 0.24, 0.055)
    z += 0.085 * bump(0.0, 1.40 + who.chin, 0.23, 0.13)
    z -= 0.012 * bump(0.0, 0.80, 0.035, 0.07)
    return (z + _nose(canvas, who, w)).astype(np.float32)


def _nose(canvas: Canvas, who: Identity, w: float) -> np.ndarray:
    n, bump, y = who.nose_len, canvas.bump, canvas.y
    along = np.clip((y + 0.22) / (n + 0.22), 0, 1)
    fade = 0.5 - 0.5 * np.tanh((y - n - 0.01) / 0.044)
    ridge = np.exp(-0.5 * (canvas.x / (0.070 + 0.055 * along)) ** 2)
    nose = (0.05 + 0.24 * along**1.3) * ridge * fade * np.clip((y + 0.34) / 0.2, 0, 1)
    nose += 0.085 * who.nose_tip * bump(0.0, n - 0.09, 0.085, 0.075)
    nose += 0.10 * bump(w - 0.02, n - 0.05, 0.055, 0.065, both=True)
    nose -= 0.04 * bump(w + 0.07, n - 0.03, 0.04, 0.09, both=True)
    return nose


def push(unit: int, x: np.ndarray, y: np.ndarray, who: Identity) -> np.ndarray:
    """Return how an action unit at full strength moves the skin at (x, y), (..., 2)."""
    out = np.zeros((*np.shape(x), 2), np.float32)
    for cx, cy, sx, sy, dx, dy in PUSHES.get(unit, ()):
        shift = who.mouth_y - 0.95 if cy > 0.6 else 0.0
        for side in (1, -1):
            near = np.exp(-0.5 * (((x - side * cx) / sx) ** 2 + ((y - cy - shift) / sy) ** 2))
            out += near[..., None] * np.array([side * dx, dy], np.float32)
    if unit == 26:
        for side in (1, -1):  # an open mouth is narrower and its corners hang
            near = np.exp(-(((x - side * 0.36) / 0.2) ** 2) - ((y - who.mouth_y) / 0.2) ** 2)
            out += near[..., None] * np.array([-0.075 * side, 0.115], np.float32)
        start = who.mouth_y + 0.02
        part = np.clip((y - start) / 0.36, 0, 1)
        fall = np.exp(-((np.abs(x) / 0.82) ** 4)) * np.exp(-((np.clip(y - 1.62, 0, 9) / 0.3) ** 2))
        out[..., 1] += JAW_DROP * part * part * (3 - 2 * part) * fall
    return out


def folds(canvas: Canvas, who: Identity) -> dict[int, np.ndarray]:
    """Return the change of relief by action unit, each (h, w) at full strength."""
    bump, stroke = canvas.bump, canvas.stroke
    my, n = who.mouth_y, who.nose_len
    deep = 0.012 + 0.022 * who.age
    frown = stroke(curve(np.array([[0.075, -0.50], [0.062, -0.36], [0.085, -0.22]])), 0.03, 0.018,
                   both=True)  # fmt: skip
    forehead = _forehead(canvas, who)
    smile = nasolabial(canvas, who, 0.028)
    crow = sum(stroke(np.array([[0.73, 0.0], [0.86, d]]), 0.02, 0.012, both=True)
               for d in (-0.09, 0.01, 0.10))  # fmt: skip
    bridge = sum(stroke(curve(np.array([[-0.09, q - 0.02], [0, q], [0.09, q - 0.02]])), 0.02, 0.014)
                 for q in (-0.14, -0.07, 0.0))  # fmt: skip
    pebbles = canvas.noise(np.random.default_rng(who.seed), 0.045) * bump(0, 1.36, 0.15, 0.10)
    down = stroke(np.array([[0.42, my + 0.06], [0.47, my + 0.22]]), 0.03, 0.025, both=True)
    bag = stroke(curve(np.array([[0.27, 0.13], [0.45, 0.19], [0.64, 0.13]])), 0.025, 0.014,
                 both=True)  # fmt: skip
    return {
        1: -0.9 * deep * forehead * bump(0, -0.75, 0.35, 0.3)
        + 0.02 * bump(0.18, -0.5, 0.16, 0.07, both=True),
        2: -0.9 * deep * forehead * bump(0.5, -0.75, 0.3, 0.3, both=True),
        4: -(0.016 + 0.8 * deep) * frown + 0.030 * bump(0.19, -0.32, 0.11, 0.09, both=True)
        + 0.018 * bump(0, -0.36, 0.04, 0.1),
        6: 0.050 * bump(0.60, 0.30, 0.20, 0.11, both=True) - deep * crow - (0.006 + deep) * bag,
        7: -0.7 * deep * bag + 0.012 * bump(who.eye_x, 0.12, 0.16, 0.03, both=True),
        9: -(0.012 + deep) * bridge - 0.6 * (0.02 + deep) * smile
        + 0.035 * bump(0.20, n - 0.16, 0.08, 0.09, both=True),
        10: -0.8 * (0.02 + deep) * smile + 0.03 * bump(0.30, 0.70, 0.12, 0.12, both=True),
        12: -(0.030 + deep) * smile + 0.055 * bump(0.58, 0.45, 0.17, 0.15, both=True),
        15: -(0.018 + deep) * down + 0.015 * bump(0.5, my + 0.1, 0.08, 0.1, both=True),
        17: 0.010 * pebbles + 0.035 * bump(0, 1.33, 0.17, 0.09)
        - 0.030 * stroke(curve(np.array([[-0.2, my + 0.27], [0, my + 0.22], [0.2, my + 0.27]])),
                         0.04, 0.03),
        20: -0.012 * stroke(np.array([[0.52, my - 0.10], [0.54, my + 0.14]]), 0.03, 0.03, both=True)
        - 0.010 * bump(0.3, 1.25, 0.12, 0.12, both=True),
        23: 0.022 * bump(0, my - 0.13, 0.2, 0.04) + 0.022 * bump(0, my + 0.15, 0.2, 0.04),
        26: -0.030 * bump(0.62, my + 0.05, 0.10, 0.30, both=True),
    }  # fmt: skip


def nasolabial(canvas: Canvas, who: Identity, width: float) -> np.ndarray:
    """Return the fold from the wings of the nose to the corners of the mouth, (h, w), 0 to 1."""
    w, n, my, mw = who.nose_w, who.nose_len, who.mouth_y, who.mouth_w
    path = [
        [w + 0.055, n - 0.08],
        [w + 0.13, n + 0.06],
        [mw + 0.08, my - 0.12],
        [mw + 0.12, my + 0.06],
    ]
    return canvas.stroke(curve(np.array(path)), width, 0.02, both=True)


def _forehead(canvas: Canvas, who: Identity) -> np.ndarray:
    out = np.zeros(canvas.shape, np.float32)
    for i, q in enumerate((-0.58, -0.70, -0.82)):
        bend = 0.02 * who.habit[20 + i]
        line = [[-0.55, q + 0.04], [-0.28, q - 0.015 + bend], [0, q + 0.01],
                [0.28, q - 0.015 - bend], [0.55, q + 0.04]]  # fmt: skip
        out += canvas.stroke(curve(np.array(line)), 0.025, 0.014)
    return out
