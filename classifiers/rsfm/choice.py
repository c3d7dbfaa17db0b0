"""Which width and which prior over features: the joint evidence decides, on training rows alone.

With few features every width is learned with every price that may be right; with many, every width
with one price, then the best width with the others. What is worth most stays (``selection_prior``),
unless no feature at all is worth more, which the prior over sets of features decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..bayes import Bernoulli, Control, Gaussian, Likelihood, learn
from ..kernels import Kernel
from .bank import RowBank
from .feature_kernels import feature_kernel
from .features import Features, with_width
from .incremental import Learned, learn_incremental
from .joint import Joint
from .published import learn_published
from .selection_prior import SELECTION_PRIORS, selection_prior, worth
from .start import crossed_start

FEW = 100  # features, at most, for which all widths and prices are tried together
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

    @property
    def worth(self) -> float:
        """What the part is compared by, nats."""
        joint = self.learned.joint
        return worth(joint.evidence, joint.tuned)

    @property
    def log_prior(self) -> float:
        """The common prior of the selected set, by which it must beat no feature at all, nats."""
        return COMMON.log_prior(len(self.learned.joint.features), len(self.features))


def widths_of(kernel: Kernel, width: float | str) -> tuple[float, ...]:
    """Return the widths to be tried."""
    if width != "evidence":
        return (float(width),)
    return WIDTHS if feature_kernel(kernel).gamma != "none" else (1.0,)


def priors_of(settings: Settings, features: int, rows: int) -> tuple[str, ...]:
    """Return the priors to be tried: the dearest one alone where features outnumber rows.

    Without any price only where noise cannot swamp the search, or where nothing grows ("batch").
    """
    if settings.selection != "evidence":
        return (settings.selection,)
    if settings.algorithm == "batch":
        return ("none",)
    if features > rows:
        return ("log",)
    few = features <= min(rows / 4, FEW)
    return ("log", "beta-binomial", "none") if few else ("log", "beta-binomial")


def learn_part(
    features: Features,
    rows: np.ndarray,
    candidates: np.ndarray,
    likelihoods: Sequence[Likelihood],
    first: np.ndarray,
    settings: Settings,
) -> Part:
    """Return the best of all widths and priors for machines that share their features."""
    nothing = _nothing(features, rows, candidates, likelihoods)
    if not len(features):
        return nothing
    priors = priors_of(settings, len(features), len(rows))
    targets = [each.t for each in likelihoods if isinstance(each, (Bernoulli, Gaussian))]
    bases: dict[int, np.ndarray] = {}
    starts: dict[float, np.ndarray] = {}  # of each width
    grouped = bool((features.sizes > 1).any()) and settings.algorithm != "batch"

    def part(bank: RowBank, scaled: Features, name: str) -> Part:
        learned = _learn(bank, likelihoods, first, name, settings, starts.get(scaled.width))
        return Part(learned, scaled, bank, name)

    found = []
    for width in widths_of(features.kernel, settings.width):
        scaled = features if width == features.width else with_width(features, rows, width)
        bank = RowBank(scaled, rows, candidates, bases)
        if grouped:
            psi = bank.feature_columns(np.arange(len(candidates)), first)
            starts[width] = crossed_start(scaled, rows, candidates, first, targets, psi)
        names = priors if len(features) <= FEW else priors[:1]
        found += [part(bank, scaled, name) for name in names]
    best = max(found, key=lambda each: each.worth)
    if len(features) > FEW:
        found = [best, *(part(best.bank, best.features, name) for name in priors[1:])]
        best = max(found, key=lambda each: each.worth)
    return best if best.worth + best.log_prior > nothing.worth + nothing.log_prior else nothing


def _nothing(
    features: Features, rows: np.ndarray, candidates: np.ndarray, likelihoods: Sequence[Likelihood]
) -> Part:
    """Return the part that selects no feature, and so no sample: offsets alone."""
    none = np.zeros((len(rows), 0))
    machines = [learn(none, likelihood) for likelihood in likelihoods]
    evidence = sum(machine.evidence for machine in machines)
    joint = Joint(machines, np.zeros(0, int), none[0], none[0], np.zeros((0, 0)), evidence)
    learned = Learned(joint, evidence, np.array([evidence]), True)
    return Part(learned, features, RowBank(features, rows, candidates), "none")


def _learn(
    bank: RowBank,
    likelihoods: Sequence[Likelihood],
    first: np.ndarray,
    name: str,
    settings: Settings,
    start: np.ndarray | None,
) -> Learned:
    prior = selection_prior(name)
    if settings.algorithm == "batch":
        return learn_published(bank, likelihoods, first, prior, sweeps=settings.max_sweeps)
    options: dict[str, Any] = {"sweeps": settings.max_sweeps, "control": settings.control}
    return learn_incremental(bank, likelihoods, first, prior, start=start, **options)
