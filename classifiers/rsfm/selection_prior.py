"""What a feature must gain before it is believed: the best of many null features gains by chance.

Of D features without any meaning the best one gains about ``log D / 2`` nats, so selection without
a price always takes in noise. A prior over the number of features is that price.

| name | prior | a feature must gain, nats |
|---|---|---|
| beta-binomial | every number of features is equally likely | log((D - k) / (k + 1)) with k in |
| log | each feature is in with probability 1 / D | log D |
| none | | 0 |

Source of the beta-binomial prior: Scott and Berger, Annals of Statistics 38(5), 2010,
doi:10.1214/10-AOS792. That it is needed here, and that a feature leaves at half its price, is
ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from ..names import unknown


@dataclass(frozen=True)
class SelectionPrior:
    """``price(k, m)`` of one more feature, and the log prior of a set of k of m features."""

    price: Callable[[int, int], float]
    log_prior: Callable[[int, int], float]


def _beta_price(k: int, m: int) -> float:
    return max(0.0, float(np.log(max(m - k, 1) / (k + 1))))


def _beta_prior(k: int, m: int) -> float:
    return float(gammaln(k + 1) + gammaln(m - k + 1) - gammaln(m + 2))


def _log_price(k: int, m: int) -> float:
    return float(np.log(max(m, 1)))


def _log_prior(k: int, m: int) -> float:
    """Return the prior whose odds for one more feature are 1 / m."""
    return -k * float(np.log(m)) - m * float(np.log1p(1 / m)) if m else 0.0


SELECTION_PRIORS: dict[str, SelectionPrior] = {
    "beta-binomial": SelectionPrior(_beta_price, _beta_prior),
    "log": SelectionPrior(_log_price, _log_prior),
    "none": SelectionPrior(lambda k, m: 0.0, lambda k, m: 0.0),
}


def worth(evidence: float, tuned: int) -> float:
    """Return by what states, widths and priors are compared, nats.

    The evidence is a maximum over ``tuned`` precisions that the same rows have set, and each of
    them raises it by about one nat without any meaning (Akaike's argument, on the evidence).
    """
    return evidence - tuned


def selection_prior(name: str) -> SelectionPrior:
    """Return the prior of a name, or refuse it."""
    if name not in SELECTION_PRIORS:
        raise ValueError(unknown("selection prior", name, SELECTION_PRIORS))
    return SELECTION_PRIORS[name]
