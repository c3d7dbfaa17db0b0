"""Children started, ended after their time, and read: what became of a method on a set."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from .scores import Mean, calibration_error

ROOT = Path(__file__).parents[2]
PATIENCE = 5.0
OVER = -int(getattr(signal, "SIGXCPU", 0))  # the exit code of a process that used its seconds up
START = 180.0  # seconds to load libraries, to draw rows, to warm up
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Fit:
    """What one fit brought; None where a method has no such thing.

    Parameters
    ----------
    part : int
        Fold or draw.
    wall, cpu : float
        Seconds of ``fit``.
    peak : float
        Most memory of the process until the end of ``fit``, libraries and training rows included,
        megabytes.
    error, nll : float
        On the test rows; nats.
    confidence, correct : tuple
        Probability of the likeliest class of each test row, and whether it was right.
    vectors, used : int, optional
        Training rows and columns that decisions need.
    true, false : int, optional
        How many of them (columns, or groups) matter in truth, and how many do not.
    warned : tuple of str
        Categories of the warnings of ``fit``.
    row : float, optional
        Seconds per row of ``predict_proba``.
    refitted : bool
        Whether a selector's decisions come from a machine refitted on what it kept.
    """

    part: int
    wall: float
    cpu: float
    peak: float
    error: float
    nll: float
    confidence: tuple[float, ...]
    correct: tuple[int, ...]
    vectors: int | None = None
    used: int | None = None
    true: int | None = None
    false: int | None = None
    warned: tuple[str, ...] = ()
    row: float | None = None
    refitted: bool = False

    @classmethod
    def read(cls, line: dict[str, Any]) -> Fit:
        """Return what a line of a child says."""
        plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in line.items()}
        return cls(**plain)


@dataclass(frozen=True)
class Outcome:
    """A method on the parts of a set: the fits that ended, and why others did not.

    ``stopped`` is empty, ``"over 300 s"``, or the sentence of an error.
    """

    data: str
    method: str
    fits: tuple[Fit, ...]
    stopped: str = ""

    def mean(self, name: str) -> Mean | None:
        """Return mean and standard error of a figure over the fits that have it."""
        values = [v for v in (getattr(fit, name) for fit in self.fits) if v is not None]
        return Mean.of(values) if values else None

    def calibration(self) -> float:
        """Return the expected calibration error over the test rows of all fits together."""
        confidence = np.concatenate([fit.confidence for fit in self.fits])
        return calibration_error(confidence, np.concatenate([fit.correct for fit in self.fits]))

    def seconds(self) -> float:
        """Return the median of the processor seconds of a fit."""
        return float(np.median([fit.cpu for fit in self.fits]))

    def reason(self) -> str:
        """Return why there is no figure, or not from all parts, in a few words."""
        return self.stopped if len(self.stopped) < 60 else self.stopped[:57] + "..."

    def plain(self) -> dict[str, Any]:
        """Return the outcome as plain values, for JSON; single test rows are left out."""
        fits = [asdict(fit) for fit in self.fits]
        for fit in fits:
            del fit["confidence"], fit["correct"]
        out = {"set": self.data, "method": self.method, "stopped": self.stopped, "fits": fits}
        return out | ({"ece": self.calibration()} if self.fits else {})


def outcome(
    data: str,
    method: str,
    parts: Sequence[int],
    *,
    limit: float,
    threads: int = 1,
    timing: bool = False,
) -> Outcome:
    """Fit a method on parts of a set, one after the other, in one fresh process.

    Parameters
    ----------
    data, method : str
        Names, see ``sets`` and ``peers``.
    parts : sequence of int
        Folds or draws.
    limit : float
        Processor seconds that one part may take; the process is ended after them, and later parts
        are left. By the clock it may take ``PATIENCE`` times as long.
    threads : int
        Of the linear algebra.
    timing : bool
        Whether answers are timed, too.
    """
    print(f"\n  {data}, {method} ...", end="", file=sys.stderr, flush=True)
    job = {"set": data, "method": method, "parts": list(parts), "timing": timing}
    job["limit"] = limit * threads
    fits: list[Fit] = []
    stopped = ""
    for line in _lines(job, limit, threads):
        if "failed" in line:
            stopped = line["failed"]
        elif "error" in line:
            fits.append(Fit.read(line))
            print(f" {fits[-1].cpu:.3g}", end="", file=sys.stderr, flush=True)
    if not stopped and len(fits) < len(parts):
        stopped = f"over {limit:g} s"
    print(f" {stopped or 's'}", end="", file=sys.stderr, flush=True)
    return Outcome(data, method, tuple(fits), stopped)


def _lines(job: dict[str, Any], limit: float, threads: int) -> Iterator[dict[str, Any]]:
    """Yield what a child prints; it is ended where it says nothing for too long."""
    environment = os.environ | {name: str(threads) for name in THREADS}
    command = [sys.executable, "-m", "benchmarks.classifying.child"]
    with (
        tempfile.TemporaryFile("w+") as trouble,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=trouble,
            text=True,
            cwd=ROOT,
            env=environment,
        ) as child,
    ):
        assert child.stdin is not None and child.stdout is not None
        json.dump(job, child.stdin)
        child.stdin.close()
        allowed = START
        ended = threading.Event()
        while line := _line(child, child.stdout, allowed, ended):
            said = json.loads(line)
            allowed = PATIENCE * limit if "begun" in said else START
            yield said
        if child.wait() not in (0, OVER) and not ended.is_set():
            trouble.seek(0)
            last = (trouble.read().strip().splitlines() or ["no word"])[-1]
            yield {"failed": f"the process ended with {child.returncode}: {last}"}


def _line(
    child: subprocess.Popen[str], stream: IO[str], seconds: float, ended: threading.Event
) -> str:
    def end() -> None:
        ended.set()
        child.kill()

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        return stream.readline()
    finally:
        timer.cancel()
