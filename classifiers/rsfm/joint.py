"""The joint model of samples and features: its state, its evidence, and its free scale.

``f_ic = b_c + sum_n w_nc sum_m l_m k_m(x_im, x_nm)``: one set of sample weights per machine c, one
set of feature weights shared by all of them. ``Phi(l)`` (rows, candidates) and ``Psi_c(w_c)``
(rows, features) are the two dictionaries in which f is linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from ..bayes import Likelihood, Posterior


class Bank(Protocol):
    """The kernels of the training rows, contracted on one side or the other."""

    rows: int
    candidates: int
    features: int

    def sample_columns(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Phi (rows, candidates) for feature weights (k,) of ``features`` (k,)."""
        ...

    def feature_columns(
        self, samples: np.ndarray, weights: np.ndarray, features: np.ndarray | None = None
    ) -> np.ndarray:
        """Return Psi (machines, rows, features) for weights (s, machines) of candidates (s,)."""
        ...


@dataclass(frozen=True, eq=False)
class Joint:
    """One state of the joint model.

    Attributes
    ----------
    machines : sequence of Posterior
        The sample block of each machine: columns are candidates.
    features : array (k,) int
        Features that are in, rising.
    weights, precisions : arrays (k,)
        l and beta.
    covariance : array (k, k)
        Of l, at fixed sample weights.
    evidence : float
        Joint log evidence without the prior over sets of features, nats.
    """

    machines: Sequence[Posterior]
    features: np.ndarray
    weights: np.ndarray
    precisions: np.ndarray
    covariance: np.ndarray
    evidence: float

    @property
    def tuned(self) -> int:
        """How many precisions the rows have set."""
        return len(self.features) + sum(len(m.active) for m in self.machines)

    def sample_weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the candidates that any machine uses (s,), and their weights (s, machines)."""
        return union_of(self.machines)


def union_of(machines: Sequence[Posterior]) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidates that any machine uses (s,), and their weights (s, machines)."""
    used = np.unique(np.concatenate([m.active for m in machines])).astype(int)
    weights = np.zeros((len(used), len(machines)))
    for number, machine in enumerate(machines):
        weights[np.searchsorted(used, machine.active), number] = machine.mean
    return used, weights


def gauge(weights: np.ndarray) -> float:
    """Return g, so that ``l / g`` has absolute values that sum to 1 and a sum that is not negative.

    ``(w, alpha, l, beta) -> (g w, alpha / g^2, l / g, g^2 beta)`` changes no f and no evidence, so
    the scale would drift, and thresholds would prune the wrong block.
    """
    size = float(np.abs(weights).sum())
    if size == 0:
        return 1.0
    return size if weights.sum() >= 0 else -size


def rescaled(machine: Posterior, factor: float) -> Posterior:
    """Return the sample block after its columns were divided by ``factor``."""
    scale = np.concatenate([np.ones(len(machine.fixed)), np.full(len(machine.mean), factor)])
    return replace(
        machine,
        mean=machine.mean * factor,
        alpha=machine.alpha / factor**2,
        covariance=machine.covariance * np.outer(scale, scale),
    )


def joint_state(
    bank: Bank,
    machines: Sequence[Posterior],
    features: np.ndarray,
    weights: np.ndarray,
    precisions: np.ndarray,
) -> Joint:
    """Return the state with the feature block's covariance and the joint evidence.

    The evidence is that of the two blocks side by side: the Hessian between them is left out, as in
    the papers' block-wise Laplace steps.
    """
    likelihoods = [m.likelihood for m in machines]
    used, sample_weights = union_of(machines)
    psi = bank.feature_columns(used, sample_weights, features)
    predictor = np.einsum("cnm,m->cn", psi, weights, optimize=True).astype(float)
    predictor += np.array([m.fixed for m in machines])
    H = np.diag(precisions)
    for columns, f, likelihood in zip(psi, predictor, likelihoods, strict=True):
        H = H + columns.T @ (likelihood.curvature(f)[:, None] * columns)
    covariance = cho_solve(cho_factor(H), np.eye(len(H))) if len(H) else np.zeros((0, 0))
    blocks = sum(m.evidence for m in machines)  # log p(t | f) - w'Aw/2 + (log|A| + log|Sigma_w|)/2
    prior = 0.5 * (np.log(precisions).sum() - precisions @ weights**2)
    determinant = np.linalg.slogdet(H)[1] if len(H) else 0.0
    evidence = float(blocks + prior - 0.5 * determinant)
    return Joint(machines, features, weights, precisions, covariance, evidence)


def variance_of(
    mean: np.ndarray,
    covariance: np.ndarray,
    feature_weights: np.ndarray,
    feature_covariance: np.ndarray,
    values: np.ndarray,
) -> np.ndarray:
    """Return the variance of one machine's f (rows,), both blocks uncertain.

    ``phi' Sigma_w phi + psi' Sigma_l psi + tr(K' Sigma_w K Sigma_l)``, with K the values
    (samples, features) of a row; derived here.

    Parameters
    ----------
    mean : array (s,)
        The machine's sample weights.
    covariance : array (1 + s, 1 + s)
        Of its offset and these weights.
    feature_weights, feature_covariance : arrays (k,), (k, k)
    values : array (rows, s, k)
        Kernels between the rows and the machine's own samples.
    """
    phi = np.concatenate([np.ones((len(values), 1)), values @ feature_weights], axis=1)
    psi = np.einsum("isf,s->if", values, mean, optimize=True)
    total = np.einsum("ij,jk,ik->i", phi, covariance, phi, optimize=True)
    total += np.einsum("ij,jk,ik->i", psi, feature_covariance, psi, optimize=True)
    spread = np.matmul(np.matmul(covariance[1:, 1:], values), feature_covariance)
    total += np.einsum("isf,isf->i", values, spread, optimize=True)
    return np.maximum(total, 0.0)


def stacked(likelihoods: Sequence[Likelihood]) -> Likelihood:
    """Return the likelihood of all machines' rows, one machine below the other."""
    return _Stacked(tuple(likelihoods))


@dataclass(frozen=True, eq=False)
class _Stacked:
    parts: tuple[Likelihood, ...]

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.parts)

    def _split(self, f: np.ndarray) -> list[np.ndarray]:
        return np.split(f, np.cumsum([part.rows for part in self.parts])[:-1])

    def value(self, f: np.ndarray) -> float:
        return sum(p.value(g) for p, g in zip(self.parts, self._split(f), strict=True))

    def slope(self, f: np.ndarray) -> np.ndarray:
        return np.concatenate([p.slope(g) for p, g in zip(self.parts, self._split(f), strict=True)])

    def curvature(self, f: np.ndarray) -> np.ndarray:
        return np.concatenate(
            [p.curvature(g) for p, g in zip(self.parts, self._split(f), strict=True)]
        )

    def adapted(self, f: np.ndarray, gamma: float) -> Likelihood:
        if len(self.parts) > 1:
            return self
        part = self.parts[0].adapted(f, gamma)
        return self if part is self.parts[0] else _Stacked((part,))
