"""What holds for every kernel of the family, and what each one is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from reference_classifiers import kernel as slow
from sklearn.metrics import pairwise

from classifiers import KERNELS, gram
from classifiers.kernels import base_matrix, choose_gamma, from_base

NAMES = sorted(KERNELS)
ROWS = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9),
    elements=st.floats(0, 100, allow_subnormal=False),
)


def histograms(rows: int = 12, columns: int = 30, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    X = random.random((rows, columns)) * (random.random((rows, columns)) < 0.6)
    return X / X.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_kernel_is_its_definition(name, kind):
    X, Y = histograms(5).astype(kind), histograms(4, seed=1).astype(kind)
    K = gram(name, X, Y, gamma=0.7, degree=2, coef0=0.5)
    expected = [[slow(name, x, y, 0.7, 2, 0.5) for y in Y] for x in X]
    np.testing.assert_allclose(K, expected, rtol=1e-5 if kind == np.float32 else 1e-12)
    assert K.dtype == np.float64


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(X=ROWS)
def test_kernel_is_symmetric_and_positive_semi_definite(name, X):
    K = gram(name, X, gamma=0.01)
    np.testing.assert_array_equal(K, K.T)
    assert np.linalg.eigvalsh(K).min() >= -1e-9 * max(1.0, np.abs(K).max()) * len(K)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(X=ROWS, cut=st.integers(0, 8))
def test_cross_kernel_agrees_with_the_square_one(name, X, cut):
    K = gram(name, X, gamma=0.01)
    cross = gram(name, X[: max(1, cut)], X, gamma=0.01)
    np.testing.assert_allclose(cross, K[: len(cross)], rtol=1e-7, atol=1e-9 * np.abs(K).max())


@pytest.mark.parametrize("name", NAMES)
def test_chunks_change_nothing(name, monkeypatch):
    X = histograms(7, 700)
    whole = gram(name, X), gram(name, X[:3], X)
    monkeypatch.setattr("classifiers.kernels._CHUNK", 200)
    monkeypatch.setattr("classifiers.kernels._BLOCK", 500)
    np.testing.assert_allclose(gram(name, X), whole[0], rtol=1e-12)
    np.testing.assert_allclose(gram(name, X[:3], X), whole[1], rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_order_of_columns_does_not_matter(name):
    X = histograms()
    moved = X[:, np.random.default_rng(0).permutation(X.shape[1])]
    np.testing.assert_allclose(gram(name, moved), gram(name, X), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_input_is_left_alone(name):
    X = histograms()
    before = X.copy()
    gram(name, X)
    np.testing.assert_array_equal(X, before)


def test_scikit_learn_computes_the_same():
    X, Y = histograms(), histograms(5, seed=2)
    np.testing.assert_allclose(gram("rbf", X, Y, gamma=3.0), pairwise.rbf_kernel(X, Y, 3.0))
    chi = pairwise.chi2_kernel(X, Y, gamma=3.0)
    np.testing.assert_allclose(gram("chi-square", X, Y, gamma=3.0), chi)


def test_a_large_common_offset_costs_no_digits():
    X = histograms()
    np.testing.assert_allclose(gram("rbf", X + 1e6), gram("rbf", X), rtol=1e-7)


def test_empty_bins_are_equal():
    zeros = np.zeros((2, 5), np.float32)
    assert gram("chi-square", zeros).tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("name", [n for n in NAMES if KERNELS[n].non_negative])
def test_negative_values_are_refused_on_both_sides(name):
    X = histograms()
    for left, right in ((X - 1, None), (X, X - 1)):
        with pytest.raises(ValueError, match=f"the {name} kernel needs at least 0"):
            gram(name, left, right)


def test_unknown_names_get_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'intersection'"):
        gram("intersecton", histograms())


def test_functions_are_kernels_too():
    X = histograms()
    np.testing.assert_array_equal(gram(lambda a, b: a @ b.T, X), X @ X.T)
    with pytest.raises(ValueError, match=r"must return shape \(12, 12\), not \(12,\)"):
        gram(lambda a, b: a[:, 0], X)


# gamma ------------------------------------------------------------------------------------------


def test_median_is_the_median_distance_of_different_rows():
    X = np.array([[0.0], [1.0], [3.0]])  # squared distances 1, 4, 9
    base = base_matrix("rbf", X)
    assert choose_gamma("rbf", "median", X, base) == 1 / 4
    distances = base_matrix("chi-square", X)  # 1, 1, 3
    assert distances[np.triu_indices(3, 1)].tolist() == [1.0, 3.0, 1.0]
    assert choose_gamma("chi-square", "median", X, distances) == 1.0
    assert choose_gamma("chi-square", "scale", X, distances) == pytest.approx(3 / 5)


def test_scale_is_scikit_learns():
    X = histograms()
    assert choose_gamma("rbf", "scale", X, None) == pytest.approx(1 / (X.shape[1] * X.var()))


@pytest.mark.parametrize("name", [n for n in NAMES if n != "polynomial"])
@pytest.mark.parametrize("gamma", ["scale", "median"])
def test_equal_rows_still_give_a_gamma(name, gamma):
    X = np.ones((4, 3))
    assert choose_gamma(name, gamma, X, base_matrix(name, X)) == 1.0


@pytest.mark.parametrize("name", ["rbf", "chi-square"])
@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_median_makes_rbf_and_chi_square_free_of_units(name, factor):
    def kernel(X: np.ndarray) -> np.ndarray:
        base = base_matrix(name, X)
        return from_base(name, base, choose_gamma(name, "median", X, base))

    X = histograms()
    np.testing.assert_allclose(kernel(X * factor), kernel(X), rtol=1e-9)


@pytest.mark.parametrize("gamma", [0, -1.0, float("nan"), float("inf"), "auto", None, True])
def test_other_gammas_are_refused(gamma):
    X = histograms()
    with pytest.raises(ValueError, match="gamma must be"):
        choose_gamma("rbf", gamma, X, base_matrix("rbf", X))


def test_the_polynomial_kernel_has_no_median():
    with pytest.raises(ValueError, match="needs a distance"):
        choose_gamma("polynomial", "median", histograms(), None)
