"""Pixels, eigenfaces, Fisherfaces and Gabor banks: what each promises beyond the contract."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest
import reference_gabor
from samples import textured
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import KNeighborsClassifier

from classifiers import make_classifier
from experiments.extraction import extract_to
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.search import Recipe as Learning
from experiments.fitting.search import quick
from experiments.folding.folds import Fold
from recognizer import Bundle, load_bundle, save_bundle
from sttm import FaceSettings, InputError, TimeSettings
from sttm.descriptors import build
from sttm.descriptors.base import Encoder
from sttm.descriptors.concatenation import Concatenation
from sttm.descriptors.gabor import Gabor, gabor_magnitudes
from sttm.descriptors.pixels import NORMALISATIONS, Pixels
from sttm.descriptors.projections import Eigenfaces, Fisherfaces, principal
from sttm.dictionary import describe
from sttm.extract import Job, Recipe, measure_clip

SIDE = 8


def pictures(n=30, side=SIDE, seed=0):
    """Clips of one smooth random picture each."""
    return [textured(1, side, side, seed + i).astype(np.uint8) for i in range(n)]


def classes(n=60, side=SIDE, seed=0):
    """Rows of grey levels that differ most by light from two sides, a little by a class's pattern.

    Synthetic: a pattern per class, 5 grey levels strong, under gradients of 40 and noise of 3.
    """
    rng = np.random.default_rng(seed)
    number = np.arange(n) % 3
    patterns = np.random.default_rng(99).choice([-1.0, 1.0], (3, side * side))
    left = np.tile(np.linspace(-1, 1, side), side)
    lights = np.stack([left, left.reshape(side, side).T.ravel()])
    rows = 128 + 40 * rng.normal(size=(n, 2)) @ lights + 5 * patterns[number]
    rows += rng.normal(0, 3, rows.shape)
    return rows.astype(np.float32), np.array(["a", "b", "c"])[number]


ROWS, LABELS = classes()


# pixels -----------------------------------------------------------------------------------------


def test_a_picture_of_the_size_that_is_asked_for_stays_exactly_its_own_pixels(tmp_path):
    """FER2013: 48 x 48 pictures, cropped before, go to a deep classifier as they are."""
    picture = np.random.default_rng(0).integers(0, 256, (1, 48, 48), np.uint8)
    np.save(tmp_path / "face.npy", picture)
    faces = FaceSettings(size=48, finder="whole", align="box")
    recipe = Recipe(Pixels(), faces, TimeSettings())
    measures = measure_clip(Job("face", tmp_path / "face.npy"), recipe)[0].measures
    assert np.array_equal(measures.reshape(48, 48), picture[0])
    assert np.array_equal(Pixels().encode(measures[None])[0], picture.ravel())


def test_a_larger_picture_is_reduced_to_the_means_of_its_pixels():
    clip = textured(1, 36, 24, 1).astype(np.uint8)
    found = Pixels(side=12).measure(clip).reshape(12, 12)
    assert np.allclose(found, clip[0].reshape(12, 3, 12, 2).mean(axis=(1, 3)), atol=1e-4)


def test_the_place_of_a_column_is_its_pixel():
    clip = np.zeros((1, 24, 24), np.uint8)
    clip[0, 6:8, 14:16] = 200
    pixels = Pixels(side=12)
    (lit,) = np.flatnonzero(pixels.fit_transform([clip])[0])
    place = pixels.places()[lit]
    assert place.name == "t0.y3.x7.b00" and place.meaning == "grey level, 0 to 255"
    assert place.y == pytest.approx((6 / 24, 8 / 24)) and place.x == pytest.approx(
        (14 / 24, 16 / 24)
    )


def test_normalisations_do_what_they_say_and_leave_a_flat_picture_flat():
    rows = np.stack([p.ravel() for p in pictures(4, 16)]).astype(np.float32)
    rows[-1] = 77
    assert np.array_equal(NORMALISATIONS["none"](rows), rows)
    standard = NORMALISATIONS["standard"](rows)
    assert np.allclose(standard[:3].mean(axis=1), 0, atol=1e-6)
    assert np.allclose(standard[:3].std(axis=1), 1, atol=1e-5)
    assert not standard[3].any()
    equalised = NORMALISATIONS["equalise"](rows)
    for before, after in zip(rows[:3], equalised[:3], strict=True):
        order = np.argsort(before, kind="stable")
        assert (np.diff(after[order]) >= 0).all()  # never turns the order of grey levels round
        assert after.min() == 0 and after.max() == 255
        spread = np.quantile(after, [0.25, 0.5, 0.75])
        assert np.allclose(spread, [64, 128, 192], atol=6)
    assert set(equalised[3]) == {77}
    assert all(found.dtype == np.float32 for found in (standard, equalised))


MISTAKES = [
    ({"name": "pixels", "params": {"side": 1}}, "side must be a whole number from 2 to 256"),
    ({"name": "pixels", "params": {"side": 300}}, "side must be a whole number from 2 to 256"),
    ({"name": "pixels", "params": {"normalisation": "standart"}}, "did you mean 'standard'"),
    ({"name": "pixels", "params": {"frame": "lst"}}, "did you mean 'last'"),
    ({"name": "eigenfaces", "params": {"components": 0}}, "components must be a whole number"),
    ({"name": "eigenfaces", "params": {"components": 2.5}}, "components must be a whole number"),
    ({"name": "fisherfaces", "params": {"kept": -1}}, "kept must be a whole number"),
    ({"name": "fisherfaces", "params": {"shrinkage": 2}}, "shrinkage must lie from 0 to 1"),
    ({"name": "fisherfaces", "params": {"most_columns": 0}}, "most_columns must be at least 1"),
    ({"name": "gabor", "params": {"orientations": 0}}, "orientations and scales must be whole"),
    ({"name": "gabor", "params": {"scales": 99}}, "their product at most 128"),
    ({"name": "gabor", "params": {"wavelength": 1}}, "wavelength >= 2"),
    ({"name": "gabor", "params": {"scales": 8}}, "would reach over more than 256 pixels"),
    ({"name": "gabor", "params": {"grid": [2, 4, 4]}}, "one frame has one block along t"),
]


@pytest.mark.parametrize(("spec", "sentence"), MISTAKES, ids=[s for _, s in MISTAKES])
def test_impossible_options_are_refused_before_any_clip(spec, sentence):
    with pytest.raises(InputError, match=sentence):
        build(spec).places()


def test_a_crop_smaller_than_the_side_is_refused():
    with pytest.raises(InputError, match=r"has only 36 x 40; lower 'side' or raise faces.size"):
        Pixels(side=48).measure(np.zeros((1, 36, 40), np.uint8))


# eigenfaces -------------------------------------------------------------------------------------


def test_eigenfaces_are_the_eigenvectors_of_the_covariance():
    faces = Eigenfaces(side=SIDE, normalisation="none", components=5).learn(ROWS)
    values, vectors = np.linalg.eigh(np.cov(ROWS.T.astype(float)))
    assert np.allclose(faces.variance_, values[::-1][:5], rtol=1e-4)
    along = np.abs(np.sum(faces.components_ * vectors[:, ::-1][:, :5].T, axis=1))
    assert np.allclose(along, 1, atol=1e-4)
    assert np.allclose(faces.share_, values[::-1][:5] / values.sum(), rtol=1e-4)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("n", [12, 40], ids=["fewer rows than pixels", "many rows"])
def test_all_components_give_the_training_pictures_back(n, whiten):
    rows = np.stack([p.ravel() for p in pictures(n)]).astype(np.float32)
    faces = Eigenfaces(side=SIDE, normalisation="none", components=100, whiten=whiten).learn(rows)
    features = faces.encode(rows)
    assert features.shape == (n, min(n - 1, SIDE * SIDE))
    assert np.allclose(faces.inverse_transform(features).reshape(n, -1), rows, atol=0.05)
    fewer = Eigenfaces(side=SIDE, normalisation="none", components=4, whiten=whiten).learn(rows)
    error = np.abs(fewer.inverse_transform(fewer.encode(rows)).reshape(n, -1) - rows).mean()
    assert error > 1


def test_whitened_columns_have_variance_one_and_none_correlates_with_another():
    faces = Eigenfaces(side=SIDE, components=6, whiten=True).learn(ROWS)
    assert np.allclose(np.cov(faces.encode(ROWS).T), np.eye(6), atol=1e-3)


def test_a_share_of_variance_takes_the_fewest_components_that_keep_it():
    every = Eigenfaces(side=SIDE, components=SIDE * SIDE).learn(ROWS).share_
    for share in (0.5, 0.9, 0.99):
        found = Eigenfaces(side=SIDE, components=share).learn(ROWS)
        needed = int(np.searchsorted(np.cumsum(every), share) + 1)
        assert len(found.places()) == needed == found.encode(ROWS).shape[1]


@pytest.mark.parametrize("make", [Eigenfaces, Fisherfaces])
def test_the_order_of_clips_decides_no_sign(make):
    faces = make(side=SIDE).learn(ROWS, LABELS)
    turned = make(side=SIDE).learn(ROWS[::-1], LABELS[::-1])
    most = min(len(faces.directions_), 4)
    assert np.allclose(faces.encode(ROWS)[:, :most], turned.encode(ROWS)[:, :most], atol=1e-2)
    again = make(side=SIDE).learn(ROWS, LABELS)
    assert np.array_equal(again.directions_, faces.directions_)


def test_both_solvers_find_the_same_components():
    """Fewer rows than half the pixels go another way than many."""
    rows = ROWS.astype(float)
    few, many = principal(rows[:30], 3), principal(np.repeat(rows[:30], 2, axis=0), 3)
    assert np.allclose(few.components_, many.components_, atol=1e-6)


@pytest.mark.parametrize("rows", [ROWS[:1], np.repeat(ROWS[:1], 5, axis=0)], ids=["one", "equal"])
def test_faces_that_do_not_differ_teach_nothing(rows):
    with pytest.raises(InputError, match="there must be at least two different ones"):
        Eigenfaces(side=SIDE).learn(rows)


# Fisherfaces ------------------------------------------------------------------------------------


def test_fisherfaces_tell_new_pictures_apart_better_than_as_many_eigenfaces():
    """The light varies most, so the first eigenfaces show it; the classes differ elsewhere."""
    new, truth = classes(seed=5)
    right = {}
    for kind in (Fisherfaces(side=SIDE, kept=0.999), Eigenfaces(side=SIDE, components=2)):
        kind.learn(ROWS, LABELS)
        nearest = KNeighborsClassifier(3).fit(kind.encode(ROWS), LABELS)
        right[type(kind)] = (nearest.predict(kind.encode(new)) == truth).mean()
        assert len(kind.places()) == 2
    assert right[Fisherfaces] > 0.95 > 0.8 > right[Eigenfaces]


def test_fisherfaces_span_what_linear_discriminant_analysis_finds():
    """The twin: scikit-learn's discriminants of all principal components, without shrinkage."""
    faces = Fisherfaces(side=4, normalisation="none", kept=10, shrinkage=0.0)
    rows, labels = classes(side=4)
    found = faces.learn(rows, labels).encode(rows)
    scores = principal(rows.astype(float), 10).transform(rows)
    twin = LinearDiscriminantAnalysis(solver="eigen").fit(scores, labels).transform(scores)
    for column in range(2):
        assert abs(np.corrcoef(found[:, column], twin[:, column])[0, 1]) > 0.9999
    inside = [found[labels == c] - found[labels == c].mean(axis=0) for c in "abc"]
    assert np.allclose(np.cov(np.concatenate(inside).T, ddof=0), np.eye(2), atol=1e-3)


