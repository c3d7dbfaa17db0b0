"""The sparse Bayesian learners as wholes: what holds for every result, on easy and on odd data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import reference_bayes as slow
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.bayes import (
    Bernoulli,
    Control,
    Gaussian,
    Posterior,
    Start,
    learn,
    learn_batch,
    moderated,
)

FINE = Control(tol=1e-6, max_iter=1000, patience=40, readmissions=50)
SINGLE = Control(tol=1e-6, max_iter=2000, single=True, readmissions=50)
LEARNERS = {
    "fast": lambda *a, **k: learn(*a, **k),
    "single": lambda *a, **k: learn(*a, control=SINGLE, **k),
    "batch": lambda *a, **k: learn_batch(*a, **k),
}
every_learner = pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
both_kinds = pytest.mark.parametrize("kind", ["bernoulli", "gaussian"])


def drawn(seed: int, n: int = 60, m: int = 12):
    """Return columns (n, m) of which 0 and 3 matter, t in 0..1 and real t, synthetic."""
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, m))
    signal = 2 * columns[:, 0] - 1.5 * columns[:, 3 % m]
    t = (signal + 0.5 + rng.logistic(size=n) > 0).astype(float)
    t[:2] = 0, 1
    return columns, t, signal + 0.5 + 0.7 * rng.standard_normal(n)


def problem(kind: str, seed: int, **size):
    """Return columns (n, m) and the likelihood of the drawn targets."""
    columns, t, real = drawn(seed, **size)
    return columns, Bernoulli(t) if kind == "bernoulli" else Gaussian(real)


def linear(found: Posterior, columns: np.ndarray) -> np.ndarray:
    """Return f of all rows, from the members of the contract alone."""
    return found.fixed[0] + columns[:, found.active] @ found.mean


def assert_sound(found: Posterior, columns: np.ndarray) -> None:
    """Check shapes, order and finiteness of every member."""
    k = len(found.active)
    assert found.alpha.shape == found.mean.shape == (k,) and found.fixed.shape == (1,)
    assert found.covariance.shape == (1 + k, 1 + k)
    assert found.active.dtype.kind == "i" and np.all(np.diff(found.active) > 0)
    assert np.all(found.alpha > 0) and np.all(np.isfinite(found.alpha))
    for value in (found.mean, found.fixed, found.covariance, found.evidence, found.history):
        assert np.all(np.isfinite(value))
    assert np.all(np.diag(found.covariance) > 0)
    assert isinstance(found.evidence, float) and isinstance(found.converged, bool)
    part = columns[:, found.active].astype(float)
    np.testing.assert_allclose(found.predictor(part), linear(found, columns), atol=1e-9)
    both = np.hstack([np.ones((len(part), 1)), part])
    spread = np.diag(both @ found.covariance @ both.T)
    np.testing.assert_allclose(found.variance(part), spread, rtol=1e-6, atol=1e-12)
    if isinstance(found.likelihood, Bernoulli):
        p = moderated(found.predictor(part), found.variance(part))
        assert np.all((p > 0) & (p < 1))


def exact(found: Posterior, columns: np.ndarray, **options) -> slow.Fit:
    """Return the twin's posterior at the columns and precisions that were found."""
    part, likelihood = columns[:, found.active], found.likelihood
    if isinstance(likelihood, Bernoulli):
        return slow.laplace(part, found.alpha, likelihood.t, weights=likelihood.weights, **options)
    return slow.regression(
        part, found.alpha, likelihood.t, likelihood.variance, weights=likelihood.weights, **options
    )


def empty(likelihood) -> float:
    """Return the twin's evidence of the offset alone, at the noise of this likelihood."""
    without = np.zeros((likelihood.rows, 0))
    if isinstance(likelihood, Bernoulli):
        fit = slow.laplace(without, np.zeros(0), likelihood.t, weights=likelihood.weights)
    else:
        fit = slow.regression(
            without, np.zeros(0), likelihood.t, float(np.var(likelihood.t, ddof=1))
        )
    return fit.evidence


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
@pytest.mark.parametrize("shift", [1.0, 10.0])
def test_an_offset_of_columns_does_not_matter(learner, kind, shift):
    # the flat offset takes it up
    columns, likelihood = problem(kind, 6)
    one, two = (
        LEARNERS[learner](columns, likelihood),
        LEARNERS[learner](columns + shift, likelihood),
    )
    np.testing.assert_array_equal(one.active, two.active)
    np.testing.assert_allclose(linear(one, columns), linear(two, columns + shift), atol=1e-6)
    assert one.evidence == pytest.approx(two.evidence, abs=1e-6)


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


