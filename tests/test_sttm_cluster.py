"""A real scheduler and real workers: the same numbers, whoever dies, and sentences otherwise."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_material import QUICK, SETTINGS, drawn
from killers import refuse, square_or_die, threads_here
from loopback import (
    Loopback,
    identity,
    loopback,
    square_when_told,
    total_when_told,
    until,
    wait_for_workers,
)

from classifiers import make_classifier
from experiments import Config, parse, run_experiment
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.search import Recipe as Modelling
from experiments.folding.protocols import ProtocolSettings, make_folds
from sttm import cluster as module
from sttm import parallel
from sttm.descriptors.sttm import STTM
from sttm.errors import InputError
from sttm.extract import Job, Recipe, measure_clip
from sttm.fingerprint import code_digest, difference, fingerprint
from sttm.parallel import WorkerDied, as_finished
from sttm.store import Store

distributed = pytest.importorskip(
    "distributed", reason="the library distributed is not installed (extra: dask)"
)

HERE = Path(__file__).parent
WAYS = ("one", "two", "cluster")


@pytest.fixture(scope="module")
def shared_cluster(tmp_path_factory):
    with loopback(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def cluster(shared_cluster):
    """Two workers on loopback, also when a test before has killed some."""
    wait_for_workers(shared_cluster, 2)
    return shared_cluster


def in_all_ways(function: Callable[..., Any], cluster: Loopback, monkeypatch) -> list[Any]:
    """The results of ``function(jobs=..., cluster=...)`` with one process, two, and a cluster."""
    monkeypatch.setattr(parallel, "ALONE", -1.0)
    monkeypatch.setattr(parallel, "WORTH", -1.0)
    ways = ({"jobs": 1}, {"jobs": 2}, {"cluster": cluster.address})
    return [function(**way) for way in ways]


@contextlib.contextmanager
def meanwhile(work: Callable[[], Any]) -> Iterator[None]:
    """Do something beside the block; what fails there fails here."""
    failed: list[BaseException] = []

    def go() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    yield
    thread.join(120)
    assert not failed, failed


def traces(folder: Path) -> dict[int, set[int]]:
    """Which processes worked on each item."""
    found: dict[int, set[int]] = {}
    for name in (p.name for p in folder.iterdir() if "-" in p.name):
        number, process = map(int, name.split("-"))
        found.setdefault(number, set()).add(process)
    return found


def processes(folder: Path) -> set[int]:
    return set().union(*traces(folder).values())


# the same numbers ---------------------------------------------------------------------------------


def test_every_item_comes_once_with_its_number(cluster):
    found = list(as_finished(square_or_die, [(i, ()) for i in range(30)], cluster=cluster.address))
    assert sorted(found) == [(i, i * i) for i in range(30)]


def test_a_cluster_can_be_checked_before_the_work(cluster):
    assert module.check_cluster(cluster.address) >= 2
    with pytest.raises(InputError, match="needs a Dask scheduler"):
        module.check_cluster("tcp://127.0.0.1:1")


def test_nothing_to_do_needs_no_cluster():
    assert list(as_finished(square_or_die, [], cluster="tcp://127.0.0.1:1")) == []


def test_features_are_the_same_to_the_last_digit(cluster, monkeypatch):
    folder, clips, _ = drawn()
    recipe = Recipe(STTM(grid=(1, 4, 4), coding="response"))
    jobs = [Job(c, folder / s, None, None, None) for c, s in clips[["clip", "source"]].to_numpy()]

    def measured(**way: Any) -> list[tuple[int, bytes]]:
        results = as_finished(measure_clip, [(job, recipe) for job in jobs[:6]], **way)
        return sorted((n, rows[0].measures.tobytes()) for n, rows in results)

    one, two, many = in_all_ways(measured, cluster, monkeypatch)
    assert len(one) == 6
    assert one == two == many


@pytest.mark.parametrize("kernel", ["linear", "chi-square"])
def test_folds_are_the_same_to_the_last_digit_and_in_order(cluster, monkeypatch, kernel):
    random = np.random.default_rng(0)
    X, y = random.random((60, 40)), np.array(["joy", "fear", "anger"])[np.arange(60) % 3]
    X[np.arange(60), np.arange(60) % 3] += 0.4
    s = np.array([f"s{i // 6}" for i in range(60)])
    folds = make_folds(y, s, ProtocolSettings("grouped-kfold", folds=5))
    make = partial(make_classifier, "svm", seed=0, kernel=kernel, scaling="standard")
    if kernel == "chi-square":
        make = partial(make_classifier, "svm", seed=0, kernel=kernel, gamma="median")

    def tested(**way: Any) -> list[Any]:
        results = cross_validate(Modelling(make, {"C": [0.1, 1]}), X, y, s, folds, **way)
        return [
            (r.fold, r.search, r.predicted.tolist(), r.probabilities.tobytes()) for r in results
        ]

    one, two, many = in_all_ways(tested, cluster, monkeypatch)
    assert [fold for fold, *_ in one] == [fold.name for fold in folds]
    assert one == two == many


def test_a_whole_experiment_is_the_same(cluster, tmp_path):
    predictions = []
    for name, way in (("one", {}), ("many", {"cluster": cluster.address})):
        values = {
            "data": {"kind": "drawn", **SETTINGS, "folder": str(drawn()[0])},
            **QUICK,
            "report": {"bootstrap": 100, "examples": 0},
            "jobs": 1,
            "name": "tiny",
            "output": str(tmp_path / name),
        }
        run = run_experiment(parse(Config, values), store=Store(tmp_path / f"store-{name}"), **way)
        predictions.append((run.folder / "predictions.csv").read_bytes())
    assert predictions[0] == predictions[1]


def test_workers_have_one_thread_each(cluster):
    found = dict(as_finished(threads_here, [(), ()], cluster=cluster.address))
    assert found == {0: (1, 1), 1: (1, 1)}


# many items, and large ones -----------------------------------------------------------------------


class Counted(Sequence):
    """A million arguments that remember which were looked at."""

    def __init__(self) -> None:
        self.seen: set[int] = set()

    def __len__(self) -> int:
        return 1_000_000

    def __getitem__(self, number):
        self.seen.add(number)
        return (number,)


def test_a_million_items_are_not_sent_at_once(cluster):
    work = Counted()
    results = as_finished(identity, work, cluster=cluster.address)
    taken = [next(results) for _ in range(40)]
    results.close()
    assert len(set(taken)) == 40
    assert len(work.seen) <= 40 + 2 * 2 * module.AHEAD
    assert tasks_of(cluster) == 0


def tasks_of(cluster: Loopback) -> int:
    """How many tasks the scheduler still has, once it had the time to forget."""
    from distributed import Client

    with Client(cluster.address, set_as_default=False) as client:
        with contextlib.suppress(AssertionError):
            until(lambda: not client.run_on_scheduler(count_tasks))
        return client.run_on_scheduler(count_tasks)


def count_tasks(dask_scheduler) -> int:
    return len(dask_scheduler.tasks)


def test_what_all_share_is_sent_once(cluster, tmp_path, monkeypatch):
    from distributed import Client

    sent = []
    scatter = Client.scatter

    def count(self, data, **options):
        sent.append(len(data))
        return scatter(self, data, **options)

    monkeypatch.setattr(Client, "scatter", count)
    (tmp_path / "go").touch()
    array = np.arange(4000.0)
    work = [(i, str(tmp_path)) for i in range(20)]
    way = {"cluster": cluster.address, "shared": (array,)}
    assert sorted(as_finished(total_when_told, work, **way)) == [(i, i * i) for i in range(20)]
    assert sent == [1]


# deaths -------------------------------------------------------------------------------------------


def test_a_worker_that_is_killed_costs_nothing(cluster, tmp_path):
    killed = []

    def kill_one() -> None:
        until(lambda: len(processes(tmp_path)) == 2, cluster.logs)
        killed.append(min(processes(tmp_path)))
        os.kill(killed[0], signal.SIGKILL)
        (tmp_path / "go").touch()

    work = [(i, str(tmp_path)) for i in range(12)]
    with meanwhile(kill_one):
        found = list(as_finished(square_when_told, work, cluster=cluster.address))
    assert sorted(found) == [(i, i * i) for i in range(12)]
    [again] = [n for n, done in traces(tmp_path).items() if killed[0] in done]
    assert len(traces(tmp_path)[again]) == 2


def test_all_workers_may_be_killed_with_what_they_share(cluster, tmp_path):
    def kill_all() -> None:
        until(lambda: len(processes(tmp_path)) == 2, cluster.logs)
        for process in processes(tmp_path):
            os.kill(process, signal.SIGKILL)
        (tmp_path / "go").touch()

    work = [(i, str(tmp_path)) for i in range(8)]
    way = {"cluster": cluster.address, "shared": (np.arange(100.0),)}
    with meanwhile(kill_all):
        found = list(as_finished(total_when_told, work, **way))
    assert sorted(found) == [(i, i * i) for i in range(8)]
    assert len(processes(tmp_path)) > 2


def test_an_item_that_kills_its_workers_is_known_and_the_rest_goes_on(cluster):
    work = [(i, (3,)) for i in range(9)]
    found = dict(as_finished(square_or_die, work, cluster=cluster.address))
    assert isinstance(found.pop(3), WorkerDied)
    assert found == {i: i * i for i in range(9) if i != 3}


def test_what_a_function_raises_ends_the_whole(cluster):
    with pytest.raises(ValueError, match="three"):
        list(as_finished(refuse, [(i,) for i in range(5)], cluster=cluster.address))
    assert tasks_of(cluster) == 0


PROGRAM = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell's background job
from loopback import square_when_told
from sttm.parallel import as_finished
address, folder = sys.argv[1:]
try:
    list(as_finished(square_when_told, [(i, folder) for i in range(50)], cluster=address))
except KeyboardInterrupt:
    sys.exit(77)
"""


