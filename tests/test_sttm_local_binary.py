"""Local binary patterns against typed-out arrays, an exact twin and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from reference_lbp_top import exact_plane, skimage_planes, transitions

from sttm.errors import InputError
from sttm.local_binary import (
    bin_meaning,
    lbp_frames,
    lbp_planes,
    uniform_bins,
    uniform_table,
)

# few grey levels, so that ties and flat places are frequent
few_levels = arrays(np.uint8, (5, 5, 5), elements=st.integers(98, 102))
all_levels = arrays(np.uint8, (5, 5, 5), elements=st.integers(0, 255))


def slices(volume, plane):
    """The two-dimensional slices of a plane: xy along t, xt along y, yt along x."""
    axis = {"xy": 0, "xt": 1, "yt": 2}[plane]
    return axis, [np.take(volume, i, axis=axis) for i in range(volume.shape[axis])]


def test_three_by_three_by_hand():
    picture = np.uint8([[[6, 5, 2], [7, 6, 1], [9, 8, 7]]])
    # right 1 < 6: no; upper right: 5, 2 mixed, less: no; up 5: no; upper left: between 6, 5, 7 and
    # the centre: .08579*6 + .20711*(5 + 7) + .5*6 = 6: yes; left 7: yes; lower left: yes;
    # down 8: yes; lower right: .08579*6 + .20711*(1 + 8) + .5*7 = 5.88: no
    code = lbp_frames(picture, uniform=False, border="inside")
    assert code.tolist() == [[[0b01111000]]]


def test_uniform_table_is_the_definition():
    table = uniform_table(8)
    assert uniform_bins(8) == 59 and table.dtype == np.uint8 and table.shape == (256,)
    uniform = [c for c in range(256) if transitions(c, 8) <= 2]
    assert len(uniform) == 58
    assert sorted(table[uniform].tolist()) == list(range(58))  # one bin each
    assert set(table[[c for c in range(256) if c not in uniform]].tolist()) == {58}


def test_meanings_say_what_the_table_does():
    table = uniform_table(8)
    for start, ones in ((0, 1), (3, 2), (7, 7)):
        code = sum(1 << (start + k) % 8 for k in range(ones))
        text = bin_meaning(int(table[code]))
        assert f"run of {ones} of 8" in text and text.endswith(f"point {start}")
    assert len({bin_meaning(b) for b in range(59)}) == 59


@pytest.mark.parametrize("strategy", [few_levels, all_levels], ids=["ties", "all"])
def test_codes_equal_exact_arithmetic(strategy):
    @settings(max_examples=25, deadline=None)
    @given(strategy)
    def check(volume):
        for plane, codes in lbp_planes(volume, uniform=False, border="inside"):
            axis, whole = slices(volume, plane)
            twin = np.stack([exact_plane(s) for s in whole[1:-1]], axis=axis)
            assert (codes == twin).all(), plane

    check()


@pytest.mark.parametrize("radius", [1, 2])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_planes_equal_scikit_image(radius, kind):
    volume = np.random.default_rng(radius).integers(0, 256, (9, 20, 24)).astype(kind)
    twin = skimage_planes(volume.astype(np.uint8), radius)
    ours = lbp_planes(volume, (radius,) * 3, border="inside")
    for (plane, codes), expected in zip(ours, twin, strict=True):
        assert (codes == expected).all(), plane


def test_sixteen_points_equal_scikit_image():
    volume = np.random.default_rng(5).integers(0, 256, (7, 12, 12)).astype(np.uint8)
    twin = skimage_planes(volume, 2, 16)
    ours = lbp_planes(volume, (2, 2, 2), (16, 16, 16), border="inside")
    for (plane, codes), expected in zip(ours, twin, strict=True):
        assert (codes == expected).all(), plane


def test_unequal_radii_are_ellipses():
    """Twice the frames between samples, twice the radius along t: the same patterns."""
    volume = np.random.default_rng(1).integers(0, 256, (5, 8, 8)).astype(np.uint8)
    slow = np.repeat(volume, 2, axis=0)[:-1].astype(np.float32)
    slow[1::2] = (slow[:-1:2] + slow[2::2]) / 2
    one = dict(lbp_planes(volume, (1, 1, 1), border="inside"))
    two = dict(lbp_planes(slow, (2, 1, 1), border="inside"))
    assert (two["xy"][::2] == one["xy"]).all()
    # point 0 and 4 lie in the frame, 2 and 6 on whole frames; the diagonals at 1.41 frames fall
    # on other weights than at .71 frames of twice the distance only by the 5-decimal rounding
    assert (two["xt"][::2] == one["xt"]).mean() > 0.99


def test_reflect_codes_every_voxel_and_agrees_inside():
    volume = np.random.default_rng(2).integers(0, 256, (4, 9, 7)).astype(np.uint8)
    whole, inside = dict(lbp_planes(volume)), dict(lbp_planes(volume, border="inside"))
    for plane, codes in whole.items():
        assert codes.shape == volume.shape
        assert (codes[1:-1, 1:-1, 1:-1] == inside[plane]).all()
    assert lbp_frames(volume[:1]).shape == (1, 9, 7)
    assert dict(lbp_planes(volume[:1]))["yt"].shape == (1, 9, 7)


def test_long_volume_in_pieces_equals_its_frames():
    """The working pieces leave no seam."""
    volume = np.random.default_rng(3).integers(0, 256, (7, 130, 130)).astype(np.uint8)
    whole = dict(lbp_planes(volume, border="inside"))
    for t in range(1, 6):
        part = dict(lbp_planes(volume[t - 1 : t + 2], border="inside"))
        assert all((whole[p][t - 1] == part[p][0]).all() for p in part)


@pytest.mark.parametrize(
    "call",
    [
        lambda v: lbp_frames(v, points=1),
        lambda v: lbp_frames(v, points=17),
        lambda v: lbp_frames(v, points=12, uniform=False),
        lambda v: lbp_frames(v, radius=0),
        lambda v: lbp_frames(v, radius=float("nan")),
        lambda v: lbp_frames(v, border="wrap"),
        lambda v: list(lbp_planes(v[:2], border="inside")),
    ],
)
def test_bad_settings_are_refused_in_a_sentence(call):
    with pytest.raises(InputError, match=r"\w+ \w+"):
        call(np.zeros((3, 5, 5), np.uint8))
