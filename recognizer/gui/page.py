"""The working page: inputs on the left, the picture and its timeline, the panel on the right."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QTransform
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from sttm.gui.column import fill_page, picture_column
from sttm.gui.lines import Bar, Elided
from sttm.gui.notice import Toast
from sttm.gui.player import Player

from ..inputs import Source
from ..live import Glimpse
from .chart import Chart
from .details import Detail, Details
from .layers import draw_answer, moment_of
from .panel import Panel
from .record import Answer, Look
from .session import Session
from .words import live_state, why_none

LIVE_SECONDS = 30.0  # that the timeline of a camera shows


class Inputs(QListWidget):
    """The sources, when there are several."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("inputs")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setUniformItemSizes(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        """Return a width that follows the text."""
        return QSize(13 * self.fontMetrics().height(), 300)


class WorkPage(QWidget):
    """Shows what a session works on.

    Signals
    -------
    source_asked(int)
    paused(bool)
        Whether a camera's picture stands still.
    """

    source_asked = Signal(int)
    paused = Signal(bool)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.layers: set[str] = {"box"}
        self.chosen: int | None = None
        self.frozen = False
        self._live_number = 0
        self._live_clock: list[tuple[int, float]] = []
        self._shown: Answer | None = None
        self.details = Details(self)
        self._make_parts()
        self._lay_out()
        self._connect()

    def _make_parts(self) -> None:
        self.player, self.chart, self.panel = Player(), Chart(), Panel()
        self.player.view.over = self._draw_over
        controls = self.player.controls
        controls.leave_out(controls.difference, controls.factor)
        self.inputs = Inputs()
        self.name, self.state, self.progress = Elided("title"), QLabel(), Bar()
        self.state.setProperty("role", "muted")
        self.state.setTextFormat(Qt.TextFormat.PlainText)
        self.progress.setAccessibleName("analysed")
        self.cancel = QPushButton("Cancel")
        self.cancel.hide()
        self.toast = Toast(self.player.view)

    def _lay_out(self) -> None:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(2, 0, 2, 0)
        row.setSpacing(12)
        row.addWidget(self.name, 1)
        row.addWidget(self.state)
        row.addWidget(self.progress)
        row.addWidget(self.cancel)
        self.progress.setMaximumWidth(9 * self.fontMetrics().height())
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 10, 0, 10)
        title = QLabel("Inputs")
        title.setProperty("role", "group")
        column.addWidget(title)
        column.addWidget(self.inputs, 1)
        self.left = left
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(picture_column(head, self.player, self.chart))
        split.addWidget(self.panel)
        split.setChildrenCollapsible(False)
        for index, stretch in enumerate((0, 1, 0)):
            split.setStretchFactor(index, stretch)
        fill_page(self, split, self.player)

    def _connect(self) -> None:
        session, player = self.session, self.player
        session.source_changed.connect(self._source_changed)
        session.sources_changed.connect(self._list_inputs)
        session.model_changed.connect(self._model_changed)
        session.grew.connect(self._grew)
        session.glimpsed.connect(self._glimpsed)
        session.finished.connect(self._finished)
        player.opened.connect(self._opened)
        player.frame_shown.connect(self._frame_shown)
        player.view.clicked.connect(self._clicked)
        self.chart.asked.connect(self._chart_asked)
        self.inputs.currentRowChanged.connect(self.source_asked)
        self.panel.face_asked.connect(self.choose_face)
        self.details.ready.connect(self._details_ready)

    # what is open -------------------------------------------------------------------------------

    def _list_inputs(self) -> None:
        self.inputs.blockSignals(True)
        self.inputs.clear()
        for source in self.session.sources:
            item = QListWidgetItem(source.name)
            item.setToolTip(str(source.path))
            self.inputs.addItem(item)
        self.inputs.blockSignals(False)
        self.left.setVisible(len(self.session.sources) > 1)

    def _source_changed(self) -> None:
        session = self.session
        self.chosen, self._shown, self.frozen = None, None, False
        self._live_clock = []
        self.chart.clear()
        source = session.source
        live = source is None and bool(session.camera)
        self.player.controls.setVisible(not live)
        self.left.setVisible(not live and len(session.sources) > 1)
        if source is None:
            self.player.close_clip()
            self.name.set_whole(session.camera[:1].upper() + session.camera[1:])
            if live:
                self.player.view.show_message("Waiting for the camera…")
        else:
            self.name.set_whole(source.name)
            self.player.open(source.path)
            self.inputs.blockSignals(True)
            self.inputs.setCurrentRow(session.sources.index(source))
            self.inputs.blockSignals(False)
        self.chart.setVisible(True)
        self._grew()

    def _model_changed(self) -> None:
        self.chosen = None
        self.chart.set_classes(self.session.classes)
        self.panel.bars.set_classes(self.session.classes)

    def _opened(self, facts: dict[str, object]) -> None:
        first, last = int(str(facts["first"])), int(str(facts["last"]))
        rate = self.player.facts.fps if self.player.facts is not None else 25.0
        self.chart.set_clip(first, last, rate)
        single = first == last
        self.chart.setVisible(not single)
        self.player.controls.show_transport(not single)
        if not single and not self.player.playing and self.player.frame == first:
            self.player.play()

    def close_page(self) -> None:
        """Let go of everything."""
        self.player.close_clip()
        self.details.stop(1.0)
        self.player.wait_closed(3.0)

    # answers ------------------------------------------------------------------------------------

    def _grew(self) -> None:
        record, faces = self.session.record, self.session.record.faces()
        if self.session.live or self.session.camera:
            self._hold(None)
        else:
            self._hold(record.last if self.session.busy else None)
        if self.chosen not in faces:
            self.chosen = None
        self._show_curve()
        self.show_state()
        self._show_answer(record.at(self.number))

    def _hold(self, frame: int | None) -> None:
        """Let playing wait for the answers: boxes belong to the frame that was analysed."""
        self.player.set_hold(None if frame is None else max(frame, 0))

    def _finished(self) -> None:
        session = self.session
        self._hold(None)
        self._grew()
        if session.source is not None:
            self._note_result(session.source)
        if session.camera and self.player.view.frame is None and not session.live:
            self.player.view.show_message("The camera is off.")

    def _note_result(self, source: Source) -> None:
        """Write the answer for the whole source behind its name in the list."""
        record = self.session.record
        mean = record.mean()
        best = "no face" if mean is None else self.session.classes[int(np.argmax(mean))]
        result = "not readable" if record.problem else best
        item = self.inputs.item(self.session.sources.index(source))
        if item is not None and (record.complete or record.problem):
            item.setText(f"{source.name}  ·  {result}")
            item.setToolTip(record.problem or str(source.path))

    def _show_curve(self) -> None:
        record, chart = self.session.record, self.chart
        chart.message = "" if self.session.bundle is not None else "Choose a model to see answers."
        if not self.session.camera:
            chart.set_curve(record.curve(self.chosen), record.last)
            return
        if not record.answers:
            return
        newest = record.answers[-1]
        rate = self._live_rate()
        first = max(0, round(newest.last - LIVE_SECONDS * rate))
        chart.set_clip(first, max(newest.last, round(LIVE_SECONDS * rate)), rate)
        chart.set_curve(record.curve(self.chosen, first), newest.last)

    def _live_rate(self) -> float:
        """Return the camera's pictures per second, over the newest answers."""
        answers = self.session.record.answers[-200:]
        passed = answers[-1].time - answers[0].time
        frames = answers[-1].last - answers[0].last
        return frames / passed if passed > 0 and frames > 0 else 25.0

    @property
    def number(self) -> int:
        """The frame on the screen."""
        return self._live_number if self.session.camera else self.player.frame

    def _frame_shown(self, number: int) -> None:
        self.chart.set_frame(number)
        self._show_answer(self.session.record.at(number))

    def _show_answer(self, answer: Answer | None) -> None:
        self._shown = answer
        look = answer.look_of(self.chosen) if answer is not None else None
        self.panel.bars.show_shares(None if look is None else look.probabilities)
        shown = self.chosen if look is None else look.identity
        self.panel.show_faces(self.session.record.faces(), shown)
        if look is not None:
            name = f"Face {look.identity}: " if len(self.session.record.faces()) > 1 else ""
            share = f"{look.probability:.0%}".replace("%", " %")
            self.panel.show_answer(f"{name}{look.label}  {share}", "")
        else:
            self.panel.show_answer("No answer", why_none(self.session, answer))
        self._show_layer_note()
        self.player.view.update()

    def show_state(self) -> None:
        """Show how far the analysis is, and how fast."""
        session, facts = self.session, self.player.facts
        if session.camera:
            self.progress.hide()
            self.state.setText(live_state(self.session, self._live_rate, self.frozen))
            return
        count = facts.frames if facts is not None else 0
        share = (session.record.last + 1) / count if count else 0.0
        self.progress.set_share(share)
        self.progress.setVisible(session.busy)
        seconds = [a.seconds for a in session.record.answers[-50:]]
        speed = f"{1000 * sum(seconds) / len(seconds):.0f} ms per answer" if seconds else ""
        self.state.setText(f"analysing, {speed}" if session.busy and speed else speed)

    # camera -------------------------------------------------------------------------------------

    def _glimpsed(self, glimpse: Glimpse) -> None:
        if self.frozen:
            return
        self._live_number = glimpse.analysis.last
        self.player.view.show_frame(as_rgb(glimpse.picture))
        self.chart.set_frame(self._live_number)

    def freeze(self) -> None:
        """Let a camera's picture stand still, or go on."""
        self.frozen = not self.frozen
        self.paused.emit(self.frozen)
        self.show_state()

    # faces and layers ---------------------------------------------------------------------------

    def choose_face(self, identity: int | None) -> None:
        """Show the probabilities of a face."""
        self.chosen = identity
        self._grew()

    def next_face(self) -> None:
        """Go on to the next face of this frame."""
        here = [look.identity for look in self._shown.looks] if self._shown is not None else []
        if here:
            at = here.index(self.chosen) if self.chosen in here else 0
            self.choose_face(here[(at + 1) % len(here)])

    def _clicked(self, x: float, y: float) -> None:
        """Choose the smallest face under the mouse."""
        answer = self._shown
        if answer is None:
            return
        row = answer.row(self.number)
        inside = [
            look
            for look in answer.looks
            if look.boxes[row][0] <= x <= look.boxes[row][0] + look.boxes[row][2]
            and look.boxes[row][1] <= y <= look.boxes[row][1] + look.boxes[row][3]
        ]
        if inside:
            self.choose_face(min(inside, key=lambda k: float(k.boxes[row][2])).identity)

    def toggle_layer(self, name: str) -> None:
        """Switch a layer on or off."""
        self.layers ^= {name}
        self.panel.show_layers(sorted(self.layers))
        self._show_layer_note()
        self.player.view.update()

    def _details_ready(self) -> None:
        self._show_layer_note()
        self.player.view.update()

    def _detail_of(self, look: Look, moment: float) -> Detail | None:
        if look.seen is None:
            return None
        layers = self.layers
        return self.details.of(look.seen, "landmarks" in layers, "map" in layers, moment)

    def _show_layer_note(self) -> None:
        look = self._shown.look_of(self.chosen) if self._shown is not None else None
        note = ""
        if look is not None and {"landmarks", "map"} & self.layers:
            note = self._layer_note(look)
        self.panel.show_layers(sorted(self.layers), note)

    def _layer_note(self, look: Look) -> str:
        if look.seen is None:
            return "The crops of this frame are no longer kept; open the clip again to see its map."
        detail = self._detail_of(look, moment_of(look, self.number))
        if detail is None:
            return "computing…"
        notes = [detail.note] if "map" in self.layers else []
        if "landmarks" in self.layers and detail.points and not detail.own:
            notes.append("The landmarks are the classical ones; this model does not look at them.")
        return " ".join(filter(None, notes))

    def _draw_over(self, painter: QPainter, to_widget: QTransform) -> None:
        answer = self._shown
        if answer is None or not self.layers:
            return
        look = answer.look_of(self.chosen)
        chosen = None if look is None else look.identity
        draw_answer(painter, to_widget, answer, self.number, self.layers, chosen, self._detail_of)

    def _chart_asked(self, frame: int) -> None:
        if not self.session.camera:
            self.player.pause()
            self.player.seek(frame)


def as_rgb(picture: np.ndarray) -> np.ndarray:
    """Return a camera's picture, grey or BGR, as RGB (y, x, 3)."""
    code = cv2.COLOR_GRAY2RGB if picture.ndim == 2 else cv2.COLOR_BGR2RGB
    return cv2.cvtColor(picture, code)
