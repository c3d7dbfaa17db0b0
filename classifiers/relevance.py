"""What relevance vector machines for classes and for numbers share: kernels, and what is kept.

A fitted machine is a set of rows, weights and covariances as plain arrays; ``latent`` turns them
into the mean and the variance of f for new rows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from . import kernels
from .bayes import Control, learn, learn_batch
from .dictionaries import (
    Dictionary,
    blocks,
    choose_candidates,
    make_dictionary,
)
from .kernel_settings import check_kernel, tell_input
from .names import unknown
from .scaling import make_scaler
from .widths import climb, rule_gamma

LEARNERS = {"sequential": learn, "em": learn_batch}
KINDS = (np.float64, np.float32)


class RelevanceMachine(BaseEstimator):
    """The part without a target: settings, dictionary, storage and f. Not used by itself."""

    kernel: kernels.Kernel
    gamma: kernels.Gamma
    degree: int
    coef0: float
    algorithm: str
    scaling: str
    max_candidates: int | None
    tol: float
    max_iter: int
    random_state: Any

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        check_kernel(
            self.kernel, self.gamma, self.degree, self.coef0, self.scaling, by_evidence=True
        )
        if self.algorithm not in LEARNERS:
            raise ValueError(unknown("algorithm", self.algorithm, LEARNERS))
        if not isinstance(self.tol, Real) or not 0 < float(self.tol) < np.inf:
            raise ValueError(f"tol must be a number of nats above 0, not {self.tol!r}.")
        for name in ("max_iter", "max_candidates"):
            value = getattr(self, name)
            if name == "max_candidates" and value is None:
                continue
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")

    # training ---------------------------------------------------------------------------------

    def _control(self) -> Control:
        return Control(tol=float(self.tol), max_iter=int(self.max_iter))

    def _dictionary(
        self, X: np.ndarray, kept: np.ndarray, weights: np.ndarray, strata: np.ndarray
    ) -> Dictionary:
        """Return the dictionary of the rows ``kept``; settle the scaler, and gamma by rule.

        ``gamma_`` is where a search by evidence begins.
        """
        precomputed = self.kernel == "precomputed"
        if precomputed and X.shape[0] != X.shape[1]:
            raise ValueError(f"a precomputed kernel must be square, not {X.shape}.")
        rows = X[np.ix_(kept, kept)] if precomputed else X[kept]
        self.scaler_ = make_scaler(self.scaling)
        if self.scaler_ is not None:
            told = {"sample_weight": weights} if self.scaling == "standard" else {}
            rows = self.scaler_.fit(rows, **told).transform(rows)
        among = choose_candidates(strata, self.max_candidates, self.random_state)
        made = make_dictionary(self.kernel, rows, among, self.degree, self.coef0)
        if isinstance(self.kernel, str) and not precomputed:
            rule = self._rule()
            self.gamma_ = rule_gamma(self.kernel, rule, rows, made.base, weights, among)
        return made

    def _rule(self) -> kernels.Gamma:
        """Return the rule of gamma; the polynomial kernel has no median distance."""
        if self.gamma not in ("median", "evidence"):
            return self.gamma
        return "scale" if self.kernel == "polynomial" else "median"

    def _climb(self, evidence: Callable[[float], float]) -> None:
        """Settle ``gamma_`` where the evidence, as given, is highest."""
        self.gamma_, self.gammas_, self.gamma_evidence_ = climb(evidence, self.gamma_)

    def _keep(self, X: np.ndarray, rows: np.ndarray, means: np.ndarray, machines: Any) -> None:
        """Store what predictions need, and no training row beyond it.

        ``rows`` (m,) are the candidates among the rows of ``X``, ``means`` (m,) their columns'.
        """
        used = np.unique(np.concatenate([m.active for m in machines]))
        self.relevance_ = rows[used]
        self.column_means_ = means[used]
        if self.kernel != "precomputed":
            self.relevance_vectors_ = X[self.relevance_]
        self.active_ = [np.searchsorted(used, m.active) for m in machines]
        self.alpha_ = [m.alpha for m in machines]
        self.covariance_ = [m.covariance for m in machines]
        self.dual_coef_ = np.vstack(
            [
                _spread(m.mean, active, len(used))
                for m, active in zip(machines, self.active_, strict=True)
            ]
        )
        offsets = np.concatenate([m.fixed for m in machines])
        self.intercept_ = offsets - self.dual_coef_ @ self.column_means_
        self._keep_course(machines)

    def _keep_course(self, machines: Sequence[Any]) -> None:
        self.log_marginal_likelihood_ = float(sum(m.evidence for m in machines))
        self.history_ = [m.history for m in machines]
        self.n_iter_ = max(m.n_iter for m in machines)

    def _warn(self, machines: Sequence[Any], names: Sequence[str]) -> None:
        """Say which machines stopped early, and which found no relevance vector."""
        early = [m for m in machines if not m.converged]
        if early:
            left = max(m.left for m in early)
            warnings.warn(
                f"{len(early)} of {len(machines)} machines stopped after "
                f"{max(m.n_iter for m in early)} iterations with up to {left:.2g} nats to gain; "
                f"raise max_iter (it is {self.max_iter}) or tol (it is {self.tol:g}).",
                ConvergenceWarning,
                stacklevel=3,
            )
        empty = [name for m, name in zip(machines, names, strict=True) if not len(m.active)]
        if empty:
            warnings.warn(
                f"no relevance vector for {', '.join(empty)}: the kernel says nothing that the "
                f"offset does not, and predictions do not depend on the row. {self._advice()}",
                UserWarning,
                stacklevel=3,
            )

    def _advice(self) -> str:
        if not hasattr(self, "gamma_") or kernels.family(str(self.kernel)).gamma == "none":
            return "Try another kernel, or scaling='standard'."
        return (
            f"Try another width (gamma is {self.gamma_:.3g}), gamma='evidence', "
            "or scaling='standard'."
        )

    # new rows ---------------------------------------------------------------------------------

    def latent_mean_and_variance(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of f for the rows of ``X``, both (n, machines).

        f is what the kernel model says before noise or the sigmoid. The variance comes from the
        weights' posterior. It shrinks where all kernel columns do, so far from the relevance
        vectors a machine is surer than it should be.
        """
        parts = [(self._mean(c), self._variance(c)) for c in self._centred_blocks(X)]
        mean, variance = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        return mean, variance

    def _centred_blocks(self, X: Any) -> Iterator[np.ndarray]:
        """Yield the kernel between new rows and relevance vectors, centred, block by block."""
        check_is_fitted(self, "intercept_")
        X = validate_data(self, X, dtype=KINDS, reset=False)
        known = self._scaled_vectors()
        for part in blocks(len(X), max(len(self.relevance_), len(self.intercept_) ** 2)):
            yield self._cross(X[part], known) - self.column_means_

    def _mean(self, centred: np.ndarray) -> np.ndarray:
        """Return the mean of f (n, machines) for centred columns (n, k)."""
        offsets = self.intercept_ + self.dual_coef_ @ self.column_means_
        return centred @ self.dual_coef_.T + offsets

    def _variance(self, centred: np.ndarray) -> np.ndarray:
        """Return the variance of f (n, machines) for centred columns (n, k)."""
        both = zip(self.active_, self.covariance_, strict=True)
        return np.stack([_quadratic(centred[:, active], spread) for active, spread in both], axis=1)

    def decision_variance(self, X: Any) -> np.ndarray:
        """Return the variance of f, (n,) for one machine, else (n, machines)."""
        variance = self.latent_mean_and_variance(X)[1]
        return variance[:, 0] if variance.shape[1] == 1 else variance

    def _scaled_vectors(self) -> np.ndarray | None:
        """Return the relevance vectors in units of the scaled columns."""
        if self.kernel == "precomputed":
            return None
        scale = self.scaler_ is not None and len(self.relevance_)
        return self.scaler_.transform(self.relevance_vectors_) if scale else self.relevance_vectors_

    def _cross(self, X: np.ndarray, known: np.ndarray | None) -> np.ndarray:
        """Return the kernel (n, k) between new rows and the relevance vectors."""
        if known is None:
            return X[:, self.relevance_].astype(np.float64)
        rows = X if self.scaler_ is None else self.scaler_.transform(X)
        if not callable(self.kernel):
            kernels.check_rows(self.kernel, rows)
        if not len(known):
            return np.zeros((len(X), 0))
        if callable(self.kernel):
            return kernels.gram(self.kernel, rows, known)
        return kernels.gram(
            self.kernel, rows, known, gamma=self.gamma_, degree=self.degree, coef0=self.coef0
        )

    @property
    def coef_(self) -> np.ndarray:
        """Weights per column (machines, features), linear and hellinger only.

        In the units of the scaled columns (of their square roots for hellinger).
        """
        named = isinstance(self.kernel, str) and self.kernel in kernels.KERNELS
        features = kernels.KERNELS[str(self.kernel)].features if named else None
        if features is None:
            raise AttributeError("weights per column exist for kernel 'linear' and 'hellinger'.")
        check_is_fitted(self, "intercept_")
        known = self._scaled_vectors()
        assert known is not None
        return self.dual_coef_ @ features(known).astype(np.float64)

    def __sklearn_tags__(self) -> Any:
        return tell_input(super().__sklearn_tags__(), self.kernel, self.scaling)


def _spread(mean: np.ndarray, active: np.ndarray, width: int) -> np.ndarray:
    """Return weights (k,) or (k, classes) as rows (1 or classes, width), 0 where not active."""
    out = np.zeros((1 if mean.ndim == 1 else mean.shape[1], width))
    out[:, active] = mean.T
    return out


def _quadratic(columns: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the variance of f (n,): ``phi' Sigma phi`` with an offset's 1 in front of phi."""
    both = np.hstack([np.ones((len(columns), 1)), columns])
    return np.maximum(np.einsum("ij,ij->i", both @ covariance, both), 0.0)
