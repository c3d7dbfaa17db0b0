"""Scores of a predictions table: totals, per class, per subject, calibration, with intervals.

Rules, stated once:

- All scores come from one confusion matrix, summed over all folds: hits, misses and false alarms
  are added up before anything is divided. This is the definition of UF1 and UAR of the
  micro-expression grand challenge (See et al., MEGC 2019, doi:10.1109/FG.2019.8756611).
- A class counts in UAR and UF1 when at least one clip carries it; recall of a class without clips
  does not exist. F1 of a class that is never predicted is 0.
- Intervals: subjects are drawn with replacement, with all their clips (cluster bootstrap;
  Davison and Hinkley 1997, section 3.8); 2.5 % and 97.5 % of 2,000 replicates. A class that is
  absent in a replicate is left out of that replicate's mean. With few subjects (fewer than about
  20) such intervals are somewhat too narrow. With one subject there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from sttm.errors import InputError
from sttm.tables import named

from .predictions import check_predictions, classes_of, probabilities_of

REPLICATES = 2000
ECE_BINS = 10


# from confusion matrices ------------------------------------------------------------------------


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return counts (classes, classes): rows are the labels, columns the predictions.

    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist()
    [[1, 1], [0, 1]]
    """
    cells = np.bincount(np.asarray(labels) * classes + predicted, minlength=classes**2)
    return cells.reshape(classes, classes)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0)


def _class_mean(values: np.ndarray, support: np.ndarray) -> np.ndarray:
    """Return the mean of ``values`` (..., classes) over the classes that have clips."""
    there = support > 0
    return _ratio(np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1).astype(float))


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Return the share of clips on the diagonal, (..., classes, classes) -> (...)."""
    hits = np.trace(confusion, axis1=-2, axis2=-1).astype(float)
    return _ratio(hits, confusion.sum(axis=(-2, -1)).astype(float))


def uar(confusion: np.ndarray) -> np.ndarray:
    """Return the unweighted average recall (balanced accuracy), (..., k, k) -> (...)."""
    support = confusion.sum(axis=-1).astype(float)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    return _class_mean(_ratio(hits, support), support)


def uf1(confusion: np.ndarray) -> np.ndarray:
    """Return the unweighted mean of the classes' F1 = 2 TP / (2 TP + FP + FN), (..., k, k)."""
    support = confusion.sum(axis=-1).astype(float)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    return _class_mean(_ratio(2 * hits, support + confusion.sum(axis=-2)), support)


TOTALS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": accuracy,
    "uar": uar,
    "uf1": uf1,
}


# bootstrap over subjects ------------------------------------------------------------------------


def subject_draws(subjects: int, replicates: int = REPLICATES, seed: int = 0) -> np.ndarray:
    """Return how often each subject is drawn in each replicate, (replicates, subjects) int."""
    random = np.random.default_rng(seed)
    return random.multinomial(subjects, np.full(subjects, 1.0 / subjects), size=replicates)


def subject_confusions(
    labels: np.ndarray, predicted: np.ndarray, subjects: np.ndarray, classes: int
) -> np.ndarray:
    """Return one confusion matrix per subject number, (subjects, classes, classes)."""
    count = int(subjects.max()) + 1
    cells = (subjects * classes + labels) * classes + predicted
    return np.bincount(cells, minlength=count * classes**2).reshape(count, classes, classes)


def bootstrap(
    confusions: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> dict[str, np.ndarray]:
    """Return every total of ``TOTALS`` for every replicate, name -> (replicates,).

    Parameters
    ----------
    confusions : array (subjects, classes, classes)
    """
    draws = subject_draws(len(confusions), replicates, seed)
    drawn = (draws @ confusions.reshape(len(confusions), -1)).reshape(-1, *confusions.shape[1:])
    return {name: total(drawn) for name, total in TOTALS.items()}


@dataclass(frozen=True)
class Interval:
    """A score with its 95 % interval; the ends are NaN where there is none."""

    value: float
    low: float
    high: float


def _interval(value: float, replicates: np.ndarray) -> Interval:
    known = replicates[np.isfinite(replicates)]
    if not len(known):
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, float(low), float(high))


# calibration ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReliabilityBin:
    """Clips whose predicted class had a probability in [low, high): how sure, how often right."""

    low: float
    high: float
    clips: int
    confidence: float
    accuracy: float


def reliability(
    confidence: np.ndarray, right: np.ndarray, bins: int = ECE_BINS
) -> list[ReliabilityBin]:
    """Return the non-empty bins of equal width of a reliability diagram."""
    number = np.minimum((np.asarray(confidence) * bins).astype(int), bins - 1)
    out = []
    for b in np.unique(number):
        there = number == b
        mean, share = float(confidence[there].mean()), float(right[there].mean())
        out.append(ReliabilityBin(b / bins, (b + 1) / bins, int(there.sum()), mean, share))
    return out


def calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: mean |accuracy - confidence|, weighted by clips.

    Naeini, Cooper and Hauskrecht, AAAI 2015.
    """
    clips = sum(b.clips for b in bins)
    return sum(b.clips * abs(b.accuracy - b.confidence) for b in bins) / clips


def brier(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the Brier score, mean over clips of the sum over classes of (p - truth)^2; 0 to 2."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def log_loss(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of -log p(label) in nats; p is kept at or above 1e-15."""
    p = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.clip(p, 1e-15, None)).mean())


# all together -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClassScores:
    """One class: how many clips carry it, and precision, recall, F1 (None where undefined)."""

    name: str
    support: int
    precision: float | None
    recall: float | None
    f1: float | None


@dataclass(frozen=True)
class SubjectScores:
    """One subject: clips and accuracy."""

    name: str
    clips: int
    accuracy: float


@dataclass(frozen=True)
class Scores:
    """Everything that a report says about one table of predictions.

    ``chance`` holds the same totals for always answering the most frequent class. ``confusion``:
    rows are labels, columns predictions, both in the order of ``classes``.
    """

    clips: int
    classes: list[str]
    accuracy: Interval
    uar: Interval
    uf1: Interval
    chance: dict[str, float]
    per_class: list[ClassScores]
    confusion: list[list[int]]
    per_subject: list[SubjectScores]
    brier: float
    log_loss: float
    calibration_error: float
    reliability: list[ReliabilityBin]
    replicates: int
    seed: int

    def as_json(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, texts and numbers, None where a number is undefined."""
        return _plain(asdict(self))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def score_predictions(
    predictions: pd.DataFrame,
    subjects: Mapping[str, str] | None = None,
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Scores:
    """Return all scores of a predictions table.

    Parameters
    ----------
    predictions : DataFrame
        As ``experiments.predictions`` defines it; at least one row.
    subjects : mapping clip -> subject, optional
        Without it (or where it is blank) every clip stands for itself in the bootstrap, and there
        are no scores per subject.
    seed, replicates : int
        Of the bootstrap.

    Raises
    ------
    InputError
        For an empty table, or a clip without a subject where subjects are given.
    """
    table = check_predictions(predictions)
    if table.empty:
        raise InputError("there are no predictions to score; at least one clip must be tested.")
    classes = classes_of(table)
    number = {c: i for i, c in enumerate(classes)}
    labels = table["label"].map(number).to_numpy(dtype=int)
    predicted = table["predicted"].map(number).to_numpy(dtype=int)
    names, subject = _subject_numbers(table["clip"], subjects)
    confusions = subject_confusions(labels, predicted, subject, len(classes))
    total = confusions.sum(axis=0)
    drawn = bootstrap(confusions, replicates, seed) if len(names) > 1 else {}
    intervals = {
        k: _interval(float(f(total)), drawn.get(k, np.empty(0))) for k, f in TOTALS.items()
    }
    p = probabilities_of(table)
    bins = reliability(p[np.arange(len(p)), predicted], labels == predicted)
    return Scores(
        clips=len(table),
        classes=classes,
        **intervals,
        chance=chance(total),
        per_class=_per_class(total, classes),
        confusion=total.tolist(),
        per_subject=_per_subject(confusions, names) if subjects else [],
        brier=brier(p, labels),
        log_loss=log_loss(p, labels),
        calibration_error=calibration_error(bins),
        reliability=bins,
        replicates=replicates,
        seed=seed,
    )


def chance(confusion: np.ndarray) -> dict[str, float]:
    """Return the totals of always answering the most frequent class, whatever the clip."""
    support = confusion.sum(axis=1)
    constant = np.zeros_like(confusion)
    constant[:, int(support.argmax())] = support
    return {name: float(total(constant)) for name, total in TOTALS.items()}


def _subject_numbers(
    clips: pd.Series, subjects: Mapping[str, str] | None
) -> tuple[list[str], np.ndarray]:
    if not subjects:
        return clips.tolist(), np.arange(len(clips))
    lacking = [c for c in clips if not str(subjects.get(c, "")).strip()]
    if lacking:
        raise InputError(f"every clip needs a subject to be scored; {named(lacking)} has none.")
    names, numbers = np.unique([str(subjects[c]) for c in clips], return_inverse=True)
    return names.tolist(), numbers


def _per_class(confusion: np.ndarray, classes: Sequence[str]) -> list[ClassScores]:
    hits, support = np.diag(confusion).astype(float), confusion.sum(axis=1).astype(float)
    said = confusion.sum(axis=0).astype(float)
    columns = [_ratio(hits, said), _ratio(hits, support), _ratio(2 * hits, support + said)]
    rows = np.stack(columns, axis=1)
    return [
        ClassScores(c, int(n), *(None if np.isnan(v) else float(v) for v in row))
        for c, n, row in zip(classes, support, rows, strict=True)
    ]


def _per_subject(confusions: np.ndarray, names: Sequence[str]) -> list[SubjectScores]:
    clips, right = confusions.sum(axis=(1, 2)), accuracy(confusions)
    return [SubjectScores(n, int(c), float(a)) for n, c, a in zip(names, clips, right, strict=True)]
