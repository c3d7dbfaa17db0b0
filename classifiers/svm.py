"""The support vector machine, one against one, on any kernel of the family.

scikit-learn's ``SVC`` (libsvm) solves every pair of classes on a kernel matrix that is computed
once; the decision is kept as plain arrays, so that a fitted object can be stored without code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from . import kernels
from .calibration import agree, fit_sigmoids, has_probability, out_of_fold
from .classes import ClassWeight, number_classes, present_weights
from .kernel_settings import check_kernel, tell_input
from .pairs import couple_pairs, pairs_of, solve_pairs, votes
from .scaling import make_scaler

MOST_ROWS = 20_000  # the kernel matrix of as many training rows takes 3.2 GB
MOST_SHARED = 5_000  # a matrix that is kept beside its slices takes 0.2 GB


class SVM(ClassifierMixin, BaseEstimator):
    """Support vector classification, one against one.

    Parameters
    ----------
    kernel : str or callable
        ``"linear"``, ``"polynomial"``, ``"rbf"``, ``"chi-square"``, ``"intersection"``,
        ``"hellinger"`` (see ``classifiers.kernels``), ``"precomputed"`` (X is the kernel between
        the rows and the training rows), or a function ``f(X, Y) -> (n, m)``.
    C : float
        Price of an error, above 0.
    gamma : float, "scale" or "median"
        Width of the kernel; the names are worked out on the training rows (``gamma_``).
    degree, coef0
        Of the polynomial kernel.
    class_weight : None, "balanced" or dict
        Factor of C per class.
    scaling : {"none", "standard", "minmax", "unit-length"}
        Learned from the training rows, applied to all.
    probability : bool
        Whether ``fit`` also learns ``predict_proba``.
    tol : float
        Where the solver stops.
    random_state : int or None
        Order of the rows in the folds of the calibration; None keeps the rows in their order. The
        machine itself uses no chance.

    Attributes
    ----------
    classes_ : array (classes,)
    gamma_ : float
    support_ : int array
        Training rows that carry a decision.
    coef_ : array (pairs, features)
        Linear and hellinger only; above 0 speaks for class j of pair (i, j), i < j.
    dual_coef_ : array (pairs, support), support_vectors_ : array (support, features)
        The other kernels.
    intercept_ : array (pairs,)
    sigmoids_ : array (pairs, 2)
        Slope and offset of each pair's probability.

    Notes
    -----
    ``predict`` is the class with most pairs won, ties by the summed margins: the decision of
    ``SVC(break_ties=True)``, never changed by the calibration. ``predict_proba`` is Platt's
    sigmoid per pair on margins of five inner folds, coupled after Wu, Lin and Weng (2004). Near a
    border its highest entry could differ from ``predict``; there the classes concerned share their
    probability (``calibration.agree``), so that the two never contradict each other. Give ``fit``
    the ``groups`` (subjects), and no group is on both sides of those folds. Pairs whose class has
    too few members to be held out are calibrated on the training margins.

    Sources: Cortes and Vapnik, Machine Learning 20, 1995, doi:10.1007/BF00994018; Chang and Lin,
    LIBSVM, ACM TIST 2(3), 2011, doi:10.1145/1961189.1961199.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0, 1.0], [0.2, 0.8], [1.0, 0.0], [0.9, 0.3]])
    >>> SVM("intersection").fit(X, ["a", "a", "b", "b"]).predict([[0.1, 0.9]]).tolist()
    ['a']
    """

    def __init__(
        self,
        kernel: kernels.Kernel = "linear",
        C: float = 1.0,
        gamma: kernels.Gamma = "scale",
        degree: int = 3,
        coef0: float = 1.0,
        class_weight: ClassWeight = None,
        scaling: str = "none",
        probability: bool = True,
        tol: float = 1e-3,
        random_state: int | None = None,
    ) -> None:
        self.kernel = kernel
        self.C = C
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.class_weight = class_weight
        self.scaling = scaling
        self.probability = probability
        self.tol = tol
        self.random_state = random_state

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        check_kernel(self.kernel, self.gamma, self.degree, self.coef0, self.scaling)
        if not isinstance(self.C, Real) or not 0 < float(self.C) < np.inf:
            raise ValueError(f"C must be a number above 0, not {self.C!r}.")

    def fit(self, X: Any, y: Any, groups: Any = None) -> SVM:
        """Fit on rows ``X`` (n, features) and labels ``y`` (n,).

        Parameters
        ----------
        groups : array (n,), optional
            For example subjects: kept together in the folds of the calibration.
        """
        self.check_settings()
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32))
        self.classes_, number = number_classes(y)
        self._refuse_too_many(len(X))
        self.scaler_ = make_scaler(self.scaling)
        rows = X if self.scaler_ is None else self.scaler_.fit_transform(X)
        gram = self._training_gram(rows)
        present = present_weights(self.class_weight, self.classes_)
        weights = compute_class_weight(present, classes=self.classes_, y=y)
        coef, self.intercept_ = self._solve(gram, number, weights)
        if self.probability:
            self._calibrate(gram, number, groups, weights, gram @ coef.T + self.intercept_)
        self._keep(rows, coef)
        return self

    def _refuse_too_many(self, rows: int) -> None:
        if rows > MOST_ROWS:
            raise ValueError(
                f"the kernel matrix of {rows} training rows needs {rows**2 * 8 / 1e9:.0f} GB; "
                f"use at most {MOST_ROWS} rows, or the classifier 'linear-svm'."
            )

    def _solve(
        self, gram: np.ndarray, number: np.ndarray, weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        return solve_pairs(gram, number, len(self.classes_), float(self.C), weights, self.tol)

    def _calibrate(
        self, gram: np.ndarray, number: np.ndarray, groups: Any, weights: np.ndarray, fit: Any
    ) -> None:
        def margins(train: np.ndarray, test: np.ndarray) -> np.ndarray:
            coef, intercept = self._solve(gram[np.ix_(train, train)], number[train], weights)
            return gram[np.ix_(test, train)] @ coef.T + intercept

        groups = None if groups is None else np.asarray(groups)
        held_out = out_of_fold(margins, fit.shape[1], number, groups, self.random_state)
        first, second = np.array(pairs_of(len(self.classes_))).T
        positive = number[:, None] == second
        concerned = positive | (number[:, None] == first)
        self.sigmoids_ = fit_sigmoids(held_out, fit, positive, concerned)

    # kernels --------------------------------------------------------------------------------

    def _training_gram(self, rows: np.ndarray) -> np.ndarray:
        """Return the kernel (n, n) of the scaled training rows, and settle ``gamma_``."""
        if self.kernel == "precomputed":
            if rows.shape[0] != rows.shape[1]:
                raise ValueError(f"a precomputed kernel must be square, not {rows.shape}.")
            return np.asarray(rows, dtype=np.float64)
        if callable(self.kernel):
            return kernels.gram(self.kernel, rows)
        base = self._base(rows)
        self.gamma_ = kernels.choose_gamma(self.kernel, self.gamma, rows, base)
        return self._finish(base)

    def _base(self, rows: np.ndarray) -> np.ndarray:
        return kernels.base_matrix(str(self.kernel), rows)

    def _finish(self, base: np.ndarray) -> np.ndarray:
        return kernels.from_base(str(self.kernel), base, self.gamma_, self.degree, self.coef0)

    def _map(self) -> Any:
        named = isinstance(self.kernel, str) and self.kernel in kernels.KERNELS
        return kernels.KERNELS[str(self.kernel)].features if named else None

    def _keep(self, rows: np.ndarray, coef: np.ndarray) -> None:
        """Store what predictions need, and no training row beyond it."""
        self.support_ = np.flatnonzero((coef != 0).any(axis=0))
        coef = coef[:, self.support_]
        features = self._map()
        if features is not None:
            self.coef_ = coef @ features(rows[self.support_]).astype(np.float64)
            return
        self.dual_coef_ = coef
        if self.kernel != "precomputed":
            self.support_vectors_ = rows[self.support_]

    def _margins(self, X: Any) -> np.ndarray:
        """Return the margins of all pairs, (n, pairs)."""
        check_is_fitted(self, "intercept_")
        rows = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        if self.scaler_ is not None:
            rows = self.scaler_.transform(rows)
        features = self._map()
        if features is not None:
            kernels.check_rows(str(self.kernel), rows)
            return kernels.inner_products(features(rows), self.coef_) + self.intercept_
        return self._cross(rows) @ self.dual_coef_.T + self.intercept_

    def _cross(self, rows: np.ndarray) -> np.ndarray:
        if self.kernel == "precomputed":
            return rows[:, self.support_]
        if callable(self.kernel):
            return kernels.gram(self.kernel, rows, self.support_vectors_)
        return self._finish(kernels.base_matrix(self.kernel, rows, self.support_vectors_))

    # answers --------------------------------------------------------------------------------

    def decision_function(self, X: Any) -> np.ndarray:
        """Return scores: (n,) for two classes (above 0: the second), else (n, classes)."""
        margins = self._margins(X)
        return margins[:, 0] if len(self.classes_) == 2 else votes(margins, len(self.classes_))

    def predict(self, X: Any) -> np.ndarray:
        """Return the class with the highest score for each row of ``X``, (n,)."""
        best = self._best(self._margins(X))
        return self.classes_[best]

    def _best(self, margins: np.ndarray) -> np.ndarray:
        if len(self.classes_) == 2:
            return (margins[:, 0] > 0).astype(int)
        return votes(margins, len(self.classes_)).argmax(axis=1)

    @available_if(has_probability)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``."""
        margins = self._margins(X)
        second = expit(margins * self.sigmoids_[:, 0] + self.sigmoids_[:, 1])
        return agree(couple_pairs(second, len(self.classes_)), self._best(margins))

    @property
    def coef_per_class_(self) -> np.ndarray:
        """Weights that speak for each class, (classes, features), linear and hellinger only.

        The mean over the pairs in which a class takes part, in the units of the input columns (of
        their square roots for hellinger, of rows of length 1 for ``unit-length``).
        """
        self._refuse_unmapped()
        check_is_fitted(self, "coef_")
        out = np.zeros((len(self.classes_), self.coef_.shape[1]))
        for row, (i, j) in zip(self.coef_, pairs_of(len(out)), strict=True):
            out[j] += row / (len(out) - 1)
            out[i] -= row / (len(out) - 1)
        if self.kernel == "linear" and self.scaling == "standard":
            return out / self.scaler_.scale_
        if self.kernel == "linear" and self.scaling == "minmax":
            return out * self.scaler_.scale_
        return out

    def rows_of_weights(self, X: np.ndarray) -> np.ndarray:
        """Return the rows (n, features) that ``coef_per_class_`` is multiplied with."""
        self._refuse_unmapped()
        if self.kernel == "linear" and self.scaling in ("standard", "minmax"):
            return X
        return self._map()(X if self.scaler_ is None else self.scaler_.transform(X))

    def _refuse_unmapped(self) -> None:
        if self._map() is None:
            raise AttributeError("weights per column exist for kernel 'linear' and 'hellinger'.")

    # searching ------------------------------------------------------------------------------

    def shared_base(self, X: np.ndarray, grid: Mapping[str, Sequence[Any]]) -> np.ndarray | None:
        """Return the matrix (n, n) that every fit of a search over ``grid`` can share, or None.

        A search fits the same rows many times. Where scaling looks at single rows only, the slow
        part of the kernel is the same every time; ``over_base()`` then fits on slices of it.
        """
        named = isinstance(self.kernel, str) and self.kernel in kernels.KERNELS
        stateless = self.scaling in ("none", "unit-length")
        if not named or not stateless or {"kernel", "scaling"} & set(grid) or len(X) > MOST_SHARED:
            return None
        by_columns = kernels.KERNELS[str(self.kernel)].gamma == "columns"
        if by_columns and "scale" in grid.get("gamma", [self.gamma]):
            return None
        scaler = make_scaler(self.scaling)
        return self._base(X if scaler is None else scaler.fit_transform(X))

    def over_base(self) -> SVMOnBase:
        """Return the same machine for rows of a shared base matrix instead of features."""
        return SVMOnBase(**{**self.get_params(), "scaling": "none"})

    def __sklearn_tags__(self) -> Any:
        return tell_input(super().__sklearn_tags__(), self.kernel, self.scaling)


class SVMOnBase(SVM):
    """The same machine where X is a base matrix: rows (n) by training rows (see ``kernels``)."""

    def _base(self, rows: np.ndarray) -> np.ndarray:
        if rows.shape[0] != rows.shape[1]:
            raise ValueError(f"a base matrix of training rows must be square, not {rows.shape}.")
        return np.asarray(rows, dtype=np.float64)

    def _map(self) -> None:
        return None

    def _cross(self, rows: np.ndarray) -> np.ndarray:
        return self._finish(rows[:, self.support_])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = True
        return tags
