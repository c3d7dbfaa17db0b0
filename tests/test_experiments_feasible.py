"""Awkward data: every protocol with every classifier ends in a sentence or in whole predictions."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pandas as pd
import pytest
from families import ON_TABLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.registry import parameters
from experiments.config import Config, ProtocolSection, parse
from experiments.fitting.crossvalidation import collect, cross_validate
from experiments.fitting.search import fit_model
from experiments.folding.feasible import check_folds
from experiments.folding.protocols import PROTOCOLS, folds_of, search_groups
from experiments.judging.predictions import probabilities_of
from experiments.measuring import modelling
from sttm.errors import InputError

SMALL = {
    "mlp": {"max_iter": 5},
    "logistic": {"max_iter": 20},
    "forest": {"n_estimators": 3},
    "knn": {"n_neighbors": [1, 2]},
}


@functools.cache
def config(protocol: str, classifier: str, folds: int = 2, searched: bool = True) -> Config:
    """An experiment that is never read: only its protocol and classifier count."""
    options = SMALL.get(classifier, {})
    if searched and "scaling" in parameters(classifier) and classifier != "knn":
        options = {**options, "scaling": ["none", "standard"]}
    return parse(
        Config,
        {
            "data": {"kind": "csv", "path": "none.csv"},
            "classifier": {"name": classifier, **options},
            "protocol": {"name": protocol, "folds": folds, "inner": 2},
        },
    )


def outcome(chosen: Config, clips: pd.DataFrame, X: np.ndarray) -> tuple[pd.DataFrame, list[str]]:
    """Do what a run does from the labels on, and return predictions and tested clips."""
    labels = clips["label"].tolist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folds = folds_of(chosen.protocol, clips, labels, chosen.seed)
        check_folds(chosen, folds, labels, clips["subject"].tolist())
        started.append(1)
        groups = search_groups(chosen.protocol.name, clips["subject"].tolist())
        recipe = modelling(chosen)
        recipe = type(recipe)(recipe.make, recipe.grid, None, "uar", 2, 0)
        results = list(cross_validate(recipe, X, labels, groups, folds))
        fit_model(recipe, X, labels, groups)
    tested = sorted(int(i) for f in folds for i in f.test)
    assert [r.trained for r in results] == [len(f.train) for f in folds]
    return collect(results, clips["clip"].tolist(), labels), [f"c{i:02d}" for i in tested]


started: list[int] = []


@st.composite
def awkward(draw) -> tuple[pd.DataFrame, np.ndarray]:
    """Few clips: lone classes, lone subjects, blank subjects, missing parts, equal measures."""
    n = draw(st.integers(2, 12))

    def column(values):
        return draw(st.lists(st.sampled_from(values), min_size=n, max_size=n))

    some = draw(st.sampled_from([["1"], ["1", "2"], ["1", "2", "3", "4"], ["", "1", "2"], [""]]))
    parts = draw(st.sampled_from([["train", "test"], ["train", "validation", "test"],
                                  ["train", "validation"], [""]]))  # fmt: skip
    clips = pd.DataFrame({
        "clip": [f"c{i:02d}" for i in range(n)],
        "label": column(draw(st.sampled_from([["a", "b"], ["a", "a", "a", "b", "c"], ["a"]]))),
        "subject": column(some),
        "dataset": column(["x", "y"]),
        "part": column(parts),
    })  # fmt: skip
    random = np.random.default_rng(draw(st.integers(0, 99)))
    X = random.random((n, 3)) if draw(st.booleans()) else np.ones((n, 3))
    return clips, X.astype(np.float32)


@pytest.mark.parametrize("classifier", sorted(ON_TABLES))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PROTOCOLS)), awkward(), st.booleans())
def test_a_sentence_before_anything_is_trained_or_whole_predictions(
    classifier, protocol, data, searched
):
    clips, X = data
    started.clear()
    try:
        table, tested = outcome(config(protocol, classifier, searched=searched), clips, X)
    except InputError as error:
        assert not started or "the same features" in str(error), f"said too late: {error}"
        assert len(str(error)) > 20 and "Error" not in str(error)
        assert str(error).endswith(".") and not str(error).endswith("..")
        return
    assert sorted(table["clip"]) == tested
    probabilities = probabilities_of(table)
    assert np.isfinite(probabilities).all() and (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-6)


def rows(labels, subjects, **columns) -> pd.DataFrame:
    names = [f"c{i:02d}" for i in range(len(labels))]
    return pd.DataFrame(
        {"clip": names, "label": list(labels), "subject": list(subjects), **columns}
    )


@pytest.mark.parametrize(
    ("clips", "protocol", "words"),
    [
        (rows("ab", "12"), "loso", "fold '1' has 1 training|needs at least two subjects"),
        (rows("aabb", "1111"), "loso", "at least two subjects; these clips have one"),
        (rows("aabb", "1212"), "grouped-kfold", "fold 'fold1'.*at least two subjects"),
        (rows("aaaa", "1234"), "loso", "at least two classes"),
        (rows(["a", "", "b", "a"], "1234"), "loso", "every clip needs a label; 1 clips"),
        (rows("abc", "123"), "sample-kfold", "largest class has 1"),
    ],
)
def test_what_is_impossible_is_said_in_a_sentence(clips, protocol, words):
    with pytest.raises(InputError, match=words):
        outcome(config(protocol, "knn"), clips, np.ones((len(clips), 3)))


def test_what_a_classifier_lacks_is_said_before_anything_is_trained():
    few = rows("abab", "1234", part=["train", "train", "test", "test"])
    started.clear()
    with pytest.raises(InputError, match=r"fold 'test' has 2 training clips .* lda cannot"):
        outcome(config("official-split", "lda", searched=False), few, np.ones((4, 3)))
    assert not started


def test_more_folds_than_subjects_is_said():
    with pytest.raises(InputError, match="with 5 folds needs at least as many subjects"):
        outcome(config("grouped-kfold", "majority", 5), rows("ababab", "123123"), np.ones((6, 2)))


def test_a_large_training_set_is_not_tried(monkeypatch):
    monkeypatch.setattr("experiments.folding.feasible.make_on_blocks", None)
    clips = rows(["a", "b"] * 300, [str(i % 3) for i in range(600)])
    chosen = config("loso", "majority", searched=False)
    folds = folds_of(chosen.protocol, clips, clips["label"].tolist(), 0)
    check_folds(chosen, folds, clips["label"].tolist(), clips["subject"].tolist())


def test_the_official_words_may_be_single():
    section = parse(ProtocolSection, {"name": "official-split", "train": "train", "test": "dev"})
    assert (section.train, section.choose, section.test) == (["train"], None, ["dev"])
