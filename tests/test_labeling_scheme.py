"""Schemes: the ready ones, what a person may write, what is refused and how."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.scheme import MARKS, READY, Scheme, check_label_name, load_scheme, parse_scheme
from labeling.statement import Interval, Statement
from sttm.errors import InputError
from sttm.mistakes import ConfigError


@pytest.mark.parametrize("name", READY)
def test_ready_schemes_survive_their_own_text(name):
    scheme = load_scheme(name)
    assert parse_scheme(scheme.to_yaml()) == scheme
    assert set(scheme.needed) <= set(scheme.marks)
    assert [m for m in MARKS if m in scheme.marks] == list(scheme.marks)


def test_the_ready_schemes_say_what_their_sets_say():
    assert load_scheme("basic").label_names == (
        *("happiness", "surprise", "sadness", "anger"),
        *("fear", "disgust", "contempt", "neutral"),
    )
    assert "apex" not in load_scheme("smic").marks
    assert set(load_scheme("casme2").label_names) >= {"repression", "others"}
    facs = load_scheme("facs")
    assert facs.several and facs.sides and facs.intensity == ["A", "B", "C", "D", "E"]
    assert {"AU1", "AU12", "AU45"} <= set(facs.label_names)


def test_labels_may_be_a_plain_list(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: smiles\nlabels: [smile, none]\nmarks: [apex]\n", encoding="utf-8")
    assert load_scheme(path).label_names == ("smile", "none")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{name: x}", "give at least one label"),
        ("{name: x, labels: [a, A]}", "'A' is there twice"),
        ("{name: x, lables: [a]}", "did you mean 'labels'"),
        ("{name: x, labels: [a], work: {order: randm}}", "did you mean 'random'"),
        ("{name: x, labels: [a], marks: [apx]}", "did you mean 'apex'"),
        ("{name: x, labels: [a], needed: [apex]}", "not among the marks"),
        ("{name: x, labels: [a], several: true, flags: [{name: f}, {name: f}]}", "there twice"),
        ("{name: x, labels: [a+b], several: true}", "must not hold '.'"),
        ("{name: x, labels: [a], flags: [{name: 'a|b'}]}", r"must not hold '\|'"),
        ("{name: x, labels: ['  ']}", "must not be blank"),
        ('{name: x, labels: ["a\\u0000"]}', "control characters|not plain text|special"),
        ("{name: x, labels: [{name: a, picture: ../../secret.png}]}", "below the scheme's folder"),
        ("{name: x, labels: [{name: a, picture: 'C:\\x.png'}]}", "below the scheme's folder"),
        ("{name: x, labels: [{name: a, colour: red}]}", "colour"),
        ("{name: x, labels: [a], work: {per_clip: 3, annotators: [p, q]}}", "per_clip is 3"),
        ("{name: x, labels: [a], muted: [{code: D02, reason: ''}]}", "reason"),
        ("name: !!python/object/apply:os.system [true]", "refused"),
        ("[1, 2]", "keys and values"),
        ("name: 'a", "line"),
        ("{name: x, labels: " + str([f"l{i}" for i in range(501)]) + "}", "at most 500"),
    ],
)
def test_mistakes_are_sentences(text, words):
    with pytest.raises(ConfigError, match=words):
        parse_scheme(text)


def test_a_ready_name_with_a_slip_is_guessed():
    with pytest.raises(ConfigError, match="did you mean 'basic'"):
        load_scheme("basc")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_text_is_a_scheme_or_a_sentence(text):
    try:
        assert isinstance(parse_scheme(text), Scheme)
    except ConfigError as error:
        assert str(error)


def test_a_label_can_be_added():
    scheme = load_scheme("free")
    assert scheme.with_label("smirk").with_label("smirk").label_names == ("smirk",)
    with pytest.raises(ConfigError, match="twice"):
        scheme.with_label("smirk").with_label("Smirk")
    with pytest.raises(ConfigError, match="blank"):
        check_label_name("  ")


SCHEME = parse_scheme(
    "{name: x, labels: [a, b], marks: [onset, apex, offset], intensity: [low, high]}"
)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (Statement((Interval("c"),)), "unknown label 'c'"),
        (Statement((Interval("a"), Interval("b"))), "one label per clip"),
        (Statement((Interval("a", onset=5, apex=4),)), "onset must not be after the apex"),
        (Statement((Interval("a", onset=5, offset=4),)), "onset must not be after the offset"),
        (Statement((Interval("a", apex=100),)), "from frame 2 to 99; it is 100"),
        (Statement((Interval("a", onset=1),)), "it is 1"),
        (Statement((Interval("a", intensity=3),)), "rank from 1 to 2"),
        (Statement((Interval("a", intensity=1.5),)), "rank from 1 to 2"),
        (Statement((Interval("a", side="left"),)), "unknown side"),
        (Statement(flags=("no",)), "unknown flag"),
        (Statement(flags=("unsure", "unsure")), "once"),
        (Statement(sure=1.1), "from 0 to 1"),
        (Statement(comment="x" * 10_001), "characters"),
    ],
)
def test_statements_that_cannot_be(statement, words):
    with pytest.raises(InputError, match=words):
        statement.check(SCHEME, 2, 99)


def test_a_statement_that_can_be():
    said = Statement((Interval("a", 2, 2, 99, 2),), ("unsure",), 0.5, "so")
    said.check(SCHEME, 2, 99)
    assert not said.empty and said.labels == ("a",)
    assert said.intervals[0].with_mark("apex", None).marks == {"onset": 2, "offset": 99}
