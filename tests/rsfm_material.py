"""Tables, slow twins of the feature kernels, and synthetic problems for RSFM."""

from __future__ import annotations

import numpy as np
import pytest
import reference_rsfm as slow_rsfm
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


class Tensor:
    """A bank that holds the whole tensor (rows, samples, features)."""

    def __init__(self, K: np.ndarray) -> None:
        self.K = K
        self.rows, self.candidates, self.features = K.shape

    def sample_columns(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return slow_rsfm.sample_columns(self.K[:, :, features], weights)

    def feature_columns(self, samples, weights, features=None) -> np.ndarray:
        part = self.K[:, samples] if features is None else self.K[:, samples][:, :, features]
        return np.stack([slow_rsfm.feature_columns(part, w) for w in weights.T])


def additive(rows: int, columns: int, seed: int):
    """Return X and y whose truth is a sum of functions of columns 0 to 4; synthetic."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    f = 2 * np.sin(2 * X[:, 0]) + 1.5 * (X[:, 1] ** 2 - 1) + 1.5 * X[:, 2]
    f += 2 * np.tanh(2 * X[:, 3]) - 1.5 * np.abs(X[:, 4]) + 1.2
    return X, (rng.random(rows) < 1 / (1 + np.exp(-1.5 * f))).astype(int)


def small(seed: int, rows: int = 80, columns: int = 6, classes: int = 2, noise: float = 0.3):
    """Return X and y that columns 0 and 1 decide, by a sum of functions of each; synthetic."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, columns))
    f = 1.6 * np.abs(X[:, 0]) + X[:, 1] + noise * rng.logistic(size=rows)
    return X, np.digitize(f, np.quantile(f, np.arange(1, classes) / classes))


NOTHING = pytest.mark.filterwarnings("ignore:no feature is worth")
QUICK = {"width": 1.0, "selection": "log"}
PLAIN = {**QUICK, "refit": "none"}
TABLE = np.linspace(-2.0, 2.0, 10)[:, None] + np.zeros((10, 4))


def found_in(model) -> list[int]:
    return np.flatnonzero(model.get_support()).tolist()


def blocks(seed: int, rows: int = 200):
    """Return histograms of 20 blocks with 8 bins, of which blocks 3 and 11 matter; synthetic."""
    rng = np.random.default_rng(seed)
    bins, y = rng.gamma(1.0, size=(rows, 20, 8)), rng.integers(0, 2, rows)
    bins[:, 3, :2] *= np.where(y, 5.0, 1.0)[:, None]
    bins[:, 11, 5:7] *= np.where(y, 1.0, 5.0)[:, None]
    return (bins / bins.sum(axis=2, keepdims=True)).reshape(rows, 160), y


def of_classes(seed: int, rows: int = 240, columns: int = 10):
    """Return three classes, each marked by a column of its own; synthetic."""
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((rows, columns)), np.arange(rows) % 3
    X[np.arange(rows), y] += 2.5
    return X, np.array(["a", "b", "c"])[y]
