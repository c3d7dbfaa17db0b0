"""Slow Gabor filtering, pixel by pixel, written from Lyons et al. 1998 and not from our code."""

from __future__ import annotations

import math

import numpy as np


def mirrored(index, length):
    """The index of a picture continued by mirroring, its border pixel twice."""
    index %= 2 * length
    return index if index < length else 2 * length - 1 - index


def wavelet(wavelength, angle, sigma):
    """Values of psi at whole pixels within three deviations, summing to 0: {(y, x): complex}.

    psi(k, x) = k^2 / sigma^2 exp(-k^2 x^2 / (2 sigma^2)) (exp(i k.x) - dc), scaled to a gain of 1
    for stripes of contrast 1.
    """
    k = 2 * math.pi / wavelength
    reach = math.ceil(3 * sigma / k - 1e-6)
    places = [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    weight = {p: math.exp(-(k**2) * (p[0] ** 2 + p[1] ** 2) / (2 * sigma**2)) for p in places}
    total = sum(weight.values())
    wave = {}
    for y, x in places:
        phase = k * (x * math.cos(angle) + y * math.sin(angle))
        wave[y, x] = complex(math.cos(phase), math.sin(phase))
    dc = sum(weight[p] * wave[p] for p in places) / total
    return {p: 2 * weight[p] / total * (wave[p] - dc) for p in places}


def magnitudes(picture, wavelengths, orientations, sigma):
    """Magnitude of the correlation of a picture with every wavelet, (filters, y, x)."""
    high, wide = picture.shape
    out = []
    for wavelength in wavelengths:
        for number in range(orientations):
            psi = wavelet(wavelength, math.pi * number / orientations, sigma)
            found = np.zeros((high, wide))
            for y in range(high):
                for x in range(wide):
                    total = sum(
                        value * float(picture[mirrored(y + dy, high), mirrored(x + dx, wide)])
                        for (dy, dx), value in psi.items()
                    )
                    found[y, x] = abs(total)
            out.append(found)
    return np.array(out)
