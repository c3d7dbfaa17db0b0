"""The engine: frames go in one by one, faces with probabilities come out.

What it answers for a window of frames is what ``sttm extract`` and the bundle's model give for a
clip of exactly these frames: the same search, crop, map and encoding, by the same code. So a model
meets live what it met in training, and a clip recognised live and offline has the same answer.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from sttm.errors import InputError, ToolkitError
from sttm.faces import FaceClip, crop_faces
from sttm.recipe import Recipe
from sttm.temporal import apply_time, needed

from .analysis import Analysis, Seen, Shot
from .bundle import Bundle
from .identities import Identities
from .ring import Ring, RingFrames
from .settings import Pace, Settings, faces_of, pace_of

NEARLY = 0.95  # of a stretch of time counts as all of it: a camera's frames do not come evenly
FASTEST = 130.0  # frames per second of a source that does not say its rate, for the ring's length


Answer = tuple[FaceClip, np.ndarray, np.ndarray]  # a face, its volume (t, y, x), (classes,)
_ONE = threading.Lock()  # a model need not serve several threads at once


@dataclass(eq=False)
class Window:
    """A window on its way: ``found`` is filled in, ``answered`` is when the last one ended."""

    found: Analysis
    frames: RingFrames
    answered: float | None
    known: list[Answer] = field(default_factory=list)


class Engine:
    """A model at work on one stream of frames.

    Parameters
    ----------
    bundle : Bundle
    settings : Settings, optional
    fps : float or None
        Frames per second of the source, where it says so.
    live : bool
        Windows go by the frames' times, as a camera's rate is nothing to rely on. Otherwise they
        are counted in frames.

    Attributes
    ----------
    pace : Pace
        The window and the step.
    recipe : Recipe
        What measures a window; ``measure_clip`` with it gives the same measures.
    """

    def __init__(
        self,
        bundle: Bundle,
        settings: Settings | None = None,
        fps: float | None = None,
        live: bool = False,
    ) -> None:
        self.bundle = bundle
        self.settings = settings or Settings()
        own = bundle.recipe
        self.recipe = Recipe(own.descriptor, faces_of(bundle, self.settings), own.time)
        self.pace: Pace = pace_of(bundle, self.settings, fps)
        self._counted = not live or self.pace.frames == 1
        self._ring = self._new_ring()
        self.reset()

    def _new_ring(self) -> Ring:
        if self._counted:
            return Ring(self.pace.frames)
        return Ring(max(2, round(self.pace.seconds * FASTEST)), self.pace.seconds)

    def reset(self) -> None:
        """Begin another source: no frame and no face is known."""
        self._ring.clear()
        self._identities = Identities(self.settings.smooth)
        self._answered: Shot | None = None  # the last frame of the last window
        self._begin: tuple[int, float] | None = None  # number and time of the first frame

    def push(self, shot: Shot) -> None:
        """Take in the next frame.

        Raises
        ------
        InputError
            When a window of such pictures would need too much memory.
        """
        if self._begin is None:
            self._begin = shot.number, shot.time
        self._ring.add(shot)

    @property
    def due(self) -> bool:
        """Whether a full window ended with the newest frame."""
        if self._begin is None or not len(self._ring):
            return False
        newest, answered = self._ring.last, self._answered
        if self._counted:
            full = len(self._ring) >= self.pace.frames
            return full and (answered is None or newest.number - answered.number >= self.pace.step)
        if answered is not None:
            return newest.time - answered.time >= NEARLY * self.pace.every
        return newest.time - self._begin[1] + self._ring.spacing >= NEARLY * self.pace.seconds

    def analyse(self) -> Analysis | None:
        """Return the answer for the window that ends with the newest frame, due or not.

        At the end of a source this is the answer for the frames after the last full window. None
        when no frame came since the last answer.
        """
        window = self.window()
        return None if window is None else self.settle(self.look(window))

    # the same in three steps, the second of which several threads may do at once

    def window(self) -> Window | None:
        """Return the window that ends with the newest frame; it counts as answered from now on."""
        if self._begin is None or not len(self._ring):
            return None
        newest, answered = self._ring.last, self._answered
        if answered is not None and newest.number <= answered.number:
            return None
        first = self._ring.first.number
        since = self._begin[0] if answered is None else answered.number + 1
        self._answered = newest
        found = Analysis(first, newest.number, since, newest.time, self._ring.spacing)
        return Window(found, self._ring.frames(), None if answered is None else answered.time)

    def look(self, window: Window) -> Window:
        """Find, measure and classify the faces of a window; nothing of the engine changes."""
        begun = time.perf_counter()
        try:
            with _threads().limit(limits=1):  # several wait for each other longer than they work
                window.known = answers(self.bundle, self.recipe, crop(window.frames, self.recipe))
        except ToolkitError as error:  # no face, too short, too small: said, and the stream goes on
            window.found.reason = str(error)
        window.found.seconds = time.perf_counter() - begun
        return window

    def settle(self, window: Window) -> Analysis:
        """Say who is who and smooth the answers; windows come in the order of their frames."""
        found, known = window.found, window.known
        if not known:
            return found
        before = max(found.since - 1 - found.first, 0)
        people = self._identities.take(
            [face.boxes[min(before, len(face.boxes) - 1)] for face, _, _ in known],
            [face.boxes[-1] for face, _, _ in known],
            [raw for _, _, raw in known],
            found.time,
            window.answered,
        )
        found.faces = [
            seen_face(
                self.bundle, self.recipe, p.identity, p.answer, raw, face, volume, found.first
            )
            for p, (face, volume, raw) in zip(people, known, strict=True)
        ]
        return found


def crop(frames: Any, recipe: Recipe) -> list[tuple[FaceClip, np.ndarray]]:
    """Return the faces of frames with their crops, brought to length as a clip's are."""
    time_settings = recipe.time
    faces = crop_faces(frames, recipe.faces, only=lambda length: needed(length, time_settings))
    return [
        (face, apply_time(face.volume, time_settings, face.numbers, len(face.transform)))
        for face in faces
    ]


