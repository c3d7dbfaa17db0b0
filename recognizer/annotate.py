"""Answers drawn on pictures: the face's box, its label, and bars for all classes beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from sttm.atomic import failure, replacing
from sttm.errors import InputError
from sttm.frames import open_frames
from sttm.pictures.overlay import Screen, screen_for
from sttm.pictures.recording import Recorded, record
from sttm.pictures.text import Colour, Page, fitting, font, wide

from .analysis import Analysis
from .inputs import Source
from .settings import USUAL_FPS

GROUND: Colour = (18, 20, 24)
INK: Colour = (232, 234, 238)
DIM: Colour = (146, 152, 162)
TRACK: Colour = (44, 48, 56)
# Okabe and Ito's palette without black, told apart with any kind of colour blindness
PEOPLE: tuple[Colour, ...] = (
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (240, 228, 66),
    (213, 94, 0),
    (0, 114, 178),
)
PANEL = 0.36  # width of the bars' panel, as a share of the picture's


@dataclass(frozen=True)
class Mark:
    """What is drawn of one face on one frame."""

    identity: int
    box: tuple[float, float, float, float]
    label: str
    probability: float
    probabilities: tuple[float, ...]


Marks = Mapping[int, Sequence[Mark]]  # of each frame that has faces, largest first


def marks_of(found: Analysis) -> dict[int, list[Mark]]:
    """Return what is drawn on each frame that an answer holds for."""
    return {
        number: [
            Mark(
                face.identity,
                tuple(float(v) for v in face.box_at(number)),  # type: ignore[arg-type]
                face.label,
                face.probability,
                tuple(float(p) for p in face.probabilities),
            )
            for face in found.faces
        ]
        for number in found.numbers()
        if found.faces
    }


def colour_of(identity: int) -> Colour:
    """Return the colour of a face."""
    return PEOPLE[(identity - 1) % len(PEOPLE)]


def draw_faces(picture: np.ndarray, marks: Sequence[Mark], unit: float = 1.0) -> np.ndarray:
    """Return an RGB picture (y, x, 3) with the boxes and labels of faces drawn on it.

    Parameters
    ----------
    picture : array (y, x, 3) uint8
    marks : sequence of Mark
        Boxes in pixels of this picture.
    unit : float
        How large letters and lines are: 1 on a picture 720 pixels wide.
    """
    shown = picture.copy()
    thick = max(1, round(2 * unit))
    for mark in marks:
        x, y, w, h = mark.box
        colour = colour_of(mark.identity)
        corner, end = (round(x), round(y)), (round(x + w) - 1, round(y + h) - 1)
        cv2.rectangle(shown, corner, end, GROUND, thick + 2, cv2.LINE_AA)
        cv2.rectangle(shown, corner, end, colour, thick, cv2.LINE_AA)
        text = f"{mark.label}  {mark.probability:.0%}"
        _stamp(shown, _plate(text, max(11, round(17 * unit)), colour), corner, end)
    return shown


@lru_cache(maxsize=512)
def _plate(text: str, size: int, colour: Colour) -> np.ndarray:
    """Return a small coloured plate with a text."""
    face = font(size, True, text)
    pad = round(size * 0.45)
    page = Page(round(size * 1.55), wide(text, face) + 2 * pad, colour)
    page.write(pad, round(size * 0.78), text, face, (12, 14, 16), "lm")
    return page.array()


@lru_cache(maxsize=512)
def _number(text: str, size: int) -> np.ndarray:
    """Return a number on the panel's ground."""
    face = font(size)
    page = Page(round(size * 1.25), wide(text, face) + 1, GROUND)
    page.write(0, 0, text, face, DIM, "la")
    return page.array()


def _stamp(
    shown: np.ndarray, plate: np.ndarray, corner: tuple[int, int], end: tuple[int, int]
) -> None:
    """Put a plate above a box, or below or into it where there is no room; never outside."""
    height, width = plate.shape[:2]
    top = corner[1] - height - 2
    if top < 0:
        top = end[1] + 3 if end[1] + 3 + height <= shown.shape[0] else max(corner[1], 0)
    top = min(max(top, 0), max(shown.shape[0] - height, 0))
    left = min(max(corner[0] - 1, 0), max(shown.shape[1] - width, 0))
    room = shown[top : top + height, left : left + width]
    room[:] = plate[: room.shape[0], : room.shape[1]]


