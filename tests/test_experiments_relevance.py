"""The relevance map of a clip, the blocks that a model chose, and what the report says of both."""

from __future__ import annotations

import dataclasses
import html
import re

import numpy as np
import pandas as pd
import pytest
from report_sample import drawn_face, sample

from classifiers import make_classifier
from experiments.fitting.feature_groups import labels_of_encoder, make_on_blocks
from experiments.fitting.search import Model, Search
from experiments.judging.findings import block_weights
from experiments.judging.relevance import relevance_map, selected_blocks
from experiments.report import render_report
from experiments.report.data import Carrier, Decision
from sttm.descriptors.base import Encoder
from sttm.descriptors.sttm import STTM
from sttm.errors import InputError
from sttm.pictures import draw_blocks
from sttm.pictures.blocks import AGAINST, FOR

GRID = (2, 2, 2)
CELLS = [(t, y, x) for t in range(2) for y in range(2) for x in range(2)]


def moving(where, seed, strength=60):
    """A clip (8, 32, 32) in which one cell of a 2 x 2 x 2 grid flickers strongly."""
    random = np.random.default_rng(seed)
    clip = random.normal(128, 3, (8, 32, 32))
    t, y, x = where
    part = (slice(4 * t, 4 * t + 4), slice(16 * y, 16 * y + 16), slice(16 * x, 16 * x + 16))
    clip[part] += random.normal(0, strength, (4, 16, 16))
    return np.clip(clip, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def material():
    """Joy flickers in the mouth's right cell late, fear in the brow's left cell early."""
    clips = [moving((1, 1, 1) if i % 2 else (0, 0, 0), i) for i in range(24)]
    labels = np.array(["fear", "joy"] * 12)
    encoder = Encoder(STTM(grid=GRID, azimuths=4, elevations=(), normalisation="none"))
    measures = np.stack([encoder.descriptor.measure(c) for c in clips])
    encoder.fit(measures)
    return clips, labels, measures, encoder


def fitted(material, name="rsfm", **params):
    _, labels, measures, encoder = material
    blocks = labels_of_encoder(encoder)
    classifier = make_on_blocks(name, seed=0, blocks=blocks, **params)
    return Model(encoder, classifier.fit(encoder.transform(measures), labels), Search({}, []))


@pytest.fixture(scope="module")
def model(material):
    return fitted(material, groups="blocks", kernel="hellinger", refit="none")


# the map ----------------------------------------------------------------------------------------


def test_the_map_points_at_the_cell_that_moves(material, model):
    clips = material[0]
    for clip, label, other in ((clips[1], "joy", "fear"), (clips[0], "fear", "joy")):
        found = relevance_map(model, clip)
        assert found.predicted == label and found.probability > 0.5
        np.testing.assert_allclose(found.blocks[label], -found.blocks[other])
        assert found.blocks[label].sum() > 0
        assert set(found.blocks["block"]) <= {"t0.y0.x0", "t1.y1.x1"}


def test_the_parts_of_the_map_are_the_score_from_the_mean(material, model):
    clips, _, measures, encoder = material
    mean, _ = model.classifier.latent_mean_and_variance(encoder.transform(measures))
    scores = mean[:, 0]  # before moderation
    sums = [relevance_map(model, c).blocks["joy"].sum() for c in clips]
    np.testing.assert_allclose(sums, scores - scores.mean(), atol=1e-4)


def test_the_pictures_of_a_map_are_one_per_stretch_of_time(material, model):
    found = relevance_map(model, material[0][1])
    pictures = found.pictures()
    spans = sorted(set(zip(found.blocks["t_from"], found.blocks["t_to"], strict=True)))
    assert [span for span, _ in pictures] == spans
    for _, picture in pictures:
        assert picture.shape == (32, 32, 3) and picture.dtype == np.uint8
    with pytest.raises(InputError, match="no class"):
        found.pictures("anger")


@pytest.mark.parametrize(
    ("name", "params"), [("rsfm", {"refit": "none"}), ("svm", {}), ("rvm", {"kernel": "linear"})]
)
def test_a_machine_that_chooses_no_blocks_has_no_map(material, name, params):
    other = fitted(material, name, **params)
    assert selected_blocks(other) is None
    with pytest.raises(InputError, match="groups: blocks"):
        relevance_map(other, material[0][0])


def test_chosen_blocks_come_with_their_weights(material, model):
    table = selected_blocks(model)
    weights = np.abs(model.classifier.feature_weights_[0])
    assert table.attrs["of"] == 8 and not table.attrs["refitted"]
    assert table["all classes"].tolist() == weights[weights > 0].tolist()
    assert len(table) == model.classifier.get_group_support().sum() <= 2
    own = selected_blocks(
        fitted(material, groups="blocks", kernel="hellinger", refit="none", shared=False)
    )
    assert len(own.columns) == 8  # of two classes there is one machine


# the weights of blocks --------------------------------------------------------------------------


def test_weights_of_an_rsfm_are_what_its_blocks_add(material, model):
    _, _, measures, encoder = material
    weights = block_weights(model, measures)
    parts = model.classifier.group_contributions(encoder.transform(measures))[:, 0]
    assert weights.attrs["how"] == "weights" and len(weights) == 8
    np.testing.assert_allclose(weights["joy"], np.abs(parts).mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(weights["fear"], weights["joy"])


def test_of_columns_the_weights_are_summed_block_by_block(material):
    _, _, measures, encoder = material
    model = fitted(material, refit="none", width=1.0)
    parts = model.classifier.group_contributions(encoder.transform(measures))[:, 0]
    weights = block_weights(model, measures)
    slow = [np.abs(parts[:, 4 * b : 4 * b + 4].sum(axis=1)).mean() for b in range(8)]
    np.testing.assert_allclose(weights["joy"], slow, atol=1e-6)


def test_a_refitted_machine_is_covered_where_it_looks_and_nowhere_else(material):
    _, _, measures, _ = material
    model = fitted(material, groups="blocks", kernel="hellinger", refit="rvm")
    weights = block_weights(model, measures)
    assert weights.attrs["how"] == "occlusion"
    kept = selected_blocks(model)
    assert kept.attrs["refitted"]
    moved = weights.set_index("block")["joy"]
    assert (moved[kept["block"]] > 0).any() and not moved.drop(kept["block"]).any()


@pytest.mark.parametrize("params", [{}, {"scaling": "standard"}, {"kernel": "hellinger"}])
def test_weights_of_a_linear_rvm_are_what_covering_does_to_its_score(material, params):
    _, _, measures, encoder = material
    model = fitted(material, "rvm", **{"kernel": "linear", **params})
    weights = block_weights(model, measures)
    assert weights.attrs["how"] == "weights"
    rows = encoder.transform(measures).astype(float)
    score = model.classifier.latent_mean_and_variance
    for b in range(8):
        own = slice(4 * b, 4 * b + 4)
        without = rows.copy()
        root = params.get("kernel") == "hellinger"
        mean = np.sqrt(rows[:, own]).mean(axis=0) ** 2 if root else rows[:, own].mean(axis=0)
        without[:, own] = mean
        change = np.abs(score(rows)[0] - score(without)[0])[:, 0].mean()
        np.testing.assert_allclose(weights.loc[b, "joy"], change, rtol=1e-3, atol=1e-6)


def test_one_rvm_per_pair_has_no_weights_per_class():
    X = np.random.default_rng(0).random((30, 32)).astype(np.float32)
    labels = np.array(list("abc") * 10)
    X[labels == "a", 1] += 2
    X[labels == "b", 6] += 2
    encoder = Encoder(STTM(grid=GRID, azimuths=4, elevations=(), normalisation="none")).fit(X)
    machine = make_classifier("rvm", kernel="linear", multi_class="one-vs-one").fit(X, labels)
    model = Model(encoder, machine, Search({}, []))
    assert block_weights(model, X).attrs["how"] == "occlusion"


# drawing ----------------------------------------------------------------------------------------


def test_blocks_are_drawn_in_their_places_and_colours():
    face = np.full((40, 40), 128, np.uint8)
    edges = np.array([[0.0, 0.5, 0.0, 0.5], [0.5, 1.0, 0.5, 1.0], [0.5, 1.0, 0.0, 0.5]])
    drawn = draw_blocks(face, edges, np.array([2.0, -1.0, 0.0])).astype(int)
    plain = drawn[30, 10]
    assert plain[0] == plain[1] == plain[2]
    red, blue = drawn[10, 10], drawn[30, 30]
    assert red[0] > red[2] and blue[2] > blue[0]
    assert abs(red - plain).sum() > abs(blue - plain).sum() > 0
    assert tuple(drawn[0, 10]) == FOR and tuple(drawn[20, 20]) == AGAINST
    assert (drawn[25:35, 5:15] == plain).all()


def test_strength_is_linear_and_shared_by_one_scale():
    face, edges = np.full((20, 20), 100, np.uint8), np.array([[0.0, 1.0, 0.0, 1.0]])
    half, whole = (draw_blocks(face, edges, np.array([v]), 2.0)[10, 10] for v in (1.0, 2.0))
    assert int(half[2]) > int(whole[2])
    np.testing.assert_array_equal(draw_blocks(face, edges, np.array([9.0]), 2.0)[10, 10], whole)
    nothing = draw_blocks(face, edges[:0], np.zeros(0))
    assert (nothing == nothing[0, 0]).all()


# the page ---------------------------------------------------------------------------------------

PLACES = {"t_from": 0.0, "t_to": 0.5, "y_from": 0.2, "y_to": 0.3, "x_from": 0.4, "x_to": 0.5}


def page_data(parts=(1.5, -0.5), carriers=2):
    data = sample(3, 4)
    example = data.examples[0]
    rows = [{"block": f"b{i}", **PLACES, "part": p} for i, p in enumerate(parts)]
    frames = np.stack([drawn_face(0.0), drawn_face(1.0)])
    shown = [
        Carrier(f"<clip{i}>", "joy", f"data/S{i}/joy & more.avi", "frames 0 to 9", 2.0 - 3 * i, f)
        for i, f in zip(range(carriers), [frames, None], strict=False)
    ]
    selected = pd.DataFrame([{"block": "b0", **PLACES, "all classes": 0.7}])
    selected.attrs = {"of": 200, "refitted": False}
    data.selected = selected
    data.decisions = [Decision(example, pd.DataFrame(rows), shown)]
    return data


def test_a_decision_shows_its_blocks_and_its_training_clips():
    text = render_report(page_data())
    plain = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
    assert 'id="relevance"' in text and "The machine kept 1\xa0block of 200" in html.unescape(text)
    assert "1\xa0block for" in html.unescape(text) and "1 against" in text
    assert "+2.00" in plain and "−1.00" in plain
    assert "data/S0/joy & more.avi" in plain and "frames 0 to 9" in plain
    assert "&lt;clip0&gt;" in text and "<clip0>" not in text
    assert "All blocks together add +1.00" in plain
    assert "fitted again" not in plain


def test_what_is_missing_is_left_out_or_said():
    data = page_data(parts=(), carriers=0)
    assert "the score is the offset alone" in render_report(data)
    data.decisions, data.selected = [], None
    assert 'id="relevance"' not in render_report(data)
    nothing = page_data()
    nothing.selected = nothing.selected.iloc[:0]
    assert "kept no block" in render_report(nothing)
    again = page_data()
    again.selected.attrs["refitted"] = True
    assert "fitted again on these blocks" in render_report(again)


def test_what_the_classifier_of_a_fold_keeps_is_said_where_the_folds_are():
    data = page_data()
    facts = {"samples_used": 12.25, "samples": 66.0, "fit_seconds": 0.5}
    data = dataclasses.replace(data, run={**data.run, "training": facts})
    text = html.unescape(render_report(data))
    assert "the classifier of a fold uses 12.2 of 66 training clips" in text
    assert "Fitting it took 0.50\u202fs (this depends on the machine)" in text
