"""The reader behind the window: frame n is open_frames(...)[n - first], whatever is asked when."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import gui_support  # noqa: F401  skips where there is no Qt
import numpy as np
import pytest
from frames_material import CLIPS, cut, drawn, grey_of, real_clips, write_folder, write_video

from sttm.frames import open_frames
from sttm.gui import decoding
from sttm.gui.decoding import FrameCache, Reader

WAIT = 20.0  # seconds until a test gives up


class Listener:
    """Collects what a reader tells."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.change = threading.Condition()

    def __call__(self, kind: str, value: Any) -> None:
        with self.change:
            self.told.append((kind, value))
            self.change.notify_all()

    def of(self, kind: str) -> list[Any]:
        return [value for told, value in list(self.told) if told == kind]

    def wait(self, *kinds: str) -> Any:
        with self.change:
            found = self.change.wait_for(
                lambda: next((t for t in self.told if t[0] in kinds), None), WAIT
            )
        assert found, f"{kinds} was not told, only {self.told}"
        return found[1]


def opened(source: Any, budget: int = 2**28, **window: Any) -> tuple[Reader, Listener]:
    listener = Listener()
    told = {"first": None, "last": None, "fps": None, **window}
    reader = Reader(source, tell=listener, budget=budget, **told)
    reader.start()
    return reader, listener


