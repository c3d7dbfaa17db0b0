"""Does one clip show the same as another? A perceptual hash over frames, and a closer look.

A clip is kept as a ``Look``: the hash of its mean picture, that picture's coarse structure, and how
``FRAMES`` frames spread over the clip differ from it. Two clips are alike when

1. the hashes of the mean pictures differ in at most ``MOST_BITS`` of ``BITS`` bits (fast: every
   pair of 10,000 clips is compared in about a second);
2. the structures of the mean pictures are nearly proportional, ``1 - r`` at most ``MOST_APART``;
3. what moves, moves alike: each frame's deviation from the mean correlates with that of a frame
   of nearly the same place in the other clip, strong deviations counting more: by ``LEAST_MOTION``
   on average, or ``LEAST_WEAK`` where the deviations are below ``WEAK`` grey levels and drown in
   what compression leaves. Below ``STILL`` nothing moves, and this is not asked.

The mean picture does not mind a few frames more or less, nor does the third step, whose partners
may lie ``REACH`` places apart. Signs and correlations do not mind brightness and contrast, and
coarse structure minds neither size nor compression.

The hash is that of the discrete cosine transform against its median (Zauner, Implementation and
Benchmarking of Perceptual Image Hash Functions, 2010, section 3.2.1), with 12 x 12 coefficients.
The thresholds were measured on real faces (GRID, Pexels) and drawn ones, 69 clips: re-encoded,
halved, brightened, trimmed and all of these at once, against other people, other moments of the
same person before the same camera, and other expressions of the same drawn face. Copies had at most
10 bits (drawn patterns without detail: 22), ``1 - r`` of at most .008 and a motion of at least .70
(weak: .43). All else had ``1 - r`` of at least .026, or a motion of at most .46 (weak: .31).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

SIDE = 32  # pixels of a small picture
LOW = 12  # coefficients per axis in the hash
STRUCTURE = 16  # coefficients per axis of the structure
MOVING = 8  # coefficients per axis of a deviation
FRAMES = 16
REACH = 2
MOST_KEPT = 4096  # small pictures of a clip in memory; longer clips are thinned out
BITS = LOW * LOW - 1
MOST_BITS = 36
MOST_APART = 0.014
LEAST_MOTION = 0.65
LEAST_WEAK = 0.4
WEAK = 0.8  # grey levels, root mean square over frames
STILL = 0.05
BLOCK = 512  # rows of the table of all pairs at a time
PAIRS = 4096  # pairs looked at closely at a time
_TINY = 1e-6


@dataclass(frozen=True)
class Look:
    """How a clip looks.

    Attributes
    ----------
    bits : array (3,) uint64
        Hash of the mean picture; bits beyond ``BITS`` are 0.
    structure : array (255,) float32
        Its coefficients without the constant one, fine ones weighted more, of length 1.
    motion : array (FRAMES, 63) float32
        Coefficients of the frames less the mean picture, in grey levels.
    """

    bits: np.ndarray
    structure: np.ndarray
    motion: np.ndarray


class Watcher:
    """Takes a clip's frames one by one, in constant memory, and gives its ``Look``.

    Examples
    --------
    >>> watcher = Watcher()
    >>> for frame in np.random.default_rng(0).integers(0, 256, (5, 40, 40), dtype=np.uint8):
    ...     watcher.see(frame)
    >>> watcher.count, watcher.look().motion.shape
    (5, (16, 63))
    """

    def __init__(self) -> None:
        self.count = 0
        self._every = 1
        self._small: list[np.ndarray] = []

    def see(self, frame: np.ndarray) -> None:
        """Take the next frame, grey (y, x) uint8."""
        import cv2

        if self.count % self._every == 0:
            small = cv2.resize(frame, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            self._small.append(small)
            if len(self._small) > MOST_KEPT:
                self._small = self._small[::2]
                self._every *= 2
        self.count += 1

    def look(self) -> Look | None:
        """Return the look of the frames so far; None where there are none."""
        return look_of(np.stack(self._small)) if self._small else None


def look_of(pictures: np.ndarray) -> Look:
    """Return the ``Look`` of small pictures, (t, SIDE, SIDE)."""
    mean = pictures.mean(axis=0, dtype=np.float32)
    coefficients = _cosines(mean[None], STRUCTURE)[0]
    low = coefficients[:LOW, :LOW].ravel()[1:]
    at = np.linspace(0, len(pictures) - 1, FRAMES).round().astype(int)
    moved = _cosines(pictures[at].astype(np.float32) - mean, MOVING)
    return Look(
        bits=_packed(low > np.median(low)),
        structure=_unit((coefficients * _weights()).ravel()[1:]),
        motion=(moved.reshape(FRAMES, -1)[:, 1:] / SIDE).astype(np.float32),
    )


def _cosines(pictures: np.ndarray, low: int) -> np.ndarray:
    """Return the lowest coefficients of the orthonormal DCT-II, (n, y, x) -> (n, low, low)."""
    place = np.arange(SIDE) + 0.5
    basis = np.cos(np.pi * np.arange(low)[:, None] * place / SIDE) * np.sqrt(2 / SIDE)
    basis[0] /= np.sqrt(2)
    return np.asarray(basis @ pictures @ basis.T)


def _weights() -> np.ndarray:
    return np.hypot(*np.mgrid[:STRUCTURE, :STRUCTURE])


def _unit(vector: np.ndarray) -> np.ndarray:
    return (vector / max(float(np.linalg.norm(vector)), _TINY)).astype(np.float32)


def _packed(signs: np.ndarray) -> np.ndarray:
    room = np.zeros(-(-len(signs) // 64) * 64, dtype=bool)
    room[: len(signs)] = signs
    return np.packbits(room).view(np.uint64)


# pairs --------------------------------------------------------------------------------------------


def alike(looks: list[Look]) -> list[tuple[int, int]]:
    """Return the pairs (i, j), i < j, of looks that show the same.

    Examples
    --------
    >>> frames = np.random.default_rng(0).integers(0, 256, (2, 6, SIDE, SIDE))
    >>> a, b = look_of(frames[0]), look_of(frames[1])
    >>> alike([a, b, a])
    [(0, 2)]
    """
    if len(looks) < 2:
        return []
    bits = np.stack([look.bits for look in looks])
    structure = np.stack([look.structure for look in looks])
    motion = np.stack([look.motion for look in looks])
    out: list[tuple[int, int]] = []
    for near in near_pairs(bits, MOST_BITS):
        for at in range(0, len(near[0]), PAIRS):
            i, j = (side[at : at + PAIRS] for side in near)
            close = 1 - np.einsum("ps,ps->p", structure[i], structure[j]) <= MOST_APART
            i, j = i[close], j[close]
            moved = moves_alike(motion[i], motion[j])
            out += zip(i[moved].tolist(), j[moved].tolist(), strict=True)
    return sorted(out)


def near_pairs(bits: np.ndarray, most: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield arrays of i < j whose hashes (n, words) differ in at most ``most`` bits, in blocks."""
    for start in range(0, len(bits), BLOCK):
        rows, columns = bits[start : start + BLOCK], bits[start:]
        distance = np.zeros((len(rows), len(columns)), dtype=np.uint16)
        for word in range(bits.shape[1]):
            distance += popcount(rows[:, word, None] ^ columns[None, :, word])
        i, j = np.nonzero(distance <= most)
        later = j > i
        if later.any():
            yield i[later] + start, j[later] + start


