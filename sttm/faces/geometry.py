"""Similarity transforms from source pixels to crop pixels.

Coordinates are (x, y). Whole numbers are the centres of pixels, as in ``cv2.warpAffine``: pixel 0
covers -0.5 to 0.5. A box (x, y, w, h) names edges: it covers pixels x to x + w - 1, so its middle
is at x + w / 2 - 0.5. A transform is a matrix (2, 3) that takes a source point to a crop point.

A *pose* is (x, y, log distance, angle): the middle of the two eyes, the log of their distance and
the angle of their line (radians, y downwards). Poses can be averaged; pairs of points can not.
"""

from __future__ import annotations

import numpy as np

# Where the eyes are in a Viola-Jones box, as shares of its width and height: the pupils of the
# seven real clips, picked by hand in frame 0, lie at x .32 and .67 (each within .01), y .36 - .41.
CANONICAL_DISTANCE = 0.35
CANONICAL_MIDDLE = (0.498, 0.39)


def apply(transform: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return points (..., 2) taken through a transform (2, 3)."""
    return points @ transform[:, :2].T + transform[:, 2]


def invert(transform: np.ndarray) -> np.ndarray:
    """Return the inverse of a transform (2, 3).

    >>> invert(np.array([[2.0, 0, 4], [0, 2, 6]])).tolist()
    [[0.5, 0.0, -2.0], [0.0, 0.5, -3.0]]
    """
    linear = np.linalg.inv(transform[:, :2])
    return np.column_stack([linear, -linear @ transform[:, 2]]) + 0.0


def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Return the transform that applies ``inner`` first, ``outer`` second."""
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def scale_of(transform: np.ndarray) -> float:
    """Return how many crop pixels a source pixel becomes."""
    return float(np.hypot(transform[0, 0], transform[1, 0]))


def pose_of(eyes: np.ndarray) -> np.ndarray:
    """Return the pose (4,) of two eye points (2, 2), the eye on the picture's left first."""
    across = eyes[1] - eyes[0]
    return np.array(
        [*eyes.mean(axis=0), np.log(np.hypot(*across)), np.arctan2(across[1], across[0])]
    )


def eyes_of(pose: np.ndarray) -> np.ndarray:
    """Return the two eye points (2, 2) of a pose (4,): the inverse of ``pose_of``."""
    half = np.exp(pose[2]) / 2 * np.array([np.cos(pose[3]), np.sin(pose[3])])
    return np.stack([pose[:2] - half, pose[:2] + half])


def canonical_pose(box: np.ndarray) -> np.ndarray:
    """Return the usual pose of the eyes in a Viola-Jones box (x, y, w, h): level, measured."""
    x, y, w, h = box
    across, down = CANONICAL_MIDDLE
    return np.array([x + across * w - 0.5, y + down * h - 0.5, np.log(CANONICAL_DISTANCE * w), 0.0])


def eye_targets(size: int, distance: float, height: float, margin: float) -> np.ndarray:
    """Return where the eyes belong in the crop, (2, 2) crop pixels.

    ``distance`` and ``height`` are shares of the crop at margin 0; a margin grows the window
    about its middle.

    >>> eye_targets(100, 0.46, 0.34, 0.0).round(6).tolist()
    [[26.5, 33.5], [72.5, 33.5]]
    """
    grown = 1 + 2 * margin
    half = distance / grown / 2
    down = 0.5 + (height - 0.5) / grown
    return np.array([[0.5 - half, down], [0.5 + half, down]]) * size - 0.5


def pose_transform(pose: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the similarity that takes the eyes of a pose to ``targets`` (2, 2), level ones."""
    scale = (targets[1, 0] - targets[0, 0]) / np.exp(pose[2])
    cos, sin = scale * np.cos(pose[3]), scale * np.sin(pose[3])
    turn = np.array([[cos, sin], [-sin, cos]])
    return np.column_stack([turn, targets.mean(axis=0) - turn @ pose[:2]])


def box_transform(box: np.ndarray, size: int, margin: float) -> np.ndarray:
    """Return the transform of an upright square about a box (x, y, w, h) to the crop.

    >>> box_transform(np.array([10.0, 20, 40, 40]), 20, 0.0).tolist()
    [[0.5, 0.0, -5.25], [0.0, 0.5, -10.25]]
    """
    x, y, w, h = box
    scale = size / (max(w, h) * (1 + 2 * margin))
    middle = np.array([x + w / 2 - 0.5, y + h / 2 - 0.5])
    return np.column_stack([np.eye(2) * scale, (size - 1) / 2 - scale * middle])


def rotation(angle: float) -> np.ndarray:
    """Return the matrix (2, 2) that turns by ``angle`` from x towards y."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def window(transform: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the upright source rectangle that the crop needs: (x0, y0, x1, y1), pixel edges."""
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) - 0.5
    points = apply(invert(transform), corners) + 0.5
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
