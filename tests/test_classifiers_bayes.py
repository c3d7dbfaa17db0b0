"""The parts of the sparse Bayesian learner against slow twins: mode, statistics, gains, output."""

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.bayes import Bernoulli, Gaussian, moderated
from classifiers.bayes.actions import (
    best_alpha,
    gain_of_adding,
    gain_of_changing,
    gain_of_deleting,
    without_itself,
)
from classifiers.bayes.frozen import Frozen, column_lengths
from classifiers.bayes.posterior import find_mode

KINDS = ("bernoulli", "weighted", "gaussian")


def drawn(seed: int, n: int = 24, m: int = 7):
    """Return columns (n, m), t in 0..1 and real t (n,), weights (n,), synthetic."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, m)) * rng.uniform(0.3, 3, m)
    signal = columns[:, 0] - columns[:, 2]
    t = (signal + rng.logistic(size=n) > 0).astype(float)
    t[:2] = 0, 1
    return columns, t, signal + rng.standard_normal(n), rng.uniform(0.2, 2, n)


def likelihood_of(kind: str, seed: int):
    """Return columns, a likelihood and its targets and weights."""
    columns, t, real, weights = drawn(seed)
    if kind == "bernoulli":
        return columns, Bernoulli(t), t, None
    if kind == "weighted":
        return columns, Bernoulli(t, weights), t, weights
    return columns, Gaussian(real, noise=0.8, weights=weights), real, weights


# likelihoods -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_slope_and_curvature_are_the_derivatives(kind):
    _, likelihood, _, _ = likelihood_of(kind, 0)
    f = np.random.default_rng(1).normal(0, 2, likelihood.rows)
    step = 1e-4 * np.eye(len(f))
    rise = [(likelihood.value(f + h) - likelihood.value(f - h)) / 2e-4 for h in step]
    np.testing.assert_allclose(likelihood.slope(f), rise, atol=1e-6)
    bend = [(likelihood.slope(f + h) - likelihood.slope(f - h)).sum() / 2e-4 for h in step]
    np.testing.assert_allclose(likelihood.curvature(f), -np.array(bend), atol=1e-6)


def test_values_are_the_log_densities():
    columns, likelihood, t, weights = likelihood_of("weighted", 2)
    f = columns[:, 0]
    assert likelihood.value(f) == pytest.approx(slow.log_bernoulli(f, t, weights), abs=1e-11)
    _, gaussian, real, weights = likelihood_of("gaussian", 2)
    density = -0.5 * np.log(2 * np.pi * 0.8) - (real - f) ** 2 / 1.6
    assert gaussian.value(f) == pytest.approx(np.sum(weights * density), abs=1e-11)


@pytest.mark.parametrize("f", [-1e3, -40.0, 40.0, 1e3])
def test_far_out_nothing_overflows(f):
    likelihood = Bernoulli(np.array([0.0, 1.0]))
    both = np.array([f, f])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert likelihood.value(both) == pytest.approx(-abs(f))
        assert np.all(np.isfinite(likelihood.slope(both)))
    assert np.all(likelihood.curvature(both) >= 0)


def test_noise_is_adapted_to_the_rows_that_are_left():
    t, f, weights = np.array([1.0, 2.0, 4.0]), np.array([0.0, 2.0, 3.0]), np.array([2.0, 1.0, 3.0])
    adapted = Gaussian(t, noise=9.0, weights=weights).adapted(f, gamma=1.5)
    assert adapted.variance == pytest.approx((2 + 3) / (6 - 1.5))
    assert Gaussian(t, noise=9.0, fixed=True).adapted(f, 1.0).variance == 9.0
    bernoulli = Bernoulli(np.array([0.0, 1, 1]))
    assert bernoulli.adapted(f, 1.5) is bernoulli


# the mode --------------------------------------------------------------------------------------


def twin(kind, columns, alpha, t, weights, fixed=None):
    if kind == "gaussian":
        return slow.regression(columns, alpha, t, 0.8, weights=weights, fixed=fixed)
    return slow.laplace(columns, alpha, t, weights=weights, fixed=fixed)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("p", [0, 1, 2])
def test_mode_covariance_and_evidence_are_the_twin_s(kind, p):
    columns, likelihood, t, weights = likelihood_of(kind, 3)
    fixed = np.column_stack([np.ones(len(t)), np.linspace(-1, 1, len(t))])[:, :p]
    alpha = np.geomspace(0.05, 20, columns.shape[1])
    a = np.concatenate([np.zeros(p), alpha])
    mode = find_mode(np.hstack([fixed, columns]), a, likelihood, np.zeros(len(a)))
    exact = twin(kind, columns, alpha, t, weights, fixed)
    assert mode.reached
    np.testing.assert_allclose(mode.u, np.concatenate([exact.b, exact.w]), atol=1e-8)
    np.testing.assert_allclose(mode.f, exact.f, atol=1e-8)
    np.testing.assert_allclose(mode.covariance(), exact.covariance, atol=1e-8)
    assert mode.evidence(a) == pytest.approx(exact.evidence, abs=1e-8)


@given(st.integers(0, 10_000), st.floats(0, 30))
@settings(max_examples=40, deadline=None)
def test_the_mode_does_not_depend_on_where_newton_begins(seed, far):
    columns, t, _, _ = drawn(seed, n=12, m=3)
    B, a = np.hstack([np.ones((12, 1)), columns]), np.array([0.0, 0.1, 1.0, 10.0])
    begin = far * np.random.default_rng(seed).standard_normal(4)
    there = find_mode(B, a, Bernoulli(t), begin)
    here = find_mode(B, a, Bernoulli(t), np.zeros(4))
    np.testing.assert_allclose(there.u, here.u, atol=1e-7)
    assert there.evidence(a) == pytest.approx(here.evidence(a), abs=1e-7)


# statistics and gains --------------------------------------------------------------------------


def frozen_pair(kind: str, seed: int, active=(4, 0, 5), alpha=(0.7, 2.0, 30.0)):
    """Return the fast statistics at a mode and the twin's, both in units of column lengths."""
    columns, likelihood, _, _ = likelihood_of(kind, seed)
    lengths = column_lengths(columns)
    unit = columns / lengths
    B = np.hstack([np.ones((len(columns), 1)), unit[:, list(active)]])
    a = np.concatenate([[0.0], alpha])
    mode = find_mode(B, a, likelihood, np.zeros(len(a)))
    slope, curvature = likelihood.slope(mode.f), likelihood.curvature(mode.f)
    fast = Frozen(columns, lengths, B, a, list(active), mode, slope, curvature)
    inside = np.full(columns.shape[1], np.inf)
    inside[list(active)] = alpha
    return fast, slow.Frozen.at(unit, inside, mode.f, slope, curvature)


