"""Slow twins of the relevance sample-feature machine, with the tensor of all kernel values.

``f_i = b + sum over n, m of w_n l_m k_m(x_im, x_nm)``, ``w_n ~ N(0, 1 / alpha_n)``,
``l_m ~ N(0, 1 / beta_m)``, flat prior of b. Model and batch algorithm: Mohsenzadeh et al., IEEE
Trans. Cybernetics 43(6), 2013; the formulas of both blocks, of the joint evidence and of the
variance are derived in our notes and checked against brute force in the tests.

Axes: tensor (i, n, m) holds rows, samples and features; several classes have w (samples, classes)
with one l for all.

In reading order:

tensor, output     all kernel values; f by explicit sums
sample_columns     Phi(l) (i, n);  feature_columns  Psi(w) (i, m)
sample_step        Laplace in (b, w) at fixed l;  feature_step  Laplace in (b, l) at fixed w
feature_step_shared  one l for all classes
joint_evidence     evidence of both blocks, one or several classes
variance           Var f when both blocks vary independently
joint_hessian      minus the second derivatives of the log posterior over (b, w, l)
batch              the batch algorithm
"""

# ruff: noqa: E741 - l is the symbol of the feature weights

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from reference_bayes import Fit, laplace, log_bernoulli, ones, probability


def tensor(rows, samples, kernel) -> np.ndarray:
    """Return k(x_im, x_nm) for all i, n, m; ``kernel`` takes two arrays of numbers."""
    values = np.zeros((len(rows), len(samples), rows.shape[1]))
    for i in range(len(rows)):
        for n in range(len(samples)):
            values[i, n] = kernel(rows[i], samples[n])
    return values


def rbf(width: float):
    """Return the one-dimensional kernel exp(-(x - y)^2 / (2 width^2))."""
    return lambda x, y: np.exp(-((x - y) ** 2) / (2 * width**2))


def output(K, w, l, b) -> np.ndarray:
    """Return f (i,) by explicit sums over samples and features."""
    f = np.full(len(K), float(b))
    for i in range(K.shape[0]):
        for n in range(K.shape[1]):
            f[i] += w[n] * np.sum(l * K[i, n])
    return f


def sample_columns(K, l) -> np.ndarray:
    """Return Phi(l)_in = sum over m of K_inm l_m."""
    return np.einsum("inm,m->in", K, l)


def feature_columns(K, w) -> np.ndarray:
    """Return Psi(w)_im = sum over n of K_inm w_n."""
    return np.einsum("inm,n->im", K, w)


def sample_step(K, l, alpha, t, weights=None) -> Fit:
    """Return the Laplace posterior of (b, w) with the features frozen: an RVM on Phi(l)."""
    return laplace(sample_columns(K, l), alpha, t, weights=weights)


def feature_step(K, w, beta, t, weights=None) -> Fit:
    """Return the Laplace posterior of (b, l) with the samples frozen: ARD logistic on Psi(w)."""
    return laplace(feature_columns(K, w), beta, t, weights=weights)


def feature_step_shared(K, w, beta, hot, weights=None) -> Fit:
    """Return the Laplace posterior of the b of all classes and their common l.

    ``w`` (samples, classes), ``hot`` (i, classes) in 0..1. The rows of the classes' binary problems
    are stacked; each class has an offset of its own.
    """
    n, classes = hot.shape
    stacked = np.vstack([feature_columns(K, w[:, c]) for c in range(classes)])
    fixed = np.kron(np.eye(classes), ones(n))
    rows = None if weights is None else np.tile(weights, classes)
    return laplace(stacked, beta, hot.T.ravel(), fixed=fixed, weights=rows)


def joint_evidence(K, w, l, b, alpha, beta, t, *, offsets="once", weights=None) -> float:
    """Return the joint evidence of both blocks, up to the prior of the number of features.

    log p(t|f) - w'Aw/2 - l'Bl/2 + (log|A| + log|B|)/2 - (log|H_w| + log|H_l|)/2, where columns of
    infinite precision are left out. One class: w (samples,), t (i,), b a number; several: w
    (samples, classes), t (i, classes), b (classes,), and alpha of w's shape. ``offsets``: whether
    the determinants hold b "nowhere", in the block of samples ("once") or in "both".
    """
    w, t, alpha = (np.atleast_2d(a.T).T for a in (w, t, alpha))
    b = np.atleast_1d(b)
    classes, used = w.shape[1], np.isfinite(beta)
    total = -0.5 * np.sum(beta[used] * l[used] ** 2) + 0.5 * np.sum(np.log(beta[used]))
    stacked, curved = [], []
    for c in range(classes):
        f = output(K, w[:, c], l, b[c])
        y = probability(f)
        curvature = y * (1 - y) * (1 if weights is None else weights)
        kept = np.isfinite(alpha[:, c])
        a = alpha[kept, c]
        total += log_bernoulli(f, t[:, c], weights)
        total += -0.5 * np.sum(a * w[kept, c] ** 2) + 0.5 * np.sum(np.log(a))
        phi = sample_columns(K, l)[:, kept]
        total -= 0.5 * _log_det(phi, a, curvature, ones(len(f)) if offsets != "nowhere" else None)
        stacked.append(feature_columns(K, w[:, c])[:, used])
        curved.append(curvature)
    fixed = np.kron(np.eye(classes), ones(len(K))) if offsets == "both" else None
    return float(
        total - 0.5 * _log_det(np.vstack(stacked), beta[used], np.concatenate(curved), fixed)
    )


