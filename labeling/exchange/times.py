"""Frames and milliseconds: frames count, milliseconds go beside them.

Frame n of a source is shown from ``n * 1000 / fps`` ms on until frame n + 1 begins. Files hold
rounded times, and nobody knows which way they were rounded: ``step`` says how finely a time was
written (1 for whole milliseconds), and a time up to one step before a frame counts as that frame.
Up to a frame every two steps (500 fps with whole milliseconds) this undoes rounding up, down and
to the nearest; up to a frame every step (1000 fps) it is half a step, and undoes rounding to the
nearest, which is what is written here.

Why: a frame begins at x and lasts d. Rounding any way gives w with ``x - step < w < x + step``, so
``x < w + step < x + 2 step <= x + d``: the frame's own time. To the nearest,
``x <= w + step / 2 <= x + step``, which is below ``x + d`` where ``step < d``; where ``step = d``
every x is whole if one is, and w = x.
"""

from __future__ import annotations

import math
from fractions import Fraction

from sttm.errors import InputError

FASTEST = 1000  # frames per second that whole milliseconds can tell apart
FINE = 0.001  # ms: how finely ``milliseconds`` is written
LATEST = 10**12  # ms, 31 years: what is more is no time in a video


def milliseconds(frame: int, fps: float) -> float:
    """Return when a frame begins, in ms from the source's beginning, to the microsecond.

    Parameters
    ----------
    frame : int
        0-based frame number of the source.
    fps : float
        Frames per second, above 0.

    Raises
    ------
    InputError
        When ``fps`` is no number above 0.

    Examples
    --------
    >>> milliseconds(2, 30)
    66.667
    """
    return round(float(_begins(frame, fps)), 3)


def whole_milliseconds(frame: int, fps: float) -> int:
    """Return when a frame begins, to the nearest whole ms (half a ms: up).

    Examples
    --------
    >>> whole_milliseconds(2, 30)
    67
    """
    return math.floor(_begins(frame, fps) + Fraction(1, 2))


def frame_at(ms: float, fps: float, *, step: float = FINE) -> int:
    """Return the frame that is shown at a time; the frame before the first counts as the first.

    Parameters
    ----------
    ms : float
        Time from the source's beginning.
    fps : float
        Frames per second, above 0.
    step : float
        How finely the time was written, in ms: 1 for whole milliseconds.

    Raises
    ------
    InputError
        When ``fps`` is no number above 0, or ``ms`` no time.

    Examples
    --------
    >>> frame_at(66.667, 30), frame_at(67, 30, step=1), frame_at(66, 30, step=1)
    (2, 2, 2)
    """
    rate = _rate(fps)
    return max(0, math.floor((_time(ms) + _slack(rate, step)) * rate / 1000))


def frame_before(ms: float, fps: float, *, step: float = FINE) -> int:
    """Return the last frame that begins before a time: the last one of an interval that ends then.

    Examples
    --------
    >>> frame_before(1000, 25), frame_before(1001.5, 25)
    (24, 25)
    """
    rate = _rate(fps)
    return max(0, math.ceil((_time(ms) - _slack(rate, step)) * rate / 1000) - 1)


def _begins(frame: int, fps: float) -> Fraction:
    return Fraction(int(frame) * 1000) / _rate(fps)


def _rate(fps: float) -> Fraction:
    if not (isinstance(fps, int | float) or hasattr(fps, "__float__")) or not 0 < fps < math.inf:
        raise InputError(f"frames per second must be a number above 0; got {fps!r}.")
    return Fraction(float(fps))


def _time(ms: float) -> Fraction:
    value = float(ms)
    if not 0 <= value <= LATEST:
        raise InputError(f"a time must be 0 ms or more, and less than 31 years; got {ms!r}.")
    return Fraction(value)


def _slack(rate: Fraction, step: float) -> Fraction:
    fine = Fraction(step)
    return fine if 2 * fine * rate <= 1000 else fine / 2
