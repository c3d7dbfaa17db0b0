"""Slow twins of the kernels, the sigmoid and the coupling, written from their definitions."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize


def kernel(name: str, x: np.ndarray, y: np.ndarray, gamma: float, degree: int, coef0: float):
    """Return one kernel value of two rows, number by number."""
    total = 0.0
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if name in ("linear", "polynomial"):
            total += a * b
        elif name == "rbf":
            total += (a - b) ** 2
        elif name == "chi-square":
            total += (a - b) ** 2 / (a + b) if a + b > 0 else 0.0
        elif name == "intersection":
            total += min(a, b)
        elif name == "hellinger":
            total += (a * b) ** 0.5
    if name in ("rbf", "chi-square"):
        return float(np.exp(-gamma * total))
    return (gamma * total + coef0) ** degree if name == "polynomial" else total


def sigmoid(margin: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Return Platt's slope and offset by a general-purpose minimiser."""
    n, m = positive.sum(), (~positive).sum()
    target = np.where(positive, (n + 1) / (n + 2), 1 / (m + 2))

    def loss(ab: np.ndarray) -> float:
        f = ab[0] * margin + ab[1]
        return float(np.sum(target * np.log1p(np.exp(-f)) + (1 - target) * np.log1p(np.exp(f))))

    found = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-10})
    return float(found.x[0]), float(found.x[1])


def couple(r: np.ndarray) -> np.ndarray:
    """Return p on the simplex that minimises sum over i != j of (r_ji p_i - r_ij p_j)^2."""
    k = len(r)

    def loss(p: np.ndarray) -> float:
        return sum(
            (r[j, i] * p[i] - r[i, j] * p[j]) ** 2 for i in range(k) for j in range(k) if i != j
        )

    found = minimize(
        loss,
        np.full(k, 1 / k),
        method="SLSQP",
        bounds=[(0, 1)] * k,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return found.x
