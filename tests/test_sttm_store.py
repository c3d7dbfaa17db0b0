"""The store: whole entries or none, keyed by what shapes them and by nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttm.atomic import PART, check_place, replacing, sweep
from sttm.errors import InputError, UnreadableClip
from sttm.store import Store, content_digest, key_of

ARRAYS = {"measures0": np.arange(6, dtype=np.float32), "picture0": np.zeros((2, 3), np.uint8)}
VALUES = {"rows": [{"info": {"frames": 3, "fps": None, "name": "größer"}, "reason": ""}]}


def same(entry):
    arrays, values = entry
    assert values == VALUES
    assert sorted(arrays) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    return True


# digests and keys -------------------------------------------------------------------------------


def test_a_digest_is_of_the_content_and_not_of_the_name(tmp_path):
    for name, content in (("a.avi", b"one"), ("b.mp4", b"one"), ("c.avi", b"two")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (content_digest(tmp_path / n) for n in ("a.avi", "b.mp4", "c.avi"))
    assert a == b != c


@pytest.fixture
def folder(tmp_path):
    for name, content in (("1.png", b"one"), ("2.png", b"two")):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_the_digest_of_a_folder_is_of_its_names_and_bytes(folder):
    before = content_digest(folder)
    (folder / ".hidden").write_bytes(b"x")
    (folder / "below").mkdir()
    (folder / "below" / "3.png").write_bytes(b"x")
    assert content_digest(folder) == before
    for change in (
        lambda: (folder / "2.png").rename(folder / "3.png"),
        lambda: (folder / "3.png").rename(folder / "2.png"),
        lambda: (folder / "2.png").write_bytes(b"tow"),
        lambda: (folder / "4.png").touch(),
    ):
        last = content_digest(folder)
        change()
        assert content_digest(folder) != last


def test_no_two_folders_run_into_each_other(tmp_path):
    """Names and bytes are told apart: one file cannot look like two."""
    seen = set()
    for number, files in enumerate(
        (
            {"a": b"1", "b": b"2"},
            {"a": b"1b2"},
            {"a": b"1b", "2": b""},
            {"ab": b"12"},
            {"a": b"11 1 b2"},
            {},
        )
    ):
        place = tmp_path / str(number)
        place.mkdir()
        for name, content in files.items():
            (place / name).write_bytes(content)
        seen.add(content_digest(place))
    assert len(seen) == 6


def test_what_cannot_be_read_is_one_sentence(tmp_path):
    with pytest.raises(UnreadableClip, match=r"no\.avi cannot be read: No such file"):
        content_digest(tmp_path / "no.avi")
    with pytest.raises(UnreadableClip, match="cannot be read"):
        content_digest(tmp_path / ("x" * 300))
    with pytest.raises(UnreadableClip, match="cannot be read"):
        content_digest(tmp_path / "a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_or_a_device_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.avi")
    for source in (tmp_path / "pipe.avi", Path("/dev/zero")):
        with pytest.raises(UnreadableClip, match="must be a file or a folder"):
            content_digest(source)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(max_size=3), plain, max_size=4))
def test_the_order_of_keys_makes_no_difference(parts):
    backwards = dict(reversed(parts.items()))
    assert key_of(parts) == key_of(backwards)


def test_every_value_makes_a_difference():
    keys = [key_of({"a": v}) for v in (1, 2, 1.5, "1", None, [1], [1, 2], {"b": 1}, True)]
    assert len(set(keys)) == len(keys)
    assert key_of({"a": (1, 2)}) == key_of({"a": np.array([1, 2])}) == key_of({"a": [1, 2]})
    assert key_of({"a": np.float64(2.5)}) == key_of({"a": 2.5})
    with pytest.raises(TypeError, match="cannot be part of a store key"):
        key_of({"a": object()})


# entries ----------------------------------------------------------------------------------------


def test_an_entry_comes_back_exactly(tmp_path):
    store = Store(tmp_path / "new" / "store")
    assert store.get("ab12") is None
    store.put("ab12", ARRAYS, VALUES)
    assert same(store.get("ab12"))
    assert store.get("ab13") is None
    store.put("ab12", {}, {"rows": []})
    assert store.get("ab12") == ({}, {"rows": []})


def test_texts_and_no_arrays_are_kept_too(tmp_path):
    store = Store(tmp_path)
    store.put("k1", {"predicted": np.array(["ärger", "joy"]), "empty": np.zeros((0, 3))}, {})
    arrays, values = store.get("k1")
    assert arrays["predicted"].tolist() == ["ärger", "joy"]
    assert arrays["empty"].shape == (0, 3) and values == {}


@pytest.fixture(scope="module")
def entry(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("store"))
    store.put("ab12", ARRAYS, VALUES)
    return store


def test_a_damaged_entry_counts_as_missing_wherever_it_is_damaged(entry, tmp_path):
    """Every byte in turn: the entry is then whole all the same, or missing; never wrong."""
    raw = entry.path("ab12").read_bytes()
    damaged = Store(tmp_path)
    damaged.path("ab12").parent.mkdir()
    missing = 0
    for at in range(len(raw)):
        flipped = bytearray(raw)
        flipped[at] ^= 0xFF
        damaged.path("ab12").write_bytes(flipped)
        found = damaged.get("ab12")
        missing += found is None
        assert found is None or same(found)
    assert missing > len(raw) // 2


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_cut_or_foreign_entry_counts_as_missing(entry, tmp_path_factory, data):
    raw = entry.path("ab12").read_bytes()
    cut = st.integers(0, len(raw) - 1).map(lambda n: raw[:n])
    damaged = Store(tmp_path_factory.mktemp("cut"))
    damaged.path("ab12").parent.mkdir()
    damaged.path("ab12").write_bytes(data.draw(cut | st.binary(max_size=200)))
    assert damaged.get("ab12") is None


def test_pickled_objects_are_not_loaded(tmp_path):
    store = Store(tmp_path)
    store.path("ab12").parent.mkdir()
    np.savez(store.path("ab12"), values=np.array({"a": 1}, dtype=object))
    assert store.get("ab12") is None


def test_a_store_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    store = Store(tmp_path / "file" / "store")
    for write in (
        lambda: store.put("ab12", ARRAYS, VALUES),
        lambda: store.attempt("a").__enter__(),
    ):
        with pytest.raises(InputError, match="could not be written"):
            write()


def test_an_attempt_leaves_a_mark_only_where_the_process_dies(tmp_path):
    store = Store(tmp_path)
    with store.attempt("ab12"):
        assert store.was_fatal("ab12")
    assert not store.was_fatal("ab12")
    with pytest.raises(KeyboardInterrupt), store.attempt("ab12"):
        raise KeyboardInterrupt
    assert not store.was_fatal("ab12")
    code = (
        "import os, sys, pathlib; from sttm.store import Store\n"
        "with Store(pathlib.Path(sys.argv[1])).attempt('ab12'): os._exit(1)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert store.was_fatal("ab12") and not store.was_fatal("ab13")


def test_what_killed_processes_left_in_the_store_is_swept_when_it_is_old(tmp_path):
    """Others may be writing now: what is young stays, and so do entries of any age."""
    code = (
        "import os, sys, pathlib, sttm.store as s; import numpy as np\n"
        "s.Path.replace = lambda *_: os._exit(1)\n"
        "s.Store(pathlib.Path(sys.argv[1])).put('ab12', {'a': np.zeros(9)}, {})"
    )
    store = Store(tmp_path)
    store.sweep()  # there is no store yet
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    (left,) = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert store.get("ab12") is None and left.suffix != ".npz"
    store.put("cd34", ARRAYS, VALUES)
    marks = [store.folder / "began" / f"{n}.began" for n in ("old", "young")]
    marks[0].parent.mkdir()
    for path in marks:
        path.touch()
    store.sweep()
    assert left.exists() and all(mark.exists() for mark in marks)
    for path, days in ((left, 1), (marks[0], 40), (marks[1], 10), (store.path("cd34"), 4000)):
        os.utime(path, (path.stat().st_mtime - days * 86400,) * 2)
    store.sweep()
    assert not left.exists()
    assert [mark.exists() for mark in marks] == [False, True]
    assert same(store.get("cd34"))
    marks[1].rename(marks[1].with_name("cd34.began"))  # killed just after it had finished
    store.sweep()
    assert not list(marks[1].parent.iterdir())


def test_an_entry_whose_part_was_swept_away_is_written_again(tmp_path, monkeypatch):
    """A process that slept for hours goes on."""
    store, replace = Store(tmp_path), Path.replace
    swept = []

    def late(part, target):
        if not swept:
            swept.append(part.unlink())
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", late)
    store.put("ab12", ARRAYS, VALUES)
    assert swept and same(store.get("ab12"))


# one way to write files -------------------------------------------------------------------------


def test_a_file_appears_at_the_end_or_not_at_all(tmp_path):
    target = tmp_path / "below" / "f.txt"
    with replacing(target) as part:
        part.write_text("new")
        assert not target.exists()
        assert part.suffix == ".txt" and part.name.startswith(PART)
    assert target.read_text() == "new"
    with pytest.raises(RuntimeError), replacing(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("code", [28, 122, 13, 30, 5])
def test_a_full_or_locked_disk_is_one_sentence_and_the_old_file_stays(code, tmp_path):
    target = tmp_path / "f.txt"
    target.write_text("old")
    with (
        pytest.raises(InputError, match=r"f\.txt could not be written: .*choose another"),
        replacing(target) as part,
    ):
        part.write_text("half")
        raise OSError(code, os.strerror(code))
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_long_names_and_suffixes_can_be_written(tmp_path):
    for name in ("x" * 250 + ".csv", "a." + "b" * 250, "ünï çødé 日本.csv"):
        with replacing(tmp_path / name) as part:
            part.write_text(name)
        assert (tmp_path / name).read_text() == name
    with pytest.raises(InputError, match="name too long"):
        check_place(tmp_path / ("x" * 300))


def test_a_place_is_tried_without_leaving_anything(tmp_path):
    target = tmp_path / "f.txt"
    check_place(target)
    assert list(tmp_path.iterdir()) == []
    target.write_text("old")
    check_place(target)
    assert target.read_text() == "old"
    with pytest.raises(InputError, match="must be a file"):
        check_place(tmp_path)
    with pytest.raises(InputError, match="could not be written"):
        check_place(target / "below.txt")


def test_what_killed_processes_left_is_swept(tmp_path):
    (tmp_path / f"{PART}0123.csv").touch()
    (tmp_path / "scores.json").touch()
    sweep(tmp_path)
    sweep(tmp_path / "absent")
    assert [p.name for p in tmp_path.iterdir()] == ["scores.json"]
