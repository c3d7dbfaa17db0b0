"""``groups: blocks``: the columns of a block are one feature, from the config to the last fit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from experiments.config import Config, parse
from experiments.fitting import feature_groups
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.feature_groups import block_labels, make_on_blocks, split_blocks
from experiments.fitting.models import classifier_parts
from experiments.fitting.search import Recipe, fit_model, inner_search, quick
from experiments.folding.protocols import ProtocolSettings, make_folds
from experiments.measuring import modelling
from sttm.descriptors.base import Encoder, Place
from sttm.descriptors.sttm import STTM
from sttm.errors import InputError

BINS = 4
GRID = (2, 2, 2)
BLOCKS = [f"t{t}.y{y}.x{x}" for t in range(2) for y in range(2) for x in range(2)]
QUICK = {"kernel": "hellinger", "refit": "none", "selection": "log"}


def clips(n=24, told=3, seed=0):
    """Measures whose block number ``told`` tells the classes apart, labels and subjects."""
    random = np.random.default_rng(seed)
    labels = np.array(["fear", "joy"] * (n // 2))
    measures = random.random((n, BINS * len(BLOCKS))).astype(np.float32)
    measures[labels == "joy", BINS * told] += 3
    return measures, labels, np.array([f"S{i // 4}" for i in range(n)])


def descriptor(**params):
    return STTM(grid=GRID, azimuths=4, elevations=(), normalisation="l1", **params)


def config(**classifier):
    return parse(
        Config,
        {
            "data": "drawn",
            "descriptor": {
                "name": "sttm",
                "grid": list(GRID),
                "azimuths": 4,
                "elevations": [],
                "normalisation": "l1",
            },
            "classifier": {"name": "rsfm", **QUICK, **classifier},
        },
    )


# names of blocks --------------------------------------------------------------------------------


def test_each_column_is_called_by_its_block():
    labels = block_labels(descriptor().fit([np.zeros((8, 16, 16))]).places())
    assert labels.tolist() == [b for b in BLOCKS for _ in range(BINS)]


def test_planes_neighbourhoods_and_bins_of_a_place_are_one_block():
    fitted = STTM(grid=(1, 3, 3), normalisation="contrast").fit([np.zeros((8, 24, 24))])
    labels = block_labels(fitted.places())
    assert sorted(set(labels)) == [f"t0.y{y}.x{x}" for y in range(3) for x in range(3)]
    for place, label in zip(fitted.places(), labels, strict=True):
        assert place.block.startswith(label)


def test_blocks_of_two_grids_that_begin_together_are_told_apart():
    def place(end):
        return Place("n", "b", 0, (0.0, 1.0), (0.0, end), (0.0, 1.0), "m")

    assert block_labels([place(0.5), place(1.0), place(0.5)]).tolist() == [
        "t0.y0.x0",
        "t0.y0.x0~2",
        "t0.y0.x0",
    ]


# the word in a config ---------------------------------------------------------------------------


def test_the_word_is_kept_for_the_fit_and_hidden_from_the_check():
    name, fixed, grid = classifier_parts({"name": "rsfm", "groups": "blocks", "width": 1.0})
    assert (name, fixed, grid) == ("rsfm", {"groups": "blocks", "width": 1.0}, {})
    _, fixed, grid = classifier_parts({"name": "rsfm", "groups": [None, "blocks"]})
    assert (fixed, grid) == ({}, {"groups": [None, "blocks"]})
    assert classifier_parts({"name": "rsfm", "groups": ["blocks"]})[1] == {"groups": "blocks"}
    assert split_blocks({"C": 1.0}) == {"C": 1.0}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"name": "rsfm", "groups": "block"}, "did you mean 'blocks'"),
        ({"name": "rsfm", "groups": ["blocks", "bins"]}, "unknown groups 'bins'"),
        ({"name": "svm", "groups": "blocks"}, "unknown parameter of 'svm' 'groups'"),
    ],
)
def test_other_words_and_other_classifiers_are_refused(entry, words):
    with pytest.raises(InputError, match=words):
        classifier_parts(entry)


@pytest.mark.parametrize(
    ("blocks", "words"), [(None, "whose columns have places"), (["t0.y0.x0"] * 4, "has one")]
)
def test_without_blocks_to_choose_from_a_sentence_says_so(blocks, words):
    with pytest.raises(InputError, match=words):
        make_on_blocks("rsfm", blocks=blocks, groups="blocks")


def test_without_the_word_nothing_changes():
    assert make_on_blocks("rsfm", blocks=["a", "b"]).groups is None


# every fit --------------------------------------------------------------------------------------


def test_a_config_chooses_the_block_that_tells_the_classes_apart():
    measures, labels, subjects = clips()
    model = fit_model(modelling(config(groups="blocks")), measures, labels, subjects)
    assert model.classifier.group_names_.tolist() == BLOCKS
    kept = np.flatnonzero(model.classifier.get_group_support())
    assert [BLOCKS[k] for k in kept] == [BLOCKS[3]]
    assert model.facts["features_used"] == 1 and model.facts["features"] == 8
    assert model.facts["samples"] == 24 and model.facts["fit_seconds"] > 0


def test_columns_and_blocks_can_be_searched_like_any_setting():
    measures, labels, subjects = clips()
    recipe = modelling(config(groups=[None, "blocks"]))
    search = inner_search(recipe, measures, labels, subjects)
    assert [row["groups"] for row in search.table] == [None, "blocks"]
    assert all(0 <= row["score"] <= 1 for row in search.table)


@pytest.mark.parametrize("learns", [False, True])
def test_folds_know_the_blocks_whether_encoding_learns_or_not(learns):
    """An encoder that learns is fitted per fold, one that does not once for all."""
    measures, labels, subjects = clips()
    kind = Unlike if learns else STTM
    encoder = Encoder(kind(**descriptor().get_params()))
    make = partial(make_on_blocks, "rsfm", seed=0, groups="blocks", width=1.0, **QUICK)
    recipe = Recipe(make, encoder=encoder, inner_folds=2, on_blocks=True)
    assert (quick(recipe, measures)[0].encoder is None) is not learns
    folds = make_folds(labels, subjects, ProtocolSettings("loso"))
    for result in cross_validate(recipe, measures, labels, subjects, folds):
        assert result.reasons.blocks == [BLOCKS[3]]
        assert result.facts["features"] == 8


class Unlike(STTM):
    """The same descriptor, said to learn from its clips."""

    learns = True


def test_a_descriptor_without_a_grid_is_refused_with_a_sentence():
    measures, labels, subjects = clips()
    recipe = modelling(config(groups="blocks"))
    one = STTM(grid=(1, 1, 1), azimuths=32, elevations=(), normalisation="l1")
    with pytest.raises(InputError, match="give it a grid"):
        fit_model(replace(recipe, encoder=Encoder(one)), measures, labels, subjects)
    with pytest.raises(InputError, match="whose columns have places"):
        fit_model(replace(recipe, encoder=None), measures, labels, subjects)


def test_the_labels_are_of_the_columns_that_come_out_of_the_encoder(monkeypatch):
    """Break once: labels of another order would make other features."""
    measures, labels, subjects = clips()
    right = fit_model(modelling(config(groups="blocks")), measures, labels, subjects)
    monkeypatch.setattr(feature_groups, "block_labels", lambda p: block_labels(p)[::-1])
    wrong = fit_model(modelling(config(groups="blocks")), measures, labels, subjects)
    kept = [m.classifier.group_names_[m.classifier.get_group_support()] for m in (right, wrong)]
    assert kept[0].tolist() == [BLOCKS[3]] and kept[1].tolist() == [BLOCKS[4]]
