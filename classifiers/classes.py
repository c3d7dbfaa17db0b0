"""The classes that training rows have: their numbers and their weights."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

ClassWeight = str | Mapping[Any, float] | None


def number_classes(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes (classes,) in order, and the number of each row's class (n,).

    >>> number_classes(np.array(["joy", "fear", "joy"]))[1].tolist()
    [1, 0, 1]
    """
    check_classification_targets(y)
    classes, number = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            f"at least two classes are needed to train, only one class came: {classes[0]!s}."
        )
    return classes, number


def check_class_weight(weight: ClassWeight) -> None:
    """Refuse a class weight that no classes could make right."""
    if weight is None or (isinstance(weight, str) and weight == "balanced"):
        return
    if not isinstance(weight, Mapping):
        raise ValueError(
            f"class_weight must be None, 'balanced' or a dictionary of factors, not {weight!r}."
        )
    for label, factor in weight.items():
        if not isinstance(factor, Real) or not 0 < float(factor) < np.inf:
            raise ValueError(
                f"a class weight must be a number above 0; that of {label!s} is {factor!r}."
            )


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
