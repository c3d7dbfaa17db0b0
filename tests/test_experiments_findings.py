"""What a model looks at: the weight of a block is what the block does to the scores."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from families import ON_TABLES

from classifiers import make_classifier
from experiments.config import Config, parse
from experiments.datasets import read_dataset
from experiments.fitting.feature_groups import blocks_at
from experiments.fitting.search import Model, Search
from experiments.join import join
from experiments.judging import findings
from experiments.judging.findings import block_weights, examples
from experiments.judging.predictions import predictions_table
from sttm.descriptors import descriptor_class
from sttm.descriptors.base import Encoder
from sttm.descriptors.sttm import STTM
from sttm.extract import extract

BINS = 4  # of each of the four blocks below


def trained(name, classes="abc", grid=(1, 2, 2), **params):
    random = np.random.default_rng(0)
    labels = np.array(list(classes) * 8)
    measures = random.random((len(labels), BINS * math.prod(grid))).astype(np.float32)
    measures[labels == "a", 1] += 2
    measures[labels == "b", 6] += 2
    descriptor = STTM(grid=grid, azimuths=4, elevations=(), normalisation="l1")
    encoder = Encoder(descriptor).fit(measures)
    classifier = make_classifier(name, **params).fit(encoder.transform(measures), labels)
    return Model(encoder, classifier, Search({}, [])), measures


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("svm", {"kernel": "linear"}),
        ("svm", {"kernel": "linear", "scaling": "standard"}),
        ("svm", {"kernel": "hellinger"}),
        ("linear-svm", {}),
        ("linear-svm", {"scaling": "standard"}),
        ("logistic", {}),
    ],
)
def test_a_block_weighs_what_it_does_to_the_scores(name, params):
    model, measures = trained(name, **params)
    weights = block_weights(model, measures)
    rows = getattr(model.classifier, "rows_of_weights", np.asarray)(model.features(measures))
    coef = getattr(model.classifier, "coef_per_class_", None)
    coef = model.classifier.coef_ if coef is None else coef
    for b in range(4):
        without = rows.copy()
        without[:, BINS * b : BINS * (b + 1)] = rows[:, BINS * b : BINS * (b + 1)].mean(axis=0)
        change = np.abs((rows - without) @ coef.T).mean(axis=0)
        np.testing.assert_allclose(weights.loc[b, ["a", "b", "c"]].astype(float), change, rtol=1e-4)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_scaling_of_alike_columns_leaves_the_order_of_blocks(scaling):
    model, measures = trained("linear-svm", scaling=scaling)
    weights = block_weights(model, measures)
    assert weights["a"].idxmax() == 0 and weights["b"].idxmax() == 1


@pytest.mark.parametrize("name", ["logistic", "lda", "linear-svm"])
def test_of_two_classes_both_have_the_same_weights(name):
    model, measures = trained(name, classes="ab")
    weights = block_weights(model, measures)
    assert weights.attrs["how"] == "weights"
    np.testing.assert_allclose(weights["a"], weights["b"], rtol=1e-6)
    assert (weights["a"] > 0).any()


# covered blocks ---------------------------------------------------------------------------------

WITHOUT_WEIGHTS = [
    ("svm", {"kernel": "rbf"}),
    ("svm", {"kernel": "chi-square"}),
    ("svm", {"kernel": "intersection"}),
    *(
        (n, {"n_estimators": 20} if n == "forest" else {})
        for n in sorted(set(ON_TABLES) - {"svm", "linear-svm", "logistic", "lda"})
    ),
]


@pytest.mark.parametrize(("name", "params"), WITHOUT_WEIGHTS)
def test_a_covered_block_weighs_what_covering_it_does_to_the_probabilities(name, params):
    model, measures = trained(name, **params)
    weights = block_weights(model, measures)
    exact = hasattr(model.classifier, "group_contributions") and weights.attrs["how"] == "weights"
    if hasattr(model.classifier, "coef_") or exact:  # a member that has weights is tested elsewhere
        return
    assert weights.attrs["how"] == "occlusion"
    X = model.features(measures)
    for b in range(4):
        covered = [
            [X[:, j].mean() if j // BINS == b else value for j, value in enumerate(row)]
            for row in X
        ]
        before, after = (model.classifier.predict_proba(np.array(r)) for r in (X, covered))
        slow = np.mean(abs(before - after), axis=0)
        found = weights.loc[b, ["a", "b", "c"]].astype(float)
        np.testing.assert_allclose(found, slow, rtol=1e-4, atol=1e-6)
    if name != "majority":
        assert weights["a"].idxmax() == 0 and weights["b"].idxmax() == 1


def test_the_baseline_looks_at_nothing():
    weights = block_weights(*trained("majority"))
    assert not weights[["a", "b", "c"]].to_numpy().any()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("MOST_WORK", 1.0, "too long with 24 clips"), ("LONGEST", -1, "took more than -1 s")],
)
def test_what_would_take_too_long_is_said_and_not_done(name, value, words, monkeypatch):
    monkeypatch.setattr(findings, name, value)
    weights = block_weights(*trained("svm", kernel="rbf"))
    assert weights.empty and words in weights.attrs["why"]


def test_blocks_are_covered_four_at_a_time_where_one_by_one_takes_long(monkeypatch):
    model, measures = trained("svm", kernel="rbf", grid=(2, 4, 4))
    fine = block_weights(model, measures)
    assert len(fine) == 32 and set(fine["x_to"]) == {0.25, 0.5, 0.75, 1.0}
    monkeypatch.setattr(findings, "MOST_WORK", 15 * 32 * measures.size)
    coarse = block_weights(model, measures)
    assert len(coarse) == 8 and set(coarse["x_to"]) == {0.5, 1.0}
    X = model.features(measures)
    covered = X.copy()
    inside = [p.t[1] <= 0.5 and p.y[1] <= 0.5 and p.x[1] <= 0.5 for p in places(model)]
    covered[:, inside] = X.mean(axis=0)[inside]
    change = abs(model.classifier.predict_proba(covered) - model.classifier.predict_proba(X))
    np.testing.assert_allclose(coarse.loc[0, ["a", "b", "c"]].astype(float), change.mean(axis=0))
    assert coarse.loc[0, "block"] == "t0.y0.x0"


def places(model):
    return model.encoder.descriptor_.places()


def test_many_clips_are_represented_by_some_and_always_the_same(monkeypatch):
    monkeypatch.setattr(findings, "LOOKED_AT", 12)
    model, measures = trained("svm", kernel="rbf")
    first, second = block_weights(model, measures), block_weights(model, measures)
    pd.testing.assert_frame_equal(first, second)
    monkeypatch.setattr(findings, "LOOKED_AT", 24)
    assert not np.allclose(first["a"], block_weights(model, measures)["a"])


# examples ---------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path):
    """Eight clips that were measured and predicted, half of them wrongly, and their files."""
    settings = {"kind": "folder", "path": str(tmp_path / "clips")}
    time, faces = {"frames": 6}, {"finder": "whole", "align": "box", "size": 32}
    descriptor = {"name": "sttm", "grid": [1, 2, 2], "azimuths": 4}
    config = parse(
        Config,
        {"name": "a", "data": settings, "time": time, "faces": faces, "descriptor": descriptor},
    )
    random = np.random.default_rng(0)
    for label in ("fear", "joy"):
        (tmp_path / "clips" / label).mkdir(parents=True)
        for i in range(4):
            noise = random.integers(0, 255, (6, 32, 32), dtype=np.uint8)
            np.save(tmp_path / "clips" / label / f"s{i}.npy", noise)
    data = read_dataset(config.data)
    extraction = extract(data.clips, config.recipe(), root=data.root)
    joined = join(data, extraction)
    wrong = np.arange(len(joined.labels)) % 2 == 0
    predicted = np.where(wrong, np.where(joined.labels == "joy", "fear", "joy"), joined.labels)
    p = np.where(predicted[:, None] == np.array(["fear", "joy"]), 0.75, 0.25)
    n = len(predicted)
    table = predictions_table(joined.names, ["f"] * n, joined.labels, predicted, p, ["fear", "joy"])
    return config, joined, data, table


def test_examples_are_right_and_wrong_and_as_they_were_measured(run):
    shown = examples(*run)
    assert len(shown) == 6 and {e.right for e in shown} == {True, False}
    for example in shown:
        source = run[2].clips.set_index("clip").loc[example.clip, "source"]
        np.testing.assert_array_equal(example.frames, np.load(run[2].root / source))
        assert example.map.shape == example.frames.shape and example.probability == 0.75


def deleted(path):
    path.unlink()


def truncated(path):
    path.write_bytes(path.read_bytes()[:200])


def emptied(path):
    path.write_bytes(b"")


def replaced(path):
    """Another clip of the same name: it can be read, but it is not what was measured."""
    np.save(path, np.load(path)[:, ::-1] // 2)


def shortened(path):
    np.save(path, np.load(path)[:1])


def made_a_folder(path):
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "change", [deleted, truncated, emptied, replaced, shortened, made_a_folder]
)
def test_a_file_that_changed_since_it_was_measured_is_no_example_and_ends_nothing(run, change):
    clip = examples(*run)[0].clip
    source = run[2].clips.set_index("clip").loc[clip, "source"]
    change(run[2].root / source)
    shown = [e.clip for e in examples(*run)]
    assert clip not in shown and len(shown) == 5


def test_a_decoder_that_fails_in_an_unforeseen_way_ends_nothing(run, monkeypatch):
    def broken(*args):
        raise MemoryError("a picture of 2**31 by 2**31 pixels")

    monkeypatch.setattr(findings, "crop_clip", broken)
    assert examples(*run) == []


def test_pixels_are_covered_many_at_a_time():
    keys, block = blocks_at(descriptor_class("pixels")(side=48).places())
    coarse, number = findings._few(keys, block)
    assert len(keys) == 48 * 48 and 64 <= len(coarse) <= findings.MOST_COVERED
    assert len(number) == 48 * 48 and (np.bincount(number) == 48 * 48 // len(coarse)).all()
    begins = np.arange(300) / 300
    moments = np.stack([begins, begins + 1 / 300, *np.tile([[0.0], [1.0]], (2, 300))], axis=1)
    assert len(findings._few(moments, np.arange(300))[0]) == 300  # along time nothing is joined
