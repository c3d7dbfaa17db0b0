"""Factors of C per class, for the classes that training rows have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

ClassWeight = str | Mapping[Any, float] | None


def present_weights(weight: ClassWeight, classes: np.ndarray) -> ClassWeight:
    """Return a class weight without the classes that are not among ``classes``.

    A fold may lack a class that has a weight, which scikit-learn would refuse.

    >>> present_weights({"joy": 2.0, "fear": 3.0}, np.array(["anger", "joy"]))
    {'joy': 2.0}
    """
    if not isinstance(weight, Mapping):
        return weight
    there = set(classes.tolist())
    return {label: w for label, w in weight.items() if label in there} or None
