"""Guidance on demand: what a label means, in words and with an example picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImageReader, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

TALLEST = 11  # lines of text that the example picture may take


class Guidance(QFrame):
    """A card with the text of one label or, where none is looked at, of the whole scheme."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.title, self.text, self.picture = QLabel(), QLabel(), QLabel()
        self.title.setProperty("role", "strong")
        self.text.setWordWrap(True)
        for label in (self.title, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 10)
        layout.setSpacing(4)
        for widget in (self.title, self.text, self.picture):
            layout.addWidget(widget)

    def show_text(self, title: str, text: str, picture: Path | None) -> None:
        """Show a title, the guidance and, where it can be read, the picture."""
        self.title.setText(title)
        self.text.setText(text or "The scheme gives no guidance for this label.")
        image = self._read(picture) if picture is not None else QPixmap()
        self.picture.setPixmap(image)
        self.picture.setAccessibleName(f"example of {title}")
        self.picture.setVisible(not image.isNull())
        if picture is not None and image.isNull():
            self.text.setText(f"{self.text.text()}\n(the picture {picture.name} cannot be read)")

    def _read(self, path: Path) -> QPixmap:
        reader = QImageReader(str(path))
        reader.setAutoTransform(True)
        size = reader.size()
        if not size.isValid():
            return QPixmap()
        room = QSize(max(self.width() - 24, 120), TALLEST * self.fontMetrics().height())
        if size.width() > room.width() or size.height() > room.height():
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
            reader.setScaledSize(size)
        return QPixmap.fromImage(reader.read())
