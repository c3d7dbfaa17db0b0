"""Events of two annotators matched one to one: how many find a partner, and with which label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sttm.errors import InputError

from .events import Two, pair_events, two_annotators, whole_events
from .figure import Figure, Statistic, estimate, quotient
from .tallies import NONE, kappa_with_unmatched, plain_kappa, tally


@dataclass(frozen=True)
class Matches:
    """What ``match_events`` found.

    Attributes
    ----------
    pairs : DataFrame
        ``clip``, ``label_first``, ``label_second``, ``overlap``.
    only_first, only_second : DataFrame
        Events without partner: ``clip``, ``label``, ``onset``, ``apex``, ``offset``.
    precision, recall, f1 : Figure
        Share of the second's, and of the first's, events that have a partner; harmonic mean.
    kappa_matched, kappa_all : Figure
        Kappa of the labels, of pairs only, and with events without partner as a category.
    """

    pairs: pd.DataFrame
    only_first: pd.DataFrame
    only_second: pd.DataFrame
    precision: Figure
    recall: Figure
    f1: Figure
    kappa_matched: Figure
    kappa_all: Figure


def match_events(
    first: pd.DataFrame,
    second: pd.DataFrame | None = None,
    *,
    annotators: Sequence[str] | None = None,
    clips: pd.DataFrame | Sequence[str] | None = None,
    threshold: float = 0.5,
    same_label: bool = False,
    replicates: int = 0,
    seed: int = 0,
) -> Matches:
    """Match the events of two annotators one to one, and say how well that went.

    Parameters
    ----------
    first, second, annotators, clips
        As of ``interval_overlap``.
    threshold : float
        Intersection over union that a pair needs, above 0 to 1; of all such pairings the one with
        the largest sum of overlaps is taken.
    same_label : bool
        Whether a pair needs the same label; then kappa of pairs says nothing.
    replicates, seed : int
        Of the bootstrap over clips; 0 for no intervals.

    Returns
    -------
    Matches

    Raises
    ------
    InputError
        As ``interval_overlap``, or for a threshold out of its range.

    References
    ----------
    Holle, Rein 2015, EasyDIAg: a tool for easy determination of interrater agreement,
    doi:10.3758/s13428-014-0506-7 (kappa with events without partner).

    >>> rows = [("a", "ann", "joy", 0, 9), ("a", "bob", "joy", 1, 9), ("b", "ann", "fear", 3, 5)]
    >>> rows += [("b", "bob", "fear", 20, 30)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label", "onset", "offset"])
    >>> found = match_events(said)
    >>> len(found.pairs), found.f1.value
    (1, 0.5)
    """
    if not 0 < threshold <= 1:
        raise InputError(f"'threshold' must be above 0 and at most 1; it is {threshold}.")
    two = two_annotators(first, second, annotators=annotators, clips=clips)
    one, other = whole_events(two.first), whole_events(two.second)
    found = pair_events(one, other, threshold=threshold, same_label=same_label)
    a, b = one.loc[found["i"]].reset_index(drop=True), other.loc[found["j"]].reset_index(drop=True)
    pairs = pd.DataFrame(
        {"clip": a["clip"], "label_first": a["label"], "label_second": b["label"]}
    ).assign(overlap=found["overlap"])
    only_first = one.drop(found["i"]).reset_index(drop=True)
    only_second = other.drop(found["j"]).reset_index(drop=True)
    rule = f"Events are a pair from an overlap of {threshold:g} on"
    rule += ", with the same label" if same_label else ", whatever their labels"
    figures = _figures(two, (pairs, only_first, only_second), rule, replicates, seed)
    return Matches(pairs, only_first, only_second, *figures)


def _figures(
    two: Two,
    parts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    rule: str,
    replicates: int,
    seed: int,
) -> list[Figure]:
    pairs, only_first, only_second = parts
    clips = sorted({*pairs["clip"], *only_first["clip"], *only_second["clip"]})
    counts = [pd.Index(t["clip"]).value_counts().reindex(clips, fill_value=0) for t in parts]
    both, left, right = (c.to_numpy(dtype=float) for c in counts)
    shares = {
        "precision": (both, both + right, f"share of the events of {two.names[1]} with a partner"),
        "recall": (both, both + left, f"share of the events of {two.names[0]} with a partner"),
        "F1": (2 * both, 2 * both + left + right, "harmonic mean of precision and recall"),
    }
    ones = np.ones(len(clips), dtype=int)
    out = [
        estimate(
            name,
            f"{rule}; {what} (van Rijsbergen 1979).",
            _share(top, base),
            ones,
            raters=2,
            replicates=replicates,
            seed=seed,
            undefined="there are no events with onset and offset that could have a partner",
        )
        for name, (top, base, what) in shares.items()
    ]
    return [*out, *_kappas(parts, clips, rule, replicates, seed)]


def _share(top: np.ndarray, base: np.ndarray) -> Statistic:
    return lambda weights: quotient(weights @ top, weights @ base)


def _kappas(
    parts: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
    clips: list[str],
    rule: str,
    replicates: int,
    seed: int,
) -> list[Figure]:
    pairs, only_first, only_second = parts
    matched = pairs[["clip", "label_first", "label_second"]]
    lone_first = only_first.rename(columns={"label": "label_first"}).assign(label_second=NONE)
    lone_second = only_second.rename(columns={"label": "label_second"}).assign(label_first=NONE)
    every = pd.concat([matched, lone_first[matched.columns], lone_second[matched.columns]])
    common = {"raters": 2, "replicates": replicates, "seed": seed}
    return [
        estimate(
            "kappa of pairs",
            f"{rule}; Cohen's kappa of the labels of pairs (Cohen 1960).",
            plain_kappa(tally(matched, clips)),
            np.ones(len(clips), dtype=int),
            undefined="no pair, or both always say the same one label",
            **common,
        ),
        estimate(
            "kappa with events without partner",
            f"{rule}; kappa of the labels where no partner is a category, chance without the cell "
            "that cannot be (Holle, Rein 2015).",
            kappa_with_unmatched(tally(every, clips)),
            np.ones(len(clips), dtype=int),
            undefined="no event, or both always say the same one label",
            **common,
        ),
    ]
