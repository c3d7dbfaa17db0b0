"""What each action does: one table, from which keys, buttons and the legend all live.

The word before the colon chooses the function, the rest is handed to it. A function returns the
sentence for the status line, "" for none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..statement import Interval

if TYPE_CHECKING:
    from .label_page import LabelPage

Deed = Callable[["LabelPage", str], str]


def _label(page: LabelPage, name: str) -> str:
    return page.speak(lambda session: session.label(name))


def _mark(page: LabelPage, mark: str) -> str:
    page.player.pause()
    return page.speak(lambda session: session.mark(mark, page.player.frame))


def _unmark(page: LabelPage, mark: str) -> str:
    return page.speak(lambda session: session.unmark(mark))


def _to(page: LabelPage, mark: str) -> str:
    interval = page.active_interval()
    frame = getattr(interval, mark) if interval is not None else None
    if frame is None:
        return f"no {mark} yet"
    page.playing.to_frame(frame)
    return f"at the {mark}"


def _interval(page: LabelPage, which: str) -> str:
    if which == "drop":
        return page.speak(lambda session: session.drop())
    count, active = len(page.session.statement.intervals), page.session.active
    if not count:
        return "no label yet"
    index = ((-1 if active is None else active) + int(which)) % count
    return page.speak(lambda session: session.choose(index))


def _intensity(page: LabelPage, level: str) -> str:
    return page.speak(lambda session: session.intensity(int(level)))


def _side(page: LabelPage, name: str) -> str:
    return page.speak(lambda session: session.side(name))


def _sure(page: LabelPage, level: str) -> str:
    return page.speak(lambda session: session.sure(int(level)))


def _flag(page: LabelPage, name: str) -> str:
    return page.speak(lambda session: session.flag(name))


def _comment(page: LabelPage, _: str) -> str:
    page.panel.comment.setFocus()
    page.panel.comment.selectAll()
    return "writing a comment; Enter keeps it"


def _clear(page: LabelPage, _: str) -> str:
    return page.speak(lambda session: session.clear())


def _undo(page: LabelPage, _: str) -> str:
    return page.travel(lambda session: session.undo())


def _redo(page: LabelPage, _: str) -> str:
    return page.travel(lambda session: session.redo())


def _next(page: LabelPage, _: str) -> str:
    return page.travel(lambda session: session.next())


def _previous(page: LabelPage, _: str) -> str:
    return page.travel(lambda session: session.previous())


def _jump(page: LabelPage, where: str) -> str:
    return page.travel(lambda session: session.jump(where))


def _find(page: LabelPage, _: str) -> str:
    page.find_label()
    return ""


def _go(page: LabelPage, _: str) -> str:
    page.find_clip()
    return ""


def _play(page: LabelPage, _: str) -> str:
    return page.playing.play()


def _frame(page: LabelPage, where: str) -> str:
    return page.playing.frame(where)


def _loop(page: LabelPage, _: str) -> str:
    return page.playing.loop(page.active_interval())


def _speed(page: LabelPage, how: str) -> str:
    return page.playing.speed(how)


def _difference(page: LabelPage, _: str) -> str:
    interval: Interval | None = page.active_interval()
    return page.playing.difference(interval.onset if interval is not None else None)


def _zoom(page: LabelPage, _: str) -> str:
    return page.playing.next_zoom()


def _brightness(page: LabelPage, how: str) -> str:
    return page.playing.change_light("brightness", how)


def _contrast(page: LabelPage, how: str) -> str:
    return page.playing.change_light("contrast", how)


def _picture(page: LabelPage, _: str) -> str:
    return page.playing.set_light()


def _guidance(page: LabelPage, _: str) -> str:
    return "guidance shown" if page.panel.toggle_guidance() else "guidance hidden"


PAGE_DEEDS: dict[str, Deed] = {
    "label": _label,
    "mark": _mark,
    "unmark": _unmark,
    "to": _to,
    "interval": _interval,
    "intensity": _intensity,
    "side": _side,
    "sure": _sure,
    "flag": _flag,
    "find": _find,
    "comment": _comment,
    "clear": _clear,
    "undo": _undo,
    "redo": _redo,
    "next": _next,
    "previous": _previous,
    "jump": _jump,
    "go": _go,
    "play": _play,
    "frame": _frame,
    "loop": _loop,
    "speed": _speed,
    "difference": _difference,
    "zoom": _zoom,
    "brightness": _brightness,
    "contrast": _contrast,
    "picture": _picture,
    "guidance": _guidance,
}
ONCE = {"label", "unmark", "intensity", "side", "sure", "flag", "clear", "next", "previous"}
"""Words of which a key that is held down does only one."""
