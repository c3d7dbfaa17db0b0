"""Wide tables of which few columns matter: error, what is found, time, memory; ``rsfm-wide``."""

from __future__ import annotations

from benchmarks.effort import Effort

from .outcomes import Outcome, outcome
from .scores import short
from .sets import part
from .sheet import Sheet, cell, count, figure, settings, warnings_of

OURS = ("RSFM", "RSFM, no refit", "RSFM, refit", "RVM, evidence")
PEERS = ("SVC, searched", "L1 logistic", "forest")
HEAD = (
    *("set", "method", "draws", "error", "NLL, nats", "columns", "true + false"),
    *("vectors", "fit, s", "peak, MB", "asked for"),
)
MOST_BATCH = 300  # rows; the batch version inverts what all rows and columns span
LARGE = 20_000  # columns from which a method has an hour's work in every refit
ERRORS = {"add_300_500": 0.14, "add_1000_500": 0.106 + 0.02, "add_3000_500": 0.106 + 0.02}
SECONDS = {"add_1000_500": 2.0, "mc_1000_500": 2.0, "mul_1000_500": 2.0, "bins_300_50000": 25.0}
MEGABYTES = {"bins_300_50000": 1200.0}
EXACT = ("add_300_500", "add_1000_500", "add_3000_500")


def methods(data: str) -> tuple[str, ...]:
    """Return the methods that a set is given to.

    >>> methods("bins_300_50000")
    ('RSFM', 'RVM, evidence', 'SVC, searched', 'L1 logistic', 'forest')
    """
    family, rows, columns = data.split("_")
    if int(columns) >= LARGE:
        return ("RSFM", "RVM, evidence", *PEERS)
    extra = ["RSFM, layers"] if int(rows) <= MOST_BATCH else []
    extra += ["RSFM, groups", "RSFM, groups and layers"] if family == "blocks" else []
    if family != "blocks" and int(rows) <= MOST_BATCH:
        extra.append("RSFM, batch")
    return (*OURS, *extra, *PEERS)


def verdict(found: Outcome) -> str:
    """Return what was asked of the default RSFM on a set, and whether it was reached."""
    if found.method != "RSFM" or not found.fits:
        return ""
    error, true, false = (found.mean(name) for name in ("error", "true", "false"))
    assert error is not None
    asked = []
    if found.data in ERRORS:
        wanted = ERRORS[found.data]
        asked.append((f"error <= {short(wanted)}", error.middle <= wanted))
    if found.data in EXACT and true is not None and false is not None:
        asked.append(("exactly the 5", (true.middle, false.middle) == (5, 0)))
    if found.data in SECONDS:
        asked.append((f"<= {SECONDS[found.data]:g} s", found.seconds() <= SECONDS[found.data]))
    if found.data in MEGABYTES:
        wanted = MEGABYTES[found.data]
        asked.append((f"<= {wanted:g} MB", found.fits[0].peak <= wanted))
    return "; ".join(f"{what}: {'yes' if met else 'NO'}" for what, met in asked)


def line(found: Outcome) -> tuple[str, ...]:
    """Return the cells of a method on a set."""
    name = (found.data, found.method, str(len(found.fits)))
    if not found.fits:
        return (*name, found.reason(), *[""] * (len(HEAD) - 4))
    true, false = count(found.mean("true")), count(found.mean("false"))
    refitted = sum(fit.refitted for fit in found.fits)
    return (
        found.data,
        found.method + (f" ({refitted} refitted)" if refitted else ""),
        str(len(found.fits)),
        cell(found.mean("error")),
        cell(found.mean("nll")),
        count(found.mean("used")),
        f"{true} + {false}" if true else "",
        count(found.mean("vectors")),
        figure(found.seconds()),
        f"{found.fits[0].peak:.0f}",
        verdict(found),
    )


def size(data: str) -> float:
    """Return megabytes of the training rows of a set."""
    return part(data, 0).X.nbytes / 2**20


def run(effort: Effort) -> Sheet:
    """Fit every method on every draw of every set."""
    fits = effort.fits
    found = [
        outcome(data, name, range(1 if "batch" in name else draws), limit=fits.limit)
        for data, draws in fits.wide
        for name in methods(data)
    ]
    sizes = ", ".join(f"{data} {size(data):.1f} MB" for data, _ in fits.wide)
    return Sheet(
        "Few columns that matter among many, synthetic sets",
        HEAD,
        tuple(line(each) for each in found),
        (
            "mean ± standard error over draws; a set's name says family, training rows, columns; "
            "2,000 test rows (bins: 1,000); columns standardised on the training rows where a "
            "method says nothing else",
            "add, mul: standard normal columns, the first 5 in additive or multiplicative log "
            "odds, Bayes error .106 and .126; xor: the product of columns 0 and 1, Bayes error "
            ".076; mc: make_classification, 5 informative columns, 5 % of labels flipped",
            "blocks: histograms of 59 bins, 5 blocks matter, and true and false ones are blocks; "
            "bins: histograms of 50 bins, one bin matters in each of 20",
            "fit: median processor seconds, one thread; peak: of a fresh process with libraries "
            f"and training rows until the end of its first fit; training rows: {sizes}",
            *settings(found),
            *warnings_of(found),
        ),
        tuple(each.plain() for each in found),
    )
