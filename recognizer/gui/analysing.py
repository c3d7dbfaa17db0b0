"""A source is analysed beside the window: answers as they come, never faster than they are taken.

Threads tell ``Messages``, which speaks in the window's thread. Answers are collected, so that a
model that is faster than the screen does not flood the window.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from sttm.errors import ToolkitError

from ..analysis import Analysis
from ..bundle import Bundle
from ..camera import LiveSource
from ..inputs import Source
from ..live import Glimpse, Live
from ..recognising import Passing
from ..settings import Settings
from .record import Answer, answer_of

log = logging.getLogger(__name__)
PULSE = 30  # ms between looks for new answers


class Stopped(ToolkitError):
    """What was under way was called off."""


class Analysing(QObject):
    """The answers of a file, made in a thread.

    Signals
    -------
    answered(list of Answer)
    ended(str)
        "" at the end of the source, or why it ended, in a sentence; once, after the last answer.
    """

    answered = Signal(list)
    ended = Signal(str)

    def __init__(
        self, source: Source, bundle: Bundle, settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.source = source
        self._passing = Passing(source, bundle, settings)
        self._lock = threading.Lock()
        self._new: list[Answer] = []
        self._end: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sttm answers", daemon=True)
        self._timer = QTimer(self)
        self._timer.setInterval(PULSE)
        self._timer.timeout.connect(self._deliver)

    def start(self) -> None:
        """Begin."""
        self._thread.start()
        self._timer.start()

    def stop(self, wait: float = 0.0) -> None:
        """End soon; nothing is told any more."""
        self._timer.stop()
        self._stop.set()
        if wait and self._thread.is_alive():
            self._thread.join(wait)

    @property
    def running(self) -> bool:
        """Whether the thread works."""
        return self._thread.is_alive()

    def _run(self) -> None:
        end = ""
        try:
            answers = iter(self._passing)
            for found in answers:
                answer = answer_of(found, self.source.name, self._passing.timed)
                with self._lock:
                    self._new.append(answer)
                if self._stop.is_set():
                    break
        except ToolkitError as error:
            end = str(error)
        except Exception as error:
            log.exception("a source could not be recognised")
            end = f"{self.source.name} could not be recognised ({type(error).__name__}: {error})."
        with self._lock:
            self._end = end

    def _deliver(self) -> None:
        with self._lock:
            new, self._new = self._new, []
            end = self._end
        if new:
            self.answered.emit(new)
        if end is not None:
            self._timer.stop()
            self.ended.emit(end)


class Watching(QObject):
    """The answers of a camera.

    Signals
    -------
    glimpsed(object, list of Answer)
        The newest ``Glimpse``, with all answers since the one before.
    ended(str)
        "" when it was stopped or came to its end, or why it ended.
    """

    glimpsed = Signal(object, list)
    ended = Signal(str)
    _over = Signal(str)

    def __init__(
        self,
        name: str,
        bundle: Bundle,
        settings: Settings,
        open_camera: Callable[[], LiveSource],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.name = name
        self._lock = threading.Lock()
        self._newest: Glimpse | None = None
        self._answers: list[Answer] = []
        self._begun: float | None = None
        self._live = Live(bundle, settings, open_camera, self._seen, self._heard)
        self._over.connect(self._end, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setInterval(PULSE)
        self._timer.timeout.connect(self._deliver)

    def start(self) -> None:
        """Begin."""
        self._live.start()
        self._timer.start()

    def stop(self, wait: bool = False) -> None:
        """Free the camera; nothing is told any more."""
        self._timer.stop()
        self.blockSignals(True)
        self._live.stop(wait=wait)

    @property
    def running(self) -> bool:
        """Whether the camera works."""
        return self._live.running

    @property
    def grabbed(self) -> int:
        """How many pictures came."""
        return self._live.grabbed

    def _seen(self, glimpse: Glimpse) -> None:
        found: Analysis = glimpse.analysis
        if self._begun is None:
            self._begun = found.time
        found.time -= self._begun  # seconds since the first answer
        answer = answer_of(found, self.name)
        with self._lock:
            self._newest = glimpse
            self._answers.append(answer)

    def _heard(self, reason: str) -> None:
        try:
            self._over.emit(reason)
        except RuntimeError:  # the window is gone
            log.debug("a camera ended after its window")

    def _deliver(self) -> None:
        with self._lock:
            newest, self._newest = self._newest, None
            answers, self._answers = self._answers, []
        if newest is not None:
            self.glimpsed.emit(newest, answers)

    def _end(self, reason: str) -> None:
        if self._timer.isActive():
            self._deliver()
            self._timer.stop()
            self.ended.emit(reason)


def wait_for(things: list[Analysing | Watching], seconds: float) -> bool:
    """Wait until threads have ended; return whether they have."""
    until = time.monotonic() + seconds
    while any(thing.running for thing in things) and time.monotonic() < until:
        time.sleep(0.01)
    return not any(thing.running for thing in things)
