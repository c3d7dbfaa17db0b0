"""Suspects: labels that a model, asked about clips it had not learned from, doubts most.

Notation of Northcutt, Jiang, Chuang 2021: given label i, true label j, probability p[x, j],
threshold t_j (here ``thresholds``), confident joint C[i, j] and its calibrated form Q n (here
``confident_joint``, in clips).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sttm.errors import InputError, unknown_name
from sttm.tables import named

from .predicted import PREFIX, check_predicted, classes_of, no_probabilities

ORDERS = {
    "margin": "probability of the label less that of the likeliest other one",
    "confidence": "probability of the label",
}
PICKS = {
    "confident": "clips that the confident joint counts off its diagonal",
    "noise rate": "as many clips of each pair of labels as the calibrated joint says",
}


def confident_learning(
    labels: Sequence[str],
    probabilities: np.ndarray,
    classes: Sequence[str],
    *,
    order: str = "margin",
    pick: str = "confident",
) -> pd.DataFrame:
    """Return how doubtful each label is, by confident learning.

    Model: labels are confused by class alone. Steps: the threshold of a class is the mean
    probability that its clips have of it; a clip counts as truly of the likeliest class whose
    threshold its probability reaches; clips whose label is another one are issues, unless the
    label is also the likeliest class of all. With ``pick="noise rate"`` the counts are first
    calibrated to the number of clips per label, and of each pair of labels as many clips are
    issues as the calibrated count says, those with the largest difference of the two
    probabilities.

    Parameters
    ----------
    labels : sequence of str (n,)
        What people said.
    probabilities : array (n, classes)
        Of models that did not learn from that clip; rows sum to 1.
    classes : sequence of str (classes,)
    order : str
        ``margin`` or ``confidence``: what doubt is made of.
    pick : str
        ``confident`` or ``noise rate``: which clips are issues.

    Returns
    -------
    DataFrame (n,)
        ``label``, ``predicted`` (the likeliest class), ``probability`` (of ``predicted``),
        ``doubt`` (0 to 1: one less the probability of the label, or half of one less the margin),
        ``rank`` (1 is to be looked at first: issues first, then by doubt), ``issue`` (bool). Rows
        as given; ``attrs["notes"]`` are sentences on what cannot be found.

    Raises
    ------
    InputError
        When shapes do not fit, a label is no class, rows are no probabilities, there is one class
        or one label only, or all clips have the same probabilities.

    References
    ----------
    Northcutt, Jiang, Chuang 2021, Confident learning: estimating uncertainty in dataset labels,
    doi:10.1613/jair.1.12125.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9]])
    >>> found = confident_learning(["joy", "joy", "fear", "fear", "joy"], p, ["joy", "fear"])
    >>> found.loc[found["issue"], ["label", "predicted", "rank"]].values.tolist()
    [['joy', 'fear', 1]]
    """
    for kind, value, known in (("order", order, ORDERS), ("pick", pick, PICKS)):
        if value not in known:
            raise InputError(unknown_name(f"{kind} of suspects", value, known))
    given, p, names = _checked(labels, probabilities, classes)
    own, other, likeliest = _margin_parts(given, p)
    doubt = 1.0 - own if order == "confidence" else (1.0 - (own - other)) / 2.0
    issue = (_confident if pick == "confident" else _by_noise_rate)(given, p)
    issue &= own < p.max(axis=1)
    place = np.lexsort((np.arange(len(given)), -doubt, ~issue))
    rank = np.empty(len(given), dtype=int)
    rank[place] = np.arange(1, len(given) + 1)
    table = pd.DataFrame(
        {
            "label": [names[k] for k in given],
            "predicted": [names[k] for k in likeliest],
            "probability": p.max(axis=1),
            "doubt": np.clip(doubt, 0.0, 1.0),
            "rank": rank,
            "issue": issue,
        }
    )
    table.attrs["notes"] = _notes(given, names)
    return table


def confident_joint(
    labels: Sequence[str], probabilities: np.ndarray, classes: Sequence[str]
) -> pd.DataFrame:
    """Return how many clips of each label are estimated to be truly of each class.

    Parameters
    ----------
    labels, probabilities, classes
        As of ``confident_learning``.

    Returns
    -------
    DataFrame (classes, classes)
        Row the label, column the true class; calibrated, so that a row sums to the clips of its
        label. Off the diagonal are the errors.

    Raises
    ------
    InputError
        As ``confident_learning``.

    >>> p = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.1, 0.9]])
    >>> confident_joint(["joy", "joy", "fear", "fear", "joy"], p, ["joy", "fear"]).values.tolist()
    [[2.0, 1.0], [0.0, 2.0]]
    """
    given, p, names = _checked(labels, probabilities, classes)
    return pd.DataFrame(_calibrated(given, p), index=names, columns=names)


def suspects_in(
    predictions: pd.DataFrame, *, order: str = "margin", pick: str = "confident"
) -> pd.DataFrame:
    """Return the clips of a predictions table, most suspect label first.

    Parameters
    ----------
    predictions : DataFrame
        ``clip``, ``label`` and a column ``p:<class>`` per class, every clip once, each predicted
        by a model that did not learn from it (out of fold); ``read_predictions`` reads one.
    order, pick : str
        As of ``confident_learning``.

    Returns
    -------
    DataFrame
        ``clip``, ``label``, ``predicted``, ``probability``, ``doubt``, ``rank``, ``issue``, in the
        order of ``rank``; see ``confident_learning``. Suspects are the rows with ``issue``.

    Raises
    ------
    InputError
        For a missing column, a clip that is there twice, or as ``confident_learning``.

    >>> rows = [("a", "joy", 0.9, 0.1), ("b", "joy", 0.1, 0.9), ("c", "fear", 0.3, 0.7)]
    >>> table = pd.DataFrame(rows, columns=["clip", "label", "p:joy", "p:fear"])
    >>> found = suspects_in(table)
    >>> found.loc[found["issue"], "clip"].tolist()
    ['b']
    """
    table = check_predicted(predictions)
    classes = classes_of(table)
    values = table[[PREFIX + c for c in classes]].to_numpy(dtype=float)
    found = confident_learning(table["label"].tolist(), values, classes, order=order, pick=pick)
    notes = found.attrs["notes"]
    found.insert(0, "clip", table["clip"].to_numpy())
    found = found.sort_values("rank").reset_index(drop=True)
    found.attrs["notes"] = notes
    return found


def _checked(
    labels: Sequence[str], probabilities: np.ndarray, classes: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return labels as numbers (n,), probabilities (n, classes) and the classes' names."""
    names = [str(c) for c in classes]
    texts = [str(label) for label in labels]
    try:
        p = np.array(probabilities, dtype=float)
    except (TypeError, ValueError):
        raise InputError("probabilities must be a table of numbers, clips x classes.") from None
    if p.shape != (len(texts), len(names)):
        raise InputError(
            f"probabilities must have shape ({len(texts)}, {len(names)}), clips x classes; they "
            f"have {p.shape}."
        )
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise InputError(f"suspects need two or more classes, each once; got {named(names, 6)}.")
    strange = sorted(set(texts) - set(names))
    if strange:
        raise InputError(unknown_name("label (it has no probability)", strange[0], names))
    if len(set(texts)) < 2:
        raise InputError(
            f"suspects need clips of two or more labels; there are {len(texts)} clips"
            + (f", all labelled {texts[0]!r}." if texts else ".")
        )
    wrong = no_probabilities(p)
    if wrong.any():
        raise InputError(
            f"the probabilities of a clip must be from 0 to 1 and sum to 1; {int(wrong.sum())} of "
            f"{len(p)} rows do not (first: row {int(np.argmax(wrong))})."
        )
    if (np.ptp(p, axis=0) < 1e-9).all():
        raise InputError(
            "all clips have the same probabilities, so the model says nothing about any label; "
            "use a run whose classifier learned something."
        )
    index = {name: k for k, name in enumerate(names)}
    return np.array([index[t] for t in texts]), p / p.sum(axis=1, keepdims=True), names


