"""One annotator at a time: with themselves, over time, against the others."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
import reference_votes
from consensus_material import simulated
from hypothesis import given, settings
from hypothesis import strategies as st
from study_material import small_study

from labeling import bias, confusions, drift, intra_rater
from labeling.statement import Interval, Statement
from sttm.errors import InputError

PLENTY = settings(deadline=None, max_examples=60)
ROWS = st.lists(
    st.tuples(st.sampled_from("pqrst"), st.sampled_from("ABCD"), st.sampled_from("xyz")),
    min_size=1,
    max_size=40,
)


def table(rows, columns=("clip", "annotator", "label")):
    return pd.DataFrame(rows, columns=list(columns))


def unique(rows):
    """Return the rows with the last one per clip and annotator only."""
    return [(c, w, x) for (c, w), x in {(c, w): x for c, w, x in rows}.items()]


# with themselves --------------------------------------------------------------------------------


def test_intra_rater_compares_the_two_times_and_nothing_else():
    rows = []
    for i in range(40):
        label = "xy"[i % 2]
        rows += [(f"c{i}", "ann", label, 0), (f"c{i}", "bob", label, 0)]
        rows.append((f"c{i}", "ann", label if i >= 10 else "yx"[i % 2], 1))
    found = intra_rater(table(rows, ("clip", "annotator", "label", "turn")), replicates=200)
    ann, bob = (found.set_index("annotator").loc[w] for w in ("ann", "bob"))
    assert (ann["clips"], ann["same"], ann["agreement"]) == (40, 30, 0.75)
    assert ann["kappa"] == pytest.approx(0.5)
    assert ann["kappa_low"] < 0.5 < ann["kappa_high"]
    assert (ann["low"], ann["high"]) == pytest.approx((0.5981, 0.8581), abs=5e-4)
    assert bob["clips"] == 0 and pd.isna(bob["agreement"])
    assert bob["reason"] == "bob labelled no clip a second time"


def test_intra_rater_without_repeats_or_with_one_label_gives_reasons():
    found = intra_rater(table([("a", "p", "x"), ("a", "q", "x")]))
    assert (found["reason"] != "").all() and found["kappa"].isna().all()
    rows = [("a", "p", "x", 0), ("a", "p", "x", 1)]
    found = intra_rater(table(rows, ("clip", "annotator", "label", "turn")))
    assert found["agreement"].tolist() == [1.0]
    assert found["kappa"].isna().all() and (found["reason"] != "").all()


# over time --------------------------------------------------------------------------------------


def test_drift_finds_the_one_who_tires_and_leaves_the_others_alone():
    said, true = simulated([0.9, 0.9, 0.9], items=400)
    rng = np.random.default_rng(5)
    clips = list(true.index)
    tired = [
        true[c] if rng.random() < 0.95 - 0.6 * i / 400 else "shame" for i, c in enumerate(clips)
    ]
    steady = [true[c] if rng.random() < 0.8 else "calm" for c in clips]
    extra = [(c, "tired", x) for c, x in zip(clips, tired, strict=True)]
    extra += [(c, "steady", x) for c, x in zip(clips, steady, strict=True)]
    found = drift(pd.concat([said, table(extra)])).set_index("annotator")
    assert found.loc["tired", "high"] < -0.2
    assert found.loc["steady", "low"] < 0 < found.loc["steady", "high"]
    parts = found.loc["tired", [f"part {i}" for i in range(1, 5)]].astype(float)
    assert parts.is_monotonic_decreasing
    assert found.loc["tired", "agreement"] == pytest.approx(parts.mean())


def test_drift_goes_by_the_order_of_saying_not_by_the_clock():
    rows = [(str(c), w, "x" if c < 10 or w == "p" else "y", c) for c in range(20) for w in "pq"]
    said = table(rows, ("clip", "annotator", "label", "place"))
    said["opinion"] = [str(i) for i in range(len(said))]
    said["time"] = [f"2024-01-{28 - c:02d}T00:00:00+00:00" for c in said["place"]]
    found = drift(said, parts=2).set_index("annotator").loc["q"]
    assert (found["part 1"], found["part 2"]) == (1.0, 0.0)


def test_the_line_is_the_least_squares_one():
    rng = np.random.default_rng(3)
    rows = [(str(c), w, str(rng.choice(list("xy")))) for c in range(30) for w in "pqr"]
    found = drift(table(rows)).set_index("annotator")
    said = {(c, w): x for c, w, x in rows}
    for who in "pqr":
        others = [w for w in "pqr" if w != who]
        alike = [np.mean([said[str(c), who] == said[str(c), w] for w in others]) for c in range(30)]
        slope = np.polyfit(np.arange(30) / 29, alike, 1)[0]
        assert found.loc[who, "change"] == pytest.approx(slope)
        assert found.loc[who, "agreement"] == pytest.approx(np.mean(alike))


def test_few_clips_have_no_trend_and_nobody_elses_clips_no_agreement():
    found = drift(table([("a", "p", "x"), ("a", "q", "x"), ("b", "zoe", "x")])).set_index(
        "annotator"
    )
    assert found.loc["p", "agreement"] == 1.0 and pd.isna(found.loc["p", "change"])
    assert found.loc["p", "reason"] == "p shares 1 clips with others; a trend needs 10"
    assert found.loc["zoe", "clips"] == 0 and pd.isna(found.loc["zoe", "agreement"])
    for parts in (1, 2.5, True):
        with pytest.raises(InputError, match="'parts'"):
            drift(table([("a", "p", "x")]), parts=parts)


# against the others -----------------------------------------------------------------------------


@PLENTY
@given(ROWS)
def test_confusions_count_what_most_others_said(rows):
    rows = unique(rows)
    found = confusions(table(rows))
    others = reference_votes.others_majority(rows)
    counted = Counter((w, others[c, w], x) for c, w, x in rows if others[c, w] is not None)
    for who, matrix in found.items():
        for theirs in matrix.index:
            for own in matrix.columns:
                assert matrix.loc[theirs, own] == counted[who, theirs, own]
    assert sum(m.to_numpy().sum() for m in found.values()) == counted.total()


@PLENTY
@given(ROWS)
def test_bias_is_the_slow_difference_of_shares(rows):
    rows = unique(rows)
    found = bias(table(rows)).set_index(["annotator", "label"])
    for who, label in found.index:
        own, rest = [], []
        for clip, other, said in rows:
            votes = [x for c, w, x in rows if c == clip and w != who]
            if other == who and votes:
                own.append(said == label)
                rest.append(np.mean([x == label for x in votes]))
        row = found.loc[(who, label)]
        assert row["clips"] == len(own)
        if not own:
            assert pd.isna(row["difference"]) and row["reason"]
            continue
        assert row["share"] == pytest.approx(np.mean(own))
        assert row["others"] == pytest.approx(np.mean(rest))
        assert row["difference"] == pytest.approx(np.mean(own) - np.mean(rest))
    assert np.isclose(
        found["difference"].fillna(0).groupby("annotator").sum().astype(float), 0
    ).all()


def test_bias_finds_who_prefers_a_label_and_the_interval_is_students():
    said, _ = simulated([0.9, 0.9, 0.9], items=200, labels=3)
    fond = said[said["annotator"] == "a0"].assign(annotator="fond")
    fond.loc[fond.index[::4], "label"] = "joy"
    found = bias(pd.concat([said, fond])).set_index(["annotator", "label"])
    assert found.loc[("fond", "joy"), "low"] > 0.08
    assert found.loc[("fond", "fear"), "high"] < 0
    wide = pd.concat([said, fond]).pivot(index="clip", columns="annotator", values="label") == "joy"
    difference = wide["fond"] - wide.drop(columns="fond").mean(axis=1)
    error = difference.std() / np.sqrt(200)
    row = found.loc[("fond", "joy")]
    assert row["high"] - row["difference"] == pytest.approx(1.972 * error, rel=1e-3)


def test_labels_that_are_named_are_all_there_and_others_are_refused():
    said = table([("a", "p", "x"), ("a", "q", "x")])
    assert list(confusions(said, ["y", "x"])["p"].columns) == ["y", "x"]
    assert bias(said, ["y", "x"])["label"].tolist() == ["y", "x"] * 2
    for function in (confusions, bias):
        with pytest.raises(InputError, match="unknown label"):
            function(said, ["y"])


# the family -------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [intra_rater, drift, bias])
def test_other_names_of_annotators_change_nothing_else(function):
    said, _ = simulated([0.9, 0.7, 0.5], items=60, share=0.8)
    said["turn"] = 0
    again = said[::5].assign(turn=1)
    said = pd.concat([said, again])
    found = function(said)
    other = function(
        said.assign(annotator=said["annotator"].map({"a0": "z", "a1": "y", "a2": "x"}))
    )
    back = other.assign(annotator=other["annotator"].map({"z": "a0", "y": "a1", "x": "a2"}))
    keys = [c for c in ("annotator", "label") if c in back]
    back = back.sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(back, found.sort_values(keys).reset_index(drop=True))


@pytest.mark.parametrize("function", [intra_rater, drift, bias, confusions])
def test_no_opinions_and_wrong_tables(function):
    assert len(function(table([]))) == 0
    with pytest.raises(InputError, match="needs a column"):
        function(pd.DataFrame({"clip": ["a"], "label": ["x"]}))


@pytest.mark.parametrize("function", [intra_rater, drift, bias])
def test_nothing_is_not_a_number(function):
    found = function(table([("a", "p", "x"), ("b", "q", "y"), ("b", "p", "y")]))
    for column in found.select_dtypes("Float64"):
        assert not any(isinstance(v, float) and np.isnan(v) for v in found[column])
    gaps = found.isna().any(axis=1)
    assert (found.loc[gaps, "reason"] != "").all()


def test_works_on_the_opinions_of_a_study(tmp_path):
    with small_study(tmp_path, count=12) as study:
        for i, clip in enumerate(study.clips()["clip"]):
            for who in ("ann", "bob", "eve"):
                label = "anger" if who == "eve" and i > 6 else "happiness"
                study.say(clip, who, Statement((Interval(label),)))
        study.say("c00", "ann", Statement((Interval("anger"),)), turn=1)
        said = study.opinions()
    assert intra_rater(said).set_index("annotator").loc["ann", "same"] == 0
    assert drift(said, parts=2).set_index("annotator").loc["eve", "change"] < 0
    assert confusions(said)["eve"].loc["happiness", "anger"] == 5
    assert bias(said).set_index(["annotator", "label"]).loc[("eve", "anger"), "low"] > 0
