"""The relevance vector machine for classes: sparse, Bayesian, with probabilities.

The mathematics is in ``classifiers.bayes``; here are kernels, classes, weights and widths.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted, validate_data

from . import kernels
from .bayes.softmax import learn_softmax
from .bayes.softmax_output import logit_covariance, moderated_softmax
from .classes import ClassWeight, check_class_weight, number_classes, present_weights
from .dictionaries import Dictionary, choose_candidates, row_weights
from .names import unknown
from .problems import class_offsets, class_probabilities, class_problems, log_odds, solve_problems
from .relevance import KINDS, RelevanceMachine
from .widths import MOST_SEARCHED

SCHEMES = ("one-vs-rest", "one-vs-one", "multinomial")


class RVM(ClassifierMixin, RelevanceMachine):
    """Relevance vector classification.

    ``f(x) = b + sum_n w_n k(x, x_n)``, ``p(t = 1) = sigmoid(f)``, ``w_n ~ N(0, 1 / alpha_n)``: one
    precision per training row, set by the evidence. Most become infinite, and the rows that remain
    are the relevance vectors.

    Parameters
    ----------
    kernel : str or callable
        ``"linear"``, ``"polynomial"``, ``"rbf"``, ``"chi-square"``, ``"intersection"``,
        ``"hellinger"`` (see ``classifiers.kernels``), ``"precomputed"`` (X is the kernel between
        the rows and the training rows), or a function ``f(X, Y) -> (n, m)``.
    gamma : float, "scale", "median" or "evidence"
        Width of the kernel. The first two names are rules (``kernels.choose_gamma``);
        ``"evidence"`` climbs from the median in steps of four, then two, to the highest log
        marginal likelihood, summed over the machines, less one nat per relevance vector; it costs
        seven to ten fits, on at most 500 rows.
    degree, coef0
        Of the polynomial kernel.
    multi_class : {"one-vs-rest", "one-vs-one", "multinomial"}
        How more than two classes are told apart: a machine per class, one per pair, or one softmax
        machine for all (Psorakis, Damoulas and Girolami 2010; here with Laplace), which needs the
        fewest relevance vectors and is surest where classes are separable, but loses accuracy where
        columns outnumber rows.
    shared : bool
        Whether a relevance vector of the softmax machine serves all classes, or each class has its
        own; no other scheme looks at it.
    algorithm : {"sequential", "em"}
        Tipping and Faul 2003, or the slow batch algorithm of Tipping 2001 for comparison.
    class_weight : None, "balanced" or dict
        Factor of the log likelihood of each class's rows.
    scaling : {"none", "standard", "minmax", "unit-length"}
        Learned from the training rows, applied to all.
    max_candidates : int or None
        Beyond as many training rows only a random part of them, from all classes in proportion,
        may become relevance vectors; all rows train. None: no limit.
    tol : float
        Nats of evidence that an action must gain.
    max_iter : int
        Rounds of the learner per machine.
    n_jobs : int or None
        Threads for the machines of several classes.
    random_state : int, RandomState or None
        Choice of the candidates and of the rows of a search; without either no chance is used.

    Attributes
    ----------
    classes_ : array (classes,)
    class_offset_ : array (classes,)
        What one against the rest adds to log odds, see ``problems.class_offsets``.
    relevance_ : int array (k,)
        Training rows that any machine uses.
    relevance_vectors_ : array (k, features)
        Those rows, as they were given; not with a precomputed kernel.
    dual_coef_ : array (machines, k), intercept_ : array (machines,)
        One machine for two classes; else one per class, or per pair (i, j), i < j, above 0 for j.
        The softmax machine has one row per class.
    coef_ : array (machines, features)
        Linear and hellinger only.
    gamma_ : float
        Named kernels only.
    gammas_, gamma_evidence_ : arrays (tried,)
        Of ``gamma="evidence"``.
    log_marginal_likelihood_ : float
        Laplace's approximation, summed over machines.
    n_iter_ : int
        Most rounds of a machine.
    history_ : list of arrays
        Log marginal likelihood of each machine, round by round.
    active_, alpha_, covariance_ : lists of arrays
        Per machine: its places in ``relevance_``, their precisions, and the posterior covariance
        of the offset and the weights, offset first.

    Notes
    -----
    ``predict_proba`` moderates: ``sigmoid(mean / sqrt(1 + pi variance / 8))`` (MacKay, Neural
    Computation 4(5), 1992, doi:10.1162/neco.1992.4.5.720). ``predict`` is the class with the
    highest probability, and ``decision_function`` orders rows in the same way. The variance
    shrinks far from the relevance vectors: there probabilities are surer than they should be.

    A row of weight 2 counts as two rows, one of weight 0 as none.

    Sources: Tipping, JMLR 1, 2001, 211-244; Tipping and Faul, AISTATS 2003.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-2, 2, 40)[:, None]
    >>> model = RVM(gamma=0.5).fit(X, np.where(np.abs(X[:, 0]) < 1, "inside", "outside"))
    >>> model.predict([[0.1], [1.9]]).tolist(), len(model.relevance_) < 5
    (['inside', 'outside'], True)
    """

    def __init__(
        self,
        kernel: kernels.Kernel = "rbf",
        gamma: kernels.Gamma = "median",
        degree: int = 3,
        coef0: float = 1.0,
        multi_class: str = "one-vs-rest",
        shared: bool = True,
        algorithm: str = "sequential",
        class_weight: ClassWeight = None,
        scaling: str = "none",
        max_candidates: int | None = 3000,
        tol: float = 0.05,
        max_iter: int = 200,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.multi_class = multi_class
        self.shared = shared
        self.algorithm = algorithm
        self.class_weight = class_weight
        self.scaling = scaling
        self.max_candidates = max_candidates
        self.tol = tol
        self.max_iter = max_iter
        self.n_jobs = n_jobs
        self.random_state = random_state

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        super().check_settings()
        check_class_weight(self.class_weight)
        if self.multi_class not in SCHEMES:
            raise ValueError(unknown("multi_class", self.multi_class, SCHEMES))
        if self.multi_class == "multinomial" and self.algorithm != "sequential":
            raise ValueError(
                f"multi_class='multinomial' is learned by algorithm='sequential' only, not by "
                f"{self.algorithm!r}; use that, or multi_class='one-vs-rest'."
            )

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RVM:
        """Fit on rows ``X`` (n, features) and labels ``y`` (n,).

        Parameters
        ----------
        sample_weight : array (n,), optional
            Factor of each row's log likelihood, at least 0.
        """
        self.check_settings()
        X, y = validate_data(self, X, y, dtype=KINDS)
        given = row_weights(sample_weight, len(X))
        kept = np.flatnonzero(given > 0)
        self.classes_, number = number_classes(y[kept])
        dictionary = self._dictionary(X, kept, given[kept], number)
        weights = given[kept] * self._factors(y[kept], number, given[kept])
        self.class_offset_ = class_offsets(np.bincount(number, weights))
        if self.gamma == "evidence" and dictionary.tunable:
            self._search(dictionary, number, weights)
        columns, means = dictionary.columns(getattr(self, "gamma_", 1.0), weights)
        machines, names = self._solve(columns, dictionary.among, number, weights)
        self._keep(X, kept[dictionary.among], means, machines)
        if self._softmax:
            self.pairs_ = machines[0].pairs
        self._warn(machines, names)
        return self

    def _factors(self, y: np.ndarray, number: np.ndarray, given: np.ndarray) -> np.ndarray:
        """Return the class weight of each row, (n,); balanced counts rows by their weights."""
        if self.class_weight == "balanced":
            counts = np.bincount(number, given)
            return (counts.sum() / (len(counts) * counts))[number]
        present = present_weights(self.class_weight, self.classes_)
        return compute_class_weight(present, classes=self.classes_, y=y)[number]

    def _search(self, dictionary: Dictionary, number: np.ndarray, weights: np.ndarray) -> None:
        """Settle ``gamma_`` by evidence, on a part of the rows where they are many."""
        rows = choose_candidates(number, MOST_SEARCHED, self.random_state)
        part = dictionary.part(rows)

        def evidence(gamma: float) -> float:
            columns = part.columns(gamma, weights[rows])[0]
            found = self._solve(columns, part.among, number[rows], weights[rows])[0]
            return sum(m.evidence - np.isfinite(m.alpha).sum() for m in found)  # Akaike 1980

        self._climb(evidence)

    def _solve(
        self, columns: np.ndarray, among: np.ndarray, number: np.ndarray, weights: np.ndarray
    ) -> tuple[list[Any], list[str]]:
        """Return the machines and their names for messages."""
        control, classes = self._control(), len(self.classes_)
        if self._softmax:
            found = learn_softmax(
                columns, number, classes, weights=weights, shared=self.shared, control=control
            )
            return [found], ["all classes"]
        problems = class_problems(self.multi_class, number, self.classes_)
        machines = solve_problems(
            problems, columns, among, weights, self.algorithm, control, self.n_jobs
        )
        return machines, [problem.name for problem in problems]

    @property
    def _softmax(self) -> bool:
        return self.multi_class == "multinomial" and len(self.classes_) > 2

    # answers ----------------------------------------------------------------------------------

    def decision_function(self, X: Any) -> np.ndarray:
        """Return scores: (n,) for two classes (above 0: the second), else (n, classes).

        Two classes: log odds of the moderated probability. More: log probabilities, one against
        the rest up to a constant of the row.
        """
        check_is_fitted(self, "classes_")
        if len(self.classes_) == 2 or self.multi_class == "one-vs-rest":
            odds = log_odds(*self.latent_mean_and_variance(X))
            return odds[:, 0] if len(self.classes_) == 2 else odds + self.class_offset_
        return np.log(np.maximum(self.predict_proba(X), np.finfo(float).tiny))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``."""
        check_is_fitted(self, "classes_")
        if self._softmax:
            parts = [self._softmax_probabilities(c) for c in self._centred_blocks(X)]
            return np.concatenate(parts)
        odds = log_odds(*self.latent_mean_and_variance(X))
        return class_probabilities(self.multi_class, odds, self.class_offset_)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class for each row of ``X``, (n,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _softmax_probabilities(self, centred: np.ndarray) -> np.ndarray:
        return moderated_softmax(self._mean(centred), self._logit_covariance(centred))

    def _logit_covariance(self, centred: np.ndarray) -> np.ndarray:
        """Return the covariance of the logits, (n, classes, classes)."""
        return logit_covariance(centred, self.pairs_, self.covariance_[0], len(self.classes_))

    def _variance(self, centred: np.ndarray) -> np.ndarray:
        if self._softmax:
            return np.einsum("ncc->nc", self._logit_covariance(centred))
        return super()._variance(centred)


RVC = RVM  # the name beside RVR
