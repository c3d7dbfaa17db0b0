"""The list of labels: group headings, a row per label, scrolling when there are many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from sttm.gui.buttons import cap_width, chip_colour, shown_key

from ..scheme import LabelRule
from .label_row import LabelRow

FEWEST_ROWS = 4  # that stay in sight however small the window is


class LabelList(QScrollArea):
    """Rows of labels. ``asked`` names the label that was pressed, ``pointed`` the one looked at."""

    asked = Signal(str)
    pointed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labels")
        self.setAccessibleName("labels")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.rows: dict[str, LabelRow] = {}

    def set_labels(self, rules: Sequence[LabelRule], key_of: Callable[[str], str]) -> None:
        """Show these labels; ``key_of`` gives the key of a label's name."""
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.setSpacing(1)
        self.rows, group = {}, ""
        for index, rule in enumerate(rules):
            if rule.group and rule.group != group:
                heading = QLabel(rule.group)
                heading.setProperty("role", "group")
                layout.addWidget(heading)
            group = rule.group
            colour = chip_colour(rule.colour, index)
            row = LabelRow(rule.name, key_of(rule.name), colour, rule.guidance)
            row.clicked.connect(lambda _=False, name=rule.name: self.asked.emit(name))
            layout.addWidget(row)
            self.rows[rule.name] = row
        layout.addStretch(1)
        caps = [cap_width(self.font(), shown_key(r.key)) for r in self.rows.values() if r.key]
        for row in self.rows.values():
            row.slot = max(caps, default=0.0)
        self.setWidget(inner)
        self.setMaximumHeight(self.content_height())
        self.updateGeometry()

    def content_height(self) -> int:
        """Return the height at which no row is hidden."""
        inner = self.widget()
        content = inner.sizeHint().height() if inner is not None else 0
        return max(content, self.minimumSizeHint().height()) + 2

    def show_chosen(self, chosen: Sequence[str], active: str) -> None:
        """Mark the labels that were said, and the one whose interval takes the marks."""
        for name, row in self.rows.items():
            row.setChecked(name in chosen)
            row.set_active(name == active)
        last = active or (chosen[-1] if chosen else "")
        if last in self.rows:
            self.ensureWidgetVisible(self.rows[last], 0, self.rows[last].height())

    def show_counts(self, counts: Mapping[str, int]) -> None:
        """Show how many clips have each label."""
        most = max(counts.values(), default=0)
        for name, row in self.rows.items():
            number = int(counts.get(name, 0))
            row.show_count(number, number / most if most else 0.0)

    def under_cursor(self) -> str:
        """Return the label that has the focus or the mouse, or ""."""
        for name, row in self.rows.items():
            if row.hasFocus():
                return name
        return next((name for name, row in self.rows.items() if row.underMouse()), "")

    def minimumSizeHint(self) -> QSize:
        """Return the room of a few rows."""
        row = next(iter(self.rows.values()), None)
        height = row.sizeHint().height() if row is not None else 20
        return QSize(6 * height, min(FEWEST_ROWS, max(len(self.rows), 1)) * height)

    def sizeHint(self) -> QSize:
        """Return the room of all rows."""
        inner = self.widget()
        least = self.minimumSizeHint()
        return inner.sizeHint().expandedTo(least) if inner is not None else least
