"""What a key press is called: ``Ctrl+Z``, ``I``, ``?``, ``Shift+Left``."""

from __future__ import annotations

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

_ALONE = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
    Qt.Key.Key_unknown,
}
_HELD = (
    (Qt.KeyboardModifier.ControlModifier, "Ctrl"),
    (Qt.KeyboardModifier.AltModifier, "Alt"),
    (Qt.KeyboardModifier.MetaModifier, "Meta"),
)
_NAMES = {Qt.Key.Key_Enter: "Return", Qt.Key.Key_Backtab: "Shift+Tab"}


def key_name(event: QKeyEvent) -> str:
    """Return the name of the pressed key with what is held; "" where only Shift or the like is.

    Shift belongs to the name of letters and of keys without a sign; a sign that needs Shift is
    called by itself (``?``, not ``Shift+?``), because keyboards differ in where it lies.
    """
    key = Qt.Key(event.key())
    if key in _ALONE:
        return ""
    held = event.modifiers()
    name = _NAMES.get(key) or QKeySequence(QKeyCombination(key)).toString(
        QKeySequence.SequenceFormat.PortableText
    )
    if not name or not name.isprintable():
        return ""
    sign = len(name) == 1 and not name.isalpha() and not name.isdigit()
    parts = [word for flag, word in _HELD if held & flag]
    if held & Qt.KeyboardModifier.ShiftModifier and not sign and not name.startswith("Shift+"):
        parts.append("Shift")
    return "+".join([*parts, name])
