"""File to vector against only decoding the same file, and how a vector's time is spent."""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from sttm.descriptors.sttm import STTM
from sttm.extract import Job, Recipe, measure_clip
from sttm.faces import FaceClip, crop_faces
from sttm.frames import Frames, open_frames
from sttm.frames.video import VIDEO_SUFFIXES
from sttm.temporal import apply_time

from .drawn_video import camera_video, small_clips
from .effort import Effort
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

    def describe() -> None:
        volume = apply_time(faces[0].volume, recipe.time)
        recipe.descriptor.encode(recipe.descriptor.measure(volume)[None])

    return {
        "only decoding": timed(lambda: only_decode(source)).cpu,
        "our reader": read(lambda frames: deque(frames.iter_raw(), maxlen=0)),
        "reader and crop": read(lambda frames: faces.extend(crop_faces(frames, recipe.faces))),
        "resampling and descriptor": timed(describe).cpu,
    }


def run(effort: Effort) -> list[Row]:
    """Measure the drawn videos and the small clips, on one core."""
    recipe = Recipe(STTM())
    scratch = effort.scratch or Path()
    rows = []
    for kind in effort.pictures:
        video = camera_video(scratch, kind.name, kind.width, kind.height, effort.frames)
        what = f"file to vector, drawn {kind.name} {video.codec}, {video.frames} frames"
        source = Source(video.path, video.frames)
        pair, note = _against_decoding([source], recipe, effort)
        note = f"{video.kilobits:.0f} kbit/s; {note}"
        wanted = {"target": kind.target, "aim": kind.aim}
        rows.append(ratio_row(what, pair, unit="x decoding", more=False, note=note, **wanted))
    return rows + _small(recipe, effort, scratch)


def _against_decoding(
    sources: Sequence[Source], recipe: Recipe, effort: Effort
) -> tuple[Pair, str]:
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
        return pair, stages(sources, recipe, max(3, effort.repeats // 2))


def _small(recipe: Recipe, effort: Effort, scratch: Path) -> list[Row]:
    """Return frames per second on small clips, those of one size and codec together."""
    found = videos_in(effort.folder) if effort.folder else []
    paths = found or small_clips(scratch / "small", 4, effort.frames)
    groups: dict[str, list[Source]] = {}
    for path in paths:
        about, count = look_at(path)
        groups.setdefault(about, []).append(Source(path, min(count, effort.frames)))
    rows = []
    for about, sources in groups.items():
        pair, note = _against_decoding(sources, recipe, effort)
        total = sum(source.frames for source in sources)
        spread = pair.ratio("wall", False)
        rows.append(
            Row(
                f"file to vector, {len(sources)} {'real' if found else 'drawn'} {about}",
                Spread.of([total / t.wall for t in pair.ours]),
                "frames/s",
                milliseconds(pair.ours),
                milliseconds(pair.peer),
                Spread.of([total / t.cpu for t in pair.ours]),
                SMALL_TARGET,
                note=f"{total} frames, {number(spread.middle)} x decoding; {note}",
            )
        )
    return rows


def videos_in(folder: Path) -> list[Path]:
    """Return the video files of a folder, by name."""
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in VIDEO_SUFFIXES)


def look_at(path: Path) -> tuple[str, int]:
    """Return a video's size and codec as text, and how many frames can be decoded."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, ONE_THREAD)
    width, height = (int(capture.get(p)) for p in (3, 4))
    codec = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little").decode("latin-1")
    count = 0
    while capture.grab():
        count += 1
    capture.release()
    return f"{width} x {height} {codec}", count
