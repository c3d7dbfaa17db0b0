"""The relevance sample-feature machine: what it finds, what it says of it, and odd data."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from rsfm_material import additive, slow_tensor, small
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from classifiers import RSFM, RVM, STORED_TYPES
from classifiers.rsfm import contraction, features

NOTHING = pytest.mark.filterwarnings("ignore:no feature is worth")
QUICK = {"width": 1.0, "selection": "log"}
PLAIN = {**QUICK, "refit": "none"}
TABLE = np.linspace(-2.0, 2.0, 10)[:, None] + np.zeros((10, 4))


def found_in(model) -> list[int]:
    return np.flatnonzero(model.get_support()).tolist()


def blocks(seed: int, rows: int = 200):
    """Return histograms of 20 blocks with 8 bins, of which blocks 3 and 11 matter; synthetic."""
    rng = np.random.default_rng(seed)
    bins, y = rng.gamma(1.0, size=(rows, 20, 8)), rng.integers(0, 2, rows)
    bins[:, 3, :2] *= np.where(y, 5.0, 1.0)[:, None]
    bins[:, 11, 5:7] *= np.where(y, 1.0, 5.0)[:, None]
    return (bins / bins.sum(axis=2, keepdims=True)).reshape(rows, 160), y


def of_classes(seed: int, rows: int = 240, columns: int = 10):
    """Return three classes, each marked by a column of its own; synthetic."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((rows, columns)), np.arange(rows) % 3
    X[np.arange(rows), y] += 2.5
    return X, np.array(["a", "b", "c"])[y]


# what it finds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_five_of_five_hundred_features_are_found(seed):
    X, y = additive(300, 500, seed)
    Z, truth = additive(2000, 500, 1000 + seed)
    model = RSFM().fit(X, y)
    assert found_in(model) == [0, 1, 2, 3, 4]
    assert 1 - model.score(Z, truth) <= 0.15  # Bayes: .106
    assert RVM().fit(X, y).score(Z, truth) < 0.62


@NOTHING
def test_noise_selects_nothing():
    taken = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((100, 500)), rng.integers(0, 2, 100)
        taken += RSFM(**QUICK).fit(X, y).get_support().any()
    assert taken <= 2


@NOTHING
def test_without_a_feature_the_shares_of_the_classes_are_told():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [30, 20, 10])
    for classes, X in ((3, rng.standard_normal((60, 30))), (2, np.ones((60, 3)))):
        kept = y < "abcd"[classes]
        with pytest.warns(UserWarning, match="no feature is worth what it costs"):
            model = RSFM(**QUICK).fit(X[kept], y[kept])
        share = [(y[kept] == c).mean() for c in model.classes_]
        p = model.predict_proba(X[:4])
        np.testing.assert_allclose(p, [share] * 4, atol=0.005)
        assert set(model.predict(X)) == {"a"}
        assert model.relevance_vectors_.shape == (0, X.shape[1]) and not model.refitted_
        assert model.group_contributions(X[:2]).shape == (2, 1 if classes == 2 else 3, X.shape[1])


@pytest.mark.parametrize("kernel", ["chi-square", "intersection", "hellinger", "linear", "rbf"])
def test_two_of_twenty_blocks_are_found(kernel):
    X, y = blocks(0)
    groups = np.repeat([f"block {g}" for g in range(20)], 8)
    model = RSFM(kernel, groups=groups, selection="log").fit(X[:150], y[:150])
    found = set(model.group_names_[model.get_group_support()])
    assert {"block 3", "block 11"} <= found and len(found) <= 6
    columns = [c for c in range(160) if groups[c] in found]
    assert found_in(model) == columns
    size = np.abs(model.feature_weights_[0])
    assert min(size[3], size[11]) > 0.02
    assert model.score(X[150:], y[150:]) >= 0.75