# odd data --------------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", ["fast", "single"])
@both_kinds
def test_a_column_twice_enters_once(learner, kind):
    columns, likelihood = problem(kind, 8)
    twice = np.hstack([columns, columns, -2 * columns[:, :4]])
    one, two = LEARNERS[learner](columns, likelihood), LEARNERS[learner](twice, likelihood)
    origin = np.r_[np.arange(12), np.arange(12), np.arange(4)]
    assert sorted(origin[two.active].tolist()) == one.active.tolist()
    np.testing.assert_allclose(linear(one, columns), linear(two, twice), atol=1e-6)


@every_learner
@both_kinds
def test_empty_and_constant_columns_change_nothing(learner, kind):
    columns, likelihood = problem(kind, 9)
    padded = np.hstack([np.zeros((60, 1)), columns, np.full((60, 1), 7.0), np.zeros((60, 2))])
    one, two = learner(columns, likelihood), learner(padded, likelihood)
    assert_sound(two, padded)
    assert 0 not in two.active and not {14, 15} & set(two.active.tolist())
    np.testing.assert_allclose(linear(one, columns), linear(two, padded), atol=1e-3)
    assert 13 not in two.active or learner is LEARNERS["batch"]


@every_learner
def test_nothing_but_empty_columns_gives_the_offset(learner):
    for columns in (np.zeros((6, 3)), np.zeros((6, 0))):
        likelihood = Bernoulli(np.array([0.0, 0, 1, 0, 0, 1]))
        found = learner(columns, likelihood)
        assert len(found.active) == 0
        assert found.fixed == pytest.approx([np.log(2 / 4)], abs=1e-8)
        assert found.evidence == pytest.approx(empty(likelihood), abs=1e-8)


@pytest.mark.parametrize("learner", ["fast", "single"])
@both_kinds
def test_noise_alone_leaves_the_offset_or_little_else(learner, kind):
    alone = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        columns, t = rng.standard_normal((80, 3)), rng.permutation(np.arange(80) % 2.0)
        likelihood = Bernoulli(t) if kind == "bernoulli" else Gaussian(rng.standard_normal(80))
        found = LEARNERS[learner](columns, likelihood)
        assert_sound(found, columns)
        if len(found.active) == 0:
            alone += 1
            assert found.evidence == pytest.approx(exact(found, columns).evidence, abs=1e-8)
    assert alone >= 5


@both_kinds
def test_a_price_keeps_noise_out_and_the_signal_in(kind):
    columns, likelihood = problem(kind, 10, n=120, m=200)
    free = learn(columns, likelihood)
    priced = learn(columns, likelihood, control=Control(price=lambda k, m: np.log(m)))
    assert priced.active.tolist() == [0, 3]
    assert len(free.active) > 2 and free.evidence > priced.evidence
    assert priced.evidence == pytest.approx(exact(priced, columns).evidence, abs=1e-8)


def test_a_price_that_nobody_pays_ends_at_once():
    columns, t, _ = drawn(10)
    found = learn(columns, Bernoulli(t), control=Control(price=lambda k, m: 1e6))
    assert len(found.active) == 0 and found.converged and found.n_iter == 1 and found.left <= 0.05


def pure_noise(kind: str, seed: int):
    """Return two columns and a likelihood that have nothing to do with each other."""
    rng = np.random.default_rng(seed)
    columns, t = rng.standard_normal((60, 2)), rng.permutation(np.arange(60) % 2.0)
    return columns, Bernoulli(t) if kind == "bernoulli" else Gaussian(rng.standard_normal(60))


DEAR = Control(keep_one=True, price=lambda k, m: 50.0)


@both_kinds
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_the_last_column_is_kept_where_one_must_stay(kind, single, seed):
    columns, likelihood = pure_noise(kind, seed)
    control = replace(DEAR, single=single)
    begin = Start(np.array([0, 1]), np.ones(2))
    found = learn(columns, likelihood, control=control, start=begin)
    assert len(found.active) >= 1
    assert_sound(found, columns)


