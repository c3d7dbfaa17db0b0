"""The frames of the overlay video: the whole picture, face box, eyes, and the map on the face.

The map belongs to the frames that the descriptor looks at (after resampling in time); for a source
frame between two of them it is interpolated linearly. Only change (H above 0) is laid over the
picture, and only inside the crop's quadrilateral; every other pixel is that of the source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from ..faces import FaceClip
from ..faces.geometry import apply, invert
from .colours import WARM, level
from .maps import Limits, at_position, change_over_time, limits_of, positions_in
from .text import Colour
from .timeline import CURVES, Timeline
from .words import Caption

WIDEST = 1280  # of the video, pixels
WANTED = 640  # a smaller picture is enlarged by a whole number, so that map and words are legible
MOST_ZOOM = 4
OPACITY = 0.75  # of the strongest change
CLEAR, FULL = 0.08, 0.7  # shares of the colour scale: below nothing is laid on, above all
PLAIN: Colour = (255, 255, 255)
SHIFT = 4  # fractional bits of drawn coordinates
LEAST_TOP = 0.02  # of the colour scale: the least mean change that fills the timeline


@dataclass(frozen=True, slots=True)
class Screen:
    """Sizes in the video: the picture (height, width) and the panel below it, all even."""

    source: tuple[int, int]
    height: int
    width: int
    panel: int

    @property
    def unit(self) -> float:
        """How large letters and lines are: 1 on a screen 720 pixels wide."""
        return min(max(self.width / 720, 0.8), 4 / 3)

    def place(self) -> np.ndarray:
        """Return the transform (2, 3) source pixel -> screen pixel."""
        y, x = self.height / self.source[0], self.width / self.source[1]
        return np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5]])

    def show(self, picture: np.ndarray) -> np.ndarray:
        """Return a source picture (y, x, 3) at its size on the screen."""
        if picture.shape[:2] == (self.height, self.width):
            return picture.copy()
        how = cv2.INTER_AREA if self.width < picture.shape[1] else cv2.INTER_CUBIC
        return cv2.resize(picture, (self.width, self.height), interpolation=how)


def screen_for(size: tuple[int, int]) -> Screen:
    """Return the screen for pictures of ``size`` (height, width).

    >>> screen_for((2160, 3840))
    Screen(source=(2160, 3840), height=720, width=1280, panel=160)
    """
    height, width = size
    zoom = min(MOST_ZOOM, -(-WANTED // width)) if width < WANTED else min(1.0, WIDEST / width)
    zoom = min(zoom, 2 * WIDEST / height)  # a tall picture must end somewhere too
    shown = [max(2, 2 * round(n * zoom / 2)) for n in size]
    panel = 2 * round(min(max(shown[1] / 6, 96), 160) / 2)
    return Screen((height, width), shown[0], shown[1], panel)


@dataclass(eq=False)
class FaceOverlay:
    """One face with its map, and what is derived from both once."""

    face: FaceClip
    signed: np.ndarray
    limits: Limits = field(init=False)
    change: np.ndarray = field(init=False)
    positions: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.limits = limits_of(self.signed)
        count = len(self.face.boxes)
        self.positions = positions_in(count, len(self.signed))
        own = np.arange(len(self.signed))
        self.change = np.interp(self.positions, own, change_over_time(self.signed))


def overlay_frames(
    pictures: Iterable[np.ndarray],
    faces: Sequence[FaceOverlay],
    caption: Caption,
    screen: Screen,
) -> Iterator[np.ndarray]:
    """Yield the frames of the overlay video, one per source frame, holding one at a time.

    Parameters
    ----------
    pictures : iterable of array (y, x, 3) uint8
        The source frames in RGB.
    faces : sequence of FaceOverlay
        Largest first; at least one.
    caption : Caption
        Of the largest face.
    screen : Screen
        From ``screen_for`` of the pictures' size.

    Yields
    ------
    array (screen.height + screen.panel, screen.width, 3) uint8
        RGB.
    """
    full = LEAST_TOP * max(f.limits.change for f in faces)
    timeline = Timeline(
        caption, [f.change for f in faces], full, (screen.panel, screen.width), screen.unit
    )
    for number, picture in zip(range(timeline.frames), pictures, strict=False):
        shown = screen.show(picture)
        for face in faces:
            lay_map(shown, face, number, screen)
        for i, face in enumerate(faces):
            _mark(shown, face.face, number, screen, CURVES[i % len(CURVES)])
        yield np.concatenate([shown, timeline.at(number)])


def corners(face: FaceClip, number: int, screen: Screen) -> np.ndarray:
    """Return the corners of the crop of a frame on the screen, (4, 2) pixels."""
    size = face.volume.shape[1]
    edge = np.array([[0, 0], [size, 0], [size, size], [0, size]]) - 0.5
    return apply(screen.place(), apply(invert(face.transform[number]), edge))


def lay_map(shown: np.ndarray, overlay: FaceOverlay, number: int, screen: Screen) -> None:
    """Blend the map of a frame into the picture, inside the crop's quadrilateral."""
    quad = corners(overlay.face, number, screen)
    low = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
    high = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 1, shown.shape[1::-1])
    if (low >= high).any():
        return
    window = shown[low[1] : high[1], low[0] : high[0]]
    signed = at_position(overlay.signed, overlay.positions[number])
    size = (window.shape[1], window.shape[0])
    turn = _to_window(overlay.face, number, screen, low)
    strength = cv2.warpAffine(
        np.maximum(signed, 0), turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    inside = np.zeros(window.shape[:2], np.uint8)
    cv2.fillConvexPoly(inside, np.rint(quad - low).astype(np.int32), 1)
    share = np.clip(strength / overlay.limits.change, 0, 1)
    alpha = (OPACITY * _eased(share) * inside)[..., None]
    colour = WARM[level(0.25 + 0.75 * share)]
    window[:] = np.rint(window * (1 - alpha) + colour * alpha)


def _eased(share: np.ndarray) -> np.ndarray:
    """Return a smooth step from CLEAR to FULL, so that sensor noise does not speckle the face."""
    way = np.clip((share - CLEAR) / (FULL - CLEAR), 0, 1)
    return way * way * (3 - 2 * way)


def _to_window(face: FaceClip, number: int, screen: Screen, low: np.ndarray) -> np.ndarray:
    """Return the transform (2, 3) crop pixel -> pixel of the window that begins at ``low``."""
    back, place = invert(face.transform[number]), screen.place()
    turn = np.column_stack([place[:, :2] @ back[:, :2], apply(place, back[:, 2])])
    turn[:, 2] -= low
    return turn


def _mark(shown: np.ndarray, face: FaceClip, number: int, screen: Screen, ink: Colour) -> None:
    """Draw the crop's outline, the face box and the eye points."""
    unit = screen.unit
    x, y, w, h = face.boxes[number]
    box = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]) - 0.5
    _outline(shown, apply(screen.place(), box), PLAIN, max(1, round(unit)), 0.7)
    _outline(shown, corners(face, number, screen), ink, max(1, round(1.6 * unit)), 1.0)
    for eye in apply(screen.place(), face.eyes[number]):
        if np.isfinite(eye).all():
            _ring(shown, eye, unit)


def _ring(shown: np.ndarray, point: np.ndarray, unit: float) -> None:
    x, y = (int(v) for v in np.rint(point * 2**SHIFT))
    radius = round(3.5 * unit * 2**SHIFT)
    for ink, thick in (((0, 0, 0), 3 * unit), (PLAIN, 1.2 * unit)):
        cv2.circle(shown, (x, y), radius, ink, max(1, round(thick)), cv2.LINE_AA, SHIFT)


def _outline(shown: np.ndarray, points: np.ndarray, ink: Colour, thick: int, alpha: float) -> None:
    drawn = np.rint(points * 2**SHIFT).astype(np.int32)
    for colour, width, weight in (((0, 0, 0), thick + 2, 0.4 * alpha), (ink, thick, alpha)):
        lines = cv2.polylines(shown.copy(), [drawn], True, colour, width, cv2.LINE_AA, SHIFT)
        cv2.addWeighted(lines, weight, shown, 1 - weight, 0, dst=shown)
