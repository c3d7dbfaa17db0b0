"""One model: parameters searched inside the training clips, then a fit on all of them.

The inner search divides the clips by subject and refits everything (bin edges, scaling, classifier)
in every inner fold; where clips to choose on are named, they stand for the inner folds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.utils.validation import has_fit_parameter

from sttm.descriptors.base import Encoder
from sttm.errors import InputError, unknown_name

from ..folding.folds import Fold, grouped_splits, refuse_leaks, sample_splits
from ..judging.scores import TOTALS, confusion_matrix
from ..shares import Shares
from .feature_groups import labels_of_encoder
from .sparsity import fit_facts

Make = Callable[..., Any]
Grid = Mapping[str, Sequence[Any]]
Known = tuple[np.ndarray, np.ndarray]  # features (n, d) and labels (n,)


@dataclass(frozen=True)
class Recipe:
    """How a model is made from measures (n, m) and labels (n,).

    Parameters
    ----------
    make : callable
        ``make(**params)`` returns a new classifier, for example
        ``partial(make_classifier, "svm", seed=0, kernel="linear")``; it must be picklable.
    grid : mapping of str to sequence
        Parameters to be searched, each with its choices, the simplest first.
    encoder : transformer, optional
        Turns measures into features; a fitted copy is made for every training set.
    scoring : {"uar", "accuracy", "uf1"}
        What the search maximises, on the pooled predictions of the inner folds.
    inner_folds : int
        At most so many; fewer where there are fewer subjects.
    seed : int
        Of the inner folds.
    pairwise : bool
        Measures are a matrix (n, n) that classifiers share (``SVM.shared_base``); set by ``quick``.
    on_blocks : bool
        ``make`` also takes ``blocks``, the label of each column's block.
    blocks : tuple of str, optional
        Those labels, where measures are features already; set by ``encoded``.
    """

    make: Make
    grid: Grid | None = None
    encoder: Any = None
    scoring: str = "uar"
    inner_folds: int = 5
    seed: int = 0
    pairwise: bool = False
    on_blocks: bool = False
    blocks: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.scoring not in TOTALS:
            raise InputError(unknown_name("scoring", self.scoring, TOTALS))
        if self.inner_folds < 2:
            raise InputError(f"inner_folds must be at least 2, not {self.inner_folds}.")

    def encoded(self, encoder: Any) -> Recipe:
        """Return the recipe for the features that a fitted encoder gives."""
        blocks = labels_of_encoder(encoder) if self.on_blocks else None
        return replace(self, encoder=None, blocks=blocks)

    def classifier(self, params: Mapping[str, Any]) -> Any:
        """Return a new classifier for what the measures of this recipe are."""
        made = self.make(**params, blocks=self.blocks) if self.on_blocks else self.make(**params)
        return made.over_base() if self.pairwise else made

    def part(self, X: np.ndarray, rows: np.ndarray, train: np.ndarray) -> np.ndarray:
        """Return what a classifier fitted on ``train`` is given for ``rows``."""
        return X[np.ix_(rows, train)] if self.pairwise else X[rows]


@dataclass(frozen=True)
class Search:
    """The chosen parameters, and one row per combination: its parameters and ``score``."""

    params: dict[str, Any]
    table: list[dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Model:
    """What was fitted: ``encoder`` may be None; ``predict_proba`` works on measures.

    ``facts`` says what the fit took and what the classifier keeps (see ``sparsity``).
    """

    encoder: Any
    classifier: Any
    search: Search
    facts: Mapping[str, float] = field(default_factory=dict)

    def features(self, measures: np.ndarray) -> np.ndarray:
        """Return the features (n, d) of measures (n, m)."""
        return measures if self.encoder is None else self.encoder.transform(measures)

    def predict(self, measures: np.ndarray) -> np.ndarray:
        """Return the predicted labels (n,)."""
        return self.classifier.predict(self.features(measures))

    def predict_proba(self, measures: np.ndarray, classes: Sequence[str]) -> np.ndarray:
        """Return probabilities (n, classes); 0 for a class that was not in the training clips."""
        return _spread(self.classifier, self.features(measures), classes)


# one model --------------------------------------------------------------------------------------


def fit_model(
    recipe: Recipe,
    measures: np.ndarray,
    labels: Sequence[str] | np.ndarray,
    subjects: Sequence[str] | np.ndarray | None = None,
    choose: np.ndarray | None = None,
    refit: bool = True,
    shares: Shares | None = None,
) -> Model:
    """Search, then fit on all the given clips.

    A classifier whose ``fit`` takes ``validation`` is given the clips to choose on, unless it is
    fitted on them too: it stops early there.

    Parameters
    ----------
    measures : array (n, m)
    labels : sequence (n,)
    subjects : sequence (n,), optional
        Kept together in every inner fold; without them inner folds are over clips.
    choose : int array, optional
        Rows that parameters are chosen on, by machines that are fitted on the others.
    refit : bool
        Whether the model is fitted on ``choose`` too.
    shares : Shares, optional
        Soft labels (n, classes) for a classifier whose ``fit`` takes them.

    Raises
    ------
    InputError
        When there is something to search and one subject to search it on, or when the classifier
        refuses the clips.
    """
    y = np.asarray(labels, dtype=str)
    groups = None if subjects is None else np.asarray(subjects, dtype=str)
    search = inner_search(recipe, measures, y, groups, choose, shares)
    held: Known | None = None
    if choose is not None and len(choose) and not refit:
        rest = np.setdiff1d(np.arange(len(y)), choose)
        held = None if recipe.pairwise else (measures[choose], y[choose])
        measures, y = recipe.part(measures, rest, rest), y[rest]
        groups = None if groups is None else groups[rest]
        shares = None if shares is None else shares.take(rest)
    encoder = None if recipe.encoder is None else clone(recipe.encoder).fit(measures, y)
    X = measures if encoder is None else encoder.transform(measures)
    made = recipe if encoder is None else recipe.encoded(encoder)
    classifier = made.classifier(search.params)
    if held is not None and encoder is not None and stops_early(classifier):
        held = encoder.transform(held[0]), held[1]
    began = time.perf_counter()
    fitted = _fit(classifier, X, y, groups, shares, held)
    return Model(encoder, fitted, search, fit_facts(fitted, len(X), time.perf_counter() - began))


def stops_early(classifier: Any) -> bool:
    """Return whether a classifier looks at clips to choose on while it is fitted."""
    return has_fit_parameter(classifier, "validation")


def inner_search(
    recipe: Recipe,
    measures: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray | None,
    choose: np.ndarray | None = None,
    shares: Shares | None = None,
) -> Search:
    """Return the best combination of ``recipe.grid`` on inner folds of the given clips only.

    No group is on both sides of an inner fold. With rows to ``choose`` on, they are the tested side
    of the only inner fold. Between equal scores the first combination wins, so a grid lists the
    simplest values first. A classifier that stops early does so on the rows to choose on, as the
    final fit will.

    Raises
    ------
    InputError
        When there is something to search and only one subject to search it on.
    """
    choices = _combinations(recipe.grid)
    if len(choices) == 1:
        return Search(choices[0], [])
    classes = np.unique(y)
    number = np.searchsorted(classes, y)
    totals = np.zeros((len(choices), len(classes), len(classes)), dtype=int)
    chosen = choose is not None and len(choose) > 0
    if choose is not None and chosen:
        folds = [Fold("chosen", np.setdiff1d(np.arange(len(y)), choose), choose)]
    else:
        folds = inner_folds(y, groups, recipe.inner_folds, recipe.seed)
    for inner, fold, X in _inner_data(recipe, measures, y, folds):
        held = None if groups is None else groups[fold.train]
        soft = None if shares is None else shares.take(fold.train)
        train, test = (inner.part(X, rows, fold.train) for rows in (fold.train, fold.test))
        stop = (test, y[fold.test]) if chosen else None
        for c, params in enumerate(choices):
            bare = _bare(inner.classifier(params))
            fitted = _fit(bare, train, y[fold.train], held, soft, stop)
            predicted = np.searchsorted(classes, fitted.predict(test))
            totals[c] += confusion_matrix(number[fold.test], predicted, len(classes))
    scores = TOTALS[recipe.scoring](totals)
    best = int(np.argmax(scores >= scores.max() - 1e-12))
    table = [{**p, "score": float(s)} for p, s in zip(choices, scores, strict=True)]
    return Search(choices[best], table)


def _combinations(grid: Grid | None) -> list[dict[str, Any]]:
    grid = grid or {}
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]


def inner_folds(y: np.ndarray, groups: np.ndarray | None, folds: int, seed: int) -> list[Fold]:
    """Return folds of the training clips, proven free of leaks where groups are given."""
    if groups is None:
        folds = min(folds, int(np.unique(y, return_counts=True)[1].max()))
        splits = sample_splits(y, max(folds, 2), seed)
        return [Fold(f"inner{i}", a, b) for i, (a, b) in enumerate(splits)]
    names = np.unique(groups)
    if len(names) < 2:
        raise InputError(
            "the search for parameters needs at least two subjects among the training clips; "
            f"there is only {names[0]}. Fix the parameters instead of giving lists."
        )
    splits = grouped_splits(y, groups, min(folds, len(names)), seed)
    out = [Fold(f"inner{i}", a, b) for i, (a, b) in enumerate(splits)]
    refuse_leaks(out, groups)
    return out


def _inner_data(
    recipe: Recipe, measures: np.ndarray, y: np.ndarray, folds: Sequence[Fold]
) -> Iterator[tuple[Recipe, Fold, np.ndarray]]:
    """Yield each inner fold with its data, encoded by what the fold's training side taught."""
    if not _learns(recipe.encoder):
        inner, X = quick(recipe, measures)
        yield from ((inner, fold, X) for fold in folds)
        return
    for fold in folds:
        encoder = clone(recipe.encoder).fit(measures[fold.train], y[fold.train])
        inner, X = quick(recipe.encoded(encoder), encoder.transform(measures))
        yield inner, fold, X


