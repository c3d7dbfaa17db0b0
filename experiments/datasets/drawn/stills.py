"""Drawn still faces in exactly FER2013's format: 48 x 48, a CSV or folders, and FER+'s votes.

They let somebody try the FER2013 configs without the real file. No person is in two parts, unlike
in the real set, whose people nobody knows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from sttm.atomic import replacing
from sttm.errors import InputError
from sttm.extract import Progress
from sttm.parallel import as_finished

from .files import DRAWING, MARKER
from .sequence import draw_clip
from .settings import DrawnSettings

SIDE = 48
EYES = 0.42  # distance of the eyes as a share of the picture's width, as in FER2013
HEIGHT = 0.36  # of the eyes, as a share of the picture's height
CODES = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")  # 0 to 6
WORDS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")  # of the folders
FORMS = ("csv", "folders")
USAGES = ("Training", "PublicTest", "PrivateTest")
VOTED = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
VOTERS = 10
# what the drawn voters take an expression for when they do not see it
MISTAKEN = {
    "anger": ("disgust", "contempt", "neutral"),
    "disgust": ("anger", "contempt", "sadness"),
    "fear": ("surprise", "sadness", "neutral"),
    "happiness": ("neutral", "surprise", "contempt"),
    "sadness": ("neutral", "fear", "anger"),
    "surprise": ("fear", "happiness", "neutral"),
    "neutral": ("sadness", "contempt", "anger"),
}
README = """These are drawn (synthetic) faces in the format of FER2013; their votes are drawn too.

Nobody was photographed and nobody voted: one seed makes everything. They let you try the toolkit.
Figures that were measured on them say nothing about real people.
"""


@dataclass(frozen=True)
class Still:
    """One picture: its label, its part (Usage), the person and the pixels (48, 48) uint8."""

    label: str
    usage: str
    person: int
    picture: np.ndarray


@dataclass(frozen=True)
class StillSettings:
    """What is drawn: ``people``, each with every expression ``takes`` times, from one ``seed``."""

    people: int = 12
    takes: int = 2
    seed: int = 0

    def check(self) -> None:
        """Refuse what cannot be drawn.

        Raises
        ------
        InputError
        """
        for name, low, high in (("people", 3, 999), ("takes", 1, 99), ("seed", 0, 2**31)):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} must be from {low} to {high}, not {value}.")

    def usage(self, person: int) -> str:
        """Return the part of a person: about two thirds train, the others share the rest."""
        held = max(self.people // 6, 1)
        if person < self.people - 2 * held:
            return USAGES[0]
        return USAGES[1] if person < self.people - held else USAGES[2]


def draw_stills(
    settings: StillSettings, jobs: int = 1, progress: Progress | None = None
) -> list[Still]:
    """Return all pictures, Training first, shuffled within each part.

    Parameters
    ----------
    settings : StillSettings
    jobs : int
        Worker processes; -1 for one per core.
    progress : callable, optional
        Called as ``progress(person, done, total)``.

    Raises
    ------
    InputError
        For settings that cannot be drawn.
    """
    settings.check()
    by_person: dict[int, list[Still]] = {}
    work = [(settings, person) for person in range(settings.people)]
    for number, result in as_finished(_draw_person, work, jobs):
        if isinstance(result, BaseException):
            raise InputError(f"drawing stopped: a worker died ({result}); try with fewer jobs.")
        by_person[number] = result
        if progress is not None:
            progress(f"person {number + 1}", len(by_person), len(work))
    stills = [still for person in sorted(by_person) for still in by_person[person]]
    order = np.random.default_rng([settings.seed, 7]).permutation(len(stills))
    return sorted((stills[i] for i in order), key=lambda s: USAGES.index(s.usage))


def _draw_person(settings: StillSettings, person: int) -> list[Still]:
    drawn = DrawnSettings(
        subjects=settings.people, takes=settings.takes, frames=12, size=128, seed=settings.seed
    )
    rng = np.random.default_rng([settings.seed, 6, person])
    out = []
    for label in CODES:
        for take in range(settings.takes):
            clip = draw_clip(drawn, person, label, take)
            grey = cv2.cvtColor(clip.frames[clip.apex], cv2.COLOR_RGB2GRAY)
            picture = close_up(grey, clip.eyes[clip.apex], rng)
            out.append(Still(label, settings.usage(person), person, picture))
    return out


def close_up(grey: np.ndarray, eyes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the face (48, 48) cut out loosely, as FER2013's pictures are.

    Parameters
    ----------
    grey : array (y, x) uint8
    eyes : array (2, 2)
        x, y in pixels.
    rng : Generator
        Of how much the frame is off: a twentieth of its width, a tenth of its size.
    """
    width = float(np.linalg.norm(eyes[1] - eyes[0])) / EYES * rng.normal(1, 0.05)
    middle = eyes.mean(axis=0) + width * rng.normal(0, 0.03, 2)
    scale = SIDE / width
    corner = middle - width * np.array([0.5, HEIGHT])
    move = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
    smooth = cv2.GaussianBlur(grey, (0, 0), max(0.4 / scale, 0.3))  # no aliases
    return cv2.warpAffine(smooth, move, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE)


