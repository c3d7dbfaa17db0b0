"""For tests of windows: Qt without a screen, a skip with a reason, screenshots.

Importing this skips the whole test module where PySide6, pytest-qt or a library of the system is
missing. It sorts before ``PySide6``, so that it is imported first.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
SHOTS = "STTM_SHOTS"  # a folder that screenshots are kept in


def need_qt() -> None:
    """Skip a whole module where PySide6, pytest-qt or a library of the system is missing."""
    for name in ("PySide6.QtWidgets", "pytestqt"):
        try:
            __import__(name)
        except ImportError as error:
            pytest.skip(f"the window needs {name}: {error}", allow_module_level=True)


def shot(widget: Any, name: str, folder: str | Path | None = None) -> Path:
    """Save what a widget shows as a PNG file and return its path.

    Into ``folder``, else the folder that the variable STTM_SHOTS names, else a temporary one.
    """
    kept = folder or os.environ.get(SHOTS) or Path(tempfile.gettempdir()) / "sttm shots"
    path = Path(kept) / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', name)}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    assert widget.grab().save(str(path)), f"{path} cannot be written"
    return path


need_qt()
