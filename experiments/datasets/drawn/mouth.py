"""The mouth: lips, teeth, tongue and the dark inside, drawn anew in every frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .identity import Identity
from .relief import INDEX, JAW_DROP


@dataclass(frozen=True)
class Lips:
    """Edges of the lips at each pixel's x, all as y in face units; ``s`` is -1 to 1 across."""

    s: np.ndarray
    outer_up: np.ndarray
    inner_up: np.ndarray
    inner_low: np.ndarray
    outer_low: np.ndarray
    gap: float


def paint_mouth(
    picture: np.ndarray,
    q: np.ndarray,
    pixel: float,
    who: Identity,
    corners: np.ndarray,
    middle: np.ndarray,
    units: np.ndarray,
    light: float,
) -> None:
    """Draw the mouth into ``picture`` in place.

    Parameters
    ----------
    picture : array (h, w, 3) float32
        The surroundings of the mouth, skin already there; changed.
    q : array (h, w, 2)
        Face coordinates of its pixels.
    pixel : float
        Size of a pixel in face units.
    who : Identity
        Whose mouth.
    corners : array (2, 2)
        The picture's left and right corner in face coordinates.
    middle : array (2,)
        Middle of the line between the lips while they touch.
    units : array (units,)
        Strength of the action units.
    light : float
        Brightness of the light here, about 1.
    """
    lips = lip_edges(q, who, corners, middle, units)
    y = q[..., 1]
    sides = np.clip((1 - np.abs(lips.s)) / 0.06, 0, 1)
    _corner_shade(picture, q, corners)
    _lip(picture, y, lips.outer_up, lips.inner_up, sides, pixel, who, light, upper=True)
    _lip(picture, y, lips.outer_low, lips.inner_low, sides, pixel, who, light, upper=False)
    _inside(picture, q, lips, sides, pixel, light, float(units[INDEX[20]]), float(units[INDEX[26]]))
    line = 0.5 * (lips.inner_up + lips.inner_low)
    closed = np.exp(-0.5 * ((y - line) / max(0.012, 0.75 * pixel)) ** 2) * sides
    fade = np.clip(1 - (lips.inner_low - lips.inner_up) / 0.03, 0, 1)
    picture *= (1 - 0.68 * closed * fade)[..., None]


def lip_edges(
    q: np.ndarray, who: Identity, corners: np.ndarray, middle: np.ndarray, units: np.ndarray
) -> Lips:
    """Return the four edges of the lips for pixels at face coordinates ``q`` (h, w, 2)."""
    a9, a10, a12, a17, a20, a23, a25, a26 = (
        units[INDEX[k]] for k in (9, 10, 12, 17, 20, 23, 25, 26)
    )
    half = 0.5 * (corners[1, 0] - corners[0, 0])
    s = (q[..., 0] - 0.5 * (corners[0, 0] + corners[1, 0])) / half
    c = np.clip(np.abs(s), 0, 1)
    corner = corners[0, 1] + (corners[1, 1] - corners[0, 1]) * 0.5 * (s + 1)
    centre = middle[1] - 0.035 * a17 + 0.022 * a12
    line = centre + (corner - centre) * c**1.8 + 0.010 * np.exp(-0.5 * (s / 0.18) ** 2)
    open_up = 0.028 * a25 + 0.055 * a10 * min(1.0, 2.5 * a25) + 0.02 * a12 * a25
    open_low = 0.050 * a25 + JAW_DROP * a26 + 0.02 * a20 * a25
    bow = np.clip(1 - (s / 0.96) ** 2, 0, None).astype(np.float32)
    inner_up = line - open_up * bow**0.6
    inner_low = line + open_low * bow**0.75
    thin = 1 - 0.55 * a23 - 0.30 * a12 - 0.20 * a20
    up = who.lip_up * (thin - 0.15 * a9 - 0.15 * a10)
    low = who.lip_low * (thin + 0.18 * a17 - 0.15 * a26)
    cupid = (
        1 + 0.24 * np.exp(-0.5 * ((c - 0.22) / 0.14) ** 2) - 0.10 * np.exp(-0.5 * (c / 0.07) ** 2)
    )
    outer_up = inner_up - up * cupid * np.clip(1 - c**1.7, 0, None)
    outer_low = inner_low + low * np.clip(1 - c**2.2, 0, None) ** 0.85
    return Lips(s, outer_up, inner_up, inner_low, outer_low, float(open_up + open_low))


