"""Being asked to stop: Ctrl-C and SIGTERM, also where a library makes its own error of them."""

from __future__ import annotations

import signal
from typing import Any

STOPS: list[int] = []  # signals that asked this process to stop


def _stop(number: int, frame: Any) -> None:
    STOPS.append(number)
    raise KeyboardInterrupt


def heed_signals() -> None:
    """Let SIGINT and SIGTERM stop this process in the same way, and be remembered."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)


def asked_to_stop() -> bool:
    """Return whether a signal has asked this process to stop."""
    return bool(STOPS)
