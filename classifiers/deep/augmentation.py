"""Pictures as they might have been taken: mirrored, shifted, turned, nearer, brighter."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn import functional


def augmented(
    pictures: torch.Tensor, settings: Mapping[str, float], rng: np.random.Generator
) -> torch.Tensor:
    """Return each picture with a change of its own, all at once; edges are continued outside.

    Parameters
    ----------
    pictures : tensor (n, channels, y, x)
        0 to 255, and so are those that are returned.
    settings : mapping
        ``flip`` (probability), ``shift`` (part of the side), ``rotation`` (degrees), ``zoom`` and
        ``brightness`` (parts), each the most to either side; 0 switches it off.
    rng : numpy Generator
    """
    n = len(pictures)
    # drawn whether or not it is used, so that one setting leaves the chance of others alone
    drawn = rng.uniform(-1.0, 1.0, (5, n)).astype(np.float32)
    mirror = np.where(rng.random(n) < settings["flip"], -1.0, 1.0).astype(np.float32)
    if any(settings[k] for k in ("flip", "shift", "rotation", "zoom")):
        places = _places(drawn, mirror, settings)
        grid = functional.affine_grid(
            torch.from_numpy(places).to(pictures.device),
            list(pictures.shape),
            align_corners=False,
        )
        pictures = functional.grid_sample(
            pictures, grid, padding_mode="border", align_corners=False
        )
    if settings["brightness"]:
        light = torch.from_numpy(1.0 + settings["brightness"] * drawn[4]).to(pictures.device)
        pictures = (pictures * light[:, None, None, None]).clamp(0.0, 255.0)
    return pictures


def _places(drawn: np.ndarray, mirror: np.ndarray, settings: Mapping[str, float]) -> np.ndarray:
    """Return where each picture looks into its source: (n, 2, 3), coordinates -1 to 1."""
    angle = np.deg2rad(settings["rotation"]) * drawn[0]
    size = 1.0 + settings["zoom"] * drawn[1]
    cos, sin = np.cos(angle) * size, np.sin(angle) * size
    shift = 2.0 * settings["shift"] * drawn[2:4]  # the whole side is 2
    rows = [[cos * mirror, -sin, shift[0]], [sin * mirror, cos, shift[1]]]
    return np.array(rows, dtype=np.float32).transpose(2, 0, 1)
