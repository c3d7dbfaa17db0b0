"""The recognizer's window as people use it, and what it says when something goes wrong."""

from __future__ import annotations

import functools
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gui_support  # noqa: F401
import numpy as np
import pandas as pd
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from recognizer_material import (
    bundle_file,
    long_clip,
    pictures,
    two_people,
    write_image,
    write_video,
)

from recognizer.bundle import load_bundle
from recognizer.camera import SimulatedCamera
from recognizer.gui import app, session
from recognizer.gui.actions import ACTIONS, legend_groups
from recognizer.gui.app import run_window, show_window
from recognizer.gui.deeds import DEEDS
from recognizer.gui.window import RecognizerWindow
from sttm.errors import InputError
from sttm.gui.preferences import Preferences

WAIT = 20_000  # ms


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with models, a video, a clip of two people, an image and files that are none."""
    folder = tmp_path_factory.mktemp("window")
    (folder / "models").mkdir()
    for kind in ("still", "sttm"):
        bundle_file(folder / "models", kind)
    write_video(folder / "long.avi", long_clip(3))
    write_video(folder / "two.avi", two_people())
    write_image(folder / "face.png", pictures()[-1])
    write_image(folder / "grey.png", np.full((80, 80, 3), 127, np.uint8))
    (folder / "broken.avi").write_bytes(b"RIFF" + bytes(300))
    with zipfile.ZipFile(folder / "hostile.sttm", "w") as archive:
        archive.writestr("bundle.json", '{"format": 1, "classes": ["a"]}')
        archive.writestr("model.skops", b"cos\nsystem\n(S'true'\ntR.")
    return folder


class Desk:
    """Opens windows and closes them in the end."""

    def __init__(self, place: Path, qtbot: Any) -> None:
        self.place, self.qtbot = place, qtbot
        self.windows: list[RecognizerWindow] = []
        self.labelled: list[Path] = []

    def window(self, *names: str, model: str = "sttm", **more: Any) -> RecognizerWindow:
        """Return a window with a model loaded, and with inputs open."""
        more.setdefault("label_clip", self.labelled.append)
        more.setdefault("preferences", Preferences(theme="light"))
        window = show_window(
            [self.place / name for name in names],
            model=self.place / "models" / f"{model}.sttm" if model else None,
            models=[self.place / "models"] if model else [self.place / "nothing"],
            **more,
        )
        self.windows.append(window)
        if model:
            self.until(lambda: window.session.bundle is not None)
        if names:
            self.until(lambda: window.session.source is not None)
        return window

    def until(self, holds: Callable[[], object]) -> None:
        """Wait."""
        self.qtbot.waitUntil(lambda: bool(holds()), timeout=WAIT)

    def analysed(self, window: RecognizerWindow) -> None:
        """Wait until the source was looked at to its end and a frame is shown."""
        self.until(lambda: window.session.record.complete)
        self.until(lambda: window.page.player.view.frame is not None)
        window.page.player.pause()

    def at(self, window: RecognizerWindow, frame: int) -> None:
        """Go to a frame and wait for it."""
        window.page.player.seek(frame)
        self.until(lambda: window.page.player.frame == frame)

    def close(self) -> None:
        for window in self.windows:
            window.close()
            window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


loaded = functools.cache(load_bundle)  # loading is tested elsewhere, and takes its time


@pytest.fixture
def desk(place: Path, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(session, "load_bundle", loaded)
    desk = Desk(place, qtbot)
    yield desk
    desk.close()


def drop(window: RecognizerWindow, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    held = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton
    entering = QDragEnterEvent(QPoint(50, 50), *held, Qt.KeyboardModifier.NoModifier)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    window.dropEvent(QDropEvent(QPointF(50, 50), *held, Qt.KeyboardModifier.NoModifier))


def answers(monkeypatch: pytest.MonkeyPatch, **found: Any) -> None:
    """Let the file dialogs answer without being shown."""
    for name, value in found.items():
        monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *a, v=value, **k: v))


def test_every_action_has_a_deed_and_its_own_keys(desk: Desk) -> None:
    assert {action.name for action in ACTIONS} == set(DEEDS)
    keys = [key for action in ACTIONS for key in action.keys]
    assert len(keys) == len(set(keys))
    assert sum(len(rows) for _, rows in legend_groups()) == sum(bool(a.keys) for a in ACTIONS)


def test_without_a_model_the_start_page_says_how_to_make_one(desk: Desk) -> None:
    window = desk.window(model="")
    assert window.stack.currentWidget() is window.start
    assert window.start.no_model.isVisible() and "sttm demo" in window.start.no_model.text()
    window.perform("camera")
    assert "needs a model" in window.notice.sentence


def test_a_video_is_analysed_and_its_timeline_can_be_clicked(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    page, record = window.page, window.session.record
    assert record.last == 35 and page.chart.reached == 35 and page.chart.isVisible()
    x = page.chart.axis().x(30)
    QTest.mouseClick(page.chart, Qt.MouseButton.LeftButton, pos=QPoint(round(x), 30))
    desk.until(lambda: page.player.frame == 30)
    shown = record.at(30)
    assert shown is not None and shown.since <= 30 <= shown.last
    assert page.panel.bars.shares.tolist() == shown.looks[0].probabilities.tolist()
    assert shown.looks[0].label in page.panel.who.text()
    assert "drawn (synthetic) faces" in page.panel.trained.text()
    assert page.panel.badge.isVisible()


def test_boxes_are_those_of_the_frame_that_is_shown(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    for frame in (3, 20):
        desk.at(window, frame)
        answer = window.session.record.at(frame)
        seen = answer.looks[0].seen
        assert np.allclose(answer.looks[0].boxes[answer.row(frame)], seen.box_at(frame), atol=1e-3)


def test_playing_waits_for_the_answers(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    player = window.page.player
    player.set_hold(10)
    desk.at(window, 5)
    player.play()
    desk.until(lambda: player.frame == 10)
    desk.qtbot.wait(150)
    assert player.frame == 10 and player.playing
    player.set_hold(None)
    desk.until(lambda: player.frame > 11)


def test_layers_change_the_picture_and_can_be_taken_off(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    desk.at(window, 8)
    view = window.page.player.view
    window.perform("layer box")
    plain = view.grab().toImage()
    for layer in ("box", "crop", "landmarks", "map"):
        window.perform(f"layer {layer}")
        assert window.actions_by_name[f"layer {layer}"].isChecked()
        desk.until(lambda: view.grab().toImage() != plain)
        if layer in ("landmarks", "map"):
            desk.until(lambda: window.page.panel.layer_note.text() != "computing…")
            desk.until(lambda: not window.page.details.waiting)
        window.perform(f"layer {layer}")
        assert view.grab().toImage() == plain


def test_the_map_has_no_colour_outside_the_crop(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    desk.at(window, 8)
    look = window.session.record.at(8).looks[0]
    window.perform("layer map")
    desk.until(lambda: window.page.details.of(look.seen, False, True) is not None)
    colours = window.page.details.of(look.seen, False, True).colours
    assert colours.shape == (*look.seen.volume.shape, 4)
    assert 0 < (colours[..., 3] > 0).mean() < 1


def test_another_model_answers_anew_and_a_still_one_has_no_map(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    assert len(window.session.record.answers) < 12
    names = [m.path.stem for m in window.page.panel.models]
    window.page.panel.choice.activated.emit(names.index("still"))
    desk.until(lambda: window.session.model.path.stem == "still")
    desk.analysed(window)
    assert len(window.session.record.answers) == 36
    window.perform("layer map")
    desk.until(lambda: "no texture map" in window.page.panel.layer_note.text())
    window.perform("card")
    assert "drawn (synthetic)" in window.card.text.toPlainText()
    QTest.keyClick(window.card, Qt.Key.Key_Escape)
    assert window.card.isHidden()


def test_several_faces_can_be_looked_at_and_one_chosen_by_a_click(desk: Desk) -> None:
    window = desk.window("two.avi")
    desk.analysed(window)
    assert window.session.record.faces() == [1]
    window.perform("all faces")
    desk.analysed(window)
    assert len(window.session.record.faces()) == 2
    desk.at(window, 6)
    answer = window.session.record.at(6)
    for look in answer.looks:
        x, y, w, h = look.boxes[answer.row(6)]
        place = window.page.player.view.to_widget().map(QPointF(x + w / 2, y + h / 2)).toPoint()
        QTest.mouseClick(window.page.player.view, Qt.MouseButton.LeftButton, pos=place)
        assert window.page.chosen == look.identity
        assert f"Face {look.identity}" in window.page.panel.who.text()
    window.perform("layer map")
    known = [lambda k=k: window.page.details.of(k.seen, False, True) for k in answer.looks]
    desk.until(lambda: all(detail() is not None for detail in known))
    window.page.panel.face_buttons[0].click()
    assert window.page.chosen == 1
    window.perform("next face")
    assert window.page.chosen == 2


def test_an_image_has_no_timeline(desk: Desk) -> None:
    window = desk.window("face.png", model="still")
    desk.analysed(window)
    assert not window.page.chart.isVisible() and not window.page.player.controls._play.isVisible()
    assert window.session.record.answers[0].looks
    assert not window.actions_by_name["label"].isEnabled()


def test_several_inputs_are_listed_and_chosen(desk: Desk) -> None:
    window = desk.window()
    drop(window, desk.place / "face.png", desk.place / "long.avi")
    desk.until(lambda: window.session.source is not None)
    assert window.page.inputs.count() == 2 and window.page.left.isVisible()
    desk.analysed(window)
    window.perform("next source")
    assert window.session.source.name == "long.avi"
    desk.analysed(window)
    assert window.preferences.recent[0].endswith("face.png")
    window.perform("close")
    assert window.stack.currentWidget() is window.start and window.start.recent.count() == 2


def test_a_dropped_bundle_becomes_the_model(desk: Desk) -> None:
    window = desk.window()
    drop(window, desk.place / "models" / "still.sttm")
    desk.until(lambda: window.session.model.path.stem == "still")


@pytest.mark.parametrize(
    ("name", "words"), [("broken.avi", "broken.avi"), ("hostile.sttm", "hostile.sttm")]
)
def test_bad_files_are_a_sentence_and_the_window_goes_on(desk: Desk, name: str, words: str) -> None:
    window = desk.window()
    drop(window, desk.place / name)
    desk.until(lambda: words in window.notice.sentence)
    assert "Loading" not in window.page.panel.trained.text()
    drop(window, desk.place / "face.png")
    desk.until(lambda: window.session.record.complete)
    assert not window.notice.sentence


def test_where_no_face_is_the_reason_stands_beside_the_picture(desk: Desk) -> None:
    window = desk.window("grey.png", model="still")
    desk.analysed(window)
    assert "no face" in window.page.panel.reason.text().lower()


def test_a_camera_is_shown_frozen_and_freed(desk: Desk) -> None:
    window = desk.window(model="still")
    cameras: list[Any] = []

    def simulated() -> SimulatedCamera:
        cameras.append(Recorded(desk.place / "long.avi", fps=60, loop=True))
        return cameras[-1]

    window.session.use_camera("simulated camera", simulated)
    desk.until(lambda: len(window.session.record.answers) > 5)
    desk.until(lambda: window.page.player.view.frame is not None)
    assert window.session.live and "pictures per second" in window.page.state.text()
    assert not window.page.player.controls.isVisible()
    window.perform("play")
    frozen = window.page.number
    count = len(window.session.record.answers)
    desk.until(lambda: len(window.session.record.answers) > count)
    assert window.page.number == frozen
    window.perform("play")
    desk.until(lambda: window.page.number > frozen)
    window.perform("stop")
    desk.until(lambda: cameras[0].closed)
    assert not window.session.live and window.session.record.answers


class Recorded(SimulatedCamera):
    """A simulated camera that tells whether it was freed, and can be unplugged."""

    closed = False
    unplugged = False

    def read(self) -> np.ndarray | None:
        if self.unplugged:
            raise InputError("camera 0 delivers no picture; is it still plugged in?")
        return super().read()

    def close(self) -> None:
        self.closed = True
        super().close()


def test_a_window_can_begin_with_a_camera(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def simulated(number: int) -> SimulatedCamera:
        asked.append(number)
        return SimulatedCamera(desk.place / "long.avi", fps=60, loop=True)

    monkeypatch.setattr(session, "Camera", simulated)
    window = desk.window(model="still", camera=1)
    desk.until(lambda: window.session.record.answers)
    assert asked == [1] and window.session.live
    window.close()
    assert not window.session.live


def test_a_camera_that_is_unplugged_is_a_sentence(desk: Desk) -> None:
    window = desk.window(model="still")
    camera = Recorded(desk.place / "long.avi", fps=60, loop=True)
    window.session.use_camera("camera 0", lambda: camera)
    desk.until(lambda: window.session.record.answers)
    camera.unplugged = True
    desk.until(lambda: "plugged in" in window.notice.sentence)
    assert camera.closed and not window.session.live


def test_a_camera_that_is_not_there_is_a_sentence(desk: Desk) -> None:
    window = desk.window(model="still")
    window.camera_number = 97
    window.perform("camera")
    desk.until(lambda: "camera 97" in window.notice.sentence)
    assert not window.session.live


def test_results_of_a_camera_can_be_saved(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desk.window(model="still")
    window.session.use_camera(
        "camera 0", lambda: SimulatedCamera(desk.place / "long.avi", fps=0, loop=False)
    )
    desk.until(lambda: window.session.record.answers and not window.session.live)
    path = tmp_path / "live.csv"
    answers(monkeypatch, getSaveFileName=(str(path), ""))
    window.perform("save table")
    desk.until(path.is_file)
    desk.until(lambda: "rows" in window.notice.sentence)
    assert {"source", "frame", "face", "label"} <= set(pd.read_csv(path).columns)


def test_table_copy_and_screenshot_are_written(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        path = tmp_path / f"answers{suffix}"
        answers(monkeypatch, getSaveFileName=(str(path), ""))
        window.perform("save table")
        desk.until(lambda p=path: p.name in window.notice.sentence)
        table = read(path)
        assert table["frame"].tolist() == list(range(36))
        assert table["label"].iloc[30] == window.session.record.at(30).looks[0].label
        desk.until(lambda: not window.saver.running)
    answers(monkeypatch, getExistingDirectory=str(tmp_path))
    window.perform("save video")
    desk.until(lambda: "written to" in window.notice.sentence)
    assert [p for p in tmp_path.iterdir() if p.stem == "long" and p.stat().st_size > 1000]
    shot = tmp_path / "shot.png"
    answers(monkeypatch, getSaveFileName=(str(shot), ""))
    window.perform("screenshot")
    assert not QImage(str(shot)).isNull()


def test_saving_can_be_called_off_and_refuses_bad_places(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    answers(monkeypatch, getSaveFileName=(str(tmp_path / "answers.txt"), ""))
    window.perform("save table")
    desk.until(lambda: ".csv or .parquet" in window.notice.sentence)
    answers(monkeypatch, getExistingDirectory=str(tmp_path))
    begun = threading.Event()

    def slowly(tell: Callable[..., None], stop: Callable[[], bool]) -> str:
        begun.set()
        while not stop():
            time.sleep(0.01)
        return ""

    desk.until(lambda: not window.saver.running)
    window.save(slowly)
    assert begun.wait(5) and window.page.cancel.isVisible()
    window.page.cancel.click()
    desk.until(lambda: not window.saver.running)
    assert "called off" in window.notice.sentence and not window.page.cancel.isVisible()


def test_the_clip_is_handed_to_the_labelling_window(desk: Desk) -> None:
    window = desk.window("long.avi")
    window.perform("label")
    assert desk.labelled == [desk.place / "long.avi"]
    alone = desk.window(label_clip=None)
    assert "label" not in alone.actions_by_name and "label" not in alone.bar.buttons


def test_menus_open_files_and_folders(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    window = desk.window(model="still")
    answers(monkeypatch, getOpenFileNames=([str(desk.place / "face.png")], ""))
    window.actions_by_name["open files"].trigger()
    desk.until(lambda: window.session.source is not None)
    answers(monkeypatch, getExistingDirectory=str(desk.place))
    window.bar.buttons["open folder"].click()
    desk.until(lambda: len(window.session.sources) == 5)
    desk.until(lambda: "broken.avi" in window.notice.sentence)
    desk.until(lambda: "not readable" in window.page.inputs.item(0).text())
    answers(monkeypatch, getOpenFileName=(str(desk.place / "models" / "sttm.sttm"), ""))
    window.page.panel.choice.activated.emit(window.page.panel.choice.count() - 1)
    desk.until(lambda: window.session.model.path.stem == "sttm")


def test_keys_do_what_the_legend_says(desk: Desk) -> None:
    window = desk.window("long.avi")
    desk.analysed(window)
    desk.at(window, 5)
    window.activateWindow()
    window.page.player.setFocus()
    QTest.keyClick(window.page.player, Qt.Key.Key_Right)
    desk.until(lambda: window.page.player.frame == 6)
    QTest.keyClick(window.page.player, Qt.Key.Key_M)
    assert "map" in window.page.layers
    QTest.keyClick(window.page.player, Qt.Key.Key_F1)
    assert not window.legend.isHidden()
    QTest.keyClick(window.legend, Qt.Key.Key_M)
    assert "map" in window.page.layers
    QTest.keyClick(window.legend, Qt.Key.Key_Escape)
    assert window.legend.isHidden()
    button = window.bar.buttons["legend"]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert not window.legend.isHidden() and not window.page.player.playing


def test_closing_while_everything_runs_ends_all_threads(desk: Desk) -> None:
    window = desk.window("two.avi", "long.avi")
    window.perform("layer map")
    window.save(lambda tell, stop: "" if stop() else time.sleep(0.2) or "")
    window.close()
    desk.until(
        lambda: not [t for t in threading.enumerate() if t.name.startswith(("sttm", "decoding"))]
    )


def test_run_window_refuses_before_any_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="there is nothing at"):
        run_window([tmp_path / "nothing.mp4"])
    with pytest.raises(InputError, match="no model bundle"):
        run_window([], model=tmp_path / "nothing.sttm")
    with pytest.raises(InputError, match="did you mean 'dark'"):
        run_window([], theme="drak")
    assert app.run_window is run_window
