"""The cells of a table of ratings, from whatever holds them, as texts or numbers."""

from __future__ import annotations

from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from sttm.errors import InputError


def cells_of(ratings: Any) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Return the cells (units, raters) as objects, and the names of units and raters.

    Raises
    ------
    InputError
        When it is no table, or a table of opinions.

    Examples
    --------
    >>> cells_of([["a", "b"]])[1:]
    (('0',), ('1', '2'))
    """
    if isinstance(ratings, pd.DataFrame):
        if {"clip", "annotator"} <= set(ratings.columns):
            raise InputError(
                "this is an opinions table; make a table of ratings with ratings_of(opinions)."
            )
        if "clip" in ratings.columns:
            ratings = ratings.set_index("clip")
        cells = ratings.astype(object).to_numpy()
        return cells, tuple(map(str, ratings.index)), tuple(map(str, ratings.columns))
    cells = _array(ratings)
    if cells.ndim != 2:
        raise InputError(
            f"ratings must be a table, units x raters; this has {cells.ndim} dimension(s). Rows "
            "must be equally long, with None where nobody rated."
        )
    n, raters = cells.shape
    return cells, tuple(map(str, range(n))), tuple(str(i + 1) for i in range(raters))


def _array(ratings: Any) -> np.ndarray:
    if np.ma.isMaskedArray(ratings):
        cells = np.array(ratings.data, dtype=object)
        cells[np.ma.getmaskarray(ratings)] = None
        return cells
    if isinstance(ratings, np.ndarray):
        return ratings.astype(object)
    if isinstance(ratings, str) or not hasattr(ratings, "__len__"):
        raise InputError(f"ratings must be a table, units x raters, not {ratings!r}.")
    if len(ratings) == 0:
        return np.empty((0, 0), dtype=object)
    try:
        rows = [row if isinstance(row, str) else list(row) for row in ratings]
        return np.array(rows, dtype=object)
    except (TypeError, ValueError):
        return np.empty(len(ratings), dtype=object)  # rows of no or of different lengths


def cleaned(values: list[Any]) -> list[Any]:
    """Return values as stripped texts or as numbers; all as texts where there are both.

    Raises
    ------
    InputError
        For a value that is neither.

    Examples
    --------
    >>> cleaned([" joy", "fear"]), cleaned([1, "2"])
    (['joy', 'fear'], ['1', '2'])
    """
    plain: list[Any] = [_plain(v) for v in values]
    kinds = {isinstance(v, str) for v in plain if v != ""}
    if len(kinds) < 2:
        return plain
    return [written(v) for v in plain]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Real | Decimal):
        return value
    raise InputError(
        f"a rating must be a text or a number; got {value!r:.60}, a {type(value).__name__}."
    )


def written(category: Any) -> str:
    """Return a category as text, whole numbers without a point.

    >>> written("joy"), written(3.0), written(2.5)
    ('joy', '3', '2.5')
    """
    if isinstance(category, str):
        return category
    whole = np.isfinite(float(category)) and category == int(category)
    return str(int(category)) if whole else str(category)


def number_of(category: Any) -> float:
    """Return a category as a number, NaN where it is none.

    >>> number_of(" 2.0"), number_of("joy")
    (2.0, nan)
    """
    try:
        return float(category)
    except (ValueError, OverflowError):
        return float("nan")


def own_order(ratings: Any) -> list[Any] | None:
    """Return the order of the columns where all are the same ordered categorical.

    >>> own_order(pd.DataFrame({"ann": pd.Categorical(["b", "a"], ["b", "a"], ordered=True)}))
    ['b', 'a']
    """
    if not isinstance(ratings, pd.DataFrame):
        return None
    kinds = [kind for name, kind in ratings.dtypes.items() if name != "clip"]
    first = kinds[0] if kinds else None
    if not isinstance(first, pd.CategoricalDtype) or not first.ordered:
        return None
    return list(first.categories) if all(kind == first for kind in kinds) else None