def test_names_of_classes_change_nothing():
    faces = Fisherfaces(side=SIDE).learn(ROWS, LABELS)
    other = np.array([{"a": 2, "b": 0, "c": 1}[label] for label in LABELS])
    assert np.allclose(Fisherfaces(side=SIDE).learn(ROWS, other).encode(ROWS), faces.encode(ROWS))


def test_few_clips_are_no_trap():
    """n - c components are kept at most, so that the scatter within classes can be inverted."""
    few = Fisherfaces(side=SIDE, shrinkage=0.0, kept=0.99).learn(ROWS[:7], LABELS[:7])
    assert len(few.directions_) == 2 and np.isfinite(few.encode(ROWS)).all()
    assert len(Fisherfaces(side=SIDE, most_columns=1).learn(ROWS, LABELS).places()) == 1


@pytest.mark.parametrize(
    ("rows", "labels", "sentence"),
    [
        (ROWS[:6], ["a"] * 6, "at least two classes"),
        (ROWS[:2], ["a", "b"], "more clips than classes"),
        (np.repeat(ROWS[:3], 3, axis=0), list("aaabbbccc"), "are too alike"),
    ],
)
def test_clips_that_cannot_teach_fisherfaces_are_refused(rows, labels, sentence):
    with pytest.raises(InputError, match=sentence):
        Fisherfaces(side=SIDE, shrinkage=0.0).learn(rows, labels)


