"""Error, likelihood, calibration, sparsity and time on small sets: the same folds for all."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.effort import Effort

from .outcomes import Outcome, outcome
from .scores import clearly_worse
from .sheet import Sheet, cell, count, figure, settings, warnings_of

EVERYWHERE = ("RVM", "RVM, scale", "RVM, evidence", "RSFM", "EMRVC", "fastrvm", "SVC", "logistic")
SEVERAL_CLASSES = ("RVM, one against one", "RVM, multinomial")
MOST = 30.0  # processor seconds of a fit; two peers need more on the ten classes of digits
MULTI = ("wine", "iris", "digits", "waveform")
HEAD = (
    *("set", "method", "folds", "error", "NLL, nats", "ECE", "fit, s"),
    *("vectors", "columns", "against EMRVC"),
)


def methods(data: str) -> tuple[str, ...]:
    """Return the methods that a set is given to."""
    first, *others = EVERYWHERE
    layers = () if data == "digits" else ("RSFM, layers",)
    return (first, *(SEVERAL_CLASSES if data in MULTI else ()), *others, *layers)


def verdict(ours: Outcome, peer: Outcome) -> str:
    """Return how one of our methods stands against EMRVC on the folds that both ended."""
    both = sorted({fit.part for fit in ours.fits} & {fit.part for fit in peer.fits})
    if not both:
        return f"EMRVC {peer.reason()}" if ours.fits else ""
    mine = [fit for fit in ours.fits if fit.part in both]
    theirs = [fit for fit in peer.fits if fit.part in both]
    worse = clearly_worse([fit.error for fit in mine], [fit.error for fit in theirs])
    better = sum(fit.nll for fit in mine) < sum(fit.nll for fit in theirs)
    if not worse and better:
        return "yes"
    return "NO: " + ", ".join(["error above"] * worse + ["NLL not better"] * (not better))


def line(found: Outcome, peer: Outcome) -> tuple[str, ...]:
    """Return the cells of a method on a set."""
    name = (found.data, found.method, str(len(found.fits)))
    if not found.fits:
        return (*name, found.reason(), *[""] * (len(HEAD) - 4))
    ours = found.method.startswith(("RVM", "RSFM"))
    return (
        *name,
        cell(found.mean("error")) + (f", then {found.reason()}" if found.stopped else ""),
        cell(found.mean("nll")),
        f"{found.calibration():.3f}",
        figure(found.seconds()),
        count(found.mean("vectors")),
        count(found.mean("used")),
        verdict(found, peer) if ours else "",
    )


def on(data: str, folds: int, limit: float) -> list[Outcome]:
    """Return what all methods bring on a set."""
    return [outcome(data, name, range(folds), limit=limit) for name in methods(data)]


def run(effort: Effort) -> Sheet:
    """Cross-validate every method on every set."""
    fits = effort.fits
    limit = min(fits.limit, MOST)
    groups = [on(data, fits.folds, limit) for data in fits.fixed]
    found = [each for group in groups for each in group]
    return Sheet(
        "Accuracy, on the same stratified folds for all methods",
        HEAD,
        tuple(entry for group in groups for entry in lines(group)),
        (
            f"mean ± standard error over {fits.folds} folds of 5-fold cross-validation; columns "
            "standardised on the training rows; waveform is synthetic, 500 rows of seed 0",
            "NLL: mean negative log-likelihood, probabilities clipped at 1e-6; ECE: expected "
            "calibration error over the test rows of all folds; fit: median processor seconds, "
            "one thread; vectors: training rows that any class uses",
            "against EMRVC: error on the same folds not above by more than the standard error of "
            "the difference, and NLL better",
            f"a fit is ended after {limit:g} processor seconds, and its method leaves the set",
            *settings(found),
            *warnings_of(found),
        ),
        tuple(each.plain() for each in found),
    )


def lines(group: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Return the lines of one set."""
    peer = next(each for each in group if each.method == "EMRVC")
    return [line(each, peer) for each in group]
