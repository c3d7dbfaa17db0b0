"""Several sample-feature machines, each on the features that those before it left over.

A single machine stops when the rows are told apart; where many weak features share the signal, most
of them are then never looked at. So further machines are learned on what is left, until no feature
is worth its price, and their evidence is added up. How many layers to use, and how far to trust
their sum, is found on held-out rows. All of it is ours.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Iterator
from numbers import Integral
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import kernels
from ..calibration import calibration_folds
from ..classes import ClassWeight, number_classes
from ..dictionaries import row_weights
from .classifier import RSFM
from .features import numbered
from .machine import KINDS

PATIENCE = 2  # layers that may bring nothing before the search ends
NEARLY = 0.005  # nats per row: losses so close to the least are as good, and fewer layers win


class LayeredRSFM(ClassifierMixin, SelectorMixin, BaseEstimator):
    """Relevance sample-feature machines in layers, for signal that many weak features share.

    ``log p(c | x) = trust * sum_layers [log p_layer(c | x) - log p(c)] + log p(c)``: with trust 1
    the layers count as independent given the class; the more they repeat each other, the lower the
    trust that held-out rows ask for.

    Parameters
    ----------
    layers : int
        At most so many.
    kernel, width, groups, algorithm, selection, shared, class_weight, max_candidates, tol, max_iter
        As in ``RSFM``, for every layer.
    random_state : int or None
        Of the held-out rows and of the candidates.

    Attributes
    ----------
    classes_ : array (classes,)
    machines_ : list of RSFM
        The layers; layer i looks at the columns ``columns_[i]`` only.
    log_shares_ : array (classes,)
        log p(c), rows counted by their weights and those of their classes.
    trust_ : float
        Factor of the sum, above 0 and at most 1.
    losses_ : array (layers,)
        Log loss of held-out rows with 1, 2 ... layers, nats; two more than are used, as a rule.
    group_names_ : array (groups,), feature_weights_ : array (machines, groups)
        As in ``RSFM``; no two layers share a feature.
    relevance_ : int array (k,), relevance_vectors_ : array (k, n_features)
        Training rows that carry a decision in any layer.
    n_iter_ : int
        Most sweeps of a layer.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(0, 2, 120)
    >>> X = rng.normal(size=(120, 60)) + 1.5 * np.outer(y - 0.5, np.arange(60) < 12)
    >>> one, more = RSFM().fit(X, y), LayeredRSFM(random_state=0).fit(X, y)
    >>> bool(more.get_support()[:12].sum() > one.get_support()[:12].sum())
    True
    """

    def __init__(
        self,
        layers: int = 10,
        kernel: kernels.Kernel = "rbf",
        width: float | str = "evidence",
        groups: Iterable[Hashable] | None = None,
        algorithm: str = "incremental",
        selection: str = "evidence",
        shared: bool = True,
        class_weight: ClassWeight = None,
        max_candidates: int | None = 500,
        tol: float = 0.05,
        max_iter: int = 30,
        random_state: Any = None,
    ) -> None:
        self.layers = layers
        self.kernel = kernel
        self.width = width
        self.groups = groups
        self.algorithm = algorithm
        self.selection = selection
        self.shared = shared
        self.class_weight = class_weight
        self.max_candidates = max_candidates
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        whole = isinstance(self.layers, Integral) and not isinstance(self.layers, bool | np.bool_)
        if not whole or self.layers < 1:
            raise ValueError(f"layers must be a whole number of at least 1, not {self.layers!r}.")
        self._machine(None).check_settings()

    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> LayeredRSFM:
        """Fit on rows ``X`` (n, n_features) and labels ``y`` (n,).

        Parameters
        ----------
        sample_weight : array (n,), optional
            Factor of each row's log likelihood, at least 0; rows of weight 0 are left out.
        groups : array (n,), optional
            Of rows, for example subjects: kept together where layers are tried on held-out rows.
            (Groups of columns are a parameter of the machine.)
        """
        self.check_settings()
        X, y = validate_data(self, X, y, dtype=KINDS)
        weights = row_weights(sample_weight, len(X))
        kept = np.flatnonzero(weights > 0)
        rows, labels, weights = X[kept], y[kept], weights[kept]
        self.classes_, number = number_classes(labels)
        self.group_names_, self.column_groups_ = numbered(self.groups, X.shape[1])
        held = None if groups is None else _labels_of_rows(groups, len(X))[kept]
        count = self._settle(rows, labels, number, weights, held)
        layers = list(self._layers(rows, labels, weights, count))
        self.machines_ = [machine for machine, _ in layers]
        self.columns_ = [columns for _, columns in layers]
        self.n_iter_ = max(machine.n_iter_ for machine in self.machines_)
        used = np.unique(np.concatenate([machine.relevance_ for machine in self.machines_]))
        self.relevance_ = kept[used.astype(int)]
        self.relevance_vectors_ = X[self.relevance_]
        self.feature_weights_ = self._merged([m.feature_weights_ for m in self.machines_])
        if not self.get_support().any():
            warnings.warn(
                "no feature is worth what it costs, so none is selected and predictions do not "
                "depend on the row; more rows, other features, or selection='none' may change it.",
                UserWarning,
                stacklevel=2,
            )
        return self

    # layers -----------------------------------------------------------------------------------

    def _machine(self, groups: np.ndarray | None) -> RSFM:
        settings = {k: v for k, v in self.get_params(deep=False).items() if k != "layers"}
        return RSFM(**{**settings, "groups": groups, "refit": "none"})

    def _layers(
        self, rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, count: int
    ) -> Iterator[tuple[RSFM, np.ndarray]]:
        """Yield machines with the columns that they look at; the first one even if it is empty."""
        columns = np.arange(rows.shape[1])
        for layer in range(count):
            machine = self._machine(self.column_groups_[columns])
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "no feature is worth", UserWarning)
                machine.fit(rows[:, columns], labels, sample_weight=weights)
            chosen = machine.group_names_[machine.get_group_support()]
            if layer and not len(chosen):
                return
            yield machine, columns
            columns = columns[~np.isin(self.column_groups_[columns], chosen)]
            if not len(columns) or not len(chosen):
                return

    def _settle(
        self,
        rows: np.ndarray,
        labels: np.ndarray,
        number: np.ndarray,
        weights: np.ndarray,
        held: np.ndarray | None,
    ) -> int:
        """Return how many layers there will be; settle ``log_shares_``, ``trust_``, ``losses_``."""
        counted = self._counted(labels, number, weights)
        self.log_shares_ = np.log(np.bincount(number, weights=counted) / counted.sum())
        folds = self._folds(rows, labels, number, weights, held)
        tested = np.concatenate([test for test, _ in folds]) if folds else np.zeros(0, int)
        args = number[tested], counted[tested], self.log_shares_
        sums = [np.zeros((len(test), len(self.classes_))) for test, _ in folds]
        losses: list[float] = []
        trusts: list[float] = []
        while folds and len(losses) < self.layers and _still_falling(losses):
            for total, (test, layers) in zip(sums, folds, strict=True):
                found = next(layers, None)
                total += 0.0 if found is None else self._told(*found, rows[test])
            trusts.append(_best_trust(np.concatenate(sums), *args))
            losses.append(_loss(trusts[-1], np.concatenate(sums), *args))
        self.losses_ = np.array(losses)
        best = int(np.flatnonzero(self.losses_ <= self.losses_.min() + NEARLY)[0]) if losses else 0
        self.trust_ = trusts[best] if losses else 1.0
        return best + 1

    def _counted(self, labels: np.ndarray, number: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the weights of rows times those of their classes, as the layers count them."""
        machine = self._machine(None)
        machine.classes_ = self.classes_
        return weights * machine._factors(labels, number, weights)

    def _folds(
        self,
        rows: np.ndarray,
        labels: np.ndarray,
        number: np.ndarray,
        weights: np.ndarray,
        held: np.ndarray | None,
    ) -> list[tuple[np.ndarray, Iterator[tuple[RSFM, np.ndarray]]]]:
        """Return held-out rows with the layers that are learned without them, one after another."""
        if self.layers == 1:
            return []
        seed = check_random_state(self.random_state).randint(1 << 30)
        return [
            (test, self._layers(rows[train], labels[train], weights[train], self.layers))
            for train, test in calibration_folds(number, held, seed)
            if len(np.unique(number[train])) > 1
        ]

    def _told(self, machine: RSFM, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return log p(c | x) - log p(c) of one layer, (n, classes); 0 for a class it never saw."""
        p = np.clip(machine.predict_proba(rows[:, columns]), 1e-12, None)
        at = np.searchsorted(self.classes_, machine.classes_)
        out = np.zeros((len(rows), len(self.classes_)))
        out[:, at] = np.log(p) - self.log_shares_[at]
        return out

    # answers ----------------------------------------------------------------------------------

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the log probability of each class, (n, classes), columns as in ``classes_``."""
        rows = self._checked(X)
        told = sum(
            self._told(machine, columns, rows)
            for machine, columns in zip(self.machines_, self.columns_, strict=True)
        )
        return log_softmax(self.trust_ * told + self.log_shares_, axis=1)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (n, classes), columns as in ``classes_``."""
        return np.exp(self.predict_log_proba(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Return log odds (n,) of the second of two classes, else log probabilities."""
        found = self.predict_log_proba(X)
        return found[:, 1] - found[:, 0] if len(self.classes_) == 2 else found

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of highest probability for each row of ``X``, (n,)."""
        best = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _checked(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "machines_")
        return validate_data(self, X, dtype=KINDS, reset=False)

    # selection and explanation ----------------------------------------------------------------

    def get_group_support(self) -> np.ndarray:
        """Return which groups of columns are selected, (groups,) bool, as ``group_names_``."""
        check_is_fitted(self, "machines_")
        return (self.feature_weights_ != 0).any(axis=0)

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self, "machines_")
        out = np.zeros(self.n_features_in_, bool)
        for machine, columns in zip(self.machines_, self.columns_, strict=True):
            out[columns[machine.get_support()]] = True
        return out

    def group_contributions(self, X: Any) -> np.ndarray:
        """Return what each group adds to f of each row, (n, machines, groups), times the trust."""
        rows = self._checked(X)
        found = [
            m.group_contributions(rows[:, columns])
            for m, columns in zip(self.machines_, self.columns_, strict=True)
        ]
        return self.trust_ * self._merged(found)

    def sample_contributions(self, X: Any) -> np.ndarray:
        """Return what each relevance vector adds to f of each row, (n, machines, k)."""
        rows = self._checked(X)
        machines = len(self.feature_weights_)
        out = np.zeros((len(rows), machines, len(self.relevance_)))
        kept = np.unique(np.concatenate([m.relevance_ for m in self.machines_])).astype(int)
        for machine, columns in zip(self.machines_, self.columns_, strict=True):
            at = np.searchsorted(kept, machine.relevance_)
            out[:, :, at] += self.trust_ * machine.sample_contributions(rows[:, columns])
        return out

    def _merged(self, of_layers: list[np.ndarray]) -> np.ndarray:
        """Return arrays (..., groups of a layer) added up as one (..., all groups)."""
        out = np.zeros((*of_layers[0].shape[:-1], len(self.group_names_)))
        for machine, values in zip(self.machines_, of_layers, strict=True):
            out[..., machine.group_names_] += values
        return out

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        machine = self._machine(None).__sklearn_tags__()
        tags.input_tags.positive_only = machine.input_tags.positive_only
        tags.target_tags.required = True
        return tags


def _labels_of_rows(groups: Any, rows: int) -> np.ndarray:
    out = np.asarray(groups)
    if out.shape != (rows,):
        raise ValueError(
            f"groups given to fit must be one label per row, shape {(rows,)}, not {out.shape}; "
            f"groups of columns are a parameter of the machine."
        )
    return out


def _still_falling(losses: list[float]) -> bool:
    """Return whether one of the last layers brought something."""
    if len(losses) <= PATIENCE:
        return True
    return min(losses[-PATIENCE:]) < min(losses[:-PATIENCE]) - NEARLY


def _loss(
    trust: float, told: np.ndarray, number: np.ndarray, weights: np.ndarray, shares: np.ndarray
) -> float:
    """Return the mean log loss of held-out rows, nats."""
    found = log_softmax(trust * told + shares, axis=1)[np.arange(len(number)), number]
    return float(-(weights @ found) / weights.sum())


def _best_trust(
    told: np.ndarray, number: np.ndarray, weights: np.ndarray, shares: np.ndarray
) -> float:
    """Return the factor in (0, 1] of least loss."""
    found = minimize_scalar(
        _loss, bounds=(0.0, 1.0), args=(told, number, weights, shares), method="bounded"
    )
    return float(found.x)
