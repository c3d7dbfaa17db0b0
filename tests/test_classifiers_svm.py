"""The support vector machine: scikit-learn's decisions, sound probabilities, storable."""

from __future__ import annotations

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_classifiers import couple as slow_couple
from reference_classifiers import sigmoid as slow_sigmoid
from sklearn.base import clone
from sklearn.datasets import load_iris, load_wine
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from classifiers import KERNELS, SVM, LinearSVM, gram
from classifiers.calibration import agree, calibration_folds, couple, fit_sigmoid
from classifiers.pairs import pairs_of

ON_HISTOGRAMS = "the check feeds negative numbers, which this kernel refuses with a sentence"


def explained(estimator) -> dict[str, str]:
    kernel = getattr(estimator, "kernel", "")
    if kernel == "precomputed":
        return {"check_decision_proba_consistency": "the check gives rows where a kernel is due"}
    if kernel in ("chi-square", "hellinger") and estimator.scaling == "none":
        names = ("check_class_weight_classifiers", "check_decision_proba_consistency")
        return dict.fromkeys(names, ON_HISTOGRAMS)
    return {}


@parametrize_with_checks(
    [
        SVM(),
        SVM("rbf", gamma="median"),
        SVM("polynomial", scaling="standard"),
        SVM("chi-square"),
        SVM("intersection", scaling="minmax"),
        SVM("hellinger"),
        SVM("precomputed"),
        SVM(class_weight="balanced", scaling="unit-length", probability=False),
        LinearSVM(random_state=0),
    ],
    expected_failed_checks=explained,
)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def wine():
    X, y = load_wine(return_X_y=True)
    X = MinMaxScaler().fit_transform(X)
    return X[::2], np.array(["red", "rosé", "white"])[y[::2]], X[1::2], y[1::2]


REFERENCE = {
    "linear": {"kernel": "linear"},
    "rbf": {"kernel": "rbf", "gamma": "scale"},
    "polynomial": {"kernel": "poly", "degree": 3, "coef0": 1.0, "gamma": "scale"},
}


@pytest.mark.parametrize("name", sorted(KERNELS))
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("weight", [None, "balanced"])
def test_decisions_are_scikit_learns(name, classes, weight):
    X, y, Z, _ = wine()
    X, y = X[np.isin(y, np.unique(y)[:classes])], y[np.isin(y, np.unique(y)[:classes])]
    own = SVM(name, C=2.0, class_weight=weight).fit(X, y)
    if name in REFERENCE:
        settings = REFERENCE[name]
        theirs = SVC(**settings, C=2.0, class_weight=weight, break_ties=True).fit(X, y)
        scores, said = theirs.decision_function(Z), theirs.predict(Z)
    else:
        theirs = SVC(kernel="precomputed", C=2.0, class_weight=weight, break_ties=True)
        theirs.fit(gram(name, X, gamma=own.gamma_), y)
        cross = gram(name, Z, X, gamma=own.gamma_)
        scores, said = theirs.decision_function(cross), theirs.predict(cross)
    np.testing.assert_allclose(own.decision_function(Z), scores, atol=1e-6)
    np.testing.assert_array_equal(own.predict(Z), said)


@pytest.mark.parametrize("name", [*sorted(KERNELS), "function", "precomputed"])
def test_probabilities_are_probabilities_and_agree_with_the_decision(name):
    X, y, Z, _ = wine()
    kernel = (lambda a, b: a @ b.T) if name == "function" else name
    if name == "precomputed":
        X, Z = X @ X.T, Z @ X.T
    model = SVM(kernel, C=0.05).fit(X, y)
    p = model.predict_proba(Z)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert p.min() >= 0
    np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(Z))


@pytest.mark.parametrize("make", [SVM, LinearSVM])
def test_probabilities_tell_more_than_the_prior(make):
    X, y, Z, truth = wine()
    p = make(scaling="standard").fit(X, y).predict_proba(Z)
    loss = -np.log(p[np.arange(len(truth)), truth]).mean()
    prior = np.bincount(truth) / len(truth)
    assert loss < 0.3 < -(prior * np.log(prior)).sum()


def test_probabilities_of_noise_stay_near_the_prior():
    random = np.random.default_rng(0)
    X, y = random.random((60, 300)), np.repeat([0, 1], [40, 20])
    p = SVM("linear", C=100.0, random_state=0).fit(X, y).predict_proba(random.random((50, 300)))
    assert abs(p[:, 1].mean() - 1 / 3) < 0.15  # margins of training rows would say 0 and 1
    assert p.max() < 0.95


