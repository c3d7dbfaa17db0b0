"""The top of the label page: which clip, where in the list, how much is done."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from sttm.gui.lines import Bar, Elided


class Header(QWidget):
    """Name, badges, position, progress."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.place, self.done = Elided("title"), QLabel(), QLabel()
        self.badges, self.bar = QLabel(), Bar()
        self.bar.setAccessibleName("progress")
        for label, role in ((self.place, "muted"), (self.done, "muted"), (self.badges, "badge")):
            label.setProperty("role", role)
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(12)
        layout.addWidget(self.name)
        layout.addWidget(self.badges)
        layout.addStretch(1)
        layout.addWidget(self.place)
        layout.addWidget(self.bar)
        layout.addWidget(self.done)

    def show_clip(self, name: str, at: int, count: int, badges: list[str]) -> None:
        """Show which clip it is; ``at`` counts from 0."""
        self.name.set_whole(name)
        self.place.setText(f"{at + 1} of {count}")
        self.badges.setText("  ·  ".join(badges))
        self.badges.setVisible(bool(badges))

    def show_progress(self, done: int, total: int) -> None:
        """Show how many of the clips are done."""
        self.bar.set_share(done / total if total else 0.0)
        self.done.setText("all done" if total and done >= total else f"{done} done")
