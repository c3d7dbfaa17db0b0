"""Two copies of a study become one: nothing is lost, nothing is doubled, both agree."""

from __future__ import annotations

import shutil
import sqlite3
from itertools import permutations
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from study_material import clips_table, scheme, small_study

from labeling.scheme import parse_scheme
from labeling.statement import Interval, Statement
from labeling.study import create_study, merge_study, open_study
from sttm.errors import InputError


def said(label: str, frame: int | None = None) -> Statement:
    return Statement((Interval(label, frame),))


@pytest.fixture
def copies(tmp_path):
    with small_study(tmp_path, name="a.sttm-study") as study:
        study.say("c00", "lead", said("happiness"))
        path = study.path
    shutil.copyfile(path, tmp_path / "b.sttm-study")
    with open_study(path) as one, open_study(tmp_path / "b.sttm-study") as two:
        yield one, two


def content(study):
    return {(o.id, o.clip, o.annotator, o.turn, o.statement, o.step) for o in study.history()}


def holding(study):
    return {(o.clip, o.annotator, o.turn): o.id for o in study.latest()}


def test_two_people_two_files(copies):
    one, two = copies
    one.say("c01", "ann", said("anger"))
    two.say("c01", "bo", said("surprise"))
    two.decide("c01", "bo", "sent back", "look again")
    merged = merge_study(one, two.path)
    assert (merged.added, merged.known, merged.decisions, merged.conflicts) == (1, 1, 1, [])
    assert {o.annotator for o in one.latest("c01")} == {"ann", "bo"}
    arrived = [o for o in one.history() if o.arrived]
    assert [o.arrived for o in arrived] == ["b.sttm-study"]


def test_a_second_time_changes_nothing(copies):
    one, two = copies
    two.say("c01", "bo", said("surprise"))
    merge_study(one, two.path)
    before = content(one), len(one.decisions()), one.clips().to_csv()
    merged = merge_study(one, two.path)
    assert (merged.added, merged.clips, merged.decisions, merged.conflicts) == (0, 0, 0, [])
    assert (content(one), len(one.decisions()), one.clips().to_csv()) == before


def test_one_person_in_both_files(copies):
    one, two = copies
    one.say("c02", "ann", said("anger"), time="2031-01-01T00:00:00Z")
    two.say("c02", "ann", said("surprise"), time="2030-01-01T00:00:00Z")
    two.say("c03", "ann", said("anger"))
    one.say("c03", "ann", said("anger"))
    merged = merge_study(one, two.path)
    assert len(merged.conflicts) == 1
    assert "ann spoke of clip 'c02' in both files" in merged.conflicts[0]
    merge_study(two, one.path)
    assert content(one) == content(two)
    assert holding(one) == holding(two)


acts = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["c00", "c01"]),
        st.sampled_from(["ann", "bo"]),
        st.sampled_from(["happiness", "surprise", "anger"]),
        st.sampled_from(["say", "merge"]),
        st.integers(0, 3),
    ),
    max_size=10,
)


@settings(max_examples=25, deadline=None)
@given(acts=acts)
def test_whatever_happens_in_whatever_order_both_files_agree_in_the_end(tmp_path_factory, acts):
    folder = tmp_path_factory.mktemp("many")
    with small_study(folder, 2, name="a.sttm-study") as study:
        path = study.path
    shutil.copyfile(path, folder / "b.sttm-study")
    with open_study(path) as one, open_study(folder / "b.sttm-study") as two:
        for where, clip, person, label, act, clock in acts:
            mine, other = (one, two) if where == "a" else (two, one)
            if act == "merge":
                merge_study(mine, other.path)
            else:
                mine.say(clip, person, said(label), time=f"200{clock}-01-01T00:00:00Z")
        total = content(one) | content(two)
        merge_study(one, two.path)
        merge_study(two, one.path)
        assert content(one) == content(two) == total
        assert holding(one) == holding(two)
        assert merge_study(one, two.path).added == 0


def test_clips_are_matched_by_content_and_never_by_name_alone(copies):
    one, two = copies
    one.learn_clip("c01", digest="same")
    two.learn_clip("c01", digest="other")
    two.say("c01", "bo", said("anger"))
    two.learn_clip("c02", digest="d2", width=5)
    two.say("c02", "bo", said("anger"))
    merged = merge_study(one, two.path)
    assert merged.added == 1
    assert "clip 'c01' is another file" in merged.conflicts[0]
    assert one.clips().set_index("clip").loc["c02", ["digest", "width"]].tolist() == ["d2", 5]


def test_a_renamed_clip_is_known_by_its_content(tmp_path):
    with small_study(tmp_path, 1, name="a.sttm-study") as one:
        one.learn_clip("c00", digest="abc")
        with create_study(tmp_path / "b.sttm-study", scheme()) as two:
            table = clips_table(1).assign(clip="renamed", digest="abc")
            two.add_clips(table)
            two.say("renamed", "bo", said("anger"))
            merged = merge_study(one, two.path)
    assert merged.added == 1 and merged.clips == 0
    assert any("made separately" in c for c in merged.conflicts)
    assert any("same content as 'c00'" in c for c in merged.conflicts)


