"""The first page: drop something here, or open it; what was open before; the models there are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.icons import icon
from sttm.gui.preferences import Preferences
from sttm.gui.start_parts import card, heading, key_line
from sttm.gui.theme import current

from .actions import BY_NAME
from .models import Model

BUTTONS = ("open files", "open folder", "camera")
TEXTS = {"open files": "Images or videos…", "open folder": "Folder…", "camera": "Camera"}
FIRST_KEYS = (
    ("Space", "plays and pauses"),
    ("Left", "and Right go frame by frame"),
    ("M", "shows the texture map"),
    ("F1", "shows all keys"),
)
NO_MODEL = (
    "There is no model yet: the command sttm demo makes one in about a minute, trained on "
    "drawn (synthetic) faces."
)
NARROW = 60  # lines of text; a narrower window has one column


class DropArea(QFrame):
    """A large field with a dashed border; the window itself takes what is dropped."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.over = False
        unit = self.fontMetrics().height()
        self.picture, self.words, self.small = QLabel(), QLabel(), QLabel()
        self.words.setText("Drop images, videos or a folder here")
        self.words.setProperty("role", "heading")
        self.small.setText("Everything stays on this machine.")
        self.small.setProperty("role", "quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(unit, unit, unit, int(1.6 * unit))
        column.setSpacing(unit // 2)
        column.addStretch(1)
        for label in (self.picture, self.words, self.small):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(label is not self.picture)
            column.addWidget(label)
        self.row = QHBoxLayout()
        self.row.setSpacing(unit // 2)
        column.addSpacing(unit // 2)
        column.addLayout(self.row)
        column.addStretch(1)
        self.setMinimumHeight(14 * unit)

    def set_over(self, over: bool) -> None:
        """Show whether something is held over the window that could be dropped."""
        if over != self.over:
            self.over = over
            self.update()

    def draw_icon(self) -> None:
        """Draw the picture in the theme's colour."""
        size = 5 * self.fontMetrics().height()
        drawn = icon("drop", current().colour("accent"), size, self.devicePixelRatioF())
        self.picture.setPixmap(drawn.pixmap(QSize(size, size), self.devicePixelRatioF()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the border."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = current()
        line = QPen(theme.colour("accent" if self.over else "edge"), 2.4 if self.over else 1.4)
        line.setDashPattern([5, 4])
        painter.setPen(line)
        painter.setBrush(theme.colour("accent_ground" if self.over else "panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 12, 12)


class ShortList(QListWidget):
    """A list that asks for a few lines, and takes more where there is room."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        """Return the size of three lines."""
        unit = self.fontMetrics().height()
        return QSize(14 * unit, int(4.6 * unit))

    def minimumSizeHint(self) -> QSize:
        """Return the size of two lines."""
        unit = self.fontMetrics().height()
        return QSize(8 * unit, int(3.2 * unit))


class StartPage(QWidget):
    """What can be opened.

    Signals
    -------
    asked(str)
        An action by its name.
    recent_asked(object)
        A path that was open before.
    model_asked(object)
        A ``Model``.
    """

    asked = Signal(str)
    recent_asked = Signal(object)
    model_asked = Signal(object)

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.drop = DropArea()
        self.recent, self.models = ShortList("recent inputs"), ShortList("models")
        self.no_model = QLabel(NO_MODEL)
        self.no_model.setProperty("role", "quiet")
        self.no_model.setWordWrap(True)
        self.model_note = QLabel()
        self.model_note.setProperty("role", "small")
        self.model_note.setWordWrap(True)
        self.model_note.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons: dict[str, QPushButton] = {}
        for name in BUTTONS:
            self._add_button(name)
        self._lay_out()
        self.recent.itemActivated.connect(self._recent_chosen)
        self.recent.itemClicked.connect(self._recent_chosen)
        self.models.itemActivated.connect(self._model_chosen)
        self.models.itemClicked.connect(self._model_chosen)
        self.draw_icons()
        self.fill_recent()
        self.show_models([], None)

    def _add_button(self, name: str) -> None:
        button = QPushButton(TEXTS[name])
        button.setAutoDefault(True)
        button.setToolTip(f"{BY_NAME[name].words} ({BY_NAME[name].keys[0]})")
        button.clicked.connect(lambda: self.asked.emit(name))
        if name == "open files":
            button.setProperty("role", "main")
        self.buttons[name] = button
        if name == BUTTONS[0]:
            self.drop.row.addStretch(1)
        self.drop.row.addWidget(button)
        if name == BUTTONS[-1]:
            self.drop.row.addStretch(1)

    def _lay_out(self) -> None:
        unit = self.fontMetrics().height()
        inner = QWidget()
        self._grid = grid = QGridLayout(inner)
        grid.setContentsMargins(2 * unit, int(1.4 * unit), 2 * unit, int(1.4 * unit))
        grid.setHorizontalSpacing(int(1.4 * unit))
        grid.setVerticalSpacing(int(0.8 * unit))
        title, about = QLabel("Recognise expressions"), QLabel("Faces in, probabilities out.")
        title.setProperty("role", "title")
        about.setProperty("role", "quiet")
        about.setText("Faces, landmarks and class probabilities, frame by frame.")
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(title)
        head.addWidget(about)
        grid.addLayout(head, 0, 0, 1, 2)
        self._side = self._cards(unit)
        grid.addWidget(self.drop, 1, 0)
        grid.addWidget(self._side, 1, 1)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 3)
        grid.setRowStretch(1, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _cards(self, unit: int) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(unit)
        box, layout = card(unit)
        layout.addWidget(heading("Models"))
        layout.addWidget(self.models, 1)
        layout.addWidget(self.model_note)
        layout.addWidget(self.no_model)
        self.model_button = QPushButton("Open a model…")
        self.model_button.clicked.connect(lambda: self.asked.emit("open model"))
        row = QHBoxLayout()
        row.addWidget(self.model_button)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(0)
        self._model_card = layout
        column.addWidget(box, 3)
        self._recent_box, recent = card(unit)
        recent.addWidget(heading("Recent"))
        recent.addWidget(self.recent, 1)
        column.addWidget(self._recent_box, 2)
        box, keys = card(unit)
        keys.addWidget(heading("Four keys to begin with"))
        for key, what in FIRST_KEYS:
            keys.addLayout(key_line(key, what))
        column.addWidget(box)
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the parts below each other where the window is narrow for its text."""
        narrow = self.width() < NARROW * self.fontMetrics().height()
        self._grid.addWidget(self.drop, 1, 0, 1, 2 if narrow else 1)
        self._grid.addWidget(self._side, *((2, 0, 1, 2) if narrow else (1, 1, 1, 1)))

    # what the window says -----------------------------------------------------------------------

    def draw_icons(self) -> None:
        """Draw all pictures in the theme's colours."""
        self.drop.draw_icon()
        size = round(1.35 * self.fontMetrics().height())
        for name, button in self.buttons.items():
            ink = current().colour("on_accent" if name == "open files" else "ink")
            button.setIcon(icon(BY_NAME[name].icon, ink, size, self.devicePixelRatioF()))
            button.setIconSize(QSize(size, size))

    def fill_recent(self) -> None:
        """List what was open before and is still there."""
        self.recent.clear()
        for path in self._preferences.recent_paths():
            item = QListWidgetItem(f"{path.name}  ·  {path.parent.name or path.parent}")
            item.setToolTip(str(path))
            item.setData(Qt.ItemDataRole.UserRole, str(path))
            self.recent.addItem(item)
        self._recent_box.setVisible(self.recent.count() > 0)

    def show_models(self, models: Sequence[Model], chosen: Model | None) -> None:
        """List the models."""
        self.models.clear()
        for model in models:
            item = QListWidgetItem(model.title)
            item.setToolTip(model.problem or f"{model.trained} {model.path}")
            item.setData(Qt.ItemDataRole.UserRole, model)
            self.models.addItem(item)
            if chosen is not None and model.path == chosen.path:
                self.models.setCurrentItem(item)
        self.models.setVisible(bool(models))
        self.no_model.setVisible(not models)
        self._model_card.setStretch(self._model_card.count() - 1, 0 if models else 1)
        note = "" if chosen is None else chosen.trained
        self.model_note.setText(note if models else "")
        self.model_note.setVisible(bool(note) and bool(models))

    def _recent_chosen(self, item: QListWidgetItem) -> None:
        self.recent_asked.emit(Path(str(item.data(Qt.ItemDataRole.UserRole))))

    def _model_chosen(self, item: QListWidgetItem) -> None:
        self.model_asked.emit(item.data(Qt.ItemDataRole.UserRole))
