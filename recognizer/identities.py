"""Who is who: faces of one window are linked to those of the windows before, answers smoothed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sttm.faces.follow import overlap, same_face

PATIENCE = 2.0  # seconds after which a face that one window at least did not show is forgotten


@dataclass(eq=False)
class Person:
    """A face that was seen before: its last box, when, and its smoothed answer."""

    identity: int
    box: np.ndarray
    time: float
    answer: np.ndarray


class Identities:
    """Gives faces stable numbers, in order of appearance, and smooths their answers.

    A face is the one before when its box overlaps that one's last box and is neither half nor
    twice as large, as in ``sttm.faces.follow``; the best overlaps come first.

    Parameters
    ----------
    smooth : float
        Time constant of the exponential mean, seconds; 0 leaves answers as they are.
    """

    def __init__(self, smooth: float) -> None:
        self.smooth = smooth
        self.people: list[Person] = []
        self.count = 0

    def take(
        self,
        starts: Sequence[np.ndarray],
        ends: Sequence[np.ndarray],
        answers: Sequence[np.ndarray],
        time: float,
        before: float | None = None,
    ) -> list[Person]:
        """Return the person behind each face of a window, the new answers taken in.

        Parameters
        ----------
        starts : sequence of array (4,)
            Each face's box where the last window ended.
        ends : sequence of array (4,)
            Its box at the end of this window.
        answers : sequence of array (classes,)
        time : float
            Seconds of the window's end.
        before : float, optional
            Seconds of the end of the window before, however long ago that is: who was seen in it
            is not forgotten.
        """
        oldest = time - PATIENCE if before is None else min(before, time - PATIENCE)
        self.people = [p for p in self.people if p.time >= oldest]
        known = self._linked(starts)
        out = []
        for person, box, answer in zip(known, ends, answers, strict=True):
            if person is None:
                self.count += 1
                person = Person(self.count, box, time, answer)
                self.people.append(person)
            else:
                share = self._share(time - person.time)
                person.answer = person.answer + share * (answer - person.answer)
                person.box, person.time = box, time
            out.append(person)
        return out

    def _share(self, since: float) -> float:
        """Return the weight of a new answer after a stretch of time."""
        return 1.0 if self.smooth == 0 else -math.expm1(-max(since, 0.0) / self.smooth)

    def _linked(self, boxes: Sequence[np.ndarray]) -> list[Person | None]:
        pairs = sorted(
            (-overlap(person.box, box), i, j)
            for i, person in enumerate(self.people)
            for j, box in enumerate(boxes)
            if same_face(person.box, box)
        )
        taken: dict[int, int] = {}
        for _, i, j in pairs:
            if i not in taken.values() and j not in taken:
                taken[j] = i
        return [self.people[taken[j]] if j in taken else None for j in range(len(boxes))]
