"""One line of the table: a figure, its scatter, what was asked for, and whether it is met."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .pairs import Pair, Spread, Timed

HEAD = (
    *("what", "ours", "peer", "figure", "from-to", "on the processor"),
    *("target", "aim", "met", "note"),
)


@dataclass(frozen=True)
class Row:
    """One figure.

    Parameters
    ----------
    what : str
        What was measured, on what.
    value : Spread
        The figure, by wall clock.
    unit : str
        "x faster", "x decoding", "frames/s", "s" ...
    ours, peer : str
        The two absolute times, for orientation only.
    cpu : Spread, optional
        The same figure from processor time.
    target, aim : float, optional
        What must and what should be reached.
    more : bool
        More is better.
    note : str
        What stands under the table; rows with the same note share it.
    """

    what: str
    value: Spread
    unit: str
    ours: str = ""
    peer: str = ""
    cpu: Spread | None = None
    target: float | None = None
    aim: float | None = None
    more: bool = True
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the target; None where there is none."""
        return self._reaches(self.target)

    def _reaches(self, wanted: float | None) -> bool | None:
        if wanted is None:
            return None
        return self.value.middle >= wanted if self.more else self.value.middle <= wanted

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of ``HEAD`` but for the note."""
        return (
            self.what,
            self.ours,
            self.peer,
            f"{number(self.value.middle)} {self.unit}",
            f"{number(self.value.low)}-{number(self.value.high)}",
            number(self.cpu.middle) if self.cpu else "",
            self._wanted(self.target),
            self._wanted(self.aim),
            verdict(self.met, self._reaches(self.aim)),
        )

    def _wanted(self, wanted: float | None) -> str:
        return "" if wanted is None else f"{'>=' if self.more else '<='} {number(wanted)}"

    def plain(self) -> dict[str, Any]:
        """Return the row as plain values, for JSON."""
        return {**asdict(self), "met": self.met}


def verdict(met: bool | None, aimed: bool | None) -> str:
    """Return the last cell: what was reached.

    >>> verdict(True, False), verdict(False, None), verdict(None, None)
    ('yes', 'NO', '')
    """
    if met is None:
        return ""
    return "NO" if not met else "yes, and the aim" if aimed else "yes"


def number(value: float) -> str:
    """Return three figures.

    >>> number(1.2345), number(0.01234), number(1234.5), number(2.0)
    ('1.23', '0.0123', '1234', '2')
    """
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def ratio_row(
    what: str,
    pair: Pair,
    *,
    unit: str = "x faster",
    target: float | None = None,
    aim: float | None = None,
    more: bool = True,
    note: str = "",
) -> Row:
    """Return the row of a pair: peer over ours where more is better, else ours over peer."""
    wall, cpu = pair.ratio("wall", more), pair.ratio("cpu", more)
    ours, peer = milliseconds(pair.ours), milliseconds(pair.peer)
    return Row(what, wall, unit, ours, peer, cpu, target, aim, more, note)


def milliseconds(times: Sequence[Timed]) -> str:
    """Return the median of several calls as text."""
    return f"{number(1e3 * statistics.median(t.wall for t in times))} ms"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table that also reads well as plain text, notes below."""
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    numbers = [str(notes.index(row.note) + 1) if row.note else "" for row in rows]
    lines = [HEAD, *((*row.cells(), n) for row, n in zip(rows, numbers, strict=True))]
    return "\n".join(
        [*aligned(lines), "", *(f"{i}. {note}" for i, note in enumerate(notes, 1))]
    ).rstrip()


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a Markdown table, the first one its head, columns of equal width."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    text = [
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]
    return [text[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *text[1:]]
