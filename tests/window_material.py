"""A labelling window on small clips, and fingers for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gui_support  # noqa: F401
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from study_material import write_clips

from labeling.gui.app import show_window
from labeling.gui.preferences import Preferences
from labeling.gui.window import LabelWindow
from labeling.opening import Request
from labeling.scheme import Scheme, parse_scheme
from labeling.study import Opinion, open_study

WAIT = 20_000  # ms
MARKS = """
name: small
labels:
  - {name: joy, colour: "#c47f00", guidance: corners up}
  - {name: anger, guidance: brows down}
  - {name: neutral}
marks: [onset, apex, offset]
work: {advance: false}
"""
EVERYTHING = """
name: everything
labels: [AU1, AU2, AU12]
several: true
free: true
marks: [onset, apex, offset]
intensity: [A, B, C]
sides: true
work: {advance: false}
"""


class Desk:
    """Opens windows on one folder of clips, and closes them in the end."""

    def __init__(self, folder: Path, qtbot: Any) -> None:
        self.folder, self.qtbot = folder, qtbot
        self.windows: list[LabelWindow] = []
        write_clips(folder, 4, 12)

    @property
    def path(self) -> Path:
        """The study that a window makes."""
        return self.folder / "labels.sttm-study"

    def window(
        self, scheme: Scheme | str = MARKS, name: str = "ann", **request: Any
    ) -> LabelWindow:
        """Return a window that shows the first clip's first frame."""
        words = parse_scheme(scheme) if isinstance(scheme, str) else scheme
        asked = Request(target=self.folder, scheme=words, **request)
        window = show_window(asked, name, preferences=Preferences(theme="light"))
        self.windows.append(window)
        self.qtbot.waitUntil(lambda: window.page is not None, timeout=WAIT)
        self.wait_shown(window)
        window.activateWindow()
        return window

    def wait_shown(self, window: LabelWindow) -> None:
        """Wait until a frame is on the screen, and the clips are counted."""
        self.qtbot.waitUntil(lambda: window.page.player._shown is not None, timeout=WAIT)
        self.qtbot.waitUntil(lambda: not window._learner.running, timeout=WAIT)
        QApplication.processEvents()  # what the counting has sent

    def press(self, window: LabelWindow, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            press(window, key)

    def at_frame(self, window: LabelWindow, frame: int) -> None:
        """Wait until a frame is on the screen."""
        player = window.page.player
        self.qtbot.waitUntil(lambda: player.frame == frame and player._target is None, timeout=WAIT)

    def said(self, clip: str | None = None, name: str = "ann") -> list[Opinion]:
        """Return what is on the disk, as another process sees it."""
        with closing(open_study(self.path, read_only=True)) as study:
            return study.latest(clip=clip, annotator=name)

    def close(self) -> None:
        """Close all windows."""
        for window in self.windows:
            window.close()
            window.deleteLater()
        QApplication.processEvents()


@pytest.fixture
def desk(tmp_path: Path, qtbot: Any) -> Iterator[Desk]:
    """A desk whose windows are closed in the end."""
    folder = tmp_path / "clips"
    folder.mkdir()
    found = Desk(folder, qtbot)
    yield found
    found.close()


def press(window: QWidget, key: str) -> None:
    """Press one key, named as in the bindings, where the focus is."""
    combination = QKeySequence(key, QKeySequence.SequenceFormat.PortableText)[0]
    held = combination.keyboardModifiers()
    name = key.rpartition("+")[2] or "+"
    if len(name) == 1 and not name.isalnum():
        held &= ~Qt.KeyboardModifier.ShiftModifier
    where = window.focusWidget() or window
    QTest.keyClick(where, combination.key(), held)


def texts(window: QWidget) -> str:
    """Return all that can be read in a window: texts, tool tips, accessible names, its title."""
    found = [window.windowTitle()]
    for widget in [window, *window.findChildren(QWidget)]:
        found += [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
        if isinstance(widget, QLabel | QLineEdit) or hasattr(widget, "setText"):
            found.append(str(widget.text()))
        found.append(str(getattr(widget, "message", "")))
    return "\n".join(found)
