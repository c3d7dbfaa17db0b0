"""Numbers and times as text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

EMPTY = "-"
MINUS = "\N{MINUS SIGN}"
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def number(value: Any, digits: int = 3) -> str:
    """Return a number as text; a dash where there is none.

    >>> number(0.5), number(None), number(-0.0001)
    ('0.500', '-', '0.000')
    """
    if pd.isna(value):
        return EMPTY
    return f"{round(float(value), digits) + 0.0:.{digits}f}"  # + 0.0: there is no minus nought


def percent(value: Any) -> str:
    """Return a share as per cent.

    >>> percent(0.5), percent(None)
    ('50 %', '-')
    """
    text = number(value)
    return EMPTY if text == EMPTY else f"{100 * float(value):.0f} %"


def moment(text: Any) -> str:
    """Return an ISO 8601 time as people write it; blank where there is none.

    >>> moment("2024-05-31T12:00:09+00:00"), moment(None)
    ('31 May 2024, 12:00', '')
    """
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    month = MONTHS[when.month - 1]  # strftime would take the month from the user's language
    return f"{when.day} {month} {when.year}, {when:%H:%M}"
