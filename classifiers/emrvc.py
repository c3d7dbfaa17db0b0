"""The relevance vector machine of the package sklearn-rvm, made fit for pipelines.

Its ``EMRVC`` is Tipping's batch EM of 2001. It is here for comparison: slow, and with plug-in
probabilities. scikit-learn takes it for no classifier, labels must be numbers, and kernels given
as a function or as a matrix cannot predict. So it is given one class against the rest on a kernel
matrix of ours, and what it learned is kept as plain arrays; the package is not needed to predict.
"""

from __future__ import annotations

import warnings
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from . import kernels
from .classes import number_classes
from .kernel_settings import check_kernel, tell_input
from .scaling import make_scaler

MOST_ROWS = 2_000  # beyond, one class takes hours
LEAST_MEAN = 1e-9  # of a kernel matrix, as a share of its diagonal's


class EMRVC(ClassifierMixin, BaseEstimator):
    """Relevance vector classification by sklearn-rvm, one class against the rest.

    Parameters
    ----------
    kernel : str or callable
        As of ``SVM``: a name in ``classifiers.kernels``, ``"precomputed"``, or a function.
    gamma : float, "scale" or "median"
        Width of the kernel; the names are worked out on the training rows (``gamma_``).
    degree, coef0
        Of the polynomial kernel.
    scaling : {"none", "standard", "minmax", "unit-length"}
        Learned from the training rows, applied to all.
    max_iter : int
        Most EM iterations of a class.
    tol : float
        EM ends when no logarithm of a precision changes by more.
    threshold_alpha : float
        A row whose precision is above this is pruned.

    Attributes
    ----------
    classes_ : array (classes,)
    gamma_ : float
        Not for a function or a matrix.
    relevance_ : int array (k,)
        Training rows that any class uses.
    relevance_vectors_ : array (k, features)
        Those rows, as they were given; not for a precomputed kernel.
    dual_coef_ : array (machines, k), intercept_ : array (machines,)
        One machine for two classes, else one per class.

    Notes
    -----
    ``predict_proba`` is the plug-in sigmoid of each class against the rest, divided by their sum.
    A pruned intercept is 0. ``EMRVC`` divides by the root of the kernel's mean, so a linear kernel
    of centred columns is refused.

    Source: Tipping, JMLR 1, 2001, https://www.jmlr.org/papers/v1/tipping01a.html.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0], [0.1], [0.2], [1.0], [1.1], [1.2]])
    >>> EMRVC(gamma=1.0).fit(X, list("aaabbb")).predict([[0.05], [1.05]]).tolist()
    ['a', 'b']
    """

    def __init__(
        self,
        kernel: kernels.Kernel = "rbf",
        gamma: kernels.Gamma = "scale",
        degree: int = 3,
        coef0: float = 1.0,
        scaling: str = "none",
        max_iter: int = 5000,
        tol: float = 1e-3,
        threshold_alpha: float = 1e9,
    ) -> None:
        self.kernel = kernel
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.scaling = scaling
        self.max_iter = max_iter
        self.tol = tol
        self.threshold_alpha = threshold_alpha

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        check_kernel(self.kernel, self.gamma, self.degree, self.coef0, self.scaling)
        for name in ("tol", "threshold_alpha"):
            value = getattr(self, name)
            if not isinstance(value, Real) or not 0 < float(value) < np.inf:
                raise ValueError(f"{name} must be a number above 0, not {value!r}.")
        if not isinstance(self.max_iter, Real) or self.max_iter < 1 or self.max_iter % 1:
            raise ValueError(
                f"max_iter must be a whole number of at least 1, not {self.max_iter!r}."
            )

    def fit(self, X: Any, y: Any) -> EMRVC:
        """Fit on rows ``X`` (n, features) and labels ``y`` (n,).

        Raises
        ------
        ValueError
            For wrong settings or rows, for more than 2,000 rows, where the package sklearn-rvm is
            not installed, and where its EM breaks down.
        """
        self.check_settings()
        learner = _learner()
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32))
        self.classes_, number = number_classes(y)
        if len(X) > MOST_ROWS:
            raise ValueError(
                f"sklearn-rvm would take hours on {len(X)} training rows; use at most {MOST_ROWS}, "
                "or the classifier 'rvm'."
            )
        self.scaler_ = make_scaler(self.scaling)
        rows = X if self.scaler_ is None else self.scaler_.fit_transform(X)
        gram = self._training_gram(rows)
        _refuse_centred(gram)
        targets = [number == 1] if len(self.classes_) == 2 else number == np.unique(number)[:, None]
        weights = [self._machine(learner, gram, target) for target in targets]
        self._keep(X, np.array([w for w, _ in weights]), np.array([b for _, b in weights]))
        return self

    def _machine(
        self, learner: Any, gram: np.ndarray, target: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """Return the weights (n,) and the intercept of one class against the rest."""
        machine = learner(
            kernel="precomputed",
            gamma="auto",
            max_iter=int(self.max_iter),
            tol=self.tol,
            threshold_alpha=self.threshold_alpha,
        )
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                machine.fit(gram, target.astype(float))
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                raise ValueError(f"the EM of sklearn-rvm broke down: {error}") from error
        first = int(machine.bias_used)  # False where the intercept was pruned
        weights = np.zeros(len(gram))
        weights[machine.relevance_] = machine.mu_[first:] / machine._scale
        if not np.isfinite(weights).all():
            raise ValueError("the EM of sklearn-rvm ended with weights that are no numbers.")
        return weights, float(machine.mu_[0]) if first else 0.0

    def _keep(self, rows: np.ndarray, weights: np.ndarray, intercept: np.ndarray) -> None:
        self.relevance_ = np.flatnonzero((weights != 0).any(axis=0))
        self.dual_coef_ = weights[:, self.relevance_]
        self.intercept_ = intercept
        if self.kernel != "precomputed":
            self.relevance_vectors_ = rows[self.relevance_]

    def _training_gram(self, rows: np.ndarray) -> np.ndarray:
        """Return the kernel (n, n) of the scaled training rows, and settle ``gamma_``."""
        if self.kernel == "precomputed":
            if rows.shape[0] != rows.shape[1]:
                raise ValueError(f"a precomputed kernel must be square, not {rows.shape}.")
            return np.asarray(rows, dtype=np.float64)
        if callable(self.kernel):
            return kernels.gram(self.kernel, rows)
        base = kernels.base_matrix(self.kernel, rows)
        self.gamma_ = kernels.choose_gamma(self.kernel, self.gamma, rows, base)
        return kernels.from_base(self.kernel, base, self.gamma_, self.degree, self.coef0)

    def _cross(self, rows: np.ndarray) -> np.ndarray:
        if self.kernel == "precomputed":
            return np.asarray(rows[:, self.relevance_], dtype=np.float64)
        if not len(self.relevance_):
            return np.zeros((len(rows), 0))
        known = self.relevance_vectors_
        if self.scaler_ is not None:
            rows, known = self.scaler_.transform(rows), self.scaler_.transform(known)
        if callable(self.kernel):
            return kernels.gram(self.kernel, rows, known)
        return kernels.gram(
            self.kernel,
            rows,
            known,
            gamma=self.gamma_,
            degree=self.degree,
            coef0=self.coef0,
        )

    # answers --------------------------------------------------------------------------------

    def decision_function(self, X: Any) -> np.ndarray:
        """Return log odds: (n,) for two classes (above 0: the second), else (n, classes)."""
        check_is_fitted(self, "intercept_")
        rows = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        margins = self._cross(rows) @ self.dual_coef_.T + self.intercept_
        return margins[:, 0] if len(self.classes_) == 2 else margins

    def predict(self, X: Any) -> np.ndarray:
        """Return the class with the highest log odds for each row of ``X``, (n,)."""
        margins = self.decision_function(X)
        best = (margins > 0).astype(int) if margins.ndim == 1 else margins.argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``."""
        margins = self.decision_function(X)
        if margins.ndim == 1:
            return np.column_stack([expit(-margins), expit(margins)])
        odds = expit(np.clip(margins, -700, None))  # so that not all are 0
        return odds / odds.sum(axis=1, keepdims=True)

    def __sklearn_tags__(self) -> Any:
        return tell_input(super().__sklearn_tags__(), self.kernel, self.scaling)


def _learner() -> Any:
    try:
        from sklearn_rvm import EMRVC as Theirs
    except ImportError as error:
        raise ValueError(
            "the classifier 'sklearn-rvm' needs the package sklearn-rvm, and it cannot be "
            "imported; install it with `pip install sklearn-rvm`, or use the classifier 'rvm'."
        ) from error
    return Theirs


def _refuse_centred(gram: np.ndarray) -> None:
    """Refuse a kernel whose mean is 0 or below, by the root of which EMRVC divides."""
    if not gram.mean() > LEAST_MEAN * np.abs(np.diag(gram)).mean():
        raise ValueError(
            f"sklearn-rvm divides by the root of the kernel's mean, which must be above 0 and is "
            f"{gram.mean():.2g}; use another kernel, or columns that are not centred."
        )
