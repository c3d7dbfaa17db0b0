"""The history of a clip in a card over the window: who said what when, and every decision."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QTextBrowser, QWidget

from sttm.gui.overlay import Overlay
from sttm.gui.theme import current

from ..scheme import Scheme
from ..statement import Statement
from ..study.records import Decision, Opinion
from .review_words import Names, decided_text, labels_text, said_text, time_text

MOST_ROWS = 500  # the newest; earlier ones are counted
Row = tuple[str, str, str, bool]  # when, who, what, whether it is a decision


def history_rows(
    entries: Sequence[Opinion | Decision], scheme: Scheme, fps: float | None, names: Names
) -> list[Row]:
    """Return the history as (when, who, what, is a decision), oldest first."""
    said = {entry.id: entry for entry in entries if isinstance(entry, Opinion)}
    rows = []
    for entry in entries:
        if isinstance(entry, Opinion):
            what = said_text(entry, scheme, fps, names)
            rows.append((time_text(entry.time), names.person(entry.annotator), what, False))
        else:
            whose = _whose(entry, said.get(entry.opinion), names)
            what = decided_text(entry, whose, names)
            rows.append((time_text(entry.time), names.person(entry.reviewer), what, True))
    return rows


def _whose(decision: Decision, opinion: Opinion | None, names: Names) -> str:
    labels = labels_text(opinion.statement if opinion is not None else Statement())
    if opinion is None or opinion.annotator == decision.reviewer:
        return labels
    return f"{names.person(opinion.annotator)}: {labels}"


class History(Overlay):
    """The rows, oldest first; arrows and Page keys scroll, Escape closes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title, self.foot, self.body = QLabel(), QLabel(), QTextBrowser()
        self.title.setProperty("role", "title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.foot.setProperty("role", "small")
        self.body.setFrameShape(QFrame.Shape.NoFrame)
        self.body.setStyleSheet("QTextBrowser { background: transparent; border: none; }")
        self.body.setOpenLinks(False)
        self.body.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.setAccessibleName("history of the clip")
        self.inside.addWidget(self.title)
        self.inside.addWidget(self.body, 1)
        self.inside.addWidget(self.foot)

    def show_rows(self, name: str, rows: Sequence[Row], key: str) -> None:
        """Show the history of the clip that is called ``name``."""
        self.title.setText(f"History of {name}")
        self.setAccessibleName(self.title.text())
        left = len(rows) - MOST_ROWS
        more = f"{left:,} earlier ones are in the study  ·  " if left > 0 else ""
        self.foot.setText(f"{more}{key} or Esc closes")
        self.body.setHtml(_table(rows[-MOST_ROWS:]))
        self.open()
        bar = self.body.verticalScrollBar()
        bar.setValue(bar.maximum())  # the newest

    def wanted(self) -> QSize:
        """Return the size that shows everything."""
        unit = self.fontMetrics().height()
        width = 48 * unit
        page = self.body.document().clone()
        page.setTextWidth(width - 4 * unit)
        return QSize(width, round(page.size().height()) + 9 * unit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and Page keys scroll; H closes as well."""
        bar = self.body.verticalScrollBar()
        steps = {
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
        }
        bar.setValue(bar.value() + steps.get(Qt.Key(event.key()), 0))
        if event.key() == Qt.Key.Key_H:
            self.put_away()
        super().keyPressEvent(event)


def _table(rows: Sequence[Row]) -> str:
    theme = current()
    lines = []
    for when, who, what, decision in rows:
        ground = f' bgcolor="{theme.accent_ground}"' if decision else ""
        strong = "font-weight:600" if decision else ""
        lines.append(
            f'<tr{ground}><td style="color:{theme.quiet}; white-space:nowrap">{escape(when)}</td>'
            f'<td style="{strong}">{escape(who)}</td>'
            f'<td style="{strong}">{escape(what)}</td></tr>'
        )
    return f'<table width="100%" cellspacing="0" cellpadding="6">{"".join(lines)}</table>'