def answers(
    bundle: Bundle, recipe: Recipe, faces: Sequence[tuple[FaceClip, np.ndarray]]
) -> list[Answer]:
    """Return each face with its volume (t, y, x) and the model's answer (classes,).

    A face that cannot be measured is left out as long as there is another one.

    Raises
    ------
    ToolkitError
        When none of them can be measured: why the first cannot.
    """
    measured, problems = [], []
    for face, volume in faces:
        try:
            measured.append((face, volume, _measure(recipe, volume)))
        except ToolkitError as error:
            problems.append(error)
    if not measured:
        raise problems[0]
    rows = np.stack([measures for _, _, measures in measured])
    with _ONE:
        found = bundle.predict_proba(rows)
    return [(face, volume, raw) for (face, volume, _), raw in zip(measured, found, strict=True)]


@lru_cache(maxsize=1)
def _threads() -> ThreadpoolController:
    return ThreadpoolController()  # looks through all loaded libraries, so once


def _measure(recipe: Recipe, volume: np.ndarray) -> np.ndarray:
    measures = recipe.descriptor.measure(volume)
    if not np.isfinite(measures).all():
        raise InputError("the face gives measures that are not finite numbers.")
    return measures


def seen_face(
    bundle: Bundle,
    recipe: Recipe,
    identity: int,
    answer: np.ndarray,
    raw: np.ndarray,
    face: FaceClip,
    volume: np.ndarray,
    first: int,
) -> Seen:
    """Return a face with its answers; ``first`` is the number of its first frame."""
    best = int(np.argmax(answer))
    return Seen(
        identity,
        bundle.classes[best],
        float(answer[best]),
        answer.copy(),
        raw,
        face,
        volume,
        first,
        recipe.descriptor,
    )
