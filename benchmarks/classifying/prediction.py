"""Seconds per answered row against training rows: what the cost of a prediction follows."""

from __future__ import annotations

from benchmarks.effort import Effort

from .outcomes import Outcome, outcome
from .sheet import Sheet, count, figure, settings

METHODS = ("RVM", "RSFM", "SVC")
FAMILIES = ("mc_{}_20", "add_{}_20")
HEAD = (
    *("set", "method", "vectors", "columns", "us per row", "against the least rows"),
    *("vectors x columns, likewise", "ns per row, vector and column"),
)


def work(found: Outcome) -> float:
    """Return vectors times columns of a fitted machine."""
    fit = found.fits[0]
    columns = fit.used if fit.used is not None else int(found.data.split("_")[2])
    return float(max(fit.vectors or 0, 1) * max(columns, 1))


def per_row(found: Outcome) -> float:
    """Return seconds per answered row."""
    row = found.fits[0].row
    assert row is not None
    return row


def line(found: Outcome, least: Outcome) -> tuple[str, ...]:
    """Return the cells of a method, against the one with the least training rows."""
    name = (found.data, found.method)
    if not found.fits:
        return (*name, found.reason(), *[""] * (len(HEAD) - 3))
    ratio = per_row(found) / per_row(least) if least.fits else float("nan")
    grown = work(found) / work(least) if least.fits else float("nan")
    return (
        *name,
        count(found.mean("vectors")),
        count(found.mean("used")),
        figure(1e6 * per_row(found)),
        f"{ratio:.2f}",
        f"{grown:.2f}",
        figure(1e9 * per_row(found) / work(found)),
    )


def run(effort: Effort) -> Sheet:
    """Time the answers of every method at every number of training rows."""
    fits = effort.fits
    found = [
        [
            outcome(family.format(rows), name, [0], limit=fits.limit, timing=True)
            for rows in fits.rows
        ]
        for family in FAMILIES
        for name in METHODS
    ]
    flat = [each for group in found for each in group]
    return Sheet(
        "Seconds per answer, one task with more and more training rows",
        HEAD,
        tuple(line(each, group[0]) for group in found for each in group),
        (
            "processor time of predict_proba on 2,000 rows at once, median of seven calls, one "
            "thread; synthetic sets, 20 columns, training rows in the name",
            *settings(flat),
        ),
        tuple(each.plain() for each in flat),
    )
