"""STTM as a transformer: normalisation, names, learned edges, presets, refused settings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import textured
from sklearn.base import clone

from sttm.codings import CODINGS
from sttm.descriptors.sttm import PRESETS, STTM
from sttm.errors import InputError
from sttm.normalise import NORMALISATIONS, contrast, normalise, window_cells

CLIPS = [textured(10 + i, 32, 32, seed=i).astype(np.uint8) for i in range(6)]


@pytest.mark.parametrize("normalisation", NORMALISATIONS)
@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_columns_have_names_and_places(coding, normalisation):
    sttm = STTM(coding, grid=(2, 3, 4), normalisation=normalisation)
    X = sttm.fit_transform(CLIPS[:2])
    names = sttm.get_feature_names_out()
    assert X.shape == (2, len(names)) and X.dtype == np.float32 and np.isfinite(X).all()
    assert len(set(names)) == len(names)
    for column in (0, len(names) // 2, len(names) - 1):
        assert sttm.locate(names[column]) == sttm.locate(column)


def test_l1_histograms_sum_to_one():
    sttm = STTM(grid=(2, 3, 3), normalisation="l1")
    X = sttm.fit_transform(CLIPS).reshape(len(CLIPS), 18, 24)
    assert np.allclose(X.sum(axis=2), 1, atol=1e-5)


def test_contrast_windows_have_unit_length_and_clipped_values():
    blocks = np.random.default_rng(0).random((3, 2, 4, 5, 6)).astype(np.float32)
    out = contrast(blocks, 0.2)
    assert out.shape == (3, 2, 3, 4, 2, 2, 6)
    assert np.allclose((out**2).sum(axis=(-3, -2, -1)), 1, atol=1e-5)


def test_contrast_columns_are_where_their_names_say():
    """Fill one cell only: every column that is not zero names that cell."""
    grid, bins = (2, 3, 4), 2
    sttm = STTM(grid=grid, azimuths=2, elevations=())
    for cell in [(0, 0, 0), (1, 2, 3), (0, 1, 2)]:
        blocks = np.zeros((1, *grid, bins), np.float32)
        blocks[(0, *cell)] = 1
        answer = np.flatnonzero(normalise(blocks, "contrast")[0])
        expected = "t{}.y{}.x{}".format(*cell)
        assert {sttm.locate(int(c)).block for c in answer} == {expected}
    assert len(window_cells(grid)) == 2 * 2 * 3 * 4


def test_gain_changes_nothing_once_normalised():
    clip = textured(12, 32, 32)
    for coding in ("oriented", "lbp"):
        sttm = STTM(coding, grid=(1, 4, 4)).fit([clip])
        a, b = sttm.transform([clip, clip * 0.5])
        assert np.abs(a - b).sum() < 0.03 * np.abs(a).sum()


def test_edges_come_from_training_clips_only():
    train, test = CLIPS[:4], [(c * 0.2).astype(np.uint8) for c in CLIPS[4:]]
    sttm = STTM("root", grid=(1, 2, 2)).fit(train)
    before = sttm.edges_.copy()
    alone = sttm.transform(test)
    assert np.array_equal(sttm.edges_, before)
    both = STTM("root", grid=(1, 2, 2)).fit(train + test)
    assert not np.array_equal(both.edges_, before)
    assert not np.allclose(both.transform(test), alone)


def test_edges_do_not_depend_on_the_order_of_clips():
    a = STTM("signed", grid=(1, 2, 2)).fit(CLIPS)
    b = STTM("signed", grid=(1, 2, 2)).fit(CLIPS[::-1])
    assert np.array_equal(a.edges_, b.edges_)


def test_quantile_bins_make_response_and_root_the_same():
    a, b = (STTM(c, grid=(1, 2, 2)).fit_transform(CLIPS) for c in ("response", "root"))
    assert np.array_equal(a, b)


def test_several_scales_follow_one_another():
    sttm = STTM(grid=(1, 2, 2), normalisation="l1", scales=[(2, 1), (3, 2)])
    one = STTM(grid=(1, 2, 2), normalisation="l1", sigma=3, tau=2)
    X = sttm.fit_transform(CLIPS[:2])
    assert np.allclose(X[:, X.shape[1] // 2 :], one.fit_transform(CLIPS[:2]))
    assert sttm.get_feature_names_out()[0] == "s0.t0.y0.x0.b00"
    assert "sigma 3" in sttm.locate(-1).meaning


def test_a_clip_longer_than_a_slab_is_measured_the_same():
    clip = textured(130, 16, 16).astype(np.uint8)
    sttm = STTM(grid=(2, 2, 2))
    from sttm.descriptors import sttm as module

    whole = sttm.measure(clip)
    old, module.SLAB = module.SLAB, 20
    try:
        assert np.allclose(sttm.measure(clip), whole, rtol=1e-4, atol=1e-4)
    finally:
        module.SLAB = old


def test_fewer_frames_than_time_slices_are_stretched():
    sttm = STTM(grid=(4, 2, 2))
    assert np.isfinite(sttm.fit_transform([CLIPS[0][:2], CLIPS[1][:3]])).all()
    whole = np.rint(CLIPS[1][:3]).astype(np.uint8)  # the same clip, whatever its kind of number
    np.testing.assert_array_equal(sttm.measure(whole), sttm.measure(whole.astype(np.float32)))


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_presets(name):
    sttm = STTM.preset(name)
    for key, value in PRESETS[name].items():
        assert getattr(sttm, key) == value
    assert len(sttm.places()) in (15_552, 1_024)


def test_the_faithful_preset_is_the_literal_reading():
    sttm = STTM.preset("2016")
    assert (sttm.coding, tuple(sttm.grid), sttm.normalisation) == ("response", (1, 8, 8), "l1")
    X = sttm.fit_transform([textured(12, 64, 64).astype(np.uint8)])
    assert X.shape == (1, 1024)


@pytest.mark.parametrize(
    "wrong",
    [
        {"coding": "orientd"},
        {"grid": (2, 0, 2)},
        {"overlap": 1.2},
        {"bins": 1, "coding": "root"},
        {"edges": "equal"},
        {"normalisation": "l2"},
        {"clip": 0},
        {"sigma": -1},
        {"scales": []},
        {"scales": [(1, 2, 3)]},
    ],
    ids=str,
)
def test_wrong_settings_are_refused_before_any_work(wrong):
    with pytest.raises(InputError):
        STTM(**wrong).places()


def test_measures_of_other_settings_are_refused():
    small = STTM(grid=(1, 2, 2))
    with pytest.raises(InputError, match="measures"):
        small.encode(STTM(grid=(1, 3, 3)).measure_all(CLIPS[:2]))


def test_parameters_are_stored_untouched():
    elevations = [-0.3, 0.3]
    sttm = STTM(elevations=elevations)
    assert sttm.get_params()["elevations"] is elevations
    assert clone(sttm).get_params()["elevations"] == elevations


@settings(max_examples=25, deadline=None)
@given(
    st.integers(2, 6), st.integers(6, 20), st.integers(6, 20), st.sampled_from(sorted(CODINGS)),
    st.integers(0, 1000),
)  # fmt: skip
def test_any_small_clip_gives_finite_features(t, y, x, coding, seed):
    clip = np.random.default_rng(seed).integers(0, 256, (t, y, x), np.uint8)
    X = STTM(coding, grid=(1, 2, 2)).fit_transform([clip])
    assert np.isfinite(X).all()


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("coding", sorted(CODINGS))
def test_a_flat_clip_gives_finite_features(coding, value):
    clip = np.full((6, 16, 16), value, np.uint8)
    assert np.isfinite(STTM(coding, grid=(1, 2, 2)).fit_transform([clip])).all()