@pytest.mark.parametrize(
    "label",
    [str, int, float, lambda g: ("face", g), lambda g: g if g % 2 else None],
    ids=["text", "int", "float", "tuple", "mixed"],
)
def test_groups_are_labelled_in_any_way(label):
    X, y = small(0)
    labels = [label(c // 2) for c in range(6)]
    model = RSFM(groups=labels, **PLAIN).fit(X, y)
    twin = RSFM(groups=pd.factorize(np.array([str(g) for g in labels]))[0], **PLAIN).fit(X, y)
    assert model.group_names_.tolist() == list(dict.fromkeys(labels))
    np.testing.assert_array_equal(model.predict_proba(X), twin.predict_proba(X))
    back = skops.io.loads(skops.io.dumps(model), trusted=list(STORED_TYPES))
    assert back.group_names_.tolist() == model.group_names_.tolist()
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))


def test_groups_may_be_the_columns_of_a_table():
    X, y = small(0)
    labels = pd.MultiIndex.from_tuples([("face", c // 2) for c in range(6)])
    model = RSFM(groups=labels, **QUICK).fit(X, y)
    assert model.group_names_.tolist() == [("face", 0), ("face", 1), ("face", 2)]
    series = RSFM(groups=pd.Series(list("aabbcc")), **QUICK).fit(X, y)
    assert series.group_names_.tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(series.predict_proba(X), model.predict_proba(X))


def test_classes_share_their_features_or_have_their_own():
    X, y = of_classes(0)
    shared = RSFM(**PLAIN).fit(X, y)
    own = RSFM(shared=False, **PLAIN).fit(X, y)
    assert set(found_in(shared)) >= {0, 1, 2}
    assert (shared.feature_weights_ == shared.feature_weights_[0]).all()
    assert all(own.feature_weights_[c, c] != 0 for c in range(3))
    for model in (shared, own):
        assert model.sample_weights_.shape == (3, len(model.relevance_))
        np.testing.assert_allclose(np.abs(model.feature_weights_).sum(axis=1), 1)
    assert shared.widths_.shape == (1,) and own.widths_.shape == (3,)
    Z, truth = of_classes(1)
    assert min(shared.score(Z, truth), own.score(Z, truth)) > 0.85


# refit ------------------------------------------------------------------------------------------


def test_interactions_are_left_to_a_refit():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 12))
    y = 2 * X[:, 0] * X[:, 1] + 0.8 * (X[:, 0] + X[:, 1]) > 0
    model, without = (RSFM(refit=r).fit(X[:200], y[:200]) for r in ("evidence", "none"))
    assert found_in(model) == found_in(without) == [0, 1]
    assert model.refitted_ and model.refit_worth_ > model.worth_ and without.refit_ is None
    assert model.score(X[200:], y[200:]) > without.score(X[200:], y[200:]) + 0.05
    columns = X[200:, :2]
    np.testing.assert_array_equal(model.predict_proba(X[200:]), model.refit_.predict_proba(columns))


def test_a_sum_of_functions_needs_no_refit():
    X, y = additive(300, 8, 0)
    assert not RSFM(**QUICK).fit(X, y).refitted_
    assert RSFM(refit="rvm", **QUICK).fit(X, y).refitted_


@NOTHING
def test_the_limit_an_exclusive_or_has_no_feature():
    """Neither column says anything alone, so neither is found, and no refit can help."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 12))
    y = X[:, 0] * X[:, 1] > 0
    model = RSFM().fit(X[:200], y[:200])
    assert found_in(model) not in ([0, 1], [1, 0])
    assert model.score(X[200:], y[200:]) < 0.65
    assert RVM().fit(X[:200, :2], y[:200]).score(X[200:, :2], y[200:]) > 0.9


# what it says -----------------------------------------------------------------------------------


def by_definition(model, X, Z):
    """Return mean and variance of f from the definition, with all kernel values."""
    scaled = slow_tensor(X, None, "rbf", float(model.widths_[0]), Z)
    (kept,) = model.parts_
    K = scaled[:, model.relevance_][:, :, model.get_group_support()]
    mean, variance = [], []
    for c, places in enumerate(kept["places"]):
        own, w, weight = K[:, places], kept["mean"][c], kept["feature_weights"]
        phi = np.column_stack([np.ones(len(Z)), own @ weight])
        psi = np.einsum("ism,s->im", own, w)
        mean.append(phi @ np.r_[kept["offsets"][c], w])
        both, other = kept["covariance"][c], kept["feature_covariance"]
        spread = [np.trace(k.T @ both[1:, 1:] @ k @ other) for k in own]
        spread += np.einsum("ij,jk,ik->i", phi, both, phi)
        variance.append(spread + np.einsum("ij,jk,ik->i", psi, other, psi))
    return np.column_stack(mean), np.column_stack(variance)


@pytest.mark.parametrize("classes", [2, 3])
def test_mean_variance_and_moderation_are_those_of_the_definition(classes):
    X, y = small(0, classes=classes)
    Z, _ = small(1)
    model = RSFM(**PLAIN).fit(X, y)
    mean, variance = by_definition(model, X, Z)
    found = model.latent_mean_and_variance(Z)
    np.testing.assert_allclose(found[0], mean, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[1], variance, rtol=1e-6, atol=1e-6)
    odds = mean / np.sqrt(1 + np.pi * variance / 8)
    if classes == 2:
        p = 1 / (1 + np.exp(-odds))
        np.testing.assert_allclose(model.predict_proba(Z), np.hstack([1 - p, p]), atol=1e-7)
        assert (np.abs(model.decision_function(Z)) <= np.abs(mean[:, 0]) + 1e-9).all()
    else:  # classes of one size: every answer given that one is yes
        p = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(model.predict_proba(Z), p, atol=0.01)


@pytest.mark.parametrize("refit", ["none", "rvm"])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_decisions_scores_and_probabilities_agree(classes, shared, refit):
    X, y = small(1, classes=classes)
    kept = (y > 0) | (np.arange(80) % 3 == 0)  # classes of unequal size
    X, y = X[kept], y[kept]
    model = RSFM(shared=shared, refit=refit, **QUICK).fit(X, y)
    Z, truth = small(9, rows=200, classes=classes)
    p, scores = model.predict_proba(Z), model.decision_function(Z)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(Z), model.classes_[p.argmax(axis=1)])
    best = (scores > 0).astype(int) if classes == 2 else scores.argmax(axis=1)
    np.testing.assert_array_equal(best, p.argmax(axis=1))
    assert (best == truth).mean() > {2: 0.7, 3: 0.5}[classes]


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_contributions_sum_to_f(classes, shared):
    X, y = small(0, classes=classes)
    model = RSFM(shared=shared, refit="rvm", **QUICK).fit(X, y)
    f = model.latent_mean_and_variance(X)[0] - model.intercept_
    by_group, by_sample = model.group_contributions(X), model.sample_contributions(X)
    assert by_group.shape == (80, f.shape[1], 6)
    assert by_sample.shape == (80, f.shape[1], len(model.relevance_))
    np.testing.assert_allclose(by_group.sum(axis=2), f, atol=1e-9)
    np.testing.assert_allclose(by_sample.sum(axis=2), f, atol=1e-9)
    np.testing.assert_array_equal(
        (by_group != 0).any(axis=0),
        np.broadcast_to(model.feature_weights_ != 0, by_group.shape[1:]),
    )
    np.testing.assert_array_equal((by_sample != 0).any(axis=0), model.sample_weights_ != 0)
    changed = X.copy()
    changed[:, 0] += 1
    moved = (model.group_contributions(changed) != by_group).any(axis=(0, 1))
    assert moved[0] and not moved[1:].any()


@pytest.mark.parametrize("algorithm", ["incremental", "batch"])
def test_what_is_kept_of_a_fit(algorithm):
    X, y = small(0)
    model = RSFM(algorithm=algorithm, width=1.0, selection="none", max_iter=100).fit(X, y)
    np.testing.assert_array_equal(model.relevance_vectors_, X[model.relevance_])
    assert np.abs(model.feature_weights_).sum() == pytest.approx(1)
    assert model.n_iter_ == len(model.history_[0])
    assert model.worth_ == pytest.approx(model.history_[0].max())
    tuned = len(model.relevance_) + model.get_support().sum()
    assert model.log_marginal_likelihood_ == pytest.approx(model.worth_ + tuned)
    assert {0, 1} <= set(found_in(model)) and model.score(X, y) > 0.85


# weights, candidates, seeds ---------------------------------------------------------------------


def test_a_row_of_weight_zero_is_left_out():
    X, y = small(0)
    weights = np.r_[np.ones(70), np.zeros(10)]
    odd = X.copy()
    odd[70:] = 1e3
    model = RSFM(**QUICK).fit(odd, y, sample_weight=weights)
    np.testing.assert_array_equal(
        model.predict_proba(X), RSFM(**QUICK).fit(X[:70], y[:70]).predict_proba(X)
    )
    rolled = RSFM(**PLAIN).fit(np.roll(odd, 10, axis=0), np.roll(y, 10), np.roll(weights, 10))
    plain = RSFM(**PLAIN).fit(X[:70], y[:70])
    np.testing.assert_array_equal(rolled.relevance_, plain.relevance_ + 10)


def test_class_weights_are_row_weights():
    X, y = small(0)
    by_class = RSFM(class_weight={1: 3.0, 7: 2.0}, **PLAIN).fit(X, y).predict_proba(X)
    by_row = RSFM(**PLAIN).fit(X, y, sample_weight=np.where(y == 1, 3.0, 1.0)).predict_proba(X)
    np.testing.assert_allclose(by_class, by_row, atol=1e-9)
    assert np.abs(by_class - RSFM(**PLAIN).fit(X, y).predict_proba(X)).max() > 1e-3


def test_balanced_classes_count_rows_by_their_weights():
    X, y = small(0)
    kept = (y == 0) | (np.arange(80) % 4 == 0)
    X, y = X[kept], y[kept]
    plain, fair = (RSFM(class_weight=c, **PLAIN).fit(X, y) for c in (None, "balanced"))
    assert fair.predict(X).sum() > plain.predict(X).sum()
    weights = np.where(y == 1, (y == 0).sum() / (y == 1).sum(), 1.0)
    np.testing.assert_allclose(
        RSFM(class_weight="balanced", **PLAIN).fit(X, y, weights).predict_proba(X),
        RSFM(**PLAIN).fit(X, y, weights).predict_proba(X),
        atol=1e-9,
    )


def test_candidates_are_few_and_chosen_by_the_seed():
    X, y = small(0, rows=150)
    models = [RSFM(max_candidates=30, random_state=s, **PLAIN).fit(X, y) for s in (0, 0, 1)]
    np.testing.assert_array_equal(models[0].predict_proba(X), models[1].predict_proba(X))
    assert not np.array_equal(models[0].relevance_, models[2].relevance_)
    np.testing.assert_array_equal(models[0].relevance_vectors_, X[models[0].relevance_])
    alone = X[np.sort(models[0].relevance_)]
    assert len(alone) <= 30 and models[0].score(X, y) > 0.85


def test_same_data_same_result():
    X, y = small(0, classes=3)
    one, two = (RSFM(selection="log").fit(X, y).predict_proba(X) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_threads_of_the_linear_algebra_change_nothing_that_is_seen():
    X, y = additive(200, 60, 1)
    X = np.hstack([X, X[:, :5]])
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(RSFM(**QUICK).fit(X, y).predict_proba(X))
    np.testing.assert_allclose(found[0], found[1], atol=1e-8)


# odd data ---------------------------------------------------------------------------------------


@NOTHING
@pytest.mark.parametrize("kernel", ["rbf", "linear", "intersection"])
@pytest.mark.parametrize("classes", [2, 3])
def test_the_smallest_and_the_plainest_data(kernel, classes):
    rng = np.random.default_rng(0)
    rows, y = rng.random((24, 4)), np.arange(24) % classes
    one_of = np.r_[classes - 1, np.arange(23) % (classes - 1)]
    two_of = np.r_[[classes - 1] * 2, np.arange(22) % (classes - 1)]
    cases = {
        "as many rows as classes": (rows[:classes], y[:classes]),
        "a class of two": (rows, two_of),
        "a class of one": (rows, one_of),
        "separable": (rows + 50 * y[:, None], y),
        "constant columns": (np.hstack([rows, np.ones((24, 2))]), y),
        "one usable column": (np.hstack([rows[:, :1] + y[:, None], np.ones((24, 5))]), y),
        "no usable column": (np.ones((24, 5)), y),
        "columns twice": (np.hstack([rows + y[:, None]] * 2), y),
        "equal rows": (np.repeat(rows[:1], 24, axis=0), y),
        "wide": (rng.random((12, 400)), y[:12]),
        "single precision": (rows.astype(np.float32) + y[:, None], y),
        "whole numbers": ((9 * rows).astype(int) + y[:, None], y),
    }
    for name, (X, labels) in cases.items():
        model = RSFM(kernel).fit(X, labels)
        p = model.predict_proba(X)
        assert np.isfinite(p).all(), name
        np.testing.assert_allclose(p.sum(axis=1), 1.0)
        if name == "separable" and kernel == "rbf":
            assert model.score(X, labels) == 1.0 and p.max() < 1.0
        if name == "one usable column":
            assert set(found_in(model)) <= {0}


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["rbf", "linear"]))
def test_the_units_of_the_columns_change_nothing(seed, kernel):
    X, y = small(seed, rows=60, columns=4)
    rng = np.random.default_rng(seed)
    units, level = 10.0 ** rng.uniform(-6, 6, 4), rng.standard_normal(4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        one = RSFM(kernel, **PLAIN).fit(X, y)
        two = RSFM(kernel, **PLAIN).fit((X + level) * units, y)
    np.testing.assert_array_equal(one.get_support(), two.get_support())
    np.testing.assert_allclose(
        two.predict_proba((X + level) * units), one.predict_proba(X), atol=1e-6
    )


def test_a_copy_of_a_column_is_not_taken_as_well():
    X, y = small(0)
    model = RSFM(**PLAIN).fit(np.hstack([X, X]), y)
    assert {c % 6 for c in found_in(model)} == {0, 1} and len(found_in(model)) == 2


def test_prediction_looks_at_the_selected_columns_alone(monkeypatch):
    X, y = additive(200, 300, 0)
    model = RSFM(**PLAIN).fit(X, y)
    chosen = found_in(model)
    seen = []
    whole = features.Features.rows
    monkeypatch.setattr(
        features.Features,
        "rows",
        lambda self, Z, *kind: seen.append(self.columns) or whole(self, Z, *kind),
    )
    sizes = []
    values = contraction.cross_values
    monkeypatch.setattr(
        contraction,
        "cross_values",
        lambda *given: sizes.append(values(*given).shape) or values(*given),
    )
    model.predict_proba(X)
    assert [columns.tolist() for columns in seen] == [chosen]
    assert {shape[1:] for shape in sizes} == {(len(model.relevance_), len(chosen))}
    assert sum(shape[0] for shape in sizes) == len(X)
    other = np.full_like(X, 1e9)
    other[:, chosen] = X[:, chosen]
    np.testing.assert_array_equal(model.predict_proba(other), model.predict_proba(X))


def test_memory_is_a_few_times_that_of_the_table():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 20_000), dtype=np.float32)
    y = X[:, 7] + X[:, 99] > 0
    tracemalloc.start()
    try:
        model = RSFM(**QUICK).fit(X, y)
        fitting = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        model.predict_proba(X)
        predicting = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert found_in(model) == [7, 99]
    assert fitting < 5 * X.nbytes  # N D: 24 MB; all kernel values would be 7 GB
    assert predicting < 0.2 * X.nbytes


# where it is used -------------------------------------------------------------------------------


def test_it_selects_columns_as_scikit_learns_selectors_do():
    X, y = small(1)
    table = pd.DataFrame(X, columns=[f"c{i}" for i in range(6)])
    model = RSFM(**QUICK).fit(table, y)
    assert model.get_feature_names_out().tolist() == ["c0", "c1"]
    np.testing.assert_array_equal(model.transform(table), X[:, :2])
    np.testing.assert_array_equal(model.inverse_transform(X[:, :2])[:, :2], X[:, :2])
    assert model.get_support(indices=True).tolist() == [0, 1]
    pipe = make_pipeline(RSFM(**QUICK), LogisticRegression()).set_output(transform="pandas")
    pipe.fit(table, y)
    assert pipe[-1].feature_names_in_.tolist() == ["c0", "c1"]
    assert make_pipeline(RSFM(**QUICK)).fit(table, y).score(table, y) > 0.8


def test_works_in_scikit_learns_searches():
    X, y = load_iris(return_X_y=True)
    grid = {"width": [0.6, "evidence"], "kernel": ["rbf", "linear"], "refit": ["none", "rvm"]}
    search = GridSearchCV(RSFM(selection="log"), grid, cv=2).fit(X, y)
    assert search.best_score_ > 0.9
    model = clone(RSFM(groups=[0, 0, 1, 1], **QUICK))
    assert model.groups == [0, 0, 1, 1]
    p = cross_val_predict(model, X, y, cv=3, method="predict_proba")
    assert (p.argmax(axis=1) == y).mean() > 0.9


@pytest.mark.parametrize("refit", ["none", "rvm"])
@pytest.mark.parametrize("shared", [True, False])
def test_storing_needs_no_code_of_strangers(shared, refit):
    X, y = small(0, classes=3)
    groups = [("face", c // 2) for c in range(6)]
    model = RSFM(shared=shared, refit=refit, groups=groups, **QUICK).fit(X.astype(np.float32), y)
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert set(unknown) <= set(STORED_TYPES)
    back = skops.io.loads(stored, trusted=unknown)
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(back.group_contributions(X), model.group_contributions(X))


def test_a_function_is_a_kernel_of_one_feature():
    X, y = small(0)
    own = RSFM(lambda a, b: np.exp(-((a[:, None] - b[None]) ** 2).sum(axis=2) / 2), **PLAIN)
    named = RSFM(**PLAIN).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(own.fit(X, y).predict_proba(X), named, atol=1e-4)


def test_single_precision_says_the_same():
    X, y = small(0)
    one, two = (RSFM(**PLAIN).fit(X.astype(k), y) for k in (np.float32, np.float64))
    np.testing.assert_array_equal(one.get_support(), two.get_support())
    np.testing.assert_allclose(one.predict_proba(X), two.predict_proba(X), atol=1e-3)


def test_sparse_rows_are_refused():
    X, y = small(0)
    with pytest.raises(TypeError, match="dense data is required"):
        RSFM().fit(csr_array(X), y)
    with pytest.raises(TypeError, match="dense data is required"):
        RSFM(**QUICK).fit(X, y).predict(csr_array(X))


# sentences --------------------------------------------------------------------------------------


def test_an_early_stop_is_told_with_numbers():
    X, y = small(0)
    with pytest.warns(
        ConvergenceWarning, match=r"max_iter=2 sweeps, the last brought [-\d].* nats"
    ):
        RSFM(max_iter=2, **QUICK).fit(X, y)
    with pytest.warns(ConvergenceWarning, match=r"max_iter=1 sweeps; raise max_iter"):
        RSFM(max_iter=1, **QUICK).fit(X, y)


def test_questions_before_a_fit_are_refused():
    X, _ = small(0)
    names = "predict predict_proba decision_function transform group_contributions"
    for name in [*names.split(), "sample_contributions", "latent_mean_and_variance"]:
        with pytest.raises(NotFittedError):
            getattr(RSFM(), name)(X)
    with pytest.raises(NotFittedError):
        RSFM().get_group_support()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel": "intersecton"}, "did you mean 'intersection'"),
        ({"kernel": ["rbf"]}, "unknown kernel"),
        ({"width": -1}, "width must be a number above 0 or 'evidence', not -1"),
        ({"width": float("nan")}, "width must be"),
        ({"width": "auto"}, "width must be"),
        ({"width": True}, "width must be"),
        ({"algorithm": "Batch"}, "did you mean 'batch'"),
        ({"algorithm": None}, "unknown algorithm"),
        ({"selection": "beta-binomal"}, "did you mean 'beta-binomial'"),
        ({"refit": True}, "unknown refit 'True'"),
        ({"shared": "no"}, "shared must be True or False, not 'no'"),
        ({"class_weight": "even"}, "class_weight must be"),
        ({"class_weight": [1, 2]}, "class_weight must be"),
        ({"class_weight": {"a": -1}}, "that of a is -1"),
        ({"class_weight": {"a": float("nan")}}, "that of a is nan"),
        ({"max_candidates": 0}, "max_candidates must be"),
        ({"max_candidates": 2.0}, "max_candidates must be"),
        ({"tol": 0}, "tol must be"),
        ({"tol": "a"}, "tol must be"),
        ({"max_iter": 0}, "max_iter must be"),
        ({"max_iter": True}, "max_iter must be"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        RSFM(**settings).check_settings()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"groups": [1, 2]}, "4 columns, 2 labels"),
        ({"groups": "abcd"}, "groups must be a list of labels"),
        ({"groups": 4}, "groups must be a list of labels"),
        ({"groups": [[1]] * 4}, "must be hashable"),
        ({"groups": np.zeros((4, 2))}, "must be hashable"),
        ({"kernel": lambda a, b: np.ones((3, 3))}, r"must return shape \(10, 10\), not \(3, 3\)"),
        ({"kernel": lambda a, b: np.full((len(a), len(b)), np.nan)}, "must return finite numbers"),
        ({"kernel": "chi-square"}, "the chi-square kernel needs at least 0 and the lowest is -2"),
    ],
)
def test_settings_that_do_not_fit_the_data_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        RSFM(**settings).fit(np.random.default_rng(0).permuted(TABLE, axis=0), [0, 1] * 5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda X, y: (np.where(X > 1, np.nan, X), y), "contains NaN"),
        (lambda X, y: (np.where(X > 1, np.inf, X), y), "contains infinity"),
        (lambda X, y: (X, X[:, 0]), "continuous"),
        (lambda X, y: (X, np.ones(80)), "only one class came: 1"),
        (lambda X, y: (X, None), "requires y"),
        (lambda X, y: (X, y[1:]), "inconsistent numbers of samples"),
        (lambda X, y: (X[:, 0], y), "Expected 2D array"),
        (lambda X, y: (X, y, -np.ones(80)), "the lowest is -1"),
        (lambda X, y: (X, y, np.zeros(80)), "must not be zero in all rows"),
        (lambda X, y: (X, y, np.ones(3)), r"must have shape \(80,\), not \(3,\)"),
        (lambda X, y: (X, y, y == 0), "only one class came: 0"),
    ],
)
def test_impossible_data_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        RSFM().fit(*change(*small(0)))
