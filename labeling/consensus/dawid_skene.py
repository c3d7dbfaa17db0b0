"""Dawid and Skene's model: each annotator has a confusion matrix, each clip one true label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import logsumexp

from sttm.errors import InputError
from sttm.tables import named

from ..tables import check_consensus
from .assembling import (
    PRESENT,
    UNDECIDED,
    Presence,
    labels_table,
    presence_of,
    sets_table,
)
from .votes import Votes, has_several, newest, votes_of

POSTERIOR = "p:"  # how the columns of posteriors begin
LARGEST = 20_000_000  # cells of all confusion matrices, and of all posteriors
EQUAL = 1e-6  # posteriors that differ by less leave a clip undecided


@dataclass(frozen=True)
class DawidSkene:
    """What ``dawid_skene`` found.

    Attributes
    ----------
    table : DataFrame
        Consensus table with a column ``p:<label>`` per label, the posterior of each clip.
    confusions : dict
        Annotator -> DataFrame (labels, labels): row the true label, column what the annotator
        says of it; rows sum to 1.
    prior : Series (labels,)
        How frequent each label is.
    log_likelihood : list of float
        After each step, in nats; the added counts of ``smoothing`` are part of it. Never falls.
    n_iter : int
    converged : bool
    notes : list of str
        Sentences on what the figures cannot say here.
    """

    table: pd.DataFrame
    confusions: dict[str, pd.DataFrame]
    prior: pd.Series
    log_likelihood: list[float]
    n_iter: int
    converged: bool
    notes: list[str] = field(default_factory=list)

    @property
    def accuracies(self) -> pd.Series:
        """Return the probability that each annotator is right, shape (annotators,)."""
        prior = self.prior.to_numpy()
        right = {k: float(prior @ np.diag(c.to_numpy())) for k, c in self.confusions.items()}
        return pd.Series(right, dtype=float)


def dawid_skene(
    opinions: pd.DataFrame,
    *,
    labels: Sequence[str] | None = None,
    smoothing: float = 0.01,
    steps: int = 1000,
    tolerance: float = 1e-8,
) -> DawidSkene:
    """Fit Dawid and Skene's model by expectation and maximisation, in logarithms.

    Model: a clip has the true label j with probability p_j; annotator k says l of it with
    probability pi_k[j, l], whatever the others say. Steps: start from each clip's shares of
    votes; estimate p and pi from the posteriors (their equations 2.3 and 2.4); estimate the
    posteriors from p and pi (2.5); repeat until the log likelihood rises by less than
    ``tolerance`` per clip.

    Parameters
    ----------
    opinions : DataFrame
        An opinions table with one label per opinion; see ``majority``.
    labels : sequence of str, optional
        All labels in their order; those that were said unless told.
    smoothing : float
        Count that is added to every cell of p and pi; 0 is the paper's method, which lets an
        annotator with few clips look infallible.
    steps : int
        At most so many.
    tolerance : float
        In nats per clip.

    Returns
    -------
    DawidSkene

    Raises
    ------
    InputError
        When no clip has two opinions, opinions hold several labels, an option is out of its
        range, or there are too many labels.

    References
    ----------
    Dawid, Skene 1979, Maximum likelihood estimation of observer error-rates using the EM
    algorithm, doi:10.2307/2346806.

    >>> rows = [(c, who, "joy" if c in "abc" else "fear") for c in "abcdef" for who in "pqr"]
    >>> rows += [("a", "s", "fear"), ("b", "s", "joy"), ("d", "s", "joy")]
    >>> found = dawid_skene(pd.DataFrame(rows, columns=["clip", "annotator", "label"]))
    >>> found.converged, found.accuracies.round(1).to_dict()
    (True, {'p': 1.0, 'q': 1.0, 'r': 1.0, 's': 0.3})
    """
    votes = votes_of(newest(opinions), labels)
    return _described(votes, fit(votes, smoothing, steps, tolerance))


def by_dawid_skene(
    opinions: pd.DataFrame,
    *,
    seed: int = 0,
    labels: Sequence[str] | None = None,
    several: bool | None = None,
    smoothing: float = 0.01,
    steps: int = 1000,
    tolerance: float = 1e-8,
) -> pd.DataFrame:
    """Return the consensus table of ``dawid_skene``, with a posterior per label.

    With several labels per clip each label is a model of its own, said or not said, over all
    clips; ``p:<label>`` is then the probability that the clip has that label, and a label holds
    above one half.

    Parameters
    ----------
    opinions, labels, smoothing, steps, tolerance
        As of ``dawid_skene``.
    seed : int
        Not used: nothing is drawn.
    several : bool, optional
        As of ``majority``.

    Returns
    -------
    DataFrame
        Consensus table; ``status`` is ``single``, ``agreed``, ``weighted`` (also where the model
        overrules what all said) or ``undecided`` (equal posteriors). ``attrs["notes"]`` are
        sentences on what the figures cannot say.

    >>> rows = [(c, who, "joy" if c < "c" else "fear") for c in "abcd" for who in "pqr"]
    >>> table = by_dawid_skene(pd.DataFrame(rows, columns=["clip", "annotator", "label"]))
    >>> table["label"].tolist(), (table["p:joy"] > 0.5).tolist()
    (['joy', 'joy', 'fear', 'fear'], [True, True, False, False])
    """
    del seed
    rows = newest(opinions, several)
    if has_several(rows) if several is None else several:
        return _several(presence_of(rows, labels, every=True), smoothing, steps, tolerance)
    votes = votes_of(rows, labels)
    found = _described(votes, fit(votes, smoothing, steps, tolerance))
    found.table.attrs["notes"] = found.notes
    return found.table


# the mathematics --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fit:
    """Posteriors (clips, labels), prior (labels,), confusions (annotators, labels, labels)."""

    posterior: np.ndarray
    prior: np.ndarray
    confusions: np.ndarray
    history: list[float]
    converged: bool


def fit(votes: Votes, smoothing: float, steps: int, tolerance: float) -> Fit:
    """Alternate the two steps on checked votes; see ``dawid_skene``."""
    _check(votes, smoothing, steps, tolerance)
    if not votes.clips:
        width, people = len(votes.labels), len(votes.annotators)
        return Fit(
            np.zeros((0, width)), np.zeros(width), np.zeros((people, width, width)), [], True
        )
    posterior = _shares(votes)
    history: list[float] = []
    converged = False
    while len(history) < steps and not converged:
        prior, confusions = _maximise(votes, posterior, smoothing)
        posterior, height = _expect(votes, prior, confusions, smoothing)
        history.append(height)
        rise = np.inf if len(history) < 2 else history[-1] - history[-2]
        converged = bool(rise <= tolerance * len(votes.clips))
    return Fit(posterior, prior, confusions, history, converged)


def _shares(votes: Votes) -> np.ndarray:
    """Return each clip's shares of votes, (clips, labels)."""
    clip, label, count = votes.counts()
    shares = np.zeros((len(votes.clips), len(votes.labels)))
    shares[clip, label] = count / votes.opinions[clip]
    return shares


