"""Intervals as sets of frames, pairings by trying all of them; nothing of ours is imported."""

from __future__ import annotations

from collections import Counter
from itertools import permutations


def overlap(one, other):
    """Return intersection over union of two (onset, offset), ends included."""
    a, b = (set(range(on, off + 1)) for on, off in (one, other))
    return len(a & b) / len(a | b)


def best_pairing(first, second, threshold):
    """Return the largest sum of overlaps of any one-to-one pairing of two lists of intervals."""
    if len(first) > len(second):
        first, second = second, first
    best = 0.0
    for chosen in permutations(range(len(second)), len(first)):
        gains = [overlap(first[i], second[j]) for i, j in enumerate(chosen)]
        best = max(best, sum(g for g in gains if g > 0 and g >= threshold - 1e-12))
    return best


def kappa(pairs):
    """Return Cohen's kappa of a list of pairs of labels, None where it is undefined."""
    n = len(pairs)
    if not n:
        return None
    left, right = (Counter(p[k] for p in pairs) for k in (0, 1))
    chance = sum(left[c] * right[c] for c in left) / n**2
    observed = sum(a == b for a, b in pairs) / n
    return None if abs(1 - chance) < 1e-12 else (observed - chance) / (1 - chance)


def frames(events, first, last, step):
    """Return the labels of every ``step``-th frame: all that cover it, in order, or (none)."""
    out = []
    for frame in range(first, last + 1, step):
        said = sorted({label for label, on, off in events if on <= frame <= off})
        out.append("+".join(said) or "(none)")
    return out
