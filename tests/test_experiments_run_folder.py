"""A run's folder: one experiment's, one run's, and never a mixture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.run_folder import FILES, UNFINISHED, owner_of, refuse_foreign, rewriting
from sttm.errors import InputError


def write_run(folder, name="mine", mark="old"):
    with rewriting(folder, name):
        for file in FILES:
            (folder / file).write_text(mark)
        (folder / "config.yaml").write_text(f"name: {name}\ndata: {{kind: drawn}}\n")
        (folder / "run.json").write_text(json.dumps({"name": name, "config": {}}))


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


@pytest.mark.parametrize("stop", range(len(FILES) + 1))
def test_wherever_writing_stops_no_two_runs_are_mixed(tmp_path, stop):
    """A run that is stopped after some files leaves them, no older one, and no run.json."""
    write_run(tmp_path)
    with pytest.raises(KeyboardInterrupt), rewriting(tmp_path, "mine"):
        for file in reversed(FILES[len(FILES) - stop :]):
            (tmp_path / file).write_text("new")
        raise KeyboardInterrupt
    left = names(tmp_path) - {UNFINISHED}
    assert all((tmp_path / f).read_text() == "new" for f in left)
    assert ("run.json" in left) == (stop == len(FILES))
    assert owner_of(tmp_path) == "mine"
    refuse_foreign(tmp_path, "mine")  # going on is allowed
    with pytest.raises(InputError, match="'mine'"):
        refuse_foreign(tmp_path, "yours")
    write_run(tmp_path, mark="newest")
    assert UNFINISHED not in names(tmp_path)


@pytest.mark.parametrize("stop", range(1, len(FILES)))
def test_a_kill_while_old_files_are_removed_leaves_no_finished_run(tmp_path, monkeypatch, stop):
    write_run(tmp_path)
    remove, calls = Path.unlink, []

    def unlink(path, missing_ok=False):
        calls.append(path.name)
        if sum(name in FILES for name in calls) > stop:
            raise KeyboardInterrupt
        remove(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(KeyboardInterrupt), rewriting(tmp_path, "mine"):
        pass
    assert not (tmp_path / "run.json").exists() and (tmp_path / "config.yaml").exists()
    refuse_foreign(tmp_path, "mine")
