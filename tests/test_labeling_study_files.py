"""A study's file: made whole or not at all, migrated after a backup, strangers refused."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_material import SCHEME, scheme, small_study

from labeling.statement import Interval, Statement
from labeling.study import backup_study, create_study, merge_study, open_study
from labeling.study.schema import APPLICATION, STEPS, VERSION
from sttm.errors import InputError

HAPPY = Statement((Interval("happiness"),))


def raw(path):
    return contextlib.closing(sqlite3.connect(path, isolation_level=None))


def old_study(path):
    """Write a study as version 1 of the toolkit made it, with one opinion in it."""
    with raw(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in STEPS[0]:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("INSERT INTO facts VALUES ('id', 'old'), ('root', '.')")
        connection.execute("INSERT INTO schemes (text, time) VALUES (?, 'then')", (SCHEME,))
        connection.execute("INSERT INTO labels (name) VALUES ('happiness'), ('anger')")
        connection.execute("INSERT INTO annotators VALUES ('ann')")
        connection.execute("INSERT INTO clips (clip, source, added) VALUES ('c00', 'v.avi', 'x')")
        connection.execute(
            "INSERT INTO opinions (id, clip, annotator, turn, step, action, time) "
            "VALUES ('o1', 'c00', 'ann', 0, 1, 'say', '2020-01-01T00:00:00Z')"
        )
        connection.execute("INSERT INTO intervals (opinion, number, label) VALUES (1, 0, 'anger')")
    return path


def test_an_older_study_is_migrated_after_a_backup(tmp_path):
    path = old_study(tmp_path / "s.sttm-study")
    with pytest.raises(InputError, match="older version"):
        open_study(path, read_only=True)
    with open_study(path) as study:
        assert study.latest()[0].statement.labels == ("anger",)
        assert study.suspects().empty
    (copy,) = tmp_path.glob("s.version-1-*.sttm-study")
    with raw(copy) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM opinions").fetchone() == (1,)
    with raw(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    open_study(path).close()
    assert len(list(tmp_path.glob("*.version-1-*"))) == 1


def test_an_older_study_is_merged_without_being_changed(tmp_path):
    old = old_study(tmp_path / "s.sttm-study")
    before = old.read_bytes()
    with small_study(tmp_path) as study:
        assert merge_study(study, old).added == 1
    assert old.read_bytes() == before


def test_a_migrated_study_is_as_a_new_one(tmp_path):
    old = old_study(tmp_path / "s.sttm-study")
    open_study(old).close()
    with small_study(tmp_path) as study, raw(old) as one, raw(study.path) as two:
        shapes = [
            c.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
            for c in (one, two)
        ]
    assert shapes[0] == shapes[1]


def test_nothing_is_overwritten(tmp_path):
    path = tmp_path / "s.sttm-study"
    path.write_text("mine")
    with pytest.raises(InputError, match="there already"):
        create_study(path, scheme())
    assert path.read_text() == "mine"
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="there already"):
        create_study(tmp_path / "link", scheme())


def test_backups(tmp_path):
    with small_study(tmp_path) as study:
        study.say("c00", "ann", HAPPY)
        one, two = backup_study(study.path), backup_study(study.path)
        assert one != two
        study.say("c01", "ann", HAPPY)
    with open_study(two) as copy:
        assert len(copy.latest()) == 1


def make_sqlite(path):
    with raw(path) as connection:
        connection.execute("CREATE TABLE t (x)")


def newer(path):
    with raw(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


def trapped(path):
    with raw(path) as connection:
        connection.execute(
            "CREATE TRIGGER trap AFTER INSERT ON opinions BEGIN DELETE FROM places; END"
        )


def without_a_scheme(path):
    with raw(path) as connection:
        connection.execute("DROP TRIGGER schemes_no_delete")
        connection.execute("DELETE FROM schemes")
        connection.execute(next(s for s in STEPS[0] if "schemes_no_delete" in s))


def scheme_with_a_tag(path):
    with raw(path) as connection:
        connection.execute(
            "INSERT INTO schemes (text, time) VALUES ('!!python/object:os.system x', 'now')"
        )


def cut(path):
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size // 2)


def scrambled(path):
    with path.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: p.unlink(), "does not exist"),
        (lambda p: p.write_bytes(b""), "no SQLite file"),
        (lambda p: p.write_bytes(b"SQLite format 3\0" + b"x" * 5000), "no study|damaged|cannot"),
        (lambda p: (p.unlink(), p.mkdir()), "is no file"),
        (lambda p: (p.unlink(), make_sqlite(p)), "another program"),
        (newer, "newer version"),
        (trapped, "other tables"),
        (without_a_scheme, "no scheme"),
        (scheme_with_a_tag, "refused"),
        (cut, "damaged"),
        (scrambled, "damaged|other tables|cannot be used"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_study_is_refused_in_a_sentence(tmp_path, spoil, words, read_only):
    with small_study(tmp_path, 200) as study:
        path = study.path
    spoil(path)
    with pytest.raises(InputError, match=words) as caught:
        open_study(path, read_only=read_only)
    assert len(str(caught.value).splitlines()) == 1


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of a sound study, and a place for damaged ones."""
    folder = tmp_path_factory.mktemp("damaged")
    with small_study(folder, 30) as study:
        study.say_many([(f"c{number:02d}", "ann", HAPPY) for number in range(30)])
        path = study.path
    return path.read_bytes(), folder / "damaged.sttm-study"


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_damaged_study_is_read_or_refused(sound, data):
    content, path = bytearray(sound[0]), sound[1]
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    for log in path.parent.glob(f"{path.name}-*"):
        log.unlink()
    try:
        with open_study(path) as study:
            study.latest(), study.clips(), study.decisions(), study.suspects()
            study.say("c00", "bo", HAPPY)
    except InputError as error:
        assert str(error)


