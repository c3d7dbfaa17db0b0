"""Live sources: nothing lags, nothing is held after a stop, what fails is a sentence."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from recognizer_material import bundle_of, long_clip, pictures, write_video

from recognizer.camera import Camera, SimulatedCamera
from recognizer.live import KEPT, Live
from recognizer.settings import Settings
from sttm.errors import InputError
from sttm.extract import Job, measure_clip


class Fake:
    """A camera that delivers given pictures, as fast as it is asked unless told."""

    name = "fake"

    def __init__(self, volume, gap=0.0, fails=None, endless=False):
        self.volume, self.gap, self.fails, self.endless = volume, gap, fails, endless
        self.reads = 0
        self.closed = threading.Event()

    def read(self):
        if self.closed.is_set():
            raise AssertionError("read after close")
        if self.fails is not None and self.reads >= self.fails:
            raise InputError("fake delivers no picture; is it still plugged in?")
        if self.reads >= len(self.volume) and not self.endless:
            return None
        time.sleep(self.gap)
        picture = self.volume[self.reads % len(self.volume)][..., ::-1]
        self.reads += 1
        return picture

    def close(self):
        self.closed.set()


def play(camera, bundle=None, settings=None):
    """Run a camera to its end: what was shown, and why it ended."""
    shown, reasons = [], []
    live = Live(
        bundle or bundle_of(), settings or Settings(), lambda: camera, shown.append, reasons.append
    )
    live.start().join(30)
    assert not live.running
    return live, shown, reasons


def test_live_answers_are_those_of_the_clip_offline(tmp_path):
    video = write_video(tmp_path / "clip.avi", long_clip())
    bundle = bundle_of()
    live, shown, reasons = play(SimulatedCamera(video), bundle, Settings(smooth=0, every=0.1))
    assert reasons == [""] and len(shown) >= 2
    assert live.grabbed == 48 and live.analysed == len(shown)
    for glimpse in shown:
        found = glimpse.analysis
        row = measure_clip(Job("x", video, found.first, found.last), live.engine.recipe)[0]
        expected = bundle.predict_proba(row.measures[None])[0]
        assert np.array_equal(found.faces[0].raw, expected)
        assert glimpse.picture.shape == (128, 128, 3) and glimpse.lag >= 0


def test_a_slow_model_leaves_frames_out_and_shows_the_newest():
    bundle = bundle_of("still")
    camera = Fake(pictures(), gap=0.004, endless=True)
    numbers, newest = [], []

    def show(glimpse):
        numbers.append(glimpse.analysis.last)
        newest.append(live.grabbed)
        time.sleep(0.05)
        if len(numbers) == 6:
            live.stop(wait=False)

    live = Live(bundle, Settings(), lambda: camera, show)
    live.start().join(30)
    steps = np.diff(numbers)
    assert (steps > 1).all()  # frames were left out
    assert max(np.array(newest) - 1 - numbers) <= max(steps)  # never further behind than one answer


def test_what_waits_for_a_slow_model_is_bounded():
    camera = Fake(np.zeros((3, 16, 16, 3), np.uint8), endless=True)
    begun = threading.Event()

    def show(glimpse):
        begun.set()
        time.sleep(0.3)

    live = Live(bundle_of("still"), Settings(), lambda: camera, show).start()
    assert begun.wait(20)
    time.sleep(0.1)
    assert len(live._new) <= KEPT
    live.stop()
    assert camera.closed.is_set() and not live.running


def test_what_a_driver_says_after_a_stop_is_no_reason():
    class Gone(Fake):
        def read(self):
            if self.reads < 3:
                return super().read()
            while not live._stopped:
                time.sleep(0.002)
            raise RuntimeError("no such device")

    def show(glimpse):
        live.stop(wait=False)
        assert camera.closed.wait(20)

    reasons = []
    camera = Gone(pictures(), gap=0.005, endless=True)
    live = Live(bundle_of("still"), Settings(), lambda: camera, show, reasons.append)
    live.start().join(30)
    assert reasons == [""]


def test_few_large_pictures_wait_and_the_newest_is_among_them(monkeypatch):
    picture = np.zeros((16, 16, 3), np.uint8)
    monkeypatch.setattr("recognizer.live.WAITING", 5 * picture.nbytes)
    live = Live(bundle_of("still"), Settings(), lambda: None, lambda glimpse: None)
    for _ in range(20):
        live._take(picture)
    assert [shot.number for shot in live._wait()] == [15, 16, 17, 18, 19]


def test_stopping_frees_the_camera_at_once():
    camera = Fake(pictures(), gap=0.01, endless=True)
    live = Live(bundle_of("still"), Settings(), lambda: camera, lambda glimpse: None).start()
    while live.grabbed < 3:
        time.sleep(0.005)
    live.stop()
    assert camera.closed.is_set() and not live.running
    live.stop()  # a second time does nothing


def test_a_driver_that_fails_on_closing_ends_all_the_same():
    camera = Fake(pictures()[:2])

    def close():
        raise RuntimeError("driver")

    camera.close = close
    _, _, reasons = play(camera, bundle_of("still"))
    assert reasons == [""]


@pytest.mark.parametrize("fails", [0, 5])
def test_a_camera_that_delivers_nothing_or_stops_is_a_sentence(fails):
    camera = Fake(long_clip(), fails=fails)
    _, _, reasons = play(camera)
    assert reasons == ["fake delivers no picture; is it still plugged in?"]
    assert camera.closed.is_set()


@pytest.mark.parametrize(
    "odd",
    [
        lambda p: p[:0],
        lambda p: p.astype(float),
        lambda p: p.astype(np.uint16),
        lambda p: p[..., :2],
        lambda p: p[0, 0],
        lambda p: p.tolist(),
    ],
)
def test_what_is_no_picture_ends_a_camera_with_a_sentence(odd):
    camera = Fake(long_clip(1))
    read, given = camera.read, []
    camera.read = lambda: given.append(1) or (read() if len(given) < 3 else odd(read()))
    _, _, (reason,) = play(camera, bundle_of("still"))
    assert reason.startswith("the camera must give grey or colour pictures of 8 bits; it gave ")
    assert camera.closed.is_set()


def test_a_camera_that_cannot_be_opened_is_a_sentence():
    reasons = []

    def absent():
        raise InputError("camera 7 cannot be opened.")

    live = Live(bundle_of(), Settings(), absent, lambda glimpse: None, reasons.append)
    live.start().join(10)
    assert reasons == ["camera 7 cannot be opened."]

    def odd():
        raise RuntimeError("driver")

    live = Live(bundle_of(), Settings(), odd, lambda glimpse: None, reasons.append)
    live.start().join(10)
    assert reasons[1] == "the camera failed (RuntimeError: driver)."


def test_a_fault_of_what_shows_ends_it_with_a_sentence_and_frees_the_camera():
    camera, reasons = Fake(pictures(), endless=True), []

    def show(glimpse):
        raise ValueError("cannot show")

    live = Live(bundle_of("still"), Settings(), lambda: camera, show, reasons.append)
    live.start().join(10)
    camera.closed.wait(5)
    assert camera.closed.is_set() and reasons == ["the analysis failed (ValueError: cannot show)."]


def test_no_such_camera_here():
    with pytest.raises(InputError, match="camera 93 cannot be opened"):
        Camera(93)


def test_a_simulated_camera_keeps_time_loops_and_ends(tmp_path):
    video = write_video(tmp_path / "clip.avi", pictures())
    camera = SimulatedCamera(video, fps=100)
    begun = time.monotonic()
    read = []
    while (picture := camera.read()) is not None:
        read.append(picture)
    assert len(read) == 12 and time.monotonic() - begun >= 0.10
    camera.close()
    looping = SimulatedCamera(video, fps=0, loop=True)
    again = [looping.read() for _ in range(30)]
    assert all(picture is not None for picture in again)
    assert np.array_equal(again[0], again[12])
    looping.close()


def test_a_camera_that_changes_its_size_begins_a_new_window():
    volume = [*long_clip(2), *(p[:120] for p in long_clip(2))]
    _, shown, reasons = play(Fake(volume, gap=0.02), settings=Settings(every=0.05))
    assert reasons == [""]
    sizes = {g.picture.shape for g in shown}
    assert sizes <= {(128, 128, 3), (120, 128, 3)} and (120, 128, 3) in sizes
