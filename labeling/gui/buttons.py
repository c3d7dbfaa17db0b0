"""What is pressed in the label panel: a row per label, a pill per level, mark or flag.

All of them draw their key as a cap, show their state by more than colour, and can be reached with
Tab. Colours come from the theme in use, sizes from the font.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

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
SHORT_HINT = 34  # characters of guidance that still fit beside a label's name


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
