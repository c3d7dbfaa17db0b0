"""Protocols: which clips are trained on and which are tested, by name.

The headline protocols never let a subject be on both sides; ``make_folds`` proves it for the folds
that it returns (``refuse_leaks``). The others exist to be compared with published figures and say
of themselves that they are not subject-independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold

from sttm.errors import InputError, unknown_name
from sttm.tables import named


class ProtocolWarning(UserWarning):
    """The folds are valid, but something about them weakens the result."""


@dataclass(frozen=True)
class ProtocolSettings:
    """How clips are divided.

    Parameters
    ----------
    name : str
        A name in ``PROTOCOLS``.
    folds : int
        Number of folds of the k-fold protocols.
    seed : int
        Of their shuffling.
    train_parts, test_parts : tuple of str
        ``official-split`` only: names of the parts that are trained on and tested. Without test
        parts every part is tested once by a model of all the others.
    """

    name: str = "loso"
    folds: int = 10
    seed: int = 0
    train_parts: tuple[str, ...] = ("train",)
    test_parts: tuple[str, ...] = ("test",)

    def __post_init__(self) -> None:
        if self.name not in PROTOCOLS:
            raise InputError(unknown_name("protocol", self.name, PROTOCOLS))
        if isinstance(self.folds, bool) or int(self.folds) != self.folds or self.folds < 2:
            raise InputError(f"folds must be a whole number of at least 2, not {self.folds!r}.")


@dataclass(frozen=True, eq=False)
class Fold:
    """One split: row numbers of the training clips and of the tested clips."""

    name: str
    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Clips:
    """What a protocol may look at; every array has one entry per clip."""

    labels: np.ndarray
    subjects: np.ndarray
    datasets: np.ndarray
    parts: np.ndarray


@dataclass(frozen=True)
class Protocol:
    """One member of the family.

    ``subject_independent``: True where it is proven for every fold, False where it does not hold,
    None where it depends on the data set's own split. ``tests_all``: every clip is tested once.
    """

    make: Callable[[Clips, ProtocolSettings], list[Fold]]
    about: str
    subject_independent: bool | None
    tests_all: bool = True


def make_folds(
    labels: Sequence[str],
    subjects: Sequence[str] | None,
    settings: ProtocolSettings | None = None,
    *,
    datasets: Sequence[str] | None = None,
    parts: Sequence[str] | None = None,
) -> list[Fold]:
    """Return the folds of a protocol, checked.

    Parameters
    ----------
    labels : sequence (n,)
    subjects : sequence (n,) or None
        Blank where unknown; the subject-independent protocols need all of them.
    datasets, parts : sequence (n,), optional
        For ``leave-one-dataset-out`` and ``official-split``.

    Raises
    ------
    InputError
        When the protocol cannot be followed on these clips, before anything is trained.

    Warns
    -----
    ProtocolWarning
        Once per sentence of ``doubts``.

    Examples
    --------
    >>> [f.name for f in make_folds(["a", "b", "a", "b"], ["s1", "s1", "s2", "s2"])]
    ['s1', 's2']
    """
    settings = settings or ProtocolSettings()
    protocol = PROTOCOLS[settings.name]
    clips = _clips(labels, subjects, datasets, parts)
    if protocol.subject_independent:
        _refuse_blank(clips.subjects, "subject", settings.name)
    folds = protocol.make(clips, settings)
    refuse_gaps(folds, len(clips.labels), tests_all=protocol.tests_all)
    if protocol.subject_independent:
        refuse_leaks(folds, clips.subjects)
    for sentence in doubts(folds, clips.labels, clips.subjects, settings.name):
        warnings.warn(sentence, ProtocolWarning, stacklevel=2)
    return folds


def _clips(labels: Sequence[str], *others: Sequence[str] | None) -> Clips:
    texts = _texts(labels)
    if len(np.unique(texts)) < 2:
        raise InputError(
            "an experiment needs clips of at least two classes; these clips have "
            f"{named(repr(str(t)) for t in np.unique(texts)) or 'none'}."
        )
    if (texts == "").any():
        raise InputError(f"every clip needs a label; {int((texts == '').sum())} clips have none.")
    columns = []
    for kind, values in zip(("subjects", "datasets", "parts"), others, strict=True):
        column = np.full(len(texts), "") if values is None else _texts(values)
        if len(column) != len(texts):
            raise InputError(f"there are {len(texts)} labels but {len(column)} {kind}.")
        columns.append(column)
    return Clips(texts, *columns)


def _texts(values: Sequence[str]) -> np.ndarray:
    return np.array(["" if pd.isna(v) else str(v).strip() for v in values], str)


def _refuse_blank(values: np.ndarray, kind: str, protocol: str) -> None:
    if (values == "").any():
        raise InputError(
            f"{protocol} needs the {kind} of every clip; {int((values == '').sum())} of "
            f"{len(values)} clips have none. Give a column {kind!r}, or choose another protocol."
        )


# the family -------------------------------------------------------------------------------------


def _one_out(names: np.ndarray, kind: str, protocol: str) -> list[Fold]:
    _refuse_blank(names, kind, protocol)
    found = np.unique(names)
    if len(found) < 2:
        raise InputError(f"{protocol} needs at least two {kind}s; these clips have one.")
    return [Fold(str(n), np.flatnonzero(names != n), np.flatnonzero(names == n)) for n in found]


def _loso(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    return _one_out(clips.subjects, "subject", settings.name)


def _leave_one_dataset_out(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    return _one_out(clips.datasets, "dataset", settings.name)


def _grouped_kfold(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    subjects = len(np.unique(clips.subjects))
    if subjects < settings.folds:
        raise InputError(
            f"grouped-kfold with {settings.folds} folds needs at least as many subjects; these "
            f"clips have {subjects}. Use fewer folds, or loso."
        )
    splits = grouped_splits(clips.labels, clips.subjects, settings.folds, settings.seed)
    return _numbered(splits)


def _sample_kfold(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    if len(clips.labels) < settings.folds:
        raise InputError(
            f"sample-kfold with {settings.folds} folds needs at least as many clips; there are "
            f"{len(clips.labels)}."
        )
    return _numbered(sample_splits(clips.labels, settings.folds, settings.seed))


def _official_split(clips: Clips, settings: ProtocolSettings) -> list[Fold]:
    if not settings.test_parts:
        return _one_out(clips.parts, "part", settings.name)
    for part in (*settings.train_parts, *settings.test_parts):
        if part not in clips.parts:
            raise InputError(unknown_name("part of the official split", part, set(clips.parts)))
    both = set(settings.train_parts) & set(settings.test_parts)
    if both:
        raise InputError(f"part {named(sorted(both))} cannot be trained on and tested.")
    train = np.flatnonzero(np.isin(clips.parts, settings.train_parts))
    test = np.flatnonzero(np.isin(clips.parts, settings.test_parts))
    return [Fold("+".join(settings.test_parts), train, test)]


PROTOCOLS: dict[str, Protocol] = {
    "loso": Protocol(_loso, "leave one subject out", True),
    "grouped-kfold": Protocol(_grouped_kfold, "k folds, no subject on both sides", True),
    "leave-one-dataset-out": Protocol(
        _leave_one_dataset_out, "leave one data set out, no subject on both sides", True
    ),
    "official-split": Protocol(
        _official_split, "the split that the data set's authors published", None, tests_all=False
    ),
    "sample-kfold": Protocol(_sample_kfold, "k folds over clips: NOT subject-independent", False),
}


# splitting --------------------------------------------------------------------------------------


def grouped_splits(
    labels: np.ndarray, groups: np.ndarray, folds: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (train, test) rows of ``folds`` grouped folds, classes shared out as far as possible.

    Stratified after ``StratifiedGroupKFold``; where that refuses (every class has fewer clips than
    there are folds) or leaves a fold empty, folds of equal size after ``GroupKFold``.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        try:
            splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
            splits = list(splitter.split(labels, labels, groups))
        except ValueError:
            splits = []
    if splits and all(len(train) and len(test) for train, test in splits):
        return splits
    return list(GroupKFold(folds).split(labels, labels, groups))


def sample_splits(labels: np.ndarray, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return (train, test) rows of ``folds`` folds over clips, classes shared out."""
    most = int(np.unique(labels, return_counts=True)[1].max())
    if most < folds:
        raise InputError(
            f"{folds} folds over clips need a class with at least as many clips; the largest "
            f"class has {most}."
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
        return list(splitter.split(labels, labels))


def _numbered(splits: Iterable[tuple[np.ndarray, np.ndarray]]) -> list[Fold]:
    found = list(splits)
    width = len(str(len(found)))
    return [
        Fold(f"fold{i:0{width}d}", train, test) for i, (train, test) in enumerate(found, start=1)
    ]


# what must hold ---------------------------------------------------------------------------------


def refuse_leaks(folds: Iterable[Fold], subjects: Sequence[str] | np.ndarray) -> None:
    """Refuse folds in which a subject is trained on and tested.

    Raises
    ------
    InputError
        Naming the fold and the subjects.
    """
    names = np.asarray(subjects)
    for fold in folds:
        both = np.intersect1d(names[fold.train], names[fold.test])
        if len(both):
            raise InputError(
                f"no subject may be trained on and tested, but in fold {fold.name!r} "
                f"{named(both)} is; if these are different people, give them different names."
            )


def refuse_gaps(folds: Sequence[Fold], clips: int, *, tests_all: bool = True) -> None:
    """Refuse folds with an empty side, a clip on both sides, or a clip not tested exactly once.

    With ``tests_all=False`` a clip may also be tested in no fold.
    """
    tested = np.zeros(clips, dtype=int)
    for fold in folds:
        if not len(fold.train) or not len(fold.test):
            side = "training" if not len(fold.train) else "tested"
            raise InputError(f"fold {fold.name!r} has no {side} clips; use fewer folds.")
        if len(np.intersect1d(fold.train, fold.test)):
            raise InputError(f"fold {fold.name!r} tests clips that it was trained on.")
        np.add.at(tested, fold.test, 1)
    wrong = np.flatnonzero(tested > 1) if not tests_all else np.flatnonzero(tested != 1)
    if len(wrong):
        raise InputError(
            f"every clip must be tested exactly once; row {wrong[0]} is tested "
            f"{tested[wrong[0]]} times."
        )


def subject_independent(folds: Iterable[Fold], subjects: Sequence[str]) -> bool | None:
    """Return whether no subject is on both sides of any fold; None where subjects are unknown."""
    names = _texts(subjects)
    if (names == "").any():
        return None
    try:
        refuse_leaks(folds, names)
    except InputError:
        return False
    return True


def doubts(
    folds: Sequence[Fold],
    labels: Sequence[str] | np.ndarray,
    subjects: Sequence[str] | np.ndarray,
    protocol: str,
) -> list[str]:
    """Return what weakens a result on these folds, one sentence each."""
    labels, names = np.asarray(labels), np.asarray(subjects)
    out = []
    for label in np.unique(labels):
        mine = names[labels == label]
        if (mine != "").all() and len(np.unique(mine)) == 1:
            out.append(
                f"class {str(label)!r} comes from one subject only ({mine[0]}), so without that "
                "subject no model knows it; leave the class out, or read its recall as 0."
            )
    for fold in folds:
        unseen = np.setdiff1d(labels[fold.test], labels[fold.train])
        if len(unseen) and not out:
            out.append(f"fold {fold.name!r} tests class {named(unseen)} without training clips.")
    if PROTOCOLS[protocol].subject_independent is None:
        independent = subject_independent(folds, list(names))
        if independent is not True:
            why = "subjects are unknown" if independent is None else "subjects are on both sides"
            out.append(f"the official split is not shown to be subject-independent: {why}.")
    if PROTOCOLS[protocol].subject_independent is False:
        out.append(
            f"{protocol} is not subject-independent: the same person may be trained on and "
            "tested, and scores are too high for new people."
        )
    return out
