"""Change the keys: choose what shall be done, press Enter, press the new key."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from sttm.errors import InputError
from sttm.gui.buttons import shown_key
from sttm.gui.keystrokes import key_name
from sttm.gui.overlay import Overlay

from ..keys import Bindings

HOW = "Enter, then the new key  ·  Del takes changed keys back  ·  Esc closes"
PRESS = "press a key"


class Remap(Overlay):
    """A table of actions and keys; ``changed`` carries the new bindings after each change.

    A key that does something else already is refused with a sentence; pressed a second time, the
    two actions swap their keys, so that nothing is left without one.
    """

    changed = Signal(object)
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        title = QLabel("Change the keys")
        title.setProperty("role", "title")
        self.table, self.told = QTableWidget(0, 3), QLabel(HOW)
        self.reset_button = QPushButton("All keys as they were")
        self.told.setWordWrap(True)
        self.setAccessibleName("change the keys")
        self._prepare_table()
        self.inside.addWidget(title)
        self.inside.addWidget(self.table, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.told, 1)
        foot.addWidget(self.reset_button)
        self.inside.addLayout(foot)
        self.reset_button.clicked.connect(self.reset)
        self.table.installEventFilter(self)
        self.table.cellDoubleClicked.connect(lambda *_: self._begin())
        self._waiting, self._clash = False, ""

    def _prepare_table(self) -> None:
        self.table.setAccessibleName("actions and keys")
        self.table.setHorizontalHeaderLabels(["", "What is done", "Key"])
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_keys(self, bindings: Bindings) -> None:
        """Fill the table; the chosen row stays."""
        self.bindings = bindings
        row = max(self.table.currentRow(), 0)
        height = int(1.7 * self.fontMetrics().height())
        self.table.verticalHeader().setDefaultSectionSize(height)
        self.table.setRowCount(len(bindings.actions))
        group = ""
        for index, action in enumerate(bindings.actions):
            head = action.group if action.group != group else ""
            group = action.group
            keys = "  or  ".join(shown_key(key) for key in bindings.keys[action.name])
            for column, text in enumerate((head, action.what, keys or "–")):
                item = QTableWidgetItem(text)
                if column == 2 and action.name in bindings.changed:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)
                self.table.setItem(index, column, item)
        self.table.setCurrentCell(row, 1)

    def open(self) -> None:
        """Show the table with the focus in it."""
        super().open()
        self._tell(HOW)
        self.table.setFocus()

    def wanted(self) -> QSize:
        """Return a size for a long table."""
        unit = self.fontMetrics().height()
        return QSize(42 * unit, 40 * unit)

    @property
    def action(self) -> str:
        """The action of the chosen row."""
        return self.bindings.actions[max(self.table.currentRow(), 0)].name

    def choose(self, action: str) -> None:
        """Go to the row of an action."""
        names = [known.name for known in self.bindings.actions]
        self.table.setCurrentCell(names.index(action), 1)

    def _begin(self) -> None:
        self._waiting, self._clash = True, ""
        self.table.setItem(self.table.currentRow(), 2, QTableWidgetItem(PRESS))
        self._tell("Press the new key; Esc leaves it as it is.")

    def _end(self, sentence: str) -> None:
        self._waiting = False
        self.show_keys(self.bindings)
        self._tell(sentence)

    def _tell(self, sentence: str, *, wrong: bool = False) -> None:
        self.told.setText(sentence)
        self.told.setProperty("role", "mistake" if wrong else "quiet")
        self.told.style().unpolish(self.told)
        self.told.style().polish(self.told)

    def _give(self, key: str) -> None:
        """Give ``key`` to the chosen action, or say whose it is."""
        other = self.bindings.action_of(key)
        if other and other != self.action and key != self._clash:
            what = next(a.what for a in self.bindings.actions if a.name == other)
            self._clash = key
            self._tell(
                f"{shown_key(key)} already means “{what}”. Press it again to swap the two keys, or "
                "press another.",
                wrong=True,
            )
            return
        try:
            self.bindings = swapped(self.bindings, self.action, key)
        except InputError as error:
            self._tell(str(error), wrong=True)
            return
        self.changed.emit(self.bindings)
        self._end(f"{shown_key(key)} it is; saved.")

    def _take_back(self) -> None:
        if self.action in self.bindings.changed:
            self.reset.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the pressed key where one is waited for."""
        if watched is self.table and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and self._pressed(event):
                return True
        return super().eventFilter(watched, event)

    def _pressed(self, event: QKeyEvent) -> bool:
        key = key_name(event)
        if self._waiting:
            if key == "Esc":
                self._end(HOW)
            elif key:
                self._give(key)
            return True
        if key == "Return":
            self._begin()
            return True
        if key in ("Del", "Backspace"):
            self._take_back()
            return True
        if key == "Tab":
            self.reset_button.setFocus()
            return True
        return False


def swapped(bindings: Bindings, action: str, key: str) -> Bindings:
    """Return bindings in which ``key`` does ``action``; who had it gets the action's key.

    Raises
    ------
    InputError
        When ``key`` is none.
    """
    other = bindings.action_of(key)
    if not other or other == action:
        return bindings.with_key(action, key)
    before = bindings.key_of(action)
    free = bindings.with_key(other, "")
    return free.with_key(action, key).with_key(other, before)
