"""One pass over a clip: search the key frames, keep the surroundings of the face from all frames.

Key frames are frame 0, one soon after it (so that a short clip has more than its ends), then one
in ``every`` frames, and the last one. Only a grey, reduced region around the first box is kept of
each frame, so memory is bounded by the crop's own size.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from .boxes import GivenBoxes
from .eyes import LEANING, Seen, find_eyes, follow_eyes
from .finders import Found
from .follow import Track, chosen, link, overlap
from .geometry import CANONICAL_DISTANCE, compose, invert, pose_of
from .sampling import Patch, patch, squares, warp
from .search import PictureSearch
from .settings import FaceSettings

ROOM = {"stable": 0.25, "moving": 0.6}  # kept around the usual window, as shares of the box
FINE = 7  # "moving", and a clip without a face in its key frames, look this many times as often
SECOND_LOOKS = 2  # key frames that are searched patiently while no face is known
LEANS = (0.0, -0.3, 0.3)  # how a moving head may lean when its eyes are searched, radians
MOST_FINE = 40  # frames searched when the key frames showed no face


class Watcher(Protocol):
    """Says where faces are in one frame of a clip."""

    def look(self, frame: int, raw: np.ndarray, tracks: list[Track]) -> list[Found]:
        """Return the faces of a frame; ``tracks`` tells what was seen before."""


class TableWatcher:
    """Boxes from a table; no picture is searched."""

    def __init__(self, boxes: GivenBoxes) -> None:
        self.boxes = boxes

    def look(self, frame: int, raw: np.ndarray, tracks: list[Track]) -> list[Found]:
        """Return the box of a frame; one that lies wholly outside the picture is no face."""
        given = self.boxes.at(frame)
        picture = np.array([0.0, 0.0, raw.shape[1], raw.shape[0]])
        return [given] if overlap(given.box, picture) > 0 else []


class SearchWatcher:
    """Faces found in the picture: by their eyes, near the last box, everywhere, in this order."""

    def __init__(self, search: PictureSearch, settings: FaceSettings) -> None:
        self.search = search
        self.every = settings.faces == "all"
        self.by_eyes = settings.align == "eyes" and settings.finder == "viola-jones"
        self.steady = settings.crop == "stable"
        self.patience = SECOND_LOOKS
        self.seen: Seen | None = None  # how the eyes were last followed

    def look(self, frame: int, raw: np.ndarray, tracks: list[Track]) -> list[Found]:
        """Return the faces of a frame, best first."""
        if tracks and not self.every:
            latest = max(tracks, key=lambda t: (t.frames[-1], len(t.frames), t.area))
            found = self._carried(raw, latest) or self.search.near(raw, latest.box)
            if found:
                return found[:1]
        patient = not tracks and self.patience > 0
        self.patience -= patient
        return self.search.everywhere(raw, patient)

    def _carried(self, raw: np.ndarray, track: Track) -> list[Found]:
        if not self.by_eyes or track.anchor is None or np.isnan(track.eyes[-1]).any():
            return []
        last = pose_of(track.eyes[-1])
        before = self.seen if self.steady else None  # a moving crop would show the difference
        followed = follow_eyes(raw, last, track.box, track.anchor, before)
        if followed is None:
            self.seen = None
            return []
        self.seen, box = followed
        return [Found(box, 1.0, self.seen.eyes, carried=True)]


class Kept:
    """A region of every frame, in grey, reduced."""

    def __init__(self, box: np.ndarray, first: int, settings: FaceSettings) -> None:
        x, y, w, h = box
        shown = window_share(settings) * max(w, h)
        side = shown + 2 * ROOM[settings.crop] * max(w, h)
        left, top = x + w / 2 - side / 2, y + h / 2 - side / 2
        self.bounds = np.array([left, top, left + side, top + side])
        self.factor = squares(shown / settings.size)
        self.first = first
        self.patches: dict[int, Patch] = {}

    def add(self, number: int, raw: np.ndarray) -> None:
        """Keep the region of a frame."""
        self.patches[number] = patch(raw, self.bounds, self.factor)

    def covers(self, bounds: np.ndarray, size: tuple[int, int]) -> bool:
        """Return whether windows (n, 4) lie inside, as far as they lie in the picture."""
        height, width = size
        edges = np.array([width, height, width, height], dtype=float)
        inner, outer = np.clip(self.bounds, 0, edges), np.clip(bounds, 0, edges)
        slack = np.where(inner == np.where([1, 1, 0, 0], 0, edges), 0, 2 * self.factor)
        low = (outer[:, :2] >= inner[:2] + slack[:2]).all()
        return bool(low and (outer[:, 2:] <= inner[2:] - slack[2:]).all())

    def crops(self, transforms: np.ndarray, numbers: np.ndarray, size: int) -> np.ndarray:
        """Return the crops (n, size, size) of the frames called ``numbers``.

        ``transforms`` (t, 2, 3) are those of all frames.
        """
        volume = np.empty((len(numbers), size, size), np.uint8)
        last = None
        for out, number in zip(volume, numbers.tolist(), strict=True):
            part, transform = self.patches[number], transforms[number]
            if last is None or (transform != last).any():
                matrix, last = compose(transform, invert(part.place)), transform
            out[:] = warp(part.grey, matrix, size, size)
        return volume


class Scan:
    """What one pass over a clip brings: tracks, what was kept, which frames were searched."""

    def __init__(self, settings: FaceSettings, watcher: Watcher) -> None:
        self.settings = settings
        self.watcher = watcher
        self.tracks: list[Track] = []
        self.kept: Kept | None = None
        self.searched: list[int] = []
        self.count = 0
        self.size = (0, 0)

    def run(self, frames: Any, numbers: np.ndarray | None = None) -> Scan:
        """Go over all frames once, searching the key frames.

        With ``numbers``, which must hold the first and the last frame, only those are kept.
        """
        every = key_step(self.settings)
        kept = None if numbers is None else frozenset(numbers.tolist())
        passing = (
            frames.iter_raw()
            if kept is None
            else frames.iter_some(lambda n: n in kept or is_key(n, every))
        )
        raw, number = None, -1
        for number, raw in enumerate(passing):
            if is_key(number, every):
                self.look(number, raw)
            if self.kept is not None and (kept is None or number in kept):
                self.kept.add(number, raw)
        self.count = number + 1
        if raw is not None:
            self.size = (raw.shape[0], raw.shape[1])
            since = number - self.searched[-1]
            if since >= max(1, every // 3) or (since and len(self.searched) < 3):
                self.look(number, raw)
        return self

    def run_finer(self, frames: Any) -> Scan:
        """Search frames between the key frames, after those showed no face."""
        step = max(1, self.settings.key_every // FINE, -(-self.count // MOST_FINE))
        wanted = set(range(0, self.count, step)) - set(self.searched)
        if not wanted:
            return self
        for number, raw in enumerate(frames.iter_raw()):
            if number in wanted:
                self.look(number, raw)
        return self

    def look(self, number: int, raw: np.ndarray) -> None:
        """Search one frame and link what is found."""
        found = self.watcher.look(number, raw, self.tracks)
        self.searched.append(number)
        for track, face in link(self.tracks, found):
            if track is None:
                track = Track()
                self.tracks.append(track)
            track.add(number, face, self._eyes(raw, face))
        if self.kept is None and self.tracks and self.settings.faces == "largest":
            self.kept = Kept(chosen(self.tracks, 1, False)[0].box, number, self.settings)

    def _eyes(self, raw: np.ndarray, face: Found) -> np.ndarray | None:
        if self.settings.align != "eyes" or face.eyes is not None:
            return None
        tilts = LEANS if self.settings.crop == "moving" else LEANS[:1]
        tried = (find_eyes(raw, face.box, tilt) for tilt in tilts)
        eyes = next((eyes for eyes in tried if eyes is not None), None)
        if eyes is None or abs(pose_of(eyes)[3]) < LEANING:
            return eyes
        upright = find_eyes(raw, face.box, pose_of(eyes)[3])  # cascades are best on level eyes
        return eyes if upright is None else upright


def window_share(settings: FaceSettings) -> float:
    """Return the usual side of the crop's window as a share of the face box.

    >>> round(window_share(FaceSettings()), 2)
    0.76
    """
    share = CANONICAL_DISTANCE / settings.eye_distance if settings.align == "eyes" else 1.0
    return share * (1 + 2 * settings.margin)


def key_step(settings: FaceSettings) -> int:
    """Return how many frames lie between two key frames."""
    if settings.crop == "moving":
        return max(1, settings.key_every // FINE)
    return settings.key_every


def is_key(number: int, every: int) -> bool:
    """Return whether a frame is searched (the last one is, too, unless it follows a key frame).

    >>> [i for i in range(90) if is_key(i, 35)]
    [0, 11, 35, 70]
    """
    return number % every == 0 or number == every // 3
