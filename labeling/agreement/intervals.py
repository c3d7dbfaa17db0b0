"""How far two annotators agree on when something happened: overlap, errors of marks, events.

All functions take two opinions tables, or one table and two annotators. Frames are counted with
both ends. Clips of which one of the two said nothing are left out; name the clips that both looked
at where saying nothing means that there is nothing. Intervals come from drawing clips, because
frames and events of one clip are not independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sttm.errors import InputError

from ..tables import MARKS
from .events import Two, pair_events, shared_frames, two_annotators, whole_events
from .figure import Figure, estimate, quotient

Clips = pd.DataFrame | Sequence[str] | None


def interval_overlap(
    first: pd.DataFrame,
    second: pd.DataFrame | None = None,
    *,
    annotators: Sequence[str] | None = None,
    clips: Clips = None,
) -> pd.DataFrame:
    """Return the overlap of the intervals of two annotators, a row per pair of events.

    The only intervals of a clip are a pair; several are paired one to one so that the sum of
    overlaps is largest, whatever their labels. An interval without partner has overlap 0.
    Intervals without onset or offset are left out.

    Parameters
    ----------
    first, second, annotators, clips
        As of ``labeling.agreement.events.two_annotators``.

    Returns
    -------
    DataFrame
        ``clip``, ``label_first``, ``label_second`` ("" without partner), ``frames_first``,
        ``frames_second``, ``shared`` (frames), ``overlap`` (shared frames over frames of either,
        0 to 1).

    >>> rows = [("a", "ann", "joy", 0, 9), ("a", "bob", "joy", 5, 14)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label", "onset", "offset"])
    >>> interval_overlap(said)[["frames_first", "shared", "overlap"]].round(3).values.tolist()
    [[10.0, 5.0, 0.333]]
    """
    return _overlaps(two_annotators(first, second, annotators=annotators, clips=clips))


def mean_overlap(
    first: pd.DataFrame,
    second: pd.DataFrame | None = None,
    *,
    annotators: Sequence[str] | None = None,
    clips: Clips = None,
    replicates: int = 0,
    seed: int = 0,
) -> Figure:
    """Return the mean of ``interval_overlap``, intervals without partner as 0.

    Parameters
    ----------
    first, second, annotators, clips
        As of ``interval_overlap``.
    replicates, seed : int
        Of the bootstrap over clips; 0 for no interval.

    >>> rows = [("a", "ann", "joy", 0, 9), ("a", "bob", "joy", 5, 14)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label", "onset", "offset"])
    >>> round(mean_overlap(said).value, 3)
    0.333
    """
    two = two_annotators(first, second, annotators=annotators, clips=clips)
    found = _overlaps(two)
    sums = found.groupby("clip")["overlap"].agg(["sum", "count"]).to_numpy(dtype=float)
    return estimate(
        "mean overlap",
        "Mean intersection over union of paired intervals, frames with both ends; intervals "
        "without partner count 0 (Jaccard 1912, doi:10.1111/j.1469-8137.1912.tb05611.x).",
        lambda weights: quotient(weights @ sums[:, 0], weights @ sums[:, 1]),
        np.ones(len(sums), dtype=int),
        raters=2,
        replicates=replicates,
        seed=seed,
        undefined=f"{two.names[0]} and {two.names[1]} have no clip with intervals in common",
    )


def _overlaps(two: Two) -> pd.DataFrame:
    one, other = whole_events(two.first), whole_events(two.second)
    pairs = pair_events(one, other, lone=True)
    alone = one.drop(pairs["i"]), other.drop(pairs["j"])
    a = pd.concat([one.loc[pairs["i"]], alone[0]]).reset_index(drop=True)
    b = other.loc[pairs["j"]].reset_index(drop=True).reindex(range(len(a)))
    sides = pd.concat([a.add_suffix("_first"), b.add_suffix("_second")], axis=1)
    rest = alone[1].add_suffix("_second").reset_index(drop=True)
    sides = pd.concat([sides, rest], ignore_index=True)
    frames = {
        which: (sides[f"offset_{which}"] - sides[f"onset_{which}"] + 1).fillna(0).astype(int)
        for which in ("first", "second")
    }
    ends = [
        sides[f"{m}_{w}"].astype(float) for w in ("first", "second") for m in ("onset", "offset")
    ]
    shared = np.nan_to_num(shared_frames(*(e.to_numpy() for e in ends))[0])
    out = pd.DataFrame(
        {
            "clip": sides["clip_first"].fillna(sides["clip_second"]),
            "label_first": sides["label_first"].fillna(""),
            "label_second": sides["label_second"].fillna(""),
            "frames_first": frames["first"],
            "frames_second": frames["second"],
            "shared": shared.astype(int),
            "overlap": shared / np.maximum(frames["first"] + frames["second"] - shared, 1),
        }
    )
    return out.sort_values("clip", kind="stable").reset_index(drop=True)


# marks ------------------------------------------------------------------------------------------


def mark_errors(
    first: pd.DataFrame,
    second: pd.DataFrame | None = None,
    *,
    annotators: Sequence[str] | None = None,
    fps: float | Mapping[str, float] | pd.DataFrame | None = None,
    same_label: bool = False,
) -> pd.DataFrame:
    """Return how far apart two annotators set onset, apex and offset.

    The only events of a clip are compared whatever their marks; several are paired by overlap as
    in ``interval_overlap``. An error is the second annotator's frame less the first's.

    Parameters
    ----------
    first, second, annotators
        As of ``interval_overlap``.
    fps : float, mapping clip -> float, or clips table, optional
        Frames per second, for the columns in milliseconds.
    same_label : bool
        Compare only events to which both give the same label.

    Returns
    -------
    DataFrame
        ``mark``, ``n`` (events with that mark from both), then ``mean``, ``median``,
        ``mean_absolute``, ``median_absolute`` in frames, the same with ``_ms`` in milliseconds over
        the ``n_ms`` events with a known ``fps``; missing where there is nothing to compare, and
        ``reason`` says so.

    Raises
    ------
    InputError
        As ``interval_overlap``, or for an ``fps`` that is not above 0.

    >>> rows = [("a", "ann", "joy", 10), ("a", "bob", "joy", 14), ("b", "ann", "joy", 5)]
    >>> said = pd.DataFrame(rows, columns=["clip", "annotator", "label", "apex"])
    >>> found = mark_errors(said, fps=25.0).set_index("mark").loc["apex"]
    >>> [float(v) for v in found[["n", "mean", "mean_absolute_ms"]]]
    [1.0, 4.0, 160.0]
    """
    two = two_annotators(first, second, annotators=annotators)
    a, b = _compared(two, same_label)
    rate = _rates(a["clip"], fps)
    rows = [_mark_row(m, _difference(a[m], b[m]), rate) for m in MARKS]
    out = pd.DataFrame(rows)
    real = [c for c in out if str(c).startswith(("mean", "median"))]
    return out.astype(dict.fromkeys(real, "Float64"))


def _compared(two: Two, same_label: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events that are compared, row by row."""
    lone = [t[~t["clip"].duplicated(keep=False)] for t in (two.first, two.second)]
    simple = sorted(set(lone[0]["clip"]) & set(lone[1]["clip"]))
    a, b = (t.set_index("clip", drop=False).loc[simple] for t in lone)
    others = [whole_events(t[~t["clip"].isin(simple)]) for t in (two.first, two.second)]
    pairs = pair_events(others[0], others[1], same_label=same_label)
    a = pd.concat([a, others[0].loc[pairs["i"]]], ignore_index=True)
    b = pd.concat([b, others[1].loc[pairs["j"]]], ignore_index=True)
    kept = (a["label"] == b["label"]).to_numpy() if same_label else np.ones(len(a), dtype=bool)
    return a[kept], b[kept]


def _rates(clips: pd.Series, fps: float | Mapping[str, float] | pd.DataFrame | None) -> np.ndarray:
    """Return frames per second of each event, NaN where unknown."""
    if fps is None:
        return np.full(len(clips), np.nan)
    if isinstance(fps, pd.DataFrame):
        fps = dict(zip(fps["clip"].astype(str), fps["fps"], strict=True)) if "fps" in fps else {}
    known = [fps.get(c) for c in clips] if isinstance(fps, Mapping) else [fps] * len(clips)
    rate = pd.to_numeric(pd.Series(known, dtype=object), errors="coerce").to_numpy(dtype=float)
    if (rate <= 0).any() or np.isinf(rate).any():
        raise InputError("'fps' must be frames per second, a number above 0.")
    return rate


def _difference(first: pd.Series, second: pd.Series) -> np.ndarray:
    a, b = (s.astype("Float64").to_numpy(dtype=float, na_value=np.nan) for s in (first, second))
    return b - a


def _mark_row(mark: str, error: np.ndarray, rate: np.ndarray) -> dict[str, object]:
    known = ~np.isnan(error)
    row: dict[str, object] = {"mark": mark, "n": int(known.sum())} | _spread(error[known], "")
    timed = known & ~np.isnan(rate)
    row |= _spread(error[timed] / rate[timed] * 1000.0, "_ms") | {"n_ms": int(timed.sum())}
    row["reason"] = "" if known.any() else f"no event has this mark ({mark}) from both"
    return row


def _spread(error: np.ndarray, unit: str) -> dict[str, float | None]:
    out: dict[str, float | None] = {}
    for name, values in (("", error), ("_absolute", np.abs(error))):
        out[f"mean{name}{unit}"] = float(values.mean()) if len(values) else None
        out[f"median{name}{unit}"] = float(np.median(values)) if len(values) else None
    return out
