"""Dawid and Skene 1979, section 2, with loops, probabilities and no logarithms.

``said[i][k]`` is the label (a number) that observer k gave patient i, or None. Nothing of ours is
imported.
"""

from __future__ import annotations


def fit(said, labels, steps):
    """Return posteriors T, marginals p and error rates pi after so many rounds."""
    patients, observers = len(said), len(said[0])
    times = [  # n_il^(k) of the paper
        [[1.0 if said[i][k] == m else 0.0 for m in range(labels)] for i in range(patients)]
        for k in range(observers)
    ]
    posterior = []
    for i in range(patients):
        votes = [sum(times[k][i][j] for k in range(observers)) for j in range(labels)]
        posterior.append([v / sum(votes) for v in votes])
    for _ in range(steps):
        prior = [sum(t[j] for t in posterior) / patients for j in range(labels)]  # (2.4)
        rates = [_rates(posterior, times[k], labels) for k in range(observers)]
        posterior = [_posterior(i, prior, rates, times, observers, labels) for i in range(patients)]
    return posterior, prior, rates


def _rates(posterior, times, labels):  # (2.3)
    out = []
    for j in range(labels):
        row = [
            sum(t[j] * n[m] for t, n in zip(posterior, times, strict=True)) for m in range(labels)
        ]
        out.append([c / sum(row) if sum(row) else 1 / labels for c in row])
    return out


def _posterior(i, prior, rates, times, observers, labels):  # (2.5)
    joint = []
    for j in range(labels):
        product = prior[j]
        for k in range(observers):
            for m in range(labels):
                product *= rates[k][j][m] ** times[k][i][m]
        joint.append(product)
    return [q / sum(joint) for q in joint]
