"""STTM, the spatiotemporal texture map: block histograms of a coded space-time Harris response.

Sources: Kamarol, Jaward, Parkkinen, Parthiban, Spatiotemporal feature extraction for facial
expression recognition, IET Image Processing 10(7), 2016, 534-541;
Laptev, IJCV 64, 2005, doi:10.1007/s11263-005-1838-7.

What the paper settles is the chain (3-D Harris corner function, blocks, histograms); every number
here is an option with a default of ours. docs/notation.md says which is which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..blocks import Grid, Pooling, block_places, check_grid
from ..codings import Coding, CodingOptions, make_coding
from ..codings.levels import merge, quantile_edges, uniform_edges
from ..errors import InputError, unknown_name
from ..harris import SLAB, Scale, Texture, textures
from ..normalise import NORMALISATIONS, normalise
from .base import Descriptor, Place
from .blockwise import at_least, neighbour_places

PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    # the literal reading of the 2016 abstract; grid, bins and sigma are still our choice
    "2016": {"coding": "response", "grid": (1, 8, 8), "normalisation": "l1"},
}


class STTM(Descriptor):
    """Spatiotemporal texture map: a clip becomes block histograms of its coded corner response.

    Parameters
    ----------
    coding : str
        ``oriented`` (default), ``response``, ``root``, ``signed``, ``lbp``, ``lbp-top`` or
        ``temporal``; sttm/codings says what each keeps and loses.
    grid : (int, int, int)
        Blocks along (t, y, x). A clip of fewer frames than time slices is stretched.
    overlap : float
        Share by which blocks grow into their neighbours, in [0, 1).
    bins : int
        Bins of the codings of one value (response, root, signed, temporal).
    edges : {"quantile", "uniform"}
        Where those bins begin: equal shares of the training clips' voxels, or equal widths.
    azimuths, elevations : int, sequence of float
        Of ``oriented``: sectors of the image plane, and inner edges in radians towards t.
    normalisation : {"contrast", "l1", "hellinger", "none"}
        See sttm/normalise.py.
    clip : float
        Of ``contrast``: largest value after the first division.
    sigma, tau : float
        Smoothing in pixels of the crop and in frames (standard deviations).
    integration : float
        Variance of the integration window over that of the smoothing.
    k : float
        Laptev's constant.
    scales : sequence of (float, float), optional
        Several (sigma, tau) instead of one; their histograms follow one another.

    Attributes
    ----------
    edges_ : array (scales, bins + 1) of int
        Fine levels at which bins begin (only for codings of one value).

    Examples
    --------
    >>> clips = [np.random.default_rng(i).integers(0, 255, (12, 32, 32), np.uint8) for i in (0, 1)]
    >>> sttm = STTM(grid=(2, 4, 4))
    >>> sttm.fit(clips).transform(clips).shape
    (2, 1728)
    >>> sttm.get_feature_names_out()[0]
    't0.y0.x0.n00.b00'
    """

    version = 2
    support = 2
    encode_only = ("bins", "edges", "normalisation", "clip")
    lesson = "bin edges"

    def __init__(
        self,
        coding: str = "oriented",
        *,
        grid: Sequence[int] = (2, 10, 10),
        overlap: float = 0.0,
        bins: int = 16,
        edges: str = "quantile",
        azimuths: int = 8,
        elevations: Sequence[float] = (-0.4, 0.4),
        normalisation: str = "contrast",
        clip: float = 0.2,
        sigma: float = 1.0,
        tau: float = 1.0,
        integration: float = 2.0,
        k: float = 0.005,
        scales: Sequence[Sequence[float]] | None = None,
    ) -> None:
        self.coding = coding
        self.grid = grid
        self.overlap = overlap
        self.bins = bins
        self.edges = edges
        self.azimuths = azimuths
        self.elevations = elevations
        self.normalisation = normalisation
        self.clip = clip
        self.sigma = sigma
        self.tau = tau
        self.integration = integration
        self.k = k
        self.scales = scales

    @classmethod
    def preset(cls, name: str, **changes: Any) -> STTM:
        """Return a named setting: ``default`` or ``2016``, the literal reading of the paper."""
        if name not in PRESETS:
            raise InputError(unknown_name("preset", name, PRESETS))
        return cls(**{**PRESETS[name], **changes})

    # settings, checked when used ----------------------------------------------------------------

    def _scales(self) -> list[Scale]:
        base = Scale(self.sigma, self.tau, self.integration, self.k)
        if self.scales is None:
            return [base]
        if not len(self.scales) or any(len(pair) != 2 for pair in self.scales):
            raise InputError(f"scales must be pairs (sigma, tau), not {self.scales!r}.")
        return [replace(base, sigma=float(s), tau=float(t)) for s, t in self.scales]

    def _coding(self) -> Coding:
        if self.bins != int(self.bins) or not 2 <= self.bins <= 256:
            raise InputError(f"bins must be a whole number from 2 to 256, not {self.bins!r}.")
        if self.edges not in ("quantile", "uniform"):
            raise InputError(unknown_name("kind of edges", self.edges, ("quantile", "uniform")))
        if self.normalisation not in NORMALISATIONS:
            raise InputError(unknown_name("normalisation", self.normalisation, NORMALISATIONS))
        if not 0 < self.clip <= 1:
            raise InputError(f"clip must be above 0 and at most 1, not {self.clip!r}.")
        return make_coding(
            self.coding, CodingOptions(int(self.bins), self.azimuths, self.elevations)
        )

    # one clip -> measures -----------------------------------------------------------------------

    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return the block histograms of a clip, scale after scale, tag after tag, flat."""
        grid = check_grid(self.grid, self.overlap)
        coding = self._coding()
        volume = at_least(volume, grid[0])
        slab = len(volume) if coding.whole else SLAB
        parts = [
            block.ravel()
            for scale in self._scales()
            for block in self._count(volume, textures(volume, scale, slab), coding, grid)
        ]
        return np.concatenate(parts)

    def _count(self, volume: np.ndarray, maps: Any, coding: Coding, grid: Grid) -> list[np.ndarray]:
        t, y, x = volume.shape
        pooling = Pooling((t, y, x), grid, coding.codes, self.overlap)
        counts = {tag: pooling.empty() for tag in coding.tags}

        def add(tag: str, t: int, codes: np.ndarray, weights: np.ndarray | None = None) -> None:
            pooling.add(counts[tag], t, codes, weights)

        texture: Texture
        for texture in maps:
            coding.count(texture, add)
        return [pooling.blocks(c) for c in counts.values()]

    # measures -> features -----------------------------------------------------------------------

    def _split(self, measures: np.ndarray, coding: Coding) -> np.ndarray:
        """(n, measures) -> (n, scales, tags, bt, by, bx, codes)."""
        grid = check_grid(self.grid, self.overlap)
        shape = (len(self._scales()), len(coding.tags), *grid, coding.codes)
        if measures.shape[1] != np.prod(shape):
            raise InputError(
                f"these settings give {np.prod(shape)} measures per clip, "
                f"the measures have {measures.shape[1]}."
            )
        return measures.reshape(len(measures), *shape)

    def fit_measures(self, measures: np.ndarray, labels: np.ndarray | None = None) -> None:
        """Learn the bin edges of codings of one value from the training clips."""
        coding = self._coding()
        split = self._split(measures, coding)
        if not coding.levelled:
            return
        totals = split.sum(axis=(0, 2, 3, 4, 5), dtype=np.float64)  # (scales, levels)
        power = getattr(coding, "power", 1.0)
        self.edges_ = np.stack(
            [
                quantile_edges(total, int(self.bins))
                if self.edges == "quantile"
                else uniform_edges(total, int(self.bins), power)
                for total in totals
            ]
        )

    @property
    def learns(self) -> bool:
        """Whether the coding has bins whose edges come from training clips."""
        return self._coding().levelled

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return normalised histograms, (n, measures) -> (n, columns) float32."""
        coding = self._coding()
        split = self._split(measures, coding)
        parts = []
        for number in range(split.shape[1]):
            for tag in range(split.shape[2]):
                blocks = split[:, number, tag]
                if coding.levelled:
                    blocks = merge(blocks, self.edges_[number])
                parts.append(normalise(blocks, self.normalisation, self.clip))
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    # names --------------------------------------------------------------------------------------

    def places(self) -> list[Place]:
        """Return one place per column: scale, block, plane, neighbourhood, bin."""
        coding = self._coding()
        grid = check_grid(self.grid, self.overlap)
        bins = int(self.bins) if coding.levelled else coding.codes
        out: list[Place] = []
        for number, scale in enumerate(self._scales()):
            for tag in coding.tags:
                meaning = partial(coding.meaning, tag=tag)
                places = block_places(grid, self.overlap, bins, meaning, tag)
                if self.normalisation == "contrast":
                    places = neighbour_places(places, grid)
                if self.scales is not None:
                    places = [_scaled(p, number, scale) for p in places]
                out += places
        return out


def _scaled(place: Place, number: int, scale: Scale) -> Place:
    return replace(
        place,
        name=f"s{number}.{place.name}",
        block=f"s{number}.{place.block}",
        meaning=f"{place.meaning} (sigma {scale.sigma:g}, tau {scale.tau:g})",
    )
