"""JSON that somebody else's program wrote, or that a person edited: read within bounds.

``read_json`` gives the whole file; ``whole``, ``number``, ``text``, ``listed`` and ``mapped`` take
one value out of it as what it must be, so that no other kind of value gets any further.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from sttm.errors import InputError

from .base import read_raw

LARGEST_NUMBER = 2**53  # beyond it, JSON's numbers are not exact
LONGEST_WORD = 10_000  # characters


def read_json(path: str | Path, what: str) -> Any:
    """Return what a JSON file holds.

    UTF-8 with or without a byte order mark, or UTF-16 or UTF-32.

    Parameters
    ----------
    path : str or Path
    what : str
        What the file is, for messages, such as "a BORIS project".

    Raises
    ------
    InputError
        When the file cannot be read, is over 256 MiB, is no JSON, or is nested too deeply.
    """
    path = Path(path)
    raw = read_raw(path)
    try:
        return json.loads(_decoded(raw), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        reason = "it is no UTF-8 text"
    except RecursionError:
        reason = "it is nested too deeply"
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}: {error.msg.lower()}"
    except ValueError as error:  # NaN, or a number with thousands of digits
        reason = str(error).split(";")[0].split(":")[0]
    raise InputError(f"{path.name} must be {what}, which is JSON text ({reason}); save it again.")


def _decoded(raw: bytes) -> str:
    encoding = json.detect_encoding(raw)
    return raw.decode("utf-8-sig" if encoding.startswith("utf-8") else encoding)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it holds {name}, which is no number")


# values -----------------------------------------------------------------------------------------


def mapped(value: Any) -> dict[str, Any]:
    """Return ``value`` where it is an object, else an empty one.

    >>> mapped({"a": 1}), mapped([1])
    ({'a': 1}, {})
    """
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Return ``value`` where it is a list, else an empty one.

    >>> listed([1]), listed("one")
    ([1], [])
    """
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """Return a short text or number as text without the spaces around it, else nothing.

    >>> text(" smile "), text(3), text(2.5), text(None), text(["smile"])
    ('smile', '3', '2.5', '', '')
    """
    if isinstance(value, str):
        return value.strip() if len(value) <= LONGEST_WORD else ""
    plain = number(value)
    return "" if plain is None else f"{plain:.15g}"


def number(value: Any) -> float | None:
    """Return a finite number below 2**53, else None; a number written as text counts.

    >>> number(2), number(" 2.5 "), number("1e999"), number(True), number(None)
    (2.0, 2.5, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value) if not isinstance(value, str) or len(value) < 64 else math.nan
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and abs(found) < LARGEST_NUMBER else None


def whole(value: Any) -> int | None:
    """Return a whole number, else None.

    >>> whole(3), whole("3"), whole(3.0), whole(3.5)
    (3, 3, 3, None)
    """
    found = number(value)
    return int(found) if found is not None and found.is_integer() else None
