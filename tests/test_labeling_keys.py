"""Keys: everything has one, nothing has two, and what the scheme says comes first."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.keys import ACTIONS, NAMED_KEYS, bindings, normal_key
from labeling.scheme import READY, Scheme, load_scheme
from sttm.errors import InputError


def scheme(*labels: str, **values) -> Scheme:
    rules = [dict(zip(("name", "key"), label.split("="), strict=False)) for label in labels]
    return Scheme(name="s", labels=rules or [{"name": "joy"}], **values)


FULL = {"marks": ["onset", "apex", "offset"], "intensity": list("ABCDE"), "sides": True}


@pytest.mark.parametrize("name", READY)
def test_ready_schemes_give_every_action_a_key_and_no_key_twice(name):
    found = bindings(load_scheme(name))
    keys = [key for keys in found.keys.values() for key in keys]
    assert len(set(keys)) == len(keys)
    assert all(found.keys.values())
    assert all(normal_key(key) == key for key in keys)
    assert all(found.action_of(key) == action for action, ks in found.keys.items() for key in ks)


def test_the_defaults_that_people_are_told():
    found = bindings(scheme(*"abc", several=True, **FULL))
    told = {
        **{"label:a": "1", "label:c": "3", "mark:onset": "I", "mark:apex": "A", "mark:offset": "O"},
        **{"unmark:apex": "Shift+A", "to:offset": "Ctrl+O", "play": "Space", "loop": "L"},
        **{"frame:+1": "Right", "frame:-10": "Shift+Left", "frame:first": "Home", "zoom": "Z"},
        **{"intensity:5": "Alt+5", "sure:2": "Ctrl+2", "next": "Return", "previous": "Backspace"},
        **{"undo": "Ctrl+Z", "redo": "Ctrl+Y", "jump:unlabelled": "U", "legend": "?"},
        **{"comment": "C", "difference": "D", "speed:+": "+", "speed:-": "-"},
    }
    assert {action: found.key_of(action) for action in told} == told
    for key, action in {
        "n": "next",
        "P": "previous",
        "Ctrl+Shift+Z": "redo",
        "]": "speed:+",
    }.items():
        assert found.action_of(key) == action


def test_the_eleventh_label_gets_a_letter():
    found = bindings(scheme(*(f"l{i}" for i in range(12))))
    assert [found.key_of(f"label:l{i}") for i in (0, 8, 9, 10, 11)] == ["1", "9", "0", "Q", "W"]


def test_five_hundred_labels_do_and_the_last_are_found_by_typing():
    found = bindings(scheme(*(f"l{i}" for i in range(500))))
    assert found.key_of("label:l499") == "" and found.key_of("find") == "/"
    assert sum(bool(found.key_of(f"label:l{i}")) for i in range(500)) > 50


def test_legend_is_complete():
    found = bindings(scheme("joy", "fear", several=True, **FULL))
    rows = [what for _, rows in found.legend() for _, what in rows]
    assert len(rows) == len(found.actions) == len(set(rows))
    assert {action.name for action in ACTIONS} <= {action.name for action in found.actions}
    groups = dict(found.legend())
    assert ("1", "joy") in groups["Labels"] and ("Return or N", "next clip") in groups["Clips"]


def test_only_what_the_scheme_asks_for_is_there():
    names = {action.name for action in bindings(scheme(sure=[], flags=[])).actions}
    assert not {
        name for name in names if name.split(":")[0] in ("mark", "intensity", "sure", "flag")
    }
    assert "interval:+1" not in names


# what the scheme says ---------------------------------------------------------------------------


def test_a_label_key_displaces_a_default_which_gets_another():
    found = bindings(scheme("joy=i", "fear=Return", **FULL))
    assert found.key_of("label:joy") == "I"
    assert found.key_of("mark:onset") == "S"  # ONSET: O and N are taken
    assert found.key_of("unmark:onset") == "Shift+I"
    assert found.key_of("next") == "N"  # its second key


def test_labels_without_a_key_step_round_given_ones():
    found = bindings(scheme("a=2", "b", "c", "d"))
    assert [found.key_of(f"label:{name}") for name in "abcd"] == ["2", "1", "3", "4"]


def test_scheme_keys_remap_any_action_and_can_take_a_key_away():
    told = {"play": "P", "label:joy": "ctrl+j", "theme": ""}
    found = bindings(scheme("joy=X", keys=told))
    assert (found.action_of("P"), found.action_of("Space")) == ("play", "")
    assert found.key_of("label:joy") == "Ctrl+J" and found.action_of("X") == ""
    assert found.key_of("previous") == "Backspace"
    assert found.key_of("theme") == "" and ("", "light or dark") in dict(found.legend())["Window"]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: scheme("joy=J", "fear=j"), "'label:joy' and 'label:fear' have the same key J"),
        (lambda: scheme("joy=J", keys={"play": "J"}), "'label:joy' and 'play' have the same key J"),
        (lambda: scheme(keys={"plai": "J"}), "unknown action 'plai': did you mean 'play'?"),
        (lambda: scheme(keys={"label:jo": "J"}), "did you mean 'label:joy'?"),
        (lambda: scheme(keys={"mark:apex": "J"}), "unknown action 'mark:apex'"),
        (lambda: scheme("joy=Spcae"), "the key of 'label:joy' must be one on a keyboard"),
        (lambda: scheme("joy=Crtl+J"), "did you mean 'Ctrl'?"),
    ],
)
def test_mistakes_in_keys_are_one_sentence(made, said):
    with pytest.raises(InputError) as error:
        bindings(made())
    assert said in str(error.value) and "\n" not in str(error.value)


# the annotator's own ----------------------------------------------------------------------------


def test_with_key_is_a_new_one_and_survives():
    told = scheme("joy", **FULL)
    first = bindings(told)
    moved = first.with_key("mark:onset", "j").with_key("play", "I")
    assert first.key_of("mark:onset") == "I"
    assert (moved.key_of("mark:onset"), moved.action_of("I")) == ("J", "play")
    assert moved.action_of("Space") == ""
    assert bindings(told, dict(moved.changed)) == moved
    assert bindings(told, first.with_key("next", "").changed).key_of("next") == ""


def test_swapped_keys_survive_whatever_the_order():
    told = scheme("joy", **FULL)
    first = bindings(told)
    swapped = first.with_key("loop", "").with_key("zoom", "L").with_key("loop", "Z")
    assert (swapped.action_of("Z"), swapped.action_of("L")) == ("loop", "zoom")
    for own in (dict(swapped.changed), dict(reversed(swapped.changed.items()))):
        assert bindings(told, own).keys == swapped.keys
    both = bindings(told, {"zoom": "J", "loop": "J"})  # the first has it
    assert (both.key_of("zoom"), both.key_of("loop")) == ("J", "L")


@given(
    st.dictionaries(
        st.sampled_from(["zoom", "loop", "play", "next", "mark:onset", "label:joy", "gone"]),
        st.sampled_from(["", "Z", "l", "Space", "N", "Return", "I", "1", "U", "J", "nonsense"]),
    )
)
def test_own_keys_never_give_a_key_to_two(own):
    found = bindings(scheme("joy", **FULL), own)
    keys = [key for keys in found.keys.values() for key in keys]
    assert len(set(keys)) == len(keys)
    assert bindings(scheme("joy", **FULL), found.changed) == found


def test_with_key_refuses_what_is_taken_unknown_or_no_key():
    found = bindings(scheme())
    for action, key, said in (
        ("play", "U", "U already does 'jump:unlabelled'"),
        ("plya", "J", "did you mean 'play'?"),
        ("play", "Hyper+J", "unknown key 'hyper'"),
        ("play", "Ctrl", "unknown key 'Ctrl'"),
    ):
        with pytest.raises(InputError, match=r".") as error:
            found.with_key(action, key)
        assert said in str(error.value)
    assert found.with_key("play", "Space").key_of("play") == "Space"
    with pytest.raises(InputError, match="unknown action 'nothing'"):
        found.key_of("nothing")


def test_own_keys_that_no_longer_fit_are_passed_over():
    own = {"label:gone": "J", "play": "I", "zoom": "Q", "next": "no key"}
    found = bindings(scheme("joy", **FULL), own)
    assert found.key_of("play") == "Space" and found.key_of("zoom") == "Q"
    assert dict(found.changed) == {"zoom": "Q"}


# spelling ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("i", "I"),
        (" ", "Space"),
        ("shift+CTRL+z", "Ctrl+Shift+Z"),
        ("Shift+1", "1"),
        ("Alt+Shift+1", "Alt+1"),
        ("Shift++", "+"),
        ("+", "+"),
        ("Ctrl+plus", "Ctrl++"),
        ("Num+1", "1"),
        ("Enter", "Return"),
        ("Shift+Backtab", "Shift+Tab"),
        ("shift+pagedown", "Shift+PgDown"),
        ("Cmd+Z", "Ctrl+Z"),
        ("ä", "Ä"),
        ("ß", "ß"),
    ],
)
def test_spelling_of_keys(text, normal):
    assert normal_key(text) == normal
    assert normal_key(normal) == normal


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_a_sentence(text):
    found = bindings(scheme())
    try:
        key = normal_key(text)
    except InputError:
        assert found.action_of(text) == ""
    else:
        assert normal_key(key) == key


@given(
    st.lists(st.sampled_from(["", "I", "1", "Space", "Ctrl+Z", "Q", "Return", "N"]), max_size=40),
    st.lists(st.sampled_from(["", "S", "T", "2"]), max_size=6),
)
def test_no_key_does_two_things_whatever_the_scheme_says(label_keys, flag_keys):
    given_keys = [key for key in (*label_keys, *flag_keys) if key]
    told = Scheme(
        name="s",
        labels=[{"name": f"l{i}", "key": key} for i, key in enumerate(label_keys)]
        or [{"name": "x"}],
        flags=[{"name": f"f{i}", "key": key} for i, key in enumerate(flag_keys)],
        **FULL,
    )
    if max(Counter(given_keys).values(), default=0) > 1:
        with pytest.raises(InputError, match="have the same key"):
            bindings(told)
        return
    found = bindings(told)
    keys = [key for keys in found.keys.values() for key in keys]
    assert len(set(keys)) == len(keys)
    assert all(found.keys.values())  # up to 40 labels, each action keeps or gets a key
    for i, key in enumerate(label_keys):
        assert not key or found.key_of(f"label:l{i}") == key


def test_named_keys_are_spelled_as_they_are_kept():
    assert all(normal_key(name.lower()) == name for name in NAMED_KEYS)
