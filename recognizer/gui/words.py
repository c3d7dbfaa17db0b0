"""What the page says beside the picture: why there is no answer, how a camera is doing."""

from __future__ import annotations

from collections.abc import Callable

from .record import Answer
from .session import Session

NOT_YET = "This frame has not been analysed yet."


def why_none(session: Session, answer: Answer | None) -> str:
    """Return why a frame has no face with an answer, in a sentence."""
    if session.bundle is None:
        return "Choose a model first."
    if answer is not None:
        return answer.reason
    if session.record.problem:
        return session.record.problem
    if session.camera and not session.record.answers:
        return "The first window of pictures is being gathered." if session.live else ""
    return NOT_YET


def live_state(session: Session, rate: Callable[[], float], frozen: bool) -> str:
    """Return how a camera is doing; ``rate`` gives its pictures per second."""
    if not session.live:
        return "off"
    if not session.record.answers:
        return "on"
    took = 1000 * session.record.answers[-1].seconds
    parts = ["live", f"{rate():.0f} pictures per second", f"{took:.0f} ms per answer"]
    return "  ·  ".join([*parts, "paused"] if frozen else parts)
