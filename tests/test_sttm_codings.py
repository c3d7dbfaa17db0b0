"""Properties that all codings share, and each against its slow twin."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
import reference_harris
from hypothesis import given
from hypothesis import strategies as st
from samples import textured

from sttm.codings import CODINGS, CodingOptions, make_coding
from sttm.codings.levels import (
    LEVELS,
    level_of,
    level_values,
    merge,
    quantile_edges,
    uniform_edges,
)
from sttm.descriptors.sttm import STTM
from sttm.errors import InputError
from sttm.harris import Scale, response, textures

NAMES = sorted(CODINGS)


def counted(name, clip, options=None):
    coding = make_coding(name, options)
    frames: dict = {}

    def add(tag, t, codes, weights=None):
        frames.setdefault(tag, []).append((t, codes, weights))

    for texture in textures(clip, Scale(), len(clip)):
        coding.count(texture, add)
    return coding, frames


@pytest.mark.parametrize("name", NAMES)
def test_every_voxel_gets_one_known_code(name):
    clip = textured(10, 32, 30)
    coding, frames = counted(name, clip)
    assert set(frames) == set(coding.tags)
    for rows in frames.values():
        assert [t for t, _, _ in rows] == list(range(10))
        for _, codes, weights in rows:
            assert codes.shape == (32, 30)
            assert codes.min() >= 0 and codes.max() < coding.codes
            assert weights is None or (weights.shape == codes.shape and (weights >= 0).all())


@pytest.mark.parametrize("name", NAMES)
def test_every_coding_says_what_it_keeps_and_loses(name):
    coding = make_coding(name)
    assert coding.keeps and coding.loses and type(coding).__doc__
    bins = 16 if coding.levelled else coding.codes
    assert len({coding.meaning(b) for b in range(bins)}) == bins


@pytest.mark.parametrize("name", NAMES)
def test_a_grey_offset_changes_nothing(name):
    clip = (40 + textured(12, 32, 32) * 0.5).astype(np.float32)
    sttm = STTM(name, grid=(1, 2, 2), normalisation="l1").fit([clip])
    a, b = sttm.transform([clip]), sttm.transform([clip + 30])
    assert np.abs(a - b).sum() < 0.02 * np.abs(a).sum()


@pytest.mark.parametrize("name", ["signed", "oriented", "temporal"])
def test_codings_with_a_direction_in_time_tell_onset_from_offset(name):
    rise = np.linspace(0, 1, 16)[:, None, None] ** 2
    y, x = np.mgrid[:32, :32]
    clip = (80 + 120 * rise * np.exp(-((y - 16) ** 2 + (x - 16) ** 2) / 40)).astype(np.float32)
    sttm = STTM(name, grid=(1, 1, 1), normalisation="l1", sigma=1.0).fit([clip, clip[::-1]])
    onset, offset = sttm.transform([clip, clip[::-1]])
    assert np.abs(onset - offset).sum() > 0.5


@pytest.mark.parametrize("name", ["response", "root"])
def test_codings_of_the_response_alone_do_not(name):
    clip = textured(12, 32, 32)
    sttm = STTM(name, grid=(1, 2, 2), normalisation="l1").fit([clip])
    onset, offset = sttm.transform([clip, clip[::-1]])
    assert np.abs(onset - offset).max() < 0.01


def test_oriented_equals_its_slow_twin():
    clip = textured(8, 24, 22)
    for azimuths, elevations in [(8, (-0.4, 0.4)), (6, (-0.8, -0.25, 0.25, 0.8)), (2, ())]:
        coding, frames = counted("oriented", clip, CodingOptions(16, azimuths, elevations))
        fast = sum(np.bincount(c.ravel(), w.ravel(), coding.codes) for _, c, w in frames[""])
        slow = reference_harris.oriented_histogram(clip, azimuths, list(elevations))
        assert np.abs(fast - slow).sum() < 2e-3 * slow.sum()


def test_sectors_by_hand():
    coding = make_coding("oriented")
    dx = np.float32([1, 1, 0, -1, -1, -1, 0, 1, 0])
    dy = np.float32([0, 1, 1, 1, 0, -1, -1, -1, 0])  # y runs down
    assert coding.sector(dx, dy).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 0]
    assert coding.band(dx * 0 + 1, dy * 0, np.float32([-9] * 3 + [0] * 3 + [9] * 3)).tolist() == [
        0, 0, 0, 1, 1, 1, 2, 2, 2,
    ]  # fmt: skip


@pytest.mark.parametrize("azimuths", [4, 6, 64, 90, 254, 256])
def test_sectors_divide_the_turn_evenly(azimuths):
    coding = make_coding("oriented", CodingOptions(azimuths=azimuths))
    angle = 2 * np.pi * (np.arange(azimuths) + 0.5) / azimuths
    sectors = coding.sector(np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32))
    assert sectors.tolist() == list(range(azimuths))


@pytest.mark.parametrize("name", ["signed", "temporal", "oriented"])
def test_a_picture_that_stands_still_goes_neither_up_nor_down(name):
    """Rounding must not choose between brighter and darker."""
    clip = np.repeat(textured()[:1], 20, axis=0)
    sttm = STTM(name, grid=(1, 1, 1), elevations=(0.0,))
    measures = sttm.measure(clip)
    darker = measures[: LEVELS // 2] if len(measures) == LEVELS else measures[::2]
    assert darker.sum() == 0 and measures.sum() > 0


def test_root_is_linear_in_contrast():
    clip = textured(10, 30, 30)
    a, b = response(clip), response(clip * 0.5)
    from sttm.codings.base import magnitude

    strong = np.abs(a) > 1e-3 * np.abs(a).max()
    assert np.allclose(magnitude(b)[strong], magnitude(a)[strong] * 0.5, rtol=1e-3)


@given(st.lists(st.floats(-4, 4, width=32), min_size=1, max_size=50))
def test_levels_rise_with_the_value(values):
    values = np.sort(np.float32(values))
    with np.errstate(divide="ignore"):
        levels = level_of(np.log2(np.abs(values) + np.float32(1e-37)), values < 0)
    assert (np.diff(levels) >= 0).all() and levels.min() >= 0 and levels.max() < LEVELS


def test_level_values_are_the_borders_of_levels():
    borders = level_values()
    assert (np.diff(borders) > 0).all()
    middle = (borders[:-1] + borders[1:]) / 2
    levels = level_of(np.log2(np.abs(middle)), middle < 0)
    assert levels.tolist() == list(range(LEVELS))


@given(st.integers(0, 10_000), st.integers(2, 32))
def test_quantile_edges_share_the_counts_out(seed, bins):
    counts = np.random.default_rng(seed).poisson(40, LEVELS)
    edges = quantile_edges(counts, bins)
    assert edges[0] == 0 and edges[-1] == LEVELS and (np.diff(edges) >= 0).all()
    shares = merge(counts, edges) / counts.sum()
    assert np.abs(shares - 1 / bins).max() < 2 * counts.max() / counts.sum()


def test_no_counts_at_all_still_give_edges():
    edges = quantile_edges(np.zeros(LEVELS), 4)
    assert edges[0] == 0 and edges[-1] == LEVELS and (np.diff(edges) >= 0).all()


def test_uniform_edges_of_the_raw_response_lose_nearly_all():
    """The trap that METHOD names: equal widths on H put nearly all voxels into one bin."""
    clip = textured(12, 40, 40)
    raw = STTM("response", edges="uniform", grid=(1, 1, 1), normalisation="l1").fit([clip])
    root = STTM("root", edges="uniform", grid=(1, 1, 1), normalisation="l1").fit([clip])
    fullest = [np.sort(d.transform([clip])[0])[-2:].sum() for d in (raw, root)]
    assert fullest[0] > 0.9 and fullest[1] < 0.8


def test_merge_keeps_the_total_even_with_empty_bins():
    counts = np.arange(LEVELS, dtype=np.float32)[None]
    edges = np.array([0, 5, 5, 100, LEVELS])
    assert merge(counts, edges).sum() == counts.sum()
    assert merge(counts, edges)[0, 1] == 0
    assert uniform_edges(np.zeros(LEVELS), 4).tolist()[0] == 0


def test_merging_many_clips_takes_little_memory():
    counts = np.random.default_rng(0).poisson(1, (60, 1, 4, 4, LEVELS)).astype(np.float32)
    edges = np.array([0, 5, 5, 100, LEVELS])
    tracemalloc.start()
    merged = merge(counts, edges)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < counts.nbytes / 4
    sums = [counts[..., a:b].sum(axis=-1) for a, b in pairwise(edges)]
    np.testing.assert_array_equal(merged, np.stack(sums, axis=-1))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (CodingOptions(azimuths=7), "azimuths"),
        (CodingOptions(azimuths=0), "azimuths"),
        (CodingOptions(azimuths=258), "azimuths"),
        (CodingOptions(elevations=np.linspace(-1, 1, 256)), "elevations"),
        (CodingOptions(elevations=(0.4, -0.4)), "elevations"),
        (CodingOptions(elevations=(2.0,)), "elevations"),
    ],
)
def test_wrong_options_are_refused(options, word):
    with pytest.raises(InputError, match=word):
        make_coding("oriented", options)


def test_unknown_coding_gets_a_hint():
    with pytest.raises(InputError, match="did you mean 'oriented'"):
        make_coding("orientd")