def frame_of(reader: Reader, number: int) -> np.ndarray:
    """What the window does: want a frame until it is there."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        picture = reader.want(number)
        if picture is not None:
            return picture
        time.sleep(0.0005)
    raise AssertionError(f"frame {number} never came")


def ended(reader: Reader) -> bool:
    reader.stop()
    return reader.join(WAIT)


def assert_exact(source: Any, order: list[int], budget: int = 2**28, **window: Any) -> None:
    """Frames in this order are those of open_frames with the same window."""
    with open_frames(
        source, first=window.get("first"), last=window.get("last"), colour=True
    ) as frames:
        truth = list(iter(frames))
    first = window.get("first") or 0
    reader, listener = opened(source, budget, **window)
    facts = listener.wait("opened", "failed")
    for place in order:
        place %= len(truth)
        picture = frame_of(reader, place + first)
        assert picture.dtype == np.uint8 and not picture.flags.writeable
        np.testing.assert_array_equal(picture, truth[place], err_msg=f"frame {place + first}")
    facts = listener.of("opened")[-1]
    assert (facts.first, facts.frames) == (first, len(truth))
    assert (facts.height, facts.width) == truth[0].shape[:2]
    assert ended(reader)


def mixed_order(count: int, seed: int = 3) -> list[int]:
    order = [*range(count), *range(count - 1, -1, -7)]
    random.Random(seed).shuffle(order)
    return [0, count - 1, *order[:60], *range(5)]


@pytest.mark.parametrize("kind", ["avi", "mp4", "folder", "grey folder", "npy", "array"])
def test_frames_are_exact_in_every_form(tmp_path: Path, kind: str) -> None:
    clip = drawn(40)
    source: Any = {
        "avi": lambda: write_video(tmp_path / "c.avi", clip, "MJPG"),
        "mp4": lambda: write_video(tmp_path / "c.mp4", clip, "mp4v"),
        "folder": lambda: write_folder(tmp_path / "f", clip),
        "grey folder": lambda: write_folder(tmp_path / "g", grey_of(clip)),
        "npy": lambda: (np.save(tmp_path / "c.npy", clip), tmp_path / "c.npy")[1],
        "array": lambda: clip,
    }[kind]()
    for budget in (2**28, 8 * clip[0].nbytes):
        assert_exact(source, mixed_order(40), budget)
        assert_exact(source, mixed_order(20), budget, first=11, last=30)


@pytest.mark.parametrize("place", range(7))
def test_whole_real_clips_are_exact(place: int) -> None:
    clips = real_clips()
    if place >= len(clips):
        pytest.skip(f"{CLIPS} holds fewer clips")
    assert_exact(clips[place], [*range(0, 75), *mixed_order(75)])


def test_real_clip_is_exact_where_memory_is_short() -> None:
    clip = next(path for path in real_clips() if path.suffix == ".mpg")
    assert_exact(clip, mixed_order(75), budget=10 * 288 * 360 * 3)
    assert_exact(clip, mixed_order(30), budget=10 * 288 * 360 * 3, first=20, last=49)


def test_long_clip_stays_in_its_budget() -> None:
    clip = drawn(300)
    budget = 30 * clip[0].nbytes
    reader, listener = opened(clip, budget)
    listener.wait("opened")
    for number in (0, 299, 150, 151, 20, 280):
        frame_of(reader, number)
        assert reader._cache.size <= budget
    assert ended(reader)


def test_cache_gives_up_what_is_farthest() -> None:
    frame = np.zeros((2, 2, 3), np.uint8)
    cache = FrameCache(3 * frame.nbytes)
    for number in (0, 1, 2, 10):
        cache.put(number, frame, 10)
    assert [n for n in (0, 1, 2, 10) if n in cache] == [1, 2, 10]
    assert not cache.put(30, frame, 2) and cache.put(3, frame, 2)
    assert 10 not in cache and cache.size == cache.budget


def test_kept_frame_survives_any_journey() -> None:
    clip = drawn(120)
    reader, listener = opened(clip, 6 * clip[0].nbytes)
    listener.wait("opened")
    reader.keep(5)
    frame_of(reader, 5)
    for number in (119, 60, 90):
        frame_of(reader, number)
    found = reader.picture(5)
    assert found is not None
    np.testing.assert_array_equal(found, clip[5])
    assert ended(reader)


def test_newest_wish_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    clip = drawn(60)
    started = threading.Event()

    class Slow:
        """Frames that come slowly enough for wishes to pile up."""

        def __init__(self, *args: Any, **options: Any) -> None:
            self.frames = open_frames(clip, colour=True)
            self.asked: list[int] = []
            slow.append(self)

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *error: Any) -> None:
            self.frames.close()

        def iter_some(self, wanted: Any) -> Any:
            return iter(())

        def __getattr__(self, name: str) -> Any:
            return getattr(self.frames, name)

        def __getitem__(self, number: int) -> np.ndarray:
            self.asked.append(number)
            started.set()
            time.sleep(0.02)
            return self.frames[number]

    slow: list[Slow] = []
    monkeypatch.setattr(decoding, "open_frames", Slow)
    monkeypatch.setattr(Reader, "_end_pass", lambda self, frames: setattr(self, "_pass", None))
    monkeypatch.setattr(decoding, "AHEAD", 0)
    reader, listener = opened(clip, last=59)
    assert started.wait(WAIT)
    for number in range(10, 59):
        reader.want(number)
    reader.want(42)
    frame_of(reader, 42)
    between = [n for n in slow[0].asked if n not in (0, 42)]
    assert len(between) <= 1, between
    assert listener.of("arrived")[-1] == 42
    assert ended(reader)


def test_thumbnails_cover_the_clip_and_own_their_pixels() -> None:
    clip = drawn(300)
    reader, listener = opened(clip)
    frame_of(reader, 299)
    assert ended(reader)
    numbers = [number for number, _ in listener.of("thumbnail")]
    assert numbers[0] == 0 and numbers == sorted(set(numbers))
    kept = sorted(reader._samples.pictures)
    assert 32 <= len(kept) <= 65 and kept[-1] > 280
    assert len(set(np.diff(kept))) == 1
    image = listener.of("thumbnail")[0][1]
    assert image.height() == 96 and abs(image.width() - 128) <= 1


def test_vanished_file_is_one_sentence(tmp_path: Path) -> None:
    reader, listener = opened(tmp_path / "gone.avi")
    sentence = listener.wait("failed")
    assert "gone.avi" in sentence and "\n" not in sentence and sentence.endswith(".")
    assert not listener.of("opened") and ended(reader)


@pytest.mark.parametrize("content", [b"", b"no video at all" * 50])
def test_file_without_frames_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.mp4"
    path.write_bytes(content)
    reader, listener = opened(path)
    assert "odd.mp4" in listener.wait("failed") and ended(reader)


@pytest.mark.filterwarnings("ignore::sttm.frames.FramesLost")
def test_truncated_video_shows_what_there_is(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.avi", drawn(60), "MJPG")
    broken = cut(whole, tmp_path / "broken.avi", 0.5)
    with open_frames(broken, colour=True) as frames:
        truth = list(iter(frames))
        lost = frames.lost
    assert 0 < len(truth) < 60
    reader, listener = opened(broken)
    frame_of(reader, len(truth) - 1)
    reader.want(59)
    assert listener.wait("missing") == 59
    facts = listener.of("opened")[-1]
    assert (facts.frames, facts.lost) == (len(truth), lost)
    np.testing.assert_array_equal(frame_of(reader, len(truth) - 1), truth[-1])
    assert ended(reader)


def test_window_beyond_the_end_is_refused(tmp_path: Path) -> None:
    for source in (drawn(10), write_video(tmp_path / "c.avi", drawn(10), "MJPG")):
        reader, listener = opened(source, first=12, last=20)
        assert "10" in listener.wait("failed") and ended(reader)


def test_nothing_is_told_after_stop() -> None:
    for _ in range(30):
        reader, listener = opened(drawn(30))
        reader.stop()
        told = len(listener.told)
        assert reader.join(WAIT)
        assert len(listener.told) == told


def test_unreadable_source_ends_in_a_sentence() -> None:
    for source in (None, 3, "\0", np.zeros((0, 4, 4)), [np.zeros((2, 2)), np.zeros((3, 3))]):
        reader, listener = opened(source)
        sentence = listener.wait("failed")
        assert "\n" not in sentence and sentence.endswith(".") and ended(reader)
