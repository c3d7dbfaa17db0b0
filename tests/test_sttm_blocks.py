"""Blocks cover the volume, count every voxel, and have names and places that fit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttm.blocks import Pooling, block_histograms, block_places, check_grid, spans
from sttm.errors import InputError

sizes = st.tuples(st.integers(3, 9), st.integers(5, 17), st.integers(5, 17))
grids = st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 5))


def slow_histograms(codes, bins, grid, overlap, weights):
    """Block by block, voxel by voxel."""
    edges = [spans(n, b, overlap) for n, b in zip(codes.shape, grid, strict=True)]
    out = np.zeros((*grid, bins))
    for block in np.ndindex(*grid):
        part = tuple(slice(*edges[a][block[a]]) for a in range(3))
        for code, weight in zip(codes[part].ravel(), weights[part].ravel(), strict=True):
            out[block][code] += weight
    return out


@settings(max_examples=60, deadline=None)
@given(sizes, grids, st.sampled_from([0.0, 0.3, 0.5, 0.9]), st.integers(1, 6), st.integers(0, 99))
def test_histograms_equal_the_slow_twin(shape, grid, overlap, bins, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, bins, shape)
    weights = rng.random(shape).astype(np.float32)
    fast = block_histograms(codes, bins, grid, overlap, weights)
    slow = slow_histograms(codes, bins, grid, overlap, weights)
    assert fast.shape == (*grid, bins)
    assert np.allclose(fast, slow, rtol=1e-5, atol=1e-5)


@given(st.integers(1, 200), st.integers(1, 40), st.sampled_from([0.0, 0.25, 0.5]))
def test_spans_cover_everything(length, blocks, overlap):
    if length < blocks:
        with pytest.raises(InputError, match="coarser grid"):
            spans(length, blocks, overlap)
        return
    span = spans(length, blocks, overlap)
    assert span[0, 0] == 0 and span[-1, 1] == length
    assert (span[:, 0] < span[:, 1]).all()
    assert (span[1:, 0] <= span[:-1, 1]).all()  # no gap


def test_without_overlap_every_voxel_is_counted_once():
    codes = np.zeros((5, 13, 7), int)
    assert block_histograms(codes, 1, (2, 4, 3)).sum() == codes.size


def test_unweighted_counts_by_hand():
    codes = np.array([[[0, 1], [1, 1]], [[2, 2], [0, 1]]])
    assert block_histograms(codes, 3, (2, 1, 1)).reshape(2, 3).tolist() == [[1, 3, 0], [1, 1, 2]]


def test_places_follow_the_columns():
    grid, bins = (2, 3, 4), 5
    places = block_places(grid, 0.0, bins, lambda b: f"bin {b}")
    assert len(places) == 2 * 3 * 4 * bins
    hist = np.arange(len(places)).reshape(*grid, bins)
    for place in places:
        t, y, x = (int(part[1:]) for part in place.block.split("."))
        assert places[hist[t, y, x, place.bin]] is place
        assert place.t == (t / 2, (t + 1) / 2) and place.x == (x / 4, (x + 1) / 4)
        assert place.name == f"t{t}.y{y}.x{x}.b{place.bin:02d}"


def test_a_place_is_where_its_voxels_are():
    """Light one block only: the column that answers is located there."""
    grid = (2, 4, 4)
    places = block_places(grid, 0.0, 2, str)
    for t, y, x in [(0, 0, 0), (1, 3, 2), (0, 2, 3)]:
        codes = np.zeros((8, 16, 16), int)
        codes[t * 4 : t * 4 + 4, y * 4 : y * 4 + 4, x * 4 : x * 4 + 4] = 1
        column = block_histograms(codes, 2, grid).reshape(-1, 2)[:, 1].argmax() * 2 + 1
        place = places[column]
        assert (place.t[0] * 2, place.y[0] * 4, place.x[0] * 4) == (t, y, x)


def test_a_pooling_serves_many_volumes():
    pooling = Pooling((2, 4, 4), (1, 2, 2), 2, 0.5)
    first = pooling.blocks(pooling.empty())
    assert first.shape == (1, 2, 2, 2) and not first.any()


@pytest.mark.parametrize("grid", [(1, 2), (0, 1, 1), (1, 1.5, 1), "abc", (1, 2, 3, 4)])
def test_wrong_grids_are_refused(grid):
    with pytest.raises(InputError, match="grid"):
        check_grid(grid)


def test_wrong_overlap_is_refused():
    with pytest.raises(InputError, match="overlap"):
        check_grid((1, 1, 1), 1.0)
