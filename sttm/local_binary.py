"""Local binary patterns of the planes of a volume (t, y, x): xy, xt and yt.

Sampling rule: P points on a circle (an ellipse where the two radii differ), bilinearly
interpolated, as in Zhao and Pietikainen 2007 and as scikit-image's
``local_binary_pattern(plane, P, R, "nri_uniform")``, with the same codes and the same bins. Point
0 lies towards the end of the plane's second axis, and the numbers run towards the beginning of its
first axis. Bit k is set where ``g_k >= g_c``. The comparison is made on differences from the
centre, so equal grey levels are equal exactly and a grey offset changes nothing.

Border rule: ``border="inside"`` codes the voxels whose circles lie in the volume, as the paper
does; ``border="reflect"`` mirrors the volume at its ends and codes every voxel.

Sources: Ojala, Pietikainen, Maenpaa, TPAMI 24(7), 2002, DOI 10.1109/TPAMI.2002.1017623; Zhao,
Pietikainen, TPAMI 29(6), 2007, DOI 10.1109/TPAMI.2007.1110.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from .errors import InputError, unknown_name

PLANES = ("xy", "xt", "yt")
BORDERS = ("inside", "reflect")
# first axis, second axis of each plane, as axes of (t, y, x)
PLANE_AXES = {"xy": (1, 2), "xt": (0, 2), "yt": (0, 1)}
_CHUNK = 1 << 15  # voxels that are worked on at a time, so that they stay in the cache

Corner = tuple[tuple[int, int, int], float]  # shift along (t, y, x), weight
Margins = tuple[int, int, int]


def uniform_bins(points: int = 8) -> int:
    """Return the number of bins of the uniform mapping: P (P - 1) + 3, so 59 for 8 points."""
    if points != int(points) or not 2 <= points <= 16:
        raise InputError(f"a local binary pattern has 2 to 16 points, not {points!r}.")
    return int(points) * (int(points) - 1) + 3


def uniform_table(points: int = 8) -> np.ndarray:
    """Return the uniform mapping, code -> bin, (2**points,) uint8; not rotation-invariant.

    Bin 0: no bit set (a local maximum). Bin 1 + (n - 1) P + r: one run of n ones that starts at
    point (P - r) mod P. Bin P (P - 1) + 1: all bits set (flat, or a local minimum). The last bin
    holds all codes with more than two changes around the circle.

    >>> table = uniform_table(8)
    >>> table[[0, 1, 0b10000000, 0b11, 255, 0b101]].tolist()
    [0, 1, 2, 9, 57, 58]
    """
    bins = uniform_bins(points)
    codes = np.arange(2**points)
    bits = codes[:, None] >> np.arange(points) & 1
    before = np.roll(bits, 1, axis=1)
    ones = bits.sum(axis=1)
    start = np.argmax((bits == 1) & (before == 0), axis=1)
    table = 1 + (ones - 1) * points + (points - start) % points
    table[ones == 0] = 0
    table[ones == points] = bins - 2
    table[(bits != before).sum(axis=1) > 2] = bins - 1
    return table.astype(np.uint8)


def bin_meaning(index: int, points: int = 8) -> str:
    """Return a phrase that says what a bin of ``uniform_table`` counts.

    >>> bin_meaning(1)
    'one run of 1 of 8 neighbours not darker, from point 0'
    """
    last = uniform_bins(points) - 1
    if index == last:
        return "patterns that are not uniform"
    if index == last - 1:
        return f"all {points} neighbours not darker (flat, or a dark spot)"
    if index == 0:
        return f"all {points} neighbours darker (a bright spot)"
    ones, turn = divmod(index - 1, points)
    return (
        f"one run of {ones + 1} of {points} neighbours not darker, "
        f"from point {(points - turn) % points}"
    )


def lbp_frames(
    volume: np.ndarray,
    radius: float = 1,
    points: int = 8,
    *,
    uniform: bool = True,
    border: str = "reflect",
) -> np.ndarray:
    """Return the LBP codes of every frame, (t, y, x) uint8, mapped to uniform bins.

    Parameters
    ----------
    volume : array (t, y, x)
        ``uint8`` or ``float32``.
    radius : float
        Of the circle, in pixels.
    points : int
        On the circle; at most 8 where ``uniform`` is false, else at most 16.
    uniform : bool
        Bins of ``uniform_table`` (the default) or raw codes.
    border : {"reflect", "inside"}
        With "inside" the result is smaller than the volume by the rounded-up radius at each end
        of y and x.

    Examples
    --------
    Right of a dark half, the points 3, 4 and 5 (on the left) are darker, so their bits are 0:

    >>> step = np.uint8([[[0, 0, 9, 9]] * 4])
    >>> [f"{code:08b}" for code in lbp_frames(step, uniform=False)[0, 1]]
    ['11111111', '11111111', '11000111', '11111111']
    """
    margins = (0, reach(radius), reach(radius))
    padded = _bordered(volume, margins, border)
    return _plane_codes(padded, "xy", (radius, radius), points, margins, uniform)


def lbp_planes(
    volume: np.ndarray,
    radii: tuple[float, float, float] = (1, 1, 1),
    points: tuple[int, int, int] = (8, 8, 8),
    *,
    uniform: bool = True,
    border: str = "reflect",
) -> Iterator[tuple[str, np.ndarray]]:
    """Yield ("xy", codes), ("xt", codes), ("yt", codes), each (t, y, x) uint8.

    Parameters
    ----------
    volume : array (t, y, x)
        ``uint8`` or ``float32``.
    radii : (float, float, float)
        Along t, y, x, in samples.
    points : (int, int, int)
        On the circles of the planes xy, xt, yt.
    uniform : bool
        Bins of ``uniform_table`` (the default) or raw codes.
    border : {"reflect", "inside"}
        With "inside" all three planes code the same voxels, those farther than the radii from
        every face of the volume: the result is smaller by the rounded-up radii at each end.
    """
    margins = (reach(radii[0]), reach(radii[1]), reach(radii[2]))
    padded = _bordered(volume, margins, border)
    for plane, count in zip(PLANES, points, strict=True):
        first, second = PLANE_AXES[plane]
        pair = (radii[first], radii[second])
        yield plane, _plane_codes(padded, plane, pair, count, margins, uniform)


def _bordered(volume: np.ndarray, margins: Margins, border: str) -> np.ndarray:
    if border not in BORDERS:
        raise InputError(unknown_name("border", border, BORDERS))
    if border == "reflect":
        return np.pad(volume, [(m, m) for m in margins], mode="reflect")
    short = [
        f"{axis} (has {n}, needs {2 * m + 1})"
        for axis, n, m in zip("tyx", volume.shape, margins, strict=True)
        if n <= 2 * m
    ]
    if short:
        raise InputError(f"the volume is too small for the radius along {', '.join(short)}.")
    return volume


def reach(radius: float) -> int:
    """Return how many samples a circle of ``radius`` reaches from its centre."""
    if not 0 < radius < 100:
        raise InputError(f"a radius must be above 0 and below 100 samples, not {radius!r}.")
    return math.ceil(radius)


def circle(radii: tuple[float, float], points: int) -> list[tuple[float, float]]:
    """Return the offsets (first axis, second axis) of the points, rounded to 5 decimals."""
    angles = 2 * np.pi * np.arange(points) / points
    # rounding makes sin(pi) exactly 0, as scikit-image does; adding 0 turns -0.0 into 0.0
    first = np.round(-radii[0] * np.sin(angles), 5) + 0.0
    second = np.round(radii[1] * np.cos(angles), 5) + 0.0
    return list(zip(first.tolist(), second.tolist(), strict=True))


def corners(offset: tuple[float, float], plane: str = "xy", at: int = 0) -> list[Corner]:
    """Return the voxels around an offset in a plane with their bilinear weights, zeros left out.

    ``at`` moves them along t.

    >>> corners((0.0, 1.0), "xt")
    [((0, 0, 1), 1.0)]
    """
    first, second = PLANE_AXES[plane]
    low_first, low_second = int(np.floor(offset[0])), int(np.floor(offset[1]))
    share_first, share_second = offset[0] - low_first, offset[1] - low_second
    found = []
    for i, weight_first in ((0, 1 - share_first), (1, share_first)):
        for j, weight_second in ((0, 1 - share_second), (1, share_second)):
            # offsets have 5 decimals, so products have 10; equal weights become equal numbers
            weight = round(weight_first * weight_second, 10)
            if weight > 0:
                shift = [at, 0, 0]
                shift[first] += low_first + i
                shift[second] += low_second + j
                found.append(((shift[0], shift[1], shift[2]), weight))
    return found


def _plane_codes(
    padded: np.ndarray,
    plane: str,
    radii: tuple[float, float],
    points: int,
    margins: Margins,
    uniform: bool,
) -> np.ndarray:
    if not uniform and points > 8:
        raise InputError(f"raw codes fit 8 points at most, not {points}; use uniform=True.")
    samples = [corners(offset, plane) for offset in circle(radii, points)]
    return sample_codes(padded, samples, margins, uniform_table(points) if uniform else None)


def sample_codes(
    volume: np.ndarray,
    samples: Sequence[list[Corner]],
    margins: Margins,
    table: np.ndarray | None = None,
) -> np.ndarray:
    """Return the codes of the voxels inside ``margins``; bit k says that sample k >= the centre.

    Parameters
    ----------
    volume : array (t, y, x)
    samples : sequence of lists of corners
        At most 16; each a weighted mean of voxels, by their shifts from the centre.
    margins : (int, int, int)
        Largest shift along each axis; these voxels at each end have no code.
    table : array (2**samples,), optional
        Mapping of the codes; the result has its kind of number, else the smallest that fits.
    """
    levels = np.asarray(volume, dtype=np.float32)
    t, y, x = (n - 2 * m for n, m in zip(levels.shape, margins, strict=True))
    plain = np.dtype(np.uint8 if len(samples) <= 8 else np.uint16)
    out = np.empty((t, y, x), plain if table is None else table.dtype)
    step = max(1, _CHUNK // (y * x))
    for start in range(0, t, step):
        count = min(step, t - start)
        # the chunk with its margins in t
        codes = _chunk_codes(levels[start : start + count + 2 * margins[0]], samples, margins)
        out[start : start + count] = codes if table is None else table[codes]
    return out


def _chunk_codes(
    levels: np.ndarray, samples: Sequence[list[Corner]], margins: Margins
) -> np.ndarray:
    inner = tuple(n - 2 * m for n, m in zip(levels.shape, margins, strict=True))

    def moved(shift: tuple[int, int, int]) -> np.ndarray:
        low = (m + s for m, s in zip(margins, shift, strict=True))
        return levels[tuple(slice(b, b + n) for b, n in zip(low, inner, strict=True))]

    centre = moved((0, 0, 0))
    codes = np.zeros(inner, np.uint8 if len(samples) <= 8 else np.uint16)
    mask = np.empty(inner, bool)
    buffers = np.empty_like(centre), np.empty_like(centre)
    for bit, sample in enumerate(samples):
        _not_darker(sample, moved, centre, buffers, mask)
        codes |= mask.astype(codes.dtype) << codes.dtype.type(bit)
    return codes


def _not_darker(
    sample: list[Corner],
    moved: Callable[[tuple[int, int, int]], np.ndarray],
    centre: np.ndarray,
    buffers: tuple[np.ndarray, np.ndarray],
    mask: np.ndarray,
) -> None:
    """Set ``mask`` to g_k >= g_c, that is sum_i w_i (g_i - g_c) >= 0 over the corners of point k.

    Corners of equal weight are added before they are multiplied: whole grey levels then compare
    exactly, ties included, in float32.
    """
    if len(sample) == 1:
        np.greater_equal(moved(sample[0][0]), centre, out=mask)
        return
    total, term = buffers
    same_weight: dict[float, list[tuple[int, int, int]]] = {}
    for shift, weight in sample:
        if shift != (0, 0, 0):  # the centre does not differ from itself
            same_weight.setdefault(weight, []).append(shift)
    for number, (weight, shifts) in enumerate(same_weight.items()):
        into = term if number else total
        np.subtract(moved(shifts[0]), centre, out=into)
        for shift in shifts[1:]:
            into += moved(shift)
            into -= centre
        into *= np.float32(weight)
        if number:
            total += term
    np.greater_equal(total, 0, out=mask)
