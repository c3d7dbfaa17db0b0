"""The peers of STTM against their slow twins, scikit-image and small cases typed out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from reference_hog import dodecahedron_vertices, hog3d, hog_top, quantise
from reference_lbp_top import lbp_top, transitions
from reference_vlbp import vlbp_codes
from samples import textured
from skimage.feature import hog, local_binary_pattern
from sklearn.base import clone

from sttm.blocks import spans
from sttm.descriptors.concatenation import Concatenation
from sttm.descriptors.hog3d import HOG3D
from sttm.descriptors.hog_top import HOGTOP
from sttm.descriptors.lbp_top import LBPTOP
from sttm.descriptors.still import StaticHOG, StaticLBP
from sttm.descriptors.sttm import STTM
from sttm.descriptors.vlbp import MAPPINGS, VLBP, mapping_table, volume_samples
from sttm.errors import InputError
from sttm.icosahedron import face_normals, threshold, votes
from sttm.local_binary import sample_codes
from sttm.orientation import Sectors

NOISE = np.random.default_rng(0).integers(0, 256, (8, 20, 22)).astype(np.uint8)
SMOOTH = textured(9, 36, 40).astype(np.uint8)

# LBP-TOP ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("grid", [(1, 4, 4), (2, 3, 5)])
@pytest.mark.parametrize("radius", [1, 2])
def test_lbp_top_equals_scikit_image_slice_by_slice(grid, radius):
    X = LBPTOP(grid=grid, radii=(radius,) * 3).fit_transform([NOISE])[0]
    twin = lbp_top(NOISE, grid, radius)
    assert X.shape == twin.shape
    assert np.allclose(X, twin, atol=1e-7)


def test_lbp_top_has_59_bins_per_block_and_plane_and_their_names():
    lbp = LBPTOP()
    names = lbp.get_feature_names_out()
    assert len(names) == 11_328 == 8 * 8 * 3 * 59
    assert names[0] == "t0.y0.x0.xy.b00" and names[-1] == "t0.y7.x7.yt.b58"
    place = lbp.locate("t0.y3.x5.xt.b07")
    assert (place.bin, place.block) == (7, "t0.y3.x5.xt")
    assert (place.t, place.y, place.x) == ((0, 1), (3 / 8, 4 / 8), (5 / 8, 6 / 8))
    assert place.meaning.startswith("share of voxels in the xt plane")


def test_lbp_top_histograms_sum_to_one_or_have_length_one():
    X = LBPTOP().fit_transform([SMOOTH]).reshape(-1, 59)
    assert np.allclose(X.sum(axis=1), 1, atol=1e-5)
    root = LBPTOP(normalisation="hellinger").fit_transform([SMOOTH]).reshape(-1, 59)
    assert np.allclose(root**2, X, atol=1e-6)


def test_lbp_top_of_a_bar_that_moves_to_the_right_by_hand():
    """One bright column that moves one pixel per frame: seen in xt, flat along y."""
    clip = np.zeros((3, 3, 3), np.uint8)
    for t in range(3):
        clip[t, :, t] = 9
    X = LBPTOP(grid=(1, 1, 1)).fit_transform([clip]).reshape(3, 59)
    # the one inner voxel is on the bar. xy: only up and down are as bright: bits 2 and 6, two
    # runs, so the last bin; xt: only (t - 1, x - 1) and (t + 1, x + 1) are, but half a diagonal
    # step mixes in darkness, so no bit: bin 0; yt: y - 1 and y + 1, points 4 and 0: the last bin
    assert np.argmax(X, axis=1).tolist() == [58, 0, 58]


@pytest.mark.parametrize("length", [2, 3, 4])
def test_short_clips_are_stretched_to_the_radius_and_the_slices(length):
    lbp = LBPTOP(grid=(3, 2, 2), radii=(2, 1, 1))
    X = lbp.fit_transform([SMOOTH[:length]]).reshape(3, 3, 4, 59)
    assert np.allclose(X.sum(axis=-1), 1, atol=1e-5)  # no empty slice


# VLBP -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("points", [2, 4])
@pytest.mark.parametrize("interval", [1, 2])
def test_vlbp_codes_equal_the_definition(points, interval):
    clip = NOISE[:6, :7, :8] // 32  # few grey levels: many ties
    ours = sample_codes(clip, volume_samples(interval, 1, points), (interval, 1, 1))
    assert np.array_equal(ours, vlbp_codes(clip, interval, points))


def test_vlbp_counts_its_codes_per_block():
    X = VLBP(grid=(1, 2, 2), points=4).fit_transform([NOISE]).reshape(2, 2, -1)
    codes = vlbp_codes(NOISE)
    for j, (y0, y1) in enumerate(spans(18, 2)):
        for i, (x0, x1) in enumerate(spans(20, 2)):
            twin = np.bincount(codes[:, y0:y1, x0:x1].ravel(), minlength=2**14)
            assert np.allclose(X[j, i], twin / twin.sum(), atol=1e-7)


def test_vlbp_rotation_turns_the_three_rings_together():
    """Turned by a quarter, a picture keeps its rotation-invariant histogram and no other."""
    turned = np.rot90(NOISE, axes=(1, 2))
    for mapping in MAPPINGS:
        X = VLBP(grid=(1, 1, 1), points=4, mapping=mapping).fit_transform([NOISE, turned])
        # the circular mapping of all bits starts at one point, so turning matters to it too
        assert np.allclose(X[0], X[1], atol=1e-7) == (mapping == "rotation")


def test_vlbp_mappings_are_their_definitions():
    uniform, counted = mapping_table("uniform", 4), mapping_table("rotation-uniform", 4)
    for code in range(0, 2**14, 7):
        rough = transitions(code, 14) > 2
        assert (uniform[code] == 184) == rough
        assert counted[code] == (15 if rough else code.bit_count())


# HOG-TOP ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bins", "signed"), [(9, False), (8, False), (8, True), (18, True)])
def test_hog_top_equals_the_arctangent_of_every_voxel(bins, signed):
    grid = (2, 2, 3)
    ours = HOGTOP(grid=grid, bins=bins, signed=signed, normalisation="none").fit_transform([NOISE])
    twin = hog_top(NOISE, grid, bins, 360 if signed else 180)
    assert np.allclose(ours[0], twin.ravel(), rtol=1e-5)


def test_sectors_by_hand():
    """Right, down-right, down, left, up: y runs down."""
    dy, dx = np.float32([0, 1, 1, 0, -1]), np.float32([1, 1, 0, -1, 0])
    assert Sectors(8, signed=True)(dy, dx).tolist() == [0, 1, 2, 4, 6]
    assert Sectors(4)(dy, dx).tolist() == [0, 1, 2, 0, 2]
    assert Sectors(9)(dy, dx).tolist() == [0, 2, 4, 0, 4]


def test_hog_top_sees_the_direction_of_motion_in_xt():
    """Stripes that move right and stripes that move left: mirrored angles in xt, the same in xy."""
    t, x = np.ogrid[:9, :32]
    right, left = (128 + 100 * np.sin(0.5 * (x - s * t)) for s in (1, -1))
    clips = [np.repeat(c[:, None, :], 32, axis=1).astype(np.float32) for c in (right, left)]
    X = HOGTOP(grid=(1, 1, 1), bins=4).fit_transform(clips).reshape(2, 3, 4)
    assert X[0, 1].argmax() in (2, 3) and X[1, 1].argmax() in (0, 1)
    assert np.allclose(X[0, 0], X[1, 0], atol=0.02)


# HOG3D ------------------------------------------------------------------------------------------


def test_polyhedra_are_regular():
    for name, faces, neighbours in (("icosahedron", 20, 3), ("dodecahedron", 12, 5)):
        axes = face_normals(name, full=True)
        assert axes.shape == (faces, 3) and np.allclose(np.linalg.norm(axes, axis=1), 1)
        touching = np.isclose(axes @ axes.T, threshold(name))
        assert (touching.sum(axis=1) == neighbours).all()
        half = face_normals(name)
        both = np.vstack([half, -half])
        assert sorted(map(tuple, both.round(6) + 0.0)) == sorted(map(tuple, axes.round(6) + 0.0))


def test_threshold_is_the_paper_s_for_axes_of_its_length():
    assert threshold("icosahedron") * 3**0.5 == pytest.approx(1.29107, abs=1e-4)


def test_a_gradient_along_an_axis_votes_for_it_alone():
    axes = face_normals("icosahedron", full=True)
    cast = votes((5 * axes).astype(np.float32), full=True)
    assert np.allclose(cast, 5 * np.eye(20), atol=1e-3)


def test_votes_keep_the_length_of_the_gradient():
    gradients = np.random.default_rng(1).normal(size=(500, 3)).astype(np.float32)
    for name in ("icosahedron", "dodecahedron"):
        for full in (True, False):
            cast = votes(gradients, name, full)
            assert np.allclose(
                np.linalg.norm(cast, axis=1), np.linalg.norm(gradients, axis=1), rtol=1e-5
            )
        assert np.allclose(votes(gradients, name), votes(-gradients, name), atol=1e-6)


def test_votes_equal_the_paper_s_formula_on_its_own_axes():
    """Same numbers from the paper's vertices of length sqrt(3) and its threshold."""
    axes = np.array(dodecahedron_vertices())
    limit = 5**0.5 / 3**0.5
    order = [np.argmax(axes @ own) for own in face_normals("icosahedron", full=True)]
    for gradient in np.random.default_rng(2).normal(size=(50, 3)):
        twin = quantise(gradient, axes, limit, full=True)[order]
        ours = votes(gradient.astype(np.float32), full=True)
        assert np.allclose(ours, twin, atol=1e-5)


