"""What can be chosen about faces: plain values, so that they can be stored and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import InputError, unknown_name

FINDER_NAMES = ("viola-jones", "yunet", "boxes", "whole")
CASCADES = {
    "default": "haarcascade_frontalface_default.xml",
    "alt": "haarcascade_frontalface_alt.xml",
    "alt2": "haarcascade_frontalface_alt2.xml",
}
LIGHT_NAMES = ("none", "equalise", "clahe", "gamma", "tan-triggs")


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """How faces are found, followed, aligned and cropped.

    Parameters
    ----------
    finder : {"viola-jones", "yunet", "boxes", "whole"}
        Haar cascades (Viola, Jones 2004); a YuNet network named by ``model``; boxes in a table;
        the whole picture, for data that were cropped before (with ``align`` "box").
    cascade : {"default", "alt", "alt2"}
        Which of OpenCV's frontal face cascades "viola-jones" uses.
    model : str
        The ONNX file of "yunet"; empty for the others.
    crop : {"stable", "moving"}
        "stable": one window for the whole clip, the median over the key frames, so that nothing
        but the face moves (texture work). "moving": the window follows the head, smoothed.
    align : {"eyes", "box"}
        "eyes": the eyes come to rest at fixed crop points, level. "box": an upright square
        around the face box.
    faces : {"largest", "all"}
        The largest face, or every face that is seen in a third of the key frames.
    size : int
        Side of the crop, pixels.
    margin : float
        Grows the window on each side by this share of its side, about its middle; may be
        negative. 0 is the window of ``eye_distance`` and ``eye_height``, or the square box.
    eye_distance : float
        Distance between the eyes as a share of the crop's width (at ``margin`` 0). 0.46 ends
        between lower lip and chin; 0.38 shows the chin.
    eye_height : float
        The eye line below the crop's top as a share of its height (at ``margin`` 0).
    key_every : int
        Frames between two key frames, the only ones that are searched. "moving" searches seven
        times as often.
    search_size : int
        A picture is reduced to this longer side, in pixels, before a face is searched in it.
    smallest : float
        The smallest face looked for, as a share of the picture's shorter side.
    neighbours : int
        How many overlapping hits make a face ("viola-jones"); more is stricter.
    confidence : float
        The least score of a face ("yunet"), 0 to 1.
    light : {"none", "equalise", "clahe", "gamma", "tan-triggs"}
        Illumination normalisation of the crop; see ``light``.
    gamma : float
        Exponent of "gamma"; below 1 lifts the shadows.

    Examples
    --------
    >>> FaceSettings(size=96).size
    96
    >>> FaceSettings(crop="stabel")
    Traceback (most recent call last):
    sttm.errors.InputError: unknown crop 'stabel': did you mean 'stable'? Known: moving, stable.
    """

    finder: str = "viola-jones"
    cascade: str = "default"
    model: str = ""
    crop: str = "stable"
    align: str = "eyes"
    faces: str = "largest"
    size: int = 128
    margin: float = 0.0
    eye_distance: float = 0.46
    eye_height: float = 0.34
    key_every: int = 35
    search_size: int = 320
    smallest: float = 0.1
    neighbours: int = 5
    confidence: float = 0.7
    light: str = "none"
    gamma: float = 0.5

    def __post_init__(self) -> None:
        for name, known in NAMED.items():
            if getattr(self, name) not in known:
                raise InputError(unknown_name(name, getattr(self, name), known))
        for name, (kind, low, high) in RANGES.items():
            _check_number(name, getattr(self, name), kind, low, high)
        if not isinstance(self.model, str):
            raise InputError(f"model must be the path of a file as text, not {self.model!r}.")
        if self.finder == "yunet" and not self.model:
            raise InputError("finder 'yunet' needs its ONNX file; name it as 'model'.")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> FaceSettings:
        """Return settings from a mapping; unknown keys are refused by name."""
        known = [f.name for f in fields(cls)]
        for name in values:
            if name not in known:
                raise InputError(unknown_name("face setting", name, known))
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the plain values, for provenance."""
        return asdict(self)


NAMED: dict[str, tuple[str, ...]] = {
    "finder": FINDER_NAMES,
    "cascade": tuple(CASCADES),
    "crop": ("stable", "moving"),
    "align": ("eyes", "box"),
    "faces": ("largest", "all"),
    "light": LIGHT_NAMES,
}
RANGES: dict[str, tuple[type, float, float]] = {
    "size": (int, 8, 2048),
    "margin": (float, -0.4, 4.0),
    "eye_distance": (float, 0.05, 0.95),
    "eye_height": (float, 0.02, 0.98),
    "key_every": (int, 1, 100_000),
    "search_size": (int, 64, 8192),
    "smallest": (float, 0.01, 1.0),
    "neighbours": (int, 1, 100),
    "confidence": (float, 0.0, 1.0),
    "gamma": (float, 0.05, 10.0),
}


def _check_number(name: str, value: Any, kind: type, low: float, high: float) -> None:
    allowed = (int,) if kind is int else (int, float)
    good = isinstance(value, allowed) and not isinstance(value, bool) and low <= value <= high
    if not good:
        what = "a whole number" if kind is int else "a number"
        raise InputError(f"{name} must be {what} from {low:g} to {high:g}, not {value!r}.")