# Gabor ------------------------------------------------------------------------------------------


def test_gabor_magnitudes_are_those_of_the_formula():
    picture = textured(1, 11, 9, 4)[0].astype(np.uint8)
    for settings in [((2.5, 4.0), 3, np.pi), ((3.0,), 2, 2.0)]:
        assert np.allclose(
            gabor_magnitudes(picture, *settings),
            reference_gabor.magnitudes(picture, *settings),
            atol=2e-3,
        )


def stripes(angle, wavelength=8.0, size=144, contrast=50):
    y, x = np.mgrid[:size, :size]
    phase = 2 * np.pi / wavelength * (x * np.cos(angle) + y * np.sin(angle))
    return (128 + contrast * np.cos(phase)).astype(np.float32)


@pytest.mark.parametrize("direction", range(6))
@pytest.mark.parametrize("scale", range(3))
def test_stripes_answer_in_their_own_filter_with_their_contrast(direction, scale):
    gabor = Gabor(grid=(1, 3, 3), normalisation="none")
    picture = stripes(np.pi * direction / 6, 4.0 * 2**scale)
    middle = gabor.fit_transform([picture[None]]).reshape(9, 18)[4]
    assert middle.argmax() == scale * 6 + direction
    assert middle.max() == pytest.approx(50, rel=0.01)
    meaning = gabor.locate(int(4 * 18 + middle.argmax())).meaning
    assert f"every {4 * 2**scale} pixels at {30 * direction} degrees" in meaning


