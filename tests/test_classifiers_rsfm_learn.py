"""The learners of RSFM: what each block is with the other frozen, and what is returned."""

# ruff: noqa: E741 - l is the symbol of the feature weights

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow
import reference_rsfm as slow_rsfm
from hypothesis import given, settings
from hypothesis import strategies as st
from rsfm_material import Tensor, additive, slow_tensor, small
from scipy.special import comb
from sklearn.datasets import make_blobs

from classifiers import RVM
from classifiers.bayes import Bernoulli, Control, Gaussian, learn
from classifiers.rsfm import choice, published, start
from classifiers.rsfm.bank import RowBank
from classifiers.rsfm.choice import Settings, learn_part
from classifiers.rsfm.features import prepare
from classifiers.rsfm.incremental import learn_incremental
from classifiers.rsfm.joint import gauge
from classifiers.rsfm.published import learn_published
from classifiers.rsfm.selection_prior import SELECTION_PRIORS
from classifiers.rsfm.start import class_difference, crossed_start, target_difference

NONE, LOG = SELECTION_PRIORS["none"], SELECTION_PRIORS["log"]
LEARNERS = {"incremental": learn_incremental, "batch": learn_published}
every_learner = pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)


def drawn(seed: int, classes: int = 1, **size):
    """Return the bank of a synthetic problem, its tensor, hot targets and likelihoods."""
    X, y = small(seed, classes=max(classes, 2), **{"rows": 50, "columns": 4, **size})
    features = prepare(X)
    bank = RowBank(features, features.rows(X, np.float64), np.arange(len(X)))
    hot = np.eye(max(classes, 2))[y][:, -classes:]
    return bank, slow_tensor(X, None, "rbf"), hot, [Bernoulli(t) for t in hot.T]


def begin(bank, likelihoods) -> np.ndarray:
    where = np.arange(bank.candidates)
    return np.column_stack([class_difference(each, where) for each in likelihoods])


def spread_out(joint, samples: int, features: int):
    """Return w, alpha (samples, machines), l, beta (features,) and b, infinite where left out."""
    w, alpha = (
        np.zeros((samples, len(joint.machines))),
        np.full((samples, len(joint.machines)), np.inf),
    )
    for c, machine in enumerate(joint.machines):
        w[machine.active, c], alpha[machine.active, c] = machine.mean, machine.alpha
    l, beta = np.zeros(features), np.full(features, np.inf)
    l[joint.features], beta[joint.features] = joint.weights, joint.precisions
    return w, alpha, l, beta, np.array([machine.fixed[0] for machine in joint.machines])


