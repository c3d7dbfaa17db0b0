"""Drawn faces with points, and a small regressor trained on them, once per test process."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np

from experiments.landmarks import PointSet, draw_points, find_points, train, training_crops
from sttm.landmarks.regressor import ShapeRegressor

SUBJECTS = 3
QUICK = {"stages": 2, "starts": 3, "cells": 2, "orientations": 4}


@functools.cache
def _place() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="points-")


@functools.cache
def drawn_points() -> PointSet:
    """Return 3 drawn subjects of 20 pictures or so each, with points."""
    folder = Path(_place().name) / "drawn"
    draw_points(folder, SUBJECTS, seed=4, size=128)
    return find_points(folder)


@functools.cache
def small_regressor() -> ShapeRegressor:
    """Return a regressor of two stages, trained on the first two subjects."""
    points = drawn_points()
    return train(points.of(points.owners[:2]), 0, **QUICK)[0]


@functools.cache
def small_model() -> Path:
    """Return the file of ``small_regressor``."""
    from sttm.landmarks.saved import save_regressor

    return save_regressor(small_regressor(), Path(_place().name) / "small.sttm-points")


@functools.cache
def unseen_crops() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return crops (y, x) of the third subject, with their points."""
    points = drawn_points()
    greys, shapes, _ = training_crops(points.of(points.owners[2:]), 0)
    return list(zip(greys, shapes, strict=True))


def unseen_crop() -> tuple[np.ndarray, np.ndarray]:
    """Return the first of them."""
    return unseen_crops()[0]
