"""What an action would gain in log evidence, for every column at once.

``S`` and ``Q`` are the sparsity and the quality of each column given the columns that are in
(Tipping and Faul 2003). They are statistics of the whole model; ``s`` and ``q`` leave the column
itself out.
"""

from __future__ import annotations

import numpy as np


def without_itself(
    alpha: np.ndarray, S: np.ndarray, Q: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (s, q) of columns that are in with precision ``alpha``."""
    room = np.maximum(alpha - S, 1e-12 * alpha)
    return alpha * S / room, alpha * Q / room  # Tipping and Faul 2003, eq. 23


def best_alpha(s: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return the precision of most evidence, infinite where the column is better out."""
    theta = q**2 - s
    with np.errstate(divide="ignore", over="ignore"):
        return np.where(theta > 0, s**2 / np.where(theta > 0, theta, 1.0), np.inf)  # eq. 20


def gain_of_adding(S: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """Return the gain of adding each column at its best precision; 0 where it has none, nats."""
    ratio = Q**2 / np.maximum(S, np.finfo(float).tiny)
    rises = ratio > 1.0
    safe = np.where(rises, ratio, 1.0)
    return np.where(rises, 0.5 * (safe - 1.0 - np.log(safe)), 0.0)  # eq. 27


def gain_of_deleting(alpha: np.ndarray, S: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """Return the gain (mostly a loss) of deleting columns that are in, nats."""
    room = np.minimum(S - alpha, -1e-12 * alpha)
    return 0.5 * (Q**2 / room - np.log(np.maximum(-room / alpha, 1e-300)))  # eq. 37


def gain_of_changing(
    alpha: np.ndarray, new: np.ndarray, S: np.ndarray, Q: np.ndarray
) -> np.ndarray:
    """Return the gain of taking ``alpha`` to ``new`` in columns that are in, nats."""
    d = 1.0 / new - 1.0 / alpha
    return 0.5 * (Q**2 * d / (S * d + 1.0) - np.log1p(np.maximum(S * d, -1 + 1e-15)))  # eq. 32
