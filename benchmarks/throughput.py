"""Extraction of many clips with one worker and with two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sttm.descriptors.sttm import STTM
from sttm.extract import Recipe, extract

from .drawn_video import small_clips
from .effort import Effort
from .machine import usable_cores
from .pairs import Pair, Spread, Timed, in_turns
from .rows import Row, milliseconds

DIFFERENT = 12  # clips that are drawn; a batch repeats them
FRAMES = 24
REPEATS = 3


def clips_table(paths: Sequence[Path], count: int) -> pd.DataFrame:
    """Return a clips table of ``count`` rows that go round the files."""
    rows = [(f"clip{i:04d}", str(paths[i % len(paths)])) for i in range(count)]
    return pd.DataFrame(rows, columns=["clip", "source"])


def extracted(clips: pd.DataFrame, jobs: int) -> int:
    """Measure the clips without a store and return how many were measured."""
    done = extract(clips, Recipe(STTM()), jobs=jobs)
    if len(done.skipped):
        raise RuntimeError(f"a clip was skipped: {done.skipped['reason'].iloc[0]}")
    return len(done.clips)


def run(effort: Effort) -> list[Row]:
    """Measure a batch with one worker and with two, in turns."""
    folder = (effort.scratch or Path()) / "batch"
    paths = small_clips(folder, min(DIFFERENT, effort.batch), FRAMES)
    clips = clips_table(paths, effort.batch)
    pair = in_turns(
        lambda: extracted(clips, 2), lambda: extracted(clips, 1), min(REPEATS, effort.repeats)
    )
    return [
        _rate("1 worker", pair.peer, effort.batch),
        _rate("2 workers", pair.ours, effort.batch),
        _gain(pair),
    ]


def _rate(what: str, times: Sequence[Timed], clips: int) -> Row:
    rate = Spread.of([clips / t.wall for t in times])
    return Row(
        f"extraction, {clips} drawn clips, {what}",
        rate,
        "clips/s",
        milliseconds(times),
        note=f"{FRAMES} frames of 240 x 240, Motion JPEG: {rate.middle * FRAMES:.0f} frames/s",
    )


def _gain(pair: Pair) -> Row:
    return Row(
        "extraction, 2 workers against 1",
        pair.ratio("wall"),
        "x faster",
        milliseconds(pair.ours),
        milliseconds(pair.peer),
        note=f"{usable_cores()} cores; the start of the workers is included, and of a batch the "
        "first 1.5 s are done before workers are started",
    )
