"""One subject's head as a painted sheet: albedo, relief, hair; and the same sheet under a light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import Canvas, curve, mirrored, over
from .hair import hair_colour, hair_mask
from .identity import Identity
from .relief import UNITS, folds, nasolabial, profile, push
from .skin import skin_colour

FACE = (-1.06, -1.10, 1.06, 1.98)  # the window whose shading changes with the expression
MAP_STEP = 1 / 16  # face units between samples of the displacement maps
MODES = (*UNITS, "yaw", "pitch")


@dataclass(frozen=True)
class Light:
    """Where the light comes from (unit vector, y down, z towards the viewer) and how much."""

    direction: np.ndarray
    ambient: float
    tint: np.ndarray


@dataclass(frozen=True)
class Head:
    """All that is painted once for a subject.

    ``albedo``, ``hair`` (h, w, 3); ``face``, ``covered`` (h, w) masks; ``slope`` (2, h, w) of the
    relief; ``hollow`` (h, w) its ambient occlusion; ``fold_slopes`` (units, 2, h, w) and
    ``fold_hollows`` (units, h, w) inside the face window, at full strength; ``shifts``
    (modes, gh, gw, 2) displacement maps in face units.
    """

    canvas: Canvas
    who: Identity
    albedo: np.ndarray
    face: np.ndarray
    hair: np.ndarray
    covered: np.ndarray
    slope: np.ndarray
    hollow: np.ndarray
    oily: np.ndarray
    window: tuple[slice, slice]
    fold_slopes: np.ndarray
    fold_hollows: np.ndarray
    shifts: np.ndarray


def outline(who: Identity) -> np.ndarray:
    """Return the outline of the head without hair and ears, (n, 2) face units."""
    w, j, c = who.width, who.jaw, who.chin
    right = [(0, -1.56), (0.52, -1.45), (0.88, -1.08), (1.0, -0.5), (0.985, 0.05), (0.925, 0.50),
             (0.815 + j, 0.92), (0.595 + j, 1.27 + c / 2), (0.315 + j / 2, 1.53 + c), (0, 1.60 + c)
    ]  # fmt: skip
    return curve(mirrored(right) * (w, 1), closed=True)


def paint_head(canvas: Canvas, who: Identity) -> Head:
    """Paint the head of ``who``; the same identity gives the same sheet."""
    rng = np.random.default_rng(who.seed)
    edge = outline(who)
    half = np.array([np.abs(edge[np.abs(edge[:, 1] - q) < 0.06, 0]).max(initial=0.0)
                     for q in canvas.y[:, 0]], np.float32)  # fmt: skip
    skull = canvas.shape_mask(edge, 0.010)
    ears = canvas.bump(1.005 * who.width, 0.12, 0.055, 0.15, both=True)
    ears = np.clip((ears - 0.25) / 0.12, 0, 1)
    height = canvas.blur(profile(canvas, who, half), 0.018)
    height -= (0.006 + 0.020 * who.age) * nasolabial(canvas, who, 0.03)
    covered = hair_mask(canvas, who, edge, rng)
    albedo = skin_colour(canvas, who, rng)
    shadow = np.clip(canvas.blur(covered, 0.07) - 0.02, 0, 1) * 0.42
    albedo = over(albedo, albedo * (0.55, 0.48, 0.46), shadow)
    ear_tone = who.skin * (0.86, 0.70, 0.66) * (1 - 0.25 * canvas.bump(
        0.995 * who.width, 0.12, 0.025, 0.09, both=True))[..., None]  # fmt: skip
    albedo = over(albedo, ear_tone, ears * (1 - skull))
    window = canvas.window(*FACE)
    slopes, hollows = _fold_maps(canvas, who, window)
    strands = hair_colour(canvas, who, rng).astype(np.float32)
    return Head(
        canvas, who, albedo, np.maximum(skull, ears), strands, covered,
        _slope(height * skull + (1 - skull) * 0.1, canvas.scale), _hollow(canvas, height),
        _oily(canvas, who), window, slopes, hollows, _shift_maps(canvas, who, height),
    )  # fmt: skip


def _slope(height: np.ndarray, scale: float) -> np.ndarray:
    gy, gx = np.gradient(height)
    return np.stack([gx, gy]).astype(np.float32) * scale


def _hollow(canvas: Canvas, height: np.ndarray) -> np.ndarray:
    """Return how much ambient light reaches each place: less in hollows, (h, w)."""
    wide = height - canvas.blur(height, 0.16)
    fine = height - canvas.blur(height, 0.04)
    return np.clip(1 + 1.6 * wide + 5.0 * fine, 0.45, 1.12)


def _oily(canvas: Canvas, who: Identity) -> np.ndarray:
    bump = canvas.bump
    shine = 0.35 + bump(0, who.nose_len - 0.12, 0.10, 0.14) + 0.6 * bump(0, -0.62, 0.45, 0.2)
    return shine + 0.5 * bump(0.55, 0.25, 0.2, 0.13, both=True) + 0.3 * bump(0, 1.4, 0.2, 0.1)


def _fold_maps(
    canvas: Canvas, who: Identity, window: tuple[slice, slice]
) -> tuple[np.ndarray, np.ndarray]:
    reliefs = folds(canvas, who)
    blank = np.zeros(canvas.shape, np.float32)
    slopes, hollows = [], []
    for unit in UNITS:
        relief = np.asarray(reliefs.get(unit, blank), np.float32)
        slopes.append(_slope(relief, canvas.scale)[(slice(None), *window)])
        hollows.append((relief - canvas.blur(relief, 0.05))[window])
    return np.stack(slopes), np.stack(hollows)


def _shift_maps(canvas: Canvas, who: Identity, height: np.ndarray) -> np.ndarray:
    coarse = Canvas(1 / MAP_STEP, canvas.bounds)
    maps = [push(unit, coarse.x, coarse.y, who) for unit in UNITS]
    h, w = coarse.shape
    depth = cv2.resize(canvas.blur(height, 0.06), (w, h), interpolation=cv2.INTER_AREA)
    zero = np.zeros_like(depth)
    maps += [np.stack([depth, zero], axis=-1), np.stack([zero, depth], axis=-1)]
    return np.stack(maps).astype(np.float32)


def lit(head: Head, light: Light) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Return the sheet under ``light`` and how each fold changes it.

    Returns
    -------
    sheet : arrays (h, w, 3), (h, w) uint8
        RGB times alpha, and alpha; both from 0 to 255.
    gains : array (units, wh, ww) float32
        Relative change of brightness inside the face window for each unit at full strength.
    """
    hx, hy = head.slope
    lx, ly, lz = (float(v) for v in light.direction)
    length = np.sqrt(1 + hx * hx + hy * hy)
    facing = (lz - lx * hx - ly * hy) / length  # n . L for a height map
    direct = np.clip((facing + 0.30) / 1.25, 0, None)
    shade = (light.ambient + (1.06 - light.ambient) * direct) * head.hollow
    halfway = light.direction + np.array([0, 0, 1])
    mx, my, mz = (float(v) for v in halfway / np.linalg.norm(halfway))
    gloss = cv2.pow(np.clip((mz - mx * hx - my * hy) / length, 0, 1), 22.0)
    tinted = light.tint.astype(np.float32)
    warm = cv2.merge([np.asarray(cv2.pow(shade, p)) for p in (0.93, 1.06, 1.12)])
    skin = head.albedo * warm * tinted + (26.0 * gloss * head.oily)[..., None]
    fall = 1 - 0.22 * lx * -head.canvas.x
    hair = head.hair * (0.55 + 0.5 * (1.1 - light.ambient)) * fall[..., None] * tinted
    cover = head.covered[..., None]
    alpha = 1 - (1 - head.face) * (1 - head.covered)
    colour = hair * cover + np.clip(skin, 0, 255) * head.face[..., None] * (1 - cover)
    sheet = cv2.convertScaleAbs(colour), cv2.convertScaleAbs(alpha * 255)
    view = head.window
    change = -(lx * head.fold_slopes[:, 0] + ly * head.fold_slopes[:, 1]) / length[view]
    change = change * (
        (1.06 - light.ambient) / 1.25 * head.hollow[view] / np.maximum(shade[view], 0.2)
    )
    gains = (1.15 * change + 5.0 * head.fold_hollows) * (1 - head.covered[view]) * head.face[view]
    return sheet, gains.astype(np.float32)