# confident learning -----------------------------------------------------------------------------


def thresholds(given: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the mean probability that the clips of each label have of it, shape (classes,).

    Infinite for a class that no clip is labelled with: nothing can be confidently of it.

    >>> thresholds(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])).round(2)
    array([0.8, 0.6])
    """
    classes = p.shape[1]
    clips = np.bincount(given, minlength=classes)
    sums = np.bincount(given, p[np.arange(len(p)), given], minlength=classes)
    return np.divide(sums, clips, out=np.full(classes, np.inf), where=clips > 0)


def _truly(given: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the likeliest class whose threshold is reached, -1 where none is, shape (n,)."""
    reached = p >= thresholds(given, p) - 1e-12
    best = np.where(reached, p, -1.0)
    return np.where(reached.any(axis=1), best.argmax(axis=1), -1)  # Northcutt 2021, (1)


def _confident(given: np.ndarray, p: np.ndarray) -> np.ndarray:
    truly = _truly(given, p)
    return (truly >= 0) & (truly != given)


def _calibrated(given: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Return the confident joint (classes, classes), rows scaled to the clips of each label."""
    classes = p.shape[1]
    truly = _truly(given, p)
    kept = truly >= 0
    pairs = np.bincount(given[kept] * classes + truly[kept], minlength=classes**2)
    counts = pairs.reshape(classes, classes).astype(float)
    counts[np.diag_indices(classes)] += counts.sum(axis=1) == 0  # nothing known: no errors
    clips = np.bincount(given, minlength=classes)
    return counts / counts.sum(axis=1, keepdims=True) * clips[:, None]  # Northcutt 2021, (3)


def _by_noise_rate(given: np.ndarray, p: np.ndarray) -> np.ndarray:
    issue = np.zeros(len(given), dtype=bool)
    joint = np.rint(_calibrated(given, p)).astype(int)
    for label, truly in np.argwhere(joint > 0):
        if label == truly:
            continue
        rows = np.flatnonzero(given == label)
        lead = p[rows, truly] - p[rows, label]
        issue[rows[np.argsort(-lead, kind="stable")[: joint[label, truly]]]] = True
    return issue


def _margin_parts(given: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the probability of the label, of the likeliest other class, and the likeliest."""
    rows = np.arange(len(p))
    others = p.copy()
    others[rows, given] = -1.0
    return p[rows, given], others.max(axis=1), p.argmax(axis=1)


def _notes(given: np.ndarray, names: list[str]) -> list[str]:
    clips = np.bincount(given, minlength=len(names))
    unseen = [n for n, k in zip(names, clips, strict=True) if k == 0]
    lone = [n for n, k in zip(names, clips, strict=True) if k == 1]
    notes = []
    if unseen:
        notes.append(
            f"no clip is labelled {named(unseen)}, so no clip can be suspected to be that."
        )
    if lone:
        notes.append(
            f"one clip only is labelled {named(lone)}, so what is usual for that is not known."
        )
    return notes
