"""Work on more than one core: one process per worker, one thread per process.

Results come as they are finished, each with the number of its arguments. A worker that dies (a
decoder that crashes on a broken file) costs one item, not the batch: what was not finished is done
again in processes of its own, so that the one that crashes is known.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from .errors import InputError

Function = Callable[..., Any]
ALONE = 1.5  # seconds of work that are done here before workers are thought of
WORTH = 4.0  # seconds of work left that are worth starting workers for


def worker_count(jobs: int) -> int:
    """Return how many workers ``jobs`` means; -1 is one per core that this process may use."""
    if jobs == -1:
        return (
            len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count() or 1
        )
    if jobs < 1:
        raise InputError(f"jobs must be at least 1, or -1 for one per core, not {jobs}.")
    return jobs


def single_thread(function: Function, *arguments: Any) -> Any:
    """Call ``function`` with OpenCV and the linear algebra held to one thread each."""
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            return function(*arguments)
    finally:
        cv2.setNumThreads(before)


def _numbered(function: Function, number: int, arguments: tuple[Any, ...]) -> tuple[int, Any]:
    return number, single_thread(function, *arguments)


def as_finished(
    function: Function, arguments: Sequence[tuple[Any, ...]], jobs: int = 1
) -> Iterator[tuple[int, Any]]:
    """Yield (number, result) for every tuple of arguments, as they finish.

    Little work is done in this process, because workers take seconds to start. With ``jobs``
    above 1 the result of an item whose worker died is the exception that says so.
    """
    workers = min(worker_count(jobs), len(arguments))
    begun = time.perf_counter()
    waiting = list(range(len(arguments)))
    while waiting and (workers == 1 or not _worth_it(begun, len(arguments), len(waiting))):
        number = waiting.pop(0)
        yield _numbered(function, number, arguments[number])
    if not waiting:
        return
    unfinished = set(waiting)
    try:
        for number, result in _pool(function, arguments, waiting, workers):
            unfinished.discard(number)
            yield number, result
    except _worker_deaths():
        yield from _one_by_one(function, arguments, sorted(unfinished))


def _worth_it(begun: float, total: int, left: int) -> bool:
    """Return whether so much is left that starting workers (seconds each) will pay."""
    spent = time.perf_counter() - begun
    return spent > ALONE and spent / (total - left) * left > WORTH


def _pool(
    function: Function, arguments: Sequence[tuple[Any, ...]], numbers: Sequence[int], workers: int
) -> Iterator[tuple[int, Any]]:
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    yield from parallel(delayed(_numbered)(function, i, arguments[i]) for i in numbers)


def _worker_deaths() -> tuple[type[BaseException], ...]:
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    return (TerminatedWorkerError, BrokenProcessPool)


def _one_by_one(
    function: Function, arguments: Sequence[tuple[Any, ...]], numbers: Sequence[int]
) -> Iterator[tuple[int, Any]]:
    pool = None
    for number in numbers:
        pool = pool or ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        try:
            yield pool.submit(_numbered, function, number, arguments[number]).result()
        except BrokenProcessPool as error:
            pool = None
            yield number, error
    if pool is not None:
        pool.shutdown()
