"""Recognising: from file to table against decoding and searching key frames only; live; stills.

The model is an SVM on STTM in its default setting, trained on a few small drawn clips; what it
answers plays no role here, how long it takes does.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from classifiers import make_classifier
from recognizer.bundle import Bundle, save_bundle
from recognizer.camera import SimulatedCamera
from recognizer.inputs import Source, open_feed
from recognizer.live import Glimpse, Live
from recognizer.recognising import recognise
from recognizer.ring import Ring
from recognizer.settings import Settings, pace_of
from sttm.descriptors.base import Descriptor, Encoder
from sttm.descriptors.still import StaticHOG
from sttm.descriptors.sttm import STTM
from sttm.extract import Job, Recipe, measure_clip
from sttm.faces import FaceSettings
from sttm.faces.finders import ViolaJones
from sttm.faces.scan import Scan, SearchWatcher
from sttm.faces.search import PictureSearch
from sttm.frames import open_frames
from sttm.temporal import TimeSettings

from .drawn_video import FPS, camera_video, crop_volume, small_clips
from .effort import Effort
from .machine import one_core
from .pairs import Pair, Spread, in_turns, timed
from .rows import Row, milliseconds, ratio_row

CLASSES = 7
LONG, SHORT = 900, 60  # frames of the file, at most; beginnings must weigh as in real files
LIVE = 250  # frames of the simulated camera, at most: ten seconds
TARGET_FPS = 60.0
TARGET_TIMES = 1.5
TARGET_LAG = 50.0  # milliseconds
TARGET_FACES = 2000.0  # per second on one core
FACES = 512


def model(folder: Path, count: int = 14) -> Bundle:
    """Return a trained model on STTM, with a window of 24 frames at 25 per second."""
    paths = small_clips(folder / "training", count, 24)
    recipe = Recipe(STTM())
    measures = np.stack([measure_clip(Job(p.stem, p), recipe)[0].measures for p in paths])
    labels = np.arange(count) % CLASSES
    length = {"frames": 24.0, "seconds": 24 / FPS}
    return fitted(STTM(), measures, labels, FaceSettings(), {"length": length})


def fitted(
    descriptor: Descriptor,
    measures: np.ndarray,
    labels: np.ndarray,
    faces: FaceSettings,
    provenance: dict[str, object],
    classifier: str = "svm",
) -> Bundle:
    """Return a bundle of a classifier trained on measures."""
    encoder = Encoder(descriptor).fit(measures)
    names = np.array([f"class {n}" for n in labels])
    trained = make_classifier(classifier, seed=0).fit(encoder.transform(measures), names)
    return Bundle(encoder, trained, faces, TimeSettings(), provenance)


def only_search(path: Path) -> int:
    """Decode a video and search its key frames; return how many frames came."""
    settings = FaceSettings()
    watcher = SearchWatcher(PictureSearch(ViolaJones(settings), settings), settings)
    with open_frames(path) as frames:
        return Scan(settings, watcher).run(frames).count


def search_windows(path: Path, bundle: Bundle) -> int:
    """Decode a video and search the key frames of the engine's windows, nothing else."""
    settings = FaceSettings()
    feed = open_feed(Source(path.name, path))
    pace = pace_of(bundle, Settings(), feed.fps)
    ring, count = Ring(pace.frames), 0
    for shot in feed.shots:
        ring.add(shot)
        count += 1
        if count >= pace.frames and (count - pace.frames) % pace.step == 0:
            watcher = SearchWatcher(PictureSearch(ViolaJones(settings), settings), settings)
            Scan(settings, watcher).run(ring.frames())
    return count


def to_table(path: Path, bundle: Path, table: Path, frames: int) -> None:
    """Recognise a file and write its table; one that is complete is made anew."""
    done = recognise([path], bundle, Settings(), table, jobs=-1)
    if done.rows != frames:
        raise RuntimeError(f"{done.rows} rows came of {frames} frames.")


def to_and_fro(path: Path, length: int, target: Path) -> Path:
    """Write a video of ``length`` frames that shows another one to and fro."""
    with open_frames(path) as frames:
        pictures = list(frames.iter_raw())
    height, width = pictures[0].shape[:2]
    fourcc = cv2.VideoWriter.fourcc(*"mp4v")
    video = cv2.VideoWriter(str(target), cv2.CAP_FFMPEG, fourcc, FPS, (width, height))
    for number in range(length):
        turn, place = divmod(number, len(pictures))
        video.write(pictures[place if turn % 2 == 0 else -1 - place])
    video.release()
    return target