def test_an_interrupt_takes_back_what_is_under_way(cluster, tmp_path):
    command = [sys.executable, "-c", PROGRAM, cluster.address, str(tmp_path)]
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    program = subprocess.Popen(command, env=settings, stderr=subprocess.PIPE, text=True)
    until(lambda: len(traces(tmp_path)) == 2, cluster.logs)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=120)
    (tmp_path / "go").touch()  # an item that was begun is ended by its worker
    assert (program.returncode, said) == (77, "")
    assert tasks_of(cluster) == 0
    assert len(traces(tmp_path)) == 2


def test_a_scheduler_that_ends_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CONNECT", 2.0)
    (tmp_path / "traces").mkdir()
    with loopback(tmp_path, workers=1) as own:

        def kill_scheduler() -> None:
            until(lambda: traces(tmp_path / "traces"), own.logs)
            own.scheduler.kill()

        work = [(i, str(tmp_path / "traces")) for i in range(8)]
        results = as_finished(square_when_told, work, cluster=own.address)
        with meanwhile(kill_scheduler), pytest.raises(InputError, match="until the work is done"):
            list(results)
        (tmp_path / "traces" / "go").touch()
        with pytest.raises(InputError, match="needs a Dask scheduler; none answers at 'tcp://127"):
            list(as_finished(identity, [(1,)], cluster=own.address))


