"""One clip to measures: decode, find the face, crop, bring to length, measure; keep the result.

A clip that cannot be used gives a reason in place of measures and raises nothing. The members of a
concatenation are measured and kept one by one, so that what one of them gave before is not done
again. A store with ``crops`` keeps the crops too.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .crops import Crop, recall_crops, remember_crops
from .descriptors import Descriptor
from .errors import ClipTooShort, InputError, NoFace, ToolkitError
from .faces import FaceClip, crop_faces
from .frames import open_frames
from .jobs import Job
from .recipe import Identity, Recipe, identify
from .store import Store
from .temporal import TimeSettings, apply_time, needed


@dataclass
class Measured:
    """What became of one face of one clip: measures, or the reason why there are none."""

    clip: str
    measures: np.ndarray | None
    info: dict[str, Any]
    reason: str = ""
    picture: np.ndarray | None = None  # the crop in the middle of the clip, (y, x) uint8


@dataclass(frozen=True)
class Task:
    """A clip and which of the descriptor's ``singles()`` are to be measured on it, by number."""

    job: Job
    identity: Identity
    wanted: tuple[int, ...]

    @property
    def mark(self) -> str:
        """The key under which a store marks that somebody is at work."""
        return self.identity.measures[self.wanted[0]]


Rows = list[Measured]  # one per face


def crop_clip(
    job: Job, recipe: Recipe, whole: bool = False
) -> list[tuple[FaceClip, np.ndarray, int]]:
    """Return the faces of a clip with their volumes brought to length, and the frames lost.

    The faces' own volumes hold only the frames that are looked at, unless ``whole`` is true.
    """
    looked_at = TimeSettings("none") if whole else recipe.time
    with (
        warnings.catch_warnings(record=True) as caught,
        open_frames(job.source, first=job.first, last=job.last, fps=job.fps) as frames,
    ):
        warnings.simplefilter("always")
        faces = crop_faces(
            frames, recipe.faces, boxes=job.boxes, only=lambda length: needed(length, looked_at)
        )
        lost = frames.lost or 0
    del caught  # frames that were lost are reported in the info table instead
    return [(face, _in_time(face, recipe.time), lost) for face in faces]


def _in_time(face: FaceClip, time: TimeSettings) -> np.ndarray:
    return apply_time(face.volume, time, face.numbers, len(face.transform))


def measure_clip(job: Job, recipe: Recipe, store: Store | None = None) -> list[Measured]:
    """Return the measures of one clip, from the store where it has them.

    Never raises for a clip that cannot be used; the reason is in the result.

    Raises
    ------
    InputError
        When the store cannot be written to.
    """
    try:
        identity = identify(job, recipe)
    except ToolkitError as error:
        return [Measured(job.clip, None, {}, str(error))]
    found = [recall(store, job, key) for key in identity.measures]
    wanted = tuple(i for i, rows in enumerate(found) if rows is None)
    new = measure_task(recipe, store, Task(job, identity, wanted)) if wanted else []
    for number, rows in zip(wanted, new, strict=True):
        found[number] = rows
    return side_by_side(recipe.descriptor, [rows for rows in found if rows is not None])


def measure_tasks(recipe: Recipe, store: Store | None, tasks: Sequence[Task]) -> list[list[Rows]]:
    """Return for each task what ``measure_task`` does."""
    return [measure_task(recipe, store, task) for task in tasks]


def measure_task(recipe: Recipe, store: Store | None, task: Task) -> list[Rows]:
    """Measure a clip and keep the result; one list of rows for each of the ``wanted``.

    What another process, or one that died since, has kept in the meantime is taken from the store.
    """
    keys = [task.identity.measures[number] for number in task.wanted]
    known = {k: rows for k in keys if (rows := recall(store, task.job, k)) is not None}
    for row in (row for rows in known.values() for row in rows):
        del row.info["stored"]  # it was not when the batch began
    singles = recipe.descriptor.singles()
    new = {k: singles[n] for k, n in zip(keys, task.wanted, strict=True) if k not in known}
    if new:
        with contextlib.nullcontext() if store is None else store.attempt(task.mark):
            for key, rows in zip(new, _compute(task, recipe, [*new.values()], store), strict=True):
                known[key] = rows
                if store is not None:
                    remember(store, key, rows)
    return [known[key] for key in keys]


def _compute(
    task: Task, recipe: Recipe, singles: Sequence[Descriptor], store: Store | None
) -> list[Rows]:
    """Measure a clip by each of ``singles``; the reason why it cannot be is in the rows.

    Without ``info`` it is a reason that may be gone the next time.
    """
    cropped, reason = _attempted(lambda: _crops(task, recipe, store), task)
    if cropped is None:
        return [[reason]] * len(singles)
    out = []
    for single in singles:
        rows, reason = _attempted(lambda by=single: _rows(task, recipe, by, cropped), task)
        out.append([reason] if rows is None else rows)
    return out


