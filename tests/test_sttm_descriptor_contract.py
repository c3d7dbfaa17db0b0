"""The contract of the descriptors, over all of DESCRIPTORS and a concatenation of two.

A new member of DESCRIPTORS is tested without a line here; SMALL only makes the tests quick.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import skops.io
from samples import textured
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from sttm.descriptors import DESCRIPTORS, descriptor_class, descriptor_name
from sttm.descriptors.base import Place
from sttm.descriptors.concatenation import Concatenation
from sttm.errors import ClipTooShort, InputError

SMALL = {
    "sttm": {"grid": (2, 3, 3), "sigma": 1.0},
    "lbp-top": {"grid": (2, 3, 3)},
    "vlbp": {"grid": (2, 3, 3)},
    "hog-top": {"grid": (2, 3, 3)},
    "hog3d": {"grid": (2, 3, 3)},
    "static-lbp": {"grid": (1, 3, 3)},
    "static-hog": {"grid": (1, 3, 3)},
    "pixels": {"side": 12},
    "eigenfaces": {"side": 12, "components": 3},
    "fisherfaces": {"side": 12},
    "gabor": {"grid": (1, 3, 3), "scales": 2},
}
# a choice that a search can make, where it is not the grid
CHOICES = {"pixels": ("side", [6, 12]), "eigenfaces": ("components", [1, 2])}
CHOICES["fisherfaces"] = ("shrinkage", [0.1, 0.5])
STATIC = {"static-lbp", "static-hog", "pixels", "eigenfaces", "fisherfaces", "gabor"}
# learn directions from several training clips, so they are fitted on CLIPS where a test is about
# one or two special ones; a column speaks of the whole face
PROJECTIONS = {"eigenfaces", "fisherfaces"}
# are grey levels, not counts of texture: an offset shows in levels (not in standardised ones), a
# flat clip is as grey as it is, and a wave's phase matters
LEVELS = {"pixels", *PROJECTIONS}
# a video without texture: these count each voxel's pattern, which is then the flat one (all
# neighbours not darker); all the others have nothing to count and give zeros
COUNT_FLAT = {"lbp-top", "vlbp", "static-lbp"}
# measures landmarks, which noise and stripes do not have: its contract is that of
# test_sttm_landmarks_geometry.py
NO_TEXTURE = {"geometry"}
NAMES = [*(n for n in DESCRIPTORS if n not in NO_TEXTURE), "concatenation"]
DYNAMIC = [n for n in NAMES if n not in STATIC]


def make(name):
    if name == "concatenation":
        return Concatenation([("a", make("hog-top")), ("b", make("sttm"))])
    return descriptor_class(name)(**SMALL.get(name, {}))


def features(descriptor, clips):
    """Return the features of ``clips`` by a descriptor fitted on them, or on CLIPS if it must."""
    if any(descriptor_name(single) in PROJECTIONS for single in descriptor.singles()):
        return descriptor.fit(CLIPS, LABELS).transform(clips)
    return descriptor.fit_transform(clips)


def clips(lengths=(9, 12, 15, 10), seed=0):
    return [textured(t, 36, 40, seed + i).astype(np.uint8) for i, t in enumerate(lengths)]


CLIPS = clips()
LABELS = np.array(["a", "b", "b", "a"])


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def test_features_are_a_finite_float32_table_with_a_name_per_column(name):
    descriptor = make(name)
    X = descriptor.fit_transform(CLIPS, LABELS)
    names = list(descriptor.get_feature_names_out())
    assert X.dtype == np.float32 and X.shape == (len(CLIPS), len(names))
    assert np.isfinite(X).all() and X.std() > 0
    assert len(set(names)) == len(names)
    assert len({tuple(row) for row in X}) == len(CLIPS)  # different clips, different features


def test_every_name_locates_its_place(name):
    descriptor = make(name)
    places = descriptor.places()
    for number in {0, 1, len(places) // 3, len(places) - 1}:
        assert descriptor.locate(number) == places[number]
        assert descriptor.locate(places[number].name) == places[number]
    with pytest.raises(InputError, match="column"):
        descriptor.locate("t0.y9.x9.nothing")
    for place in places:
        assert isinstance(place, Place) and place.meaning
        assert place.name.startswith(place.block) and place.name.endswith(f"{place.bin:02d}")
        for low, high in (place.t, place.y, place.x):
            assert 0 <= low <= high <= 1
        assert place.y[0] < place.y[1] and place.x[0] < place.x[1]
        assert place.t[0] < place.t[1] or name in STATIC


def test_blocks_cover_the_volume(name):
    places = make(name).places()
    blocks = {(p.t, p.y, p.x) for p in places}
    axes = [sorted({block[axis] for block in blocks}) for axis in range(3)]
    assert len(blocks) == np.prod([len(spans) for spans in axes])
    for axis, spans in enumerate(axes):
        if axis == 0 and name in STATIC:
            assert spans == [(1.0, 1.0)]  # one moment
            continue
        assert spans[0][0] == 0 and spans[-1][1] == pytest.approx(1)
        ends = [low - high for (_, high), (low, _) in pairwise(spans)]
        assert all(gap <= 1e-9 for gap in ends)


def test_texture_in_one_place_changes_only_columns_of_that_place(name):
    """Noise well inside the block t1.y1.x2 of a flat video."""
    flat = np.full((60, 96, 96), 128, np.uint8)
    busy = flat.copy()
    noise = np.random.default_rng(0).integers(0, 256, (6, 8, 8), np.uint8)
    busy[42:48, 44:52, 76:84] = noise
    descriptor = make(name)
    if name in STATIC:
        descriptor.set_params(frame=45 / 59)
    X = features(descriptor, [flat, busy])
    places = descriptor.places()
    changed = [places[c] for c in np.flatnonzero(X[0] != X[1])]
    assert len(changed) >= (1 if name in PROJECTIONS else 4)
    for place in changed:
        assert place.y[0] <= 48 / 96 <= place.y[1] and place.x[0] <= 80 / 96 <= place.x[1]
        if name not in STATIC:
            assert place.t[0] <= 45 / 60 <= place.t[1]


def test_clone_and_parameters(name):
    descriptor = make(name)
    params = descriptor.get_params()
    copy = clone(descriptor)
    assert copy is not descriptor
    assert copy.get_params().keys() == params.keys()
    assert list(copy.get_feature_names_out()) == list(descriptor.get_feature_names_out())
    assert copy.set_params(**descriptor.get_params(deep=False)) is copy
    assert not copy.__sklearn_is_fitted__() and repr(descriptor)
    with pytest.raises(ValueError):
        descriptor.set_params(no_such_parameter=1)


def test_not_fitted_is_said(name):
    with pytest.raises(NotFittedError):
        make(name).transform(CLIPS)


def stripes(across, seed, in_step=False):
    """A clip of moving stripes, across the picture or along it; in step they end alike."""
    rng = np.random.default_rng(seed)
    t, y, x = np.ogrid[: 8 + seed % 3, :36, :36]
    phase = 2 - 0.5 * t[-1, 0, 0] if in_step else rng.uniform(0, 6)
    wave = np.sin((x if across else y) * 0.6 + t * 0.5 + phase + 0 * (x + y))
    return (128 + 90 * wave + rng.normal(0, 4, wave.shape)).clip(0, 255).astype(np.uint8)


def test_pipeline_and_search_tell_stripes_apart(name):
    X = [stripes(i % 2 == 0, i, in_step=name in LEVELS) for i in range(12)]
    y = np.arange(12) % 2
    pipeline = make_pipeline(make(name), StandardScaler(), LinearSVC())
    prefix = pipeline.steps[0][0] + ("__a" if name == "concatenation" else "")
    option, choices = CHOICES.get(name, ("grid", [(1, 2, 2), (1, 3, 3)]))
    search = GridSearchCV(pipeline, {f"{prefix}__{option}": choices}, cv=3)
    search.fit(X, y)
    assert search.best_score_ == 1.0
    assert (search.predict(X[:4]) == y[:4]).all()


def test_stored_measures_give_the_same_as_clips(name):
    train, test = CLIPS[:3], CLIPS[3:]
    descriptor = make(name).fit(train, LABELS[:3])
    direct = descriptor.transform(test)
    measures = [descriptor.measure(clip) for clip in CLIPS]
    assert all(m.dtype == np.float32 and m.ndim == 1 for m in measures)
    encoder = clone(descriptor.encoder()).fit(np.stack(measures[:3]), LABELS[:3])
    assert np.array_equal(encoder.transform(np.stack(measures[3:])), direct)
    assert list(encoder.get_feature_names_out()) == list(descriptor.get_feature_names_out())
    with pytest.raises(InputError, match="measures"):
        encoder.transform(np.stack(measures)[:, :-1])


def test_a_clip_has_the_same_features_alone_and_among_others(name):
    """So that live and in a batch the answer is one."""
    descriptor = make(name).fit(CLIPS, LABELS)
    together = descriptor.transform(CLIPS)
    for row, clip in zip(together, CLIPS, strict=True):
        assert np.array_equal(descriptor.transform([clip])[0], row)


def test_measures_of_other_settings_are_refused(name):
    descriptor = make(name).fit(CLIPS, LABELS)
    measures = descriptor.measure_all(CLIPS[:2])
    with pytest.raises(InputError, match="measures"):
        descriptor.encode(measures[:, :-3])


def test_measuring_looks_at_one_clip_only_and_repeats(name):
    descriptor = make(name)
    before = CLIPS[0].copy()
    alone = descriptor.measure(CLIPS[0])
    assert np.array_equal(CLIPS[0], before)
    descriptor.fit(CLIPS, LABELS)
    assert np.array_equal(descriptor.measure(CLIPS[0]), alone)
    assert np.array_equal(descriptor.measure(CLIPS[0][:, ::-1][:, ::-1]), alone)  # a view


def test_kind_of_number_changes_nothing(name):
    for clip in [CLIPS[0], CLIPS[1][:3]]:  # also when it is too short and stretched
        X = features(make(name), [clip, clip.astype(np.float32), clip.astype(np.int64)])
        assert np.allclose(X[0], X[1], atol=1e-6)
        assert np.allclose(X[0], X[2], atol=1e-6)


def test_offset_of_grey_changes_nothing(name):
    dark = (CLIPS[0] // 2).astype(np.uint8)
    descriptor = make(name)
    if name == "pixels":  # levels move with the offset, standardised ones do not
        moved = descriptor.fit_transform([dark, dark + 100])
        assert np.allclose(moved[0] + 100, moved[1], atol=1e-4)
        descriptor.set_params(normalisation="standard")
    X = features(descriptor, [dark, dark + 100])
    assert np.allclose(X[0], X[1], atol=2e-3)
    assert np.abs(X[0] - X[1]).sum() <= 1e-3 * np.abs(X[0]).sum()


@pytest.mark.parametrize("value", [0, 128, 255])
def test_flat_video_is_finite_and_without_texture(name, value):
    descriptor = make(name)
    X = features(descriptor, [np.full((9, 36, 36), value, np.uint8)])
    assert np.isfinite(X).all()
    if name == "pixels":
        assert set(X.ravel()) == {value}
        return
    if name in PROJECTIONS:  # a picture without texture is as far from the mean as the mean is grey
        assert np.allclose(X[0], -descriptor.mean_ @ descriptor.directions_.T, atol=1e-4)
        return
    places = descriptor.places()
    filled = [places[c] for c in np.flatnonzero(X[0])]
    if name not in COUNT_FLAT:
        assert not filled
        return
    assert filled and all("(flat, or a dark spot)" in place.meaning for place in filled)
    assert np.allclose(X[0][X[0] > 0], 1)


def test_clips_of_two_frames_and_of_any_length_go_in(name):
    X = features(make(name), [CLIPS[0][:2], CLIPS[0][:3], CLIPS[0], CLIPS[2]])
    assert np.isfinite(X).all()


def test_one_frame_is_enough_for_static_descriptors_only(name):
    frame = CLIPS[0][:1]
    if name in STATIC:
        assert np.isfinite(features(make(name), [frame])).all()
        return
    with pytest.raises(ClipTooShort, match="at least 2 frames"):
        make(name).measure(frame)


@pytest.mark.parametrize(
    "clip",
    [
        np.zeros((36, 36), np.uint8),
        np.zeros((0, 36, 36), np.uint8),
        np.zeros((5, 0, 36), np.uint8),
        np.zeros((5, 36, 36, 3), np.uint8),
        np.full((5, 36, 36), np.nan),
        np.full((5, 36, 36), np.inf, np.float32),
    ],
    ids=["2-D", "no frame", "no row", "colour", "nan", "infinite"],
)
def test_wrong_clips_are_refused_in_a_sentence(name, clip):
    with pytest.raises(InputError, match="a clip must"):
        make(name).measure(clip)


def test_too_small_pictures_are_refused_in_a_sentence(name):
    with pytest.raises(InputError, match=r"\w+ \w+ \w+"):
        make(name).measure(np.zeros((9, 2, 2), np.uint8))


@pytest.mark.parametrize("wrong", [[], CLIPS[0]], ids=["no clip", "one clip"])
def test_wrong_collections_are_refused(name, wrong):
    with pytest.raises(InputError):
        make(name).fit(wrong, LABELS)


def test_saved_without_pickle_and_loaded_with_the_same_features(name):
    descriptor = make(name).fit(CLIPS, LABELS)
    data = skops.io.dumps(descriptor)
    foreign = skops.io.get_untrusted_types(data=data)
    assert all(kind.startswith("sttm.") for kind in foreign)
    loaded = skops.io.loads(data, trusted=foreign)
    assert np.array_equal(loaded.transform(CLIPS), descriptor.transform(CLIPS))


@pytest.mark.parametrize("name", DYNAMIC)
def test_time_has_a_direction_for_dynamic_descriptors(name):
    """Reversal may not be mistaken for a change of slices, so there is one slice."""
    descriptor = make(name)
    prefix = "a__" if name == "concatenation" else ""
    descriptor.set_params(**{f"{prefix}grid": (1, 3, 3)})
    moving = np.stack([np.roll(CLIPS[0][0], k, axis=1) for k in range(9)])
    X = descriptor.fit_transform([moving, moving[::-1]])
    assert np.abs(X[0] - X[1]).sum() > 0.05 * np.abs(X[0]).sum()


@pytest.mark.parametrize("name", sorted(STATIC))
def test_static_descriptors_see_one_frame(name):
    descriptor = make(name).set_params(frame="middle")
    clip = CLIPS[0]
    alone = np.repeat(clip[4:5], 9, axis=0)
    X = features(descriptor, [clip, clip[::-1], alone])
    assert np.array_equal(X[0], X[1]) and np.array_equal(X[0], X[2])
    last, first = (make(name).set_params(frame=f) for f in ("last", "first"))
    assert np.array_equal(last.measure(clip), first.measure(clip[::-1]))
    assert not np.array_equal(last.measure(clip), first.measure(clip))


def test_only_a_descriptor_that_learns_depends_on_its_training_clips(name):
    descriptor = make(name)
    if descriptor.learns:
        return  # test_sttm_descriptor_sttm.py and test_sttm_descriptors_still.py show what
    measures = descriptor.measure_all(CLIPS)
    one = make(name).learn(measures[:1]).encode(measures)
    assert np.array_equal(one, make(name).learn(measures).encode(measures))


@pytest.mark.parametrize("name", [*NAMES, "concatenation of labels"])
def test_labels_are_asked_for_where_they_are_learned_from_and_ignored_elsewhere(name):
    if name == "concatenation of labels":
        descriptor = Concatenation([("a", make("static-hog")), ("b", make("fisherfaces"))])
    else:
        descriptor = make(name)
    measures = descriptor.measure_all(CLIPS)
    assert descriptor.needs_labels <= descriptor.learns
    assert descriptor.__sklearn_tags__().target_tags.required == descriptor.needs_labels
    assert descriptor.encoder().__sklearn_tags__().target_tags.required == descriptor.needs_labels
    learned = clone(descriptor).learn(measures, LABELS).encode(measures)
    with pytest.raises(InputError, match="one label per clip"):
        clone(descriptor).learn(measures, LABELS[:-1])
    if not descriptor.needs_labels:
        assert np.array_equal(clone(descriptor).learn(measures).encode(measures), learned)
        return
    for attempt in (
        lambda: clone(descriptor).fit(CLIPS),
        lambda: clone(descriptor).fit_transform(CLIPS),
        lambda: clone(descriptor).learn(measures),
        lambda: descriptor.encoder().fit(measures),
    ):
        with pytest.raises(InputError, match="learns from labels, and none came"):
            attempt()
    other = clone(descriptor).learn(measures, np.roll(LABELS, 1)).encode(measures)
    assert not np.array_equal(other, learned)


def test_an_unfitted_descriptor_names_the_columns_that_a_fitted_one_begins_with(name):
    descriptor = make(name)
    most = descriptor.places()
    columns = list(descriptor.fit(CLIPS, LABELS).get_feature_names_out())
    assert descriptor.sized_by_training == (len(columns) < len(most)) or name == "eigenfaces"
    assert [p.name for p in most[: len(columns)]] == columns
    assert make(name).places_in(columns) == descriptor.places()


def test_codings_of_one_value_learn_and_the_others_do_not():
    from sttm.codings import CODINGS
    from sttm.descriptors.sttm import STTM

    learning = {coding for coding in CODINGS if STTM(coding).learns}
    assert learning == {"response", "root", "signed", "temporal"}
