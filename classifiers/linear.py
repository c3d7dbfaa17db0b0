"""The linear support vector machine, one against the rest, for many rows.

``SVM(kernel="linear")`` needs the kernel matrix of all training rows; this one needs the rows
only (liblinear), so it also serves tens of thousands of rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.svm import LinearSVC
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .calibration import agree, fit_sigmoids, has_probability, out_of_fold
from .classes import ClassWeight, number_classes, present_weights
from .scaling import make_scaler


class LinearSVM(ClassifierMixin, BaseEstimator):
    """Linear support vector classification, one class against the rest.

    Parameters
    ----------
    C : float
        Price of an error, above 0.
    class_weight : None, "balanced" or dict
        Factor of C per class.
    scaling : {"none", "standard", "minmax", "unit-length"}
        Learned from the training rows, applied to all.
    probability : bool
        Whether ``fit`` also learns ``predict_proba``: Platt's sigmoid per class on margins of five
        inner folds, divided by their sum; never in contradiction to ``predict``.
    max_iter : int
        Passes of the solver.
    random_state : int or None
        Order of the solver's steps and of the rows in the folds of the calibration.

    Attributes
    ----------
    classes_ : array (classes,)
    coef_per_class_ : array (classes, features)
        Weights for each class, in the units of the scaled columns.
    intercept_ : array (classes,)
    sigmoids_ : array (classes, 2)
    n_iter_ : int
        Most passes that a class took.

    Notes
    -----
    Source: Fan et al., LIBLINEAR, JMLR 9, 2008.
    """

    def __init__(
        self,
        C: float = 1.0,
        class_weight: ClassWeight = None,
        scaling: str = "none",
        probability: bool = True,
        max_iter: int = 5000,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.class_weight = class_weight
        self.scaling = scaling
        self.probability = probability
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Any = None) -> LinearSVM:
        """Fit on rows ``X`` (n, features) and labels ``y`` (n,); ``groups`` as in ``SVM.fit``."""
        X, y = validate_data(self, X, y, dtype=(np.float64, np.float32))
        self.classes_, _ = number_classes(y)
        self.scaler_ = make_scaler(self.scaling)
        rows = X if self.scaler_ is None else self.scaler_.fit_transform(X)
        self.coef_per_class_, self.intercept_, self.n_iter_ = self._solve(rows, y)
        if self.probability:
            self._calibrate(rows, y, None if groups is None else np.asarray(groups))
        return self

    def _solve(self, rows: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """Return weights (classes, features), offsets (classes,) and passes; NaN where absent."""
        coef = np.full((len(self.classes_), rows.shape[1]), np.nan)
        intercept = np.full(len(self.classes_), np.nan)
        present = np.flatnonzero(np.isin(self.classes_, y))
        if len(present) < 2:
            return coef, intercept, 0
        weight = present_weights(self.class_weight, self.classes_[present])
        machine = LinearSVC(
            C=self.C,
            class_weight=weight,
            max_iter=self.max_iter,
            random_state=self.random_state,
        ).fit(rows, y)
        both = len(present) == 2
        coef[present] = np.vstack([-machine.coef_, machine.coef_]) if both else machine.coef_
        intercept[present] = (
            np.hstack([-machine.intercept_, machine.intercept_]) if both else machine.intercept_
        )
        return coef, intercept, int(np.max(machine.n_iter_))

    def _calibrate(self, rows: np.ndarray, y: np.ndarray, groups: np.ndarray | None) -> None:
        def margins(train: np.ndarray, test: np.ndarray) -> np.ndarray:
            coef, intercept, _ = self._solve(rows[train], y[train])
            return rows[test] @ coef.T + intercept

        held_out = out_of_fold(margins, len(self.classes_), y, groups, self.random_state)
        fitted = rows @ self.coef_per_class_.T + self.intercept_
        positive = y[:, None] == self.classes_
        self.sigmoids_ = fit_sigmoids(held_out, fitted, positive, np.ones_like(positive))

    def rows_of_weights(self, X: np.ndarray) -> np.ndarray:
        """Return the scaled rows (n, features), which ``coef_per_class_`` is multiplied with."""
        check_is_fitted(self, "intercept_")
        return X if self.scaler_ is None else self.scaler_.transform(X)

    def _margins(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "intercept_")
        rows = validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return self.rows_of_weights(rows) @ self.coef_per_class_.T + self.intercept_

    def decision_function(self, X: Any) -> np.ndarray:
        """Return margins: (n,) for two classes (above 0: the second), else (n, classes)."""
        margins = self._margins(X)
        return margins[:, 1] if len(self.classes_) == 2 else margins

    def predict(self, X: Any) -> np.ndarray:
        """Return the class with the highest margin for each row of ``X``, (n,)."""
        best = self._margins(X).argmax(axis=1)
        return self.classes_[best]

    @available_if(has_probability)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``."""
        margins = self._margins(X)
        p = expit(margins * self.sigmoids_[:, 0] + self.sigmoids_[:, 1])
        p = np.clip(p, 1e-12, None)
        return agree(p / p.sum(axis=1, keepdims=True), margins.argmax(axis=1))
