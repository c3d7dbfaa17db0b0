"""Keys in the window: their names, the legend, and changing them."""

from __future__ import annotations

from dataclasses import replace

import gui_support  # noqa: F401
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from window_material import EVERYTHING, Desk, desk, press

from labeling.gui.remap import swapped
from labeling.gui.window_actions import window_bindings, with_own
from labeling.keys import normal_key
from labeling.scheme import load_scheme, parse_scheme
from sttm.gui.buttons import shown_key
from sttm.gui.keystrokes import key_name
from sttm.gui.legend import Legend

__all__ = ["desk"]
NO = Qt.KeyboardModifier.NoModifier
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PAD = Qt.KeyboardModifier.KeypadModifier


@pytest.mark.parametrize(
    ("key", "held", "name"),
    [
        (Qt.Key.Key_I, NO, "I"),
        (Qt.Key.Key_I, SHIFT, "Shift+I"),
        (Qt.Key.Key_Z, CTRL | SHIFT, "Ctrl+Shift+Z"),
        (Qt.Key.Key_Question, SHIFT, "?"),
        (Qt.Key.Key_1, PAD, "1"),
        (Qt.Key.Key_Enter, PAD, "Return"),
        (Qt.Key.Key_Plus, CTRL, "Ctrl++"),
        (Qt.Key.Key_Left, SHIFT, "Shift+Left"),
        (Qt.Key.Key_Backtab, SHIFT, "Shift+Tab"),
        (Qt.Key.Key_Space, NO, "Space"),
        (Qt.Key.Key_Escape, NO, "Esc"),
        (Qt.Key.Key_Shift, SHIFT, ""),
        (Qt.Key.Key_AltGr, NO, ""),
        (Qt.Key.Key_Odiaeresis, NO, "Ö"),
    ],
)
def test_keys_are_called_as_the_bindings_call_them(
    key: Qt.Key, held: Qt.KeyboardModifier, name: str
) -> None:
    found = key_name(QKeyEvent(QEvent.Type.KeyPress, key, held))
    assert found == name
    assert not name or normal_key(found) == name


def rows_of(legend: Legend) -> list[tuple[str, str]]:
    """The caps and the texts beside them."""
    assert all(cap.isVisible() and text.isVisible() for cap, text in legend.rows)
    return [(cap.key, text.text()) for cap, text in legend.rows]


def test_the_legend_lists_what_works(desk: Desk) -> None:
    window = desk.window(EVERYTHING)
    press(window, "?")
    desk.qtbot.wait(50)
    rows = rows_of(window.legend)
    texts = dict(rows)
    for action in window.keys.actions:
        keys = window.keys.keys[action.name]
        if keys:
            assert texts[keys[0]].startswith(action.what), action.name
            assert window.keys.action_of(keys[0]) == action.name
        for other in keys[1:]:
            assert shown_key(other) in texts[keys[0]]
    assert len(rows) == sum(1 for keys in window.keys.keys.values() if keys)
    press(window, "1")  # no key reaches the page behind
    assert desk.said() == []
    press(window, "?")
    assert not window.legend.isVisible() and window.focusWidget() is window.page.player
    press(window, "F1")
    assert window.legend.isVisible()
    press(window, "Esc")
    assert not window.legend.isVisible()


def test_a_new_key_works_at_once_is_shown_and_kept(desk: Desk) -> None:
    window = desk.window()
    press(window, "Ctrl+K")
    window.remap.choose("label:anger")
    desk.press(window, "Return", "W")
    assert "saved" in window.remap.told.text()
    press(window, "Esc")
    assert window.page.panel.labels.rows["anger"].key == "W"
    desk.press(window, "2")
    assert desk.said() == []
    desk.press(window, "W")
    assert desk.said("c00")[0].statement.labels == ("anger",)
    press(window, "?")
    assert ("W", "anger") in rows_of(window.legend)
    window.close()
    window = desk.window()
    assert window.keys.key_of("label:anger") == "W"
    other = desk.window(name="bob")
    assert other.keys.key_of("label:anger") == "2"


def test_a_key_that_is_taken_is_told_and_swapped_on_request(desk: Desk) -> None:
    window = desk.window()
    press(window, "Ctrl+K")
    window.remap.choose("label:joy")
    desk.press(window, "Return", "A")
    assert "already means" in window.remap.told.text()
    assert "apex at this frame" in window.remap.told.text()
    assert window.keys.key_of("label:joy") == "1"
    press(window, "Esc")  # leaves it as it is
    assert window.remap.isVisible() and window.keys.key_of("label:joy") == "1"
    desk.press(window, "Return", "A", "A")
    assert window.keys.key_of("label:joy") == "A" and window.keys.key_of("mark:apex") == "1"
    window.close()
    window = desk.window()
    assert window.keys.key_of("label:joy") == "A" and window.keys.key_of("mark:apex") == "1"
    press(window, "Ctrl+K")
    window.remap.choose("label:joy")
    press(window, "Del")
    assert window.keys.key_of("label:joy") == "1" and window.keys.key_of("mark:apex") == "A"


def test_swapping_leaves_nothing_without_a_key() -> None:
    keys = window_bindings(parse_scheme(EVERYTHING))
    names = [action.name for action in keys.actions if keys.key_of(action.name)]
    for one in names[::7]:
        for other in names[::5]:
            if one == other:
                continue
            found = swapped(keys, one, keys.key_of(other))
            assert found.key_of(one) == keys.key_of(other)
            assert found.key_of(other) == keys.key_of(one)
            again = with_own(keys, found.changed)
            assert {n: again.key_of(n) for n in names} == {n: found.key_of(n) for n in names}


@pytest.mark.parametrize("name", ["basic", "facs", "free"])
def test_keys_of_the_window_take_none_from_the_scheme(name: str) -> None:
    scheme = load_scheme(name)
    taken = replace_keys(scheme, {"play": "Ctrl++"})
    keys = window_bindings(taken)
    assert keys.action_of("Ctrl++") == "play"
    assert keys.action_of("Ctrl+=") == "text:+"


def replace_keys(scheme: object, keys: dict[str, str]) -> object:
    return scheme.model_copy(update={"keys": keys})  # type: ignore[attr-defined]


@pytest.mark.parametrize("own", [{"nonsense": "A"}, {"play": "no key at all"}, {"play": 7}, {}])
def test_changed_keys_that_make_no_sense_are_passed_over(own: dict[str, str]) -> None:
    keys = window_bindings(load_scheme("basic"), own)
    assert keys.action_of("Space") == "play"
    assert replace(keys) == keys
