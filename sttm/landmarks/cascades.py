"""The classical back end: eyes by cascades, the rest by dark lines and edges, both sides alike.

Nothing is learned. The eyes (``sttm/faces/eyes.py``) give the face's own frame, in which a mean
face lies about right. Then each part is moved to what the picture shows near it: a brow is a dark
ridge, a closed mouth a dark line, nostrils a pair of dark spots, lids and lips are edges. A part
that shows nothing is NaN, as the jaw always is: its edge is too faint and too often hair.

Vertical profiles through the frame carry all of it. ``docs/accuracy.md`` states the errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import maximum_filter1d

from ..faces.geometry import apply, compose, invert
from .base import Landmarks
from .cells import UNIT, framed, to_frame
from .scheme import PARTS, REST
from .seeing import check_grey, see_eyes
from .shape import similarity

STEP = 1.0 / UNIT  # eye distances per pixel of the frame
BROW_THICK = 0.09  # eye distances
LINE_THICK = 0.06  # of the dark line between the lips
BROW_REACH, MOUTH_REACH, NOSE_REACH = 0.16, 0.28, 0.14  # how far a part is looked for, at most
ALONE = 0.06  # how much further one brow may go than both together
CLEAR = 2.0  # grey levels by which a ridge must be darker than what lies about it
FAINT = 0.35  # of the mouth's line at its middle: where it is fainter, the mouth has ended
WIDEST, NARROWEST = 0.62, 0.18  # half a mouth
LIPS = (0.09, 0.13)  # thickness of the upper and the lower lip, eye distances
SAME = 0.04  # corners of the mouth that differ more in height are drawn together


class Cascades(Landmarks):
    """Points by Haar cascades for the eyes, ridges and edges for the rest; no weights, no jaw."""

    def find(self, grey: np.ndarray, eyes: np.ndarray | None = None) -> np.ndarray | None:
        """Return the points (68, 2) of a crop (y, x) uint8, NaN where they cannot be told, or None.

        None means that the eyes were not seen. The jaw is always NaN.
        """
        grey = check_grey(grey)
        eyes = see_eyes(grey) if eyes is None else np.asarray(eyes, float)
        if eyes is None or not np.isfinite(eyes).all():
            return None
        own = similarity(eyes, np.array([[-0.5, 0.0], [0.5, 0.0]]))
        sheet = Sheet.of(grey, own)
        points = REST.copy()
        points[list(PARTS["jaw"])] = np.nan
        _place_brows(points, sheet)
        _place_eyes(points, sheet)
        _place_nose(points, sheet)
        _place_mouth(points, sheet)
        found = apply(invert(own), points)
        height, width = grey.shape
        outside = (found < -0.5).any(axis=1) | (found > (width - 0.5, height - 0.5)).any(axis=1)
        found[outside] = np.nan
        return found


@dataclass(frozen=True, eq=False)
class Sheet:
    """The face in its own frame, ``grey`` (y, x) float32.

    Coordinates are eye distances from the middle between the eyes.
    """

    grey: np.ndarray

    @classmethod
    def of(cls, grey: np.ndarray, own: np.ndarray) -> Sheet:
        """Return the sheet of a crop; ``own`` (2, 3) takes its pixels to eye distances."""
        frame = compose(to_frame(), own)
        return cls(cv2.GaussianBlur(framed(grey, frame), (0, 0), 0.8))

    def profile(self, x: float, half: float, ys: np.ndarray) -> np.ndarray:
        """Return the grey level at heights ``ys``, averaged over ``x - half .. x + half``."""
        across = np.arange(x - half, x + half + STEP / 2, STEP)
        at_x, at_y = np.meshgrid(across, ys)
        pixels = apply(to_frame(), np.stack([at_x, at_y], axis=-1)).astype(np.float32)
        values = cv2.remap(
            self.grey, pixels[..., 0], pixels[..., 1], cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(values).mean(axis=1)

    def ridge(self, x: float, half: float, ys: np.ndarray, thick: float) -> np.ndarray:
        """Return by how much each height is darker than what lies ``thick`` above and below."""
        own, above, below = (self.profile(x, half, ys + d) for d in (0.0, -thick, thick))
        return np.minimum(above, below) - own

    def edge(self, x: float, half: float, expected: float, reach: float, rise: float) -> float:
        """Return the height near ``expected`` of the steepest edge (``rise`` 1: brighter below)."""
        ys = np.arange(expected - 2 * reach, expected + 2 * reach, STEP / 2)
        slope = np.gradient(self.profile(x, half, ys)) * rise
        worth = np.maximum(slope, 0) * np.exp(-0.5 * ((ys - expected) / reach) ** 2)
        return float(ys[int(np.argmax(worth))]) if worth.max() > 0 else expected


def _best(ys: np.ndarray, worth: np.ndarray, spread: float) -> tuple[int, float]:
    """Return the place of the largest worth, farther ones counting less, and the worth there."""
    weighted = worth * np.exp(-0.5 * (ys / spread) ** 2)
    best = int(np.argmax(weighted))
    return best, float(worth[best])


def _place_brows(points: np.ndarray, sheet: Sheet) -> None:
    """Move the brows up or down: both together first, then each, then each point, in place."""
    moves = np.arange(-BROW_REACH, BROW_REACH + STEP / 2, STEP / 2)
    sides = [list(PARTS["left brow"]), list(PARTS["right brow"])]
    worth = np.stack(
        [
            [sheet.ridge(x, 0.04, y + moves, BROW_THICK) for x, y in points[numbers]]
            for numbers in sides
        ]
    )  # (sides, points, moves)
    slack = 2 * round(ALONE / STEP) + 1  # a brow slants: each of its points may lie off a little
    loose = maximum_filter1d(worth, slack, axis=-1, mode="nearest")
    together, _ = _best(moves, loose.mean(axis=(0, 1)), BROW_REACH)
    for numbers, own, near in zip(sides, worth, loose, strict=True):
        allowed = np.abs(moves - moves[together]) <= ALONE
        best = int(np.argmax(np.where(allowed, near.mean(axis=0), -np.inf)))
        if near[:, best].mean() < CLEAR:
            points[numbers] = np.nan
            continue
        for number, each in zip(numbers, own, strict=True):
            close = np.abs(moves - moves[best]) <= ALONE
            points[number, 1] += moves[int(np.argmax(np.where(close, each, -np.inf)))]


def _place_eyes(points: np.ndarray, sheet: Sheet) -> None:
    """Move the lids to the edges of what is dark between them, in place."""
    for name in ("left eye", "right eye"):
        _, a, b, _, c, d = PARTS[name]
        for number in (a, b):
            points[number, 1] = sheet.edge(*_around(points[number]), 0.035, rise=-1.0)
        for number in (d, c):
            points[number, 1] = sheet.edge(*_around(points[number]), 0.035, rise=1.0)


def _around(point: np.ndarray) -> tuple[float, float, float]:
    return float(point[0]), 0.04, float(point[1])


def _place_nose(points: np.ndarray, sheet: Sheet) -> None:
    """Move the nose to its nostrils: a pair of dark spots, one height for both, in place."""
    moves = np.arange(-NOSE_REACH, NOSE_REACH + STEP / 2, STEP / 2)
    heights = points[32, 1] + moves
    left, right = (sheet.ridge(points[n, 0], 0.04, heights, 0.07) for n in (32, 34))
    best, worth = _best(moves, np.minimum(left, right), NOSE_REACH)
    base = list(range(31, 36))
    if worth < CLEAR:
        points[base] = np.nan
        points[30] = np.nan
        return
    move = moves[best] + 0.02  # the base lies below the nostrils
    points[base, 1] += move
    points[28:31, 1] += move * np.array([1 / 3, 2 / 3, 1])


def _place_mouth(points: np.ndarray, sheet: Sheet) -> None:
    """Follow the dark line between the lips, and find the edges of the lips about it, in place."""
    mouth = [*PARTS["outer lips"], *PARTS["inner lips"]]
    rest = points[mouth].copy()
    moves = np.arange(-MOUTH_REACH, MOUTH_REACH + STEP / 2, STEP / 2)
    heights = rest[0, 1] + moves
    columns = (-0.15, -0.05, 0.05, 0.15)
    worth = np.mean([sheet.ridge(x, 0.05, heights, LINE_THICK) for x in columns], axis=0)
    best, dark = _best(moves, worth, MOUTH_REACH)
    if dark < CLEAR:
        points[mouth] = np.nan
        return
    middle = float(heights[best])
    left, right = (_corner(sheet, middle, dark, side) for side in (-1, 1))
    half = float(np.clip((right[0] - left[0]) / 2, NARROWEST, WIDEST))
    centre = float(np.clip((right[0] + left[0]) / 2, -0.08, 0.08))
    lift = np.array([left[1], right[1]]) - middle
    if abs(lift[1] - lift[0]) > SAME:
        lift[:] = lift.mean()
    points[mouth] = _lips(rest, sheet, middle, centre, half, lift)


def _corner(sheet: Sheet, middle: float, dark: float, side: int) -> tuple[float, float]:
    """Return where the dark line ends on one side, (x, y): it is followed column by column."""
    y, x = middle, 0.0
    while abs(x) < WIDEST:
        ahead = x + side * 2 * STEP
        heights = y + np.arange(-1.5, 1.6, 0.5) * STEP
        ridge = sheet.ridge(ahead, STEP, heights, LINE_THICK)
        best = int(np.argmax(ridge))
        if ridge[best] < FAINT * dark and abs(ahead) > NARROWEST:
            break
        x, y = ahead, float(heights[best])
    return x, y


def _lips(
    rest: np.ndarray, sheet: Sheet, middle: float, centre: float, half: float, lift: np.ndarray
) -> np.ndarray:
    """Return the 20 points of the mouth about its line, (20, 2)."""
    out = rest.copy()
    across = rest[:, 0] / rest[6, 0]  # -1 at the left corner, 1 at the right
    out[:, 0] = centre + half * across
    sides = np.where(across < 0, lift[0], lift[1])
    line = middle + sides * np.abs(across) ** 1.8
    upper = sheet.edge(centre, 0.08, middle - LIPS[0], 0.03, rise=-1.0)
    lower = sheet.edge(centre, 0.08, middle + LIPS[1], 0.04, rise=1.0)
    inner = _gap(sheet, centre, middle, upper, lower)
    shape = (rest[:, 1] - rest[0, 1]) / np.abs(rest[[3, 9], 1] - rest[0, 1]).max()
    thick = np.where(shape < 0, (middle - upper) / max(-shape[3], 1e-6), lower - middle)
    out[:12, 1] = line[:12] + (shape * thick)[:12]
    bow = np.clip(1 - across[12:] ** 2, 0, None)
    edges = np.array([0, -1, -1, -1, 0, 1, 1, 1])
    out[12:, 1] = line[12:] + np.where(edges < 0, inner[0], inner[1]) * np.abs(edges) * bow
    return out


def _gap(
    sheet: Sheet, centre: float, middle: float, upper: float, lower: float
) -> tuple[float, float]:
    """Return how far the dark between the lips reaches above and below its line."""
    ys = np.arange(upper, lower, STEP / 2)
    profile = sheet.profile(centre, 0.06, ys)
    dark = profile < profile.min() + 0.35 * (profile.max() - profile.min())
    start = int(np.argmin(np.abs(ys - middle)))
    low = high = start
    while low > 0 and dark[low - 1]:
        low -= 1
    while high < len(ys) - 1 and dark[high + 1]:
        high += 1
    thin = LINE_THICK / 2  # a closed mouth has a line of this half thickness
    return min(0.0, ys[low] - middle + thin), max(0.0, ys[high] - middle - thin)
