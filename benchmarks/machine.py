"""The machine: one core on request, and the versions that a figure belongs to."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import cv2
from threadpoolctl import threadpool_limits

PEERS = ("numpy", "scipy", "opencv-python-headless", "scikit-image", "scikit-learn")


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_core() -> Iterator[None]:
    """Hold OpenCV and the linear algebra to one thread, and the process to one core if it can."""
    threads = cv2.getNumThreads()
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    cv2.setNumThreads(1)
    try:
        if cores:
            os.sched_setaffinity(0, {max(cores)})
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(threads)
        if cores:
            os.sched_setaffinity(0, cores)


def describe() -> dict[str, object]:
    """Return what the figures depend on: processor, cores, load, versions."""
    about: dict[str, object] = {
        "processor": processor(),
        "cores": usable_cores(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    if hasattr(os, "getloadavg"):
        about["load"] = round(os.getloadavg()[0], 1)
    return about | {name: version(name) for name in PEERS}


def processor() -> str:
    """Return the processor's name, as well as the system tells it."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
