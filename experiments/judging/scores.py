"""Scores of a predictions table: totals, per class, subject and data set, calibration, intervals.

Rules, stated once:

- All scores come from one confusion matrix, summed over all folds: hits, misses and false alarms
  are added up before anything is divided. This is the definition of UF1 and UAR of the
  micro-expression grand challenge (See et al., MEGC 2019, doi:10.1109/FG.2019.8756611).
- A class counts in UAR and UF1 when at least one clip carries it; recall of a class without clips
  does not exist. F1 of a class that is never predicted is 0.
- Of several data sets, the totals are of all clips together; each set has the same scores of its
  own clips, over the classes that it has. This is how that challenge reports its composite.
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

from .calibration import ReliabilityBin, brier, calibration_error, log_loss, reliability
from .predictions import check_predictions, classes_of, probabilities_of

REPLICATES = 2000


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


def bootstrap_clips(
    confusion: np.ndarray, replicates: int = REPLICATES, seed: int = 0
) -> dict[str, np.ndarray]:
    """Return the same for single clips, drawn with replacement, name -> (replicates,).

    All clips of one cell are alike, so the cells are drawn: the same distribution, whatever the
    number of clips.

    Parameters
    ----------
    confusion : array (classes, classes)
    """
    random = np.random.default_rng(seed)
    clips = int(confusion.sum())
    drawn = random.multinomial(clips, confusion.ravel() / clips, size=replicates)
    drawn = drawn.reshape(-1, *confusion.shape)
    return {name: total(drawn) for name, total in TOTALS.items()}


@dataclass(frozen=True)
class Interval:
    """A score with its 95 % interval; the ends are NaN where there is none."""

    value: float
    low: float
    high: float


def interval(value: float, replicates: np.ndarray) -> Interval:
    """Return a score with the middle 95 % of those of its replicates that exist."""
    known = replicates[np.isfinite(replicates)]
    if not len(known):
        return Interval(value, np.nan, np.nan)
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, float(low), float(high))


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
class DatasetScores:
    """One data set of several: its clips and subjects (0 where unknown), and the totals."""

    name: str
    clips: int
    subjects: int
    accuracy: Interval
    uar: Interval
    uf1: Interval


@dataclass(frozen=True)
class Scores:
    """Everything that a report says about one table of predictions.

    ``chance`` holds the same totals for always answering the most frequent class. ``confusion``:
    rows are labels, columns predictions, both in the order of ``classes``. ``per_dataset`` is empty
    unless there are several.
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
    per_dataset: list[DatasetScores]
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


@dataclass(frozen=True)
class _Numbered:
    """A predictions table as numbers, one per clip; ``subject`` is None where they are unknown."""

    label: np.ndarray
    predicted: np.ndarray
    subject: np.ndarray | None
    classes: int

    def part(self, rows: np.ndarray) -> _Numbered:
        """Return the clips where ``rows`` is true, their subjects numbered anew."""
        subject = None if self.subject is None else self.subject[rows]
        if subject is not None:
            subject = np.unique(subject, return_inverse=True)[1]
        return _Numbered(self.label[rows], self.predicted[rows], subject, self.classes)

    @property
    def subjects(self) -> int:
        return 0 if self.subject is None else int(self.subject.max()) + 1

    def by_subject(self) -> np.ndarray:
        """Return a confusion matrix per subject, or one of all clips where none is known."""
        subject = np.zeros_like(self.label) if self.subject is None else self.subject
        return subject_confusions(self.label, self.predicted, subject, self.classes)

    def intervals(self, replicates: int, seed: int) -> dict[str, Interval]:
        """Return every total with its interval."""
        confusions = self.by_subject()
        total = confusions.sum(axis=0)
        drawn: dict[str, np.ndarray] = {}
        if self.subject is None and len(self.label) > 1:
            drawn = bootstrap_clips(total, replicates, seed)
        elif self.subjects > 1:
            drawn = bootstrap(confusions, replicates, seed)
        nothing = np.empty(0)
        return {k: interval(float(f(total)), drawn.get(k, nothing)) for k, f in TOTALS.items()}


def score_predictions(
    predictions: pd.DataFrame,
    subjects: Mapping[str, str] | None = None,
    *,
    datasets: Mapping[str, str] | None = None,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Scores:
    """Return all scores of a predictions table.

    Parameters
    ----------
    predictions : DataFrame
        As ``experiments.judging.predictions`` defines it; at least one row.
    subjects : mapping clip -> subject, optional
        Without it every clip stands for itself in the bootstrap, and there are no scores per
        subject.
    datasets : mapping clip -> data set, optional
        Where it names several, each has scores of its own.
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
    data = _Numbered(labels, predicted, subject, len(classes))
    confusions = data.by_subject()
    total = confusions.sum(axis=0)
    p = probabilities_of(table)
    bins = reliability(p[np.arange(len(p)), predicted], labels == predicted)
    return Scores(
        clips=len(table),
        classes=classes,
        **data.intervals(replicates, seed),
        chance=chance(total),
        per_class=_per_class(total, classes),
        confusion=total.tolist(),
        per_subject=_per_subject(confusions, names) if names else [],
        per_dataset=_per_dataset(data, table["clip"], datasets or {}, replicates, seed),
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
) -> tuple[list[str], np.ndarray | None]:
    if not subjects:
        return [], None
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


def _per_dataset(
    data: _Numbered, clips: pd.Series, datasets: Mapping[str, str], replicates: int, seed: int
) -> list[DatasetScores]:
    sets = np.array([str(datasets.get(c, "")) for c in clips])
    names = [str(n) for n in np.unique(sets) if n]
    if len(names) < 2:
        return []
    parts = [(name, data.part(sets == name)) for name in names]
    return [
        DatasetScores(name, len(part.label), part.subjects, **part.intervals(replicates, seed))
        for name, part in parts
    ]
