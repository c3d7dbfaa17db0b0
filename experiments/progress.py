"""What a command says while it works: one line per step, a bar with an estimate for long ones."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

QUIET = 2.0  # seconds before progress is shown at all
EVERY = 10.0  # seconds between lines where there is no terminal
ENOUGH = 8  # items done before an estimate is worth saying


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

    def show(item: str, done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < EVERY or done == total or now - begun < QUIET:
            return
        last = now
        left = (now - begun) / done * (total - done)
        estimate = f", about {left:.0f} s left" if done >= ENOUGH else ""
        say(f"{name:<10} {done} of {total}{estimate}")

    return show
