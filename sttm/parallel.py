"""Work on more than one core, or machine: one process per worker, one thread per process.

Results come as they are finished, each with the number of its arguments. A worker that dies (a
decoder that crashes on a broken file, memory that runs out) costs one item, not the batch: what was
under way is done again, one by one, so that the item that kills its worker is known by number.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from .errors import InputError

Function = Callable[..., Any]
WATCH = "sttm-watch"  # name of the thread that watches a worker's parent
ALONE = 1.5  # seconds of work that are done here before workers are thought of
WORTH = 4.0  # seconds of work left that are worth starting workers for


class WorkerDied(Exception):
    """The process that worked on an item ended before it had a result."""


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


def _numbered(
    function: Function, number: int, arguments: tuple[Any, ...], parent: int
) -> tuple[int, Any]:
    end_with(parent)
    return number, single_thread(function, *arguments)


def end_with(parent: int) -> None:
    """Let this worker end when its parent process does: a killed one cannot end its workers."""
    local = multiprocessing.current_process().name.startswith("LokyProcess")  # not one of Dask's
    if local and not any(t.name == WATCH for t in threading.enumerate()):
        threading.Thread(target=_watch, args=(parent,), name=WATCH, daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def as_finished(
    function: Function,
    arguments: Sequence[tuple[Any, ...]],
    jobs: int = 1,
    *,
    cluster: str = "",
    shared: tuple[Any, ...] = (),
    at_once: bool = False,
) -> Iterator[tuple[int, Any]]:
    """Yield (number, result) for every tuple of arguments, as they finish.

    Little work is done in this process, because workers take seconds to start. The result of an
    item whose worker died is a ``WorkerDied``; an item that is worked on here, as all are with
    ``jobs`` 1, takes this process with it. What ``function`` raises ends the whole.

    Parameters
    ----------
    function : callable
        Called as ``function(*shared, *arguments[number])``; picklable, as is what it returns.
    arguments : sequence of tuple
    jobs : int
        Processes on this machine; -1 for one per core. Of no meaning on a cluster.
    cluster : str
        Address of a Dask scheduler, such as ``tcp://host:8786``, whose workers do all of it; see
        ``cluster.on_cluster``.
    shared : tuple
        First arguments of every call. Large arrays in it are not copied for every item, and must
        not be written to.
    at_once : bool
        Start the workers of this machine at once, for items that are known to take long.

    Raises
    ------
    InputError
        For a number of jobs, or a cluster, that cannot be had.
    """
    if cluster:
        from .cluster import on_cluster

        yield from on_cluster(function, arguments, cluster, shared)
        return
    if shared:
        arguments = [(*shared, *item) for item in arguments]
    workers = min(worker_count(jobs), len(arguments))
    begun = time.perf_counter()
    waiting = deque(range(len(arguments)))
    while waiting and not (workers > 1 and (at_once or _worth_it(begun, arguments, waiting))):
        number = waiting.popleft()
        yield number, single_thread(function, *arguments[number])
    while waiting:
        taken: list[int] = []
        unfinished = set(waiting)
        try:
            for number, result in _pool(function, arguments, waiting, workers, taken):
                unfinished.discard(number)
                yield number, result
            return
        except _worker_deaths():
            suspects = sorted(unfinished.intersection(taken))
        yield from apart(function, arguments, suspects)
        waiting = deque(sorted(unfinished.difference(suspects)))


def _worth_it(begun: float, items: Sequence[Any], waiting: Collection[int]) -> bool:
    """Return whether so much is left that starting workers (seconds each) will pay."""
    spent, total, left = time.perf_counter() - begun, len(items), len(waiting)
    return spent > ALONE and spent * left > WORTH * (total - left)


def _pool(
    function: Function,
    arguments: Sequence[tuple[Any, ...]],
    numbers: Iterable[int],
    workers: int,
    taken: list[int],
) -> Iterator[tuple[int, Any]]:
    """Yield results from workers; ``taken`` learns which items were handed to them."""
    from joblib import Parallel, delayed

    def tasks() -> Iterator[Any]:
        for number in numbers:
            taken.append(number)
            yield delayed(_numbered)(function, number, arguments[number], os.getpid())

    parallel = Parallel(n_jobs=workers, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    with _interrupts_ignored():  # Ctrl-C is for this process; its workers then end with it
        results = parallel(tasks())
    yield from results


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let processes that the block starts ignore Ctrl-C, as what is ignored is inherited."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _worker_deaths() -> tuple[type[BaseException], ...]:
    from concurrent.futures.process import BrokenProcessPool

    from joblib.externals.loky.process_executor import TerminatedWorkerError

    return (TerminatedWorkerError, BrokenProcessPool)


def apart(
    function: Function, arguments: Sequence[tuple[Any, ...]], numbers: Sequence[int] | None = None
) -> Iterator[tuple[int, Any]]:
    """Yield (number, result) of items that may kill their process, from one worker, one at a time.

    As ``as_finished``, but nothing is done in this process, and a worker that dies is replaced.
    """
    from joblib.externals.loky import ProcessPoolExecutor

    pool = None
    try:
        for number in range(len(arguments)) if numbers is None else numbers:
            pool = pool or ProcessPoolExecutor(1, initializer=end_with, initargs=(os.getpid(),))
            try:
                yield number, pool.submit(single_thread, function, *arguments[number]).result()
            except _worker_deaths():
                pool.shutdown(kill_workers=True)
                pool = None
                yield number, WorkerDied("its worker process died")
    finally:
        if pool is not None:
            pool.shutdown()
