"""A row of the label list: key, colour, name, guidance, how many clips have it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from sttm.gui.buttons import KeyButton, cap_width, draw_cap, shown_key

SHORT_HINT = 34  # characters of guidance that still fit beside a label's name


class LabelRow(KeyButton):
    """A label in the list: key, colour, name, short guidance, how many clips have it.

    Parameters
    ----------
    text, key : str
    colour : QColor
    hint : str
        Guidance; shown beside the name where it is short.
    """

    def __init__(
        self, text: str, key: str, colour: QColor, hint: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, key, parent)
        self.colour, self.hint = colour, hint
        self.count, self.share, self.active, self.plain = 0, 0.0, False, False
        self.slot = 0.0
        self.setToolTip(hint)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_count(self, count: int, share: float) -> None:
        """Show how many clips have the label; ``share`` of the most frequent one fills the bar."""
        if (count, share) != (self.count, self.share):
            self.count, self.share = count, share
            self.update()

    def set_plain(self) -> None:
        """Show no count, and take no focus: a row to look at."""
        self.plain = True
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_active(self, active: bool) -> None:
        """Show whether marks go to an interval of this label."""
        if active != self.active:
            self.active = active
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        return QSize(int(12 * self.unit()), int(1.85 * self.unit()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the row from left to right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        unit, box = self.unit(), QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.tint())
        painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)
        if self.isChecked():
            painter.setBrush(self.colour)
            painter.drawRoundedRect(QRectF(1, 4, 4, box.height() - 8), 2, 2)
        left = self._draw_key(painter, 0.55 * unit)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour if self.isEnabled() else self.ink("edge"))
        painter.drawEllipse(QPointF(left + 0.35 * unit, box.center().y()), 0.32 * unit, 0.32 * unit)
        right = self._draw_count(painter, box.right() - 0.6 * unit)
        self._draw_text(painter, left + 1.15 * unit, right - 0.5 * unit)
        self.draw_focus(painter, 6)

    def _draw_key(self, painter: QPainter, left: float) -> float:
        text = shown_key(self.key)
        width = cap_width(self.font(), text)
        slot = max(width, self.slot)
        if self.key:
            height = 1.3 * self.unit()
            top = (self.height() - height) / 2
            cap = QRectF(left + (slot - width) / 2, top, width, height)
            draw_cap(painter, cap, text, faint=not self.isEnabled())
        return left + slot + 0.55 * self.unit()

    def _draw_count(self, painter: QPainter, right: float) -> float:
        """Draw number and bar; return where they begin."""
        if self.plain:
            return right
        unit, middle = self.unit(), self.height() / 2
        bar = QRectF(right - 2.4 * unit, middle - 2, 2.4 * unit, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.ink("rule"))
        painter.drawRoundedRect(bar, 2, 2)
        if self.count:
            painter.setBrush(self.colour)
            filled = QRectF(bar)
            filled.setWidth(max(bar.width() * self.share, 4.0))
            painter.drawRoundedRect(filled, 2, 2)
        painter.setPen(self.ink("ink" if self.count else "quiet"))
        number = QRectF(bar.left() - 2.6 * unit, 0, 2.2 * unit, self.height())
        right_middle = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(number, right_middle, str(self.count))
        used = QFontMetricsF(self.font()).horizontalAdvance(str(self.count))
        return bar.left() - 0.4 * unit - used

    def _draw_text(self, painter: QPainter, left: float, right: float) -> None:
        font = QFont(self.font())
        font.setBold(self.isChecked())
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        name = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, right - left)
        painter.setPen(self.ink())
        box = QRectF(left, 0, max(right - left, 0.0), self.height())
        painter.drawText(box, middle, name)
        used = metrics.horizontalAdvance(name)
        if self.active:
            line = QPointF(left, self.height() / 2 + 0.52 * self.unit())
            painter.setPen(QPen(self.colour, 2))
            painter.drawLine(line, line + QPointF(used, 0))
        room = right - left - used - 0.7 * self.unit()
        if 0 < len(self.hint) <= SHORT_HINT and room > 3 * self.unit():
            painter.setFont(self.font())
            painter.setPen(self.ink("quiet"))
            plain = QFontMetricsF(self.font())
            hint = plain.elidedText(self.hint, Qt.TextElideMode.ElideRight, room)
            box.setLeft(left + used + 0.7 * self.unit())
            painter.drawText(box, middle, hint)
