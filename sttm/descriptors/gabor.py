"""Gabor bank: how strongly a face has stripes of each width and direction, block by block.

Sources: Daugman, Complete discrete 2-D Gabor transforms by neural networks, IEEE Trans. ASSP
36(7), 1988, doi:10.1109/29.1644; Lyons, Akamatsu, Kamachi, Gyoba, Coding facial expressions with
Gabor wavelets, FG 1998, doi:10.1109/AFGR.1998.670949, whose filters these are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from ..blocks import Grid, spans
from ..errors import InputError
from .still import Still

REACH = 3.0  # standard deviations of the envelope at which a filter ends
NOTHING = 1e-3  # grey levels; weaker responses are rounding errors of float32
WIDEST = 256  # pixels from a filter's middle to its end
MOST = 128  # filters of a bank


def gabor_filter(wavelength: float, angle: float, sigma: float = np.pi) -> np.ndarray:
    """Return a filter without response to a flat picture, (2 r + 1, 2 r + 1) complex128.

    Parameters
    ----------
    wavelength : float
        Of the stripes, pixels.
    angle : float
        Direction in which they follow one another, radians; 0 is to the right, pi / 2 down.
    sigma : float
        Standard deviation of the envelope in radians of the wave: pi is half a wavelength.

    Returns
    -------
    array
        Scaled so that stripes of contrast 1 (from -1 to 1) have a response of magnitude 1, less
        what the envelope's width takes.

    Examples
    --------
    >>> f = gabor_filter(4.0, 0.0)
    >>> f.shape, bool(abs(f.sum()) < 1e-12)
    ((13, 13), True)
    """
    k = 2 * np.pi / wavelength
    radius = filter_radius(wavelength, sigma)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    envelope = np.exp(-(k**2) * (x**2 + y**2) / (2 * sigma**2))
    envelope /= envelope.sum()
    wave = np.exp(1j * k * (x * np.cos(angle) + y * np.sin(angle)))
    # Lyons 1998: exp(-sigma^2 / 2) is taken off; here its value on the sampled, cut-off filter
    return 2 * envelope * (wave - (envelope * wave).sum())


def filter_radius(wavelength: float, sigma: float) -> int:
    """Return how many pixels a filter reaches from its middle."""
    return int(np.ceil(REACH * sigma * wavelength / (2 * np.pi) - 1e-6))


@lru_cache(maxsize=4)
def _spectra(
    shape: tuple[int, int], wavelengths: tuple[float, ...], orientations: int, sigma: float
) -> tuple[int, np.ndarray]:
    """Return the margin and the spectra (filters, y, x) of the bank for pictures of a shape."""
    from scipy import fft

    bank = [
        gabor_filter(w, np.pi * o / orientations, sigma)
        for w in wavelengths
        for o in range(orientations)
    ]
    margin = max(len(f) // 2 for f in bank)
    padded = tuple(fft.next_fast_len(n + 2 * margin) for n in shape)
    out = np.zeros((len(bank), *padded), np.complex64)
    for number, kernel in enumerate(bank):
        radius = len(kernel) // 2
        placed = np.zeros(padded, complex)
        placed[: len(kernel), : len(kernel)] = kernel
        out[number] = fft.fft2(np.roll(placed, (-radius, -radius), (0, 1)))
    return margin, out


def gabor_magnitudes(
    picture: np.ndarray,
    wavelengths: Sequence[float] = (4.0, 8.0, 16.0),
    orientations: int = 6,
    sigma: float = np.pi,
) -> np.ndarray:
    """Return the magnitude of each filter's response, (y, x) -> (filters, y, x) float32.

    The picture is mirrored at its border. Filters are ordered wavelength, direction.
    """
    from scipy import fft

    shape = (int(picture.shape[0]), int(picture.shape[1]))
    margin, spectra = _spectra(shape, tuple(map(float, wavelengths)), orientations, float(sigma))
    grey = picture.astype(np.float32) - np.float32(128)  # smaller numbers, smaller rounding errors
    mirrored = np.pad(grey, margin, mode="symmetric")
    spectrum = fft.fft2(mirrored, spectra.shape[1:])
    response = fft.ifft2(spectra * spectrum, axes=(1, 2), overwrite_x=True)
    inside = response[:, margin : margin + shape[0], margin : margin + shape[1]]
    out = np.abs(inside)
    out[out < NOTHING] = 0
    return out


class Gabor(Still):
    """Strength of stripes of several widths and directions in one frame, pooled over blocks.

    A grey offset changes nothing, and a picture without texture gives zeros.

    Parameters
    ----------
    frame : {"last", "middle", "first"} or float
        Which frame: the last is the apex of a sequence from neutral to peak. A number is a
        fraction of the clip, 0 to 1; the nearest frame is taken.
    grid : (1, int, int)
        Blocks along (t, y, x).
    orientations : int
        Directions of the stripes, evenly over half a turn.
    scales : int
        Widths of the stripes.
    wavelength : float
        Of the finest stripes, pixels of the crop; at least 2.
    ratio : float
        Between one width and the next, above 1.
    sigma : float
        Standard deviation of a filter's envelope in radians of its wave: pi is half a wavelength.
    spread : bool
        Whether the standard deviation within each block is given beside the mean.
    normalisation : {"contrast", "l1", "hellinger", "none"}
        Per block; ``none`` gives grey levels. See sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.

    Examples
    --------
    >>> clip = np.random.default_rng(0).integers(0, 255, (1, 32, 32), np.uint8)
    >>> Gabor(grid=(1, 4, 4)).fit_transform([clip]).shape
    (1, 648)
    """

    def __init__(
        self,
        *,
        frame: str | float = "last",
        grid: Sequence[int] = (1, 8, 8),
        orientations: int = 6,
        scales: int = 3,
        wavelength: float = 4.0,
        ratio: float = 2.0,
        sigma: float = np.pi,
        spread: bool = False,
        normalisation: str = "contrast",
        clip: float = 0.2,
    ) -> None:
        self.frame = frame
        self.grid = grid
        self.orientations = orientations
        self.scales = scales
        self.wavelength = wavelength
        self.ratio = ratio
        self.sigma = sigma
        self.spread = spread
        self.normalisation = normalisation
        self.clip = clip

    def parts(self) -> dict[str, int]:
        """Return ``""`` (means), or ``mean`` and ``std``, with the number of filters."""
        filters = len(self._wavelengths()) * int(self.orientations)
        return {"mean": filters, "std": filters} if self.spread else {"": filters}

    def pooled(self, picture: np.ndarray, grid: Grid) -> Iterator[np.ndarray]:
        """Yield means, and with ``spread`` standard deviations, (1, by, bx, filters) each."""
        blocks = [
            spans(n, b, 0.0, a) for n, b, a in zip(picture.shape, grid[1:], "yx", strict=True)
        ]
        found = gabor_magnitudes(picture, self._wavelengths(), self.orientations, self.sigma)
        mean = block_means(found, *blocks)
        yield mean.astype(np.float32)[None]
        if self.spread:
            variance = block_means(found.astype(np.float64) ** 2, *blocks) - mean**2
            yield np.sqrt(np.maximum(variance, 0)).astype(np.float32)[None]

    def meaning(self, bin_: int, tag: str) -> str:
        """Return what a bin measures."""
        scale, direction = divmod(bin_, self.orientations)
        what = "deviation of the strength" if tag == "std" else "strength"
        wide, turn = self._wavelengths()[scale], 180 * direction / self.orientations
        return f"{what} of stripes every {wide:.3g} pixels at {turn:.3g} degrees (0 right, 90 down)"

    def _wavelengths(self) -> tuple[float, ...]:
        """Return the widths of the stripes, or refuse a bank that cannot be."""
        counts = (self.orientations, self.scales)
        if any(n != int(n) or n < 1 for n in counts) or np.prod(counts) > MOST:
            raise InputError(
                "orientations and scales must be whole numbers from 1, and their product at most "
                f"{MOST}, not {self.orientations!r} and {self.scales!r}."
            )
        if not (self.wavelength >= 2 and self.ratio > 1 and 0 < self.sigma < np.inf):
            raise InputError(
                "a Gabor bank needs wavelength >= 2, ratio > 1 and sigma > 0, not "
                f"{self.wavelength!r}, {self.ratio!r} and {self.sigma!r}."
            )
        out = tuple(float(self.wavelength * self.ratio**s) for s in range(int(self.scales)))
        if filter_radius(out[-1], self.sigma) > WIDEST:
            raise InputError(
                f"the widest filter, of wavelength {out[-1]:.4g} and sigma {self.sigma:.4g}, would "
                f"reach over more than {WIDEST} pixels; lower scales, ratio or sigma."
            )
        return out


def block_means(maps: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the means over blocks, (k, y, x) -> (by, bx, k) float64.

    ``rows`` and ``columns`` (blocks, 2) are stretches that follow one another without gaps.

    >>> whole, halves = np.array([[0, 2]]), np.array([[0, 1], [1, 2]])
    >>> block_means(np.arange(4.0).reshape(1, 2, 2), whole, halves).ravel().tolist()
    [1.0, 2.0]
    """
    sums = np.add.reduceat(maps, rows[:, 0], axis=1, dtype=np.float64)
    sums = np.add.reduceat(sums, columns[:, 0], axis=2)
    area = np.diff(rows)[:, 0][:, None] * np.diff(columns)[:, 0]  # (by, bx) pixels
    return np.moveaxis(sums / area, 0, -1)
