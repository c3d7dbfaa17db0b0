"""From opinions to votes: the newest opinion per annotator and clip, as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sttm.errors import InputError, unknown_name

from ..tables import MARKS, check_opinions

JOINT = "+"


@dataclass(frozen=True)
class Votes:
    """What each annotator says of each clip, one row per vote.

    Attributes
    ----------
    clips, annotators, labels : list of str
        The names that the numbers stand for: clips as they first appear, the others sorted.
    clip, annotator, label : array (votes,) of int
    marks : DataFrame (votes, marks)
        ``onset``, ``apex``, ``offset`` as float, NaN where a vote has none; the columns that the
        opinions have.
    """

    clips: list[str]
    annotators: list[str]
    labels: list[str]
    clip: np.ndarray
    annotator: np.ndarray
    label: np.ndarray
    marks: pd.DataFrame

    @cached_property
    def opinions(self) -> np.ndarray:
        """Return the number of votes per clip, shape (clips,)."""
        return np.bincount(self.clip, minlength=len(self.clips))

    def counts(self, weights: np.ndarray | None = None) -> tuple[np.ndarray, ...]:
        """Return the pairs of clip and label that were said, and their votes or weights.

        Three arrays of one length, sorted by clip, then label: clip, label, votes. Labels that
        nobody said of a clip are not there, so thousands of free labels cost nothing.
        """
        width = max(len(self.labels), 1)
        pairs, where = np.unique(self.clip * width + self.label, return_inverse=True)
        votes = np.bincount(where, weights=weights, minlength=len(pairs))
        return pairs // width, pairs % width, votes


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sorting key under which 4 comes before 12, and AU4 before AU12.

    >>> sorted(["12", "4", "AU12", "AU4"], key=natural)
    ['4', '12', 'AU4', 'AU12']
    """
    parts = re.findall(r"[0-9]{1,18}|[^0-9]+|[0-9]+", name)
    return [(0, int(p), p) if p.isascii() and p.isdigit() else (1, 0, p) for p in parts]


def joined(labels: Iterable[str]) -> str:
    """Return the labels of one clip as one text, each once, in natural order.

    >>> joined(["12", "4", "12"])
    '4+12'
    """
    return JOINT.join(sorted(set(labels), key=natural))


def newest(opinions: pd.DataFrame, several: bool | None = None) -> pd.DataFrame:
    """Return the rows of the newest opinion per clip and annotator, checked.

    Of hidden repeats the first showing counts (``turn`` 0, the lowest one there is). The newest
    opinion is the last one of a table that names opinions (column ``opinion``, as a study's);
    otherwise the one with the latest ``time``, and the last row among equals. Opinions without a
    label are left out.

    Parameters
    ----------
    opinions : DataFrame
        An opinions table; ``clip``, ``annotator`` and ``label`` are enough.
    several : bool, optional
        Whether one opinion may hold several labels, as rows of one ``opinion`` or, in a table
        without that column, of one ``time``. Unless told, only where there is such a column.

    Raises
    ------
    InputError
        For a missing column, a blank name, or an impossible mark.
    """
    if not isinstance(opinions, pd.DataFrame):
        raise InputError(f"opinions must be a table (DataFrame), not {type(opinions).__name__}.")
    kept = _last_opinions(opinions.reset_index(drop=True), several)
    if "label" in kept:
        text = kept["label"].astype("string").fillna("").str.strip()
        kept = kept[(text != "").to_numpy(dtype=bool)]
    return check_opinions(kept)