@both_kinds
def test_where_one_must_stay_the_first_pays_no_price(kind):
    counts = set()
    for seed in range(8):
        columns, likelihood = pure_noise(kind, seed)
        free = learn(columns, likelihood, control=Control(max_iter=1, single=True))
        found = learn(columns, likelihood, control=DEAR)
        assert len(found.active) == min(len(free.active), 1)
        counts.add(len(found.active))
    assert counts == {0, 1}


@every_learner
def test_many_more_columns_than_rows(learner):
    columns, t, _ = drawn(11, n=25, m=400 if learner is not LEARNERS["batch"] else 100)
    found = learner(columns, Bernoulli(t))
    assert_sound(found, columns)
    assert 0 < len(found.active) < 25
    assert found.evidence > empty(found.likelihood)
    assert found.evidence == pytest.approx(exact(found, columns).evidence, abs=1e-6)


@every_learner
@pytest.mark.parametrize("gap", [0.0, 1.0, 100.0])
def test_separable_classes_end_with_finite_numbers(learner, gap):
    x = np.r_[np.linspace(-2, -0.1, 15) - gap, np.linspace(0.1, 2, 15) + gap]
    columns = np.column_stack([x, x**3, np.tanh(x), np.cos(x)])
    found = learner(columns, Bernoulli((x > 0).astype(float)))
    assert_sound(found, columns)
    assert np.all((linear(found, columns) > 0) == (x > 0))


@every_learner
def test_one_positive_row(learner):
    columns, _, _ = drawn(12, n=30)
    t = np.zeros(30)
    t[7] = 1
    found = learner(columns, Bernoulli(t))
    assert_sound(found, columns)
    assert found.evidence >= empty(Bernoulli(t)) - 1e-6


@every_learner
@pytest.mark.parametrize("only", [0.0, 1.0])
def test_rows_of_one_class_end_with_finite_numbers(learner, only):
    columns, _, _ = drawn(13, n=20)
    found = learner(columns, Bernoulli(np.full(20, only)))
    for value in (found.mean, found.fixed, found.covariance, found.evidence):
        assert np.all(np.isfinite(value))
    assert np.all((linear(found, columns) > 0) == (only == 1))


@every_learner
def test_a_regression_without_noise(learner):
    columns, _, _ = drawn(14)
    found = learner(columns, Gaussian(3 * columns[:, 0] - columns[:, 3] + 2))
    assert_sound(found, columns)
    assert {0, 3} <= set(found.active.tolist())
    np.testing.assert_allclose(
        linear(found, columns), 3 * columns[:, 0] - columns[:, 3] + 2, atol=1e-3
    )


@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(4, 40),
    m=st.integers(0, 12),
    size=st.floats(-5, 5),
    odd=st.sampled_from(["plain", "parallel", "few values", "heavy tails", "weights"]),
    kind=st.sampled_from(["bernoulli", "gaussian"]),
    single=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_any_small_problem_has_a_finite_answer_not_below_the_empty_model(
    seed, n, m, size, odd, kind, single
):
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((n, m)) * 10.0**size
    if odd == "parallel" and m > 1:
        columns[:, 1:] = columns[:, :1] * rng.standard_normal(m - 1) + 1e-7 * columns[:, 1:]
    elif odd == "few values":
        columns = np.sign(columns)
    elif odd == "heavy tails":
        columns = columns**5
    weights = rng.uniform(0, 3, n) if odd == "weights" else None
    if kind == "bernoulli":
        t = rng.permutation(np.arange(n) % 2.0)
        likelihood = Bernoulli(t, weights)
    else:
        likelihood = Gaussian(rng.standard_normal(n), noise=1.0, weights=weights, fixed=True)
    found = learn(columns, likelihood, control=Control(single=single))
    assert_sound(found, columns)
    none = learn(columns[:, :0], likelihood)
    assert len(none.active) == 0 and found.evidence >= none.evidence - 1e-9


def test_shapes_that_do_not_fit_are_refused_with_both_shapes():
    columns, t, _ = drawn(16)
    with pytest.raises(ValueError, match=r"59.*\(60, 12\)"):
        learn(columns, Bernoulli(t[:-1]))
    with pytest.raises(ValueError, match=r"60.*\(59, 1\)"):
        learn(columns, Bernoulli(t), fixed=np.ones((59, 1)))
    with pytest.raises(ValueError, match="59"):
        learn_batch(columns, Bernoulli(t[:-1]))
