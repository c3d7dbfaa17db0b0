"""The relevance sample-feature machine for numbers instead of classes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from .. import kernels
from ..bayes import Gaussian
from ..dictionaries import choose_candidates, row_weights
from .machine import KINDS, SampleFeatureMachine
from .start import target_difference


class RSFR(RegressorMixin, SampleFeatureMachine):
    """Relevance sample-feature regression: joint selection of samples and features.

    The model of ``RSFM`` with ``t ~ N(f, noise)``; the noise is re-estimated with the precisions.

    Parameters
    ----------
    kernel, width, groups, algorithm, selection, max_candidates, tol, max_iter, random_state
        As in ``RSFM``.

    Attributes
    ----------
    relevance_, relevance_vectors_, group_names_, sample_weights_, feature_weights_, intercept_
        As in ``RSFM``, with one machine; sample weights and offset in the units of the targets.
    noise_ : float
        Variance of the targets around f.
    log_marginal_likelihood_, worth_ : float
        Of the standardised targets; see ``RSFM``.
    history_ : list of arrays, n_iter_ : int

    Notes
    -----
    Source: Mohsenzadeh et al., IEEE Trans. Cybernetics 43(6), 2013, 2241-2254, who state the model
    for regression too. See ``RSFM`` for what is derived here.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(150, 20))
    >>> model = RSFR().fit(X, np.sin(2 * X[:, 4]) + 0.1 * rng.normal(size=150))
    >>> np.flatnonzero(model.get_support()).tolist()
    [4]
    """

    refit = "none"

    def __init__(
        self,
        kernel: kernels.Kernel = "rbf",
        width: float | str = "evidence",
        groups: Iterable[Hashable] | None = None,
        algorithm: str = "incremental",
        selection: str = "evidence",
        max_candidates: int | None = 500,
        tol: float = 0.05,
        max_iter: int = 30,
        random_state: Any = None,
    ) -> None:
        self.kernel = kernel
        self.width = width
        self.groups = groups
        self.algorithm = algorithm
        self.selection = selection
        self.max_candidates = max_candidates
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RSFR:
        """Fit on rows ``X`` (n, n_features) and targets ``y`` (n,).

        Parameters
        ----------
        sample_weight : array (n,), optional
            Factor of each row's log likelihood, at least 0; rows of weight 0 are left out.
        """
        self.check_settings()
        X, y = validate_data(self, X, y, dtype=KINDS, y_numeric=True)
        given = row_weights(sample_weight, len(X))
        kept = np.flatnonzero(given > 0)
        target = y[kept].astype(np.float64)
        self.target_mean_ = float(np.average(target, weights=given[kept]))
        spread = float(np.sqrt(np.average((target - self.target_mean_) ** 2, weights=given[kept])))
        self.target_scale_ = spread if spread > 0 else 1.0
        t = (target - self.target_mean_) / self.target_scale_
        features, rows = self._prepare(X[kept])
        strata = np.zeros(len(kept), dtype=int)
        candidates = choose_candidates(strata, self.max_candidates, self.random_state)
        machines = [[Gaussian(t, weights=given[kept])]]
        first = [target_difference(t, given[kept], candidates)[:, None]]
        parts = self._learn(features, rows, candidates, machines, first)
        self._keep(X, kept[candidates], features, parts)
        self.sample_weights_ *= self.target_scale_
        self.intercept_ = self.target_mean_ + self.intercept_ * self.target_scale_
        noise = parts[0].learned.joint.machines[0].likelihood
        assert isinstance(noise, Gaussian)
        self.noise_ = noise.variance * self.target_scale_**2
        return self

    def group_contributions(self, X: Any) -> np.ndarray:
        """Return what each group adds to the prediction of each row, (n, 1, groups)."""
        return super().group_contributions(X) * self.target_scale_

    def sample_contributions(self, X: Any) -> np.ndarray:
        """Return what each relevance vector adds to the prediction of each row, (n, 1, k)."""
        return super().sample_contributions(X) * self.target_scale_

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the mean (n,) for rows ``X``, and with ``return_std`` also its deviation (n,).

        The deviation holds the noise and the uncertainty of both blocks; away from the relevance
        vectors it is too small.
        """
        mean, variance = self._latent(self._checked(X))
        out = mean[:, 0] * self.target_scale_ + self.target_mean_
        if not return_std:
            return out
        return out, np.sqrt(variance[:, 0] * self.target_scale_**2 + self.noise_)
