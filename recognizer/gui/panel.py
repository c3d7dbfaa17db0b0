"""The side of the window: which model, which face, how probable, which layers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.buttons import Pill
from sttm.gui.flow import flowing
from sttm.gui.icons import pen
from sttm.gui.lines import Bar, Elided
from sttm.gui.theme import current

from .actions import BY_NAME
from .bars import Bars
from .layers import LAYERS, face_colour
from .models import Model

WIDTH = 21  # of the panel in lines of text
OPEN = "Open a model…"
NO_MODEL = "No model was found. `sttm demo` makes one from drawn (synthetic) faces."


class Choice(QComboBox):
    """A list to choose from that asks for little width, with a drawn arrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sized = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(sized)
        self.setMinimumContentsLength(10)
        self.setStyleSheet("QComboBox::drop-down { border: none; width: 1.5em; }")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field, and an arrow at its right end."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        unit = self.fontMetrics().height()
        painter.setPen(pen(current().colour("quiet"), 1.6))
        x, y, side = self.width() - 0.8 * unit, self.height() / 2, 0.22 * unit
        places = ((x - side, y - side / 2), (x, y + side / 2), (x + side, y - side / 2))
        painter.drawPolyline([QPointF(*place) for place in places])


class FaceButton(QToolButton):
    """A face to choose, with its colour."""

    def __init__(self, identity: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.identity = identity
        self.setCheckable(True)
        self.setText(f"    Face {identity}")
        self.setAccessibleName(f"face {identity}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the button and a dot of the face's colour."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(face_colour(self.identity))
        side = 0.62 * self.fontMetrics().height()
        painter.drawEllipse(QRectF(0.55 * side, (self.height() - side) / 2, side, side))


class Panel(QFrame):
    """Asks; the window answers by the ``show_...`` functions.

    Signals
    -------
    model_asked(object)
        A ``Model``, or None for one from a file.
    asked(str)
        An action by its name.
    face_asked(int)
    """

    model_asked = Signal(object)
    asked = Signal(str)
    face_asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "side")
        self.models: list[Model] = []
        self._inner = inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(7)
        self._add_model(column)
        self._add_face(column)
        self._add_layers(column)
        column.addStretch(1)
        area = QScrollArea()
        area.setObjectName("lower")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self.show_models([], None)
        self.show_faces([], None)

    def sizeHint(self) -> QSize:
        """Return a width that follows the text."""
        return QSize(WIDTH * self.fontMetrics().height(), 400)

    def minimumSizeHint(self) -> QSize:
        """Return the width that cuts nothing off, with room for a scroll bar."""
        return QSize(self._inner.minimumSizeHint().width() + 14, 200)

    # building -----------------------------------------------------------------------------------

    def _add_model(self, column: QVBoxLayout) -> None:
        column.addWidget(_group("Model"))
        self.choice = Choice()
        self.choice.setAccessibleName("model")
        self.choice.activated.connect(self._chosen)
        self.trained, self.method = QLabel(), QLabel()
        self.badge = QLabel("drawn (synthetic) faces")
        self.badge.setProperty("role", "badge")
        self.badge.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for label, role in ((self.trained, "quiet"), (self.method, "small")):
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.card = QPushButton("Model card")
        self.card.setToolTip(f"what the model is and how it was judged ({BY_NAME['card'].keys[0]})")
        self.card.clicked.connect(lambda: self.asked.emit("card"))
        self.loading = Bar()
        self.loading.setAccessibleName("loading the model")
        self.loading.hide()
        row = QHBoxLayout()
        row.addWidget(self.card)
        row.addStretch(1)
        for widget in (self.choice, self.loading, self.badge, self.trained, self.method):
            column.addWidget(widget)
        column.addLayout(row)

    def _add_face(self, column: QVBoxLayout) -> None:
        column.addSpacing(6)
        self.who = Elided("heading")
        column.addWidget(self.who)
        self.all_faces = Pill("All faces", BY_NAME["all faces"].keys[0])
        self.all_faces.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.all_faces.setToolTip("look at all faces, not only at the largest")
        self.all_faces.clicked.connect(lambda: self.asked.emit("all faces"))
        self._faces = QWidget()
        self._faces_place = QVBoxLayout(self._faces)
        self._faces_place.setContentsMargins(0, 0, 0, 0)
        self.face_buttons: list[FaceButton] = []
        row = QHBoxLayout()
        row.addWidget(self.all_faces, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._faces, 1)
        row.addStretch(0)
        column.addLayout(row)
        self.reason = QLabel()
        self.reason.setProperty("role", "quiet")
        self.reason.setWordWrap(True)
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.reason)
        self.bars = Bars()
        column.addWidget(self.bars)

    def _add_layers(self, column: QVBoxLayout) -> None:
        column.addSpacing(6)
        column.addWidget(_group("Layers"))
        self.layers: dict[str, Pill] = {}
        for name, text in LAYERS.items():
            pill = Pill(text, BY_NAME[f"layer {name}"].keys[0])
            pill.clicked.connect(lambda _=False, n=name: self.asked.emit(f"layer {n}"))
            self.layers[name] = pill
        column.addWidget(flowing(list(self.layers.values())))
        self.layer_note = QLabel()
        self.layer_note.setProperty("role", "small")
        self.layer_note.setWordWrap(True)
        self.layer_note.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(self.layer_note)

    # what the window says -----------------------------------------------------------------------

    def show_models(self, models: Sequence[Model], chosen: Model | None) -> None:
        """List the models, and say what the chosen one was trained on."""
        self.models = list(models)
        self.choice.clear()
        if chosen is None:
            self.choice.addItem("Choose a model…" if models else "No model")
        for model in self.models:
            self.choice.addItem(model.title)
            index = self.choice.count() - 1
            tip = model.problem or f"{model.trained} {model.path}"
            self.choice.setItemData(index, tip, Qt.ItemDataRole.ToolTipRole)
        self.choice.addItem(OPEN)
        self._begin = 1 if chosen is None else 0
        if chosen is not None:
            at = next((i for i, m in enumerate(self.models) if m.path == chosen.path), 0)
            self.choice.setCurrentIndex(at)
        self.badge.setVisible(chosen is not None and chosen.synthetic)
        self.trained.setText(NO_MODEL.replace("`", "") if not models else "")
        self.method.setText("")
        if chosen is not None:
            self.trained.setText(chosen.trained)
            self.method.setText(chosen.method)
            self.choice.setToolTip(str(chosen.path))
        self.trained.setVisible(bool(self.trained.text()))
        self.method.setVisible(bool(self.method.text()))
        self.card.setEnabled(chosen is not None)

    def show_loading(self, loading: bool) -> None:
        """Show that a model is being loaded."""
        self.loading.setVisible(loading)
        self.loading.set_share(0.5 if loading else 0.0)
        if loading:
            self.trained.setText("Loading the model…")
            self.trained.setVisible(True)

    def _chosen(self, index: int) -> None:
        at = index - self._begin
        if at == len(self.models):
            self.model_asked.emit(None)
        elif 0 <= at < len(self.models):
            self.model_asked.emit(self.models[at])

    def show_faces(self, faces: Sequence[int], chosen: int | None) -> None:
        """Offer faces to choose from, where there are several."""
        if [b.identity for b in self.face_buttons] != list(faces):
            old = self._faces_place.takeAt(0)
            if old is not None and (widget := old.widget()) is not None:
                widget.hide()
                widget.deleteLater()
            self.face_buttons = [FaceButton(n) for n in faces]
            for button in self.face_buttons:
                button.clicked.connect(lambda _=False, n=button.identity: self.face_asked.emit(n))
            self._faces_place.addWidget(flowing(list(self.face_buttons)))
        for button in self.face_buttons:
            button.setChecked(button.identity == chosen)
        self._faces.setVisible(len(faces) > 1)

    def show_answer(self, who: str, reason: str) -> None:
        """Name the face and its label, or say why there is no answer."""
        self.who.set_whole(who)
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))

    def show_layers(self, layers: Sequence[str], note: str = "") -> None:
        """Show which layers are drawn."""
        for name, pill in self.layers.items():
            pill.setChecked(name in layers)
        self.layer_note.setText(note)
        self.layer_note.setVisible(bool(note))


def _group(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "group")
    return label
