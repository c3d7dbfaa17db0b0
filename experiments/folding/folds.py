"""One split of the clips: what it is, how it is drawn, and what must hold for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, StratifiedGroupKFold, StratifiedKFold

from sttm.errors import InputError
from sttm.tables import named


def _no_rows() -> np.ndarray:
    return np.zeros(0, dtype=int)


@dataclass(frozen=True, eq=False)
class Fold:
    """One split, as row numbers of clips.

    Parameters
    ----------
    name : str
    train, test : int array
        The clips that are trained on, and those that are tested.
    choose : int array
        Clips that are looked at to choose parameters, instead of an inner search within ``train``.
    refit : bool
        Whether the model that is tested is fitted on ``choose`` too, once the choice is made.
    mixed : bool
        The split may have a subject on both sides; it says so and is not refused.
    """

    name: str
    train: np.ndarray
    test: np.ndarray
    choose: np.ndarray = field(default_factory=_no_rows)
    refit: bool = False
    mixed: bool = False

    @property
    def seen(self) -> np.ndarray:
        """Rows that shape the tested model: trained on, or looked at to choose its parameters."""
        return np.concatenate([self.train, self.choose]) if len(self.choose) else self.train


# drawing ----------------------------------------------------------------------------------------


def one_out(names: np.ndarray) -> list[Fold]:
    """Return one fold per name: the clips of that name are tested by a model of all others."""
    return [
        Fold(str(n), np.flatnonzero(names != n), np.flatnonzero(names == n))
        for n in np.unique(names)
    ]


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


def numbered(splits: Iterable[tuple[np.ndarray, np.ndarray]], mixed: bool = False) -> list[Fold]:
    """Return splits as folds that are called by their number."""
    found = list(splits)
    width = len(str(len(found)))
    return [
        Fold(f"fold{i:0{width}d}", train, test, mixed=mixed)
        for i, (train, test) in enumerate(found, start=1)
    ]


# what must hold ---------------------------------------------------------------------------------


def plain_texts(values: Iterable[object]) -> np.ndarray:
    """Return values as an array of stripped text, blank where one is missing."""
    return np.array(["" if pd.isna(v) else str(v).strip() for v in values], str)  # type: ignore[call-overload]


def shared_subjects(fold: Fold, subjects: np.ndarray) -> np.ndarray:
    """Return the known subjects of whom a fold tests clips and has seen others."""
    both = np.intersect1d(subjects[fold.seen], subjects[fold.test])
    return both[both != ""]


def refuse_leaks(folds: Iterable[Fold], subjects: Sequence[str] | np.ndarray) -> None:
    """Refuse folds in which a subject is trained on and tested.

    Raises
    ------
    InputError
        Naming the fold and the subjects.
    """
    names = np.asarray(subjects)
    for fold in folds:
        both = shared_subjects(fold, names)
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
        if len(np.intersect1d(fold.seen, fold.test)):
            raise InputError(f"fold {fold.name!r} tests clips that it was trained on.")
        np.add.at(tested, fold.test, 1)
    wrong = np.flatnonzero(tested > 1) if not tests_all else np.flatnonzero(tested != 1)
    if len(wrong):
        raise InputError(
            f"every clip must be tested exactly once; row {wrong[0]} is tested "
            f"{tested[wrong[0]]} times."
        )


def subject_independent(folds: Iterable[Fold], subjects: Iterable[object]) -> bool | None:
    """Return whether no subject is on both sides of any fold.

    None where nobody can say: a subject is unknown, and no known one is on both sides.
    """
    names = plain_texts(subjects)
    if any(len(shared_subjects(fold, names)) for fold in folds):
        return False
    return None if (names == "").any() else True
