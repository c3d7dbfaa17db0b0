"""The picture: one frame, letterboxed, zoomed and moved about, pixel for pixel at actual size."""

from __future__ import annotations

import math
from collections.abc import Callable

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from . import theme
from .rendering import difference, level_table
from .thumbnails import as_image

ZOOMS = ("fit", "face", "actual")
FREE = "free"  # zoomed or moved by the mouse
LEAST, MOST = 0.05, 40.0  # screen pixels per pixel of the frame
MOST_COMPARED = 600_000  # pixels of a difference; larger frames are reduced for it
STILL = 4  # points that a mouse may slip in a click
PIXELS = 6.0  # from this enlargement on pixels are shown as squares


class View(QWidget):
    """Shows one frame.

    Signals
    -------
    zoomed(str)
        "fit", "face", "actual" or "free", whenever that changes.
    clicked(float, float)
        x and y in pixels of the frame, where it was pressed and not moved.

    Attributes
    ----------
    over : callable or None
        Draws on top of the frame, given the painter and the transform from pixels of the frame
        (their corners at whole numbers) to the widget.
    """

    zoomed = Signal(str)
    clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 90)
        self.setAccessibleName("picture")
        self.frame: np.ndarray | None = None
        self.reference: np.ndarray | None = None
        self.message = ""
        self.notes: tuple[str, ...] = ()
        self.factor, self.style_name = 4.0, "signed"
        self.zoom = "fit"
        self.square: tuple[float, float, float] | None = None
        self._table: np.ndarray | None = None
        self._before: tuple[float, np.ndarray] | None = None  # scale, reference reduced to it
        self._scale = 1.0
        self._middle = (0.0, 0.0)
        self._dragged: QPointF | None = None
        self._pressed: QPointF | None = None
        self.over: Callable[[QPainter, QTransform], None] | None = None

    def sizeHint(self) -> QSize:
        """Return a size that shows most face clips whole."""
        return QSize(640, 480)

    # what is shown -------------------------------------------------------------------------------

    def show_frame(
        self, frame: np.ndarray | None, square: tuple[float, float, float] | None = None
    ) -> None:
        """Show RGB (y, x, 3), and where the face is in it: x, y, side in its pixels."""
        self.frame, self.square, self.message = frame, square, ""
        self.update()

    def show_message(self, sentence: str) -> None:
        """Show a sentence in place of a picture."""
        self.frame, self.message = None, sentence
        self.setAccessibleDescription(sentence)
        self.update()

    def set_notes(self, *notes: str) -> None:
        """Show short remarks in the picture's corner."""
        if notes != self.notes:
            self.notes = notes
            self.update()

    def set_levels(self, brightness: int, contrast: int) -> None:
        """Change brightness and contrast, each -100 to 100."""
        same = brightness == 0 == contrast
        self._table = None if same else level_table(brightness, contrast)
        self.update()

    def set_reference(self, reference: np.ndarray | None, factor: float, style: str) -> None:
        """Show the difference to a frame (y, x, 3), or the frames themselves (None)."""
        self.reference, self.factor, self.style_name = reference, factor, style
        self._before = None
        self.update()

    def set_zoom(self, zoom: str) -> None:
        """Choose "fit", "face" or "actual"; without a known face that fits too."""
        if zoom == "actual" and self.frame is not None:
            height, width = self.frame.shape[:2]
            self._middle, self._scale = (width / 2, height / 2), 1.0
        self._became(zoom)

    def _became(self, zoom: str) -> None:
        changed, self.zoom = zoom != self.zoom, zoom
        self.update()
        if changed:
            self.zoomed.emit(zoom)

    # geometry, in screen pixels ------------------------------------------------------------------

    def placing(self) -> tuple[float, int, int]:
        """Return the scale and where the frame's corner lies, x and y, in screen pixels."""
        assert self.frame is not None
        height, width = self.frame.shape[:2]
        wide, tall = self._screen()
        scale, (x, y) = min(wide / width, tall / height), (width / 2, height / 2)
        if self.zoom == "face" and self.square is not None:
            left, top, side = self.square
            scale, (x, y) = min(wide, tall) / side, (left + side / 2, top + side / 2)
        elif self.zoom in ("actual", FREE):
            scale, (x, y) = self._scale, self._middle
        return scale, round(wide / 2 - x * scale), round(tall / 2 - y * scale)

    def _screen(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def to_widget(self) -> QTransform:
        """Return the transform from pixels of the frame to points of the widget."""
        scale, left, top = self.placing()
        ratio = self.devicePixelRatioF()
        return QTransform(scale / ratio, 0.0, 0.0, scale / ratio, left / ratio, top / ratio)

    def rendered(self) -> tuple[np.ndarray, int, int] | None:
        """Return what is drawn, RGB (y, x, 3) in screen pixels, and its corner; None: nothing."""
        if self.frame is None:
            return None
        scale, left, top = self.placing()
        wide, tall = self._screen()
        height, width = self.frame.shape[:2]
        x0, y0 = max(0, left), max(0, top)
        x1 = min(wide, left + max(1, round(width * scale)))
        y1 = min(tall, top + max(1, round(height * scale)))
        if x1 <= x0 or y1 <= y0:
            return None
        small = min(1.0, scale)
        if self.reference is not None:
            small = min(small, math.sqrt(MOST_COMPARED / (width * height)))
        picture = self._treated(small)
        window = (x0 - left, y0 - top, x1 - x0, y1 - y0)
        return _cut(picture, scale / small, window), x0, y0

    def _treated(self, scale: float) -> np.ndarray:
        """Return the frame reduced to ``scale``, with difference, brightness and contrast."""
        assert self.frame is not None
        picture = _reduced(self.frame, scale)
        if self.reference is not None and self.reference.shape == self.frame.shape:
            if self._before is None or self._before[0] != scale:
                self._before = (scale, _reduced(self.reference, scale))
            before = self._before[1]
            picture = difference(picture, before, self.factor, self.style_name, scale)
        return picture if self._table is None else cv2.LUT(picture, self._table)

    # events --------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame and its notes, or the sentence."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("well"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        drawn = self.rendered()
        if drawn is not None:
            array, x, y = drawn
            array = np.ascontiguousarray(array)
            image = as_image(array)
            ratio = self.devicePixelRatioF()
            image.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(x / ratio, y / ratio), image)
            if self.over is not None:
                self.over(painter, self.to_widget())
            self._draw_notes(painter)
        elif self.message:
            self._draw_message(painter)
        painter.end()

    def _draw_message(self, painter: QPainter) -> None:
        painter.setPen(theme.current().colour("quiet"))
        margin = self.fontMetrics().height() * 2
        box = QRectF(self.rect()).adjusted(margin, margin, -margin, -margin)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(box, int(flags), self.message)

    def _draw_notes(self, painter: QPainter) -> None:
        metrics = QFontMetricsF(self.font())
        pad, y = metrics.height() * 0.4, metrics.height() * 0.5
        for note in self.notes:
            width = min(metrics.horizontalAdvance(note) + 2 * pad, self.width() - 2 * pad)
            box = QRectF(metrics.height() * 0.5, y, width, metrics.height() + pad)
            ground = theme.current().colour("paper")
            ground.setAlphaF(0.86)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(box, pad, pad)
            painter.setPen(theme.current().colour("ink"))
            text = metrics.elidedText(note, Qt.TextElideMode.ElideRight, width - 2 * pad)
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
            y += box.height() + pad

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the mouse."""
        turned = event.angleDelta().y()
        if self.frame is not None and turned:
            self.zoom_by(1.0015**turned, event.position())
        event.accept()

    def zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarge by a factor; the point ``about`` (of the widget) stays where it is."""
        if self.frame is None:
            return
        scale, left, top = self.placing()
        ratio = self.devicePixelRatioF()
        point = about if about is not None else QPointF(self.width() / 2, self.height() / 2)
        x, y = point.x() * ratio, point.y() * ratio
        wanted = min(MOST, max(LEAST, scale * factor))
        source = ((x - left) / scale, (y - top) / scale)
        wide, tall = self._screen()
        self._scale = wanted
        self._middle = (
            source[0] + (wide / 2 - x) / wanted,
            source[1] + (tall / 2 - y) / wanted,
        )
        self._became(FREE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self.frame is not None:
            self._dragged = self._pressed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture."""
        if self._dragged is None or self.frame is None:
            return
        if self._pressed is not None:
            if (event.position() - self._pressed).manhattanLength() < STILL:
                return
            self._pressed = None
        moved, self._dragged = event.position() - self._dragged, event.position()
        scale, left, top = self.placing()
        ratio, (wide, tall) = self.devicePixelRatioF(), self._screen()
        self._scale = scale
        self._middle = (
            (wide / 2 - left - moved.x() * ratio) / scale,
            (tall / 2 - top - moved.y() * ratio) / scale,
        )
        self._became(FREE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the picture."""
        if self._pressed is not None and self.frame is not None:
            place = self.to_widget().inverted()[0].map(self._pressed)
            self.clicked.emit(place.x(), place.y())
        self._dragged = self._pressed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole frame again."""
        self.set_zoom("fit")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew."""
        self.update()


def _reduced(frame: np.ndarray, scale: float) -> np.ndarray:
    if scale >= 1.0:
        return frame
    height, width = frame.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale <= 0.5 and width % 2 == height % 2 == 0:  # halving is several times as fast
        half = cv2.resize(frame, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        return half if size == (width // 2, height // 2) else _reduced_to(half, size)
    return _reduced_to(frame, size)


def _reduced_to(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA)


def _cut(picture: np.ndarray, scale: float, window: tuple[int, int, int, int]) -> np.ndarray:
    """Return ``window`` (x, y, width, height) of a picture enlarged by ``scale``."""
    x, y, width, height = window
    if scale == 1.0:
        return picture[y : y + height, x : x + width]
    matrix = np.array(
        [
            [1 / scale, 0.0, (x + 0.5) / scale - 0.5],
            [0.0, 1 / scale, (y + 0.5) / scale - 0.5],
        ]
    )
    how = cv2.INTER_LINEAR if scale < PIXELS else cv2.INTER_NEAREST
    flags = how | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        picture, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