def moves_alike(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return whether clips move alike, (pairs, FRAMES, 63) twice -> (pairs,) bool."""
    strength = [np.sqrt((m**2).sum(axis=2).mean(axis=1)) for m in (one, other)]
    least = np.where(np.maximum(*strength) < WEAK, LEAST_WEAK, LEAST_MOTION)
    return (motion_likeness(one, other) >= least) | (np.maximum(*strength) < STILL)


def motion_likeness(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how alike clips move, (pairs, FRAMES, 63) twice -> (pairs,), at most 1."""
    lengths = [np.linalg.norm(m, axis=2) for m in (one, other)]
    units = [
        m / np.maximum(s, _TINY)[..., None] for m, s in zip((one, other), lengths, strict=True)
    ]
    table = units[0] @ units[1].transpose(0, 2, 1)  # (pairs, FRAMES, FRAMES)
    step = np.abs(np.subtract.outer(np.arange(FRAMES), np.arange(FRAMES)))
    table[:, step > REACH] = -1.0
    sides = (_weighed(table.max(axis=2), lengths[0]), _weighed(table.max(axis=1), lengths[1]))
    return np.asarray(np.minimum(*sides))


def _weighed(best: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return np.asarray((best * lengths).sum(axis=1) / np.maximum(lengths.sum(axis=1), _TINY))


def popcount(words: Any) -> np.ndarray:
    """Return how many bits of each uint64 are set.

    >>> popcount(np.array([0, 5, 2**64 - 1], dtype=np.uint64)).tolist()
    [0, 2, 64]
    """
    words = np.asarray(words, dtype=np.uint64)
    if hasattr(np, "bitwise_count"):  # NumPy 2
        return np.asarray(np.bitwise_count(words))
    return _popcount(words)


def _popcount(words: np.ndarray) -> np.ndarray:
    """Count in parallel: pairs, nibbles, bytes, sum (Warren, Hacker's Delight, 2012, 5-1)."""
    one, two, four = np.uint64(1), np.uint64(2), np.uint64(4)
    pairs = words - ((words >> one) & np.uint64(0x5555555555555555))
    mask = np.uint64(0x3333333333333333)
    nibbles = (pairs & mask) + ((pairs >> two) & mask)
    octets = (nibbles + (nibbles >> four)) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((octets * np.uint64(0x0101010101010101)) >> np.uint64(56)).astype(np.uint8)
