"""Digests: never wrong, and read again only when a source has changed."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sttm import digests
from sttm.digests import Digests, content_digest, stamp_of
from sttm.errors import UnreadableClip


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """Let sources be remembered at once; the test that needs the delay sets it back."""
    monkeypatch.setattr(digests, "SETTLED", -(10**18))


@pytest.fixture
def reads(monkeypatch):
    """The sources that were read in full."""
    seen = []

    def read(source):
        seen.append(source)
        return content_digest(source)

    monkeypatch.setattr(digests, "content_digest", read)
    return seen


@pytest.fixture
def file(tmp_path):
    return tmp_path / "store" / "digests.sqlite"


@pytest.fixture
def sources(tmp_path):
    """Three files and a folder of frames."""
    place = tmp_path / "sources"
    (place / "frames").mkdir(parents=True)
    out = [place / f"{n}.avi" for n in "abc"]
    for number, path in enumerate(out):
        path.write_bytes(bytes([number]) * 50)
    for number in range(4):
        (place / "frames" / f"{number}.png").write_bytes(bytes([number]) * 9)
    return [*out, place / "frames"]


def ask(file, sources):
    with Digests(file) as known:
        return [known.of(source) for source in sources]


def later(path, work):
    """Do ``work`` again until the file system's clock has moved on since ``path`` was changed."""
    before = path.stat().st_ctime_ns
    work()
    while path.stat().st_ctime_ns == before:
        work()


def test_a_source_is_read_once_as_long_as_it_does_not_change(file, sources, reads):
    expected = [content_digest(s) for s in sources]
    assert ask(file, sources) == expected and reads == sources
    assert ask(file, sources) == expected and reads == sources
    assert ask(None, sources) == expected and reads == sources * 2


def test_within_a_batch_a_source_is_looked_for_once(sources, reads):
    with Digests() as known:
        assert known.of(sources[0]) == known.of(sources[0])
    assert reads == sources[:1]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no time of the last change of an entry")
