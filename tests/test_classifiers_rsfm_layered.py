"""Sample-feature machines in layers: what they find, how far they are trusted, and odd data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import skops.io
from rsfm_material import small
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline

from classifiers import RSFM, STORED_TYPES, LayeredRSFM
from classifiers.rsfm import layered

QUICK = {"kernel": "linear", "width": 1.0, "selection": "log"}
GOOD = 12
BLOCKS = [f"block {g}" for g in range(30)]


def found_in(model) -> list[int]:
    return np.flatnonzero(model.get_support()).tolist()


def weak(seed: int, rows: int = 120, columns: int = 60, classes: int = 2, shift: float = 1.3):
    """Return rows of which the first 12 columns each tell the class a little; synthetic."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    X = rng.standard_normal((rows, columns))
    X[:, :GOOD] += shift * (np.arange(GOOD) % classes == y[:, None])
    return X, y


def rare(seed: int, rows: int, share: float):
    """Return weak columns and classes of unequal size, 0 and 1; synthetic."""
    rng = np.random.default_rng(seed)
    y = (np.arange(rows) < share * rows).astype(int)
    X = rng.standard_normal((rows, 40))
    X[:, :GOOD] += y[:, None] - 0.5
    return X, y


def layered_quick(**settings) -> LayeredRSFM:
    return LayeredRSFM(**{**QUICK, "random_state": 0, **settings})


@pytest.fixture(scope="module")
def fitted() -> LayeredRSFM:
    return layered_quick().fit(*weak(0))


# what it finds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "columns", "settings"),
    [
        (0, 60, QUICK),
        (1, 100, QUICK),
        (2, 80, {**QUICK, "kernel": "rbf"}),
        (3, 60, {"layers": 3}),
    ],
    ids=["linear", "wide", "rbf", "defaults"],
)
def test_signal_that_many_columns_share_is_found_by_more_layers(seed, columns, settings):
    X, y = weak(seed, columns=columns)
    Z, truth = weak(1000 + seed, 1000, columns)
    more = LayeredRSFM(**settings, random_state=0).fit(X, y)
    one = RSFM(**{k: v for k, v in settings.items() if k != "layers"}).fit(X, y)
    assert len(more.machines_) > 1
    assert more.get_support()[:GOOD].sum() >= one.get_support()[:GOOD].sum() + 3
    assert more.get_support()[GOOD:].sum() <= 3
    losses = [log_loss(truth, model.predict_proba(Z)) for model in (one, more)]
    assert losses[1] < 0.8 * losses[0]
    assert losses[1] == pytest.approx(more.losses_.min(), abs=0.15)


def test_a_signal_of_two_columns_needs_one_layer():
    X, y = small(0, rows=150, columns=20)
    model = LayeredRSFM(random_state=0, width=1.0, selection="log").fit(X, y)
    one = RSFM(width=1.0, selection="log", refit="none").fit(X, y)
    assert len(model.machines_) == 1
    assert found_in(model) == found_in(one) == [0, 1]
    assert model.trust_ > 0.7


@pytest.mark.parametrize(
    ("classes", "settings"),
    [
        (2, {}),
        (2, {"class_weight": "balanced", "kernel": "rbf"}),
        (2, {"class_weight": {0: 3.0, 9: 2.0}}),
        (3, {}),
        (3, {"shared": False, "class_weight": "balanced"}),
        (3, {"groups": np.repeat(BLOCKS, 2).tolist()}),
    ],
)
def test_one_layer_is_one_machine(classes, settings):
    X, y = weak(0, classes=classes)
    kept = (y > 0) | (np.arange(120) % 4 == 0)
    Z, _ = weak(1, classes=classes)
    model = layered_quick(layers=1, **settings).fit(X[kept], y[kept])
    one = RSFM(**{**QUICK, "random_state": 0, "refit": "none", **settings}).fit(X[kept], y[kept])
    assert model.trust_ == 1.0 and model.losses_.size == 0
    assert found_in(model) == found_in(one)
    np.testing.assert_allclose(model.predict_proba(Z), one.predict_proba(Z), atol=1e-9)
    np.testing.assert_array_equal(model.predict(Z), one.predict(Z))
    np.testing.assert_array_equal(model.relevance_, one.relevance_)
    np.testing.assert_array_equal(model.feature_weights_, one.feature_weights_)
    np.testing.assert_array_equal(model.group_contributions(Z), one.group_contributions(Z))
    np.testing.assert_array_equal(model.sample_contributions(Z), one.sample_contributions(Z))


