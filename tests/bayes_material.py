"""What the tests of the sparse Bayesian learners share: synthetic problems, and what is sound."""

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow

from classifiers.bayes import (
    Bernoulli,
    Control,
    Gaussian,
    Posterior,
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
