"""Illumination normalisation of a crop volume, ``(t, y, x) uint8 -> (t, y, x) uint8``.

Whatever is learned from grey levels (a histogram, a contrast) is learned from the whole clip and
applied to each frame alike, so a clip that stands still still stands still, and no flicker is
added that a dynamic descriptor would take for movement.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from .settings import FaceSettings


def unchanged(volume: np.ndarray, settings: FaceSettings) -> np.ndarray:
    """Return the volume as it is."""
    return volume


def equalise(volume: np.ndarray, settings: FaceSettings) -> np.ndarray:
    """Spread the grey levels of the clip evenly: one table from the clip's histogram.

    Keeps the order of grey levels; loses their distances, so contrasts of different clips compare.
    """
    counts = np.bincount(volume.ravel(), minlength=256)
    below = np.cumsum(counts)
    lowest = counts[np.flatnonzero(counts)[0]]
    if volume.size == lowest:
        return volume
    table = (below - lowest) / (volume.size - lowest) * 255
    return np.clip(np.rint(table), 0, 255).astype(np.uint8)[volume]


def clahe(volume: np.ndarray, settings: FaceSettings) -> np.ndarray:
    """Spread the grey levels place by place, with a limit (Zuiderveld 1994), frame by frame.

    Evens out light from the side; being made frame by frame it follows the frame's own levels.
    """
    method = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8))
    return np.stack([method.apply(frame) for frame in volume])


def gamma(volume: np.ndarray, settings: FaceSettings) -> np.ndarray:
    """Raise grey levels to ``settings.gamma``: below 1 lifts the shadows."""
    table = 255.0 * (np.arange(256) / 255.0) ** settings.gamma
    return np.rint(table).astype(np.uint8)[volume]


def tan_triggs(volume: np.ndarray, settings: FaceSettings) -> np.ndarray:
    """Gamma, difference of Gaussians and contrast equalisation (Tan, Triggs 2010).

    Their parameters: gamma 0.2, sigmas 1 and 2 pixels, alpha 0.1, tau 10. Removes slow shading
    and keeps edges; doi:10.1109/TIP.2010.2042645. The two means of their contrast equalisation
    are taken over the clip.
    """
    alpha, tau = 0.1, 10.0
    lifted = ((np.arange(256) / 255.0) ** 0.2).astype(np.float32)[volume]
    band = np.stack(
        [cv2.GaussianBlur(f, (0, 0), 1) - cv2.GaussianBlur(f, (0, 0), 2) for f in lifted]
    )
    for most in (np.inf, tau):  # the two stages of contrast equalisation, then the soft limit
        mean = float(np.mean(np.minimum(np.abs(band), most) ** alpha)) ** (1 / alpha)
        band /= max(mean, 1e-4)  # a flat clip stays flat
    band = tau * np.tanh(band / tau)
    return np.rint(127.5 + band * (127.5 / tau)).astype(np.uint8)


LIGHTS: dict[str, Callable[[np.ndarray, FaceSettings], np.ndarray]] = {
    "none": unchanged,
    "equalise": equalise,
    "clahe": clahe,
    "gamma": gamma,
    "tan-triggs": tan_triggs,
}