def test_new_clips_come_along_and_their_sources_still_lead_there(tmp_path):
    (tmp_path / "x").mkdir()
    with small_study(tmp_path, 1, name="a.sttm-study") as one:
        with create_study(tmp_path / "x" / "b.sttm-study", scheme()) as two:
            two.add_clips(clips_table(2))
            two.say("c01", "bo", said("anger"))
            merged = merge_study(one, two.path)
        assert merged.clips == 1
        source = one.clips().set_index("clip").loc["c01", "source"]
        assert one.source_of(source).resolve() == (tmp_path / "x" / "c01.npy").resolve()


def test_labels_that_this_scheme_lacks(copies):
    one, two = copies
    larger = parse_scheme("{name: b, labels: [happiness, surprise, anger, fear], marks: [onset]}")
    two.set_scheme(larger)
    two.say("c01", "bo", said("fear"))
    first = two.say("c02", "bo", said("anger"))
    two.decide("c02", "bo", "accepted", "sure", first.id)
    merged = merge_study(one, two.path)
    assert merged.added == 1 and merged.decisions == 1
    assert "lacks 'fear'" in merged.conflicts[0] and "c01" in merged.conflicts[0]
    one.set_scheme(larger)
    assert merge_study(one, two.path).added == 1
    assert content(one) == content(two)


def test_free_schemes_take_labels_over(tmp_path):
    for name in "ab":
        with create_study(tmp_path / f"{name}.sttm-study", "free") as study:
            study.add_clips(clips_table(1))
            study.add_label(f"word {name}")
            study.say("c00", name, said(f"word {name}"))
    with open_study(tmp_path / "a.sttm-study") as one:
        assert merge_study(one, tmp_path / "b.sttm-study").added == 1
        assert one.scheme.label_names == ("word a", "word b")


def test_marks_beyond_our_clip_are_told(copies):
    one, two = copies
    with create_study(two.path.with_name("c.sttm-study"), two.scheme) as three:
        three.add_clips(clips_table(1, 500))
        three.say("c00", "bo", said("anger", 400))
        merged = merge_study(one, three.path)
    assert merged.added == 0
    assert any("marks must lie in the clip" in c for c in merged.conflicts)


def test_what_cannot_be_merged(copies, tmp_path):
    one, _ = copies
    before = content(one)
    with pytest.raises(InputError, match="into itself"):
        merge_study(one, one.path)
    stray = tmp_path / "stray.sttm-study"
    stray.write_bytes(b"no study")
    for bad in (stray, tmp_path / "missing.sttm-study", tmp_path):
        with pytest.raises(InputError):
            merge_study(one, Path(bad))
    assert content(one) == before


def pair(folder, text="basic", **clips):
    """Return two studies that were made separately, with a clip each; ``clips`` is the second's."""
    first = pd.DataFrame({"clip": ["x"], "source": ["v.avi"], "first": 0, "last": 50})
    for name in "ab":
        create_study(folder / f"{name}.sttm-study", text).close()
    one, two = (open_study(folder / f"{name}.sttm-study") for name in "ab")
    one.add_clips(first.assign(digest="D"))
    two.add_clips(first.assign(**{"digest": "D", **clips}))
    return one, two


def test_two_parts_of_one_recording_are_two_clips(tmp_path):
    one, two = pair(tmp_path, clip="y", last=100)
    two.say("y", "bo", said("anger"))
    merged = merge_study(one, two.path)
    assert (merged.added, merged.clips) == (1, 1)
    assert not any("same content" in c for c in merged.conflicts)


def test_one_name_for_two_parts_of_a_recording_is_a_conflict(tmp_path):
    one, two = pair(tmp_path, first=60, last=100)
    two.say("x", "bo", said("anger"))
    merged = merge_study(one, two.path)
    assert merged.added == 0 and one.latest() == []
    assert any("clip 'x' is another part of its file" in c for c in merged.conflicts)


def test_a_twin_that_is_beside_our_clip_there_stays_a_clip_of_its_own(copies):
    """Doubled files happen; what is said of one must not replace what is said of the other."""
    one, two = copies
    one.learn_clip("c01", digest="D")
    two.learn_clip("c01", digest="D")
    two.add_clips(pd.DataFrame({"clip": ["twin"], "source": ["t.npy"], "digest": ["D"]}))
    two.say("c01", "bo", said("happiness"))
    two.say("twin", "bo", said("anger"))
    assert merge_study(one, two.path).clips == 1
    merge_study(two, one.path)
    assert holding(one) == holding(two)
    assert one.latest("c01", "bo")[0].statement == said("happiness")


def test_doubled_clips_are_matched_one_to_one(tmp_path):
    one, two = pair(tmp_path, clip="p")
    for study, clip in ((one, "y"), (two, "q")):
        twin = {"clip": [clip], "source": ["w.avi"], "first": 0, "last": 50, "digest": "D"}
        study.add_clips(pd.DataFrame(twin))
        study.add_annotator("bo")
    two.say("p", "bo", said("happiness"))
    two.say("q", "bo", said("anger"))
    merge_study(one, two.path)
    assert {o.clip: o.statement.labels for o in one.latest()} == {
        "x": ("happiness",),
        "y": ("anger",),
    }


