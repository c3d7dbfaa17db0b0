"""The colour of the skin without any light on it: tone, redness, pores, freckles, beard."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas, over
from .hair import brow_mask
from .identity import Identity


def skin_colour(canvas: Canvas, who: Identity, rng: np.random.Generator) -> np.ndarray:
    """Return the albedo of the face, (h, w, 3) float32, RGB from 0 to 255."""
    bump = canvas.bump
    tone = np.broadcast_to(who.skin.astype(np.float32), (*canvas.shape, 3))
    mottle = 0.018 * canvas.noise(rng, 0.20) + 0.014 * canvas.noise(rng, 0.06)
    pores = 0.016 * canvas.noise(rng, 0.017)
    colour = tone * (1 + mottle + pores)[..., None]
    red = 0.9 * bump(0.56, 0.45, 0.22, 0.17, both=True) + 0.8 * bump(
        0, who.nose_len - 0.1, 0.14, 0.12
    )
    red += 0.35 * bump(0, 1.4, 0.25, 0.15) + 0.25 * canvas.noise(rng, 0.1) * bump(0, 0.5, 0.6, 0.4)
    colour = over(colour, who.skin * (0.98, 0.80, 0.77), np.clip(0.5 * who.ruddy * red, 0, 0.8))
    shadow = 0.55 * bump(who.eye_x, 0.02, 0.20, 0.10, both=True)
    shadow += 0.40 * bump(0.22, 0.04, 0.06, 0.10, both=True)
    shadow += (0.2 + 0.35 * who.age) * bump(who.eye_x - 0.06, 0.15, 0.15, 0.045, both=True)
    colour = over(colour, who.skin * (0.76, 0.65, 0.63), np.clip(0.6 * shadow, 0, 1))
    colour = _marks(canvas, who, rng, colour)
    colour = _nostrils(canvas, who, colour)
    brows = brow_mask(canvas, who, rng)
    return over(colour, who.hair * 0.75, brows).astype(np.float32)


def _marks(
    canvas: Canvas, who: Identity, rng: np.random.Generator, colour: np.ndarray
) -> np.ndarray:
    spots = canvas.noise(rng, 0.022) - 1.25
    where = canvas.bump(0, 0.34, 0.48, 0.19)
    freckles = np.clip(spots, 0, 1) * where * who.freckles
    colour = over(colour, who.skin * (0.66, 0.50, 0.40), np.clip(1.6 * freckles, 0, 0.8))
    if rng.random() < 0.5:
        mole = canvas.bump(rng.uniform(-0.7, 0.7), rng.uniform(0.3, 1.3), 0.018, 0.018)
        colour = over(colour, who.skin * 0.38, 0.8 * mole)
    if not who.beard:
        return colour
    x, y, my = np.abs(canvas.x), canvas.y, who.mouth_y
    jaw = 0.5 + 0.5 * np.tanh((y - 0.62 - 0.42 * np.clip(0.75 - x, 0, 1) ** 0.8) / 0.10)
    moustache = canvas.bump(0, my - 0.17, 0.24, 0.055)
    clear = canvas.bump(0.30, 0.72, 0.13, 0.12, both=True) * 0.5 + canvas.bump(0, my, 0.3, 0.07)
    grain = 0.75 + 0.35 * canvas.noise(rng, 0.014)
    amount = np.clip((jaw + moustache) * (1 - np.clip(clear, 0, 1)), 0, 1) * grain * who.beard
    return over(colour, 0.8 * who.hair + 0.12 * who.skin, np.clip(0.72 * amount, 0, 0.92))


def _nostrils(canvas: Canvas, who: Identity, colour: np.ndarray) -> np.ndarray:
    holes = canvas.bump(who.nose_w * 0.52, who.nose_len + 0.005, 0.040, 0.020, both=True)
    under = canvas.bump(0, who.nose_len + 0.05, who.nose_w * 0.85, 0.045)
    colour = over(colour, who.skin * (0.62, 0.50, 0.47), np.clip(0.55 * under, 0, 1))
    return over(colour, who.skin * (0.26, 0.16, 0.14), np.clip(1.15 * holes, 0, 0.95))
