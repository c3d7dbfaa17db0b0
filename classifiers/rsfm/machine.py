"""What the classifier and the regressor share: settings, training, selection, explanation."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .. import kernels
from ..bayes import Control, Likelihood
from ..bayes.threads import few_threads
from ..names import unknown
from . import fitted
from .choice import Part, Settings, learn_part
from .feature_kernels import feature_kernel
from .features import Features, prepare
from .selection_prior import SELECTION_PRIORS

ALGORITHMS = ("incremental", "batch")
REFITS = ("evidence", "none", "rvm")
KINDS = (np.float64, np.float32)


class SampleFeatureMachine(SelectorMixin, BaseEstimator):
    """The part without a target. Not used by itself."""

    kernel: kernels.Kernel
    width: float | str
    groups: Iterable[Hashable] | None
    algorithm: str
    selection: str
    refit: str
    max_candidates: int | None
    tol: float
    max_iter: int
    random_state: Any

    def check_settings(self) -> None:
        """Refuse settings that no data could make right."""
        feature_kernel(self.kernel)
        for name, known in (
            ("algorithm", ALGORITHMS),
            ("selection", ("evidence", *SELECTION_PRIORS)),
            ("refit", REFITS),
        ):
            value = getattr(self, name)
            if not isinstance(value, str) or value not in known:
                raise ValueError(unknown(name, value, known))
        width = self.width
        if isinstance(width, str):
            usable = width == "evidence"
        else:
            usable = _is_number(width, Real) and 0 < float(width) < np.inf
        if not usable:
            raise ValueError(f"width must be a number above 0 or 'evidence', not {width!r}.")
        if not _is_number(self.tol, Real) or not 0 < float(self.tol) < np.inf:
            raise ValueError(f"tol must be a number of nats above 0, not {self.tol!r}.")
        for name in ("max_iter", "max_candidates"):
            value = getattr(self, name)
            if name == "max_candidates" and value is None:
                continue
            if not _is_number(value, Integral) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}.")

    # training ---------------------------------------------------------------------------------

    def _settings(self) -> Settings:
        control = Control(tol=float(self.tol))
        return Settings(self.width, self.selection, self.algorithm, int(self.max_iter), control)

    def _prepare(self, rows: np.ndarray) -> tuple[Features, np.ndarray]:
        """Return the features of training rows (n, columns), and the prepared rows."""
        width = 1.0 if self.width == "evidence" else float(self.width)
        features = prepare(rows, self.groups, self.kernel, width)
        return features, features.rows(rows, rows.dtype)

    def _learn(
        self,
        features: Features,
        rows: np.ndarray,
        candidates: np.ndarray,
        machines: Sequence[Sequence[Likelihood]],
        first: Sequence[np.ndarray],
    ) -> list[Part]:
        """Return one part for each set of machines that share their features."""
        settings = self._settings()
        with few_threads(rows.size):
            return [
                learn_part(features, rows, candidates, each, weights, settings)
                for each, weights in zip(machines, first, strict=True)
            ]

    def _keep(
        self, X: np.ndarray, rows: np.ndarray, features: Features, parts: Sequence[Part]
    ) -> None:
        """Store the parts; ``rows`` are the candidates among the rows of ``X``."""
        self.group_names_ = features.names
        self.usable_groups_ = features.usable
        self.column_groups_ = _groups_of_columns(features, X.shape[1])
        self.parts_ = [fitted.stored(part) for part in parts]
        used = np.unique(np.concatenate([kept["samples"] for kept in self.parts_])).astype(int)
        self.relevance_ = rows[used]
        self.relevance_vectors_ = X[self.relevance_]
        machines = sum(len(kept["offsets"]) for kept in self.parts_)
        self.sample_weights_ = np.zeros((machines, len(used)))
        self.feature_weights_ = np.zeros((machines, len(features.names)))
        first = 0
        for kept in self.parts_:
            own = slice(first, first + len(kept["offsets"]))
            places = np.searchsorted(used, kept["samples"])
            self.sample_weights_[own, places] = kept["sample_weights"].T
            self.feature_weights_[own, features.usable[kept["chosen"]]] = kept["feature_weights"]
            first = own.stop
        self.intercept_ = np.concatenate([kept["offsets"] for kept in self.parts_])
        self.widths_ = np.array([part.features.width for part in parts])
        self.selections_ = [part.selection for part in parts]
        self.log_marginal_likelihood_ = float(sum(p.learned.joint.evidence for p in parts))
        self.worth_ = float(sum(part.worth for part in parts))
        self.history_ = [part.learned.history for part in parts]
        self.n_iter_ = max(len(course) for course in self.history_)
        self._warn(parts)

    def _warn(self, parts: Sequence[Part]) -> None:
        early = [part for part in parts if not part.learned.converged]
        if early:
            course = early[0].learned.history
            risen = (
                f", the last brought {course[-1] - course[-2]:.2g} nats" if course[1:].size else ""
            )
            warnings.warn(
                f"stopped after max_iter={self.max_iter} sweeps{risen}; raise max_iter.",
                ConvergenceWarning,
                stacklevel=4,
            )
        if not any(len(part.learned.joint.features) for part in parts):
            warnings.warn(
                "no feature is worth what it costs, so none is selected and predictions do not "
                "depend on the row; more rows, other features, or selection='none' may change it.",
                UserWarning,
                stacklevel=4,
            )

    # selection --------------------------------------------------------------------------------

    def get_group_support(self) -> np.ndarray:
        """Return which groups of columns are selected, (groups,) bool, as ``group_names_``."""
        check_is_fitted(self, "parts_")
        return (self.feature_weights_ != 0).any(axis=0)

    def _get_support_mask(self) -> np.ndarray:
        chosen = self.get_group_support()
        return (self.column_groups_ >= 0) & chosen[self.column_groups_]

    # explanation ------------------------------------------------------------------------------

    def group_contributions(self, X: Any) -> np.ndarray:
        """Return what each group adds to f of each row, (n, machines, groups).

        With the offset they sum to f of the additive machine, whether or not it was refitted.
        """
        rows = self._checked(X)
        out = np.zeros((len(rows), len(self.intercept_), len(self.group_names_)))
        first = 0
        for kept in self.parts_:
            own = slice(first, first + len(kept["offsets"]))
            by_feature, _ = fitted.contributions(kept, rows)
            out[:, own, self.usable_groups_[kept["chosen"]]] = by_feature
            first = own.stop
        return out

    def sample_contributions(self, X: Any) -> np.ndarray:
        """Return what each relevance vector adds to f of each row, (n, machines, k)."""
        rows = self._checked(X)
        out = np.zeros((len(rows), len(self.intercept_), len(self.relevance_)))
        used = np.unique(np.concatenate([kept["samples"] for kept in self.parts_])).astype(int)
        first = 0
        for kept in self.parts_:
            own = slice(first, first + len(kept["offsets"]))
            _, by_sample = fitted.contributions(kept, rows)
            out[:, own, np.searchsorted(used, kept["samples"])] = by_sample
            first = own.stop
        return out

    def _checked(self, X: Any) -> np.ndarray:
        check_is_fitted(self, "parts_")
        return validate_data(self, X, dtype=KINDS, reset=False)

    def _latent(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of f, both (n, machines)."""
        found = [fitted.mean_and_variance(kept, rows) for kept in self.parts_]
        return np.hstack([m for m, _ in found]), np.hstack([v for _, v in found])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = feature_kernel(self.kernel).non_negative
        tags.target_tags.required = True
        return tags


def _is_number(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool | np.bool_)


def _groups_of_columns(features: Features, columns: int) -> np.ndarray:
    """Return the group of each column that a feature uses, -1 for the others, (columns,)."""
    out = np.full(columns, -1)
    out[features.columns] = np.repeat(features.usable, features.sizes)
    return out
