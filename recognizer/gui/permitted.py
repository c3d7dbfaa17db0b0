"""Which actions can be done now."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .window import RecognizerWindow


def permitted(window: RecognizerWindow) -> dict[str, bool]:
    """Return for each action that is not always possible whether it is so now."""
    session = window.session
    file, live = session.source is not None, session.live
    working = file or bool(session.camera)
    answers = bool(session.record.answers) or (file and session.bundle is not None)
    saving = window.saver is not None and window.saver.running
    can = {
        "stop": live or session.busy or window.page.player.playing,
        "camera": not live,
        "screenshot": working,
        "save table": answers and not saving,
        "save video": file and session.bundle is not None and not saving,
        "label": file and session.source is not None and not session.source.still,
        "close": working,
        "card": session.model is not None,
        "play": working,
        "next face": working,
    }
    can |= dict.fromkeys(("next source", "previous source"), len(session.sources) > 1)
    moving = ("step back", "step on", "ten back", "ten on", "first", "last", "slower", "faster")
    can |= dict.fromkeys(moving, file)
    return can
