"""Many runs over many blocks: Friedman's test, mean ranks, and which ranks differ at all.

After Demsar, "Statistical Comparisons of Classifiers over Multiple Data Sets", JMLR 7 (2006) 1-30.
A block is what all runs were scored on: a data set, or a subject. N blocks, k runs; rank 1 is best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, f, rankdata, studentized_range

ALPHA = 0.05
FEW_BLOCKS = 10  # Demsar 2006, p. 11: the chi-square approximation needs N > 10 (and k > 5)


@dataclass(frozen=True)
class Friedman:
    """The test that all runs are alike: chi-square, and the F of Iman and Davenport with its p."""

    chi_square: float
    chi_square_p: float
    f: float
    p: float


@dataclass(frozen=True)
class Ranking:
    """Mean ranks of runs over blocks, and what may be concluded from them.

    Attributes
    ----------
    runs : tuple of str
        What is ranked, in the order of ``mean_ranks``.
    blocks : tuple of str
    unit : str
        What a block is, in the plural: "subjects" or "data sets".
    score : str
        What was ranked in each block.
    mean_ranks : tuple of float
    friedman : Friedman
    critical_difference : float
        Mean ranks that lie at least this far apart differ (Nemenyi, ``ALPHA``).
    groups : tuple of tuple of int
        Numbers of runs that cannot be told apart, best first; only groups of two or more.
    doubts : tuple of str
        What weakens the conclusion, a sentence each.
    """

    runs: tuple[str, ...]
    blocks: tuple[str, ...]
    unit: str
    score: str
    mean_ranks: tuple[float, ...]
    friedman: Friedman
    critical_difference: float
    groups: tuple[tuple[int, ...], ...]
    doubts: tuple[str, ...]


def ranks_of(scores: np.ndarray) -> np.ndarray:
    """Return ranks within each block, the best is 1, ties share their mean, (N, k) -> (N, k).

    >>> ranks_of(np.array([[0.9, 0.5, 0.9]])).tolist()
    [[1.5, 3.0, 1.5]]
    """
    return rankdata(-np.round(scores, 12), axis=1)  # equal shares of clips are equal


def friedman(ranks: np.ndarray) -> Friedman:
    """Return Friedman's test with its correction for ties, and the F of Iman and Davenport (1980).

    chi2 = 12 / (N k (k + 1)) sum_j R_j^2 - 3 N (k + 1), R_j the sum of ranks of run j, divided by
    1 - sum (t^3 - t) / (N (k^3 - k)) over groups of t ties (Conover 1999, section 5.8);
    F = (N - 1) chi2 / (N (k - 1) - chi2), with k - 1 and (k - 1)(N - 1) degrees of freedom
    (doi:10.1080/03610928008827904). Where no block tells the runs apart, p is 1. Its p is kept at
    or above that of all blocks agreeing by chance, which F, an approximation, does not know.
    """
    n, k = ranks.shape
    sums = ranks.sum(axis=0)
    plain = 12 / (n * k * (k + 1)) * float((sums**2).sum()) - 3 * n * (k + 1)
    ties = 1 - sum(_ties(row) for row in ranks) / (n * (k**3 - k))
    if ties <= 0:  # every block is one big tie
        return Friedman(0.0, 1.0, 0.0, 1.0)
    chi = max(0.0, plain / ties)
    left = n * (k - 1) - chi
    ratio = (n - 1) * chi / left if left > 1e-9 else math.inf  # every block agrees
    p = float(f.sf(ratio, k - 1, (k - 1) * (n - 1))) if n > 1 else 1.0
    p = max(p, agreement(n, k))
    return Friedman(chi, float(chi2.sf(chi, k - 1)), ratio, p)


def agreement(blocks: int, runs: int) -> float:
    """Return how likely all blocks rank all runs alike by chance, (1 / k!)^(N - 1).

    >>> round(agreement(3, 3), 4)
    0.0278
    """
    return math.exp(-(blocks - 1) * math.lgamma(runs + 1))


def _ties(row: np.ndarray) -> float:
    _, counts = np.unique(row, return_counts=True)
    return float((counts.astype(float) ** 3 - counts).sum())


def critical_difference(runs: int, blocks: int, alpha: float = ALPHA) -> float:
    """Return Nemenyi's critical difference of mean ranks, q sqrt(k (k + 1) / (6 N)).

    q is the studentized range statistic for infinitely many degrees of freedom over sqrt(2).

    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    q = float(studentized_range.ppf(1 - alpha, runs, np.inf)) / math.sqrt(2)
    return q * math.sqrt(runs * (runs + 1) / (6 * blocks))


def alike(mean_ranks: np.ndarray, difference: float) -> tuple[tuple[int, ...], ...]:
    """Return the largest groups of runs whose mean ranks all lie less than ``difference`` apart.

    >>> alike(np.array([3.0, 1.0, 1.5]), 1.0)
    ((1, 2),)
    """
    order = np.argsort(mean_ranks, kind="stable")
    groups: list[tuple[int, ...]] = []
    end = -1
    for start in range(len(order)):
        near = mean_ranks[order] - mean_ranks[order[start]] < difference
        last = int(np.flatnonzero(near)[-1])
        if last > max(end, start):
            groups.append(tuple(int(i) for i in order[start : last + 1]))
        end = max(end, last)
    return tuple(groups)


def rank_runs(
    scores: np.ndarray, runs: list[str], blocks: list[str], unit: str, score: str
) -> Ranking:
    """Return the ranking of three or more runs.

    Parameters
    ----------
    scores : array (N, k)
        A row per block, a column per run; higher is better.
    runs, blocks : list of str
    unit : str
        What a block is, in the plural.
    score : str
        What ``scores`` holds.
    """
    ranks = ranks_of(scores)
    n, k = ranks.shape
    difference = critical_difference(k, n)
    means = ranks.mean(axis=0)
    return Ranking(
        tuple(runs),
        tuple(blocks),
        unit,
        score,
        tuple(float(v) for v in means),
        friedman(ranks),
        difference,
        alike(means, difference),
        tuple(_doubts(n, k, difference, unit)),
    )


def _doubts(n: int, k: int, difference: float, unit: str) -> list[str]:
    """Return why so few blocks conclude little or nothing."""
    smallest = agreement(n, k)
    if smallest > ALPHA:
        return [
            f"With {n} {unit} nothing can be concluded: even if all of them ranked the {k} runs "
            f"alike, that would happen by chance with a probability of {smallest:.2f}."
        ]
    out = []
    if difference >= k - 1:
        out.append(
            f"With {n} {unit} no two runs can be told apart by their mean ranks: the critical "
            f"difference, {difference:.2f}, is not below the largest possible one, {k - 1}."
        )
    if n <= FEW_BLOCKS:
        out.append(f"With {n} {unit} (10 or fewer) the p-value is rough.")
    return out
