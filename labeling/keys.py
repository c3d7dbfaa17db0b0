"""Keys: which key does what, as the scheme and the annotator want it.

Reading order: ``ACTIONS`` (what can be done beside the scheme's own words), ``normal_key`` (one
spelling per key), ``bindings`` (who gets which key), ``Bindings`` (to look up, show and change).

Keys are given out in this order, and always the same way:

1. What the scheme says: ``scheme.keys``, then the ``key`` of a label or flag.
2. The defaults below, where the key is still free. A default that the scheme's own keys have
   displaced keeps its second key if it has one; otherwise it gets a free letter, one of its own
   word where possible.
3. Flags without a key: a free letter, one of their name where possible.
4. Labels without a key: the digits 1 to 9 and 0, then free letters, Shift and a letter, Alt and a
   letter. Where even these do not suffice, ``find`` chooses a label by typing its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from sttm.errors import InputError, unknown_name

from .scheme import SIDES, Scheme

DIGITS = "1234567890"
LETTERS = "QWERTYUIOPASDFGHJKLZXCVBNM"
MODIFIERS = ("Meta", "Ctrl", "Alt", "Shift")  # in the order of Qt's portable texts
_MODIFIERS = {"cmd": "Ctrl", "control": "Ctrl", "option": "Alt", "num": ""} | {
    name.casefold(): name for name in MODIFIERS
}
NAMED_KEYS = (
    *("Space", "Return", "Backspace", "Tab", "Esc", "Ins", "Del", "Home", "End", "PgUp", "PgDown"),
    *("Left", "Right", "Up", "Down", *(f"F{i}" for i in range(1, 13))),
)
_NAMED = {
    "enter": "Return",
    "escape": "Esc",
    "insert": "Ins",
    "delete": "Del",
    "pageup": "PgUp",
    "pagedown": "PgDown",
    "plus": "+",
    "minus": "-",
    "comma": ",",
} | {name.casefold(): name for name in NAMED_KEYS}


class Action(NamedTuple):
    """Something that a key can do: its word, its heading, what it does, its default keys."""

    name: str
    group: str
    what: str
    keys: tuple[str, ...] = ()


def _group(name: str, *rows: tuple[str, str, str]) -> tuple[Action, ...]:
    return tuple(Action(word, name, what, tuple(keys.split())) for word, what, keys in rows)


ACTIONS = (
    *_group(
        "What you say",
        ("find", "find a label by typing", "/"),
        ("comment", "write a comment", "C"),
        ("interval:drop", "take the active label and its marks away", "Del"),
        ("clear", "take back all that you said of this clip", "Shift+Del"),
        ("undo", "undo", "Ctrl+Z"),
        ("redo", "redo", "Ctrl+Y Ctrl+Shift+Z"),
    ),
    *_group(
        "Clips",
        ("next", "next clip", "Return N"),
        ("previous", "previous clip", "Backspace P"),
        ("jump:unlabelled", "to the first clip that is not done", "U"),
        ("jump:disputed", "to a clip sent back or disputed", "Shift+U"),
        ("jump:suspect", "to the most doubtful clip", "Ctrl+U"),
        ("go", "to a clip by its number", "Ctrl+G"),
    ),
    *_group(
        "Frames",
        ("play", "play or pause", "Space"),
        ("frame:+1", "one frame on", "Right"),
        ("frame:-1", "one frame back", "Left"),
        ("frame:+10", "ten frames on", "Shift+Right"),
        ("frame:-10", "ten frames back", "Shift+Left"),
        ("frame:first", "first frame of the clip", "Home"),
        ("frame:last", "last frame of the clip", "End"),
        ("loop", "loop the interval", "L"),
        ("speed:+", "faster", "+ ] ="),
        ("speed:-", "slower", "- ["),
        ("speed:1", "speed as recorded", "Shift+Space"),
    ),
    *_group(
        "Picture",
        ("difference", "what changed since the onset", "D"),
        ("zoom", "fit, face or actual size", "Z"),
        ("brightness:+", "brighter", "Shift+Up"),
        ("brightness:-", "darker", "Shift+Down"),
        ("contrast:+", "more contrast", "Ctrl+Up"),
        ("contrast:-", "less contrast", "Ctrl+Down"),
        ("picture", "brightness and contrast as recorded", "Ctrl+B"),
    ),
    *_group(
        "Review",
        ("review", "open or leave the review", "Ctrl+R"),
        ("accept", "accept an opinion", "F5"),
        ("overrule", "overrule with your own opinion", "F6"),
        ("send back", "send the clip back", "F7"),
        ("reopen", "reopen a decided clip", "F8"),
    ),
    *_group(
        "Window",
        ("legend", "all keys", "? F1"),
        ("keys", "change the keys", "Ctrl+K"),
        ("guidance", "guidance of the scheme", "G"),
        ("open", "open something else", "Ctrl+Shift+O"),
        ("theme", "light or dark", "Ctrl+T"),
        ("fullscreen", "whole screen", "F11"),
        ("quit", "close the window", "Ctrl+Q"),
    ),
)
_MARK_LETTERS = {"onset": "I", "apex": "A", "offset": "O"}
_SIDE_KEYS = dict(zip(SIDES, (",", "."), strict=True))


def normal_key(text: str) -> str:
    """Return a key's one spelling, such as ``Ctrl+Shift+Z``.

    Shift counts with letters and named keys only: what it does to other keys is in the character
    already, and which one that is depends on the keyboard.

    Examples
    --------
    >>> normal_key("shift+ctrl+z"), normal_key("Shift+?"), normal_key("ctrl++")
    ('Ctrl+Shift+Z', '?', 'Ctrl++')

    Raises
    ------
    InputError
        When it is no key.
    """
    text = "Space" if text == " " else text.strip()
    head, base = (text[:-1], "+") if text.endswith("+") else _split_last(text)
    held = set()
    for name in filter(None, (part.strip().casefold() for part in head.split("+"))):
        if name not in _MODIFIERS:
            raise InputError(unknown_name("key", name, MODIFIERS))
        held.add(_MODIFIERS[name])
    folded = base.strip().casefold()
    if folded == "backtab":
        base, folded = "Tab", "tab"
        held.add("Shift")
    if folded in _NAMED:
        base = _NAMED[folded]
    elif len(base) == 1 and base.isprintable():
        base = base.upper() if len(base.upper()) == 1 else base
    else:
        known = ["A", "1", *NAMED_KEYS]
        raise InputError(unknown_name("key", text, known))
    if len(base) == 1 and not base.isalpha():
        held.discard("Shift")
    return "+".join([*(name for name in MODIFIERS if name in held), base])


def _split_last(text: str) -> tuple[str, str]:
    head, _, base = text.rpartition("+")
    return head, base


@dataclass(frozen=True)
class Bindings:
    """Which key does what. Frozen: a change is a new one.

    Attributes
    ----------
    actions : tuple of Action
        All that there is, in the order of the legend.
    keys : mapping
        Action -> its keys, the first of them the one to show.
    changed : mapping
        Action -> key, as changed with ``with_key``, oldest first; for ``bindings(scheme, own=)``.
    """

    actions: tuple[Action, ...]
    keys: Mapping[str, tuple[str, ...]]
    changed: Mapping[str, str] = field(default_factory=dict)

    def key_of(self, action: str) -> str:
        """Return the key of an action, "" where it has none.

        Raises
        ------
        InputError
            For an unknown action.
        """
        self._check(action)
        return next(iter(self.keys[action]), "")

    def action_of(self, key: str) -> str:
        """Return what a key does, "" for nothing; whatever the spelling of the key."""
        try:
            key = normal_key(key)
        except InputError:
            return ""
        return self._by_key.get(key, "")

    def legend(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return every action as (key, what it does) under its heading; "" for no key."""
        found: dict[str, list[tuple[str, str]]] = {}
        for action in self.actions:
            key = " or ".join(self.keys[action.name])
            found.setdefault(action.group, []).append((key, action.what))
        return list(found.items())

    def with_key(self, action: str, key: str) -> Bindings:
        """Return bindings in which ``key``, and no other, does ``action``; "" takes keys away.

        Raises
        ------
        InputError
            For an unknown action, no key, or a key that does something else.
        """
        self._check(action)
        key = normal_key(key) if key.strip() or key == " " else ""
        other = self._by_key.get(key, action)
        if other != action:
            raise InputError(
                f"{key} already does {other!r}; give that another key first, or choose another."
            )
        before = {name: old for name, old in self.changed.items() if name != action}
        return replace(
            self,
            keys=MappingProxyType({**self.keys, action: (key,) if key else ()}),
            changed=MappingProxyType({**before, action: key}),
        )

    @property
    def _by_key(self) -> dict[str, str]:
        return {key: action for action, keys in self.keys.items() for key in keys}

    def _check(self, action: str) -> None:
        _check_action(action, [known.name for known in self.actions])


