"""Small studies for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from labeling.scheme import Scheme, parse_scheme
from labeling.study import Study, create_study

SCHEME = """
name: test
labels: [happiness, surprise, anger]
marks: [onset, apex, offset]
intensity: [weak, strong]
"""
SEVERAL = """
name: units
labels: [AU1, AU2, AU12]
several: true
marks: [onset, apex, offset]
intensity: [A, B, C, D, E]
sides: true
work: {advance: false}
"""


def scheme(text: str = SCHEME) -> Scheme:
    """Return a small scheme."""
    return parse_scheme(text)


def clips_table(count: int = 6, frames: int | None = 20) -> pd.DataFrame:
    """Return a clips table of clips that are not on the disk."""
    names = [f"c{i:02d}" for i in range(count)]
    return pd.DataFrame(
        {
            "clip": names,
            "source": [f"{name}.npy" for name in names],
            "subject": [f"s{i % 3}" for i in range(count)],
            "fps": 25.0,
            "frames": frames,
        }
    )


def small_study(
    folder: Path, count: int = 6, text: str = SCHEME, name: str = "labels.sttm-study"
) -> Study:
    """Return an open study of clips that are not on the disk."""
    study = create_study(folder / name, parse_scheme(text))
    study.add_clips(clips_table(count))
    return study


def write_clips(folder: Path, count: int = 3, frames: int = 12) -> pd.DataFrame:
    """Write small moving pictures as .npy files, and return their clips table."""
    table = clips_table(count, frames).drop(columns="frames")
    for number, source in enumerate(table["source"]):
        random = np.random.default_rng(number)
        still = random.integers(40, 200, (48, 64), dtype=np.uint8)
        moving = np.stack([np.roll(still, i, axis=1) for i in range(frames)])
        np.save(folder / source, moving)
    return table
