"""Eyes inside a face box, by Haar cascades that look at both eyes in the same way.

A cascade trained on one side is biased: its hit lies a little outwards of the pupil, the other
side's a little inwards, and the eye line comes out tilted and too short or long. So each cascade
sees one half of the face as it is and the other half mirrored, and what remains of the bias,
now the same on both sides, is taken off by two measured constants.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .finders import hits
from .geometry import apply, invert, pose_of, rotation
from .sampling import cut

WIDTH = 96  # pixels across the face box while eyes are searched
TOP, BOTTOM = 0.15, 0.62  # the part of the box, from its top, where eyes can be
HALF = 0.56  # each half reaches a little over the middle
STEP = 1.07  # between eye sizes; 1.15 costs half as much and doubles the jitter (see below)
WINDOWS = (0.2, 0.36)  # of an eye, as shares of the box
NEARLY = 1.2  # how much smaller or larger than before the window of an eye that is followed may be
SPREAD = 0.05  # how far the hits of one eye lie apart, as a share of the box
LEAST = 3  # hits that make an eye

# plausible eyes, as shares of the box
DISTANCE = (0.25, 0.6)
HEIGHT = (0.22, 0.56)
ANGLE = np.deg2rad(25)
SWING = np.deg2rad(8)  # most that a head leans further between two frames that are searched
LEANING = np.deg2rad(5)  # a head that leans less is searched upright


@dataclass(frozen=True, slots=True)
class EyeCascade:
    """A cascade, the side of the picture that it sees as it is, and its bias as box shares."""

    file: str
    side: int  # 0: the eye on the picture's left, 1: on its right
    outwards: float
    upwards: float


# Measured on the seven real clips, pupils of frame 0 picked by hand. Of 63 frames "eye" finds 97 %
# of the eyes; "lefteye_2splits" as many at under half the cost, but its window takes in the brow,
# which moves with the expression; "eye_tree_eyeglasses" 92 % at nearly twice the cost. When the box
# moves by 3 % and grows by 6 %, the corners of the crop move by 1.4 pixels of 128 (rms); by 2.7
# with grouped hits and steps of 1.15.
EYE_CASCADES = (
    EyeCascade("haarcascade_eye.xml", 0, 0.006, 0.005),
    EyeCascade("haarcascade_lefteye_2splits.xml", 1, 0.012, 0.031),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """Two eyes (2, 2) in source pixels, and how they were seen.

    ``cascade`` is the number of the cascade that saw them, ``windows`` the smallest and largest
    window in which it did, as shares of the box's width.
    """

    eyes: np.ndarray
    cascade: int
    windows: tuple[float, float]


def find_eyes(raw: np.ndarray, box: np.ndarray, tilt: float = 0.0) -> np.ndarray | None:
    """Return the eyes in a face box (x, y, w, h), (2, 2) source pixels, or None.

    The eye on the picture's left comes first. None means that no cascade gave two eyes that are
    plausible: 0.25 to 0.6 of the box apart, tilted by less than 25 degrees, in the upper half.

    Parameters
    ----------
    raw : ndarray (y, x) or (y, x, 3) uint8
        A frame.
    box : ndarray (4,)
        The face.
    tilt : float
        How far the head is known to lean, radians; the box is taken as turned about its middle.
    """
    seen = look_for_eyes(raw, box, tilt)
    return None if seen is None else seen.eyes


def look_for_eyes(
    raw: np.ndarray, box: np.ndarray, tilt: float = 0.0, before: Seen | None = None
) -> Seen | None:
    """Return what ``find_eyes`` returns, and how they were seen.

    Where ``before`` says how the same eyes were seen, its cascade looks for windows near those
    only, which costs half as much.
    """
    side, height = box[2], box[3]
    scale = WIDTH / side
    middle = box[:2] + box[2:] / 2 - 0.5
    turn = rotation(-tilt) * scale
    # the middle of the box comes to (WIDTH / 2, height / 2 - TOP * height) of the strip, edges
    target = np.array([WIDTH / 2, (0.5 - TOP) * height * scale]) - 0.5
    transform = np.column_stack([turn, target - turn @ middle])
    strip = cut(raw, transform, WIDTH, max(1, round((BOTTOM - TOP) * height * scale)))
    level = np.array([0.0, 0.0, WIDTH, height * scale])  # the box, in pixels of the strip
    sides: list[tuple[np.ndarray, float] | None] = [None, None]
    for number, cascade in enumerate(EYE_CASCADES):
        windows = WINDOWS
        if before is not None and before.cascade == number:
            windows = (before.windows[0] / NEARLY, before.windows[1] * NEARLY)
        for i in (0, 1):
            if sides[i] is None:
                sides[i] = _eye(strip, cascade, i, windows)
        left, right = sides
        if left is None or right is None:
            continue
        eyes = np.stack([left[0], right[0]]) - 0.5
        if plausible(eyes + np.array([0.0, TOP * level[3]]), level):
            widths = sorted((left[1], right[1]))
            return Seen(apply(invert(transform), eyes), number, (widths[0], widths[1]))
        sides = [None, None]
    return None


def follow_eyes(
    raw: np.ndarray,
    last: np.ndarray,
    last_box: np.ndarray,
    anchor: tuple[np.ndarray, np.ndarray],
    before: Seen | None = None,
) -> tuple[Seen, np.ndarray] | None:
    """Return the eyes and the box that moved with them, or None when they are not sure.

    Where the eyes are seen again, nearly as they were, no search for the face is needed.

    Parameters
    ----------
    raw : ndarray (y, x) or (y, x, 3) uint8
        A frame.
    last : ndarray (4,)
        The eyes' pose when they were last seen, with the face in ``last_box``.
    anchor : (ndarray (4,), ndarray (4,))
        Pose and box when the face was last searched for.
    before : Seen, optional
        How the eyes were last followed.
    """
    seen = look_for_eyes(raw, last_box, last[3] if abs(last[3]) > LEANING else 0.0, before)
    if seen is None:
        return None
    pose, (start, box) = pose_of(seen.eyes), anchor
    moved = np.hypot(*(pose[:2] - last[:2])) / last_box[2]
    if moved > 0.12 or abs(pose[2] - start[2]) > 0.12 or abs(pose[3] - last[3]) > SWING:
        return None
    arm = rotation(pose[3] - start[3]) @ (box[:2] + box[2:] / 2 - start[:2])
    return seen, np.concatenate([pose[:2] + arm - box[2:] / 2, box[2:]])


def _eye(
    strip: np.ndarray, cascade: EyeCascade, side: int, windows: tuple[float, float]
) -> tuple[np.ndarray, float] | None:
    """Return the middle of one eye in a strip, edge coordinates, and the window's share; or None.

    ``windows`` are the smallest and the largest window that are tried, as shares of the box.
    """
    reach = round(HALF * WIDTH)
    half = strip[:, :reach] if side == 0 else strip[:, WIDTH - reach :]
    mirrored = side != cascade.side
    looked = half[:, ::-1] if mirrored else half
    boxes, _ = hits(cascade.file, looked, 0, windows[0] * WIDTH, windows[1] * WIDTH, STEP)
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    middle = thickest(middles, SPREAD * WIDTH)
    if middle is None:
        return None
    near = np.hypot(*(middles - middle).T) < 2 * SPREAD * WIDTH
    window = float(np.median(boxes[near, 2])) / WIDTH
    across, down = middle
    if mirrored:
        across = reach - across
    across += 0 if side == 0 else WIDTH - reach
    outwards = cascade.outwards * WIDTH * (-1 if side == 0 else 1)
    return np.array([across - outwards, down + cascade.upwards * WIDTH]), window


def thickest(points: np.ndarray, spread: float) -> np.ndarray | None:
    """Return where points (n, 2) lie thickest, to a fraction of a pixel; None below ``LEAST``.

    Single hits of a cascade stand on a grid of whole pixels; their mean does not. A few steps of
    mean shift from the point with most neighbours (Comaniciu, Meer 2002).
    """
    if len(points) < LEAST:
        return None
    apart = ((points[:, None] - points[None]) ** 2).sum(axis=-1)
    middle = points[np.argmax(np.exp(-apart / (2 * spread**2)).sum(axis=1))]
    for _ in range(4):
        weight = np.exp(-((points - middle) ** 2).sum(axis=1) / (2 * spread**2))
        middle = weight @ points / weight.sum()
    return middle if weight.sum() >= LEAST else None


def plausible(eyes: np.ndarray, box: np.ndarray) -> bool:
    """Return whether two points (2, 2) can be the eyes of a face box (x, y, w, h)."""
    x, y, w, h = box
    pose = pose_of(eyes)
    across, down = (pose[0] + 0.5 - x) / w, (pose[1] + 0.5 - y) / h
    return bool(
        DISTANCE[0] <= np.exp(pose[2]) / w <= DISTANCE[1]
        and HEIGHT[0] <= down <= HEIGHT[1]
        and 0.3 <= across <= 0.7
        and abs(pose[3]) <= ANGLE
    )


def agreeing(eyes: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return which of several frames' eyes agree with most, (n,) bool.

    ``eyes`` (n, 2, 2), NaN where none were found; ``boxes`` (n, 4). Seen from the box's middle
    and upright, an eye may be 0.08 of the box's width away from the median; a head may lean.
    Nothing is judged below three frames.
    """
    found = np.isfinite(eyes).all(axis=(1, 2))
    if found.sum() < 3:
        return found
    upright = []
    for pair, (x, y, w, h) in zip(eyes[found], boxes[found], strict=True):
        arms = pair - np.array([x + w / 2, y + h / 2]) + 0.5
        upright.append(arms @ rotation(pose_of(pair)[3]) / w)  # row vectors: turns back
    off = np.abs(upright - np.median(upright, axis=0)).max(axis=(1, 2))
    found[found] = off <= 0.08
    return found
