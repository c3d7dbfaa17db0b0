"""How a model is applied over time: the windows that it looks at, and how answers are smoothed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from sttm.descriptors.base import Descriptor
from sttm.errors import InputError, unknown_name
from sttm.faces import FaceSettings
from sttm.temporal import MOST

from .bundle import Bundle

WHOLE = "whole"
FACES = ("largest", "all")
FINDERS = ("viola-jones", "yunet", "whole")
USUAL = 1.0  # seconds of a window, where nobody knows how long the training clips were
USUAL_FPS = 25.0  # of a source that does not say
LONGEST = 3600.0  # seconds


@dataclass(frozen=True)
class Settings:
    """How a model is applied to a source.

    Parameters
    ----------
    window : float, "whole" or None
        Seconds that one answer looks at; None is the median length of the training clips, or one
        frame for a model of still faces; "whole" gives one answer for each clip.
    every : float or None
        Seconds between two answers; None is half the window, or every frame for a model of still
        faces.
    faces : {"largest", "all"}
        Whom to look at.
    smooth : float
        Time constant of the exponential mean over answers, seconds; 0 switches it off.
    finder : str
        How faces are found; "" is as the model was trained, but a model of pictures that were
        cropped before ("whole") looks for upright boxes by "viola-jones".

    Examples
    --------
    >>> Settings(faces="al")
    Traceback (most recent call last):
    sttm.errors.InputError: unknown choice of faces 'al': did you mean 'all'? Known: all, largest.
    """

    window: float | str | None = None
    every: float | None = None
    faces: str = "largest"
    smooth: float = 0.5
    finder: str = ""

    def __post_init__(self) -> None:
        if self.faces not in FACES:
            raise InputError(unknown_name("choice of faces", self.faces, FACES))
        if self.finder and self.finder not in FINDERS:
            raise InputError(unknown_name("finder", self.finder, FINDERS))
        if isinstance(self.window, str):
            if self.window != WHOLE:
                raise InputError(
                    f"window must be a number of seconds or 'whole', not {self.window!r}."
                )
        elif self.window is not None:
            _check("window", self.window, 0.0)
        if self.every is not None:
            _check("every", self.every, 0.0)
        if self.smooth != 0:
            _check("smooth", self.smooth, 0.0)

    @property
    def whole(self) -> bool:
        """Whether there is one answer for each clip."""
        return self.window == WHOLE


@dataclass(frozen=True)
class Pace:
    """A window and the step to the next one, in frames and in seconds.

    ``frames`` and ``step`` hold for a source of known rate; ``seconds`` and ``every`` for one whose
    frames come when they come.
    """

    frames: int
    step: int
    seconds: float
    every: float


def faces_of(bundle: Bundle, settings: Settings) -> FaceSettings:
    """Return how faces are found and cropped for a bundle's model."""
    faces = replace(bundle.faces, faces=settings.faces)
    if settings.finder:
        return replace(faces, finder=settings.finder)
    if faces.finder == "whole" or faces.finder == "boxes":
        return replace(faces, finder="viola-jones")
    return faces


def is_still(descriptor: Descriptor) -> bool:
    """Return whether a descriptor can describe a single picture."""
    return all(single.support == 1 for single in descriptor.singles())


def wants_stills(bundle: Bundle, settings: Settings) -> bool:
    """Return whether the pictures of a folder are looked at one by one, not as a clip."""
    return pace_of(bundle, settings, None).frames == 1 and not settings.whole


def trained_length(bundle: Bundle) -> tuple[float | None, float | None]:
    """Return the median length of a bundle's training clips: (frames, seconds), None where unknown.

    A bundle says so under ``length`` of its provenance.
    """
    length = bundle.provenance.get("length")
    values: dict[str, Any] = length if isinstance(length, dict) else {}
    return _positive(values.get("frames")), _positive(values.get("seconds"))


def pace_of(bundle: Bundle, settings: Settings, fps: float | None) -> Pace:
    """Return the window and the step for a source of ``fps`` frames per second (None: unknown).

    Raises
    ------
    InputError
        When the window is longer than 10,000 frames.
    """
    rate = fps or USUAL_FPS
    frames, seconds = trained_length(bundle)
    one = is_still(bundle.recipe.descriptor) and (frames is None or frames < 2)
    if isinstance(settings.window, int | float):
        length = max(1, round(settings.window * rate))
    elif one:
        length = 1
    elif seconds is not None and fps is not None:
        length = max(2, round(seconds * rate))
    else:
        length = max(2, round(frames)) if frames is not None else round(USUAL * rate)
    if length > MOST:
        raise InputError(f"a window may have {MOST} frames at most; this one would have {length}.")
    step = max(1, length // 2) if settings.every is None else max(1, round(settings.every * rate))
    step = min(step, length)
    if fps is None and settings.window is None and seconds is not None and not one:
        every = seconds / 2 if settings.every is None else min(settings.every, seconds)
        return Pace(length, step, seconds, every)  # frames come when they come, seconds are sure
    return Pace(length, step, length / rate, step / rate)


def _positive(value: Any) -> float | None:
    known = isinstance(value, int | float) and math.isfinite(value) and value > 0
    return float(value) if known else None


def _check(name: str, value: Any, low: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low < value <= LONGEST:
        raise InputError(
            f"{name} must be a number of seconds above {low:g}, at most {LONGEST:g}, not {value!r}."
        )
