"""From the labels that won to a consensus table: status, agreement, marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..tables import check_consensus
from .votes import Votes, has_several, joined, label_names, natural, newest, votes_of

UNDECIDED = -1
Decide = Callable[[Votes], np.ndarray]
ABSENT, PRESENT = 0, 1


def consensus_by(
    opinions: pd.DataFrame,
    decide: Decide,
    status: str,
    *,
    labels: Sequence[str] | None = None,
    several: bool | None = None,
) -> pd.DataFrame:
    """Return the consensus table of a rule that turns votes into labels.

    Parameters
    ----------
    opinions : DataFrame
    decide : function
        ``Votes`` -> number of the winning label per clip, ``UNDECIDED`` where there is none.
    status : str
        For clips on which the annotators differ.
    labels : sequence of str, optional
        All labels in their order.
    several : bool, optional
        Whether a clip may have several labels; then the rule decides on each label that anybody
        gave to a clip, said or not said. Unless told: where an opinion has two labels.
    """
    rows = newest(opinions, several)
    if has_several(rows) if several is None else several:
        presence = presence_of(rows, labels)
        return sets_table(presence, decide(presence.votes) == PRESENT, status)
    votes = votes_of(rows, labels)
    return labels_table(votes, decide(votes), status)


def labels_table(votes: Votes, winner: np.ndarray, status: str) -> pd.DataFrame:
    """Return the consensus table of one label per clip.

    Parameters
    ----------
    votes : Votes
    winner : array (clips,) of int
        Number of the label, or ``UNDECIDED``.
    status : str
        For clips on which the annotators differ, or whose label is not what all of them said.
    """
    clip, label, count = votes.counts()
    most = np.zeros(len(votes.clips))
    np.maximum.at(most, clip, count)
    behind = np.zeros(len(votes.clips))
    chosen = label == winner[clip]
    behind[clip[chosen]] = count[chosen]
    undecided = winner == UNDECIDED
    share = np.where(undecided, most, behind) / np.maximum(votes.opinions, 1)
    table = _table(
        votes.clips,
        ["" if w == UNDECIDED else votes.labels[w] for w in winner],
        share,
        votes.opinions,
        _statuses(votes.opinions, behind == votes.opinions, undecided, status),
    )
    for mark, values in median_marks(votes, winner).items():
        table[mark] = values
    return check_consensus(table)


def _statuses(
    opinions: np.ndarray, unanimous: np.ndarray, undecided: np.ndarray, status: str
) -> np.ndarray:
    conditions = [undecided, unanimous & (opinions == 1), unanimous]
    return np.select(conditions, ["undecided", "single", "agreed"], status)


def _table(
    clips: list[str],
    labels: list[str],
    share: np.ndarray,
    opinions: np.ndarray,
    statuses: np.ndarray,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "clip": pd.Series(clips, dtype=object),
            "label": pd.Series(labels, dtype=object),
            "agreement": np.where(opinions > 1, np.clip(share, 0.0, 1.0), np.nan),
            "opinions": opinions.astype(int),
            "status": pd.Series(statuses.astype(object), dtype=object),
        }
    )


# marks ------------------------------------------------------------------------------------------


def median_marks(votes: Votes, winner: np.ndarray) -> dict[str, pd.Series]:
    """Return the median of each mark, rounded down, over the votes behind the winning label.

    A vote without a mark does not count for that mark. Medians over different votes may then
    contradict each other (an apex before its onset): such a clip gets the medians of the votes
    that have every mark, or none.
    """
    behind = votes.label == winner[votes.clip]
    marks = votes.marks
    medians = _medians(marks[behind], votes.clip[behind], len(votes.clips))
    wrong = _contradict(medians)
    if wrong.any():
        whole = behind & marks.notna().all(axis=1).to_numpy()
        strict = _medians(marks[whole], votes.clip[whole], len(votes.clips))
        medians[wrong] = strict[wrong]
    return {mark: medians[mark].astype("Int64") for mark in marks.columns}


def _medians(marks: pd.DataFrame, clip: np.ndarray, clips: int) -> pd.DataFrame:
    medians = marks.groupby(clip).median().reindex(range(clips)).astype(float)
    return medians.apply(np.floor)


def _contradict(medians: pd.DataFrame) -> np.ndarray:
    """Return which rows have a mark before an earlier one; gaps are looked over."""
    reached = medians.ffill(axis=1)
    return (medians < reached.shift(1, axis=1)).any(axis=1).to_numpy(dtype=bool)


# several labels per clip ------------------------------------------------------------------------


@dataclass(frozen=True)
class Presence:
    """Votes on whether a clip has a label, for every label that anybody gave to the clip.

    Attributes
    ----------
    clips, labels : list of str
    pair_clip, pair_label : array (pairs,) of int
        What the pairs are; the "clips" of ``votes`` are these pairs.
    opinions : array (clips,) of int
        Annotators who said anything of the clip.
    votes : Votes
        Labels 0 (not said) and 1 (said), one vote per pair and annotator of the clip.
    """

    clips: list[str]
    labels: list[str]
    pair_clip: np.ndarray
    pair_label: np.ndarray
    opinions: np.ndarray
    votes: Votes


def presence_of(
    rows: pd.DataFrame, labels: Sequence[str] | None = None, *, every: bool = False
) -> Presence:
    """Return the votes on each label of each clip; ``every``: also on labels nobody gave it."""
    names = label_names(rows["label"], labels)
    clip, clips = pd.factorize(rows["clip"].to_numpy(dtype=object))
    annotators = sorted(rows["annotator"].unique(), key=natural)
    said = pd.DataFrame(
        {
            "clip": clip,
            "annotator": pd.Index(annotators, dtype=object).get_indexer(
                pd.Index(rows["annotator"])
            ),
            "label": pd.Index(names, dtype=object).get_indexer(pd.Index(rows["label"])),
        }
    ).drop_duplicates()
    if every:
        grid = pd.MultiIndex.from_product([range(len(clips)), range(len(names))])
        pairs = grid.to_frame(index=False, name=["clip", "label"])
    else:
        pairs = said[["clip", "label"]].drop_duplicates().sort_values(["clip", "label"])
    pairs = pairs.reset_index(drop=True)
    pairs["pair"] = pairs.index
    speakers = said[["clip", "annotator"]].drop_duplicates()
    votes = pairs.merge(speakers, on="clip").merge(said.assign(said=1), how="left")
    return Presence(
        [str(c) for c in clips],
        names,
        pairs["clip"].to_numpy(),
        pairs["label"].to_numpy(),
        np.bincount(speakers["clip"], minlength=len(clips)),
        Votes(
            [f"{clips[c]}: {names[k]}" for c, k in zip(pairs["clip"], pairs["label"], strict=True)],
            annotators,
            ["not said", "said"],
            votes["pair"].to_numpy(dtype=np.int64),
            votes["annotator"].to_numpy(dtype=np.int64),
            votes["said"].fillna(0).to_numpy(dtype=np.int64),
            pd.DataFrame(index=range(len(votes))),
        ),
    )


def sets_table(presence: Presence, present: np.ndarray, status: str) -> pd.DataFrame:
    """Return the consensus table of several labels per clip, joined as in ``4+12``.

    ``agreement`` is the mean, over the labels that anybody gave to the clip, of the share of
    annotators who said as the consensus does. A clip that keeps no label is undecided. There are
    no marks: labels of one clip have intervals of their own.
    """
    votes, pair_clip = presence.votes, presence.pair_clip
    alike = votes.label == present[votes.clip].astype(int)
    voters = np.bincount(votes.clip, minlength=len(pair_clip))
    share = np.bincount(votes.clip, alike, minlength=len(pair_clip)) / np.maximum(voters, 1)
    ever = np.bincount(votes.clip, votes.label, minlength=len(pair_clip)) > 0
    counted = ever | present
    clips = len(presence.clips)
    sums = np.bincount(pair_clip[counted], share[counted], minlength=clips)
    agreement = sums / np.maximum(np.bincount(pair_clip[counted], minlength=clips), 1)
    sets: list[list[str]] = [[] for _ in presence.clips]
    for clip, label in zip(pair_clip[present], presence.pair_label[present], strict=True):
        sets[clip].append(presence.labels[label])
    undecided = np.array([not chosen for chosen in sets], dtype=bool)
    unanimous = np.bincount(pair_clip[counted], share[counted] < 1, minlength=clips) == 0
    statuses = _statuses(presence.opinions, unanimous, undecided, status)
    texts = [joined(chosen) for chosen in sets]
    return check_consensus(_table(presence.clips, texts, agreement, presence.opinions, statuses))
