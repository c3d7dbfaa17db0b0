"""The keys of the review and what each does: one table, from which keys and legend live.

While the reviewer says something of their own (to overrule), the keys of the label page hold, and
its table of deeds does the work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from ..keys import DIGITS, Action, Bindings
from .deeds import PAGE_DEEDS

if TYPE_CHECKING:
    from .label_page import LabelPage
    from .review_page import ReviewPage

Deed = Callable[["ReviewPage", str], str]
ORDINALS = DIGITS[:9]
CASES = (
    Action("case:+1", "Cases", "next case", ("J", "N")),
    Action("case:-1", "Cases", "case before", ("K", "P", "Backspace")),
    Action("queue:+1", "Cases", "next list: disputed, suspects, sent back ...", ("Q",)),
    Action("queue:-1", "Cases", "list before", ("Shift+Q",)),
    Action("go", "Cases", "to a case by its name", ("/", "Ctrl+G")),
)
DECISIONS = (
    Action("accept:1", "Decide", "accept the first opinion; 2 to 9 the others", ("1",)),
    *(Action(f"accept:{n}", "", f"accept opinion {n}", (n,)) for n in ORDINALS[1:]),
    Action("opinion:+1", "Decide", "look at the next opinion", ("Down",)),
    Action("opinion:-1", "Decide", "look at the opinion before", ("Up",)),
    Action("accept", "Decide", "accept the opinion looked at", ("Return",)),
    Action("overrule", "Decide", "overrule: say it yourself", ("O",)),
    Action("send back", "Decide", "send back to the annotators", ("B",)),
    Action("reopen", "Decide", "reopen a decided clip", ("R",)),
    Action("history", "Decide", "history of the clip", ("H",)),
)
OVERRULING = (
    Action("finish", "Overrule", "done; give the reason", ("Return",)),
    Action("cancel", "Overrule", "leave it; nothing is kept", ("Esc",)),
)
LOOKING = {
    *("to", "play", "frame", "loop", "speed", "difference", "zoom"),
    *("brightness", "contrast", "picture"),
}
SAYING = {
    *("label", "mark", "unmark", "interval", "intensity", "side", "sure", "flag"),
    *("find", "comment", "clear", "undo", "redo", "guidance"),
}
WINDOW = {"legend", "keys", "open", "theme", "text", "fullscreen", "quit", "review"}
"""Words of actions that the window does, whichever page is open."""


def review_bindings(keys: Bindings) -> Bindings:
    """Return the keys of the review, beside those of picture and window in ``keys``.

    What the annotator changed goes first, then the review's own keys, then the rest.

    Examples
    --------
    >>> from labeling.scheme import load_scheme
    >>> from labeling.keys import bindings
    >>> found = review_bindings(bindings(load_scheme("basic")))
    >>> found.action_of("2"), found.action_of("B"), found.action_of("Space")
    ('accept:2', 'send back', 'play')
    """
    shared = [a for a in keys.actions if _verb(a) in LOOKING | WINDOW]
    own = [_as_known(keys, action) for action in (*CASES, *DECISIONS)]
    first = [a for a in shared if a.name in keys.changed]
    rest = [a for a in shared if a.name not in keys.changed]
    return _given_out([*own, *shared], [*first, *own, *rest], keys)


def _as_known(keys: Bindings, action: Action) -> Action:
    """Return an action of the review with the keys that the annotator knows it by as well."""
    return action._replace(keys=(*action.keys, *keys.keys.get(action.name, ())))


def overrule_bindings(keys: Bindings) -> Bindings:
    """Return the keys that hold while the reviewer says something: those of the label page.

    >>> from labeling.scheme import load_scheme
    >>> from labeling.keys import bindings
    >>> found = overrule_bindings(bindings(load_scheme("basic-marks")))
    >>> found.action_of("1"), found.action_of("I"), found.action_of("Return")
    ('label:happiness', 'mark:onset', 'finish')
    """
    shared = [a for a in keys.actions if _verb(a) in LOOKING | SAYING | WINDOW]
    more = (*keys.keys.get("next", ()), *keys.keys.get("overrule", ()))
    finish = OVERRULING[0]._replace(keys=tuple(dict.fromkeys((*OVERRULING[0].keys, *more))))
    own = [finish, OVERRULING[1]]
    return _given_out([*own, *shared], [*shared, *own], keys)


def _verb(action: Action) -> str:
    return action.name.partition(":")[0]


def _given_out(shown: list[Action], order: list[Action], keys: Bindings) -> Bindings:
    """Return bindings of ``shown`` actions; the first in ``order`` take their keys first."""
    taken: set[str] = set()
    given: dict[str, tuple[str, ...]] = {}
    own = {action.name for action in (*CASES, *DECISIONS, *OVERRULING)}
    for action in order:
        wanted = action.keys if action.name in own else keys.keys[action.name]
        free = tuple(k for k in dict.fromkeys(wanted) if k not in taken)
        given[action.name] = free or tuple(k for k in action.keys if k not in taken)
        taken |= set(given[action.name])
    ordered = {action.name: given[action.name] for action in shown}
    return replace(keys, actions=tuple(shown), keys=MappingProxyType(ordered))


def perform(page: ReviewPage, action: str) -> str:
    """Do an action by its name; return the sentence for the status line."""
    verb, _, value = action.partition(":")
    if verb in REVIEW_DEEDS:
        return REVIEW_DEEDS[verb](page, value)
    return PAGE_DEEDS[verb](cast("LabelPage", page), value)  # it has the parts that these use


def _case(page: ReviewPage, step: str) -> str:
    return page.step_case(int(step))


def _queue(page: ReviewPage, step: str) -> str:
    return page.step_queue(int(step))


def _go(page: ReviewPage, _: str) -> str:
    return page.find_case()


def _accept(page: ReviewPage, number: str) -> str:
    return page.ask_accept(int(number) - 1 if number else None)


def _opinion(page: ReviewPage, step: str) -> str:
    return page.step_opinion(int(step))


def _overrule(page: ReviewPage, _: str) -> str:
    return page.begin_overrule()


def _send_back(page: ReviewPage, _: str) -> str:
    return page.ask_send_back()


def _reopen(page: ReviewPage, _: str) -> str:
    return page.ask_reopen()


def _history(page: ReviewPage, _: str) -> str:
    return page.show_history()


def _finish(page: ReviewPage, _: str) -> str:
    return page.ask_overrule()


def _cancel(page: ReviewPage, _: str) -> str:
    page.escape()
    return ""


REVIEW_DEEDS: dict[str, Deed] = {
    "case": _case,
    "queue": _queue,
    "go": _go,
    "accept": _accept,
    "opinion": _opinion,
    "overrule": _overrule,
    "send back": _send_back,
    "reopen": _reopen,
    "history": _history,
    "finish": _finish,
    "cancel": _cancel,
}
ONCE = {*REVIEW_DEEDS, "label", "unmark", "intensity", "side", "sure", "flag", "clear"} - {"case"}
"""Words of which a key that is held down does only one."""
