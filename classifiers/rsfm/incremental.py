"""The incremental learner: both blocks begin empty and grow by the gain in evidence.

A sweep is a feature step, at fixed sample weights, and a sample step, at fixed feature weights;
each is the sequential learner of ``classifiers.bayes`` on the block's dictionary. The sweep with
the best joint evidence is what is returned.

Source: Mohsenzadeh, Sheikhzadeh and Nazari, Pattern Recognition 60, 2016, 835-848. Only the
abstract is known to us: the start, the price of a feature, the gauge, the joint evidence and the
stop are derived here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..bayes import Control, Likelihood, Posterior, Start, learn
from .joint import Bank, Joint, gauge, joint_state, rescaled, stacked, union_of
from .selection_prior import SelectionPrior, worth

PATIENCE = 2  # sweeps without a better joint evidence
WORTH = 0.5  # nats that a sweep must bring to count as better


@dataclass(frozen=True, eq=False)
class Learned:
    """The best state, its ``worth`` (see ``selection_prior``), and how it came about."""

    joint: Joint
    worth: float
    history: np.ndarray
    converged: bool


def learn_incremental(
    bank: Bank,
    likelihoods: Sequence[Likelihood],
    first: np.ndarray,
    prior: SelectionPrior,
    *,
    sweeps: int = 12,
    control: Control | None = None,
    start: np.ndarray | None = None,
) -> Learned:
    """Learn samples and features together.

    Parameters
    ----------
    bank : Bank
    likelihoods : sequence of Likelihood
        One per machine.
    first : array (candidates, machines)
        Sample weights that the first feature step is taken at.
    prior : SelectionPrior
        What a feature must gain.
    sweeps : int
        At most so many.
    control : Control, optional
        Of both steps.
    start : array (machines, rows, features), optional
        Psi of the first feature step; that of ``first`` where not given.
    """
    control = control or Control()
    used, weights = np.arange(bank.candidates), first
    machines: list[Posterior] = []
    features: Start | None = None
    noise = list(likelihoods)
    best: Learned | None = None
    history: list[float] = []
    since = 0
    for _ in range(sweeps):
        found = _feature_step(
            bank.feature_columns(used, weights) if start is None else start,
            noise,
            prior,
            features,
            control,
        )
        start = None
        g = gauge(found.mean)
        weight, beta = found.mean / g, found.alpha * g**2
        machines = [rescaled(m, g) for m in machines]
        machines = _sample_step(bank, noise, found.active, weight, machines, control)
        joint = joint_state(bank, machines, found.active, weight, beta)
        value = worth(joint.evidence, joint.tuned)
        history.append(value)
        better = best is None or value > best.worth + WORTH
        since = 0 if better else since + 1
        if best is None or value > best.worth:
            best = Learned(joint, value, np.empty(0), False)
        if since >= PATIENCE or not any(len(m.active) for m in machines):
            break
        features = Start(found.active, beta)
        used, weights = union_of(machines)
        noise = [m.likelihood for m in machines]
    assert best is not None
    return replace(best, history=np.asarray(history), converged=since >= PATIENCE)


def _feature_step(
    psi: np.ndarray,
    likelihoods: Sequence[Likelihood],
    prior: SelectionPrior,
    start: Start | None,
    control: Control,
) -> Posterior:
    """Return the posterior of the feature weights; the machines' biases are its fixed columns.

    Classes against the rest tell of every row about twice, as two classes would if each had a
    machine; so a feature costs twice as much.
    """
    machines, rows, features = psi.shape
    fixed = np.repeat(np.eye(machines), rows, axis=0)
    times = 1 if machines == 1 else 2
    return learn(
        psi.reshape(machines * rows, features),
        stacked(likelihoods),
        fixed=fixed,
        control=replace(control, price=lambda k, m: times * prior.price(k, m), keep_one=True),
        start=start,
    )


def _sample_step(
    bank: Bank,
    likelihoods: Sequence[Likelihood],
    features: np.ndarray,
    weights: np.ndarray,
    before: Sequence[Posterior],
    control: Control,
) -> list[Posterior]:
    """Return the posterior of each machine's sample weights, from a warm start."""
    phi = bank.sample_columns(features, weights)
    starts: list[Start | None] = [Start(m.active, m.alpha) for m in before]
    starts = starts or [None] * len(likelihoods)
    settings = replace(control, keep_one=True)
    return [
        learn(phi, likelihood, control=settings, start=start)
        for likelihood, start in zip(likelihoods, starts, strict=True)
    ]