def assert_same(fast: Frozen, exact: slow.Frozen) -> None:
    """Compare the statistics of every column, and the covariance and weights of those inside."""
    S, Q = exact.with_all()
    np.testing.assert_allclose(fast.S, S, atol=1e-8)
    np.testing.assert_allclose(fast.Q, Q, atol=1e-8)
    kept = fast.active
    np.testing.assert_allclose(fast.a[1:], exact.alpha[kept])
    design = np.hstack([exact.fixed, exact.columns[:, kept]])
    hessian = design.T @ np.diag(exact.curvature) @ design + np.diag(fast.a)
    np.testing.assert_allclose(fast.covariance, np.linalg.inv(hessian), atol=1e-8)
    mean = np.linalg.solve(hessian, design.T @ (exact.curvature * exact.z))
    np.testing.assert_allclose(fast.u, mean, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("active", [(), (3,), (4, 0, 5), (0, 1, 2, 3, 4, 5, 6)])
def test_statistics_of_every_column_are_the_twin_s(kind, active):
    fast, exact = frozen_pair(kind, 4, active, np.geomspace(0.1, 9, len(active)))
    assert_same(fast, exact)
    alpha, S, Q = fast.inside()
    s, q = exact.without_own()
    own = without_itself(alpha, S, Q)
    np.testing.assert_allclose(own[0], s[list(active)], rtol=1e-6)
    np.testing.assert_allclose(own[1], q[list(active)], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_the_gain_of_every_action_is_the_difference_of_two_evidences(kind, seed):
    fast, exact = frozen_pair(kind, seed)
    S, Q = fast.outside()
    adding = gain_of_adding(S, Q)
    for m in set(range(7)) - set(fast.active):
        assert adding[m] == pytest.approx(exact.gain(m), abs=1e-8)
    alpha, S, Q = fast.inside()
    deleting = gain_of_deleting(alpha, S, Q)
    best = best_alpha(*without_itself(alpha, S, Q))
    for place, m in enumerate(fast.active):
        assert deleting[place] == pytest.approx(exact.gain(m, np.inf), abs=1e-8)
        assert best[place] == pytest.approx(exact.best(m), rel=1e-5)
        for new in (alpha[place] / 7, alpha[place] * 7):
            changing = gain_of_changing(alpha[place], new, S[place], Q[place])
            assert changing == pytest.approx(exact.gain(m, new), abs=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_rank_one_steps_equal_a_new_computation(kind):
    fast, exact = frozen_pair(kind, 5)
    steps = [("change", 0, 3.0), ("add", 2, 0.4), ("remove", 1, np.inf), ("add", 6, 5.0)]
    steps += [("change", 2, 0.01), ("remove", 0, np.inf), ("add", 4, 1.0), ("add", 1, 1e4)]
    for what, number, value in steps:
        column = number if what == "add" else fast.active[number]
        if what == "add":
            fast.add(number, value, fast.crossing(np.array([number]))[:, 0])
        elif what == "change":
            fast.change(number, value)
        else:
            fast.remove(number)
        exact.alpha = exact.changed(column, value)
        assert_same(fast, exact)


def test_two_hundred_random_steps_do_not_drift():
    fast, exact = frozen_pair("bernoulli", 6)
    rng = np.random.default_rng(6)
    for _ in range(200):
        column, value = int(rng.integers(7)), float(np.exp(rng.uniform(-2, 4)))
        if column not in fast.active:
            fast.add(column, value, fast.crossing(np.array([column]))[:, 0])
        elif rng.random() < 0.5:
            fast.change(fast.active.index(column), value)
        else:
            fast.remove(fast.active.index(column))
            value = np.inf
        exact.alpha = exact.changed(column, value)
    assert_same(fast, exact)


def test_a_column_that_the_offset_explains_has_nothing_to_say():
    columns, likelihood, _, _ = likelihood_of("bernoulli", 7)
    columns[:, 3], columns[:, 6] = -4.0, columns[:, 0] * 3 + 2
    lengths = column_lengths(columns)
    B = np.hstack([np.ones((24, 1)), columns[:, [0]] / lengths[0]])
    a = np.array([0.0, 1e-9])
    mode = find_mode(B, a, likelihood, np.zeros(2))
    slope, curvature = likelihood.slope(mode.f), likelihood.curvature(mode.f)
    fast = Frozen(columns, lengths, B, a, [0], mode, slope, curvature)
    gain = gain_of_adding(*fast.outside())
    assert gain[3] == 0 and gain[6] == pytest.approx(0, abs=1e-6)


# output ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [-6.0, -2.0, -0.3, 0.0, 0.5, 1.0, 3.0, 8.0])
@pytest.mark.parametrize("variance", [0.0, 0.1, 1.0, 4.0, 25.0, 400.0])
def test_moderated_output_is_near_the_integral(mean, variance):
    exact = slow.moderated(mean, variance)
    found = float(moderated(np.array(mean), np.array(variance)))
    assert found == pytest.approx(exact, abs=0.01 if variance <= 4 else 0.02)
    assert (found - 0.5) * mean >= 0


def test_moderated_output_goes_to_one_half_as_variance_grows():
    p = moderated(np.full(30, 2.0), np.linspace(0, 100, 30))
    assert np.all(np.diff(p) < 0) and p[0] == pytest.approx(slow.probability(np.array(2.0)))
    np.testing.assert_allclose(
        moderated(np.array([-2.0]), np.array([3.0])), 1 - moderated(2.0, 3.0)
    )
