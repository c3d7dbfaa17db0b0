"""Seconds of training: our RVM against EMRVC and fastrvm, measured in turns; ``rvm-speed``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.effort import Effort
from benchmarks.pairs import Pair, Spread, Timed
from benchmarks.rows import Row, number

from .outcomes import Fit, outcome
from .sets import rows_of

OURS = "RVM, scale"
DEFAULT = "RVM"
PEERS = ("EMRVC", "fastrvm")
ENOUGH = 60.0  # seconds of a peer after which no other turn is taken
MOST_EMRVC = 1000  # rows; it takes hours beyond
FASTER = {"EMRVC": (200.0, 500, 1000), "fastrvm": (15.0, 1000, 1000)}  # times; from, to rows
SLOWER = 0.1  # seconds that we may take more
NOTE = (
    "processor seconds of fit in fresh processes, one thread, after a small fit that is not "
    "counted; the same kernel for all: rbf, gamma = 1 / (columns x variance), columns "
    "standardised; sets are synthetic but for iris, wine and digits; error on held-out rows"
)


@dataclass(frozen=True)
class Turns:
    """Our fits and a peer's, in turns; a peer that was ended stands with its limit."""

    data: str
    peer: str
    ours: tuple[Fit, ...]
    theirs: tuple[Fit, ...]
    stopped: str = ""
    limit: float = 0.0

    def pair(self) -> Pair:
        """Return the processor times of the turns."""
        peer = [fit.cpu for fit in self.theirs] or [self.limit]
        ours = [fit.cpu for fit in self.ours[: len(peer)]]
        return Pair(tuple(Timed(t, t) for t in ours), tuple(Timed(t, t) for t in peer))


def turns(data: str, peer: str, repeats: int, limit: float) -> Turns | None:
    """Measure both in turns until the peer has had enough time; None where ours fails."""
    ours: list[Fit] = []
    theirs: list[Fit] = []
    while len(theirs) < repeats and sum(fit.wall for fit in theirs) < ENOUGH:
        mine = outcome(data, OURS, [0], limit=limit)
        if not mine.fits:
            return None
        ours += mine.fits
        other = outcome(data, peer, [0], limit=limit)
        if not other.fits:
            return Turns(data, peer, tuple(ours), tuple(theirs), other.stopped, limit)
        theirs += other.fits
    return Turns(data, peer, tuple(ours), tuple(theirs))


def target(data: str, peer: str) -> float | None:
    """Return how many times faster we must be; None where nothing is asked for.

    >>> target("mc_1000_20", "EMRVC"), target("mc_300_20", "EMRVC"), target("mc_1000_20", "fastrvm")
    (200.0, None, 15.0)
    """
    times, least, most = FASTER[peer]
    return times if least <= rows_of(data) <= most else None


def row(found: Turns) -> Row | None:
    """Return the line of the turns; None where the peer failed for another reason than time.

    Where the peer was ended the figure is a lower bound: it can meet a target, but miss none.
    """
    if not found.theirs and not found.stopped.startswith("over"):
        return None
    times = found.pair().ratio()
    wanted = target(found.data, found.peer)
    what = f"training, {found.data}, against {found.peer}"
    if not found.theirs and wanted is not None and times.middle < wanted:
        what, wanted = f"{what}; >= {wanted:g} x is left open", None
    return Row(
        what,
        times,
        "x faster" if found.theirs else "x faster at least",
        described(found.ours),
        described(found.theirs) or found.stopped,
        target=wanted,
        note=NOTE,
    )


def described(fits: Sequence[Fit]) -> str:
    """Return seconds, error and vectors of the last fit as text."""
    if not fits:
        return ""
    seconds = number(Spread.of([fit.cpu for fit in fits]).middle)
    return f"{seconds} s, error {number(fits[-1].error)}, {fits[-1].vectors} vectors"


def slower(found: Sequence[Turns]) -> list[Row]:
    """Return by how many seconds we were slower than a peer where we were at our worst."""
    gaps = {
        f"{each.data}, {each.peer}": Spread.of(
            [a.cpu - b.cpu for a, b in zip(each.pair().ours, each.pair().peer, strict=True)]
        )
        for each in found
        if each.theirs
    }
    if not gaps:
        return []
    worst = max(gaps, key=lambda name: gaps[name].middle)
    what = f"training, ours less a peer's, at our worst: {worst}"
    return [Row(what, gaps[worst], "s", target=SLOWER, more=False, note=NOTE)]


def alone(data: str, wanted: float, threads: int, repeats: int) -> list[Row]:
    """Return the wall seconds of our fit on a set that is too large for the peers."""
    found = outcome(data, DEFAULT, range(repeats), limit=20 * wanted, threads=threads)
    if not found.fits:
        return []
    wall = Spread.of([fit.wall for fit in found.fits])
    held = f"{threads} thread{'s' * (threads > 1)}"
    note = f"default settings, wall seconds, {held}, other folds or draws in every turn"
    what = f"training, {data}, {held}"
    return [
        Row(what, wall, "s", described(found.fits), target=wanted, more=False, note=note),
    ]


def run(effort: Effort) -> list[Row]:
    """Measure every set against the peers that can do it, then the large sets alone."""
    fits = effort.fits
    chosen = [
        (data, peer)
        for data in fits.speed
        for peer in PEERS
        if peer != "EMRVC" or rows_of(data) <= MOST_EMRVC
    ]
    measured = [turns(data, peer, effort.repeats, fits.limit) for data, peer in chosen]
    found = [each for each in measured if each is not None]
    rows = [made for made in map(row, found) if made is not None]
    rows += slower(found)
    for data, wanted, threads in fits.large:
        threads = fits.jobs if threads > 1 else 1
        rows += alone(data, wanted, threads, min(3, effort.repeats))
    if not rows:
        raise RuntimeError(f"no fit of {OURS} ended, so there is nothing to compare")
    return rows