def test_a_change_of_the_same_size_under_the_old_time_is_noticed(file, sources):
    """What copying tools do: the time of the content is set back, that of the entry cannot be."""
    for path in (sources[0], sources[3] / "2.png"):
        before, stat = ask(file, sources), path.stat()
        changed = bytes(reversed(range(stat.st_size)))

        def restore(path=path, stat=stat, changed=changed):
            path.write_bytes(changed)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

        later(path, restore)
        now = path.stat()
        assert (now.st_size, now.st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
        after = ask(file, sources)
        assert after == [content_digest(s) for s in sources]
        assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_an_exchanged_file_is_noticed(file, sources):
    ask(file, sources)
    new = sources[0].with_name("new")
    shutil.copy2(sources[0], new)
    new.write_bytes(b"y" * 50)
    shutil.copystat(sources[0], new)
    new.replace(sources[0])
    assert ask(file, sources) == [content_digest(s) for s in sources]


@pytest.mark.parametrize(
    "change",
    [
        lambda f: (f / "1.png").rename(f / "7.png"),
        lambda f: (f / "1.png").unlink(),
        lambda f: (f / "9.png").write_bytes(b"x"),
        lambda f: later(f / "1.png", lambda: (f / "1.png").write_bytes(b"x" * 9)),
    ],
    ids=["renamed", "removed", "added", "changed"],
)
def test_a_change_in_a_folder_is_noticed(change, file, sources):
    (before,) = ask(file, sources[3:])
    change(sources[3])
    (after,) = ask(file, sources[3:])
    assert after == content_digest(sources[3]) != before


def test_what_is_hidden_in_a_folder_changes_nothing(file, sources, reads):
    ask(file, sources[3:])
    (sources[3] / "below").mkdir()
    stamp = stamp_of(sources[3])[0]
    (sources[3] / ".hidden").write_bytes(b"x")
    assert stamp_of(sources[3])[0] == stamp
    ask(file, sources[3:])
    assert len(reads) == 1


def test_a_young_source_is_not_remembered(file, sources, reads, monkeypatch):
    """It could change again within one tick of the file system's clock."""
    monkeypatch.setattr(digests, "SETTLED", 3600 * 10**9)
    ask(file, sources)
    ask(file, sources)
    assert reads == sources * 2


def test_a_source_that_changes_while_it_is_read_is_not_remembered(file, sources, monkeypatch):
    def slow(source):
        digest = content_digest(source)
        later(source, lambda: source.write_bytes(b"z" * 50))
        return digest

    with monkeypatch.context() as patch:
        patch.setattr(digests, "content_digest", slow)
        ask(file, sources[:1])
    assert ask(file, sources[:1]) == [content_digest(sources[0])]


def test_what_cannot_be_read_is_one_sentence(file, tmp_path):
    with Digests(file) as known:
        for name in ("no.avi", "x" * 300, "a\0b"):
            with pytest.raises(UnreadableClip, match="cannot be read"):
                known.of(tmp_path / name)


def test_strange_names_are_remembered(file, tmp_path, reads):
    place = tmp_path / "földer"
    place.mkdir()
    paths = [place / "a\nb", place / os.fsdecode(b"\xff\xfe.avi"), place]
    for path in paths[:2]:
        path.write_bytes(b"x")
    assert ask(file, paths) == ask(file, paths)
    assert reads == paths


# damage costs time and nothing else -------------------------------------------------------------


def test_a_damaged_file_never_gives_a_wrong_digest(file, sources):
    expected = ask(file, sources)
    raw, chance = file.read_bytes(), random.Random(0)
    used = [at for at in range(len(raw)) if raw[at]]
    for at in chance.sample(used, min(len(used), 150)):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << chance.randrange(8)
        file.write_bytes(flipped)
        assert ask(file, sources) == expected


@pytest.mark.parametrize(
    "content", [b"", b"no database" * 500, None], ids=["empty", "text", "half"]
)
def test_a_file_that_is_no_database_is_made_anew(content, file, sources, reads):
    expected = ask(file, sources)
    file.write_bytes(file.read_bytes()[:5000] if content is None else content)
    assert ask(file, sources) == expected
    reads.clear()
    assert ask(file, sources) == expected
    assert not reads


def test_digests_of_another_layout_are_done_without(file, sources):
    file.parent.mkdir()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE digests (something TEXT)")
    other.close()
    assert ask(file, sources) == [content_digest(s) for s in sources]


def test_a_file_that_cannot_be_had_is_done_without(file, sources, monkeypatch):
    monkeypatch.setattr(digests, "WAIT", 0.01)
    expected = ask(file, sources)
    holder = sqlite3.connect(file)
    holder.execute("BEGIN EXCLUSIVE")
    assert ask(file, sources) == expected
    holder.close()
    assert ask(sources[0] / "below.sqlite", sources) == expected
    assert ask(file.parent, sources) == expected


MANY = """
import sys, pathlib, os
from sttm import digests
digests.SETTLED, digests.UNSAVED = -10**18, 3
folder, file, end = sys.argv[1:]
known = digests.Digests(pathlib.Path(file))
for number, path in enumerate(sorted(pathlib.Path(folder).iterdir())):
    assert known.of(path) == digests.content_digest(path)
    if end == "killed" and number == 20:
        os.kill(os.getpid(), 9)
known.close()
"""


def test_several_processes_at_once_and_killed_ones(file, tmp_path, reads):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02d}").write_bytes(bytes([number]))
    environment = {**os.environ, "PYTHONPATH": str(Path(digests.__file__).parents[1])}
    line = [sys.executable, "-c", MANY, str(folder), str(file)]
    ends = ["whole", "killed", "killed", "whole"]
    running = [subprocess.Popen([*line, end], env=environment) for end in ends]
    codes = [process.wait(timeout=120) for process in running]
    assert codes == [0, -9, -9, 0]
    paths = sorted(folder.iterdir())
    assert ask(file, paths) == [content_digest(p) for p in paths]
    assert not reads  # the processes that ended have kept all
