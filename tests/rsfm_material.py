"""Tables and slow twins for the feature kernels of RSFM."""

from __future__ import annotations

import numpy as np
from reference_classifiers import kernel as slow_kernel

from classifiers.rsfm.feature_kernels import FEATURE_KERNELS

NAMES = sorted(FEATURE_KERNELS)
FREE_OF_UNITS = ["linear", "rbf"]
GROUPS = list("abacddbaaceff")


def table(rows: int = 25, columns: int = 13, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).gamma(1.0, size=(rows, columns))


def slow_tensor(X, groups, name, width=1.0, new=None) -> np.ndarray:
    """Return k_m(i, n) (rows, training rows, features), number by number from the definition."""
    groups = list(range(X.shape[1])) if groups is None else groups
    new = X if new is None else new
    out = []
    for label in dict.fromkeys(groups):
        own = [c for c, g in enumerate(groups) if g == label]
        x, z = X[:, own].astype(float), new[:, own].astype(float)
        if name in FREE_OF_UNITS:
            x, z = (x - x.mean(axis=0)) / x.std(axis=0), (z - x.mean(axis=0)) / x.std(axis=0)
        gamma = 1 / (2 * width**2 * len(own))
        if name == "chi-square":
            apart = [
                sum((a - b) ** 2 / (a + b) for a, b in zip(x[i], x[n], strict=True))
                for i in range(len(x))
                for n in range(i)
            ]
            gamma = 1 / (width * np.median(apart))
        K, L = (
            np.array([[slow_kernel(name, a, b, gamma, 3, 1.0) for b in x] for a in rows])
            for rows in (x, z)
        )
        means = K.mean(axis=0)
        out.append((L - means) / np.sqrt(np.mean((K - means) ** 2)))
    return np.stack(out, axis=2)
