"""Agreement on when: overlap, errors of marks, frame-wise kappa, events."""

import numpy as np
import pandas as pd
import pytest
import reference_intervals as slow
from hypothesis import given, settings
from hypothesis import strategies as st
from study_material import SEVERAL, small_study

from labeling import framewise_kappa, interval_overlap, mark_errors, match_events, mean_overlap
from labeling.agreement.tallies import NONE, _fitted
from labeling.statement import Interval, Statement
from sttm.errors import InputError

PLENTY = settings(deadline=None, max_examples=15)
COLUMNS = ["clip", "annotator", "label", "onset", "apex", "offset"]
EVENT = st.tuples(
    st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 19), st.integers(0, 8)
)
EVENTS = st.lists(EVENT, max_size=5)


def opinions(first, second):
    """Return an opinions table of two lists of (clip, label, onset, length less 1)."""
    rows = [
        (clip, who, label, on, None, on + more)
        for who, events in (("ann", first), ("bob", second))
        for clip, label, on, more in events
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def of_clip(events, clip):
    return [(on, on + more) for c, _, on, more in events if c == clip]


PAIR = {"annotators": ("ann", "bob"), "clips": ["a", "b"]}


def both(first, second):
    """Return the table with both annotators in it, whatever they said."""
    table = opinions(first, second)
    extra = [("zz", who, "x", None, None, None) for who in ("ann", "bob")]
    return pd.concat([table, pd.DataFrame(extra, columns=COLUMNS)], ignore_index=True)


# overlap ----------------------------------------------------------------------------------------


@PLENTY
@given(EVENTS, EVENTS)
def test_overlap_is_that_of_sets_of_frames_and_the_best_pairing(first, second):
    table = both(first, second)
    found = interval_overlap(table, **PAIR)
    for clip in "ab":
        one, other = of_clip(first, clip), of_clip(second, clip)
        mine = found[found["clip"] == clip]
        assert mine["overlap"].sum() == pytest.approx(slow.best_pairing(one, other, 0.0))
        assert (mine["frames_first"] > 0).sum() == len(one)
        assert (mine["frames_second"] > 0).sum() == len(other)
    turned = interval_overlap(table, annotators=("bob", "ann"), clips=["a", "b"])
    assert turned["overlap"].sum() == pytest.approx(found["overlap"].sum())


def test_intervals_that_do_not_meet_are_a_pair_where_they_are_the_only_ones():
    found = interval_overlap(opinions([("a", "x", 0, 4)], [("a", "y", 10, 4)]))
    assert found[["label_first", "label_second", "overlap"]].values.tolist() == [["x", "y", 0.0]]


def test_mean_overlap_counts_intervals_without_partner_and_has_an_interval():
    first = [("a", "x", 0, 9), ("a", "x", 20, 4), ("b", "x", 0, 9)]
    second = [("a", "x", 0, 9), ("b", "x", 0, 4)]
    found = mean_overlap(opinions(first, second), replicates=200)
    assert found.value == pytest.approx((1 + 0 + 0.5) / 3)
    assert found.low <= found.value <= found.high
    assert (found.n, found.raters) == (2, 2)


def test_without_anything_to_compare_the_reason_is_given():
    found = mean_overlap(opinions([("a", "x", 0, 9)], [("b", "x", 0, 9)]))
    assert found.value is None and "no clip with intervals in common" in found.reason
    found = framewise_kappa(opinions([("a", "x", 0, 9)], [("b", "x", 0, 9)]))
    assert found.value is None and found.reason == "no clip has frames to compare"
    events = match_events(opinions([("a", "x", 0, 9)], [("b", "x", 0, 9)]))
    assert all(f.value is None and f.reason for f in (events.f1, events.recall, events.kappa_all))


# who is compared --------------------------------------------------------------------------------


def test_two_tables_or_two_names_give_the_same():
    table = opinions([("a", "x", 0, 9)], [("a", "x", 3, 9)])
    ann, bob = (table[table["annotator"] == who] for who in ("ann", "bob"))
    pd.testing.assert_frame_equal(interval_overlap(ann, bob), interval_overlap(table))


def test_who_is_meant_must_be_clear():
    table = opinions([("a", "x", 0, 9)], [("a", "x", 3, 9)])
    third = pd.concat([table, table.tail(1).assign(annotator="eve")])
    with pytest.raises(InputError, match="the table has 3"):
        interval_overlap(third)
    with pytest.raises(InputError, match="did you mean 'bob'"):
        interval_overlap(third, annotators=("ann", "bo"))
    with pytest.raises(InputError, match="two different names"):
        interval_overlap(third, annotators=("ann", "ann"))
    with pytest.raises(InputError, match="of one annotator"):
        interval_overlap(third, table)
    with pytest.raises(InputError, match="either two tables"):
        interval_overlap(table, table, annotators=("ann", "bob"))
    with pytest.raises(InputError, match="must not be after"):
        interval_overlap(table.assign(onset=99), annotators=("ann", "bob"))


# marks ------------------------------------------------------------------------------------------


def test_errors_of_marks_are_the_second_less_the_first_in_frames_and_milliseconds():
    rows = [
        ("a", "ann", "x", 10, 16, 20),
        ("a", "bob", "x", 14, 16, 18),
        ("b", "ann", "x", 5, None, 9),
        ("b", "bob", "y", 3, 7, 9),
        ("c", "ann", "x", 1, 2, 3),
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    found = mark_errors(table, fps={"a": 25.0, "b": 100.0}).set_index("mark")
    assert found["n"].tolist() == [2, 1, 2]
    assert found.loc["onset", ["mean", "median", "mean_absolute"]].tolist() == [1.0, 1.0, 3.0]
    assert found.loc["onset", ["mean_ms", "mean_absolute_ms"]].tolist() == [70.0, 90.0]
    assert found.loc["offset", "mean"] == -1.0
    same = mark_errors(table, same_label=True).set_index("mark")
    assert same.loc["onset", "mean"] == 4.0 and same["n_ms"].tolist() == [0, 0, 0]
    assert pd.isna(same.loc["onset", "mean_ms"])


def test_a_mark_that_nobody_set_is_missing_with_a_reason():
    table = opinions([("a", "x", 0, 9)], [("a", "x", 3, 9)])
    found = mark_errors(table, fps=50.0).set_index("mark")
    assert found.loc["apex", "n"] == 0 and pd.isna(found.loc["apex", "mean"])
    assert "no event has this mark" in found.loc["apex", "reason"]
    clips = pd.DataFrame({"clip": ["a"], "fps": [50.0]})
    pd.testing.assert_frame_equal(mark_errors(table, fps=clips), found.reset_index())
    with pytest.raises(InputError, match="'fps' must be"):
        mark_errors(table, fps=0.0)


@PLENTY
@given(EVENTS, EVENTS)
def test_errors_change_their_sign_with_the_order_of_the_two(first, second):
    first, second = ([e for e in events if e[0] == "a"][:1] for events in (first, second))
    table = both(first, second)
    one = mark_errors(table, annotators=("ann", "bob")).set_index("mark")
    other = mark_errors(table, annotators=("bob", "ann")).set_index("mark")
    assert one["n"].tolist() == other["n"].tolist()
    if first and second:
        assert one.loc["offset", "mean"] == -other.loc["offset", "mean"]
        assert one.loc["onset", "mean"] == second[0][2] - first[0][2]


# frames -----------------------------------------------------------------------------------------


@PLENTY
@given(EVENTS, EVENTS, st.integers(1, 5), st.integers(0, 3))
def test_framewise_kappa_is_that_of_lists_of_frames(first, second, step, start):
    first, second = ([(c, k, on + start, more) for c, k, on, more in e] for e in (first, second))
    clips = pd.DataFrame({"clip": ["a", "b"], "first": start, "last": 35})
    found = framewise_kappa(both(first, second), annotators=("ann", "bob"), clips=clips, step=step)
    pairs = []
    for clip in "ab":
        said = [
            slow.frames([(k, on, on + more) for c, k, on, more in e if c == clip], start, 35, step)
            for e in (first, second)
        ]
        pairs += zip(*said, strict=True)
    assert found.n == len(pairs)
    assert found.value == pytest.approx(slow.kappa(pairs))
    assert ("every frame" if step == 1 else f"one frame in {step}") in found.definition


def test_framewise_kappa_of_one_label_and_of_clips_without_length():
    table = opinions([("a", "x", 0, 4), ("a", "y", 10, 4)], [("a", "x", 0, 4)])
    clips = pd.DataFrame({"clip": ["a"], "frames": [20]})
    assert framewise_kappa(table, clips=clips, label="x").value == pytest.approx(1.0)
    found = framewise_kappa(table)
    assert found.n == 15 and "over the frames that either covers" in found.definition
    same = framewise_kappa(opinions([("a", "x", 0, 4)], [("a", "x", 0, 4)]))
    assert same.value is None and same.reason == "both always say the same"


def test_what_frames_cannot_be_is_refused():
    table = opinions([("a", "x", 0, 9)], [("a", "x", 3, 9)])
    for step in (0, 1.5, True):
        with pytest.raises(InputError, match="'step'"):
            framewise_kappa(table, step=step)
    with pytest.raises(InputError, match="how long each clip is"):
        framewise_kappa(table, clips=pd.DataFrame({"clip": ["a"]}))
    with pytest.raises(InputError, match="inside their clips"):
        framewise_kappa(table, clips=pd.DataFrame({"clip": ["a"], "frames": [5]}))


def test_the_interval_draws_clips_not_frames():
    rng = np.random.default_rng(0)
    first = [(f"c{i}", "x", int(rng.integers(0, 40)), 20) for i in range(12)]
    second = [(c, k, on + int(rng.integers(-8, 9)) + 10, 20) for c, k, on, _ in first]
    clips = pd.DataFrame({"clip": [f"c{i}" for i in range(12)], "frames": 100})
    found = framewise_kappa(opinions(first, second), clips=clips, replicates=500)
    assert found.high - found.low > 2 * 1.96 * 0.5 / np.sqrt(1200), "frames are not independent"


# events -----------------------------------------------------------------------------------------


@PLENTY
@given(EVENTS, EVENTS, st.sampled_from([0.1, 0.5, 1.0]))
def test_matching_is_one_to_one_and_the_best(first, second, threshold):
    found = match_events(both(first, second), threshold=threshold, **PAIR)
    best = sum(
        slow.best_pairing(of_clip(first, clip), of_clip(second, clip), threshold) for clip in "ab"
    )
    assert found.pairs["overlap"].sum() == pytest.approx(best)
    assert (found.pairs["overlap"] >= threshold - 1e-9).all()
    assert len(found.pairs) + len(found.only_first) == len(first)
    assert len(found.pairs) + len(found.only_second) == len(second)
    if first and second:
        assert found.recall.value == pytest.approx(len(found.pairs) / len(first))
        assert found.precision.value == pytest.approx(len(found.pairs) / len(second))
    pairs = list(zip(found.pairs["label_first"], found.pairs["label_second"], strict=True))
    assert found.kappa_matched.value == pytest.approx(slow.kappa(pairs))


def test_events_without_partner_lower_kappa_and_the_same_label_can_be_asked_for():
    first = [("a", "x", 0, 9), ("a", "y", 20, 9), ("b", "x", 0, 9), ("b", "y", 40, 5)]
    second = [("a", "x", 1, 9), ("a", "y", 21, 9), ("b", "y", 0, 9), ("b", "x", 60, 5)]
    found = match_events(opinions(first, second))
    assert len(found.pairs) == 3 and found.f1.value == 0.75
    assert 0 < found.kappa_all.value < found.kappa_matched.value
    strict = match_events(opinions(first, second), same_label=True)
    assert len(strict.pairs) == 2 and "with the same label" in strict.f1.definition
    for wrong in (0, 1.1, float("nan")):
        with pytest.raises(InputError, match="'threshold'"):
            match_events(opinions(first, second), threshold=wrong)


def test_expected_pairs_keep_the_sums_and_leave_the_impossible_cell_empty():
    """By hand: rows 3, 1 and columns 2, 2 leave 1 and 2 and 1, whatever else."""
    fitted = _fitted(np.array([[[1.0, 2.0], [1.0, 0.0]]]))[0]
    assert np.allclose(fitted, [[1, 2], [1, 0]])
    rng = np.random.default_rng(1)
    table = rng.integers(1, 9, (4, 5, 5)).astype(float)
    table[:, -1, -1] = 0
    fitted = _fitted(table)
    assert np.allclose(fitted.sum(axis=1), table.sum(axis=1))
    assert np.allclose(fitted.sum(axis=2), table.sum(axis=2))
    inner = fitted[:, :-1, :-1]
    assert np.allclose(inner[:, 0, 0] * inner[:, 1, 1], inner[:, 0, 1] * inner[:, 1, 0])


def test_no_partner_at_all_is_no_agreement_beyond_chance():
    found = match_events(opinions([("a", "x", 0, 9)], [("a", "x", 50, 9)]))
    assert found.kappa_all.value == 0.0 and found.f1.value == 0.0
    assert NONE not in set(found.pairs.get("label_first", []))


def test_too_many_events_are_refused():
    many = [("a", "x", i, 1) for i in range(5000)]
    with pytest.raises(InputError, match="too many events to compare"):
        match_events(opinions(many, many))


# a study ----------------------------------------------------------------------------------------


def test_works_on_the_opinions_of_a_study(tmp_path):
    with small_study(tmp_path, text=SEVERAL) as study:
        for who, shift in (("ann", 0), ("bob", 2)):
            for clip in ("c00", "c01"):
                said = (Interval("AU1", shift, 4, 8 + shift), Interval("AU12", 10, 12, 14 + shift))
                study.say(clip, who, Statement(said))
        table, clips = study.opinions(), study.clips()
    assert len(interval_overlap(table)) == 4
    errors = mark_errors(table, fps=clips).set_index("mark")
    assert errors.loc["onset", ["n", "mean", "mean_ms"]].tolist() == [4, 1.0, 40.0]
    assert framewise_kappa(table, clips=clips[:2], step=2).n == 20
    assert match_events(table).f1.value == 1.0