def bindings(scheme: Scheme, own: Mapping[str, str] | None = None) -> Bindings:
    """Return the keys of a scheme.

    Parameters
    ----------
    scheme : Scheme
    own : mapping, optional
        What the annotator changed (``Bindings.changed``). Changes that no longer fit, since the
        scheme has changed too, are passed over.

    Examples
    --------
    >>> from labeling.scheme import load_scheme
    >>> keys = bindings(load_scheme("basic-marks"))
    >>> keys.key_of("mark:onset"), keys.action_of("1"), keys.action_of("ctrl+z")
    ('I', 'label:happiness', 'undo')

    Raises
    ------
    InputError
        When ``scheme.keys`` names an unknown action or no key, or two things have one key.
    """
    actions = (*_scheme_actions(scheme), *ACTIONS)
    given = _given(scheme, [action.name for action in actions])
    keys = _shared_out(actions, given)
    ordered = {action.name: keys[action.name] for action in actions}
    return _with_own(Bindings(actions, MappingProxyType(ordered)), own or {})


def _with_own(found: Bindings, own: Mapping[str, str]) -> Bindings:
    """Return bindings with an annotator's changes; all give their keys up first: some swap."""
    wanted = {a: _key_or_none(k) for a, k in own.items() if a in found.keys}
    keys = {action: () if action in wanted else old for action, old in found.keys.items()}
    taken = {key for old in keys.values() for key in old}
    changed: dict[str, str] = {}
    for action, key in wanted.items():
        if key is not None and key not in taken:
            changed[action], keys[action] = key, (key,) if key else ()
            taken.update(keys[action])
    for action in wanted:
        if action not in changed:
            keys[action] = tuple(key for key in found.keys[action] if key not in taken)
            taken.update(keys[action])
            if keys[action] != found.keys[action]:  # another change has taken one
                keys[action] = keys[action][:1]
                changed[action] = next(iter(keys[action]), "")
    return replace(found, keys=MappingProxyType(keys), changed=MappingProxyType(changed))