def _attempted(work: Any, task: Task) -> tuple[Any, Measured]:
    """Return what ``work`` gives, or None and the reason."""
    job, info = task.job, {}
    try:
        return work(), Measured(job.clip, None, {})
    except (NoFace, ClipTooShort) as error:
        info = {"source": str(job.source), "content": task.identity.content}
        reason = str(error)
    except ToolkitError as error:
        reason = str(error)
    except Exception as error:  # one strange file must not end a night's work
        what = " ".join(f"{type(error).__name__}: {error}".split())
        reason = f"{job.source} could not be measured ({what})."
    return None, Measured(job.clip, None, info, reason)


def _crops(task: Task, recipe: Recipe, store: Store | None) -> list[Crop]:
    """Return the crops of a clip's faces, from the store where it keeps them."""
    if store is not None and store.crops:
        known = recall_crops(store, task.identity.crops)
        if known is not None:
            return known
    begun = time.perf_counter()
    faces = crop_clip(task.job, recipe)
    seconds = time.perf_counter() - begun
    crops = [
        Crop(
            volume,
            face.volume[len(face.volume) // 2].copy(),
            {
                "fps": face.fps,
                "frames": len(face.transform),
                "frames_used": len(volume),
                "lost": lost,
                "eyes_found": bool(face.eyes_found),
            },
            seconds,
            face.transform,
        )
        for face, volume, lost in faces
    ]
    if store is not None and store.crops:
        remember_crops(store, task.identity.crops, crops)
    return crops


def _rows(task: Task, recipe: Recipe, descriptor: Descriptor, crops: Sequence[Crop]) -> Rows:
    job, begun = task.job, time.perf_counter()
    own = (_points(job, recipe, crops),) if descriptor.needs_points else ()
    measures = [_finite(descriptor.measure(crop.volume, *own), job) for crop in crops]
    seconds = time.perf_counter() - begun
    out = []
    for number, (crop, row) in enumerate(zip(crops, measures, strict=True)):
        info = {
            "source": str(job.source),
            "content": task.identity.content,
            "first": job.first,
            "last": job.last,
            **crop.info,
            "seconds": round(crop.seconds + seconds, 4),
            "cropping": round(crop.seconds, 4),
        }
        out.append(Measured(_name(job, number), row, info, picture=crop.picture))
    return out


def _points(job: Job, recipe: Recipe, crops: Sequence[Crop]) -> np.ndarray:
    """Return the clip's own landmarks in pixels of its crop, brought to length, (t, 68, 2)."""
    from .landmarks.given import clip_points

    if job.landmarks is None:
        raise InputError(
            f"{job.source} comes without landmarks, which the descriptor takes as given; name "
            "their place in a column 'landmarks' of the clips table, or take landmarks that are "
            "found."
        )
    if len(crops) != 1:
        raise InputError(
            f"given landmarks are those of one face, and {job.source} shows {len(crops)}; set "
            "faces.faces to largest."
        )
    return clip_points(job.landmarks, crops[0].transform, recipe.time, job.first)


def _name(job: Job, number: int) -> str:
    return job.clip if number == 0 else f"{job.clip}@{number + 1}"


def _finite(measures: np.ndarray, job: Job) -> np.ndarray:
    if not np.isfinite(measures).all():
        raise InputError(f"{job.source} gives measures that are not finite numbers.")
    return measures


def side_by_side(descriptor: Descriptor, found: Sequence[Rows]) -> Rows:
    """Return the rows of a descriptor from those of its ``singles()``, in their order."""
    for rows in found:
        if rows[0].measures is None:
            return rows
    return [_one_row(descriptor, faces) for faces in zip(*found, strict=True)]


def _one_row(descriptor: Descriptor, parts: Sequence[Measured]) -> Measured:
    info = dict(parts[0].info)
    cropping = max(part.info["cropping"] for part in parts)
    seconds = sum(part.info["seconds"] - part.info["cropping"] for part in parts)
    info["seconds"] = round(seconds + cropping, 4)
    del info["cropping"]
    if not all("stored" in part.info for part in parts):
        info.pop("stored", None)
    measures = descriptor.combine([p.measures for p in parts if p.measures is not None])
    return replace(parts[0], measures=measures, info=info)


# in the store -----------------------------------------------------------------------------------


def remember(store: Store, key: str, rows: Rows) -> None:
    """Keep the rows of one descriptor, unless the reason for a failure may be gone next time."""
    if not all(row.info for row in rows):
        return
    arrays = {f"measures{i}": r.measures for i, r in enumerate(rows) if r.measures is not None}
    arrays |= {f"picture{i}": r.picture for i, r in enumerate(rows) if r.picture is not None}
    store.put(key, arrays, {"rows": [{"info": r.info, "reason": r.reason} for r in rows]})


def recall(store: Store | None, job: Job, key: str) -> Rows | None:
    """Return what the store knows; the file may have had another name then."""
    entry = None if store is None else store.get(key)
    return None if entry is None else list(_unpack(job, *entry))


def _unpack(job: Job, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> Iterator[Measured]:
    for number, row in enumerate(values["rows"]):
        info = {**row["info"], "source": str(job.source), "stored": True}
        reason = row["reason"].replace(row["info"]["source"], str(job.source))
        found = arrays.get(f"measures{number}"), info, reason, arrays.get(f"picture{number}")
        yield Measured(_name(job, number), *found)
