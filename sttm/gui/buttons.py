"""Buttons with a key, and how keys and colours are drawn.

All of them draw their key as a cap, show their state by more than colour, and can be reached with
Tab. Colours come from the theme in use, sizes from the font.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from .theme import contrast, current

SHOWN_KEYS = {
    "Left": "←",
    "Right": "→",
    "Up": "↑",
    "Down": "↓",
    "Return": "Enter",
    "Ins": "Insert",
    "Backspace": "⌫",
    "PgUp": "Page ↑",
    "PgDown": "Page ↓",
    "Del": "Delete",
}


def shown_key(key: str) -> str:
    """Return a key as it is printed on a cap.

    >>> shown_key("Shift+Left")
    'Shift ←'
    """
    if key.endswith("++") or key == "+":
        parts = [*[p for p in key[:-1].split("+") if p], "+"]
    else:
        parts = key.split("+")
    return " ".join(SHOWN_KEYS.get(part, part) for part in parts)


def chip_colour(colour: str, index: int) -> QColor:
    """Return the colour of a label: its own, or the theme's for its place in the list.

    Its own is lightened or darkened until it can be told from the ground (contrast 3).
    """
    theme = current()
    if not colour:
        return theme.label(index)
    shade = QColor(colour)
    for _ in range(12):
        if contrast(shade, theme.panel) >= 3:
            break
        shade = mixed(shade, theme.colour("ink"), 0.12)
    return shade


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """Return ``share`` of ``other`` mixed into ``one``."""
    ends = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in ends))


def cap_font(font: QFont) -> QFont:
    """Return the font of key caps: smaller and bold."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.85)
    small.setBold(True)
    return small


def cap_width(font: QFont, text: str) -> float:
    """Return the width of a key cap in pixels."""
    metrics = QFontMetricsF(cap_font(font))
    return max(metrics.horizontalAdvance(text) + 0.9 * metrics.height(), 1.45 * metrics.height())


def draw_cap(painter: QPainter, box: QRectF, text: str, *, faint: bool = False) -> None:
    """Draw a key cap that fills ``box``."""
    theme = current()
    painter.save()
    painter.setPen(QPen(theme.colour("rule" if faint else "edge"), 1))
    painter.setBrush(theme.colour("paper"))
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setFont(cap_font(painter.font()))
    painter.setPen(theme.colour("edge" if faint else "ink"))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


class KeyButton(QAbstractButton):
    """A button with a key; subclasses draw it.

    Parameters
    ----------
    text : str
    key : str
        As in the bindings; "" for none.
    """

    def __init__(self, text: str, key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(text)
        self.setAccessibleDescription(f"key {shown_key(key)}" if key else "")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def nextCheckState(self) -> None:
        """Leave the state alone: it shows what is stored, not what was pressed."""

    def unit(self) -> float:
        """Return the height of a line of text, the measure of everything here."""
        return QFontMetricsF(self.font()).height()

    def tint(self) -> QColor:
        """Return the background: none, under the mouse, or chosen."""
        theme = current()
        if self.isChecked():
            return theme.colour("accent_ground")
        if self.underMouse() and self.isEnabled():
            return theme.colour("hover")
        return QColor(Qt.GlobalColor.transparent)

    def ink(self, name: str = "ink") -> QColor:
        """Return a colour of text; what cannot be pressed is fainter."""
        return current().colour(name if self.isEnabled() else "edge")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return and Enter press the button, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def draw_focus(self, painter: QPainter, radius: float) -> None:
        """Draw the ring of the keyboard focus."""
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(current().colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)


class Pill(KeyButton):
    """A small button with key and text: a mark, a level, a side, a flag."""

    def set_value(self, value: str) -> None:
        """Show ``value`` behind the text, such as the frame of a mark; "" for none."""
        self.setProperty("value", value)
        self.setAccessibleDescription(f"{value} key {shown_key(self.key)}".strip())
        self.updateGeometry()
        self.update()

    @property
    def value(self) -> str:
        """What is shown behind the text."""
        return str(self.property("value") or "")

    def sizeHint(self) -> QSize:
        """Return the size of cap, text and value."""
        unit, metrics = self.unit(), QFontMetricsF(self._bold())
        width = 1.1 * unit + metrics.horizontalAdvance(self.text())
        if self.key:
            width += cap_width(self.font(), shown_key(self.key)) + 0.4 * unit
        if self.value:
            width += metrics.horizontalAdvance(self.value) + 0.5 * unit
        return QSize(int(width) + 1, int(1.8 * unit))

    def minimumSizeHint(self) -> QSize:
        """Return the same size: a pill is never cut."""
        return self.sizeHint()

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setBold(True)
        return font

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pill."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        unit, box = self.unit(), QRectF(self.rect())
        painter.setPen(QPen(self.ink("accent" if self.isChecked() else "rule"), 1))
        painter.setBrush(self.tint())
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        left = 0.45 * unit
        if self.key:
            text = shown_key(self.key)
            width = cap_width(self.font(), text)
            cap = QRectF(left, 0.25 * unit, width, box.height() - 0.5 * unit)
            draw_cap(painter, cap, text, faint=not self.isEnabled())
            left += width + 0.4 * unit
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        font = self._bold() if self.isChecked() else self.font()
        painter.setFont(font)
        painter.setPen(self.ink())
        painter.drawText(QRectF(left, 0, box.right() - left, box.height()), middle, self.text())
        if self.value:
            left += QFontMetricsF(font).horizontalAdvance(self.text()) + 0.5 * unit
            painter.setFont(self._bold())
            painter.drawText(QRectF(left, 0, box.right() - left, box.height()), middle, self.value)
        self.draw_focus(painter, 6)
