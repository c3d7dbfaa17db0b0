"""What weakens a result on given folds, in sentences for the report."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sttm.tables import named

from .folds import Fold, subject_independent

MOST_FOLDS = 3  # said one by one; more are counted


def doubts(
    folds: Sequence[Fold],
    labels: np.ndarray,
    subjects: np.ndarray,
    protocol: str,
    claim: bool | None,
) -> list[str]:
    """Return what weakens a result on these folds, one sentence each.

    Parameters
    ----------
    folds : sequence of Fold
    labels, subjects : array (n,) of str
        A subject is blank where it is unknown.
    protocol : str
        Its name.
    claim : bool or None
        What the protocol says of its independence of subjects; None where the clips decide.
    """
    out = _lonely_classes(labels, subjects) if claim else []
    if not out:
        out = _one_class(folds, labels) + _unseen_classes(folds, labels)
    if claim is None:
        out += _unshown(protocol, subject_independent(folds, list(subjects)))
    if claim is False:
        out.append(
            f"{protocol} is not subject-independent: the same person may be trained on and "
            "tested, and scores are too high for new people."
        )
    return out


def _lonely_classes(labels: np.ndarray, names: np.ndarray) -> list[str]:
    out = []
    for label in np.unique(labels):
        mine = names[labels == label]
        if (mine != "").all() and len(np.unique(mine)) == 1 < len(np.unique(names)):
            out.append(
                f"class {str(label)!r} comes from one subject only ({mine[0]}), so without that "
                "subject no model knows it; leave the class out, or read its recall as 0."
            )
    return out


def _one_class(folds: Sequence[Fold], labels: np.ndarray) -> list[str]:
    few = [f for f in folds if len(np.unique(labels[f.train])) == 1]
    if not few:
        return []
    return [
        f"fold {named(repr(f.name) for f in few)} has training clips of one class only, so "
        "every clip that it tests is given that class."
    ]


def _unseen_classes(folds: Sequence[Fold], labels: np.ndarray) -> list[str]:
    found = []
    for fold in folds:
        unseen = np.setdiff1d(labels[fold.test], labels[fold.train])
        if len(unseen):
            found.append((fold, unseen))
    if len(found) > MOST_FOLDS:
        names = named(repr(f.name) for f, _ in found)
        return [f"{len(found)} folds ({names}) test a class without training clips."]
    return [_unseen(fold, unseen, labels, alone=len(folds) == 1) for fold, unseen in found]


def _unseen(fold: Fold, unseen: np.ndarray, labels: np.ndarray, alone: bool) -> str:
    text = f"fold {fold.name!r} tests class {named(unseen)} without training clips"
    untested = np.setdiff1d(labels[fold.train], labels[fold.test])
    if not alone or not len(untested):
        return f"{text}."
    return (
        f"{text}, and class {named(untested)} is trained on but not tested; if these are two names "
        "of one class, merge them by data.classes."
    )


def _unshown(protocol: str, independent: bool | None) -> list[str]:
    if independent is True:
        return []
    why = "subjects are unknown" if independent is None else "subjects are on both sides"
    what = "the official split" if protocol == "official-split" else protocol
    return [f"{what} is not shown to be subject-independent: {why}."]
