"""The relevance sample-feature machine for numbers."""

from __future__ import annotations

import numpy as np
import pytest
import skops.io
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from classifiers import RSFR, STORED_TYPES

QUICK = {"width": 1.0, "selection": "log"}


def drawn(seed: int, rows: int = 150, columns: int = 12, noise: float = 0.3):
    """Return X, a sum of functions of columns 2 and 5 with noise, and the sum alone; synthetic."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    truth = 10 + 3 * np.sin(2 * X[:, 2]) + 1.5 * np.abs(X[:, 5])
    return X, truth + noise * rng.standard_normal(rows), truth


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_the_features_the_function_and_the_noise(seed):
    X, y, _ = drawn(seed)
    Z, _, truth = drawn(50 + seed, 400)
    model = RSFR(selection="log").fit(X, y)
    assert np.flatnonzero(model.get_support()).tolist() == [2, 5]
    mean, deviation = model.predict(Z, return_std=True)
    assert np.mean((mean - truth) ** 2) < 0.05 * truth.var()
    assert model.noise_ == pytest.approx(0.09, rel=0.4)
    new = truth + 0.3 * np.random.default_rng(seed).standard_normal(400)
    assert 0.85 < (np.abs(new - mean) < 1.96 * deviation).mean() < 0.99
    assert (deviation > np.sqrt(model.noise_)).all()


def test_five_hundred_columns_are_not_too_many():
    X, y, _ = drawn(0, 150, 500)
    assert np.flatnonzero(RSFR(**QUICK).fit(X, y).get_support()).tolist() == [2, 5]


def test_contributions_sum_to_the_prediction():
    X, y, _ = drawn(0)
    model = RSFR(**QUICK).fit(X, y)
    rest = model.predict(X) - model.intercept_[0]
    np.testing.assert_allclose(model.group_contributions(X)[:, 0].sum(axis=1), rest, atol=1e-9)
    np.testing.assert_allclose(model.sample_contributions(X)[:, 0].sum(axis=1), rest, atol=1e-9)
    assert np.abs(model.feature_weights_).sum() == pytest.approx(1)


def test_units_of_the_targets_change_nothing_else():
    X, y, _ = drawn(0)
    one, two = RSFR(**QUICK).fit(X, y), RSFR(**QUICK).fit(X, 1e6 * y - 3e7)
    np.testing.assert_allclose(two.predict(X), 1e6 * one.predict(X) - 3e7, rtol=1e-6, atol=1e-2)
    np.testing.assert_allclose(two.sample_weights_, 1e6 * one.sample_weights_, rtol=1e-6)
    assert two.noise_ == pytest.approx(1e12 * one.noise_, rel=1e-6)
    assert two.worth_ == pytest.approx(one.worth_, abs=1e-5)


@pytest.mark.parametrize("algorithm", ["incremental", "batch"])
def test_noise_selects_nothing_and_the_mean_is_told(algorithm):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 20)), 5 + rng.standard_normal(60)
    with pytest.warns(UserWarning, match="no feature is worth"):
        model = RSFR(algorithm=algorithm, **QUICK).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y.mean())
    assert model.noise_ == pytest.approx(y.var(), rel=0.1)


@pytest.mark.filterwarnings("ignore:no feature is worth")
@pytest.mark.parametrize("y", [np.ones(20), np.arange(20.0), 1e8 + np.arange(20.0)])
def test_the_plainest_targets(y):
    X = np.column_stack([np.arange(20.0), np.ones(20), np.random.default_rng(0).random(20)])
    mean, deviation = RSFR().fit(X, y).predict(X, return_std=True)
    assert np.isfinite(mean).all() and np.isfinite(deviation).all()
    assert np.abs(mean - y).max() <= max(0.15 * np.ptp(y), 1e-9)


def test_a_row_of_weight_zero_is_left_out():
    X, y, _ = drawn(0)
    odd = np.where(np.arange(150) < 120, y, 1e6)
    weights = (np.arange(150) < 120).astype(float)
    model = RSFR(**QUICK).fit(X, odd, sample_weight=weights)
    np.testing.assert_array_equal(model.predict(X), RSFR(**QUICK).fit(X[:120], y[:120]).predict(X))
    assert model.relevance_.max() < 120


def test_groups_searches_and_storing():
    X, y, _ = drawn(0)
    groups = [("pair", c // 2) for c in range(12)]
    model = RSFR(groups=groups, **QUICK).fit(X, y)
    assert {("pair", 1), ("pair", 2)} <= set(model.group_names_[model.get_group_support()])
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert set(unknown) <= set(STORED_TYPES)
    back = skops.io.loads(stored, trusted=unknown)
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    assert cross_val_score(RSFR(**QUICK), X, y, cv=3).mean() > 0.8


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel": "rbff"}, "did you mean 'rbf'"),
        ({"width": 0}, "width must be"),
        ({"algorithm": "vb"}, "unknown algorithm"),
        ({"selection": "logg"}, "did you mean 'log'"),
        ({"max_iter": 0}, "max_iter must be"),
        ({"max_candidates": -1}, "max_candidates must be"),
        ({"tol": -1}, "tol must be"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        RSFR(**settings).check_settings()


def test_impossible_questions_are_refused():
    X, y, _ = drawn(0)
    with pytest.raises(NotFittedError):
        RSFR().predict(X)
    with pytest.raises(ValueError, match="contains infinity"):
        RSFR().fit(X, np.where(y > 10, np.inf, y))
    with pytest.raises(ValueError, match="could not convert string"):
        RSFR().fit(X, np.where(y > 10, "a", "b"))
