"""The top of the label page: which clip, where in the list, how much is done."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

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


class Header(QWidget):
    """Name, badges, position, progress."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.place, self.done = Elided("title"), QLabel(), QLabel()
        self.badges, self.bar = QLabel(), Bar()
        self.bar.setAccessibleName("progress")
        for label, role in ((self.place, "muted"), (self.done, "muted"), (self.badges, "badge")):
            label.setProperty("role", role)
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(12)
        layout.addWidget(self.name)
        layout.addWidget(self.badges)
        layout.addStretch(1)
        layout.addWidget(self.place)
        layout.addWidget(self.bar)
        layout.addWidget(self.done)

    def show_clip(self, name: str, at: int, count: int, badges: list[str]) -> None:
        """Show which clip it is; ``at`` counts from 0."""
        self.name.set_whole(name)
        self.place.setText(f"{at + 1} of {count}")
        self.badges.setText("  ·  ".join(badges))
        self.badges.setVisible(bool(badges))

    def show_progress(self, done: int, total: int) -> None:
        """Show how many of the clips are done."""
        self.bar.set_share(done / total if total else 0.0)
        self.done.setText("all done" if total and done >= total else f"{done} done")
