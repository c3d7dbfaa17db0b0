"""Events of two annotators: their labels with frames, paired one to one by overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from ..consensus.votes import newest
from ..tables import MARKS

LARGEST = 20_000_000  # pairs of events that are compared


@dataclass(frozen=True)
class Two:
    """What two annotators said of the clips that both looked at.

    Attributes
    ----------
    first, second : DataFrame
        A row per event: ``clip``, ``label`` and the marks; the newest opinion of each.
    names : tuple of str
    clips : list of str
        Those that both looked at, sorted.
    """

    first: pd.DataFrame
    second: pd.DataFrame
    names: tuple[str, str]
    clips: list[str]


def two_annotators(
    first: pd.DataFrame,
    second: pd.DataFrame | None = None,
    *,
    annotators: Sequence[str] | None = None,
    clips: pd.DataFrame | Sequence[str] | None = None,
) -> Two:
    """Return what two annotators said, from a table each or from one table of many.

    Parameters
    ----------
    first, second : DataFrame
        Opinions tables. Without ``second`` the two are the ``annotators`` of ``first``.
    annotators : two names, optional
        Not needed where one table has two annotators only.
    clips : DataFrame with a column ``clip``, or sequence of str, optional
        The clips that both looked at; unless told, those of which both said something.

    Raises
    ------
    InputError
        When it is not clear which two are meant.
    """
    if second is None:
        rows = newest(first, True)
        names = _pair(sorted(rows["annotator"].unique()), annotators)
        tables = [rows[rows["annotator"] == name] for name in names]
    elif annotators is not None:
        raise InputError("give either two tables, or one table and two annotators.")
    else:
        tables = [newest(table, True) for table in (first, second)]
        names = (_only(tables[0], "first"), _only(tables[1], "second"))
    if clips is None:
        both = set(tables[0]["clip"]) & set(tables[1]["clip"])
    else:
        both = {
            str(c).strip() for c in (clips["clip"] if isinstance(clips, pd.DataFrame) else clips)
        }
    columns = ["clip", "label", *MARKS]
    kept = [t.loc[t["clip"].isin(both), columns].reset_index(drop=True) for t in tables]
    return Two(kept[0], kept[1], names, sorted(both))


def _pair(known: list[str], annotators: Sequence[str] | None) -> tuple[str, str]:
    if annotators is None:
        if len(known) != 2:
            raise InputError(
                f"two annotators are compared, and the table has {len(known)} "
                f"({named(known) or 'none'}); name them: annotators=('ann', 'bob')."
            )
        return known[0], known[1]
    if isinstance(annotators, str) or len(annotators) != 2 or len(set(annotators)) < 2:
        raise InputError(f"'annotators' must be two different names; it is {annotators!r}.")
    for name in annotators:
        if name not in known:
            raise InputError(unknown_name("annotator", name, known))
    return str(annotators[0]), str(annotators[1])


def _only(table: pd.DataFrame, which: str) -> str:
    people = table["annotator"].unique()
    if len(people) > 1:
        raise InputError(
            f"the {which} of two tables must be of one annotator; it has {named(people)}. Give "
            "one table and annotators=('ann', 'bob')."
        )
    return str(people[0]) if len(people) else which


def whole_events(table: pd.DataFrame) -> pd.DataFrame:
    """Return the events that have both onset and offset, as ``onset`` and ``offset`` of int."""
    whole = (table["onset"].notna() & table["offset"].notna()).to_numpy(dtype=bool)
    kept = table[whole].reset_index(drop=True)
    return kept.astype({"onset": "int64", "offset": "int64"})


def shared_frames(
    onset: np.ndarray, offset: np.ndarray, onset2: np.ndarray, offset2: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many frames two intervals share, and how many either has; ends included.

    >>> shared_frames(np.array([0]), np.array([9]), np.array([5]), np.array([14]))
    (array([5]), array([15]))
    """
    both = np.minimum(offset, offset2) - np.maximum(onset, onset2) + 1
    both = np.maximum(both, 0)
    return both, (offset - onset + 1) + (offset2 - onset2 + 1) - both


def pair_events(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    threshold: float = 0.0,
    same_label: bool = False,
    lone: bool = False,
) -> pd.DataFrame:
    """Return pairs of events, one to one, with the largest sum of overlaps in each clip.

    Parameters
    ----------
    first, second : DataFrame
        ``whole_events`` of two annotators.
    threshold : float
        Pairs need at least this overlap (intersection over union), and one frame in common.
    same_label : bool
        Pairs need the same label.
    lone : bool
        Pair the only events of a clip whatever their overlap.

    Returns
    -------
    DataFrame
        ``i``, ``j`` (rows of the two tables) and ``overlap``, in the order of ``i``.
    """
    pairs = _candidates(first, second)
    both, either = shared_frames(
        *(pairs[name].to_numpy() for name in ("onset_x", "offset_x", "onset_y", "offset_y"))
    )
    pairs = pairs.assign(overlap=both / either)
    wanted = (both > 0) & (pairs["overlap"].to_numpy() >= threshold - 1e-12)
    if lone:
        wanted |= ~pairs["clip"].duplicated(keep=False).to_numpy()
    if same_label:
        wanted &= (pairs["label_x"] == pairs["label_y"]).to_numpy()
    pairs = pairs.loc[wanted, ["clip", "i", "j", "overlap"]]
    rivals = pairs["i"].duplicated(keep=False) | pairs["j"].duplicated(keep=False)
    contested = pairs["clip"].isin(pairs.loc[rivals, "clip"])
    settled = [_assigned(part) for _, part in pairs[contested].groupby("clip", sort=False)]
    out = pd.concat([pairs[~contested], *settled])[["i", "j", "overlap"]]
    return out.sort_values("i").reset_index(drop=True)


def _candidates(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Return all pairs of events in one clip."""
    counts = first["clip"].value_counts(), second["clip"].value_counts()
    size = int(counts[0].mul(counts[1], fill_value=0).sum())
    if size > LARGEST:
        raise InputError(
            f"the clips have too many events to compare ({size} pairs, at most {LARGEST}); compare "
            "fewer clips at a time."
        )
    numbered = [t.assign(**{n: np.arange(len(t))}) for t, n in ((first, "i"), (second, "j"))]
    return numbered[0].merge(numbered[1], on="clip")


def _assigned(part: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of one clip with the largest sum of overlaps."""
    rows, i = np.unique(part["i"], return_inverse=True)
    columns, j = np.unique(part["j"], return_inverse=True)
    gain = np.zeros((len(rows), len(columns)))
    gain[i, j] = part["overlap"] + 1e-9  # a pair without overlap is better than none
    chosen = np.zeros_like(gain, dtype=bool)
    chosen[linear_sum_assignment(gain, maximize=True)] = True
    return part[chosen[i, j]]
