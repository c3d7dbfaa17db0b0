"""Packs: made once, whole or not at all, whoever asks and whoever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from experiments.datasets import packing
from experiments.datasets.packing import PACKS, packed
from sttm.errors import InputError

ASK = """
import os, sys, pathlib
from experiments.datasets.packing import packed

def make(path):
    (pathlib.Path("made") / str(os.getpid())).touch()
    path.write_bytes(b"half")
    if sys.argv[1] == "hang":
        print("half", flush=True)
        sys.stdin.read()
    path.write_bytes(b"whole")

print(packed({"a": 1}, make, "x.npy"), flush=True)
"""


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made").mkdir()


def ask(how):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.Popen([sys.executable, "-c", ASK, how], env=environment, **pipes)


def writer(text, calls):
    def make(path):
        calls.append(path)
        path.write_text(text)

    return make


def test_a_pack_is_made_once_and_found_again():
    calls = []
    first = packed({"digest": "abc", "version": 1}, writer("one", calls), "x.npy")
    again = packed({"version": 1, "digest": "abc"}, writer("two", calls), "x.npy")
    assert first == again and first.read_text() == "one" and len(calls) == 1
    assert first.parent.parent == PACKS and first.name == "x.npy"


@pytest.mark.parametrize("key", [{"digest": "abd"}, {"digest": "abc", "version": 2}, {}])
def test_another_key_is_another_pack(key):
    first = packed({"digest": "abc"}, writer("one", []), "x.npy")
    other = packed(key, writer("two", []), "x.npy")
    assert first != other and (first.read_text(), other.read_text()) == ("one", "two")


def test_what_goes_wrong_on_the_way_leaves_no_pack():
    def make(path):
        path.write_text("half")
        raise ValueError("row 7")

    with pytest.raises(ValueError, match="row 7"):
        packed({}, make, "x.npy")
    assert [p.name for p in PACKS.rglob("*") if p.is_file()] in ([".lock"], [])
    assert packed({}, writer("whole", []), "x.npy").read_text() == "whole"


def test_two_processes_at_once_make_it_once():
    both = [ask("make"), ask("make")]
    paths = {p.communicate(timeout=60)[0].strip() for p in both}
    assert len(paths) == 1 and Path(paths.pop()).read_bytes() == b"whole"
    assert len(list(Path("made").iterdir())) == 1


def test_who_waited_does_not_make_it_again(monkeypatch):
    """The second asks while the first is making, which the lock's construction tells for sure."""
    asked, go, calls = threading.Semaphore(0), threading.Event(), []

    class Announced(packing.FileLock):
        def __init__(self, path):
            super().__init__(path)
            asked.release()

    def make(path):
        calls.append(path)
        go.wait(60)
        path.write_text("whole")

    monkeypatch.setattr(packing, "FileLock", Announced)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(packed, {}, make, "x.npy") for _ in range(2)]
        assert asked.acquire(timeout=60) and asked.acquire(timeout=60)
        go.set()
        assert {f.result(60).read_text() for f in both} == {"whole"}
    assert len(calls) == 1


def test_a_process_that_waits_gets_the_pack_of_the_one_that_was_killed():
    killed = ask("hang")
    assert killed.stdout.readline() == "half\n"
    waiting = ask("make")
    killed.send_signal(signal.SIGKILL)
    killed.wait(timeout=60)
    path = Path(waiting.communicate(timeout=60)[0].strip())
    assert path.read_bytes() == b"whole"
    assert {p.name for p in path.parent.iterdir()} <= {"x.npy", ".lock"}
    for pipe in (killed.stdin, killed.stdout):
        pipe.close()


@pytest.mark.parametrize("obstacle", [".cache", ".cache/data"])
def test_a_place_that_cannot_be_written_is_refused_in_a_sentence(obstacle):
    Path(obstacle).parent.mkdir(exist_ok=True)
    Path(obstacle).write_text("in the way")
    with pytest.raises(InputError, match=r"x\.npy could not be written: .*; choose another"):
        packed({}, writer("one", []), "x.npy")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_refused_and_a_pack_in_it_still_found():
    path = packed({"a": 1}, writer("one", []), "x.npy")
    PACKS.chmod(0o555)
    try:
        assert packed({"a": 1}, writer("two", []), "x.npy") == path
        with pytest.raises(InputError, match="read-only"):
            packed({"a": 2}, writer("two", []), "x.npy")
    finally:
        PACKS.chmod(0o755)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_refused_in_a_sentence():
    def make(path):
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")

    with pytest.raises(InputError, match="the disk is full"):
        packed({}, make, "x.npy")
