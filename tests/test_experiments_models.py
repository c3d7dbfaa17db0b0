"""A config's classifier: tried before anything is trained, without refusing what is right."""

from __future__ import annotations

import pytest

from experiments.fitting.models import check_weighted, classifier_parts, try_classifier
from sttm.errors import InputError

WEIGHTS = ({"joy": 2}, {"joy": 2, "fear": 0.5}, {f"class {i}": 1 + i for i in range(7)})


@pytest.mark.parametrize("name", ["svm", "linear-svm", "logistic", "forest"])
@pytest.mark.parametrize("weight", [None, "balanced", *WEIGHTS, [None, {"joy": 2}]])
def test_every_kind_of_class_weight_is_taken(name, weight):
    try_classifier({"name": name, "class_weight": weight})


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "svm", "C": -1},
        {"name": "svm", "C": [1, -1]},
        {"name": "svm", "class_weight": "balancd"},
        {"name": "logistic", "C": -1},
        {"name": "knn", "weights": "far"},
        {"name": "smv"},
        {"name": "svm", "probability": False},
        {"name": "linear-svm", "probability": [True, False]},
    ],
)
def test_impossible_values_are_refused_before_the_work(entry):
    with pytest.raises(InputError):
        try_classifier(entry)


def test_a_weight_must_name_a_class():
    labels = ["joy", "fear", "joy"]
    for weight in (None, "balanced", {"joy": 3}, [None, {"fear": 1}]):
        check_weighted({"name": "svm", "class_weight": weight}, labels)
    for weight in ({"jou": 3}, [None, {"jou": 1}]):
        with pytest.raises(InputError, match="'jou' is none of 'fear', 'joy'"):
            check_weighted({"name": "svm", "class_weight": weight}, labels)


def test_a_list_is_searched_and_the_rest_is_fixed():
    entry = {"name": "svm", "C": [1, 10], "kernel": ["rbf"], "random_state": None}
    assert classifier_parts(entry) == ("svm", {"kernel": "rbf"}, {"C": [1, 10]})
