"""Weighted: annotators weighed by how often the others bear them out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .assembling import UNDECIDED, consensus_by
from .majority import check_ties, heaviest, others_majority
from .votes import Votes, newest, votes_of

ADDED_FOR, ADDED_AGAINST = 2.0, 1.0  # clips, so that nobody is sure, or worthless, after one


def weighted(
    opinions: pd.DataFrame,
    *,
    seed: int = 0,
    ties: str = "undecided",
    labels: Sequence[str] | None = None,
    several: bool | None = None,
) -> pd.DataFrame:
    """Return the consensus of annotators weighed by their reliability.

    Model: annotator k is right with probability r_k and errs evenly over the other K - 1 labels;
    then the label with the largest sum of log((K - 1) r_k / (1 - r_k)) is the likeliest. Steps:
    r_k is the share of k's clips on which k says what most of the *others* say (k's own vote does
    not count, nor do clips on which the others tie), with two clips added for and one against;
    weights below 0 become 0; each clip takes the label with most weight.

    Parameters
    ----------
    opinions, labels, several
        As of ``majority``. With several labels per clip the votes are said and not said of each
        label that anybody gave to the clip, so K is 2.
    seed : int
        For ``ties="random"``.
    ties : str
        As of ``majority``, for equal sums of weights.

    Returns
    -------
    DataFrame
        Consensus table; ``status`` is ``single``, ``agreed``, ``weighted`` or ``undecided``;
        ``agreement`` is the share of opinions, not of weight. ``attrs["weights"]`` has the weight
        of each annotator.

    Raises
    ------
    InputError
        For a missing column or an unknown tie rule.

    References
    ----------
    Nitzan, Paroush 1982, Optimal decision rules in uncertain dichotomous choice situations,
    doi:10.2307/2526438 (the weights, for two labels).

    >>> rows = [(str(c), who, "joy") for c in range(9) for who in ("ann", "bob")]
    >>> rows += [(str(c), "eve", "joy" if c < 4 else "fear") for c in range(9)]
    >>> rows += [("x", "ann", "fear"), ("x", "eve", "joy")]
    >>> table = weighted(pd.DataFrame(rows, columns=["clip", "annotator", "label"]))
    >>> table.set_index("clip").loc["x", ["label", "status"]].tolist()
    ['fear', 'weighted']
    """
    check_ties(ties)
    weights: dict[str, float] = {}

    def decide(votes: Votes) -> np.ndarray:
        found = _reliability(votes)
        weights.update(zip(votes.annotators, found["weight"].tolist(), strict=True))
        return heaviest(votes, found["weight"].to_numpy()[votes.annotator], ties, seed)

    table = consensus_by(opinions, decide, "weighted", labels=labels, several=several)
    table.attrs["weights"] = weights
    return table


def reliability(opinions: pd.DataFrame, labels: Sequence[str] | None = None) -> pd.DataFrame:
    """Return how often the others bear each annotator out, and the weight that follows.

    Parameters
    ----------
    opinions : DataFrame
        One label per clip and annotator; the newest opinion counts.
    labels : sequence of str, optional

    Returns
    -------
    DataFrame
        ``annotator``, ``clips`` (on which the others have a majority), ``borne_out`` (on which it
        says the same), ``reliability`` (0 to 1), ``weight`` (at least 0); see ``weighted``.

    >>> rows = [(c, who, "joy") for c in "abcd" for who in ("ann", "bob", "eve")]
    >>> reliability(pd.DataFrame(rows, columns=["clip", "annotator", "label"]))["clips"].tolist()
    [4, 4, 4]
    """
    return _reliability(votes_of(newest(opinions, False), labels))


def _reliability(votes: Votes) -> pd.DataFrame:
    others = others_majority(votes)
    clear = others != UNDECIDED
    people, rivals = len(votes.annotators), max(len(votes.labels), 2)
    clips = np.bincount(votes.annotator, clear, minlength=people)
    right = np.bincount(votes.annotator, clear & (others == votes.label), minlength=people)
    reliable = (right + ADDED_FOR) / (clips + ADDED_FOR + ADDED_AGAINST)
    weight = np.maximum(np.log((rivals - 1) * reliable / (1 - reliable)), 0.0)  # Nitzan 1982
    return pd.DataFrame(
        {
            "annotator": votes.annotators,
            "clips": clips.astype(int),
            "borne_out": right.astype(int),
            "reliability": reliable,
            "weight": weight,
        }
    )
