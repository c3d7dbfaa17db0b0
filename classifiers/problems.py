"""Many classes as several problems of two, and from their answers to probabilities.

| scheme | problems | probabilities |
|---|---|---|
| one-vs-rest | each class against all others | their odds, corrected for the classes' shares |
| one-vs-one | each pair of classes on their own rows | coupled, Wu, Lin and Weng 2004 |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from joblib import Parallel, delayed
from scipy.special import expit, softmax

from .bayes import Bernoulli, Control, Posterior
from .pairs import couple_pairs, pairs_of
from .relevance import LEARNERS


@dataclass(frozen=True)
class Problem:
    """Two sides: ``positive`` (rows,) of the training rows ``rows``, and a name for messages."""

    rows: np.ndarray
    positive: np.ndarray
    name: str


def class_problems(scheme: str, number: np.ndarray, classes: np.ndarray) -> list[Problem]:
    """Return the problems of a scheme; a single one, second class against first, for two classes.

    Parameters
    ----------
    number : int array (n,)
        The number of each row's class.
    classes : array (classes,)
        Their names.

    Examples
    --------
    >>> found = class_problems("one-vs-one", np.array([0, 1, 2, 0]), np.array(list("abc")))
    >>> [(p.name, p.rows.tolist()) for p in found]
    [('b against a', [0, 1, 3]), ('c against a', [0, 2, 3]), ('c against b', [1, 2])]
    """
    everything = np.arange(len(number))
    if len(classes) == 2:
        return [Problem(everything, number == 1, f"{classes[1]} against {classes[0]}")]
    if scheme == "one-vs-rest":
        return [
            Problem(everything, number == c, f"{name} against the rest")
            for c, name in enumerate(classes)
        ]
    out = []
    for i, j in pairs_of(len(classes)):
        rows = np.flatnonzero((number == i) | (number == j))
        out.append(Problem(rows, number[rows] == j, f"{classes[j]} against {classes[i]}"))
    return out


def solve_problems(
    problems: Sequence[Problem],
    columns: np.ndarray,
    among: np.ndarray,
    weights: np.ndarray,
    algorithm: str,
    control: Control,
    n_jobs: int | None = None,
) -> list[Posterior]:
    """Return one posterior per problem, active columns numbered as in ``columns``.

    Parameters
    ----------
    columns : array (n, m)
        Over all training rows. A problem sees its own rows, and the columns of its own rows.
    among : int array (m,)
        The row that each column belongs to.
    weights : array (n,)
    algorithm : str
        A name in ``LEARNERS``.
    n_jobs : int or None
        Threads.
    """

    def one(problem: Problem) -> Posterior:
        t, of_rows = problem.positive.astype(np.float64), weights[problem.rows]
        likelihood = Bernoulli(t, None if (of_rows == 1).all() else of_rows)
        if len(problem.rows) == len(columns):
            return LEARNERS[algorithm](columns, likelihood, control=control)
        own = np.flatnonzero(np.isin(among, problem.rows))
        part = columns[np.ix_(problem.rows, own)]
        found = LEARNERS[algorithm](part, likelihood, control=control)
        return replace(found, active=own[found.active])

    return Parallel(n_jobs=n_jobs, prefer="threads")(delayed(one)(p) for p in problems)


def log_odds(mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the log odds of the moderated probability (MacKay 1992), in the shape of ``mean``."""
    return mean / np.sqrt(1.0 + np.pi * variance / 8.0)


def class_offsets(counts: np.ndarray) -> np.ndarray:
    """Return what one against the rest adds to the log odds of each class, (classes,).

    Parameters
    ----------
    counts : array (classes,)
        Rows of each class, by their weights.

    Notes
    -----
    A class of share s has the odds ``s / (1 - s) * p(x | class) / p(x | rest)``, and the
    probability ``s p(x | class) / p(x)``. With ``p(x | rest)`` taken alike for all classes, that is
    in proportion to s times the odds over the odds of a machine that sees no column (derived here).
    Those are moderated, too: its offset has the variance ``1 / (n s (1 - s))``. So machines without
    a relevance vector give back the shares, and classes of one size need no correction.
    """
    share = counts / counts.sum()
    blind = log_odds(np.log(share / (1.0 - share)), 1.0 / (counts * (1.0 - share)))
    return np.log(share) - blind


def class_probabilities(scheme: str, odds: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Return class probabilities (n, classes) from the log odds of all problems (n, problems).

    ``offsets`` (classes,) are those of ``class_offsets``.

    Examples
    --------
    >>> odds = np.log([[1.0, 2.0, 5.0]])
    >>> class_probabilities("one-vs-rest", odds, class_offsets(np.full(3, 10.0))).round(3).tolist()
    [[0.125, 0.25, 0.625]]
    """
    if len(offsets) == 2:
        second = expit(odds)
        return np.hstack([1.0 - second, second])
    if scheme == "one-vs-rest":
        return softmax(odds + offsets, axis=1)
    return couple_pairs(expit(odds), len(offsets))
