"""The key legend: every key that works now and what it does, as the bindings give it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from .buttons import cap_width, draw_cap, shown_key
from .overlay import Overlay

Groups = Sequence[tuple[str, Sequence[tuple[str, str]]]]
LONGEST_GROUP = 14  # rows; a longer one goes on in the next column
COLUMN = 19  # width of a column in lines of text


class Cap(QWidget):
    """A key cap by itself."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = key
        self.setAccessibleName(f"key {shown_key(key)}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_key(self, key: str) -> None:
        """Show another key; nothing where there is none."""
        self.key = key
        self.setAccessibleName(f"key {shown_key(key)}")
        self.setVisible(bool(key))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the text with its border."""
        unit = self.fontMetrics().height()
        return QSize(int(cap_width(self.font(), shown_key(self.key))) + 1, int(1.35 * unit))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cap."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        draw_cap(painter, QRectF(self.rect()), shown_key(self.key))


class Legend(Overlay):
    """All keys in columns."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        title = QLabel("Keys")
        title.setProperty("role", "title")
        self.foot = QLabel()
        self.foot.setProperty("role", "small")
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.inside.addWidget(title)
        self.inside.addWidget(self.area, 1)
        self.inside.addWidget(self.foot)
        self.rows: list[tuple[Cap, QLabel]] = []
        self._groups: Groups = []
        self._across = 0
        self.setAccessibleName("key legend")

    def show_keys(self, groups: Groups, foot: str) -> None:
        """Show these groups of (keys, what they do), and a line below them."""
        if groups != self._groups:
            self._groups, self._across = groups, 0
        self.foot.setText(foot)
        self.fit()

    def forget(self) -> None:
        """Lay the keys out anew next time: the size of text has changed."""
        self._groups = []

    def fit(self) -> None:
        """Use as many columns as the window has room for."""
        unit = self.fontMetrics().height()
        parent = self.parentWidget()
        room = parent.width() - 120 if parent is not None else 800
        pieces = _pieces(self._groups)
        across = max(1, min(room // (COLUMN * unit), 4, len(pieces)))
        if across != self._across:
            self._across = across
            self._fill(pieces, across)
        super().fit()

    def _fill(self, pieces: list[tuple[str, list[tuple[str, str]]]], across: int) -> None:
        self.rows = []
        inner = QWidget()
        columns = QHBoxLayout(inner)
        columns.setContentsMargins(0, 0, 10, 0)
        columns.setSpacing(28)
        for column in _columns(pieces, across):
            stack = QVBoxLayout()
            stack.setSpacing(3)
            caps = [
                cap_width(self.font(), shown_key(_first(k))) for _, rows in column for k, _ in rows
            ]
            slot = int(max(caps, default=0.0)) + 2
            for title, rows in column:
                heading = QLabel(title)
                heading.setProperty("role", "group")
                stack.addWidget(heading)
                for key, what in rows:
                    cap, text = Cap(_first(key)), _text(key, what)
                    stack.addLayout(_row(cap, text, slot))
                    self.rows.append((cap, text))
                stack.addSpacing(10)
            stack.addStretch(1)
            columns.addLayout(stack, 1)
        self.area.setWidget(inner)

    def wanted(self) -> QSize:
        """Return the size that shows everything."""
        inner = self.area.widget()
        unit = self.fontMetrics().height()
        height = inner.sizeHint().height() if inner is not None else 0
        return QSize(max(self._across, 1) * COLUMN * unit + 60, height + 8 * unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Page keys scroll."""
        bar = self.area.verticalScrollBar()
        steps = {
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
        }
        bar.setValue(bar.value() + steps.get(Qt.Key(event.key()), 0))
        super().keyPressEvent(event)


def _first(key: str) -> str:
    return key.split(" or ")[0]


def _text(key: str, what: str) -> QLabel:
    """Return what is done; further keys stand behind it."""
    others = [shown_key(k) for k in key.split(" or ")[1:]]
    text = QLabel(what + (f"  (also {', '.join(others)})" if others else ""))
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setWordWrap(True)
    return text


def _row(cap: Cap, text: QLabel, width: int) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    slot = QWidget()
    inner = QHBoxLayout(slot)
    inner.setContentsMargins(0, 0, 0, 0)
    inner.addStretch(1)
    inner.addWidget(cap)
    slot.setFixedWidth(width)
    row.addWidget(slot, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(text, 1)
    return row


def _pieces(groups: Groups) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the groups, long ones in pieces."""
    out = []
    for title, rows in groups:
        for start in range(0, len(rows), LONGEST_GROUP):
            more = f"{title}, more" if start else title
            out.append((more, list(rows[start : start + LONGEST_GROUP])))
    return out


def _columns(
    pieces: list[tuple[str, list[tuple[str, str]]]], across: int
) -> list[list[tuple[str, list[tuple[str, str]]]]]:
    """Divide the groups over ``across`` columns of about the same length, in order."""
    total = sum(len(rows) + 2 for _, rows in pieces)
    columns: list[list[tuple[str, list[tuple[str, str]]]]] = [[]]
    used = 0
    for title, rows in pieces:
        length = len(rows) + 2
        full = used + length / 2 > total * len(columns) / across
        if columns[-1] and full and len(columns) < across:
            columns.append([])
        columns[-1].append((title, rows))
        used += length
    return columns