class Bars:
    """The panel beside the picture: a bar for each class of the largest face.

    Parameters
    ----------
    classes : sequence of str
    screen : Screen
    note : str
        What the model was trained on; stands at the bottom.
    """

    def __init__(self, classes: Sequence[str], screen: Screen, note: str) -> None:
        self._classes = list(classes)
        self._size = (screen.height, 2 * round(max(150, PANEL * screen.width) / 2))
        self._letters = max(10, round(15 * screen.unit))
        self._ground = self._draw_ground(note)

    def at(self, marks: Sequence[Mark]) -> np.ndarray:
        """Return the panel (y, x, 3) for the faces of a frame."""
        panel = self._ground.copy()
        if not marks:
            return panel
        mark = marks[0]
        left, right = self._sides()
        for row, share in zip(self._rows(), mark.probabilities, strict=True):
            top = row + self._below()
            end = left + round((right - left) * share)
            cv2.rectangle(
                panel, (left, top), (end, top + self._thick()), colour_of(mark.identity), -1
            )
            number = _number(f"{share:.0%}", round(self._letters * 0.92))
            height, width = number.shape[:2]
            panel[row : row + height, right - width : right] = number
        return panel

    def _sides(self) -> tuple[int, int]:
        pad = round(self._letters)
        return pad, self._size[1] - pad

    def _below(self) -> int:
        return round(self._letters * 1.3)

    def _thick(self) -> int:
        return max(2, round(self._letters * 0.32))

    def _rows(self) -> list[int]:
        gap = min(
            round(self._letters * 2.4), (self._size[0] - 3 * self._letters) // len(self._classes)
        )
        return [self._letters + gap * n for n in range(len(self._classes))]

    def _draw_ground(self, note: str) -> np.ndarray:
        page = Page(*self._size, GROUND)
        left, right = self._sides()
        letters = font(round(self._letters * 0.92), False, "".join(self._classes))
        for row, name in zip(self._rows(), self._classes, strict=True):
            page.write(
                left, row, fitting(name, letters, (right - left) * 3 // 4), letters, INK, "la"
            )
            top = row + self._below()
            page.draw.rectangle((left, top, right, top + self._thick()), fill=TRACK)
        small = font(max(8, round(self._letters * 0.72)), False, note)
        page.write(
            left,
            self._size[0] - self._letters,
            fitting(note, small, right - left),
            small,
            DIM,
            "ld",
        )
        return page.array()


def annotate(source: Source, marks: Marks, classes: Sequence[str], folder: Path, note: str) -> Path:
    """Write a source with its answers drawn on it: a video, or a PNG of an image.

    Parameters
    ----------
    source : Source
    marks : mapping of int to sequence of Mark
    classes : sequence of str
    folder : Path
        Where the file goes, called like the source.
    note : str
        What the model was trained on.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        When it would lie beside the source, or cannot be written.
    """
    stem = place_of(source, folder)
    with open_frames(source.path) as frames:
        screen = screen_for(frames.size)
        fps = frames.fps or USUAL_FPS
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(failure(error, stem.parent)) from error
    bars = Bars(classes, screen, note)
    if source.still:
        return _image(next(_drawn(source, marks, bars, screen)), stem.with_name(f"{stem.name}.png"))
    written: Recorded = record(lambda: _drawn(source, marks, bars, screen), stem, fps)
    return written.path


def place_of(source: Source, folder: Path) -> Path:
    """Return where a source's copy goes, without its suffix.

    Raises
    ------
    InputError
        When that is the folder of the source: it could be replaced, and later be taken for one.
    """
    stem = folder / (source.copy or source.path.stem)
    if stem.parent.resolve() in (source.path.parent.resolve(), source.path.resolve()):
        raise InputError(
            f"annotated copies need a folder without sources; {stem.parent} holds "
            f"{source.path.name}. Name another folder."
        )
    return stem


def _drawn(source: Source, marks: Marks, bars: Bars, screen: Screen) -> Iterator[np.ndarray]:
    """Yield the frames of a source with what is drawn on them, RGB."""
    with open_frames(source.path, colour=True) as frames:
        for number, picture in enumerate(frames):
            here = [_placed(mark, screen) for mark in marks.get(number, ())]
            shown = draw_faces(screen.show(picture), here, screen.unit)
            yield np.hstack([shown, bars.at(here)])


def _placed(mark: Mark, screen: Screen) -> Mark:
    """Return a mark with its box in pixels of the screen."""
    down, across = screen.height / screen.source[0], screen.width / screen.source[1]
    x, y, w, h = mark.box
    box = (x * across, y * down, w * across, h * down)
    return Mark(mark.identity, box, mark.label, mark.probability, mark.probabilities)


def _image(picture: np.ndarray, path: Path) -> Path:
    done, data = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise InputError(f"{path} could not be encoded as PNG.")
    with replacing(path) as scratch:
        scratch.write_bytes(data.tobytes())
    return path
