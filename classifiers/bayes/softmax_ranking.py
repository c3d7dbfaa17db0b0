"""Which columns of a softmax model promise most: approximate gains of all candidates.

The exact curvature S_m of every candidate takes ``k C^2`` products of n x m. The ranking keeps the
blocks on the diagonal, ``R_cc = r y_c (1 - y_c)``, which are C binary problems (BAYES.md's S, Q and
rank-one updates). For a shared column these miss that classes move against each other; ``kappa =
C / (C - 1)`` times R_cc, and ``1 / kappa`` of the sum of the gains, is exact for two classes and
wherever the classes are equally probable (derived here). What is chosen is judged again by the full
curvature (``softmax_frozen``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from .softmax_gains import COARSE, best_variance
from .softmax_mode import Labels, Pairs

CHUNK = 1 << 18  # numbers squared at a time


class Candidates:
    """Columns (n, m) as given, float32 or float64, counted in units of their length.

    ``length`` is infinite for a column of zeros, which so becomes zero in every statistic.
    """

    def __init__(self, columns: np.ndarray) -> None:
        floating = columns.dtype in (np.float32, np.float64)
        self.columns = columns if floating else columns.astype(np.float64)
        self.length = np.ones(columns.shape[1])
        length = np.sqrt(self.squares(np.ones((len(columns), 1)))[:, 0])
        self.length = np.where(length > 1e-12 * length.max(initial=0.0), length, np.inf)

    def take(self, chosen: list[int] | np.ndarray) -> np.ndarray:
        """Return some columns in units of their length, (n, q)."""
        return self.columns[:, chosen].astype(np.float64) / self.length[chosen]

    def dot(self, right: np.ndarray) -> np.ndarray:
        """Return the products with ``right`` (n, q), (m, q)."""
        return (self.columns.T @ right.astype(self.columns.dtype)) / self.length[:, None]

    def squares(self, weight: np.ndarray) -> np.ndarray:
        """Return the products of the squared columns with ``weight`` (n, q), (m, q)."""
        total = np.zeros((self.columns.shape[1], weight.shape[1]))
        step = max(1, CHUNK // max(self.columns.shape[1], 1))
        for start in range(0, len(weight), step):
            part = self.columns[start : start + step].astype(np.float64)
            total += (part * part).T @ weight[start : start + step]
        return total / self.length[:, None] ** 2


@dataclass(frozen=True)
class Pick:
    """A candidate for one label, or for all (None), with its variance ``x = 1 / alpha``."""

    column: int
    label: int | None
    x: float


class Ranking:
    """Approximate s and q (m, classes) of all columns; they follow every addition.

    One binary problem per class with the curvature of the mode.
    """

    def __init__(
        self,
        candidates: Candidates,
        design: np.ndarray,
        pairs: Pairs,
        precision: np.ndarray,
        labels: Labels,
        probability: np.ndarray,
        shared: bool,
    ) -> None:
        classes = labels.classes
        self.candidates, self.shared = candidates, shared
        self.kappa = classes / (classes - 1) if shared else 1.0
        y = probability
        self.curvature = self.kappa * labels.weight[:, None] * y * (1 - y)  # R_cc (n, classes)
        self.Q = candidates.dot(labels.slope(y))
        self.whole = candidates.squares(self.curvature)  # S before anything was integrated out
        self.S = self.whole.copy()
        self.least = 1e-5 if candidates.columns.dtype == np.float32 else 1e-9
        self.parts: list[tuple[np.ndarray, np.ndarray, tuple]] = []
        self.added: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []  # e, c, s_ii
        for label, block in enumerate(pairs.blocks()):
            part = design[:, pairs.column[block]]
            weighted = part * self.curvature[:, label : label + 1]
            small = part.T @ weighted
            small[np.diag_indices_from(small)] += precision[block]
            small[0, 0] += 1e-10 * max(small[0, 0], 1.0)
            factor = cho_factor(small, lower=True)
            cross = candidates.dot(weighted).T
            half = solve_triangular(factor[0], cross, lower=True)
            self.S[:, label] -= np.einsum("pm,pm->m", half, half)
            self.parts.append((part, cross, factor))

    def gains(self) -> tuple[np.ndarray, np.ndarray]:
        """Return (x, gain): (m, 1) each for shared columns, else (m, classes)."""
        dead = self.least * self.whole >= self.S
        q2 = np.where(dead, 0.0, self.kappa * self.Q**2)
        s = np.where(dead, 1e-12, self.S)
        if self.shared:
            x, gain = best_variance(s, q2, COARSE)
            return x[:, None], gain[:, None] / self.kappa
        ratio = np.maximum(q2 / s, 1.0)
        return (ratio - 1.0) / s, 0.5 * (ratio - 1.0 - np.log(ratio))

    def add(self, pick: Pick) -> None:
        """Take a column in."""
        column, which = pick.column, slice(None) if pick.label is None else pick.label
        s_own = np.zeros(self.S.shape[1])
        s_own[which] = pick.x / (1.0 + pick.x * self.S[column, which])  # 1 / (alpha + S)
        own = self.candidates.take([column])[:, 0]
        residual = np.empty_like(self.curvature)  # e = phi - Phi Sigma Phi' R phi
        for number, (part, cross, factor) in enumerate(self.parts):
            solved = cho_solve(factor, cross[:, column])
            residual[:, number] = own - part @ solved
        for e, c, s_before in self.added:
            residual -= e * (s_before * c[column])
        follow = self.candidates.dot(self.curvature * residual)  # c = Phi' R e, (m, classes)
        self.S = np.maximum(self.S - s_own * follow**2, 0.0)
        self.Q = self.Q - s_own * self.Q[column] * follow
        self.added.append((residual, follow, s_own))
