"""The space-time Harris response of a clip: smoothing, derivatives, moments, corner function.

    L   = g(.; sigma, tau) * v                                  scale space
    mu  = g(.; sqrt(s) sigma, sqrt(s) tau) * [Lx Ly Lt]^T [Lx Ly Lt]
    H   = det(mu) - k trace(mu)^3                               Laptev 2005

sigma (pixels) and tau (frames) are standard deviations, s is ``integration``, the ratio of the
variances. Derivatives are central differences of L, scale-normalised: Lx and Ly times sigma, Lt
times tau. Grey levels are taken from 0..255 to 0..1 first, so that H does not depend on the kind of
number. Borders are mirrored, the border sample repeated.

Source: Laptev, On space-time interest points, IJCV 64, 2005, doi:10.1007/s11263-005-1838-7.
The values of sigma, tau, s and k in the 2016 paper are not published; ours are chosen.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .errors import InputError

MIRROR = cv2.BORDER_REFLECT  # c b a | a b c | c b a, scipy's "reflect"
GREY = 255.0
TRUNCATE = 4.0  # kernels end at this many standard deviations, as in scipy.ndimage
SLAB = 96  # frames analysed at once; a longer clip is analysed in slabs, with the same result
SHORT = 32  # frames up to which a filter along time is quicker as a matrix product
CHUNK = 4096  # pixels per matrix product; their time courses fit the cache
KEPT = 1 << 24  # numbers in the largest array that is kept between clips, 64 MiB
ONE = np.ones(1, np.float32)
STILL = np.float32(1e-6)  # a change of Lt below this is rounding; grey levels are 0..1


@dataclass(frozen=True)
class Scale:
    """One scale of the texture map.

    Parameters
    ----------
    sigma : float
        Spatial standard deviation in pixels of the crop, above 0.
    tau : float
        Temporal standard deviation in frames, above 0.
    integration : float
        Variance of the integration window over that of the smoothing, above 0.
    k : float
        Laptev's constant; the response can only be positive for k below 1/27.
    """

    sigma: float = 1.0
    tau: float = 1.0
    integration: float = 2.0
    k: float = 0.005

    def __post_init__(self) -> None:
        for name in ("sigma", "tau", "integration"):
            value = getattr(self, name)
            if not 0 < value < 1e3:
                raise InputError(f"{name} must be above 0 and below 1000, not {value!r}.")
        if not 0 <= self.k < 1 / 27:
            raise InputError(
                f"k must be at least 0 and below 1/27 (no response is left above), not {self.k!r}."
            )

    @property
    def halo(self) -> int:
        """Frames on each side that one frame of the response depends on."""
        window = self.integration**0.5 * self.tau
        return _radius(self.tau) + 1 + _radius(window)


@dataclass(frozen=True, slots=True)
class Texture:
    """The texture map of frames ``start`` .. ``start + len(response)`` of a clip.

    ``response`` is H; ``dx``, ``dy``, ``dt`` are the scale-normalised derivatives of L; all are
    float32 (t, y, x).
    """

    start: int
    response: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    dt: np.ndarray


def _radius(deviation: float) -> int:
    return int(TRUNCATE * deviation + 0.5)


def gaussian_kernel(deviation: float, gain: float = 1.0) -> np.ndarray:
    """Return a sampled Gaussian of standard deviation ``deviation`` that sums to ``gain``."""
    radius = _radius(deviation)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
    return (weights * (gain / weights.sum())).astype(np.float32)


def scale_space(volume: np.ndarray, scale: Scale) -> np.ndarray:
    """Return L = g * v of a clip with grey levels 0..255, (t, y, x) -> (t, y, x) float32."""
    if volume.dtype not in (np.uint8, np.float32):  # OpenCV filters no other kind to float32
        volume = volume.astype(np.float32)
    kernel = gaussian_kernel(scale.sigma)
    smooth = np.empty(volume.shape, np.float32)
    for frame, out in zip(volume, smooth, strict=True):
        cv2.sepFilter2D(frame, cv2.CV_32F, kernel, kernel, dst=out, borderType=MIRROR)
    _filter_time(smooth, gaussian_kernel(scale.tau, 1.0 / GREY))
    return smooth


def _filter_time(volume: np.ndarray, kernel: np.ndarray) -> None:
    """Filter every pixel's time course in place, mirrored at both ends, (t, y, x)."""
    flat = volume.reshape(len(volume), -1)  # (t, y, x) -> (t, pixels): time runs down the rows
    if len(flat) > SHORT:
        cv2.sepFilter2D(flat, -1, ONE, kernel, dst=flat, borderType=MIRROR)
        return
    unit = np.eye(len(flat), dtype=np.float32)
    matrix = cv2.sepFilter2D(unit, -1, ONE, kernel, borderType=MIRROR)
    for start in range(0, flat.shape[1], CHUNK):
        part = flat[:, start : start + CHUNK]
        part[:] = matrix @ part


