"""The right side of the label page: what can be said of the clip, with its keys.

The panel shows and asks, it decides nothing: whatever is pressed goes out as the name of an action
(``asked``), the same as the key's, and the page shows the panel what is stored then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.buttons import Pill, shown_key
from sttm.gui.flow import flowing
from sttm.gui.legend import Cap

from ..scheme import LONGEST_TEXT, SIDES, Scheme
from ..statement import Statement
from .guidance import Guidance
from .interval_list import UNSET, IntervalList
from .label_list import LabelList

WIDEST = 0.38  # of the window, that the panel takes by itself
LABELS_SHARE = 0.4  # of the height, that a long list of labels keeps in any case


class Content(QWidget):
    """What lies in a scroll area: as high as its width makes it."""

    def minimumSizeHint(self) -> QSize:
        """Return the height that follows from the present width."""
        parent = self.parentWidget()
        width = parent.width() if parent is not None else self.width()
        return QSize(super().minimumSizeHint().width(), self.heightForWidth(width))


class Tall(QScrollArea):
    """A scroll area that would like to show all of its content."""

    def sizeHint(self) -> QSize:
        """Return the size of the content."""
        inner = self.widget()
        if inner is None:
            return super().sizeHint()
        return QSize(inner.sizeHint().width(), inner.heightForWidth(self.viewport().width()) + 2)

    def minimumSizeHint(self) -> QSize:
        """Return the room of a few lines."""
        unit = self.fontMetrics().height()
        return QSize(8 * unit, 9 * unit)


class LabelPanel(QFrame):
    """Labels, intervals, marks, intensity, side, confidence, flags, comment.

    Parameters
    ----------
    root : Path
        Folder that example pictures are below.
    """

    asked = Signal(str)
    interval_asked = Signal(int)
    commented = Signal(str)

    def __init__(self, root: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._root = root
        self.labels, self.intervals, self.guidance = LabelList(), IntervalList(), Guidance()
        self.comment = QLineEdit()
        self.stage = _line("stage")
        self.pills: dict[str, Pill] = {}
        self._lower = Tall()
        self._build()
        self.guidance.hide()
        self.labels.asked.connect(lambda name: self.asked.emit(f"label:{name}"))
        self.intervals.asked.connect(self.interval_asked)
        self.comment.editingFinished.connect(lambda: self.commented.emit(self.comment.text()))

    # building -----------------------------------------------------------------------------------

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 8, 12)
        layout.setSpacing(6)
        head = QHBoxLayout()
        self._guidance_key, guidance = Cap(""), _line("small", "guidance")
        head.addWidget(_heading("Labels"))
        head.addStretch(1)
        head.addWidget(self._guidance_key)
        head.addWidget(guidance)
        head.setContentsMargins(0, 0, 8, 0)
        layout.addWidget(self.stage)
        layout.addLayout(head)
        layout.addWidget(self.labels)
        layout.addWidget(self.guidance)
        self._lower.setObjectName("lower")
        self._lower.setWidgetResizable(True)
        self._lower.setFrameShape(QFrame.Shape.NoFrame)
        self._lower.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lower.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout.addWidget(self._lower, 1)

    def set_scheme(self, scheme: Scheme, key_of: Callable[[str], str]) -> None:
        """Show everything that ``scheme`` asks for; ``key_of`` gives the key of an action."""
        self.scheme = scheme
        self.labels.set_labels(scheme.labels, lambda name: key_of(f"label:{name}"))
        self._guidance_key.set_key(key_of("guidance"))
        self.pills = {}
        inner = Content()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 4, 6, 0)
        layout.setSpacing(5)
        if scheme.several:
            layout.addWidget(_heading("Intervals"))
            layout.addWidget(self.intervals)
            self._none = _line("small", "none yet: choose a label")
            layout.addWidget(self._none)
        marks = [(f"mark:{mark}", str(mark)) for mark in scheme.marks]
        levels = [(f"intensity:{i}", name) for i, name in enumerate(scheme.intensity, 1)]
        sides = [(f"side:{side}", side) for side in SIDES] if scheme.sides else []
        sure = [(f"sure:{i}", name) for i, name in enumerate(scheme.sure, 1)]
        flags = [(f"flag:{name}", name) for name in scheme.flag_names]
        for title, pairs in (
            ("Marks", marks),
            ("Intensity", levels),
            ("Side", sides),
            ("Confidence", sure),
            ("Flags", flags),
        ):
            self._add_pills(layout, title, pairs, key_of)
        self._add_comment(layout, key_of)
        layout.addStretch(1)
        old = self._lower.takeWidget()
        self._lower.setWidget(inner)
        if old is not None:
            old.deleteLater()
        self._share_soon()

    def _add_pills(
        self,
        layout: QVBoxLayout,
        title: str,
        pairs: list[tuple[str, str]],
        key_of: Callable[[str], str],
    ) -> None:
        if not pairs:
            return
        layout.addWidget(_heading(title))
        pills: list[QWidget] = []
        for action, text in pairs:
            pill = Pill(text, key_of(action))
            pill.setAccessibleName(f"{title.lower()}: {text}")
            pill.clicked.connect(lambda _=False, action=action: self.asked.emit(action))
            self.pills[action] = pill
            pills.append(pill)
        layout.addWidget(flowing(pills))

    def _add_comment(self, layout: QVBoxLayout, key_of: Callable[[str], str]) -> None:
        layout.addWidget(_heading("Comment"))
        key = shown_key(key_of("comment"))
        self.comment.setMaxLength(LONGEST_TEXT)
        self.comment.setAccessibleName("comment")
        self.comment.setPlaceholderText(f"{key} to write, Enter to keep" if key else "")
        layout.addWidget(self.comment)

    # showing ------------------------------------------------------------------------------------

    def show_statement(self, statement: Statement, active: int | None, stage: str) -> None:
        """Show what is stored of the clip; ``stage`` is that of two-stage work."""
        interval = statement.intervals[active] if active is not None else None
        self.labels.show_chosen(statement.labels, interval.label if interval else "")
        if self.scheme.several:
            self.intervals.show_intervals(statement.intervals, active, self.scheme)
            self._share_soon()
            self._none.setVisible(not statement.intervals)
        for mark in self.scheme.marks:
            frame = getattr(interval, mark) if interval is not None else None
            pill = self.pills[f"mark:{mark}"]
            pill.setChecked(frame is not None)
            pill.set_value(UNSET if frame is None else str(frame))
        self._check("intensity", interval.intensity if interval is not None else None)
        for side in SIDES if self.scheme.sides else ():
            self.pills[f"side:{side}"].setChecked(interval is not None and interval.side == side)
        levels = len(self.scheme.sure)
        self._check("sure", None if statement.sure is None else round(statement.sure * levels))
        for name in self.scheme.flag_names:
            self.pills[f"flag:{name}"].setChecked(name in statement.flags)
        if not self.comment.hasFocus():
            self.comment.setText(statement.comment)
            self.comment.setCursorPosition(0)
        self._show_stage(stage)

    def _check(self, verb: str, level: float | None) -> None:
        for action, pill in self.pills.items():
            if action.startswith(f"{verb}:"):
                pill.setChecked(level is not None and action == f"{verb}:{int(level)}")

    def _show_stage(self, stage: str) -> None:
        two = self.scheme.work.stages == "two"
        self.stage.setVisible(two)
        if two:
            first = stage != "marks"
            self.stage.setText("Stage 1 of 2: labels" if first else "Stage 2 of 2: marks")
            for action, pill in self.pills.items():
                if action.startswith("mark:"):
                    pill.setEnabled(not first)

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many clips have each label so far."""
        self.labels.show_counts(counts)

    def toggle_guidance(self) -> bool:
        """Show or hide the guidance of the label looked at; return whether it is shown."""
        self.guidance.setVisible(self.guidance.isHidden())
        self._share_soon()
        self.show_guidance()
        return not self.guidance.isHidden()

    def show_guidance(self) -> None:
        """Bring the shown guidance up to date: label under the cursor, else the active one."""
        if self.guidance.isHidden():
            return
        chosen = [name for name, row in self.labels.rows.items() if row.isChecked()]
        active = [name for name, row in self.labels.rows.items() if row.active]
        name = self.labels.under_cursor() or next(iter(active or chosen), "")
        if not name:
            self.guidance.show_text(self.scheme.name, self.scheme.guidance, None)
            return
        rule = self.scheme.label(name)
        picture = self._root / rule.picture if rule.picture else None
        self.guidance.show_text(name, rule.guidance, picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height out."""
        super().resizeEvent(event)
        self._share_soon()

    def _share_soon(self) -> None:
        """Share the height out once the layout has settled."""
        QTimer.singleShot(0, self, self.share_height)

    def share_height(self) -> None:
        """Give the labels what they need, but leave room for what is asked beside them."""
        lower = self._lower.sizeHint().height()
        both = self.labels.height() + self._lower.height()
        room = max(both - lower, round(LABELS_SHARE * both))
        self.labels.setMaximumHeight(min(self.labels.content_height(), max(room, 1)))

    def minimumSizeHint(self) -> QSize:
        """Return a width that holds a label with its count."""
        unit = self.fontMetrics().height()
        return QSize(16 * unit, 14 * unit)

    def sizeHint(self) -> QSize:
        """Return the usual width."""
        unit = self.fontMetrics().height()
        return QSize(min(24 * unit, int(WIDEST * self.window().width())), 40 * unit)


def _heading(text: str) -> QLabel:
    label = _line("group", text)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label


def _line(role: str, text: str = "") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    return label
