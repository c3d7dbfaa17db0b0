"""The slow twins themselves: evidence against brute force, formulas against each other."""

# ruff: noqa: E741 - l is the symbol of the feature weights

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow
import reference_rsfm as slow_rsfm


def drawn(seed: int, n: int, m: int):
    """Return columns (n, m), targets of both classes (n,) and precisions (m,), synthetic."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, m))
    t = (columns[:, 0] + rng.logistic(size=n) > 0).astype(float)
    t[:2] = 0, 1
    return columns, t, rng.uniform(0.3, 3, m)


def test_a_binomial_evidence_is_the_beta_integral():
    # no columns, flat b: the integral of p^a q^c dp / (p q) is B(a, c)
    t = np.array([1.0, 1, 1, 0, 0])
    assert slow.by_grid(np.zeros((5, 0)), np.zeros(0), t, points=4001, width=40) == pytest.approx(
        np.log(1 / 12), abs=1e-6
    )


@pytest.mark.parametrize("seed", range(3))
def test_laplace_is_near_the_integral(seed):
    columns, t, alpha = drawn(seed, 40, 1)
    fit = slow.laplace(columns, alpha, t)
    assert fit.evidence == pytest.approx(slow.by_grid(columns, alpha, t), abs=0.1)


def test_laplace_becomes_exact_with_more_rows():
    errors = []
    for n in (10, 40, 160, 480):
        columns, t, alpha = drawn(1, n, 1)
        errors.append(
            slow.laplace(columns, alpha, t).evidence - slow.by_grid(columns, alpha, t, points=41)
        )
    assert abs(errors[-1]) < 4e-3 and abs(errors[-1]) < abs(errors[0]) / 10


def test_grid_and_sampling_agree():
    columns, t, alpha = drawn(4, 30, 2)
    weight, error = slow.by_sampling(columns, alpha, t)
    assert error < 0.01
    grid = slow.by_grid(columns, alpha, t, points=41, width=8)
    assert weight == pytest.approx(grid, abs=5 * error)


def test_sampling_bounds_the_error_of_laplace_for_five_weights():
    columns, t, alpha = drawn(5, 60, 5)
    weight, error = slow.by_sampling(columns, alpha, t)
    assert abs(slow.laplace(columns, alpha, t).evidence - weight) < 0.3 + 5 * error


def test_the_mode_has_no_gradient():
    columns, t, alpha = drawn(6, 30, 4)
    weights = np.linspace(0, 2, 30)
    fit = slow.laplace(columns, alpha, t, weights=weights)
    e = weights * (t - slow.probability(fit.f))
    np.testing.assert_allclose(columns.T @ e, alpha * fit.w, atol=1e-10)
    assert e.sum() == pytest.approx(0, abs=1e-10)


def test_the_gaussian_evidence_is_the_joint_over_the_posterior():
    # log p(t) = log p(t, theta) - log p(theta | t) at every theta; a second way to the same number
    columns, _, alpha = drawn(7, 20, 3)
    rng = np.random.default_rng(7)
    t, weights, noise = rng.standard_normal(20), rng.uniform(0.5, 2, 20), 0.7
    fit = slow.regression(columns, alpha, t, noise, weights=weights)
    theta = np.concatenate([fit.b, fit.w]) + 0.3
    f = np.hstack([np.ones((20, 1)), columns]) @ theta
    log_joint = np.sum(weights * (-0.5 * np.log(2 * np.pi * noise) - 0.5 * (t - f) ** 2 / noise))
    log_joint += np.sum(0.5 * np.log(alpha / (2 * np.pi)) - 0.5 * alpha * theta[1:] ** 2)
    precision = np.linalg.inv(fit.covariance)
    log_posterior = 0.5 * np.linalg.slogdet(precision / (2 * np.pi))[1]
    log_posterior -= 0.5 * 0.3**2 * precision.sum()
    assert fit.evidence == pytest.approx(log_joint - log_posterior, abs=1e-9)


def test_a_gaussian_weight_of_two_is_a_row_twice():
    columns, _, alpha = drawn(8, 12, 2)
    t, weights = np.random.default_rng(8).standard_normal(12), np.ones(12)
    weights[3] = 2
    twice = np.r_[np.arange(12), 3]
    a = slow.regression(columns, alpha, t, 0.4, weights=weights)
    b = slow.regression(columns[twice], alpha, t[twice], 0.4)
    assert a.evidence == pytest.approx(b.evidence, abs=1e-10)
    np.testing.assert_allclose(a.w, b.w, atol=1e-12)


def test_softmax_with_a_pinned_class_is_bernoulli():
    columns, t, alpha = drawn(9, 25, 3)
    design = np.hstack([np.ones((25, 1)), columns])
    both = np.column_stack([np.full(4, np.inf), np.r_[0.0, alpha]])
    mode, hessian, evidence = slow.softmax(design, both, t.astype(int))
    fit = slow.laplace(columns, alpha, t)
    assert evidence == pytest.approx(fit.evidence, abs=1e-9)
    np.testing.assert_allclose(mode[1:, 1], fit.w, atol=1e-9)
    np.testing.assert_allclose(np.linalg.inv(hessian), fit.covariance, atol=1e-9)


def test_softmax_hessian_by_differences():
    rng = np.random.default_rng(10)
    columns, labels = rng.standard_normal((20, 2)), np.arange(20) % 3
    alpha = rng.uniform(0.5, 2, (2, 3))
    mode, hessian, _ = slow.softmax(columns, alpha, labels)

    def value(theta):
        f = columns @ theta.reshape(3, 2).T
        shares = f - np.logaddexp.reduce(f, axis=1)[:, None]
        return shares[np.arange(20), labels].sum() - 0.5 * np.sum(alpha.T.ravel() * theta**2)

    np.testing.assert_allclose(-differences(value, mode.T.ravel()), hessian, atol=2e-4)


def differences(value, theta, step=1e-4):
    """Return second derivatives by central differences."""
    size = len(theta)
    out, unit = np.zeros((size, size)), step * np.eye(len(theta))
    for i in range(size):
        for j in range(size):
            plus = value(theta + unit[i] + unit[j]) + value(theta - unit[i] - unit[j])
            minus = value(theta + unit[i] - unit[j]) + value(theta - unit[i] + unit[j])
            out[i, j] = (plus - minus) / (4 * step**2)
    return out


def frozen(seed: int):
    """Return a frozen approximation at the mode of a model that holds columns 0 and 2 of 4."""
    columns, t, alpha = drawn(seed, 18, 4)
    alpha[[1, 3]] = np.inf
    fit = slow.laplace(columns[:, [0, 2]], alpha[[0, 2]], t)
    y = slow.probability(fit.f)
    return slow.Frozen.at(columns, alpha, fit.f, t - y, y * (1 - y)), fit, t - y


def test_frozen_statistics_are_those_of_the_published_formulas():
    approximation, fit, e = frozen(11)
    S, Q = approximation.with_all()
    s, q = approximation.without_own()
    np.testing.assert_allclose(Q, approximation.columns.T @ e, atol=1e-10)
    inside = np.isfinite(approximation.alpha)
    alpha = approximation.alpha[inside]
    own = alpha / (alpha - S[inside])
    np.testing.assert_allclose(s[inside], own * S[inside], rtol=1e-9)
    np.testing.assert_allclose(q[inside], own * Q[inside], rtol=1e-9)
    np.testing.assert_allclose(S[~inside], s[~inside], rtol=1e-12)
    np.testing.assert_allclose(Q[inside], alpha * fit.w, atol=1e-10)


def test_frozen_evidence_differs_from_laplace_by_a_constant_of_the_rows():
    # Laplace at its own mode is the Gaussian evidence of z, up to terms of f alone
    approximation, fit, e = frozen(12)
    R = approximation.curvature
    constant = -0.5 * np.sum(np.log(R / (2 * np.pi))) + 0.5 * np.sum(e**2 / R)
    t = e + slow.probability(fit.f)
    total = approximation.evidence() + slow.log_bernoulli(fit.f, t) + constant
    assert fit.evidence == pytest.approx(total, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_best_precision_is_the_best(seed):
    approximation, _, _ = frozen(seed)
    for m in range(4):
        best = approximation.gain(m)
        assert best >= -1e-12
        for value in [*np.logspace(-3, 4, 29), np.inf]:
            assert approximation.gain(m, value) <= best + 1e-10


def test_batch_reestimation_raises_the_gaussian_evidence():
    columns, _, alpha = drawn(13, 25, 4)
    t = columns[:, 0] - columns[:, 2] + 0.3 * np.random.default_rng(13).standard_normal(25)
    before, noise = slow.regression(columns, alpha, t, 0.5).evidence, 0.5
    alpha, noise = slow.reestimated(columns, alpha, t, rounds=60, noise=noise)
    kept = np.isfinite(alpha)
    after = slow.regression(columns[:, kept], alpha[kept], t, noise).evidence
    assert kept[0] and kept[2] and after > before


def test_moderated_by_draws():
    f = np.random.default_rng(14).normal(1.3, 2, 400_000)
    assert slow.moderated(1.3, 4) == pytest.approx(slow.probability(f).mean(), abs=2e-3)
    assert slow.moderated(1.3, 0) == pytest.approx(slow.probability(np.array(1.3)))
    assert slow.moderated(0.0, 9) == pytest.approx(0.5)


def machine(seed: int):
    """Return tensor (9, 4, 3), w, l, b, alpha, beta and targets, synthetic."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((9, 3))
    K = slow_rsfm.tensor(rows, rows[:4], slow_rsfm.rbf(1.0))
    t = (rng.random(9) < 0.5).astype(float)
    t[:2] = 0, 1
    return (
        K, rng.standard_normal(4), rng.standard_normal(3), 0.2,
        rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 3), t,
    )  # fmt: skip


