"""Synthetic data whose truth is known: which columns matter, and often the Bayes error.

Sources: Ripley, Pattern Recognition and Neural Networks, 1996, doi:10.1017/CBO9780511812651
(his mixture); Breiman, Friedman, Olshen and Stone, Classification and Regression Trees, 1984,
doi:10.1201/9781315139470 (waveform); Breiman, Bias, variance, and arcing classifiers, technical
report 460, Berkeley, 1996 (twonorm, ringnorm). The rest is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr

Drawn = tuple[np.ndarray, np.ndarray]
RIPLEY_CENTRES = np.array([[[-0.7, 0.3], [0.3, 0.3]], [[-0.3, 0.7], [0.4, 0.7]]])
RIPLEY_VARIANCE = 0.03
TIMES = np.arange(1, 22)
WAVES = np.array([np.maximum(6 - abs(TIMES - peak), 0) for peak in (11, 15, 7)], dtype=float)
MIXED = ((0, 1), (0, 2), (1, 2))  # the two waves that each class of waveform mixes
NORM_COLUMNS = 20


def ripley(rng: np.random.Generator, rows: int) -> Drawn:
    """Return Ripley's mixture: two classes of two Gaussians each, in the plane; (n, 2), (n,)."""
    labels = rng.integers(2, size=rows)
    centres = RIPLEY_CENTRES[labels, rng.integers(2, size=rows)]
    return centres + np.sqrt(RIPLEY_VARIANCE) * rng.standard_normal((rows, 2)), labels


def ripley_log_odds(X: np.ndarray) -> np.ndarray:
    """Return the true log odds of class 1 in Ripley's mixture, (n,)."""
    square = ((X[:, None, None] - RIPLEY_CENTRES) ** 2).sum(axis=-1)  # (n, class, component)
    log_density = np.logaddexp.reduce(-square / (2 * RIPLEY_VARIANCE), axis=2)
    return log_density[:, 1] - log_density[:, 0]


def waveform(rng: np.random.Generator, rows: int) -> Drawn:
    """Return Breiman's waveform: three classes, 21 columns; each row mixes two of three waves."""
    labels = rng.integers(3, size=rows)
    first, second = np.array(MIXED)[labels].T
    share = rng.random((rows, 1))
    mixed = share * WAVES[first] + (1 - share) * WAVES[second]
    return mixed + rng.standard_normal(mixed.shape), labels


def waveform_log_density(X: np.ndarray) -> np.ndarray:
    """Return the log density of each class up to one constant per row, (n, 3).

    With ``d = a - b``, the integral of ``N(x; b + u d, I)`` over u in 0..1 is a Gaussian integral.
    """
    out = np.empty((len(X), 3))
    for label, (i, j) in enumerate(MIXED):
        step = WAVES[i] - WAVES[j]
        length = np.sqrt(step @ step)
        rest = X - WAVES[j]
        along = rest @ step / length
        upper, lower = log_ndtr(length - along), log_ndtr(-along)
        inside = upper + np.log1p(-np.exp(lower - upper))
        out[:, label] = inside + along**2 / 2 - (rest**2).sum(axis=1) / 2 - np.log(length)
    return out


def twonorm(rng: np.random.Generator, rows: int) -> Drawn:
    """Return Breiman's twonorm: unit Gaussians around +a and -a, a = 2 / sqrt(20), 20 columns."""
    labels = rng.integers(2, size=rows)
    centre = 2 / np.sqrt(NORM_COLUMNS) * (2 * labels - 1)
    return centre[:, None] + rng.standard_normal((rows, NORM_COLUMNS)), labels


def ringnorm(rng: np.random.Generator, rows: int) -> Drawn:
    """Return Breiman's ringnorm: a Gaussian of covariance 4 I around 0 against a unit one.

    The unit one, class 1, stands at a = 1 / sqrt(20) in each of 20 columns.
    """
    labels = rng.integers(2, size=rows)
    noise = rng.standard_normal((rows, NORM_COLUMNS))
    return np.where(labels[:, None] == 1, noise + 1 / np.sqrt(NORM_COLUMNS), 2 * noise), labels


