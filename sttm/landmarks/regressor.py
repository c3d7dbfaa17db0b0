"""The trainable shape regressor: learns from any pictures with 68 points, finds them in a crop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import InputError
from ..faces.geometry import apply, invert
from .base import Landmarks
from .cells import UNIT, Cells
from .descent import Descent, Stage, descend, perturbed
from .scheme import POINTS, mirrored
from .seeing import check_grey, see_eyes
from .shape import Plausible, mean_shape, normal_frame, plausible_shapes

# of starts in training: place (eye distances), turn (rad), log scale. Near: the eyes were seen.
NEAR = (0.05, 0.05, 0.05)
FAR = (0.16, 0.12, 0.12)
SIZES = (9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 4.0, 4.0)  # of cells, stage by stage, pixels of the frame
TURNS = 3  # a search from the usual place is begun anew from where it ended, so many times

Progress = Callable[[int, int], None]


class ShapeRegressor(Landmarks):
    """Supervised descent from a mean shape to the 68 points of a face in a crop.

    Parameters
    ----------
    stages : int
        Learned steps, 1 to 8.
    starts : int
        Start shapes per training picture and per mirror image.
    cells : int
        Cells along a side of the patch about each point.
    orientations : int
        Of gradients in a cell.
    ridge : float
        Penalty of the regression, as a share of the features' mean square.
    mirror : bool
        Learn from mirror images too.
    random_state : int
        Of the start shapes.

    Attributes
    ----------
    mean_ : ndarray (68, 2)
        Mean shape, its eyes 1 apart about (0, 0).
    stages_ : list of Stage
    plausible_ : Plausible
        What counts as a face.
    usual_ : ndarray (2, 3)
        Where the mean shape lies in a crop whose side is 1.
    about_ : dict
        What it was trained on, plain values.

    Notes
    -----
    Xiong, De la Torre 2013, DOI 10.1109/CVPR.2013.75. See ``descent``.
    """

    def __init__(
        self,
        *,
        stages: int = 5,
        starts: int = 6,
        cells: int = 3,
        orientations: int = 8,
        ridge: float = 0.3,
        mirror: bool = True,
        random_state: int = 0,
    ) -> None:
        self.stages = stages
        self.starts = starts
        self.cells = cells
        self.orientations = orientations
        self.ridge = ridge
        self.mirror = mirror
        self.random_state = random_state

    # training -----------------------------------------------------------------------------------

    def fit(
        self,
        pictures: Sequence[np.ndarray],
        points: Sequence[np.ndarray],
        about: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> ShapeRegressor:
        """Learn from grey crops (y, x) uint8 and their points (68, 2) in pixels of the crop.

        Raises
        ------
        InputError
            When there are fewer than 4 pictures, a picture or its points are not as they must be,
            or a setting is out of its range.
        """
        self._check()
        greys, true = _checked(pictures, points)
        self.usual_ = _usual(greys, true)
        if self.mirror:
            true = [*true, *(mirrored(p, g.shape[1]) for g, p in zip(greys, true, strict=True))]
            greys = [*greys, *(np.ascontiguousarray(g[:, ::-1]) for g in greys)]
        shapes = np.stack(true)
        self.mean_ = mean_shape(shapes)
        self.plausible_ = plausible_shapes(shapes, self.mean_)
        rng = np.random.default_rng(self.random_state)
        starts = np.stack([self._starts(p, rng) for p in true])
        plan = [Cells(self.cells, size, self.orientations) for size in SIZES[: self.stages]]
        descent = Descent(greys, shapes, starts, self.mean_)
        self.stages_ = descent.learn(plan, self.ridge, progress)
        self.about_ = dict(about or {})
        return self

    def _check(self) -> None:
        ranges = {"stages": (1, 8), "starts": (1, 100), "cells": (1, 6), "orientations": (2, 16)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise InputError(
                    f"{name} must be a whole number from {low} to {high}, not {value!r}."
                )
        if not self.ridge > 0:
            raise InputError(f"ridge must be a number above 0, not {self.ridge!r}.")

    def _starts(self, points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return start shapes for one picture: two of three as if the eyes had been seen."""
        placed = apply(invert(normal_frame(points)), self.mean_)
        far = self.starts // 3
        return np.concatenate(
            [
                perturbed(placed, self.starts - far, rng, NEAR),
                *([perturbed(placed, far, rng, FAR)] if far else []),
            ]
        )

    # finding ------------------------------------------------------------------------------------

    def find(self, grey: np.ndarray, eyes: np.ndarray | None = None) -> np.ndarray | None:
        """Return the points (68, 2) of the face in a crop (y, x) uint8, or None.

        Parameters
        ----------
        grey : ndarray (y, x) uint8
        eyes : ndarray (2, 2), optional
            The eyes in pixels of the crop; looked for when left away.
        """
        grey = check_grey(grey)
        if not grey.any() or int(grey.max()) == int(grey.min()):
            return None
        eyes = see_eyes(grey) if eyes is None else np.asarray(eyes, float)
        if eyes is not None and np.isfinite(eyes).all():
            found = self._descend(grey, _by_eyes(self.mean_, eyes))
            if found is not None:
                return found
        points = apply(_scaled(self.usual_, grey.shape), self.mean_)
        for _ in range(TURNS):
            end = descend(grey, points, self.mean_, self.stages_)
            if not np.isfinite(end).all():
                return None
            points = apply(invert(normal_frame(end)), self.mean_)
        return end if end in self.plausible_ and _inside(end, grey) else None

    def follow(self, grey: np.ndarray, before: np.ndarray) -> np.ndarray | None:
        """Return the points in a frame, begun where the face was in the frame before it, or None.

        The start is the mean shape, as in training: begun from the shape itself, the points of the
        real clips trembled three times as much.
        """
        return self._descend(check_grey(grey), apply(invert(normal_frame(before)), self.mean_))

    def _descend(self, grey: np.ndarray, start: np.ndarray) -> np.ndarray | None:
        found = descend(grey, start, self.mean_, self.stages_)
        return found if found in self.plausible_ and _inside(found, grey) else None

    # plain values -------------------------------------------------------------------------------

    def to_values(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return the fitted model as plain values and arrays."""
        settings = {name: getattr(self, name) for name in SETTINGS}
        head = {
            "settings": settings,
            "limit": self.plausible_.limit,
            "sizes": [stage.cells.size for stage in self.stages_],
            "about": self.about_,
        }
        arrays = {
            "mean": self.mean_,
            "usual": self.usual_,
            "modes": self.plausible_.modes.astype(np.float32),
            "deviations": self.plausible_.deviations,
        }
        stages = {f"stage{i}": s.weights.astype(np.float16) for i, s in enumerate(self.stages_)}
        return head, arrays | stages

    @classmethod
    def from_values(
        cls, head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
    ) -> ShapeRegressor:
        """Return the model of ``to_values``; what does not fit together is a ``ValueError``."""
        model = cls(**head["settings"])
        model._check()
        cells = [Cells(model.cells, float(size), model.orientations) for size in head["sizes"]]
        if len(cells) != model.stages:
            raise ValueError(f"it has {len(cells)} stages and states {model.stages}")
        if not all(1 <= cell.size <= UNIT for cell in cells):
            raise ValueError(f"its cells must be 1 to {UNIT:g} pixels wide, not {head['sizes']}")
        rows = POINTS * cells[0].length + 1
        shapes = {"mean": (POINTS, 2), "usual": (2, 3)}
        shapes |= {f"stage{i}": (rows, 2 * POINTS) for i in range(len(cells))}
        for name, shape in shapes.items():
            if arrays[name].shape != shape or not np.isfinite(arrays[name]).all():
                raise ValueError(f"its {name} must be {shape} finite numbers")
        modes, deviations = arrays["modes"], arrays["deviations"]
        if modes.shape != (len(deviations) - 1, 2 * POINTS) or not (deviations > 0).all():
            raise ValueError("its modes and their deviations do not fit")
        model.mean_, model.usual_ = (np.asarray(arrays[n], float) for n in ("mean", "usual"))
        model.plausible_ = Plausible(
            model.mean_, np.asarray(modes, float), np.asarray(deviations), float(head["limit"])
        )
        model.stages_ = [
            Stage(arrays[f"stage{i}"].astype(np.float32), c) for i, c in enumerate(cells)
        ]
        model.about_ = dict(head["about"])
        return model


SETTINGS = ("stages", "starts", "cells", "orientations", "ridge", "mirror", "random_state")


def _checked(
    pictures: Sequence[np.ndarray], points: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    greys = [check_grey(grey) for grey in pictures]
    true = [np.asarray(p, float) for p in points]
    if len(greys) != len(true) or len(greys) < 4:
        raise InputError(
            "a regressor learns from at least 4 pictures with points each; "
            f"{len(greys)} pictures and {len(true)} sets of points came."
        )
    for shape in true:
        if shape.shape != (POINTS, 2) or not np.isfinite(shape).all():
            raise InputError(f"points to learn from must be ({POINTS}, 2) finite numbers.")
    return greys, true


def _usual(greys: Sequence[np.ndarray], true: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean place of faces in their crops, as a transform to a crop whose side is 1."""
    placed = []
    for grey, points in zip(greys, true, strict=True):
        place = invert(normal_frame(points))
        height, width = grey.shape
        place[:, 2] = (place[:, 2] + 0.5) / (width, height)
        place[:, :2] /= width
        placed.append(place)
    return np.mean(placed, axis=0)


def _scaled(usual: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape
    out = usual * width
    out[:, 2] = usual[:, 2] * (width, height) - 0.5
    return out


def _by_eyes(mean: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """Return the mean shape with its eyes where they were seen."""
    half = eyes[1] - eyes[0]
    turn = np.array([[half[0], -half[1]], [half[1], half[0]]])
    return mean @ turn.T + eyes.mean(axis=0)


def _inside(points: np.ndarray, grey: np.ndarray) -> bool:
    """Return whether the middle of the face lies in the picture, and it is not tiny."""
    height, width = grey.shape
    x, y = points[17:].mean(axis=0)
    across = float(np.hypot(*(points[45] - points[36])))
    return bool(0 <= x < width and 0 <= y < height and 0.1 * width < across < 2 * width)