def quick(recipe: Recipe, measures: np.ndarray) -> tuple[Recipe, np.ndarray]:
    """Return a recipe and data that give the same predictions with less work.

    Where the encoder learns nothing, everything is encoded once. Where moreover the classifier
    offers it, the slow part of the kernel between all clips is computed once. Each number of that
    matrix depends on two clips and on nothing else, so no fold learns anything of its tested clips.
    """
    if recipe.pairwise or _learns(recipe.encoder):
        return recipe, measures
    X = measures
    if recipe.encoder is not None:
        encoder = clone(recipe.encoder).fit(measures)
        recipe, X = recipe.encoded(encoder), encoder.transform(measures)
    first = recipe.classifier(_combinations(recipe.grid)[0])
    base = first.shared_base(X, recipe.grid or {}) if hasattr(first, "shared_base") else None
    return (recipe, X) if base is None else (replace(recipe, pairwise=True), base)


def _learns(encoder: Any) -> bool:
    """Return whether fitting ``encoder`` on other clips could change its features."""
    if encoder is None:
        return False
    return encoder.descriptor.learns if isinstance(encoder, Encoder) else True


def _bare(classifier: Any) -> Any:
    """Return the classifier without the probabilities that a search does not look at."""
    if "probability" in classifier.get_params():
        classifier.set_params(probability=False)
    return classifier


