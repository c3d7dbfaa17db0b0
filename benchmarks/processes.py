"""Child processes: what one costs in time, and how much memory it needed at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .pairs import Timed


def timed_process(command: Sequence[str]) -> Timed:
    """Run a command in a fresh process, its output dropped, and return its time.

    Raises
    ------
    RuntimeError
        When it ends with an exit code other than 0.
    """
    used, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wall, now = time.perf_counter() - begun, os.times()
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    spent = now.children_user + now.children_system - used.children_user - used.children_system
    return Timed(wall, spent)


def peak_memory() -> float:
    """Return the most memory that this process has held so far, in megabytes.

    Linux tells it per program (VmHWM). ``getrusage`` does not: there the figure of a child begins
    with what its parent held when it was started.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