@pytest.mark.parametrize("smallest", [1, 2, 3])
def test_classes_with_few_members(smallest):
    X, y, Z, _ = wine()
    keep = np.concatenate([np.flatnonzero(y == "red")[:smallest], np.flatnonzero(y != "red")])
    for model in (SVM("rbf"), LinearSVM()):
        p = model.fit(X[keep], y[keep]).predict_proba(Z)
        assert np.isfinite(p).all() and p.shape == (len(Z), 3)


@pytest.mark.parametrize("make", [SVM, LinearSVM])
def test_more_groups_than_members_of_any_class(make):
    X, y = np.random.default_rng(0).random((6, 4)), np.repeat(["no", "yes"], 3)
    model = make().fit(X, y, groups=np.array(list("123453")))
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)
    folds = list(calibration_folds(y, np.array(list("123453")), None))
    assert len(folds) == 3 and sorted(np.concatenate([t for _, t in folds])) == list(range(6))


@pytest.mark.parametrize("make", [SVM, LinearSVM])
def test_a_weight_of_an_absent_class_changes_nothing(make):
    X, y, Z, _ = wine()
    plain = make(random_state=0).fit(X, y)
    for weight in ({"blue": 9.0}, {"blue": 9.0, "red": 1.0}):
        other = make(class_weight=weight, random_state=0).fit(X, y)
        np.testing.assert_array_equal(other.predict_proba(Z), plain.predict_proba(Z))
    heavy = make(class_weight={"blue": 9.0, "red": 50.0}, random_state=0).fit(X, y)
    assert (heavy.predict_proba(Z) != plain.predict_proba(Z)).any()


def test_every_class_with_one_member():
    p = SVM().fit(np.eye(3), ["a", "b", "c"]).predict_proba(np.eye(3))
    assert p.argmax(axis=1).tolist() == [0, 1, 2]


# weights ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax"])
def test_weights_per_class_are_in_units_of_the_columns(scaling):
    X, y, *_ = wine()
    X = X * np.linspace(1, 20, X.shape[1]) + 3
    model = SVM("linear", scaling=scaling).fit(X, y)
    weights = model.coef_per_class_
    assert weights.shape == (3, X.shape[1])
    np.testing.assert_allclose(weights.sum(axis=0), 0, atol=1e-9)
    for row in range(5):  # moving along a column moves the summed margin of a class by its weight
        step = 1e-3 * (X.mean(axis=0) - X[row])
        before, after = (model._margins(rows)[0] for rows in (X[[row]], X[[row]] + step))
        for c in range(3):
            change = sum(
                (m if c == j else -m)
                for m, (i, j) in zip(after - before, pairs_of(3), strict=True)
                if c in (i, j)
            )
            assert change / 2 == pytest.approx(weights[c] @ step, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "unit-length"])
@pytest.mark.parametrize("make", [LinearSVM, SVM, lambda **kw: SVM("hellinger", **kw)])
def test_weights_belong_to_the_rows_that_the_model_says(make, scaling):
    X, y, *_ = wine()
    X = X * np.linspace(1, 20, X.shape[1]) + 3
    model = make(scaling=scaling)
    if scaling == "standard" and getattr(model, "kernel", "") == "hellinger":
        return  # needs numbers of at least 0
    model.fit(X, y)
    score = model.rows_of_weights(X[:20]) @ model.coef_per_class_.T  # (rows, classes)
    margins = model._margins(X[:20])
    if isinstance(model, SVM):
        margins = (
            np.stack(
                [
                    sum(
                        (m if c == j else -m)
                        for m, (i, j) in zip(margins.T, pairs_of(3), strict=True)
                        if c in (i, j)
                    )
                    for c in range(3)
                ],
                axis=1,
            )
            / 2
        )
    np.testing.assert_allclose(score - score[0], margins - margins[0], rtol=1e-5, atol=1e-7)


def test_weights_of_two_classes_point_at_the_column_that_tells_them_apart():
    random = np.random.default_rng(0)
    X, y = random.random((60, 8)), np.repeat(["no", "yes"], 30)
    X[30:, 5] += 2
    weights = SVM("linear").fit(X, y).coef_per_class_
    assert weights[1].argmax() == 5 and weights[0].argmin() == 5
    np.testing.assert_array_equal(weights[0], -weights[1])


def test_probability_is_there_when_asked_for():
    X, y, *_ = wine()
    for make in (SVM, LinearSVM):
        assert not hasattr(make(probability=False).fit(X, y), "predict_proba")


