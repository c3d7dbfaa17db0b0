"""The mode of the weights, its covariance and the evidence, for given precisions (Laplace)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import LinAlgError, cho_solve, cholesky, solve_triangular

from .likelihoods import Likelihood

NEWTON_STEPS = 50
DECREMENT = 1e-10  # nats that a further Newton step could still gain
HALVINGS = 30
RIDGE = 1e-10  # of the flat priors: keeps dependent or separating fixed columns solvable


@dataclass(frozen=True, eq=False)
class Start:
    """Columns to begin with, and their precisions in the units of the given columns."""

    active: np.ndarray
    alpha: np.ndarray


@dataclass(frozen=True, eq=False)
class Posterior:
    """What was learned. The members are explained in docs/interfaces.md."""

    active: np.ndarray
    alpha: np.ndarray
    mean: np.ndarray
    fixed: np.ndarray
    covariance: np.ndarray
    evidence: float
    history: np.ndarray
    n_iter: int
    converged: bool
    left: float
    likelihood: Likelihood

    def predictor(self, columns: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Return the mean of f (n,) for the active columns (n, k) of new rows."""
        return _with_fixed(columns, fixed) @ np.concatenate([self.fixed, self.mean])

    def variance(self, columns: np.ndarray, fixed: np.ndarray | None = None) -> np.ndarray:
        """Return the variance of f (n,) for the active columns (n, k) of new rows.

        It shrinks where all columns vanish, so far from the relevance vectors a probability is
        surer than it should be.
        """
        both = _with_fixed(columns, fixed)
        return np.maximum(np.einsum("ij,jk,ik->i", both, self.covariance, both, optimize=True), 0.0)


def _with_fixed(columns: np.ndarray, fixed: np.ndarray | None) -> np.ndarray:
    fixed = np.ones((len(columns), 1)) if fixed is None else fixed
    return np.hstack([fixed, columns])


@dataclass(frozen=True, eq=False)
class Mode:
    """The mode of the weights ``u`` of columns ``B`` (n, q) under precisions ``a`` (q,).

    ``lower`` is the Cholesky factor of the Hessian H = B' R B + A.
    """

    u: np.ndarray
    f: np.ndarray
    lower: np.ndarray
    value: float
    reached: bool

    def covariance(self) -> np.ndarray:
        """Return the inverse of H, (q, q)."""
        inverse = solve_triangular(self.lower, np.eye(len(self.lower)), lower=True)
        return inverse.T @ inverse

    def evidence(self, a: np.ndarray) -> float:
        """Return the log evidence; flat priors (a = 0) bring sqrt(2 pi) each, nats."""
        proper = a > 0
        determinant = np.log(np.diag(self.lower)).sum()
        constant = 0.5 * np.count_nonzero(~proper) * np.log(2 * np.pi)
        return float(self.value + 0.5 * np.log(a[proper]).sum() - determinant + constant)


def find_mode(
    B: np.ndarray, a: np.ndarray, likelihood: Likelihood, u: np.ndarray, steps: int = NEWTON_STEPS
) -> Mode:
    """Return the mode by Newton's method with step halving, from the weights ``u`` (q,).

    ``value`` is the logarithm of likelihood times prior, without the prior's constant.
    """
    f = B @ u
    value = _objective(likelihood, f, a, u)
    reached = False
    for _ in range(steps):
        slope = B.T @ likelihood.slope(f) - a * u
        lower = _factor(B, a, likelihood.curvature(f))
        step = cho_solve((lower, True), slope)
        decrement = float(slope @ step)
        if decrement < DECREMENT:  # the last step costs nothing more and is taken
            u, f = u + step, f + B @ step
            value, reached = _objective(likelihood, f, a, u), True
            break
        u, f, better, moved = _halved(B, a, likelihood, u, f, step, value)
        if not moved:
            reached = decrement < 1e-6
            break
        value = better
    lower = _factor(B, a, likelihood.curvature(f))
    return Mode(u, f, lower, value, reached)


def _halved(
    B: np.ndarray,
    a: np.ndarray,
    likelihood: Likelihood,
    u: np.ndarray,
    f: np.ndarray,
    step: np.ndarray,
    value: float,
) -> tuple[np.ndarray, np.ndarray, float, bool]:
    """Return weights, predictor and objective after the longest half of ``step`` that rises."""
    ahead = B @ step
    for halving in range(HALVINGS):
        length = 0.5**halving
        better = _objective(likelihood, f + length * ahead, a, u + length * step)
        if better > value:
            return u + length * step, f + length * ahead, better, True
    return u, f, value, False


def _objective(likelihood: Likelihood, f: np.ndarray, a: np.ndarray, u: np.ndarray) -> float:
    return likelihood.value(f) - 0.5 * float(a @ u**2)


def _factor(B: np.ndarray, a: np.ndarray, curvature: np.ndarray) -> np.ndarray:
    """Return the lower Cholesky factor of B' R B + A."""
    H = B.T @ (curvature[:, None] * B)
    size = np.einsum("ij,ij->j", B, B)
    ridge = np.where(a > 0, 0.0, RIDGE * size)
    for attempt in range(8):
        H[np.diag_indices_from(H)] += a + ridge if attempt == 0 else 10.0**attempt * RIDGE * size
        try:
            return cholesky(H, lower=True, check_finite=False)
        except LinAlgError:
            continue
    raise ValueError("the columns are too large or not finite: no covariance can be computed.")
