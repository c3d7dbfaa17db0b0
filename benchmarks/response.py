"""The space-time Harris response against a plain scipy version of the same equations."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from sttm.harris import Scale, response

from .drawn_video import crop_volume
from .effort import Effort
from .machine import one_core
from .pairs import in_turns
from .rows import Row, ratio_row

LARGEST_ERROR = 1e-5


def plain_response(volume: np.ndarray, scale: Scale) -> np.ndarray:
    """Return H of a clip (t, y, x) as one writes it with scipy and numpy, in the clip's precision.

    Laptev, IJCV 64, 2005, doi:10.1007/s11263-005-1838-7.
    """
    sigma, tau, s = scale.sigma, scale.tau, scale.integration
    smooth = gaussian_filter(volume / volume.dtype.type(255), (tau, sigma, sigma))
    dt, dy, dx = np.gradient(smooth)
    dx, dy, dt = dx * sigma, dy * sigma, dt * tau
    window = (s**0.5 * tau, s**0.5 * sigma, s**0.5 * sigma)
    xx, yy, tt = (gaussian_filter(d * d, window) for d in (dx, dy, dt))
    xy, xt, yt = (gaussian_filter(a * b, window) for a, b in ((dx, dy), (dx, dt), (dy, dt)))
    det = xx * (yy * tt - yt * yt) - xy * (xy * tt - yt * xt) + xt * (xy * yt - yy * xt)
    return det - scale.k * (xx + yy + tt) ** 3


def relative_error(found: np.ndarray, true: np.ndarray) -> float:
    """Return the largest difference as a share of the largest value."""
    return float(np.abs(found - true).max() / np.abs(true).max())


def run(effort: Effort) -> list[Row]:
    """Measure the response on one core."""
    scale = Scale()
    clip = crop_volume(effort.lengths[-1], effort.crop).astype(np.float32)
    exact = plain_response(clip.astype(np.float64), scale)
    peer, ours = plain_response(clip, scale), response(clip, scale)
    with one_core():
        pair = in_turns(
            lambda: response(clip, scale), lambda: plain_response(clip, scale), effort.repeats
        )
    error = relative_error(ours, peer)
    voxel = min(t.cpu for t in pair.ours) / clip.size * 1e9
    note = (
        f"sigma {scale.sigma:g}, tau {scale.tau:g}; peer: scipy.ndimage.gaussian_filter and "
        f"numpy.gradient on float32. Largest difference / "
        f"largest |H|: {error:.1e} (allowed {LARGEST_ERROR:.0e}); against float64: ours "
        f"{relative_error(ours, exact):.1e}, peer {relative_error(peer, exact):.1e}. "
        f"Ours at best {voxel:.0f} ns per voxel."
    )
    if error > LARGEST_ERROR:
        raise ArithmeticError(f"the response differs by {error:.1e} from the plain version.")
    what = f"response, {' x '.join(map(str, clip.shape))}"
    return [ratio_row(what, pair, target=6, aim=15, note=note)]
