"""All classifiers by name: one contract for the whole family."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import skops.io
from families import ON_TABLES
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_iris

import classifiers
from classifiers import CLASSIFIERS, STORED_TYPES, make_classifier, search_grid
from classifiers.registry import parameters

QUICK = {
    "mlp": {"max_iter": 2000},
    "forest": {"n_estimators": 20},
    "sklearn-rvm": {"max_iter": 15},
}
# nets look at pictures; test_classifiers_deep.py asks the same of them


def made(name: str, **params):
    return make_classifier(name, seed=0, **QUICK.get(name, {}), **params)


@pytest.mark.parametrize("name", ON_TABLES)
def test_every_classifier_keeps_the_contract(name):
    X, y = load_iris(return_X_y=True)
    y = np.array(["setosa", "versicolor", "virginica"])[y]
    model = clone(made(name)).fit(X[::2], y[::2])
    p = model.predict_proba(X[1::2])
    assert is_classifier(model)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(X[1::2]))
    expected = 1 / 3 if name == "majority" else 0.9
    assert (model.predict(X[1::2]) == y[1::2]).mean() >= expected
    again = clone(made(name)).fit(X[::2], y[::2])
    np.testing.assert_array_equal(again.predict_proba(X[1::2]), p)


@pytest.mark.parametrize("name", ON_TABLES)
def test_every_classifier_is_stored_without_code(name):
    X, y = load_iris(return_X_y=True)
    model = made(name).fit(X, y)
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert set(unknown) <= set(STORED_TYPES)
    back = skops.io.loads(stored, trusted=unknown)
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("name", ON_TABLES)
def test_every_classifier_scales_on_request(name):
    X, y = load_iris(return_X_y=True)
    X = X * [1, 1e-3, 1e3, 1]
    model = made(name, scaling="standard").fit(X, y)
    assert model.score(X, y) > (0.3 if name == "majority" else 0.9)
    with pytest.raises(ValueError, match="did you mean 'standard'"):
        made(name, scaling="standart").fit(X, y)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_unknown_parameters_get_the_nearest(name):
    wrong, right = ("scalling", "scaling") if name in ON_TABLES else ("epoch", "epochs")
    with pytest.raises(ValueError, match=f"did you mean '{right}'"):
        make_classifier(name, **{wrong: "none"})
    assert CLASSIFIERS[name].about and "self" not in parameters(name)


def test_unknown_names_get_the_nearest():
    for call in (make_classifier, parameters, lambda n: search_grid(n, {})):
        with pytest.raises(ValueError, match="did you mean 'logistic'"):
            call("logistics")


def test_impossible_values_of_our_own_are_refused_before_any_data():
    with pytest.raises(ValueError, match="C must be"):
        make_classifier("svm", C=-1)


def test_the_seed_goes_where_there_is_one():
    assert make_classifier("forest", seed=3).random_state == 3
    assert make_classifier("forest", seed=3, random_state=5).random_state == 5
    assert "random_state" not in make_classifier("knn", seed=3).get_params()


def test_lists_are_choices():
    fixed, grid = search_grid("svm", {"kernel": "rbf", "gamma": [0.1, "median"], "C": [3]})
    assert (fixed, grid) == ({"kernel": "rbf", "C": 3}, {"gamma": [0.1, "median"]})
    assert search_grid("majority", {}) == ({}, {})
    layers = {"hidden_layer_sizes": [[10], [10, 5]]}
    assert search_grid("mlp", layers) == ({}, layers)
    assert make_classifier("mlp", hidden_layer_sizes=[10, 5], scaling="none").get_params()[
        "hidden_layer_sizes"
    ] == (10, 5)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"C": []}, "empty list"),
        ({"C": [1, -1]}, "C must be"),
        ({"kernel": ["linear", "lineer"]}, "did you mean 'linear'"),
        ({"gama": [1, 2]}, "did you mean 'gamma'"),
    ],
)
def test_a_search_is_refused_before_it_starts(params, words):
    with pytest.raises(ValueError, match=words):
        search_grid("svm", params)


def test_the_package_is_light_and_complete():
    for name in classifiers.__all__:
        assert getattr(classifiers, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Svm'"):
        _ = classifiers.Svm
    code = (
        "import sys, classifiers; classifiers.CLASSIFIERS\n"
        "heavy = {'numpy', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
