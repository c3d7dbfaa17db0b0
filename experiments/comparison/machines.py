"""What the classifiers of runs keep, how good their probabilities are, and how long a fit takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..keeping.runs import FinishedRun
from ..report.figures import Reliability, reliability
from ..report.words import number
from .compare import Comparison

MOST_TOGETHER = 6  # curves that can be told apart in one diagram
NOTE = (
    "Samples and features: what the classifier of a fold keeps, mean over the folds; a dash where "
    "it does not choose. Fit: seconds of the last fit of a fold; they depend on the machine and on "
    "what else it does; where folds share a kernel matrix, without that matrix."
)


@dataclass(frozen=True)
class Machine:
    """One row of the table, as text."""

    samples: str
    features: str
    fit: str


def machines_of(comparison: Comparison) -> list[Machine]:
    """Return a row per run, or nothing where no run states anything (all are older)."""
    if not any(run.training for run in comparison.runs):
        return []
    return [machine_of(run) for run in comparison.runs]


def machine_of(run: FinishedRun) -> Machine:
    """Return what a run states of its classifiers, a dash for the rest."""
    stated = run.training
    return Machine(
        share(stated, "samples_used", "samples"),
        share(stated, "features_used", "features"),
        seconds(stated.get("fit_seconds")),
    )


def share(stated: Mapping[str, float], used: str, of: str) -> str:
    """Return how many of how many.

    >>> share({"samples_used": 12.25, "samples": 66.0}, "samples_used", "samples")
    '12.2 of 66'
    """
    if used not in stated:
        return "–"
    return (
        f"{_short(stated[used])} of {_short(stated[of])}" if of in stated else _short(stated[used])
    )


def _short(value: float) -> str:
    return number(value, 0 if value == int(value) or value >= 100 else 1)


def seconds(value: float | None) -> str:
    """Return seconds with two digits that count.

    >>> [seconds(v) for v in (0.00123, 0.5, 12.34, 250.0, None)]
    ['0.0012', '0.50', '12', '250', '–']
    """
    if value is None:
        return "–"
    digits = next((d for d in range(5) if value >= 10 ** (1 - d)), 4)
    return number(value, digits)


@dataclass(frozen=True)
class Curve:
    """The reliability curve of one run and its style, 0 to ``MOST_TOGETHER`` - 1."""

    number: int
    name: str
    style: int
    drawn: Reliability


def curves_of(comparison: Comparison, names: list[str]) -> list[Curve]:
    """Return the reliability curve of every run that has one."""
    return [
        Curve(i + 1, names[i], i % MOST_TOGETHER, reliability(run.reliability))
        for i, run in enumerate(comparison.runs)
        if run.reliability
    ]
