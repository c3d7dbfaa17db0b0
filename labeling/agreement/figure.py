"""What every coefficient returns, and the bootstrap over units that gives its interval.

A statistic is a function of weights: it takes an array (replicates, units), how often each unit
is there, and returns one number per row, NaN where it is undefined. The value is the statistic at
the weights that were observed, a replicate the statistic at weights drawn from a multinomial
distribution, which is what drawing units with replacement amounts to (Efron, Tibshirani 1993).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sttm.errors import InputError

CONFIDENCE = 0.95
FEWEST_REPLICATES = 40  # one of them in each tail of 2.5 %
LEAST_DEFINED = 0.9  # share of replicates that must be defined for an interval
TINY = 1e-12  # what rounding leaves of a difference of two numbers near 1
BLOCK = 1 << 21  # weights that are held at a time

Statistic = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Figure:
    """One coefficient, with its interval and what it means.

    Parameters
    ----------
    name : str
        For example ``"Krippendorff's alpha (nominal)"``.
    value : float or None
        None where it is undefined; ``reason`` says why.
    low, high : float or None
        The interval, 95 % unless the definition says otherwise; None where none was asked for,
        or where there is none (``reason`` says why).
    n : int
        Units that count: those that could agree or disagree.
    raters : int
        Raters who rated at least one of the units.
    definition : str
        One sentence with the source.
    reason : str
        Empty, or why there is no value or no interval.

    Examples
    --------
    >>> print(Figure("kappa", 0.5, 0.25, 0.75, 40, 2, "Cohen 1960"))
    kappa = 0.500 [0.250, 0.750], 40 units, 2 raters
    >>> print(Figure("kappa", None, None, None, 0, 1, "Cohen 1960", "there is one rater"))
    kappa undefined: there is one rater
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    raters: int
    definition: str
    reason: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name} undefined: {self.reason}"
        between = "" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]"
        counts = (
            f"{self.n} unit{'s' * (self.n != 1)}, {self.raters} rater{'s' * (self.raters != 1)}"
        )
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.name} = {self.value:.3f}{between}, {counts}{why}"


def estimate(
    name: str,
    definition: str,
    statistic: Statistic,
    counts: np.ndarray,
    *,
    raters: int,
    replicates: int = 0,
    seed: int = 0,
    undefined: str = "the formula divides by zero",
) -> Figure:
    """Return the Figure of a statistic, with its bootstrap interval where asked for.

    Parameters
    ----------
    name, definition : str
    statistic : callable
        (replicates, m) weights -> (replicates,) values, NaN where undefined.
    counts : array of int (m,)
        How many units each of the m rows stands for: ones, or multiplicities of equal units.
    raters : int
    replicates : int
        0 for no interval, otherwise at least 40.
    seed : int
    undefined : str
        The reason when the statistic is NaN.

    Raises
    ------
    InputError
        For an impossible number of replicates.

    Examples
    --------
    >>> values = np.array([0.0, 1.0, 1.0, 1.0])
    >>> mean = lambda weights: weights @ values / weights.sum(axis=1)
    >>> print(estimate("mean overlap", "share", mean, np.ones(4, int), raters=2))
    mean overlap = 0.750, 4 units, 2 raters
    """
    counts = np.asarray(counts)
    _check_replicates(replicates)
    value = float(statistic(counts[None, :].astype(float))[0]) if len(counts) else float("nan")
    n = int(counts.sum())
    if not np.isfinite(value):
        return Figure(name, None, None, None, n, raters, definition, undefined)
    low, high, reason = resampled(statistic, counts, replicates=replicates, seed=seed)
    return Figure(name, value, low, high, n, raters, definition, reason)


def resampled(
    statistic: Statistic, counts: np.ndarray, *, replicates: int, seed: int = 0
) -> tuple[float | None, float | None, str]:
    """Return the 95 % percentile interval over units, or (None, None, why there is none).

    Replicates in which the statistic is undefined are left out; when they are more than a tenth,
    there is no interval, because what is left would be a choice.

    Parameters
    ----------
    statistic : callable
        (replicates, m) weights -> (replicates,) values, NaN where undefined.
    counts : array of int (m,)
    replicates : int
        0: no interval and no reason.
    seed : int

    References
    ----------
    Efron, Tibshirani, An Introduction to the Bootstrap, 1993, section 13.3.
    doi:10.1007/978-1-4899-4541-9

    Examples
    --------
    >>> low, high, why = resampled(
    ...     lambda w: w[:, 1] / w.sum(axis=1), np.array([50, 50]), replicates=1000
    ... )
    >>> 0.35 < low < 0.45 < 0.55 < high < 0.65, why
    (True, '')
    """
    if replicates == 0:
        return None, None, ""
    if counts.sum() < 2:
        return None, None, "no interval: there is only one unit"
    values = _replicated(statistic, counts, replicates, seed)
    defined = values[np.isfinite(values)]
    if len(defined) < LEAST_DEFINED * replicates:
        lost = replicates - len(defined)
        return None, None, f"no interval: undefined in {lost} of {replicates} resamples"
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high), ""


def _replicated(statistic: Statistic, counts: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """Return the statistic of each replicate; weights are drawn a block at a time."""
    rng = np.random.default_rng(seed)
    n = int(counts.sum())
    share = counts / n
    step = max(1, min(replicates, BLOCK // len(counts)))
    sizes = [min(step, replicates - done) for done in range(0, replicates, step)]
    drawn = (rng.multinomial(n, share, size=size).astype(float) for size in sizes)
    return np.concatenate([statistic(weights) for weights in drawn])


def _check_replicates(replicates: int) -> None:
    whole = isinstance(replicates, int | np.integer) and not isinstance(replicates, bool)
    if not whole or (replicates != 0 and replicates < FEWEST_REPLICATES):
        raise InputError(
            f"replicates must be 0 (no interval) or a whole number of at least "
            f"{FEWEST_REPLICATES}; got {replicates!r}."
        )


def quotient(
    numerator: np.ndarray, denominator: np.ndarray, floor: float | np.ndarray = 0.0
) -> np.ndarray:
    """Return ``numerator / denominator``; NaN, and no warning, where that is not above ``floor``.

    >>> quotient(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    out = np.full(numerator.shape, np.nan)
    return np.divide(numerator, denominator, out=out, where=denominator > floor)
