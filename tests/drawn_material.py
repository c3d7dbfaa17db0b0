"""A tiny drawn data set, drawn once per test process and shared by the tests that need faces."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pandas as pd

from experiments.datasets.drawn import DrawnSettings, write_clips

SETTINGS = {"subjects": 3, "takes": 1, "frames": 12, "size": 128, "seed": 5}
# cheap settings for features of these clips
QUICK = {"faces": {"size": 48}, "time": {"frames": 8}, "descriptor": {"grid": [1, 3, 3]}}


@functools.cache
def _place() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="drawn-")


@functools.cache
def drawn() -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """Return (folder, clips, labels); 21 clips of 12 frames."""
    folder = Path(_place().name) / "drawn"
    clips, labels = write_clips(DrawnSettings(**SETTINGS), folder)
    return folder, clips, labels
