"""Features of RSFM: which columns count, their groups, and kernels of unit mean square."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from rsfm_material import FREE_OF_UNITS, GROUPS, NAMES, slow_tensor, table

from classifiers.rsfm import columns, scales
from classifiers.rsfm import features as layout
from classifiers.rsfm.contraction import Contraction, cross_values
from classifiers.rsfm.feature_kernels import FEATURE_KERNELS, feature_kernel
from classifiers.rsfm.features import prepare, with_width

TABLES = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9),
    elements=st.floats(0, 100, allow_subnormal=False),
)


def fast_tensor(X, groups, name, width=1.0, dtype=np.float64) -> np.ndarray:
    learned = prepare(X, groups, name, width)
    sums = Contraction(learned, learned.rows(X, dtype))
    return sums.cross_values(np.arange(len(X)), np.arange(len(learned)))


def raw_kernels(X, groups, name) -> np.ndarray:
    """Return the kernels before centring and scaling, (features, n, n)."""
    features = prepare(X, groups, name)
    rows = features.rows(X, np.float64)
    nothing = np.zeros((len(X), len(features)))
    return (cross_values(features, rows, rows, nothing) * features.scale).transpose(2, 0, 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("width", [0.6, 2.0])
def test_kernel_is_its_definition(name, groups, width):
    X = table(15)
    expected = slow_tensor(X, groups, name, width)
    np.testing.assert_allclose(fast_tensor(X, groups, name, width), expected, atol=1e-6)
    half = fast_tensor(X.astype(np.float32), groups, name, width, np.float32)
    np.testing.assert_allclose(half, expected, atol=2e-5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_kernels_are_centred_and_of_unit_mean_square(name, groups):
    values = fast_tensor(table(), groups, name)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose((values**2).mean(axis=(0, 1)), 1, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=30, deadline=None)
@given(X=TABLES, grouped=st.booleans())
def test_every_feature_is_symmetric_and_positive_semi_definite(name, X, grouped):
    groups = [c // 2 for c in range(X.shape[1])] if grouped else None
    for K in raw_kernels(X, groups, name):
        assert np.isfinite(K).all()
        size = max(1.0, np.abs(K).max()) * len(K)
        np.testing.assert_allclose(K, K.T, atol=1e-12 * size)
        assert np.linalg.eigvalsh(K).min() >= -1e-9 * size


@pytest.mark.parametrize("name", NAMES)
def test_groups_of_one_column_are_single_columns(name):
    X = table()
    groups = ["wide", "wide", *range(11)]
    mixed, single = fast_tensor(X, groups, name), fast_tensor(X, None, name)
    np.testing.assert_allclose(mixed[:, :, 1:], single[:, :, 2:], atol=1e-12)


def test_equal_columns_in_a_group_are_one_column():
    X = table(columns=1)
    twice = fast_tensor(np.hstack([X, X]), ["a", "a"], "rbf")
    np.testing.assert_allclose(twice, fast_tensor(X, None, "rbf"), atol=1e-10)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grouped", [False, True])
def test_order_of_columns_does_not_matter(name, grouped):
    X, order = table(), np.random.default_rng(1).permutation(13)
    groups = np.array(GROUPS) if grouped else np.arange(13)
    kept, moved = prepare(X, groups, name), prepare(X[:, order], groups[order], name)
    back = [moved.names.tolist().index(label) for label in kept.names.tolist()]
    here = fast_tensor(X, groups, name)
    there = fast_tensor(X[:, order], groups[order], name)[:, :, back]
    np.testing.assert_allclose(there, here, atol=1e-10)


@pytest.mark.parametrize("name", FREE_OF_UNITS)
@settings(max_examples=25, deadline=None)
@given(power=st.lists(st.integers(-6, 6), min_size=13, max_size=13), shift=st.floats(-9, 9))
def test_units_of_columns_do_not_matter(name, power, shift):
    X = table(8)
    other = (X + shift) * 10.0 ** np.array(power)
    np.testing.assert_allclose(
        fast_tensor(other, GROUPS, name), fast_tensor(X, GROUPS, name), atol=1e-6
    )


@pytest.mark.parametrize("name", sorted({*NAMES} - {*FREE_OF_UNITS}))
@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("factor", [1e-3, 1e3])
def test_the_unit_of_a_histogram_does_not_matter(name, groups, factor):
    X = table()
    X[4:, 5] = 0.0  # a median distance of 0
    np.testing.assert_allclose(
        fast_tensor(factor * X, groups, name), fast_tensor(X, groups, name), atol=1e-5
    )


@pytest.mark.parametrize("unit", [1e-25, 1e-40, 1e25])
def test_distances_beyond_all_measure_are_no_nan(unit):
    X = table().astype(np.float64) * unit
    features = prepare(X, None, "chi-square")
    assert (
        np.isfinite(features.gamma.astype(np.float32)).all() and np.isfinite(features.scale).all()
    )
    rows = features.rows(X)
    values = cross_values(features, rows, rows, np.zeros((len(X), len(features))))
    assert np.isfinite(values).all()


# which columns count ----------------------------------------------------------------------------


def columns_of_all_kinds() -> np.ndarray:
    X = table(40, 6)
    X[:, 1] = 0.1 + 0.2  # constant
    X[:, 2] = 0.0
    X[3, 2] = 5.0  # one row differs
    X[:, 3] = np.arange(40) >= 38  # two rows differ
    X[7, 4] = np.nan
    return X


def test_constant_nearly_constant_and_broken_columns_are_left_out():
    X = columns_of_all_kinds()
    assert prepare(X).usable.tolist() == [0, 3, 5]
    assert prepare(X, least=1).usable.tolist() == [0, 2, 3, 5]
    assert prepare(X, least=3).usable.tolist() == [0, 5]


def test_rounding_is_no_variation():
    X = table(30, 2)
    X[:, 0] = 1e6 * (1 + 2e-16 * np.arange(30))
    assert prepare(X).usable.tolist() == [1]


def test_groups_keep_their_good_columns():
    X = columns_of_all_kinds()
    features = prepare(X, list("aabbcb"))
    assert features.names.tolist() == ["a", "b", "c"]
    assert features.usable.tolist() == [0, 1]
    assert features.columns.tolist() == [0, 3, 5]
    histograms = prepare(X, list("aabbcb"), "intersection")
    assert histograms.columns.tolist() == [0, 2, 3, 5]  # a rare bin stays
    rare = prepare(X[:, 1:3], ["a", "a"], "intersection")
    assert rare.usable.tolist() == [] and rare.columns.tolist() == []


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("name", NAMES)
def test_a_few_rows_are_enough_to_look(name, rows):
    features = prepare(table(rows), GROUPS, name)
    assert len(features) == (0 if rows == 1 else 6)
    assert np.isfinite(features.scale).all() and (features.scale > 0).all()


@pytest.mark.parametrize("kernel", [*NAMES, lambda X, Y: X @ Y.T])
def test_no_usable_column_is_no_feature(kernel):
    X = np.ones((5, 3))
    features = prepare(X, None, kernel)
    assert len(features) == 0
    assert features.rows(X).shape == (5, 0)


# groups -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [
        ["b", "a", "b"],
        [7, -1, 7],
        [("eye", 0), ("eye", 1), ("eye", 0)],
        [None, "a", None],
        np.array(["b", "a", "b"]),
        iter(["b", "a", "b"]),
    ],
)
def test_labels_are_of_any_kind_and_in_order_of_first_appearance(labels):
    first = ["b", "a"] if hasattr(labels, "__next__") else list(labels[:2])
    features = prepare(table(columns=3), labels)
    assert features.names.tolist() == first
    assert features.columns.tolist() == [0, 2, 1]
    assert features.starts.tolist() == [0, 2, 3]


def test_a_wrong_number_of_labels_is_refused():
    with pytest.raises(ValueError, match="13 columns, 2 labels"):
        prepare(table(), ["a", "b"])


# scales and widths ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_some_rows_give_nearly_the_scale_of_all(name, groups, monkeypatch):
    X = table(300)
    whole = prepare(X, groups, name)
    monkeypatch.setattr(scales, "_MOST_LOOKED_AT", 150)
    some, again, other = (prepare(X, groups, name, seed=s) for s in (0, 0, 1))
    np.testing.assert_allclose(some.scale, whole.scale, rtol=0.4)
    np.testing.assert_array_equal(some.scale, again.scale)
    exact = (whole.sizes == 1) & (name in ("rbf", "linear", "hellinger"))
    np.testing.assert_allclose(some.scale[exact], whole.scale[exact], rtol=1e-12)
    assert (some.scale[~exact] != other.scale[~exact]).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_rare_bin_gets_its_scale_too(name, monkeypatch):
    X = np.zeros((200, 2))
    X[[5, 9, 100], 0] = 1.0
    X[:, 1] = np.arange(200)
    whole = prepare(X, None, name)
    monkeypatch.setattr(scales, "_MOST_LOOKED_AT", 40)
    for seed in range(4):  # with some of them no chosen row differs
        features = prepare(X, None, name, seed=seed)
        assert features.scale[0] < 1.0 or name == "linear"
        if name in ("rbf", "linear", "hellinger"):
            np.testing.assert_allclose(features.scale, whole.scale)


@pytest.mark.parametrize("width", [0.05, 1.0, 30.0, 100.0])
@pytest.mark.parametrize("rows", [40, 300])
def test_scales_of_any_width_are_those_of_the_pairs(width, rows):
    X = table(rows, 4)
    standardised = (X - X.mean(axis=0)) / X.std(axis=0)
    K = np.exp(-((standardised[:, None] - standardised[None]) ** 2) / (2 * width**2))
    scale = np.sqrt(((K - K.mean(axis=0)) ** 2).mean(axis=(0, 1)))
    np.testing.assert_allclose(prepare(X, None, "rbf", width).scale, scale, rtol=1e-3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_chunks_change_nothing(name, groups, monkeypatch):
    X = table(20)
    whole = prepare(X, groups, name)
    for module in (columns, layout, scales):
        monkeypatch.setattr(module, "_CHUNK", 60)
    pieces = prepare(X, groups, name)
    for field in fields(whole)[2:]:
        here, there = (getattr(f, field.name) for f in (pieces, whole))
        if here.dtype.kind == "f":
            np.testing.assert_allclose(here, there, rtol=1e-6)
        else:
            np.testing.assert_array_equal(here, there)
    np.testing.assert_array_equal(pieces.rows(X), whole.rows(X))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_another_width_is_prepared_anew(name, groups):
    X = table()
    features = prepare(X, groups, name)
    changed = with_width(features, features.rows(X), 0.5)
    anew = prepare(X, groups, name, 0.5)
    np.testing.assert_array_equal(changed.gamma, anew.gamma)
    np.testing.assert_array_equal(changed.scale, anew.scale)
    assert changed.width == 0.5


# new rows, stored features, your own ------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [None, GROUPS])
def test_chosen_features_are_all_that_is_kept(name, groups):
    X, which = table(), np.array([4, 0])
    features = prepare(X, groups, name)
    some = features.chosen(which)
    whole = features.rows(X)
    assert some.usable.tolist() == features.usable[which].tolist()
    np.testing.assert_array_equal(some.rows(X), whole[:, features.inside(which)])
    np.testing.assert_array_equal(some.scale, features.scale[which])
    again = type(some)(**vars(some))
    np.testing.assert_array_equal(again.rows(X), some.rows(X))


def test_a_function_is_a_kernel_of_a_feature():
    X = table()

    def own(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        gaps = ((x[:, None] - y[None]) ** 2).mean(axis=2)
        return np.exp(-gaps / 2)

    for groups in (None, GROUPS):
        expected = fast_tensor(X, groups, "rbf")
        np.testing.assert_allclose(fast_tensor(X, groups, own), expected, atol=1e-6)


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="did you mean 'hellinger'"):
        feature_kernel("helinger")
    for width in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="width must be a number above 0"):
            prepare(table(), width=width)


@pytest.mark.parametrize("name", [n for n in NAMES if FEATURE_KERNELS[n].non_negative])
def test_negative_histograms_are_refused_on_both_sides(name):
    X = table()
    features = prepare(X, GROUPS, name)
    for use in (lambda: prepare(X - 5, GROUPS, name), lambda: features.rows(X - 5)):
        with pytest.raises(ValueError, match=f"the {name} kernel needs at least 0"):
            use()
