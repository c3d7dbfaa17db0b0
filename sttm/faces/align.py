"""From the sights of a track to one transform per frame: smoothed, interpolated, eyes level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .eyes import agreeing
from .follow import Track
from .geometry import (
    box_transform,
    canonical_pose,
    eye_targets,
    eyes_of,
    pose_of,
    pose_transform,
)
from .settings import FaceSettings

ENOUGH = 0.25  # share of the sights in which eyes must be found, or their usual place is taken


@dataclass(frozen=True, slots=True)
class Alignment:
    """Per frame: ``boxes`` (t, 4), ``eyes`` (t, 2, 2) or NaN, ``transform`` (t, 2, 3)."""

    boxes: np.ndarray
    eyes: np.ndarray
    transform: np.ndarray
    eyes_found: bool


def align(track: Track, count: int, settings: FaceSettings) -> Alignment:
    """Return the boxes, eyes and transforms of a track on ``count`` frames."""
    frames, boxes = np.array(track.frames), np.array(track.boxes)
    eyes = np.array(track.eyes)
    poses, found = key_poses(boxes, eyes)
    if settings.align == "eyes":
        targets = eye_targets(
            settings.size, settings.eye_distance, settings.eye_height, settings.margin
        )
        wanted = steady(poses, found, frames, count, settings.crop)
        transform = repeated(wanted, lambda pose: pose_transform(pose, targets))
    else:
        wanted = steady(squares(boxes), np.ones(len(boxes), bool), frames, count, settings.crop)
        transform = repeated(wanted, lambda b: box_transform(b, settings.size, settings.margin))
    if found.any():
        seen = np.stack([eyes_of(p) for p in between(poses[found], frames[found], count)])
    else:
        seen = np.full((count, 2, 2), np.nan)
    return Alignment(between(boxes, frames, count), seen, transform, bool(found.any()))


def repeated(values: np.ndarray, make: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Return one transform per row of values (t, 4), made once where all rows are the same."""
    if (values == values[0]).all():
        return np.tile(make(values[0]), (len(values), 1, 1))
    return np.stack([make(value) for value in values])


def key_poses(boxes: np.ndarray, eyes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pose of every sight (n, 4), and where it comes from eyes that were found (n,).

    A sight without eyes takes the median place of the other sights' eyes in its box, or the usual
    place of eyes in a Viola-Jones box when too few were found.
    """
    found = agreeing(eyes, boxes)
    if found.sum() < ENOUGH * len(found):
        found = np.zeros(len(found), bool)
    usual = np.stack([canonical_pose(box) for box in boxes])
    own = np.stack([pose_of(pair) for pair in eyes]) if len(eyes) else usual
    if not found.any():
        return usual, found
    unit = np.stack([boxes[:, 2], boxes[:, 2], np.ones(len(boxes)), np.ones(len(boxes))], axis=1)
    habit = np.median(((own - usual) / unit)[found], axis=0)
    return np.where(found[:, None], own, usual + habit * unit), found


def squares(boxes: np.ndarray) -> np.ndarray:
    """Return the square about each box (n, 4), its side the box's longer one."""
    side = boxes[:, 2:].max(axis=1, keepdims=True)
    return np.hstack([boxes[:, :2] + (boxes[:, 2:] - side) / 2, side, side])


def steady(
    values: np.ndarray, sure: np.ndarray, frames: np.ndarray, count: int, crop: str
) -> np.ndarray:
    """Return values of key frames (n, 4) for every frame (count, 4).

    "stable": their median, over the sure ones if there are any. "moving": the median of three
    neighbours, then their weighted mean (1, 2, 1), then straight lines between key frames.
    """
    if crop == "stable":
        return np.tile(np.median(values[sure] if sure.any() else values, axis=0), (count, 1))
    return between(smooth(values), frames, count)


def smooth(values: np.ndarray) -> np.ndarray:
    """Return values (n, k) without single jumps: median of three, then weights 1, 2, 1.

    >>> smooth(np.array([[0.0], [0], [9], [0], [0]])).ravel().tolist()
    [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    if len(values) < 3:
        return values
    ends = np.concatenate([values[:1], values, values[-1:]])
    middle = np.median(np.stack([ends[:-2], ends[1:-1], ends[2:]]), axis=0)
    # at an end the straight line through the neighbours goes on, so that a steady drift is kept
    first, last = 2 * middle[:1] - middle[1:2], 2 * middle[-1:] - middle[-2:-1]
    ends = np.concatenate([first, middle, last])
    return (ends[:-2] + 2 * ends[1:-1] + ends[2:]) / 4


def between(values: np.ndarray, frames: np.ndarray, count: int) -> np.ndarray:
    """Return values (n, k) of key frames for all frames (count, k), linear, constant outside."""
    at = np.arange(count)
    return np.stack([np.interp(at, frames, column) for column in values.T], axis=1)
