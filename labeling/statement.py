"""What somebody says of a clip: labels with their frames, flags, confidence, a comment."""

from __future__ import annotations

import contextlib
import operator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sttm.errors import InputError, unknown_name

from .scheme import LONGEST_TEXT, MARKS, SIDES, Scheme

MOST_INTERVALS = 2000  # of one statement


def _whole(mark: str, frame: Any) -> int:
    """Return a frame as a plain number, also one that comes from an array or a table."""
    with contextlib.suppress(TypeError):
        return int(operator.index(frame))
    if isinstance(frame, float) and frame.is_integer():
        return int(frame)
    raise InputError(f"the {mark} must be a whole number or None, not {frame!r}.")


@dataclass(frozen=True)
class Interval:
    """One label and where it begins, is strongest and ends.

    Attributes
    ----------
    label : str
    onset, apex, offset : int or None
        0-based frame numbers of the source; the offset is the last frame of the expression.
    intensity : float or None
        Rank among the scheme's levels, from 1.
    side : str
        ``left``, ``right`` (of the person), or nothing for both.

    Raises
    ------
    InputError
        For a mark that is no whole number.
    """

    label: str
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    intensity: float | None = None
    side: str = ""

    def __post_init__(self) -> None:
        for mark in MARKS:
            frame = getattr(self, mark)
            if frame is not None and type(frame) is not int:
                object.__setattr__(self, mark, _whole(mark, frame))
        if self.intensity is not None:
            object.__setattr__(self, "intensity", float(self.intensity))

    @property
    def marks(self) -> dict[str, int]:
        """The marks that are set."""
        found = {mark: getattr(self, mark) for mark in MARKS}
        return {mark: frame for mark, frame in found.items() if frame is not None}

    def with_mark(self, mark: str, frame: int | None) -> Interval:
        """Return the interval with a mark set, or taken away."""
        if mark not in MARKS:
            raise InputError(unknown_name("mark", mark, MARKS))
        changes: dict[str, Any] = {mark: frame}
        return replace(self, **changes)


@dataclass(frozen=True)
class Statement:
    """All that one annotator says of a clip at one moment.

    Attributes
    ----------
    intervals : tuple of Interval
    flags : tuple of str
    sure : float or None
        From 0 to 1.
    comment : str

    Examples
    --------
    >>> Statement().empty, Statement((Interval("smile", onset=3),)).labels
    (True, ('smile',))
    """

    intervals: tuple[Interval, ...] = ()
    flags: tuple[str, ...] = ()
    sure: float | None = None
    comment: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "flags", tuple(sorted(self.flags)))  # their order says nothing

    @property
    def empty(self) -> bool:
        """Nothing is said."""
        return not (self.intervals or self.flags or self.comment) and self.sure is None

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in order, each once."""
        return tuple(dict.fromkeys(interval.label for interval in self.intervals))

    def check(self, scheme: Scheme, first: int = 0, last: int | None = None) -> None:
        """Refuse what the scheme does not allow, or what cannot be.

        Parameters
        ----------
        scheme : Scheme
        first, last : int
            First and last frame of the clip; ``None`` where the last is not known.

        Raises
        ------
        InputError
            One sentence.
        """
        if len(self.intervals) > (MOST_INTERVALS if scheme.several else 1):
            raise InputError(
                f"this scheme allows one label per clip; there are {len(self.intervals)}."
                if not scheme.several
                else f"a clip has at most {MOST_INTERVALS} intervals."
            )
        for interval in self.intervals:
            check_interval(interval, scheme, first, last)
        for flag in self.flags:
            if flag not in scheme.flag_names:
                raise InputError(unknown_name("flag", flag, scheme.flag_names))
        if len(set(self.flags)) < len(self.flags):
            raise InputError("a flag is raised once or not at all.")
        if self.sure is not None and not 0.0 <= self.sure <= 1.0:
            raise InputError(f"'sure' must be from 0 to 1, not {self.sure}.")
        if len(self.comment) > LONGEST_TEXT:
            raise InputError(f"a comment has at most {LONGEST_TEXT} characters.")


def check_interval(
    interval: Interval, scheme: Scheme, first: int = 0, last: int | None = None
) -> None:
    """Refuse an interval with an unknown label, impossible marks, intensity or side.

    Raises
    ------
    InputError
        One sentence.
    """
    if interval.label not in scheme.label_names:
        raise InputError(unknown_name("label", interval.label, scheme.label_names))
    check_marks(interval, first, last)
    if interval.intensity is not None:
        _check_intensity(interval.intensity, scheme)
    if interval.side and (not scheme.sides or interval.side not in SIDES):
        known = SIDES if scheme.sides else ()
        raise InputError(unknown_name("side", interval.side, known))


def check_marks(interval: Interval, first: int = 0, last: int | None = None) -> None:
    """Refuse marks that are out of order or outside the clip.

    Raises
    ------
    InputError
        One sentence.
    """
    marks = list(interval.marks.items())
    for (one, early), (two, late) in pairwise(marks):
        if early > late:
            raise InputError(
                f"the {one} must not be after the {two}; they are frames {early} and {late}."
            )
    for mark, frame in marks:
        if frame < first or (last is not None and frame > last):
            end = "its end" if last is None else str(last)
            raise InputError(
                f"the {mark} must lie in the clip, from frame {first} to {end}; it is {frame}."
            )


def _check_intensity(value: float, scheme: Scheme) -> None:
    if not scheme.intensity:
        raise InputError("this scheme has no intensity.")
    if not 1 <= value <= len(scheme.intensity) or value % 1:
        raise InputError(
            f"the intensity is a rank from 1 to {len(scheme.intensity)} "
            f"({scheme.intensity[0]} to {scheme.intensity[-1]}), not {value:g}."
        )