@pytest.mark.parametrize("groups", [None, np.repeat(BLOCKS, 2)], ids=["columns", "blocks"])
def test_no_two_layers_share_a_feature(groups):
    X, y = weak(1)
    model = layered_quick(groups=groups).fit(X, y)
    assert len(model.machines_) > 1
    own = [
        set(columns[machine.get_support()].tolist())
        for machine, columns in zip(model.machines_, model.columns_, strict=True)
    ]
    assert all(own) and sum(map(len, own)) == len(set().union(*own)) == model.get_support().sum()
    if groups is not None:
        named = [{groups[c] for c in columns} for columns in own]
        assert sum(map(len, named)) == len(set().union(*named)) == model.get_group_support().sum()
        assert set(model.group_names_[model.get_group_support()]) == set().union(*named)
    for before, after, used in zip(model.columns_, model.columns_[1:], own, strict=False):
        assert set(before) - set(after) == used


# trust ------------------------------------------------------------------------------------------


def test_trust_and_losses_are_those_of_held_out_rows(fitted):
    model = fitted
    least = model.losses_.min() + layered.NEARLY
    assert 0 < model.trust_ <= 1
    assert np.isfinite(model.losses_).all() and len(model.losses_) <= model.layers
    assert (np.diff(model.losses_)[:-2] < 0).any() and model.losses_[0] > least
    asked = 1 + np.flatnonzero(model.losses_ <= least)[0]
    assert 1 < len(model.machines_) <= asked <= len(model.losses_)


@pytest.mark.parametrize("seed", range(2))
def test_layers_that_repeat_each_other_are_trusted_less(seed):
    X, y = weak(seed, shift=0.9)
    Z, truth = weak(100 + seed, 1000, shift=0.9)
    once = layered_quick().fit(X, y)
    twice = layered_quick().fit(np.hstack([X[:, :GOOD], X]), y)
    assert len(twice.machines_) > len(once.machines_) > 1
    assert twice.trust_ < min(0.75, 0.8 * once.trust_)
    Z = np.hstack([Z[:, :GOOD], Z])
    loss = log_loss(truth, twice.predict_proba(Z))
    twice.trust_ = 1.0
    assert loss < log_loss(truth, twice.predict_proba(Z))


def test_a_layer_that_brings_nothing_is_not_used():
    X, y = small(0, rows=150, columns=6)
    model = layered_quick(kernel="rbf").fit(np.hstack([X, X, X]), y)
    assert len(model.machines_) == 1


def test_layers_are_few_where_few_are_allowed(fitted):
    two = layered_quick(layers=2).fit(*weak(0))
    assert len(two.machines_) == len(two.losses_) == 2 < len(fitted.machines_)
    np.testing.assert_allclose(two.losses_, fitted.losses_[:2], atol=1e-9)
    assert set(found_in(two)) < set(found_in(fitted))


def test_subjects_are_kept_together_on_held_out_rows(monkeypatch):
    X, y = weak(0)
    subjects = np.array([f"s{i}" for i in np.arange(120) // 12])
    weights = np.where(np.arange(120) % 7 == 0, 0.0, 1.0)
    seen, taught = [], []
    whole, learned = layered.calibration_folds, RSFM.fit

    def folds(number, held, seed):
        for train, test in whole(number, held, seed):
            seen.append((held, train, test))
            yield train, test

    def fit(self, rows, *given, **more):
        taught.append(rows)
        return learned(self, rows, *given, **more)

    monkeypatch.setattr(layered, "calibration_folds", folds)
    monkeypatch.setattr(RSFM, "fit", fit)
    layered_quick(layers=2).fit(X, y, sample_weight=weights, groups=subjects.tolist())
    assert len(seen) == 5
    for (held, train, test), rows in zip(seen, taught, strict=False):
        np.testing.assert_array_equal(held, subjects[weights > 0])
        assert not set(held[train]) & set(held[test])
        assert sorted([*train, *test]) == list(range(len(held)))
        np.testing.assert_array_equal(rows, X[weights > 0][train])


# odd data ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3])
def test_noise_has_no_layer_and_tells_the_shares(classes):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 20)), np.repeat(list("abc")[:classes], [30, 20, 10][:classes])
    X = X[: len(y)]
    with pytest.warns(UserWarning, match="no feature is worth what it costs") as told:
        model = layered_quick().fit(X, y)
    assert len(told) == 1
    assert found_in(model) == [] and len(model.machines_) == 1 and 0 < model.trust_ <= 1
    share = [(y == c).mean() for c in model.classes_]
    np.testing.assert_allclose(model.predict_proba(X), [share] * len(X), atol=0.005)
    assert set(model.predict(X)) == {"a"}
    assert model.relevance_vectors_.shape == (0, 20)
    assert not model.group_contributions(X).any()


