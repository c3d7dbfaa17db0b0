"""The joint model of samples and features against the twin with the tensor of all kernel values."""

# ruff: noqa: E741 - l is the symbol of the feature weights

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow
import reference_rsfm as slow_rsfm
from rsfm_material import Tensor

from classifiers.bayes import Bernoulli, Control, Start, learn
from classifiers.rsfm.joint import gauge, joint_state, rescaled, stacked, variance_of

AS_IT_IS = Control(max_iter=0)


def drawn(seed: int, classes: int):
    """Return tensor, targets (rows, classes), l, beta and alpha, some of it infinite, synthetic."""
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((20, 3))
    K = slow_rsfm.tensor(rows, rows[:6], slow_rsfm.rbf(1.0))
    hot = np.eye(max(classes, 2))[np.arange(20) % max(classes, 2)][:, :classes]
    alpha = rng.uniform(0.5, 2, (6, classes))
    alpha[2, 0] = alpha[4, -1] = np.inf
    return K, hot, rng.standard_normal(3), rng.uniform(0.5, 2, 3), alpha


def fitted(K, hot, l, alpha):
    """Return the sample block of each class at fixed l and alpha, and all weights as one table."""
    machines = []
    for c in range(hot.shape[1]):
        kept = np.flatnonzero(np.isfinite(alpha[:, c]))
        columns = slow_rsfm.sample_columns(K, l)
        begin = Start(kept, alpha[kept, c])
        machines.append(learn(columns, Bernoulli(hot[:, c]), start=begin, control=AS_IT_IS))
    w = np.zeros(alpha.shape)
    for c, machine in enumerate(machines):
        w[machine.active, c] = machine.mean
    return machines, w


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_the_joint_evidence_is_the_twin_s(seed, classes):
    K, hot, l, beta, alpha = drawn(seed, classes)
    machines, w = fitted(K, hot, l, alpha)
    state = joint_state(Tensor(K), machines, np.arange(3), l, beta)
    b = np.array([machine.fixed[0] for machine in machines])
    exact = slow_rsfm.joint_evidence(K, w, l, b, alpha, beta, hot)
    exact += 0.5 * classes * slow.LOG_2PI  # the flat priors of the offsets
    assert state.evidence == pytest.approx(exact, abs=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_the_variance_is_the_twin_s(seed):
    K, hot, l, beta, alpha = drawn(seed, 1)
    machines, _ = fitted(K, hot, l, alpha)
    machine = machines[0]
    state = joint_state(Tensor(K), machines, np.arange(3), l, beta)
    own = K[:, machine.active]
    found = variance_of(machine.mean, machine.covariance, l, state.covariance, own)
    exact = slow_rsfm.variance(own, machine.mean, l, machine.covariance, state.covariance)
    np.testing.assert_allclose(found, exact, atol=1e-10)


@pytest.mark.parametrize("classes", [1, 3])
def test_the_feature_step_stacks_the_classes(classes):
    K, hot, l, beta, alpha = drawn(4, classes)
    machines, w = fitted(K, hot, l, alpha)
    psi = Tensor(K).feature_columns(np.arange(6), w).reshape(-1, 3)
    found = learn(
        psi,
        stacked([machine.likelihood for machine in machines]),
        fixed=np.repeat(np.eye(classes), 20, axis=0),
        start=Start(np.arange(3), beta),
        control=AS_IT_IS,
    )
    exact = slow_rsfm.feature_step_shared(K, w, beta, hot)
    np.testing.assert_allclose(found.mean, exact.w, atol=1e-8)
    np.testing.assert_allclose(found.fixed, exact.b, atol=1e-8)
    assert found.evidence == pytest.approx(exact.evidence, abs=1e-7)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_gauge_changes_nothing_but_the_scale(seed, sign):
    K, hot, l, beta, alpha = drawn(seed, 3)
    l = sign * l
    machines, _ = fitted(K, hot, l, alpha)
    before = joint_state(Tensor(K), machines, np.arange(3), l, beta)
    g = gauge(l)
    other = [rescaled(machine, g) for machine in machines]
    after = joint_state(Tensor(K), other, np.arange(3), l / g, beta * g**2)
    assert np.abs(l / g).sum() == pytest.approx(1) and (l / g).sum() >= 0
    assert after.evidence == pytest.approx(before.evidence, abs=1e-9)
    fresh, _ = fitted(K, hot, l / g, alpha / g**2)
    for one, two in zip(other, fresh, strict=True):
        np.testing.assert_allclose(one.alpha, two.alpha)
        np.testing.assert_allclose(one.mean, two.mean, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-5, atol=1e-9)