def test_no_workers_are_waited_for_and_then_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.1)
    with loopback(tmp_path, workers=0) as own:
        with pytest.raises(InputError, match=r"had none for 0 s\. Start some: dask worker tcp://"):
            list(as_finished(identity, [(1,)], cluster=own.address))
        monkeypatch.setattr(module, "PATIENCE", 120.0)
        own.add_worker("--no-nanny")
        assert list(as_finished(identity, [(1,)], cluster=own.address)) == [(0, 1)]


# workers that do not fit --------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["the toolkit", "Python", "numpy", "OpenCV"])
def test_other_versions_are_refused_by_name(cluster, monkeypatch, what):
    there = f"has {what} {fingerprint()[what]}, this process 0.0.1"
    monkeypatch.setitem(fingerprint(), what, "0.0.1")  # the head's only; workers have their own
    with pytest.raises(InputError) as caught:
        list(as_finished(identity, [(1,)], cluster=cluster.address))
    assert there in str(caught.value) and "worker tcp://127.0.0.1:" in str(caught.value)


def test_a_worker_that_comes_late_checks_itself():
    """What a worker does first with an item, here in this process."""
    import cloudpickle

    item = cloudpickle.dumps((identity, (5,)))
    assert module._there(item, None, fingerprint()) == 5
    with pytest.raises(InputError, match=r"has numpy .*, this process 1\.0"):
        module._there(item, None, {**fingerprint(), "numpy": "1.0"})