# one block frozen -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_with_features_frozen_it_is_a_relevance_vector_machine(seed):
    _, K, hot, likelihoods = drawn(seed)
    l = np.random.default_rng(seed).dirichlet(np.ones(K.shape[2]))
    phi = slow_rsfm.sample_columns(K, l)
    frozen = Tensor(phi[:, :, None])  # one feature of weight 1: the gauge leaves it no freedom
    found = learn_incremental(frozen, likelihoods, begin(frozen, likelihoods), NONE, sweeps=1).joint
    assert found.weights.tolist() == [1.0]
    machine = RVM("precomputed").fit(phi, hot[:, 0])
    np.testing.assert_array_equal(found.machines[0].active, machine.relevance_)
    np.testing.assert_allclose(found.machines[0].mean, machine.dual_coef_[0], rtol=1e-6)
    np.testing.assert_allclose(found.machines[0].alpha, machine.alpha_[0], rtol=1e-6)
    w, alpha, *_ = spread_out(found, len(phi), 1)
    kept = found.machines[0].active
    exact = slow_rsfm.sample_step(K[:, kept], l, alpha[kept, 0], hot[:, 0])
    np.testing.assert_allclose(w[kept, 0], exact.w, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(found.machines[0].covariance, exact.covariance, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", sorted(SELECTION_PRIORS))
def test_with_samples_frozen_it_is_sparse_logistic_regression(seed, name):
    _, K, hot, likelihoods = drawn(seed)
    w = np.random.default_rng(seed).standard_normal(K.shape[1])
    psi = slow_rsfm.feature_columns(K, w)
    frozen, prior = Tensor(psi[:, None, :]), SELECTION_PRIORS[name]
    found = learn_incremental(frozen, likelihoods, np.ones((1, 1)), prior, sweeps=1).joint
    control = Control(price=prior.price, keep_one=True)
    ard = learn(psi, likelihoods[0], control=control)
    g = gauge(ard.mean)
    np.testing.assert_array_equal(found.features, ard.active)
    np.testing.assert_allclose(found.weights, ard.mean / g, rtol=1e-6)
    np.testing.assert_allclose(found.precisions, ard.alpha * g**2, rtol=1e-6)
    exact = slow_rsfm.feature_step(K[:, :, ard.active], w, ard.alpha, hot[:, 0])
    np.testing.assert_allclose(found.weights * g, exact.w, rtol=1e-5)


# what is returned -------------------------------------------------------------------------------


@every_learner
@pytest.mark.parametrize("classes", [1, 3])
def test_the_joint_evidence_is_that_of_all_kernel_values(learner, classes):
    bank, K, hot, likelihoods = drawn(1, classes)
    found = learner(bank, likelihoods, begin(bank, likelihoods), NONE)
    w, alpha, l, beta, b = spread_out(found.joint, *K.shape[1:])
    exact = slow_rsfm.joint_evidence(K, w, l, b, alpha, beta, hot) + 0.5 * classes * slow.LOG_2PI
    assert found.joint.evidence == pytest.approx(exact, abs=1e-3)  # kernels are interpolated


@every_learner
def test_the_best_sweep_is_what_is_returned(learner):
    fell = 0
    for seed in range(6):
        bank, *_, likelihoods = drawn(seed, columns=8)
        found = learner(bank, likelihoods, begin(bank, likelihoods), NONE)
        used = len(found.joint.features) + len(found.joint.machines[0].active)
        assert found.joint.tuned == used
        assert found.worth == pytest.approx(found.joint.evidence - used)
        assert found.worth == found.history.max()
        fell += found.history[-1] < found.worth
    assert fell  # or the test says nothing


@every_learner
@pytest.mark.parametrize("classes", [1, 3])
def test_absolute_feature_weights_sum_to_one(learner, classes):
    bank, *_, likelihoods = drawn(2, classes)
    joint = learner(bank, likelihoods, begin(bank, likelihoods), NONE).joint
    assert np.abs(joint.weights).sum() == pytest.approx(1) and joint.weights.sum() >= 0
    assert np.all(np.diff(joint.features) > 0) and np.all(joint.precisions > 0)


def paid(joint) -> tuple[float, float]:
    """Return what the priors of both blocks cost, w'Aw and l'Bl."""
    samples = sum(float(machine.alpha @ machine.mean**2) for machine in joint.machines)
    return samples, float(joint.precisions @ joint.weights**2)


@pytest.mark.parametrize("seed", [0, 2])
def test_both_blocks_pay_the_same_at_the_end(seed, monkeypatch):
    """``w'Aw = l'Bl`` wherever the joint evidence has no slope along its free scale."""
    monkeypatch.setattr(published, "PATIENCE", 400)
    bank, *_, likelihoods = drawn(seed, rows=60, columns=3, noise=1.0)
    start = begin(bank, likelihoods)
    near = paid(learn_published(bank, likelihoods, start, NONE, sweeps=400).joint)
    first = paid(learn_published(bank, likelihoods, start, NONE, sweeps=1).joint)
    assert near[0] == pytest.approx(near[1], rel=0.03)
    assert abs(np.log(first[0] / first[1])) > 10 * abs(np.log(near[0] / near[1]))


def test_too_few_sweeps_are_no_convergence():
    bank, *_, likelihoods = drawn(0)
    start = begin(bank, likelihoods)
    for learner in LEARNERS.values():
        short = learner(bank, likelihoods, start, NONE, sweeps=1)
        assert not short.converged and len(short.history) == 1
        assert learner(bank, likelihoods, start, NONE, sweeps=300).converged


# the batch learner ------------------------------------------------------------------------------


def norm(columns):
    return np.sqrt((columns**2).sum(axis=0))


def twin_block(columns, precision, t):
    """Return b, weights and precisions of a block after one update and one more mode."""
    new = slow_rsfm._half(columns, precision, t, 0.0, np.inf)[2]
    fit = slow.laplace(columns, new, t)
    return fit.b[0], fit.w, new


@pytest.mark.parametrize("seed", range(3))
def test_every_sweep_of_batch_is_the_twin_s(seed):
    bank, K, hot, likelihoods = drawn(seed, rows=30, columns=3, noise=1.0)
    found = learn_published(bank, likelihoods, begin(bank, likelihoods), NONE, sweeps=6)
    t, w, alpha, beta = hot[:, 0], begin(bank, likelihoods)[:, 0], None, None
    history = []
    for _ in range(6):
        psi = slow_rsfm.feature_columns(K, w)
        beta = norm(psi) ** 2 if beta is None else beta  # 1 for columns of unit length
        _, l, beta = twin_block(psi, beta, t)
        g = np.abs(l).sum() * np.sign(l.sum())
        l, beta, w = l / g, beta * g**2, w * g
        phi = slow_rsfm.sample_columns(K, l)
        alpha = norm(phi) ** 2 if alpha is None else alpha / g**2
        b, w, alpha = twin_block(phi, alpha, t)
        evidence = slow_rsfm.joint_evidence(K, w, l, b, alpha, beta, t) + 0.5 * slow.LOG_2PI
        kept = np.sum(alpha < 1e9 * norm(phi) ** 2) + np.sum(beta < 1e9 * (g * norm(psi)) ** 2)
        history.append(evidence - kept)
    np.testing.assert_allclose(found.history, history, atol=1e-3)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_batch_ends_before_all_weights_are_nothing(kernel):
    """Classes that overlap, one of them all but weightless: w = l = 0 draws the machine in."""
    X, y = make_blobs(centers=2, random_state=0, cluster_std=20)
    features = prepare(X, None, kernel)
    bank = RowBank(features, features.rows(X, np.float64), np.arange(100))
    likelihoods = [Bernoulli(y.astype(float), np.where(y > 0, 1e-4, 1e3))]
    found = learn_published(bank, likelihoods, begin(bank, likelihoods), NONE, sweeps=60)
    assert found.converged and len(found.history) < 30 and np.isfinite(found.joint.evidence)


def test_batch_refuses_what_cannot_be_inverted():
    class Wide:
        rows, candidates, features = 10, 10, 5001

    with pytest.raises(ValueError, match="at most 5000; here are 10 and 5001"):
        learn_published(Wide(), [Bernoulli(np.ones(10))], np.ones((10, 1)), NONE)


# prices -----------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 200), st.data())
def test_a_price_is_the_log_odds_of_one_more_feature(m, data):
    k = data.draw(st.integers(0, m - 1))
    for prior in SELECTION_PRIORS.values():
        odds = prior.log_prior(k, m) - prior.log_prior(k + 1, m)
        assert prior.price(k, m) == pytest.approx(max(0.0, odds), abs=1e-9)


@pytest.mark.parametrize("name", ["beta-binomial", "log"])
@pytest.mark.parametrize("m", [1, 2, 7, 30])
def test_sets_of_all_sizes_have_the_probability_one(name, m):
    k = np.arange(m + 1)
    chances = [np.exp(SELECTION_PRIORS[name].log_prior(int(each), m)) for each in k]
    assert comb(m, k) @ chances == pytest.approx(1)


@pytest.mark.parametrize("seed", range(3))
def test_a_price_keeps_noise_out(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((80, 120)), rng.integers(0, 2, 80)
    X[:, 7] += 2 * y
    features = prepare(X)
    bank = RowBank(features, features.rows(X, np.float64), np.arange(80))
    likelihoods = [Bernoulli(y.astype(float))]
    dear, free = (
        learn_incremental(bank, likelihoods, begin(bank, likelihoods), prior).joint.features
        for prior in (LOG, NONE)
    )
    assert dear.tolist() == [7] and len(free) > 3 and 7 in free


# starts -----------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_the_start_is_the_difference_of_the_classes_densities(seed):
    rng = np.random.default_rng(seed)
    t, weights = np.r_[0.0, 1.0, rng.integers(0, 2, 8)], rng.uniform(0.1, 3, 10)
    first = class_difference(Bernoulli(t, weights), np.arange(10))
    k = rng.random((4, 10))
    own, other = (np.average(k, axis=1, weights=weights * (t == c)) for c in (1, 0))
    np.testing.assert_allclose(k @ first, own - other)
    counts = rng.integers(1, 4, 10)
    rows = np.repeat(np.arange(10), counts)
    repeated = class_difference(Bernoulli(t[rows]), np.arange(len(rows)))
    summed = np.bincount(rows, repeated)
    np.testing.assert_allclose(class_difference(Bernoulli(t, counts * 1.0), np.arange(10)), summed)


def test_the_start_of_a_regression_knows_the_sign():
    t = np.array([-2.0, 1.0, 1.0, 4.0])
    found = target_difference(t, np.ones(4), np.arange(4))
    assert np.abs(found).sum() == pytest.approx(1)
    np.testing.assert_allclose(found / found[3], (t - t.mean()) / (t - t.mean())[3])
    assert not target_difference(np.ones(3), np.ones(3), np.arange(3)).any()


# widths and prices by evidence ------------------------------------------------------------------


def part_of(X, y, width="evidence", selection="evidence", kernel="rbf"):
    features = prepare(X, None, kernel)
    rows = features.rows(X, np.float64)
    likelihoods = [Bernoulli((y == y.max()).astype(float))]
    where = np.arange(len(X))
    start = class_difference(likelihoods[0], where)[:, None]
    asked = Settings(width, selection, "incremental", 30, Control())
    return learn_part(features, rows, where, likelihoods, start, asked)


@pytest.mark.parametrize("seed", range(3))
def test_the_width_and_the_price_of_most_worth_are_taken(seed):
    X, y = small(seed)
    found = part_of(X, y)
    asked = Settings("evidence", "evidence", "incremental", 30, Control())
    each = {
        (width, name): part_of(X, y, width, name).worth
        for width in choice.WIDTHS
        for name in choice.priors_of(asked, X.shape[1], len(X))
    }
    assert found.worth == pytest.approx(max(each.values()))
    assert each[found.features.width, found.selection] == pytest.approx(found.worth)
    assert len(set(each.values())) > 1


def test_evidence_tells_a_narrow_function_from_a_wide_one():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1.7, 1.7, (300, 2))
    assert part_of(X, np.sin(3 * X[:, 0]) > 0).features.width == 0.6
    assert part_of(X, X[:, 0] + 0.3 * rng.logistic(size=300) > 0).features.width == 1.6


def test_only_kernels_that_have_a_width_try_several():
    assert choice.widths_of("rbf", "evidence") == choice.widths_of("chi-square", "evidence")
    assert choice.widths_of("linear", "evidence") == choice.widths_of(np.dot, "evidence") == (1.0,)
    assert choice.widths_of("rbf", 2) == (2.0,)


def test_nothing_is_worth_more_than_noise():
    rng = np.random.default_rng(0)
    found = part_of(rng.standard_normal((60, 40)), rng.integers(0, 2, 60))
    assert len(found.learned.joint.features) == 0 and found.learned.converged


def test_the_noise_of_a_regression_is_learned_with_the_rest():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 3))
    t = np.sin(2 * X[:, 1]) + 0.3 * rng.standard_normal(200)
    features = prepare(X)
    rows = features.rows(X, np.float64)
    bank = RowBank(features, rows, np.arange(200))
    first = target_difference(t, np.ones(200), np.arange(200))[:, None]
    found = learn_incremental(bank, [Gaussian(t)], first, LOG).joint
    assert found.features.tolist() == [1]
    assert found.machines[0].likelihood.variance == pytest.approx(0.09, rel=0.25)


