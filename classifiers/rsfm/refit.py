"""An ordinary relevance vector machine on the features that were selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rvm import RVM
from .choice import COMMON, Part

HISTOGRAMS = ("chi-square", "intersection", "hellinger")


def refitted(
    machine: Any, X: np.ndarray, y: np.ndarray, weights: np.ndarray, parts: Sequence[Part]
) -> tuple[RVM, float]:
    """Return an RVM on the selected columns ``X`` (n, selected), and its log evidence.

    Histograms keep their kernel; all other columns are standardised and get an rbf one, which knows
    interactions. The evidence counts the same prior over sets of features as the additive
    machine's, so that the two can be compared.
    """
    histograms = machine.kernel in HISTOGRAMS
    made = RVM(
        kernel="chi-square" if histograms else "rbf",
        gamma="evidence",
        multi_class="one-vs-rest",
        scaling="none" if histograms else "standard",
        random_state=machine.random_state,
    )
    made.fit(X, y, sample_weight=weights)
    prior = sum(
        COMMON.log_prior(len(part.learned.joint.features), len(part.features)) for part in parts
    )
    return made, made.log_marginal_likelihood_ + prior
