"""The probabilities of a face over time: a line per class, that one can click to go there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from sttm.gui.ruler import Axis, second_step, second_text, whole_steps
from sttm.gui.theme import current

from .record import Curve

LINES = 7.2  # height in lines of text
EMPTY = Curve(np.zeros(0), np.zeros(0), np.zeros((0, 0)))


class Chart(QWidget):
    """Time from left to right, probability from 0 below to 1 above.

    Signals
    -------
    asked(int)
        The frame that was clicked, or dragged to.
    """

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("probabilities over time")
        self.classes: tuple[str, ...] = ()
        self.curve = EMPTY
        self.clear()

    def clear(self) -> None:
        """Show no clip."""
        self.first = self.last = 0
        self.fps = 25.0
        self.offset = 0.0
        self.known = False
        self.frame: int | None = None
        self.reached = -1
        self.message = ""
        self.curve = EMPTY
        self.update()

    def set_classes(self, classes: Sequence[str]) -> None:
        """Name the lines."""
        self.classes = tuple(classes)
        self.curve = EMPTY
        self.update()

    def set_clip(self, first: int, last: int, fps: float, offset: float = 0.0) -> None:
        """Show frames ``first`` to ``last``; the second ``offset`` is called 0."""
        self.first, self.last, self.fps, self.offset = first, max(first, last), fps, offset
        self.known = True
        self.update()

    def set_frame(self, frame: int | None) -> None:
        """Draw the cursor at a frame, or none."""
        if frame != self.frame:
            self.frame = frame
            self.update()

    def set_curve(self, curve: Curve, reached: int) -> None:
        """Show the answers of a face; frames up to ``reached`` were looked at."""
        self.curve, self.reached = curve, reached
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height that lines can be told apart in."""
        unit = self.fontMetrics().height()
        return QSize(30 * unit, int(LINES * unit))

    # geometry ------------------------------------------------------------------------------------

    def plot(self) -> QRectF:
        """Return where the lines are drawn."""
        unit = self.fontMetrics().height()
        wide = QFontMetricsF(self._small()).horizontalAdvance("100 %") + 0.5 * unit
        return QRectF(
            wide, 0.6 * unit, self.width() - wide - 0.7 * unit, self.height() - 1.7 * unit
        )

    def axis(self) -> Axis:
        """Return where frames lie."""
        plot = self.plot()
        return Axis(self.first, self.last, plot.left(), max(plot.width(), 1.0))

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.85)
        return font

    # events --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the frame under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton and self.known:
            self.asked.emit(self.axis().frame(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along with the mouse while it is pressed; else say what was answered there."""
        if not self.known:
            return
        frame = self.axis().frame(event.position().x())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.asked.emit(frame)
        else:
            QToolTip.showText(event.globalPosition().toPoint(), self.words_at(frame), self)

    def words_at(self, frame: int) -> str:
        """Return frame, time and the three most probable classes there."""
        seconds = (frame / self.fps) - self.offset
        head = f"{seconds:.2f} s"
        row = int(np.searchsorted(self.curve.ends, frame))
        if row >= len(self.curve.ends) or self.curve.starts[row] > frame:
            return f"{head}: no answer"
        shares = self.curve.shares[row]
        top = np.argsort(-shares)[:3]
        return f"{head}: " + ", ".join(f"{self.classes[i]} {shares[i]:.0%}" for i in top)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, scale, lines and cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, plot = current(), self.plot()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour("panel"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(self._small())
        self._draw_scale(painter, plot)
        if not self.known:
            return
        self._draw_seconds(painter, plot)
        self._draw_reached(painter, plot)
        if len(self.curve.ends) and len(self.classes):
            painter.save()
            painter.setClipRect(plot.adjusted(0, -2, 0, 2))
            self._draw_lines(painter, plot)
            painter.restore()
        elif self.message:
            painter.setPen(theme.colour("quiet"))
            painter.drawText(plot, int(Qt.AlignmentFlag.AlignCenter), self.message)
        self._draw_cursor(painter, plot)

    def _draw_scale(self, painter: QPainter, plot: QRectF) -> None:
        theme = current()
        unit = self.fontMetrics().height()
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom() - share * plot.height()
            painter.setPen(QPen(theme.colour("rule"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(theme.colour("quiet"))
            box = QRectF(0, y - unit / 2, plot.left() - 0.35 * unit, unit)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(flags), f"{share:.0%}".replace("%", " %"))

    def _draw_seconds(self, painter: QPainter, plot: QRectF) -> None:
        axis, unit = self.axis(), self.fontMetrics().height()
        begin = self.first / self.fps - self.offset
        end = (self.last + 1) / self.fps - self.offset
        step = second_step(axis.cell, self.fps, 5.0 * unit)
        painter.setPen(current().colour("quiet"))
        for k in whole_steps(begin, end, step):
            x = axis.edge((k * step + self.offset) * self.fps)
            if x > plot.right() - unit:
                continue
            box = QRectF(x - 3 * unit, plot.bottom() + 0.3 * unit, 6 * unit, unit)
            text = second_text(abs(k * step), step)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignHCenter), f"−{text}" if k < 0 else text)

    def _draw_reached(self, painter: QPainter, plot: QRectF) -> None:
        """Shade what was not looked at yet."""
        if self.reached >= self.last:
            return
        x = self.axis().edge(max(self.reached + 1, self.first))
        shade = QColor(current().colour("ink"))
        shade.setAlphaF(0.06)
        painter.fillRect(QRectF(x, plot.top(), plot.right() - x, plot.height()), shade)

    def _draw_lines(self, painter: QPainter, plot: QRectF) -> None:
        starts, ends, shares = thinned(self.curve, max(2, int(plot.width())))
        best = int(np.argmax(shares.mean(axis=0)))
        axis = self.axis()
        left = plot.left() + (starts - self.first) * axis.cell
        right = plot.left() + (ends + 1 - self.first) * axis.cell
        heights = plot.bottom() - shares * plot.height()
        order = [i for i in range(shares.shape[1]) if i != best] + [best]
        for index in order:
            painter.setPen(QPen(current().label(index), 2.4 if index == best else 1.5))
            painter.drawPath(_steps(left, right, heights[:, index], axis.cell))

    def _draw_cursor(self, painter: QPainter, plot: QRectF) -> None:
        if self.frame is None or not self.first <= self.frame <= self.last:
            return
        x = self.axis().x(self.frame)
        painter.setPen(QPen(current().colour("ink"), 1.4))
        painter.drawLine(QPointF(x, plot.top() - 3), QPointF(x, plot.bottom()))
        painter.setBrush(current().colour("ink"))
        tip = [
            QPointF(x - 4, plot.top() - 6),
            QPointF(x + 4, plot.top() - 6),
            QPointF(x, plot.top()),
        ]
        painter.drawPolygon(tip)


def thinned(curve: Curve, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return starts, ends and shares of at most about ``most`` answers.

    Neighbours are taken together, by the highest share of each class.

    >>> two = Curve(np.array([0, 1]), np.array([0, 1]), np.array([[0.2, 0.8], [0.6, 0.4]]))
    >>> [part.tolist() for part in thinned(two, 1)]
    [[0], [1], [[0.6, 0.8]]]
    """
    count = len(curve.ends)
    if count <= most:
        return curve.starts, curve.ends, curve.shares
    cuts = np.unique(np.linspace(0, count, most, endpoint=False).astype(int))
    ends = np.append(cuts[1:], count) - 1
    return curve.starts[cuts], curve.ends[ends], np.maximum.reduceat(curve.shares, cuts)


def _steps(left: np.ndarray, right: np.ndarray, heights: np.ndarray, gap: float) -> QPainterPath:
    """Return a line of steps, broken where there is no answer."""
    path = QPainterPath()
    before = None
    for x0, x1, y in zip(left.tolist(), right.tolist(), heights.tolist(), strict=True):
        if before is None or x0 - before > max(gap, 1.5):
            path.moveTo(x0, y)
        else:
            path.lineTo(x0, y)
        path.lineTo(x1, y)
        before = x1
    return path
