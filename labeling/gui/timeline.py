"""The timeline: thumbnails, a ruler, marks, the intervals of every annotator, the playhead."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from sttm.gui.ruler import Axis
from sttm.gui.thumbnails import MOST

from . import timeline_drawing as drawing

MARKS = ("onset", "apex", "offset")
LETTERS = {"onset": "I", "apex": "A", "offset": "O"}
FEW_TIERS = 5  # rows that the timeline asks room for; more are scrolled


@dataclass(frozen=True)
class Span:
    """One interval: frames of the source, both included; None where not known.

    ``colour`` is a colour as Qt reads it, or "" for that of the label's place in the tier.
    """

    onset: int | None
    offset: int | None
    label: str = ""
    colour: str = ""
    apex: int | None = None


@dataclass(frozen=True)
class Tier:
    """A row of intervals; ``own`` ones are drawn stronger than those of others."""

    name: str
    spans: Sequence[Span] = field(default_factory=tuple)
    own: bool = False


class Timeline(QWidget):
    """One clip from its first to its last frame.

    Signals
    -------
    asked(int)
        A frame was clicked or dragged to.
    hovered(int)
        The mouse points at a frame.
    mark_moved(str, int)
        A mark was dragged to another frame: ``onset``, ``apex`` or ``offset``.
    """

    asked = Signal(int)
    hovered = Signal(int)
    mark_moved = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("timeline")
        self.movable = True
        self.letters = dict(LETTERS)
        self.first, self.last, self.fps = 0, -1, 25.0
        self.frame = 0
        self.marks: dict[str, int] = {}
        self.tiers: list[Tier] = []
        self.loop: tuple[int, int] | None = None
        self.thumbnails: dict[int, QImage] = {}
        self.hover: int | None = None
        self.scrolled = 0.0
        self._numbers: list[int] = []
        self._held = ""  # the mark that is dragged, or "playhead"
        self._held_from = 0

    # what is shown -------------------------------------------------------------------------------

    def set_clip(self, first: int, last: int, fps: float | None) -> None:
        """Show the frames ``first`` to ``last`` of the source, without thumbnails and loop.

        Tiers and marks stay: whoever shows a clip knows best when they change.
        """
        self.thumbnails, self._numbers, self.loop = {}, [], None
        self.first, self.last = int(first), int(last)
        self.fps = float(fps) if fps else 25.0
        self.frame = min(max(self.frame, self.first), max(self.first, self.last))
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.first, self.last, self.frame = 0, -1, 0
        self.marks, self.tiers, self.loop = {}, [], None
        self.thumbnails, self._numbers = {}, []
        self.hover, self.scrolled, self._held = None, 0.0, ""
        self.updateGeometry()
        self.update()

    def set_frame(self, frame: int) -> None:
        """Move the playhead."""
        if frame != self.frame:
            self.frame = int(frame)
            self.update()

    def set_marks(
        self, marks: Mapping[str, int | None], letters: Mapping[str, str] | None = None
    ) -> None:
        """Show marks, ``onset``, ``apex`` and ``offset``; those that are None are not shown.

        ``letters`` are what stands on their handles: the keys that set them.
        """
        self.marks = {name: int(f) for name in MARKS if (f := marks.get(name)) is not None}
        self.letters = {**LETTERS, **(letters or {})}
        self.update()

    def set_tiers(self, tiers: Sequence[Tier]) -> None:
        """Show rows of intervals, in this order."""
        self.tiers = list(tiers)
        self.scrolled = min(self.scrolled, self.most_scroll())
        self.updateGeometry()
        self.update()

    def set_loop(self, loop: tuple[int, int] | None) -> None:
        """Show the interval that is repeated, or none."""
        self.loop = loop
        self.update()

    def set_thumbnail(self, frame: int, image: QImage) -> None:
        """Take a small picture of a frame."""
        self.thumbnails[int(frame)] = image
        if len(self.thumbnails) > 2 * MOST:
            for number in sorted(self.thumbnails)[1::2]:
                del self.thumbnails[number]
        self._numbers = sorted(self.thumbnails)
        self.update()

    def thumbnail_near(self, frame: float) -> QImage | None:
        """Return the small picture whose frame is nearest."""
        if not self._numbers:
            return None
        at = bisect_left(self._numbers, frame)
        near = self._numbers[max(0, at - 1) : at + 1]
        return self.thumbnails[min(near, key=lambda number: abs(number - frame))]

    # geometry ------------------------------------------------------------------------------------

    def axis(self) -> Axis:
        """Return where frames are across the widget."""
        side = drawing.gutter(self)
        margin = self.fontMetrics().height() * 0.6
        return Axis(self.first, max(self.first, self.last), side, self.width() - side - margin)

    def sizeHint(self) -> QSize:
        """Return room for all but the tiers that are scrolled."""
        rows = drawing.Rows.of(self)
        shown = min(len(self.tiers), FEW_TIERS)
        return QSize(480, round(rows.tiers + shown * rows.tier + rows.unit * 0.3))

    def minimumSizeHint(self) -> QSize:
        """Return room for thumbnails, ruler, marks and one tier."""
        rows = drawing.Rows.of(self)
        return QSize(200, round(rows.tiers + min(len(self.tiers), 1) * rows.tier))

    def most_scroll(self) -> float:
        """Return how far the tiers can be scrolled."""
        rows = drawing.Rows.of(self)
        return max(0.0, rows.tiers + len(self.tiers) * rows.tier - self.height())

    def mark_at(self, point: QPointF) -> str:
        """Return the mark whose handle lies under a point, or ""."""
        boxes = drawing.handles(self)
        return next((name for name, box in boxes.items() if box.contains(point)), "")

    # events --------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw everything."""
        painter = QPainter(self)
        drawing.draw(self, painter)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the frame under the mouse, or take hold of a mark."""
        if event.button() != Qt.MouseButton.LeftButton or self.last < self.first:
            return
        mark = self.mark_at(event.position()) if self.movable else ""
        self._held = mark or "playhead"
        frame = self.marks[mark] if mark else self.axis().frame(event.position().x())
        self._held_from = frame
        self.asked.emit(frame)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        if self.last < self.first:
            return
        frame = self.axis().frame(event.position().x())
        changed, self.hover = frame != self.hover, frame
        self._point(event.position())
        if changed:
            self.hovered.emit(frame)
            if self._held in self.marks:
                self.marks[self._held] = frame
            if self._held:
                self.asked.emit(frame)
            self.update()

    def _point(self, point: QPointF) -> None:
        on_mark = self.movable and bool(self.mark_at(point))
        held = self._held in self.marks
        shape = Qt.CursorShape.SizeHorCursor if on_mark or held else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of what was held; a mark stays where it was dragged to."""
        held, self._held = self._held, ""
        if held in self.marks and self.marks[held] != self._held_from:
            self.mark_moved.emit(held, self.marks[held])

    def leaveEvent(self, event: QEvent) -> None:
        """Forget where the mouse was."""
        self.hover = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the tiers."""
        turned = -event.angleDelta().y() / 120 * drawing.Rows.of(self).tier
        self.scrolled = min(self.most_scroll(), max(0.0, self.scrolled + turned))
        self.update()

    def resizeEvent(self, event: QEvent) -> None:
        """Keep the tiers in sight."""
        self.scrolled = min(self.scrolled, self.most_scroll())
