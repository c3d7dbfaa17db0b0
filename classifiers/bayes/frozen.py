"""All candidates' statistics, kept up to date by rank-one steps while the curvature stands still.

With R and the mode frozen the model is a Gaussian one, in which an action changes the covariance by
rank one. ``C = Phi' R B`` (candidates by columns that are in) makes every update of ``S`` and ``Q``
one product of C with a column of the covariance; only an addition needs a pass over the rows.
Columns count in units of their length, so that thresholds mean the same for all of them.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from .posterior import Mode

_CHUNK = 1 << 18  # numbers squared at a time: they stay in the cache


def column_lengths(columns: np.ndarray) -> np.ndarray:
    """Return the Euclidean length of each column, (n, m) -> (m,) float64."""
    return np.sqrt(weighted_squares(columns, np.ones(len(columns))))


def weighted_squares(columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return ``sum_i weights_i columns_im^2``, (n, m), (n,) -> (m,) float64, chunk by chunk."""
    total = np.zeros(columns.shape[1])
    weights = weights.astype(columns.dtype)
    if columns.flags.f_contiguous:
        step = max(1, _CHUNK // max(len(columns), 1))
        for start in range(0, columns.shape[1], step):
            part = columns[:, start : start + step]
            total[start : start + step] = weights @ (part * part)
        return total
    step = max(1, _CHUNK // max(columns.shape[1], 1))
    for start in range(0, len(columns), step):
        part = columns[start : start + step]
        total += weights[start : start + step] @ (part * part)
    return total


class Frozen:
    """Statistics of all columns around one mode.

    Parameters
    ----------
    columns : array (n, m)
        All candidates, as given.
    lengths : array (m,)
        Their lengths; infinite for a column that must stay out.
    B : array (n, q)
        Fixed columns, then the active ones in units of their length.
    a : array (q,)
        Precisions, 0 for the fixed columns.
    active : list of int
        The active columns, in the order of B.
    mode : Mode
    slope, curvature : arrays (n,)
        Of the likelihood at the mode.
    """

    def __init__(
        self,
        columns: np.ndarray,
        lengths: np.ndarray,
        B: np.ndarray,
        a: np.ndarray,
        active: list[int],
        mode: Mode,
        slope: np.ndarray,
        curvature: np.ndarray,
    ) -> None:
        self.columns, self.lengths, self.curvature = columns, lengths, curvature
        self.active, self.a, self.u = list(active), a.copy(), mode.u.copy()
        self.fixed = len(a) - len(active)
        kind = columns.dtype
        self.C = (columns.T @ (curvature[:, None] * B).astype(kind)).astype(float)  # Phi' R B
        self.C /= lengths[:, None]
        whitened = solve_triangular(mode.lower, self.C.T, lower=True, check_finite=False)
        raw = weighted_squares(columns, curvature) / lengths**2
        self.S = raw - np.einsum("ij,ij->j", whitened, whitened)
        self.Q = (columns.T @ slope.astype(kind)).astype(float) / lengths
        self.covariance = mode.covariance()
        self.least = (1e-5 if kind == np.float32 else 1e-10) * raw + 1e-300

    # what could be done ------------------------------------------------------------------------

    def inside(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (alpha, S, Q) of the active columns, each (k,)."""
        rows = np.asarray(self.active, dtype=int)
        return self.a[self.fixed :], np.maximum(self.S[rows], self.least[rows]), self.Q[rows]

    def outside(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (S, Q) of all columns; Q is 0 where a column has nothing of its own to say."""
        alone = self.least < self.S
        return np.where(alone, self.S, 1.0), np.where(alone, self.Q, 0.0)

    # what is done ------------------------------------------------------------------------------

    def change(self, place: int, new: float) -> None:
        """Take the precision of the active column number ``place`` to ``new``."""
        j = self.fixed + place
        gap = new - self.a[j]
        if gap == 0.0:
            return
        self._shrink(j, 1.0 / (self.covariance[j, j] + 1.0 / gap))  # kappa
        self.a[j] = new

    def remove(self, place: int) -> None:
        """Take the active column number ``place`` out."""
        j = self.fixed + place
        self._shrink(j, 1.0 / self.covariance[j, j])
        keep = np.arange(len(self.a)) != j
        self.covariance = self.covariance[np.ix_(keep, keep)]
        self.a, self.u, self.C = self.a[keep], self.u[keep], self.C[:, keep]
        del self.active[place]

    def _shrink(self, j: int, kappa: float) -> None:
        direction, weight = self.covariance[:, j].copy(), self.u[j]
        c = self.C @ direction
        self.S += kappa * c**2
        self.Q += kappa * weight * c
        self.covariance -= kappa * np.outer(direction, direction)
        self.u = self.u - kappa * weight * direction

    def crossing(self, candidates: np.ndarray) -> np.ndarray:
        """Return Phi' R phi_i for some columns i in one pass over the rows, (m, candidates)."""
        part = self.columns[:, candidates] / self.lengths[candidates]
        weighted = (self.curvature[:, None] * part).astype(self.columns.dtype)
        return (self.columns.T @ weighted).astype(float) / self.lengths[:, None]

    def add(self, column: int, alpha: float, crossing: np.ndarray) -> None:
        """Take a column in; ``crossing`` (m,) is its ``crossing``."""
        spread = 1.0 / (alpha + self.S[column])
        weight = spread * self.Q[column]
        told = self.covariance @ self.C[column]
        c = crossing - self.C @ told
        self.S -= spread * c**2
        self.Q -= weight * c
        grown = np.empty((len(told) + 1, len(told) + 1))
        grown[:-1, :-1] = self.covariance + spread * np.outer(told, told)
        grown[-1, :-1] = grown[:-1, -1] = -spread * told
        grown[-1, -1] = spread
        self.covariance = grown
        self.u = np.append(self.u - weight * told, weight)
        self.a = np.append(self.a, alpha)
        self.C = np.column_stack([self.C, crossing])
        self.active.append(column)
