"""The player: the picture on the screen is the frame whose number it says."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from frames_material import cut, drawn, real_clips, write_folder, write_video
from gui_support import shot
from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from sttm.errors import InputError
from sttm.frames import open_frames
from sttm.gui import decoding, rendering, theme
from sttm.gui.closeup import find_face
from sttm.gui.playback import Playback
from sttm.gui.player import Player
from sttm.gui.thumbnails import reduced_grey

WAIT = 20_000  # milliseconds


@pytest.fixture
def player(qtbot: Any) -> Iterator[Player]:
    widget = Player()
    qtbot.addWidget(widget)
    widget.resize(800, 600)
    widget.show()
    yield widget
    widget.close_clip()
    assert widget.wait_closed(20)


def open_clip(qtbot: Any, player: Player, source: Any, **window: Any) -> dict[str, Any]:
    with (
        qtbot.waitSignal(player.frame_shown, timeout=WAIT),
        qtbot.waitSignal(player.opened, timeout=WAIT) as facts,
    ):
        player.open(source, **window)
    return facts.args[0]


def go(qtbot: Any, player: Player, frame: int) -> None:
    player.seek(frame)
    qtbot.waitUntil(lambda: player.frame == frame and player._target is None, timeout=WAIT)


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def on_screen(player: Player) -> np.ndarray:
    """The pixels of the frame as the widget draws it, at actual size."""
    player.set_zoom("actual")
    grabbed = pixels(player.view.grab().toImage())
    _, left, top = player.view.placing()
    height, width = player.picture().shape[:2]
    assert left >= 0 and top >= 0, "the view is too small for this test"
    return grabbed[top : top + height, left : left + width]


def sources(folder: Path) -> dict[str, Any]:
    clip = drawn(30)
    np.save(folder / "clip.npy", clip)
    return {
        "avi": write_video(folder / "clip.avi", clip, "MJPG"),
        "folder": write_folder(folder / "images", clip),
        "npy": folder / "clip.npy",
    }


@pytest.mark.parametrize("kind", ["avi", "folder", "npy"])
def test_screen_shows_the_very_frame(qtbot: Any, player: Player, tmp_path: Path, kind: str) -> None:
    source = sources(tmp_path)[kind]
    with open_frames(source, first=4, last=25, colour=True) as frames:
        truth = list(iter(frames))
    facts = open_clip(qtbot, player, source, first=4, last=25)
    assert (facts["frames"], facts["width"], facts["height"]) == (22, 64, 48)
    for number in (4, 25, 17, 5, 6, 7, 24):
        go(qtbot, player, number)
        np.testing.assert_array_equal(on_screen(player), truth[number - 4])
        assert f"frame {number} / 25" in player.controls.readout.text()


def test_every_frame_of_a_real_clip_is_on_the_screen(qtbot: Any, player: Player) -> None:
    clip = next(path for path in real_clips() if path.suffix == ".mpg")
    with open_frames(clip, colour=True) as frames:
        truth = list(iter(frames))
    facts = open_clip(qtbot, player, clip)
    assert (facts["frames"], facts["fps"]) == (75, 25.0)
    for number, frame in enumerate(truth):
        go(qtbot, player, number)
        np.testing.assert_array_equal(on_screen(player), frame)


def test_number_told_is_that_of_the_picture_while_playing(qtbot: Any, player: Player) -> None:
    clip = drawn(40)
    for speed in (0.5, 4.0):
        open_clip(qtbot, player, clip, fps=100.0)
        seen: list[int] = []

        def look(number: int, seen: list[int] = seen) -> None:
            np.testing.assert_array_equal(player.picture(), clip[number])
            seen.append(number)

        player.frame_shown.connect(look)
        player.set_speed(speed)
        with qtbot.waitSignal(player.played, timeout=WAIT, check_params_cb=lambda on: not on):
            player.play()
        player.frame_shown.disconnect(look)
        assert seen[-1] == 39 and seen == sorted(set(seen)) and player.frame == 39
        if speed <= 1:
            assert seen == list(range(1, 40)), "slow playing shows every frame"


def test_play_begins_anew_at_the_end_and_loops(qtbot: Any, player: Player) -> None:
    open_clip(qtbot, player, drawn(12), fps=200.0)
    go(qtbot, player, 11)
    player.play()
    qtbot.waitUntil(lambda: player.frame in (0, 1, 2), timeout=WAIT)
    player.pause()
    player.set_loop(7, 3)
    assert player.loop == (3, 7)
    seen: list[int] = []
    player.frame_shown.connect(seen.append)
    player.play()
    qtbot.waitUntil(lambda: seen.count(3) >= 3, timeout=WAIT)
    assert player.playing and set(seen) == {3, 4, 5, 6, 7}
    player.set_loop(None)
    qtbot.waitUntil(lambda: not player.playing, timeout=WAIT)
    assert player.frame == 11


def test_playback_keeps_wall_time_and_leaves_out_only_above_speed_one() -> None:
    for speed in (0.1, 0.5, 1.0, 2.0, 4.0):
        run = Playback(0, 999, 25.0, speed)
        run.begin(0, 50.0)
        shown = [n for tick in range(1, 4000) if (n := run.due(50.0 + tick / 400)) is not None]
        assert abs(shown[-1] - 9.9975 * 25 * speed) <= 1.01
        assert set(np.diff([0, *shown])) == {1}
    late = Playback(0, 999, 25.0, 4.0)
    late.begin(0, 0.0)
    assert late.due(0.1) == 10
    slow = Playback(0, 999, 25.0, 1.0)
    slow.begin(0, 0.0)
    assert slow.due(0.5) == 1 and slow.due(0.51) is None


def test_steps_add_up_and_stay_inside(qtbot: Any, player: Player) -> None:
    open_clip(qtbot, player, drawn(30), first=5, last=24)
    for step, frame in ((1, 6), (10, 16), (10, 24), (1, 24), (-10, 14), (-10, 5), (-1, 5)):
        player.step(step)
        qtbot.waitUntil(lambda f=frame: player.frame == f, timeout=WAIT)
    assert not player.playing


def test_unknown_rate_is_said(qtbot: Any, player: Player) -> None:
    noted: list[str] = []
    player.noted.connect(noted.append)
    assert open_clip(qtbot, player, drawn(8))["fps"] is None
    assert noted == ["fps unknown, played at 25"]
    assert noted[0] in player.controls.readout.text()
    go(qtbot, player, 5)
    assert "0.200 s" in player.controls.readout.text()
    assert open_clip(qtbot, player, drawn(8), fps=50.0)["fps"] == 50.0
    assert "unknown" not in player.controls.readout.text()


@pytest.mark.parametrize("kind", ["vanished", "empty", "no frames"])
def test_failure_is_a_sentence_in_place_of_the_picture(
    qtbot: Any, player: Player, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "clip.mp4"
    if kind != "vanished":
        path.write_bytes(b"" if kind == "empty" else b"not a video" * 99)
    open_clip(qtbot, player, drawn(8))
    with qtbot.waitSignal(player.failed, timeout=WAIT) as failed:
        player.open(path)
    assert player.view.message == failed.args[0] and "clip.mp4" in failed.args[0]
    assert player.picture() is None and player.controls.readout.text() == ""
    player.play()
    player.step(1)
    player.set_difference(3)
    player.set_zoom("face")
    assert not player.playing
    shot(player, f"player-{kind}", tmp_path)


@pytest.mark.filterwarnings("ignore::sttm.frames.FramesLost")
def test_truncated_video_is_noted(qtbot: Any, player: Player, tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.avi", drawn(60), "MJPG")
    noted: list[str] = []
    player.noted.connect(noted.append)
    player.open(cut(whole, tmp_path / "cut.avi", 0.5))
    qtbot.waitUntil(lambda: any("cannot be decoded" in n for n in noted), timeout=WAIT)
    player.seek(59)
    qtbot.waitUntil(lambda: player.frame == player.facts.last, timeout=WAIT)
    assert 0 < player.facts.last < 59


def test_nothing_is_decoded_in_the_window_thread(
    qtbot: Any, player: Player, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    opening = decoding.open_frames

    def watched(*args: Any, **options: Any) -> Any:
        frames = opening(*args, **options)
        for name in ("raw_at", "iter_some"):
            original = getattr(frames, name)

            def noted(*given: Any, original: Any = original) -> Any:
                threads.add(threading.get_ident())
                return original(*given)

            setattr(frames, name, noted)
        threads.add(threading.get_ident())
        return frames

    monkeypatch.setattr(decoding, "open_frames", watched)
    player.budget = 6 * 64 * 48 * 3
    open_clip(qtbot, player, write_video(tmp_path / "c.avi", drawn(90), "MJPG"))
    for number in (80, 3, 40, 41, 42, 0):
        go(qtbot, player, number)
    player.set_difference(77)
    player.set_zoom("face")
    go(qtbot, player, 50)
    assert threads and threading.get_ident() not in threads


def test_window_stays_awake(qtbot: Any, player: Player, record_property: Any) -> None:
    """Records the longest pause of the event loop; asserts only that it ran."""
    clip = next(path for path in real_clips() if path.suffix == ".mpg")
    clock, gaps, beat = QElapsedTimer(), [], QTimer()
    clock.start()
    beat.timeout.connect(lambda: gaps.append(clock.restart()))
    beat.start(1)
    open_clip(qtbot, player, clip)
    player.set_difference(0)
    player.set_zoom("face")
    for number in range(0, 70, 3):
        go(qtbot, player, number)
    player.set_speed(4.0)
    with qtbot.waitSignal(player.played, timeout=WAIT, check_params_cb=lambda on: not on):
        player.play()
    beat.stop()
    record_property("longest pause, ms", max(gaps))
    print("longest pause of the event loop:", max(gaps), "ms")
    assert len(gaps) > 10


def test_opening_closing_and_seeking_200_times(qtbot: Any, tmp_path: Path) -> None:
    before = threading.active_count()
    ways = [*sources(tmp_path).values(), tmp_path / "gone.avi", drawn(50)]
    player = Player()
    player.show()
    rng = np.random.default_rng(0)
    for _ in range(200):
        player.open(ways[rng.integers(len(ways))])
        for _ in range(rng.integers(0, 4)):
            player.seek(int(rng.integers(-5, 60)))
            player.set_difference(int(rng.integers(0, 30)))
            if rng.integers(2):
                QApplication.processEvents()
        if rng.integers(3) == 0:
            player.play()
        if rng.integers(4) == 0:
            player.close_clip()
    player.close_clip()
    assert player.wait_closed(20)
    assert threading.active_count() == before
    player.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()


def test_players_may_vanish_while_they_decode(qtbot: Any, tmp_path: Path) -> None:
    before = threading.active_count()
    source = sources(tmp_path)["avi"]
    for turn in range(30):
        player = Player()
        player.open(source)
        player.seek(turn)
        if turn % 2:
            QApplication.processEvents()
        player.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        del player
    end = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert threading.active_count() == before


LEAVING = """
import sys
sys.path.insert(0, {tests!r})
import gui_support
from PySide6.QtWidgets import QApplication
from sttm.gui.player import Player
from frames_material import drawn
app = QApplication([])
player = Player()
player.show()
player.open(drawn(400))
app.processEvents()
player.seek(390)
"""


def test_leaving_the_program_while_it_decodes_is_clean() -> None:
    tests = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", LEAVING.format(tests=tests)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0 and "Traceback" not in done.stderr, done.stderr


# looks -----------------------------------------------------------------------------------------


def test_levels_are_those_of_the_table(qtbot: Any, player: Player) -> None:
    clip = drawn(5)
    open_clip(qtbot, player, clip)
    player.set_brightness(20)
    player.set_contrast(-30)
    table = rendering.level_table(20, -30)
    np.testing.assert_array_equal(on_screen(player), table[clip[0]])
    assert (np.diff(table.astype(int)) >= 0).all()
    player.set_brightness(0)
    player.set_contrast(0)
    np.testing.assert_array_equal(on_screen(player), clip[0])


@pytest.mark.parametrize("style", rendering.STYLES)
def test_difference_shows_what_moved_and_only_that(style: str) -> None:
    calm = np.full((120, 160, 3), 90, np.uint8)
    moved = calm.copy()
    moved[40:60, 50:80] += 12
    moved[80:100, 50:80] -= 12
    same = rendering.difference(calm, calm, 4.0, style)
    assert (same == same[0, 0]).all()
    out = rendering.difference(moved, calm, 4.0, style).astype(int)
    away = np.abs(out - same[0, 0]).sum(axis=2)
    assert away[45:55, 55:75].min() > 60 and away[85:95, 55:75].min() > 60
    assert away[:25].max() == 0 and away[:, 120:].max() == 0
    brighter, darker = out[50, 65], out[90, 65]
    if style == "absolute":
        assert (brighter == darker).all()
    else:
        assert brighter[0] > brighter[2] and darker[2] > darker[0]
    stronger = rendering.difference(moved, calm, 8.0, style).astype(int)
    assert np.abs(stronger - same[0, 0]).sum() > away.sum()


def test_difference_to_a_frame_is_said_and_ends(qtbot: Any, player: Player) -> None:
    clip = drawn(20)
    open_clip(qtbot, player, clip)
    go(qtbot, player, 15)
    player.set_difference(12)
    qtbot.waitUntil(lambda: player.view.reference is not None, timeout=WAIT)
    np.testing.assert_array_equal(player.view.reference, clip[12])
    assert player.view.notes == ("difference to frame 12, ×4",)
    np.testing.assert_array_equal(on_screen(player), rendering.difference(clip[15], clip[12]))
    player.set_amplification(16)
    player.set_difference_style("overlay")
    assert player.view.notes == ("difference to frame 12, ×16",)
    player.set_difference(None)
    assert player.view.notes == () and player.difference is None
    np.testing.assert_array_equal(on_screen(player), clip[15])


def test_button_compares_with_the_onset(qtbot: Any, player: Player) -> None:
    open_clip(qtbot, player, drawn(20), first=2)
    player.controls.difference.click()
    assert player.difference == 2
    player.set_onset(9)
    assert player.difference == 9
    player.controls.difference.click()
    assert player.difference is None


def test_face_is_found_and_filled(qtbot: Any, player: Player) -> None:
    clip = next(path for path in real_clips() if path.suffix == ".mpg")
    open_clip(qtbot, player, clip)
    player.set_zoom("face")
    qtbot.waitUntil(lambda: player.view.zoom == "face", timeout=WAIT)
    left, top, side = player.view.square
    height, width = player.picture().shape[:2]
    assert 0 < left + side / 2 < width and 0 < top + side / 2 < height
    scale, _, _ = player.view.placing()
    assert scale > min(player.view.width() / width, player.view.height() / height)
    with open_frames(clip, colour=True) as frames:
        pictures = {n: reduced_grey(f) for n, f in enumerate(frames) if n % 10 == 0}
    face = find_face(pictures)
    assert face is not None and abs(face.at(30)[2] - side) < 0.1 * side


def test_clip_without_a_face_stays_whole_and_says_so(qtbot: Any, player: Player) -> None:
    open_clip(qtbot, player, drawn(10), fps=25.0)
    with qtbot.waitSignal(player.noted, timeout=WAIT) as noted:
        player.set_zoom("face")
    assert noted.args == ["no face found"] and player.view.zoom == "fit"
    clip = next(path for path in real_clips() if path.suffix == ".mpg")
    open_clip(qtbot, player, clip)
    qtbot.waitUntil(lambda: player.view.zoom == "face", timeout=WAIT)


def test_fit_keeps_the_shape_and_is_centred(qtbot: Any, player: Player) -> None:
    open_clip(qtbot, player, np.full((3, 90, 160, 3), 200, np.uint8))
    for size in ((800, 300), (300, 800), (64, 64)):
        player.view.setFixedSize(*size)
        array, left, top = player.view.rendered()
        tall, wide = array.shape[:2]
        assert abs(wide / tall - 160 / 90) < 0.06
        assert abs((size[0] - wide) / 2 - left) <= 1 and abs((size[1] - tall) / 2 - top) <= 1
        assert wide == size[0] or tall == size[1]


def test_wheel_zooms_about_the_mouse(qtbot: Any, player: Player) -> None:
    open_clip(qtbot, player, drawn(3))
    view, at = player.view, QPointF(250.0, 180.0)
    scale, left, top = view.placing()
    source = ((at.x() - left) / scale, (at.y() - top) / scale)
    event = QWheelEvent(
        at,
        at,
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
    bigger, left, top = view.placing()
    assert bigger > scale and view.zoom == "free"
    assert abs((at.x() - left) / bigger - source[0]) < 0.2
    assert abs((at.y() - top) / bigger - source[1]) < 0.2
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert view.zoom == "fit"


def test_unknown_names_are_refused(player: Player) -> None:
    for call in (
        lambda: player.set_zoom("fitt"),
        lambda: player.set_difference_style("sined"),
        lambda: player.set_speed(float("nan")),
        lambda: theme.apply_theme(QApplication.instance(), "drak"),
    ):
        with pytest.raises(InputError):
            call()
    player.set_speed(99)
    assert player.speed == 4.0
    player.set_speed(0)
    assert player.speed == 0.1


def test_keyboard_stays_with_the_window(player: Player) -> None:
    from PySide6.QtWidgets import QToolButton

    for button in player.findChildren(QToolButton):
        assert button.focusPolicy() == Qt.FocusPolicy.NoFocus and button.accessibleName()


# themes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["light", "dark"])
def test_contrast_is_enough(name: str) -> None:
    colours = theme.THEMES[name]
    for ground in (colours.paper, colours.panel, colours.well, colours.hover):
        for ink in (colours.ink, colours.quiet, colours.accent):
            assert theme.contrast(ink, ground) >= 4.5, (ink, ground)
    for ground in (colours.paper, colours.panel):
        for ink in (colours.orange, colours.red, colours.green):
            assert theme.contrast(ink, ground) >= 4.5, (ink, ground)
        assert theme.contrast(colours.edge, ground) >= 3
    assert theme.contrast(colours.on_accent, colours.accent) >= 4.5
    assert theme.contrast(colours.ink, colours.accent_ground) >= 4.5
    for label in colours.labels:
        assert theme.contrast(label, colours.paper) >= 3, label
        assert theme.contrast(theme.text_on(label), label) >= 4.5, label


# Machado, Oliveira, Fernandes, IEEE TVCG 15(6), 2009, severity 1; doi:10.1109/TVCG.2009.113
BLIND = {
    "none": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def lab(linear: np.ndarray) -> np.ndarray:
    """Linear sRGB (n, 3) -> CIE L*a*b*, D65."""
    from skimage.color import xyz2lab

    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    return xyz2lab(np.clip(linear, 0, 1) @ np.transpose(to_xyz))


@pytest.mark.parametrize("kind", BLIND)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_labels_are_told_apart_with_colour_blindness(name: str, kind: str) -> None:
    levels = [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in theme.THEMES[name].labels]
    coded = np.array(levels)
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = lab(linear @ np.transpose(BLIND[kind]))
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2) + 999 * np.eye(12)
    assert apart.min() > 6, (apart.min(), np.argwhere(apart == apart.min())[0])


def test_theme_is_applied_and_kept_by_the_window(qtbot: Any, player: Player) -> None:
    app = QApplication.instance()
    seen = []
    for name in ("dark", "light", "system"):
        used = theme.apply_theme(app, name)
        assert theme.current() is used
        open_clip(qtbot, player, drawn(4))
        seen.append(pixels(player.grab().toImage())[-3, 3].tolist())
    assert seen[0] != seen[1]
    assert app.font().pointSizeF() >= 10
    app.setStyleSheet("")


@pytest.mark.parametrize("ratio", [2, 3])
def test_actual_size_is_exact_on_dense_screens(ratio: int, tmp_path: Path) -> None:
    """In a process of its own, because the scale is fixed when Qt starts."""
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import gui_support, numpy as np
from PySide6.QtWidgets import QApplication
from test_labeling_gui_player import pixels
from frames_material import drawn
from sttm.gui.view import View
app = QApplication([])
view, frame = View(), drawn(1)[0]
view.resize(200, 150); view.show(); view.show_frame(frame); view.set_zoom("actual")
assert view.devicePixelRatioF() == {ratio}
grabbed = pixels(view.grab().toImage())
assert grabbed.shape[:2] == (150 * {ratio}, 200 * {ratio})
_, left, top = view.placing()
assert (grabbed[top:top + 48, left:left + 64] == frame).all()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "QT_SCALE_FACTOR": str(ratio)},
    )
    assert done.returncode == 0, done.stderr


def test_messages_of_a_clip_that_was_left_are_not_heard(qtbot: Any, player: Player) -> None:
    told: list[int] = []
    player.opened.connect(lambda facts: told.append(facts["frames"]))
    player.open(drawn(8))
    old = player._reader
    end = time.monotonic() + 20
    while old.facts is None and time.monotonic() < end:
        time.sleep(0.01)
    open_clip(qtbot, player, drawn(5))
    assert told == [5]
