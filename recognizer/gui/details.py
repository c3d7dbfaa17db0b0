"""What takes a moment to compute for one face: its landmarks and its texture map.

Both are computed in a thread when their layer is switched on, for the answer that is shown: the
newest wish comes first, its landmarks crop by crop beginning with the one that is shown, and a few
answers are kept.
"""

from __future__ import annotations

import logging
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field, replace

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
    points : dict of int to array (68, 2)
        Crop -> landmarks in its pixels, NaN where they cannot be told.
    own : bool
        Whether the model itself looks at them.
    colours : array (t, y, x, 4) uint8 or None
        The texture map, RGBA.
    note : str
        Why there is no map.
    """

    points: dict[int, np.ndarray] = field(default_factory=dict)
    own: bool = False
    colours: np.ndarray | None = None
    note: str = ""


@dataclass(eq=False)
class Wish:
    """A face, which crop's landmarks are wanted (None: none), whether the map is."""

    seen: Seen
    crop: int | None
    colours: bool

    def missing(self, detail: Detail) -> bool:
        """Return whether anything of it is not there yet."""
        map_there = detail.colours is not None or bool(detail.note)
        points_there = self.crop is None or self.crop in detail.points
        return not points_there or (self.colours and not map_there)


def crop_at(seen: Seen, moment: float) -> int:
    """Return the number of the crop at a moment of the window, 0 to 1."""
    return round(moment * (len(seen.volume) - 1))


class Details(QObject):
    """Computes details; ``ready`` is sent when there are new ones."""

    ready = Signal()
    _done = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._change = threading.Condition()
        self._known: OrderedDict[int, tuple[weakref.ref[Seen], Detail]] = OrderedDict()
        self._wish: Wish | None = None
        self._stopped = False
        self._done.connect(self.ready, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name="sttm details", daemon=True)
        self._thread.start()

    def of(self, seen: Seen, points: bool, colours: bool, moment: float = 1.0) -> Detail | None:
        """Return what is known of a face; what is missing is computed.

        Parameters
        ----------
        seen : Seen
        points, colours : bool
            What is wanted.
        moment : float
            Which crop is shown, 0 (the first) to 1.
        """
        wish = Wish(seen, crop_at(seen, moment) if points else None, colours)
        with self._change:
            detail = self._find(seen)
            if detail is None or wish.missing(detail):
                self._wish = wish
                self._change.notify()
            return detail

    @property
    def waiting(self) -> bool:
        """Whether anything is wished for and not begun."""
        return self._wish is not None

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
        while (wish := self._next()) is not None:
            with self._change:
                detail = self._find(wish.seen) or Detail()
            try:
                made = computed(wish, detail)
            except Exception as error:  # a layer must not end the window
                log.exception("a layer could not be computed")
                nothing = np.full((POINTS, 2), np.nan)
                made = replace(detail, points=dict.fromkeys(range(len(wish.seen.volume)), nothing))
                made.note = f"this layer cannot be shown ({error})."
            self._keep(wish, made)
            self._tell()

    def _next(self) -> Wish | None:
        with self._change:
            while self._wish is None and not self._stopped:
                self._change.wait()
            wish, self._wish = self._wish, None
            return None if self._stopped else wish

    def _keep(self, wish: Wish, made: Detail) -> None:
        """Store what was made; where nothing else is wished, go on with the crops beside it."""
        seen = wish.seen
        with self._change:
            self._known[id(seen)] = (weakref.ref(seen), made)
            self._known.move_to_end(id(seen))
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            left = [n for n in range(len(seen.volume)) if n not in made.points]
            if self._wish is None and wish.crop is not None and left:
                nearest = min(left, key=lambda n: abs(n - (wish.crop or 0)))
                self._wish = Wish(seen, nearest, wish.colours)

    def _tell(self) -> None:
        try:
            self._done.emit()
        except RuntimeError:  # the window is gone
            self._stopped = True


def computed(wish: Wish, before: Detail) -> Detail:
    """Return a detail with what is wished for."""
    made = replace(before, points=dict(before.points))
    if wish.crop is not None and wish.crop not in made.points:
        found, made.own = landmarks_of(wish.seen, wish.crop)
        made.points |= found
    if wish.colours and made.colours is None:
        try:
            made.colours = map_colours(wish.seen)
        except ToolkitError as error:
            made.note = str(error)
        if made.colours is None and not made.note:
            made.note = "a single picture has no texture map: nothing moves in it."
    return made


def landmarks_of(seen: Seen, crop: int) -> tuple[dict[int, np.ndarray], bool]:
    """Return the landmarks (68, 2) of a crop, and of others that came with it; whether its own.

    A model that looks at landmarks gives its own, of all crops at once. One that looks at none gets
    those of the classical back end, for the eye alone.
    """
    for single in seen.descriptor.singles():
        if hasattr(single, "points"):
            return dict(enumerate(single.points(seen.volume))), True
    from sttm.landmarks.cascades import Cascades

    eyes = eyes_in_crop(seen, crop / max(len(seen.volume) - 1, 1))
    found = Cascades().find(np.ascontiguousarray(seen.volume[crop]), eyes)
    return {crop: np.full((POINTS, 2), np.nan) if found is None else found}, False


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