def test_tensor_and_output_on_numbers_by_hand():
    K = slow_rsfm.tensor(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0], [1.0, 1.0]]), np.multiply)
    np.testing.assert_array_equal(K, [[[0, 1], [0, 1]]])
    f = slow_rsfm.output(K, np.array([2.0, 3.0]), np.array([5.0, 7.0]), 1.0)
    assert f.tolist() == [1 + (2 + 3) * 7]


def test_both_blocks_give_the_same_output():
    K, w, l, b, *_ = machine(0)
    f = slow_rsfm.output(K, w, l, b)
    np.testing.assert_allclose(f, b + slow_rsfm.sample_columns(K, l) @ w, atol=1e-12)
    np.testing.assert_allclose(f, b + slow_rsfm.feature_columns(K, w) @ l, atol=1e-12)


def test_joint_hessian_by_differences():
    K, w, l, b, alpha, beta, t = machine(1)
    by_differences = -differences(
        lambda theta: slow_rsfm.log_posterior(K, theta, alpha, beta, t), np.concatenate([[b], w, l])
    )
    exact = slow_rsfm.joint_hessian(K, w, l, b, alpha, beta, t)
    np.testing.assert_allclose(by_differences, exact, atol=5e-5)


def test_variance_of_independent_blocks_by_draws():
    K, w, l, *_ = machine(2)
    rng = np.random.default_rng(2)
    a, c = rng.standard_normal((5, 5)), rng.standard_normal((3, 3))
    cov_w, cov_l = a @ a.T / 9, c @ c.T / 9
    draws = rng.multivariate_normal(np.r_[0, w], cov_w, 200_000)
    other = rng.multivariate_normal(l, cov_l, 200_000)
    f = draws[:, :1] + np.einsum("sn,inm,sm->si", draws[:, 1:], K, other, optimize=True)
    np.testing.assert_allclose(f.var(axis=0), slow_rsfm.variance(K, w, l, cov_w, cov_l), rtol=0.03)


