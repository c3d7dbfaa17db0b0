"""Scaling of columns or rows, learned from the training rows: one dictionary of names."""

from __future__ import annotations

from typing import Any

from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

from .names import unknown

SCALINGS = ("none", "standard", "minmax", "unit-length")


def make_scaler(scaling: str) -> Any:
    """Return a new scikit-learn transformer, or None for ``"none"``.

    ``standard``: zero mean and unit variance per column. ``minmax``: every column to [0, 1], new
    rows clipped to it, so that histogram kernels stay defined. ``unit-length``: every row to
    Euclidean length 1.
    """
    if scaling not in SCALINGS:
        raise ValueError(unknown("scaling", scaling, SCALINGS))
    if scaling == "standard":
        return StandardScaler()
    if scaling == "minmax":
        return MinMaxScaler(clip=True)
    return Normalizer() if scaling == "unit-length" else None
