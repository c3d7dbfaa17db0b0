"""Slow twins of the coefficients of agreement, written from the sources with loops over pairs.

A table is a list of units, each a list of ratings with None where nobody rated.

Sources: Fleiss 1971; Cohen 1960 and 1968; Krippendorff 2011 (coincidence matrices); Shrout and
Fleiss 1979 (sums of squares). Two published tables, Krippendorff's and Shrout and Fleiss's, and
two of Fleiss's are here as well.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

_ = None
KRIPPENDORFF = [  # 2011, example C: 12 units, 4 observers
    [1, 1, _, 1],
    [2, 2, 3, 2],
    [3, 3, 3, 3],
    [3, 3, 3, 3],
    [2, 2, 2, 2],
    [1, 2, 3, 4],
    [4, 4, 4, 4],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [_, 5, 5, 5],
    [_, _, 1, 1],
    [_, _, 3, _],
]
SHROUT_FLEISS = [  # 1979, table 2: 6 targets, 4 judges
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
FOURTEEN = [  # 10 units, 14 raters, 5 categories: the textbook example of Fleiss' kappa
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
PSYCHIATRISTS = [  # Fleiss 1971, table 1: 30 patients, 6 psychiatrists
    [0, 0, 0, 6, 0],
    [0, 3, 0, 0, 3],
    [0, 1, 4, 0, 1],
    [0, 0, 0, 0, 6],
    [0, 3, 0, 3, 0],
    [2, 0, 4, 0, 0],
    [0, 0, 4, 0, 2],
    [2, 0, 3, 1, 0],
    [2, 0, 0, 4, 0],
    [0, 0, 0, 0, 6],
    [1, 0, 0, 5, 0],
    [1, 1, 0, 4, 0],
    [0, 3, 3, 0, 0],
    [1, 0, 0, 5, 0],
    [0, 2, 0, 3, 1],
    [0, 0, 5, 0, 1],
    [3, 0, 0, 1, 2],
    [5, 1, 0, 0, 0],
    [0, 2, 0, 4, 0],
    [1, 0, 2, 0, 3],
    [0, 0, 0, 0, 6],
    [0, 1, 0, 5, 0],
    [0, 2, 0, 1, 3],
    [2, 0, 0, 4, 0],
    [1, 0, 0, 4, 1],
    [0, 5, 0, 1, 0],
    [4, 0, 0, 0, 2],
    [0, 2, 0, 4, 0],
    [1, 0, 5, 0, 0],
    [0, 0, 0, 0, 6],
]


def expanded(counts: list[list[int]], names: str = "abcde") -> list[list[str]]:
    """Return ratings, units x raters, of a table of counts, units x categories."""
    return [[c for c, n in zip(names, row, strict=True) for _ in range(n)] for row in counts]


def said(table: list[list]) -> list[list]:
    """Return the ratings of each unit that was rated at least twice."""
    units = [[x for x in unit if x is not None] for unit in table]
    return [unit for unit in units if len(unit) >= 2]


def percent(table: list[list]) -> float:
    """Return the mean over units of the share of pairs that agree."""
    shares = []
    for unit in said(table):
        pairs = list(permutations(unit, 2))
        shares.append(sum(a == b for a, b in pairs) / len(pairs))
    return float(np.mean(shares))


def fleiss(table: list[list]) -> float:
    """Return (P - P_e) / (1 - P_e) of Fleiss 1971."""
    units = said(table)
    values = {x for unit in units for x in unit}
    p_j = [np.mean([unit.count(c) / len(unit) for unit in units]) for c in values]
    chance = sum(p**2 for p in p_j)
    return float((percent(table) - chance) / (1 - chance))


def cohen(table: list[list], weight=lambda a, b: float(a != b)) -> float:
    """Return 1 - sum v p_o / sum v p_c of Cohen 1968, over the values that occur."""
    pairs = [(a, b) for a, b in table if a is not None and b is not None]
    n = len(pairs)
    observed = sum(weight(a, b) for a, b in pairs) / n
    expected = sum(weight(a, b) for a, _b in pairs for _a, b in pairs) / n**2
    return 1 - observed / expected


def alpha(table: list[list], level: str) -> float:
    """Return alpha from the coincidence matrix of Krippendorff 2011, section C and D."""
    units = said(table)
    values = sorted({x for unit in units for x in unit})
    o = {(c, k): 0.0 for c in values for k in values}
    for unit in units:
        for c, k in permutations(unit, 2):
            o[c, k] += 1 / (len(unit) - 1)
    n_c = {c: sum(o[c, k] for k in values) for c in values}
    n = sum(n_c.values())
    difference = _difference(level, values, n_c)
    observed = sum(o[c, k] * difference(c, k) for c, k in o)
    expected = sum(n_c[c] * n_c[k] * difference(c, k) for c, k in o) / (n - 1)
    return 1 - observed / expected


def _difference(level: str, values: list, n_c: dict):
    def ordinal(c, k):
        low, high = min(c, k), max(c, k)
        between = sum(n_c[g] for g in values if low <= g <= high)
        return (between - (n_c[c] + n_c[k]) / 2) ** 2

    return {
        "nominal": lambda c, k: float(c != k),
        "ordinal": ordinal,
        "interval": lambda c, k: (c - k) ** 2,
        "ratio": lambda c, k: ((c - k) / (c + k)) ** 2 if c != k else 0.0,
    }[level]


def icc(table: list[list[float]], form: str, average: bool) -> float:
    """Return Shrout and Fleiss 1979's coefficients, named as McGraw and Wong 1996 do."""
    n, k = len(table), len(table[0])
    grand = sum(map(sum, table)) / (n * k)
    rows = [sum(unit) / k for unit in table]
    columns = [sum(unit[j] for unit in table) / n for j in range(k)]
    bms = k * sum((m - grand) ** 2 for m in rows) / (n - 1)
    wss = sum((x - m) ** 2 for unit, m in zip(table, rows, strict=True) for x in unit)
    jss = n * sum((m - grand) ** 2 for m in columns)
    wms, jms, ems = wss / (n * (k - 1)), jss / (k - 1), (wss - jss) / ((n - 1) * (k - 1))
    return {
        ("1", False): (bms - wms) / (bms + (k - 1) * wms),
        ("A", False): (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n),
        ("C", False): (bms - ems) / (bms + (k - 1) * ems),
        ("1", True): (bms - wms) / bms,
        ("A", True): (bms - ems) / (bms + (jms - ems) / n),
        ("C", True): (bms - ems) / bms,
    }[form, average]


def one_way_unequal(table: list[list]) -> float:
    """Return Donner 1986's analysis of variance estimator with unequal numbers of ratings."""
    units = said(table)
    total, n = sum(map(len, units)), len(units)
    grand = sum(map(sum, units)) / total
    msb = sum(len(u) * (np.mean(u) - grand) ** 2 for u in units) / (n - 1)
    msw = sum((x - np.mean(u)) ** 2 for u in units for x in u) / (total - n)
    n_0 = (total - sum(len(u) ** 2 for u in units) / total) / (n - 1)
    return float((msb - msw) / (msb + (n_0 - 1) * msw))


def specific(table: list[list], category) -> tuple[float, float]:
    """Return how probably a second rater says (does not say) what a first one said (did not)."""
    pairs = [pair for unit in said(table) for pair in permutations(unit, 2)]
    yes = [b == category for a, b in pairs if a == category]
    no = [b != category for a, b in pairs if a != category]
    return float(np.mean(yes)), float(np.mean(no))
