"""Pictures with points: find them in a folder, part them by people, train on them, draw a set.

A set is a folder of pictures with a ``.pts`` file of the same name beside each (300-W's style), or
CK+ as it comes (images and Landmarks in separate trees). Where the names say who is shown, nobody
is on both sides: ``S005_001_00000011`` (CK+) and ``d03-happiness-1-07`` (drawn here).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sttm.errors import InputError
from sttm.faces import FaceSettings
from sttm.faces.geometry import apply, eye_targets, pose_of, pose_transform
from sttm.faces.sampling import cut
from sttm.frames import IMAGE_SUFFIXES, open_frames
from sttm.landmarks.base import Landmarks
from sttm.landmarks.points import read_points, write_points
from sttm.landmarks.regressor import ShapeRegressor
from sttm.landmarks.scheme import eye_middles

from .datasets.disk import walk

SIZE = 128  # pixels of a crop, as FaceSettings has it
MARGINS = (0.0, 0.35)  # of training crops: the usual crop, and wider ones that show the chin
SUBJECT = re.compile(r"(S\d+)_\d+_\d+|(d\d+)-\w+-\d+-\d+", re.IGNORECASE)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Sample:
    """A picture and its points; ``subject`` is "" where the name does not say who it shows."""

    picture: Path
    points: Path
    subject: str

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the grey picture (y, x) uint8 and its points (68, 2)."""
        with open_frames(self.picture) as frames:
            return frames[0], read_points(self.points)

    @property
    def owner(self) -> str:
        """Return who must not be on both sides: the subject, else the picture itself."""
        return self.subject or self.picture.stem


@dataclass
class PointSet:
    """What a folder holds."""

    root: Path
    samples: list[Sample]
    skipped: list[tuple[str, str]] = field(default_factory=list)

    @property
    def subjects_known(self) -> bool:
        """Whether every picture's name says whom it shows."""
        return all(sample.subject for sample in self.samples)

    @property
    def owners(self) -> list[str]:
        """Return everybody who is shown, in order."""
        return sorted({sample.owner for sample in self.samples})

    def of(self, owners: Sequence[str]) -> PointSet:
        """Return the part that shows ``owners``."""
        return PointSet(self.root, [s for s in self.samples if s.owner in set(owners)])

    @property
    def about(self) -> str:
        """Return what it is, in a few words."""
        who = "people" if self.subjects_known else "pictures of people whom the names do not tell"
        return f"{len(self.samples)} pictures, {len(self.owners)} {who}"


def find_points(folder: Path) -> PointSet:
    """Return the pictures of a folder that have points.

    Raises
    ------
    InputError
        When the folder is missing or no picture in it has points.
    """
    if not folder.is_dir():
        raise InputError(f"pictures with points are read from a folder; {folder} is none.")
    root = folder
    pictures: dict[str, Path] = {}
    points: dict[str, Path] = {}
    skipped: list[tuple[str, str]] = []
    for _, inside in walk(root, lambda what, why: skipped.append((str(what), why))):
        for path in inside:
            suffix = path.suffix.lower()
            if suffix in IMAGE_SUFFIXES:
                _note(pictures, path, path.stem, root, skipped)
            elif suffix == ".pts" or path.stem.lower().endswith("_landmarks"):
                name = re.sub("_landmarks$", "", path.stem, flags=re.IGNORECASE)
                _note(points, path, name, root, skipped)
    both = sorted(set(pictures) & set(points))
    if not both:
        raise InputError(
            f"{folder} must hold pictures with points: NAME.png beside NAME.pts, or CK+'s images "
            f"and NAME_landmarks.txt; it has {len(pictures)} pictures, {len(points)} files of "
            "points, and no name that both have. `sttm landmarks draw` makes a set to try."
        )
    samples = [Sample(pictures[name], points[name], _subject(name)) for name in both]
    return PointSet(root, samples, skipped)


def _note(
    known: dict[str, Path], path: Path, name: str, root: Path, skipped: list[tuple[str, str]]
) -> None:
    if name in known:
        shown = path.relative_to(root).as_posix()
        skipped.append((shown, f"another file is called {name}, too"))
    else:
        known[name] = path


def _subject(name: str) -> str:
    """Return the subject that a name tells, or "".

    >>> _subject("S005_001_00000011"), _subject("d03-anger-1-07"), _subject("image_0012")
    ('S005', 'd03', '')
    """
    found = SUBJECT.fullmatch(name)
    return next((part for part in found.groups() if part), "") if found else ""


def split_owners(points: PointSet, share: float, seed: int) -> tuple[list[str], list[str]]:
    """Return who is learned from and who is kept for the test, a ``share`` of them, at least one.

    Raises
    ------
    InputError
        When the share is none, or nobody would be left to learn from.
    """
    owners = points.owners
    if not 0 <= share < 1:
        raise InputError(f"the share kept for the test must be from 0 to below 1, not {share}.")
    kept = 0 if share == 0 else max(1, round(share * len(owners)))
    if kept >= len(owners):
        raise InputError(
            "to keep somebody for the test, a set must show at least two; take --split 0, or more "
            "pictures."
        )
    order = np.random.default_rng(seed).permutation(len(owners))
    return sorted(owners[i] for i in order[kept:]), sorted(owners[i] for i in order[:kept])


