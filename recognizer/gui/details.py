"""What takes a moment to compute for one face: its landmarks and its texture map.

Both are computed in a thread when their layer is switched on, for the answer that is shown; the
newest wish comes first, and a few are kept.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from sttm.errors import ToolkitError
from sttm.faces.geometry import apply
from sttm.landmarks.scheme import POINTS
from sttm.pictures.colours import WARM, level
from sttm.pictures.maps import limits_of, shown_scale, signed_root
from sttm.pictures.overlay import CLEAR, FULL, OPACITY

from ..analysis import Seen

log = logging.getLogger(__name__)
KEPT = 24  # faces


@dataclass(eq=False)
class Detail:
    """What was computed of a face's crops.

    Attributes
    ----------
    points : array (t, 68, 2) or None
        Landmarks in crop pixels, NaN where they cannot be told.
    searched : bool
        Whether landmarks were searched.
    own : bool
        Whether the model itself looks at them.
    colours : array (t, y, x, 4) uint8 or None
        The texture map, RGBA.
    note : str
        Why there is no map.
    """

    points: np.ndarray | None = None
    searched: bool = False
    own: bool = False
    colours: np.ndarray | None = None
    note: str = ""


class Details(QObject):
    """Computes details; ``ready`` is sent when there are new ones."""

    ready = Signal()
    _done = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._change = threading.Condition()
        self._known: OrderedDict[int, tuple[weakref.ref[Seen], Detail]] = OrderedDict()
        self._wish: tuple[Seen, bool, bool] | None = None
        self._stopped = False
        self._done.connect(self.ready, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="sttm details", daemon=True)
        self._thread.start()

    def of(self, seen: Seen, points: bool, colours: bool) -> Detail | None:
        """Return what is known of a face; what is missing is computed."""
        with self._change:
            detail = self._find(seen)
            missing = detail is None
            if detail is not None:
                without = detail.colours is None and not detail.note
                missing = (points and not detail.searched) or (colours and without)
            if missing:
                self._wish = (seen, points, colours)
                self._change.notify()
            return detail

    def stop(self, wait: float = 0.0) -> None:
        """End the thread."""
        with self._change:
            self._stopped = True
            self._change.notify()
        if wait:
            self._thread.join(wait)

    def _find(self, seen: Seen) -> Detail | None:
        known = self._known.get(id(seen))
        return known[1] if known is not None and known[0]() is seen else None

    def _run(self) -> None:
        while True:
            with self._change:
                while self._wish is None and not self._stopped:
                    self._change.wait()
                if self._stopped or self._wish is None:
                    return
                seen, points, colours = self._wish
                self._wish = None
                known = self._find(seen)
            detail = Detail() if known is None else known
            try:
                made = _computed(seen, points, colours, detail)
            except Exception as error:  # a layer must not end the window
                log.exception("a layer could not be computed")
                made = Detail(None, True, note=f"this layer cannot be shown ({error}).")
            with self._change:
                self._known[id(seen)] = (weakref.ref(seen), made)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
                stopped = self._stopped
            if not stopped:
                self._tell()

    def _tell(self) -> None:
        try:
            self._done.emit()
        except RuntimeError:  # the window is gone
            self._stopped = True


def _computed(seen: Seen, points: bool, colours: bool, before: Detail) -> Detail:
    made = replace(before)
    if points and not made.searched:
        made.points, made.own = landmarks_of(seen)
        made.searched = True
    if colours and made.colours is None:
        try:
            made.colours = map_colours(seen)
        except ToolkitError as error:
            made.note = str(error)
        if made.colours is None and not made.note:
            made.note = "a single picture has no texture map: nothing moves in it."
    return made


def landmarks_of(seen: Seen) -> tuple[np.ndarray | None, bool]:
    """Return the landmarks (t, 68, 2) of a face's crops, and whether they are the model's own.

    A model that looks at no landmarks gets those of the classical back end, for the eye alone.
    """
    for single in seen.descriptor.singles():
        if hasattr(single, "points"):
            return single.points(seen.volume), True
    from sttm.landmarks.cascades import Cascades

    finder = Cascades()
    nothing = np.full((POINTS, 2), np.nan)
    found = [
        finder.find(np.ascontiguousarray(crop), eyes_in_crop(seen, moment))
        for crop, moment in zip(seen.volume, np.linspace(0, 1, len(seen.volume)), strict=True)
    ]
    return np.stack([nothing if f is None else f for f in found]), False


def eyes_in_crop(seen: Seen, moment: float) -> np.ndarray | None:
    """Return the eyes (2, 2) in crop pixels at a moment of the window, 0 to 1; None: not found."""
    row = round(moment * (len(seen.face.transform) - 1))
    eyes = seen.face.eyes[row]
    return None if np.isnan(eyes).any() else apply(seen.face.transform[row], eyes)


def map_colours(seen: Seen) -> np.ndarray | None:
    """Return the texture map of a face's crops, (t, y, x, 4) uint8 RGBA; None for one frame.

    Only change (H above 0) has a colour, as in the pictures of ``sttm show``.
    """
    if len(seen.volume) < 2:
        return None
    signed = signed_root(seen.volume, shown_scale(seen.descriptor))
    limits = limits_of(signed)
    out = np.zeros((*signed.shape, 4), np.uint8)
    for frame, painted in zip(signed, out, strict=True):
        share = np.maximum(frame.astype(np.float32) / limits.change, 0)
        painted[..., :3] = WARM[level(share)]
        cover = np.clip((share - CLEAR) / (FULL - CLEAR), 0, 1) * OPACITY
        painted[..., 3] = np.rint(255 * cover)
    return out
