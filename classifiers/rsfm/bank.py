"""The training rows as the joint learner sees them: two dictionaries over one set of kernels."""

from __future__ import annotations

import numpy as np

from .contraction import Contraction
from .features import Features

_LARGE = 1 << 25  # numbers in Psi above which they are kept with half the bytes


class RowBank:
    """Phi and Psi of prepared training rows (see ``joint.Bank``).

    Parameters
    ----------
    features : Features
    rows : array (n, d)
        Prepared training rows.
    candidates : int array (N_c,)
        Rows that may become relevance vectors.
    bases : dict, optional
        Kept by a bank of the same rows whose width differs.
    """

    def __init__(
        self,
        features: Features,
        rows: np.ndarray,
        candidates: np.ndarray,
        bases: dict[int, np.ndarray] | None = None,
    ) -> None:
        self.sums = Contraction(features, rows, candidates, bases=bases)
        self.rows, self.candidates, self.features = len(rows), len(candidates), len(features)

    def sample_columns(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return Phi (rows, candidates) for feature weights (k,) of ``features`` (k,)."""
        return self.sums.sample_columns(features, weights)

    def feature_columns(
        self, samples: np.ndarray, weights: np.ndarray, features: np.ndarray | None = None
    ) -> np.ndarray:
        """Return Psi (machines, rows, features) for weights (s, machines) of candidates (s,)."""
        shown = self.features if features is None else len(features)
        kind = np.float32 if weights.shape[1] * self.rows * shown > _LARGE else np.float64
        return self.sums.feature_columns(samples, weights, features, dtype=kind)
