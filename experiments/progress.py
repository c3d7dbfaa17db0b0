"""What a command says while it works: one line per step, a bar with an estimate for long ones."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

QUIET = 2.0  # seconds before progress is shown at all
LONG_FITS = "classifiers"  # the logger to which long fits tell their epochs
EVERY = 10.0  # seconds between lines where there is no terminal
ENOUGH = 8  # items done before an estimate is worth saying
LATELY = 32  # items that an estimate looks back on: those that were stored go by much faster


class Steps:
    """Says what is done on a stream (standard error unless told) and remembers how long it took.

    Attributes
    ----------
    done : list of dict
        ``name``, ``seconds``, ``detail`` of every finished step.
    """

    def __init__(self, stream: TextIO | None = None, quiet: bool = False) -> None:
        self.stream = stream or sys.stderr
        self.quiet = quiet
        self.done: list[dict[str, object]] = []

    def say(self, text: str) -> None:
        """Write one line."""
        if not self.quiet:
            print(text, file=self.stream, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[dict[str, str]]:
        """Time a step; put ``detail`` into the dictionary it gives to have it said."""
        said: dict[str, str] = {}
        begun = time.perf_counter()
        with contextlib.nullcontext() if self.quiet else _heard(name, self.say):
            yield said
        seconds = time.perf_counter() - begun
        detail = said.get("detail", "")
        self.done.append({"name": name, "seconds": round(seconds, 3), "detail": detail})
        self.say(f"{name:<10} {detail}  ({seconds:.1f} s)")

    @contextmanager
    def counting(self, name: str) -> Iterator[Callable[[str, int, int], None]]:
        """Give a function ``(item, done, total)`` that shows how far a long step has come."""
        if self.quiet:
            yield lambda item, done, total: None
        elif self.stream.isatty():
            with _bar(name, self.stream) as show:
                yield show
        else:
            yield _lines(name, self.say)


class _Hearing(logging.Handler):
    """Says what a long fit logs, now and then."""

    def __init__(self, name: str, say: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self.name_of_step, self.say = name, say
        self.last = time.monotonic() + QUIET - EVERY

    def emit(self, record: logging.LogRecord) -> None:
        """Say a line, unless one was said just now."""
        now = time.monotonic()
        if now - self.last >= EVERY:
            self.last = now
            self.say(f"{self.name_of_step:<10} {record.getMessage()}")


@contextmanager
def _heard(name: str, say: Callable[[str], None]) -> Iterator[None]:
    """Listen to long fits of this process; afterwards logging is as it was."""
    logger, hearing = logging.getLogger(LONG_FITS), _Hearing(name, say)
    before = logger.level
    logger.addHandler(hearing)
    logger.setLevel(min(logger.getEffectiveLevel(), logging.INFO))
    try:
        yield
    finally:
        logger.removeHandler(hearing)
        logger.setLevel(before)


@contextmanager
def _bar(name: str, stream: TextIO) -> Iterator[Callable[[str, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        task = progress.add_task(name, total=None)

        def show(item: str, done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield show


def _lines(name: str, say: Callable[[str], None]) -> Callable[[str, int, int], None]:
    begun = time.monotonic()
    last = begun + QUIET - EVERY
    times = deque([begun], maxlen=LATELY + 1)

    def show(item: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        times.append(now)
        if now - last < EVERY or done == total or now - begun < QUIET:
            return
        last = now
        left = (now - times[0]) / (len(times) - 1) * (total - done)
        estimate = f", about {duration(left)} left" if done >= ENOUGH else ""
        say(f"{name:<10} {done} of {total}{estimate}")

    return show


def left_out(head: str, table: Any, most: int = 10) -> list[str]:
    """Return a line for each of the first rows of a table of clips and reasons."""
    lines = [f"{head} {c}: {r}" for c, r in table.head(most).itertuples(index=False)]
    more = len(table) - most
    return [*lines, f"{head} {more} more"] if more > 0 else lines


def duration(seconds: float) -> str:
    """Return a stretch of time in words.

    >>> duration(45), duration(200), duration(9000)
    ('45 s', '3 min', '2 h 30 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
