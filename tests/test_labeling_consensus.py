"""Consensus: majority, weighted, Dawid and Skene, and a reviewer's decisions above them."""

import numpy as np
import pandas as pd
import pytest
import reference_dawid_skene
import reference_votes
from consensus_material import simulated
from hypothesis import given, settings
from hypothesis import strategies as st
from study_material import SEVERAL, small_study

from labeling import CONSENSUS, consensus_of, dawid_skene
from labeling.consensus.dawid_skene import fit
from labeling.consensus.majority import others_majority
from labeling.consensus.votes import newest, votes_of
from labeling.statement import Interval, Statement
from labeling.tables import check_consensus
from sttm.errors import InputError

PLENTY = settings(deadline=None, max_examples=60)
ROWS = st.lists(
    st.tuples(st.sampled_from("pqrst"), st.sampled_from("ABCDE"), st.sampled_from("xyz")),
    min_size=1,
    max_size=40,
)


def table(rows, columns=("clip", "annotator", "label"), **further):
    return pd.DataFrame(rows, columns=list(columns)).assign(**further)


def labels_of(found):
    return dict(zip(found["clip"], found["label"], strict=True))


# the family -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", CONSENSUS)
def test_returns_a_consensus_table_with_what_its_docstring_says(method):
    said, _ = simulated([0.9, 0.8, 0.6], items=60)
    found = CONSENSUS[method](said, seed=3)
    pd.testing.assert_frame_equal(check_consensus(found), found)
    assert found["clip"].tolist() == list(dict.fromkeys(said["clip"]))
    assert (found["opinions"] == 3).all()
    assert set(found["status"]) <= {"agreed", "majority", "weighted", "undecided"}
    shares = said.merge(found[["clip", "label"]], on="clip", suffixes=("", "_won"))
    share = (shares["label"] == shares["label_won"]).groupby(shares["clip"]).mean()
    decided = found[found["status"] != "undecided"].set_index("clip")
    assert np.allclose(decided["agreement"], share[decided.index])
    assert ((decided["status"] == "agreed") == (decided["agreement"] == 1)).all()


@pytest.mark.parametrize("method", CONSENSUS)
def test_names_and_order_of_annotators_labels_and_rows_do_not_matter(method):
    said, _ = simulated([0.9, 0.7, 0.7, 0.5], items=80, share=0.7)
    found = labels_of(CONSENSUS[method](said))
    people = {f"a{k}": f"z{9 - k}" for k in range(4)}
    other = said.sample(frac=1.0, random_state=0).assign(
        annotator=lambda t: t["annotator"].map(people), label=lambda t: t["label"].str[::-1]
    )
    moved = labels_of(CONSENSUS[method](other))
    assert {clip: label[::-1] for clip, label in moved.items()} == found


@pytest.mark.parametrize("method", CONSENSUS)
def test_the_newest_opinion_of_the_first_showing_counts(method):
    rows = [
        ("a", "ann", "joy", 0, "2024-01-02T00:00:00+00:00"),
        ("a", "ann", "fear", 0, "2024-01-01T00:00:00+00:00"),
        ("a", "ann", "fear", 1, "2024-01-03T00:00:00+00:00"),
        ("a", "bob", "joy", 0, ""),
        ("a", "eve", "joy", 1, ""),
        ("a", "eve", "fear", 2, ""),
    ]
    said = table(rows, ("clip", "annotator", "label", "turn", "time"))
    found = CONSENSUS[method](said).iloc[0]
    assert (found["label"], found["status"], found["opinions"]) == ("joy", "agreed", 3)


def test_of_a_table_that_names_opinions_the_last_one_counts_whatever_the_clock_says():
    rows = [
        ("a", "ann", "joy", "1", "2024-01-02T00:00:00+00:00"),
        ("a", "ann", "fear", "2", "2024-01-01T00:00:00+00:00"),
    ]
    said = table(rows, ("clip", "annotator", "label", "opinion", "time"))
    assert consensus_of(said)["label"].tolist() == ["fear"]
    emptied = pd.concat([said, said.tail(1).assign(label="", opinion="3")])
    assert consensus_of(emptied).empty


@pytest.mark.parametrize("method", CONSENSUS)
@pytest.mark.parametrize("blank", ["", None, "  "])
def test_statements_without_a_label_are_left_out(method, blank):
    said = table([("a", "p", "x"), ("a", "q", "x"), ("b", "p", blank), ("a", "r", blank)])
    found = CONSENSUS[method](said)
    assert found[["clip", "label", "opinions"]].values.tolist() == [["a", "x", 2]]