def _maximise(
    votes: Votes, posterior: np.ndarray, smoothing: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return prior (labels,) and confusions (annotators, labels, labels) from the posteriors."""
    width, people = len(votes.labels), len(votes.annotators)
    cell = votes.annotator * width + votes.label
    counted = np.stack(
        [np.bincount(cell, column[votes.clip], minlength=people * width) for column in posterior.T]
    )  # (true, annotators x said)
    counts = counted.reshape(width, people, width).swapaxes(0, 1) + smoothing
    sums = counts.sum(axis=2, keepdims=True)
    even = np.full_like(counts, 1.0 / width)  # a label that no clip has: nothing is known
    confusions = np.divide(counts, sums, out=even, where=sums > 0)  # Dawid, Skene 1979, (2.3)
    prior = posterior.sum(axis=0) + smoothing
    return prior / prior.sum(), confusions  # (2.4)


def _expect(
    votes: Votes, prior: np.ndarray, confusions: np.ndarray, smoothing: float
) -> tuple[np.ndarray, float]:
    """Return the posteriors (clips, labels), and the log likelihood with the added counts."""
    with np.errstate(divide="ignore"):
        log_prior, log_confusions = np.log(prior), np.log(confusions)
    said = log_confusions[votes.annotator, :, votes.label]  # (votes, true)
    clips = len(votes.clips)
    joint = log_prior + np.stack(  # (2.5), before it is made to sum to 1
        [_summed(votes.clip, column, clips) for column in said.T], axis=1
    )
    total = logsumexp(joint, axis=1)
    height = float(total.sum())
    if smoothing:
        height += smoothing * float(log_prior.sum() + log_confusions.sum())
    return np.exp(joint - total[:, None]), height


def _summed(clip: np.ndarray, values: np.ndarray, clips: int) -> np.ndarray:
    """Return the sum per clip; minus infinity stays, without a warning."""
    impossible = np.isneginf(values)
    sums = np.bincount(clip, np.where(impossible, 0.0, values), minlength=clips)
    sums[clip[impossible]] = -np.inf
    return sums


def _check(votes: Votes, smoothing: float, steps: int, tolerance: float) -> None:
    if not (np.isfinite(smoothing) and smoothing >= 0):
        raise InputError(f"'smoothing' must be a number of at least 0; it is {smoothing}.")
    if steps < 1 or not tolerance >= 0:
        raise InputError(
            f"'steps' must be at least 1 and 'tolerance' at least 0; they are {steps} and "
            f"{tolerance}."
        )
    width = len(votes.labels)
    if width * max(width * len(votes.annotators), len(votes.clips)) > LARGEST:
        raise InputError(
            f"Dawid and Skene's model is too large with {width} labels, {len(votes.annotators)} "
            f"annotators and {len(votes.clips)} clips; join labels that mean the same, or use "
            "'majority'."
        )
    if len(votes.clips) and votes.opinions.max() < 2:
        who = "there is one annotator" if len(votes.annotators) == 1 else "no clip has two opinions"
        raise InputError(
            f"Dawid and Skene's model learns from clips with two or more opinions, and {who}; let "
            "somebody else label some of the clips too, or use 'majority'."
        )


# what is told -----------------------------------------------------------------------------------


def _described(votes: Votes, found: Fit) -> DawidSkene:
    names = votes.labels
    table = labels_table(votes, _likeliest(found.posterior), "weighted")
    confusions = {
        k: pd.DataFrame(c, index=names, columns=names)
        for k, c in zip(votes.annotators, found.confusions, strict=True)
    }
    table = _with_posteriors(table, found.posterior, names)
    prior = pd.Series(found.prior, index=names, dtype=float)
    history, notes = found.history, _notes(votes, found)
    return DawidSkene(table, confusions, prior, history, len(history), found.converged, notes)


def _likeliest(posterior: np.ndarray) -> np.ndarray:
    if not posterior.size:
        return np.full(len(posterior), UNDECIDED, dtype=np.int64)
    winner = posterior.argmax(axis=1)
    level = posterior >= posterior.max(axis=1, keepdims=True) - EQUAL
    winner[level.sum(axis=1) > 1] = UNDECIDED
    return winner


def _with_posteriors(table: pd.DataFrame, posterior: np.ndarray, names: list[str]) -> pd.DataFrame:
    columns = [POSTERIOR + name for name in names]
    values = pd.DataFrame(np.clip(posterior, 0.0, 1.0), columns=columns)
    return check_consensus(pd.concat([table, values], axis=1))


def _notes(votes: Votes, found: Fit) -> list[str]:
    notes = []
    unused = sorted(set(range(len(votes.labels))) - set(votes.label.tolist()))
    if unused:
        notes.append(
            f"nobody said {named(votes.labels[k] for k in unused)}, so how annotators confuse it "
            "is not known."
        )
    shared = np.bincount(votes.annotator, votes.opinions[votes.clip] > 1) > 0
    if not shared.all():
        alone = [votes.annotators[k] for k in np.flatnonzero(~shared)]
        notes.append(
            f"{named(alone)} shared no clip with another annotator, so the accuracy given there "
            "means nothing."
        )
    _, _, count = votes.counts()
    if len(count) and count.max() == 1:
        notes.append(
            "no two annotators ever said the same of a clip, so the model has nothing to learn "
            "from; do not use its labels."
        )
    if not found.converged:
        notes.append(f"the model had not settled after {len(found.history)} steps; allow more.")
    return notes


def _several(presence: Presence, smoothing: float, steps: int, tolerance: float) -> pd.DataFrame:
    """Return the table where each label is a model of its own, said or not said."""
    clips, names = len(presence.clips), presence.labels
    posterior = np.zeros((clips, len(names)))
    notes: list[str] = []
    for k, name in enumerate(names):
        votes = _of_label(presence, k)
        found = fit(votes, smoothing, steps, tolerance)
        posterior[presence.pair_clip[presence.pair_label == k], k] = found.posterior[:, PRESENT]
        if not found.converged:
            notes.append(f"{name}: the model had not settled after {len(found.history)} steps.")
    present = posterior[presence.pair_clip, presence.pair_label] > 0.5
    table = _with_posteriors(sets_table(presence, present, "weighted"), posterior, names)
    table.attrs["notes"] = notes
    return table


def _of_label(presence: Presence, label: int) -> Votes:
    """Return the votes on one label; its pairs become the clips."""
    pairs = np.flatnonzero(presence.pair_label == label)
    votes = presence.votes
    row = np.full(len(votes.clips), -1)
    row[pairs] = np.arange(len(pairs))
    mine = row[votes.clip] >= 0
    return Votes(
        [votes.clips[p] for p in pairs],
        votes.annotators,
        votes.labels,
        row[votes.clip[mine]],
        votes.annotator[mine],
        votes.label[mine],
        votes.marks[mine],
    )
