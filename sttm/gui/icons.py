"""Small pictures for buttons, drawn as paths, so that no font and no file is needed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

UNIT = 24.0  # the drawings below are 24 units wide and high


def icon(name: str, colour: QColor, size: int = 24, ratio: float = 1.0) -> QIcon:
    """Return a drawing by name, ``size`` points wide on a screen of ``ratio`` pixels per point."""
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / UNIT, size / UNIT)
    painter.setPen(pen(colour))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    DRAWINGS[name](painter, colour)
    painter.end()
    return QIcon(pixmap)


def pen(colour: QColor, width: float = 1.8) -> QPen:
    """Return a pen with round ends."""
    round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    return QPen(colour, width, Qt.PenStyle.SolidLine, round_cap, round_join)


def _triangle(painter: QPainter, colour: QColor, x: float, wide: float, tall: float = 12) -> None:
    """Draw a triangle whose tip is ``wide`` to the right (or left, negative) of x."""
    points = [QPointF(x, 12 - tall / 2), QPointF(x + wide, 12), QPointF(x, 12 + tall / 2)]
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF(points))


def _play(painter: QPainter, colour: QColor) -> None:
    _triangle(painter, colour, 8, 10, 13)


def _pause(painter: QPainter, colour: QColor) -> None:
    painter.setBrush(colour)
    for x in (7.0, 14.0):
        painter.drawRoundedRect(QRectF(x, 6, 3, 12), 0.6, 0.6)


def _forward(painter: QPainter, colour: QColor) -> None:
    painter.drawLine(QPointF(17, 7), QPointF(17, 17))
    _triangle(painter, colour, 7, 7, 9)


def _back(painter: QPainter, colour: QColor) -> None:
    painter.drawLine(QPointF(7, 7), QPointF(7, 17))
    _triangle(painter, colour, 17, -7, 9)


def _fast_forward(painter: QPainter, colour: QColor) -> None:
    _triangle(painter, colour, 5, 6, 9)
    _triangle(painter, colour, 13, 6, 9)


def _fast_back(painter: QPainter, colour: QColor) -> None:
    _triangle(painter, colour, 19, -6, 9)
    _triangle(painter, colour, 11, -6, 9)


def _loop(painter: QPainter, colour: QColor) -> None:
    painter.drawArc(QRectF(5, 6, 14, 12), 30 * 16, 150 * 16)
    painter.drawArc(QRectF(5, 6, 14, 12), 210 * 16, 150 * 16)
    painter.setBrush(colour)
    for x, sign in ((18.5, 1), (5.5, -1)):
        tip = [QPointF(x - 2.6, 12 - 3 * sign), QPointF(x + 2.2, 12 - 3 * sign)]
        painter.drawPolygon(QPolygonF([*tip, QPointF(x, 12 + 0.6 * sign)]))


def _corners(painter: QPainter, colour: QColor) -> None:
    for x, y, right, down in ((5, 6, 1, 1), (19, 6, -1, 1), (5, 18, 1, -1), (19, 18, -1, -1)):
        path = QPainterPath(QPointF(x + 4 * right, y))
        path.lineTo(x, y)
        path.lineTo(x, y + 4 * down)
        painter.drawPath(path)


def _fit(painter: QPainter, colour: QColor) -> None:
    _corners(painter, colour)


def _face(painter: QPainter, colour: QColor) -> None:
    painter.drawEllipse(QRectF(5.5, 4.5, 13, 15))
    painter.setBrush(colour)
    for x in (9.5, 14.5):
        painter.drawEllipse(QPointF(x, 10.5), 0.5, 0.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(9, 11, 6, 5), 200 * 16, 140 * 16)


def _actual(painter: QPainter, colour: QColor) -> None:
    for x in (6.5, 17.5):
        painter.drawLine(QPointF(x, 7), QPointF(x, 17))
        painter.drawLine(QPointF(x, 7), QPointF(x - 1.8, 8.6))
    painter.setBrush(colour)
    for y in (10.0, 14.5):
        painter.drawEllipse(QPointF(11.8, y), 0.5, 0.5)


def _light(painter: QPainter, colour: QColor) -> None:
    painter.drawEllipse(QRectF(5.5, 5.5, 13, 13))
    half = QPainterPath(QPointF(12, 5.5))
    half.arcTo(QRectF(5.5, 5.5, 13, 13), 90, -180)
    half.closeSubpath()
    painter.fillPath(half, colour)


def _difference(painter: QPainter, colour: QColor) -> None:
    painter.drawEllipse(QRectF(4, 6.5, 11, 11))
    painter.drawEllipse(QRectF(9, 6.5, 11, 11))
    one, other = QPainterPath(), QPainterPath()
    one.addEllipse(QRectF(4, 6.5, 11, 11))
    other.addEllipse(QRectF(9, 6.5, 11, 11))
    painter.fillPath(one.intersected(other), colour)


def _image(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(4, 5.5, 16, 13), 1.8, 1.8)
    painter.drawPolyline([QPointF(5, 16.5), QPointF(9.5, 11.5), QPointF(13, 15)])
    painter.drawPolyline([QPointF(12, 14), QPointF(14.8, 11.5), QPointF(19, 15.5)])
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(15.5, 8.8), 0.6, 0.6)


def _video(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(4, 5.5, 16, 13), 1.8, 1.8)
    painter.setBrush(colour)
    painter.drawPolygon([QPointF(10, 9.2), QPointF(15, 12), QPointF(10, 14.8)])


def _folder(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(4, 17.5))
    for x, y in ((4, 6.5), (9.5, 6.5), (11.5, 8.8), (20, 8.8), (20, 17.5)):
        path.lineTo(x, y)
    path.closeSubpath()
    painter.drawPath(path)


def _camera(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(3.5, 7, 11.5, 10), 2, 2)
    painter.drawPolygon([QPointF(15, 11), QPointF(20.5, 7.8), QPointF(20.5, 16.2), QPointF(15, 13)])


def _stop(painter: QPainter, colour: QColor) -> None:
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(7, 7, 10, 10), 1.2, 1.2)


def _screenshot(painter: QPainter, colour: QColor) -> None:
    _corners(painter, colour)
    painter.drawEllipse(QPointF(12, 12), 3.1, 3.1)


def _table(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(4.5, 5.5, 15, 13), 1.6, 1.6)
    for y in (9.8, 14.1):
        painter.drawLine(QPointF(4.5, y), QPointF(19.5, y))
    painter.drawLine(QPointF(10, 5.5), QPointF(10, 18.5))


def _film(painter: QPainter, colour: QColor) -> None:
    painter.drawLine(QPointF(12, 4.5), QPointF(12, 13))
    painter.drawPolyline([QPointF(8.6, 10), QPointF(12, 13.4), QPointF(15.4, 10)])
    painter.drawPolyline([QPointF(4.5, 14), QPointF(4.5, 18.5)])
    painter.drawPolyline([QPointF(4.5, 18.5), QPointF(19.5, 18.5), QPointF(19.5, 14)])


def _tag(painter: QPainter, colour: QColor) -> None:
    path = QPainterPath(QPointF(4.5, 5.5))
    for x, y in ((11.5, 5.5), (19.5, 13.5), (13, 20), (4.5, 12)):
        path.lineTo(x, y)
    path.closeSubpath()
    painter.drawPath(path)
    painter.drawEllipse(QPointF(8.4, 9.2), 0.9, 0.9)


def _card(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(5.5, 4, 13, 16), 1.8, 1.8)
    for y, right in ((8.5, 15.5), (12, 15.5), (15.5, 12.5)):
        painter.drawLine(QPointF(8.5, y), QPointF(right, y))


def _keys(painter: QPainter, colour: QColor) -> None:
    painter.drawRoundedRect(QRectF(3.5, 7, 17, 10.5), 1.8, 1.8)
    painter.drawLine(QPointF(8.5, 14.5), QPointF(15.5, 14.5))
    painter.setBrush(colour)
    for x in (7.2, 10.4, 13.6, 16.8):
        painter.drawEllipse(QPointF(x, 10.5), 0.4, 0.4)


def _drop(painter: QPainter, colour: QColor) -> None:
    """Draw a face in a viewfinder, finer than the rest: it is shown large."""
    painter.setPen(pen(colour, 0.7))
    for x, y, right, down in ((3, 3, 1, 1), (21, 3, -1, 1), (3, 21, 1, -1), (21, 21, -1, -1)):
        path = QPainterPath(QPointF(x + 4.5 * right, y))
        path.lineTo(x, y)
        path.lineTo(x, y + 4.5 * down)
        painter.drawPath(path)
    painter.drawEllipse(QRectF(7, 5.2, 10, 13))
    painter.drawArc(QRectF(9.4, 10.6, 5.2, 4.6), 200 * 16, 140 * 16)
    painter.setBrush(colour)
    for eye in (10.1, 13.9):
        painter.drawEllipse(QPointF(eye, 10.2), 0.3, 0.3)


DRAWINGS: dict[str, Callable[[QPainter, QColor], None]] = {
    "play": _play,
    "pause": _pause,
    "forward": _forward,
    "back": _back,
    "fast forward": _fast_forward,
    "fast back": _fast_back,
    "loop": _loop,
    "fit": _fit,
    "face": _face,
    "actual": _actual,
    "light": _light,
    "difference": _difference,
    "image": _image,
    "video": _video,
    "folder": _folder,
    "camera": _camera,
    "stop": _stop,
    "screenshot": _screenshot,
    "table": _table,
    "film": _film,
    "tag": _tag,
    "card": _card,
    "keys": _keys,
    "drop": _drop,
}
