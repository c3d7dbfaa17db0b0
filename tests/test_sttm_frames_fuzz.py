"""Damaged files never crash the interpreter and never raise anything but a sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import frames_material
import numpy as np
import pytest
from frames_material import drawn, write_image, write_video

ROUNDS = 40
CLIP = drawn(20)


@pytest.mark.parametrize(("suffix", "codec"), [("avi", "MJPG"), ("mp4", "mp4v"), ("mkv", "FFV1")])
def test_damaged_videos(suffix: str, codec: str, tmp_path: Path) -> None:
    write_video(tmp_path / f"whole.{suffix}", CLIP, codec)
    run(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".bmp", ".webp"])
def test_damaged_images(suffix: str, tmp_path: Path) -> None:
    write_image(tmp_path / f"whole{suffix}", CLIP[0])
    run(tmp_path)


def test_damaged_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "whole.npy", CLIP)
    run(tmp_path)


def run(folder: Path) -> None:
    """Read damaged copies in another process, so that a crash is a failure of this test."""
    script = Path(frames_material.__file__)
    done = subprocess.run(
        [sys.executable, str(script), str(folder), str(ROUNDS)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(script.parents[1])},
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "UnreadableClip" in done.stdout
