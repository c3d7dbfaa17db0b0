"""Work on more than one core: one process per worker, one thread per process.

Results come as they are finished, each with the number of its arguments. A worker that dies (a
decoder that crashes on a broken file) costs one item, not the batch: what was not finished is done
again in processes of its own, so that the one that crashes is known.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from .errors import InputError

Function = Callable[..., Any]


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

    With ``jobs`` above 1 the result of an item whose worker died is the exception that says so.
    """
    workers = min(worker_count(jobs), len(arguments))
    if workers <= 1:
        for number, item in enumerate(arguments):
            yield _numbered(function, number, item)
        return
    open_numbers = set(range(len(arguments)))
    try:
        for number, result in _pool(function, arguments, workers):
            open_numbers.discard(number)
            yield number, result
    except _worker_deaths():
        yield from _one_by_one(function, arguments, sorted(open_numbers))


def _pool(
    function: Function, arguments: Sequence[tuple[Any, ...]], workers: int
) -> Iterator[tuple[int, Any]]:
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    yield from parallel(delayed(_numbered)(function, i, a) for i, a in enumerate(arguments))


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
