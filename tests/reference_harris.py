"""Slow twins of sttm/harris.py and of the codings, written from the papers."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


def response(volume, sigma=1.0, tau=1.0, integration=2.0, k=0.005):
    """H of a clip with grey levels 0..255 by plain scipy.ndimage, one operation at a time."""
    grey = np.asarray(volume, np.float64) / 255
    lt, ly, lx = derivatives(grey, sigma, tau)
    window = np.sqrt(integration) * np.array([tau, sigma, sigma])

    def g(product):
        return ndimage.gaussian_filter(product, window, mode="reflect")

    mu = np.empty((*grey.shape, 3, 3))
    gradients = (lx, ly, lt)
    for i in range(3):
        for j in range(3):
            mu[..., i, j] = g(gradients[i] * gradients[j])
    return np.linalg.det(mu) - k * np.trace(mu, axis1=-2, axis2=-1) ** 3


def derivatives(grey, sigma, tau):
    """Lt, Ly, Lx, scale-normalised."""
    smooth = ndimage.gaussian_filter(grey, (tau, sigma, sigma), mode="reflect")
    out = []
    for axis, gain in enumerate((tau, sigma, sigma)):
        single = smooth.shape[axis] == 1
        out.append(np.zeros_like(smooth) if single else gain * np.gradient(smooth, axis=axis))
    return out


def oriented_histogram(volume, azimuths, elevations, sigma=1.0, tau=1.0):
    """One histogram over the whole clip, a voxel at a time, by arctangents."""
    h = response(volume, sigma, tau)
    lt, ly, lx = derivatives(np.asarray(volume, np.float64) / 255, sigma, tau)
    bands = len(elevations) + 1
    counts = np.zeros(azimuths * bands)
    for place in np.ndindex(h.shape):
        angle = np.arctan2(ly[place], lx[place]) % (2 * np.pi)
        sector = int(angle / (2 * np.pi) * azimuths) % azimuths
        elevation = np.arctan2(lt[place], np.hypot(lx[place], ly[place]))
        band = int(np.searchsorted(elevations, elevation, side="right"))
        counts[sector * bands + band] += abs(h[place]) ** (1 / 6)
    return counts
