"""Keys that only a window needs, beside those of the core: the size of its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from sttm.errors import InputError

from ..keys import Action, Bindings, bindings
from ..scheme import Scheme

EXTRA = (
    Action("text:+", "Window", "larger text", ("Ctrl++", "Ctrl+=")),
    Action("text:-", "Window", "smaller text", ("Ctrl+-",)),
    Action("text:0", "Window", "text as usual", ("Ctrl+0",)),
)


def window_bindings(scheme: Scheme, own: Mapping[str, str] | None = None) -> Bindings:
    """Return the keys of a scheme with those of the window, as the annotator changed them.

    A key that the scheme gives to something else stays there.

    Examples
    --------
    >>> from labeling.scheme import load_scheme
    >>> window_bindings(load_scheme("basic")).action_of("Ctrl++")
    'text:+'

    Raises
    ------
    InputError
        When the scheme's keys cannot be used.
    """
    plain = bindings(scheme)
    known = {action.name for action in plain.actions}
    extra = tuple(action for action in EXTRA if action.name not in known)
    free = {a.name: tuple(k for k in a.keys if not plain.action_of(k)) for a in extra}
    whole = replace(
        plain,
        actions=(*plain.actions, *extra),
        keys=MappingProxyType({**plain.keys, **free}),
    )
    return with_own(whole, own or {})


def with_own(found: Bindings, own: Mapping[str, str]) -> Bindings:
    """Return bindings with an annotator's changes; those that do not fit are passed over.

    Changes may swap keys, so all changed actions give up theirs first.
    """
    names = {action.name for action in found.actions}
    fitting = {a: k for a, k in own.items() if a in names and isinstance(k, str)}
    out = found
    for action in fitting:
        out = out.with_key(action, "")
    for action, key in fitting.items():
        try:
            out = out.with_key(action, key)
        except InputError:
            before = found.key_of(action)
            out = out.with_key(action, before if not out.action_of(before) else "")
    return out
