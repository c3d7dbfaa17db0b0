"""How far the opinions of one clip disagree, for the order of the review."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from .scheme import Scheme
from .statement import Statement


def voices(scheme: Scheme, statements: Sequence[Statement]) -> list[frozenset[str]]:
    """Return the labels of each statement that is an answer.

    One with labels is, and one with a flag that is enough ("not visible"), as the empty set. Others
    (a comment, a flag beside nothing) say nothing of the label yet.
    """
    enough = {rule.name for rule in scheme.flags if rule.enough}
    return [
        frozenset(said.labels) for said in statements if said.intervals or enough & set(said.flags)
    ]


def disagreement(scheme: Scheme, statements: Sequence[Statement]) -> float:
    """Return how far annotators disagree on the labels of a clip, from 0 to 1.

    One label per clip: the entropy of the answers (Shannon 1948,
    https://doi.org/10.1002/j.1538-7305.1948.tb01338.x) over that of as many different ones.
    Several: the mean Jaccard distance between two annotators (Jaccard 1912,
    https://doi.org/10.1111/j.1469-8137.1912.tb05611.x).

    Parameters
    ----------
    scheme : Scheme
    statements : sequence of Statement
        One per annotator.

    Examples
    --------
    >>> from labeling.scheme import load_scheme
    >>> from labeling.statement import Interval
    >>> said = [Statement((Interval(label),)) for label in ("negative", "surprise")]
    >>> disagreement(load_scheme("smic"), said), disagreement(load_scheme("smic"), said[:1])
    (1.0, 0.0)
    """
    answers = voices(scheme, statements)
    if len(answers) < 2:
        return 0.0
    if scheme.several:
        pairs = [_distance(one, other) for one, other in combinations(answers, 2)]
        return sum(pairs) / len(pairs)
    shares = [n / len(answers) for n in Counter(answers).values()]
    entropy = -sum(p * math.log(p) for p in shares)  # H = - sum p log p, Shannon 1948
    return round(max(entropy, 0.0) / math.log(len(answers)), 12)  # all different: 1, not nearly


def _distance(one: frozenset[str], other: frozenset[str]) -> float:
    union = len(one | other)
    return 1.0 - len(one & other) / union if union else 0.0


def mark_spread(statements: Sequence[Statement]) -> float:
    """Return how far the marks of a clip lie apart: frames, the mean range over label and mark.

    A label that an annotator gave twice is left out, since nobody knows which is which.

    >>> from labeling.statement import Interval
    >>> mark_spread([Statement((Interval("joy", onset=frame),)) for frame in (3, 9)])
    6.0
    """
    frames: dict[tuple[str, str], list[int]] = {}
    for said in statements:
        times = Counter(interval.label for interval in said.intervals)
        for interval in said.intervals:
            if times[interval.label] == 1:
                for mark, frame in interval.marks.items():
                    frames.setdefault((interval.label, mark), []).append(frame)
    ranges = [max(found) - min(found) for found in frames.values() if len(found) > 1]
    return sum(ranges) / len(ranges) if ranges else 0.0
