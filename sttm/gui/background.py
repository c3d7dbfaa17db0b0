"""Work beside the window: a function in a thread, its progress and its end as signals."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from ..errors import ToolkitError

log = logging.getLogger(__name__)


class Background(QObject):
    """Runs ``work(progress, stopped)`` once in a thread of its own.

    ``work`` may call ``progress(sentence, done, total)`` and should return soon after ``stopped()``
    is true. ``finished`` carries what it returns, ``failed`` a sentence. After ``stop`` nothing is
    sent any more, also not what is on its way.
    """

    progressed = Signal(str, int, int)
    finished = Signal(object)
    failed = Signal(str)
    _on_its_way = Signal(str, tuple)

    def __init__(
        self,
        work: Callable[[Callable[[str, int, int], None], Callable[[], bool]], Any],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._stop = threading.Event()
        self._on_its_way.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="sttm work", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, wait: float = 2.0) -> None:
        """Ask the work to end; wait for it at most ``wait`` seconds."""
        self._stop.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(wait)

    @property
    def running(self) -> bool:
        """Whether the work goes on."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            result = self._work(self._tell, self._stop.is_set)
        except ToolkitError as error:
            self._send("failed", str(error))
        except Exception as error:
            log.exception("background work failed")
            self._send("failed", f"something went wrong in the background: {error}.")
        else:
            self._send("finished", result)

    def _tell(self, sentence: str, done: int, total: int) -> None:
        self._send("progressed", sentence, done, total)

    def _send(self, signal: str, *values: Any) -> None:
        if self._stop.is_set():
            return
        try:
            self._on_its_way.emit(signal, values)
        except RuntimeError:  # the window is gone
            self._stop.set()

    def _deliver(self, signal: str, values: tuple[Any, ...]) -> None:
        """Send in the window's thread what came from the other one."""
        if not self._stop.is_set():
            getattr(self, signal).emit(*values)
