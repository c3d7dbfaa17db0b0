"""What a net learns: a share of each class per row, weighted by class, against its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from sklearn.utils.class_weight import compute_class_weight

from ..classes import ClassWeight, present_weights


def class_factors(weight: ClassWeight, classes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the factor of each class, (classes,)."""
    found = compute_class_weight(present_weights(weight, classes), classes=classes, y=y)
    return np.asarray(found, dtype=np.float32)


def targets_of(number: np.ndarray, classes: int, shares: Any = None) -> np.ndarray:
    """Return what each row should be: shares (n, classes) that sum to one.

    Raises
    ------
    ValueError
        For shares of another shape, below 0, or of nothing.
    """
    if shares is None:
        return np.eye(classes, dtype=np.float32)[number]
    given = np.asarray(shares, dtype=np.float64)
    if given.shape != (len(number), classes):
        raise ValueError(
            f"shares must have a row per picture and a column per class, ({len(number)}, "
            f"{classes}); these are {given.shape}."
        )
    total = given.sum(axis=1, keepdims=True)
    if not np.isfinite(given).all() or (given < 0).any() or (total <= 0).any():
        raise ValueError(
            "shares must be at least 0 and, in each row, not all 0; take out rows that nobody "
            "gave a class."
        )
    return (given / total).astype(np.float32)


def loss_of(
    logits: torch.Tensor, targets: torch.Tensor, factors: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the summed cross-entropy, weighted by class, and the sum of the weights."""
    weighted = targets * factors
    return -(weighted * torch.log_softmax(logits.float(), 1)).sum(), weighted.sum()
