"""All methods by name, each with its settings in a sentence.

Kernels are radial basis functions on columns standardised on the training rows, where a method
says nothing else. The peers' width is gamma = 1 / (columns x variance); "RVM, scale" has it too.
Whatever a method searches, it searches inside the training rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from classifiers.names import unknown

from .sets import Part


@dataclass(frozen=True)
class Method:
    """One method: how it is made for a part, what its settings are, and what of it is counted.

    Parameters
    ----------
    make : callable
        Takes a ``Part`` and returns an unfitted classifier with ``predict_proba``.
    about : str
        The settings.
    scaled : bool
        Whether columns are standardised on the training rows first.
    """

    make: Callable[[Part], Any]
    about: str
    scaled: bool = True

    def model(self, part: Part) -> Any:
        """Return the whole unfitted pipeline for a part."""
        made = self.make(part)
        return make_pipeline(StandardScaler(), made) if self.scaled else made


def method(name: str) -> Method:
    """Return the method called ``name``.

    >>> method("EMRVC").about
    'sklearn-rvm: batch EM, plug-in probabilities'
    """
    if name not in METHODS:
        raise ValueError(unknown("method", name, METHODS))
    return METHODS[name]


def last(model: Any) -> Any:
    """Return the classifier at the end of a pipeline, or the classifier itself."""
    return model[-1] if hasattr(model, "steps") else model


# what is counted ----------------------------------------------------------------------------


def vectors(model: Any) -> int | None:
    """Return how many training rows a fitted model keeps for its decisions; None if it keeps none.

    Rows that several classes use count once.
    """
    inner = last(model)
    if isinstance(inner, SearchedSVC):
        inner = inner.machine_
    if refitted(model):
        inner = inner.refit_
    if isinstance(inner, CalibratedClassifierCV):
        inner = inner.calibrated_classifiers_[0].estimator
    if hasattr(inner, "multi_"):  # EMRVC on more than two classes
        kept = [machine.relevance_ for machine in inner.multi_.estimators_]
        return len(np.unique(np.concatenate(kept)))
    for name in ("relevance_", "support_"):
        found = getattr(inner, name, None)
        if found is not None and np.asarray(found).dtype != bool:
            return len(found)
    return None


def refitted(model: Any) -> bool:
    """Return whether a selector's decisions come from a machine refitted on what it kept."""
    return bool(getattr(last(model), "refitted_", False))


def columns(model: Any) -> np.ndarray | None:
    """Return the columns that a fitted model uses; None where it uses all by its nature."""
    inner = last(model)
    if hasattr(inner, "get_support"):
        return np.flatnonzero(inner.get_support())
    if isinstance(inner, LogisticRegressionCV):
        return np.flatnonzero((inner.coef_ != 0).any(axis=0))
    return None


# peers --------------------------------------------------------------------------------------


def _calibrated(machine: SVC) -> CalibratedClassifierCV:
    return CalibratedClassifierCV(machine, method="sigmoid", cv=5, ensemble=False)


class SearchedSVC(ClassifierMixin, BaseEstimator):
    """A support vector machine: grid search by 3 folds, then Platt's sigmoid on 5 folds."""

    def __init__(self, grid: list[dict[str, list[Any]]]) -> None:
        self.grid = grid

    def fit(self, X: np.ndarray, y: np.ndarray) -> SearchedSVC:
        """Search, then calibrate the best."""
        best = GridSearchCV(SVC(cache_size=500), self.grid, cv=3, refit=False).fit(X, y)
        self.best_params_ = best.best_params_
        self.machine_ = _calibrated(SVC(cache_size=500, **best.best_params_)).fit(X, y)
        self.classes_ = self.machine_.classes_
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """Return class probabilities, (n, classes)."""
        return self.machine_.predict_proba(X)


def _searched(part: Part) -> SearchedSVC:
    width = 1 / part.X.shape[1]
    round_kernel = {"kernel": ["rbf"], "gamma": [width / 3, width, 3 * width], "C": [0.3, 1, 10]}
    return SearchedSVC([round_kernel, {"kernel": ["linear"], "C": [0.001, 0.01, 0.1]}])


