"""Geometry of the drawn figures of a comparison: intervals on a line, and the ranks.

Positions along a line are per cent of its width; those of the rank plot are pixels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np

from ..judging.scores import Interval
from ..report.words import shortened
from .ranks import Ranking

MOST_LETTERS = 34  # of a name beside the ranks; a phone shows about as many
AXIS, LEVEL, SLOPE = 52, 8, 34  # pixels: x of the rank axis, between bars, of the elbows
SPACING, PER_RANK, LOWEST = 19, 26, 150  # pixels: between names, per rank, least height
TOP = 16


# differences ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference on a line with 0 in its middle, all in per cent; the ends may be missing."""

    value: float
    low: float | None
    high: float | None


def reach(intervals: Sequence[Interval]) -> float:
    """Return how far from 0 a line must go to hold all intervals, a round number.

    >>> reach([Interval(0.1, -0.13, 0.3)])
    0.3
    """
    ends = [abs(v) for i in intervals for v in (i.value, i.low, i.high) if math.isfinite(v)]
    return max(1, math.ceil(10 * max(ends, default=0) - 1e-9)) / 10


def difference(found: Interval, end: float) -> Difference:
    """Return where a difference lies on a line from ``-end`` to ``end``."""

    def at(value: float) -> float | None:
        return round(50 + 46 * value / end, 2) if math.isfinite(value) else None

    return Difference(at(found.value) or 50.0, at(found.low), at(found.high))


# ranks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RankMark:
    """One run: where its mean rank lies on the axis, where its name stands."""

    name: str
    title: str
    rank: str
    y: float
    label_y: float


@dataclass(frozen=True, slots=True)
class RankPlot:
    """Demsar's critical-difference diagram, standing: rank 1 on top, names on the right.

    ``bars`` (x, from, to) join runs that cannot be told apart; ``critical`` (from, to) is as long
    as the critical difference, or None where that is longer than the axis.
    """

    marks: list[RankMark]
    ticks: list[tuple[float, str]]
    bars: list[tuple[float, float, float]]
    critical: tuple[float, float] | None
    axis: float
    bend: float
    names: float
    begin: float
    end: float
    height: float


def rank_plot(ranking: Ranking) -> RankPlot:
    """Return the geometry of a critical-difference diagram (Demsar 2006, figure 1)."""
    k = len(ranking.runs)
    ranks = np.array(ranking.mean_ranks)
    length = max(LOWEST, PER_RANK * (k - 1))
    order = np.argsort(ranks, kind="stable")
    along = (ranks - 1) / (k - 1) * length
    labels = spread_out(along[order], SPACING)
    begin = TOP + max(0.0, -float(labels[0]))
    names = short_names(ranking.runs)
    marks = [
        RankMark(
            names[i],
            f"{ranking.runs[i]}: mean rank {ranks[i]:.2f}",
            f"{ranks[i]:.2f}",
            round(begin + float(along[i]), 1),
            round(begin + float(y), 1),
        )
        for i, y in zip(order, labels, strict=True)
    ]
    bars = _bars([(float(along[g[0]]), float(along[g[-1]])) for g in ranking.groups])
    levels = 1 + max((level for level, _, _ in bars), default=0)
    bend = AXIS + 10 + LEVEL * levels
    critical = ranking.critical_difference / (k - 1) * length
    return RankPlot(
        marks,
        ticks=[(round(begin + (r - 1) / (k - 1) * length, 1), str(r)) for r in _ticks(k)],
        bars=[(AXIS + 10 + LEVEL * n, begin + a - 4, begin + b + 4) for n, a, b in bars],
        critical=(begin, round(begin + critical, 1)) if critical <= length else None,
        axis=AXIS,
        bend=bend,
        names=bend + SLOPE,
        begin=begin,
        end=begin + length,
        height=round(max(begin + length, marks[-1].label_y) + TOP, 1),
    )


def _ticks(runs: int) -> list[int]:
    step = 1 if runs <= 12 else 2 if runs <= 30 else 5 if runs <= 60 else 10
    ticks = [r for r in range(1, runs + 1) if r == 1 or r % step == 0]
    return ticks if ticks[-1] == runs else [*ticks, runs]


def spread_out(wanted: np.ndarray, spacing: float) -> np.ndarray:
    """Return positions as near to ``wanted`` (rising) as they can be, ``spacing`` apart or more.

    Least squares: what is too near forms a group around its mean (pool adjacent violators).

    >>> spread_out(np.array([0.0, 0.0, 50.0]), 10).tolist()
    [-5.0, 5.0, 50.0]
    """
    groups: list[list[float]] = []
    for i, value in enumerate(wanted):
        groups.append([float(value) - i * spacing])
        while len(groups) > 1 and np.mean(groups[-2]) > np.mean(groups[-1]):
            last = groups.pop()
            groups[-1] += last
    flat = [float(np.mean(g)) for g in groups for _ in g]
    return np.array(flat) + spacing * np.arange(len(flat))


def _bars(spans: Sequence[tuple[float, float]]) -> list[tuple[int, float, float]]:
    """Return (level, from, to) of spans, so that none of a level touch."""
    ends: list[float] = []
    out = []
    for a, b in spans:
        level = next((n for n, end in enumerate(ends) if a - end > 12), len(ends))
        ends[level : level + 1] = [b]
        out.append((level, round(a, 1), round(b, 1)))
    return out


def short_names(names: Sequence[str], most: int = MOST_LETTERS) -> list[str]:
    """Return names that are short enough for a figure: without what they all begin with.

    >>> short_names(["an-experiment-with-svm", "an-experiment-with-knn"], 12)
    ['…svm', '…knn']
    """
    if max(map(len, names)) <= most:
        return list(names)
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    common = "".join(letters[0] for letters in same)
    cut = max(common.rfind(sign) for sign in " -_./+") + 1
    tails = [f"…{name[cut:]}" if cut > 3 else name for name in names]
    return [n if len(n) <= most else _middle(n, most) for n in tails]


def _middle(name: str, most: int) -> str:
    end = most // 2
    return shortened(name[: most - end], most - end - 1).rstrip("…") + "…" + name[-end:]