def test_only_linear_kernels_have_weights():
    X, y, *_ = wine()
    assert SVM("hellinger").fit(X, y).coef_per_class_.shape == (3, 13)
    assert not hasattr(SVM("rbf").fit(X, y), "coef_per_class_")
    with pytest.raises(AttributeError, match="weights per column"):
        SVM("rbf").fit(X, y).rows_of_weights(X)


# what is kept -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(KERNELS))
@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "unit-length"])
def test_storing_needs_no_code_of_strangers(name, scaling):
    if scaling == "standard" and KERNELS[name].non_negative:
        pytest.skip("standardised columns are negative, which this kernel refuses")
    X, y, Z, _ = wine()
    model = SVM(name, scaling=scaling, C=3.0).fit(X.astype(np.float32), y)
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert unknown == ["classifiers.svm.SVM"]
    back = skops.io.loads(stored, trusted=unknown)
    np.testing.assert_array_equal(back.predict_proba(Z), model.predict_proba(Z))
    np.testing.assert_array_equal(back.predict(Z), model.predict(Z))


def test_only_rows_that_carry_a_decision_are_kept():
    X, y, *_ = wine()
    model = SVM("rbf").fit(X, y)
    assert 0 < len(model.support_vectors_) < len(X)
    np.testing.assert_array_equal(model.support_vectors_, X[model.support_])
    linear = SVM("linear").fit(X, y)
    assert not hasattr(linear, "support_vectors_")


# scaling, searching, groups ---------------------------------------------------------------------


def test_scaling_is_learned_from_the_training_rows():
    X, y, Z, _ = wine()
    own = SVM("rbf", scaling="standard").fit(X, y)
    pipe = make_pipeline(StandardScaler(), SVC(break_ties=True)).fit(X, y)
    np.testing.assert_allclose(own.decision_function(Z), pipe.decision_function(Z), atol=1e-6)


def test_minmax_keeps_histogram_kernels_defined_on_new_rows():
    X, y, Z, _ = wine()
    model = SVM("chi-square", scaling="minmax").fit(X, y)
    assert np.isfinite(model.predict_proba(Z - 5)).all()


@pytest.mark.parametrize(
    ("settings", "grid"),
    [
        ({"kernel": "linear"}, {"C": [0.1, 10]}),
        ({"kernel": "intersection", "scaling": "unit-length"}, {"C": [1]}),
        ({"kernel": "hellinger"}, {"class_weight": [None, "balanced"]}),
        ({"kernel": "chi-square"}, {"gamma": ["scale", "median", 2.0]}),
        ({"kernel": "rbf", "gamma": "median"}, {"C": [1, 5]}),
        ({"kernel": "polynomial", "gamma": 0.5}, {"degree": [2, 3]}),
    ],
)
def test_a_shared_base_gives_the_same_machine(settings, grid):
    X, y, *_ = wine()
    train, test = np.arange(0, len(X), 2), np.arange(1, len(X), 2)
    base = SVM(**settings).shared_base(X, grid)
    for value in next(iter(grid.values())):
        model = SVM(**settings).set_params(**{next(iter(grid)): value})
        over = clone(model.over_base()).fit(base[np.ix_(train, train)], y[train])
        model.fit(X[train], y[train])
        np.testing.assert_allclose(
            over.decision_function(base[np.ix_(test, train)]),
            model.decision_function(X[test]),
            atol=1e-6,
        )


@pytest.mark.parametrize(
    ("settings", "grid"),
    [
        ({"kernel": "linear"}, {"kernel": ["linear", "rbf"]}),
        ({"kernel": "linear", "scaling": "standard"}, {"C": [1]}),
        ({"kernel": "rbf"}, {"C": [1]}),
        ({"kernel": "rbf", "gamma": 1.0}, {"gamma": [1.0, "scale"]}),
        ({"kernel": "precomputed"}, {"C": [1]}),
    ],
)
def test_no_base_is_shared_where_it_would_differ(settings, grid):
    assert SVM(**settings).shared_base(np.ones((4, 2)), grid) is None


def test_works_in_scikit_learns_searches():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(SVM("rbf"), {"C": [0.1, 10], "gamma": ["scale", "median"]}, cv=3)
    assert search.fit(X, y).best_score_ > 0.9
    p = cross_val_predict(SVM(), X, y, cv=3, method="predict_proba")
    assert p.shape == (150, 3)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 8))
def test_calibration_folds_keep_groups_together(seed, groups):
    random = np.random.default_rng(seed)
    group, y = random.integers(groups, size=40), random.integers(3, size=40)
    folds = list(calibration_folds(y, group, None))
    assert sorted(np.concatenate([t for _, t in folds])) == list(range(40))
    assert all(not set(group[a]) & set(group[b]) for a, b in folds)


