"""What went wrong, in one sentence, in a bar that stops nobody; and what the last action did."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from .legend import Cap

ROOM_FOR_HINTS = 38  # lines of text, that the status line must be wide
LASTING = 1600  # ms for which an action is confirmed in strong type


class NoticeBar(QFrame):
    """A sentence above the page, with a button for what can be done about it.

    ``closed`` is sent when the person puts it away.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.sign, self.text, self.close_button = QLabel("!"), QLabel(), QToolButton()
        self.sign.setProperty("role", "sign")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.close_button.setText("×")
        self.close_button.setToolTip("Put this message away (Esc)")
        self.close_button.setAccessibleName("put this message away")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self.put_away)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 7, 8, 7)
        layout.setSpacing(10)
        layout.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def tell(self, sentence: str, *, level: str = "error") -> None:
        """Show a sentence; ``level`` is ``error`` or ``note``."""
        self.setProperty("level", level)
        self.sign.setText("!" if level == "error" else "i")
        self.text.setText(sentence)
        self.setAccessibleName(f"{level}: {sentence}")
        for widget in (self, self.sign):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        self.show()

    @property
    def sentence(self) -> str:
        """What is shown, or ""."""
        return "" if self.isHidden() else self.text.text()

    def put_away(self) -> None:
        """Hide the bar."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()


class Toast(QLabel):
    """A short note over the picture that goes away by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._over = QTimer(self)
        self._over.setSingleShot(True)
        self._over.timeout.connect(self.hide)
        self.hide()

    def say(self, sentence: str) -> None:
        """Show ``sentence`` for a moment in the middle of the upper edge."""
        self.setText(sentence)
        self.adjustSize()
        parent = self.parentWidget()
        width = min(self.width(), parent.width() - 16) if parent is not None else self.width()
        left = (parent.width() - width) // 2 if parent is not None else 0
        self.setGeometry(left, 12, width, self.height())
        self.show()
        self.raise_()
        self._over.start(LASTING)


class StatusLine(QWidget):
    """What the last action did, in words, and a few keys to go on with."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said, self.hints = QLabel(), QHBoxLayout()
        self.said.setObjectName("said")
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setAccessibleName("what the last action did")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hints.setSpacing(6)
        self._fresh = QTimer(self)
        self._fresh.setSingleShot(True)
        self._fresh.timeout.connect(lambda: self._strong(False))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.addWidget(self.said, 1)
        layout.addLayout(self.hints)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the keys out where there is no room for them."""
        super().resizeEvent(event)
        self._show_hints()

    def _show_hints(self) -> None:
        room = self.width() > ROOM_FOR_HINTS * self.fontMetrics().height()
        for index in range(self.hints.count()):
            item = self.hints.itemAt(index)
            if item is not None and (widget := item.widget()) is not None:
                widget.setVisible(room)

    def show_hints(self, hints: list[tuple[str, str]]) -> None:
        """Show a few (key, what it does); those without a key are left out."""
        while (item := self.hints.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for key, what in hints:
            if key:
                text = QLabel(what)
                text.setProperty("role", "small")
                text.setContentsMargins(0, 0, 8, 0)
                self.hints.addWidget(Cap(key))
                self.hints.addWidget(text)
        self._show_hints()

    def say(self, sentence: str) -> None:
        """Show what was done."""
        self.said.setText(sentence)
        self.said.setToolTip(sentence)
        self._strong(bool(sentence))
        self._fresh.start(LASTING)

    def _strong(self, strong: bool) -> None:
        self.said.setProperty("fresh", strong)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