@pytest.mark.parametrize("order", list(permutations("bcd")))
def test_three_files_agree_in_whatever_order(tmp_path, order):
    with small_study(tmp_path, 2, name="a.sttm-study") as study:
        study.say("c00", "ann", said("happiness"), time="2030-01-01T00:00:00Z")
    studies = {}
    for n, name in enumerate("bcd"):
        path = tmp_path / f"{name}.sttm-study"
        shutil.copyfile(tmp_path / "a.sttm-study", path)
        studies[name] = study = open_study(path)
        for step in range(n + 1):
            study.say("c00", "ann", said("anger", step), time=f"20{30 - n}-01-01T00:00:00Z")
        own = study.say("c01", name, said("surprise", n), time="2030-01-01T00:00:00Z")
        study.decide("c01", "lead", "accepted", name, own.id)
    first, *rest = order
    for name in rest:
        merge_study(studies[first], studies[name].path)
    for name in rest:
        merge_study(studies[name], studies[first].path)
    held = [holding(s) for s in studies.values()]
    assert held[0] == held[1] == held[2]
    assert studies["b"].latest("c00", "ann")[0].statement == said("anger", 2)
    decided = {s.standing()["c01"].id for s in studies.values()}
    assert len(decided) == 1
    for study in studies.values():
        study.close()


def test_a_mistake_on_our_side_is_a_sentence_too(copies):
    one, two = copies
    locked = open_study(one.path, read_only=True)
    with locked, pytest.raises(InputError, match="reading only"):
        merge_study(locked, two.path)


def test_one_word_in_two_spellings(tmp_path):
    for name, word in (("a", "Lächeln"), ("b", "LÄCHELN")):
        with create_study(tmp_path / f"{name}.sttm-study", "free") as study:
            study.add_clips(clips_table(1))
            study.add_label(word)
            study.say("c00", name, said(word))
    with open_study(tmp_path / "a.sttm-study") as one:
        merged = merge_study(one, tmp_path / "b.sttm-study")
        assert merged.added == 1
        assert any("'LÄCHELN' is spelt 'Lächeln' here" in c for c in merged.conflicts)
        assert {o.statement.labels for o in one.latest()} == {("Lächeln",)}
        assert merge_study(one, tmp_path / "b.sttm-study").conflicts == merged.conflicts[:1]


def test_retired_labels_come_along_and_block_no_later_scheme(copies):
    one, two = copies
    two.say("c01", "bo", said("anger"))
    without = "{name: t, labels: [happiness, surprise], marks: [onset, apex, offset]"
    one.set_scheme(parse_scheme(without + "}"))
    merged = merge_study(one, two.path)
    assert merged.added == 1
    assert any("came with anger" in c for c in merged.conflicts)
    muted = parse_scheme(without + ", muted: [{code: C01, reason: not all}]}")
    one.set_scheme(muted)
    assert one.scheme == muted


def test_sources_lead_to_the_files_from_where_our_study_lies(tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours" / "post").mkdir(parents=True)
    with small_study(tmp_path / "ours", 1, name="a.sttm-study") as one:
        shutil.copyfile(one.path, tmp_path / "theirs" / "b.sttm-study")
        with open_study(tmp_path / "theirs" / "b.sttm-study") as two:
            new = pd.DataFrame({"clip": ["new", "later"], "source": ["new.npy", "later.npy"]})
            two.add_clips(new)
        (tmp_path / "ours" / "new.npy").touch()  # came with the study, which lies in 'post'
        sent = tmp_path / "ours" / "post" / "b.sttm-study"
        shutil.copyfile(tmp_path / "theirs" / "b.sttm-study", sent)
        merge_study(one, sent)
        assert one.clips()["source"].tolist() == ["c00.npy", "new.npy", "later.npy"]


def test_sources_of_an_older_file_are_where_it_lies_not_where_it_was_migrated(tmp_path):
    (tmp_path / "x").mkdir()
    with small_study(tmp_path, 1, name="a.sttm-study") as one:
        with small_study(tmp_path / "x", 2, name="b.sttm-study") as two:
            path = two.path
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE suspects")
            connection.execute("PRAGMA user_version = 1")
        connection.close()
        assert merge_study(one, path).clips == 1
        assert one.clips()["source"].tolist() == ["c00.npy", "x/c01.npy"]


def test_an_answer_is_an_answer_whatever_the_clocks_say(copies):
    one, two = copies
    for study in copies:
        study.say("c01", "ann", said("anger"))
    back = one.decide("c01", "rev", "sent back", "look again")
    (before,) = one.latest("c01", "ann")
    assert not back.precedes(before)
    merge_study(two, one.path)
    answer = two.say("c01", "ann", said("surprise"), time="1990-01-01T00:00:00Z")
    merge_study(one, two.path)
    for study in copies:
        (decision,) = study.decisions("c01")
        assert decision.heard == {"ann": 1} and decision.precedes(answer)