# the figure of the table ------------------------------------------------------------------------


def test_five_of_five_hundred_features_are_found_by_the_learner_alone():
    X, y = additive(300, 500, 0)
    assert part_of(X, y, 1.0, "log").learned.joint.features.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kernel", ["rbf", "hellinger"])
def test_a_crossed_start_hears_nothing_of_a_row_from_its_own_fold(kernel):
    rng = np.random.default_rng(0)
    X, t = rng.random((60, 12)), np.repeat([0.0, 1.0], [36, 24])
    features = prepare(X, groups=np.repeat(np.arange(4), 3), kernel=kernel)
    rows, candidates = features.rows(X, np.float64), np.arange(0, 60, 2)
    first = class_difference(Bernoulli(t), candidates)[:, None]
    bank = RowBank(features, rows, candidates)
    everything = np.arange(len(candidates))
    psi = bank.feature_columns(everything, first)
    found = crossed_start(features, rows, candidates, first, [t], psi.copy())
    fold = start._folds([t], 60)
    assert all(t[fold == f].sum() in (2, 3) and (fold == f).sum() == 6 for f in range(10))
    for f in range(10):
        others = np.flatnonzero(fold[candidates] != f)
        slow = bank.feature_columns(others, first[others])[:, fold == f] * 10 / 9
        ours = found[:, fold == f]
        centred = [each - each.mean(axis=1, keepdims=True) for each in (slow, ours)]
        np.testing.assert_allclose(*centred, atol=1e-8)  # a fold is moved as a whole
    assert np.abs(found - psi).max() > 1e-3
    np.testing.assert_allclose(found.mean(axis=1), 0.0, atol=1e-12)
