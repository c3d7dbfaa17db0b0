"""What the window does for an action, whichever page is open; the rest is in ``deeds``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sttm.gui import theme
from sttm.gui.buttons import shown_key
from sttm.gui.text_size import larger, smaller

from ..opening import Request

if TYPE_CHECKING:
    from .window import LabelWindow


def _legend(window: LabelWindow, _: str) -> None:
    reviewing = window.review is not None and window.on_review()
    known = window.review.legend() if window.review and reviewing else window.keys.legend()
    groups = [(title, [(keys, what) for keys, what in rows if keys]) for title, rows in known]
    if window.page is None:
        groups = [group for group in groups if group[0] == "Window"]
    window.legend.show_keys(
        [group for group in groups if group[1]],
        f"{shown_key(window.keys.key_of('keys'))} changes keys  ·  Esc closes",
    )
    window.legend.open()


def _keys(window: LabelWindow, _: str) -> None:
    if window.study is not None:
        window.remap.show_keys(window.keys)
        window.remap.open()


def _open(window: LabelWindow, _: str) -> None:
    window.close_study()
    window.bar.show_study("", "")
    window.notice.hide()
    window.show_start(Request())


def _theme(window: LabelWindow, _: str) -> None:
    window.preferences.theme = "light" if theme.current().name == "dark" else "dark"
    window.use_theme()
    window.keep(theme=window.preferences.theme)


def _text(window: LabelWindow, how: str) -> None:
    now = window.preferences.scale
    window.preferences.scale = {"+": larger(now), "-": smaller(now)}.get(how, 1.0)
    window.use_theme()
    window.keep(scale=window.preferences.scale)
    if window.page is not None:
        window.page.status.say(f"text at {window.preferences.scale:.0%}")


def _fullscreen(window: LabelWindow, _: str) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


def _quit(window: LabelWindow, _: str) -> None:
    window.close()


def _review(window: LabelWindow, _: str) -> None:
    if window.study is None or window.page is None:
        return
    if window.review is not None and window.on_review():
        window.review.leave()
        window.stack.setCurrentWidget(window.page)
        window.page.refresh()
        window.page.player.setFocus()
    else:
        window.page.player.pause()
        if window.review is None:
            from .review_page import ReviewPage  # not needed until here

            window.review = ReviewPage(window.study, window.page.annotator, window)
            window.stack.addWidget(window.review)
        window.stack.setCurrentWidget(window.review)
        window.review.come()
    window.bar.show_page(window.on_review())


def _only_in_review(window: LabelWindow, _: str) -> None:
    if not window.on_review():
        key = shown_key(window.keys.key_of("review"))
        window.tell(f"this key belongs to the review; open it with {key} first.", "note")


WINDOW_DEEDS: dict[str, Callable[[LabelWindow, str], None]] = {
    "legend": _legend,
    "keys": _keys,
    "open": _open,
    "theme": _theme,
    "text": _text,
    "fullscreen": _fullscreen,
    "quit": _quit,
    "review": _review,
    "accept": _only_in_review,
    "overrule": _only_in_review,
    "send back": _only_in_review,
    "reopen": _only_in_review,
}
"""The word of an action -> what the window does."""
