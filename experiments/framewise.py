"""The frames of a clip measured one by one, each as a still picture is.

What is measured of frame n is what `sttm.extract` measures of the clip that is frame n alone; a
clip is decoded once, and what was measured is kept in the store.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sttm.digests import Digests
from sttm.errors import InputError, NoFace, ToolkitError
from sttm.extract import Progress
from sttm.faces import crop_faces
from sttm.frames import open_frames
from sttm.jobs import Job, jobs_of
from sttm.parallel import WorkerDied, as_finished
from sttm.recipe import Identifier, Recipe
from sttm.store import Store, key_of
from sttm.temporal import apply_time

VERSION = 1  # raised whenever the measures of the same frame change for a reason that is ours


@dataclass(frozen=True, eq=False)
class FrameMeasures:
    """What was measured of one clip.

    Attributes
    ----------
    numbers : array (k,) int
        The frames that could be measured, counted from the clip's first; a frame without a face,
        or without the landmarks that a model looks at, is not among them.
    measures : array (k, m) float32
    looked_at : int
        Frames that were searched.
    content : str
        Digest of what the source holds.
    reason : str
        Why there is nothing, where k is 0.
    stored : bool
        Whether the store had it.
    """

    numbers: np.ndarray
    measures: np.ndarray
    looked_at: int
    content: str = ""
    reason: str = ""
    stored: bool = False


def measure_frames(
    clips: pd.DataFrame,
    recipe: Recipe,
    every: int,
    store: Store,
    *,
    root: Any = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> list[FrameMeasures]:
    """Measure every ``every``-th frame of each clip of a clips table, in its order.

    A clip that cannot be used has no frames and a reason.

    Raises
    ------
    InputError
        When ``every`` is no number of frames, or the store cannot be written to.
    """
    if every < 1:
        raise InputError(f"every must be a number of frames from 1, not {every}.")
    work = jobs_of(clips, root)
    found: list[FrameMeasures | None] = [None] * len(work)
    with store.digests() as digests:
        keys = [_key(job, recipe, every, digests) for job in work]
    for number, (_, key) in enumerate(keys):
        found[number] = _recall(store, key, keys[number][0]) if key else None
    waiting = [n for n, known in enumerate(found) if known is None]
    done = len(work) - len(waiting)
    arguments = [(work[n], recipe, every, keys[n][0]) for n in waiting]
    for place, result in as_finished(frames_of, arguments, jobs):
        number = waiting[place]
        found[number] = _dead(work[number]) if isinstance(result, WorkerDied) else result
        _remember(store, keys[number][1], found[number])
        done += 1
        if progress is not None:
            progress(work[number].clip, done, len(work))
    return [f for f in found if f is not None]


def frames_of(job: Job, recipe: Recipe, every: int, content: str = "") -> FrameMeasures:
    """Return the measures of one clip's frames; never raises for a clip that cannot be used."""
    numbers: list[int] = []
    rows: list[np.ndarray] = []
    looked_at, reason, faces = 0, "", False
    try:
        for number, picture in _pictures(job, every):
            looked_at += 1
            try:
                rows.append(_still(picture, recipe))
                numbers.append(number)
            except ToolkitError as error:  # no face, no landmarks: the other frames go on
                reason = reason or str(error)
                faces = faces or not isinstance(error, NoFace)
    except ToolkitError as error:
        return _nothing(looked_at, content, str(error))
    except Exception as error:  # one strange file must not end the batch
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return _nothing(looked_at, content, f"{job.source} could not be measured ({what}).")
    if not rows:
        what = "frame of it could be measured" if faces else "face was found in any frame of it"
        return _nothing(looked_at, content, f"no {what}: {reason}")
    return FrameMeasures(np.array(numbers), np.stack(rows), looked_at, content)


def _nothing(looked_at: int, content: str, reason: str) -> FrameMeasures:
    return FrameMeasures(np.zeros(0, int), np.zeros((0, 0), np.float32), looked_at, content, reason)


def _dead(job: Job) -> FrameMeasures:
    return _nothing(0, "", f"{job.source} ended the process that measured it; it is left out.")


def _pictures(job: Job, every: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield every ``every``-th frame as (number, grey picture), one decoding pass."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # frames that are lost are not looked at
        with open_frames(job.source, first=job.first, last=job.last, fps=job.fps) as frames:
            for number, picture in enumerate(frames):
                if number % every == 0:
                    yield number, picture


def _still(picture: np.ndarray, recipe: Recipe) -> np.ndarray:
    """Return the measures of one picture, as of a clip of one frame."""
    with open_frames(picture[None]) as frames:
        face = crop_faces(frames, recipe.faces)[0]
    volume = apply_time(face.volume, recipe.time, face.numbers, len(face.transform))
    measures = recipe.descriptor.measure(volume)
    if not np.isfinite(measures).all():
        raise InputError("a frame gives measures that are not finite numbers.")
    return measures


# in the store -----------------------------------------------------------------------------------


def _key(job: Job, recipe: Recipe, every: int, digests: Digests) -> tuple[str, str]:
    """Return the digest of a clip's source and the key of its frames; blank where it is missing."""
    try:
        identity = Identifier(recipe, digests).of(job)
    except ToolkitError:
        return "", ""
    parts = {"frames": every, "version": VERSION, "measures": list(identity.measures)}
    return identity.content, key_of(parts)


def _remember(store: Store, key: str, found: FrameMeasures | None) -> None:
    if key and found is not None and len(found.numbers):
        arrays = {"numbers": found.numbers, "measures": found.measures}
        store.put(key, arrays, {"looked_at": found.looked_at})


def _recall(store: Store, key: str, content: str) -> FrameMeasures | None:
    entry = store.get(key)
    if entry is None:
        return None
    arrays, values = entry
    numbers, measures = arrays["numbers"], arrays["measures"]
    return FrameMeasures(numbers, measures, values["looked_at"], content, stored=True)
