"""The sparse Bayesian learners on odd data: empty, parallel, separable, wide, noise alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bayes_material import (
    LEARNERS,
    assert_sound,
    both_kinds,
    drawn,
    empty,
    every_learner,
    exact,
    linear,
    problem,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.bayes import Bernoulli, Control, Gaussian, Start, learn, learn_batch


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


def test_the_first_noise_knows_weights():
    t, weights = np.array([1.0, 2.0, 4.0, 1e4]), np.array([1.0, 1.0, 1.0, 0.0])
    assert Gaussian(t, weights=weights).variance == pytest.approx(Gaussian(t[:3]).variance)


@every_learner
def test_a_regression_on_one_value(learner):
    columns, _, _ = drawn(15)
    found = learner(columns, Gaussian(np.full(60, 4.0)))
    for value in (found.mean, found.fixed, found.covariance, found.evidence):
        assert np.all(np.isfinite(value))
    np.testing.assert_allclose(linear(found, columns), 4.0, atol=1e-6)


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
