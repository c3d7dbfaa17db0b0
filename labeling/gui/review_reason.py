"""The line that asks why: Enter decides, Escape leaves it, earlier reasons are a key away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from sttm.gui.buttons import Pill
from sttm.gui.flow import flowing
from sttm.gui.legend import Cap

from ..scheme import LONGEST_TEXT

OFFERED = 4  # reasons shown below the line; Up goes through all of them
LONGEST_SHOWN = 40  # characters of an offered reason
BLANK = "A reason is needed, in a few words; it is kept with the decision."


class ReasonLine(QFrame):
    """A question, a line for the reason, and reasons given before; ``shown`` tells of itself."""

    shown = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reason")
        self.title, self.line, self.hint = QLabel(), QLineEdit(), QLabel()
        self.recent: list[str] = []
        self.pills: list[Pill] = []
        self._offers: QWidget | None = None
        self._at = -1
        self._act: Callable[[str], bool] = lambda _: True
        self._left: Callable[[], None] = lambda: None
        self._build()
        self.hide()

    def _build(self) -> None:
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setProperty("role", "strong")
        self.title.setWordWrap(True)
        self.line.setMaxLength(LONGEST_TEXT)
        self.line.setAccessibleName("reason")
        self.line.setPlaceholderText("why? in a few words")
        self.line.textEdited.connect(lambda _: self._say(""))
        self.line.installEventFilter(self)
        self.hint.setProperty("role", "mistake")
        self.hint.setTextFormat(Qt.TextFormat.PlainText)
        self.hint.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        for key, what in (("Return", "decide"), ("Esc", "leave it")):
            text = QLabel(what)
            text.setProperty("role", "small")
            row.addWidget(Cap(key))
            row.addWidget(text)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 12, 10)
        self._layout.setSpacing(6)
        self._layout.addWidget(self.title)
        self._layout.addLayout(row)
        self._layout.addWidget(self.hint)

    def ask(
        self,
        question: str,
        recent: Sequence[str],
        act: Callable[[str], bool],
        left: Callable[[], None],
    ) -> None:
        """Ask for a reason; ``act`` decides with it and returns whether that went well."""
        self.title.setText(question)
        self.setAccessibleName(question)
        self.recent, self._act, self._left, self._at = list(recent), act, left, -1
        self.line.clear()
        self._say("")
        self._show_offers()
        self.show()
        self.line.setFocus()

    def _show_offers(self) -> None:
        if self._offers is not None:
            self._offers.hide()
            self._offers.deleteLater()
            self._offers = None
        self.pills = []
        for reason in self.recent[:OFFERED]:
            short = reason if len(reason) <= LONGEST_SHOWN else reason[: LONGEST_SHOWN - 1] + "…"
            pill = Pill(short)
            pill.setAccessibleName(f"use the reason: {reason}")
            pill.setToolTip(reason)
            pill.clicked.connect(lambda _=False, reason=reason: self._use(reason))
            self.pills.append(pill)
        if self.pills:
            head = QLabel("before  (↑ ↓)")
            head.setProperty("role", "small")
            head.setMinimumHeight(self.pills[0].sizeHint().height())
            self._offers = flowing([head, *self.pills])
            self._layout.addWidget(self._offers)

    def _use(self, reason: str) -> None:
        self.line.setText(reason)
        self.line.setFocus()
        self._say("")

    def _say(self, sentence: str) -> None:
        self.hint.setText(sentence)
        self.hint.setVisible(bool(sentence))

    def _confirm(self) -> None:
        reason = " ".join(self.line.text().split())
        if not reason:
            self._say(BLANK)
        elif self._act(reason):
            self.hide()

    def leave(self) -> None:
        """Put the line away; nothing is decided."""
        if not self.isHidden():
            self.hide()
            self._left()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that the line is there."""
        super().showEvent(event)
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that the line has gone."""
        super().hideEvent(event)
        self.shown.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter decides, Escape leaves, Up and Down go through earlier reasons.

        What is eaten here cannot reach the page, to which the focus goes meanwhile.
        """
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._confirm()
            return True
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None:
            return super().eventFilter(watched, event)
        self._at = min(max(self._at + step, -1), len(self.recent) - 1)
        self.line.setText(self.recent[self._at] if self._at >= 0 else "")
        return True