@pytest.mark.parametrize(("rarest", "shared"), [(1, True), (2, True), (2, False)])
def test_classes_of_any_size(shared, rarest):
    X, y = weak(0, classes=3)
    rows = np.r_[np.flatnonzero(y < 2), np.flatnonzero(y == 2)[:rarest]]
    labels = np.array(["joy", "fear", "anger"])[y]
    model = layered_quick(layers=4, shared=shared).fit(X[rows], labels[rows])
    assert model.classes_.tolist() == ["anger", "fear", "joy"]
    p = model.predict_proba(X)
    assert np.isfinite(model.predict_log_proba(X)).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert model.feature_weights_.shape == (3, 60)
    Z, truth = weak(9, classes=3)
    right = model.predict(Z) == np.array(["joy", "fear", "anger"])[truth]
    assert right[truth < 2].mean() > 0.7


@pytest.mark.filterwarnings("ignore:no feature is worth")
def test_the_smallest_and_the_plainest_data():
    rng = np.random.default_rng(0)
    rows, y = rng.standard_normal((24, 4)), np.arange(24) % 2
    cases = {
        "two rows": (rows[:2], y[:2]),
        "a class of one": (rows, (np.arange(24) == 5).astype(int)),
        "separable": (rows + 50 * y[:, None], y),
        "no usable column": (np.ones((24, 5)), y),
        "one column": (rows[:, :1] + y[:, None], y),
        "columns twice": (np.hstack([rows + y[:, None]] * 2), y),
        "single precision": (rows.astype(np.float32) + 2 * y[:, None], y),
    }
    for name, (X, labels) in cases.items():
        model = layered_quick().fit(X, labels)
        p = model.predict_proba(X)
        assert np.isfinite(p).all() and 0 < model.trust_ <= 1, name
        np.testing.assert_allclose(p.sum(axis=1), 1.0)
        if name == "separable":
            assert model.score(X, labels) == 1.0


# weights and seeds ------------------------------------------------------------------------------


def test_a_row_of_weight_zero_is_left_out():
    X, y = weak(0)
    odd, weights = X.copy(), np.r_[np.zeros(20), np.ones(100)]
    odd[:20] = 1e3
    subjects = np.arange(120) // 10
    model = layered_quick(layers=3).fit(odd, y, sample_weight=weights, groups=subjects)
    without = layered_quick(layers=3).fit(X[20:], y[20:], groups=subjects[20:])
    np.testing.assert_array_equal(model.predict_proba(X), without.predict_proba(X))
    np.testing.assert_array_equal(model.losses_, without.losses_)
    np.testing.assert_array_equal(model.relevance_, without.relevance_ + 20)
    np.testing.assert_array_equal(model.relevance_vectors_, odd[model.relevance_])
    told, plain = model.sample_contributions(X), without.sample_contributions(X)
    np.testing.assert_array_equal(told, plain)


def test_class_weights_are_row_weights():
    X, y = rare(0, 160, 0.3)
    by_class = layered_quick(class_weight={1: 3.0}, layers=3).fit(X, y)
    by_row = layered_quick(layers=3).fit(X, y, sample_weight=np.where(y == 1, 3.0, 1.0))
    np.testing.assert_allclose(by_class.predict_proba(X), by_row.predict_proba(X), atol=1e-9)
    np.testing.assert_allclose(by_class.losses_, by_row.losses_, atol=1e-9)


