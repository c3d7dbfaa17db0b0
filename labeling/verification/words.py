"""The verdict in one sentence, and numbers as text."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pandas as pd

from .findings import LEVELS, counted
from .verify import Verification

EMPTY = "-"
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)


def verdict(found: Verification) -> str:
    """Return what the verification comes to.

    >>> from labeling.verification.findings import Finding
    >>> verdict(Verification([]))
    'Nothing was found.'
    >>> verdict(Verification([Finding("F01", "error", "x")], facts={"clips": 2, "labelled": 2}))
    'Not ready to be used: 1 error. All of 2 clips have a label that holds.'
    """
    return " ".join(filter(None, verdict_parts(found)))


def verdict_parts(found: Verification) -> tuple[str, str]:
    """Return whether the labels can be used, and what more there is to say."""
    counts = Counter(f.level for f in found.findings if not f.muted)
    parts = [counted(counts[level], level) for level in reversed(LEVELS) if counts[level]]
    said = _listed(parts)
    if counts["error"]:
        said = f"Not ready to be used: {said}."
    elif found.facts:
        said = f"Fit for use: no error, {said}." if parts else "Fit for use: nothing was found."
    else:
        said = f"{said}." if parts else "Nothing was found."
    return said, " ".join(filter(None, [_coverage(found.facts), _agreement(found)]))


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _coverage(facts: dict[str, Any]) -> str:
    if not facts.get("clips"):
        return "The study has no clips." if "clips" in facts else ""
    share = "All" if facts["labelled"] == facts["clips"] else f"{facts['labelled']:,}"
    return f"{share} of {counted(facts['clips'], 'clip')} have a label that holds."


def _agreement(found: Verification) -> str:
    if not found.figures or found.figures[0].value is None:
        return ""
    alpha = found.figures[0]
    return f"{alpha.name} is {number(alpha.value)}."


def number(value: Any, digits: int = 3) -> str:
    """Return a number as text; a dash where there is none.

    >>> number(0.5), number(None), number(float("nan"))
    ('0.500', '-', '-')
    """
    return EMPTY if pd.isna(value) else f"{float(value):.{digits}f}"


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
