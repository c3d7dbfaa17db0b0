"""What is counted: error, likelihood, calibration, and the standard error of a mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CLIP = 1e-6  # one impossible probability costs at most 13.8 nats, so that it decides no table
BINS = 10


def error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the share of rows whose likeliest class is not the label.

    >>> error(np.array([0, 1]), np.array([[0.9, 0.1], [0.6, 0.4]]))
    0.5
    """
    return float(np.mean(probabilities.argmax(axis=1) != labels))


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the mean negative log-likelihood, nats; probabilities below ``CLIP`` count as it.

    >>> round(log_loss(np.array([0, 1]), np.array([[0.5, 0.5], [0.5, 0.5]])), 4)
    0.6931
    """
    given = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(given, CLIP, 1.0)).mean())


def calibration_error(confidence: np.ndarray, correct: np.ndarray) -> float:
    """Return the expected calibration error over ten bins of equal width, 0 to 1.

    Parameters
    ----------
    confidence : array (n,)
        Probability of the likeliest class.
    correct : bool array (n,)
        Whether it was the label.

    Notes
    -----
    Guo, Pleiss, Sun and Weinberger, ICML 2017, equation 3.

    >>> calibration_error(np.array([0.75, 0.75]), np.array([True, False]))
    0.25
    """
    number = np.minimum((np.asarray(confidence) * BINS).astype(int), BINS - 1)
    gap = np.bincount(number, np.asarray(correct, float) - confidence, BINS)
    return float(abs(gap).sum() / len(confidence))


@dataclass(frozen=True)
class Mean:
    """A mean over folds or draws and its standard error; NaN where there is one value only."""

    middle: float
    error: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Mean:
        """Return the mean of one or more values.

        >>> Mean.of([1.0, 3.0])
        Mean(middle=2.0, error=1.0)
        """
        several = len(values) > 1
        spread = float(np.std(values, ddof=1) / np.sqrt(len(values))) if several else float("nan")
        return cls(float(np.mean(values)), spread)

    def cell(self) -> str:
        """Return the mean as text.

        >>> Mean(0.0254, 0.00341).cell(), Mean(0.5, float("nan")).cell()
        ('.0254 ± .0034', '.5000')
        """
        text = short(self.middle)
        return text if np.isnan(self.error) else f"{text} ± {short(self.error)}"


def short(value: float) -> str:
    """Return four decimals without the zero in front.

    >>> short(0.12), short(1.5), short(-0.25)
    ('.1200', '1.5000', '-.2500')
    """
    return f"{value:.4f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.4f}"


def clearly_worse(ours: Sequence[float], peer: Sequence[float]) -> bool:
    """Return whether our errors exceed a peer's on the same folds by more than a standard error.

    The standard error is that of the mean of the differences.

    >>> clearly_worse([0.1, 0.1], [0.1, 0.2]), clearly_worse([0.2, 0.2], [0.1, 0.1])
    (False, True)
    """
    difference = Mean.of([a - b for a, b in zip(ours, peer, strict=True)])
    allowed = 0.0 if np.isnan(difference.error) else difference.error
    return difference.middle > allowed + 1e-12
