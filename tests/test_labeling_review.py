"""The review: most disagreement first, a reason for every decision, no hint too early."""

from __future__ import annotations

import math
from itertools import permutations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from study_material import SCHEME, SEVERAL, scheme, small_study

from labeling.disagreement import disagreement, mark_spread, voices
from labeling.review import QUEUES, Hint, Review
from labeling.session import Session
from labeling.statement import Interval, Statement
from labeling.study import open_study
from labeling.study.records import Decision, Opinion
from sttm.errors import InputError

LABELS = ("happiness", "surprise", "anger")


def said(*labels: str, flags: tuple[str, ...] = (), **marks) -> Statement:
    return Statement(tuple(Interval(label, **marks) for label in labels), flags)


@pytest.fixture
def study(tmp_path):
    with small_study(tmp_path) as opened:
        yield opened


def vote(study, clip: str, *labels: str, **marks) -> list[Opinion]:
    """Let ann, bo and cy say one label each."""
    names = zip(("ann", "bo", "cy"), labels, strict=False)
    return [study.say(clip, name, said(label, **marks)) for name, label in names]


def clips(cases) -> list[str]:
    return [case.clip for case in cases]


# disagreement -----------------------------------------------------------------------------------


def test_disagreement_of_small_tables():
    one = scheme()

    def of(*labels: str) -> float:
        return disagreement(one, [said(label) for label in labels])

    assert of() == of("anger") == of("anger", "anger") == 0.0
    assert of("anger", "surprise") == of("anger", "surprise", "happiness") == 1.0
    # H(2/3, 1/3) / log 3, in bits: 0.918296 / 1.584963
    assert of("anger", "anger", "surprise") == pytest.approx(0.918296 / 1.584963, abs=1e-6)
    assert of("anger", "anger", "surprise", "surprise") == pytest.approx(0.5)


def test_disagreement_where_several_labels_are_possible():
    several = scheme(SEVERAL)
    first, second, third = said("AU1", "AU2"), said("AU1", "AU12"), said("AU1", "AU2")
    assert disagreement(several, [first, second]) == pytest.approx(1 - 1 / 3)
    assert disagreement(several, [first, second, third]) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert disagreement(several, [first, said("AU2", "AU1")]) == 0.0  # the order does not matter


def test_not_visible_is_an_answer_and_a_comment_is_none():
    one = scheme()
    blind = said(flags=("not visible",))
    assert voices(one, [blind, said(flags=("unsure",)), Statement(comment="?")]) == [frozenset()]
    assert disagreement(one, [blind, said("anger")]) == 1.0
    assert disagreement(one, [said("anger"), Statement(comment="?")]) == 0.0


@given(st.lists(st.lists(st.sampled_from(LABELS), max_size=3), max_size=4), st.booleans())
def test_disagreement_is_from_nought_to_one_whoever_comes_first(answers, several):
    told = scheme(SCHEME + "several: true\n" if several else SCHEME)
    statements = [said(*(labels if several else labels[:1])) for labels in answers]
    values = {round(disagreement(told, list(order)), 9) for order in permutations(statements)}
    assert len(values) == 1 and 0.0 <= values.pop() <= 1.0
    sets = {frozenset(s.labels) for s in statements if s.intervals}
    assert (disagreement(told, statements) > 0) == (len(sets) > 1)


def test_spread_of_marks():
    first = said("anger", onset=3, offset=10)
    assert mark_spread([]) == mark_spread([first]) == 0.0
    assert mark_spread([first, said("anger", onset=7, offset=12)]) == 3.0  # of 4 and 2
    assert mark_spread([first, said("surprise", onset=9)]) == 0.0
    assert mark_spread([said("AU1", "AU1", onset=3), said("AU1", onset=9)]) == 0.0


# queues -----------------------------------------------------------------------------------------