def lip_colour(who: Identity) -> np.ndarray:
    """Return the RGB of the lips, between the skin's and a red."""
    plain = who.skin * (0.90, 0.70, 0.67)
    red = who.skin * (0.84, 0.44, 0.46) + (8, 0, 0)
    return plain + (red - plain) * who.lip_red


def _lip(
    picture: np.ndarray,
    y: np.ndarray,
    outer: np.ndarray,
    inner: np.ndarray,
    sides: np.ndarray,
    pixel: float,
    who: Identity,
    light: float,
    *,
    upper: bool,
) -> None:
    soft = 1.6 * pixel
    place = (y - outer) / np.where(np.abs(inner - outer) < 1e-4, 1e-4, inner - outer)
    way = 1.0 if upper else -1.0
    mask = np.clip(way * (y - outer) / soft + 0.5, 0, 1) * np.clip(
        way * (inner - y) / pixel + 0.5, 0, 1
    )
    p = np.clip(place, 0, 1)  # 0 at the outer edge, 1 where the lips meet
    if upper:
        tone = 0.90 - 0.16 * p + 0.10 * np.exp(-0.5 * (p / 0.15) ** 2)
        gloss = 0.0 * p
    else:
        tone = 0.84 + 0.24 * np.exp(-0.5 * ((p - 0.50) / 0.26) ** 2) - 0.10 * p
        gloss = 20.0 * np.exp(-0.5 * ((p - 0.52) / 0.14) ** 2)
    colour = (
        lip_colour(who).astype(np.float32) * (tone * light)[..., None] + (gloss * light)[..., None]
    )
    picture += (colour - picture) * (0.92 * mask * sides)[..., None]


def _corner_shade(picture: np.ndarray, q: np.ndarray, corners: np.ndarray) -> None:
    for corner in corners:
        d = (q - corner) / np.array([0.045, 0.038], np.float32)
        picture *= (1 - 0.38 * np.exp(-0.5 * (d * d).sum(axis=-1)))[..., None]


def _inside(
    picture: np.ndarray,
    q: np.ndarray,
    lips: Lips,
    sides: np.ndarray,
    pixel: float,
    light: float,
    stretch: float,
    drop: float,
) -> None:
    if lips.gap < 0.004:
        return
    x, y = q[..., 0], q[..., 1]
    mask = np.clip((y - lips.inner_up) / pixel + 0.5, 0, 1) * np.clip(
        (lips.inner_low - y) / pixel + 0.5, 0, 1
    )
    dark = np.array([58, 22, 22], np.float32) * np.ones_like(q[..., :1])
    tongue = np.clip((y - lips.inner_low + 0.075 * np.clip(lips.gap / 0.25, 0, 1)) / 0.05, 0, 1)
    dark = (
        dark
        + (np.array([150, 74, 72], np.float32) - dark)
        * (0.8 * tongue * (1 - lips.s**2).clip(0))[..., None]
    )
    ivory = np.array([226, 217, 200], np.float32) * (1 - 0.55 * lips.s**2).clip(0.1)[..., None]
    ivory = ivory * (1 - 0.10 * (np.cos(x * (2 * np.pi / 0.085)) > 0.93))[..., None]
    length = 0.088 * (1 - 0.5 * drop) * np.clip(1 - 0.5 * lips.s**2, 0, 1)
    teeth = np.clip((lips.inner_up + length - y) / pixel + 0.5, 0, 1)
    lower = np.clip((y - lips.inner_low + 0.045 * stretch) / pixel, 0, 1) * min(1.0, 2 * stretch)
    teeth = np.maximum(teeth, lower)
    colour = dark + (ivory - dark) * teeth[..., None]
    shade = 1 - 0.45 * np.exp(-np.clip(y - lips.inner_up, 0, None) / 0.02)
    colour = colour * (shade * light)[..., None]
    picture += (colour - picture) * (mask * sides)[..., None]
