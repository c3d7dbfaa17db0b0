"""The training rows that early stopping looks at: no group on both sides, no class lost."""

from __future__ import annotations

import numpy as np


def held_out(
    number: np.ndarray, share: float, groups: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Return rows for validation, rising; none where too little would be left to learn from.

    Without groups each class gives its share. With them whole groups are taken, in random order,
    until the share is reached; a group without which a class would be lost is passed over.

    Parameters
    ----------
    number : int array (n,)
        The number of each row's class.
    share : float
        Of the rows, 0 to 0.5.
    groups : array (n,) or None

    Examples
    --------
    >>> rows = held_out(np.repeat([0, 1], 10), 0.2, None, np.random.default_rng(0))
    >>> np.repeat([0, 1], 10)[rows].tolist()
    [0, 0, 1, 1]
    """
    if not share:
        return np.zeros(0, dtype=int)
    if groups is None:
        parts = [np.flatnonzero(number == c) for c in np.unique(number)]
        taken = [rng.permutation(rows)[: round(share * len(rows))] for rows in parts]
        taken = [t for t, rows in zip(taken, parts, strict=True) if len(t) < len(rows)]
        return np.sort(np.concatenate(taken)) if taken else np.zeros(0, dtype=int)
    return _whole_groups(number, share * len(number), groups, rng)


def _whole_groups(
    number: np.ndarray, wanted: float, groups: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    left = np.bincount(number)
    taken = np.zeros(len(number), dtype=bool)
    for name in rng.permutation(np.unique(groups)):
        rows = groups == name
        lost = np.bincount(number[rows], minlength=len(left))
        too_many = taken.sum() + rows.sum() > 1.5 * wanted and taken.any()
        if taken.sum() >= wanted or (lost >= left).any() or too_many:
            continue
        if rows.sum() > len(number) // 2:
            continue
        taken |= rows
        left = left - lost
    return np.flatnonzero(taken)