def test_a_worker_without_the_toolkit_is_refused(cluster, monkeypatch):
    def nowhere() -> None: ...

    nowhere.__module__, nowhere.__qualname__ = "killers", "threads_gone"
    with monkeypatch.context() as patch:
        import killers

        patch.setattr(killers, "threads_gone", nowhere, raising=False)
        patch.setattr(module, "fingerprint", nowhere)
        with pytest.raises(InputError, match="every worker needs this toolkit; tcp://"):
            list(as_finished(identity, [(1,)], cluster=cluster.address))


def test_a_worker_with_several_threads_is_refused(tmp_path):
    with loopback(tmp_path, workers=0) as own:
        own.add_worker("--nthreads", "3", "--no-nanny")
        with pytest.raises(InputError, match=r"has 3\. Start it with --nworkers 3 --nthreads 1"):
            list(as_finished(identity, [(1,)], cluster=own.address))


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:1", "tcp://127.0.0.1", "x://y:1"])
def test_an_address_where_nothing_answers_is_a_sentence(address):
    with pytest.raises(InputError, match=f"needs a Dask scheduler; none answers at '{address}'"):
        list(as_finished(identity, [(1,)], cluster=address))


@pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-OpenSSH_9.2\r\n"])
def test_something_else_that_listens_is_no_scheduler(monkeypatch, greeting):
    monkeypatch.setattr(module, "CONNECT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            line, _ = server.accept()
            with line, contextlib.suppress(ConnectionError):
                line.sendall(greeting)
                line.recv(1)  # until the other side goes

        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with meanwhile(greet), pytest.raises(InputError, match="needs a Dask scheduler; none"):
            list(as_finished(identity, [(1,)], cluster=address))


def test_workers_that_all_go_before_the_work_are_waited_for(tmp_path, monkeypatch):
    """The scheduler is still there, and the sentence says that workers are missing."""
    monkeypatch.setattr(module, "PATIENCE", 1.0)
    with loopback(tmp_path, workers=0) as own:
        own.add_worker("--no-nanny")
        wait_for_workers(own, 1)
        way = {"cluster": own.address, "shared": (np.arange(100.0),)}
        scatter, sent = distributed.Client.scatter, []

        def too_late(client, *arguments, **more):
            if not sent:
                own.processes[-1].kill()
                until(lambda: not client.nthreads(), own.logs)
                sent.append(True)
            return scatter(client, *arguments, **more, timeout=0.5)

        monkeypatch.setattr(distributed.Client, "scatter", too_late)
        with pytest.raises(InputError, match=r"needs workers; .* Start some: dask worker tcp://"):
            list(as_finished(total_when_told, [(1, str(tmp_path))], **way))


def test_without_the_library_the_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"the library distributed, .* pip install distributed"):
        list(as_finished(identity, [(1,)], cluster="tcp://127.0.0.1:1"))


def test_the_digest_of_the_code_sees_any_change(tmp_path, monkeypatch):
    for package in ("sttm", "classifiers"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "a.py").write_bytes(b"x = 1\n")
    monkeypatch.setattr("sttm.fingerprint.__file__", str(tmp_path / "sttm" / "fingerprint.py"))
    before = code_digest()
    (tmp_path / "sttm" / "a.py").write_bytes(b"x = 1\r\n")  # a checkout on another system
    assert code_digest() == before
    (tmp_path / "classifiers" / "a.py").write_bytes(b"x = 2\n")
    assert code_digest() != before
    (tmp_path / "classifiers" / "a.py").write_bytes(b"x = 1\n")
    (tmp_path / "classifiers" / "a.py").rename(tmp_path / "classifiers" / "b.py")
    assert code_digest() != before
    assert difference(fingerprint(), fingerprint()) is None
