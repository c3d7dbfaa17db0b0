"""The mode of softmax weights under a Gaussian prior, with its exact curvature.

A weight belongs to a pair (j, c): column j of the design, class c. With ``y_i = softmax(f_i)``,
row weights ``r_i`` and one-hot targets ``t_i``, the curvature of the log-likelihood is

    R_cc' = diag(r y_c (delta_cc' - y_c'))
    H_(j,c)(j',c') = phi_j' R_cc' phi_j' + alpha_jc delta + pin          (Boehning 1992, section 2)

Written with ``G_i(j,c) = phi_ij y_ic`` it is one product and one block per class, which is how it
is computed:

    H = blockdiag_c(Phi_c' diag(r) G_c) - G' diag(r) G + diag(alpha) + pin       (derived here)

**Pin.** Adding one number to the biases of all classes changes nothing, so H has the null vector
``u = 1 / sqrt(C)`` over the biases. ``pin = u u'`` on the biases adds the eigenvalue 1 there and
changes neither the other eigenvalues nor, as ``u' gradient = 0``, the mode: the biases keep a sum
of zero, and ``|H|`` is the determinant over the C - 1 directions that mean something. Weights need
no pin, their prior does it.

Source: Boehning, Annals of the Institute of Statistical Mathematics 44(1), 1992, 197-200,
doi:10.1007/BF00048682.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.lapack import dpotri
from scipy.special import logsumexp, softmax

HALVINGS = 30  # a step of 1e-9 of Newton's that still gains nothing is the end of the arithmetic


@dataclass(frozen=True)
class Labels:
    """What is known of n rows: one-hot ``target`` (n, classes) and ``weight`` (n,) of each row."""

    target: np.ndarray
    weight: np.ndarray

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return self.target.shape[1]

    def value(self, logits: np.ndarray) -> float:
        """Return the log-likelihood of logits (n, classes)."""
        right = np.einsum("nc,nc->n", self.target, logits)
        return float(self.weight @ (right - logsumexp(logits, axis=1)))

    def slope(self, probability: np.ndarray) -> np.ndarray:
        """Return the derivative in the logits, (n, classes)."""
        return self.weight[:, None] * (self.target - probability)


@dataclass(frozen=True)
class Pairs:
    """The p weights that are in: ``column`` of the design and ``label``, sorted by label.

    Column 0 of a design is all ones, so its pairs are the biases; every label has one.
    """

    column: np.ndarray
    label: np.ndarray

    @property
    def bias(self) -> np.ndarray:
        """Return where the biases are, (classes,) int."""
        return np.flatnonzero(self.column == 0)

    def blocks(self) -> list[slice]:
        """Return the stretch of every label."""
        edges = [*self.bias.tolist(), len(self.label)]
        return [slice(a, b) for a, b in pairwise(edges)]

    def table(self, values: np.ndarray, columns: int) -> np.ndarray:
        """Return values (p,) as (columns, classes), zero where no pair is."""
        full = np.zeros((columns, len(self.bias)))
        full[self.column, self.label] = values
        return full


def make_pairs(inside: np.ndarray) -> Pairs:
    """Return the pairs of a table ``inside`` (k, classes) of bool, biases put before each class.

    >>> make_pairs(np.array([[True, False], [True, True]])).column.tolist()
    [0, 1, 2, 0, 2]
    """
    with_bias = np.vstack([np.ones((1, inside.shape[1]), dtype=bool), inside])
    label, column = np.nonzero(with_bias.T)
    return Pairs(column, label)


@dataclass(frozen=True)
class Mode:
    """A maximum of log-likelihood and prior over the pairs, and the curvature there."""

    weights: np.ndarray  # (p,)
    probability: np.ndarray  # (n, classes)
    factor: np.ndarray  # (p, p) lower Cholesky factor of H
    objective: float  # log-likelihood - sum alpha w^2 / 2

    def covariance(self) -> np.ndarray:
        """Return H^-1, (p, p)."""
        return invert(self.factor)

    def log_determinant(self) -> float:
        """Return log |H|."""
        return 2 * float(np.log(np.diag(self.factor)).sum())


def curvature(
    design: np.ndarray,
    pairs: Pairs,
    precision: np.ndarray,
    labels: Labels,
    probability: np.ndarray,
) -> np.ndarray:
    """Return H (p, p) for a design (n, 1 + k), precisions (p,) and probabilities (n, classes)."""
    spread = design[:, pairs.column] * probability[:, pairs.label]  # G, (n, p)
    scaled = spread * np.sqrt(labels.weight)[:, None]
    hessian = -(scaled.T @ scaled)
    weighted = spread * labels.weight[:, None]
    for block in pairs.blocks():
        hessian[block, block] += design[:, pairs.column[block]].T @ weighted[:, block]
    hessian[np.diag_indices_from(hessian)] += precision
    hessian[np.ix_(pairs.bias, pairs.bias)] += 1.0 / labels.classes  # pin
    return hessian


def gradient(
    design: np.ndarray,
    pairs: Pairs,
    precision: np.ndarray,
    labels: Labels,
    weights: np.ndarray,
) -> np.ndarray:
    """Return the derivative of log-likelihood and prior in the weights, (p,)."""
    logits = design @ pairs.table(weights, design.shape[1])
    slope = design.T @ labels.slope(softmax(logits, axis=1))
    return slope[pairs.column, pairs.label] - precision * weights


def find_mode(
    design: np.ndarray,
    pairs: Pairs,
    precision: np.ndarray,
    labels: Labels,
    start: np.ndarray,
    *,
    tol: float = 1e-9,
    max_steps: int = 50,
) -> Mode:
    """Return the mode by Newton's method with step halving.

    Parameters
    ----------
    design : array (n, 1 + k)
        Ones, then the columns that are in.
    precision : array (p,)
        alpha of each pair; 0 for the biases.
    start : array (p,)
        Weights to begin with.
    tol : float
        Nats that the next step may still promise.
    """
    weights = start
    logits = design @ pairs.table(weights, design.shape[1])
    objective = labels.value(logits) - 0.5 * float(precision @ weights**2)
    for _ in range(max_steps):
        probability = softmax(logits, axis=1)
        slope = design.T @ labels.slope(probability)
        downhill = slope[pairs.column, pairs.label] - precision * weights
        factor = cholesky_with_ridge(curvature(design, pairs, precision, labels, probability))
        half = solve_triangular(factor, downhill, lower=True)
        step = solve_triangular(factor, half, lower=True, trans=1)
        best = None
        for halving in range(HALVINGS):
            tried = weights + 0.5**halving * step
            forward = design @ pairs.table(tried, design.shape[1])
            reached = labels.value(forward) - 0.5 * float(precision @ tried**2)
            if reached >= objective:
                best = tried, forward, reached
                break
        if best is not None:
            weights, logits, objective = best
        if best is None or 0.5 * float(half @ half) < tol:
            break
    return Mode(weights, softmax(logits, axis=1), factor, objective)


def invert(factor: np.ndarray) -> np.ndarray:
    """Return the inverse of the matrix with this lower Cholesky factor."""
    lower, _ = dpotri(factor, lower=1)
    return np.tril(lower) + np.tril(lower, -1).T


def cholesky_with_ridge(hessian: np.ndarray) -> np.ndarray:
    """Return the lower Cholesky factor, with a ridge where rounding took the positive sign."""
    ridge = 0.0
    scale = float(np.diag(hessian).max())
    while True:
        try:
            bumped = hessian + ridge * np.eye(len(hessian)) if ridge else hessian
            return cholesky(bumped, lower=True)
        except np.linalg.LinAlgError:
            ridge = max(10 * ridge, 1e-14 * scale)