def ringnorm_log_odds(X: np.ndarray) -> np.ndarray:
    """Return the true log odds of class 1 in ringnorm, (n,)."""
    near = ((X - 1 / np.sqrt(NORM_COLUMNS)) ** 2).sum(axis=1)
    far = (X**2).sum(axis=1) / 4
    return (far - near) / 2 + NORM_COLUMNS * np.log(2)


def with_noise(draw: Callable[[np.random.Generator, int], Drawn], columns: int = 50) -> Callable:
    """Return a generator whose rows have ``columns`` standard normal columns more."""

    def noisy(rng: np.random.Generator, rows: int) -> Drawn:
        X, y = draw(rng, rows)
        return np.hstack([X, rng.standard_normal((rows, columns))]), y

    return noisy


def additive_log_odds(X: np.ndarray) -> np.ndarray:
    """Return log odds that are a sum of functions of columns 0 to 4, (n,)."""
    f = 2 * np.sin(2 * X[:, 0]) + 1.5 * (X[:, 1] ** 2 - 1) + 1.5 * X[:, 2]
    return 1.5 * (f + 2 * np.tanh(2 * X[:, 3]) - 1.5 * abs(X[:, 4]) + 1.2)


def multiplicative_log_odds(X: np.ndarray) -> np.ndarray:
    """Return log odds with two products of columns beside main effects of columns 0 to 4, (n,)."""
    f = (1 + X[:, 0]) * (1 + X[:, 1]) + (1 + X[:, 2]) * (1 + X[:, 3]) - 2
    return 1.5 * (f + 1.5 * X[:, 4])


def crossed_log_odds(X: np.ndarray) -> np.ndarray:
    """Return log odds that no sum of functions of single columns can follow (XOR), (n,)."""
    return 20 * X[:, 0] * X[:, 1]


def bernoulli(
    rng: np.random.Generator, rows: int, columns: int, log_odds: Callable[[np.ndarray], np.ndarray]
) -> Drawn:
    """Return standard normal rows and labels drawn with the given log odds."""
    X = rng.standard_normal((rows, columns))
    return X, (rng.random(rows) < expit(log_odds(X))).astype(int)


def bayes_error(log_odds: np.ndarray) -> float:
    """Return the error of the best rule on two classes, averaged over rows."""
    return float(expit(-abs(log_odds)).mean())


@dataclass(frozen=True)
class Histograms:
    """Blocks of histograms in which a few bins differ between two classes.

    Parameters
    ----------
    expected : array (2, blocks, bins)
        Expected histogram of each block in each class.
    points : int
        Points counted in each block.
    concentration : float
        How close the rows of one class stay to what is expected: of a Dirichlet distribution.
    """

    expected: np.ndarray
    points: int = 100
    concentration: float = 100.0

    def draw(self, rng: np.random.Generator, rows: int) -> Drawn:
        """Return histograms (n, blocks bins), each block of sum 1, and labels; row by row."""
        labels = rng.integers(2, size=rows)
        X = np.empty((rows, self.expected[0].size))
        for row, label in zip(X, labels, strict=True):
            share = rng.standard_gamma(self.concentration * self.expected[label]) + 1e-12
            share /= share.sum(axis=-1, keepdims=True)
            row[:] = rng.multinomial(self.points, share).ravel() / self.points
        return X, labels


def block_histograms(
    rng: np.random.Generator, blocks: int = 100, bins: int = 59, informative: int = 5
) -> Histograms:
    """Return blocks of which the first ``informative`` differ in every bin, a little."""
    one = rng.dirichlet(np.ones(bins), size=blocks)
    other = one.copy()
    other[:informative] *= np.exp(0.4 * rng.standard_normal((informative, bins)))
    other /= other.sum(axis=1, keepdims=True)
    return Histograms(np.stack([one, other]))


def single_bins(
    rng: np.random.Generator, blocks: int = 1000, bins: int = 50, informative: int = 20
) -> Histograms:
    """Return blocks of which the first ``informative`` differ in their first bin.

    In class 1 it is 1.8 times as full, and the block's other bins give what it takes.
    """
    one = rng.dirichlet(np.full(bins, 4.0), size=blocks)
    one[:informative, 0] = 0.05
    one /= one.sum(axis=1, keepdims=True)
    other = one.copy()
    other[:informative, 0] *= 1.8
    other /= other.sum(axis=1, keepdims=True)
    return Histograms(np.stack([one, other]), points=200)
