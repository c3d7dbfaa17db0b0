"""Two things of one line: a bar that is filled to a share, and text that is shortened."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from .buttons import mixed


class Bar(QWidget):
    """A thin bar that is filled to a share."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_share(self, share: float) -> None:
        """Fill ``share`` of the bar, from 0 to 1."""
        self.share = min(max(share, 0.0), 1.0)
        self.setAccessibleDescription(f"{self.share:.0%}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return a width that shrinks with the window."""
        return QSize(8 * self.fontMetrics().height(), 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground and filling."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        ground = palette.color(QPalette.ColorRole.Window)
        box = QRectF(0, (self.height() - 6) / 2, self.width(), 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(ground, palette.color(QPalette.ColorRole.Text), 0.14))
        painter.drawRoundedRect(box, 3, 3)
        if self.share > 0:
            box.setWidth(max(box.width() * self.share, 6.0))
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(box, 3, 3)


class Elided(QLabel):
    """One line of plain text that is shortened in the middle where it does not fit."""

    def __init__(self, role: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", role)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._whole = ""

    def set_whole(self, text: str) -> None:
        """Show ``text``."""
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setText(text)
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return the room of a few letters."""
        return QSize(4 * self.fontMetrics().height(), super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        text = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideMiddle, self.width()
        )
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), middle, text)
