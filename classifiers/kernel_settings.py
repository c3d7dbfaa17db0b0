"""What machines on a kernel refuse without data, and what they tell scikit-learn of the input."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from . import kernels
from .names import unknown
from .scaling import make_scaler


def check_kernel(
    kernel: kernels.Kernel,
    gamma: kernels.Gamma,
    degree: int,
    coef0: float,
    scaling: str,
    *,
    by_evidence: bool = False,
) -> None:
    """Refuse kernel settings that no data could make right.

    ``by_evidence`` says whether the machine also knows ``gamma="evidence"``.

    Raises
    ------
    ValueError
    """
    known = (*kernels.KERNELS, "precomputed")
    if not callable(kernel) and kernel not in known:
        raise ValueError(unknown("kernel", kernel, known))
    if not isinstance(degree, Real) or degree < 1 or degree % 1:
        raise ValueError(f"degree must be a whole number of at least 1, not {degree!r}.")
    if not isinstance(coef0, Real) or coef0 < 0:
        raise ValueError(f"coef0 must be at least 0, not {coef0!r}.")
    rules = ("scale", "median", "evidence") if by_evidence else ("scale", "median")
    if by_evidence and isinstance(gamma, str) and gamma not in rules:
        raise ValueError(f"gamma must be a number, 'scale', 'median' or 'evidence', not {gamma!r}.")
    if gamma not in rules or (gamma == "median" and kernel == "polynomial"):
        kernels.choose_gamma("polynomial", gamma, np.eye(2), None)
    make_scaler(scaling)
    if kernel == "precomputed" and scaling != "none":
        raise ValueError("a precomputed kernel cannot be scaled; use scaling='none'.")


def tell_input(tags: Any, kernel: kernels.Kernel, scaling: str) -> Any:
    """Return scikit-learn's tags with what the kernel says of the input."""
    tags.input_tags.pairwise = kernel == "precomputed"
    tags.input_tags.positive_only = (
        isinstance(kernel, str)
        and kernel in kernels.KERNELS
        and kernels.KERNELS[kernel].non_negative
        and scaling != "minmax"
    )
    return tags
