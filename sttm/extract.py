"""Many clips to measures, on one core, several, or a cluster; each result is kept in the store.

The unit of work is a clip; single pictures go to workers in chunks, as each takes a millisecond.
A clip that cannot be used is reported and skipped, and the batch goes on. Memory is bounded by one
clip per worker plus the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .descriptors import Descriptor
from .digests import Digests
from .errors import InputError, ToolkitError
from .jobs import Job, jobs_of
from .mean_face import MeanFace
from .measure import (
    Measured,
    Rows,
    Task,
    crop_clip,
    measure_clip,
    measure_tasks,
    recall,
    remember,
    side_by_side,
)
from .parallel import WorkerDied, apart, as_finished, worker_count
from .recipe import CROPPING, Identifier, Identity, Recipe, identify
from .store import Store
from .tables import features_table

CHUNK = 32  # single pictures that a worker is given at once


@dataclass
class Extraction:
    """The measures of a batch, in the order of the clips table.

    Attributes
    ----------
    clips : list of str
        Clips that were measured; with ``faces.faces = "all"`` further faces of clip ``c`` are
        called ``c@2``, ``c@3`` ...
    measures : array (n, m) float32
    info : DataFrame
        A row per measured clip: source, content, frames, fps, eyes_found, lost ...
    skipped : DataFrame
        ``clip``, ``reason``.
    computed : int
        How many of ``clips`` were not in the store when the batch began.
    mean_face : array (y, x) uint8 or None
        Mean of the middle frame of all crops.
    """

    clips: list[str]
    measures: np.ndarray
    info: pd.DataFrame
    skipped: pd.DataFrame
    computed: int
    mean_face: np.ndarray | None = None

    @property
    def losses(self) -> list[str]:
        """One sentence per clip of which frames could not be decoded."""
        lost = self.info[self.info["lost"] > 0] if "lost" in self.info else self.info
        return [
            f"{row.clip}: {row.lost} announced frames could not be decoded; the {row.frames} "
            "before them were used"
            for row in lost.itertuples(index=False)
        ]

    def features(
        self, descriptor: Descriptor, labels: Mapping[str, str] | None = None
    ) -> pd.DataFrame:
        """Return the features table of the batch, the descriptor fitted on all of it.

        Parameters
        ----------
        descriptor : Descriptor
        labels : mapping of str to str, optional
            Clip -> label, for a descriptor that ``needs_labels``; it then learns from the clips
            that have one.

        Raises
        ------
        InputError
            When there are no clips, or no labels where they are needed.
        """
        from sklearn.base import clone

        if not self.clips:
            raise InputError("no clip could be measured, so there are no features.")
        fitted = clone(descriptor)
        if fitted.needs_labels and labels is not None:
            rows = [row for row, clip in enumerate(self.clips) if clip in labels]
            fitted.learn(self.measures[rows], [labels[self.clips[row]] for row in rows])
        else:
            fitted.learn(self.measures)
        return features_table(
            self.clips, list(fitted.get_feature_names_out()), fitted.encode(self.measures)
        )


Progress = Callable[[str, int, int], None]


def extract(
    clips: pd.DataFrame,
    recipe: Recipe,
    *,
    root: Path | None = None,
    boxes: pd.DataFrame | None = None,
    store: Store | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    cluster: str = "",
) -> Extraction:
    """Measure every clip of a clips table.

    Parameters
    ----------
    clips : DataFrame
        See sttm/tables.py.
    recipe : Recipe
    root : Path, optional
        Folder that relative sources are below.
    boxes : DataFrame, optional
        Given face boxes: clip, frame, x, y, w, h (for ``faces.finder = "boxes"``).
    store : Store, optional
        Where results are kept and found again.
    jobs : int
        Worker processes, each with one thread; -1 for one per core.
    progress : callable, optional
        Called as ``progress(clip, done, total)`` after each clip.
    cluster : str
        Address of a Dask scheduler whose workers measure in place of this machine's. They must
        find the sources under the same paths. Only this process writes to the store, measures
        and no crops.

    Returns
    -------
    Extraction
    """
    worker_count(jobs)  # refused now where it is wrong
    work = jobs_of(clips, root, boxes)
    results: list[Rows] = [[] for _ in work]
    mean, done = MeanFace(), 0
    for number, rows in _Batch(work, recipe, store, jobs, cluster).results():
        results[number] = rows
        for row in rows:
            if row.picture is not None:
                mean.add(row.picture)
                row.picture = None  # kept, the pictures would grow with the number of clips
        done += 1  # noqa: SIM113 (the numbers come in no order)
        if progress is not None:
            progress(work[number].clip, done, len(work))
    return _collect([row for rows in results for row in rows], mean.picture())


Numbered = tuple[int, Task]  # a task and the number of its clip


@dataclass
class _Batch:
    """Clips on their way: what the store knows comes first, then what workers find."""

    work: Sequence[Job]
    recipe: Recipe
    store: Store | None
    jobs: int
    cluster: str

    def results(self) -> Iterator[tuple[int, Rows]]:
        """Yield the rows of every clip with its number, in any order.

        A clip at which a process died before is measured in a process of its own.
        """
        waiting: list[Numbered] = []
        fatal: list[Numbered] = []
        if self.store is not None:
            self.store.sweep()
        for number, found in self._look_up():
            if not isinstance(found, Task):
                yield number, found
            elif self.store is not None and self.store.was_fatal(found.mark):
                fatal.append((number, found))
            else:
                waiting.append((number, found))
        for chunk, result in self._pooled(_chunks(waiting, worker_count(self.jobs))):
            if isinstance(result, WorkerDied) and len(chunk) > 1:
                fatal += chunk
            else:
                yield from self._finish(chunk, result)
        for chunk, result in self._apart([[task] for task in fatal]):
            yield from self._finish(chunk, result)

    def _look_up(self) -> Iterator[tuple[int, Rows | Task]]:
        """Yield for every clip what is known of it, or what is to be done."""
        with Digests() if self.store is None else self.store.digests() as digests:
            identifier = Identifier(self.recipe, digests)
            for number, job in enumerate(self.work):
                try:
                    identity = identifier.of(job)
                except ToolkitError as error:
                    yield number, [Measured(job.clip, None, {}, str(error))]
                    continue
                found = [recall(self.store, job, key) for key in identity.measures]
                wanted = tuple(i for i, rows in enumerate(found) if rows is None)
                if wanted:
                    yield number, Task(job, identity, wanted)
                else:
                    known = [rows for rows in found if rows is not None]
                    yield number, side_by_side(self.recipe.descriptor, known)

    def _pooled(self, chunks: list[list[Numbered]]) -> Iterator[tuple[list[Numbered], Any]]:
        """Yield every chunk with its result, as they finish."""
        arguments = [([task for _, task in chunk],) for chunk in chunks]
        shared = (self.recipe, None if self.cluster else self.store)
        for place, result in as_finished(
            measure_tasks, arguments, self.jobs, cluster=self.cluster, shared=shared
        ):
            yield chunks[place], result

    def _apart(self, chunks: list[list[Numbered]]) -> Iterator[tuple[list[Numbered], Any]]:
        """Yield every chunk with its result, each the only work of its process."""
        if self.cluster:  # where what a worker died at is tried again alone
            yield from self._pooled(chunks)
            return
        arguments = [(self.recipe, self.store, [task for _, task in chunk]) for chunk in chunks]
        for place, result in apart(measure_tasks, arguments):
            yield chunks[place], result

    def _finish(self, chunk: list[Numbered], result: Any) -> Iterator[tuple[int, Rows]]:
        if isinstance(result, WorkerDied):
            yield from ((number, _dead(task.job)) for number, task in chunk)
            return
        for (number, task), new in zip(chunk, result, strict=True):
            if self.cluster and self.store is not None:
                for single, rows in zip(task.wanted, new, strict=True):
                    remember(self.store, task.identity.measures[single], rows)
            yield number, self._whole(task, new)

    def _whole(self, task: Task, new: list[Rows]) -> Rows:
        """Return the rows of a clip: what is new beside what the store knew."""
        made = dict(zip(task.wanted, new, strict=True))
        keys = task.identity.measures
        found = [made.get(n) or recall(self.store, task.job, key) for n, key in enumerate(keys)]
        whole = [rows for rows in found if rows is not None]
        if len(whole) < len(keys):  # the store has lost an entry since
            return measure_clip(task.job, self.recipe, self.store)
        return side_by_side(self.recipe.descriptor, whole)


def _chunks(tasks: Sequence[Numbered], workers: int) -> list[list[Numbered]]:
    """Return tasks one by one, but single pictures together, each worker having many chunks."""
    stills = [task for task in tasks if task[1].job.still]
    size = max(1, min(CHUNK, len(stills) // (8 * workers)))
    chunks = [stills[at : at + size] for at in range(0, len(stills), size)]
    return chunks + [[task] for task in tasks if not task[1].job.still]


def _dead(job: Job) -> list[Measured]:
    reason = (
        f"{job.source} ended the process that measured it (a crash in the video decoder, or too "
        "little memory); it is left out."
    )
    return [Measured(job.clip, None, {}, reason)]


def _collect(rows: Sequence[Measured], mean_face: np.ndarray | None) -> Extraction:
    good = [r for r in rows if r.measures is not None]
    bad = [(r.clip, r.reason) for r in rows if r.measures is None]
    measures = [r.measures for r in good if r.measures is not None]
    info = pd.DataFrame([{"clip": r.clip, **r.info} for r in good])
    if "stored" in info:
        info = info.drop(columns="stored")
    return Extraction(
        [r.clip for r in good],
        np.stack(measures) if measures else np.zeros((0, 0), np.float32),
        info,
        pd.DataFrame(bad, columns=["clip", "reason"]),
        sum("stored" not in r.info for r in good),
        mean_face,
    )


__all__ = [
    "CROPPING",
    "Extraction",
    "Identity",
    "Job",
    "Measured",
    "Progress",
    "Recipe",
    "crop_clip",
    "extract",
    "identify",
    "jobs_of",
    "measure_clip",
]
