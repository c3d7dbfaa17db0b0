"""Work on more than one machine: the workers of a Dask cluster, one item at a time on each.

A few items per worker are under way, however many there are. When a worker is lost, its items are
done elsewhere. An item that was under way whenever workers died is tried again alone, with nothing
beside it, so that it and not its neighbours is blamed. See docs/decisions/0013-cluster.md.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import queue
import socket
import sys
import time
import warnings
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any

from .errors import InputError
from .fingerprint import difference, fingerprint
from .parallel import Function, WorkerDied, single_thread

CONNECT = 10.0  # seconds in which a scheduler must answer
PATIENCE = 60.0  # seconds without any worker before the work is given up
AHEAD = 4  # items under way per worker: one that is worked on, the others on their way
LONGEST_GREETING = 1 << 20  # bytes
ANSWER = 2.0  # seconds in which the scheduler should say who is there
TICK = 0.5  # seconds between two looks at who is there
AGAIN = object()  # stands for the result of an item that must be sent again
TRIES = 3  # times that an item may vanish (with the data that it needs) before it is suspected


def on_cluster(
    function: Function,
    arguments: Sequence[tuple[Any, ...]],
    address: str,
    shared: tuple[Any, ...] = (),
) -> Iterator[tuple[int, Any]]:
    """Yield (number, result) of ``function(*shared, *arguments[number])`` as they finish.

    Parameters
    ----------
    function : callable
        Importable on the workers, as all that goes there and comes back must be picklable.
    arguments : sequence of tuple
    address : str
        Of the scheduler, such as ``tcp://host:8786``.
    shared : tuple
        First arguments of every call; sent to the workers once.

    Yields
    ------
    (int, result)
        A ``WorkerDied`` for an item at which workers die, also when nothing else is under way.

    Raises
    ------
    InputError
        When no scheduler answers, when it ends, when there is no worker for a minute, or when a
        worker has other versions than this process or more than one thread.
    """
    if not arguments:
        return
    with _connected(address) as client:
        flight = _Flight(client, address, function, arguments, shared)
        try:
            yield from _all(flight)
        finally:
            flight.cancel()


def check_cluster(address: str) -> int:
    """Return how many workers the scheduler at ``address`` has, if work could begin now.

    For the start of a long piece of work, which otherwise would notice late.

    Raises
    ------
    InputError
        As ``on_cluster``.
    """
    with _connected(address) as client:
        return len(_Flight(client, address, fingerprint, [], ()).workers)


def _all(flight: _Flight) -> Iterator[tuple[int, Any]]:
    """Yield the results of all items, those of suspects at the end."""
    suspects: list[int] = []
    waiting = deque(range(len(flight.arguments)))
    while waiting or flight.flying:
        while waiting and flight.has_room():
            flight.send(waiting.popleft())
        for number, result in flight.landed():
            if isinstance(result, WorkerDied):
                suspects.append(number)
            elif result is AGAIN:
                waiting.append(number)
            else:
                yield number, result
    for number in suspects:
        yield number, _alone(flight, number)


def _alone(flight: _Flight, number: int) -> Any:
    """Return the result of an item that is tried with nothing beside it."""
    flight.vanished[number] = 0
    while True:
        flight.send(number)
        while flight.flying:
            for _, result in flight.landed():
                if result is not AGAIN:
                    return result


class _Flight:
    """The items that are on the cluster now."""

    def __init__(
        self,
        client: Any,
        address: str,
        function: Function,
        arguments: Sequence[tuple[Any, ...]],
        shared: tuple[Any, ...],
    ) -> None:
        self.client = client
        self.address = address
        self.function = function
        self.arguments = arguments
        self.shared = shared
        self.held: Any = None  # the future of ``shared``
        self.flying: dict[str, tuple[int, Any]] = {}
        self.done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.vanished: Counter[int] = Counter()
        self.workers: dict[str, int] = {}
        self.looked = -TICK
        self._wait_for_workers()

    # who is there ---------------------------------------------------------------------------

    def _look(self) -> None:
        """See which workers there are; new ones must fit."""
        if time.monotonic() < self.looked + TICK:
            return
        if self.client.status != "running":
            raise self.lost()
        before = set(self.workers)
        self.looked = time.monotonic()
        with self._scheduler():
            try:
                self.workers = dict(self.client.nthreads(callback_timeout=ANSWER))
            except (
                TimeoutError
            ):  # a busy scheduler, or one that has just ended: the next look tells
                return
        new = sorted(set(self.workers) - before)
        if new:
            with self._scheduler():
                refuse_strangers(self.client, new, self.workers)

    def _wait_for_workers(self) -> None:
        begun = time.monotonic()
        while True:
            self._look()
            if self.workers:
                return
            if time.monotonic() > begun + PATIENCE:
                raise InputError(
                    f"a cluster needs workers; the scheduler at {self.address} had none for "
                    f"{PATIENCE:.0f} s. Start some: dask worker {self.address} --nthreads 1."
                )
            time.sleep(TICK)

    @contextlib.contextmanager
    def _scheduler(self) -> Iterator[None]:
        """Turn the loss of the scheduler into a sentence."""
        try:
            yield
        except OSError as error:
            raise self.lost() from error

    def lost(self) -> InputError:
        """Return the sentence that says that the scheduler is gone."""
        return InputError(
            f"the scheduler at {self.address} must run until the work is done; it ended or can no "
            "longer be reached. Start it again; the same command goes on with what is left."
        )

    # the items ------------------------------------------------------------------------------

    def has_room(self) -> bool:
        """Return whether another item may be sent."""
        return len(self.flying) < AHEAD * max(len(self.workers), 1)

    def send(self, number: int) -> None:
        """Send an item to the cluster, and before the first the arguments that all share."""
        import cloudpickle

        packed = cloudpickle.dumps((self.function, self.arguments[number]))
        while self.shared and self.held is None:
            self._share()
        with self._scheduler():
            future = self.client.submit(_there, packed, self.held, fingerprint(), pure=False)
        self.flying[future.key] = number, future
        future.add_done_callback(self.done.put)

    def _share(self) -> None:
        """Send the arguments that all share; where all workers are gone, wait for others."""
        with self._scheduler():
            try:
                [self.held] = self.client.scatter([self.shared], broadcast=True, hash=False)
                return
            except TimeoutError:
                if self.client.nthreads(callback_timeout=ANSWER):
                    raise
        self.workers = {}
        self._wait_for_workers()

    def landed(self) -> list[tuple[int, Any]]:
        """Wait for items that are finished, a moment at most.

        Returns
        -------
        list of (number, result)
            Result is ``WorkerDied`` when workers died of it, ``AGAIN`` when it must be sent again.
        """
        self._look()
        if not self.workers:
            self._wait_for_workers()
        batch = [self.flying.pop(f.key) for f in self._batch() if f.key in self.flying]
        finished = [(n, f) for n, f in batch if f.status == "finished"]
        others = [(n, f) for n, f in batch if f.status != "finished"]
        return [*self._fetch(finished), *((n, self._unfinished(n, f)) for n, f in others)]

    def _batch(self) -> list[Any]:
        found = []
        with contextlib.suppress(queue.Empty):
            found.append(self.done.get(timeout=TICK))
            while True:
                found.append(self.done.get_nowait())
        return found

    def _fetch(self, finished: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
        """Return results, in one go; one that was lost with its worker must be made again."""
        try:
            results = self.client.gather([f for _, f in finished])
            return [(n, r) for (n, _), r in zip(finished, results, strict=True)]
        except Exception:
            return [(n, self._fetch_one(n, f)) for n, f in finished]

    def _fetch_one(self, number: int, future: Any) -> Any:
        try:
            return future.result()
        except Exception:
            return self._unfinished(number, future)

    def _unfinished(self, number: int, future: Any) -> Any:
        """Return what to do about an item without a result; raise what ``function`` raised."""
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ != "KilledWorker":
                raise error
            return WorkerDied("every worker that worked on it died")
        if self.client.status != "running":
            raise self.lost()
        self.held = None  # cancelled: all that held the shared arguments may be gone
        self.vanished[number] += 1
        if self.vanished[number] >= TRIES:
            return WorkerDied("the workers that worked on it died")
        return AGAIN

    def cancel(self) -> None:
        """Take back what is under way; a worker ends the item that it is at, at most."""
        if self.flying and self.client.status == "running":
            with contextlib.suppress(Exception):
                self.client.cancel([f for _, f in self.flying.values()])
        self.flying.clear()


# the two ends -----------------------------------------------------------------------------------


def _there(packed: bytes, shared: tuple[Any, ...] | None, head: dict[str, str]) -> Any:
    """Do one item in a worker, if it is such a worker as the head is."""
    different = difference(fingerprint(), head)
    if different:
        raise InputError(_stranger("a worker", different))
    function, arguments = pickle.loads(packed)
    return single_thread(function, *(shared or ()), *arguments)


def refuse_strangers(client: Any, workers: Sequence[str], threads: dict[str, int]) -> None:
    """Refuse workers that could give other numbers than this process.

    Raises
    ------
    InputError
        Names the worker, what differs, and both versions; or says that it has several threads.
    """
    found = client.run(fingerprint, workers=list(workers), on_error="return")
    for worker, theirs in found.items():
        if isinstance(theirs, OSError):  # it ended meanwhile
            continue
        if isinstance(theirs, Exception):
            raise InputError(
                f"every worker needs this toolkit; {worker} cannot load it ({theirs}). Install the "
                "same version there and start the worker again."
            )
        different = difference(theirs, fingerprint())
        if different:
            raise InputError(_stranger(f"worker {worker}", different))
        if threads.get(worker, 1) > 1:
            raise InputError(
                f"a worker must have one thread, since it works on one clip at a time; {worker} "
                f"has {threads[worker]}. Start it with --nworkers {threads[worker]} --nthreads 1."
            )


def _stranger(worker: str, different: tuple[str, str, str]) -> str:
    what, theirs, ours = different
    return (
        f"all machines must have the same versions, or numbers could differ; {worker} has {what} "
        f"{theirs}, this process {ours}. Install the same on both and start the worker again."
    )


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Give a client of the scheduler, quiet about what is said in a sentence here."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "a cluster needs the library distributed, which is not installed: "
            "pip install distributed."
        ) from error

    class Client(distributed.Client):
        def __del__(self) -> None:
            """Do nothing: it is closed below, and one that never connected waits in vain."""

    with _quiet():
        try:
            _knock(address)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # versions are compared by ``refuse_strangers``
                client = Client(address, timeout=CONNECT, set_as_default=False)
        except (OSError, ValueError, ImportError) as error:
            raise InputError(
                f"a cluster needs a Dask scheduler; none answers at {address!r}. Start one with "
                "`dask scheduler` and give the address that it prints, like tcp://host:8786."
            ) from error
        try:
            yield client
        finally:
            with contextlib.suppress(Exception):
                client.close(timeout=2)


def _knock(address: str) -> None:
    """Raise where nothing or something else listens; the library would wait for ever."""
    from distributed.comm import get_address_host_port, parse_address

    scheme = parse_address(address)[0]
    if scheme not in ("tcp", "tls"):
        return
    host, port = get_address_host_port(address, strict=True)
    with socket.create_connection((host, port), CONNECT) as line:
        if scheme == "tcp":
            line.settimeout(CONNECT)
            # a scheduler greets at once; first comes the length of the greeting
            size = line.recv(8, socket.MSG_WAITALL)
            if len(size) < 8 or int.from_bytes(size, sys.byteorder) > LONGEST_GREETING:
                raise ConnectionError("no scheduler")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's log lines back; each of its loggers has a level of its own."""
    names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] == "distributed"]
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
