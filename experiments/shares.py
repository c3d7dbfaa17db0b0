"""Soft labels: of each clip, the share of every class in what its annotators said.

A data set carries them as a table (``clip``, then a column per class), an experiment as ``Shares``,
row by row beside its measures. Only training looks at them: what is tested is the clip's label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import check_key, named


@dataclass(frozen=True, eq=False)
class Shares:
    """The share of every class in the opinions of each clip.

    Attributes
    ----------
    classes : tuple of str
    values : array (n, classes)
        Rows sum to 1.
    """

    classes: tuple[str, ...]
    values: np.ndarray

    def take(self, rows: np.ndarray) -> Shares:
        """Return the shares of some rows."""
        return Shares(self.classes, self.values[rows])

    def among(self, classes: Sequence[str] | np.ndarray) -> np.ndarray:
        """Return the shares (n, classes) among some classes only, rows summing to 1 again.

        A class that no training clip has as its label cannot be learnt, so what was said for it
        is left out. A row that has nothing else is an error: its own label must have a share.

        >>> both = Shares(("a", "b", "c"), np.array([[0.5, 0.25, 0.25]]))
        >>> both.among(["a", "b"]).round(3).tolist()
        [[0.667, 0.333]]
        """
        places = {c: i for i, c in enumerate(self.classes)}
        chosen = np.zeros((len(self.values), len(classes)))
        for at, name in enumerate(classes):
            if str(name) in places:
                chosen[:, at] = self.values[:, places[str(name)]]
        total = chosen.sum(axis=1, keepdims=True)
        if not (total > 0).all():
            raise InputError(
                "every clip that is trained on needs a share for one of the classes "
                f"{named(map(str, classes), 12)}; {int((total <= 0).sum())} of {len(total)} clips "
                "have none."
            )
        return chosen / total


def shares_of(table: pd.DataFrame, clips: Sequence[str]) -> Shares:
    """Return the shares of some clips, in their order, from a data set's table.

    Raises
    ------
    InputError
        When a clip has none, or they are no shares.
    """
    check_key(table, "shares")
    rows = table.set_index("clip")
    missing = [c for c in clips if c not in rows.index]
    if missing:
        raise InputError(f"every clip needs its soft label; {named(missing)} has none.")
    values = rows.loc[list(clips)].to_numpy(dtype=float)
    wrong = ~np.isfinite(values).all(axis=1) | (values < 0).any(axis=1)
    wrong |= np.abs(values.sum(axis=1) - 1) > 1e-6
    if wrong.any():
        bad = [c for c, w in zip(clips, wrong, strict=True) if w]
        raise InputError(
            f"the shares of a clip must be at least 0 and sum to 1; they do not for {named(bad)}."
        )
    return Shares(tuple(map(str, rows.columns)), values)


def merge_shares(table: pd.DataFrame, names: Mapping[str, str], clips: pd.Series) -> pd.DataFrame:
    """Return the shares of some clips after classes were chosen or merged (``data.classes``).

    Shares of merged labels are added; those of labels that are left out are dropped and the others
    scaled up.

    Parameters
    ----------
    names : mapping
        Label -> class.
    clips : Series of str
        The clips that are kept; the label of each is one of ``names``.
    """
    kept = table[table["clip"].isin(set(clips))].reset_index(drop=True)
    values = kept.drop(columns="clip")
    merged = pd.DataFrame(index=values.index)
    for label in (str(c) for c in values if c in names):
        name = names[label]
        merged[name] = values[label] + merged.get(name, 0.0)
    merged = merged.div(merged.sum(axis=1), axis=0)
    merged.insert(0, "clip", kept["clip"])
    return merged
