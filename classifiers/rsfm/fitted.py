"""A fitted set of machines that share their features, as plain arrays, and what it says of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .choice import Part
from .contraction import cross_blocks
from .features import Features
from .joint import variance_of


def stored(part: Part) -> dict[str, Any]:
    """Return what a prediction needs, and nothing of the other rows and features.

    ``samples`` are positions among the candidates, ``vectors`` (s, d) their prepared columns,
    ``means`` (s, k) what centring takes off; for machine c ``places[c]`` are its own among the
    samples, with ``mean[c]`` and ``covariance[c]`` (its offset first).
    """
    joint, bank = part.learned.joint, part.bank
    samples, weights = joint.sample_weights()
    inside = part.features.inside(joint.features)
    return {
        "features": vars(part.features.chosen(joint.features)),
        "chosen": joint.features,
        "samples": samples,
        "vectors": np.asarray(bank.sums.others[np.ix_(samples, inside)]),
        "means": bank.sums.means(samples, joint.features),
        "sample_weights": weights,
        "feature_weights": joint.weights,
        "feature_covariance": joint.covariance,
        "offsets": np.array([m.fixed[0] for m in joint.machines]),
        "places": [np.searchsorted(samples, m.active) for m in joint.machines],
        "mean": [m.mean for m in joint.machines],
        "covariance": [m.covariance for m in joint.machines],
    }


def _blocks(kept: Mapping[str, Any], X: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield (rows, kernel values (rows, s, k)) a few MiB at a time."""
    features = Features(**kept["features"])
    rows = features.rows(X, kept["vectors"].dtype)
    yield from cross_blocks(features, rows, kept["vectors"], kept["means"])


def mean_and_variance(kept: Mapping[str, Any], X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of f for the rows of ``X`` (n, columns), both (n, machines)."""
    shape = (len(X), len(kept["offsets"]))
    mean, variance = np.empty(shape), np.empty(shape)
    for part, values in _blocks(kept, X):
        phi = values @ kept["feature_weights"]
        mean[part] = kept["offsets"] + phi @ kept["sample_weights"]
        for c in range(shape[1]):
            variance[part, c] = variance_of(
                kept["mean"][c],
                kept["covariance"][c],
                kept["feature_weights"],
                kept["feature_covariance"],
                values[:, kept["places"][c]],
            )
    return mean, variance


def contributions(kept: Mapping[str, Any], X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what features and what samples add to f: (n, machines, k) and (n, machines, s).

    Both sum to f without the offset.
    """
    machines = len(kept["offsets"])
    by_feature = np.empty((len(X), machines, len(kept["feature_weights"])))
    by_sample = np.empty((len(X), machines, len(kept["samples"])))
    for part, values in _blocks(kept, X):
        weighted = np.einsum("isf,sc->icf", values, kept["sample_weights"], optimize=True)
        by_feature[part] = weighted * kept["feature_weights"]
        phi = values @ kept["feature_weights"]
        by_sample[part] = phi[:, None, :] * kept["sample_weights"].T
    return by_feature, by_sample
