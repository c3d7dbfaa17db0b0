"""What a window of ours adds to the style sheet of the theme."""

from __future__ import annotations

from string import Template

from PySide6.QtGui import QColor

from .buttons import mixed
from .theme import Theme

_SHEET = Template("""
QWidget#bar { background: $panel; border-bottom: 1px solid $rule; }
QWidget#bar QToolButton:checked { font-weight: 600; }
QFrame[role="side"] { background: $panel; border-left: 1px solid $rule; }
QFrame[role="card"] { background: $panel; border: 1px solid $rule; border-radius: 8px; }
QFrame#overlay { background: $paper; border: 1px solid $rule; border-radius: 10px; }
QFrame#notice { background: $note_ground; border-bottom: 1px solid $rule; }
QFrame#notice[level="error"] { background: $error_ground; border-bottom: 1px solid $red; }
QLabel[role="sign"] { color: $accent; font-weight: 700; }
QFrame#notice[level="error"] QLabel[role="sign"] { color: $red; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="badge"] {
    color: $accent; background: $accent_ground; border-radius: 4px; padding: 1px 7px;
    font-weight: 600;
}
QLabel[role="stage"] {
    color: $ink; background: $accent_ground; border-radius: 6px; padding: 5px 9px; font-weight: 600;
}
QLabel#said { color: $quiet; }
QLabel#said[fresh="true"] { color: $green; font-weight: 600; }
QLabel#toast {
    background: $green; color: $paper; border-radius: 8px; padding: 7px 16px; font-weight: 600;
}
QScrollArea#labels > QWidget > QWidget, QScrollArea#lower > QWidget > QWidget {
    background: transparent;
}
QTableWidget { outline: 0; }
QTableWidget::item { padding: 2px 8px; }
QSplitter::handle:horizontal { width: 1px; }
""")


def window_sheet(theme: Theme) -> str:
    """Return the window's own style sheet in a theme's colours."""
    colours = {name: getattr(theme, name) for name in theme.__dataclass_fields__}
    colours["error_ground"] = mixed(QColor(theme.paper), QColor(theme.red), 0.13).name()
    colours["note_ground"] = mixed(QColor(theme.paper), QColor(theme.accent), 0.12).name()
    return _SHEET.substitute(colours)
