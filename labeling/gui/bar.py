"""The bar on top of the window: which study, label or review, theme, size of text, keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from sttm.gui.lines import Elided

BUTTONS = (
    ("text:-", "A−", "smaller text"),
    ("text:+", "A+", "larger text"),
    ("theme", "Dark", "light or dark"),
    ("legend", "Keys", "all keys"),
)


class TopBar(QWidget):
    """Asks for actions by their names (``asked``), as keys do."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.study, self.person = Elided("strong"), QLabel()
        self.person.setProperty("role", "quiet")
        self.person.setTextFormat(Qt.TextFormat.PlainText)
        self.label_tab, self.review_tab = self._tab("Label"), self._tab("Review")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 5, 10, 5)
        layout.setSpacing(6)
        layout.addWidget(self.study)
        layout.addSpacing(12)
        layout.addWidget(self.label_tab)
        layout.addWidget(self.review_tab)
        layout.addStretch(1)
        layout.addWidget(self.person)
        layout.addSpacing(8)
        self.buttons: dict[str, QToolButton] = {}
        for action, text, tip in BUTTONS:
            button = self._button(text, tip)
            button.clicked.connect(lambda _=False, action=action: self.asked.emit(action))
            self.buttons[action] = button
            layout.addWidget(button)

    def _button(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _tab(self, text: str) -> QToolButton:
        button = self._button(text, text)
        button.setCheckable(True)
        button.clicked.connect(lambda: self._tab_pressed(text))
        return button

    def _tab_pressed(self, text: str) -> None:
        reviewing = self.property("reviewing") is True
        if (text == "Review") != reviewing:
            self.asked.emit("review")
        else:
            self.show_page(reviewing)

    def show_study(self, name: str, person: str) -> None:
        """Name the study and who works; "" on the start page."""
        self.study.set_whole(name or "Label clips")
        self.person.setText(person)
        for tab in (self.label_tab, self.review_tab):
            tab.setVisible(bool(person))

    def show_page(self, reviewing: bool) -> None:
        """Show which page is open."""
        self.setProperty("reviewing", reviewing)
        self.label_tab.setChecked(not reviewing)
        self.review_tab.setChecked(reviewing)

    def show_theme(self, dark: bool) -> None:
        """Name the theme that the button leads to."""
        self.buttons["theme"].setText("Light" if dark else "Dark")
