"""A run's folder: one experiment's, one run's, and never a mixture."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from experiments.keeping.run_folder import FILES, UNFINISHED, owner_of, refuse_foreign, rewriting
from sttm.atomic import sweep
from sttm.errors import InputError


def write_run(folder, name="mine", mark="old"):
    with rewriting(folder, name) as staged:
        for file in FILES:
            (staged / file).write_text(mark)
        (staged / "config.yaml").write_text(f"name: {name}\ndata: {{kind: drawn}}\n")
        (staged / "run.json").write_text(json.dumps({"name": name, "config": {}}))


def names(folder) -> set[str]:
    return {p.name for p in folder.iterdir()}


def test_an_empty_folder_and_ones_own_are_free(tmp_path):
    refuse_foreign(tmp_path / "none", "mine")
    refuse_foreign(tmp_path, "mine")
    (tmp_path / "notes.txt").write_text("kept")
    write_run(tmp_path)
    refuse_foreign(tmp_path, "mine")
    assert names(tmp_path) == {*FILES, "notes.txt"}


def test_another_experiments_folder_is_refused(tmp_path):
    write_run(tmp_path)
    with pytest.raises(InputError, match="holds the run of 'mine', and this is 'yours'"):
        refuse_foreign(tmp_path, "yours")


@pytest.mark.parametrize("file", ["labels.csv", "clips.csv", "config.yaml", "model.sttm"])
def test_files_that_no_run_wrote_are_not_replaced(tmp_path, file):
    (tmp_path / file).write_text("name: mine\ndata: {}\n")
    with pytest.raises(InputError, match=f"would replace {file}"):
        refuse_foreign(tmp_path, "mine")
    assert (tmp_path / file).read_text() == "name: mine\ndata: {}\n"


@pytest.mark.parametrize("damage", ["", "{", "[1]", "\xff"])
def test_a_damaged_run_still_says_whose_it_is(tmp_path, damage):
    write_run(tmp_path)
    (tmp_path / "run.json").write_bytes(damage.encode("latin-1"))
    assert owner_of(tmp_path) == "mine"
    (tmp_path / "config.yaml").write_bytes(damage.encode("latin-1"))
    assert owner_of(tmp_path) is None


def contents(folder):
    return {p.name: p.read_text() for p in folder.iterdir()}


@pytest.mark.parametrize("stop", range(len(FILES) + 1))
@pytest.mark.parametrize("how", [KeyboardInterrupt, OSError(errno.ENOSPC, "full")])
def test_wherever_writing_stops_the_former_run_stays(tmp_path, stop, how):
    write_run(tmp_path)
    before = contents(tmp_path)
    with pytest.raises((KeyboardInterrupt, InputError)), rewriting(tmp_path, "mine") as staged:
        for file in FILES[:stop]:
            (staged / file).write_text("new")
        raise how
    assert contents(tmp_path) == before


def test_a_failure_names_the_place_that_the_user_knows(tmp_path):
    with pytest.raises(InputError) as refused, rewriting(tmp_path, "mine") as staged:
        raise InputError(f"{staged / 'report.html'} could not be written: the disk is full.")
    place = tmp_path / "report.html"
    assert str(refused.value) == f"{place} could not be written: the disk is full."


def test_what_a_killed_process_staged_goes_and_is_no_run(tmp_path):
    write_run(tmp_path)
    before = contents(tmp_path)
    writing = rewriting(tmp_path, "mine")
    (writing.__enter__() / "run.json").write_text("new")  # and no end, as after a kill
    assert names(tmp_path) > set(before)
    sweep(tmp_path)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("action", ["unlink", "replace"])
@pytest.mark.parametrize("stop", range(len(FILES)))
def test_a_kill_while_files_are_moved_leaves_no_finished_run(tmp_path, monkeypatch, stop, action):
    """No mixture passes for a run, its owner is known, and running again mends it."""
    write_run(tmp_path)
    act, calls = getattr(Path, action), []

    def stopping(path, *arguments, **more):
        calls.append(path.name)
        if sum(name in FILES for name in calls) > stop:
            raise KeyboardInterrupt
        return act(path, *arguments, **more)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, action, stopping)
        write_run(tmp_path, mark="new")
    assert UNFINISHED in names(tmp_path) and owner_of(tmp_path) == "mine"
    assert (tmp_path / "run.json").exists() == (action == "unlink" and stop == 0)
    refuse_foreign(tmp_path, "mine")  # going on is allowed
    with pytest.raises(InputError, match="'mine'"):
        refuse_foreign(tmp_path, "yours")
    write_run(tmp_path, mark="newest")
    assert names(tmp_path) == set(FILES) and contents(tmp_path)["model.md"] == "newest"


def test_a_file_that_the_new_run_has_not_goes(tmp_path):
    write_run(tmp_path)
    with rewriting(tmp_path, "mine") as staged:
        (staged / "run.json").write_text("new")
    assert contents(tmp_path) == {"run.json": "new"}
