"""Cards and headings of the start page."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout


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
