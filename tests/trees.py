"""A tiny tree of every kind of data: kind -> a function that writes it and returns its settings.

Each family of data sets has its own file of trees; they hold the traps of the real ones, and faces
that the detector finds, so that the shipped configs run on them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from drawn_material import SETTINGS
from PIL import Image
from tree_material import write_video
from trees_micro import TREES as MICRO
from trees_sequences import TREES as SEQUENCES
from trees_stills import TREES as STILLS

from labeling.statement import Interval, Statement
from labeling.study import create_study


def clip_file(path, frames=3):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.full((frames, 8, 8), 7, np.uint8))
    return path


def sequence(folder, frames=3):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(frames):
        Image.new("L", (8, 8), number).save(folder / f"{number}.png")


def folder_tree(root):
    """Two labels, two subjects, files and a sequence."""
    for label in ("glad", "sad"):
        for subject in ("S1", "S2"):
            clip_file(root / label / f"{subject}_{label}.npy")
        sequence(root / label / f"S3_{label}")
    return {"path": root, "subject": "(S[0-9])"}


def csv_file(root):
    for name in ("a", "b"):
        clip_file(root / "clips" / f"{name}.npy")
    (root / "list.csv").write_text(
        "clip,path,label,subject,onset,apex,offset,note\n"
        "a,clips/a.npy,glad,S1,0,1,2,x\nb,clips/b.npy,sad,S2,0,1,2,y\n"
    )
    return {"path": root / "list.csv"}


def study_tree(root):
    """Three people, three labels, two annotators; and a clip that nobody labelled."""
    root.mkdir(parents=True, exist_ok=True)
    said = [(s, label) for s in range(3) for label in ("happiness", "surprise", "anger")]
    names = [f"p{s}_{label}" for s, label in said]
    for (subject, label), name in zip(said, names, strict=True):
        write_video(root / f"{name}.avi", subject, label)
    write_video(root / "p2_extra.avi", 2, "fear")
    path = root / "labels.sttm-study"
    with create_study(path, "basic-marks") as study:
        study.add_clips(
            pd.DataFrame(
                {
                    "clip": [*names, "p2_extra"],
                    "source": [f"{name}.avi" for name in [*names, "p2_extra"]],
                    "subject": [*(f"p{s}" for s, _ in said), "p2"],
                }
            )
        )
        for person in ("ann", "bo"):
            study.say_many(
                [
                    (name, person, Statement((Interval(label, 1, 6, 10),)))
                    for (_, label), name in zip(said, names, strict=True)
                ]
            )
    return {"path": path}


TREES = {
    "study": study_tree,
    "drawn": lambda root: {**SETTINGS, "folder": root / "drawn"},
    "folder": folder_tree,
    "csv": csv_file,
    **SEQUENCES,
    **MICRO,
    **STILLS,
}
