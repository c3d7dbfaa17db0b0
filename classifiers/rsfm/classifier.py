"""The relevance sample-feature machine: which training rows and which features decide."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import validate_data

from .. import kernels
from ..bayes import Bernoulli
from ..classes import ClassWeight, check_class_weight, number_classes, present_weights
from ..dictionaries import choose_candidates, row_weights
from ..problems import class_offsets, class_probabilities, log_odds
from .choice import Part
from .machine import KINDS, SampleFeatureMachine
from .refit import STRONG, refitted
from .start import class_difference


class RSFM(ClassifierMixin, SampleFeatureMachine):
    """Relevance sample-feature machine: joint selection of samples and features.

    ``f(x) = b + sum_n w_n sum_m l_m k_m(x_m, x_nm)``, ``p(t = 1) = sigmoid(f)``,
    ``w_n ~ N(0, 1 / alpha_n)``, ``l_m ~ N(0, 1 / beta_m)``: precisions of training rows and of
    features are both set by the evidence, and most become infinite. A feature is a column, or a
    group of columns with one kernel.

    Parameters
    ----------
    kernel : str or callable
        Of one feature: ``"rbf"``, ``"linear"`` on standardised columns, ``"chi-square"``,
        ``"intersection"``, ``"hellinger"`` on histograms, or ``f(X, Y) -> (n, m)``.
    width : float or "evidence"
        For rbf in standard deviations, for chi-square a factor of the median distance.
        ``"evidence"`` learns with .6, 1 and 1.6 and keeps the best joint evidence.
    groups : labels (n_features,), optional
        Columns of one label are one feature; without it each column is one.
    algorithm : {"incremental", "batch"}
        From nothing upwards (2016), or from everything downwards (2013, slow, for comparison).
    selection : {"evidence", "log", "beta-binomial", "none"}
        What a feature must gain before it is believed (``selection_prior``); ``"evidence"`` tries
        several and keeps the best.
    shared : bool
        With several classes: whether all select the same features. Otherwise each class selects its
        own.
    refit : {"evidence", "none", "rvm"}
        Whether predictions come from an RVM on the selected features, which knows interactions that
        a sum of features cannot: always, never, or if its worth is 5 nats higher.
    class_weight : None, "balanced" or dict
        Factor of the log likelihood per class.
    max_candidates : int or None
        Beyond as many training rows a random part of each class may become relevance vectors; all
        rows are learned from.
    tol : float
        Nats: an action that gains less is not worth while.
    max_iter : int
        Sweeps over both blocks.
    random_state : int or None
        Of the candidates' choice.

    Attributes
    ----------
    classes_ : array (classes,)
    class_offset_ : array (classes,)
        What one against the rest adds to log odds, see ``problems.class_offsets``.
    relevance_ : int array (k,), relevance_vectors_ : array (k, n_features)
        Training rows that carry a decision.
    group_names_ : array (groups,)
        Labels of the groups; the columns' numbers without ``groups``.
    sample_weights_ : array (machines, k), feature_weights_ : array (machines, groups)
        w and l, 0 where left out; the absolute feature weights of a machine sum to 1. One machine
        for two classes, else one per class against the rest.
    intercept_ : array (machines,)
    widths_ : array (1,) or (machines,)
        The width in use; one per machine unless features are shared.
    log_marginal_likelihood_ : float
        Joint log evidence, nats.
    worth_ : float
        By what widths, priors and a refit are compared: the joint evidence minus one nat per
        precision that was set.
    refitted_ : bool
        Whether predictions come from ``refit_``, an RVM on the selected columns (else None);
        ``refit_worth_`` is its worth, minus infinity where there was none.
    history_ : list of arrays, n_iter_ : int
        Worth after each sweep.

    Notes
    -----
    Sources: Mohsenzadeh et al., IEEE Trans. Cybernetics 43(6), 2013, 2241-2254,
    doi:10.1109/TCYB.2013.2260736 (RSFM); Mohsenzadeh, Sheikhzadeh and Nazari, Pattern Recognition
    60, 2016, 835-848 (incremental). Their abstracts are known to us: joint evidence, gauge, prices,
    groups, moderation and refit are derived here (docs/notation.md). f is a sum of functions of one
    feature each; without a refit no interaction between features can be learned. Away from the
    relevance vectors probabilities are surer than they should be.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(200, 30))
    >>> model = RSFM().fit(X, np.abs(X[:, 7]) + X[:, 3] > 1)
    >>> np.flatnonzero(model.get_support()).tolist()
    [3, 7]
    """

    def __init__(
        self,
        kernel: kernels.Kernel = "rbf",
        width: float | str = "evidence",
        groups: Iterable[Hashable] | None = None,
        algorithm: str = "incremental",
        selection: str = "evidence",
        shared: bool = True,
        refit: str = "evidence",
        class_weight: ClassWeight = None,
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
        self.shared = shared
        self.refit = refit
        self.class_weight = class_weight
        self.max_candidates = max_candidates
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        super().check_settings()
        if not isinstance(self.shared, bool | np.bool_):
            raise ValueError(f"shared must be True or False, not {self.shared!r}.")
        check_class_weight(self.class_weight)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RSFM:
        """Fit on rows ``X`` (n, n_features) and labels ``y`` (n,).

        Parameters
        ----------
        sample_weight : array (n,), optional
            Factor of each row's log likelihood, at least 0; rows of weight 0 are left out.
        """
        self.check_settings()
        X, y = validate_data(self, X, y, dtype=KINDS)
        given = row_weights(sample_weight, len(X))
        kept = np.flatnonzero(given > 0)
        self.classes_, number = number_classes(y[kept])
        weights = given[kept] * self._factors(y[kept], number, given[kept])
        self.class_offset_ = class_offsets(np.bincount(number, weights))
        features, rows = self._prepare(X[kept])
        candidates = choose_candidates(number, self.max_candidates, self.random_state)
        machines = self._machines(number, weights)
        first = [
            np.column_stack([class_difference(each, candidates) for each in part])
            for part in machines
        ]
        parts = self._learn(features, rows, candidates, machines, first)
        self._keep(X, kept[candidates], features, parts)
        self._refit(X[kept], y[kept], weights, parts)
        return self

    def _factors(self, y: np.ndarray, number: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the class weight of each row, (n,); balanced counts rows by their weights."""
        if self.class_weight == "balanced":
            counts = np.bincount(number, given)
            return (counts.sum() / (len(counts) * counts))[number]
        present = present_weights(self.class_weight, self.classes_)
        return compute_class_weight(present, classes=self.classes_, y=y)[number]

    def _machines(self, number: np.ndarray, weights: np.ndarray) -> list[list[Bernoulli]]:
        """Return the likelihoods of the machines, in lists that share their features."""
        positive = [1] if len(self.classes_) == 2 else range(len(self.classes_))
        each = [Bernoulli((number == c).astype(float), weights) for c in positive]
        return [each] if self.shared else [[one] for one in each]

    def _refit(
        self, X: np.ndarray, y: np.ndarray, weights: np.ndarray, parts: Sequence[Part]
    ) -> None:
        self.refitted_, self.refit_, self.refit_worth_ = False, None, -np.inf
        if self.refit == "none" or not self.get_support().any():
            return
        machine, self.refit_worth_ = refitted(self, X[:, self.get_support()], y, weights, parts)
        if self.refit == "rvm" or self.refit_worth_ > self.worth_ + STRONG:
            self.refitted_, self.refit_ = True, machine

    # answers ----------------------------------------------------------------------------------

    def latent_mean_and_variance(self, X: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of f of the additive machine, both (n, machines)."""
        return self._latent(self._checked(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return log odds of the moderated probability, in the order of the probabilities.

        (n,) for two classes (above 0: the second), else (n, classes), up to a constant of the row.
        """
        rows = self._checked(X)
        if self.refit_ is not None:
            return self.refit_.decision_function(rows[:, self.get_support()])
        odds = log_odds(*self._latent(rows))
        return odds[:, 0] if len(self.classes_) == 2 else odds + self.class_offset_

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``.

        Moderated by the variance of both blocks; one against the rest is corrected for the classes'
        shares (``problems.class_offsets``).
        """
        rows = self._checked(X)
        if self.refit_ is not None:
            return self.refit_.predict_proba(rows[:, self.get_support()])
        odds = log_odds(*self._latent(rows))
        return class_probabilities("one-vs-rest", odds, self.class_offset_)

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of highest probability for each row of ``X``, (n,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]