def test_gabor_of_a_turned_picture_has_turned_directions():
    gabor = Gabor(grid=(1, 1, 1), orientations=4, normalisation="none", spread=True)
    picture = textured(1, 40, 40, 2)[0]
    upright, turned = gabor.fit_transform([picture[None], picture.T[None]]).reshape(2, 2, 3, 4)
    assert np.allclose(turned, upright[..., [2, 1, 0, 3]], rtol=1e-3, atol=1e-3)


def test_the_spread_of_a_block_is_the_deviation_of_its_magnitudes():
    picture = textured(1, 32, 24, 6)[0]
    gabor = Gabor(grid=(1, 2, 3), normalisation="none", spread=True)
    mean, std = gabor.split(gabor.measure(picture[None])[None])
    found = gabor_magnitudes(picture)[:, 16:32, 8:16]
    assert np.allclose(mean[0, 0, 1, 1], found.mean(axis=(1, 2)), rtol=1e-4)
    assert np.allclose(std[0, 0, 1, 1], found.std(axis=(1, 2)), rtol=1e-3, atol=1e-3)


# where they meet the rest -----------------------------------------------------------------------

FAMILY = {
    "pixels": Pixels(side=SIDE),
    "eigenfaces": Eigenfaces(side=SIDE, components=5),
    "fisherfaces": Fisherfaces(side=SIDE),
    "gabor": Gabor(grid=(1, 2, 2), scales=1),
    "fused": Concatenation([("f", Fisherfaces(side=SIDE)), ("e", Eigenfaces(side=SIDE))]),
}
CLIPS = [row.reshape(1, SIDE, SIDE).clip(0, 255).astype(np.uint8) for row in ROWS]


@pytest.mark.parametrize("name", FAMILY)
def test_a_bundle_gives_the_same_probabilities_bit_for_bit(name, tmp_path):
    measures = FAMILY[name].measure_all(CLIPS)
    encoder = Encoder(FAMILY[name]).fit(measures, LABELS)
    classifier = make_classifier("svm", seed=0).fit(encoder.transform(measures), LABELS)
    faces = FaceSettings(size=SIDE, finder="whole", align="box")
    bundle = Bundle(encoder, classifier, faces, TimeSettings())
    again = load_bundle(save_bundle(bundle, tmp_path / "m.sttm"))
    assert again.predict_proba(measures).tobytes() == bundle.predict_proba(measures).tobytes()
    names = [list(b.encoder.get_feature_names_out()) for b in (bundle, again)]
    assert names[0] == names[1] and len(names[0]) == encoder.transform(measures).shape[1]


def test_a_bundle_may_look_at_more_pixels_than_128(tmp_path):
    big = Pixels(side=160)
    clips = [textured(1, 160, 160, i).astype(np.uint8) for i in range(6)]
    measures = big.measure_all(clips)
    classifier = make_classifier("knn", seed=0, n_neighbors=1).fit(measures, list("ababab"))
    faces = FaceSettings(size=160, finder="whole", align="box")
    bundle = Bundle(Encoder(big).fit(measures), classifier, faces, TimeSettings())
    assert load_bundle(save_bundle(bundle, tmp_path / "m.sttm")).classes == ["a", "b"]


