"""Where a key frame is searched: as little of it as will do, larger faces first.

Most of the cost of finding a face is the search for small ones. So a picture is reduced, faces of
at least 0.3 of its shorter side are looked for, then smaller ones. Once a face is known, only its
surroundings are searched, at a size where the face has ``NEAR`` pixels.
"""

from __future__ import annotations

import numpy as np

from .finders import Finder, Found
from .sampling import straight
from .settings import FaceSettings

NEAR = 80  # pixels across a face that is being followed
GROWN = 0.35  # how far around the last box, as a share of it
LARGE = 0.3  # a large face, as a share of the picture's shorter side
PATIENT = 4  # how much larger than search_size a picture may be when all else failed


class PictureSearch:
    """Searches pictures with a finder.

    Parameters
    ----------
    finder : Finder
        What looks at the reduced pictures.
    settings : FaceSettings
        ``search_size``, ``smallest``, ``neighbours`` and ``faces`` matter here.
    """

    def __init__(self, finder: Finder, settings: FaceSettings) -> None:
        self.finder = finder
        self.settings = settings

    def near(self, raw: np.ndarray, box: np.ndarray) -> list[Found]:
        """Return faces of about the same size around a box (x, y, w, h), the nearest first."""
        x, y, w, h = box
        scale = min(1.0, NEAR / max(w, h))
        left, top = x - GROWN * w, y - GROWN * h
        width, height = (max(1, round((1 + 2 * GROWN) * side * scale)) for side in (w, h))
        small = straight(raw, left, top, scale, width, height)
        side = max(w, h) * scale
        found = self.finder.find(small, 0.75 * side, 1.4 * side)
        return [f.moved(1 / scale, left, top) for f in found]

    def everywhere(self, raw: np.ndarray, patient: bool = False) -> list[Found]:
        """Return the faces of a whole picture.

        Parameters
        ----------
        raw : ndarray (y, x) or (y, x, 3) uint8
            A frame.
        patient : bool
            Once more at up to four times ``search_size`` when nothing was found.
        """
        settings = self.settings
        longer, shorter = max(raw.shape[:2]), min(raw.shape[:2])
        if settings.faces == "largest":
            large = max(LARGE, settings.smallest)
            found = self._reduced(raw, settings.search_size, large * shorter)
            # a false hit is rarely hit often, so a doubtful large face must compete with small ones
            if found and found[0].score >= 2 * settings.neighbours:
                return found
        found = self._reduced(raw, settings.search_size, settings.smallest * shorter)
        if not found and patient and (longer > settings.search_size or settings.smallest > 0.05):
            found = self._reduced(raw, PATIENT * settings.search_size, 0.0)
        return found

    def _reduced(self, raw: np.ndarray, longer: int, smallest: float) -> list[Found]:
        height, width = raw.shape[:2]
        scale = min(1.0, longer / max(height, width))
        reduced = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = straight(raw, 0, 0, scale, *reduced)
        found = self.finder.find(small, smallest * scale, float(min(small.shape)))
        best = found[0].score if found else 0.0
        return [f.moved(1 / scale, 0, 0) for f in found if f.score >= 0.3 * best]
