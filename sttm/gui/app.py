"""The one application of Qt that a process has, and when it is refused."""

from __future__ import annotations

import os
import sys

import PySide6
from PySide6.QtWidgets import QApplication

from ..errors import InputError
from .ending import told_when_fatal

LOSES_NONE = "6.12.0"  # this PySide6 ends Python 3.11 after a while: docs/decisions/0024


def check_version(version: str, python: tuple[int, ...]) -> None:
    """Refuse the one PySide6 that crashes an older Python.

    Raises
    ------
    InputError
        One sentence.
    """
    if version == LOSES_NONE and python < (3, 12):
        raise InputError(
            f"PySide6 {version} ends Python {python[0]}.{python[1]} with a crash after a while; "
            "pip install 'PySide6-Essentials!=6.12.0'."
        )


def make_app(name: str) -> QApplication:
    """Return the application; made where there is none yet, and called ``name`` then.

    Raises
    ------
    InputError
        When no screen can be reached, or this PySide6 would crash.
    """
    check_version(PySide6.__version__, sys.version_info[:2])
    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    blind = sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    if blind:
        raise InputError(
            "the window needs a screen; neither DISPLAY nor WAYLAND_DISPLAY is set. Run it on a "
            "desktop, or with `ssh -X`."
        )
    with told_when_fatal():
        app = QApplication(sys.argv[:1])
    app.setApplicationName(name)
    return app
