"""Pictures of every view, to be looked at: STTM_SHOTS names the folder that they go to.

Checked here is only what a program can see: that nothing is cut off, and that no view is empty.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gui_support import SHOTS, shot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from window_material import WAIT, Desk, press

from labeling.gui.app import show_window
from labeling.gui.preferences import Preferences
from labeling.gui.window import LabelWindow
from labeling.opening import Request
from labeling.scheme import Scheme, load_scheme
from sttm.gui.buttons import Pill

LAPTOP, LARGE = (1366, 768), (1600, 1000)
REAL = Path(os.environ.get("STTM_CLIPS", "/nowhere"))  # real clips make better pictures


@pytest.fixture
def table(tmp_path: Path, qtbot: Any) -> Iterator[Desk]:
    folder = tmp_path / "clips"
    folder.mkdir()
    desk = Desk(folder, qtbot)
    if REAL.is_dir():
        for drawn in folder.glob("*.npy"):
            drawn.unlink()
        for clip in sorted(REAL.glob("*.mpg")):
            shutil.copy(clip, folder)
    yield desk
    desk.close()


def picture(window: LabelWindow, name: str, tmp_path: Path) -> None:
    """Save a picture, and see that nothing in it is cut off or empty."""
    if window.page is not None:
        window.page.toast.hide()
    for _ in range(3):
        QApplication.processEvents()  # the layout settles
    path = shot(window, name, os.environ.get(SHOTS) or tmp_path)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (window.width(), window.height())
    sample = {image.pixel(x, y) for x in range(0, image.width(), 9) for y in range(0, 700, 9)}
    assert len(sample) > 20
    for widget in window.findChildren(QPushButton) + window.findChildren(Pill):
        if widget.isVisible():
            assert widget.width() >= widget.minimumSizeHint().width(), widget.text()
    for label in window.findChildren(QLabel):
        if label.isVisible() and type(label) is QLabel and label.text() and not label.wordWrap():
            ignored = label.sizePolicy().horizontalPolicy().name == "Ignored"
            assert ignored or label.width() >= label.minimumSizeHint().width(), label.text()


def opened(
    desk: Desk, scheme: Scheme, theme: str, size: tuple[int, int], scale: float
) -> LabelWindow:
    desk.path.unlink(missing_ok=True)
    window = show_window(
        Request(target=desk.folder, scheme=scheme),
        "Ann",
        preferences=Preferences(theme=theme, scale=scale),
    )
    desk.windows.append(window)
    window.resize(*size)
    desk.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
    desk.wait_shown(window)
    desk.qtbot.wait(300)
    return window


def label_some(desk: Desk, window: LabelWindow, marks: dict[str, tuple[int, int, int]]) -> None:
    for label, frames in marks.items():
        window.perform(f"label:{label}")
        for mark, frame in zip(("onset", "apex", "offset"), frames, strict=True):
            window.page.player.seek(frame)
            desk.at_frame(window, frame)
            window.perform(f"mark:{mark}")


VIEWS = [
    ("light", LAPTOP, 1.0),
    ("dark", LAPTOP, 1.0),
    ("light-200", LARGE, 2.0),
    ("dark-200-laptop", LAPTOP, 2.0),
]


@pytest.mark.parametrize(("name", "size", "scale"), VIEWS)
def test_shots(table: Desk, tmp_path: Path, name: str, size: tuple[int, int], scale: float) -> None:
    theme = name.partition("-")[0]
    start = show_window(
        Request(target=table.folder),
        "Ann",
        preferences=Preferences(theme=theme, scale=scale, recent=[]),
    )
    table.windows.append(start)
    start.resize(*size)
    table.qtbot.wait(200)
    picture(start, f"label-start-{name}", tmp_path)
    start.close()
    last = 40 if REAL.is_dir() else 10
    basic = load_scheme("basic-marks")
    basic = basic.model_copy(update={"work": basic.work.model_copy(update={"advance": False})})
    window = opened(table, basic, theme, size, scale)
    for _ in range(2):
        window.perform("label:happiness")
        window.perform("next")
    label_some(table, window, {"surprise": (2, last // 2, last)})
    window.perform("sure:2")
    picture(window, f"label-page-{name}", tmp_path)
    window.perform("guidance")
    table.qtbot.wait(50)
    picture(window, f"label-guidance-{name}", tmp_path)
    window.perform("guidance")
    for action in ("legend", "keys", "go"):
        window.perform(action)
        table.qtbot.wait(50)
        picture(window, f"label-{action}-{name}", tmp_path)
        press(window, "Esc")
    window.perform("next")
    table.wait_shown(window)
    table.qtbot.wait(300)
    window.tell("c03.npy cannot be read: there is no such file. The other clips go on.")
    table.qtbot.wait(50)
    picture(window, f"label-error-{name}", tmp_path)


@pytest.mark.parametrize(("name", "size", "scale"), VIEWS[:2])
def test_shots_of_other_schemes(
    table: Desk, tmp_path: Path, name: str, size: tuple[int, int], scale: float
) -> None:
    window = opened(table, load_scheme("facs"), name, size, scale)
    last = 60 if REAL.is_dir() else 11
    label_some(
        table,
        window,
        {"AU12": (1, last // 4, last // 2), "AU6": (2, 4, last - 3), "AU4": (3, 5, last)},
    )
    window.perform("intensity:3")
    window.perform("side:left")
    table.qtbot.wait(50)
    picture(window, f"label-facs-{name}", tmp_path)
    window.perform("find")
    picture(window, f"label-find-{name}", tmp_path)
    window.close()
    basic = load_scheme("casme2")
    work = {"stages": "two", "blind": True, "order": "random"}
    two = basic.model_copy(update={"work": basic.work.model_copy(update=work)})
    window = opened(table, two, name, size, scale)
    window.perform("label:disgust")
    table.wait_shown(window)
    table.qtbot.wait(300)
    picture(window, f"label-two-stages-{name}", tmp_path)
