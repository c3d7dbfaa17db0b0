"""Disks that are full, files that are hostile, programs that are missing: one sentence each."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest
from study_material import scheme, small_study, write_clips
from test_labeling_study_files import old_study

from experiments.cli import main
from labeling.session import Session
from labeling.statement import Interval, Statement
from labeling.study import create_study, merge_study, open_study, opening
from sttm.errors import InputError

HAPPY = Statement((Interval("happiness"),))
TINY = 1 << 20  # bytes


@pytest.fixture
def tiny(tmp_path):
    """A disk of a megabyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={TINY}", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only somebody who may mount a disk can fill one")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder, spare=0):
    """Leave ``spare`` bytes on the disk of a folder."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"0" * 1024)
        except OSError:
            size = file.tell()
    os.truncate(folder / "filler", max(0, size - spare))


def test_a_new_study_is_complete_without_its_log(tmp_path, monkeypatch):
    """Somebody else looks at the file while it is closed, so that no log is taken over."""
    others, connect = [], sqlite3.connect

    class Watched(sqlite3.Connection):
        def close(self):
            (place,) = (row[2] for row in self.execute("PRAGMA database_list"))
            others.append(connect(place))
            others[-1].execute("SELECT count(*) FROM sqlite_schema").fetchone()
            super().close()

    alone = tmp_path / "alone.sttm-study"
    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, factory=Watched, **k))
        patch.setattr(opening, "_put", lambda part, path: shutil.copyfile(part, alone))
        opening.create_file(tmp_path / "s.sttm-study", scheme(), ".")
    for other in others:
        other.close()
    assert others
    with open_study(alone) as study:
        assert study.id


@pytest.mark.parametrize("spare", range(0, 240 << 10, 24 << 10))
def test_a_full_disk_never_has_half_a_study(tiny, spare):
    path = tiny / "s.sttm-study"
    fill(tiny, spare)
    try:
        create_study(path, scheme()).close()
    except InputError as error:
        assert "the disk is full" in str(error)
    assert not list(tiny.glob(".*"))
    os.truncate(tiny / "filler", 0)
    if path.exists():
        open_study(path).close()


@pytest.mark.parametrize("spare", [0, 8 << 10, 40 << 10, 100 << 10, 140 << 10, 170 << 10])
def test_a_migration_on_a_full_disk_loses_nothing(tiny, spare):
    path = old_study(tiny / "s.sttm-study")
    fill(tiny, spare)
    try:
        open_study(path).close()
    except InputError as error:
        assert "the disk is full" in str(error)
    os.truncate(tiny / "filler", 0)
    with open_study(path) as study:
        assert study.latest()[0].statement.labels == ("anger",)


def test_labelling_goes_on_once_a_full_disk_has_room(tiny):
    with small_study(tiny) as study:
        session = Session(study, "ann")
        session.label("anger")
        fill(tiny)
        before = session.clip["clip"], session.statement
        for _ in range(3):
            with pytest.raises(InputError, match="the disk is full"):
                session.label("happiness")
        assert (session.clip["clip"], session.statement) == before
        with pytest.raises(InputError, match="the disk is full"):
            Session(study, "bo").label("anger")
        os.truncate(tiny / "filler", 0)
        session.label("happiness")
        assert [o.statement.labels for o in study.history()] == [("anger",), ("happiness",)]


def test_commands_say_that_the_disk_is_full(tiny, tmp_path, capsys):
    with small_study(tiny) as study:
        path = study.path
    other = tmp_path / "other.sttm-study"
    shutil.copyfile(path, other)
    with open_study(other) as study:
        study.say("c00", "bo", HAPPY)
    fill(tiny)
    for words in (
        ["label", "merge", path, other],
        ["label", "backup", path],
        ["label", "scheme", "facs", "--into", path],
        ["label", "export", path, "--to", tiny / "out.csv"],
        ["label", "consensus", path, "--out", tiny / "out.csv"],
        ["verify", path, "--quiet", "--replicates", "0"],
    ):
        assert main([str(word) for word in words]) == 1
        out = capsys.readouterr()
        assert "the disk is full" in out.err and len(out.err.splitlines()) <= 2, words
    os.truncate(tiny / "filler", 0)
    assert main(["label", "merge", str(path), str(other)]) == 0
    assert capsys.readouterr().out.startswith("1 opinion")


WINDOW = """
import os, signal, sys
from PySide6.QtCore import QTimer
from experiments.cli import script
number = int(sys.argv.pop(1))
from labeling.gui import app
shown = app.show_window
def show(*words, **more):
    window = shown(*words, **more)
    QTimer.singleShot(300, lambda: os.kill(os.getpid(), number))
    return window
