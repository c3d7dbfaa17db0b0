"""One annotator at a time: with themselves, over time, and against the others.

All functions take an opinions table; the newest opinion of each annotator and clip counts, and
several labels of one clip are one joined label. Nobody is compared with their own votes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sttm.errors import InputError

from ..consensus.assembling import UNDECIDED
from ..consensus.majority import others_majority
from ..consensus.votes import Votes, joined_opinions, natural, newest, votes_of
from .cohen import cohen_kappa
from .figure import CONFIDENCE

FEWEST = 10  # clips for an interval
TAIL = (1 + CONFIDENCE) / 2


def intra_rater(opinions: pd.DataFrame, *, replicates: int = 0, seed: int = 0) -> pd.DataFrame:
    """Return how far annotators agree with themselves, from clips that they were shown twice.

    Parameters
    ----------
    opinions : DataFrame
        With a column ``turn``: 0, and 1 where a clip was shown a second time.
    replicates, seed : int
        Of the bootstrap for ``kappa_low`` and ``kappa_high``; 0 for none.

    Returns
    -------
    DataFrame
        A row per annotator: ``annotator``, ``clips`` (said twice), ``same`` (said the same),
        ``agreement`` (share, with Wilson's 95 % interval ``low`` and ``high``), ``kappa``
        (Cohen's, first against second time), ``kappa_low``, ``kappa_high``, ``reason`` for what
        is missing.

    Raises
    ------
    InputError
        For a missing column or an impossible mark.

    References
    ----------
    Wilson 1927, doi:10.1080/01621459.1927.10502953. Cohen 1960, doi:10.1177/001316446002000104.

    >>> rows = [("a", "ann", "joy", 0), ("a", "ann", "joy", 1), ("b", "ann", "fear", 0)]
    >>> rows += [("b", "ann", "joy", 1)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label", "turn"])
    >>> intra_rater(said)[["annotator", "clips", "same", "agreement"]].values.tolist()
    [['ann', 2, 1, 0.5]]
    """
    turn = pd.Series(0, index=opinions.index)
    if "turn" in opinions:
        turn = pd.to_numeric(opinions["turn"], errors="coerce").fillna(0)
    times = [joined_opinions(newest(opinions[part])) for part in (turn == 0, turn > 0)]
    both = times[0].merge(times[1], on=["clip", "annotator"], suffixes=("_1", "_2"))
    people = sorted(set(times[0]["annotator"]) | set(times[1]["annotator"]), key=natural)
    rows = [_with_oneself(who, both[both["annotator"] == who], replicates, seed) for who in people]
    return _typed(rows, ["annotator", "clips", "same"], INTRA)


INTRA = ["agreement", "low", "high", "kappa", "kappa_low", "kappa_high"]


def _with_oneself(who: str, both: pd.DataFrame, replicates: int, seed: int) -> dict[str, object]:
    n, same = len(both), int((both["label_1"] == both["label_2"]).sum())
    row: dict[str, object] = {"annotator": who, "clips": n, "same": same}
    if not n:
        return row | {"reason": f"{who} labelled no clip a second time"}
    low, high = _wilson(same, n)
    figure = cohen_kappa(both[["label_1", "label_2"]], replicates=replicates, seed=seed)
    return row | {
        "agreement": same / n,
        "low": low,
        "high": high,
        "kappa": figure.value,
        "kappa_low": figure.low,
        "kappa_high": figure.high,
        "reason": figure.reason,
    }


def _wilson(hits: int, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    centre = (hits + z * z / 2) / (n + z * z)  # Wilson 1927
    half = z / (n + z * z) * np.sqrt(hits * (n - hits) / n + z * z / 4)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


# over time --------------------------------------------------------------------------------------


def drift(opinions: pd.DataFrame, *, parts: int = 4) -> pd.DataFrame:
    """Return whether annotators come to agree more or less with the others as they work.

    An annotator's clips are taken in the order of the table's rows, which is the order of saying
    in a study's; the clock does not count. Agreement on a clip is the share of the others'
    opinions that are the same; clips of which nobody else spoke are left out.

    Parameters
    ----------
    opinions : DataFrame
    parts : int
        Successive stretches with equally many clips.

    Returns
    -------
    DataFrame
        A row per annotator: ``annotator``, ``clips``, ``agreement`` (mean), ``part 1``, ``part 2``,
        ... (mean of each stretch), ``change`` from first to last clip by a straight line, its 95 %
        interval ``low`` and ``high`` (White's standard error, Student's t), ``reason`` for what is
        missing.

    Raises
    ------
    InputError
        For fewer than two stretches, a missing column or an impossible mark.

    References
    ----------
    White 1980, doi:10.2307/1912934.

    >>> rows = [(str(c), "ann", "joy") for c in range(12)]
    >>> rows += [(str(c), "bob", "joy" if c < 6 else "fear") for c in range(12)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label"])
    >>> found = drift(said, parts=2).set_index("annotator").loc["bob"]
    >>> [float(v) for v in found[["part 1", "part 2"]]], bool(found["high"] < 0)
    ([1.0, 0.0], True)
    """
    if isinstance(parts, bool) or not isinstance(parts, int | np.integer) or parts < 2:
        raise InputError(f"'parts' must be a whole number, at least 2; it is {parts!r}.")
    votes = _votes(opinions)
    alike = _alike(votes)
    shared = votes.opinions[votes.clip] > 1
    rows = []
    for k, who in enumerate(votes.annotators):
        values = alike[(votes.annotator == k) & shared]
        stretches = np.array_split(values, parts)
        row: dict[str, object] = {"annotator": who, "clips": len(values)}
        row["agreement"] = float(values.mean()) if len(values) else None
        for i, stretch in enumerate(stretches, 1):
            row[f"part {i}"] = float(stretch.mean()) if len(stretch) else None
        rows.append(row | _change(who, values))
    real = ["agreement", *(f"part {i}" for i in range(1, parts + 1)), "change", "low", "high"]
    return _typed(rows, ["annotator", "clips"], real)


def _alike(votes: Votes) -> np.ndarray:
    """Return, per vote, the share of the clip's other votes that are the same; 0 if none."""
    _, own = _own_counts(votes)
    return (own - 1) / np.maximum(votes.opinions[votes.clip] - 1, 1)


def _own_counts(votes: Votes) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """Return the counts of all pairs of clip and label, and the count of each vote's own."""
    clip, label, count = votes.counts()
    width = max(len(votes.labels), 1)
    at = np.searchsorted(clip * width + label, votes.clip * width + votes.label)
    return (clip, label, count), count[at] if len(count) else count


def _change(who: str, values: np.ndarray) -> dict[str, object]:
    n = len(values)
    if n < FEWEST:
        return {"reason": f"{who} shares {n} clips with others; a trend needs {FEWEST}"}
    place = np.linspace(-0.5, 0.5, n)
    spread = place @ place
    slope = place @ values / spread
    left = values - values.mean() - slope * place
    error = np.sqrt((place * left) @ (place * left) * n / (n - 2)) / spread  # White 1980
    half = stdtrit(n - 2, TAIL) * error
    return {"change": slope, "low": slope - half, "high": slope + half, "reason": ""}


# against the others -----------------------------------------------------------------------------


def confusions(
    opinions: pd.DataFrame, labels: Sequence[str] | None = None
) -> dict[str, pd.DataFrame]:
    """Return what each annotator says of clips of which most others say something else.

    Parameters
    ----------
    opinions : DataFrame
    labels : sequence of str, optional
        All labels in their order.

    Returns
    -------
    dict
        Annotator -> DataFrame (labels, labels) of clips: row what most of the *others* say, column
        what the annotator says. Clips on which the others tie, or of which nobody else spoke, are
        left out.

    Raises
    ------
    InputError
        For a missing column, an impossible mark, or a label that is not in ``labels``.

    >>> rows = [("a", "ann", "joy"), ("a", "bob", "joy"), ("a", "eve", "fear")]
    >>> found = confusions(pd.DataFrame(rows, columns=["clip", "annotator", "label"]))
    >>> found["eve"].loc["joy"].to_dict()
    {'fear': 1, 'joy': 0}
    """
    votes = _votes(opinions, labels)
    others, width = others_majority(votes), len(votes.labels)
    out = {}
    for k, who in enumerate(votes.annotators):
        mine = (votes.annotator == k) & (others != UNDECIDED)
        cells = np.bincount(others[mine] * width + votes.label[mine], minlength=width**2)
        out[who] = pd.DataFrame(
            cells.reshape(width, width),
            index=pd.Index(votes.labels, name="others"),
            columns=pd.Index(votes.labels, name="said"),
        )
    return out


def bias(opinions: pd.DataFrame, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Return which labels each annotator uses more or less often than the others do.

    Only clips of which others spoke count, so that nobody is blamed for the clips they were
    given.

    Parameters
    ----------
    opinions : DataFrame
    labels : sequence of str, optional
        All labels in their order.

    Returns
    -------
    DataFrame
        A row per annotator and label: ``annotator``, ``label``, ``clips``, ``share`` (of the
        annotator's clips with the label), ``others`` (mean share of the others' opinions on the
        same clips), ``difference``, its 95 % interval ``low`` and ``high`` (mean difference per
        clip, Student's t), ``reason`` for what is missing.

    Raises
    ------
    InputError
        As ``confusions``.

    >>> rows = [(str(c), "ann", "joy") for c in range(10)]
    >>> rows += [(str(c), "bob", "joy" if c < 5 else "fear") for c in range(10)]
    >>> found = bias(pd.DataFrame(rows, columns=["clip", "annotator", "label"]))
    >>> found[["annotator", "label", "difference"]].values.tolist()[:2]
    [['ann', 'fear', -0.5], ['ann', 'joy', 0.5]]
    """
    votes = _votes(opinions, labels)
    people, width = len(votes.annotators), len(votes.labels)
    who, label, own, others = _per_label(votes)
    cell = who * width + label
    sums = [
        np.bincount(cell, values, minlength=people * width)
        for values in (own, others, (own - others) ** 2)
    ]
    shared = votes.opinions[votes.clip] > 1
    clips = np.repeat(np.bincount(votes.annotator, shared, minlength=people).astype(int), width)
    share, rest, squares = (s / np.maximum(clips, 1) for s in sums)
    difference = share - rest
    spread = np.sqrt(np.maximum(squares - difference**2, 0) / np.maximum(clips - 1, 1))
    half = stdtrit(np.maximum(clips - 1, 1), TAIL) * spread
    table = pd.DataFrame(
        {
            "annotator": np.repeat(np.array(votes.annotators, dtype=object), width),
            "label": np.tile(np.array(votes.labels, dtype=object), people),
            "clips": clips,
            "share": share,
            "others": rest,
            "difference": difference,
            "low": np.maximum(difference - half, -1.0),
            "high": np.minimum(difference + half, 1.0),
        }
    ).astype(dict.fromkeys(BIAS, "Float64"))
    table.loc[clips == 0, BIAS] = pd.NA
    table.loc[clips < FEWEST, ["low", "high"]] = pd.NA
    few = f"an interval needs {FEWEST} clips that others labelled too"
    table["reason"] = np.where(clips == 0, "nobody else labelled these clips", "")
    table.loc[(clips > 0) & (clips < FEWEST), "reason"] = few
    return table


BIAS = ["share", "others", "difference", "low", "high"]


def _per_label(votes: Votes) -> tuple[np.ndarray, ...]:
    """Return annotator, label, own vote (0 or 1) and share of the others, for each vote and each
    label that anybody gave to its clip."""
    (clip, label, count), _ = _own_counts(votes)
    begin = np.searchsorted(clip, np.arange(len(votes.clips)))
    often = np.bincount(clip, minlength=len(votes.clips))[votes.clip]
    often = np.where(votes.opinions[votes.clip] > 1, often, 0)
    vote = np.repeat(np.arange(len(votes.clip)), often)
    place = np.arange(len(vote)) - np.repeat(np.cumsum(often) - often, often)
    pair = begin[votes.clip[vote]] + place
    own = (label[pair] == votes.label[vote]).astype(float)
    others = (count[pair] - own) / (votes.opinions[votes.clip[vote]] - 1)
    return votes.annotator[vote], label[pair], own, others


# shared -----------------------------------------------------------------------------------------


def _votes(opinions: pd.DataFrame, labels: Sequence[str] | None = None) -> Votes:
    return votes_of(joined_opinions(newest(opinions)), labels)


def _typed(rows: list[dict[str, object]], first: list[str], real: list[str]) -> pd.DataFrame:
    """Return the rows as a table, real columns nullable."""
    table = pd.DataFrame(rows, columns=[*first, *real, "reason"])
    return table.astype(dict.fromkeys(real, "Float64"))