def test_groups_make_probabilities_more_careful():
    """Rows that come in nearly equal copies fool folds over rows, not folds over groups."""
    random = np.random.default_rng(0)
    rows, y = random.normal(size=(30, 40)), np.repeat(["a", "b"], 15)
    X = np.repeat(rows, 6, axis=0) + 1e-3 * random.normal(size=(180, 40))
    group, y = np.repeat(np.arange(30), 6), np.repeat(y, 6)
    new = random.normal(size=(200, 40))
    sure = [
        SVM("rbf", C=10, random_state=0).fit(X, y, groups=g).predict_proba(new).max(axis=1).mean()
        for g in (None, group)
    ]
    assert sure[1] < sure[0] - 0.1


# sentences --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel": "intersecton"}, "did you mean 'intersection'"),
        ({"scaling": "standart"}, "did you mean 'standard'"),
        ({"C": 0}, "C must be"),
        ({"C": "big"}, "C must be"),
        ({"gamma": -1}, "gamma must be"),
        ({"kernel": "polynomial", "gamma": "median"}, "needs a distance"),
        ({"degree": 1.5}, "degree must be"),
        ({"coef0": -1}, "coef0 must be"),
        ({"kernel": "precomputed", "scaling": "standard"}, "cannot be scaled"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        SVM(**settings).fit(np.eye(4), [0, 1, 0, 1])


def test_impossible_data_are_refused(monkeypatch):
    with pytest.raises(ValueError, match="only one class came: joy"):
        SVM().fit(np.eye(2), ["joy", "joy"])
    with pytest.raises(ValueError, match="must be square"):
        SVM("precomputed").fit(np.ones((4, 2)), [0, 1, 0, 1])
    monkeypatch.setattr("classifiers.svm.MOST_ROWS", 3)
    with pytest.raises(ValueError, match="linear-svm"):
        SVM().fit(np.eye(4), [0, 1, 0, 1])


# the mathematics --------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 50), st.floats(-2, 2))
def test_sigmoid_is_the_maximum_likelihood_one(seed, scale, shift):
    random = np.random.default_rng(seed)
    positive = random.random(30) < 0.4
    positive[:2] = True, False
    margin = scale * (random.normal(size=30) + positive + shift)
    slope, offset = fit_sigmoid(margin, positive)
    expected = slow_sigmoid(margin / scale, positive)
    if expected[0] > 1e-6:
        assert (slope * scale, offset) == pytest.approx(expected, rel=1e-3, abs=1e-4)
    else:
        assert slope == pytest.approx(0.0, abs=1e-5)


def test_a_sigmoid_never_turns_a_decision_round():
    slope, offset = fit_sigmoid(
        np.array([1.0, 2.0, -1.0, -2.0]), np.array([False] * 2 + [True] * 2)
    )
    assert (slope, offset) == (0.0, 0.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5))
def test_coupling_is_the_minimum_on_the_simplex(seed, classes):
    r = np.full((classes, classes), 0.5)
    for i, j in pairs_of(classes):
        r[i, j] = np.random.default_rng([seed, i, j]).uniform(0.02, 0.98)
        r[j, i] = 1 - r[i, j]
    np.testing.assert_allclose(couple(r[None])[0], slow_couple(r), atol=2e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_consistent_pairs_give_back_their_probabilities(seed):
    p = np.random.default_rng(seed).dirichlet(np.ones(4)) * 0.96 + 0.01
    np.testing.assert_allclose(couple((p[:, None] / (p[:, None] + p))[None])[0], p, rtol=1e-8)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6))
def test_agreement_moves_as_little_as_it_can(seed, classes):
    random = np.random.default_rng(seed)
    p, best = random.dirichlet(np.ones(classes), 20), random.integers(classes, size=20)
    q = agree(p, best)
    np.testing.assert_array_equal(q.argmax(axis=1), best)
    np.testing.assert_allclose(q.sum(axis=1), 1.0)
    right = p.argmax(axis=1) == best
    np.testing.assert_array_equal(q[right], p[right])
    for _ in range(20):  # no other row with ``best`` on top is nearer
        other = random.dirichlet(np.ones(classes), 20)
        top = other.max(axis=1)
        other[np.arange(20), best] = top
        mix = random.random((20, 1))
        near = mix * q + (1 - mix) * other / other.sum(axis=1, keepdims=True)
        assert (((near - p) ** 2).sum(1) >= ((q - p) ** 2).sum(1) - 1e-8).all()
