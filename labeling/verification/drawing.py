"""Tables and figures as what the template draws: levels of the ramp, places on a track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..agreement.figure import Figure
from .words import EMPTY, number

LEVELS = 11  # steps of the ramp in verification.css
EDGE = 2.0  # per cent of a track left free at either end


@dataclass(frozen=True)
class Cell:
    """A cell of a heat table: what it says, its step of the ramp (-1 for none), its explanation."""

    text: str
    level: int = -1
    title: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Heat:
    """A heat table."""

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]
    caption: str = ""
    total: str = ""


def place(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """Return where a value lies on a track, in per cent of its width.

    >>> place(0.5), place(-3.0), place(7.0)
    (50.0, 2.0, 98.0)
    """
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return round(EDGE + (100 - 2 * EDGE) * share, 2)


def step(share: Any) -> int:
    """Return the step of the ramp for a share; anything above 0 leaves step 0, none is -1.

    >>> step(0), step(0.001), step(1), step(None)
    (0, 1, 10, -1)
    """
    if number(share) == EMPTY:
        return -1
    if not share > 0:
        return 0
    return int(max(1, min(LEVELS - 1, round(float(share) * (LEVELS - 1)))))


def track(figure: Figure) -> dict[str, Any] | None:
    """Return the places of a figure's dot and interval; None where it is undefined."""
    if figure.value is None:
        return None
    bounds = None
    if figure.low is not None and figure.high is not None:
        bounds = (place(figure.low), place(figure.high))
    return {"dot": place(figure.value), "range": bounds}


def count_heat(counts: pd.DataFrame, nobody: str = "not stated") -> Heat:
    """Return a table of counts as a heat table, with totals at the right and above."""
    most = max(1, int(counts.to_numpy().max(initial=0)))
    rows = []
    for name, values in zip(counts.index, counts.to_numpy().tolist(), strict=True):
        cells = [Cell(str(v) if v else "", step(v / most) if v else -1) for v in values]
        rows.append((str(name) or nobody, [*cells, Cell(f"{sum(values):,}", kind="sum")]))
    sums = [Cell(f"{v:,}", kind="sum") for v in counts.sum().tolist()]
    everything = Cell(f"{int(counts.to_numpy().sum()):,}", kind="sum")
    return Heat([str(c) for c in counts.columns], [("all", [*sums, everything]), *rows])


def pair_heat(pairs: pd.DataFrame) -> Heat:
    """Return the table of pairs of annotators as a square heat table of kappa."""
    names = list(dict.fromkeys([*pairs["first"], *pairs["second"]]))
    cells: dict[tuple[str, str], Cell] = {}
    for row in pairs.to_dict("records"):
        kappa = row["kappa"]
        known = number(kappa) != EMPTY
        why = f"{row['n']} clips" if known else str(row["reason"])
        title = f"{row['first']} and {row['second']}: {why}"
        if number(row["low"]) != EMPTY:
            title += f", kappa {number(row['low'])} to {number(row['high'])}"
        cell = Cell(number(kappa, 2), step(kappa) if known else -1, title, "" if known else "none")
        cells[row["first"], row["second"]] = cells[row["second"], row["first"]] = cell
    blank = Cell("", kind="none")
    return Heat(
        names, [(one, [cells.get((one, other), blank) for other in names]) for one in names]
    )


def confusion_heat(table: pd.DataFrame, caption: str) -> Heat:
    """Return counts of what was said (columns) per what the others say (rows), rows shaded."""
    rows = []
    for name, values in zip(table.index, table.to_numpy().tolist(), strict=True):
        total = sum(values)
        cells = [
            Cell(
                f"{v:g}" if v else "",
                step(v / total) if v else -1,
                f"{name}: {v:g} of {total:g} called {column}",
                "same" if column == name else "",
            )
            for column, v in zip(table.columns, values, strict=True)
        ]
        rows.append((str(name), cells))
    return Heat([str(c) for c in table.columns], rows, caption)


@dataclass(frozen=True)
class Curve:
    """A small chart of shares over time, in a box of ``WIDE`` x ``HIGH``: x, y and a name each."""

    title: str
    said: str
    dots: list[tuple[float, float, str]]

    @property
    def line(self) -> str:
        """The dots as SVG points."""
        return " ".join(f"{x},{y}" for x, y, _ in self.dots)


WIDE, HIGH, MARGIN = 220.0, 80.0, 6.0


def curve(title: str, said: str, values: Sequence[Any], names: Sequence[str]) -> Curve:
    """Return the chart of values from 0 to 1 in equal steps; missing ones are left out."""
    at = [i for i, v in enumerate(values) if number(v) != EMPTY]
    x = {i: MARGIN + (WIDE - 2 * MARGIN) * (i / max(1, len(values) - 1)) for i in at}
    return Curve(title, said, [(round(x[i], 1), _y(values[i]), names[i]) for i in at])


def _y(value: Any) -> float:
    share = min(1.0, max(0.0, float(value)))
    return round(HIGH - MARGIN - (HIGH - 2 * MARGIN) * share, 1)
