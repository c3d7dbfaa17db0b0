"""Who takes a key, and what was dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QComboBox


def needs_key(widget: QObject, key: str) -> bool:
    """Return whether a widget that has the focus takes a key for itself."""
    if isinstance(widget, QAbstractButton):
        return key == "Space"
    if isinstance(widget, QAbstractItemView | QComboBox):
        return not key.startswith(("Ctrl+", "F")) and key not in ("Tab", "Esc")
    return False


def the_app() -> QApplication:
    """Return the application."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def dropped_paths(data: QMimeData) -> list[Path]:
    """Return the files and folders among what is dropped."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
