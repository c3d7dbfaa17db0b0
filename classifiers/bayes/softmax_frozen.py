"""Exact moves of a softmax model while the curvature stands still.

Around weights w0 the log-likelihood is taken as its second-order expansion, so the posterior is
Gaussian with ``Sigma = (H0 + A)^-1`` and mean mu, and the evidence of changing one precision is the
exact l(x) of ``softmax_gains``. For a column b (its pairs; one or one per class) the block of Sigma
and of the mean give, along the eigenvectors of ``U' Sigma_bb U`` with eigenvalues lambda,

    s = 1 / lambda - alpha,    q = mu / lambda           (Tipping and Faul 2003)

and a new precision, infinity where the column leaves, with ``d = alpha_new - alpha`` (Woodbury):

    G = (I / d + Sigma_bb)^-1,   Sigma -= Sigma_b G Sigma_b',   mu -= Sigma_b G mu_b
"""

from __future__ import annotations

import numpy as np

from .softmax_gains import best_variance, contrasts, gain_of
from .softmax_mode import Labels, Pairs, cholesky_with_ridge, curvature, invert

CLIP = 30.0  # most that a precision changes while the curvature stands still


class Frozen:
    """A Gaussian posterior over pairs whose precisions can be changed one column at a time.

    Parameters
    ----------
    design : array (n, 1 + k)
    pairs : Pairs
    precision : array (p,)
        0 for biases.
    labels : Labels
    weights, probability : arrays (p,) and (n, classes)
        Where the expansion is taken.
    shared : bool
        Whether the pairs of a column share a precision.
    """

    def __init__(
        self,
        design: np.ndarray,
        pairs: Pairs,
        precision: np.ndarray,
        labels: Labels,
        weights: np.ndarray,
        probability: np.ndarray,
        shared: bool,
    ) -> None:
        size = labels.classes if shared else 1
        inner = np.flatnonzero(pairs.column > 0)
        order = inner[np.lexsort((pairs.label[inner], pairs.column[inner]))]
        self.groups = order.reshape(-1, size)
        self.basis = contrasts(size) if shared else np.eye(1)
        self.alpha = precision[self.groups[:, 0]]
        hessian = curvature(design, pairs, precision, labels, probability)
        self.sigma = invert(cholesky_with_ridge(hessian))
        slope = (design.T @ labels.slope(probability))[pairs.column, pairs.label]
        self.mu = weights + self.sigma @ (slope - precision * weights)

    @property
    def alive(self) -> np.ndarray:
        """Return the numbers of the groups that are still in."""
        return np.flatnonzero(np.isfinite(self.alpha))

    def statistics(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return s and q^2 (len(numbers), d) of groups that are in, their own prior taken out."""
        index = self.groups[numbers]
        blocks = self.basis.T @ self.sigma[index[:, :, None], index[:, None, :]] @ self.basis
        spread, vectors = np.linalg.eigh(blocks)
        spread = np.maximum(spread, 1e-300)
        along = np.einsum("kd,kde->ke", self.mu[index] @ self.basis, vectors)
        s = np.maximum(1.0 / spread - self.alpha[numbers, None], 0.0)
        return s, (along / spread) ** 2

    def options(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (x, worth there, gain of going there within ``CLIP``) for groups that are in."""
        s, q2 = self.statistics(numbers)
        alpha = self.alpha[numbers]
        best, worth = best_variance(s, q2)
        x = np.clip(best, 1.0 / (alpha * CLIP), CLIP / alpha)
        now = gain_of(1.0 / alpha, s, q2)
        gain = np.where(best > 0, gain_of(x, s, q2), 0.0) - now
        return np.where(best > 0, x, 0.0), worth, gain

    def change(self, number: int, alpha: float) -> None:
        """Give one group another precision; infinity takes it out."""
        index = self.groups[number]
        block = self.sigma[np.ix_(index, index)]
        step = alpha - self.alpha[number]
        if step == 0:
            return
        inner = np.linalg.inv(block + np.eye(len(index)) / step)
        across = self.sigma[:, index]
        self.mu = self.mu - across @ (inner @ self.mu[index])
        self.sigma -= (across @ inner) @ across.T
        self.alpha[number] = alpha


def improve(frozen: Frozen, fresh: np.ndarray, least: float, tol: float, keep_one: bool) -> float:
    """Take out what is worth nothing, re-estimate the rest, and return the largest gain.

    Parameters
    ----------
    fresh : array of bool
        Groups that came in this round: they must be worth more than ``least``, and half of it is
        enough for the others (hysteresis).
    tol : float
        Nats below which a precision is left alone.
    """
    most = 0.0
    for _ in range(2):
        most = max(most, _take_out(frozen, fresh, least, tol, keep_one))
        gain, reached = _re_estimate(frozen, fresh, tol)
        most = max(most, gain)
        if reached:
            break
    return most


def _take_out(frozen: Frozen, fresh: np.ndarray, least: float, tol: float, keep_one: bool) -> float:
    most = 0.0
    while True:
        numbers = frozen.alive
        if len(numbers) <= int(keep_one):
            return most
        x, worth, gain = frozen.options(numbers)
        needed = np.where(fresh[numbers], least + tol, 0.5 * least)
        short = worth - needed
        lost = (x == 0) | (short < 0)
        if not lost.any():
            return most
        place = int(np.where(lost, worth, np.inf).argmin())
        if not fresh[numbers[place]]:
            most = max(most, float(gain[place]))
        frozen.change(int(numbers[place]), np.inf)


def _re_estimate(frozen: Frozen, fresh: np.ndarray, tol: float) -> tuple[float, bool]:
    """Return the largest gain, of fresh groups their worth, and whether there was none."""
    numbers = frozen.alive
    if not len(numbers):
        return 0.0, True
    _, worth, gain = frozen.options(numbers)
    most = max(float(gain.max()), float(worth[fresh[numbers]].max(initial=0.0)))
    order = np.argsort(-gain, kind="stable")
    for place in order[gain[order] > 0.1 * tol]:
        again = frozen.options(numbers[place : place + 1])
        if again[0][0] > 0:
            frozen.change(int(numbers[place]), float(1.0 / again[0][0]))
    return most, float(gain.max()) <= 0.1 * tol
