"""The relevance vector machine for numbers: the posterior that it claims, noise, units, ends."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_rvm import number_evidence, number_posterior
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from classifiers import RVR, STORED_TYPES, gram


def sinc(seed, noise=0.1, rows=100):
    """sin(x) / x on a grid with normal noise (synthetic), the example of Tipping 2001."""
    x = np.linspace(-10, 10, rows)
    t = np.sinc(x / np.pi)
    return x[:, None], t + noise * np.random.default_rng(seed).normal(size=rows), t


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("algorithm", ["sequential", "em"])
def test_sinc_needs_few_vectors_and_knows_its_noise(seed, algorithm):
    x, t, truth = sinc(seed)
    model = RVR(gamma=0.2, algorithm=algorithm, max_iter=2000).fit(x, t)
    assert 3 <= len(model.relevance_) <= 12  # Tipping 2001: 9 of 100
    assert 0.08 < np.sqrt(model.noise_) < 0.12
    assert np.sqrt(np.mean((model.predict(x) - truth) ** 2)) < 0.05


@pytest.mark.parametrize("kernel", ["rbf", "linear", "polynomial"])
def test_mean_variance_and_evidence_are_those_of_the_dense_posterior(kernel):
    X, t = load_diabetes(return_X_y=True)
    X, Z, t = X[:80] * 10, X[80:120] * 10, t[:80]
    weights = np.ones(80)
    model = RVR(kernel, gamma="scale").fit(X, t)
    gamma = {"gamma": model.gamma_}
    phi, alpha = gram(kernel, X, X[model.relevance_], **gamma), model.alpha_[0]
    w, covariance = number_posterior(phi, alpha, t, model.noise_, weights)
    new = np.column_stack([np.ones(40), gram(kernel, Z, X[model.relevance_], **gamma)])
    mean, deviation = model.predict(Z, return_std=True)
    np.testing.assert_allclose(mean, new @ w, rtol=1e-5)
    variance = np.einsum("ij,jk,ik->i", new, covariance, new) + model.noise_
    np.testing.assert_allclose(deviation, np.sqrt(variance), rtol=1e-5)
    expected = number_evidence(phi, alpha, t - t.mean(), model.noise_)
    assert model.log_marginal_likelihood_ == pytest.approx(expected, abs=1e-2)


def test_intervals_hold_what_they_promise():
    inside = []
    for seed in range(20):
        x, t, _ = sinc(seed)
        mean, deviation = RVR(gamma=0.2).fit(x[::2], t[::2]).predict(x[1::2], return_std=True)
        inside.append(np.mean(np.abs(t[1::2] - mean) < 1.96 * deviation))
    assert 0.9 < np.mean(inside) < 0.98


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.floats(1e-6, 1e6), st.floats(-100, 100))
def test_units_of_the_target_are_carried_through(seed, unit, offset):
    x, t, _ = sinc(seed % 1000, rows=40)
    plain, other = RVR(gamma=0.2).fit(x, t), RVR(gamma=0.2).fit(x, unit * (t + offset))
    np.testing.assert_allclose(other.predict(x) / unit - offset, plain.predict(x), atol=1e-5)
    assert other.noise_ == pytest.approx(unit**2 * plain.noise_, rel=1e-4)
    shift = other.log_marginal_likelihood_ - plain.log_marginal_likelihood_
    assert shift == pytest.approx(-39 * np.log(unit), abs=0.01)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6))
def test_a_row_of_weight_two_is_two_rows(seed):
    x, t, _ = sinc(seed % 1000, rows=50)
    counts = np.random.default_rng(seed).integers(0, 4, 50)
    counts[0] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        weighted = RVR().fit(x, t, sample_weight=counts)
        repeated = RVR().fit(np.repeat(x, counts, axis=0), np.repeat(t, counts))
    np.testing.assert_allclose(weighted.predict(x), repeated.predict(x), atol=1e-5)
    assert weighted.noise_ == pytest.approx(repeated.noise_, rel=1e-4)


def test_the_width_of_most_evidence_is_taken():
    x = np.random.default_rng(0).random((150, 1))
    t = np.sin(40 * x[:, 0]) + 0.1 * np.random.default_rng(1).normal(size=150)
    found = RVR(gamma="evidence").fit(x[:100], t[:100])
    assert found.score(x[100:], t[100:]) > 0.9
    assert found.gamma_ in found.gammas_
    again = RVR(gamma=found.gamma_).fit(x[:100], t[:100])
    np.testing.assert_array_equal(again.predict(x), found.predict(x))


def test_a_precomputed_kernel_and_a_function_say_the_same():
    x, t, _ = sinc(0)
    named = RVR(gamma=0.2).fit(x, t).predict(x)
    matrix = RVR("precomputed").fit(gram("rbf", x, gamma=0.2), t)
    function = RVR(lambda a, b: gram("rbf", a, b, gamma=0.2)).fit(x, t)
    np.testing.assert_allclose(matrix.predict(gram("rbf", x, gamma=0.2)), named, atol=1e-7)
    np.testing.assert_allclose(function.predict(x), named, atol=1e-7)


# ends -------------------------------------------------------------------------------------------


def test_a_constant_target_is_told_as_it_is():
    with pytest.warns(UserWarning, match="no relevance vector for the target"):
        model = RVR().fit(np.eye(5), np.full(5, 7.0))
    mean, deviation = model.predict(np.eye(5), return_std=True)
    np.testing.assert_array_equal(mean, 7.0)
    np.testing.assert_array_equal(deviation, 0.0)
    assert model.noise_ == 0.0


@pytest.mark.filterwarnings("ignore:no relevance vector")
@pytest.mark.parametrize("kernel", ["rbf", "linear", "intersection"])
def test_the_smallest_and_the_plainest_data(kernel):
    random = np.random.default_rng(0)
    rows = random.random((12, 3))
    for X, t in (
        (rows[:2], np.array([0.0, 1.0])),
        (np.ones((12, 3)), rows[:, 0]),
        (np.repeat(rows[:3], 4, axis=0), rows[:, 0]),
        (rows, 2.0 * rows[:, 0] + 1.0),
        (random.random((6, 200)), rows[:6, 0]),
    ):
        mean, deviation = RVR(kernel).fit(X, t).predict(X, return_std=True)
        assert np.isfinite(mean).all() and np.isfinite(deviation).all()


def test_an_early_stop_is_told_with_numbers():
    x, t, _ = sinc(0)
    with pytest.warns(ConvergenceWarning, match=r"1 of 1 machines.*nats to gain; raise max_iter"):
        RVR(gamma=0.2, max_iter=1).fit(x, t)


# where it is used -------------------------------------------------------------------------------


def test_works_in_scikit_learns_searches():
    X, t = load_diabetes(return_X_y=True)
    pipe = make_pipeline(StandardScaler(), RVR(gamma=0.01))
    assert cross_val_score(pipe, X, t, cv=3).mean() > 0.4
    assert GridSearchCV(RVR(), {"gamma": [1.0, "median"]}, cv=3).fit(X, t).best_score_ > 0.3


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "unit-length"])
def test_storing_needs_no_code_of_strangers(scaling):
    X, t = load_diabetes(return_X_y=True)
    model = RVR(scaling=scaling).fit(X[:100], t[:100])
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert unknown == ["classifiers.rvr.RVR"] and set(unknown) <= set(STORED_TYPES)
    back = skops.io.loads(stored, trusted=unknown)
    np.testing.assert_array_equal(back.predict(X), model.predict(X))


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"kernel": "rbff"}, "did you mean 'rbf'"), ({"tol": -1}, "tol must be")],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        RVR(**settings).fit(np.eye(4), np.arange(4.0))
