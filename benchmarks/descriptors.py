"""The STTM descriptor against LBP-TOP: scikit-image's patterns slice by slice, and our own."""

from __future__ import annotations

import numpy as np
from skimage.feature import local_binary_pattern

from sttm.descriptors.lbp_top import LBPTOP
from sttm.descriptors.sttm import STTM

from .drawn_video import crop_volume
from .effort import Effort
from .machine import one_core
from .pairs import Work, in_turns
from .rows import Row, ratio_row

POINTS, RADIUS, BINS = 8, 1, 59


def plain_lbp_top(volume: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
    """Return LBP-TOP as one writes it with scikit-image: slice by slice, then block by block.

    Zhao, Pietikainen, TPAMI 29(6), 2007, doi:10.1109/TPAMI.2007.1110.
    (t, y, x) -> (3 planes * blocks * 59,), each block's histogram summing to one.
    """
    return np.concatenate([_histograms(codes, grid) for codes in _plane_codes(volume)])


def _plane_codes(volume: np.ndarray) -> list[np.ndarray]:
    """Return the codes of xy, xt and yt at the voxels whose circles lie in the volume."""
    inner = (slice(RADIUS, -RADIUS),) * 3
    planes = []
    for axis in (0, 1, 2):  # the axis that a slice stands on: xy, xt, yt
        slices = np.moveaxis(volume, axis, 0)
        codes = [local_binary_pattern(s, POINTS, RADIUS, "nri_uniform") for s in slices]
        planes.append(np.stack(codes, axis=axis)[inner].astype(np.intp))
    return planes


def _histograms(codes: np.ndarray, grid: tuple[int, int, int]) -> np.ndarray:
    parts = []
    for slab in np.split(codes, _borders(codes.shape[0], grid[0]), axis=0):
        for band in np.split(slab, _borders(codes.shape[1], grid[1]), axis=1):
            for block in np.split(band, _borders(codes.shape[2], grid[2]), axis=2):
                parts.append(np.bincount(block.ravel(), minlength=BINS) / block.size)
    return np.concatenate(parts)


def _borders(length: int, blocks: int) -> np.ndarray:
    return np.round(np.linspace(0, length, blocks + 1)).astype(int)[1:-1]


def vector_of(descriptor: STTM | LBPTOP, volume: np.ndarray) -> np.ndarray:
    """Return the feature vector of one volume by a descriptor that learns nothing."""
    measures = descriptor.measure(volume)
    return descriptor.encode(measures[None])[0]


def run(effort: Effort) -> list[Row]:
    """Measure both comparisons on crops of several lengths, on one core."""
    rows = []
    for length in effort.lengths:
        volume = crop_volume(length, effort.crop)
        ours, peer = STTM(), LBPTOP()
        check_peer(volume, peer)
        size = " x ".join(map(str, volume.shape))
        with one_core():
            rows += _compare(ours, peer, volume, size, effort.repeats)
    return rows


def check_peer(volume: np.ndarray, own: LBPTOP) -> None:
    """Stop where the peer's LBP-TOP and ours do not give the same histograms."""
    grid = (own.grid[0], own.grid[1], own.grid[2])
    difference = np.abs(plain_lbp_top(volume, grid) - vector_of(own, volume)).max()
    # scikit-image compares rounded sums, so a few ties in thousands of voxels fall the other way
    if difference > 0.05:
        raise ArithmeticError(f"the two LBP-TOPs differ by {difference:.2g} in a bin.")


def _compare(ours: STTM, peer: LBPTOP, volume: np.ndarray, size: str, repeats: int) -> list[Row]:
    def sttm() -> object:
        return vector_of(ours, volume)

    def by_skimage() -> object:
        return plain_lbp_top(volume, (1, 8, 8))

    def by_us() -> object:
        return vector_of(peer, volume)

    peers: list[tuple[str, Work, float, float | None]] = [
        ("LBP-TOP by scikit-image", by_skimage, 5.0, None),
        ("our LBP-TOP", by_us, 1.0, None),
    ]
    return [
        ratio_row(
            f"descriptor, {size}, against {name}",
            in_turns(sttm, work, repeats),
            target=target,
            aim=aim,
            note="STTM in its default setting, crop to vector; LBP-TOP 8 x 8 blocks, radius 1",
        )
        for name, work, target, aim in peers
    ]