@pytest.mark.parametrize("name", ["eigenfaces", "fisherfaces", "fused"])
def test_cross_validation_learns_from_training_rows_only(name):
    descriptor = FAMILY[name]
    measures = descriptor.measure_all(CLIPS)
    make = partial(make_classifier, "lda", seed=0)
    recipe = Learning(make, encoder=descriptor.encoder())
    assert quick(recipe, measures)[1] is measures  # nothing is encoded before the folds
    rows = np.arange(len(LABELS))
    folds = [Fold(str(i), rows[rows // 20 != i], rows[rows // 20 == i]) for i in range(3)]
    for fold, result in zip(
        folds, cross_validate(recipe, measures, LABELS, None, folds), strict=True
    ):
        encoder = clone(recipe.encoder).fit(measures[fold.train], LABELS[fold.train])
        alone = make().fit(encoder.transform(measures[fold.train]), LABELS[fold.train])
        expected = alone.predict_proba(encoder.transform(measures[fold.test]))
        assert np.allclose(result.probabilities, expected)


def test_labels_without_meaning_are_not_foretold():
    """If Fisherfaces saw the tested clips, even random labels would come out right."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(LABELS)
    noise = rng.normal(128, 30, ROWS.shape).astype(np.float32)
    descriptor = Fisherfaces(side=SIDE)
    seen = descriptor.learn(noise, labels).encode(noise)
    make = partial(make_classifier, "knn", seed=0, n_neighbors=1)
    rows = np.arange(60)
    folds = [Fold(str(i), rows[rows % 5 != i], rows[rows % 5 == i]) for i in range(5)]
    recipe = Learning(make, encoder=Fisherfaces(side=SIDE).encoder())
    results = list(cross_validate(recipe, noise, labels, None, folds))
    right = np.mean([np.mean(r.predicted == labels[r.rows]) for r in results])
    leaked = make().fit(seen[folds[0].train], labels[folds[0].train])
    assert right < 0.6 < 0.9 < np.mean(leaked.predict(seen[:12]) == labels[:12]) + 0.2


def test_a_table_of_fewer_columns_than_asked_for_is_described(tmp_path):
    fitted = FAMILY["fused"].learn(FAMILY["fused"].measure_all(CLIPS[:9]), LABELS[:9])
    columns = list(fitted.get_feature_names_out())
    table = pd.DataFrame(np.zeros((2, len(columns)), np.float32), columns=columns)
    table.insert(0, "clip", ["x", "y"])
    unfitted = clone(FAMILY["fused"])
    assert (
        list(describe(unfitted, table)["column"])
        == columns
        == ["f:" + columns[0][2:], *columns[1:]]
    )
    with pytest.raises(InputError, match="not the one that made this table"):
        describe(unfitted, table.drop(columns=columns[2]))


@pytest.fixture
def folder(tmp_path):
    for number, clip in enumerate(CLIPS[:9]):
        np.save(tmp_path / f"c{number}.npy", clip)
    clips = pd.DataFrame({"clip": [f"c{i}" for i in range(9)]})
    clips["path"] = clips["clip"] + ".npy"
    clips.to_csv(tmp_path / "clips.csv", index=False)
    table = pd.DataFrame({"clip": clips["clip"][:8], "label": LABELS[:8]})
    table.to_csv(tmp_path / "labels.csv", index=False)
    table.assign(label="a").to_csv(tmp_path / "alike.csv", index=False)
    return tmp_path


def run_extract(folder, labels=None):
    return extract_to(
        folder / "clips.csv",
        folder / "f.parquet",
        descriptors=["fisherfaces", "pixels"],
        settings=[
            f"descriptor.0.side={SIDE}",
            f"descriptor.1.side={SIDE}",
            f"faces.size={SIDE}",
            "faces.finder=whole",
            "faces.align=box",
        ],
        labels=None if labels is None else folder / labels,
        jobs=1,
        store=folder / "store",
        quiet=True,
    )


def test_extract_learns_from_the_clips_that_have_a_label(folder):
    done = run_extract(folder, "labels.csv")
    assert "learned from the 8 that have a label" in done.sentence
    alone = Fisherfaces(side=SIDE).fit(CLIPS[:8], LABELS[:8]).transform(CLIPS[:9])
    found = done.features.filter(like="fisherfaces:").to_numpy()
    assert np.allclose(found, alone)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [(None, "name a CSV with clip and label by --labels"), ("alike.csv", "at least two classes")],
)
def test_extract_asks_for_labels_before_the_work(folder, labels, sentence):
    with pytest.raises(InputError, match=f"fisherfaces learns from labels.*{sentence}"):
        run_extract(folder, labels)
    assert not (folder / "store").exists()
