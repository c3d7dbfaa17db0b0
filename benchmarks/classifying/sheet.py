"""A table of a benchmark whose lines are not ratios: a head, cells, notes, plain figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.rows import aligned

from .outcomes import Outcome
from .peers import METHODS
from .scores import Mean


@dataclass(frozen=True)
class Sheet:
    """One table.

    Parameters
    ----------
    title : str
        What was measured.
    head : tuple of str
        Names of the columns.
    lines : tuple of tuple of str
        The cells.
    notes : tuple of str
        What stands below.
    figures : tuple of dict
        The same as plain values, for JSON.
    """

    title: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    figures: tuple[dict[str, Any], ...] = ()

    def text(self) -> str:
        """Return the table in Markdown, which also reads well as plain text."""
        notes = [f"- {note}" for note in self.notes]
        return "\n".join([f"{self.title}\n", *aligned([self.head, *self.lines]), "", *notes])

    def plain(self) -> dict[str, Any]:
        """Return the table as plain values, for JSON."""
        return {"title": self.title, "notes": list(self.notes), "figures": list(self.figures)}


def cell(value: Mean | None) -> str:
    """Return a mean as text; empty where there is none."""
    return "" if value is None else value.cell()


def count(value: Mean | None) -> str:
    """Return the mean of a count as text.

    >>> count(Mean(8.25, 0.1)), count(Mean(12.0, 0.1)), count(None)
    ('8.2', '12', '')
    """
    return "" if value is None else f"{value.middle:.3g}" if value.middle < 1e3 else _whole(value)


def _whole(value: Mean) -> str:
    return f"{value.middle:.0f}"


def figure(value: float) -> str:
    """Return two or three significant figures.

    >>> figure(0.0123), figure(123.4)
    ('0.012', '123')
    """
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def settings(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return a note per method that was run: its settings."""
    names = dict.fromkeys(outcome.method for outcome in outcomes)
    return tuple(f"{name}: {METHODS[name].about}" for name in names)


def warnings_of(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return a note on the warnings of the fits; none where there was no warning."""
    said = []
    for outcome in outcomes:
        warned = sum(bool(fit.warned) for fit in outcome.fits)
        if warned:
            kinds = sorted({kind for fit in outcome.fits for kind in fit.warned})
            said.append(f"{outcome.method} on {outcome.data}: {warned} fits ({', '.join(kinds)})")
    return (f"warnings: {'; '.join(said)}",) if said else ()
