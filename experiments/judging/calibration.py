"""Whether probabilities can be believed: reliability diagram, calibration error, proper scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

ECE_BINS = 10


@dataclass(frozen=True)
class ReliabilityBin:
    """Clips whose predicted class had a probability in [low, high): how sure, how often right."""

    low: float
    high: float
    clips: int
    confidence: float
    accuracy: float


def reliability(
    confidence: np.ndarray, right: np.ndarray, bins: int = ECE_BINS
) -> list[ReliabilityBin]:
    """Return the non-empty bins of equal width of a reliability diagram."""
    number = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    out = []
    for b in np.unique(number):
        there = number == b
        mean, share = float(confidence[there].mean()), float(right[there].mean())
        out.append(ReliabilityBin(b / bins, (b + 1) / bins, int(there.sum()), mean, share))
    return out


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: mean |accuracy - confidence|, weighted by clips.

    Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    clips = sum(b.clips for b in bins)
    return sum(b.clips * abs(b.accuracy - b.confidence) for b in bins) / clips


def brier(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the Brier score, mean over clips of the sum over classes of (p - truth)^2; 0 to 2."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of -log p(label) in nats; p is kept at or above 1e-15."""
    p = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(p, 1e-15, None)).mean())
