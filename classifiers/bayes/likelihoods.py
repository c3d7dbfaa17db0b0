"""What the rows say of the linear predictor f: value, slope and curvature."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.special import expit


class Likelihood(Protocol):
    """log p(t | f), a sum over rows. ``f`` is (n,) throughout."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    def value(self, f: np.ndarray) -> float:
        """Return log p(t | f), nats."""
        ...

    def slope(self, f: np.ndarray) -> np.ndarray:
        """Return the first derivative in f, (n,)."""
        ...

    def curvature(self, f: np.ndarray) -> np.ndarray:
        """Return minus the second derivative in f, (n,), at least 0."""
        ...

    def adapted(self, f: np.ndarray, gamma: float) -> Likelihood:
        """Return the likelihood with its own parameters re-estimated.

        ``gamma`` is how many parameters the rows have determined (MacKay 1992).
        """
        ...


@dataclass(frozen=True, eq=False)
class Bernoulli:
    """t ~ Bernoulli(sigmoid(f)), each row counted ``weights`` times.

    Parameters
    ----------
    t : array (n,)
        0 or 1, or a probability of 1.
    weights : array (n,), optional
        At least 0; 1 where not given.

    Examples
    --------
    >>> import numpy as np
    >>> round(Bernoulli(np.array([0.0, 1.0])).value(np.zeros(2)), 4)
    -1.3863
    """

    t: np.ndarray
    weights: np.ndarray | None = None

    @property
    def rows(self) -> int:
        return len(self.t)

    def value(self, f: np.ndarray) -> float:
        rows = self.t * f - np.logaddexp(0.0, f)
        return float(rows.sum() if self.weights is None else self.weights @ rows)

    def slope(self, f: np.ndarray) -> np.ndarray:
        out = self.t - expit(f)
        return out if self.weights is None else self.weights * out

    def curvature(self, f: np.ndarray) -> np.ndarray:
        y = expit(f)
        out = y * expit(-f)
        return out if self.weights is None else self.weights * out

    def adapted(self, f: np.ndarray, gamma: float) -> Bernoulli:
        return self


@dataclass(frozen=True, eq=False)
class Gaussian:
    """t ~ N(f, noise), each row counted ``weights`` times.

    Parameters
    ----------
    t : array (n,)
    noise : float, optional
        Variance; a tenth of the variance of t to begin with where not given.
    weights : array (n,), optional
    fixed : bool
        Whether the noise stays what it is.
    """

    t: np.ndarray
    noise: float | None = None
    weights: np.ndarray | None = None
    fixed: bool = False

    @property
    def rows(self) -> int:
        return len(self.t)

    @property
    def variance(self) -> float:
        """The noise's variance as it stands."""
        if self.noise is not None:
            return self.noise
        return max(0.1 * self._spread(), self._least())

    def _least(self) -> float:
        w = self._counts()
        return 1e-24 * float(w @ self.t**2 / w.sum()) + 1e-12 * self._spread() + 1e-100

    def _spread(self) -> float:
        w = self._counts()
        mean = w @ self.t / w.sum()
        return float(w @ (self.t - mean) ** 2 / w.sum())

    def _counts(self) -> np.ndarray:
        return np.ones(len(self.t)) if self.weights is None else self.weights

    def value(self, f: np.ndarray) -> float:
        misfit = self._counts() @ (self.t - f) ** 2
        total = self._counts().sum()
        return -0.5 * float(misfit / self.variance + total * np.log(2 * np.pi * self.variance))

    def slope(self, f: np.ndarray) -> np.ndarray:
        return self._counts() * (self.t - f) / self.variance

    def curvature(self, f: np.ndarray) -> np.ndarray:
        return self._counts() / self.variance

    def adapted(self, f: np.ndarray, gamma: float) -> Gaussian:
        if self.fixed:
            return self
        misfit = float(self._counts() @ (self.t - f) ** 2)
        free = max(float(self._counts().sum()) - gamma, 1e-3)  # Tipping 2001, eq. 18
        return replace(self, noise=max(misfit / free, self._least()))
