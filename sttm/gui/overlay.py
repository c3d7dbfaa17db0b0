"""A card over the window: the page behind is dimmed, Escape puts the card away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

MARGIN = 28  # pixels of the page that stay in sight around a card


class Overlay(QWidget):
    """A card in the middle of ``parent``; ``closed`` is sent when it is put away."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.card = QFrame(self)
        self.card.setProperty("role", "card")
        self.card.setObjectName("overlay")
        self.inside = QVBoxLayout(self.card)
        self.inside.setContentsMargins(22, 18, 22, 18)
        self.inside.setSpacing(10)
        self._before: QWidget | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        parent.installEventFilter(self)
        self.hide()

    def wanted(self) -> QSize:
        """Return the size that the card would like."""
        return self.card.sizeHint()

    def open(self) -> None:
        """Show the card; the focus comes here, and goes back afterwards."""
        self._before = QApplication.focusWidget()
        self.fit()
        self.show()
        self.raise_()
        self.setFocus()

    def put_away(self) -> None:
        """Hide the card."""
        if self.isHidden():
            return
        self.hide()
        if self._before is not None:
            self._before.setFocus()
        self.closed.emit()

    def fit(self) -> None:
        """Lie over the whole parent, the card in its middle."""
        parent = self.parentWidget()
        if parent is None:
            return
        self.setGeometry(parent.rect())
        room = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN).size()
        size = self.wanted().boundedTo(room)
        left, top = (self.width() - size.width()) // 2, (self.height() - size.height()) // 2
        self.card.setGeometry(left, top, size.width(), size.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the parent."""
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self.fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape puts the card away; no key reaches the page behind."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        event.accept()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside the card."""
        tab = Qt.FocusPolicy.TabFocus
        stops = [
            w for w in self.card.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & tab
        ]
        if stops:
            now = self.focusWidget()
            at = stops.index(now) if now in stops else -1
            stops[(at + (1 if forward else -1)) % len(stops)].setFocus(
                Qt.FocusReason.TabFocusReason
            )
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press beside the card puts it away."""
        if not self.card.geometry().contains(event.position().toPoint()):
            self.put_away()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the page."""
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, 120))
