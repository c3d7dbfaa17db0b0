"""How the window ends other than by being closed: Qt gives up, or the process is stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QCoreApplication, QMessageLogContext, QTimer, QtMsgType
from PySide6.QtCore import qInstallMessageHandler as listen
from PySide6.QtWidgets import QWidget

LIBRARIES = (
    "libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 "
    "libxcb-icccm4 "
    "libxcb-keysyms1 libxcb-shape0"
)
STOPPED = 130  # exit code, as of every command that was stopped
_PULSE = 200  # milliseconds after which a signal is seen at the latest


@contextlib.contextmanager
def told_when_fatal() -> Iterator[None]:
    """Say in one sentence why Qt gives up, where it would end the process without one."""
    said: list[str] = []

    def heard(kind: QtMsgType, _: QMessageLogContext, words: str | None) -> None:
        said.append(words or "")
        if kind == QtMsgType.QtFatalMsg:
            sys.stderr.write(f"sttm: {why(' '.join(said))}\n")
            sys.stderr.flush()
            os._exit(1)

    before = listen(heard)
    try:
        yield
    finally:
        listen(before)


def why(said: str) -> str:
    """Return the sentence for what Qt said before it gave up.

    >>> why("could not connect to display :9")[:50]
    'the window needs a screen, and none can be reached'
    """
    if "could not connect to display" in said or "Failed to create wl_display" in said:
        return (
            "the window needs a screen, and none can be reached; run it on a desktop, or with "
            "`ssh -X`."
        )
    if "even though it was found" in said:
        return (
            "the window needs system libraries that are missing; on Debian: apt-get install "
            f"{LIBRARIES}."
        )
    words = " ".join(said.split())[:80]
    return f"the window cannot be opened: Qt says {words!r}; look at QT_QPA_PLATFORM."


@contextlib.contextmanager
def closed_by_signals(window: QWidget) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM close the window; yield the list of signals that came.

    While Qt waits, Python sees no signal: a timer lets it look.
    """
    came: list[int] = []

    def close(number: int, _: Any) -> None:
        came.append(number)
        window.close()
        QCoreApplication.quit()

    before = {number: signal.signal(number, close) for number in (signal.SIGINT, signal.SIGTERM)}
    pulse = QTimer()
    pulse.timeout.connect(lambda: None)
    pulse.start(_PULSE)
    try:
        yield came
    finally:
        pulse.stop()
        for number, handler in before.items():
            signal.signal(number, handler)
