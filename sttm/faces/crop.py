"""The whole way from frames to crop volumes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError, NoFace, UnreadableClip
from .align import Alignment, align
from .boxes import GivenBoxes
from .finders import IMAGE_FINDERS
from .follow import chosen
from .geometry import window
from .light import LIGHTS
from .sampling import cut
from .scan import Kept, Scan, SearchWatcher, TableWatcher, Watcher
from .search import PictureSearch
from .settings import FaceSettings


@dataclass(frozen=True, slots=True, eq=False)
class FaceClip:
    """One face of a clip.

    Attributes
    ----------
    volume : ndarray (n, size, size) uint8
        The crops of the frames called ``numbers``, in grey.
    boxes : ndarray (t, 4) float
        x, y, w, h in source pixels, interpolated between the frames that were searched.
    transform : ndarray (t, 2, 3) float
        Source pixel -> crop pixel; whole numbers are the middles of pixels.
    eyes : ndarray (t, 2, 2) float
        (x, y) in source pixels of the eye on the picture's left and of the one on its right;
        NaN when none were found.
    eyes_found : bool
        False when the eyes' usual place in the box had to do (or ``align="box"``).
    fps : float or None
        Frames per second.
    seen : float
        Share of the searched frames in which this face was seen.
    numbers : ndarray (n,) int
        The frames whose crops ``volume`` holds: all of them, unless ``only`` some were wanted.
        The other arrays are of all frames.
    """

    volume: np.ndarray
    boxes: np.ndarray
    transform: np.ndarray
    eyes: np.ndarray
    eyes_found: bool
    fps: float | None
    seen: float
    numbers: np.ndarray


Only = Callable[[int], np.ndarray]


def crop_faces(
    frames: Any,
    settings: FaceSettings | None = None,
    boxes: Any = None,
    only: Only | None = None,
) -> list[FaceClip]:
    """Find, follow, align and crop the faces of a clip.

    Parameters
    ----------
    frames : Frames
        From ``open_frames``; grey or colour makes no difference.
    settings : FaceSettings, optional
        The defaults when left away.
    boxes : DataFrame, path of a CSV file, or array (4,) or (t, 4), optional
        Given boxes of this clip (see ``boxes``); they take the place of the finder.
    only : callable, optional
        Given the number of frames, returns the numbers, rising, of those whose crops are wanted,
        the first and the last among them. The other frames need not be converted.

    Returns
    -------
    list of FaceClip
        The largest face, or with ``faces="all"`` every face seen in a third of the searched
        frames, largest median area first.

    Raises
    ------
    NoFace
        When no face is found anywhere in the clip.
    """
    settings = settings or FaceSettings()
    if settings.light != "none":
        only = None  # equalising learns from every frame
    scan = _scan(frames, settings, boxes, only)
    if scan.count == 0:
        raise UnreadableClip(f"{_name(frames)} has no frame; give a clip with at least one.")
    if not scan.tracks:
        scan.run_finer(frames)
    tracks = chosen(scan.tracks, len(scan.searched), settings.faces == "all")
    if not tracks:
        raise NoFace(
            f"no face was found in {_name(frames)} ({len(scan.searched)} of {scan.count} frames "
            "searched); try another finder or a lower 'smallest', or give boxes inside the picture."
        )
    aligned = [align(track, scan.count, settings) for track in tracks]
    numbers = np.arange(scan.count) if only is None else np.asarray(only(scan.count))
    volumes = _volumes(frames, scan, aligned, numbers, settings.size)
    return [
        FaceClip(
            LIGHTS[settings.light](volume, settings),
            a.boxes,
            a.transform,
            a.eyes,
            a.eyes_found,
            frames.fps,
            len(track.frames) / len(scan.searched),
            numbers,
        )
        for volume, a, track in zip(volumes, aligned, tracks, strict=True)
    ]


def _scan(frames: Any, settings: FaceSettings, boxes: Any, only: Only | None) -> Scan:
    expected = None if only is None else frames.expected
    if only is not None and expected:
        scan = Scan(settings, _watcher(frames, settings, boxes)).run(frames, only(expected))
        if scan.count == expected:
            return scan
    return Scan(settings, _watcher(frames, settings, boxes)).run(frames)


def _name(frames: Any) -> str:
    return str(getattr(frames, "name", "") or "this clip")


def _watcher(frames: Any, settings: FaceSettings, boxes: Any) -> Watcher:
    if boxes is None and settings.finder == "whole":
        height, width = frames.size
        boxes = np.array([0.0, 0.0, width, height])
    if boxes is not None:
        return TableWatcher(GivenBoxes(boxes))
    if settings.finder == "boxes":
        raise InputError("finder 'boxes' needs the clip's boxes; give a table, or another finder.")
    search = PictureSearch(IMAGE_FINDERS[settings.finder](settings), settings)
    return SearchWatcher(search, settings)


def _volumes(
    frames: Any, scan: Scan, aligned: Sequence[Alignment], numbers: np.ndarray, size: int
) -> list[np.ndarray]:
    """Return the crop volumes, from what was kept where that is enough, else by a second pass."""
    if scan.kept is not None and _enough(scan.kept, scan, aligned[0], size):
        return [scan.kept.crops(aligned[0].transform, numbers, size)]
    scan.kept = None
    volumes = [np.empty((len(numbers), size, size), np.uint8) for _ in aligned]
    places = {number: place for place, number in enumerate(numbers.tolist())}
    all_of_them = len(numbers) == scan.count
    passing = frames.iter_raw() if all_of_them else frames.iter_some(places.__contains__)
    for number, raw in enumerate(passing):
        if number in places:
            for volume, a in zip(volumes, aligned, strict=True):
                volume[places[number]] = cut(raw, a.transform[number], size, size)
    return volumes


def _enough(kept: Kept, scan: Scan, aligned: Alignment, size: int) -> bool:
    if kept.first != 0:
        return False
    bounds = np.stack([window(t, size, size) for t in np.unique(aligned.transform, axis=0)])
    return kept.covers(bounds, scan.size)