def _emrvc(part: Part) -> Any:
    from sklearn_rvm import EMRVC

    return EMRVC(kernel="rbf", gamma="scale")


def _fastrvm(part: Part) -> Any:
    from fastrvm import RVC

    return RVC(kernel="rbf", gamma="scale", fit_intercept=True)


def _lasso(part: Part) -> LogisticRegressionCV:
    return LogisticRegressionCV(
        Cs=10,
        l1_ratios=(1.0,),
        solver="liblinear",
        cv=5,
        scoring="neg_log_loss",
        max_iter=1000,
        random_state=0,
        use_legacy_attributes=False,
    )


# ours ---------------------------------------------------------------------------------------


def _rvm(**settings: Any) -> Callable[[Part], Any]:
    def make(part: Part) -> Any:
        from classifiers.rvm import RVM

        return RVM(**settings)

    return make


def _rsfm(**settings: Any) -> Callable[[Part], Any]:
    def make(part: Part) -> Any:
        from classifiers.rsfm.classifier import RSFM

        return RSFM(**settings)

    return make


def _grouped(part: Part) -> Any:
    from classifiers.rsfm.classifier import RSFM

    if part.groups is None:
        raise ValueError("feature groups need a set of blocks; choose one called blocks_N_D.")
    return RSFM(kernel="chi-square", groups=part.groups)


def _layers(part: Part) -> Any:
    from classifiers.rsfm.layered import LayeredRSFM

    return LayeredRSFM(random_state=0)


def _grouped_layers(part: Part) -> Any:
    from classifiers.rsfm.layered import LayeredRSFM

    if part.groups is None:
        raise ValueError("feature groups need a set of blocks; choose one called blocks_N_D.")
    return LayeredRSFM(kernel="hellinger", groups=part.groups, random_state=0)


METHODS: dict[str, Method] = {
    "RVM": Method(_rvm(), "ours, default settings"),
    "RVM, scale": Method(_rvm(gamma="scale"), "ours, with the peers' width"),
    "RVM, evidence": Method(_rvm(gamma="evidence"), "ours, width by evidence"),
    "RVM, one against one": Method(_rvm(multi_class="one-vs-one"), "ours, a machine per pair"),
    "RVM, multinomial": Method(_rvm(multi_class="multinomial"), "ours, softmax"),
    "RVM, width .5": Method(_rvm(gamma=4.0), "ours, exp(-d^2 / .5^2) on raw columns", scaled=False),
    "RSFM": Method(_rsfm(), "ours, default settings"),
    "RSFM, no refit": Method(_rsfm(refit="none"), "ours, without a refit"),
    "RSFM, refit": Method(_rsfm(refit="rvm"), "ours, an RVM on the kept features always"),
    "RSFM, batch": Method(_rsfm(algorithm="batch"), "ours, as published in 2013"),
    "RSFM, groups": Method(
        _grouped, "ours, a feature is a block, chi-square kernel on its histogram", scaled=False
    ),
    "RSFM, layers": Method(_layers, "ours, machines on what those before left over"),
    "RSFM, groups and layers": Method(
        _grouped_layers, "ours, blocks as features, hellinger kernel, in layers", scaled=False
    ),
    "EMRVC": Method(_emrvc, "sklearn-rvm: batch EM, plug-in probabilities"),
    "fastrvm": Method(_fastrvm, "fastrvm.RVC: C++, with an intercept"),
    "SVC": Method(lambda part: _calibrated(SVC()), "C = 1, Platt's sigmoid on 5 inner folds"),
    "SVC, searched": Method(
        _searched, "kernel (rbf, linear), width and C by 3 inner folds, sigmoid on 5"
    ),
    "logistic": Method(lambda part: LogisticRegression(max_iter=5000), "L2, C = 1"),
    "L1 logistic": Method(_lasso, "liblinear, 10 values of C, likelihood of 5 inner folds"),
    "forest": Method(
        lambda part: RandomForestClassifier(500, random_state=0), "500 trees, otherwise defaults"
    ),
}
