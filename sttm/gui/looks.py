"""How a clip is looked at: brightness and contrast, zoom, difference to a frame.

The half of the player that knows no time. ``Player`` is the other half.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ..errors import InputError, unknown_name
from .closeup import Face
from .controls import Controls, factor_text
from .decoding import Facts, Reader
from .rendering import STYLES
from .view import ZOOMS, View


class Looks(QWidget):
    """A picture and its bar, with all that changes how a frame looks and not which one it is.

    Signals
    -------
    noted(str)
        What is odd about a clip that can be shown: frames lost, rate unknown, no face found.
    """

    noted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = View(self)
        self.controls = Controls(self)
        self.facts: Facts | None = None
        self._reader: Reader | None = None
        self._levels, self._zoom = (0, 0), "fit"
        self._factor, self._style = 4.0, "signed"
        bar = self.controls
        bar.zoom_asked.connect(self.set_zoom)
        bar.levels_asked.connect(self._set_levels)
        bar.difference_asked.connect(self._difference_pressed)
        bar.factor_asked.connect(self.set_amplification)
        bar.style_asked.connect(self.set_difference_style)
        bar.show_zoom(self._zoom)
        self.view.zoomed.connect(self._zoomed)
        self._forget_looks()

    def _forget_looks(self) -> None:
        """Forget what belongs to one clip; brightness, contrast and zoom stay."""
        self._shown: int | None = None
        self._notes: list[str] = []
        self._onset: int | None = None
        self._reference: int | None = None
        self._face: Face | None = None
        self._face_known = False
        self.controls.show_difference(False, self._factor, self._style)
        self.view.set_reference(None, self._factor, self._style)
        self.view.set_notes()

    def _note(self, sentence: str) -> None:
        if sentence not in self._notes:
            self._notes.append(sentence)
            self.noted.emit(sentence)

    def set_brightness(self, brightness: int) -> None:
        """Set the brightness, -100 to 100."""
        self._set_levels(brightness, self._levels[1])

    def set_contrast(self, contrast: int) -> None:
        """Set the contrast, -100 to 100."""
        self._set_levels(self._levels[0], contrast)

    def _set_levels(self, brightness: int, contrast: int) -> None:
        low, high = (min(100, max(-100, int(v))) for v in (brightness, contrast))
        self._levels = (low, high)
        self.view.set_levels(low, high)
        self.controls.show_levels(low, high)

    def set_zoom(self, zoom: str) -> None:
        """Show the whole frame ("fit"), the face ("face") or a pixel as a pixel ("actual").

        The face is searched in the worker, once per clip; where there is none, the whole frame
        stays and ``noted`` says so.
        """
        if zoom not in ZOOMS:
            raise InputError(unknown_name("zoom", zoom, ZOOMS))
        self._zoom = zoom
        if zoom == "face" and not self._face_known and self._reader is not None:
            self._reader.ask_face()
        if zoom == "face" and self._face is None:
            zoom = "fit"
            if self._face_known:
                self._note("no face found")
        self.view.set_zoom(zoom)
        self.controls.show_zoom(self._zoom)

    def _zoomed(self, zoom: str) -> None:
        if zoom not in (self._zoom, "fit") or (zoom == "fit" and self._face is not None):
            self._zoom = zoom
        self.controls.show_zoom(self._zoom)

    def _face_found(self, face: Face | None) -> None:
        self._face, self._face_known = face, True
        if self._shown is not None:
            self.view.square = self._square(self._shown)
        if self._zoom == "face":
            self.view.set_zoom("fit" if face is None else "face")  # the wish holds for other clips
            self.controls.show_zoom(self.view.zoom)
            if face is None:
                self._note("no face found")

    def _square(self, number: int) -> tuple[float, float, float] | None:
        return None if self._face is None else self._face.at(number)

    # difference ----------------------------------------------------------------------------------

    def set_onset(self, frame: int | None) -> None:
        """Say which frame the button of the difference compares with; None: the first one."""
        self._onset = frame
        if self._reference is not None and frame is not None:
            self.set_difference(frame)

    def set_difference(self, frame: int | None) -> None:
        """Show what changed since a frame, or the frames themselves (None)."""
        if self._reader is None:
            frame = None
        elif frame is not None:
            last = self.facts.last if self.facts is not None else frame
            frame = min(max(int(frame), self._reader.first), last)
        self._reference = frame
        if self._reader is not None:
            self._reader.keep(frame)
        self._show_reference()
        self.controls.show_difference(frame is not None, self._factor, self._style)

    @property
    def difference(self) -> int | None:
        """The frame that others are compared with, or None."""
        return self._reference

    def set_amplification(self, factor: float) -> None:
        """Set how strongly a difference is shown, 1 to 64 times."""
        self._factor = min(64.0, max(1.0, float(factor)))
        self.set_difference(self._reference)

    def set_difference_style(self, style: str) -> None:
        """Show differences "signed", "absolute" or as "overlay"."""
        if style not in STYLES:
            raise InputError(unknown_name("difference style", style, STYLES))
        self._style = style
        self.set_difference(self._reference)

    def _difference_pressed(self, on: bool) -> None:
        start = self._onset if self._onset is not None else self.frame_first
        self.set_difference(start if on else None)

    @property
    def frame_first(self) -> int:
        """The clip's first frame."""
        return self._reader.first if self._reader is not None else 0

    def _show_reference(self) -> None:
        picture = None
        if self._reader is not None and self._reference is not None:
            picture = self._reader.picture(self._reference)
        self.view.set_reference(picture, self._factor, self._style)
        if picture is None:
            self.view.set_notes()
        else:
            strength = factor_text(self._factor)
            self.view.set_notes(f"difference to frame {self._reference}, {strength}")
