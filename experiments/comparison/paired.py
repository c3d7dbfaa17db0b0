"""Two runs on the same clips: differences with intervals, and McNemar's exact test.

Notation: of the clips that both runs tested, ``only_first`` were recognised by the first run alone
(b in McNemar's table) and ``only_second`` by the second alone (c).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from ..judging.scores import (
    REPLICATES,
    TOTALS,
    Interval,
    interval,
    subject_confusions,
    subject_draws,
)


@dataclass(frozen=True)
class McNemar:
    """Discordant clips and what they say; both p-values are two-sided."""

    only_first: int
    only_second: int
    p: float
    mid_p: float


@dataclass(frozen=True)
class Pair:
    """The first run minus the second, on the clips that both tested.

    ``first`` and ``second`` are numbers of runs. ``left_out`` clips were tested by one of the two
    only. ``differences`` has accuracy, uar and uf1. ``holm`` is McNemar's p after Holm's correction
    over all pairs that were tested together.
    """

    first: int
    second: int
    clips: int
    left_out: int
    subjects: int
    differences: dict[str, Interval]
    mcnemar: McNemar
    holm: float


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Return McNemar's exact test: of n discordant clips, b are Binomial(n, 1/2) by chance.

    The mid-p value counts the observed table half (Fagerland, Lydersen and Laake 2013,
    doi:10.1186/1471-2288-13-91); it is less conservative and not exact.

    >>> mcnemar(1, 7).p, mcnemar(3, 3).p
    (0.0703125, 1.0)
    """
    n, few = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return McNemar(0, 0, 1.0, 1.0)
    tail = binom.cdf(few, n, 0.5)
    here = min(binom.pmf(few, n, 0.5), tail)  # tails below 1e-320 are not rounded alike
    if only_first == only_second:
        return McNemar(only_first, only_second, 1.0, float(1 - here / 2))
    return McNemar(only_first, only_second, float(min(1.0, 2 * tail)), float(2 * tail - here))


def holm(p: Sequence[float]) -> list[float]:
    """Return p-values after Holm's step-down correction (Holm 1979, Scand. J. Statist. 6:65-70).

    >>> [round(v, 3) for v in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = values[order] * (len(values) - np.arange(len(values)))
    out = np.empty(len(values))
    out[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    return [float(v) for v in out]


def paired_differences(
    labels: np.ndarray,
    predicted: tuple[np.ndarray, np.ndarray],
    subjects: np.ndarray | None,
    classes: int,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return the differences in accuracy, UAR and UF1, first minus second, with 95 % intervals.

    Subjects are drawn with replacement, with all their clips; both runs are scored on the same
    draws, so that what is common to them (hard subjects) cancels.

    Parameters
    ----------
    labels : array (n,) int
        Numbers of classes.
    predicted : two arrays (n,) int
    subjects : array (n,) int, or None
        0 to the number of subjects - 1; each with at least one clip. None draws single clips.
    classes : int
    replicates, seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        accuracy, uar, uf1; the ends are NaN where there is one subject only.
    """
    whole, drawn = (
        _clip_draws(labels, predicted, classes, replicates, seed)
        if subjects is None
        else _subject_draws(labels, predicted, subjects, classes, replicates, seed)
    )
    out = {}
    for name, total in TOTALS.items():
        first, second = (float(total(c)) for c in whole)
        out[name] = interval(first - second, total(drawn[0]) - total(drawn[1]))
    return out


Confusions = tuple[np.ndarray, np.ndarray]  # of the first and of the second run


def _subject_draws(
    labels: np.ndarray,
    predicted: tuple[np.ndarray, np.ndarray],
    subjects: np.ndarray,
    classes: int,
    replicates: int,
    seed: int,
) -> tuple[Confusions, Confusions]:
    """Return the confusion matrices of both runs, and those of every draw of subjects."""
    both = [subject_confusions(labels, p, subjects, classes) for p in predicted]
    count = len(both[0])
    if count == 1:
        replicates = 0  # nothing varies that could be drawn
    draws = subject_draws(count, replicates, seed).astype(float)  # counts, exact as floats
    drawn = [(draws @ c.reshape(count, -1)).reshape(-1, classes, classes) for c in both]
    return (both[0].sum(axis=0), both[1].sum(axis=0)), (drawn[0], drawn[1])


def _clip_draws(
    labels: np.ndarray,
    predicted: tuple[np.ndarray, np.ndarray],
    classes: int,
    replicates: int,
    seed: int,
) -> tuple[Confusions, Confusions]:
    """Return the same for draws of clips: all of one label and two predictions are alike."""
    cells = (labels * classes + predicted[0]) * classes + predicted[1]
    counts = np.bincount(cells, minlength=classes**3)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(labels), counts / len(labels), size=replicates)
    cube, cubes = (c.reshape(-1, classes, classes, classes) for c in (counts, drawn))
    return (cube.sum(axis=3)[0], cube.sum(axis=2)[0]), (cubes.sum(axis=3), cubes.sum(axis=2))
