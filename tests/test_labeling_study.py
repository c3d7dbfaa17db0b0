"""The study: what it keeps, what it refuses, and that nothing is ever changed."""

from __future__ import annotations

import contextlib
import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_material import SCHEME, SEVERAL, clips_table, scheme, small_study

from labeling.scheme import load_scheme, parse_scheme
from labeling.statement import Interval, Statement
from labeling.study import Said, StudyChanged, create_study, open_study
from labeling.tables import check_opinions
from sttm.errors import InputError

HAPPY = Statement((Interval("happiness", 2, 5, 9, 1.0),), ("unsure",), 0.5, "so")


def test_what_is_said_is_read_back_after_a_restart(tmp_path):
    with small_study(tmp_path) as study:
        first = study.say("c01", "ann", HAPPY)
        path = study.path
    with open_study(path) as study:
        assert study.history() == [first]
        assert study.latest(clip="c01", annotator="ann")[0].statement == HAPPY
        assert study.annotators() == ["ann"]


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
intervals = st.builds(
    lambda label, marks, level, side: Interval(label, *sorted(marks), level, side),
    st.sampled_from(["AU1", "AU2", "AU12"]),
    st.lists(st.integers(0, 19), min_size=3, max_size=3),
    st.sampled_from([None, 1.0, 5.0]),
    st.sampled_from(["", "left", "right"]),
)
statements = st.builds(
    Statement,
    st.lists(intervals, max_size=4).map(tuple),
    st.sets(st.sampled_from(["unsure", "not visible", "talking"])).map(lambda s: tuple(sorted(s))),
    st.none() | st.floats(0, 1),
    texts,
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with small_study(tmp_path_factory.mktemp("shared"), text=SEVERAL) as study:
        yield study


@settings(max_examples=100, deadline=None)
@given(statement=statements)
def test_any_statement_comes_back(shared, statement):
    said = shared.say("c00", "ann", statement)
    back = [o for o in shared.history("c00", "ann") if o.id == said.id]
    assert back == [said]
    assert back[0].statement == statement


def test_the_newest_holds_and_the_history_stays(tmp_path):
    with small_study(tmp_path) as study:
        for label in ("happiness", "anger", "surprise"):
            study.say("c00", "ann", Statement((Interval(label),)))
        assert [o.statement.labels[0] for o in study.history()] == [
            *("happiness", "anger", "surprise")
        ]
        assert [o.statement.labels for o in study.latest()] == [("surprise",)]
        study.say("c00", "ann", Statement(), action="undo")
        assert study.latest() == []
        assert len(study.opinions(history=True)) == 4


def test_a_clock_that_is_set_back_changes_nothing(tmp_path):
    with small_study(tmp_path) as study:
        study.say("c00", "ann", Statement((Interval("happiness"),)), time="2030-01-01T00:00:00Z")
        study.say("c00", "ann", Statement((Interval("anger"),)), time="1990-01-01T00:00:00Z")
        assert study.latest()[0].statement.labels == ("anger",)


def test_the_opinions_table_is_what_the_tables_ask_for(tmp_path):
    with small_study(tmp_path, text=SEVERAL) as study:
        two = Statement((Interval("AU1", 1, 2, 3, 2.0, "left"), Interval("AU2")), comment="x")
        study.say("c00", "ann", two)
        study.say("c01", "ann", Statement(flags=("talking",)))
        table = study.opinions()
        assert check_opinions(table).equals(table)
        assert table["label"].tolist() == ["AU1", "AU2"]
        assert table["number"].tolist() == [0, 1] and table["opinion"].nunique() == 1
        assert table["onset"].tolist()[0] == 1 and pd.isna(table["onset"][1])


def test_hidden_repeats_are_apart(tmp_path):
    with small_study(tmp_path) as study:
        study.say("c00", "ann", Statement((Interval("happiness"),)))
        study.say("c00", "ann", Statement((Interval("anger"),)), turn=1)
        assert {(o.turn, o.statement.labels[0]) for o in study.latest()} == {
            *((0, "happiness"), (1, "anger"))
        }


def test_two_windows_on_one_study(tmp_path):
    with small_study(tmp_path) as one, open_study(one.path) as two:
        before = two.version()
        first = one.say("c00", "ann", HAPPY, base="")
        assert two.version() != before
        with pytest.raises(StudyChanged, match="another window"):
            two.say("c00", "ann", Statement((Interval("anger"),)), base="")
        two.say("c00", "ann", Statement((Interval("anger"),)), base=first.id)
        two.say("c00", "bo", Statement((Interval("anger"),)), base="")
        assert len(one.history()) == 3


@pytest.mark.parametrize(
    ("clip", "statement", "words"),
    [
        ("c99", HAPPY, "no clip 'c99'"),
        ("c00", Statement((Interval("joy"),)), "unknown label 'joy'"),
        ("c00", Statement((Interval("anger", offset=20),)), "from frame 0 to 19; it is 20"),
        ("c00", Statement((Interval("anger", 5, 4),)), "onset must not be after"),
        ("c00", Statement(flags=("asleep",)), "unknown flag"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(tmp_path, clip, statement, words):
    with small_study(tmp_path) as study:
        with pytest.raises(InputError, match=words):
            study.say(clip, "ann", statement)
        assert study.history() == [] and study.annotators() == []


def test_many_opinions_are_one_action(tmp_path):
    with small_study(tmp_path) as study:
        sayings = [("c00", "ann", HAPPY), ("c01", "ann", Statement((Interval("joy"),)))]
        with pytest.raises(InputError, match="joy"):
            study.say_many(sayings)
        assert study.history() == []
        assert [o.action for o in study.say_many(sayings[:1])] == ["import"]


# the schema itself ------------------------------------------------------------------------------

OPINION = "INSERT INTO opinions (id, clip, annotator, turn, step, action, time) VALUES "
RAW = [
    "UPDATE opinions SET comment = 'x'",
    "DELETE FROM opinions",
    "UPDATE intervals SET onset = 0",
    "DELETE FROM intervals",
    "DELETE FROM raised",
    "DELETE FROM clips",
    "UPDATE clips SET source = 'other'",
    "UPDATE clips SET frames = 3 WHERE clip = 'c00'",
    "UPDATE schemes SET text = ''",
    "UPDATE decisions SET verdict = 'accepted'",
    "DELETE FROM decisions",
    "INSERT INTO intervals (opinion, number, label) VALUES (1, 1, 'anger')",
    "INSERT INTO raised VALUES (1, 'talking')",
    "INSERT INTO intervals (opinion, number, label) VALUES (2, 0, 'joy')",
    "INSERT INTO intervals (opinion, number, label, onset, apex) VALUES (2, 0, 'anger', 3, 2)",
    "INSERT INTO intervals (opinion, number, label, onset, offset) VALUES (2, 0, 'anger', 3, 2)",
    "INSERT INTO intervals (opinion, number, label, apex, offset) VALUES (2, 0, 'anger', 3, 2)",
    "INSERT INTO intervals (opinion, number, label, onset) VALUES (2, 0, 'anger', -1)",
    "INSERT INTO intervals (opinion, number, label, offset) VALUES (2, 0, 'anger', 20)",
    "INSERT INTO intervals (opinion, number, label, onset) VALUES (2, 0, 'anger', 'soon')",
    "INSERT INTO intervals (opinion, number, label, side) VALUES (2, 0, 'anger', 'up')",
    OPINION + "('b', 'c77', 'ann', 0, 9, 'say', 'now')",
    OPINION + "('b', 'c00', 'nobody', 0, 9, 'say', 'now')",
    OPINION + "('b', 'c00', 'ann', 0, 9, 'shout', 'now')",
    OPINION + "('b', 'c00', 'ann', -1, 9, 'say', 'now')",
    "INSERT INTO decisions (id, clip, reviewer, step, verdict, reason, time) "
    "VALUES ('d', 'c00', 'ann', 1, 'accepted', 'x', 'now')",
    "INSERT INTO decisions (id, clip, reviewer, step, verdict, reason, time) "
    "VALUES ('d', 'c00', 'ann', 1, 'reopened', ' ', 'now')",
]


@pytest.mark.parametrize("statement", RAW)
def test_the_schema_itself_refuses(tmp_path, statement):
    with small_study(tmp_path) as study:
        said = study.say("c00", "ann", HAPPY)
        study.decide("c00", "rev", "accepted", "clear", said.id)
        study.say("c00", "bo", Statement(comment="bare"))
        path = study.path
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(sqlite3.Error):
            connection.execute(statement)


def test_the_schema_takes_what_can_be(tmp_path):
    """The twin of the test above: the same kinds of statement, possible ones."""
    with small_study(tmp_path) as study:
        study.say("c00", "bo", Statement(comment="bare"))
        path = study.path
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(
            "INSERT INTO intervals (opinion, number, label, onset, apex, offset, side) "
            "VALUES (1, 0, 'anger', 0, 0, 19, 'left')"
        )
        connection.execute("INSERT INTO raised VALUES (1, 'talking')")
        connection.execute("UPDATE clips SET frames = 20 WHERE clip = 'c00'")
        connection.execute(OPINION + "('b', 'c00', 'bo', 0, 9, 'say', 'now')")


# clips ------------------------------------------------------------------------------------------


def test_clips_are_added_once(tmp_path):
    with small_study(tmp_path, 3) as study:
        assert study.add_clips(clips_table(5)) == (2, 3)
        assert study.clips()["clip"].tolist() == ["c00", "c01", "c02", "c03", "c04"]


def test_sources_are_kept_relative_to_the_root(tmp_path):
    table = pd.DataFrame({"clip": ["a", "b"], "source": ["x.avi", str(tmp_path / "v" / "y.avi")]})
    with create_study(tmp_path / "s.sttm-study", "basic", root=tmp_path / "v") as study:
        study.add_clips(table)
        assert study.clips()["source"].tolist() == ["x.avi", "y.avi"]
        assert study.source_of("x.avi").resolve() == (tmp_path / "v" / "x.avi").resolve()
    moved = tmp_path / "elsewhere"
    (tmp_path / "v").mkdir()
    moved.mkdir()
    (tmp_path / "s.sttm-study").rename(moved / "s.sttm-study")
    with open_study(moved / "s.sttm-study", root=tmp_path / "v") as study:
        assert study.source_of("x.avi").resolve() == (tmp_path / "v" / "x.avi").resolve()
    with open_study(moved / "s.sttm-study") as study:  # it was remembered
        assert study.source_of("x.avi").resolve() == (tmp_path / "v" / "x.avi").resolve()


def test_facts_are_learnt_once(tmp_path):
    with create_study(tmp_path / "s.sttm-study", scheme()) as study:
        study.add_clips(clips_table(2, None).drop(columns="frames"))
        study.learn_clip("c00", frames=20, digest="abc", fps=25.0, width=4, height=3)
        study.learn_clip("c00", frames=20, digest="abc", fps=25.001)
        row = study.clips().iloc[0]
        assert (row["frames"], row["digest"], row["fps"], row["width"]) == (20, "abc", 25.0, 4)
        with pytest.raises(InputError, match="replaced or changed"):
            study.learn_clip("c00", digest="xyz")
        with pytest.raises(InputError, match="did you mean 'frames'"):
            study.learn_clip("c00", frame=3)
        study.say("c01", "ann", Statement((Interval("anger", offset=500),)))
        with pytest.raises(InputError, match="beyond the last frame"):
            study.learn_clip("c01", frames=20)


# schemes ----------------------------------------------------------------------------------------


def test_a_scheme_can_change_but_not_lose_what_is_used(tmp_path):
    with small_study(tmp_path) as study:
        said = study.say("c00", "ann", HAPPY)
        smaller = parse_scheme("{name: b, labels: [happiness, fear], flags: [{name: unsure}]}")
        study.set_scheme(smaller)
        assert study.scheme == smaller
        with pytest.raises(InputError, match="lacks 'happiness'"):
            study.set_scheme(parse_scheme("{name: c, labels: [fear]}"))
        with pytest.raises(InputError, match="unknown label 'anger'"):
            study.say("c00", "ann", Statement((Interval("anger"),)))
        assert study.history()[0] == said
        path = study.path
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM schemes").fetchone() == (2,)


def test_free_schemes_grow(tmp_path):
    with create_study(tmp_path / "s.sttm-study", "free") as study:
        study.add_clips(clips_table(1))
        study.add_label(" smirk ")
        study.add_label("smirk")
        study.say("c00", "ann", Statement((Interval("smirk"),)))
        assert study.scheme.label_names == ("smirk",)
    with small_study(tmp_path, name="t.sttm-study") as study, pytest.raises(InputError):
        study.add_label("smirk")


def test_another_process_adds_a_label(tmp_path):
    with create_study(tmp_path / "s.sttm-study", "free") as one, open_study(one.path) as two:
        one.add_clips(clips_table(1))
        two.add_label("smirk")
        one.say("c00", "ann", Statement((Interval("smirk"),)))
        one.add_label("frown")
        assert two.scheme.label_names == ("smirk", "frown")


# decisions, suspects, places --------------------------------------------------------------------


def test_decisions_stand_until_they_are_reopened(tmp_path):
    with small_study(tmp_path) as study:
        said = study.say("c00", "ann", HAPPY)
        study.decide("c00", "rev", "accepted", "clear", said.id)
        assert study.standing()["c00"].opinion == said.id
        sent = study.decide("c00", "rev", "sent back", "look at frame 5")
        assert study.standing() == {"c00": sent}
        own = study.overrule("c00", "rev", Statement((Interval("anger"),)), "brows")
        assert study.standing()["c00"].opinion == own.opinion
        assert study.latest("c00", "rev")[0].id == own.opinion
        study.decide("c00", "rev", "reopened", "new evidence")
        assert study.standing() == {}
        assert len(study.decisions("c00")) == 4


@pytest.mark.parametrize(
    ("verdict", "reason", "opinion", "words"),
    [
        ("accepted", " ", "", "needs a reason"),
        ("accepted", "x", "", "must name an opinion"),
        ("accepted", "x", "other", "must name an opinion"),
        ("sent back", "x", "other", "names no opinion"),
        ("acepted", "x", "", "did you mean 'accepted'"),
    ],
)
def test_decisions_that_cannot_be(tmp_path, verdict, reason, opinion, words):
    with small_study(tmp_path) as study:
        study.say("c01", "ann", HAPPY)
        other = study.history()[0].id if opinion else ""
        with pytest.raises(InputError, match=words):
            study.decide("c00", "rev", verdict, reason, other)
        assert study.decisions() == []


def test_overruling_is_both_or_neither(tmp_path):
    with small_study(tmp_path) as study:
        with pytest.raises(InputError, match="reason"):
            study.overrule("c00", "rev", HAPPY, "")
        assert study.history() == []


def test_suspects_and_places(tmp_path):
    table = pd.DataFrame(
        {
            "clip": ["c02", "gone", "c01"],
            "label": "anger",
            "predicted": "happiness",
            "probability": 0.9,
            "doubt": [0.4, 0.9, 0.8],
            "rank": [3, 1, 2],
        }
    )
    with small_study(tmp_path) as study:
        assert study.set_suspects(table, "run1") == 2
        assert study.suspects()["clip"].tolist() == ["c01", "c02"]
        assert study.set_suspects(table[:0], "run2") == 0
        study.keep_place("ann", {"clip": "c01", "frame": 3})
        study.keep_place("ann", {"clip": "c02", "frame": 4})
        assert study.place("ann") == {"clip": "c02", "frame": 4} and study.place("bo") == {}


def test_a_study_for_reading_only(tmp_path):
    with small_study(tmp_path) as study:
        study.say("c00", "ann", HAPPY)
        with open_study(study.path, read_only=True) as reading:
            assert len(reading.latest()) == 1
            with pytest.raises(InputError, match="reading only"):
                reading.say("c00", "ann", HAPPY)


@pytest.mark.parametrize("name", ["basic", "facs", "free"])
def test_ready_schemes_make_studies(tmp_path, name):
    with create_study(tmp_path / "s.sttm-study", name) as study:
        assert study.scheme == load_scheme(name)
        assert parse_scheme(SCHEME) != study.scheme


def test_labels_come_with_the_opinions_or_not_at_all(tmp_path):
    with create_study(tmp_path / "s.sttm-study", "free") as study:
        study.add_clips(clips_table(1))
        good = Said("c00", "ann", Statement((Interval("smirk"),)), 1, "import", "", "2020-01-01")
        bad = Said("c99", "ann", Statement())
        with pytest.raises(InputError, match="c99"):
            study.say_many([good, bad], labels=["smirk"])
        assert study.scheme.label_names == ()
        (said,) = study.say_many([good], labels=["smirk"])
        assert (said.turn, said.time, study.scheme.label_names) == (1, "2020-01-01", ("smirk",))
        with pytest.raises(InputError, match="ISO 8601"):
            study.say("c00", "ann", Statement(comment="x"), time="yesterday")


def just_before_writing(study, monkeypatch, act):
    """Let another window act between what ``study`` reads and what it writes."""
    writing = type(study)._writing

    def late(self):
        if self is study:
            monkeypatch.undo()
            act()
        return writing(self)

    monkeypatch.setattr(type(study), "_writing", late)


@pytest.mark.parametrize("how", ["add", "import"])
def test_two_windows_add_labels_at_once(tmp_path, monkeypatch, how):
    with create_study(tmp_path / "a.sttm-study", "free") as one, open_study(one.path) as two:
        one.add_clips(clips_table(1))
        assert two.scheme.label_names == ()
        just_before_writing(two, monkeypatch, lambda: one.add_label("one"))
        if how == "add":
            two.add_label("two")
        else:
            two.say_many([("c00", "ann", Statement((Interval("two"),)))], labels=["two"])
        assert two.scheme.label_names == one.scheme.label_names == ("one", "two")


def test_a_label_that_is_used_at_this_very_moment_stays(tmp_path, monkeypatch):
    with small_study(tmp_path) as one, open_study(one.path) as two:
        fewer = parse_scheme("{name: t, labels: [happiness, surprise]}")
        anger = Statement((Interval("anger"),))
        just_before_writing(two, monkeypatch, lambda: one.say("c00", "ann", anger))
        with pytest.raises(InputError, match="lacks 'anger'"):
            two.set_scheme(fewer)


def test_suspects_are_ranked_among_the_clips_that_are_here(tmp_path):
    table = pd.DataFrame({"clip": ["gone", "c01"], "label": "anger", "predicted": "surprise"})
    table = table.assign(probability=0.9, doubt=0.9, rank=[1, 2])
    with small_study(tmp_path) as study:
        assert study.set_suspects(table, "run") == 1
        assert study.suspects()[["clip", "rank"]].values.tolist() == [["c01", 1]]


def test_frames_from_arrays_and_tables_are_frames(tmp_path):
    row = pd.DataFrame({"onset": [3], "apex": pd.array([4], "Int64"), "offset": [9.0]}).iloc[0]
    with small_study(tmp_path) as study:
        study.say("c00", "ann", Statement((Interval("anger", *np.array([3, 4, 9])),)))
        study.say("c01", "ann", Statement((Interval("anger", *row),)))
        marks = [o.statement.intervals[0].marks for o in study.latest()]
    assert marks == [{"onset": 3, "apex": 4, "offset": 9}] * 2


@pytest.mark.parametrize("frame", ["3", 1.5, float("nan"), pd.NA, [3]])
def test_what_is_no_frame_is_refused_in_a_sentence(frame):
    with pytest.raises(InputError, match="apex must be a whole number"):
        Interval("anger", 1, frame)


@pytest.mark.parametrize("name", ["ann", "ANN", "Ａnn"])
def test_two_spellings_are_not_two_people(tmp_path, name):
    with small_study(tmp_path) as study:
        study.say("c00", "Ann", HAPPY)
        with pytest.raises(InputError, match="there is an annotator 'Ann' already"):
            study.say("c01", name, HAPPY)
        assert study.annotators() == ["Ann"] and len(study.history()) == 1
        study.say("c01", " Ann ", HAPPY)
