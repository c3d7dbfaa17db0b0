"""Codes, mutes, and words that look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling import CODES, Finding, Verification, terminal_lines, worst_level
from labeling.scheme import Muted
from labeling.verification.codes import LEVELS
from labeling.verification.duplicates import joined
from labeling.verification.findings import Item, case, of_clips, told, words_of
from labeling.verification.structure import labels_alike, one_slip
from labeling.verification.subjects import pairs_alike

NAMES = st.sampled_from([f"c{i}" for i in range(6)])


def said(items) -> str:
    return f"{len(items)}: {words_of(items)}."


def test_codes_are_complete_and_plain():
    for code, rule in CODES.items():
        assert len(code) == 3 and code[0].isalpha() and code[1:].isdigit()
        assert rule.level in LEVELS and rule.title and rule.advice.endswith(".")


@given(st.lists(NAMES, unique=True), st.lists(st.lists(NAMES, unique=True), max_size=3))
def test_mutes_divide_what_was_found_and_lose_nothing(clips, mutes):
    muted = [Muted(code="C01", clips=m, reason=f"reason {i}") for i, m in enumerate(mutes)]
    found = told(case("C01", of_clips(clips), said), muted, thorough=True)
    kept = [f for f in found if f.code == "C01"]
    assert sorted(c for f in kept for c in f.clips) == sorted(clips)
    open_ones = {c for f in kept if not f.muted for c in f.clips}
    reached = {c for c in clips if any(not m or c in m for m in mutes)}
    assert open_ones == set(clips) - reached
    for finding in kept:
        assert finding.sentence.startswith(f"{len(finding.clips)}: ")
    used = {f.muted for f in kept if f.muted}
    assert len(used) + sum(f.code == "M01" for f in found) == len(muted)


def test_a_mute_names_annotators_where_the_finding_does():
    cases = case("A03", [Item(("a", "b"), "carl", "carl"), Item(("b",), "dora", "dora")], said)
    found = told(cases, [Muted(code="A03", clips=["carl"], reason="in training")], thorough=True)
    assert [(f.muted, f.clips) for f in found] == [("", ("b",)), ("in training", ("a", "b"))]


def test_mutes_of_checks_that_were_not_made_are_no_finding():
    mute = Muted(code="D02", reason="known copies")
    assert told([], [mute], thorough=False) == []
    assert [f.code for f in told([], [mute], thorough=True)] == ["M01"]


def test_a_mute_with_a_wrong_code_offers_the_right_one():
    found = told([], [Muted(code="CO1", reason="typing mistake")], thorough=False)
    assert [f.code for f in found] == ["M01"]
    assert "'C01'" in found[0].sentence


def test_worst_findings_come_first_and_muted_ones_do_not_count():
    cases = [*case("V02", of_clips("a"), said), *case("F01", of_clips("b"), said)]
    found = Verification(told(cases, [Muted(code="F01", reason="on another disk")], thorough=True))
    assert [f.code for f in found.findings] == ["F01", "V02"]
    assert worst_level(found) == "note"
    assert worst_level(Verification([])) == ""


def test_terminal_lines_are_narrow_and_cannot_be_abused():
    hostile = "a\x1b[2J\x07\u202eb\nc" + "x" * 300
    lines = terminal_lines(Verification([Finding("C01", "warning", hostile, (hostile,))]))
    text = "\n".join(lines)
    assert max(map(len, lines)) <= 100
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
    assert "a?[2J??b?c" in text


# names --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S01", "s1"),
        ("S 7", "s07"),
        ("Anna-K", "anna k"),
        ("anderson", "andersen"),
        ("peterson 3", "petreson 03"),
        ("ÄNNE", "änne"),
    ],
)
def test_one_person_under_two_names(one, other):
    assert pairs_alike([one, other]) == [(one, other)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("S01", "S02"),
        ("S1", "S11"),
        ("1-2", "12"),
        ("anna", "hanna"),
        ("maria", "mario"),
        ("Person A", "Person B"),
        ("subject1a", "subject1b"),
        ("S01 anderson", "S02 andersen"),
    ],
)
def test_two_people(one, other):
    assert pairs_alike([one, other]) == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Happy", "happy", True),
        ("not visible", "not-visible", True),
        ("suprise", "surprise", True),
        ("AU1", "AU2", False),
        ("AU1", "AU12", False),
        ("fear", "tear", False),
        ("positive", "negative", False),
        ("???", "!!!", False),
    ],
)
def test_labels_that_look_like_one_word(one, other, same):
    assert labels_alike(one, other) is labels_alike(other, one) is same


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_one_slip_is_edit_distance_one_with_swaps(one, other):
    letters = "abc"
    near = {one[:i] + one[i + 1 :] for i in range(len(one))}
    near |= {one[:i] + c + one[i:] for i in range(len(one) + 1) for c in letters}
    near |= {one[:i] + c + one[i + 1 :] for i in range(len(one)) for c in letters}
    near |= {one[:i] + one[i + 1] + one[i] + one[i + 2 :] for i in range(len(one) - 1)}
    assert one_slip(one, other) == (other in near - {one})


@given(st.lists(st.lists(NAMES, min_size=1, unique=True).map(tuple), max_size=6))
def test_joined_groups_are_the_connected_parts(groups):
    found = joined(groups)
    members = [c for group in found for c in group]
    assert sorted(members) == sorted({c for group in groups for c in group})
    home = {c: i for i, group in enumerate(found) for c in group}
    assert all(len({home[c] for c in group}) == 1 for group in groups)
    linked = {frozenset((a, b)) for group in groups for a in group for b in group}
    for group in found:  # no split is possible without cutting a link
        reached, front = {group[0]}, [group[0]]
        while front:
            at = front.pop()
            new = {c for c in group if frozenset((at, c)) in linked} - reached
            reached |= new
            front += new
        assert reached == set(group)