def test_hog3d_equals_its_twin():
    clip = np.random.default_rng(3).integers(0, 256, (8, 12, 12)).astype(np.uint8)
    grid = (2, 3, 3)
    axes = np.array(face_normals("icosahedron"))
    twin = hog3d(clip, grid, 2, axes, 5**0.5 / 3)
    ours = HOG3D(grid=grid, subblocks=2, normalisation="none").fit_transform([clip])
    assert np.allclose(ours[0], twin.ravel(), rtol=1e-4, atol=1e-3)


def test_hog3d_as_one_interest_point():
    """Whole-descriptor L2 with a cut-off: length one, no value far above the cut-off."""
    X = HOG3D(grid=(3, 4, 4), normalisation="whole").fit_transform([SMOOTH])
    assert np.linalg.norm(X[0]) == pytest.approx(1, abs=1e-5)
    assert X.max() <= 0.25 * 1.5
    gain = HOG3D(grid=(3, 4, 4), normalisation="whole").fit_transform([SMOOTH // 2 * 2, SMOOTH])
    assert np.allclose(gain[0], gain[1], atol=0.02)


# static -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [64, 96])
def test_static_hog_equals_scikit_image(size):
    picture = textured(1, size, size, seed=4).astype(np.uint8)
    ours = StaticHOG(grid=(1, 8, 8)).fit_transform(picture[None])[0]
    side = size // 8
    twin = hog(picture[0], 9, (side, side), (2, 2), "L2-Hys")
    assert ours.shape == twin.shape
    assert np.allclose(ours, twin, atol=1e-4)


def test_static_lbp_equals_scikit_image():
    codes = local_binary_pattern(NOISE[-1], 8, 1, "nri_uniform")[1:-1, 1:-1].astype(int)
    twin = [
        np.bincount(codes[y0:y1, x0:x1].ravel(), minlength=59) / ((y1 - y0) * (x1 - x0))
        for y0, y1 in spans(18, 3)
        for x0, x1 in spans(20, 4)
    ]
    ours = StaticLBP(grid=(1, 3, 4)).fit_transform([NOISE])[0]
    assert np.allclose(ours, np.concatenate(twin), atol=1e-7)


@pytest.mark.parametrize(
    ("frame", "expected"),
    [("first", 0), ("middle", 4), ("last", 8), (0, 0), (0.49, 4), (0.7, 6), (1.0, 8)],
)
def test_static_takes_the_frame_that_was_asked_for(frame, expected):
    lbp = StaticLBP(frame=frame, grid=(1, 2, 2))
    assert np.array_equal(lbp.measure(SMOOTH), lbp.measure(SMOOTH[expected : expected + 1]))
    assert {place.t for place in lbp.places()} == {(lbp.places()[0].t[0],) * 2}


# concatenation ----------------------------------------------------------------------------------


def test_concatenation_is_its_members_side_by_side():
    clips = [textured(8 + i, 32, 32, seed=i).astype(np.uint8) for i in range(4)]
    members = [("map", STTM("root", grid=(1, 2, 2))), ("hog", StaticHOG(grid=(1, 2, 2)))]
    both = Concatenation(members).fit(clips[:3])
    parts = [clone(m).fit(clips[:3]) for _, m in members]
    X = both.transform(clips)
    assert np.array_equal(X, np.hstack([p.transform(clips) for p in parts]))
    assert np.array_equal(both.members_[0][1].edges_, parts[0].edges_)
    assert not hasattr(members[0][1], "edges_")  # the members themselves stay unfitted
    names = both.get_feature_names_out()
    assert names[0] == "map:t0.y0.x0.n00.b00" and names[-1] == "hog:t0.y1.x1.n11.b08"
    assert both.locate(names[-1]).x == (0.5, 1)


def test_concatenation_reaches_its_members():
    both = Concatenation([("a", StaticLBP()), ("b", HOGTOP())])
    assert both.get_params()["b__bins"] == 9 and "a" in both.get_params()
    assert "a" not in both.get_params(deep=False)
    both.set_params(b__bins=12, a=StaticHOG())
    assert both.members[1][1].bins == 12 and isinstance(both.members[0][1], StaticHOG)
    copy = clone(both)
    assert copy.members[1][1] is not both.members[1][1] and copy.get_params()["b__bins"] == 12
    assert both.version == 1 + StaticHOG.version + HOGTOP.version
    copy.set_params(members=[("c", LBPTOP())])
    assert [name for name, _ in copy.members] == ["c"]


def test_concatenation_knows_measures_that_are_not_its_own():
    both = Concatenation([("a", StaticLBP()), ("b", HOGTOP())])
    other = Concatenation([("a", StaticLBP(grid=(1, 2, 2))), ("b", HOGTOP())])
    measures = both.measure_all([SMOOTH])
    measures[0, 0] += 1
    with pytest.raises(InputError, match="measures"):
        both.learn(measures)
    with pytest.raises(InputError, match="measures"):
        both.encode(other.measure_all([SMOOTH]))


# settings ---------------------------------------------------------------------------------------

WRONG = [
    LBPTOP(grid=(1, 0, 2)),
    LBPTOP(radii=(1, 1)),
    LBPTOP(radii=(1, 1, 0)),
    LBPTOP(points=(8, 8, 1)),
    LBPTOP(normalisation="l2"),
    LBPTOP(clip=0),
    VLBP(points=5),
    VLBP(interval=0),
    VLBP(radius=-1),
    VLBP(mapping="unifrom"),
    HOGTOP(bins=1),
    HOGTOP(bins=9, signed=True),
    HOGTOP(bins=130),
    StaticHOG(bins=258, signed=True),
    HOGTOP(overlap=1),
    HOG3D(subblocks=0),
    HOG3D(polyhedron="cube"),
    HOG3D(normalisation="volume"),
    StaticLBP(grid=(2, 3, 3)),
    StaticLBP(frame="apex"),
    StaticLBP(frame=1.5),
    StaticLBP(radius=0),
    StaticHOG(bins=0),
    Concatenation([]),
    Concatenation([("a", StaticLBP()), ("a", HOGTOP())]),
    Concatenation([("a:b", StaticLBP())]),
    Concatenation([("a__b", StaticLBP())]),
]


@pytest.mark.parametrize("descriptor", WRONG, ids=lambda d: repr(d)[:60].replace("\n", ""))
def test_wrong_settings_are_refused_before_and_while_measuring(descriptor):
    with pytest.raises(InputError):
        descriptor.places()
    with pytest.raises(InputError):
        descriptor.measure(SMOOTH)


def test_unknown_names_get_a_hint():
    with pytest.raises(InputError, match="did you mean 'uniform'"):
        VLBP(mapping="unifrom").places()
    with pytest.raises(InputError, match="did you mean 'middle'"):
        StaticHOG(frame="midle").places()
