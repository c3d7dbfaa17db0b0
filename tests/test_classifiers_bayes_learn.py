"""The sparse Bayesian learners as wholes: what holds for every result, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow
from bayes_material import (
    FINE,
    LEARNERS,
    SINGLE,
    assert_sound,
    both_kinds,
    drawn,
    every_learner,
    exact,
    linear,
    problem,
)

from classifiers.bayes import Bernoulli, Control, Gaussian, Posterior, Start, learn, learn_batch

# every member is what the twin says ------------------------------------------------------------


@every_learner
@both_kinds
@pytest.mark.parametrize("seed", range(3))
def test_the_posterior_is_the_twin_s_at_its_own_precisions(learner, kind, seed):
    columns, likelihood = problem(kind, seed)
    found = learner(columns, likelihood)
    assert_sound(found, columns)
    assert {0, 3} <= set(found.active.tolist())
    twin = exact(found, columns)
    np.testing.assert_allclose(found.mean, twin.w, atol=1e-8)
    np.testing.assert_allclose(found.fixed, twin.b, atol=1e-8)
    np.testing.assert_allclose(found.covariance, twin.covariance, atol=1e-8)
    assert found.evidence == pytest.approx(twin.evidence, abs=1e-8)


@both_kinds
def test_fixed_columns_of_any_number(kind):
    columns, likelihood = problem(kind, 1)
    trend = np.linspace(-1, 1, len(columns))
    for fixed in (np.zeros((60, 0)), trend[:, None], np.column_stack([np.ones(60), trend])):
        found = learn(columns, likelihood, fixed=fixed)
        twin = exact(found, columns, fixed=fixed)
        assert found.fixed.shape == (fixed.shape[1],)
        np.testing.assert_allclose(found.fixed, twin.b, atol=1e-8)
        np.testing.assert_allclose(found.covariance, twin.covariance, atol=1e-8)
        assert found.evidence == pytest.approx(twin.evidence, abs=1e-8)


@both_kinds
@pytest.mark.parametrize("seed", range(3))
def test_batch_goes_where_the_twin_goes(kind, seed):
    columns, likelihood = problem(kind, seed, n=40, m=6)
    found = learn_batch(columns, likelihood, control=Control(max_iter=4000))
    noise = None if kind == "bernoulli" else 0.3
    alpha, noise = slow.reestimated(columns, np.ones(6), likelihood.t, rounds=400, noise=noise)
    strong = np.flatnonzero(alpha < 50)
    np.testing.assert_allclose(found.alpha[np.isin(found.active, strong)], alpha[strong], rtol=0.05)
    if noise is not None:
        assert found.likelihood.variance == pytest.approx(noise, rel=0.02)


@both_kinds
@pytest.mark.parametrize("seed", range(4))
def test_fast_and_single_reach_the_evidence_of_the_batch(kind, seed):
    columns, likelihood = problem(kind, seed)
    batch = learn_batch(columns, likelihood, control=Control(max_iter=3000))
    for control in (FINE, SINGLE):
        assert learn(columns, likelihood, control=control).evidence > batch.evidence - 0.05


# the course ------------------------------------------------------------------------------------


@both_kinds
@pytest.mark.parametrize("seed", range(6))
def test_one_action_at_a_time_never_loses_evidence(kind, seed):
    columns, likelihood = problem(kind, seed)
    found = learn(columns, likelihood, control=SINGLE)
    assert found.converged and len(found.history) > 2
    assert np.all(np.diff(found.history) >= -1e-9)
    assert found.evidence == pytest.approx(found.history[-1], abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_in_the_gaussian_case_an_action_brings_what_it_promised(seed):
    columns, _, real = drawn(seed)
    known = Gaussian(real, noise=0.5, fixed=True)
    for rounds in range(4):
        before = learn(columns, known, control=Control(single=True, max_iter=rounds))
        after = learn(columns, known, control=Control(single=True, max_iter=rounds + 1))
        if len(after.history) == rounds + 2:
            assert after.evidence - before.evidence == pytest.approx(after.left, abs=1e-7)


@both_kinds
@pytest.mark.parametrize("seed", range(6))
def test_the_fast_learner_returns_the_best_that_it_met(kind, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((50, 2))
    columns = np.exp(-((x[:, None] - x[None]) ** 2).sum(axis=2))
    t = (x[:, 0] * x[:, 1] + 0.3 * rng.logistic(size=50) > 0).astype(float)
    found = learn(columns, Bernoulli(t) if kind == "bernoulli" else Gaussian(t))
    assert len(found.history) == found.n_iter
    assert found.evidence == pytest.approx(found.history.max(), abs=1e-9)


@both_kinds
@pytest.mark.parametrize("control", [FINE, SINGLE], ids=["fast", "single"])
@pytest.mark.parametrize("seed", range(4))
def test_a_true_stop_is_stationary(kind, control, seed):
    columns, likelihood = problem(kind, seed)
    found = learn(columns, likelihood, control=control)
    assert found.converged and found.left <= control.tol
    alpha = np.full(columns.shape[1], np.inf)
    alpha[found.active] = found.alpha
    f = linear(found, columns)
    slope, curvature = found.likelihood.slope(f), found.likelihood.curvature(f)
    frozen = slow.Frozen.at(columns, alpha, f, slope, curvature)
    s, q = frozen.without_own()
    for m in range(columns.shape[1]):
        assert frozen.gain(m) <= 1e-4  # one action that truly loses evidence may stay
        if m in found.active:
            assert q[m] ** 2 > s[m]
            if control is FINE:
                assert s[m] ** 2 / (q[m] ** 2 - s[m]) == pytest.approx(alpha[m], rel=0.03)
        elif q[m] ** 2 > s[m]:
            ratio = q[m] ** 2 / s[m]
            assert 0.5 * (ratio - 1 - np.log(ratio)) <= 1e-4


@both_kinds
@pytest.mark.parametrize("single", [False, True])
def test_what_should_not_be_in_a_start_leaves(kind, single):
    columns, likelihood = problem(kind, 2)
    everything = Start(np.arange(12), np.full(12, 3.0))
    control = SINGLE if single else FINE
    found = learn(columns, likelihood, control=control, start=everything)
    reached = learn(columns, likelihood, control=control)
    assert len(found.active) < 12
    assert found.evidence == pytest.approx(reached.evidence, abs=0.01)


@both_kinds
def test_a_start_is_taken_up_and_not_lost(kind):
    columns, likelihood = problem(kind, 2)
    found = learn(columns, likelihood, control=FINE)
    again = learn(columns, found.likelihood, start=Start(found.active, found.alpha))
    np.testing.assert_array_equal(again.active, found.active)
    assert again.evidence >= found.evidence - 1e-6 and again.n_iter <= 3
    first = learn(
        columns, likelihood, control=Control(max_iter=0), start=Start(np.array([5]), np.ones(1))
    )
    assert first.active.tolist() == [5] and first.alpha == pytest.approx([1.0])


# what must not matter --------------------------------------------------------------------------


def likelihood_of(kind: str, seed: int, rows, weights=None):
    """Return a likelihood of some rows of the drawn targets."""
    _, t, real = drawn(seed)
    if kind == "bernoulli":
        return Bernoulli(t[rows], weights)
    return Gaussian(real[rows], weights=weights)


def near(learner) -> float:
    """Return how near two results must be; the batch begins in units of unweighted lengths."""
    return 1e-3 if learner is LEARNERS["batch"] else 1e-7


def assert_alike(one: Posterior, two: Posterior, columns: np.ndarray, atol: float = 1e-7) -> None:
    """Check that two results are the same columns, precisions, evidence and f."""
    np.testing.assert_array_equal(one.active, two.active)
    np.testing.assert_allclose(linear(one, columns), linear(two, columns), atol=atol)
    np.testing.assert_allclose(one.alpha, two.alpha, rtol=100 * atol)
    assert one.evidence == pytest.approx(two.evidence, abs=atol)


@every_learner
@both_kinds
def test_a_weight_of_two_is_a_row_twice(learner, kind):
    columns, _, _ = drawn(3)
    weights, twice = np.ones(60), np.r_[np.arange(60), 4, 9, 30]
    weights[[4, 9, 30]] = 2
    one = learner(columns, likelihood_of(kind, 3, slice(None), weights))
    two = learner(columns[twice], likelihood_of(kind, 3, twice))
    assert_alike(one, two, columns, near(learner))


@every_learner
@both_kinds
def test_a_weight_of_zero_is_a_row_left_out(learner, kind):
    columns, t, real = drawn(4)
    weights, kept = np.ones(60), np.arange(5, 60)
    weights[:5] = 0
    columns[:5] *= 50
    real[:5] = 1e4
    whole = Bernoulli(t, weights) if kind == "bernoulli" else Gaussian(real, 1.0, weights)
    rest = Bernoulli(t[5:]) if kind == "bernoulli" else Gaussian(real[5:], 1.0)
    one, two = learner(columns, whole), learner(columns[kept], rest)
    assert_alike(one, two, columns[kept], near(learner))


@every_learner
@both_kinds
def test_the_order_of_rows_and_columns_does_not_matter(learner, kind):
    columns, _, _ = drawn(5)
    rng = np.random.default_rng(5)
    rows, order = rng.permutation(60), rng.permutation(12)
    one = learner(columns, likelihood_of(kind, 5, slice(None)))
    two = learner(columns[rows][:, order], likelihood_of(kind, 5, rows))
    assert set(order[two.active].tolist()) == set(one.active.tolist())
    np.testing.assert_allclose(linear(two, columns[:, order]), linear(one, columns), atol=1e-8)
    assert one.evidence == pytest.approx(two.evidence, abs=1e-8)


@every_learner
@both_kinds
@pytest.mark.parametrize("seed", range(3))
def test_the_scale_of_columns_does_not_matter(learner, kind, seed):
    columns, likelihood = problem(kind, seed)
    scale = np.random.default_rng(seed).permutation(np.geomspace(1e-6, 1e6, 12))
    scale[::3] *= -1
    one, two = learner(columns, likelihood), learner(columns * scale, likelihood)
    np.testing.assert_array_equal(one.active, two.active)
    np.testing.assert_allclose(linear(one, columns), linear(two, columns * scale), atol=1e-7)
    np.testing.assert_allclose(two.alpha / scale[two.active] ** 2, one.alpha, rtol=1e-6)
    assert one.evidence == pytest.approx(two.evidence, abs=1e-7)


@pytest.mark.parametrize("learner", ["fast", "single"])
@both_kinds
@pytest.mark.parametrize("shift", [1.0, 100.0])
def test_an_offset_of_columns_does_not_matter(learner, kind, shift):
    # the flat offset takes it up
    columns, likelihood = problem(kind, 6)
    one, two = (
        LEARNERS[learner](columns, likelihood),
        LEARNERS[learner](columns + shift, likelihood),
    )
    np.testing.assert_array_equal(one.active, two.active)
    np.testing.assert_allclose(linear(one, columns), linear(two, columns + shift), atol=1e-4)
    assert one.evidence == pytest.approx(two.evidence, abs=1e-4)


@both_kinds
@pytest.mark.parametrize("seed", range(3))
def test_single_precision_finds_the_same_columns(kind, seed):
    columns, likelihood = problem(kind, seed)
    one, two = learn(columns, likelihood), learn(columns.astype(np.float32), likelihood)
    np.testing.assert_array_equal(one.active, two.active)
    np.testing.assert_allclose(linear(one, columns), linear(two, columns), atol=1e-3)
    twin = exact(two, columns.astype(np.float32).astype(float))
    assert two.evidence == pytest.approx(twin.evidence, abs=1e-8)


@every_learner
def test_the_arguments_are_left_alone(learner):
    columns, t, _ = drawn(7)
    before = columns.copy(), t.copy()
    one = learner(columns, Bernoulli(t))
    np.testing.assert_array_equal(columns, before[0])
    np.testing.assert_array_equal(t, before[1])
    two = learner(np.asfortranarray(columns), Bernoulli(t))
    assert_alike(one, two, columns)