def _log_det(columns, precision, curvature, fixed) -> float:
    """Return log|X' R X + prior| with or without columns of flat prior."""
    if fixed is not None:
        precision = np.concatenate([np.zeros(fixed.shape[1]), precision])
        columns = np.hstack([fixed, columns])
    return float(
        np.linalg.slogdet(columns.T @ np.diag(curvature) @ columns + np.diag(precision))[1]
    )


def variance(K, w, l, cov_w, cov_l) -> np.ndarray:
    """Return Var f (i,) for independent w and l: phi' S_w phi + psi' S_l psi + tr(K' S_w K S_l).

    ``cov_w`` is (1 + samples,) square with b first, or (samples,) square without b; ``cov_l``
    (features,) square: b is counted once, with the samples.
    """
    out = np.zeros(len(K))
    extra = len(cov_w) - len(w)
    for i in range(len(K)):
        phi = np.concatenate([np.ones(extra), K[i] @ l])
        psi = K[i].T @ w
        plain = cov_w[extra:, extra:]
        out[i] = phi @ cov_w @ phi + psi @ cov_l @ psi + np.trace(K[i].T @ plain @ K[i] @ cov_l)
    return out


def log_posterior(K, theta, alpha, beta, t) -> float:
    """Return log p(t|f) - w'Aw/2 - l'Bl/2 at theta = (b, w, l)."""
    w, l = theta[1 : 1 + K.shape[1]], theta[1 + K.shape[1] :]
    value = log_bernoulli(output(K, w, l, theta[0]), t)
    return value - 0.5 * np.sum(alpha * w**2) - 0.5 * np.sum(beta * l**2)


def joint_hessian(K, w, l, b, alpha, beta, t) -> np.ndarray:
    """Return minus the second derivatives of ``log_posterior`` over (b, w, l), dense."""
    f = output(K, w, l, b)
    y = probability(f)
    design = np.hstack([ones(len(K)), sample_columns(K, l), feature_columns(K, w)])
    hessian = design.T @ np.diag(y * (1 - y)) @ design
    hessian += np.diag(np.concatenate([[0.0], alpha, beta]))
    cross = np.einsum("i,inm->nm", t - y, K)
    samples, features = slice(1, 1 + K.shape[1]), slice(1 + K.shape[1], None)
    hessian[samples, features] -= cross
    hessian[features, samples] -= cross.T
    return hessian


@dataclass
class Machine:
    """A fitted RSFM: infinite alpha, beta mark what is out; ``history`` the joint evidence.

    Each value belongs to the weights of its sweep under the precisions that they were found with.
    """

    w: np.ndarray
    l: np.ndarray
    b: float
    alpha: np.ndarray
    beta: np.ndarray
    history: list[float]


def batch(K, t, *, sweeps, a=0.0, drop=1e9, gauge=True, w=None, alpha=None, beta=None) -> Machine:
    """Return the machine after batch sweeps, features before samples; large precisions are out.

    alpha_n = (1 - alpha_n Sigma_nn + 2a) / (w_n^2 + 2a), beta_m likewise. The start is w = +-1 over
    the size of the class unless given. ``gauge`` rescales l to sum |l| sign(sum l) = 1 after each
    feature step, which changes neither f nor the joint evidence. Columns of weight 0 are out.
    """
    size, features = K.shape[1], K.shape[2]
    w = np.where(t > 0.5, 1 / t.sum(), -1 / (1 - t).sum()) if w is None else np.array(w, float)
    alpha = np.ones(size) if alpha is None else np.array(alpha, float)
    beta = np.ones(features) if beta is None else np.array(beta, float)
    l, b, history = np.zeros(features), 0.0, []
    for _ in range(sweeps):
        b, l, new_beta = _half(feature_columns(K, w), beta, t, a, drop)
        if gauge:
            g = np.abs(l).sum() * (np.sign(l.sum()) or 1.0)
            l, beta, new_beta = l / g, beta * g**2, new_beta * g**2
            w, alpha = w * g, alpha / g**2
        b, w, new_alpha = _half(sample_columns(K, l), alpha, t, a, drop)
        history.append(joint_evidence(K, w, l, b, alpha, beta, t))
        alpha, beta = new_alpha, new_beta
    w, l = np.where(np.isfinite(alpha), w, 0.0), np.where(np.isfinite(beta), l, 0.0)
    return Machine(w, l, b, alpha, beta, history)


def _half(columns, precision, t, a, drop) -> tuple[float, np.ndarray, np.ndarray]:
    """Return b, weights under the precisions given, and new precisions of one block."""
    kept = np.flatnonzero(np.isfinite(precision))
    fit = laplace(columns[:, kept], precision[kept], t)
    gamma = 1 - precision[kept] * np.diag(fit.covariance)[1:]
    new = np.full(len(precision), np.inf)
    new[kept] = (gamma + 2 * a) / (fit.w**2 + 2 * a)
    new[new > drop] = np.inf
    weights = np.zeros(len(precision))
    weights[kept] = fit.w
    return float(fit.b[0]), weights, new
