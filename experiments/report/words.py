"""Numbers, durations and lists as the page prints them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

NARROW = "\u202f"  # narrow no-break space, between a number and its unit
NONE = "–"


def number(value: Any, digits: int = 0) -> str:
    """Return ``value`` with ``digits`` decimals and thousands set apart; a dash when missing.

    >>> number(11328), number(0.4567, 2), number(None)
    ('11\\u202f328', '0.46', '–')
    """
    if _missing(value):
        return NONE
    return f"{float(value):,.{digits}f}".replace(",", NARROW)


def percent(value: Any, digits: int = 0) -> str:
    """Return a fraction as a percentage.

    >>> percent(0.7857), percent(0.7857, 1)
    ('79\\u202f%', '78.6\\u202f%')
    """
    return NONE if _missing(value) else f"{number(100 * float(value), digits)}{NARROW}%"


def interval(low: Any, high: Any, digits: int = 0) -> str:
    """Return two fractions as a stretch of percentages.

    >>> interval(0.711, 0.843)
    '71–84'
    """
    if _missing(low) or _missing(high):
        return NONE
    return f"{number(100 * float(low), digits)}–{number(100 * float(high), digits)}"


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> counted(1, "clip"), counted(84, "clip"), counted(7, "class", "classes")
    ('1\\xa0clip', '84\\xa0clips', '7\\xa0classes')
    """
    return f"{number(n)}\u00a0{one if n == 1 else (many or one + 's')}"


def duration(seconds: Any) -> str:
    """Return seconds as a person would say them.

    >>> [duration(s) for s in (0.034, 4.21, 83, 7384)]
    ['0.03\\u202fs', '4.2\\u202fs', '1\\u202fmin 23\\u202fs', '2\\u202fh 3\\u202fmin']
    """
    if _missing(seconds):
        return NONE
    s = float(seconds)
    if s < 59.95:
        return f"{number(s, 1 if s >= 1 else 2)}{NARROW}s"
    whole = round(s)
    if whole < 3600:
        return f"{whole // 60}{NARROW}min {whole % 60}{NARROW}s"
    return f"{whole // 3600}{NARROW}h {whole % 3600 // 60}{NARROW}min"


def moment(text: Any) -> str:
    """Return an ISO 8601 time as "21 November 2025, 14:05"; other text as it is."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return str(text or "")
    return f"{when.day} {when:%B %Y, %H:%M}"


def listed(values: Iterable[Any], most: int = 8) -> str:
    """Return values as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(range(20), most=3)
    ('a, b and c', '0, 1, 2 and 17 more')
    """
    words = [str(v) for v in values]
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most} more"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" * bool(words)


def plain(value: Any) -> str:
    """Return a table cell as text: mappings as "C = 10, kernel = linear", floats kept short.

    >>> plain({"C": 10.0, "kernel": "linear"}), plain(0.03), plain(None), plain(True)
    ('C = 10, kernel = linear', '0.03', '–', 'yes')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {plain(v)}" for k, v in value.items()) or NONE
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(v) for v in value) or NONE
    if isinstance(value, str):
        return value
    if _missing(value):
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "item"):
        value = value.item()
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def shortened(text: str, most: int) -> str:
    """Return ``text`` cut to ``most`` characters, an ellipsis standing for the rest."""
    return text if len(text) <= most else text[: most - 1] + "…"


def _missing(value: Any) -> bool:
    if value is None or str(value) == "<NA>":
        return True
    try:
        return not math.isfinite(float(value))
    except (TypeError, ValueError):
        return not isinstance(value, str)
