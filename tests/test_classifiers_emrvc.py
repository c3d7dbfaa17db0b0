"""sklearn-rvm behind our contract: the same numbers as the package, and none of its traps."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
import skops.io
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classifiers.emrvc import EMRVC
from classifiers.kernels import gram

theirs = pytest.importorskip("sklearn_rvm", reason="the package sklearn-rvm is not installed")

X, NUMBERS = load_iris(return_X_y=True)
X, NUMBERS = X[::5], NUMBERS[::5]  # 30 rows: batch EM is slow
WORDS = np.array(["setosa", "versicolor", "virginica"])[NUMBERS]
TWO = NUMBERS > 0
QUICK = {"max_iter": 50}
CLOSE = 5e-3  # its Newton steps stop early, so the last bits of a kernel reach the second digit


def package(kernel, gamma, y, rows=X):
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return theirs.EMRVC(kernel=kernel, gamma=gamma, max_iter=50).fit(rows, y)


def test_two_classes_have_the_numbers_of_the_package():
    ours = EMRVC(gamma=0.5, **QUICK).fit(X[TWO], WORDS[TWO])
    other = package("rbf", 0.5, NUMBERS[TWO], X[TWO])
    np.testing.assert_allclose(ours.predict_proba(X), other.predict_proba(X), atol=CLOSE)
    assert ours.relevance_.tolist() == other.relevance_.tolist()


def test_three_classes_have_the_numbers_of_the_package():
    ours = EMRVC(gamma=0.5, **QUICK).fit(X, WORDS)
    other = package("rbf", 0.5, NUMBERS)
    np.testing.assert_allclose(ours.predict_proba(X), other.predict_proba(X), atol=CLOSE)
    assert ours.dual_coef_.shape == (3, len(ours.relevance_)) and ours.intercept_.shape == (3,)


def test_it_is_a_classifier_with_labels_of_any_kind():
    assert is_classifier(EMRVC())
    for y in (WORDS, NUMBERS, NUMBERS * 10 - 7, NUMBERS[TWO] == 2):
        rows = X[TWO] if len(y) < len(X) else X
        model = EMRVC(**QUICK).fit(rows, y)
        assert model.classes_.tolist() == sorted(set(y.tolist()))
        assert (model.predict(rows) == y).mean() > 0.9
        p = model.predict_proba(rows)
        np.testing.assert_allclose(p.sum(axis=1), 1)
        np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(rows))


def test_probabilities_are_numbers_however_far_a_row_lies():
    model = EMRVC("polynomial", gamma=1.0, **QUICK).fit(X, WORDS)
    p = model.predict_proba(X * 1e3)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)


@pytest.mark.parametrize("kernel", ["rbf", "chi-square", "intersection", "hellinger"])
def test_a_named_kernel_a_function_and_a_matrix_are_the_same_machine(kernel):
    def function(rows, others):
        return gram(kernel, rows, others, gamma=0.3)

    named = EMRVC(kernel, gamma=0.3, **QUICK).fit(X, WORDS)
    own = EMRVC(function, **QUICK).fit(X, WORDS)
    matrix = EMRVC("precomputed", **QUICK).fit(function(X, X), WORDS)
    np.testing.assert_allclose(named.predict_proba(X), own.predict_proba(X), atol=CLOSE)
    np.testing.assert_allclose(
        named.predict_proba(X), matrix.predict_proba(function(X, X)), 0, CLOSE
    )
    np.testing.assert_array_equal(own.relevance_vectors_, X[own.relevance_])


def test_it_goes_through_pipelines_searches_and_folds():
    model = make_pipeline(StandardScaler(), EMRVC(**QUICK))
    p = cross_val_predict(model, X, WORDS, cv=3, method="predict_proba")
    assert (np.unique(WORDS)[p.argmax(axis=1)] == WORDS).mean() > 0.8
    search = GridSearchCV(EMRVC(**QUICK), {"gamma": [0.01, 0.5]}, cv=2).fit(X, WORDS)
    assert search.best_params_["gamma"] in (0.01, 0.5)


def test_it_is_stored_as_plain_arrays_and_loaded_without_the_package(monkeypatch):
    model = EMRVC(**QUICK).fit(X, WORDS)
    data = skops.io.dumps(model)
    assert skops.io.get_untrusted_types(data=data) == ["classifiers.emrvc.EMRVC"]
    monkeypatch.setitem(sys.modules, "sklearn_rvm", None)
    back = skops.io.loads(data, trusted=["classifiers.emrvc.EMRVC"])
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))


def test_a_function_as_kernel_is_not_trusted():
    data = skops.io.dumps(EMRVC(gram))
    assert "classifiers.kernels.gram" in skops.io.get_untrusted_types(data=data)


def test_without_the_package_a_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn_rvm", None)
    EMRVC().check_settings()
    with pytest.raises(ValueError, match="pip install sklearn-rvm"):
        EMRVC().fit(X, WORDS)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"kernel": "rfb"}, "did you mean 'rbf'"),
        ({"gamma": 0}, "gamma must be above 0"),
        ({"gamma": "auto"}, "gamma must be a number"),
        ({"max_iter": 0}, "max_iter must be"),
        ({"degree": 1.5}, "degree must be"),
        ({"coef0": -1}, "coef0 must be"),
        ({"tol": -1}, "tol must be"),
        ({"threshold_alpha": "x"}, "threshold_alpha must be"),
        ({"scaling": "standart"}, "did you mean 'standard'"),
        ({"kernel": "precomputed", "scaling": "minmax"}, "cannot be scaled"),
    ],
)
def test_impossible_settings_are_refused_without_data(params, words):
    with pytest.raises(ValueError, match=words):
        EMRVC(**params).check_settings()


@pytest.mark.parametrize(
    ("params", "rows", "words"),
    [
        ({"kernel": "linear", "scaling": "standard"}, X, "root of the kernel's mean"),
        ({"kernel": "precomputed"}, X, "must be square"),
        ({"kernel": "chi-square"}, -X, "Negative values"),
        ({}, np.zeros((2001, 1)), "2001 training rows"),
    ],
)
def test_rows_that_it_cannot_learn_from_are_refused(params, rows, words):
    y = np.arange(len(rows)) % 2
    with pytest.raises(ValueError, match=words):
        EMRVC(**params, **QUICK).fit(rows, y)


def test_the_same_rows_give_the_same_machine():
    one, other = (clone(EMRVC(**QUICK)).fit(X, WORDS) for _ in range(2))
    np.testing.assert_array_equal(one.dual_coef_, other.dual_coef_)
    assert (one.dual_coef_ != 0).any(axis=0).all() and len(one.relevance_) < len(X)


def test_labels_that_say_nothing_leave_the_share_of_the_classes():
    y = np.arange(len(X)) % 3 == 0
    model = EMRVC(gamma=1e-9, **QUICK).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], y.mean(), atol=0.05)
