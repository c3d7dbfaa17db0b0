"""Faces for the tiny trees of published data sets: frames of the drawn clips, which have faces."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from drawn_material import drawn

from experiments.datasets.drawn.settings import EXPRESSIONS
from sttm.frames import open_frames


@functools.cache
def face(subject: int, label: str) -> np.ndarray:
    """Return the 12 frames of a drawn face, (12, 128, 128) uint8; 3 subjects, 7 labels.

    Words that are no label of the drawn faces are given some other face, always the same.
    """
    folder, clips, labels = drawn()
    known = label if label in EXPRESSIONS else EXPRESSIONS[sum(map(ord, label)) % len(EXPRESSIONS)]
    names = sorted(clips["subject"].unique())
    both = clips.merge(labels, on="clip")
    mine = both[(both["subject"] == names[subject % 3]) & (both["label"] == known)]
    with open_frames(folder / mine["source"].iloc[0]) as frames:
        return frames.volume()


def frames_of(subject: int, label: str, count: int, size: tuple[int, int] | None = None) -> list:
    """Return ``count`` frames spread over a drawn clip, at ``size`` (height, width)."""
    volume = face(subject, label)
    chosen = volume[np.linspace(0, len(volume) - 1, count).round().astype(int)]
    return [f if size is None else cv2.resize(f, size[::-1]) for f in chosen]


def write_image(path: Path, picture: np.ndarray) -> Path:
    """Write a picture in the format of its suffix, folders made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture)
    return path


def write_frames(folder: Path, names: Sequence[str], subject: int, label: str) -> Path:
    """Write a sequence, one image per name, from a drawn face."""
    for name, picture in zip(names, frames_of(subject, label, len(names)), strict=True):
        write_image(folder / name, picture)
    return folder


def write_video(path: Path, subject: int, label: str, count: int = 12) -> Path:
    """Write an AVI (MJPG) of a drawn face at 25 frames per second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25.0, (128, 128), False)
    for picture in frames_of(subject, label, count):
        writer.write(picture)
    writer.release()
    return path


def write_junk(folder: Path) -> None:
    """Leave what systems and people leave in every folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".DS_Store").write_bytes(b"\0\1")
    (folder / "Thumbs.db").write_bytes(b"\0")
    (folder / "desktop.ini").write_text("[.ShellClassInfo]\n")
