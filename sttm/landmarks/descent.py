"""Supervised descent: from a rough shape to the true one in a few learned linear steps.

Xiong, De la Torre, Supervised descent method and its applications to face alignment, CVPR 2013,
DOI 10.1109/CVPR.2013.75. Stage k learns R_k and b_k of x_{k+1} = x_k + R_k phi(x_k) + b_k (their
equation 6) by ridge regression over all training pictures and start shapes (their equation 8,
with a penalty). Shapes and steps are those of the face's own frame: eyes level, 1 apart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..faces.geometry import apply, compose, invert
from .cells import Cells, describe, to_frame
from .shape import similarity

CHUNK = 512  # rows of features at a time
FARTHEST = 1e5  # pixels from the picture's corner; a shape that is there will not come back


@dataclass(frozen=True, eq=False)
class Stage:
    """One step: ``weights`` (features + 1, 136) float32, the last row the offset; its cells."""

    weights: np.ndarray
    cells: Cells


def features(grey: np.ndarray, points: np.ndarray, mean: np.ndarray, cells: Cells) -> np.ndarray:
    """Return phi of a shape (68, 2) in picture pixels: cells about its points, and a 1."""
    frame = compose(to_frame(), similarity(points, mean))
    return np.append(describe(grey, apply(frame, points), frame, cells), np.float32(1))


def step(grey: np.ndarray, points: np.ndarray, mean: np.ndarray, stage: Stage) -> np.ndarray:
    """Return the shape (68, 2) after one stage."""
    own = similarity(points, mean)
    move = features(grey, points, mean, stage.cells) @ stage.weights
    return apply(invert(own), apply(own, points) + move.reshape(-1, 2))


def descend(
    grey: np.ndarray, start: np.ndarray, mean: np.ndarray, stages: Sequence[Stage]
) -> np.ndarray:
    """Return the shape that the stages lead to from ``start`` (68, 2); NaN where they lead away."""
    points = start
    for stage in stages:
        if not (np.abs(points) < FARTHEST).all():
            return np.full_like(points, np.nan)
        points = step(grey, points, mean, stage)
    return points


@dataclass(eq=False)
class Descent:
    """Training: pictures, true shapes, and the shapes (n, starts, 68, 2) that are on their way."""

    pictures: Sequence[np.ndarray]
    true: np.ndarray
    shapes: np.ndarray
    mean: np.ndarray

    def learn(
        self,
        plan: Sequence[Cells],
        ridge: float,
        progress: Callable[[int, int], None] | None = None,
    ) -> list[Stage]:
        """Return one stage per entry of ``plan``; ``shapes`` end where the stages lead them."""
        stages = []
        for number, cells in enumerate(plan):
            stages.append(self._stage(cells, ridge))
            if progress is not None:
                progress(number + 1, len(plan))
        return stages

    def _stage(self, cells: Cells, ridge: float) -> Stage:
        rows, steps = self._rows(cells)
        size = rows.shape[1]
        gram = np.zeros((size, size), np.float32)
        right = np.zeros((size, steps.shape[1]), np.float32)
        for at in range(0, len(rows), CHUNK):
            part = rows[at : at + CHUNK]
            gram += part.T @ part
            right += part.T @ steps[at : at + CHUNK]
        # of the mean squared length of phi, so that the penalty is the same for any set
        penalty = ridge * float(np.trace(gram)) / size
        gram[np.diag_indices(size - 1)] += penalty  # the offset goes free
        gram[-1, -1] += 1e-6 * len(rows)
        weights = solve_positive(gram, right)
        weights = weights.astype(np.float16).astype(np.float32)  # as it is kept in files
        self._move(rows @ weights)
        return Stage(weights, cells)

    def _rows(self, cells: Cells) -> tuple[np.ndarray, np.ndarray]:
        """Return phi (n * starts, features) and the steps to the truth (n * starts, 136)."""
        rows, steps = [], []
        for grey, true, shapes in zip(self.pictures, self.true, self.shapes, strict=True):
            for points in shapes:
                own = similarity(points, self.mean)
                rows.append(features(grey, points, self.mean, cells))
                steps.append((apply(own, true) - apply(own, points)).ravel())
        return np.stack(rows), np.stack(steps).astype(np.float32)

    def _move(self, moves: np.ndarray) -> None:
        flat = self.shapes.reshape(-1, *self.shapes.shape[2:])
        for number, move in enumerate(moves):
            own = similarity(flat[number], self.mean)
            flat[number] = apply(invert(own), apply(own, flat[number]) + move.reshape(-1, 2))


def solve_positive(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the solution of a positive definite system; ``matrix`` is overwritten."""
    from scipy.linalg import cho_factor, cho_solve

    return cho_solve(cho_factor(matrix, overwrite_a=True, check_finite=False), right)


def perturbed(
    start: np.ndarray, count: int, rng: np.random.Generator, spread: tuple[float, float, float]
) -> np.ndarray:
    """Return ``start`` (68, 2), moved, turned and scaled at random, (count, 68, 2).

    ``spread``: standard deviations of the place (in eye distances), the turn (radians) and the
    logarithm of the scale.
    """
    middle = start.mean(axis=0)
    unit = float(np.hypot(*(start[45] - start[36]))) / 1.47  # an eye distance
    out = []
    for _ in range(count):
        shift = rng.normal(0, spread[0] * unit, 2)
        angle, scale = rng.normal(0, spread[1]), np.exp(rng.normal(0, spread[2]))
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        out.append((start - middle) @ turn.T + middle + shift)
    return np.stack(out)
