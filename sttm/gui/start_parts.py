"""Cards, headings and keys of the start pages."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from .legend import Cap


def card(unit: int) -> tuple[QFrame, QVBoxLayout]:
    """Return a panel and its layout; ``unit`` is the text's height in pixels."""
    box = QFrame()
    box.setProperty("role", "panel")
    layout = QVBoxLayout(box)
    layout.setContentsMargins(unit, unit, unit, unit)
    layout.setSpacing(unit // 2)
    return box, layout


def heading(text: str) -> QLabel:
    """Return the title of a card."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def group(text: str) -> QLabel:
    """Return a title within a card."""
    label = QLabel(text)
    label.setProperty("role", "group")
    return label


def key_line(key: str, what: str) -> QHBoxLayout:
    """Return a key and what it does, side by side."""
    line = QHBoxLayout()
    line.addWidget(Cap(key))
    text = QLabel(what)
    text.setProperty("role", "quiet")
    line.addWidget(text, 1)
    return line