@pytest.mark.parametrize("text", ["'; DROP TABLE opinions; --", '"', "x\ny", "\u202eabc", "%s{}"])
def test_words_are_words(tmp_path, text):
    with small_study(tmp_path) as study:
        study.add_clips(pd.DataFrame({"clip": [text], "source": [text], "subject": text}))
        with contextlib.suppress(InputError):  # control characters are refused as a name
            study.say(text, text, Statement((Interval("anger"),), comment=text))
        study.say(text, "ann", Statement((Interval("anger"),), comment=text))
        study.decide(text, "rev", "sent back", text)
        assert study.latest(text, "ann")[0].statement.comment == text
        assert study.standing()[text].reason == text
        assert len(study.clips()) == 7


@pytest.mark.parametrize("huge", ["x" * 5_000_000])
def test_huge_words_are_refused(tmp_path, huge):
    with small_study(tmp_path) as study:
        with pytest.raises(InputError):
            study.say("c00", "ann", Statement(comment=huge))
        with pytest.raises(InputError):
            study.say("c00", huge, HAPPY)
        with pytest.raises(InputError):
            study.decide("c00", "ann", "sent back", huge)
        with pytest.raises(InputError):
            study.add_clips(pd.DataFrame({"clip": [huge], "source": ["x"]}))
        with pytest.raises(InputError):
            study.keep_place("ann", {"x": huge})
        study.say("c00", "ann", HAPPY)


def check_read_only(folder):
    with small_study(folder) as study:
        study.say("c00", "ann", HAPPY)
        path = study.path
    path.chmod(0o444)
    folder.chmod(0o555)
    with open_study(path, read_only=True) as study:
        assert len(study.latest()) == 1
    with pytest.raises(InputError, match=r"read-only|cannot be opened"), open_study(path) as study:
        study.say("c00", "ann", HAPPY)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_folder_that_may_not_be_written_to(request):
    """In a process of its own, because root may write everywhere and must become somebody else."""
    folder = Path(tempfile.mkdtemp())
    request.addfinalizer(lambda: (folder.chmod(0o755), shutil.rmtree(folder)))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.chown(folder, 65534, 65534)
                os.setegid(65534)
                os.seteuid(65534)
            check_read_only(folder)
        except BaseException as error:
            os.write(writing, repr(error).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == ""


def test_a_full_disk(tmp_path):
    """SQLite's own limit of pages stands for the disk: it raises the same error."""
    with small_study(tmp_path) as study:
        study.say("c00", "ann", HAPPY)
        pages = study._connection.execute("PRAGMA page_count").fetchone()[0]
        study._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(InputError, match="disk is full"):
            for number in range(400):
                study.say("c01", "ann", Statement(comment=f"{number}" * 1000))
        count = len(study.history())
        assert study.latest("c00")[0].statement == HAPPY
        path = study.path
    with open_study(path) as study:
        assert len(study.history()) == count
        assert not study._connection.in_transaction


def test_a_study_that_another_program_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("labeling.study.opening.WAIT", 0.1)
    with small_study(tmp_path) as study:
        path = study.path
    with open_study(path) as study, raw(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="in use"):
            study.say("c00", "ann", HAPPY)
        other.execute("ROLLBACK")
        study.say("c00", "ann", HAPPY)


def test_what_is_no_file_is_one_sentence(tmp_path):
    for path, words in ((tmp_path / "gone", "does not exist"), (tmp_path, "is no file")):
        with pytest.raises(InputError) as caught:
            open_study(path)
        assert str(caught.value) == f"a study is a file; {path} {words}."
