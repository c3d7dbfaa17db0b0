"""Choose by typing: a label by a part of its name, a clip by its number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QListWidgetItem, QWidget

from sttm.gui.overlay import Overlay

MOST_SHOWN = 60
Choice = tuple[str, str]  # what it stands for, what is shown


class Picker(Overlay):
    """A line to type in and the choices that fit; Enter takes the marked one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.title, self.line, self.list = QLabel(), QLineEdit(), QListWidget()
        self.title.setProperty("role", "heading")
        self.line.setAccessibleName("type to find")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for widget in (self.title, self.line, self.list):
            self.inside.addWidget(widget)
        self.line.textChanged.connect(self._filter)
        self.line.returnPressed.connect(self._take)
        self.line.installEventFilter(self)
        self.list.itemClicked.connect(lambda _: self._take())
        self._choices: Sequence[Choice] = ()
        self._take_with: Callable[[str], None] = lambda _: None
        self._new = ""

    def ask(
        self, title: str, choices: Sequence[Choice], take: Callable[[str], None], *, new: str = ""
    ) -> None:
        """Show the choices; ``take`` gets what the chosen one stands for.

        ``new`` is the sentence, such as "add the label", where other words may be typed too.
        """
        self.title.setText(title)
        self.setAccessibleName(title)
        self._choices, self._take_with, self._new = choices, take, new
        self.line.clear()
        self._filter("")
        self.open()
        self.line.setFocus()

    def wanted(self) -> QSize:
        """Return the size of a list that one can look over."""
        unit = self.fontMetrics().height()
        return QSize(26 * unit, 22 * unit)

    def _filter(self, text: str) -> None:
        self.list.clear()
        for value, shown in fitting(self._choices, text):
            item = QListWidgetItem(shown)
            item.setData(Qt.ItemDataRole.UserRole, value)
            self.list.addItem(item)
        typed = text.strip()
        if self._new and typed and typed.casefold() not in [c[0].casefold() for c in self._choices]:
            item = QListWidgetItem(f"{self._new} “{typed}”")
            item.setData(Qt.ItemDataRole.UserRole, typed)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        self.put_away()
        self._take_with(str(item.data(Qt.ItemDataRole.UserRole)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the line move the mark in the list."""
        if watched is self.line and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and step is not None:
                row = min(max(self.list.currentRow() + step, 0), self.list.count() - 1)
                self.list.setCurrentRow(row)
                return True
        return super().eventFilter(watched, event)


def fitting(choices: Sequence[Choice], text: str) -> list[Choice]:
    """Return the first choices that begin with ``text``, then those that hold all its words.

    >>> fitting([("a", "lip corner"), ("b", "upper lip"), ("c", "brow")], "lip")
    [('a', 'lip corner'), ('b', 'upper lip')]
    """
    typed, words = text.casefold().strip(), text.casefold().split()
    begin = (c for c in choices if c[1].casefold().startswith(typed))
    first = list(islice(begin, MOST_SHOWN))
    others = (
        c
        for c in choices
        if not c[1].casefold().startswith(typed) and all(w in c[1].casefold() for w in words)
    )
    return first + list(islice(others, MOST_SHOWN - len(first)))
