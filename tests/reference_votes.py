"""Majority, weights and medians of opinions with loops; nothing of ours is imported."""

from __future__ import annotations

import math
import statistics
from collections import Counter


def majority(rows):
    """Return clip -> (label or "", share, opinions) of (clip, annotator, label) rows."""
    newest = {(clip, who): label for clip, who, label in rows}
    out = {}
    for clip in dict.fromkeys(c for c, _, _ in rows):
        votes = Counter(label for (c, _), label in newest.items() if c == clip)
        top = max(votes.values())
        leaders = [label for label, n in votes.items() if n == top]
        label = leaders[0] if len(leaders) == 1 else ""
        out[clip] = (label, top / votes.total(), votes.total())
    return out


def others_majority(rows):
    """Return (clip, annotator) -> the label that most of the others said, None where they tie."""
    newest = {(clip, who): label for clip, who, label in rows}
    out = {}
    for clip, who in newest:
        votes = Counter(v for (c, w), v in newest.items() if c == clip and w != who)
        top = votes.most_common()
        tied = len(top) > 1 and top[0][1] == top[1][1]
        out[clip, who] = None if tied or not top else top[0][0]
    return out


def weights(rows):
    """Return the weight of each annotator: log((K - 1) r / (1 - r)), r with 2 for and 1 against."""
    newest = {(clip, who): label for clip, who, label in rows}
    kinds = max(2, len(set(newest.values())))
    others = others_majority(rows)
    out = {}
    for who in sorted({w for _, w in newest}):
        mine = [(newest[k], others[k]) for k in newest if k[1] == who and others[k] is not None]
        right = sum(a == b for a, b in mine)
        r = (right + 2) / (len(mine) + 3)
        out[who] = max(0.0, math.log((kinds - 1) * r / (1 - r)))
    return out


def median_down(values):
    """Return the median, rounded down, or None of nothing."""
    return math.floor(statistics.median(values)) if values else None
