"""Material: drawn faces as crop volumes, as small clips, and as video of a camera's size.

The drawn faces come from ``experiments.datasets.drawn``. A video of a camera's size shows the drawn
scene scaled up, the wall going on to both sides, and fresh sensor noise on every frame, because
noise decides what decoding costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from experiments.datasets.drawn import DrawnSettings, draw_clip
from experiments.datasets.drawn.files import save_clip
from sttm.frames.quiet import quiet_ffmpeg

CODECS = ("avc1", "mp4v")  # H.264 where this OpenCV can write it, else MPEG-4 part 2
FPS = 25.0
NOISE = 2.0  # grey levels, standard deviation


@dataclass(frozen=True)
class Video:
    """A video file that was made here."""

    path: Path
    codec: str
    frames: int


@lru_cache(maxsize=4)
def crop_volume(frames: int, size: int) -> np.ndarray:
    """Return a drawn face that moves, (frames, size, size) uint8."""
    drawn = max(size, 96)
    settings = DrawnSettings(frames=max(frames, 12), size=2 * drawn, takes=1, colour=False)
    middle = slice(drawn // 2, drawn // 2 + size)
    clip = draw_clip(settings, 0, "surprise", 0).frames[:frames, middle, middle]
    clip.flags.writeable = False
    return clip


def small_clips(folder: Path, count: int, frames: int = 75, size: int = 240) -> list[Path]:
    """Draw ``count`` clips of ``size`` squared into a folder (Motion JPEG)."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = DrawnSettings(frames=frames, size=size, subjects=max(count, 1))
    paths = []
    for number in range(count):
        clip = draw_clip(settings, number, settings.labels[number % 7], 0)
        paths.append(folder / f"{clip.name}.avi")
        save_clip(clip, paths[-1], FPS)
    return paths


def camera_video(folder: Path, name: str, width: int, height: int, frames: int) -> Video:
    """Write a drawn face in a room as MP4 of ``width`` x ``height``; H.264 where it can be had."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = DrawnSettings(frames=max(frames, 12), size=min(height, 540), noise=0.0)
    scenes = draw_clip(drawn, 0, "happiness", 0).frames[:frames]
    path = folder / f"{name}.mp4"
    writer, codec = _writer(path, width, height)
    for picture in _enlarged(scenes, width, height):
        writer.write(picture)
    writer.release()
    return Video(path, codec, len(scenes))


def _writer(path: Path, width: int, height: int) -> tuple[cv2.VideoWriter, str]:
    for codec in CODECS:
        with quiet_ffmpeg():
            fourcc = cv2.VideoWriter.fourcc(*codec)
            writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, fourcc, FPS, (width, height))
        if writer.isOpened():
            return writer, codec
    raise OSError(f"this OpenCV can write none of the codecs {', '.join(CODECS)}.")


def _enlarged(scenes: np.ndarray, width: int, height: int) -> Iterator[np.ndarray]:
    """Yield BGR frames (height, width, 3): the scene in the middle, a wall beside it, noise."""
    rng = np.random.default_rng(0)
    wall = _wall(rng, width, height)
    grain = rng.normal(0, NOISE, (height + 64, width + 64)).astype(np.float32)
    grains = cv2.merge([grain] * 3)
    left = (width - height) // 2
    sides = left, width - height - left
    for scene in scenes:
        square = cv2.resize(cv2.cvtColor(scene, cv2.COLOR_RGB2BGR), (height, height))
        room = cv2.copyMakeBorder(square, 0, 0, *sides, cv2.BORDER_REPLICATE)
        y, x = rng.integers(0, 65, 2)
        noise = grains[y : y + height, x : x + width] + wall
        yield np.asarray(cv2.add(room, noise, dtype=cv2.CV_8U))


def _wall(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """Return what is added to the picture beside the scene: a rough wall, (height, width, 3)."""
    rough = cv2.GaussianBlur(rng.normal(0, 40, (height, width)).astype(np.float32), (0, 0), 3)
    left = (width - height) // 2
    rough[:, left : left + height] = 0
    return np.asarray(cv2.merge([rough] * 3))
