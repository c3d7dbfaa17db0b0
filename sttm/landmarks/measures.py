"""Named measures of a face: distances, angles, areas and ratios from its 68 points.

All are taken in the face's own frame (eyes level, the middles of the eyes 1 apart), so that where
the face is, how large, and how it leans makes no difference. Distances are over the distance of
the eyes, areas over its square. Left and right are those of the picture; a measure of one side has
a mirrored partner on the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, unknown_name
from .scheme import MIRROR, PARTS, eye_middles

GROUPS = ("mouth", "eyes", "brows", "nose", "jaw")
DISTANCE = "in eye distances"
AREA = "in squared eye distances"
ANGLE = "in degrees"
RATIO = "ratio"

Take = Callable[[np.ndarray], np.ndarray]  # points (t, 68, 2) in the face's frame -> (t,)


@dataclass(frozen=True)
class Measure:
    """One measure.

    Parameters
    ----------
    name : str
        Such as ``mouth.width``; its group comes first.
    what : str
        What it is, for a data dictionary.
    unit : str
    numbers : tuple of int
        The points that it looks at.
    take : callable
        Points (t, 68, 2) in the face's own frame -> (t,).
    """

    name: str
    what: str
    unit: str
    numbers: tuple[int, ...]
    take: Take

    @property
    def group(self) -> str:
        """Return the group that the measure belongs to."""
        return self.name.partition(".")[0]


def own_frame(points: np.ndarray) -> np.ndarray:
    """Return points (t, 68, 2) with the eyes level and 1 apart about (0, 0), frame by frame."""
    eyes = eye_middles(points)  # (t, 2, 2)
    across = eyes[:, 1] - eyes[:, 0]
    size = (across**2).sum(axis=1)[:, None]
    p = points - eyes.mean(axis=1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (p[..., 0] * across[:, :1] + p[..., 1] * across[:, 1:]) / size
        y = (p[..., 1] * across[:, :1] - p[..., 0] * across[:, 1:]) / size
    return np.stack([x, y], axis=-1)


def _between(p: np.ndarray, a: int, b: int) -> np.ndarray:
    return np.linalg.norm(p[:, b] - p[:, a], axis=-1)


def _area(p: np.ndarray, ring: Sequence[int]) -> np.ndarray:
    """Return the area inside a ring of points, by the shoelace formula, never below 0."""
    x, y = p[:, list(ring), 0], p[:, list(ring), 1]
    after_x, after_y = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
    return np.abs((x * after_y - after_x * y).sum(axis=1)) / 2


def _corner(p: np.ndarray, at: int, a: int, b: int) -> np.ndarray:
    """Return the angle at a point between two others, degrees."""
    one, other = p[:, a] - p[:, at], p[:, b] - p[:, at]
    cross = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return np.degrees(np.arctan2(np.abs(cross), (one * other).sum(axis=1)))


def _rise(p: np.ndarray, inner: int, outer: int) -> np.ndarray:
    """Return how much a line rises from its inner to its outer end, degrees; up is positive."""
    out = p[:, outer] - p[:, inner]
    return np.degrees(np.arctan2(-out[:, 1], np.abs(out[:, 0])))


def _share(p: np.ndarray, part: Take, whole: Take) -> np.ndarray:
    """Return a quotient; 0 where the whole has no size."""
    top, bottom = part(p), whole(p)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 1e-9, top / bottom, np.where(np.isnan(bottom), np.nan, 0.0))


def distance(name: str, what: str, a: int, b: int) -> Measure:
    """Return the distance of two points as a measure."""
    return Measure(name, what, DISTANCE, (a, b), lambda p: _between(p, a, b))


def ring_area(name: str, what: str, ring: Sequence[int]) -> Measure:
    """Return the area of a ring of points as a measure."""
    return Measure(name, what, AREA, tuple(ring), lambda p: _area(p, ring))


def ratio(name: str, what: str, part: Measure, whole: Measure) -> Measure:
    """Return the quotient of two measures as a measure."""
    numbers = (*part.numbers, *whole.numbers)
    return Measure(name, what, RATIO, numbers, lambda p: _share(p, part.take, whole.take))


def _sides(make: Callable[[str, Callable[[int], int]], list[Measure]]) -> list[Measure]:
    """Return what ``make`` gives for the left side and, with mirrored points, for the right."""
    return [*make("left", lambda n: n), *make("right", lambda n: int(MIRROR[n]))]


def _mouth() -> list[Measure]:
    outer, inner = PARTS["outer lips"], PARTS["inner lips"]
    width = distance("mouth.width", "distance of the corners of the mouth", 48, 54)
    height = distance("mouth.height", "height of the mouth with its lips", 51, 57)
    opening = distance("mouth.opening", "opening between the lips", 62, 66)
    whole = ring_area("mouth.area", "area of the mouth with its lips", outer)
    gap = ring_area("mouth.inner-area", "area between the lips", inner)

    def side(name: str, at: Callable[[int], int]) -> list[Measure]:
        corner, top, low = at(48), at(50), at(58)
        lift = (62, 66, corner)
        return [
            Measure(
                f"mouth.{name}-corner-lift",
                f"height of the {name} corner of the mouth above its middle",
                DISTANCE,
                lift,
                lambda p: (p[:, 62, 1] + p[:, 66, 1]) / 2 - p[:, corner, 1],
            ),
            distance(
                f"mouth.{name}-corner-eye",
                f"distance of the {name} corner of the mouth from that eye's outer corner",
                corner,
                at(36),
            ),
            Measure(
                f"mouth.{name}-corner-angle",
                f"angle between the lips at the {name} corner of the mouth",
                ANGLE,
                (corner, top, low),
                lambda p: _corner(p, corner, top, low),
            ),
        ]

    return [
        width,
        height,
        opening,
        distance("mouth.upper-lip", "thickness of the upper lip", 51, 62),
        distance("mouth.lower-lip", "thickness of the lower lip", 66, 57),
        distance("mouth.nose", "distance of the upper lip from the nose", 33, 51),
        whole,
        gap,
        ratio("mouth.height-width", "height of the mouth over its width", height, width),
        ratio("mouth.opening-width", "opening of the lips over the mouth's width", opening, width),
        *_sides(side),
    ]


def _eyes() -> list[Measure]:
    def side(name: str, at: Callable[[int], int]) -> list[Measure]:
        a, b, c, d = at(37), at(41), at(38), at(40)
        opening = Measure(
            f"eyes.{name}-opening",
            f"opening of the {name} eye",
            DISTANCE,
            (a, b, c, d),
            lambda p: (_between(p, a, b) + _between(p, c, d)) / 2,
        )
        width = distance(f"eyes.{name}-width", f"width of the {name} eye", at(36), at(39))
        ring = [at(n) for n in PARTS["left eye"]]
        return [
            opening,
            width,
            ratio(
                f"eyes.{name}-opening-width",
                f"opening of the {name} eye over its width",
                opening,
                width,
            ),
            ring_area(f"eyes.{name}-area", f"area of the {name} eye", ring),
        ]

    return _sides(side)


def _brows() -> list[Measure]:
    def side(name: str, at: Callable[[int], int]) -> list[Measure]:
        outer, middle, inner = at(17), at(19), at(21)
        eye = tuple(at(n) for n in PARTS["left eye"])
        return [
            distance(f"brows.{name}-inner", f"{name} brow's inner end from the eye", inner, at(39)),
            distance(f"brows.{name}-outer", f"{name} brow's outer end from the eye", outer, at(36)),
            Measure(
                f"brows.{name}-middle",
                f"height of the {name} brow's middle above the eye",
                DISTANCE,
                (middle, *eye),
                lambda p: p[:, list(eye), 1].mean(axis=1) - p[:, middle, 1],
            ),
            Measure(
                f"brows.{name}-angle",
                f"rise of the {name} brow from its inner to its outer end",
                ANGLE,
                (inner, outer),
                lambda p: _rise(p, inner, outer),
            ),
            Measure(
                f"brows.{name}-arch",
                f"height of the {name} brow's middle above the middle of its ends",
                DISTANCE,
                (inner, middle, outer),
                lambda p: (p[:, inner, 1] + p[:, outer, 1]) / 2 - p[:, middle, 1],
            ),
            ring_area(
                f"brows.{name}-eye-area",
                f"area between the {name} brow and the corners of the eye",
                [outer, inner, at(39), at(36)],
            ),
        ]

    return [
        distance("brows.apart", "distance of the brows' inner ends from each other", 21, 22),
        *_sides(side),
    ]


def _nose() -> list[Measure]:
    length = distance("nose.length", "length of the nose", 27, 33)
    width = distance("nose.width", "width of the nose at its wings", 31, 35)

    def side(name: str, at: Callable[[int], int]) -> list[Measure]:
        what = f"distance of the {name} wing of the nose from the eye's inner corner"
        return [distance(f"nose.{name}-wing-eye", what, at(31), at(39))]

    return [
        length,
        width,
        distance("nose.ridge", "length of the ridge of the nose", 27, 30),
        ratio("nose.width-length", "width of the nose over its length", width, length),
        *_sides(side),
    ]


def _jaw() -> list[Measure]:
    drop = distance("jaw.drop", "distance of the chin from the base of the nose", 33, 8)
    width = distance("jaw.width", "width of the jaw at the height of the mouth", 4, 12)
    return [
        drop,
        width,
        distance("jaw.lip", "distance of the chin from the lower lip", 57, 8),
        distance("jaw.height", "distance of the chin from the root of the nose", 27, 8),
        ratio("jaw.drop-width", "drop of the jaw over its width", drop, width),
    ]


MEASURES: tuple[Measure, ...] = (*_mouth(), *_eyes(), *_brows(), *_nose(), *_jaw())


def measures_of(groups: Iterable[str]) -> list[Measure]:
    """Return the measures of some groups, in the order of ``MEASURES``.

    Raises
    ------
    InputError
        For an unknown group, or none.
    """
    wanted = [groups] if isinstance(groups, str) else list(groups)
    for name in wanted:
        if name not in GROUPS:
            raise InputError(unknown_name("group of measures", name, GROUPS))
    if not wanted:
        raise InputError(f"name at least one group of measures: {', '.join(GROUPS)}.")
    return [measure for measure in MEASURES if measure.group in wanted]


def needed_points(measures: Iterable[Measure]) -> list[int]:
    """Return the numbers of the points that measures look at, the eyes among them, rising."""
    numbers = {n for measure in measures for n in measure.numbers}
    return sorted(numbers | set(PARTS["left eye"]) | set(PARTS["right eye"]))


def take_measures(points: np.ndarray, measures: Sequence[Measure]) -> np.ndarray:
    """Return the measures of every frame, points (t, 68, 2) -> (t, measures)."""
    own = own_frame(np.asarray(points, float))
    return np.stack([measure.take(own) for measure in measures], axis=1)
