"""The right side of the review: the decision that stands, the model's opinion, and everybody's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.buttons import Pill, chip_colour

from ..review import Case, Hint
from ..scheme import Scheme
from ..statement import Interval
from ..study.records import Decision, Opinion
from .review_words import Names, mark_text, more_text, sure_text, time_text

MOST_INTERVALS = 8  # of one card; the rest is counted
CARD_WIDTH = 15  # least width in lines of text, from which cards stand side by side
HIDDEN = "A model doubts this label. What it thinks is shown after your own decision."


@dataclass(frozen=True)
class Shown:
    """What cards are made from, beside the case."""

    scheme: Scheme
    names: Names
    fps: float | None

    def colour(self, label: str) -> QColor:
        """Return the colour of a label."""
        for index, rule in enumerate(self.scheme.labels):
            if rule.name == label:
                return chip_colour(rule.colour, index)
        return chip_colour("", 0)


class Dot(QWidget):
    """The colour of a label."""

    def __init__(self, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colour = colour
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return a square of a line's height."""
        unit = self.fontMetrics().height()
        return QSize(round(0.7 * unit), unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the dot."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.colour)
        radius = 0.3 * self.fontMetrics().height()
        painter.drawEllipse(QPointF(radius + 1, self.height() / 2), radius, radius)


def text(words: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """Return a line of plain text in one of the sheet's roles."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if role:
        label.setProperty("role", role)
    return label


def interval_rows(interval: Interval, shown: Shown) -> list[QWidget | QHBoxLayout]:
    """Return a label with its colour, and below it its marks."""
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addWidget(Dot(shown.colour(interval.label)))
    name = text(interval.label, "strong", wrap=True)
    name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    row.addWidget(name, 1)
    more = more_text(interval, shown.scheme)
    if more:
        row.addWidget(text(more))
    row.addStretch(1)
    marks = mark_text(interval, shown.fps)
    return [row, text(marks, "small", wrap=True)] if marks else [row]


class OpinionCard(QFrame):
    """What one annotator says; ``asked`` when it shall be accepted, ``pointed`` when pressed."""

    asked = Signal()
    pointed = Signal()

    def __init__(self, opinion: Opinion, key: str, shown: Shown, holds: bool) -> None:
        super().__init__()
        self.opinion = opinion
        self.setObjectName("opinion")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        who = shown.names.person(opinion.annotator)
        self.setAccessibleName(f"opinion of {who}")
        self.accept = Pill("holds" if holds else "accept", key)
        self.accept.setChecked(holds)
        self.accept.setAccessibleName(f"accept the opinion of {who}")
        self.accept.clicked.connect(self.asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 10, 10)
        layout.setSpacing(3)
        head = QHBoxLayout()
        head.addWidget(text(who, "quiet"), 1)
        head.addWidget(self.accept)
        layout.addLayout(head)
        self._fill(layout, shown)

    def _fill(self, layout: QVBoxLayout, shown: Shown) -> None:
        said = self.opinion.statement
        for interval in said.intervals[:MOST_INTERVALS]:
            for row in interval_rows(interval, shown):
                if isinstance(row, QHBoxLayout):
                    layout.addLayout(row)
                else:
                    layout.addWidget(row)
        left = len(said.intervals) - MOST_INTERVALS
        if left > 0:
            layout.addWidget(text(f"and {left:,} more", "small"))
        if not said.intervals:
            layout.addWidget(text("no label", "quiet"))
        parts = [*said.flags] + ([sure_text(shown.scheme, said.sure)] if said.sure else [])
        if parts:
            layout.addWidget(text(",  ".join(parts), "warning" if said.flags else "", wrap=True))
        if said.comment:
            layout.addWidget(text(f"“{said.comment}”", wrap=True))
        how = [time_text(self.opinion.time)]
        how += ["hidden repeat"] if self.opinion.turn else []
        how += ["imported"] if self.opinion.action == "import" else []
        how += [f"from {shown.names.file(self.opinion.arrived)}"] if self.opinion.arrived else []
        layout.addWidget(text("  ·  ".join(how), "small", wrap=True))

    def set_looked(self, looked: bool) -> None:
        """Show whether this is the opinion that is looked at."""
        if self.property("looked") is not looked:
            self.setProperty("looked", looked)
            self.style().unpolish(self)
            self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at this opinion."""
        self.pointed.emit()


def decision_card(decision: Decision, case: Case, shown: Shown) -> QFrame:
    """Return a card for the decision that stands."""
    card, layout = _card("decision")
    card.setProperty("verdict", "answered" if case.answered else decision.verdict)
    who = shown.names.person(decision.reviewer)
    layout.addWidget(text(f"{decision.verdict.capitalize()} by {who}", "strong", wrap=True))
    layout.addWidget(text(f"“{decision.reason}”", wrap=True))
    if case.answered:
        layout.addWidget(text("Somebody has answered since; look again.", "warning", wrap=True))
    layout.addWidget(text(time_text(decision.time), "small"))
    return card


def hint_card(hint: Hint | None, shown: Shown) -> QFrame:
    """Return a card for what the model thinks, or for that it is hidden still."""
    card, layout = _card("model")
    if hint is None:
        layout.addWidget(text(HIDDEN, "quiet", wrap=True))
        return card
    layout.addWidget(text("The model's opinion", "quiet"))
    row = QHBoxLayout()
    row.setSpacing(6)
    row.addWidget(Dot(shown.colour(hint.predicted)))
    row.addWidget(text(hint.predicted, "strong", wrap=True))
    row.addWidget(text(f"with probability {hint.probability:.2f}"))
    row.addStretch(1)
    layout.addLayout(row)
    doubt = f"It doubted the label {hint.label}: {hint.doubt:.2f} of 1."
    layout.addWidget(text(doubt, "small", wrap=True))
    return card


def _card(name: str) -> tuple[QFrame, QVBoxLayout]:
    card = QFrame()
    card.setObjectName(name)
    card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    layout = QVBoxLayout(card)
    layout.setContentsMargins(12, 9, 12, 10)
    layout.setSpacing(3)
    return card, layout


class Cards(QScrollArea):
    """All cards of a case; opinions side by side where there is room.

    ``accept_asked`` and ``looked_at`` give the position of an opinion.
    """

    accept_asked = Signal(int)
    looked_at = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cards")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("opinions")
        self.opinions: list[OpinionCard] = []
        self._grid: QGridLayout | None = None
        self._across = 0

    def show_case(
        self,
        case: Case | None,
        hint: Hint | None,
        shown: Shown,
        key_of: Callable[[str], str],
    ) -> None:
        """Show a case, or nothing."""
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 2, 6, 2)
        layout.setSpacing(8)
        self.opinions = []
        if case is not None and case.decision is not None:
            layout.addWidget(decision_card(case.decision, case, shown))
        if case is not None and case.suspect is not None:
            layout.addWidget(hint_card(hint, shown))
        self._grid, self._across = QGridLayout(), 0
        self._grid.setSpacing(8)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for number, opinion in enumerate(case.opinions if case is not None else ()):
            self._add(number, opinion, case, shown, key_of)
        if case is not None and not case.opinions:
            layout.addWidget(text("Nobody has labelled this clip yet.", "quiet", wrap=True))
        layout.addLayout(self._grid)
        layout.addStretch(1)
        self.setWidget(inner)
        self._arrange()

    def _add(
        self,
        number: int,
        opinion: Opinion,
        case: Case | None,
        shown: Shown,
        key_of: Callable[[str], str],
    ) -> None:
        decision = case.decision if case is not None and case.decided else None
        holds = decision is not None and decision.opinion == opinion.id
        card = OpinionCard(opinion, key_of(f"accept:{number + 1}"), shown, holds)
        card.asked.connect(lambda: self.accept_asked.emit(number))
        card.pointed.connect(lambda: self.looked_at.emit(number))
        self.opinions.append(card)

    def look_at(self, number: int | None) -> None:
        """Mark the opinion that is looked at, and bring it into sight."""
        for place, card in enumerate(self.opinions):
            card.set_looked(place == number)
        if number is not None and number < len(self.opinions):
            self.ensureWidgetVisible(self.opinions[number], 0, 12)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put as many cards side by side as there is room for."""
        least = CARD_WIDTH * self.fontMetrics().height()
        across = max(1, min(self.viewport().width() // max(least, 1), len(self.opinions)))
        if self._grid is None or across == self._across:
            return
        self._across = across
        for place, card in enumerate(self.opinions):
            self._grid.removeWidget(card)
            self._grid.addWidget(card, place // across, place % across, Qt.AlignmentFlag.AlignTop)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < across else 0)