def lags(path: Path, bundle: Bundle) -> list[float]:
    """Return the milliseconds from grabbing a frame to the answer, of a camera at 25 per second."""
    shown: list[Glimpse] = []
    live = Live(bundle, Settings(every=0.1), lambda: SimulatedCamera(path), shown.append)
    live.start().join()
    if len(shown) < 2:
        raise RuntimeError("the camera gave too few frames for an answer.")
    return [1e3 * glimpse.lag for glimpse in shown[1:]]


def stills() -> tuple[Bundle, np.ndarray]:
    """Return a HOG and linear SVM model of 48 x 48 pictures, and pictures for it."""
    faces = crop_volume(75, 48)
    random = np.random.default_rng(0)
    pictures = faces[random.integers(0, len(faces), FACES)].astype(np.int16)
    pictures = (pictures + random.normal(0, 4, pictures.shape)).clip(0, 255).astype(np.uint8)
    descriptor = StaticHOG(grid=(1, 8, 8))
    measures = descriptor.measure_all(p[None] for p in pictures[:140])
    settings = FaceSettings(size=48, finder="whole", align="box")
    bundle = fitted(descriptor, measures, np.arange(140) % CLASSES, settings, {}, "linear-svm")
    return bundle, pictures


def run(effort: Effort) -> list[Row]:
    """Measure a file, a simulated camera and still faces."""
    folder = (effort.scratch or Path()) / "recognizing"
    folder.mkdir(parents=True, exist_ok=True)
    bundle = model(folder)
    saved = save_bundle(bundle, folder / "model.sttm")
    size = effort.pictures[-1]
    video = camera_video(folder, "camera", size.width, size.height, effort.frames)
    frames = LONG if effort.repeats > 1 else SHORT
    path = to_and_fro(video.path, frames, folder / "file.mp4")

    def ours() -> None:
        to_table(path, saved, folder / "answers.csv", frames)

    same = in_turns(ours, lambda: search_windows(path, bundle), effort.repeats)
    once = in_turns(ours, lambda: only_search(path), effort.repeats)
    camera = to_and_fro(video.path, min(LIVE, frames), folder / "live.mp4")
    return [
        *_files(same, once, frames, size.name),
        _live(lags(camera, bundle), size.name),
        _stills(effort),
    ]


def _files(same: Pair, once: Pair, frames: int, name: str) -> list[Row]:
    rate = Spread.of([frames / t.wall for t in same.ours])
    note = (
        "STTM in its default setting and an SVM, a window of 24 frames, an answer for every 12; a "
        f"drawn face, {frames} frames, mp4v; both cores: a thread decodes ahead, "
        "two look at a window each"
    )
    head = f"recognising, {name}, file to table"
    return [
        Row(head, rate, "frames/s", milliseconds(same.ours), target=TARGET_FPS, note=note),
        ratio_row(
            f"{head}, against decoding and searching the same key frames",
            same,
            unit="x its time",
            target=TARGET_TIMES,
            more=False,
            note="peer: the same windows, of which only the key frames are searched; no crop, no "
            "map, no model, no table",
        ),
        ratio_row(
            f"{head}, against decoding and searching one frame in 35",
            once,
            unit="x its time",
            more=False,
            note="peer: the search that extraction makes of the whole file as one clip, which has "
            "one answer where the windows have 74",
        ),
    ]


def _live(waits: list[float], name: str) -> Row:
    return Row(
        f"recognising live, {name}, grabbed to answered",
        Spread.of(waits),
        "ms",
        target=TARGET_LAG,
        more=False,
        note=f"{len(waits)} answers of a simulated camera at {FPS:.0f} frames/s, asked for every "
        "0.1 s; from-to is the least and the greatest",
    )


def _stills(effort: Effort) -> Row:
    bundle, pictures = stills()

    def answer() -> None:
        measures = np.stack([bundle.recipe.descriptor.measure(p[None]) for p in pictures])
        bundle.predict_proba(measures)

    with one_core():
        answer()
        times = [timed(answer) for _ in range(effort.repeats)]
    return Row(
        "still faces, HOG and a linear SVM, 48 x 48",
        Spread.of([len(pictures) / t.wall for t in times]),
        "faces/s",
        milliseconds(times),
        target=TARGET_FACES,
        note=f"{len(pictures)} faces one by one from pixels to probabilities, on one core",
    )