def test_balanced_classes_stay_balanced_over_layers():
    X, y = rare(0, 200, 0.2)
    Z, truth = rare(1, 2000, 0.5)
    plain, fair = (layered_quick(class_weight=c).fit(X, y) for c in (None, "balanced"))
    assert len(fair.machines_) > 1
    np.testing.assert_allclose(np.exp(fair.log_shares_), 0.5)
    np.testing.assert_allclose(np.exp(plain.log_shares_), [0.8, 0.2])
    assert 0.4 < fair.predict(Z).mean() < 0.6
    assert plain.predict(Z).mean() < fair.predict(Z).mean()
    assert fair.score(Z, truth) > plain.score(Z, truth)


def test_same_seed_same_result(fitted):
    X, y = weak(0)
    again, other = (layered_quick(random_state=s).fit(X, y) for s in (0, 1))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(again.losses_, fitted.losses_)
    assert not np.array_equal(other.losses_, fitted.losses_)


# what it says -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("classes", "shared"), [(2, True), (3, True), (3, False)])
def test_probabilities_are_the_sum_of_the_layers_evidence(classes, shared):
    X, y = weak(2, classes=classes)
    model = layered_quick(shared=shared).fit(X, y)
    assert len(model.machines_) > 1
    Z, _ = weak(3, classes=classes)
    p = model.predict_proba(Z)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(model.predict_log_proba(Z), np.log(p))
    np.testing.assert_array_equal(model.predict(Z), model.classes_[p.argmax(axis=1)])
    scores = model.decision_function(Z)
    if classes == 2:
        np.testing.assert_allclose(scores, np.log(p[:, 1] / p[:, 0]))
    else:
        np.testing.assert_array_equal(scores.argmax(axis=1), p.argmax(axis=1))
    share = np.bincount(y) / len(y)
    odds = np.ones_like(p)
    for machine, columns in zip(model.machines_, model.columns_, strict=True):
        odds *= (machine.predict_proba(Z[:, columns]) / share) ** model.trust_
    np.testing.assert_allclose(p, share * odds / (share * odds).sum(axis=1)[:, None], atol=1e-9)


@pytest.mark.parametrize(("classes", "shared"), [(2, True), (3, True), (3, False)])
def test_contributions_sum_to_the_trusted_f_of_the_layers(classes, shared):
    X, y = weak(3, classes=classes)
    groups = np.repeat(BLOCKS, 2)
    model = layered_quick(shared=shared, groups=groups).fit(X, y)
    assert len(model.machines_) > 1
    machines = 1 if classes == 2 else 3
    f = model.trust_ * sum(
        m.latent_mean_and_variance(X[:, columns])[0] - m.intercept_
        for m, columns in zip(model.machines_, model.columns_, strict=True)
    )
    by_group, by_sample = model.group_contributions(X), model.sample_contributions(X)
    assert by_group.shape == (120, machines, 30)
    assert by_sample.shape == (120, machines, len(model.relevance_))
    np.testing.assert_allclose(by_group.sum(axis=2), f, atol=1e-9)
    np.testing.assert_allclose(by_sample.sum(axis=2), f, atol=1e-9)
    assert model.feature_weights_.shape == (machines, 30)
    np.testing.assert_array_equal((by_group != 0).any(axis=0), model.feature_weights_ != 0)
    np.testing.assert_array_equal(model.relevance_vectors_, X[model.relevance_])
    changed = X.copy()
    chosen = int(np.flatnonzero(model.get_group_support())[-1])
    changed[:, 2 * chosen] += 1
    moved = (model.group_contributions(changed) != by_group).any(axis=(0, 1))
    assert np.flatnonzero(moved).tolist() == [chosen]


# where it is used -------------------------------------------------------------------------------


def test_it_selects_columns_as_scikit_learns_selectors_do():
    X, y = weak(0)
    table = pd.DataFrame(X, columns=[f"c{i}" for i in range(60)])
    model = layered_quick(layers=2).fit(table, y)
    chosen = model.get_support(indices=True)
    assert model.get_feature_names_out().tolist() == [f"c{i}" for i in chosen]
    np.testing.assert_array_equal(model.transform(table), X[:, chosen])
    np.testing.assert_array_equal(model.get_group_support(), model.get_support())
    pipe = make_pipeline(layered_quick(layers=2), LogisticRegression()).set_output(
        transform="pandas"
    )
    pipe.fit(table, y)
    assert pipe[-1].feature_names_in_.tolist() == [f"c{i}" for i in chosen]


