"""Tiny trees that stand for a reader's licensed data sets, for the commands of the documents.

CK+ and Oulu-CASIA are clean and have ten people each, as many as their configs have folds; the
others are those of the data sets' own tests, traps included.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from tree_material import write_frames
from trees import TREES

from experiments.datasets.drawn import DrawnSettings, draw_clip

PEOPLE = 10
CODES = {3: "disgust", 5: "happiness", 7: "surprise"}  # of CK+
OTHERS = {"afew": "AFEW", "ck+48": "CK+48", "casme2": "CASME2", "megc2019": "MEGC2019"}


def write_published(root: Path) -> None:
    """Write the trees into ``root`` under the names that the documents use."""
    _ck_plus(root / "CK+")
    _oulu_casia(root / "Oulu-CASIA" / "OriginalImg" / "NI" / "Dark")
    for kind, name in OTHERS.items():
        TREES[kind](root / name)


def _ck_plus(root: Path) -> None:
    settings = DrawnSettings(subjects=PEOPLE, takes=1, frames=12, size=128)
    for person in range(PEOPLE):
        for session, (code, label) in enumerate(CODES.items(), 1):
            clip = draw_clip(settings, person, label, 0)
            grey = clip.frames[: clip.apex + 1].mean(axis=3).astype(np.uint8)
            place = Path(f"S{person:03d}") / f"{session:03d}"
            stem = f"S{person:03d}_{session:03d}_"
            for number, frame in enumerate(grey, 1):
                path = root / "cohn-kanade-images" / place / f"{stem}{number:08d}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                assert cv2.imwrite(str(path), frame)
            path = root / "Emotion" / place / f"{stem}{len(grey):08d}_emotion.txt"
            path.parent.mkdir(parents=True)
            path.write_text(f"   {code:.7e}\n")


def _oulu_casia(root: Path) -> None:
    names = ["000.jpeg", "001.jpeg"]
    for person in range(PEOPLE):
        for word in ("Happiness", "Surprise"):
            write_frames(root / f"P{person + 1:03d}" / word, names, person, word.casefold())
