"""What the peers share: one or more histograms per block, normalised when encoded, and names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ..blocks import Grid, block_places, check_grid
from ..errors import InputError, unknown_name
from ..normalise import NORMALISATIONS, normalise, window_cells
from ..temporal import resample
from .base import Descriptor, Place


class BlockHistograms(Descriptor):
    """Base of descriptors that are histograms over a grid of blocks.

    A member has the parameters ``grid`` (blocks along t, y, x), ``normalisation`` (a name of
    sttm/normalise.py) and ``clip``, and writes ``parts``, ``histograms`` and ``meaning``. The
    measures are the histograms before normalisation; columns run part, t, y, x, bin.
    """

    encode_only = ("normalisation", "clip")
    normalisations: ClassVar[tuple[str, ...]] = NORMALISATIONS
    grid: Sequence[int]
    normalisation: str
    clip: float
    overlap: float = 0.0

    @abstractmethod
    def parts(self) -> dict[str, int]:
        """Return the tag of each histogram of a block and its number of bins, in order."""

    @abstractmethod
    def histograms(self, volume: np.ndarray, grid: Grid) -> Iterable[np.ndarray]:
        """Return or yield (bt, by, bx, bins) for each part, in order."""

    @abstractmethod
    def meaning(self, bin_: int, tag: str) -> str:
        """Return one phrase that says what a bin of a part counts."""

    def measure_volume(self, volume: np.ndarray) -> np.ndarray:
        """Return the histograms of all parts, flat."""
        self._check_normalisation()  # before the work, not after it
        return np.concatenate([h.ravel() for h in self.histograms(volume, self._grid())])

    def encode(self, measures: np.ndarray) -> np.ndarray:
        """Return normalised histograms, (n, measures) -> (n, columns) float32."""
        self._check_normalisation()
        parts = [normalise(p, self.normalisation, self.clip) for p in self.split(measures)]
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def split(self, measures: np.ndarray) -> list[np.ndarray]:
        """Return the histograms of each part, (n, measures) -> (n, bt, by, bx, bins) each."""
        measures, grid = np.asarray(measures, dtype=np.float32), self._grid()
        sizes = [bins * int(np.prod(grid)) for bins in self.parts().values()]
        if measures.shape[1] != sum(sizes):
            raise InputError(
                f"these settings give {sum(sizes)} measures per clip, "
                f"the measures have {measures.shape[1]}."
            )
        pieces = np.split(measures, np.cumsum(sizes)[:-1], axis=1)
        counts = self.parts().values()
        return [p.reshape(len(p), *grid, n) for p, n in zip(pieces, counts, strict=True)]

    def places(self) -> list[Place]:
        """Return one place per column."""
        self._check_normalisation()
        grid = self._grid()
        out: list[Place] = []
        for tag, bins in self.parts().items():
            phrases = [self.meaning(b, tag) for b in range(bins)]
            places = block_places(grid, self.overlap, bins, phrases.__getitem__, tag)
            out += neighbour_places(places, grid) if self.normalisation == "contrast" else places
        return out

    def _check_normalisation(self) -> None:
        if self.normalisation not in self.normalisations:
            kind = "normalisation"
            raise InputError(unknown_name(kind, self.normalisation, self.normalisations))
        if not 0 < self.clip <= 1:
            raise InputError(f"clip must be above 0 and at most 1, not {self.clip!r}.")

    def _grid(self) -> Grid:
        return check_grid(self.grid, self.overlap)


def neighbour_places(places: list[Place], grid: Grid) -> list[Place]:
    """Return block places in the column order of ``contrast``: one copy per neighbourhood."""
    _, by, bx = grid
    bins = len(places) // int(np.prod(grid))
    out = []
    for t, y, x, tag in window_cells(grid):
        start = ((t * by + y) * bx + x) * bins
        for place in places[start : start + bins]:
            block, bin_name = place.name.rsplit(".", 1)
            out.append(replace(place, name=f"{block}.{tag}.{bin_name}"))
    return out


def at_least(volume: np.ndarray, frames: int) -> np.ndarray:
    """Return ``volume`` stretched in time to ``frames`` frames if it has fewer; else as it is.

    Stretched grey levels are not rounded, so that uint8 and float clips stay the same clip.
    """
    if len(volume) >= frames:
        return volume
    return resample(volume.astype(np.float32), frames)
