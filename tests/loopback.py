"""A Dask cluster on this machine: a real scheduler and real workers, each a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
LOCAL = ("--host", "127.0.0.1", "--no-dashboard")
WORKER = ("--nthreads", "1", "--nworkers", "1", "--memory-limit", "0", "--death-timeout", "60")


# done in workers ----------------------------------------------------------------------------------


def square_when_told(number: int, folder: str) -> int:
    """Leave a trace with number and process, wait for a file called ``go``, return the square."""
    Path(folder, f"{number}-{os.getpid()}").touch()
    until(Path(folder, "go").exists)
    return number * number


def total_when_told(array: np.ndarray, number: int, folder: str) -> float:
    """As ``square_when_told``, but return a number of an array that all share."""
    return float(array[square_when_told(number, folder)])


def identity(number: int) -> int:
    """Return what was given."""
    return number


# the cluster --------------------------------------------------------------------------------------


class Loopback:
    """A scheduler with its workers; ``folder`` has their log files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("scheduler", "--port", "0", "--scheduler-file", self.file)
        until(lambda: self.file.exists() and self.file.read_text().strip().endswith("}"), self.logs)
        self.address = str(json.loads(self.file.read_text())["address"])

    def add_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker under its nanny, which starts it again when it dies."""
        return self._start("worker", *WORKER, *options, "--scheduler-file", self.file)

    def _start(self, what: str, *options: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", *LOCAL, *map(str, options)]
        if what == "worker":
            command += ["--local-directory", str(self.folder)]
        settings = {
            # functions that the tests send there, and the very code that is tested
            "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1",
            "DASK_DISTRIBUTED__NANNY__PRE_SPAWN_ENVIRON__OMP_NUM_THREADS": "4",
        }
        log = self.folder / f"{what}{len(self.processes)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=out, env={**os.environ, **settings}, cwd=self.folder
            )
        self.processes.append(process)
        return process

    def logs(self) -> str:
        """Return what the processes said, for a failure's message."""
        return "\n".join(f"{p.name}: {p.read_text()[-2000:]}" for p in self.folder.glob("*.log"))

    def stop(self) -> None:
        """End the workers, and when they have left, the scheduler."""
        for group in (self.processes[1:], self.processes[:1]):
            for process in group:
                process.send_signal(signal.SIGTERM)
            for process in group:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@contextlib.contextmanager
def loopback(folder: Path, workers: int = 2) -> Iterator[Loopback]:
    """Give a cluster whose workers are there, and end it."""
    cluster = Loopback(folder)
    try:
        for _ in range(workers):
            cluster.add_worker()
        wait_for_workers(cluster, workers)
        yield cluster
    finally:
        cluster.stop()


def wait_for_workers(cluster: Loopback, workers: int) -> None:
    """Return when so many workers are there."""
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        until(lambda: len(client.nthreads()) >= workers, cluster.logs)


def until(condition: Callable[[], bool], explain: Callable[[], str] = str) -> None:
    """Wait for a condition, however slow the machine, but not for ever."""
    end = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < end, explain()
        time.sleep(0.05)
