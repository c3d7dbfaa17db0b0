"""RSFM in use: weights and seeds, odd data, scikit-learn around it, sentences."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from rsfm_material import (
    NOTHING,
    PLAIN,
    QUICK,
    TABLE,
    additive,
    found_in,
    small,
)
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from classifiers import RSFM, STORED_TYPES
from classifiers.rsfm import contraction, features

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
