"""Bars for all classes of the chosen face."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from sttm.gui.buttons import mixed
from sttm.gui.theme import current

ROW = 1.62  # height of a row in lines of text
LEAST_ROW = 1.15  # when room is short


class Bars(QWidget):
    """A row per class: name, bar, per cent. The highest one stands out by weight too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.shares: np.ndarray | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setAccessibleName("probabilities of all classes")

    def set_classes(self, classes: Sequence[str]) -> None:
        """Show these classes, without answers."""
        self.classes = tuple(classes)
        self.shares = None
        self.updateGeometry()
        self.update()

    def show_shares(self, shares: np.ndarray | None) -> None:
        """Show probabilities (classes,), or none."""
        if shares is not None and len(shares) != len(self.classes):
            shares = None
        self.shares = shares
        self.setAccessibleDescription(self.words())
        self.update()

    def words(self) -> str:
        """Return what is shown as text, most probable first."""
        if self.shares is None:
            return "no answer"
        order = np.argsort(-self.shares)
        return ", ".join(f"{self.classes[i]} {self.shares[i]:.0%}" for i in order)

    def sizeHint(self) -> QSize:
        """Return the size of all rows."""
        unit = self.fontMetrics().height()
        return QSize(14 * unit, int(ROW * unit * max(len(self.classes), 1)) + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the size of all rows, close together."""
        unit = self.fontMetrics().height()
        return QSize(10 * unit, int(LEAST_ROW * unit * max(len(self.classes), 1)) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows."""
        if not self.classes:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = min(self.height() / len(self.classes), 2.0 * self.fontMetrics().height())
        names, numbers = self._columns()
        best = -1 if self.shares is None else int(np.argmax(self.shares))
        for index, name in enumerate(self.classes):
            box = QRectF(0, index * row, self.width(), row)
            self._draw_row(painter, box, index, name, index == best, names, numbers)

    def _columns(self) -> tuple[float, float]:
        """Return the widths of names and of numbers."""
        metrics = QFontMetricsF(self._font(True))
        widest = max(metrics.horizontalAdvance(name) for name in self.classes)
        return min(widest, 0.45 * self.width()), metrics.horizontalAdvance("100 %") + 4

    def _font(self, bold: bool) -> QFont:
        font = QFont(self.font())
        font.setBold(bold)
        return font

    def _draw_row(
        self,
        painter: QPainter,
        box: QRectF,
        index: int,
        name: str,
        best: bool,
        names: float,
        numbers: float,
    ) -> None:
        theme = current()
        unit = self.fontMetrics().height()
        font = self._font(best)
        painter.setFont(font)
        painter.setPen(theme.colour("ink" if self.shares is not None else "quiet"))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        text = QFontMetricsF(font).elidedText(name, Qt.TextElideMode.ElideRight, names)
        painter.drawText(QRectF(0, box.top(), names, box.height()), int(left), text)
        bar = QRectF(names + 0.6 * unit, 0, self.width() - names - numbers - 1.2 * unit, 0.5 * unit)
        bar.moveTop(box.center().y() - bar.height() / 2)
        radius = bar.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(theme.colour("panel"), theme.colour("ink"), 0.12))
        painter.drawRoundedRect(bar, radius, radius)
        if self.shares is None:
            return
        share = float(self.shares[index])
        if share > 0.002:
            filled = QRectF(bar)
            filled.setWidth(max(bar.width() * min(share, 1.0), bar.height()))
            painter.setBrush(theme.label(index))
            painter.drawRoundedRect(filled, radius, radius)
        painter.setPen(theme.colour("ink" if best else "quiet"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(box, int(right), f"{share:.0%}".replace("%", " %"))
