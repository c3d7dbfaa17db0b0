"""The texture map of a crop as it is shown, and the blocks in which most of it lies.

The map that is shown is the signed root of the response, ``sign(H) |H|^(1/6)``: linear in the
contrast of the clip. Its sign tells two things apart that its size does not. H is positive only
where the picture changes in a way that no steady motion explains (local events); it is negative
along contours, moving or not, and there often larger. Blocks are ranked by the positive part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ..codings.base import magnitude
from ..descriptors import Descriptor
from ..descriptors.concatenation import Concatenation
from ..descriptors.sttm import STTM
from ..errors import ClipTooShort
from ..harris import Scale, textures
from ..temporal import TimeSettings, apply_time, resample

TOP = 8  # blocks shown per time slice
SAMPLES = 2_000_000  # voxels that are enough for a percentile
NOTHING = 1e-4  # of the signed root: below is neither change nor contour in 8-bit pictures
LEAST = NOTHING / 10  # mean strength of a block; below are rounding errors

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a descriptor and how much local change lies in it.

    ``t``, ``y``, ``x`` are half-open stretches of the crop volume, in frames and crop pixels;
    ``strength`` is the mean over the block of ``|H|^(1/6)`` where H is positive, else of 0.
    """

    name: str
    t: Stretch
    y: Stretch
    x: Stretch
    strength: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the colours of the map end: signed roots of the response, both above 0."""

    change: float
    contour: float


def leaves(descriptor: Descriptor, prefix: str = "") -> Iterator[tuple[str, Descriptor]]:
    """Yield a descriptor, or the members of a concatenation, with the prefix of their blocks."""
    if isinstance(descriptor, Concatenation):
        for name, member in descriptor.members:
            yield from leaves(member, f"{prefix}{name}:")
    else:
        yield prefix, descriptor


def shown_member(descriptor: Descriptor) -> tuple[str, Descriptor]:
    """Return the member whose map and blocks are shown: the first STTM, else the first."""
    members = list(leaves(descriptor))
    return next((m for m in members if isinstance(m[1], STTM)), members[0])


def shown_scale(descriptor: Descriptor) -> Scale:
    """Return the first scale of the STTM in ``descriptor``, or the default scale without one."""
    _, member = shown_member(descriptor)
    if not isinstance(member, STTM):
        return Scale()
    sigma, tau = member.scales[0] if member.scales is not None else (member.sigma, member.tau)
    return Scale(float(sigma), float(tau), member.integration, member.k)


def seen_volume(volume: np.ndarray, descriptor: Descriptor, time: TimeSettings) -> np.ndarray:
    """Return a crop volume (t, y, x) in the frames that the descriptor looks at.

    Raises
    ------
    ClipTooShort
        For a single frame and a descriptor that needs motion, as its ``measure`` does.
    """
    _, member = shown_member(descriptor)
    out = apply_time(volume, time)
    if len(out) == 1 and member.support > 1:
        raise ClipTooShort(
            f"{type(member).__name__} describes change and needs at least 2 frames; "
            "this clip has 1."
        )
    least = max(member.support, int(getattr(member, "grid", (1,))[0]))
    return resample(out, least) if len(out) < least else out


def signed_root(volume: np.ndarray, scale: Scale) -> np.ndarray:
    """Return sign(H) |H|^(1/6) of a crop volume, (t, y, x) -> (t, y, x) float16."""
    out = np.empty(volume.shape, np.float16)  # half precision: a long clip stays affordable
    for part in textures(volume, scale):
        stop = part.start + len(part.response)
        out[part.start : stop] = np.copysign(magnitude(part.response), part.response)
    return out


def limits_of(signed: np.ndarray) -> Limits:
    """Return the ends of the colour scale: the 99.5th percentiles of change and of contour.

    Change gets at least half the range of contour, so that noise in a still clip stays dark.
    """
    step = max(1, signed.size // SAMPLES)
    some = signed.ravel()[::step].astype(np.float32)
    contour = _high(-some[some < 0])
    return Limits(max(_high(some[some > 0]), contour / 2), contour)


def _high(values: np.ndarray) -> float:
    return max(NOTHING, float(np.percentile(values, 99.5))) if values.size else NOTHING


def change_over_time(signed: np.ndarray) -> np.ndarray:
    """Return the mean local change of each frame of a map, (t, y, x) -> (t,) float."""
    return np.array([np.maximum(frame, 0).mean(dtype=np.float64) for frame in signed])


def at_position(signed: np.ndarray, position: float) -> np.ndarray:
    """Return a map between its frames, linearly interpolated, (t, y, x) -> (y, x) float32.

    >>> at_position(np.array([0.0, 1.0]).reshape(2, 1, 1), 0.25).tolist()
    [[0.25]]
    """
    low = min(int(position), len(signed) - 1)
    high = min(low + 1, len(signed) - 1)
    share = np.float32(position - low)
    return signed[low].astype(np.float32) * (1 - share) + signed[high].astype(np.float32) * share


def positions_in(length: int, other: int) -> np.ndarray:
    """Return where each of ``length`` evenly spaced frames falls on ``other`` frames, (length,)."""
    return np.linspace(0.0, other - 1.0, length) if length > 1 else np.zeros(1)


def blocks_of(descriptor: Descriptor, shape: Sequence[int]) -> list[Block]:
    """Return the blocks of the shown member on a volume of ``shape`` (t, y, x), strength 0.

    A block that lies at one moment (a descriptor of one frame) gets the nearest frame.
    """
    prefix, member = shown_member(descriptor)
    names: dict[Any, str] = {}
    for place in member.places():
        names.setdefault((place.t, place.y, place.x), prefix + place.block)
    out = []
    for spans, name in names.items():
        t, y, x = (_stretch(s, n) for s, n in zip(spans, shape, strict=True))
        out.append(Block(name, t, y, x, 0.0))
    return out


def _stretch(span: tuple[float, float], length: int) -> Stretch:
    if span[0] == span[1]:
        at = int(np.floor(span[0] * (length - 1) + 0.5))
        return at, at + 1
    low = min(round(span[0] * length), length - 1)
    return low, max(round(span[1] * length), low + 1)


def one_moment(blocks: Sequence[Block]) -> int | None:
    """Return the one frame that all blocks lie in (a descriptor of one frame), or None."""
    stretches = {b.t for b in blocks}
    low, high = next(iter(stretches), (0, 0))
    return low if len(stretches) == 1 and high - low == 1 else None


def strongest_blocks(signed: np.ndarray, blocks: Sequence[Block], top: int = TOP) -> list[Block]:
    """Return the ``top`` blocks of each time slice with the most local change in them.

    Parameters
    ----------
    signed : array (t, y, x)
        Signed roots of the response.
    blocks : sequence of Block
        Of ``blocks_of``; their strength is not looked at.
    top : int
        Most blocks of one time slice; blocks without any change are never returned.

    Returns
    -------
    list of Block
        Slice after slice, strongest first. For a descriptor of one frame, which sees no change,
        the strength is that of the map of either sign.

    Examples
    --------
    >>> signed = np.zeros((2, 2, 4))
    >>> signed[0, 1, 3] = 1.0
    >>> halves = [Block("x0", (0, 2), (0, 2), (0, 2), 0), Block("x1", (0, 2), (0, 2), (2, 4), 0)]
    >>> [(b.name, b.strength) for b in strongest_blocks(signed, halves)]
    [('x1', 0.125)]
    """
    out: list[Block] = []
    either = one_moment(blocks) is not None
    for t in sorted({block.t for block in blocks}):
        total = np.zeros(signed.shape[1:], np.float64)
        for frame in signed[slice(*t)]:
            total += np.abs(frame) if either else np.maximum(frame, 0)
        sums = cv2.integral(total / (t[1] - t[0]))  # (y, x) -> (y + 1, x + 1)
        ranked = [_measured(b, sums) for b in blocks if b.t == t]
        ranked.sort(key=lambda b: (-b.strength, b.y, b.x))
        out += [b for b in ranked[:top] if b.strength > LEAST]
    return out


def _measured(block: Block, sums: np.ndarray) -> Block:
    (y0, y1), (x0, x1) = block.y, block.x
    total = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    strength = max(0.0, float(total)) / ((y1 - y0) * (x1 - x0))
    return Block(block.name, block.t, block.y, block.x, strength)
