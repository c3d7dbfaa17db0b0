"""Scores: against scikit-learn, against tables typed by hand, and their properties."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from experiments.judging.predictions import predictions_table
from experiments.judging.scores import (
    TOTALS,
    accuracy,
    bootstrap,
    brier,
    calibration_error,
    chance,
    confusion_matrix,
    log_loss,
    reliability,
    score_predictions,
    subject_draws,
    uar,
    uf1,
)
from sttm.errors import InputError

# three classes of 10, 6 and 4 clips: recalls .8, .5, .25
CONFUSION = np.array([[8, 1, 1], [2, 3, 1], [3, 0, 1]])


def drawn(seed: int = 0, clips: int = 200, subjects: int = 12, classes: int = 4):
    """Return a table of random predictions, about half of them right, and clip -> subject."""
    random = np.random.default_rng(seed)
    names = [f"class {c}" for c in "dbca"[:classes]]
    labels = random.integers(classes, size=clips)
    predicted = np.where(random.random(clips) < 0.5, labels, random.integers(classes, size=clips))
    p = random.dirichlet(np.ones(classes), size=clips)
    clip = [f"clip{i}" for i in range(clips)]
    subject = {c: f"s{random.integers(subjects)}" for c in clip}
    table = predictions_table(
        clip,
        [subject[c] for c in clip],
        [names[i] for i in labels],
        [names[i] for i in predicted],
        p,
        names,
    )
    return table, subject


def test_totals_of_a_table_typed_by_hand():
    assert accuracy(CONFUSION) == pytest.approx(12 / 20)
    assert uar(CONFUSION) == pytest.approx((0.8 + 0.5 + 0.25) / 3)
    # F1 = 2 TP / (labels + predictions): 16/23, 6/10, 2/7
    assert uf1(CONFUSION) == pytest.approx((16 / 23 + 6 / 10 + 2 / 7) / 3)


def test_megc_uf1_adds_up_before_it_divides():
    folds = np.array([[[2, 0], [1, 0]], [[0, 2], [0, 3]]])
    # summed: TP 2 and 3, FP 1 and 2, FN 2 and 1
    assert uf1(folds.sum(axis=0)) == pytest.approx((4 / 7 + 6 / 9) / 2)
    assert uf1(folds.sum(axis=0)) != pytest.approx(uf1(folds).mean())


def test_classes_without_clips_do_not_count():
    assert uar(np.array([[3, 1], [0, 0]])) == pytest.approx(0.75)
    assert uf1(np.array([[3, 1], [0, 0]])) == pytest.approx(6 / 7)
    assert np.isnan(accuracy(np.zeros((2, 2), int)))


@pytest.mark.parametrize("seed", range(5))
def test_totals_agree_with_scikit_learn(seed):
    table, subjects = drawn(seed)
    scores = score_predictions(table, subjects, replicates=10)
    y, p = table["label"], table["predicted"]
    assert scores.accuracy.value == pytest.approx(metrics.accuracy_score(y, p))
    assert scores.uar.value == pytest.approx(metrics.balanced_accuracy_score(y, p))
    assert scores.uf1.value == pytest.approx(metrics.f1_score(y, p, average="macro"))
    expected = metrics.confusion_matrix(y, p, labels=scores.classes)
    assert scores.confusion == expected.tolist()
    columns = metrics.precision_recall_fscore_support(y, p, labels=scores.classes)
    for i, row in enumerate(scores.per_class):
        assert [row.precision, row.recall, row.f1, row.support] == pytest.approx(
            [c[i] for c in columns]
        )
    probabilities = table[[f"p:{c}" for c in sorted(scores.classes)]]
    assert scores.log_loss == pytest.approx(metrics.log_loss(y, probabilities))


def test_probability_scores_typed_by_hand():
    p = np.array([[0.8, 0.2], [0.4, 0.6]])
    labels = np.array([0, 0])
    assert brier(p, labels) == pytest.approx((0.04 + 0.04 + 0.36 + 0.36) / 2)
    assert log_loss(p, labels) == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
    assert np.isfinite(log_loss(np.array([[1.0, 0.0]]), np.array([1])))


def test_calibration_error_typed_by_hand():
    bins = reliability(np.array([0.95, 0.92, 0.55, 1.0]), np.array([True, False, True, True]))
    assert [(b.clips, b.accuracy) for b in bins] == [(1, 1.0), (3, pytest.approx(2 / 3))]
    expected = (1 * 0.45 + 3 * abs(2 / 3 - (0.95 + 0.92 + 1.0) / 3)) / 4
    assert calibration_error(bins) == pytest.approx(expected)


def test_chance_is_the_most_frequent_class():
    expected = {"accuracy": 0.5, "uar": 1 / 3, "uf1": 2 * 10 / 30 / 3}
    assert chance(CONFUSION) == pytest.approx(expected)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.permutations(range(4)))
def test_names_and_order_of_classes_do_not_matter(seed, order):
    table, subjects = drawn(seed, clips=60)
    classes = [c for c in table.columns if c.startswith("p:")]
    others = [c for c in table.columns if not c.startswith("p:")]
    moved = table[[*others, *(classes[i] for i in order)]]
    a = score_predictions(table, subjects, replicates=50)
    b = score_predictions(moved.sample(frac=1, random_state=0), subjects, replicates=50)
    for name in TOTALS:
        left, right = getattr(a, name), getattr(b, name)
        assert [left.value, left.low, left.high] == pytest.approx(
            [right.value, right.low, right.high]
        )
    assert (a.brier, a.calibration_error) == pytest.approx((b.brier, b.calibration_error))


def test_folds_do_not_matter():
    table, subjects = drawn()
    assert score_predictions(table.assign(fold="one"), subjects) == score_predictions(
        table, subjects
    )


def test_per_subject_and_json():
    table, subjects = drawn(clips=50)
    scores = score_predictions(table, subjects)
    assert sum(s.clips for s in scores.per_subject) == 50
    right = sum(s.clips * s.accuracy for s in scores.per_subject)
    assert right / 50 == pytest.approx(scores.accuracy.value)
    assert json.loads(json.dumps(scores.as_json(), allow_nan=False))["clips"] == 50


def test_undefined_numbers_are_none_in_json():
    table = predictions_table(
        ["a", "b"], ["f", "f"], ["x", "x"], ["x", "x"], np.array([[1.0, 0.0]] * 2), ["x", "y"]
    )
    scores = score_predictions(table, {"a": "s", "b": "s"})
    assert (scores.per_class[1].recall, scores.per_class[1].f1) == (None, None)
    plain = json.loads(json.dumps(scores.as_json(), allow_nan=False))
    assert plain["accuracy"] == {"value": 1.0, "low": None, "high": None}


def test_wrong_input_is_a_sentence():
    table, subjects = drawn(clips=20)
    with pytest.raises(InputError, match="no predictions"):
        score_predictions(table.iloc[:0])
    with pytest.raises(InputError, match="clip3"):
        score_predictions(table, {**subjects, "clip3": ""})


# intervals --------------------------------------------------------------------------------------


def test_bootstrap_equals_the_slow_one():
    """Every replicate, made by really drawing subjects and scoring their clips."""
    table, subjects = drawn(3, clips=40, subjects=5, classes=3)
    classes = {c: i for i, c in enumerate(["class d", "class b", "class c"])}
    names = np.array([subjects[c] for c in table["clip"]])
    found = np.unique(names)
    y, p = (table[c].map(classes).to_numpy() for c in ("label", "predicted"))
    one = [confusion_matrix(y[names == s], p[names == s], 3) for s in found]
    fast = bootstrap(np.array(one), replicates=60, seed=1)
    for r, draw in enumerate(subject_draws(len(found), 60, seed=1)):
        rows = np.concatenate([np.flatnonzero(names == s) for s in np.repeat(found, draw)])
        recalls = [np.mean(p[rows][y[rows] == c] == c) for c in range(3) if c in y[rows]]
        assert fast["accuracy"][r] == pytest.approx(np.mean(y[rows] == p[rows]))
        assert fast["uar"][r] == pytest.approx(np.mean(recalls))
        there = np.unique(y[rows])
        f1 = metrics.f1_score(y[rows], p[rows], labels=there, average="macro", zero_division=0)
        assert fast["uf1"][r] == pytest.approx(f1)


def test_the_seed_decides_the_intervals():
    table, subjects = drawn()
    a, b, c = (score_predictions(table, subjects, seed=s) for s in (0, 0, 1))
    assert a == b
    assert a.accuracy.low <= a.accuracy.value <= a.accuracy.high
    assert (a.uar.low, a.uar.high) != (c.uar.low, c.uar.high)


def test_one_subject_has_no_interval():
    table, _ = drawn(clips=10)
    scores = score_predictions(table, dict.fromkeys(table["clip"], "s"))
    assert np.isnan(scores.accuracy.low) and np.isnan(scores.accuracy.high)


def test_intervals_hold_what_they_promise():
    """Subjects differ (their accuracies vary); the intervals cover the truth 95 % of the time.

    With 40 subjects a percentile bootstrap covers a little less than 95 %. Drawing clips instead
    of subjects would cover about 70 % here, and is caught.
    """
    random = np.random.default_rng(0)
    covered, naive, runs = 0, 0, 300
    for run in range(runs):
        able = random.beta(3, 1.5, size=40)  # mean 2/3
        hits = random.random((40, 15)) < able[:, None]
        per_subject = np.zeros((40, 2, 2), int)
        per_subject[:, 0, 0], per_subject[:, 0, 1] = hits.sum(axis=1), (~hits).sum(axis=1)
        low, high = np.percentile(bootstrap(per_subject, 400, run)["accuracy"], [2.5, 97.5])
        covered += low <= 2 / 3 <= high
        spread = 1.96 * np.sqrt(hits.mean() * (1 - hits.mean()) / hits.size)
        naive += abs(hits.mean() - 2 / 3) <= spread
    assert 0.90 <= covered / runs <= 0.98
    assert naive / runs < 0.85


def test_without_subjects_every_clip_stands_for_itself():
    table, _ = drawn(clips=40)
    scores = score_predictions(table)
    assert scores.per_subject == []
    each = score_predictions(table, {c: c for c in table["clip"]})
    width = each.accuracy.high - each.accuracy.low
    assert scores.accuracy.high - scores.accuracy.low == pytest.approx(width, rel=0.25)
    assert isinstance(scores.as_json()["reliability"], list)


# several data sets ------------------------------------------------------------------------------


def two_sets(seed=3, clips=60):
    random = np.random.default_rng(seed)
    names = [f"c{i}" for i in range(clips)]
    sets = {c: ("casme2", "smic")[i % 2] for i, c in enumerate(names)}
    people = {c: f"{sets[c]}/s{i % 9}" for i, c in enumerate(names)}
    labels = random.choice(["negative", "positive", "surprise"], clips)
    wrong = random.choice(["negative", "positive", "surprise"], clips)
    predicted = np.where(random.random(clips) < 0.7, labels, wrong)
    p = np.full((clips, 3), 0.25)
    p[np.arange(clips), np.searchsorted(["negative", "positive", "surprise"], predicted)] = 0.5
    classes = ["negative", "positive", "surprise"]
    return predictions_table(names, ["f"] * clips, labels, predicted, p, classes), people, sets


def test_a_data_set_among_several_has_the_scores_that_it_has_alone():
    table, people, sets = two_sets()
    scores = score_predictions(table, people, datasets=sets, replicates=300)
    assert [d.name for d in scores.per_dataset] == ["casme2", "smic"]
    for found in scores.per_dataset:
        rows = table[[sets[c] == found.name for c in table["clip"]]].reset_index(drop=True)
        alone = score_predictions(rows, people, replicates=300)
        assert (found.accuracy, found.uar, found.uf1) == (alone.accuracy, alone.uar, alone.uf1)
        assert (found.clips, found.subjects) == (len(rows), len(alone.per_subject))
    assert sum(d.clips for d in scores.per_dataset) == scores.clips == 60
    hits = sum(d.accuracy.value * d.clips for d in scores.per_dataset)
    assert hits == pytest.approx(scores.accuracy.value * scores.clips)


def test_a_class_that_a_data_set_lacks_does_not_count_there():
    table, people, sets = two_sets()
    kept = [
        not (sets[c] == "smic" and y == "surprise")
        for c, y in zip(table["clip"], table["label"], strict=True)
    ]
    table = table[kept].reset_index(drop=True)
    smic = score_predictions(table, people, datasets=sets, replicates=50).per_dataset[1]
    mine = table[[sets[c] == "smic" for c in table["clip"]]]
    recalls = [
        (mine["predicted"] == y)[mine["label"] == y].mean() for y in ("negative", "positive")
    ]
    assert smic.uar.value == pytest.approx(np.mean(recalls))


def test_one_data_set_and_none_are_not_several():
    table, people, sets = two_sets()
    assert score_predictions(table, people, replicates=10).per_dataset == []
    one = dict.fromkeys(sets, "smic")
    assert score_predictions(table, people, datasets=one, replicates=10).per_dataset == []


def test_clips_without_subjects_are_drawn_as_single_clips_would_be():
    """Drawing cells of the confusion matrix and drawing clips is the same distribution."""
    table, _, _ = two_sets(clips=200)
    quick = score_predictions(table, replicates=4000)
    slow = score_predictions(table, {c: c for c in table["clip"]}, replicates=4000)
    for name in ("accuracy", "uar", "uf1"):
        a, b = getattr(quick, name), getattr(slow, name)
        assert a.value == b.value
        assert (a.low, a.high) == pytest.approx((b.low, b.high), abs=0.01)


def test_as_many_clips_as_the_largest_sets_have_need_little_memory():
    table, _, _ = two_sets(clips=36_000)
    tracemalloc.start()
    scores = score_predictions(table, replicates=2000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scores.per_subject == [] and scores.clips == 36_000
    assert peak < 100e6
