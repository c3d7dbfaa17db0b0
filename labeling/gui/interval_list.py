"""The intervals of a clip where a scheme allows several: one line each, the active one marked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sttm.gui.buttons import Pill

from ..scheme import Scheme
from ..statement import Interval

UNSET = "–"


def interval_text(interval: Interval, scheme: Scheme) -> str:
    """Return an interval in one line: ``12 · 18 · 30, C, left``.

    A mark that is not set is a dash.
    """
    frames = [getattr(interval, mark) for mark in scheme.marks]
    parts = []
    if frames:
        parts.append(" · ".join(UNSET if f is None else str(f) for f in frames))
    if interval.intensity is not None and scheme.intensity:
        parts.append(scheme.intensity[int(interval.intensity) - 1])
    if interval.side:
        parts.append(interval.side)
    return ", ".join(parts)


class IntervalList(QWidget):
    """One pill per interval; ``asked`` gives the position of the one that was pressed."""

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(3)
        self.pills: list[Pill] = []

    def show_intervals(
        self, intervals: Sequence[Interval], active: int | None, scheme: Scheme
    ) -> None:
        """Show the intervals in their order."""
        while len(self.pills) > len(intervals):
            pill = self.pills.pop()
            self._layout.removeWidget(pill)
            pill.deleteLater()
        while len(self.pills) < len(intervals):
            pill = Pill("", parent=self)
            index = len(self.pills)
            pill.clicked.connect(lambda _=False, index=index: self.asked.emit(index))
            self._layout.addWidget(pill)
            self.pills.append(pill)
        for index, (pill, interval) in enumerate(zip(self.pills, intervals, strict=True)):
            pill.setText(interval.label)
            pill.setAccessibleName(interval.label)
            pill.set_value(interval_text(interval, scheme))
            pill.setChecked(index == active)