app.show_window = show
script()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_the_window(tmp_path, number):
    pytest.importorskip("PySide6.QtWidgets")
    write_clips(tmp_path)
    arguments = ["label", str(tmp_path), "--as", "ann", "--scheme", "basic"]
    done = subprocess.run(
        [sys.executable, "-c", WINDOW, str(int(number)), *arguments],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr


def test_a_window_that_cannot_be_opened_is_told(tmp_path):
    pytest.importorskip("PySide6.QtWidgets")
    done = subprocess.run(
        [sys.executable, "-m", "experiments", "label", str(tmp_path)],
        env=os.environ | {"QT_QPA_PLATFORM": "nonsense"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("sttm: the window cannot be opened: Qt says 'Could not find")
    assert len(done.stderr.splitlines()) == 1


def spoil(path, *statements):
    """Change a study's rows as no study would, and put its triggers back."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, text in triggers:
            connection.execute(text)


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE intervals SET onset = 9, apex = 3",
        "UPDATE intervals SET onset = -5",
        "UPDATE opinions SET sure = 7e300",
        "UPDATE opinions SET comment = replace(hex(zeroblob(1000000)), '00', 'ab')",
        "UPDATE clips SET fps = 9e999",
        "UPDATE clips SET source = 'a' || char(0) || 'b'",
        "UPDATE facts SET value = 'a' || char(0) || 'b' WHERE name = 'root'",
        "DELETE FROM clips",
        "DELETE FROM annotators",
        "DELETE FROM labels",
    ],
)
def test_rows_that_cannot_be_are_refused_also_for_reading(tmp_path, statement, read_only):
    with small_study(tmp_path) as study:
        study.say("c00", "ann", HAPPY)
        path = study.path
    open_study(path, read_only=read_only).close()
    spoil(path, statement)
    with pytest.raises(InputError, match="is damaged") as caught:
        open_study(path, read_only=read_only)
    assert len(str(caught.value)) < 300


def test_a_place_that_is_nested_too_deeply_is_none(tmp_path):
    with small_study(tmp_path) as study:
        study.keep_place("ann", {"at": 2})
        path = study.path
    spoil(path, f"UPDATE places SET value = '{'[' * 50_000}'")
    with open_study(path) as study:
        assert study.place("ann") == {}
        assert Session(study, "ann").tasks


@pytest.mark.parametrize("time", ["2024-W22-5", "yesterday", "2024-05-31x12:00", "2024-13-01", ""])
def test_a_strange_time_never_makes_a_study_unreadable(tmp_path, time):
    (tmp_path / "other").mkdir()
    with small_study(tmp_path) as study, small_study(tmp_path / "other") as other:
        with pytest.raises(InputError, match="ISO 8601"):
            study.say("c00", "ann", HAPPY, time=time)
        other.say("c00", "bo", HAPPY)
        other.say("c01", "bo", HAPPY)
        other.close()
        spoil(other.path, f"UPDATE opinions SET time = '{time or 'x'}' WHERE clip = 'c00'")
        merged = merge_study(study, other.path)
        assert merged.added == 1
        assert any("their time is none: c00" in conflict for conflict in merged.conflicts)
        assert study.opinions()["clip"].tolist() == ["c01"]
