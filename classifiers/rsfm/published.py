"""The batch learner as published in 2013: both blocks begin full and lose what runs away.

Each sweep is one Laplace step and one update of the precisions in each block:
``alpha = (1 - alpha Sigma_nn) / w^2``, ``beta`` likewise, with the hyper-priors' parameters at 0.

Source: Mohsenzadeh, Sheikhzadeh, Reza, Bathaee and Kalayeh, IEEE Transactions on Cybernetics
43(6), 2013, 2241-2254. Only the abstract is known to us; the gauge and the stop are derived here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..bayes import Control, Likelihood, Posterior, Start, learn_batch
from .incremental import Learned
from .joint import Bank, gauge, joint_state, rescaled, stacked, union_of
from .selection_prior import SelectionPrior, worth

MOST = 5_000  # samples, or features, whose covariance is inverted in every sweep
PATIENCE = 10
WORTH = 0.01  # nats a sweep must bring to count as better
COLLAPSED = 1e-8  # sum of feature weights, 1 in the sweep before, below which nothing is left


def learn_published(
    bank: Bank,
    likelihoods: Sequence[Likelihood],
    first: np.ndarray,
    prior: SelectionPrior,
    *,
    sweeps: int = 200,
) -> Learned:
    """Learn samples and features together; parameters and result as ``learn_incremental``.

    Raises
    ------
    ValueError
        For more samples or features than a matrix of all of them can be inverted for.
    """
    if max(bank.candidates, bank.features) > MOST:
        raise ValueError(
            f"algorithm='batch' inverts matrices of all samples and all features, at most {MOST}; "
            f"here are {bank.candidates} and {bank.features}. Use algorithm='incremental'."
        )
    used, weights = np.arange(bank.candidates), first
    features: Start | None = None
    machines: list[Posterior] = []
    noise = list(likelihoods)
    best: Learned | None = None
    history: list[float] = []
    since = 0
    for _ in range(sweeps):
        psi = bank.feature_columns(used, weights)
        fixed = np.repeat(np.eye(len(noise)), bank.rows, axis=0)
        found = _one_step(psi.reshape(-1, bank.features), stacked(noise), fixed, features)
        if best is not None and np.abs(found.mean).sum() < COLLAPSED:  # on the way to w = l = 0
            since = PATIENCE
            break
        g = gauge(found.mean)
        weight, beta = found.mean / g, found.alpha * g**2
        machines = [rescaled(m, g) for m in machines]
        phi = bank.sample_columns(found.active, weight)
        starts: list[Start | None] = [Start(m.active, m.alpha) for m in machines]
        starts = starts or [None] * len(noise)
        machines = [
            _one_step(phi, likelihood, None, start)
            for likelihood, start in zip(noise, starts, strict=True)
        ]
        joint = joint_state(bank, machines, found.active, weight, beta)
        value = worth(joint.evidence, joint.tuned)
        history.append(value)
        since = 0 if best is None or value > best.worth + WORTH else since + 1
        if best is None or value > best.worth:
            best = Learned(joint, value, np.empty(0), False)
        if since >= PATIENCE:
            break
        features = Start(found.active, beta)
        used, weights = union_of(machines)
        noise = [m.likelihood for m in machines]
    assert best is not None
    return replace(best, history=np.asarray(history), converged=since >= PATIENCE)


def _one_step(
    columns: np.ndarray, likelihood: Likelihood, fixed: np.ndarray | None, start: Start | None
) -> Posterior:
    """Return a block after one update of its precisions and one more mode."""
    control = Control(max_iter=1, keep_one=True)
    return learn_batch(columns, likelihood, fixed=fixed, control=control, start=start)
