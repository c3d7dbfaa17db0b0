"""What was answered about one source so far, light enough to be kept for all of its frames.

An ``Analysis`` holds the crops of its window. A ``Record`` keeps what a frame needs to be drawn
(boxes, eyes, corners of the crop, probabilities) of every answer, and the crops of as many answers
as fit into a budget: the oldest crops go first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from ..analysis import Analysis, Seen
from ..annotate import Mark
from ..tables import Row, rows_of

BUDGET = 192 * 2**20  # bytes of crops
MOST_ANSWERS = 500_000  # of a live source: older ones are forgotten


@dataclass(eq=False)
class Look:
    """One face over the frames of one answer.

    ``boxes`` (n, 4), ``eyes`` (n, 2, 2, NaN where not found) and ``corners`` (n, 4, 2) are in
    source pixels, a row for each frame that the answer holds for. ``seen`` is the whole face with
    its crops, None once they had to go.
    """

    identity: int
    label: str
    probability: float
    probabilities: np.ndarray
    boxes: np.ndarray
    eyes: np.ndarray
    corners: np.ndarray
    seen: Seen | None = None

    @property
    def size(self) -> int:
        """Bytes of the crops."""
        return 0 if self.seen is None else self.seen.volume.nbytes + self.seen.face.volume.nbytes


@dataclass(eq=False)
class Answer:
    """An answer: it holds for the frames ``since`` to ``last``; ``rows`` are those of a table."""

    since: int
    last: int
    time: float
    seconds: float
    reason: str
    looks: list[Look]
    rows: list[Row] = field(default_factory=list)

    def look_of(self, identity: int | None) -> Look | None:
        """Return a face by its number, the largest one where that is not there."""
        known = next((look for look in self.looks if look.identity == identity), None)
        return known if known is not None else next(iter(self.looks), None)

    def row(self, number: int) -> int:
        """Return which row of a look's arrays belongs to a frame."""
        return min(max(number - self.since, 0), self.last - self.since)

    def marks(self, number: int) -> list[Mark]:
        """Return what is drawn on a frame, for ``annotate``."""
        row = self.row(number)
        return [
            Mark(
                look.identity,
                tuple(float(v) for v in look.boxes[row]),  # type: ignore[arg-type]
                look.label,
                look.probability,
                tuple(float(p) for p in look.probabilities),
            )
            for look in self.looks
        ]


def answer_of(found: Analysis, source: str, timed: bool = True) -> Answer:
    """Return what is kept of an analysed window."""
    looks = [_look(seen, found) for seen in found.faces]
    rows = rows_of(source, found, timed)
    return Answer(found.since, found.last, found.time, found.seconds, found.reason, looks, rows)


def _look(seen: Seen, found: Analysis) -> Look:
    numbers = list(found.numbers())
    nowhere = np.full((2, 2), np.nan)
    eyes = [seen.eyes_at(n) for n in numbers]
    return Look(
        seen.identity,
        seen.label,
        seen.probability,
        np.asarray(seen.probabilities, np.float32),
        np.array([seen.box_at(n) for n in numbers], np.float32),
        np.array([nowhere if e is None else e for e in eyes], np.float32),
        np.array([seen.corners_at(n) for n in numbers], np.float32),
        seen,
    )


@dataclass
class Curve:
    """The answers of one face over time: frames ``starts`` to ``ends``, shares (n, classes)."""

    starts: np.ndarray
    ends: np.ndarray
    shares: np.ndarray


NOTHING = Curve(np.zeros(0, int), np.zeros(0, int), np.zeros((0, 0)))


class Growing:
    """A curve that grows: its arrays double when they are full, and are never copied to be read."""

    def __init__(self, classes: int) -> None:
        self._count = 0
        self._frames = np.zeros((64, 2), np.int64)
        self._shares = np.zeros((64, classes), np.float32)

    def add(self, start: int, end: int, shares: np.ndarray) -> None:
        """Take in the next answer."""
        if self._count == len(self._frames):
            self._frames = np.concatenate([self._frames, np.zeros_like(self._frames)])
            self._shares = np.concatenate([self._shares, np.zeros_like(self._shares)])
        self._frames[self._count] = start, end
        self._shares[self._count] = shares
        self._count += 1

    def curve(self, since: int = 0) -> Curve:
        """Return the answers that end at frame ``since`` or later."""
        frames = self._frames[: self._count]
        begin = int(np.searchsorted(frames[:, 1], since))
        return Curve(frames[begin:, 0], frames[begin:, 1], self._shares[begin : self._count])


class Record:
    """The answers of one source, in the order of its frames.

    Attributes
    ----------
    complete : bool
        Whether the source was looked at to its end.
    problem : str
        Why it was not, in a sentence.
    """

    def __init__(self, budget: int = BUDGET) -> None:
        self.answers: list[Answer] = []
        self.complete = False
        self.problem = ""
        self._ends: list[int] = []
        self._budget, self._used = budget, 0
        self._whole: deque[Look] = deque()
        self._curves: dict[int | None, Growing] = {}  # None: of the largest face

    def add(self, answer: Answer) -> None:
        """Take in the next answer."""
        self.answers.append(answer)
        self._ends.append(answer.last)
        for at, look in enumerate(answer.looks):
            self._whole.append(look)
            self._used += look.size
            for key in (look.identity, None) if at == 0 else (look.identity,):
                curve = self._curves.setdefault(key, Growing(len(look.probabilities)))
                curve.add(answer.since, answer.last, look.probabilities)
        while self._used > self._budget and len(self._whole) > 1:
            old = self._whole.popleft()
            self._used -= old.size
            old.seen = None
        if len(self.answers) > MOST_ANSWERS:
            del self.answers[: MOST_ANSWERS // 10], self._ends[: MOST_ANSWERS // 10]

    @property
    def last(self) -> int:
        """The last frame that has an answer, -1 before there is one."""
        return self._ends[-1] if self._ends else -1

    def at(self, number: int) -> Answer | None:
        """Return the answer that holds for a frame, or None."""
        place = bisect_right(self._ends, number - 1)
        if place >= len(self.answers) or self.answers[place].since > number:
            return None
        return self.answers[place]

    def faces(self) -> list[int]:
        """Return the numbers of all faces, in order of appearance."""
        return sorted(key for key in self._curves if key is not None)

    def curve(self, identity: int | None, since: int = 0) -> Curve:
        """Return the probabilities of a face over time; None: of the largest one."""
        known = self._curves.get(identity)
        return NOTHING if known is None else known.curve(since)

    def rows(self) -> list[Row]:
        """Return the rows of all answers, for a table."""
        return [row for answer in self.answers for row in answer.rows]

    def mean(self) -> np.ndarray | None:
        """Return the mean probabilities (classes,) of the largest face; None: no face."""
        curve = self.curve(None)
        if not len(curve.ends):
            return None
        return np.average(curve.shares, axis=0, weights=curve.ends - curve.starts + 1)