def gradient(smooth: np.ndarray, scale: Scale) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the scale-normalised derivatives (dx, dy, dt) of L, each (t, y, x) float32.

    Central differences; at the borders the one-sided difference, as ``numpy.gradient``.
    """
    sigma, tau = scale.sigma, scale.tau
    return (
        _difference(smooth, 2, sigma),
        _difference(smooth, 1, sigma),
        _difference(smooth, 0, tau),
    )


def _difference(volume: np.ndarray, axis: int, gain: float) -> np.ndarray:
    out = np.empty_like(volume)
    if volume.shape[axis] == 1:
        out.fill(0)
        return out
    source, target = np.moveaxis(volume, axis, 0), np.moveaxis(out, axis, 0)
    np.subtract(source[2:], source[:-2], out=target[1:-1])
    np.subtract(source[1], source[0], out=target[0])
    np.subtract(source[-1], source[-2], out=target[-1])
    out *= np.float32(gain / 2)
    target[0] *= 2
    target[-1] *= 2
    return out


def _still(dt: np.ndarray) -> None:
    """Set changes over time that are rounding to 0, so that their sign says nothing."""
    for frame in dt:
        frame *= np.abs(frame) > STILL


PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))  # xx, yy, tt, xy, xt, yt


def second_moments(
    derivatives: tuple[np.ndarray, np.ndarray, np.ndarray],
    scale: Scale,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Return the six entries xx, yy, tt, xy, xt, yt of mu, (6, t, y, x) float32."""
    moments = np.empty((6, *derivatives[0].shape), np.float32) if out is None else out
    window = scale.integration**0.5
    kernel = gaussian_kernel(window * scale.sigma)
    product = np.empty(derivatives[0].shape[1:], np.float32)
    for t in range(moments.shape[1]):
        for entry, (a, b) in zip(moments, PAIRS, strict=True):
            np.multiply(derivatives[a][t], derivatives[b][t], out=product)
            cv2.sepFilter2D(product, -1, kernel, kernel, dst=entry[t], borderType=MIRROR)
    kernel = gaussian_kernel(window * scale.tau)
    for entry in moments:
        _filter_time(entry, kernel)
    return moments


def corner_function(
    moments: Sequence[np.ndarray] | np.ndarray, k: float, out: np.ndarray | None = None
) -> np.ndarray:
    """Return H = det(mu) - k trace(mu)^3 of the six entries of mu, (6, ...) -> (...) float32.

    >>> corner_function(np.float32([[2], [2], [2], [0], [0], [0]]), 0.005).tolist()  # 8 - 1.08
    [6.92...]
    """
    xx, yy, tt, xy, xt, yt = moments
    det = np.multiply(yy, tt, out=out)  # det = xx (yy tt - yt^2) + xt (2 xy yt - yy xt) - tt xy^2
    part = yt * yt
    det -= part
    det *= xx
    np.multiply(xy, yt, out=part)
    part += part
    part -= yy * xt
    part *= xt
    det += part
    np.multiply(xy, xy, out=part)
    part *= tt
    det -= part
    np.add(xx, yy, out=part)
    part += tt
    det -= np.float32(k) * part * part * part  # Laptev 2005
    return det


def response(volume: np.ndarray, scale: Scale | None = None) -> np.ndarray:
    """Return the space-time Harris response H of a clip, (t, y, x) -> (t, y, x) float32.

    Parameters
    ----------
    volume : array (t, y, x)
        Grey levels 0..255, ``uint8`` or float.
    scale : Scale, optional
        Defaults to ``Scale()``.

    Returns
    -------
    array (t, y, x) float32
        Zero or below where nothing changes over time; positive at local events.

    Examples
    --------
    >>> clip = np.zeros((9, 16, 16), np.uint8)
    >>> clip[4, 8, 8] = 255                       # a spot that appears and vanishes
    >>> H = response(clip)
    >>> [int(i) for i in np.unravel_index(H.argmax(), H.shape)]
    [4, 8, 8]
    """
    return np.concatenate([t.response for t in textures(volume, scale or Scale())])


def textures(volume: np.ndarray, scale: Scale, slab: int = SLAB) -> Iterator[Texture]:
    """Yield the texture map of a clip (t, y, x) in slabs of at most ``slab`` frames, in order.

    The slabs overlap inside by ``scale.halo`` frames, so their length changes nothing but memory.
    """
    length = len(volume)
    for start in range(0, length, slab):
        stop = min(start + slab, length)
        low, high = max(start - scale.halo, 0), min(stop + scale.halo, length)
        smooth = scale_space(volume[low:high], scale)
        derivatives = gradient(smooth, scale)
        _still(derivatives[2])
        moments = second_moments(derivatives, scale, _buffer(6, *smooth.shape))
        inner = slice(start - low, stop - low)
        h = np.empty((stop - start, *smooth.shape[1:]), np.float32)
        for t, frame in enumerate(h, start - low):
            corner_function(moments[:, t], scale.k, frame)
        yield Texture(start, h, *(d[inner] for d in derivatives))


_kept = threading.local()


def _buffer(*shape: int) -> np.ndarray:
    """Return an array that is used again by the next call in this thread.

    The moments are the largest array by far; to have the system hand out their memory anew for
    every clip costs as much as a filter.
    """
    size = math.prod(shape)
    if size > KEPT:
        return np.empty(shape, np.float32)
    if getattr(_kept, "flat", None) is None or _kept.flat.size < size:
        _kept.flat = np.empty(size, np.float32)
    return _kept.flat[:size].reshape(shape)
