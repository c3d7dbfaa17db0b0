"""Agreement on marks, and of annotators with themselves and over time."""

from __future__ import annotations

from .agreeing import Accord
from .evidence import Evidence


def interval_agreement(evidence: Evidence) -> Accord:
    """Return how far annotators agree on onset, apex and offset."""
    return Accord()


def steadiness(evidence: Evidence, *, replicates: int, seed: int) -> Accord:
    """Return how far annotators agree with themselves, and whether they drift."""
    return Accord()
