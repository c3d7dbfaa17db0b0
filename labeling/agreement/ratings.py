"""A table of ratings, units x raters, whatever it came as: codes, categories and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from .cells import cells_of, cleaned, number_of, own_order, written

LARGEST = 1e100  # its square can still be computed with
MOST_COUNTS = 50_000_000  # cells of a table units x categories
JOIN = "+"  # between the labels of a clip that was given several


@dataclass(frozen=True)
class Ratings:
    """Ratings as codes.

    Parameters
    ----------
    codes : array of int (units, raters)
        Positions in ``categories``; -1 where nobody rated.
    categories : tuple
        Texts or numbers; sorted, or as ``order`` says.
    units, raters : tuple of str
    ordered : bool
        Whether somebody said which category is higher.
    """

    codes: np.ndarray
    categories: tuple[Any, ...]
    units: tuple[str, ...]
    raters: tuple[str, ...]
    ordered: bool = False

    @cached_property
    def counts(self) -> np.ndarray:
        """How often each unit was given each category, (units, categories).

        Raises
        ------
        InputError
            When there are too many categories for this to make sense.
        """
        if self.codes.shape[0] * len(self.categories) > MOST_COUNTS:
            raise InputError(
                f"these ratings have {len(self.categories)} different values, too many for "
                "categories; take icc, or krippendorff_alpha with level='interval'."
            )
        flat = self.codes + np.arange(len(self.codes))[:, None] * len(self.categories)
        cells = len(self.codes) * len(self.categories)
        found = np.bincount(flat[self.codes >= 0], minlength=cells)
        return found.reshape(len(self.codes), len(self.categories))

    @cached_property
    def active(self) -> int:
        """How many raters rated anything."""
        return int((self.codes >= 0).any(axis=0).sum())

    def scale(self) -> np.ndarray:
        """Return each category as a number: itself, or 1, 2, ... where an order was given.

        Raises
        ------
        InputError
            When the categories are no finite numbers and no order was given.
        """
        if self.ordered:
            return np.arange(1.0, len(self.categories) + 1)
        scale = np.array([number_of(c) for c in self.categories], dtype=float)
        bad = ~(np.abs(scale) < LARGEST)
        if bad.any():
            first = self.categories[int(np.argmax(bad))]
            raise InputError(
                f"this coefficient needs finite numbers, but a rating is {first!r}; give numbers, "
                "or the categories from lowest to highest as order=[...]."
            )
        return scale

    def numbers(self) -> np.ndarray:
        """Return the ratings as numbers, (units, raters), NaN where nobody rated."""
        scale = np.append(self.scale(), np.nan)
        return scale[self.codes]  # -1 is the last one

    def ranked(self) -> Ratings:
        """Return these ratings with numbers as categories, lowest first, or as they were ordered.

        Texts such as ``"2"`` and ``"2.0"`` become one number.

        Raises
        ------
        InputError
            As ``scale`` does.
        """
        if self.ordered:
            return self
        scale, place = np.unique(self.scale(), return_inverse=True)
        codes = np.append(place.ravel(), -1)[self.codes].astype(int)
        return Ratings(codes, tuple(scale.tolist()), self.units, self.raters)

    def rows(self, keep: np.ndarray) -> Ratings:
        """Return the units that ``keep`` (units,) selects; all categories and raters stay."""
        units = tuple(np.array(self.units, dtype=object)[keep])
        return Ratings(self.codes[keep], self.categories, units, self.raters, self.ordered)

    def columns(self, *which: int) -> Ratings:
        """Return only the raters at these positions."""
        raters = tuple(self.raters[i] for i in which)
        return Ratings(
            self.codes[:, list(which)], self.categories, self.units, raters, self.ordered
        )


def as_ratings(ratings: Any, order: Sequence[Any] | None = None) -> Ratings:
    """Return a table of ratings as codes and categories.

    Text is stripped and blank text is missing, like None, NaN and ``pd.NA``. Where a table mixes
    text and numbers, ``1``, ``1.0`` and ``"1"`` are the same category. A column ``clip`` of a
    DataFrame names the units and is no rater.

    Parameters
    ----------
    ratings : DataFrame, array or nested list (units, raters), or Ratings
    order : sequence, optional
        All categories, lowest first; taken from ordered categorical columns where they agree.

    Raises
    ------
    InputError
        When it is no table of texts and numbers, is an opinions table, or ``order`` lacks one.

    Examples
    --------
    >>> found = as_ratings([["a", "b"], ["b ", None]])
    >>> found.codes.tolist(), found.categories
    ([[0, 1], [1, -1]], ('a', 'b'))
    """
    if isinstance(ratings, Ratings):
        return ratings if order is None else _ordered(ratings, cleaned(list(order)))
    said, units, raters = cells_of(ratings)
    order = own_order(ratings) if order is None else order
    missing = np.asarray(pd.isna(said), dtype=bool).ravel()
    try:
        positions, distinct = pd.factorize(said.ravel()[~missing])
    except TypeError:
        raise InputError("a rating must be one text or one number, not a list.") from None
    codes = np.full(said.size, -1)
    plain = cleaned(list(distinct))
    categories = sorted({c for c in plain if c != ""})
    place = {c: i for i, c in enumerate(categories)}
    if plain:
        codes[~missing] = np.array([place.get(c, -1) for c in plain])[positions]
    found = Ratings(codes.reshape(said.shape), tuple(categories), units, raters)
    return found if order is None else _ordered(found, cleaned(list(order)))


def _ordered(found: Ratings, order: list[Any]) -> Ratings:
    """Return the ratings with the categories in the given order."""
    if len(set(order)) != len(order) or not order:
        raise InputError(f"order must name every category once; got {named(order, 12)}.")
    place = {c: i for i, c in enumerate(order)}
    texts = {written(c): i for c, i in place.items()}
    moved = []
    for category in found.categories:
        text = written(category)
        if category not in place and text not in texts:
            raise InputError(unknown_name("rating (it is not in order)", category, order))
        moved.append(place.get(category, texts.get(text, -1)))
    codes = np.append(np.array(moved, dtype=int), -1)[found.codes]
    return Ratings(codes, tuple(order), found.units, found.raters, True)


def ratings_of(opinions: pd.DataFrame, column: str = "label") -> pd.DataFrame:
    """Return what each annotator said of each clip, as a table clips x annotators.

    Only turn 0 counts: hidden repeats are no second opinion. Of several opinions of one annotator
    on one clip the last row holds; rows with the same ``opinion`` are the intervals of one
    opinion, and its labels are joined, sorted, with "+".

    Parameters
    ----------
    opinions : DataFrame
        At least ``clip``, ``annotator`` and ``column``.
    column : str
        ``label``, ``intensity``, ``sure``, ``onset``, ...

    Returns
    -------
    DataFrame
        Index ``clip``, one column per annotator, both in order of appearance; missing where
        nobody said anything.

    Raises
    ------
    InputError
        For a missing column, or an opinion with several values in a column other than ``label``.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     {"clip": ["a", "a", "b"], "annotator": ["p", "q", "p"], "label": ["x", "y", "x"]}
    ... )
    >>> ratings_of(table).fillna("-").values.tolist()
    [['x', 'y'], ['x', '-']]
    """
    for need in ("clip", "annotator", column):
        if need not in opinions.columns:
            raise InputError(unknown_name("column of the opinions table", need, opinions.columns))
    table = opinions
    if "turn" in table:
        table = table[pd.to_numeric(table["turn"], errors="coerce").fillna(0) == 0]
    clips, people = table["clip"].unique(), table["annotator"].unique()
    out = _newest(table, column).unstack("annotator").reindex(index=clips, columns=people)
    out.index.name, out.columns.name = "clip", None
    return out


def _newest(table: pd.DataFrame, column: str) -> pd.Series:
    """Return one value per clip and annotator, indexed by both."""
    keys = ["clip", "annotator"]
    if "opinion" not in table:
        return table.drop_duplicates(keys, keep="last").set_index(keys)[column].astype(object)
    last = table.groupby(keys, sort=False)["opinion"].transform("last")
    same = (table["opinion"] == last) | (table["opinion"].isna() & last.isna())
    values = table[same.fillna(False).astype(bool)]
    values = values.assign(**{column: values[column].astype(object)}).drop_duplicates(
        [*keys, column]
    )
    if column == "label":
        return values.groupby(keys, sort=False)[column].agg(
            lambda v: JOIN.join(sorted(map(str, v)))
        )
    twice = values.duplicated(keys)
    if twice.any():
        clip, person = values.loc[twice, keys].iloc[0]
        raise InputError(
            f"{person} marked several intervals in clip {clip}, so {column!r} has no single value "
            "there; choose the rows of one label first."
        )
    return values.set_index(keys)[column]