# training ---------------------------------------------------------------------------------------


def training_crops(
    points: PointSet, seed: int, progress: Progress | None = None
) -> tuple[list[np.ndarray], list[np.ndarray], list[tuple[str, str]]]:
    """Return crops (y, x) as the toolkit makes them, with margins at random, and their points."""
    rng, usual = np.random.default_rng([seed, 1]), FaceSettings()
    greys, shapes, skipped = [], [], list(points.skipped)
    for done, sample in enumerate(points.samples, 1):
        margin = rng.uniform(*MARGINS)
        try:
            grey, shape = sample.read()
        except InputError as error:
            skipped.append((sample.picture.name, str(error)))
            continue
        targets = eye_targets(SIZE, usual.eye_distance, usual.eye_height, margin)
        to_crop = pose_transform(pose_of(eye_middles(shape)), targets)
        greys.append(cut(grey, to_crop, SIZE, SIZE))
        shapes.append(apply(to_crop, shape))
        if progress is not None:
            progress(sample.picture.stem, done, len(points.samples))
    return greys, shapes, skipped


# a set to begin with -----------------------------------------------------------------------------

README = """These are drawn (synthetic) faces with their exact 68 points. Nobody was photographed.

They serve to try the training of landmarks. A model that was trained on them has never seen a
real face; figures that were measured on them say nothing about real people.

NAME.png   a face; the name begins with the subject
NAME.pts   its points (iBUG's format: pixels count from 1)
"""


def draw_points(
    folder: Path, subjects: int, seed: int, size: int = 240, progress: Progress | None = None
) -> int:
    """Draw faces with their points, three moments of each expression; return how many pictures.

    Raises
    ------
    InputError
        For a folder that holds other files.
    """
    from .datasets.drawn import DrawnSettings, draw_clip

    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"a drawn set needs a folder of its own; {folder} is not empty.")
    settings = DrawnSettings(
        subjects=subjects, takes=1, frames=12, size=size, seed=seed, colour=False
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.txt").write_text(README, encoding="utf-8")
    count = 0
    for subject in range(subjects):
        for label in settings.labels:
            clip = draw_clip(settings, subject, label, 0)
            for number in sorted({0, (clip.onset + clip.apex) // 2, clip.apex}):
                name = f"{clip.name}-{number:02d}"
                cv2.imwrite(str(folder / f"{name}.png"), clip.frames[number])
                write_points(clip.points[number], folder / f"{name}.pts")
                count += 1
        if progress is not None:
            progress(f"subject {subject + 1}", subject + 1, subjects)
    return count


def train(
    points: PointSet, seed: int, progress: Progress | None = None, **settings: Any
) -> tuple[ShapeRegressor, list[tuple[str, str]]]:
    """Return a regressor trained on a set, and what could not be used, with reasons."""
    greys, shapes, skipped = training_crops(points, seed, progress)
    about = {
        "pictures": len(greys),
        "owners": points.owners,
        "subjects_known": points.subjects_known,
        "drawn": (points.root / "README.txt").is_file()
        and (points.root / "README.txt").read_text(encoding="utf-8", errors="replace") == README,
        "seed": seed,
    }
    stages = None if progress is None else (lambda done, total: progress("stage", done, total))
    model = ShapeRegressor(random_state=seed, **settings)
    return model.fit(greys, shapes, about, stages), skipped


# testing -----------------------------------------------------------------------------------------


def ready_backend(name: str | None, model: Path | None) -> Landmarks:
    """Return the back end that the options name: a trained model, or another one by name.

    Raises
    ------
    InputError
        For an unknown name, or a model where none is used or none where one is needed.
    """
    from sttm.descriptors.geometry import Geometry

    name = name or ("regressor" if model is not None else "cascades")
    if name == "given":
        raise InputError("landmarks 'given' find nothing, so there is nothing to test.")
    if name == "regressor" and model is None:
        raise InputError("landmarks 'regressor' need a trained model; name it by --model.")
    return Geometry(landmarks=name, model="" if model is None else str(model)).backend()


def unseen(points: PointSet, backend: Landmarks) -> PointSet:
    """Return the part of a set that shows nobody whom the back end was trained on, by name.

    Raises
    ------
    InputError
        When nobody is left.
    """
    trained = set(getattr(backend, "about_", {}).get("owners", []))
    left = points.of([owner for owner in points.owners if owner not in trained])
    if not left.samples:
        raise InputError(
            f"the model was trained on everybody in {points.root}; give other people's pictures, "
            "or --everybody if they are others of the same names."
        )
    return left
