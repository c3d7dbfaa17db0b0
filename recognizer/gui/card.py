"""The model card over the window: what the model is, what it was trained on, how it was judged."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QTextDocument, QTextTable
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTextBrowser, QWidget

from sttm.gui.overlay import Overlay

from .models import Model


class Card(Overlay):
    """A model card; its links lead nowhere, and no picture of it is loaded."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("model card")
        self.title = QLabel()
        self.title.setProperty("role", "title")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.text = Page()
        self.text.setOpenLinks(False)
        self.text.setAccessibleName("model card")
        self.close_button = QPushButton("Close")
        self.close_button.clicked.connect(self.put_away)
        row = QHBoxLayout()
        self.place = QLabel()
        self.place.setProperty("role", "small")
        self.place.setTextFormat(Qt.TextFormat.PlainText)
        self.place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.place, 1)
        row.addWidget(self.close_button)
        self.inside.addWidget(self.title)
        self.inside.addWidget(self.text, 1)
        self.inside.addLayout(row)

    def show_model(self, model: Model) -> None:
        """Fill the card."""
        self.title.setText(model.title)
        self.place.setText(model.path.name)
        self.place.setToolTip(str(model.path))
        self.text.setMarkdown(card_text(model))
        drop_empty_heads(self.text.document())

    def wanted(self) -> QSize:
        """Return a size that text is read well in."""
        unit = self.fontMetrics().height()
        return QSize(46 * unit, 42 * unit)


class Page(QTextBrowser):
    """Text from a file that a stranger may have written: nothing is fetched."""

    def loadResource(self, kind: int, name: object) -> object:
        """Load nothing."""
        return None


def drop_empty_heads(document: QTextDocument) -> None:
    """Take the first row out of tables where it is empty: Markdown has no table without one."""
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable) and frame.rows() > 1:
            first = [frame.cellAt(0, column) for column in range(frame.columns())]
            if all(c.firstCursorPosition() == c.lastCursorPosition() for c in first):
                frame.removeRows(0, 1)


def card_text(model: Model) -> str:
    """Return the card without its first heading, or what is known where there is none."""
    if not model.card.strip():
        known = [model.trained, f"Method: {model.method}." if model.method else ""]
        known.append(f"Tells apart: {', '.join(model.classes)}." if model.classes else "")
        return "\n\n".join([*filter(None, known), "The bundle carries no model card."])
    head, _, rest = model.card.lstrip().partition("\n")
    return rest if head.startswith("# ") else model.card
