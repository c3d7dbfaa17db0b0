"""Probabilities of classes that know how uncertain the logits are.

With ``f ~ N(mu, V)`` the probability of class c is ``E[softmax_c(f)] = E[1 / sum_c' exp(f_c' -
f_c)]``. Each difference is Gaussian with variance ``v_cc' = V_cc + V_c'c' - 2 V_cc'``; MacKay's
scaling of the logistic function is applied to each, and the result divided by its sum:

    p_c  proportional to  1 / sum_c' exp((mu_c' - mu_c) / sqrt(1 + pi v_cc' / 8))

For two classes this is MacKay's formula. A shift common to all classes changes nothing.

Sources: MacKay, Neural Computation 4(5), 1992, doi:10.1162/neco.1992.4.5.720 (two
classes); Lu, Ie and Sha, arXiv:2006.07584, 2020 (the pairwise form).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.special import logsumexp, softmax


def moderated_softmax(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return class probabilities of Gaussian logits.

    Parameters
    ----------
    mean : array (n, classes)
    covariance : array (n, classes, classes), or (n, classes) of variances without covariance

    Returns
    -------
    array (n, classes), rows with a sum of 1

    Examples
    --------
    >>> import numpy as np
    >>> moderated_softmax(np.array([[2.0, 0, 0]]), np.zeros((1, 3))).round(3).tolist()
    [[0.787, 0.107, 0.107]]
    >>> moderated_softmax(np.array([[2.0, 0, 0]]), np.full((1, 3), 9.0)).round(3).tolist()
    [[0.503, 0.249, 0.249]]
    """
    if covariance.ndim == 2:
        variance, twice = covariance, 0.0
    else:
        variance = np.einsum("ncc->nc", covariance)
        twice = covariance + covariance.transpose(0, 2, 1)
    between = np.maximum(variance[:, :, None] + variance[:, None, :] - twice, 0.0)  # v_cc'
    ahead = mean[:, None, :] - mean[:, :, None]
    return softmax(-logsumexp(ahead / np.sqrt(1 + np.pi / 8 * between), axis=2), axis=1)


def logit_covariance(
    columns: np.ndarray, pairs: np.ndarray, covariance: np.ndarray, classes: int
) -> np.ndarray:
    """Return the covariance of the logits, (n, classes, classes).

    Parameters
    ----------
    columns : array (n, k)
        The columns that are in, of any rows.
    pairs : array (p, 2) of int
        Column (0: the bias) and class of each weight, sorted by class.
    covariance : array (p, p)
        Of the weights.
    """
    design = np.column_stack([np.ones(len(columns)), columns])
    found = np.empty((len(design), classes, classes))
    edges = np.searchsorted(pairs[:, 1], np.arange(classes + 1))
    parts = [slice(a, b) for a, b in pairwise(edges)]
    for first, one in enumerate(parts):
        left = design[:, pairs[one, 0]]
        for second, two in enumerate(parts[: first + 1]):
            right = design[:, pairs[two, 0]]
            both = np.einsum("np,np->n", left @ covariance[one, two], right)
            found[:, first, second] = found[:, second, first] = both
    return found
