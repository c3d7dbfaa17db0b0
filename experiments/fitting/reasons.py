"""Why a sparse machine decided so: what each block and each training clip adds to a score.

RSFM and RVM are sums, f = b + sum over relevance vectors, and RSFM also a sum over features. The
parts below are exact parts of f, counted from the mean over the training clips; for several classes
f is one score per class against the rest. Where predictions come from a refitted machine
(``refitted_``), f is still the sum that chose features and clips, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifiers.kernels import KERNELS, gram

CARRIERS = 3  # training clips that are named per decision
CHUNK = 64  # rows at a time: contributions are (rows, machines, groups)


@dataclass(frozen=True, eq=False)
class Reasons:
    """What decided on some clips.

    Attributes
    ----------
    blocks : list of str
        Blocks that the machine kept; empty unless a feature is a block.
    classes : list of str
        That the machine knows.
    effects : array (n, classes, blocks) float32
        What each block adds to the score of each class.
    carriers : int array (n, most)
        Training clips with the largest parts of the score of the predicted class, by their place
        among the training clips.
    parts : array (n, most) float32
        Those parts; above 0 they speak for the class.
    """

    blocks: list[str]
    classes: list[str]
    effects: np.ndarray
    carriers: np.ndarray
    parts: np.ndarray


def reasons_of(
    classifier: Any, X: np.ndarray, predicted: Sequence[str] | np.ndarray, most: int = CARRIERS
) -> Reasons | None:
    """Return what decided on the rows of ``X`` (n, features), None for any but RVM and RSFM.

    Parameters
    ----------
    predicted : sequence (n,)
        The predicted class of each row.
    """
    if not gives_parts(classifier) or not len(X):
        return None
    number = np.searchsorted(classifier.classes_.astype(str), np.asarray(predicted, dtype=str))
    pieces = [slice(a, a + CHUNK) for a in range(0, len(X), CHUNK)]
    carriers, parts = zip(
        *(_carriers(classifier, X[p], number[p], most) for p in pieces), strict=True
    )
    names, kept = kept_blocks(classifier)
    effects = [block_effects(classifier, X[p])[..., kept] for p in pieces] if names else []
    shape = (len(X), len(classifier.classes_), 0)
    return Reasons(
        names,
        [str(c) for c in classifier.classes_],
        np.concatenate(effects).astype(np.float32) if names else np.zeros(shape, np.float32),
        np.concatenate(carriers),
        np.concatenate(parts).astype(np.float32),
    )


def gives_parts(classifier: Any) -> bool:
    """Return whether the parts of training clips are known: an RSFM, or an RVM on a named kernel.

    >>> gives_parts(object())
    False
    """
    if hasattr(classifier, "sample_contributions"):
        return True
    named = getattr(classifier, "kernel", None) in tuple(KERNELS)
    return named and hasattr(classifier, "relevance_vectors_") and hasattr(classifier, "dual_coef_")


def chooses_blocks(classifier: Any) -> bool:
    """Return whether the features of a fitted machine are blocks by name."""
    names = getattr(classifier, "group_names_", None)
    return names is not None and np.asarray(names).dtype.kind == "U"


def kept_blocks(classifier: Any) -> tuple[list[str], np.ndarray]:
    """Return names and places (among its groups) of the blocks that a machine kept."""
    if not chooses_blocks(classifier):
        return [], np.zeros(0, dtype=int)
    places = np.flatnonzero(classifier.get_group_support())
    return [str(classifier.group_names_[p]) for p in places], places


def block_effects(classifier: Any, X: np.ndarray) -> np.ndarray:
    """Return what each group of columns adds to the scores, (n, classes, groups)."""
    return _per_class(classifier, classifier.group_contributions(X))


def clip_effects(classifier: Any, X: np.ndarray) -> np.ndarray:
    """Return what each relevance vector adds to the scores, (n, classes, vectors)."""
    if hasattr(classifier, "sample_contributions"):
        return _per_class(classifier, classifier.sample_contributions(X))
    rows, known = X, classifier.relevance_vectors_
    if classifier.scaler_ is not None and len(known):
        rows, known = classifier.scaler_.transform(rows), classifier.scaler_.transform(known)
    settings = {k: getattr(classifier, k) for k in ("degree", "coef0")}
    cross = np.zeros((len(rows), 0))
    if len(known):
        cross = gram(classifier.kernel, rows, known, gamma=classifier.gamma_, **settings)
        cross = cross - getattr(classifier, "column_means_", 0.0)
    return _per_class(classifier, cross[:, None, :] * classifier.dual_coef_[None])


def _per_class(classifier: Any, parts: np.ndarray) -> np.ndarray:
    """Return parts per machine (n, machines, j) as parts per class (n, classes, j)."""
    classes = len(classifier.classes_)
    if classes == 2:
        return np.concatenate([-parts, parts], axis=1)
    if getattr(classifier, "multi_class", "") != "one-vs-one":
        return parts
    out = np.zeros((len(parts), classes, parts.shape[2]))
    pairs = [(i, j) for i in range(classes) for j in range(i + 1, classes)]
    for machine, (i, j) in enumerate(pairs):
        out[:, j] += parts[:, machine] / (classes - 1)
        out[:, i] -= parts[:, machine] / (classes - 1)
    return out


def _carriers(
    classifier: Any, X: np.ndarray, number: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the strongest training clips of each row and their parts, both (n, most)."""
    effects = clip_effects(classifier, X)[np.arange(len(X)), number]  # (n, vectors)
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :most]
    return classifier.relevance_[order], np.take_along_axis(effects, order, axis=1)


# in the store -----------------------------------------------------------------------------------


def as_arrays(reasons: Reasons | None) -> dict[str, np.ndarray]:
    """Return reasons as arrays by name; none for None."""
    if reasons is None:
        return {}
    return {
        "reason_blocks": np.asarray(reasons.blocks, dtype=str),
        "reason_classes": np.asarray(reasons.classes, dtype=str),
        "reason_effects": reasons.effects,
        "reason_carriers": reasons.carriers,
        "reason_parts": reasons.parts,
    }


def from_arrays(arrays: Mapping[str, np.ndarray]) -> Reasons | None:
    """Return what ``as_arrays`` gave, None where there is none."""
    if "reason_parts" not in arrays:
        return None
    return Reasons(
        [str(b) for b in arrays["reason_blocks"]],
        [str(c) for c in arrays["reason_classes"]],
        arrays["reason_effects"],
        arrays["reason_carriers"],
        arrays["reason_parts"],
    )
