"""The picture with what belongs above and below it: the middle of the label page and the review."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget


def picture_column(above: QWidget, player: QWidget, *below: QWidget) -> QWidget:
    """Return a column in which the picture takes what room there is."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(14, 10, 10, 10)
    column.setSpacing(8)
    column.addWidget(above)
    column.addWidget(player, 1)
    for widget in below:
        column.addWidget(widget)
    return whole


def fill_page(page: QWidget, split: QSplitter, player: QWidget) -> None:
    """Let a splitter fill a page, and the keys go to its player."""
    whole = QVBoxLayout(page)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(split)
    player.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    player.setAccessibleName("player")
    page.setFocusProxy(player)
