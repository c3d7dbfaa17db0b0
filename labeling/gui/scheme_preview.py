"""A scheme at a glance: its labels with their keys, and what is asked beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from sttm.errors import InputError

from ..keys import bindings
from ..scheme import Scheme
from .label_list import LabelList


def asked_for(scheme: Scheme) -> str:
    """Return in words what a scheme asks for beside the labels."""
    parts = []
    if scheme.marks:
        parts.append(f"the frames of {_listed(scheme.marks)}")
    if scheme.intensity:
        parts.append(f"intensity {scheme.intensity[0]} to {scheme.intensity[-1]}")
    if scheme.sides:
        parts.append("side")
    if scheme.sure:
        parts.append("confidence")
    several = "several labels per clip" if scheme.several else "one label per clip"
    free = ", own labels can be added" if scheme.free else ""
    return f"{several}{free}; also {_listed(parts)}." if parts else f"{several}{free}."


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


class SchemePreview(QWidget):
    """Name, guidance, labels with keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.text, self.asked = QLabel(), QLabel(), QLabel()
        self.labels = LabelList()
        self.title.setProperty("role", "strong")
        self.asked.setProperty("role", "small")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for label in (self.title, self.text, self.asked):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            layout.addWidget(label)
        layout.addWidget(self.labels, 100)
        layout.addStretch(1)

    def show_scheme(self, scheme: Scheme) -> None:
        """Show ``scheme``."""
        try:
            keys = bindings(scheme)
        except InputError as error:
            self.show_text(str(error))
            return
        self.title.setText(scheme.name[:1].upper() + scheme.name[1:])
        self.text.setText(scheme.guidance)
        self.text.setVisible(bool(scheme.guidance))
        self.asked.setText(asked_for(scheme)[:1].upper() + asked_for(scheme)[1:])
        self.labels.set_labels(scheme.labels, lambda name: keys.key_of(f"label:{name}"))
        for row in self.labels.rows.values():
            row.set_plain()
        self.labels.show()

    def show_text(self, text: str) -> None:
        """Show a sentence in place of a scheme."""
        self.title.setText("")
        self.asked.setText("")
        self.text.setText(text)
        self.text.show()
        self.labels.hide()
