"""Which width and which prior over features: the joint evidence decides, on training rows alone.

Every combination is learned and the one of most worth stays. Worths are compared under one prior
over sets of features, the beta-binomial one, whatever price a learner asked of a feature; so a
search that overlooked a good set because its price was high loses to one that found it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bayes import Bernoulli, Control, Likelihood, learn
from ..kernels import Kernel
from .bank import RowBank
from .feature_kernels import feature_kernel
from .features import Features, with_width
from .incremental import Learned, learn_incremental
from .published import learn_published
from .selection_prior import SELECTION_PRIORS, selection_prior

WIDTHS = (0.6, 1.0, 1.6)
COMMON = SELECTION_PRIORS["beta-binomial"]


@dataclass(frozen=True)
class Settings:
    """What a fit is asked to do; the words of ``RSFM``."""

    width: float | str
    selection: str
    algorithm: str
    max_sweeps: int
    control: Control


@dataclass(frozen=True, eq=False)
class Part:
    """Machines that share their features: what was learned, with which features and prior."""

    learned: Learned
    features: Features
    bank: RowBank
    selection: str
    empty: float  # worth of no feature at all

    @property
    def worth(self) -> float:
        """Joint log evidence with the common prior over sets of features, nats."""
        joint = self.learned.joint
        return joint.evidence + COMMON.log_prior(len(joint.features), len(self.features))


def widths_of(kernel: Kernel, width: float | str) -> tuple[float, ...]:
    """Return the widths to be tried."""
    if width != "evidence":
        return (float(width),)
    return WIDTHS if feature_kernel(kernel).gamma != "none" else (1.0,)


def priors_of(selection: str, features: int, rows: int) -> tuple[str, ...]:
    """Return the priors to be tried; without any price only where noise cannot swamp the search."""
    if selection != "evidence":
        return (selection,)
    return ("log", "beta-binomial", "none") if features <= rows / 4 else ("log", "beta-binomial")


def learn_part(
    features: Features,
    rows: np.ndarray,
    candidates: np.ndarray,
    likelihoods: Sequence[Likelihood],
    first: np.ndarray,
    settings: Settings,
) -> Part:
    """Return the best of all widths and priors for machines that share their features."""
    empty = sum(empty_evidence(each) for each in likelihoods) + COMMON.log_prior(0, len(features))
    bases: dict[int, np.ndarray] = {}
    best: Part | None = None
    for width in widths_of(features.kernel, settings.width):
        scaled = features if width == features.width else with_width(features, rows, width)
        bank = RowBank(scaled, rows, candidates, bases)
        for name in priors_of(settings.selection, len(features), len(rows)):
            learned = _learn(bank, likelihoods, first, name, settings)
            part = Part(learned, scaled, bank, name, empty)
            best = part if best is None or part.worth > best.worth else best
    assert best is not None
    return best


def _learn(
    bank: RowBank,
    likelihoods: Sequence[Likelihood],
    first: np.ndarray,
    name: str,
    settings: Settings,
) -> Learned:
    prior = selection_prior(name)
    if settings.algorithm == "batch":
        return learn_published(bank, likelihoods, first, prior, sweeps=settings.max_sweeps)
    options: dict[str, Any] = {"sweeps": settings.max_sweeps, "control": settings.control}
    return learn_incremental(bank, likelihoods, first, prior, **options)


def empty_evidence(likelihood: Likelihood) -> float:
    """Return the log evidence of the offset alone, nats."""
    return learn(np.zeros((likelihood.rows, 0)), likelihood).evidence


def class_difference(likelihood: Bernoulli, candidates: np.ndarray) -> np.ndarray:
    """Return sample weights whose Psi is the difference of the classes' Parzen densities, (N_c,).

    +1 / N of the own class, -1 / N of the others, rows counted by weight. A row's own kernel stays
    in: to leave it out would tell the learner the row's class.
    """
    weights = np.ones(likelihood.rows) if likelihood.weights is None else likelihood.weights
    own, t = weights[candidates], likelihood.t[candidates]
    inside, outside = own * t, own * (1 - t)
    return inside / max(inside.sum(), 1e-300) - outside / max(outside.sum(), 1e-300)


def rescaled_target(likelihood: Likelihood, t: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """Return first sample weights of a regression: the centred targets, of size 1 in sum."""
    out = t[candidates] - t.mean()
    return out / max(float(np.abs(out).sum()), 1e-300)
