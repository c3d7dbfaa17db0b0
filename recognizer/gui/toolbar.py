"""The bar on top: a button for what is done often, with a picture and a word."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from sttm.gui.buttons import shown_key
from sttm.gui.icons import icon
from sttm.gui.theme import current

from .actions import ACTIONS

GAPS = {"stop", "screenshot", "label"}  # a space goes before these


class ToolBar(QWidget):
    """Asks for actions by their names (``asked``); words go where the room ends."""

    asked = Signal(str)

    def __init__(self, left_out: Sequence[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        for action in ACTIONS:
            if not action.short or action.name in left_out:
                continue
            if action.name == "legend":
                row.addStretch(1)
            elif action.name in GAPS:
                row.addSpacing(12)
            button = QToolButton()
            button.setText(action.short)
            keys = f" ({shown_key(action.keys[0])})" if action.keys else ""
            button.setToolTip(f"{action.words}{keys}")
            button.setAccessibleName(action.words)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, n=action.name: self.asked.emit(n))
            self.buttons[action.name] = button
            row.addWidget(button)
        self.theme = QToolButton()
        self.theme.setText("Dark")
        self.theme.setToolTip("light or dark")
        self.theme.setAccessibleName("light or dark")
        self.theme.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.theme.clicked.connect(lambda: self.asked.emit("theme"))
        row.insertWidget(row.count() - 1, self.theme)
        self._icons = {a.name: a.icon for a in ACTIONS}
        self.draw_icons()

    def draw_icons(self) -> None:
        """Draw the pictures in the theme's colour."""
        size = round(1.4 * self.fontMetrics().height())
        for name, button in self.buttons.items():
            ink = current().colour("ink" if button.isEnabled() else "edge")
            button.setIcon(icon(self._icons[name], ink, size, self.devicePixelRatioF()))
            button.setIconSize(QSize(size, size))
        self.theme.setText("Light" if current().name == "dark" else "Dark")
        self._make_room()

    def enable(self, name: str, enabled: bool) -> None:
        """Let a button be pressed, or not."""
        button = self.buttons.get(name)
        if button is not None and button.isEnabled() != enabled:
            button.setEnabled(enabled)
            self.draw_icons()

    def minimumSizeHint(self) -> QSize:
        """Return the width without words."""
        unit = self.fontMetrics().height()
        return QSize(int(2.6 * unit * (len(self.buttons) + 1)), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the words out where there is no room."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        both = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for style in (both, Qt.ToolButtonStyle.ToolButtonIconOnly):
            for button in self.buttons.values():
                button.setToolButtonStyle(style)
            need = sum(b.sizeHint().width() + 4 for b in self.buttons.values())
            if need + self.theme.sizeHint().width() + 80 <= self.width():
                break

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        if event.type() == QEvent.Type.FontChange:
            self.draw_icons()
        super().changeEvent(event)