@pytest.mark.parametrize("method", CONSENSUS)
def test_no_opinions_at_all_give_an_empty_table(method):
    found = CONSENSUS[method](table([]))
    assert found.empty
    assert {"clip", "label", "status"} <= set(found.columns)


@pytest.mark.parametrize("method", CONSENSUS)
def test_what_cannot_be_used_is_refused_in_a_sentence(method):
    with pytest.raises(InputError, match="needs a column 'annotator'"):
        CONSENSUS[method](pd.DataFrame({"clip": ["a"], "label": ["x"]}))
    with pytest.raises(InputError, match="must be a table"):
        CONSENSUS[method]([("a", "p", "x")])
    with pytest.raises(InputError, match="did you mean 'joy'"):
        CONSENSUS[method](table([("a", "p", "joi"), ("a", "q", "joy")]), labels=["joy", "fear"])
    with pytest.raises(InputError, match="once"):
        CONSENSUS[method](table([("a", "p", "x"), ("a", "q", "x")]), labels=["x", "x"])


@pytest.mark.parametrize("method", CONSENSUS)
@PLENTY
@given(rows=ROWS)
def test_any_opinions_give_a_table_or_a_sentence(method, rows):
    try:
        found = CONSENSUS[method](table(rows))
    except InputError as error:
        assert method == "dawid-skene" and "two or more opinions" in str(error)
        return
    assert sorted(found["clip"]) == sorted({clip for clip, _, _ in rows})
    alone = found["opinions"] == 1
    assert found.loc[alone, "agreement"].isna().all()
    assert found.loc[~alone, "agreement"].between(0, 1).all()
    assert ((found["label"] == "") == (found["status"] == "undecided")).all()


# marks ------------------------------------------------------------------------------------------


def test_marks_are_medians_rounded_down_of_the_opinions_behind_the_label():
    rows = [("a", "p", "x", 1, 5, 9), ("a", "q", "x", 4, 8, None), ("a", "r", "y", 90, 95, 99)]
    said = table(rows, ("clip", "annotator", "label", "onset", "apex", "offset"))
    found = consensus_of(said).iloc[0]
    assert [found[m] for m in ("onset", "apex", "offset")] == [2, 6, 9]


def test_medians_that_contradict_each_other_come_from_opinions_with_all_marks_or_are_missing():
    columns = ("clip", "annotator", "label", "onset", "apex")
    rows = [("a", "p", "x", 10, None), ("a", "q", "x", 12, None), ("a", "r", "x", 2, 3)]
    found = consensus_of(table(rows, columns)).iloc[0]
    assert (found["onset"], found["apex"]) == (2, 3)
    rows[2] = ("a", "r", "x", None, 3)
    found = consensus_of(table(rows, columns)).iloc[0]
    assert pd.isna(found["onset"]) and pd.isna(found["apex"])


