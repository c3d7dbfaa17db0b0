"""`sttm extract` by the library: what lies between a source and its features table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from experiments.extraction import extract_to
from sttm import STTM, Recipe, TimeSettings
from sttm.extract import extract
from sttm.faces import FaceSettings


@pytest.fixture
def place(tmp_path):
    """One source of which two clips are stretches, their marks, and a box that wanders."""
    frames = np.random.default_rng(0).integers(0, 256, (30, 60, 90), dtype=np.uint8)
    np.save(tmp_path / "long.npy", frames)
    clips = pd.DataFrame(
        {"clip": ["a", "b"], "path": "long.npy", "first": [4, 12], "last": [20, 29]}
    )
    clips.to_csv(tmp_path / "clips.csv", index=False)
    marks = {"clip": ["a", "b"], "label": "joy", "onset": [7, 12], "apex": [15, 25]}
    pd.DataFrame(marks).to_csv(tmp_path / "labels.csv", index=False)
    return tmp_path


def wandering(clips, firsts):
    """Boxes at the left of the source's frame 0, one pixel further in every frame."""
    rows = [
        {"clip": clip, "frame": n, "x": float(first + n), "y": 5.0, "w": 40.0, "h": 40.0}
        for clip, first in zip(clips, firsts, strict=True)
        for n in (0, 9, 17)
    ]
    return pd.DataFrame(rows)


def test_boxes_stay_with_the_frames_of_the_source_when_a_phase_narrows_the_clip(place):
    """``frame`` counts from the clip's first frame, whatever part of the clip is looked at."""
    wandering(["a", "b"], [4, 12]).to_csv(place / "boxes.csv", index=False)
    settings = ["faces.finder=boxes", "faces.align=box", "faces.size=32", "faces.crop=moving"]
    settings += ["time.phase=onset-apex", "time.frames=6", "descriptor.grid=[1,2,2]"]
    done = extract_to(
        place / "clips.csv",
        place / "f.parquet",
        settings=settings,
        labels=place / "labels.csv",
        boxes=place / "boxes.csv",
        jobs=1,
        store=place / "store",
        quiet=True,
    )
    faces = FaceSettings(size=32, finder="boxes", align="box", crop="moving")
    recipe = Recipe(STTM(grid=(1, 2, 2)), faces, TimeSettings(frames=6))
    cut = pd.DataFrame(
        {"clip": ["a", "b"], "source": "long.npy", "first": [7, 12], "last": [15, 25]}
    )
    right = extract(cut, recipe, root=place, boxes=wandering(["a", "b"], [7, 12]))
    wrong = extract(cut, recipe, root=place, boxes=wandering(["a", "b"], [4, 12]))
    found = done.features.drop(columns="clip").to_numpy()
    np.testing.assert_array_equal(found, right.features(recipe.descriptor).iloc[:, 1:])
    assert not np.array_equal(found[0], wrong.features(recipe.descriptor).iloc[0, 1:])
