"""The batch learner: all columns at first, precisions re-estimated together, for comparison.

Source: Tipping, JMLR 1, 2001. Each round inverts a matrix of all columns that are still in, which
is why the sequential learner is hundreds of times faster.
"""

from __future__ import annotations

import numpy as np

from .frozen import column_lengths
from .likelihoods import Likelihood
from .posterior import Posterior, Start, find_mode
from .sequential import Control
from .threads import few_threads

LARGEST = 1e9  # precision, in units of a column's length, above which a column is gone
CHANGE = 1e-3  # of the logarithm of a precision that ends the loop


def learn_batch(
    columns: np.ndarray,
    likelihood: Likelihood,
    *,
    fixed: np.ndarray | None = None,
    control: Control | None = None,
    start: Start | None = None,
) -> Posterior:
    """Set precisions by ``alpha = gamma / w^2`` and drop the columns whose precision runs away.

    Parameters and result are those of ``learn``; of ``control`` only ``max_iter`` and ``keep_one``
    count, and ``left`` is the evidence that the last round brought.
    """
    with few_threads(columns.size):
        return _learn(columns, likelihood, fixed, control or Control(max_iter=500), start)


def _learn(
    columns: np.ndarray,
    likelihood: Likelihood,
    fixed: np.ndarray | None,
    control: Control,
    start: Start | None,
) -> Posterior:
    fixed = np.ones((likelihood.rows, 1)) if fixed is None else np.asarray(fixed, dtype=float)
    p = fixed.shape[1]
    lengths = column_lengths(columns)
    if start is None:
        active = np.flatnonzero(np.isfinite(lengths) & (lengths > 0))
        alpha = np.ones(len(active))
    else:
        active = np.asarray(start.active, dtype=int)
        alpha = np.asarray(start.alpha, dtype=float) / lengths[active] ** 2
    u, history, converged = np.zeros(p + len(active)), [], False
    for _ in range(control.max_iter):
        B = np.hstack([fixed, columns[:, active].astype(float) / lengths[active]])
        a = np.concatenate([np.zeros(p), alpha])
        mode = find_mode(B, a, likelihood, u)
        spread = np.diag(mode.covariance())
        history.append(mode.evidence(a))
        likelihood = likelihood.adapted(mode.f, len(a) - float(a @ spread))
        gamma = np.clip(1.0 - alpha * spread[p:], 1e-12, 1.0)
        new = gamma / np.maximum(mode.u[p:] ** 2, 1e-300)  # Tipping 2001, eq. 16-17
        change = np.abs(np.log(new / alpha))
        keep = new < LARGEST
        if control.keep_one and len(keep) and not keep.any():
            keep[new.argmin()] = True
        converged = bool(keep.all() and change.max(initial=0.0) < CHANGE)
        active, alpha = active[keep], new[keep]
        u = mode.u[np.concatenate([np.full(p, True), keep])]
        if converged:
            break
    return _finished(columns, fixed, lengths, likelihood, active, alpha, u, history, converged)


def _finished(
    columns: np.ndarray,
    fixed: np.ndarray,
    lengths: np.ndarray,
    likelihood: Likelihood,
    active: np.ndarray,
    alpha: np.ndarray,
    u: np.ndarray,
    history: list[float],
    converged: bool,
) -> Posterior:
    """Return the posterior at the last precisions, in the units of the given columns."""
    p = fixed.shape[1]
    B = np.hstack([fixed, columns[:, active].astype(float) / lengths[active]])
    a = np.concatenate([np.zeros(p), alpha])
    mode = find_mode(B, a, likelihood, u)
    scale = np.concatenate([np.ones(p), lengths[active]])
    evidence = mode.evidence(a)
    return Posterior(
        active=active,
        alpha=alpha * scale[p:] ** 2,
        mean=(mode.u / scale)[p:],
        fixed=mode.u[:p],
        covariance=mode.covariance() / np.outer(scale, scale),
        evidence=evidence,
        history=np.asarray([*history, evidence]),
        n_iter=len(history),
        converged=converged,
        left=abs(evidence - history[-1]) if history else 0.0,
        likelihood=likelihood,
    )
