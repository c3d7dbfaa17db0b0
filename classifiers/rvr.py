"""The relevance vector machine for numbers: sparse Bayesian regression on kernels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.validation import validate_data

from . import kernels
from .bayes import Gaussian, Posterior
from .dictionaries import Dictionary, choose_candidates, row_weights
from .relevance import KINDS, LEARNERS, RelevanceMachine
from .widths import MOST_SEARCHED


class RVR(RegressorMixin, RelevanceMachine):
    """Relevance vector regression.

    ``t = b + sum_n w_n k(x, x_n) + noise``, ``w_n ~ N(0, 1 / alpha_n)``, noise ~ N(0, ``noise_``).
    The precisions and the noise are set by the evidence; most precisions become infinite, and the
    rows that remain are the relevance vectors.

    Parameters
    ----------
    kernel, gamma, degree, coef0, algorithm, scaling, max_candidates, tol, max_iter, random_state
        As in ``RVM``.

    Attributes
    ----------
    noise_ : float
        Variance of the noise, in squared units of y.
    relevance_ : int array (k,)
        Training rows that are used.
    relevance_vectors_ : array (k, features)
        Those rows, as they were given; not with a precomputed kernel.
    dual_coef_ : array (1, k), intercept_ : array (1,)
    coef_, gamma_, gammas_, gamma_evidence_, n_iter_, history_, active_, alpha_, covariance_
        As in ``RVM``.
    log_marginal_likelihood_ : float
        Of y in its own units.

    Notes
    -----
    The standard deviation of ``predict`` is that of a new observation: noise and posterior
    together. Far from the relevance vectors the second part shrinks to that of the offset, so
    there it is too small (Rasmussen and Quinonero-Candela, ICML 2005,
    doi:10.1145/1102351.1102438).

    Sources: Tipping, JMLR 1, 2001, 211-244; Tipping and Faul, AISTATS 2003; Bishop, Pattern
    Recognition and Machine Learning, 2006, section 7.2.1.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.linspace(-10, 10, 100)
    >>> noise = np.random.default_rng(0).normal(size=100)
    >>> model = RVR(gamma=0.1).fit(x[:, None], np.sinc(x / np.pi) + 0.1 * noise)
    >>> bool(abs(model.predict([[0.0]])[0] - 1.0) < 0.1), len(model.relevance_) < 10
    (True, True)
    >>> bool(0.08 < np.sqrt(model.noise_) < 0.12)
    True
    """

    def __init__(
        self,
        kernel: kernels.Kernel = "rbf",
        gamma: kernels.Gamma = "median",
        degree: int = 3,
        coef0: float = 1.0,
        algorithm: str = "sequential",
        scaling: str = "none",
        max_candidates: int | None = 3000,
        tol: float = 0.001,
        max_iter: int = 200,
        random_state: Any = None,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.algorithm = algorithm
        self.scaling = scaling
        self.max_candidates = max_candidates
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RVR:
        """Fit on rows ``X`` (n, features) and numbers ``y`` (n,).

        Parameters
        ----------
        sample_weight : array (n,), optional
            Factor of each row's log likelihood, at least 0.
        """
        self.check_settings()
        X, y = validate_data(self, X, y, dtype=KINDS, y_numeric=True)
        given = row_weights(sample_weight, len(X))
        kept = np.flatnonzero(given > 0)
        target, weights = y[kept].astype(np.float64), given[kept]
        dictionary = self._dictionary(X, kept, weights, np.zeros(len(kept), dtype=int))
        standard, middle, unit = _standardised(target, weights)
        if self.gamma == "evidence" and dictionary.tunable:
            self._search(dictionary, standard, weights)
        columns, means = dictionary.columns(getattr(self, "gamma_", 1.0), weights)
        learned = self._learn(columns, standard, weights)
        self.noise_ = cast(Gaussian, learned.likelihood).variance * unit**2
        machine = _in_units(learned, middle, unit, weights)
        self._keep(X, kept[dictionary.among], means, [machine])
        self._warn([machine], ["the target"])
        return self

    def _learn(self, columns: np.ndarray, standard: np.ndarray, weights: np.ndarray) -> Posterior:
        constant = not standard.any()
        counts = None if (weights == 1).all() else weights
        likelihood = Gaussian(standard, noise=1.0 if constant else 0.1, weights=counts)
        likelihood = replace(likelihood, fixed=constant)  # there is no noise to estimate
        return LEARNERS[self.algorithm](columns, likelihood, control=self._control())

    def _search(self, dictionary: Dictionary, standard: np.ndarray, weights: np.ndarray) -> None:
        """Settle ``gamma_`` by evidence, on a part of the rows where they are many."""
        rows = choose_candidates(np.zeros(len(standard)), MOST_SEARCHED, self.random_state)
        part = dictionary.part(rows)

        def evidence(gamma: float) -> float:
            found = self._learn(
                part.columns(gamma, weights[rows])[0], standard[rows], weights[rows]
            )
            return found.evidence - len(found.active)  # Akaike 1980

        self._climb(evidence)

    # answers ----------------------------------------------------------------------------------

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Return the mean of each row's number (n,), and if asked its standard deviation (n,).

        The standard deviation is that of a new observation, noise included.
        """
        mean, variance = self.latent_mean_and_variance(X)
        if not return_std:
            return mean[:, 0]
        return mean[:, 0], np.sqrt(variance[:, 0] + self.noise_)


def _standardised(target: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return the target (n,) with mean 0 and variance 1, and the mean and unit that it had.

    A constant target becomes zeros, and its unit is 0.
    """
    middle = float(np.average(target, weights=weights))
    unit = float(np.sqrt(np.average((target - middle) ** 2, weights=weights)))
    if unit <= 1e-12 * np.abs(target).max(initial=0.0):
        return np.zeros(len(target)), middle, 0.0
    return (target - middle) / unit, middle, unit


def _in_units(machine: Posterior, middle: float, unit: float, weights: np.ndarray) -> Posterior:
    """Return the posterior in the units of the target; a unit of 0 leaves no noise."""
    with np.errstate(divide="ignore"):
        density = (1.0 - weights.sum()) * np.log(unit)  # the flat prior on the offset counts once
        alpha = machine.alpha / unit**2 if len(machine.alpha) else machine.alpha
    return replace(
        machine,
        mean=machine.mean * unit,
        alpha=alpha,
        fixed=machine.fixed * unit + middle,
        covariance=machine.covariance * unit**2,
        evidence=machine.evidence + density,
        history=machine.history + density,
    )
