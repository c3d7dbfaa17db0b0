"""From a config's words to estimators: the classifier, and the pipeline that is cross-validated."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from classifiers import CLASSIFIERS, search_grid
from classifiers.registry import check_trainable, classifier_class
from sttm.errors import InputError
from sttm.tables import named

from .feature_groups import KEY, asks_for_blocks, make_on_blocks, split_blocks

TOY_BLOCKS = ("left", "left", "right", "right")


def classifier_parts(entry: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, list[Any]]]:
    """Return (name, fixed parameters, searched parameters) of a config's classifier.

    Raises
    ------
    InputError
        For an unknown name or parameter, or an impossible value of our own classifiers.
    """
    params = {k: v for k, v in entry.items() if (k, v) != ("random_state", None)}  # seed says it
    name = str(params.pop("name", "svm"))
    try:
        fixed, grid = search_grid(name, split_blocks(params))
    except ValueError as error:
        raise InputError(str(error)) from error
    if asks_for_blocks(params):
        if KEY in grid:
            grid[KEY] = list(params[KEY])
        else:
            fixed[KEY] = "blocks"
    return name, fixed, grid


def try_classifier(entry: dict[str, Any]) -> None:
    """Refuse a classifier whose values its library would refuse, by fitting it on toy numbers.

    Of a deep model only the settings are looked at, and whether its libraries are installed.

    Raises
    ------
    InputError
    """
    name, fixed, grid = classifier_parts(entry)
    try:
        if not check_trainable(name):
            return
    except ValueError as error:
        raise InputError(f"classifier {name}: {error}") from error
    first = {**fixed, **{key: values[0] for key, values in grid.items()}}
    trials = [first] + [{**first, k: v} for k, values in grid.items() for v in values[1:]]
    for params in trials:
        X, y = _toys(params.get("class_weight"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                quick = {**params, **CLASSIFIERS[name].trial}
                made = make_on_blocks(name, seed=0, blocks=TOY_BLOCKS, **quick)
                fitted = made.fit(X, y)
        except (ValueError, TypeError) as error:
            sentence = " ".join(str(error).split())
            raise InputError(f"classifier {name}: {sentence}") from error
        if not hasattr(fitted, "predict_proba"):
            raise InputError(
                f"classifier {name} must give probabilities, and with these options it gives none; "
                "take out probability: false."
            )


def _toys(class_weight: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return rows (n, 4) of three classes or more, called as those that have a weight."""
    named_ones = list(class_weight) if isinstance(class_weight, Mapping) else []
    names = [*named_ones, *"abc"[len(named_ones) :]]
    X = np.random.default_rng(0).random((6 * len(names), 4))
    return X + np.repeat(np.eye(len(names), 4), 6, axis=0), np.repeat(names, 6)


def takes(name: str, argument: str) -> bool:
    """Return whether the ``fit`` of a classifier takes an argument, such as ``shares``.

    >>> takes("svm", "groups"), takes("svm", "shares")
    (True, False)
    """
    from sklearn.utils.validation import has_fit_parameter

    return has_fit_parameter(classifier_class(name), argument)


def check_soft(entry: dict[str, Any]) -> None:
    """Refuse a classifier that cannot be trained on soft labels.

    Raises
    ------
    InputError
    """
    name = str(entry.get("name", "svm"))
    if not takes(name, "shares"):
        able = [n for n in CLASSIFIERS if takes(n, "shares")]
        raise InputError(
            f"data.soft needs a classifier that can be trained on shares of votes"
            f"{f' ({named(able)})' if able else ''}; {name} takes one label per clip. Take "
            "data.soft out, or choose another classifier"
        )


def check_weighted(entry: dict[str, Any], labels: Iterable[str]) -> None:
    """Refuse a class weight for a class that no clip has.

    Raises
    ------
    InputError
    """
    known = sorted(set(labels))
    _, fixed, grid = classifier_parts(entry)
    for weight in [fixed.get("class_weight"), *grid.get("class_weight", [])]:
        strange = [k for k in weight if k not in known] if isinstance(weight, Mapping) else []
        if strange:
            raise InputError(
                f"class_weight must name classes as the labels do; {named(map(repr, strange))} is "
                f"none of {named(map(repr, known), 12)}."
            )