def _key_or_none(text: object) -> str | None:
    """Return a kept key's one spelling, "" for none, and None for what is no key."""
    try:
        return normal_key(str(text)) if str(text).strip() else ""
    except InputError:
        return None


def _scheme_actions(scheme: Scheme) -> Iterator[Action]:
    """Yield what can be said under this scheme, with its default keys."""
    for rule in scheme.labels:
        yield Action(f"label:{rule.name}", rule.group or "Labels", rule.name)
    for mark in scheme.marks:
        letter = _MARK_LETTERS[mark]
        yield Action(f"mark:{mark}", "Marks", f"{mark} at this frame", (letter,))
        yield Action(f"unmark:{mark}", "Marks", f"take the {mark} away", (f"Shift+{letter}",))
        yield Action(f"to:{mark}", "Marks", f"go to the {mark}", (f"Ctrl+{letter}",))
    if scheme.several:
        yield Action("interval:+1", "Marks", "next label of this clip", ("Down",))
        yield Action("interval:-1", "Marks", "label before", ("Up",))
    yield from _levels("intensity", "Intensity", scheme.intensity, "Alt+")
    if scheme.sides:
        for side in SIDES:
            yield Action(f"side:{side}", "Side", f"on the {side} only", (_SIDE_KEYS[side],))
    yield from _levels("sure", "How sure", scheme.sure, "Ctrl+")
    for flag in scheme.flags:
        yield Action(f"flag:{flag.name}", "Flags", flag.name)


def _levels(word: str, group: str, names: list[str], modifier: str) -> Iterator[Action]:
    for level, name in enumerate(names, start=1):
        keys = (f"{modifier}{level % 10}",) if level <= 10 else ()
        yield Action(f"{word}:{level}", group, name, keys)


def _given(scheme: Scheme, known: list[str]) -> dict[str, str]:
    """Return action -> key as the scheme says; "" where it takes a key away."""
    wanted = {f"label:{rule.name}": rule.key for rule in scheme.labels if rule.key.strip()}
    wanted |= {f"flag:{flag.name}": flag.key for flag in scheme.flags if flag.key.strip()}
    wanted |= scheme.keys
    given: dict[str, str] = {}
    taken: dict[str, str] = {}
    for action, text in wanted.items():
        _check_action(action, known)
        try:
            key = normal_key(text) if text.strip() or text == " " else ""
        except InputError as error:
            raise InputError(f"the key of {action!r} must be one on a keyboard: {error}") from None
        if key and key in taken:
            raise InputError(
                f"{taken[key]!r} and {action!r} have the same key {key} in the scheme; "
                "give one of them another."
            )
        given[action] = key
        taken[key] = action
    return given


def _shared_out(actions: tuple[Action, ...], given: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the keys of every action; see the module's docstring."""
    keys: dict[str, tuple[str, ...]] = {
        action: (key,) if key else () for action, key in given.items()
    }
    taken = {key for key in given.values() if key}
    left = [action for action in actions if action.name not in given]
    for action in left:
        if action.keys:
            keys[action.name] = tuple(key for key in action.keys if key not in taken)
    taken |= {key for found in keys.values() for key in found}
    displaced = [action for action in left if action.keys and not keys[action.name]]
    flags = [action for action in left if action.name.startswith("flag:")]
    labels = [action for action in left if action.name.startswith("label:")]
    for action in [*displaced, *flags]:
        keys[action.name] = _take(_letters_of(action), taken)
    for action in labels:
        keys[action.name] = _take((*DIGITS, *_all_letters()), taken)
    return {action.name: keys.get(action.name, ()) for action in actions}


def _take(wanted: Iterable[str], taken: set[str]) -> tuple[str, ...]:
    for key in wanted:
        if key not in taken:
            taken.add(key)
            return (key,)
    return ()


def _letters_of(action: Action) -> Iterator[str]:
    word = action.name.partition(":")[2] or action.name
    yield from (letter for letter in word.upper() if letter in LETTERS)
    yield from _all_letters()


def _all_letters() -> Iterator[str]:
    for modifier in ("", "Shift+", "Alt+"):
        yield from (modifier + letter for letter in LETTERS)


def _check_action(action: str, known: list[str]) -> None:
    if action in known:
        return
    labels = action.startswith("label:")  # a scheme may have hundreds of them
    near = [name for name in known if name.startswith("label:") == labels]
    raise InputError(unknown_name("action", action, near))
