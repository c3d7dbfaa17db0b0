"""The posterior mean of softmax weights, beside their mode.

Where the classes can be told apart the posterior is skewed: weights may grow at little cost, but
not shrink, so its mean lies further out than its mode. The covariance of Laplace around the mode
then moderates too much, and probabilities are too timid (Kuss and Rasmussen 2005 show it for
Gaussian processes). The remedy keeps Sigma and moves the centre m to where the Gaussian is nearest
to the posterior, ``min KL(N(m, Sigma) || posterior)`` (van Niekerk and Rue 2024). Its stationarity,

    sum_i r_i phi_i (t_ic - E[softmax_c(f_i)]) = alpha_c w_c,    f_i ~ N(phi_i m, V_i)

is the mode's with the moderated probability in place of the plain one (derived here), so the
moderated probabilities of the training rows sum to the classes' counts. It is solved by Newton's
steps with the curvature at the moderated probability, which is at least the true one, so that a
step is rather too short than too long.

Sources: van Niekerk and Rue, Low-rank variational Bayes correction to the Laplace method, JMLR 25,
2024, arXiv:2111.12945; Kuss and Rasmussen, Assessing approximate inference for binary Gaussian
process classification, JMLR 6, 2005, 1679-1704.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_solve

from .softmax_mode import Labels, Mode, Pairs, cholesky_with_ridge, curvature
from .softmax_output import logit_covariance, moderated_softmax

DECREMENT = 1e-7  # nats that a further step promises
STEPS = 200


def posterior_mean(
    design: np.ndarray, pairs: Pairs, precision: np.ndarray, labels: Labels, mode: Mode
) -> np.ndarray:
    """Return m (p,), the best centre for the covariance at the mode.

    Parameters
    ----------
    design : array (n, 1 + k)
        Ones, then the columns that are in.
    precision : array (p,)
        0 for the biases.
    """
    spread = logit_covariance(
        design[:, 1:],
        np.column_stack([pairs.column, pairs.label]),
        mode.covariance(),
        labels.classes,
    )
    weights, best, length, lowest = mode.weights, mode.weights, 1.0, np.inf
    for _ in range(STEPS):
        probability = moderated_softmax(design @ pairs.table(weights, design.shape[1]), spread)
        slope = (design.T @ labels.slope(probability))[pairs.column, pairs.label]
        slope -= precision * weights
        factor = cholesky_with_ridge(curvature(design, pairs, precision, labels, probability))
        step = cho_solve((factor, True), slope)
        decrement = 0.5 * float(slope @ step)
        if decrement >= lowest:
            length *= 0.5
        else:
            best, lowest = weights, decrement
        if decrement < DECREMENT or length < 1e-3:
            break
        weights = weights + length * step
    return best
