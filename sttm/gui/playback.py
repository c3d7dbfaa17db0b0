"""Which frame is due when: wall time to frame number, without a clock or a window of its own."""

from __future__ import annotations

from dataclasses import dataclass

SLOWEST, FASTEST = 0.1, 4.0


@dataclass
class Playback:
    """A run through the frames ``first`` to ``last``; times are seconds of any steady clock.

    Up to the speed 1 every frame is due, however late one comes; above it frames may be left out,
    so that the clip takes the time that it should.

    >>> run = Playback(0, 9, 10.0)
    >>> run.begin(0, 100.0)
    >>> run.due(100.05), run.due(100.1), run.due(109.0)
    (None, 1, 2)
    """

    first: int
    last: int
    fps: float
    speed: float = 1.0
    repeat: bool = False
    shown: int = 0
    _since: float = 0.0

    def begin(self, frame: int, now: float) -> None:
        """Start, or go on, with a frame that is shown from ``now`` on."""
        self.shown, self._since = frame, now

    @property
    def rate(self) -> float:
        """Frames per second of wall time."""
        return self.fps * self.speed

    @property
    def ended(self) -> bool:
        """Whether the frame shown is the last one of a run that does not repeat."""
        return not self.repeat and self.shown >= self.last

    def due(self, now: float) -> int | None:
        """Return the frame that must be shown now, or None while the one shown still is.

        The last frame is due once more when a run that does not repeat is over.
        """
        passed = int((now - self._since) * self.rate + 1e-6)
        if passed < 1:
            return None
        step = 1 if self.speed <= 1.0 else passed
        late = passed > step
        number = self.shown + step
        if number > self.last:
            number = self._beyond(number)
            late = True
        self._since = now if late else self._since + step / self.rate
        self.shown = number
        return number

    def _beyond(self, number: int) -> int:
        if not self.repeat or self.shown > self.last:
            return self.last
        return self.first + (number - self.first) % (self.last - self.first + 1)

    def wait(self, now: float) -> float:
        """Return the seconds until the next frame is due."""
        return max(0.0, self._since + 1.0 / self.rate - now)
