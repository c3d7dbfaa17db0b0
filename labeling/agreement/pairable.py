"""The units that count for agreement, and the sentences for when there are none."""

from __future__ import annotations

import numpy as np

from .cells import written
from .figure import Figure
from .ratings import Ratings


def pairable(ratings: Ratings) -> Ratings:
    """Return the units that were rated at least twice: only they can agree or disagree.

    >>> from .ratings import as_ratings
    >>> pairable(as_ratings([["a", "b"], ["a", None]])).units
    ('0',)
    """
    return ratings.rows((ratings.codes >= 0).sum(axis=1) >= 2)


def rated_by_all(ratings: Ratings) -> Ratings:
    """Return the units that every rater rated, if these are at least two.

    Raters who rated nothing at all are left out.

    >>> from .ratings import as_ratings
    >>> rated_by_all(as_ratings([["a", "b", None], ["a", None, None]])).codes.tolist()
    [[0, 1]]
    """
    rated = ratings.codes >= 0
    active = ratings.columns(*np.flatnonzero(rated.any(axis=0)))
    return active.rows(np.all(active.codes >= 0, axis=1) & (len(active.raters) >= 2))


def lacking(ratings: Ratings, kept: Ratings, together: str = "rated twice") -> str:
    """Return why these ratings can say nothing of agreement, or "".

    >>> from .ratings import as_ratings
    >>> one = as_ratings([["a", None], ["b", None]])
    >>> lacking(one, pairable(one))
    'it takes at least two raters; 1 rated anything'
    """
    if ratings.active < 2:
        return f"it takes at least two raters; {ratings.active or 'nobody'} rated anything"
    if not len(kept.codes):
        return f"none of the {len(ratings.codes)} units was {together}"
    return ""


def constant(kept: Ratings) -> str:
    """Return why chance-corrected agreement is undefined where nothing varies, or "".

    >>> from .ratings import as_ratings
    >>> constant(as_ratings([["joy", "joy"]]))
    "everybody always said 'joy': agreement is 100 %, chance-corrected agreement is undefined"
    """
    used = np.unique(kept.codes[kept.codes >= 0])
    if len(used) != 1:
        return ""
    said = written(kept.categories[used[0]])
    return (
        f"everybody always said {said!r}: agreement is 100 %, chance-corrected agreement is "
        "undefined"
    )


def nothing(name: str, definition: str, ratings: Ratings, kept: Ratings, reason: str) -> Figure:
    """Return the Figure of a coefficient that is undefined for ``reason``."""
    raters = kept.active if len(kept.codes) else ratings.active
    return Figure(name, None, None, None, len(kept.codes), raters, definition, reason)


def distinct(kept: Ratings, exchangeable: bool) -> tuple[Ratings, np.ndarray]:
    """Return the different units and how many there are of each.

    Equal units need to be counted only once, which makes the bootstrap fast.

    Parameters
    ----------
    kept : Ratings
    exchangeable : bool
        Whether it does not matter which rater said what.

    Returns
    -------
    tuple
        Ratings of the m different units, and their multiplicities (m,).

    Examples
    --------
    >>> from .ratings import as_ratings
    >>> found, times = distinct(as_ratings([["a", "b"], ["b", "a"]]), exchangeable=True)
    >>> found.codes.tolist(), times.tolist()
    ([[0, 1]], [2])
    """
    codes = np.sort(kept.codes, axis=1) if exchangeable else kept.codes
    codes, first, times = np.unique(codes, axis=0, return_index=True, return_counts=True)
    units = tuple(kept.units[i] for i in first)
    return Ratings(codes, kept.categories, units, kept.raters, kept.ordered), times