def test_disagreement_comes_first_then_marks(study):
    vote(study, "c00", "anger", "anger", "anger")
    vote(study, "c01", "anger", "anger", "surprise")
    vote(study, "c02", "anger", "surprise", "happiness")
    for name, frame, label in (("ann", 2, "anger"), ("bo", 9, "anger"), ("cy", 2, "surprise")):
        study.say("c03", name, said(label, onset=frame))
    review = Review(study, "dee")
    assert clips(review.queue()) == ["c02", "c03", "c01"]
    assert clips(review.queue("undecided")) == ["c02", "c03", "c01", "c00"]
    assert clips(review.queue("all")) == ["c02", "c03", "c01", "c00", "c04", "c05"]
    assert review.queue("suspect") == review.queue("sent back") == []
    case = review.queue()[1]
    assert [o.annotator for o in case.opinions] == ["ann", "bo", "cy"] and case.spread == 7.0
    assert case == review.case("c03")


def test_hidden_repeats_do_not_count_as_disagreement(study):
    study.say("c00", "ann", said("anger"))
    study.say("c00", "ann", said("surprise"), turn=1)
    review = Review(study, "dee")
    assert review.queue() == [] and [o.turn for o in review.case("c00").opinions] == [0, 1]


def test_suspects_come_in_order_of_doubt(study):
    suspects(study)
    review = Review(study, "dee")
    assert [(case.clip, case.suspect) for case in review.queue("suspect")] == [
        ("c04", 1),
        ("c01", 2),
    ]
    review.overrule("c04", said("anger"), "it is")
    assert clips(review.queue("suspect")) == ["c01"]


def suspects(study) -> None:
    rows = [("c01", 2, 0.8), ("c04", 1, 0.9)]
    table = pd.DataFrame(rows, columns=["clip", "rank", "doubt"]).assign(
        label="anger", predicted="surprise", probability=0.95
    )
    study.set_suspects(table, "run")


@pytest.mark.parametrize("which", QUEUES)
def test_every_queue_is_empty_for_an_empty_study(tmp_path, which):
    with small_study(tmp_path, count=0) as empty:
        assert Review(empty, "dee").queue(which) == []


def test_unknown_queue_and_clip_are_sentences(study):
    review = Review(study, "dee")
    with pytest.raises(InputError, match="did you mean 'disputed'"):
        review.queue("dispute")
    acts = (
        lambda: review.case("x"),
        lambda: review.history("x"),
        lambda: review.accept("x", "", "why"),
        lambda: review.overrule("x", said("anger"), "why"),
        lambda: review.send_back("x", "why"),
        lambda: review.reopen("x", "why"),
    )
    for act in acts:
        with pytest.raises(InputError, match="the study has no clip 'x'"):
            act()
    assert review.hint("x") is None


# decisions --------------------------------------------------------------------------------------


def test_accept_ends_the_dispute_and_reopen_begins_it_again(study):
    opinions = vote(study, "c00", "anger", "surprise")
    review = Review(study, "dee")
    review.accept("c00", opinions[1].id, "  brows up ")
    assert review.queue() == [] and review.case("c00").decided
    assert study.standing()["c00"].opinion == opinions[1].id
    review.reopen("c00", "too hasty")
    assert clips(review.queue()) == ["c00"] and not review.case("c00").decided
    with pytest.raises(InputError, match="no decision that could be reopened"):
        review.reopen("c00", "again")
    rows = review.history("c00")
    kinds = [row.verdict if isinstance(row, Decision) else row.annotator for row in rows]
    assert kinds[:2] == ["ann", "bo"] and kinds[2:] == ["accepted", "reopened"]
    assert study.decisions("c00")[0].reason == "brows up"


def test_only_what_holds_now_can_be_accepted(study):
    old = study.say("c00", "ann", said("anger"))
    study.say("c00", "ann", said("surprise"))
    other = study.say("c01", "ann", said("anger"))
    review = Review(study, "dee")
    for gone in (old.id, other.id, "", "no such"):
        with pytest.raises(InputError, match="look again"):
            review.accept("c00", gone, "why")
    assert study.decisions() == []


def test_overrule_is_an_opinion_and_a_decision_or_neither(study):
    vote(study, "c00", "anger", "surprise")
    review = Review(study, "dee")
    decision = review.overrule("c00", said("happiness", onset=3), "corners up")
    (own,) = study.latest("c00", "dee")
    assert decision.opinion == own.id and own.statement == said("happiness", onset=3)
    assert review.queue() == [] and len(review.case("c00").opinions) == 3
    before = len(study.history())
    for bad, why in ((said("hapiness"), "typo"), (said("anger", onset=99), "late"), (said(), "x")):
        with pytest.raises(InputError):
            review.overrule("c01", bad, why)
    assert len(study.history()) == before and study.decisions("c01") == []


