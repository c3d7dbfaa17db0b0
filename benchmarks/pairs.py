"""Two ways of doing the same thing, measured in turns: A B A B ...

A machine that other programs use is slow at one moment and quick at the next. So both ways are
measured in every turn, the ratio is taken within the turn, and the median of these ratios is the
figure. Wall time is what a user waits for; processor time is what is left when others take the
core away for a while, and scatters less on a busy machine.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of several measurements."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of one or more values.

        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(middle=2.0, low=1.0, high=3.0)
        """
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True)
class Timed:
    """Seconds of one call, by the clock and on the processor."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Pair:
    """What the turns brought, a ``Timed`` of each way per turn."""

    ours: tuple[Timed, ...]
    peer: tuple[Timed, ...]

    def ratio(self, clock: str = "wall", peer_over_ours: bool = True) -> Spread:
        """Return the ratio of the times within each turn.

        Parameters
        ----------
        clock : {"wall", "cpu"}
        peer_over_ours : bool
            How many times faster we are; else how many times longer we take.
        """
        ratios = []
        for ours, peer in zip(self.ours, self.peer, strict=True):
            top, bottom = (peer, ours) if peer_over_ours else (ours, peer)
            ratios.append(getattr(top, clock) / max(getattr(bottom, clock), 1e-9))
        return Spread.of(ratios)


def timed(work: Work) -> Timed:
    """Return the time of one call."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Timed(time.perf_counter() - wall, time.process_time() - cpu)


def in_turns(ours: Work, peer: Work, repeats: int) -> Pair:
    """Measure both ways ``repeats`` times in turns, after one call of each that is not counted."""
    ours(), peer()
    turns = [(timed(ours), timed(peer)) for _ in range(repeats)]
    return Pair(tuple(a for a, _ in turns), tuple(b for _, b in turns))
