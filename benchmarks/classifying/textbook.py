"""Textbook problems from generators: our table beside published figures of the RVM."""

from __future__ import annotations

from benchmarks.effort import Effort

from .outcomes import Outcome, outcome
from .sheet import Sheet, cell, count, figure, settings, warnings_of

METHODS = ("RVM", "RVM, evidence", "RSFM", "SVC", "SVC, searched")
HEAD = (
    *("set", "method", "draws", "error", "NLL, nats", "vectors", "columns", "fit, s"),
    *("Bayes error", "published"),
)
BAYES = {"ripley": 0.0895, "waveform 1 v 2": 0.0826, "twonorm": 0.0228, "ringnorm": 0.0150}
PUBLISHED = {
    ("ripley", "RVM, width .5"): "RVM .093-.098, 4 vectors",
    ("ripley", "SVC"): "SVM .106, 38 vectors",
    ("waveform 1 v 2", "RVM"): "RVM .109, 14.6 vectors",
    ("waveform 1 v 2", "SVC"): "SVM .103, 146.4 vectors",
    ("twonorm", "SVC"): "SVM .030",
    ("ringnorm", "SVC"): "SVM .017",
}


def methods(data: str) -> tuple[str, ...]:
    """Return the methods that a set is given to."""
    return (*METHODS, "RVM, width .5") if data == "ripley" else METHODS


def line(found: Outcome) -> tuple[str, ...]:
    """Return the cells of a method on a set."""
    name = (found.data, found.method, str(len(found.fits)))
    if not found.fits:
        return (*name, found.reason(), *[""] * (len(HEAD) - 4))
    return (
        *name,
        cell(found.mean("error")),
        cell(found.mean("nll")),
        count(found.mean("vectors")),
        count(found.mean("used")),
        figure(found.seconds()),
        f"{BAYES[found.data.removesuffix(' + 50')]:.4f}".lstrip("0"),
        PUBLISHED.get((found.data, found.method), ""),
    )


def run(effort: Effort) -> Sheet:
    """Fit every method on every draw."""
    found = [
        outcome(data, name, range(draws), limit=effort.fits.limit)
        for data, draws in effort.fits.textbook
        for name in methods(data)
    ]
    return Sheet(
        "Textbook problems, synthetic",
        HEAD,
        tuple(line(each) for each in found),
        (
            "mean ± standard error over draws; training and test rows: ripley 250 and 1,000, "
            "waveform 400 and 4,600, twonorm and ringnorm 400 and 7,000; + 50: with 50 standard "
            "normal columns more; waveform 1 v 2: its first class against the other two",
            "Bayes error: of the generator, worked out from its densities; noise columns do not "
            "change it",
            "published, of other draws and with widths chosen by cross-validation, quoted from "
            "memory and for orientation only: Tipping, JMLR 1, 2001 (ripley, waveform; which "
            "class of waveform stood alone is not said); Rätsch, Onoda and Müller, Machine "
            "Learning 42, 2001 (twonorm, ringnorm)",
            *settings(found),
            *warnings_of(found),
        ),
        tuple(each.plain() for each in found),
    )
