"""What is drawn over a frame: boxes with labels, crops, landmarks, the texture map.

Coordinates of boxes name edges of pixels; those of points name their middles, half a pixel on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPen,
    QPolygonF,
    QTransform,
)

from sttm.landmarks.scheme import lines

from ..annotate import colour_of
from .details import Detail, crop_at
from .record import Answer, Look

LAYERS = {
    "box": "Box",
    "crop": "Crop",
    "landmarks": "Landmarks",
    "map": "Texture map",
}
DetailOf = Callable[[Look, float], Detail | None]
_LINES = lines()
SMALLEST = 8.0  # points of a label


def draw_answer(
    painter: QPainter,
    to_widget: QTransform,
    answer: Answer,
    number: int,
    layers: Collection[str],
    chosen: int | None,
    detail_of: DetailOf,
) -> None:
    """Draw an answer's faces on frame ``number``.

    Parameters
    ----------
    painter : QPainter
        Of the widget.
    to_widget : QTransform
        From source pixels.
    answer : Answer
    number : int
    layers : collection of str
        Names from ``LAYERS``.
    chosen : int or None
        The face whose probabilities are shown; its lines are thicker.
    detail_of : callable
        (Look, moment of its window, 0 to 1) -> Detail or None; asked where a layer needs it.
    """
    row = answer.row(number)
    count = answer.last - answer.since + 1
    painter.save()
    for look in reversed(answer.looks):
        share = moment_of(look, number, row / max(count - 1, 1))
        detail = detail_of(look, share) if {"landmarks", "map"} & set(layers) else None
        place = crop_to_source(look, row) * to_widget
        if "map" in layers and detail is not None and detail.colours is not None:
            _draw_map(painter, place, detail.colours, share)
        if "crop" in layers:
            _draw_crop(painter, to_widget, look.corners[row])
        if "landmarks" in layers:
            _draw_landmarks(painter, to_widget, place, look, row, detail, share)
    if "box" in layers:
        for look in reversed(answer.looks):
            _draw_box(painter, to_widget, look, row, look.identity == chosen)
    painter.restore()


def moment_of(look: Look, number: int, otherwise: float = 1.0) -> float:
    """Return where a frame lies in the face's window, 0 to 1."""
    if look.seen is None:
        return otherwise
    length = max(1, len(look.seen.face.transform) - 1)
    return min(max((number - look.seen.first) / length, 0.0), 1.0)


def crop_to_source(look: Look, row: int) -> QTransform:
    """Return the transform from crop pixels (their edges) to source pixels (their edges)."""
    origin, across, _, down = look.corners[row] + 0.5
    side = 1.0 if look.seen is None else float(look.seen.volume.shape[1])
    x, y = (across - origin) / side, (down - origin) / side
    return QTransform(*(float(v) for v in (x[0], x[1], y[0], y[1], origin[0], origin[1])))


def _draw_map(painter: QPainter, place: QTransform, colours: np.ndarray, share: float) -> None:
    frame = np.ascontiguousarray(colours[round(share * (len(colours) - 1))])
    height, width = frame.shape[:2]
    image = QImage(frame.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setTransform(place, combine=True)
    painter.drawImage(QPointF(0, 0), image)
    painter.restore()


def _draw_crop(painter: QPainter, to_widget: QTransform, corners: np.ndarray) -> None:
    shape = to_widget.map(QPolygonF([QPointF(x + 0.5, y + 0.5) for x, y in corners.tolist()]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width, style in (
        (QColor(0, 0, 0, 150), 3.0, Qt.PenStyle.SolidLine),
        (QColor(255, 255, 255), 1.4, Qt.PenStyle.DashLine),
    ):
        painter.setPen(QPen(colour, width, style))
        painter.drawPolygon(shape)


def _draw_landmarks(
    painter: QPainter,
    to_widget: QTransform,
    place: QTransform,
    look: Look,
    row: int,
    detail: Detail | None,
    share: float,
) -> None:
    """Draw the landmarks; the eyes until there are any, or where none were found."""
    if detail is not None and look.seen is not None:
        points = detail.points.get(crop_at(look.seen, share))
        if points is not None and not np.isnan(points).all():
            _draw_points(painter, place, points)
            return
    eyes = look.eyes[row]
    if not np.isnan(eyes).any():
        for x, y in eyes.tolist():
            _dot(painter, to_widget.map(QPointF(x + 0.5, y + 0.5)), 3.2)


def _draw_points(painter: QPainter, place: QTransform, points: np.ndarray) -> None:
    placed = [place.map(QPointF(x + 0.5, y + 0.5)) for x, y in np.nan_to_num(points).tolist()]
    known = ~np.isnan(points).any(axis=1)
    for line in _LINES:
        for one, other in pairwise(line):
            if known[one] and known[other]:
                painter.setPen(QPen(QColor(0, 0, 0, 110), 2.6))
                painter.drawLine(placed[one], placed[other])
                painter.setPen(QPen(QColor(255, 255, 255, 210), 1.2))
                painter.drawLine(placed[one], placed[other])
    for there, point in zip(known, placed, strict=True):
        if there:
            _dot(painter, point, 1.9)


def _dot(painter: QPainter, place: QPointF, radius: float) -> None:
    painter.setPen(QPen(QColor(0, 0, 0, 170), 1))
    painter.setBrush(QColor(255, 255, 255))
    painter.drawEllipse(place, radius, radius)


def face_colour(identity: int) -> QColor:
    """Return the colour of a face, as in annotated videos."""
    return QColor(*colour_of(identity))


def box_of(look: Look, row: int) -> QRectF:
    """Return a face's box in source pixels."""
    return QRectF(*(float(v) for v in look.boxes[row]))


def _draw_box(painter: QPainter, to_widget: QTransform, look: Look, row: int, chosen: bool) -> None:
    box = to_widget.mapRect(box_of(look, row))
    colour = face_colour(look.identity)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shade, width in (
        (QColor(0, 0, 0, 140), 5.0 if chosen else 3.5),
        (colour, 2.6 if chosen else 1.6),
    ):
        painter.setPen(QPen(shade, width))
        painter.drawRoundedRect(box, 3, 3)
    _draw_plate(painter, box, f"{look.label}  {look.probability:.0%}".replace("%", " %"), colour)


def _draw_plate(painter: QPainter, box: QRectF, text: str, colour: QColor) -> None:
    """Draw a label above a box, or inside its upper edge where there is no room."""
    font = QFont(painter.font())
    font.setBold(True)
    room = max(1.3 * box.width(), 4.0)
    wide = QFontMetricsF(font).horizontalAdvance(text)
    if wide > room:  # a small face among others: smaller letters, that are still read
        font.setPointSizeF(max(SMALLEST, font.pointSizeF() * room / wide))
    metrics = QFontMetricsF(font)
    height = metrics.height() * 1.3
    width = metrics.horizontalAdvance(text) + 0.9 * metrics.height()
    plate = QRectF(box.left() - 1, 0, width, height)
    above = box.top() - height - 3
    plate.moveTop(above if above >= 2 else max(box.top(), 0) + 3)
    window = painter.window()
    plate.moveLeft(min(max(plate.left(), 2.0), max(2.0, window.width() - plate.width() - 2)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setFont(font)
    painter.setPen(QColor(12, 14, 16))
    painter.drawText(plate, int(Qt.AlignmentFlag.AlignCenter), text)
