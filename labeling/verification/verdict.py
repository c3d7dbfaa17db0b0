"""The verdict on a study in one sentence."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .codes import LEVELS
from .findings import counted
from .verify import Verification
from .words import number


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
    if found.facts.get("labelled") == 0:
        said = f"Nothing to judge yet: {said}." if parts else "Nothing to judge yet."
    elif counts["error"]:
        said = f"Not ready to be used: {said}."
    elif counts["warning"]:
        said = f"No error, but {said} to look at."
    elif found.facts:
        said = f"Fit for use: {said}." if parts else "Fit for use: nothing was found."
    else:
        said = f"{said}." if parts else "Nothing was found."
    return said, " ".join(filter(None, [_coverage(found.facts), _agreement(found)]))


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _coverage(facts: dict[str, Any]) -> str:
    if not facts.get("clips"):
        return "The study has no clips." if "clips" in facts else ""
    labelled, clips = facts["labelled"], facts["clips"]
    if clips == 1:
        return f"The only clip has {'a' if labelled else 'no'} label that holds."
    verb = "has" if labelled == 1 else "have"
    share = "All" if labelled == clips else f"{labelled:,}"
    return f"{share} of {counted(clips, 'clip')} {verb} a label that holds."


def _agreement(found: Verification) -> str:
    if not found.figures or found.figures[0].value is None:
        return ""
    alpha = found.figures[0]
    return f"{alpha.name} is {number(alpha.value)}."
