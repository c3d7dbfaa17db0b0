"""How a timeline is drawn. Every size follows the font."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
)

from sttm.gui import theme
from sttm.gui.ruler import Axis, frame_step, second_step, second_text, whole_steps

if TYPE_CHECKING:
    from .timeline import Span, Tier, Timeline

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
NO_PEN = QPen(Qt.PenStyle.NoPen)
CENTRE = Qt.AlignmentFlag.AlignCenter


@dataclass(frozen=True)
class Rows:
    """Where the rows of a timeline begin, downwards, and how high a tier is."""

    unit: float  # height of a line of text
    strip: float
    ruler: float
    marks: float
    tiers: float
    tier: float

    @classmethod
    def of(cls, line: Timeline) -> Rows:
        """Return the rows for the font of a timeline."""
        unit = float(line.fontMetrics().height())
        ruler = unit * 3.4
        marks = ruler + unit * 2.1
        return cls(unit, unit * 0.2, ruler, marks, marks + unit * 1.5, unit * 1.5)


def small(font: QFont) -> QFont:
    """Return the font of the ruler and of tiers' names."""
    out = QFont(font)
    out.setPointSizeF(font.pointSizeF() * 0.88)
    return out


def gutter(line: Timeline) -> float:
    """Return the width of the names of the tiers, a fifth of the widget at most."""
    metrics = QFontMetricsF(small(line.font()))
    widest = max((metrics.horizontalAdvance(t.name) for t in line.tiers), default=0.0)
    margin = metrics.height() * 0.7
    return min(widest + 2 * margin, 0.2 * line.width()) if widest else margin


def span_colour(colour: str, index: int) -> QColor:
    """Return the colour of an interval: its own, or that of its place."""
    own = QColor(colour) if colour else QColor()
    return own if own.isValid() else theme.current().label(index)


def faded(colour: QColor, share: float) -> QColor:
    """Return a colour that lets through what is below it."""
    out = QColor(colour)
    out.setAlphaF(share)
    return out


def draw(line: Timeline, painter: QPainter) -> None:
    """Draw a timeline."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    rows, axis = Rows.of(line), line.axis()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().colour("panel"))
    painter.drawRoundedRect(QRectF(line.rect()), rows.unit * 0.4, rows.unit * 0.4)
    if line.last < line.first:
        return
    for part in (
        *(draw_strip, draw_loop, draw_mark_lines, draw_playhead_line, draw_ruler),
        *(draw_tiers, draw_lines_below, draw_handles, draw_hover, draw_playhead_head),
    ):
        part(line, painter, rows, axis)


def draw_strip(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw as many thumbnails side by side as there is room for."""
    box = QRectF(axis.left, rows.strip, axis.width, rows.unit * 3.0)
    path = QPainterPath()
    path.addRoundedRect(box, rows.unit * 0.3, rows.unit * 0.3)
    painter.fillPath(path, theme.current().colour("well"))
    sample = line.thumbnail_near(axis.first)
    if sample is None:
        return
    count = max(1, round(box.width() / (box.height() * sample.width() / sample.height())))
    wide = box.width() / count
    painter.save()
    painter.setClipPath(path)
    for place in range(count):
        frame = axis.frame(box.left() + (place + 0.5) * wide)
        image = line.thumbnail_near(frame)
        if image is not None:
            cell = QRectF(box.left() + place * wide, box.top(), wide, box.height())
            painter.drawImage(cell, image, filling(image.width(), image.height(), cell))
    painter.restore()


def filling(width: int, height: int, cell: QRectF) -> QRectF:
    """Return the middle part of a picture that has the shape of ``cell``."""
    scale = max(cell.width() / width, cell.height() / height)
    wide, tall = cell.width() / scale, cell.height() / scale
    return QRectF((width - wide) / 2, (height - tall) / 2, wide, tall)


