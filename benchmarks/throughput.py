"""Extraction of many clips: one worker, two, two of a Dask cluster; and what the store takes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from sttm.descriptors.sttm import STTM
from sttm.extract import Recipe, extract
from sttm.parallel import as_finished
from sttm.store import Store

from .drawn_video import small_clips
from .effort import Effort
from .machine import usable_cores
from .pairs import Pair, Spread, Timed, timed
from .rows import Row, milliseconds

DIFFERENT = 12  # clips that are drawn; a batch repeats them
FRAMES = 24
REPEATS = 3
ITEMS = [(i,) for i in range(500)]  # that do nothing


def clips_table(paths: Sequence[Path], count: int) -> pd.DataFrame:
    """Return a clips table of ``count`` rows that go round the files."""
    rows = [(f"clip{i:04d}", str(paths[i % len(paths)])) for i in range(count)]
    return pd.DataFrame(rows, columns=["clip", "source"])


def extracted(clips: pd.DataFrame, jobs: int, cluster: str = "") -> int:
    """Measure the clips without a store and return how many were measured."""
    done = extract(clips, Recipe(STTM()), jobs=jobs, cluster=cluster)
    if len(done.skipped):
        raise RuntimeError(f"a clip was skipped: {done.skipped['reason'].iloc[0]}")
    return len(done.clips)


@contextmanager
def workers() -> Iterator[str]:
    """Give the address of a scheduler with two workers on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=None,
        memory_limit=0,
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster.scheduler_address


def run(effort: Effort) -> list[Row]:
    """Measure a batch with one worker, with two, and through Dask, in turns; then its store."""
    folder = (effort.scratch or Path()) / "batch"
    paths = small_clips(folder, min(DIFFERENT, effort.batch), FRAMES)
    clips = clips_table(paths, effort.batch)
    with workers() as cluster:
        ways = (
            lambda: extracted(clips, 1),
            lambda: extracted(clips, 2),
            lambda: extracted(clips, 1, cluster),
        )
        for way in ways:  # not counted
            way()
        turns = [[timed(way) for way in ways] for _ in range(min(REPEATS, effort.repeats))]
        bare = [timed(lambda: list(as_finished(abs, ITEMS, cluster=cluster))) for _ in turns]
    one, two, dask = (tuple(times) for times in zip(*turns, strict=True))
    return [
        _rate("1 worker", one, effort.batch),
        _rate("2 workers", two, effort.batch),
        _rate("2 workers of Dask", dask, effort.batch),
        _gain("2 workers against 1", Pair(two, one), HERE),
        _gain("2 workers of Dask against 1", Pair(dask, one), THERE),
        _head(bare),
        _size(clips.head(len(paths)), folder / "store"),
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


HERE = (
    "the start of the workers is included, and of a batch the first 1.5 s are done before workers "
    "are started"
)
THERE = "scheduler and workers run on this machine beside the head, and were started before"


def _gain(what: str, pair: Pair, note: str) -> Row:
    return Row(
        f"extraction, {what}",
        pair.ratio("wall"),
        "x faster",
        milliseconds(pair.ours),
        milliseconds(pair.peer),
        note=f"{usable_cores()} cores; {note}",
    )


def _head(times: Sequence[Timed]) -> Row:
    return Row(
        "Dask, head and scheduler per item",
        Spread.of([1e3 * t.cpu / len(ITEMS) for t in times]),
        "ms",
        more=False,
        note=f"processor time to send and fetch {len(ITEMS)} items that do nothing; one over it "
        "is the most clips per second that any number of workers can reach",
    )


def _size(clips: pd.DataFrame, folder: Path) -> Row:
    """Return the row of what a clip takes in the store."""
    done = extract(clips, Recipe(STTM()), store=Store(folder))
    sizes = [path.stat().st_size / 1e3 for path in folder.rglob("*.npz")]
    columns = done.measures.shape[1]
    return Row(
        "store, per clip",
        Spread.of(sizes),
        "kB",
        more=False,
        note=f"one file per clip: {columns} measures, compressed, and a picture of the face; in "
        f"memory a clip takes {columns * done.measures.itemsize / 1e3:.3g} kB",
    )
