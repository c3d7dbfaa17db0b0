"""The multinomial sparse Bayesian model: softmax likelihood, columns chosen by evidence.

    p(t_i = c) = softmax_c(f_i),   f_i = b + phi_i W

``shared=True``: ``w_mc ~ N(0, 1 / alpha_m)``, a column is in for all classes or for none.
``shared=False``: ``w_mc ~ N(0, 1 / alpha_mc)``, every class has its own columns. b has a flat prior
on the C - 1 log odds against any one class, and its sum is zero.

Log evidence by Laplace at the mode (w, b) with curvature H (``softmax_mode``):

    log p(t | W, b) - sum alpha w^2 / 2 + sum log(alpha) / 2 - log|H| / 2
        + (C - 1) log(2 pi) / 2 + log(C) / 2                                    (derived here)

The last two terms are the flat prior's Gaussian integral and its volume (the odds against one class
are sqrt(C) times as large as the same step in orthonormal coordinates); they make two classes
agree with the binary learner to the last digit. There ``f = f_1 - f_0``, so shared columns have
``w_1 = -w_0 = w / 2`` and, as only the difference is seen, ``alpha = 2 alpha_binary``.

One round: the mode (``softmax_mode``); the most promising columns come in (``softmax_ranking``);
with the curvature frozen, columns that are worth nothing leave and all precisions are re-estimated
by their exact gain (``softmax_frozen``, ``softmax_gains``). Rounds end when nothing gains more than
``tol``. The best state is returned; the empty model is one of the states. Its weights are centred
at the posterior mean (``softmax_mean``), its probabilities moderated (``softmax_output``).

Psorakis, Damoulas and Girolami (2010) have the shared model with the probit and auxiliary
variables, so that all classes share one covariance; here the likelihood is the softmax and the
covariance is the full one.

Sources: Psorakis, Damoulas and Girolami, IEEE Transactions on Neural Networks 21(10), 2010,
1588-1598, doi:10.1109/TNN.2010.2064787; Tipping and Faul, AISTATS 2003; MacKay, Neural Computation
4(5), 1992, doi:10.1162/neco.1992.4.5.720.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .sequential import Control
from .softmax_learner import Run, SoftmaxLearner
from .softmax_mean import posterior_mean
from .softmax_mode import Labels
from .softmax_output import logit_covariance, moderated_softmax
from .threads import few_threads

__all__ = ["SoftmaxPosterior", "learn_softmax", "moderated_softmax"]


@dataclass(frozen=True)
class SoftmaxPosterior:
    """What was learned, in the units of the given columns.

    Attributes
    ----------
    active : array (k,) of int, rising
    alpha : array (k,), or (k, classes) with infinity where a class does not use a column
    mean : array (k, classes)
        Zero where a class does not use a column.
    fixed : array (classes,)
        Biases, with a sum of zero.
    mode : array (1 + k, classes)
        Biases and weights where the posterior is highest.
    pairs : array (p, 2) of int
        Column (0 for the bias, else 1 + the place in ``active``) and class of each row of
        ``covariance``, sorted by class.
    covariance : array (p, p)
        In the flat direction, the common shift of the biases, it holds the pin's variance of 1,
        which no probability sees.
    evidence : float
        Log marginal likelihood, Laplace, nats.
    history : array (n_iter,)
    n_iter : int
    converged : bool
    left : float
        Largest gain that was left among what was looked at, nats.
    """

    active: np.ndarray
    alpha: np.ndarray
    mean: np.ndarray
    fixed: np.ndarray
    mode: np.ndarray
    pairs: np.ndarray
    covariance: np.ndarray
    evidence: float
    history: np.ndarray
    n_iter: int
    converged: bool
    left: float

    def logits(self, columns: np.ndarray) -> np.ndarray:
        """Return the mean of f, (n, classes), for the active columns (n, k)."""
        return columns @ self.mean + self.fixed

    def probabilities(self, columns: np.ndarray) -> np.ndarray:
        """Return moderated probabilities (n, classes) for the active columns (n, k)."""
        spread = logit_covariance(columns, self.pairs, self.covariance, len(self.fixed))
        return moderated_softmax(self.logits(columns), spread)


def learn_softmax(
    columns: np.ndarray,
    labels: np.ndarray,
    classes: int,
    *,
    weights: np.ndarray | None = None,
    shared: bool = True,
    corrected: bool = True,
    control: Control | None = None,
) -> SoftmaxPosterior:
    """Learn a sparse softmax model by sequential maximisation of the evidence.

    Parameters
    ----------
    columns : array (n, m)
        Candidates, for example a kernel matrix; any scale, scaled to unit length inside.
    labels : array (n,) of int
        0 to classes - 1, each with a row of positive weight.
    weights : array (n,), optional
        Of the rows, 0 or more; a row of weight 2 counts as two.
    shared : bool
        Whether a column is in for all classes or for none.
    corrected : bool
        Whether ``mean`` and ``fixed`` are the variational posterior mean (``softmax_mean``); else
        they are the mode.
    control : Control, optional
        As in ``learn``; ``single`` is not used.

    Raises
    ------
    ValueError
        For shapes that do not fit, classes without a row, and numbers that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.repeat([0.0, 1.0, 2.0], 20)
    >>> kernel = np.exp(-((x[:, None] - [0.0, 1.0, 2.0]) ** 2))
    >>> found = learn_softmax(kernel, np.repeat([0, 1, 2], 20), 3)
    >>> found.logits(kernel[:, found.active])[::20].argmax(axis=1).tolist()
    [0, 1, 2]
    """
    columns = np.asarray(columns)
    known = _check(columns, labels, classes, weights)
    control = control or Control()
    learner = SoftmaxLearner(columns, known, shared, control)
    with few_threads(columns.size):
        return _in_given_units(learner.run(), learner, shared, corrected)


def _check(columns: np.ndarray, labels: np.ndarray, classes: int, weights: object) -> Labels:
    labels = np.asarray(labels)
    if columns.ndim != 2 or labels.shape != columns.shape[:1]:
        raise ValueError(
            f"columns must be (n, m) and labels (n,); got {columns.shape} and {labels.shape}."
        )
    if classes < 2 or labels.dtype.kind not in "iu" or labels.min(initial=0) < 0:
        raise ValueError("labels must be whole numbers from 0 and classes at least 2; number them.")
    row = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    if row.shape != labels.shape or not np.isfinite(row).all() or (row < 0).any():
        raise ValueError(f"weights must be (n,), finite and at least 0; got shape {row.shape}.")
    counts = np.bincount(labels, weights=row, minlength=classes)
    if len(counts) != classes or (counts <= 0).any():
        raise ValueError(
            f"each of {classes} classes must have a row of positive weight; they have {counts}. "
            "Leave out classes without rows."
        )
    if not np.isfinite(columns).all():
        raise ValueError("columns must be finite; remove or fill what is missing.")
    return Labels(np.eye(classes)[labels], row)


def _in_given_units(
    run: Run, learner: SoftmaxLearner, shared: bool, corrected: bool
) -> SoftmaxPosterior:
    state, active = run.state, np.array(run.state.choice.active, dtype=int)
    centre = mode = state.choice.weights
    if corrected:
        weights = posterior_mean(
            state.design, state.pairs, state.precision, learner.labels, state.mode
        )
        centre = state.pairs.table(weights, len(mode))
    length = np.concatenate([[1.0], learner.candidates.length[active]])
    scale = length[state.pairs.column]
    alpha = state.choice.alpha * length[1:, None] ** 2
    return SoftmaxPosterior(
        active=active,
        alpha=alpha[:, 0] if shared else alpha,
        mean=centre[1:] / length[1:, None],
        fixed=centre[0],
        mode=mode / length[:, None],
        pairs=np.column_stack([state.pairs.column, state.pairs.label]),
        covariance=state.mode.covariance() / np.outer(scale, scale),
        evidence=state.evidence,
        history=np.array(run.history),
        n_iter=len(run.history),
        converged=run.converged,
        left=run.left,
    )
