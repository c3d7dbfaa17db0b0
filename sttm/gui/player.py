"""The player: one clip, frame by frame, with the frame number that the features count.

The number in ``frame`` and in ``frame_shown`` is always that of the picture on the screen. Frames
come from a ``Reader``; this side never decodes and never waits.
"""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ..errors import InputError
from .decoding import BUDGET, Facts, Reader, stop_readers
from .looks import Looks
from .playback import FASTEST, SLOWEST, Playback

HELD = 20  # ms between looks whether playing may go on


class Messages(QObject):
    """Brings what a reader tells from its thread to the window's."""

    said = Signal(object, str, object)


class Player(Looks):
    """Shows a clip.

    Signals
    -------
    frame_shown(int)
        Number of the frame on the screen, of the source.
    opened(dict)
        ``frames, first, last, fps, width, height, lost``; ``fps`` is None where unknown. Once
        more where fewer frames came than were announced.
    failed(str)
        Why nothing can be shown; the same sentence stands in place of the picture.
    noted(str)
        As ``Looks`` says.
    played(bool)
        Whether it plays.
    thumbnail_made(int, QImage)
        A small picture of a frame, for a timeline; never before ``opened``.
    looped(object)
        The interval (first, last) that is repeated, or None.
    """

    frame_shown = Signal(int)
    opened = Signal(dict)
    failed = Signal(str)
    played = Signal(bool)
    thumbnail_made = Signal(int, QImage)
    looped = Signal(object)

    def __init__(self, parent: QWidget | None = None, budget: int = BUDGET) -> None:
        super().__init__(parent)
        self.budget = budget
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.controls)
        self._messages = Messages(self)
        self._messages.said.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        readers: list[Reader] = []
        self._readers = readers  # with those that still end
        self.destroyed.connect(lambda: stop_readers(readers))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._speed = 1.0
        self._connect()
        self._forget()

    def _connect(self) -> None:
        bar = self.controls
        bar.stepped.connect(self.step)
        bar.play_asked.connect(self.toggle)
        bar.speed_asked.connect(self.set_speed)
        bar.loop_asked.connect(self._loop_pressed)
        bar.show_speed(self._speed)
        self.noted.connect(self._read_out)

    def _forget(self) -> None:
        """Stand as if no clip had ever been open."""
        self.facts = None
        self._target: int | None = None
        self._run: Playback | None = None
        self._loop: tuple[int, int] | None = None
        self._hold: int | None = None
        self._thumbnails: list[tuple[int, QImage]] = []
        self.controls.loop.setChecked(False)
        self.controls.show_playing(False)
        self.controls.readout.setText("")
        self._forget_looks()

    # opening and closing -------------------------------------------------------------------------

    def open(
        self,
        source: Any,
        first: int | None = None,
        last: int | None = None,
        fps: float | None = None,
    ) -> None:
        """Open a clip; ``opened`` or ``failed`` follows.

        Parameters
        ----------
        source : path or array
            As for ``sttm.frames.open_frames``.
        first, last : int, optional
            Frame numbers of the source, both included.
        fps : float, optional
            Goes before what the source says; 25 where neither does.
        """
        self.close_clip()
        rate = fps if fps is not None and math.isfinite(fps) and fps > 0 else None
        messages = self._messages
        reader = Reader(
            source,
            first,
            last,
            rate,
            lambda kind, value: messages.said.emit(reader, kind, value),
            self.budget,
        )
        self._reader = reader
        self._readers[:] = [r for r in self._readers if not r.join(0)] + [reader]
        self._target = reader.first
        if self._zoom == "face":
            reader.ask_face()
        reader.start()

    def close_clip(self) -> None:
        """Close the clip; its thread ends by itself, soon."""
        self._stop()
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        self._forget()
        self.view.show_frame(None)

    def wait_closed(self, seconds: float = 5.0) -> bool:
        """Wait for the threads of clips that were closed; return whether they have ended."""
        ended = [r.join(seconds) for r in self._readers if r is not self._reader]
        return all(ended)

    def _hear(self, reader: Reader, kind: str, value: Any) -> None:
        if reader is not self._reader:
            return
        if kind == "opened":
            self._opened(value)
        elif kind == "arrived":
            self._arrived(value)
        elif kind == "thumbnail":
            self._thumbnails.append(value)
            if self.facts is not None:
                self.thumbnail_made.emit(*value)
        elif kind == "face":
            self._face_found(value)
        elif kind == "missing":
            self._missing(value)
        elif kind == "failed":
            self._failed(value)

    def _opened(self, facts: Facts) -> None:
        self.facts = facts
        if not facts.fps_known:
            self._note(f"fps unknown, played at {facts.fps:g}")
        if facts.lost:
            self._note(f"{facts.lost} frames at the end cannot be decoded")
        self.opened.emit(
            {
                "frames": facts.frames,
                "first": facts.first,
                "last": facts.last,
                "fps": facts.fps if facts.fps_known else None,
                "width": facts.width,
                "height": facts.height,
                "lost": facts.lost,
            }
        )
        for thumbnail in self._thumbnails:
            self.thumbnail_made.emit(*thumbnail)
        if self._shown is None or self._shown > facts.last:
            self.seek(facts.first if self._target is None else self._target)
        else:
            self._read_out()

    def _failed(self, sentence: str) -> None:
        self._stop()
        self.view.show_message(sentence)
        self.controls.readout.setText("")
        self._shown = self._target = None
        self.failed.emit(sentence)

    # frames --------------------------------------------------------------------------------------

    @property
    def frame(self) -> int:
        """Number of the frame on the screen, of the source; the first one before there is one."""
        if self._shown is not None:
            return self._shown
        return self._reader.first if self._reader is not None else 0

    def picture(self) -> np.ndarray | None:
        """Return the frame on the screen as decoded, RGB (y, x, 3) uint8, or None."""
        return self.view.frame

    def seek(self, frame: int) -> None:
        """Show a frame as soon as it is there; beyond the clip the first or last one."""
        if self._reader is None:
            return
        number = max(self._reader.first, int(frame))
        if self.facts is not None:
            number = min(number, self.facts.last)
        self._target = number
        if self._reader.want(number) is not None and self.facts is not None:
            self._arrived(number)
        elif self._run is not None:
            self._timer.stop()  # goes on when the frame is there

    def step(self, frames: int) -> None:
        """Pause and go on by a number of frames, back where it is negative."""
        self.pause()
        self.seek((self.frame if self._target is None else self._target) + frames)

    def _arrived(self, number: int) -> None:
        if number == self._reference:
            self._show_reference()
        picture = self._reader.picture(number) if self._reader is not None else None
        if number != self._target or self.facts is None:
            return
        if picture is None:
            self.seek(number)
            return
        self._target = None
        self._shown = number
        self.view.show_frame(picture, self._square(number))
        self._read_out()
        self.frame_shown.emit(number)
        if self._run is not None:
            self._run.begin(number, time.monotonic()) if not self._timer.isActive() else None
            self._schedule()

    def _missing(self, number: int) -> None:
        if number == self._target and self.facts is not None:
            self._target = None
            if number != self.facts.last:
                self.seek(self.facts.last)

    def _read_out(self) -> None:
        if self.facts is None or self._shown is None:
            return
        seconds = self._shown / self.facts.fps
        text = f"frame {self._shown} / {self.facts.last}, {seconds:.3f} s"
        self.controls.show_readout(text, "  ·  ".join(self._notes))

    # playing -------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the clip plays."""
        return self._run is not None

    def play(self) -> None:
        """Play on; from the start where the end has been reached."""
        if self._run is not None or self.facts is None:
            return
        first, last = self._loop or (self.facts.first, self.facts.last)
        self._run = Playback(
            first, last, self.facts.fps, self._speed, self._loop is not None, self.frame
        )
        self._run.begin(self.frame, time.monotonic())
        self.controls.show_playing(True)
        self.played.emit(True)
        outside = self._loop is not None and not first <= self.frame <= last
        if self._run is not None and (outside or self.frame >= last):
            self.seek(first)
        self._schedule()

    def pause(self) -> None:
        """Stop playing; the frame on the screen stays."""
        self._stop()

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.play()

    def _stop(self) -> None:
        self._timer.stop()
        if self._run is not None:
            self._run = None
            self._target = None
            self.controls.show_playing(False)
            self.played.emit(False)

    def _schedule(self) -> None:
        if self._run is not None and self._target is None:
            self._timer.start(math.ceil(1000 * self._run.wait(time.monotonic())))

    def _tick(self) -> None:
        run = self._run
        if run is None:
            return
        if self._hold is not None and run.shown >= self._hold and not run.ended:
            run.begin(run.shown, time.monotonic())  # the clock stands
            self._timer.start(HELD)
            return
        over = run.ended
        number = run.due(time.monotonic())
        if number is not None and self._hold is not None and number > self._hold > run.first:
            number = self._hold
            run.begin(number, time.monotonic())
        if number is not None and over:
            self._stop()
        elif number is not None:
            self._show_due(number)
        self._schedule()

    def _show_due(self, number: int) -> None:
        """Show the frame that playing has come to, or wait for it with the clock stopped."""
        assert self._reader is not None
        self._target = number
        picture = self._reader.want(number)
        if picture is not None:
            self._target, self._shown = None, number
            self.view.show_frame(picture, self._square(number))
            self._read_out()
            self.frame_shown.emit(number)

    def set_speed(self, speed: float) -> None:
        """Set the speed, 0.1 to 4 times; others are brought to the nearest of these."""
        if not math.isfinite(speed):
            raise InputError(f"speed must be a number from 0.1 to 4, not {speed!r}.")
        self._speed = min(FASTEST, max(SLOWEST, float(speed)))
        if self._run is not None:
            self._run.speed = self._speed
            self._run.begin(self.frame, time.monotonic())
            self._schedule()
        self.controls.show_speed(self._speed)

    @property
    def speed(self) -> float:
        """The speed, 0.1 to 4."""
        return self._speed

    def set_hold(self, frame: int | None) -> None:
        """Let playing wait at a frame, as if the later ones were not there yet; None: no longer.

        Seeking and stepping go where they are told.
        """
        self._hold = frame

    def set_loop(self, first: int | None, last: int | None = None) -> None:
        """Repeat the frames ``first`` to ``last``; with None for either, play to the end again."""
        loop = None
        if first is not None and last is not None:
            low, high = sorted((int(first), int(last)))
            if self.facts is not None:
                low = min(max(low, self.facts.first), self.facts.last)
                high = min(max(high, self.facts.first), self.facts.last)
            loop = (low, high)
        changed, self._loop = loop != self._loop, loop
        self.controls.loop.setChecked(loop is not None)
        if self._run is not None and self.facts is not None:
            self._run.first, self._run.last = loop or (self.facts.first, self.facts.last)
            self._run.repeat = loop is not None
        if changed:
            self.looped.emit(loop)

    @property
    def loop(self) -> tuple[int, int] | None:
        """The interval that is repeated."""
        return self._loop

    def _loop_pressed(self, on: bool) -> None:
        if on and self.facts is not None:
            self.set_loop(self.facts.first, self.facts.last)
        else:
            self.set_loop(None)