def _last_opinions(table: pd.DataFrame, several: bool | None) -> pd.DataFrame:
    if table.empty or not {"clip", "annotator"} <= set(table.columns):
        return table
    keys = [_texts(table, "clip"), _texts(table, "annotator")]
    if "turn" in table:
        turn = pd.to_numeric(table["turn"], errors="coerce").fillna(0).astype(float)
        first = (turn == turn.groupby(keys).transform("min")).to_numpy()
        table, keys = table[first], [key[first] for key in keys]
    named = "opinion" in table
    if not named and "time" in table:
        moment = pd.to_datetime(table["time"], format="ISO8601", utc=True, errors="coerce")
        order = np.argsort(moment.fillna(pd.Timestamp(0, tz="UTC")).to_numpy(), kind="stable")
        table, keys = table.iloc[order], [key.iloc[order] for key in keys]
    if not named and not several:
        superseded = pd.concat(keys, axis=1).duplicated(keep="last").to_numpy()
        return table[~superseded].sort_index()
    unit = _texts(table, "opinion" if named else "time")
    last = unit.groupby(keys).transform("last")
    return table[(unit == last).to_numpy()].sort_index()


def _texts(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series("", index=table.index, dtype=object)
    return table[column].astype("string").fillna("").str.strip().astype(object)


def has_several(rows: pd.DataFrame) -> bool:
    """Return whether any annotator gives a clip two different labels at once."""
    pairs = rows[["clip", "annotator", "label"]].drop_duplicates()
    return bool(pairs.duplicated(["clip", "annotator"]).any())


def joined_opinions(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``newest`` as one per clip and annotator, several labels joined.

    Columns ``clip``, ``annotator``, ``label``, in the order in which they were said.
    """
    pairs = rows[["clip", "annotator", "label"]].drop_duplicates()
    keys = ["clip", "annotator"]
    if not pairs.duplicated(keys).any():
        return pairs.reset_index(drop=True)
    return pairs.groupby(keys, sort=False)["label"].agg(joined).reset_index()


def votes_of(rows: pd.DataFrame, labels: Sequence[str] | None = None) -> Votes:
    """Return the rows of ``newest`` as votes, one per clip and annotator.

    Marks of an annotator who gives a clip the same label twice are left out.

    Parameters
    ----------
    rows : DataFrame
    labels : sequence of str, optional
        All labels in their order; those that were said in natural order unless told.

    Raises
    ------
    InputError
        When an opinion has two labels, or a label was said that is not in ``labels``.
    """
    if has_several(rows):
        pairs = rows.drop_duplicates(["clip", "annotator", "label"])
        clip, who = pairs.loc[pairs.duplicated(["clip", "annotator"]), ["clip", "annotator"]].iloc[
            0
        ]
        raise InputError(
            f"each opinion must have one label here, and {who} gives clip {clip} several; choose "
            "one, or use a method for several (several=True)."
        )
    marks = [mark for mark in MARKS if mark in rows and rows[mark].notna().any()]
    twice = rows.duplicated(["clip", "annotator"], keep=False).to_numpy()
    values = rows[marks].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    values[twice] = np.nan
    kept = ~rows.duplicated(["clip", "annotator"]).to_numpy()
    rows, values = rows[kept], values[kept]
    names = label_names(rows["label"], labels)
    clip, clips = pd.factorize(rows["clip"].to_numpy(dtype=object))
    annotators = sorted(rows["annotator"].unique(), key=natural)
    return Votes(
        [str(c) for c in clips],
        annotators,
        names,
        clip.astype(np.int64),
        pd.Index(annotators, dtype=object)
        .get_indexer(pd.Index(rows["annotator"]))
        .astype(np.int64),
        pd.Index(names, dtype=object).get_indexer(pd.Index(rows["label"])).astype(np.int64),
        pd.DataFrame(values, columns=marks),
    )


def label_names(said: pd.Series, labels: Sequence[str] | None) -> list[str]:
    """Return the labels in their order; those that were said in natural order unless told."""
    found = sorted(set(said), key=natural)
    if labels is None:
        return found
    names = [str(name).strip() for name in labels]
    if len(set(names)) < len(names) or "" in names:
        raise InputError("'labels' must name every label once, and none may be blank.")
    for name in found:
        if name not in names:
            raise InputError(unknown_name("label in the opinions", name, names))
    return names
