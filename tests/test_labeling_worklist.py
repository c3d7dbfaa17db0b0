"""The work list: the same tomorrow, everybody's fair share, repeats that keep their distance."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.scheme import Scheme, Work
from labeling.worklist import Task, assign, work_list

NAMES = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=6),
    unique=True,
    max_size=30,
)
WORK = st.builds(
    Work,
    order=st.sampled_from(["file", "random"]),
    seed=st.integers(0, 5),
    repeats=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    gap=st.integers(1, 12),
)


def scheme(work: Work | None = None, **values) -> Scheme:
    return Scheme(name="s", labels=[{"name": "joy"}], work=work or Work(**values))


def firsts(tasks: list[Task]) -> list[str]:
    return [task.clip for task in tasks if task.turn == 0]


def distances(tasks: list[Task]) -> list[int]:
    place = {task: i for i, task in enumerate(tasks)}
    return [i - place[Task(task.clip)] for task, i in place.items() if task.turn == 1]


@given(NAMES, WORK)
def test_every_clip_is_shown_once_and_again_at_most_once(clips, work):
    tasks = work_list(clips, scheme(work), "ann")
    assert sorted(firsts(tasks)) == sorted(clips)
    assert len(set(tasks)) == len(tasks) and {task.turn for task in tasks} <= {0, 1}
    if work.order == "file":
        assert firsts(tasks) == clips


@given(NAMES, WORK)
def test_repeats_keep_the_gap_or_stand_at_the_end(clips, work):
    tasks = work_list(clips, scheme(work), "ann")
    last = max((i for i, task in enumerate(tasks) if task.turn == 0), default=-1)
    assert all(distance > 1 or work.gap == 1 for distance in distances(tasks))
    assert all(distance >= work.gap for distance in distances(tasks[: last + 1]))
    assert firsts([Task(t.clip) for t in tasks[last + 1 :]]) == sorted(
        (t.clip for t in tasks[last + 1 :]), key=lambda clip: tasks.index(Task(clip))
    )


@given(NAMES, WORK, st.text("xyz", min_size=7, max_size=9), st.integers(0, 30))
def test_a_clip_that_is_added_moves_no_other(clips, work, new, where):
    before = work_list(clips, scheme(work), "ann")
    at = len(clips) if work.order == "file" else min(where, len(clips))
    after = work_list([*clips[:at], new, *clips[at:]], scheme(work), "ann")
    assert [clip for clip in firsts(after) if clip != new] == firsts(before)
    kept = {task for task in after if task.clip != new}
    # one repeat at most follows its first showing at once, and is left out: another one now
    assert len(set(before) - kept) <= 1 and len(kept - set(before)) <= 1


@pytest.mark.parametrize("order", ["file", "random"])
def test_adding_clips_leaves_the_beginning_of_the_list_alone(order):
    clips = [f"c{i}" for i in range(300)]
    told = scheme(order="file", repeats=0.2, gap=10)
    before, after = work_list(clips, told, "ann"), work_list([*clips, "new"], told, "ann")
    assert before[:290] == after[:290]


def test_random_order_differs_between_annotators_and_seeds_but_not_between_processes():
    clips = [f"c{i}" for i in range(50)]
    told = scheme(order="random", seed=3, repeats=0.3)
    ann = work_list(clips, told, "ann")
    assert firsts(ann) != firsts(work_list(clips, told, "bo"))
    assert firsts(ann) != firsts(work_list(clips, scheme(order="random", seed=4), "ann"))
    code = (
        "from labeling.scheme import Scheme, Work; from labeling.worklist import work_list\n"
        "s = Scheme(name='s', labels=[{'name': 'joy'}],"
        " work=Work(order='random', seed=3, repeats=0.3))\n"
        "print([tuple(t) for t in work_list([f'c{i}' for i in range(50)], s, 'ann')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([tuple(task) for task in ann])


def test_random_order_does_not_depend_on_the_order_of_adding():
    clips = [f"c{i}" for i in range(40)]
    told = scheme(order="random", repeats=0.5, gap=3)
    assert work_list(clips, told, "ann") == work_list(clips[::-1], told, "ann")


def test_ranks_are_uniform():
    """Over many annotators, each of four clips is first about a quarter of the time."""
    told = scheme(order="random")
    first = Counter(work_list("abcd", told, f"p{i}")[0].clip for i in range(2000))
    assert all(abs(n - 500) < 100 for n in first.values())  # five standard deviations


def test_share_of_repeats():
    clips = [f"c{i}" for i in range(2000)]
    for share in (0.1, 0.5):
        tasks = work_list(clips, scheme(repeats=share, gap=5, order="random"), "ann")
        assert abs((len(tasks) - 2000) / 2000 - share) < 0.05
    assert len(work_list(clips, scheme(repeats=1.0, gap=5), "ann")) >= 3999


def test_repeats_are_spread_and_not_foreseeable():
    clips = [f"c{i}" for i in range(1000)]
    for order in ("file", "random"):
        found = distances(work_list(clips, scheme(order=order, repeats=0.2, gap=10), "ann"))
        assert sum(distance < 10 for distance in found) <= 10  # at the end
        assert len(set(found)) > 15


def test_a_few_clips_are_repeated_at_the_end_and_a_single_one_never():
    told = scheme(repeats=1.0, gap=50)
    assert work_list(["a"], told, "ann") == [Task("a")]
    assert work_list([], told, "ann") == []
    assert [f"{t.clip}{t.turn}" for t in work_list("abc", told, "ann")] == (
        ["a0", "b0", "c0", "a1", "b1", "c1"]
    )


def test_a_clips_table_does():
    table = pd.DataFrame({"clip": ["b", "a"], "source": ["x", "y"]})
    assert work_list(table, scheme(), "ann") == [Task("b"), Task("a")]


# shares -----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.integers(0, 120), st.integers(1, 9), st.data())
def test_every_clip_goes_to_so_many_and_loads_are_level(clips, people, data):
    per_clip = data.draw(st.integers(1, people))
    team = [f"p{i}" for i in range(people)]
    shares = assign([f"c{i}" for i in range(clips)], team, per_clip, seed=data.draw(st.integers()))
    assert all(len(set(found)) == per_clip for found in shares.values())
    load = Counter(person for found in shares.values() for person in found)
    mean = clips * per_clip / people
    for person in team:
        assert abs(load[person] - mean) <= max(0.05 * mean, people)


@pytest.mark.parametrize(("people", "per_clip"), [(5, 2), (20, 3), (3, 1)])
def test_loads_of_a_thousand_clips_are_within_a_few_per_cent(people, per_clip):
    clips = [f"c{i}" for i in range(1000)]
    shares = assign(clips, [f"p{i}" for i in range(people)], per_clip)
    load = Counter(person for found in shares.values() for person in found)
    mean = 1000 * per_clip / people
    assert all(abs(n / mean - 1) < 0.04 for n in load.values()) and len(load) == people


def test_shares_hardly_move_when_clips_or_people_come():
    clips, team = [f"c{i}" for i in range(1000)], [f"p{i}" for i in range(5)]
    before = assign(clips, team, 2)
    assert before == assign(clips[::-1], team, 2)

    def moved(after: dict[str, tuple[str, ...]]) -> int:
        return sum(len(set(before[clip]) - set(after[clip])) for clip in clips)

    assert moved(assign([*clips, "new"], team, 2)) <= 10
    assert moved(assign([*clips, *(f"n{i}" for i in range(100))], team, 2)) <= 40
    must = 2000 / 6  # what the sixth person gets
    assert must * 0.95 < moved(assign(clips, [*team, "zed"], 2)) < must * 1.2


def test_who_is_not_named_gets_every_clip():
    told = scheme(per_clip=1, annotators=["ann", "bo"])
    clips = [f"c{i}" for i in range(20)]
    ann, bo = (set(firsts(work_list(clips, told, name))) for name in ("ann", "bo"))
    assert not ann & bo and ann | bo == set(clips) and len(ann) in (9, 10, 11)
    assert firsts(work_list(clips, told, "guest")) == clips
    assert firsts(work_list(clips, scheme(annotators=["ann"]), "ann")) == clips
