"""Eyes: lids, white, iris, lashes, drawn anew in every frame from the action units."""

from __future__ import annotations

import numpy as np

from .identity import Identity
from .relief import INDEX


def paint_eye(
    picture: np.ndarray,
    q: np.ndarray,
    pixel: float,
    who: Identity,
    centre: np.ndarray,
    side: int,
    units: np.ndarray,
    gaze: np.ndarray,
    light: float,
) -> None:
    """Draw one eye into ``picture`` in place.

    Parameters
    ----------
    picture : array (h, w, 3) float32
        The surroundings of the eye, skin already there; changed.
    q : array (h, w, 2)
        Face coordinates of its pixels.
    pixel : float
        Size of a pixel in face units.
    who : Identity
        Whose eye.
    centre : array (2,)
        Middle of the eye in face coordinates.
    side : {-1, 1}
        The picture's left or right.
    units : array (units,)
        Strength of the action units.
    gaze : array (2,)
        Shift of the iris in face units.
    light : float
        Brightness of the light here, about 1.
    """
    u = (q[..., 0] - centre[0]) * side / who.eye_w
    v = q[..., 1] - centre[1] + who.eye_tilt * 0.5 * who.eye_w * u
    upper, lower = lid_edges(u, who, units)
    _lid_skin(picture, u, v, upper, pixel, who, units)
    _eyeball(picture, q, u, v, upper, lower, pixel, who, centre + gaze, light)
    _lashes(picture, u, v, upper, lower, pixel)


def lid_edges(u: np.ndarray, who: Identity, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the heights of the edges of the upper and the lower lid at each u."""
    a5, a6, a7, a43 = (units[INDEX[k]] for k in (5, 6, 7, 43))
    inside = np.clip(1 - np.abs(u - 0.08 * (1 - u * u)) ** 2.2, 0, None)
    high = who.eye_open * (1 + 0.50 * a5 - 0.30 * a7 - 0.10 * a6)
    low = who.eye_open * 0.55 * (1 + 0.15 * a5 - 0.60 * a7 - 0.50 * a6)
    lower = low * np.clip(1 - u * u, 0, None) ** 0.8
    upper = -high * inside**0.72
    return upper + (lower - upper) * (0.96 * min(a43, 1.0)), lower


def _lid_skin(
    picture: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    upper: np.ndarray,
    pixel: float,
    who: Identity,
    units: np.ndarray,
) -> None:
    """Shade the upper lid between its crease and its edge, and draw the crease."""
    near = np.clip(1.35 - np.abs(u), 0, 0.35) / 0.35
    rise = 1.55 + 0.25 * units[INDEX[5]]
    crease = -who.eye_open * rise * np.clip(1 - 0.62 * u * u, 0, None) - 0.012
    line = np.exp(-0.5 * ((v - crease) / max(0.014, 0.8 * pixel)) ** 2)
    between = np.clip((v - crease) / 0.03, 0, 1) * np.clip((upper - v) / pixel + 0.5, 0, 1)
    bulge = np.clip((v - crease) / np.maximum(upper - crease, 0.02), 0, 1)
    tone = 1 + near * (between * (0.05 - 0.24 * bulge**2) - 0.34 * who.crease * line)
    picture *= tone[..., None]


def _eyeball(
    picture: np.ndarray,
    q: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    pixel: float,
    who: Identity,
    pupil: np.ndarray,
    light: float,
) -> None:
    visible = np.clip((v - upper) / pixel + 0.5, 0, 1) * np.clip((lower - v) / pixel + 0.5, 0, 1)
    visible = visible * np.clip((1 - np.abs(u)) * who.eye_w / pixel, 0, 1)
    white = np.array([228, 220, 214], np.float32) * (1 - 0.30 * u * u)[..., None]
    radius = 0.096
    r = np.hypot(q[..., 0] - pupil[0], q[..., 1] - pupil[1] + 0.012)
    iris = (
        who.iris.astype(np.float32)
        * (0.62 + 0.75 * (r / radius) ** 1.5 - 0.75 * np.clip(r / radius - 0.72, 0, 1) * 2)[
            ..., None
        ]
    )
    ball = _lay(white, iris, np.clip((radius - r) / (1.2 * pixel) + 0.5, 0, 1))
    ball = _lay(ball, np.array([12.0, 10, 10]), np.clip((0.044 - r) / (1.2 * pixel) + 0.5, 0, 1))
    shade = 1 - 0.50 * np.exp(-np.clip(v - upper, 0, None) / 0.028)
    ball = ball * (shade * light)[..., None]
    spark = np.hypot(q[..., 0] - pupil[0] + 0.032, q[..., 1] - pupil[1] + 0.048)
    ball = _lay(
        ball, np.array([250.0, 250, 250]), 0.9 * np.clip((0.020 - spark) / pixel + 0.5, 0, 1)
    )
    picture[:] = _lay(picture, ball, visible)


def _lashes(
    picture: np.ndarray,
    u: np.ndarray,
    v: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
    pixel: float,
) -> None:
    ends = np.clip((1.10 - np.abs(u)) / 0.15, 0, 1)
    thick = 0.013 + 0.010 * np.clip(u, 0, 1)
    band = np.clip((thick - np.abs(v - upper + 0.005)) / pixel + 0.5, 0, 1) * ends
    picture[:] = _lay(picture, np.array([30.0, 20, 18]), 0.88 * band)
    rim = np.exp(-0.5 * ((v - lower) / max(0.009, 0.6 * pixel)) ** 2) * ends
    picture *= (1 - 0.32 * rim)[..., None]


def _lay(under: np.ndarray, colour: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return under + (np.asarray(colour, np.float32) - under) * mask[..., None]