def test_the_gauge_changes_neither_output_nor_joint_evidence():
    K, w, l, b, alpha, beta, t = machine(3)
    for offsets in ("nowhere", "once", "both"):
        one = slow_rsfm.joint_evidence(K, w, l, b, alpha, beta, t, offsets=offsets)
        g = -2.7
        two = slow_rsfm.joint_evidence(
            K, w * g, l / g, b, alpha / g**2, beta * g**2, t, offsets=offsets
        )
        assert one == pytest.approx(two, abs=1e-10)


def test_joint_evidence_of_a_frozen_block_is_that_of_a_relevance_vector_machine():
    K, _, l, _, alpha, _, t = machine(4)
    fit = slow_rsfm.sample_step(K, l, alpha, t)
    without = np.full(3, np.inf)
    rest = slow_rsfm.joint_evidence(K, fit.w, l, fit.b[0], alpha, without, t)
    assert rest + 0.5 * slow.LOG_2PI == pytest.approx(fit.evidence, abs=1e-10)


def test_one_class_of_several_is_the_binary_case():
    K, w, l, b, alpha, beta, t = machine(5)
    one = slow_rsfm.feature_step(K, w, beta, t)
    several = slow_rsfm.feature_step_shared(K, w[:, None], beta, t[:, None])
    np.testing.assert_allclose(one.w, several.w, atol=1e-12)
    both = (w[:, None], l, np.array([b]), alpha[:, None], beta, t[:, None])
    assert slow_rsfm.joint_evidence(K, *both) == pytest.approx(
        slow_rsfm.joint_evidence(K, w, l, b, alpha, beta, t)
    )


def test_batch_balances_both_blocks_and_finds_the_feature():
    rng = np.random.default_rng(6)
    rows = rng.standard_normal((30, 4))
    t = (1.5 * np.sin(2 * rows[:, 1]) + 0.3 * rng.logistic(size=30) > 0).astype(float)
    K = slow_rsfm.tensor(rows, rows, slow_rsfm.rbf(1.0))
    found = slow_rsfm.batch(K, t, sweeps=15)
    assert np.argmax(np.abs(found.l)) == 1
    assert found.history[-1] > found.history[0]
    step = slow_rsfm.sample_step(
        K, found.l, np.where(np.isfinite(found.alpha), found.alpha, 1e12), t
    )
    slope = K.transpose(1, 2, 0) @ (t - slow.probability(step.f))
    used = np.isfinite(found.alpha)
    np.testing.assert_allclose((slope @ found.l)[used], (found.alpha * step.w)[used], atol=1e-6)
