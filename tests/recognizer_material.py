"""Bundles that were trained on a few drawn faces, and clips of them with something odd."""

from __future__ import annotations

import functools
from pathlib import Path

import cv2
import numpy as np
from drawn_material import QUICK, drawn

from classifiers import make_classifier
from recognizer.bundle import Bundle, save_bundle
from sttm.descriptors import build
from sttm.descriptors.base import Encoder
from sttm.extract import Recipe, extract
from sttm.faces import FaceSettings
from sttm.frames import open_frames
from sttm.temporal import TimeSettings

FRAMES = 12  # of a drawn clip
STTM = {"name": "sttm", "params": {"grid": [1, 3, 3], "normalisation": "l1"}}
HOG = {"name": "static-hog", "params": {"grid": [1, 4, 4]}}


@functools.cache
def bundle_of(kind: str = "sttm") -> Bundle:
    """Return a model of whole drawn clips ("sttm"), or of their last frames ("still")."""
    folder, clips, labels = drawn()
    still = kind == "still"
    if still:
        clips = clips.assign(first=FRAMES - 1, last=FRAMES - 1)
    faces = FaceSettings(**QUICK["faces"])
    recipe = Recipe(build(HOG if still else STTM), faces, TimeSettings(frames=8))
    done = extract(clips, recipe, root=folder, jobs=1)
    wanted = labels.set_index("clip")["label"].loc[done.clips].to_numpy(dtype=str)
    encoder = Encoder(recipe.descriptor).fit(done.measures, wanted)
    model = make_classifier("logistic", seed=0).fit(encoder.transform(done.measures), wanted)
    length = {"frames": 1.0, "seconds": None} if still else {"frames": 12.0, "seconds": 0.48}
    provenance = {"data": {"kind": "drawn", "synthetic": True}, "length": length}
    return Bundle(encoder, model, faces, TimeSettings(frames=8), provenance)


def bundle_file(folder: Path, kind: str = "sttm") -> Path:
    """Write the bundle into a folder and return its path."""
    return save_bundle(bundle_of(kind), folder / f"{kind}.sttm")


@functools.cache
def pictures(clip: int = 0) -> np.ndarray:
    """Return the frames of a drawn clip, (t, y, x, 3) RGB."""
    folder, clips, _ = drawn()
    with open_frames(folder / clips["source"].iloc[clip], colour=True) as frames:
        return frames.volume()


def long_clip(repeats: int = 4) -> np.ndarray:
    """Return a drawn clip to and fro, (t, y, x, 3) RGB."""
    there = pictures()
    return np.concatenate([there if n % 2 == 0 else there[::-1] for n in range(repeats)])


def write_video(path: Path, volume: np.ndarray, fps: float = 25.0) -> Path:
    """Write frames (t, y, x, 3) RGB as Motion JPEG in AVI."""
    height, width = volume.shape[1:3]
    fourcc = cv2.VideoWriter.fourcc(*"MJPG")
    video = cv2.VideoWriter(str(path), cv2.CAP_OPENCV_MJPEG, fourcc, fps, (width, height))
    assert video.isOpened()
    for frame in volume:
        video.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    video.release()
    return path


def write_image(path: Path, picture: np.ndarray) -> Path:
    """Write an RGB picture."""
    assert cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    return path


def two_people() -> np.ndarray:
    """Return a clip with two drawn faces side by side, (t, y, x, 3)."""
    left, right = pictures(0), pictures(8)
    small = np.stack([cv2.resize(p, (96, 96), interpolation=cv2.INTER_AREA) for p in right])
    ground = np.full((len(left), 128, 320, 3), 128, np.uint8)
    ground[:, :, 8:136] = left
    ground[:, 16:112, 200:296] = small
    return ground
