"""Majority: the label that most annotators said."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from sttm.errors import InputError, unknown_name

from .assembling import UNDECIDED, consensus_by
from .votes import Votes

TIES = {
    "undecided": "no label",
    "first": "the label that comes first in `labels`, or in natural order",
    "random": "one of the labels by lot, from the seed and the clip's name",
}
NEAR = 1e-9  # sums of weights that differ by less are equal


def majority(
    opinions: pd.DataFrame,
    *,
    seed: int = 0,
    ties: str = "undecided",
    share: float = 0.0,
    fewest: int = 1,
    labels: Sequence[str] | None = None,
    several: bool | None = None,
) -> pd.DataFrame:
    """Return the consensus by majority: the label that most annotators said.

    Model: every annotator has one vote per clip, the newest opinion. Steps: count the votes; the
    label with most of them holds if it has at least ``share`` of them; equal counts are a tie.
    With several labels per clip, each of them holds if more than half of the clip's annotators
    said it; a tie is then a label that half of them said, and is left out unless by ``random``.

    Parameters
    ----------
    opinions : DataFrame
        ``clip``, ``annotator``, ``label``, and where known ``onset``, ``apex``, ``offset``,
        ``turn``, ``time``, ``opinion``; see ``labeling.consensus.votes.newest``.
    seed : int
        For ``ties="random"``.
    ties : str
        ``undecided`` (no label), ``first`` (by the order of ``labels``, or the alphabet), or
        ``random``.
    share : float
        Smallest share of the opinions that a label needs, 0 to 1.
    fewest : int
        Clips with fewer opinions are undecided.
    labels : sequence of str, optional
        All labels in their order.
    several : bool, optional
        Whether a clip may have several labels. Unless told: where an opinion has two.

    Returns
    -------
    DataFrame
        Consensus table; ``status`` is ``single``, ``agreed``, ``majority`` or ``undecided``;
        ``agreement`` is the share of opinions behind the label (the largest share where it is
        undecided); marks are medians, rounded down, of the opinions behind the label.

    Raises
    ------
    InputError
        For a missing column, an unknown tie rule, or an option out of its range.

    >>> said = pd.DataFrame(
    ...     [("a", "ann", "joy"), ("a", "bob", "joy"), ("a", "eve", "fear"), ("b", "ann", "joy")],
    ...     columns=["clip", "annotator", "label"],
    ... )
    >>> table = majority(said)
    >>> table[["clip", "label", "opinions", "status"]].values.tolist()
    [['a', 'joy', 3, 'majority'], ['b', 'joy', 1, 'single']]
    """
    check_ties(ties)
    if not 0 <= share <= 1:
        raise InputError(f"'share' must be from 0 to 1; it is {share:g}.")
    if fewest < 1:
        raise InputError(f"'fewest' must be at least 1; it is {fewest}.")
    decide = partial(_decide, ties=ties, share=share, fewest=fewest, seed=seed)
    return consensus_by(opinions, decide, "majority", labels=labels, several=several)


def _decide(votes: Votes, *, ties: str, share: float, fewest: int, seed: int) -> np.ndarray:
    winner = heaviest(votes, None, ties, seed)
    clip, label, count = votes.counts()
    needed = np.maximum(share * votes.opinions - NEAR, 0.0)
    weak = (label == winner[clip]) & (count < needed[clip])
    winner[clip[weak]] = UNDECIDED
    winner[votes.opinions < fewest] = UNDECIDED
    return winner


def check_ties(ties: str) -> None:
    """Refuse a tie rule that is none."""
    if ties not in TIES:
        raise InputError(unknown_name("tie rule", ties, TIES))


def heaviest(
    votes: Votes, weights: np.ndarray | None, ties: str, seed: int = 0
) -> np.ndarray:  # (votes,) -> (clips,)
    """Return the label with most votes or weight per clip, ties by their rule."""
    clip, label, count = votes.counts(weights)
    most = np.full(len(votes.clips), -np.inf)
    np.maximum.at(most, clip, count)
    top = count >= most[clip] - NEAR
    clip, label = clip[top], label[top]
    winner = np.full(len(votes.clips), UNDECIDED, dtype=np.int64)
    winner[clip[::-1]] = label[::-1]  # the first of each clip stays
    rivals = np.bincount(clip, minlength=len(votes.clips))
    if ties == "undecided":
        winner[rivals > 1] = UNDECIDED
    elif ties == "random":
        for tied in np.flatnonzero(rivals > 1):
            names = label[clip == tied]
            winner[tied] = min(names, key=lambda k: _lot(seed, votes.clips[tied], votes.labels[k]))
    return winner


def _lot(seed: int, clip: str, label: str) -> bytes:
    """Return a draw that does not depend on which other clips there are."""
    return hashlib.blake2b("\0".join((str(seed), clip, label)).encode()).digest()


def others_majority(votes: Votes) -> np.ndarray:
    """Return, per vote, the label that most of the clip's other annotators said.

    Shape (votes,); ``UNDECIDED`` where nobody else spoke of the clip or the others tie.
    """
    clip, label, count = votes.counts()
    width, clips = max(len(votes.labels), 1), len(votes.clips)
    own = count[np.searchsorted(clip * width + label, votes.clip * width + votes.label)]
    first, ties, lowest, highest = _leaders(clip, label, count, clips)
    second, _, _, _ = _leaders(clip, label, np.where(count == first[clip], 0, count), clips)
    at = votes.clip
    other = np.where(lowest[at] == votes.label, highest[at], lowest[at])  # a leader not one's own
    leads = (own == first[at]) & (ties[at] == 1)
    clear = np.where(own == first[at], ties[at] == 2, ties[at] == 1)  # one other label leads
    found = np.where(clear & ~leads, other, UNDECIDED)
    stays = leads & (own - 1 > second[at])
    found[stays] = votes.label[stays]
    return found


def _leaders(
    clip: np.ndarray, label: np.ndarray, count: np.ndarray, clips: int
) -> tuple[np.ndarray, ...]:
    """Return per clip the largest count, how many labels have it, the first and last of them."""
    most = np.zeros(clips)
    np.maximum.at(most, clip, count)
    top = count == most[clip]
    clip, label = clip[top], label[top]
    lowest, highest = np.full(clips, UNDECIDED), np.full(clips, UNDECIDED)
    lowest[clip[::-1]], highest[clip] = label[::-1], label
    return most, np.bincount(clip, minlength=clips), lowest, highest