def votes_for(stills: Sequence[Still], seed: int) -> np.ndarray:
    """Return drawn votes (n, 10): of the eight expressions, unknown, and no face.

    Each of ten voters sees the expression with a probability of the picture's own, from 0.55 to
    0.95; otherwise takes it for another one, or for unknown.
    """
    rng = np.random.default_rng([seed, 8])
    votes = np.zeros((len(stills), len(VOTED) + 2), dtype=int)
    for row, still in zip(votes, stills, strict=True):
        names = (still.label, *MISTAKEN[still.label])
        seen = rng.uniform(0.55, 0.95)
        shares = np.array([seen, *[(1 - seen) * 0.3] * 3, (1 - seen) * 0.1])
        places = [*(VOTED.index(n) for n in names), len(VOTED)]
        np.add.at(row, places, rng.multinomial(VOTERS, shares / shares.sum()))
    return votes


# on disk ----------------------------------------------------------------------------------------


def write_fer2013(
    settings: StillSettings,
    folder: Path,
    form: str = "csv",
    jobs: int = 1,
    progress: Progress | None = None,
) -> Path:
    """Draw pictures into a folder of their own, as FER2013 comes.

    Parameters
    ----------
    folder : Path
        Made where it is missing; what was drawn into it before is replaced.
    form : {"csv", "folders"}
        ``fer2013.csv`` with ``fer2013new.csv`` (FER+'s votes), or the folders train and test.

    Returns
    -------
    Path
        What a config's ``data.path`` is: the folder.

    Raises
    ------
    InputError
        For a folder that holds other files, or settings that cannot be drawn.
    """
    settings.check()
    folder = Path(folder)
    _claim(folder, {"drawing": DRAWING, "format": form, "settings": asdict(settings)})
    stills = draw_stills(settings, jobs, progress)
    if form == "folders":
        _write_folders(stills, folder)
    else:
        write_csv(stills, folder / "fer2013.csv")
        write_votes(stills, votes_for(stills, settings.seed), folder / "fer2013new.csv")
    return folder


def write_csv(stills: Sequence[Still], path: Path) -> None:
    """Write pictures as ``fer2013.csv``: emotion, pixels, Usage."""
    with replacing(path) as part, part.open("w", encoding="ascii", newline="\n") as out:
        out.write("emotion,pixels,Usage\n")
        for still in stills:
            numbers = " ".join(map(str, still.picture.ravel().tolist()))
            out.write(f"{CODES.index(still.label)},{numbers},{still.usage}\n")


def write_votes(stills: Sequence[Still], votes: np.ndarray, path: Path) -> None:
    """Write votes as ``fer2013new.csv`` of FER+, row by row the pictures of ``fer2013.csv``."""
    with replacing(path) as part, part.open("w", encoding="ascii", newline="\n") as out:
        out.write(f"Usage,Image name,{','.join(VOTED)},unknown,NF\n")
        for number, (still, row) in enumerate(zip(stills, votes.tolist(), strict=True)):
            out.write(f"{still.usage},fer{number:07d}.png,{','.join(map(str, row))}\n")


def _write_folders(stills: Sequence[Still], folder: Path) -> None:
    for number, still in enumerate(stills):
        part = "train" if still.usage == USAGES[0] else "test"
        place = folder / part / WORDS[CODES.index(still.label)] / f"{still.usage}_{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        with replacing(place) as scratch:
            scratch.write_bytes(cv2.imencode(".png", still.picture)[1].tobytes())


def _claim(folder: Path, ours: dict[str, object]) -> None:
    """Make the folder ours; of another drawing in it, the pictures go."""
    marker = folder / MARKER
    if marker.is_file():
        for old in [*folder.glob("fer2013*.csv"), *folder.glob("t*/*/*Test_*.png")]:
            old.unlink()
        for old in folder.glob("train/*/Training_*.png"):
            old.unlink()
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"drawn pictures need a folder of their own; {folder} holds other files. Give a new "
            "one."
        )
    for name, text in ((MARKER, json.dumps(ours, indent=1) + "\n"), ("README.txt", README)):
        with replacing(folder / name) as part:
            part.write_text(text, encoding="utf-8")