@PLENTY
@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.integers(0, 30))] * 3).filter(
            lambda m: (k := [v for v in m if v is not None]) == sorted(k)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_marks_never_contradict_and_equal_the_slow_median_where_all_are_given(marks):
    rows = [("a", f"p{i}", "x", *m) for i, m in enumerate(marks)]
    found = consensus_of(table(rows, ("clip", "annotator", "label", "onset", "apex", "offset")))
    for number, mark in enumerate(("onset", "apex", "offset")):
        if all(None not in m for m in marks):
            slow = reference_votes.median_down([m[number] for m in marks])
            assert found[mark].tolist() == [slow]


# majority ---------------------------------------------------------------------------------------


@PLENTY
@given(rows=ROWS)
def test_majority_is_the_slow_one(rows):
    found = consensus_of(table(rows))
    slow = reference_votes.majority(rows)
    for row in found.itertuples():
        label, share, opinions = slow[row.clip]
        assert (row.label, row.opinions) == (label, opinions)
        assert opinions == 1 or row.agreement == pytest.approx(share)


@PLENTY
@given(rows=ROWS)
def test_what_most_others_say_is_the_slow_one(rows):
    votes = votes_of(newest(table(rows)))
    found = {
        (votes.clips[c], votes.annotators[a]): None if o < 0 else votes.labels[o]
        for c, a, o in zip(votes.clip, votes.annotator, others_majority(votes), strict=True)
    }
    assert found == reference_votes.others_majority(rows)


TIE = [("a", "p", "y"), ("a", "q", "x"), ("b", "p", "y")]


def test_ties_follow_the_rule_that_is_stated():
    assert labels_of(consensus_of(table(TIE)))["a"] == ""
    assert labels_of(consensus_of(table(TIE), ties="first"))["a"] == "x"
    assert labels_of(consensus_of(table(TIE), ties="first", labels=["y", "x"]))["a"] == "y"
    drawn = {labels_of(consensus_of(table(TIE), ties="random", seed=s))["a"] for s in range(20)}
    assert drawn == {"x", "y"}
    one = [labels_of(consensus_of(table(TIE[:n]), ties="random", seed=1))["a"] for n in (2, 3)]
    assert one[0] == one[1], "a draw does not depend on the other clips"
    with pytest.raises(InputError, match="did you mean 'random'"):
        consensus_of(table(TIE), ties="randm")


def test_a_share_and_a_number_of_opinions_can_be_asked_for():
    rows = [("a", w, x) for w, x in zip("pqrs", "xxxy", strict=True)] + [("b", "p", "x")]
    assert labels_of(consensus_of(table(rows), share=0.75)) == {"a": "x", "b": "x"}
    assert labels_of(consensus_of(table(rows), share=0.76)) == {"a": "", "b": "x"}
    assert labels_of(consensus_of(table(rows), fewest=2)) == {"a": "x", "b": ""}
    for wrong in ({"share": 1.5}, {"share": float("nan")}, {"fewest": 0}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            consensus_of(table(rows), **wrong)


# weighted ---------------------------------------------------------------------------------------


@PLENTY
@given(rows=ROWS)
def test_weights_are_the_slow_ones(rows):
    found = consensus_of(table(rows), "weighted").attrs["weights"]
    assert found == pytest.approx(reference_votes.weights(rows))


def test_weighing_finds_more_true_labels_than_counting_where_annotators_differ():
    said, true = simulated([0.95, 0.55, 0.55, 0.5, 0.5], labels=3)
    right = {}
    for method in CONSENSUS:
        found = consensus_of(said, method).set_index("clip")["label"]
        right[method] = (found == true[found.index]).mean()
    assert right["weighted"] > right["majority"] + 0.05
    assert right["dawid-skene"] > right["majority"] + 0.05


# Dawid and Skene --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [1.0, 0.6])
def test_recovers_the_accuracy_of_each_annotator_within_three_hundredths(seed, share):
    accuracies = [0.95, 0.85, 0.75, 0.65, 0.55]
    items = round(1000 / share)  # 1,000 opinions each
    said, true = simulated(accuracies, items, labels=4, seed=seed, share=share)
    found = dawid_skene(said)
    assert found.converged and not found.notes
    assert np.abs(found.accuracies.to_numpy() - accuracies).max() < 0.03
    labels = found.table.set_index("clip")["label"]
    assert (labels == true[labels.index]).mean() > (0.95 if share == 1 else 0.85)


@pytest.mark.parametrize("labels", [2, 3])
def test_is_the_slow_twin_step_for_step(labels):
    said, _ = simulated([0.9, 0.7, 0.6], items=25, labels=labels, share=0.8)
    votes = votes_of(newest(said))
    grid = [[None] * 3 for _ in votes.clips]
    for c, a, label in zip(votes.clip, votes.annotator, votes.label, strict=True):
        grid[c][a] = int(label)
    for steps in (1, 2, 7):
        posterior, prior, rates = reference_dawid_skene.fit(grid, labels, steps)
        found = fit(votes, 0.0, steps, 0.0)
        assert np.allclose(found.posterior, posterior)
        assert np.allclose(found.prior, prior)
        assert np.allclose(found.confusions, rates)


@PLENTY
@given(rows=ROWS, smoothing=st.sampled_from([0.0, 0.01, 1.0]))
def test_the_likelihood_never_falls_and_probabilities_are_probabilities(rows, smoothing):
    try:
        found = dawid_skene(table(rows), smoothing=smoothing, steps=50)
    except InputError:
        return
    heights = np.array(found.log_likelihood)
    assert (np.diff(heights) >= -1e-9 * (1 + np.abs(heights[:-1]))).all()
    posteriors = found.table.filter(like="p:").to_numpy(dtype=float)
    assert np.allclose(posteriors.sum(axis=1), 1)
    for confusion in found.confusions.values():
        assert np.allclose(confusion.sum(axis=1), 1)
    assert found.prior.sum() == pytest.approx(1)
    assert found.n_iter == len(heights)


def test_posteriors_do_not_underflow_with_hundreds_of_opinions():
    said, true = simulated([0.6] * 400, items=12, labels=3)
    found = dawid_skene(said, smoothing=0.0)
    assert np.isfinite(found.log_likelihood).all()
    assert (found.table.set_index("clip")["label"] == true).all()


def test_one_annotator_is_refused_with_the_way_out():
    with pytest.raises(InputError, match="there is one annotator; let somebody else"):
        dawid_skene(table([("a", "p", "x"), ("b", "p", "y")]))
    with pytest.raises(InputError, match="no clip has two opinions"):
        dawid_skene(table([("a", "p", "x"), ("b", "q", "y")]))


def test_what_the_figures_cannot_say_is_said():
    said, _ = simulated([0.9, 0.8], items=40, labels=2)
    found = dawid_skene(said, labels=["anger", "fear", "joy"])
    assert any("nobody said joy" in note for note in found.notes)
    assert found.table["p:joy"].max() < 0.01 and "joy" not in set(found.table["label"])
    lonely = pd.concat([said, table([("z", "zoe", "fear")])])
    assert any("zoe shared no clip" in note for note in dawid_skene(lonely).notes)
    apart = table([(c, w, x) for c in "abc" for w, x in zip("pqr", "xyz", strict=True)])
    assert any("do not use its labels" in note for note in dawid_skene(apart).notes)
    assert any("not settled" in n for n in dawid_skene(said, steps=1, tolerance=0).notes)


def test_a_tie_of_posteriors_is_undecided_and_options_are_checked():
    found = dawid_skene(table([("a", "p", "x"), ("a", "q", "y")]))
    assert found.table["status"].tolist() == ["undecided"]
    said = table([("a", "p", "x"), ("a", "q", "x")])
    for wrong in ({"smoothing": -1}, {"steps": 0}, {"tolerance": float("nan")}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            dawid_skene(said, **wrong)
    many = table([(f"c{i}", w, f"l{i}") for i in range(5000) for w in "pq"])
    with pytest.raises(InputError, match="too large with 5000 labels"):
        dawid_skene(many)
    assert len(consensus_of(many)) == 5000


# several labels per clip ------------------------------------------------------------------------

UNITS = [
    *[("a", w, u) for w in "pqr" for u in ("AU4", "AU12")],
    *[("b", "p", "AU4"), ("b", "p", "AU12"), ("b", "q", "AU4"), ("b", "r", "AU1")],
    *[("c", "p", "AU4"), ("c", "q", "AU12")],
]


USUAL = [(f"u{i}", w, f"AU{1 + i % 3}") for i in range(20) for w in "pqr"]


@pytest.mark.parametrize("method", ["majority", "weighted"])
def test_several_labels_hold_each_by_itself(method):
    found = consensus_of(table([*USUAL, *UNITS]), method, several=True).set_index("clip")
    assert found.loc[["a", "b"], "label"].tolist() == ["AU4+AU12", "AU4"]
    assert found.loc[["a", "b"], "status"].tolist() == ["agreed", method]
    assert found.loc[["a", "b", "c"], "opinions"].tolist() == [3, 3, 2]
    assert found.loc["a", "agreement"] == 1
    assert found.loc["b", "agreement"] == pytest.approx(2 / 3)
    assert "onset" not in found


def test_a_label_that_half_of_the_annotators_said_is_left_out():
    found = consensus_of(table(UNITS), several=True).set_index("clip")
    assert found.loc["c", ["label", "status"]].tolist() == ["", "undecided"]
    rows = [("a", "p", "x"), ("a", "q", "x"), ("a", "q", "y")]
    found = consensus_of(table(rows), several=True).iloc[0]
    assert (found["label"], found["status"], found["agreement"]) == ("x", "majority", 0.75)


def test_several_labels_have_a_posterior_each():
    rows = [
        (f"c{i}", w, u) for i in range(30) for w in "pqr" for u in (["x"] if i % 2 else ["x", "y"])
    ]
    rows += [("odd", "p", "x"), ("odd", "q", "x"), ("odd", "r", "y")]
    found = consensus_of(table(rows), "dawid-skene", several=True).set_index("clip")
    assert found.loc["c0", "label"] == "x+y" and found.loc["c1", "label"] == "x"
    assert found.loc["c0", "p:y"] > 0.9 and found.loc["c1", "p:y"] < 0.1
    assert found.loc["c0", ["p:x", "p:y"]].sum() > 1.5, "each label is a question of its own"


def test_several_labels_are_noticed_where_opinions_are_named_and_refused_for_one():
    said = table(UNITS, opinion=[f"{c}{w}" for c, w, _ in UNITS])
    assert labels_of(consensus_of(said))["a"] == "AU4+AU12"
    with pytest.raises(InputError, match="p gives clip a several"):
        consensus_of(said, several=False)
    with pytest.raises(InputError, match="several"):
        dawid_skene(said)


def test_labels_are_joined_in_the_order_of_their_numbers():
    rows = [("a", w, u) for w in "pq" for u in ("12", "4", "9")]
    assert consensus_of(table(rows), several=True)["label"].tolist() == ["4+9+12"]


# studies ----------------------------------------------------------------------------------------


def one(label, *marks):
    return Statement((Interval(label, *marks),))


@pytest.fixture
def study(tmp_path):
    with small_study(tmp_path, count=5) as study:
        for who, label, onset in (
            ("ann", "happiness", 1),
            ("bob", "happiness", 3),
            ("eve", "anger", 9),
        ):
            study.say("c00", who, one(label, onset))
            study.say("c01", who, one(label, onset))
        study.say("c02", "ann", one("anger"))
        study.say("c03", "ann", Statement(comment="nothing to see"))
        yield study


@pytest.mark.parametrize("method", CONSENSUS)
def test_decisions_of_a_reviewer_go_above_the_method(study, method):
    eve = next(o for o in study.history("c00") if o.annotator == "eve")
    study.decide("c00", "rev", "accepted", "she is right", eve.id)
    study.overrule("c01", "rev", one("surprise", 2, 4, 6), "all wrong")
    found = consensus_of(study, method).set_index("clip")
    assert found.index.tolist() == ["c00", "c01", "c02"]
    assert found.loc[["c00", "c01"], "label"].tolist() == ["anger", "surprise"]
    assert (found["status"] == "decided").tolist() == [True, True, False]
    assert found.loc["c00", "agreement"] == pytest.approx(1 / 3)
    assert found.loc["c01", "agreement"] == pytest.approx(1 / 4)
    assert found.loc["c01", ["onset", "apex", "offset"]].tolist() == [2, 4, 6]
    assert found.loc["c00", "onset"] == 9 and pd.isna(found.loc["c00", "apex"])
    assert found.attrs["left_out"] == 2


@pytest.mark.parametrize("verdict", ["sent back", "reopened"])
def test_what_was_sent_back_or_reopened_is_as_if_nobody_had_decided(study, verdict):
    before = consensus_of(study)
    eve = next(o for o in study.history("c00") if o.annotator == "eve")
    study.decide("c00", "rev", "accepted", "she is right", eve.id)
    study.decide("c00", "rev", verdict, "no, look again")
    pd.testing.assert_frame_equal(consensus_of(study), before)


@pytest.mark.parametrize("method", CONSENSUS)
@pytest.mark.parametrize("verdict", ["sent back", "reopened"])
def test_what_a_reviewer_said_to_overrule_is_no_vote(study, method, verdict):
    study.say("c00", "rev", one("happiness", 2))  # an annotator too, before reviewing
    before = consensus_of(study, method)
    for clip in ("c00", "c02"):
        study.overrule(clip, "rev", one("surprise"), "all wrong")
    decided = consensus_of(study, method)
    for column in (c for c in before if c.startswith("p:")):
        assert decided[column].tolist() == before[column].tolist()
    for clip in ("c00", "c02"):
        study.decide(clip, "rev", verdict, "no, look again")
    pd.testing.assert_frame_equal(consensus_of(study, method), before)


@pytest.mark.parametrize("first", [Statement(), Statement(flags=("not visible",))])
def test_a_hidden_repeat_never_stands_in_for_the_first_showing(study, first):
    study.say("c02", "ann", first)
    study.say("c02", "ann", one("happiness"), turn=1)
    assert "c02" not in consensus_of(study)["clip"].tolist()


def test_the_scheme_says_whether_a_clip_may_have_several_labels(tmp_path):
    with small_study(tmp_path, count=2, text=SEVERAL) as study:
        for who in ("ann", "bob"):
            study.say("c00", who, Statement((Interval("AU1", 0, 1, 2), Interval("AU12", 3, 4, 5))))
            study.say("c01", who, one("AU2"))
        found = consensus_of(study)
        assert labels_of(found) == {"c00": "AU1+AU12", "c01": "AU2"}
        assert "onset" not in found
        study.overrule("c01", "rev", Statement((Interval("AU12"), Interval("AU2"))), "both")
        assert labels_of(consensus_of(study))["c01"] == "AU2+AU12"


def test_unknown_methods_and_options_are_refused(study):
    with pytest.raises(InputError, match="did you mean 'majority'"):
        consensus_of(study, "majorty")
    with pytest.raises(InputError, match="did you mean 'smoothing'"):
        consensus_of(study, "dawid-skene", smooting=1)
