"""From frames to places across a timeline and back, and where a ruler has its lines."""

from __future__ import annotations

import math
from dataclasses import dataclass

SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 3600.0)


@dataclass(frozen=True)
class Axis:
    """Frames ``first`` to ``last`` side by side from ``left`` on, ``width`` in all.

    Each frame has a cell; its line is in the middle of it.

    >>> axis = Axis(10, 19, 0.0, 100.0)
    >>> axis.x(12), axis.frame(24.0), axis.frame(-5.0), axis.frame(1000.0)
    (25.0, 12, 10, 19)
    """

    first: int
    last: int
    left: float
    width: float

    @property
    def cell(self) -> float:
        """Width of a frame."""
        return self.width / (self.last - self.first + 1)

    def x(self, frame: float) -> float:
        """Return the middle of a frame's cell."""
        return self.left + (frame - self.first + 0.5) * self.cell

    def edge(self, frame: float) -> float:
        """Return where a frame's cell begins."""
        return self.left + (frame - self.first) * self.cell

    def frame(self, x: float) -> int:
        """Return the frame at a place, the nearest one where there is none."""
        number = self.first + math.floor((x - self.left) / max(self.cell, 1e-9))
        return min(self.last, max(self.first, number))


def frame_step(cell: float, room: float) -> int:
    """Return how many frames lie between two numbers that need ``room`` each: 1, 2, 5, 10, ...

    >>> frame_step(10.0, 40.0), frame_step(50.0, 40.0)
    (5, 1)
    """
    step = 1
    for factor in _factors():
        step = factor
        if step * cell >= room:
            break
    return step


def _factors() -> list[int]:
    return [head * 10**power for power in range(9) for head in (1, 2, 5)]


def second_step(cell: float, fps: float, room: float) -> float:
    """Return how many seconds lie between two numbers that need ``room`` each.

    >>> second_step(10.0, 25.0, 60.0)
    0.5
    """
    wide = (step for step in SECONDS if step * fps * cell >= room)
    return next(wide, SECONDS[-1])


def whole_steps(first: float, last: float, step: float) -> list[int]:
    """Return the multipliers k for which k * step lies between first and last.

    >>> whole_steps(3, 21, 10)
    [1, 2]
    """
    return list(range(math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9) + 1))


def second_text(seconds: float, step: float) -> str:
    """Return seconds as a ruler shows them, with as many digits as its step needs.

    >>> second_text(1.5, 0.5), second_text(75.0, 5.0)
    ('1.5 s', '1:15')
    """
    if seconds >= 60:
        return f"{int(seconds) // 60}:{seconds % 60:02.0f}"
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{seconds:.{digits}f} s"
