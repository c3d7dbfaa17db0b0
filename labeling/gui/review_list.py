"""The left side of the review: which list, how many in each, and its cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QListView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.buttons import Pill
from sttm.gui.flow import flowing
from sttm.gui.theme import current

from ..review import QUEUES, Case
from .review_words import state_text, votes_text

CASE = Qt.ItemDataRole.UserRole
TITLES = {
    "disputed": "Disputed",
    "suspect": "Suspects",
    "sent back": "Sent back",
    "undecided": "Undecided",
    "all": "All",
}
Index = QModelIndex | QPersistentModelIndex


class Cases(QAbstractListModel):
    """The cases of one list; thousands of them cost no more than those in sight."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.cases: list[Case] = []
        self.rows: dict[str, int] = {}
        self.name_of: Callable[[str], str] = str

    def show_cases(self, cases: Sequence[Case], name_of: Callable[[str], str]) -> None:
        """Show these cases."""
        self.beginResetModel()
        self.cases, self.name_of = list(cases), name_of
        self.rows = {case.clip: row for row, case in enumerate(self.cases)}
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many cases there are."""
        return 0 if parent is not None and parent.isValid() else len(self.cases)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a case's name, its words for a screen reader, or the case."""
        if not index.isValid() or index.row() >= len(self.cases):
            return None
        case = self.cases[index.row()]
        name = self.name_of(case.clip)
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            state = state_text(case)
            how = f"disagreement {case.disagreement:.0%}"
            return ", ".join(part for part in (name, votes_text(case), how, state) if part)
        return case if role == CASE else None


class CaseDelegate(QStyledItemDelegate):
    """Draws a case: name and state, below what was said, and a bar for the disagreement."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of two lines."""
        unit = QFontMetricsF(option.font).height()
        return QSize(int(9 * unit), int(2.75 * unit))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        case = index.data(CASE)
        if not isinstance(case, Case):
            return
        theme, unit = current(), QFontMetricsF(option.font).height()
        box = QRectF(option.rect).adjusted(2, 1, -2, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        under = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or under:
            painter.setBrush(theme.colour("accent_ground" if chosen else "hover"))
            painter.drawRoundedRect(box, 6, 6)
        if chosen:
            painter.setBrush(theme.colour("accent"))
            painter.drawRoundedRect(QRectF(box.left(), box.top() + 5, 4, box.height() - 10), 2, 2)
        inner = box.adjusted(0.7 * unit, 0.2 * unit, -0.6 * unit, -0.2 * unit)
        self._draw_words(painter, case, str(index.data()), inner, option.font, chosen)
        painter.restore()

    def _draw_words(
        self, painter: QPainter, case: Case, name: str, box: QRectF, font: QFont, chosen: bool
    ) -> None:
        theme, unit = current(), QFontMetricsF(font).height()
        small, strong = QFont(font), QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.88)
        strong.setBold(chosen)
        top, low = QRectF(box), QRectF(box)
        top.setHeight(box.height() / 2)
        low.setTop(top.bottom())
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        state = state_text(case)
        room = box.width()
        if state:
            painter.setFont(small)
            painter.setPen(theme.colour("green" if case.decided else "orange"))
            painter.drawText(top, middle | right, state)
            room -= QFontMetricsF(small).horizontalAdvance(state) + 0.5 * unit
        _draw_elided(painter, top, name, room, strong, "ink", Qt.TextElideMode.ElideMiddle)
        bar = 3.0 * unit
        _draw_elided(painter, low, votes_text(case), box.width() - bar - 0.5 * unit, small, "quiet")
        ground = QRectF(low.right() - bar, low.center().y() - 2.5, bar, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("rule"))
        painter.drawRoundedRect(ground, 2.5, 2.5)
        if case.disagreement > 0:
            ground.setWidth(max(bar * case.disagreement, 5.0))
            painter.setBrush(theme.colour("orange"))
            painter.drawRoundedRect(ground, 2.5, 2.5)


def _draw_elided(
    painter: QPainter,
    box: QRectF,
    text: str,
    room: float,
    font: QFont,
    colour: str,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    painter.setFont(font)
    painter.setPen(current().colour(colour))
    shown = QFontMetricsF(font).elidedText(text, mode, max(room, 0.0))
    painter.drawText(
        QRectF(box.topLeft(), box.bottomLeft() + QPointF(max(room, 0.0), 0)),
        Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
        shown,
    )


class CaseList(QFrame):
    """Chooser and list. ``queue_asked`` names a list, ``case_asked`` gives a row."""

    queue_asked = Signal(str)
    case_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("caselist")
        self.cases, self.view = Cases(self), QListView()
        self.empty, self._stack = QLabel(), QStackedWidget(self)
        self.pills: dict[str, Pill] = {}
        self._build()

    def _build(self) -> None:
        for name, title in TITLES.items():
            pill = Pill(title)
            pill.setToolTip(QUEUES[name])
            pill.clicked.connect(lambda _=False, name=name: self.queue_asked.emit(name))
            self.pills[name] = pill
        self.view.setModel(self.cases)
        self.view.setItemDelegate(CaseDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAccessibleName("cases")
        self.view.clicked.connect(lambda index: self.case_asked.emit(index.row()))
        self.empty.setWordWrap(True)
        self.empty.setTextFormat(Qt.TextFormat.PlainText)
        self.empty.setProperty("role", "quiet")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.empty.setContentsMargins(8, 10, 8, 10)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 6, 8)
        layout.setSpacing(8)
        layout.addWidget(flowing([*self.pills.values()], gap=5))
        layout.addWidget(self._stack, 1)

    def show_cases(
        self, which: str, cases: Sequence[Case], name_of: Callable[[str], str], empty: str
    ) -> None:
        """Show the cases of a list; ``empty`` is what is said where there are none."""
        self.cases.show_cases(cases, name_of)
        self.empty.setText(empty)
        self._stack.setCurrentWidget(self.view if cases else self.empty)
        for name, pill in self.pills.items():
            pill.setChecked(name == which)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many cases each list has."""
        for name, pill in self.pills.items():
            pill.set_value(f"{counts[name]:,}")

    def row_of(self, clip: str) -> int | None:
        """Return where a clip is in the list."""
        return self.cases.rows.get(clip)

    def choose(self, row: int | None) -> None:
        """Mark a row, and bring it into sight."""
        index = self.cases.index(row, 0) if row is not None else QModelIndex()
        self.view.setCurrentIndex(index)
        if row is None:
            self.view.clearSelection()
        else:
            self.view.scrollTo(index)

    def minimumSizeHint(self) -> QSize:
        """Return a width that holds a name and its state."""
        unit = self.fontMetrics().height()
        return QSize(10 * unit, 12 * unit)

    def sizeHint(self) -> QSize:
        """Return the usual width."""
        unit = self.fontMetrics().height()
        return QSize(14 * unit, 40 * unit)
