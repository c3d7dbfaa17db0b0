"""Kappa of two annotators frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from ..consensus.votes import joined
from .events import Two, two_annotators, whole_events
from .figure import Figure, estimate
from .tallies import NONE, plain_kappa, tally


def framewise_kappa(
    first: pd.DataFrame,
    second: pd.DataFrame | None = None,
    *,
    annotators: Sequence[str] | None = None,
    clips: pd.DataFrame | None = None,
    step: int = 1,
    label: str | None = None,
    replicates: int = 0,
    seed: int = 0,
) -> Figure:
    """Return Cohen's kappa where a unit is a frame: the label that covers it, or none.

    Frames under several labels of one annotator have all of them, joined as in ``4+12``. An
    interval without onset or offset covers nothing.

    Parameters
    ----------
    first, second, annotators
        As of ``interval_overlap``.
    clips : DataFrame, optional
        The clips that both looked at: ``clip``, and how long they are, ``frames`` or ``first`` and
        ``last``. Unless told, the clips of which both said something, each from the first to the
        last frame that either covers, which leaves little room for none.
    step : int
        Every how many frames a unit is taken, from the clip's first on.
    label : str, optional
        Only this label against all others and none.
    replicates, seed : int
        Of the bootstrap over clips; 0 for no interval.

    Returns
    -------
    Figure
        ``n`` is the number of frames that were taken.

    Raises
    ------
    InputError
        As ``interval_overlap``, for an impossible step, a clip of unknown length, or an interval
        outside its clip.

    References
    ----------
    Cohen 1960, doi:10.1177/001316446002000104.

    >>> rows = [("a", "ann", "joy", 2, 5), ("a", "bob", "joy", 4, 7)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label", "onset", "offset"])
    >>> length = pd.DataFrame({"clip": ["a"], "frames": [10]})
    >>> found = framewise_kappa(said, clips=length)
    >>> found.n, round(found.value, 3)
    (10, 0.167)
    """
    if isinstance(step, bool) or not isinstance(step, int | np.integer) or step < 1:
        raise InputError(f"'step' must be a whole number of frames, at least 1; it is {step!r}.")
    two = two_annotators(first, second, annotators=annotators, clips=clips)
    events = [whole_events(t) for t in (two.first, two.second)]
    spans = _spans(two, events, clips)
    units = _units(events, spans, int(step), label)
    names = list(spans.index)
    figure = estimate(
        "frame-wise kappa" + (f" of {label}" if label is not None else ""),
        f"Cohen's kappa of the label of {_every(int(step))}, none where no interval covers it, "
        + ("over whole clips" if clips is not None else "over the frames that either covers")
        + " (Cohen 1960); the interval draws clips.",
        plain_kappa(tally(units, names)),
        np.ones(len(names), dtype=int),
        raters=2,
        replicates=replicates,
        seed=seed,
        undefined="no clip has frames to compare" if units.empty else "both always say the same",
    )
    return replace(figure, n=int(units["frames"].sum()))


def _every(step: int) -> str:
    return "every frame" if step == 1 else f"one frame in {step}"


def _spans(two: Two, events: list[pd.DataFrame], clips: pd.DataFrame | None) -> pd.DataFrame:
    """Return first and last frame of each clip, indexed by clip."""
    ends = pd.concat(events).groupby("clip").agg(start=("onset", "min"), end=("offset", "max"))
    if clips is None:
        return ends.astype("int64")
    table = clips.set_index(clips["clip"].astype(str).str.strip())
    start = _numbers(table, "first").fillna(0)
    length = _numbers(table, "frames")
    end = _numbers(table, "last").fillna(start + length - 1)
    lacking = list(table.index[end.isna()])
    if lacking:
        raise InputError(
            f"the clips table must say how long each clip is ('frames' or 'last'); it does not for "
            f"{named(lacking)}."
        )
    spans = pd.DataFrame({"start": start, "end": end}).astype("int64").loc[two.clips]
    own = spans.loc[ends.index]
    outside = (ends["start"] < own["start"]) | (ends["end"] > own["end"])
    if outside.any():
        raise InputError(
            f"intervals must lie inside their clips; they do not in {named(ends.index[outside])}."
        )
    return spans


def _numbers(table: pd.DataFrame, column: str) -> pd.Series:
    if column not in table:
        return pd.Series(np.nan, index=table.index)
    return pd.to_numeric(table[column], errors="coerce").astype(float)


def _units(
    events: list[pd.DataFrame], spans: pd.DataFrame, step: int, label: str | None
) -> pd.DataFrame:
    """Return ``clip``, ``label_first``, ``label_second``, ``frames``: stretches of equal labels."""
    pieces = _pieces(events, spans)
    pieces["frames"] = _taken(pieces, spans, step)
    for which, table in zip(("first", "second"), events, strict=True):
        if label is not None:
            table = table[table["label"] == label]
        pieces[f"label_{which}"] = _covering(table, pieces, spans)
    return pieces[pieces["frames"] > 0]


def _pieces(events: list[pd.DataFrame], spans: pd.DataFrame) -> pd.DataFrame:
    """Return stretches within which no interval begins or ends: ``clip``, ``at``, ``until``."""
    clips, starts, ends = spans.index.to_numpy(), spans["start"], spans["end"]
    cuts = [pd.DataFrame({"clip": clips, "at": starts.to_numpy()})]
    cuts += [pd.DataFrame({"clip": t["clip"], "at": t["onset"]}) for t in events]
    cuts += [pd.DataFrame({"clip": t["clip"], "at": t["offset"] + 1}) for t in events]
    cut = pd.concat(cuts).drop_duplicates()
    cut["row"] = spans.index.get_indexer(pd.Index(cut["clip"]))
    cut = cut[cut["at"] <= ends.to_numpy()[cut["row"]]].sort_values(["row", "at"])
    following = cut["at"].shift(-1)
    last = cut["row"] != cut["row"].shift(-1)
    cut["until"] = np.where(last, ends.to_numpy()[cut["row"]], following - 1).astype(np.int64)
    return cut.reset_index(drop=True)


def _taken(pieces: pd.DataFrame, spans: pd.DataFrame, step: int) -> np.ndarray:
    """Return how many frames of each stretch are a multiple of ``step`` from the clip's start."""
    start = spans["start"].to_numpy()[pieces["row"]]
    before = (pieces["at"].to_numpy() - start + step - 1) // step
    return (pieces["until"].to_numpy() - start) // step + 1 - before


def _covering(table: pd.DataFrame, pieces: pd.DataFrame, spans: pd.DataFrame) -> np.ndarray:
    """Return the label, or joined labels, that one annotator has over each stretch."""
    base = np.int64(pieces["until"].max() + 2) if len(pieces) else np.int64(1)
    keys = pieces["row"].to_numpy() * base + pieces["at"].to_numpy()
    row = spans.index.get_indexer(pd.Index(table["clip"]))
    begin = np.searchsorted(keys, row * base + table["onset"].to_numpy())
    stop = np.searchsorted(keys, row * base + table["offset"].to_numpy() + 1)
    often = stop - begin
    event = np.repeat(np.arange(len(table)), often)
    piece = np.arange(len(event)) - np.repeat(np.cumsum(often) - often, often) + begin[event]
    said = pd.DataFrame({"piece": piece, "label": table["label"].to_numpy()[event]})
    said = said.drop_duplicates()
    out = np.full(len(pieces), NONE, dtype=object)
    out[said["piece"]] = said["label"]
    shared = said[said["piece"].duplicated(keep=False)]
    sets = shared.groupby("piece")["label"].agg(joined)
    out[sets.index.to_numpy(dtype=np.int64)] = sets.to_numpy(dtype=object)
    return out
