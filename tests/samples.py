"""Small inputs that several tests share."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def textured(t=24, y=40, x=44, seed=0):
    """A clip (t, y, x) of smooth random texture that changes over time, grey levels 0..255."""
    noise = np.random.default_rng(seed).random((t, y, x))
    smooth = ndimage.gaussian_filter(noise, (1.5, 2, 2))
    smooth -= smooth.min()
    return (smooth * (255 / smooth.max())).astype(np.float32)
