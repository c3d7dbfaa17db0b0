"""From a config's words to estimators: the classifier, and the pipeline that is cross-validated."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from classifiers import make_classifier, search_grid
from sttm.errors import InputError


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
        fixed, grid = search_grid(name, params)
    except ValueError as error:
        raise InputError(str(error)) from error
    return name, fixed, grid


def try_classifier(entry: dict[str, Any]) -> None:
    """Refuse a classifier whose values its library would refuse, by fitting it on toy numbers.

    Raises
    ------
    InputError
    """
    name, fixed, grid = classifier_parts(entry)
    first = {**fixed, **{key: values[0] for key, values in grid.items()}}
    trials = [first] + [{**first, k: v} for k, values in grid.items() for v in values[1:]]
    random = np.random.default_rng(0)
    X, y = (
        random.random((18, 4)) + np.repeat(np.eye(3, 4), 6, axis=0),
        np.repeat(["a", "b", "c"], 6),
    )
    for params in trials:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                make_classifier(name, seed=0, **params).fit(X, y)
        except (ValueError, TypeError) as error:
            sentence = " ".join(str(error).split())
            raise InputError(f"classifier {name}: {sentence}") from error