def test_a_clip_sent_back_waits_for_an_answer(study):
    vote(study, "c00", "anger", "surprise")
    vote(study, "c01", "anger", "surprise")
    review = Review(study, "dee")
    review.send_back("c00", "see the guidance")
    assert clips(review.queue()) == ["c01"]
    assert [(c.clip, c.answered) for c in review.queue("sent back")] == [("c00", False)]
    session = Session(study, "bo")
    session.jump("disputed")
    assert session.task.clip == "c00" and session.reason(session.task) == "see the guidance"
    study.say("c00", "bo", said("happiness"), time="1999-01-01T00:00:00+00:00")  # clock set back
    assert [(c.clip, c.answered) for c in review.queue("sent back")] == [("c00", True)]
    assert clips(review.queue()) == ["c00", "c01"]
    review.send_back("c01", "see the guidance")
    assert clips(review.queue("sent back")) == ["c00", "c01"]  # with an answer first
    with pytest.raises(InputError, match="nobody has labelled clip 'c05' yet"):
        review.send_back("c05", "why")


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_every_decision_needs_a_reason(study, reason):
    (opinion,) = vote(study, "c00", "anger")
    review = Review(study, "dee")
    acts = (
        lambda: review.accept("c00", opinion.id, reason),
        lambda: review.overrule("c00", said("anger"), reason),
        lambda: review.send_back("c00", reason),
        lambda: review.reopen("c00", reason),
    )
    for act in acts:
        with pytest.raises(InputError, match="give a reason"):
            act()
    assert study.decisions() == [] and len(study.history()) == 1


def test_the_queue_sees_what_others_do_meanwhile(study):
    opinions = vote(study, "c00", "anger", "surprise")
    review = Review(study, "dee")
    assert clips(review.queue()) == ["c00"]
    with open_study(study.path) as other:
        vote(other, "c01", "anger", "surprise")
    review.accept("c00", opinions[0].id, "clear")  # does not hide it
    assert clips(review.queue()) == ["c01"]
    review.overrule("c01", said("anger"), "clear")
    assert review.queue() == [] and clips(review.queue("all"))[:2] == ["c00", "c01"]
    review.reopen("c01", "not so clear")
    assert clips(review.queue()) == ["c01"]


# the model's opinion ----------------------------------------------------------------------------


def test_the_model_is_heard_only_after_the_reviewer(study):
    vote(study, "c01", "anger", "anger")
    suspects(study)
    review = Review(study, "dee")
    assert review.hint("c01") is None and review.hint("c00") is None
    assert "surprise" not in str(review.queue("suspect"))  # the case does not tell either
    study.say("c01", "dee", Statement(comment="hm"))
    assert review.hint("c01") is None  # a comment is no answer
    study.say("c01", "dee", said("anger"))
    assert review.hint("c01") == Hint("surprise", "anger", 0.95, 0.8)
    assert Review(study, "eve").hint("c01") is None
    assert Review(study, "ann").hint("c01") is not None


def test_a_decision_is_an_answer_too(study):
    opinions = vote(study, "c04", "anger")
    suspects(study)
    review = Review(study, "dee")
    review.send_back("c04", "look again")
    assert review.hint("c04") is None
    review.accept("c04", opinions[0].id, "clear")
    assert math.isclose(review.hint("c04").probability, 0.95)
    review.overrule("c00", said("anger"), "clear")
    assert review.hint("c00") is None  # no suspect


def test_a_study_that_may_only_be_read_can_be_reviewed_but_not_decided(study):
    (opinion,) = vote(study, "c00", "anger")
    with open_study(study.path, read_only=True) as reading:
        review = Review(reading, "dee")
        assert clips(review.queue("undecided")) == ["c00"]
        with pytest.raises(InputError, match="for reading only"):
            review.accept("c00", opinion.id, "why")
