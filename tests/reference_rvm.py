"""Slow twins of the relevance vector machines, from Tipping 2001 and Bishop 2006, section 7.2.

Dense matrices, no centring, no tricks.
"""

from __future__ import annotations

import numpy as np


def class_posterior(phi, alpha, t, weights):
    """Return mode and covariance of [offset, weights] for columns phi (n, k), by Newton's method.

    Bishop 2006, equations 7.110 to 7.113, each row counted ``weights`` times.
    """
    design = np.column_stack([np.ones(len(phi)), phi])
    A = np.diag(np.concatenate([[0.0], alpha]))
    w = np.zeros(design.shape[1])
    for _ in range(500):
        y = 1.0 / (1.0 + np.exp(-design @ w))
        gradient = design.T @ (weights * (t - y)) - A @ w
        hessian = design.T @ np.diag(weights * y * (1.0 - y)) @ design + A
        step = np.linalg.solve(hessian, gradient)
        w = w + step / max(1.0, np.abs(design @ step).max() / 2.0)
    return w, np.linalg.inv(hessian)


def number_posterior(phi, alpha, t, noise, weights):
    """Return mean and covariance of [offset, weights], Bishop 2006, equations 7.82 and 7.83."""
    design = np.column_stack([np.ones(len(phi)), phi])
    A = np.diag(np.concatenate([[0.0], alpha]))
    covariance = np.linalg.inv(A + design.T @ np.diag(weights / noise) @ design)
    return covariance @ design.T @ (weights / noise * t), covariance


def number_evidence(phi, alpha, t, noise):
    """Return log p(t), the offset integrated over a flat prior (limit of a wide normal one)."""
    wide = 1e6
    C = noise * np.eye(len(t)) + (phi / alpha) @ phi.T + wide * np.ones((len(t), len(t)))
    log_determinant = np.linalg.slogdet(2 * np.pi * C)[1]
    return -0.5 * (log_determinant + t @ np.linalg.solve(C, t)) + 0.5 * np.log(2 * np.pi * wide)


def one_of_many(p):
    """Return class probabilities (n, classes): each says yes or no, given that one says yes."""
    out = np.empty_like(p)
    for c in range(p.shape[1]):
        others = np.delete(p, c, axis=1)
        out[:, c] = p[:, c] * np.prod(1.0 - others, axis=1)
    return out / out.sum(axis=1, keepdims=True)
