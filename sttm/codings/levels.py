"""Fine levels of a signed value, and how they are merged into bins.

Bin edges must come from training clips, but the map of a clip should be computed only once,
whatever the fold. So each clip is counted on a fixed fine scale: 256 logarithmic levels on each
side of zero, 18 to an octave, from 2^-13 to 2 (grey levels taken as 0..1). Edges are then placed
between fine levels, and bins are sums of levels: learning edges costs a cumulative sum, and the
result does not depend on the order of the clips.
"""

from __future__ import annotations

import numpy as np

LEVELS = 512
HALF = LEVELS // 2
LOWEST, HIGHEST = -13.0, 1.0  # octaves: log2 of the smallest and largest magnitude told apart
PER_OCTAVE = (HALF - 1) / (HIGHEST - LOWEST)


def level_of(magnitude_log2: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Return the fine level of values given as log2 |value| and a sign mask, int32.

    Levels rise with the value: 0 is the most negative, 255 and 256 hold the smallest magnitudes.
    """
    octave = np.clip(magnitude_log2, LOWEST, HIGHEST)
    octave -= LOWEST
    octave *= PER_OCTAVE
    rank = octave.astype(np.int32)
    return np.where(negative, HALF - 1 - rank, HALF + rank)


def level_values() -> np.ndarray:
    """Return the value at the lower border of every fine level, (LEVELS + 1,) rising float64."""
    positive = 2.0 ** (LOWEST + np.arange(1, HALF + 1) / PER_OCTAVE)
    return np.concatenate([-positive[::-1], [0.0], positive])


def quantile_edges(counts: np.ndarray, bins: int) -> np.ndarray:
    """Return edges that give every bin about the same share of ``counts`` (LEVELS,).

    Returns
    -------
    array (bins + 1,) int
        Fine levels at which bins begin, from 0 to LEVELS; a bin may be empty where one level alone
        holds more than its share.
    """
    share = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    total = share[-1] if share[-1] > 0 else 1.0
    wanted = np.arange(1, bins) / bins
    right = np.minimum(np.searchsorted(share / total, wanted), LEVELS)  # beyond: no counts at all
    left = np.maximum(right - 1, 0)
    nearer = np.abs(share[left] / total - wanted) <= np.abs(share[right] / total - wanted)
    inner = np.where(nearer, left, right)
    return np.concatenate([[0], inner, [LEVELS]]).astype(np.int64)


def uniform_edges(counts: np.ndarray, bins: int, power: float = 1.0) -> np.ndarray:
    """Return edges of equal width in ``sign(v) |v|^power`` over the range of ``counts``."""
    used = np.flatnonzero(counts)
    values = level_values()
    scaled = np.sign(values) * np.abs(values) ** power
    low, high = (used[0], used[-1] + 1) if len(used) else (0, LEVELS)
    wanted = np.linspace(scaled[low], scaled[high], bins + 1)[1:-1]
    inner = np.searchsorted(scaled, wanted)
    return np.concatenate([[0], inner, [LEVELS]]).astype(np.int64)


def merge(counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return fine counts summed into bins, (..., LEVELS) -> (..., bins)."""
    if counts.ndim > 3 and len(counts):  # many clips; their sums are four times as large as they
        return np.stack([merge(part, edges) for part in counts])
    sums = np.zeros((*counts.shape[:-1], counts.shape[-1] + 1), np.float64)
    np.cumsum(counts, axis=-1, out=sums[..., 1:])
    return np.diff(sums[..., edges], axis=-1).astype(np.float32)
