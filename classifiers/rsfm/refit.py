"""An ordinary relevance vector machine on the features that were selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..rvm import RVM
from .choice import Part
from .selection_prior import worth

STRONG = 5.0  # nats a refit must bring: very strong evidence, Kass and Raftery, JASA 90, 1995
HISTOGRAMS = ("chi-square", "intersection", "hellinger")


def refitted(
    machine: Any, X: np.ndarray, y: np.ndarray, weights: np.ndarray, parts: Sequence[Part]
) -> tuple[RVM, float]:
    """Return an RVM on the selected columns ``X`` (n, selected), and its worth.

    Histograms keep their kind of kernel; all other columns are standardised and get an rbf one,
    which knows interactions. The worth counts the selected features and the prior of their set, as
    that of the additive machine does, so that the two can be compared.
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
    tuned = sum(len(active) for active in made.active_)
    tuned += sum(len(part.learned.joint.features) for part in parts)
    return made, worth(made.log_marginal_likelihood_, tuned)
