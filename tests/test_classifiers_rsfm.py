"""The relevance sample-feature machine: what it finds, and what it says of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import skops.io
from rsfm_material import (
    NOTHING,
    PLAIN,
    QUICK,
    additive,
    blocks,
    found_in,
    of_classes,
    slow_tensor,
    small,
)

from classifiers import RSFM, RVM, STORED_TYPES

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
