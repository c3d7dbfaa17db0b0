"""Sums of feature kernels: the same as through the whole tensor, in bounded memory."""

# ruff: noqa: E741 - l is the symbol of the feature weights

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from rsfm_material import GROUPS, NAMES, slow_tensor, table

from classifiers.rsfm import columns, contraction
from classifiers.rsfm.contraction import Contraction, cross_blocks, cross_values
from classifiers.rsfm.features import prepare, with_width
from classifiers.rsfm.interpolation import (
    ERROR,
    chebyshev_points,
    coefficients,
    evaluated,
    points_for,
)

ROWS = 30
CANDIDATES = np.array([28, 3, 4, 11, 0, 19])
every_kernel = pytest.mark.parametrize("name", NAMES)
every_grouping = pytest.mark.parametrize("groups", [None, GROUPS])


def sums_of(name, groups, candidates=None, dtype=np.float64, **settings) -> Contraction:
    X = table(ROWS)
    features = prepare(X, groups, name)
    return Contraction(features, features.rows(X, dtype), candidates, **settings)


def weights(size: int, classes: int | None = None, seed: int = 0) -> np.ndarray:
    shape = size if classes is None else (size, classes)
    return np.random.default_rng(seed).normal(size=shape)


def whole_tensor(sums: Contraction) -> np.ndarray:
    return sums.cross_values(np.arange(sums.candidates), np.arange(sums.features))


@every_kernel
@every_grouping
@pytest.mark.parametrize("candidates", [None, CANDIDATES])
def test_sums_are_those_of_the_tensor(name, groups, candidates):
    sums = sums_of(name, groups, candidates)
    K = slow_tensor(table(ROWS), groups, name)
    K = K if candidates is None else K[:, candidates]
    assert (sums.rows, sums.candidates, sums.features) == K.shape
    S, F = np.array([5, 0, 2]), np.array([4, 1])
    near = {"atol": 1e-5}
    l, w = weights(2), weights(3)
    phi, psi = np.einsum("inm,m->in", K[:, :, F], l), np.einsum("inm,n->im", K[:, S], w)
    np.testing.assert_allclose(sums.sample_columns(F, l), phi, **near)
    np.testing.assert_allclose(sums.feature_columns(S, w), psi, **near)
    np.testing.assert_allclose(sums.feature_columns(S, w, F), psi[:, F], **near)
    np.testing.assert_allclose(sums.cross_values(S, F), K[:, S][:, :, F], **near)
    part = slice(7, 12)
    np.testing.assert_allclose(sums.cross_values(S, F, part), K[part, S][:, :, F], **near)


@every_kernel
@every_grouping
def test_both_sides_give_the_same_function(name, groups):
    sums = sums_of(name, groups)
    l, w = weights(sums.features), weights(ROWS, seed=1)
    f = sums.sample_columns(np.arange(sums.features), l) @ w
    g = sums.feature_columns(np.arange(ROWS), w) @ l
    np.testing.assert_allclose(f, g, atol=1e-5)
    np.testing.assert_allclose(f, np.einsum("inm,n,m->i", whole_tensor(sums), w, l), atol=1e-9)
    np.testing.assert_allclose(f.mean(), 0, atol=1e-10)


@every_kernel
@every_grouping
def test_classes_are_done_one_by_one(name, groups):
    sums = sums_of(name, groups)
    S, F = np.arange(ROWS), np.array([4, 1])
    w, l = weights(ROWS, 3), weights(2, 3)
    psi, phi = sums.feature_columns(S, w), sums.sample_columns(F, l)
    assert psi.shape == (3, ROWS, sums.features) and phi.shape == (3, ROWS, ROWS)
    for c in range(3):
        np.testing.assert_allclose(psi[c], sums.feature_columns(S, w[:, c]), atol=1e-10)
        np.testing.assert_allclose(phi[c], sums.sample_columns(F, l[:, c]), atol=1e-10)
    assert np.shares_memory(psi, psi.reshape(3 * ROWS, -1))


@every_kernel
@every_grouping
@pytest.mark.parametrize("chunk", [1, 50, 1000])
def test_chunks_change_nothing(name, groups, chunk, monkeypatch):
    sums = sums_of(name, groups)
    S, F, w, l = np.arange(ROWS), np.arange(sums.features), weights(ROWS), weights(sums.features)

    def all_sums() -> list[np.ndarray]:
        return [sums.feature_columns(S, w), sums.sample_columns(F, l), sums.means(S, F)]

    whole = all_sums()
    for module in (columns, contraction):
        monkeypatch.setattr(module, "_CHUNK", chunk)
    for here, there in zip(all_sums(), whole, strict=True):
        np.testing.assert_allclose(here, there, atol=1e-11)