def test_works_in_scikit_learns_searches():
    X, y = weak(0)
    search = GridSearchCV(layered_quick(), {"layers": [1, 4]}, cv=2, scoring="neg_log_loss")
    assert search.fit(X, y).best_params_ == {"layers": 4}
    model = clone(layered_quick(groups=BLOCKS * 2, layers=2))
    assert model.groups == BLOCKS * 2 and model.layers == 2
    p = cross_val_predict(
        model, X, y, cv=2, method="predict_proba", params={"groups": np.arange(120) // 4}
    )
    assert (p.argmax(axis=1) == y).mean() > 0.75


@pytest.mark.parametrize(
    ("label", "shared"),
    [(None, True), (str, False), (lambda g: ("face", g), True)],
    ids=["columns", "text", "tuples"],
)
def test_storing_needs_no_code_of_strangers(shared, label):
    X, y = weak(0, classes=3)
    groups = None if label is None else [label(c // 2) for c in range(60)]
    model = layered_quick(groups=groups, shared=shared, layers=3).fit(X.astype(np.float32), y)
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert set(unknown) <= set(STORED_TYPES)
    back = skops.io.loads(stored, trusted=unknown)
    assert back.group_names_.tolist() == model.group_names_.tolist()
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(back.group_contributions(X), model.group_contributions(X))
    np.testing.assert_array_equal(back.get_support(), model.get_support())


# sentences --------------------------------------------------------------------------------------


def test_questions_before_a_fit_are_refused():
    X, _ = small(0)
    names = "predict predict_proba predict_log_proba decision_function transform"
    for name in [*names.split(), "group_contributions", "sample_contributions"]:
        with pytest.raises(NotFittedError):
            getattr(LayeredRSFM(), name)(X)
    with pytest.raises(NotFittedError):
        LayeredRSFM().get_group_support()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"layers": 0}, "layers must be a whole number of at least 1, not 0"),
        ({"layers": True}, "layers must be a whole number of at least 1, not True"),
        ({"layers": 1.5}, "layers must be"),
        ({"layers": "3"}, "layers must be"),
        ({"kernel": "intersecton"}, "did you mean 'intersection'"),
        ({"width": -1}, "width must be a number above 0 or 'evidence', not -1"),
        ({"algorithm": "Batch"}, "did you mean 'batch'"),
        ({"selection": "beta-binomal"}, "did you mean 'beta-binomial'"),
        ({"shared": "no"}, "shared must be True or False, not 'no'"),
        ({"class_weight": "even"}, "class_weight must be"),
        ({"max_iter": 0}, "max_iter must be"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        LayeredRSFM(**settings).check_settings()
    with pytest.raises(ValueError, match=words):
        LayeredRSFM(**settings).fit(*small(0))


@pytest.mark.parametrize(
    ("settings", "more", "words"),
    [
        ({"groups": [1, 2]}, {}, "6 columns, 2 labels"),
        ({"groups": "abcdef"}, {}, "groups must be a list of labels"),
        ({"kernel": "chi-square"}, {}, "the chi-square kernel needs at least 0"),
        ({}, {"groups": np.arange(70)}, r"one label per row, shape \(80,\), not \(70,\)"),
        ({}, {"groups": np.arange(90)}, r"one label per row, shape \(80,\), not \(90,\)"),
        ({}, {"groups": np.zeros((80, 2))}, "one label per row"),
        ({}, {"sample_weight": -np.ones(80)}, "the lowest is -1"),
        ({}, {"sample_weight": np.zeros(80)}, "must not be zero in all rows"),
        ({}, {"sample_weight": small(0)[1]}, "only one class came: 1"),
    ],
)
def test_impossible_data_are_refused(settings, more, words):
    with pytest.raises(ValueError, match=words):
        LayeredRSFM(**settings).fit(*small(0), **more)
