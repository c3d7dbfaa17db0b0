"""Shapes: similarity transforms between sets of points, the mean shape, and what is plausible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..faces.geometry import apply
from .scheme import eye_middles

MODES = 30  # of variation that a plausible shape is measured along, at most


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the similarity (2, 3) that takes ``source`` (n, 2) nearest to ``target`` (n, 2).

    Least squares without mirroring (Umeyama 1991, DOI 10.1109/34.88573), with complex numbers:
    the turn and scale are one number ``a``, and a = <source, target> / <source, source>.

    >>> similarity(np.array([[0.0, 0], [1, 0]]), np.array([[2.0, 2], [2, 4]])).round(6).tolist()
    [[0.0, -2.0, 2.0], [2.0, 0.0, 2.0]]
    """
    middle, goal = source.mean(axis=0), target.mean(axis=0)
    s, t = source - middle, target - goal
    size = (s * s).sum()
    if size == 0:
        return np.column_stack([np.eye(2), goal - middle])
    cos = (s * t).sum() / size
    sin = (s[:, 0] * t[:, 1] - s[:, 1] * t[:, 0]).sum() / size
    turn = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([turn, goal - turn @ middle]) + 0.0


def normal_frame(points: np.ndarray) -> np.ndarray:
    """Return the similarity (2, 3) after which the eyes of ``points`` (68, 2) are 1 apart, level.

    The middle between them comes to (0, 0).
    """
    return similarity(eye_middles(points), np.array([[-0.5, 0.0], [0.5, 0.0]]))


def mean_shape(shapes: np.ndarray, rounds: int = 3) -> np.ndarray:
    """Return the mean of shapes (n, 68, 2), its eyes 1 apart and level about (0, 0).

    Generalised Procrustes: each is taken to the mean by a similarity, the mean is taken anew.
    """
    mean = apply(normal_frame(shapes[0]), shapes[0])
    for _ in range(rounds):
        mean = np.mean([apply(similarity(shape, mean), shape) for shape in shapes], axis=0)
        mean = apply(normal_frame(mean), mean)
    return mean


@dataclass(frozen=True, eq=False)
class Plausible:
    """How shapes vary, and the farthest from the mean that still counts as a face.

    Parameters
    ----------
    mean : ndarray (68, 2)
    modes : ndarray (k, 136)
        Orthonormal directions of variation.
    deviations : ndarray (k + 1,)
        Standard deviation along each, and of what they leave (root of the mean square).
    limit : float
        The largest distance that is plausible.
    """

    mean: np.ndarray
    modes: np.ndarray
    deviations: np.ndarray
    limit: float

    def distance(self, points: np.ndarray) -> float:
        """Return how far a shape is from the mean: root of the mean squared standard scores."""
        shape = apply(similarity(points, self.mean), points)
        change = (shape - self.mean).ravel()
        scores = self.modes @ change
        rest = np.sqrt(np.mean((change - scores @ self.modes) ** 2))
        parts = np.append(scores, rest) / self.deviations
        return float(np.sqrt(np.mean(parts**2)))

    def __contains__(self, points: np.ndarray) -> bool:
        return bool(np.isfinite(points).all()) and self.distance(points) <= self.limit


def plausible_shapes(shapes: np.ndarray, mean: np.ndarray, slack: float = 1.5) -> Plausible:
    """Return what is plausible after shapes (n, 68, 2); the limit is ``slack`` of the farthest."""
    aligned = np.stack([apply(similarity(shape, mean), shape) for shape in shapes])
    changes = (aligned - mean).reshape(len(shapes), -1)
    _, sizes, modes = np.linalg.svd(changes, full_matrices=False)
    kept = min(MODES, max(1, len(shapes) // 4))
    least = 1e-3  # of the eyes' distance: a set without variation must not refuse everything
    spread = np.maximum(sizes[:kept] / np.sqrt(len(shapes)), least)
    rest = changes - (changes @ modes[:kept].T) @ modes[:kept]
    left = max(float(np.sqrt(np.mean(rest**2))), least)
    found = Plausible(mean, modes[:kept], np.append(spread, left), np.inf)
    farthest = max(found.distance(shape) for shape in shapes)
    return Plausible(mean, modes[:kept], found.deviations, slack * max(farthest, 1.0))
