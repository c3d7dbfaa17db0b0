"""File to vector against only decoding the same file, and how a vector's time is spent."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from sttm.descriptors.sttm import STTM
from sttm.extract import Job, Recipe, measure_clip
from sttm.faces import FaceClip, crop_faces
from sttm.frames import Frames, open_frames
from sttm.frames.video import VIDEO_SUFFIXES
from sttm.temporal import apply_time, needed

from .drawn_video import camera_video, small_clips
from .effort import Effort, Picture
from .machine import one_core
from .pairs import Pair, Spread, in_turns, timed
from .rows import Row, milliseconds, number, ratio_row

SMALL_TARGET = 400.0  # frames per second
ONE_THREAD = [cv2.CAP_PROP_N_THREADS, 1]  # what our reader asks for, too


@dataclass(frozen=True)
class Source:
    """A video and how much of it is read."""

    path: Path
    frames: int

    @property
    def job(self) -> Job:
        """Return the job that measures exactly these frames."""
        return Job(self.path.stem, self.path, 0, self.frames - 1, None)


@dataclass(frozen=True)
class Look:
    """What clips must share to be measured together."""

    width: int
    height: int
    codec: str

    def __str__(self) -> str:
        return f"{self.width} x {self.height} {self.codec}"


def only_decode(source: Source) -> int:
    """Read the frames with OpenCV and drop them; return how many came."""
    capture = cv2.VideoCapture(str(source.path), cv2.CAP_FFMPEG, ONE_THREAD)
    count = 0
    while count < source.frames and capture.read()[0]:
        count += 1
    capture.release()
    return count


def to_vector(source: Source, recipe: Recipe) -> int:
    """Turn the file into its feature vector; return how many frames it comes from."""
    (measured,) = measure_clip(source.job, recipe)
    if measured.measures is None:
        raise RuntimeError(f"no vector of {source.path.name}: {measured.reason}")
    recipe.descriptor.encode(measured.measures[None])
    return int(measured.info["frames"])


def stages(sources: Sequence[Source], recipe: Recipe, repeats: int) -> str:
    """Return where the time goes, processor milliseconds per frame of the source."""
    spent: dict[str, list[float]] = {}
    for _ in range(repeats):
        totals: dict[str, float] = {}
        for source in sources:
            for name, value in _stages_once(source, recipe).items():
                totals[name] = totals.get(name, 0.0) + value
        for name, value in totals.items():
            spent.setdefault(name, []).append(value)
    count = sum(source.frames for source in sources)
    each = (f"{name} {1e3 * statistics.median(v) / count:.2f}" for name, v in spent.items())
    return "processor ms per frame: " + ", ".join(each)


def _stages_once(source: Source, recipe: Recipe) -> dict[str, float]:
    """Return processor seconds: only decoding, our reader, reading and cropping, describing."""
    job = source.job
    faces: list[FaceClip] = []

    def read(use: Callable[[Frames], object]) -> float:
        def work() -> None:
            with open_frames(job.source, first=job.first, last=job.last) as frames:
                use(frames)

        return timed(work).cpu

    def crop(frames: Frames) -> None:
        only = partial(needed, settings=recipe.time)
        faces.extend(crop_faces(frames, recipe.faces, only=only))

    def describe() -> None:
        face = faces[0]
        volume = apply_time(face.volume, recipe.time, face.numbers, len(face.transform))
        recipe.descriptor.encode(recipe.descriptor.measure(volume)[None])

    return {
        "only decoding": timed(lambda: only_decode(source)).cpu,
        "our reader": read(lambda frames: deque(frames.iter_raw(), maxlen=0)),
        "reader and crop": read(crop),
        "resampling and descriptor": timed(describe).cpu,
    }


def run(effort: Effort) -> list[Row]:
    """Measure the drawn videos, then the given or the small drawn clips, on one core."""
    recipe = Recipe(STTM())
    scratch = effort.scratch or Path()
    rows = []
    for kind in effort.pictures:
        video = camera_video(scratch, kind.name, kind.width, kind.height, effort.frames)
        what = f"file to vector, drawn {kind.name} {video.codec}, {video.frames} frames"
        sources = [Source(video.path, video.frames)]
        rows.append(_row(what, sources, recipe, effort, kind))
    found = videos_in(effort.folder) if effort.folder else []
    paths = found or small_clips(scratch / "small", 4, effort.frames)
    groups: dict[Look, list[Source]] = {}
    for path in paths:
        look, count = look_at(path)
        groups.setdefault(look, []).append(Source(path, min(count, effort.frames)))
    for look, sources in groups.items():
        what = f"file to vector, {len(sources)} {'given' if found else 'drawn'} {look}"
        sizes = {(kind.width, kind.height): kind for kind in effort.pictures}
        rows.append(_row(what, sources, recipe, effort, sizes.get((look.width, look.height))))
    return rows


def _row(
    what: str, sources: Sequence[Source], recipe: Recipe, effort: Effort, kind: Picture | None
) -> Row:
    """Return the ratio to decoding for a camera's size, frames per second for other clips."""
    for source in sources:
        decoded, used = only_decode(source), to_vector(source, recipe)
        if decoded != used:
            raise RuntimeError(f"{source.path.name}: OpenCV decodes {decoded} frames, we {used}.")
    with one_core():
        pair = in_turns(
            lambda: [to_vector(source, recipe) for source in sources],
            lambda: [only_decode(source) for source in sources],
            effort.repeats,
        )
        note = stages(sources, recipe, max(1, effort.repeats // 2))
    if kind is None:
        return _frames_per_second(what, pair, sum(source.frames for source in sources), note)
    size = sum(source.path.stat().st_size for source in sources)
    note = f"{size / 1000:.0f} kB; {note}"
    wanted = {"target": kind.target, "aim": kind.aim}
    return ratio_row(what, pair, unit="x decoding", more=False, note=note, **wanted)


def _frames_per_second(what: str, pair: Pair, frames: int, note: str) -> Row:
    ratio = pair.ratio("wall", peer_over_ours=False)
    return Row(
        what,
        Spread.of([frames / t.wall for t in pair.ours]),
        "frames/s",
        milliseconds(pair.ours),
        milliseconds(pair.peer),
        Spread.of([frames / t.cpu for t in pair.ours]),
        SMALL_TARGET,
        note=f"{frames} frames, {number(ratio.middle)} x decoding; {note}",
    )


def videos_in(folder: Path) -> list[Path]:
    """Return the video files of a folder, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES)


def look_at(path: Path) -> tuple[Look, int]:
    """Return a video's size and codec, and how many frames can be decoded."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, ONE_THREAD)
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
    codec = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1")
    count = 0
    while capture.grab():
        count += 1
    capture.release()
    return Look(width, height, codec), count
