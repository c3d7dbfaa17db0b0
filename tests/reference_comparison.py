"""Slow twins of the comparison's statistics, written from their sources."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import numpy as np

# Demsar, JMLR 7 (2006), table 6: AUC of C4.5, C4.5+m, C4.5+cf, C4.5+m+cf on 14 data sets, and the
# ranks printed beside them. The table rounds away what tells the last two of voting apart.
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.9751, 0.975], [0.957, 0.978, 0.946, 0.970],
    ]
)  # fmt: skip
DEMSAR_RANKS = np.array(
    [
        [4, 3, 2, 1], [1, 2, 3, 4], [4, 1, 2, 3], [4, 1, 3, 2], [4, 2, 3, 1], [1, 2.5, 4, 2.5],
        [3, 2, 4, 1], [2.5, 2.5, 4, 1], [4, 3, 2, 1], [2.5, 2.5, 2.5, 2.5], [4, 2.5, 1, 2.5],
        [3, 2, 4, 1], [4, 1, 2, 3], [3, 1, 4, 2],
    ]
)  # fmt: skip


def mcnemar_p(b: int, c: int) -> tuple[float, float]:
    """Return (exact p, mid-p) by writing out every way in which b + c coins can fall."""
    n = b + c
    ways = [0] * (n + 1)
    for coins in product((0, 1), repeat=n):
        ways[sum(coins)] += 1
    here = abs(b - c)
    as_far = sum(w for k, w in enumerate(ways) if abs(2 * k - n) >= here)
    equal = sum(w for k, w in enumerate(ways) if abs(2 * k - n) == here)
    exact = Fraction(as_far, 2**n)
    return float(exact), float(exact - Fraction(equal, 2 ** (n + 1)))


def holm_p(p: Sequence[float]) -> list[float]:
    """Return the smallest level at which Holm's procedure rejects each hypothesis, by trying."""
    levels = sorted({min(1.0, v * m) for v in p for m in range(1, len(p) + 1)} | {1.0})
    return [next(a for a in levels if a == 1.0 or _rejected(p, i, a)) for i in range(len(p))]


def _rejected(p: Sequence[float], wanted: int, level: float) -> bool:
    left = list(range(len(p)))
    while left:
        smallest = min(left, key=lambda i: (p[i], i))
        if p[smallest] * len(left) > level:
            return False
        if smallest == wanted:
            return True
        left.remove(smallest)
    return False


def ranks(row: Sequence[float]) -> list[float]:
    """Return ranks, 1 for the highest, ties sharing the mean: count who is above and beside."""
    return [
        1 + sum(o > v for o in row) + (sum(o == v for o in row) - 1) / 2 for v in row
    ]  # fmt: skip


def friedman_plain(table: np.ndarray) -> float:
    """Return Friedman's chi-square without correction for ties (Demsar 2006, page 11)."""
    n, k = table.shape
    mean = np.array([ranks(row) for row in table]).mean(axis=0)
    return 12 * n / (k * (k + 1)) * float((mean**2).sum() - k * (k + 1) ** 2 / 4)


def scores(labels: Sequence[int], predicted: Sequence[int], classes: int) -> dict[str, float]:
    """Return accuracy, UAR and UF1 over the classes that have clips, counted one by one."""
    pairs = list(zip(labels, predicted, strict=True))
    recalls, f1s = [], []
    for c in range(classes):
        tp = sum(t == c and p == c for t, p in pairs)
        fn = sum(t == c and p != c for t, p in pairs)
        fp = sum(t != c and p == c for t, p in pairs)
        if tp + fn:
            recalls.append(tp / (tp + fn))
            f1s.append(2 * tp / (2 * tp + fp + fn))
    right = sum(t == p for t, p in pairs)
    return {
        "accuracy": right / len(pairs),
        "uar": sum(recalls) / len(recalls),
        "uf1": sum(f1s) / len(f1s),
    }


def paired_bootstrap(
    labels: Sequence[int],
    first: Sequence[int],
    second: Sequence[int],
    subjects: Sequence[int],
    classes: int,
    draws: np.ndarray,
) -> dict[str, list[float]]:
    """Return first - second for every draw, clip by clip.

    ``draws`` (replicates, subjects) says how often each subject is drawn.
    """
    out: dict[str, list[float]] = {"accuracy": [], "uar": [], "uf1": []}
    for times in draws:
        clips = [i for i, s in enumerate(subjects) for _ in range(times[s])]
        one, other = (
            scores([labels[i] for i in clips], [said[i] for i in clips], classes)
            for said in (first, second)
        )
        for name, values in out.items():
            values.append(one[name] - other[name])
    return out
