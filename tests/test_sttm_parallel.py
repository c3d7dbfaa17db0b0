"""Workers: every item once, whatever dies; errors come through; one thread each."""

from __future__ import annotations

import os

import numpy as np
import pytest
from killers import (
    kind_of,
    refuse,
    slow_square,
    slowly_square_or_die,
    square_or_die,
    threads_here,
)

from sttm import parallel
from sttm.errors import InputError
from sttm.parallel import WorkerDied, apart, as_finished, single_thread, worker_count


@pytest.fixture
def at_once(monkeypatch):
    """Workers are started for any amount of work."""
    monkeypatch.setattr(parallel, "ALONE", -1.0)
    monkeypatch.setattr(parallel, "WORTH", -1.0)


@pytest.mark.parametrize("jobs", [1, 2, 7, -1])
def test_every_item_comes_once_with_its_number(jobs):
    found = list(as_finished(square_or_die, [(i, ()) for i in range(9)], jobs))
    assert sorted(found) == [(i, i * i) for i in range(9)]


def test_nothing_to_do_is_done(at_once):
    assert list(as_finished(square_or_die, [], 2)) == []
    assert list(apart(square_or_die, [])) == []


def test_little_work_starts_no_workers(tmp_path):
    list(as_finished(square_or_die, [(i, (), str(tmp_path)) for i in range(5)], 2))
    assert {p.name.split("-")[1] for p in tmp_path.iterdir()} == {str(os.getpid())}


def test_much_work_goes_to_workers(at_once, tmp_path):
    found = dict(as_finished(square_or_die, [(i, (), str(tmp_path)) for i in range(6)], 2))
    assert found == {i: i * i for i in range(6)}
    assert str(os.getpid()) not in {p.name.split("-")[1] for p in tmp_path.iterdir()}


def test_long_items_go_to_workers_at_once(tmp_path):
    arguments = [(i, (), str(tmp_path)) for i in range(4)]
    assert dict(as_finished(square_or_die, arguments, 2, at_once=True))[3] == 9
    assert str(os.getpid()) not in {p.name.split("-")[1] for p in tmp_path.iterdir()}


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_all_share_comes_first_and_large_arrays_are_not_copied(at_once, jobs):
    array = np.zeros(500_000)
    found = dict(as_finished(kind_of, [(i,) for i in range(4)], jobs, shared=(array,)))
    assert found == {i: (i, "memmap" if jobs == 2 else "ndarray") for i in range(4)}


def test_a_worker_that_dies_costs_its_item_only(at_once):
    fatal = (4, 5, 11)
    found = dict(as_finished(square_or_die, [(i, fatal) for i in range(12)], 2))
    assert {i for i, r in found.items() if isinstance(r, WorkerDied)} == set(fatal)
    assert {i: r for i, r in found.items() if i not in fatal} == {
        i: i * i for i in range(12) if i not in fatal
    }


def test_after_a_death_the_rest_is_not_done_one_by_one(at_once, tmp_path):
    """What was not yet handed out when a worker died goes to a pool of workers again."""
    arguments = [(i, (0,), str(tmp_path)) for i in range(40)]
    found = dict(as_finished(slowly_square_or_die, arguments, 2))
    assert len(found) == 40
    calls = [p.name.split("-") for p in tmp_path.iterdir()]
    by_number = {n: [pid for m, pid in calls if m == n] for n, _ in calls}
    assert len(by_number["0"]) >= 2  # in the pool, then apart
    assert len(by_number["39"]) == 1


def test_apart_never_works_in_this_process(tmp_path):
    found = dict(apart(square_or_die, [(i, (1,), str(tmp_path)) for i in range(3)]))
    assert isinstance(found[1], WorkerDied)
    assert (found[0], found[2]) == (0, 4)
    assert str(os.getpid()) not in {p.name.split("-")[1] for p in tmp_path.iterdir()}


def test_what_a_function_raises_ends_the_whole(at_once):
    for jobs in (1, 2):
        with pytest.raises(ValueError, match="three"):
            list(as_finished(refuse, [(i,) for i in range(5)], jobs))
    with pytest.raises(ValueError, match="three"):
        list(apart(refuse, [(3,)]))


def test_a_caller_may_stop_early(at_once):
    results = as_finished(slow_square, [(i,) for i in range(50)], 2)
    next(results)
    results.close()


def test_workers_have_one_thread_each(at_once):
    assert single_thread(threads_here) == (1, 1)
    found = dict(as_finished(threads_here, [(), ()], 2))
    assert found == {0: (1, 1), 1: (1, 1)}


def test_the_threads_of_this_process_come_back():
    import cv2

    before = cv2.getNumThreads()
    with pytest.raises(ValueError, match="three"):
        single_thread(refuse, 3)
    assert cv2.getNumThreads() == before


def test_number_of_workers():
    assert worker_count(3) == 3
    assert 1 <= worker_count(-1) <= (os.cpu_count() or 1)
    for wrong in (0, -2):
        with pytest.raises(InputError, match=f"jobs must be at least 1, or -1 .* not {wrong}"):
            worker_count(wrong)