def _fit(
    classifier: Any,
    X: np.ndarray,
    y: np.ndarray,
    groups: np.ndarray | None,
    shares: Shares | None = None,
    validation: Known | None = None,
) -> Any:
    """Fit on the rows of ``X``, with whatever else this classifier's ``fit`` takes."""
    classes = np.unique(y)
    if len(classes) == 1:
        return DummyClassifier().fit(X, y)
    more: dict[str, Any] = {}
    if groups is not None and has_fit_parameter(classifier, "groups"):
        more["groups"] = groups
    if shares is not None and has_fit_parameter(classifier, "shares"):
        more["shares"] = shares.among(classes)
    if validation is not None and stops_early(classifier):
        more |= _validation(*validation, classes)
    try:
        return classifier.fit(X, y, **more)
    except (ValueError, IndexError, ArithmeticError) as error:
        same = "all of them have the same features." if not np.ptp(X, axis=0).any() else ""
        raise InputError(
            f"the classifier cannot be trained on {len(y)} clips of {len(np.unique(y))} classes: "
            f"{same or ' '.join(str(error).split())}"
        ) from error


def _validation(X: np.ndarray, y: np.ndarray, classes: np.ndarray) -> dict[str, Known]:
    """Return the rows to stop on, of classes that are trained on; nothing where none is left."""
    known = np.isin(y, classes)
    return {"validation": (X[known], y[known])} if known.any() else {}


def _spread(classifier: Any, X: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    places = {c: i for i, c in enumerate(classes)}
    out = np.zeros((len(X), len(classes)))
    out[:, [places[str(c)] for c in classifier.classes_]] = classifier.predict_proba(X)
    return out