@every_kernel
@every_grouping
def test_half_the_digits_are_enough(name, groups):
    whole, half = sums_of(name, groups), sums_of(name, groups, dtype=np.float32)
    S, F, w, l = np.arange(ROWS), np.arange(whole.features), weights(ROWS), weights(whole.features)
    for here, there in (
        (half.feature_columns(S, w), whole.feature_columns(S, w)),
        (half.feature_columns(S, w, dtype=np.float32), whole.feature_columns(S, w)),
        (half.sample_columns(F, l), whole.sample_columns(F, l)),
    ):
        np.testing.assert_allclose(here, there, atol=1e-4 * np.abs(there).max())
    assert half.feature_columns(S, w).dtype == np.float64
    assert half.feature_columns(S, w, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("groups", [None, GROUPS])
@pytest.mark.parametrize("name", NAMES)
def test_no_features_and_no_samples_are_no_columns(name, groups):
    sums = sums_of(name, groups)
    none, nothing = np.zeros(0, int), np.zeros(0)
    assert not sums.sample_columns(none, nothing).any()
    assert not sums.feature_columns(none, nothing).any()
    assert sums.feature_columns(np.arange(3), np.ones(3), none).shape == (ROWS, 0)
    assert sums.cross_values(none, none).shape == (ROWS, 0, 0)
    X = np.ones((4, 2))
    constant = prepare(X, None, name)
    assert Contraction(constant, constant.rows(X)).feature_columns(none, nothing).shape == (4, 0)


# new rows ---------------------------------------------------------------------------------------


@every_kernel
@every_grouping
def test_new_rows_need_relevance_vectors_and_chosen_features_only(name, groups):
    X, new = table(ROWS), table(9, seed=5)
    learned = prepare(X, groups, name)
    sums = Contraction(learned, learned.rows(X, np.float64))
    S, F = np.array([4, 25]), np.array([5, 0, 2])
    few, means = learned.chosen(F), sums.means(S, F)
    blind = np.full_like(X, np.nan)  # no other column is looked at
    blind[:, few.columns] = X[:, few.columns]
    vectors = few.rows(blind[S], np.float64)
    values = cross_values(few, few.rows(new, np.float64), vectors, means)
    expected = slow_tensor(X, groups, name, new=new)[:, S][:, :, F]
    np.testing.assert_allclose(values, expected, atol=1e-5)
    again = cross_values(few, few.rows(blind, np.float64), vectors, means)
    w, l = weights(2), weights(3)
    f = sums.sample_columns(F, l)[:, S] @ w
    np.testing.assert_allclose(np.einsum("inm,n,m->i", again, w, l), f, atol=1e-11)


@every_kernel
@every_grouping
def test_blocks_of_rows_are_the_whole(name, groups, monkeypatch):
    sums = sums_of(name, groups)
    features, rows = sums.prepared, sums.table
    means = sums.means(np.arange(4), np.arange(sums.features))
    monkeypatch.setattr(contraction, "_CHUNK", 4 * sums.features * 7)
    parts = list(cross_blocks(features, rows, rows[:4], means))
    assert [p for p, _ in parts] == [slice(i, i + 7) for i in range(0, ROWS, 7)]
    joined = np.concatenate([values for _, values in parts])
    np.testing.assert_allclose(joined, cross_values(features, rows, rows[:4], means), atol=1e-12)


# interpolation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("widths", [0.01, 0.5, 1.0, 3.0, 6.0, 12.0, 20.0])
def test_points_suffice_for_every_gaussian(widths):
    gamma = np.array([0.5])
    n = int(points_for(np.array([widths]), gamma)[0])
    centres = np.linspace(-1.5, 1.5, 61) * widths
    t = np.linspace(-1, 1, 501)
    nodes = np.exp(-0.5 * (widths * chebyshev_points(n)[:, None] - centres) ** 2)
    found = evaluated(coefficients(nodes[None]), t[None])[0]
    assert np.abs(found - np.exp(-0.5 * (widths * t - centres[:, None]) ** 2)).max() < ERROR


def test_polynomials_are_exact():
    t = np.linspace(-1, 1, 9)
    values = chebyshev_points(6)[:, None] ** np.array([0, 3, 5])
    found = evaluated(coefficients(values[None]), t[None])
    np.testing.assert_allclose(found[0], t ** np.array([[0], [3], [5]]), atol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("width", [0.3, 1.0, 4.0])
def test_interpolated_sums_are_near_the_exact_ones(dtype, width, monkeypatch):
    random = np.random.default_rng(0)
    shapes = random.normal(size=(400, 3)), random.gamma(0.3, size=(400, 3)), random.random((400, 3))
    X = np.hstack([*shapes, random.integers(0, 4, (400, 2))])
    learned = prepare(X, width=width)
    sums = Contraction(learned, learned.rows(X, dtype))
    S, w = np.arange(400), random.normal(size=(400, 2))
    used = []
    original = columns._interpolated
    monkeypatch.setattr(
        columns, "_interpolated", lambda made, n, *a: used.append(n) or original(made, n, *a)
    )
    quick = sums.feature_columns(S, w)
    assert used and max(used) < 200
    monkeypatch.setattr(columns, "points_for", lambda half, gamma: np.full(len(half), 10**6))
    exact = sums.feature_columns(S, w)
    error = np.abs(quick - exact).max(axis=(0, 1)) * learned.scale
    assert error.max() < 1e-6 * np.abs(w).sum(axis=0).max()
    assert (np.abs(quick - exact).max() > 0) and np.ptp(exact) > 1


# kept bases -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chi-square", "intersection", "rbf"])
@pytest.mark.parametrize("candidates", [None, CANDIDATES])
def test_what_is_kept_changes_nothing_and_has_a_limit(name, candidates):
    whole, none = (sums_of(name, GROUPS, candidates, memory=m) for m in (1 << 30, 0))
    one = whole.rows * whole.candidates * 8
    some = sums_of(name, GROUPS, candidates, memory=2 * one + 1)
    S, F = np.array([5, 0]), np.arange(whole.features)
    for _ in range(2):
        for call in (
            lambda s: s.feature_columns(S, weights(2)),
            lambda s: s.sample_columns(F, F),
            lambda s: s.feature_columns(S, weights(2), np.roll(F, 1)),
        ):
            np.testing.assert_allclose(call(some), call(whole), atol=1e-9)
            np.testing.assert_allclose(call(none), call(whole), atol=1e-9)
    assert len(none.bases) == 0 and len(some.bases) == 2
    assert sum(base.nbytes for base in some.bases.values()) <= some.memory
    assert len(whole.bases) == np.sum(~whole.prepared.alone)


def test_candidates_that_are_all_rows_are_no_copy():
    sums = sums_of("intersection", GROUPS, np.arange(ROWS))
    assert np.shares_memory(sums.others, sums.table)
    moved = sums_of("intersection", GROUPS, np.arange(ROWS)[::-1])
    psi = moved.feature_columns(np.arange(3), weights(3))
    np.testing.assert_allclose(sums.feature_columns(ROWS - 1 - np.arange(3), weights(3)), psi)


@pytest.mark.parametrize("name", ["chi-square", "rbf"])
def test_bases_serve_every_width(name, monkeypatch):
    sums = sums_of(name, GROUPS)
    S, w = np.arange(ROWS), weights(ROWS)
    sums.feature_columns(S, w)
    wider = with_width(sums.prepared, sums.table, 3.0)
    anew = Contraction(wider, sums.table).feature_columns(S, w)
    shared = Contraction(wider, sums.table, bases=sums.bases)
    np.testing.assert_array_equal(shared.feature_columns(S, w), anew)
    assert np.abs(anew - sums.feature_columns(S, w)).max() > 0.1


# memory -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rbf", "linear", "intersection"])
def test_memory_is_that_of_the_table_and_of_the_answer(name):
    rows, wide = 150, 6000
    X = np.random.default_rng(0).gamma(1.0, size=(rows, wide)).astype(np.float32)
    learned = prepare(X, None, name)
    sums = Contraction(learned, learned.rows(X))
    tensor = 4 * rows * rows * wide  # 540 MB
    answer = 8 * rows * wide  # 7 MB
    tracemalloc.start()
    sums.feature_columns(np.arange(rows), weights(rows))
    sums.sample_columns(np.arange(40), weights(40))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < answer + (16 << 20) < tensor / 20