def draw_loop(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw the interval that is repeated as a band behind the ruler."""
    if line.loop is None:
        return
    left, right = axis.edge(line.loop[0]), axis.edge(line.loop[1] + 1)
    box = QRectF(left, rows.ruler, right - left, rows.marks - rows.ruler)
    painter.fillRect(box, theme.current().colour("accent_ground"))
    painter.setPen(QPen(theme.current().colour("accent"), 2))
    for x in (left, right):
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))


def draw_ruler(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw frame numbers and, below them, seconds."""
    colours = theme.current()
    painter.setFont(small(line.font()))
    metrics = QFontMetricsF(painter.font())
    tall = metrics.height()
    room = metrics.horizontalAdvance(str(axis.last)) + 1.6 * tall
    step = frame_step(axis.cell, room)
    _minor_lines(painter, rows, axis, max(1, step // 5))
    for k in whole_steps(axis.first, axis.last, step):
        x = axis.x(k * step)
        painter.setPen(QPen(colours.colour("edge"), 1))
        painter.drawLine(QPointF(x, rows.ruler), QPointF(x, rows.ruler + rows.unit * 0.35))
        painter.setPen(colours.colour("ink"))
        _text(line, painter, axis, k * step, rows.ruler + rows.unit * 0.3, str(k * step))
    seconds = second_step(axis.cell, line.fps, metrics.horizontalAdvance("00.00 s") + tall)
    painter.setPen(colours.colour("quiet"))
    for k in whole_steps(axis.first / line.fps, axis.last / line.fps, seconds):
        text = second_text(k * seconds, seconds)
        _text(line, painter, axis, k * seconds * line.fps, rows.ruler + rows.unit * 1.1, text)


def _minor_lines(painter: QPainter, rows: Rows, axis: Axis, step: int) -> None:
    if step * axis.cell < 4:
        return
    painter.setPen(QPen(theme.current().colour("rule"), 1))
    for k in whole_steps(axis.first, axis.last, step):
        x = axis.x(k * step)
        painter.drawLine(QPointF(x, rows.ruler), QPointF(x, rows.ruler + rows.unit * 0.2))


def _text(line: Timeline, painter: QPainter, axis: Axis, frame: float, y: float, text: str) -> None:
    """Draw a number about a frame, moved inwards at the ends, on a ground of its own."""
    metrics = QFontMetricsF(painter.font())
    wide = metrics.horizontalAdvance(text) + 2
    left = min(max(axis.x(frame) - wide / 2, axis.left), axis.left + axis.width - wide)
    box = QRectF(left, y, wide, metrics.height())
    looped = line.loop is not None and line.loop[0] < frame < line.loop[1]
    ground = theme.current().colour("accent_ground" if looped else "panel")
    painter.fillRect(box.adjusted(-1, 2, 1, -2), faded(ground, 0.85))
    painter.drawText(box, int(CENTRE), text)


def draw_tiers(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw the tiers that are in sight."""
    painter.save()
    painter.setClipRect(QRectF(0, rows.tiers, line.width(), line.height() - rows.tiers))
    painter.setFont(small(line.font()))
    for place, tier in enumerate(line.tiers):
        top = rows.tiers + place * rows.tier - line.scrolled
        if top + rows.tier > rows.tiers and top < line.height():
            draw_tier(line, painter, tier, axis, QRectF(0, top, line.width(), rows.tier))
    painter.restore()
    reach = line.most_scroll()
    if reach > 0:
        seen = line.height() - rows.tiers
        bar = seen * seen / (seen + reach)
        top = rows.tiers + (seen - bar) * line.scrolled / reach
        box = QRectF(line.width() - rows.unit * 0.35, top, rows.unit * 0.25, bar)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("edge"))
        painter.drawRoundedRect(box, box.width() / 2, box.width() / 2)


def draw_tier(line: Timeline, painter: QPainter, tier: Tier, axis: Axis, box: QRectF) -> None:
    """Draw one row: its name, a ground line, its intervals."""
    colours = theme.current()
    metrics = QFontMetricsF(painter.font())
    margin = metrics.height() * 0.7
    painter.setPen(colours.colour("ink" if tier.own else "quiet"))
    room = axis.left - 2 * margin
    name = metrics.elidedText(tier.name, Qt.TextElideMode.ElideRight, room)
    painter.drawText(QRectF(margin, box.top(), room, box.height()), int(LEFT), name)
    inset = box.height() * (0.1 if tier.own else 0.2)
    lane = QRectF(axis.left, box.top() + inset, axis.width, box.height() - 2 * inset)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.colour("well"))
    painter.drawRoundedRect(lane, lane.height() * 0.2, lane.height() * 0.2)
    for index, span in enumerate(tier.spans):
        draw_span(painter, span, span_colour(span.colour, index), axis, lane, tier.own)


def draw_span(
    painter: QPainter, span: Span, colour: QColor, axis: Axis, lane: QRectF, own: bool
) -> None:
    """Draw one interval; an end that is not known fades out."""
    known = [frame for frame in (span.onset, span.apex, span.offset) if frame is not None]
    low = span.onset if span.onset is not None else min(known, default=axis.first)
    high = span.offset if span.offset is not None else max(known, default=axis.last)
    low, high = max(low, axis.first), min(high, axis.last)
    if low > high:
        return
    box = QRectF(axis.edge(low), lane.top(), max((high + 1 - low) * axis.cell, 3), lane.height())
    ground = colour if own else faded(colour, 0.3)
    tail = 2 * lane.height() if known else 0.0
    left, right = (tail if end is None else 0.0 for end in (span.onset, span.offset))
    painter.setPen(QPen(faded(colour, 0.9), 1) if not own and left == right == 0 else NO_PEN)
    painter.setBrush(fading(box.adjusted(-left, 0, right, 0), ground, left, right))
    box = box.adjusted(-left, 0, right, 0).intersected(lane)
    radius = min(lane.height() * 0.2, box.width() / 2)
    painter.drawRoundedRect(box, radius, radius)
    ink = theme.text_on(colour) if own else theme.current().colour("ink")
    apex = None
    if span.apex is not None and low <= span.apex <= high:
        apex = QPointF(axis.x(span.apex), box.center().y())
        size = lane.height() * 0.2
        corners = [(0, -size), (size, 0), (0, size), (-size, 0)]
        painter.setBrush(ink)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF([QPointF(dx, dy) + apex for dx, dy in corners]))
    painter.setPen(ink)
    draw_label(painter, span.label, box, None if apex is None else apex.x())


def fading(box: QRectF, colour: QColor, left: float, right: float) -> QBrush:
    """Return a colour that comes up over ``left`` and goes away over ``right``."""
    out = QLinearGradient(box.topLeft(), box.topRight())
    for place, share in (
        (0.0, 0.0 if left else 1.0),
        (left / box.width(), 1.0),
        (1.0 - right / box.width(), 1.0),
        (1.0, 0.0 if right else 1.0),
    ):
        out.setColorAt(place, faded(colour, colour.alphaF() * share))
    return QBrush(out)


def draw_label(painter: QPainter, label: str, box: QRectF, apex: float | None) -> None:
    """Write a label into an interval, left of its apex, or right of it where there is more room."""
    metrics = QFontMetricsF(painter.font())
    pad = metrics.height() * 0.4
    room = box.adjusted(pad, 0, -pad, 0)
    if apex is not None:
        before, after = QRectF(room), QRectF(room)
        before.setRight(apex - pad)
        after.setLeft(apex + pad)
        fits = metrics.horizontalAdvance(label) <= before.width()
        room = before if fits or before.width() >= after.width() else after
    if room.width() > metrics.horizontalAdvance("mmm"):
        text = metrics.elidedText(label, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(LEFT), text)


def handles(line: Timeline) -> dict[str, QRectF]:
    """Return where the handles of the marks are: onset left of its line, offset right of it."""
    rows, axis = Rows.of(line), line.axis()
    wide, tall = rows.unit * 1.15, rows.unit * 1.15
    top = rows.marks + rows.unit * 0.15
    apex = line.marks.get("apex")
    out = {}
    for name, frame in line.marks.items():
        x = axis.x(frame)
        near = apex is not None and abs(axis.x(apex) - x) < wide * 0.5
        shift = wide * 0.5 if near and name != "apex" else 0.0
        left = {"onset": x - wide - shift, "apex": x - wide / 2, "offset": x + shift}[name]
        out[name] = QRectF(left, top, wide, tall)
    return out


def draw_mark_lines(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw a line at each mark, from the thumbnails down to the handle."""
    _mark_lines(line, painter, axis, rows.strip, rows.marks + rows.unit)


def draw_lines_below(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw marks and playhead over the tiers."""
    if line.tiers:
        _mark_lines(line, painter, axis, rows.marks + rows.unit, rows.tiers + rows.tier * 0.95)
    _playhead_line(line, painter, axis, rows.marks, line.height())


def _mark_lines(line: Timeline, painter: QPainter, axis: Axis, top: float, end: float) -> None:
    painter.setPen(QPen(faded(theme.current().colour("ink"), 0.75), 1.5))
    for frame in line.marks.values():
        painter.drawLine(QPointF(axis.x(frame), top), QPointF(axis.x(frame), end))


def draw_handles(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw the handle of each mark with its letter."""
    colours = theme.current()
    font = QFont(line.font())
    font.setBold(True)
    font.setPointSizeF(font.pointSizeF() * 0.85)
    painter.setFont(font)
    for name, box in handles(line).items():
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.colour("ink"))
        round_off = box.width() * (0.5 if name == "apex" else 0.25)
        painter.drawRoundedRect(box, round_off, round_off)
        painter.setPen(colours.colour("paper"))
        painter.drawText(box, int(CENTRE), line.letters[name])


def draw_hover(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw a thin line under the mouse, with frame and time."""
    if line.hover is None:
        return
    colours, x = theme.current(), axis.x(line.hover)
    painter.setPen(QPen(faded(colours.colour("quiet"), 0.8), 1, Qt.PenStyle.DashLine))
    painter.drawLine(QPointF(x, rows.strip), QPointF(x, line.height()))
    painter.setFont(small(line.font()))
    metrics = QFontMetricsF(painter.font())
    text = f"frame {line.hover}, {line.hover / line.fps:.3f} s"
    wide = metrics.horizontalAdvance(text) + metrics.height()
    left = min(max(x - wide / 2, 0.0), line.width() - wide)
    box = QRectF(left, rows.strip + rows.unit * 0.3, wide, metrics.height() * 1.4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(faded(colours.colour("paper"), 0.92))
    painter.drawRoundedRect(box, rows.unit * 0.3, rows.unit * 0.3)
    painter.setPen(colours.colour("ink"))
    painter.drawText(box, int(CENTRE), text)


def draw_playhead_line(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw the current frame's cell in the strip, and its line down to the ruler."""
    strip = QRectF(axis.edge(line.frame), rows.strip, axis.cell, rows.unit * 3.0)
    if axis.cell > 6:
        painter.fillRect(strip, faded(theme.current().colour("accent"), 0.25))
    painter.setPen(QPen(theme.current().colour("paper"), 4))
    x = axis.x(line.frame)
    painter.drawLine(QPointF(x, strip.top()), QPointF(x, strip.bottom()))
    _playhead_line(line, painter, axis, rows.strip, rows.marks)


def _playhead_line(line: Timeline, painter: QPainter, axis: Axis, top: float, end: float) -> None:
    painter.setPen(QPen(theme.current().colour("accent"), 2))
    painter.drawLine(QPointF(axis.x(line.frame), top), QPointF(axis.x(line.frame), end))


def draw_playhead_head(line: Timeline, painter: QPainter, rows: Rows, axis: Axis) -> None:
    """Draw the triangle that stands on the ruler at the current frame."""
    x, size = axis.x(line.frame), rows.unit * 0.35
    head = [QPointF(x - size, rows.ruler), QPointF(x + size, rows.ruler)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.current().colour("accent"))
    painter.drawPolygon(QPolygonF([*head, QPointF(x, rows.ruler + size * 1.4)]))
