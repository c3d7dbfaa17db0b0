"""Many clips to measures: decode, find the face, crop, bring to length, measure; store each result.

The unit of work is a clip. A clip that cannot be used is reported and skipped, and the batch goes
on. Memory is bounded by one clip per worker plus the table.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from .descriptors import Descriptor, spec_of
from .errors import ClipTooShort, InputError, NoFace, ToolkitError
from .faces import FaceClip, FaceSettings, crop_faces
from .frames import open_frames
from .mean_face import MeanFace
from .parallel import WorkerDied, apart, as_finished, worker_count
from .store import Store, content_digest, key_of
from .tables import check_clips, features_table, named
from .temporal import TimeSettings, apply_time, needed

CROPPING = 2  # raised whenever the crop of the same clip changes; part of every stored key


@dataclass(frozen=True)
class Recipe:
    """Everything that shapes the measures of a clip, besides the clip.

    Parameters
    ----------
    descriptor : Descriptor
    faces : FaceSettings
    time : TimeSettings
    """

    descriptor: Descriptor
    faces: FaceSettings = field(default_factory=FaceSettings)
    time: TimeSettings = field(default_factory=TimeSettings)

    def crop_part(self) -> dict[str, Any]:
        """Return what shapes the crop, as plain values."""
        return {"faces": asdict(self.faces), "time": asdict(self.time), "cropping": CROPPING}

    def measure_part(self) -> dict[str, Any]:
        """Return what shapes the measures, as plain values."""
        return {**self.crop_part(), "descriptor": spec_of(self.descriptor, versions=True)}


@dataclass(frozen=True)
class Job:
    """One row of the clips table, ready for a worker."""

    clip: str
    source: Path
    first: int | None
    last: int | None
    fps: float | None
    boxes: pd.DataFrame | None = None


@dataclass
class Measured:
    """What became of one face of one clip: measures, or the reason why there are none."""

    clip: str
    measures: np.ndarray | None
    info: dict[str, Any]
    reason: str = ""
    picture: np.ndarray | None = None  # the crop in the middle of the clip, (y, x) uint8


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
        How many of ``clips`` were not in the store.
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

    def features(self, descriptor: Descriptor) -> pd.DataFrame:
        """Return the features table of the batch, the descriptor fitted on all of it."""
        from sklearn.base import clone

        if not self.clips:
            raise InputError("no clip could be measured, so there are no features.")
        fitted = clone(descriptor).learn(self.measures)
        return features_table(
            self.clips, list(fitted.get_feature_names_out()), fitted.encode(self.measures)
        )


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
        content, key = identify(job, recipe)
    except ToolkitError as error:
        return [Measured(job.clip, None, {}, str(error))]
    known = store.get(key) if store is not None else None
    return _measure(job, recipe, store, content, key) if known is None else _unpack(job, *known)


def identify(job: Job, recipe: Recipe, digests: dict[Path, str] | None = None) -> tuple[str, str]:
    """Return the digest of a clip's content, and the key of its measures in the store.

    ``digests`` holds those of sources that were read before, so that a long video of which many
    clips are stretches is read once.

    Raises
    ------
    UnreadableClip
        When the source is missing or may not be read.
    """
    digests = {} if digests is None else digests
    if job.source not in digests:
        digests[job.source] = content_digest(job.source)
    content = digests[job.source]
    boxes = None if job.boxes is None else job.boxes.drop(columns="clip", errors="ignore")
    what = {
        "content": content,
        "opencv": cv2.__version__,  # decodes, finds faces, filters
        "first": job.first,
        "last": job.last,
        "fps": job.fps,
        "boxes": None if boxes is None else boxes.to_csv(index=False),
        "model": content_digest(Path(recipe.faces.model)) if recipe.faces.model else None,
    }
    return content, key_of({**what, **recipe.measure_part()})


def _measure(
    job: Job, recipe: Recipe, store: Store | None, content: str, key: str
) -> list[Measured]:
    if store is None:
        return _compute(job, recipe, content)
    with store.attempt(key):
        results = _compute(job, recipe, content)
        if all(r.info for r in results):
            _keep(store, key, results)
    return results


def _compute(job: Job, recipe: Recipe, content: str) -> list[Measured]:
    """Measure a clip; the reason why it cannot be is in the result.

    Without ``info`` it is a reason that may be gone the next time.
    """
    begun = time.perf_counter()
    try:
        cropped = crop_clip(job, recipe)
        rows = [_finite(recipe.descriptor.measure(volume), job) for _, volume, _ in cropped]
    except (NoFace, ClipTooShort) as error:
        info: dict[str, Any] = {"source": str(job.source), "content": content}
        return [Measured(job.clip, None, info, str(error))]
    except ToolkitError as error:
        return [Measured(job.clip, None, {}, str(error))]
    except Exception as error:  # one strange file must not end a night's work
        what = " ".join(f"{type(error).__name__}: {error}".split())
        return [Measured(job.clip, None, {}, f"{job.source} could not be measured ({what}).")]
    seconds = time.perf_counter() - begun
    out = []
    for number, ((face, volume, lost), row) in enumerate(zip(cropped, rows, strict=True), 1):
        info = {
            "source": str(job.source),
            "content": content,
            "first": job.first,
            "last": job.last,
            "fps": face.fps,
            "frames": len(face.transform),
            "frames_used": len(volume),
            "lost": lost,
            "eyes_found": bool(face.eyes_found),
            "seconds": round(seconds, 4),
        }
        name = job.clip if number == 1 else f"{job.clip}@{number}"
        out.append(Measured(name, row, info, picture=face.volume[len(face.volume) // 2].copy()))
    return out


def _finite(measures: np.ndarray, job: Job) -> np.ndarray:
    if not np.isfinite(measures).all():
        raise InputError(f"{job.source} gives measures that are not finite numbers.")
    return measures


def _keep(store: Store, key: str, results: Sequence[Measured]) -> None:
    arrays = {f"measures{i}": r.measures for i, r in enumerate(results) if r.measures is not None}
    arrays |= {f"picture{i}": r.picture for i, r in enumerate(results) if r.picture is not None}
    values = [{"info": r.info, "reason": r.reason} for r in results]
    store.put(key, arrays, {"rows": values})


def _unpack(job: Job, arrays: dict[str, np.ndarray], values: dict[str, Any]) -> list[Measured]:
    """Return what the store knows; the file may have had another name then."""
    out = []
    for i, row in enumerate(values["rows"]):
        name = job.clip if i == 0 else f"{job.clip}@{i + 1}"
        info = {**row["info"], "source": str(job.source), "stored": True}
        reason = row["reason"].replace(row["info"]["source"], str(job.source))
        found = arrays.get(f"measures{i}"), info, reason, arrays.get(f"picture{i}")
        out.append(Measured(name, *found))
    return out


def jobs_of(
    clips: pd.DataFrame, root: Path | None = None, boxes: pd.DataFrame | None = None
) -> list[Job]:
    """Return one job per row of a clips table; relative sources are below ``root``.

    Raises
    ------
    InputError
        When the clips table is not as it must be, or ``boxes`` lacks a clip.
    """
    table = check_clips(clips)
    groups = _boxes_by_clip(boxes, table["clip"].tolist())
    out = []
    for row in table.to_dict(orient="records"):
        source = Path(row["source"])
        if root is not None and not source.is_absolute():
            source = root / source
        first, last = (None if pd.isna(row[c]) else int(row[c]) for c in ("first", "last"))
        fps = None if pd.isna(row["fps"]) else float(row["fps"])
        out.append(Job(row["clip"], source, first, last, fps, groups.get(row["clip"])))
    return out


def _boxes_by_clip(boxes: pd.DataFrame | None, clips: list[str]) -> dict[str, pd.DataFrame]:
    if boxes is None:
        return {}
    if "clip" not in boxes:
        if len(clips) == 1:
            return {clips[0]: boxes}
        raise InputError("a boxes table for several clips needs a column 'clip'.")
    groups = {str(clip): rows for clip, rows in boxes.groupby("clip")}
    lacking = [c for c in clips if c not in groups]
    if lacking:
        raise InputError(f"the boxes table has no row for clip {named(lacking)}; add one.")
    return groups


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

    Returns
    -------
    Extraction
    """
    worker_count(jobs)  # refused now where it is wrong
    work = jobs_of(clips, root, boxes)
    results: list[list[Measured]] = [[] for _ in work]
    mean, done = MeanFace(), 0
    for number, rows in _results(work, recipe, store, jobs):
        results[number] = rows
        for row in rows:
            if row.picture is not None:
                mean.add(row.picture)
                row.picture = None  # kept, the pictures would grow with the number of clips
        done += 1  # noqa: SIM113 (the numbers come in no order)
        if progress is not None:
            progress(work[number].clip, done, len(work))
    return _collect([row for rows in results for row in rows], mean.picture())


def _results(
    work: Sequence[Job], recipe: Recipe, store: Store | None, jobs: int
) -> Iterator[tuple[int, list[Measured]]]:
    """Yield what the store knows, then what workers find, each with its number.

    A clip at which a process died before is measured in a process of its own.
    """
    waiting: list[tuple[Any, ...]] = []
    fatal: list[tuple[Any, ...]] = []
    numbers: dict[str, int] = {}
    digests: dict[Path, str] = {}
    for number, job in enumerate(work):
        numbers[job.clip] = number
        try:
            content, key = identify(job, recipe, digests)
        except ToolkitError as error:
            yield number, [Measured(job.clip, None, {}, str(error))]
            continue
        known = store.get(key) if store is not None else None
        if known is not None:
            yield number, _unpack(job, *known)
            continue
        suspect = store is not None and store.was_fatal(key)
        (fatal if suspect else waiting).append((job, recipe, store, content, key))
    for work_left, results in (
        (waiting, as_finished(_measure, waiting, jobs)),
        (fatal, apart(_measure, fatal)),
    ):
        for place, result in results:
            job = work_left[place][0]
            yield numbers[job.clip], _dead(job) if isinstance(result, WorkerDied) else result


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
