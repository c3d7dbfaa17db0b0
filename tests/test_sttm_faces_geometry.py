"""Transforms take source eyes to fixed crop points, exactly, in the pixel-centre convention."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttm.faces import geometry as g
from sttm.faces.align import between, key_poses, smooth, steady
from sttm.faces.eyes import agreeing, plausible
from sttm.faces.finders import Found
from sttm.faces.follow import Track, chosen, link, overlap, same_face
from sttm.faces.sampling import cut, patch, squares, warp

POSES = st.tuples(
    st.floats(-500, 500), st.floats(-500, 500), st.floats(0, 6), st.floats(-1.5, 1.5)
).map(np.array)


@given(POSES)
def test_eyes_land_on_their_targets(pose):
    targets = g.eye_targets(128, 0.46, 0.34, 0.0)
    transform = g.pose_transform(pose, targets)
    assert np.allclose(g.apply(transform, g.eyes_of(pose)), targets, atol=1e-6)
    assert np.allclose(g.pose_of(g.eyes_of(pose)), pose, atol=1e-9)


@given(POSES)
def test_inverse_and_composition_undo(pose):
    transform = g.pose_transform(pose, g.eye_targets(96, 0.4, 0.3, 0.1))
    identity = g.compose(transform, g.invert(transform))
    assert np.allclose(identity, [[1, 0, 0], [0, 1, 0]], atol=1e-6)


def test_a_box_fills_the_crop_edge_to_edge():
    transform = g.box_transform(np.array([10.0, 20, 40, 40]), 80, 0.0)
    edges = np.array([[9.5, 19.5], [49.5, 59.5]])  # pixel 10 covers 9.5 to 10.5
    assert np.allclose(g.apply(transform, edges), [[-0.5, -0.5], [79.5, 79.5]])
    assert np.allclose(g.window(transform, 80, 80), [10, 20, 50, 60])


def test_margin_grows_the_window_about_its_middle():
    for make in (
        lambda m: g.box_transform(np.array([10.0, 20, 40, 30]), 64, m),
        lambda m: g.pose_transform(
            g.canonical_pose(np.array([9.0, 7, 90, 90])), g.eye_targets(64, 0.46, 0.34, m)
        ),
    ):
        tight, wide = g.window(make(0.0), 64, 64), g.window(make(0.25), 64, 64)
        assert np.allclose(tight[:2] + tight[2:], wide[:2] + wide[2:])
        assert np.allclose(1.5 * (tight[2:] - tight[:2]), wide[2:] - wide[:2])


def dotted(shape, points, sigma):
    y, x = np.mgrid[: shape[0], : shape[1]]
    light = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * sigma**2)) for px, py in points)
    return np.rint(20 + 200 * light).astype(np.uint8)


def spot(crop, near):
    """Return the light-weighted middle of the pixels around ``near``."""
    y, x = np.mgrid[: crop.shape[0], : crop.shape[1]]
    weight = np.clip(crop.astype(float) - 60, 0, None)
    weight[(x - near[0]) ** 2 + (y - near[1]) ** 2 > 12**2] = 0
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("distance", [20, 45, 80, 130, 260])
@pytest.mark.parametrize("angle", [0.0, 0.3])
@pytest.mark.parametrize("colour", [False, True])
def test_dots_land_within_half_a_pixel(distance, angle, colour):
    eyes = g.eyes_of(np.array([331.3, 297.6, np.log(distance), angle]))
    picture = dotted((620, 680), eyes, 0.06 * distance)
    if colour:
        picture = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
    targets = g.eye_targets(128, 0.46, 0.34, 0.0)
    crop = cut(picture, g.pose_transform(g.pose_of(eyes), targets), 128, 128)
    for target in targets:
        assert np.abs(spot(crop, target) - target).max() < 0.15


@pytest.mark.parametrize("factor", [1, 2, 3, 5])
def test_a_patch_knows_where_it_comes_from(factor):
    ramp = np.tile(np.arange(200, dtype=np.uint8), (150, 1))
    part = patch(ramp, np.array([17.2, -30, 178.9, 90]), factor)
    middle = np.array([part.grey.shape[1] // 2, part.grey.shape[0] // 2])
    source = g.apply(g.invert(part.place), middle.astype(float))
    assert abs(float(part.grey[middle[1], middle[0]]) - source[0]) <= 0.51
    assert not np.shares_memory(part.grey, ramp)


def test_a_patch_outside_the_picture_keeps_a_pixel():
    part = patch(np.full((10, 10), 9, np.uint8), np.array([-50.0, 40, -20, 90]))
    assert part.grey.shape == (1, 1)
    assert (warp(part.grey, np.array([[1.0, 0, 0], [0, 1, 0]]), 4, 4) == 9).all()


def test_reduction_leaves_little_to_the_warp():
    for ratio in np.linspace(1, 20, 60):
        assert 0.79 <= ratio / squares(ratio) <= 1.61
    assert squares(0.2) == 1


def test_fine_texture_does_not_alias():
    board = (np.indices((600, 600)).sum(axis=0) % 2 * 255).astype(np.uint8)
    for side in (260, 333, 590):
        crop = cut(board, g.box_transform(np.array([3.0, 4, side, side]), 64, 0.0), 64, 64)
        assert crop[2:-2, 2:-2].std() < 20 and abs(crop.mean() - 127.5) < 4


def test_smoothing_keeps_a_steady_drift_and_drops_a_jump():
    drift = np.outer(np.arange(7.0), [1, 2, 0, 0.1])
    assert np.allclose(smooth(drift), drift)
    jumped = drift.copy()
    jumped[3] += 50
    assert np.abs(smooth(jumped) - drift).max() < 2


def test_between_is_linear_and_constant_outside():
    values = between(np.array([[0.0], [10.0]]), np.array([2, 4]), 7).ravel()
    assert values.tolist() == [0, 0, 0, 5, 10, 10, 10]


def test_stable_is_the_median_of_the_sure_ones():
    values = np.array([[1.0, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0], [99, 0, 0, 0]])
    sure = np.array([True, True, True, False])
    assert steady(values, sure, np.arange(4), 2, "stable")[:, 0].tolist() == [2, 2]


def face(x, y, w, angle=0.0):
    """Return a box and its eyes, turned about the middle of the box."""
    box = np.array([x, y, w, w], float)
    middle = np.array([x + w / 2, y + w / 2]) - 0.5
    arms = g.eyes_of(g.canonical_pose(box)) - middle
    return box, arms @ g.rotation(angle).T + middle


def test_missing_eyes_take_the_habit_of_the_others():
    boxes, eyes = zip(*[face(10 * i, 5, 100) for i in range(4)], strict=True)
    eyes = np.array(eyes) + np.array([3.0, 1.0])
    gap = eyes.copy()
    gap[2] = np.nan
    poses, found = key_poses(np.array(boxes), gap)
    assert found.tolist() == [True, True, False, True]
    assert np.allclose(poses, [g.pose_of(e) for e in eyes])


def test_no_eyes_mean_the_usual_place():
    box, eyes = face(40, 30, 120)
    poses, found = key_poses(np.array([box]), np.full((1, 2, 2), np.nan))
    assert not found.any() and np.allclose(g.eyes_of(poses[0]), eyes)


def test_a_leaning_head_agrees_and_a_wrong_eye_does_not():
    shots = [face(0, 0, 100, a) for a in (-0.4, -0.1, 0.0, 0.2, 0.4)]
    boxes, eyes = np.array([b for b, _ in shots]), np.array([e for _, e in shots])
    assert agreeing(eyes, boxes).all()
    eyes[1, 0] += [0, 25]
    assert agreeing(eyes, boxes).tolist() == [True, False, True, True, True]


def test_what_cannot_be_a_pair_of_eyes():
    box, eyes = face(50, 60, 200)
    assert plausible(eyes, box)
    assert not plausible(eyes + np.array([0, 70]), box)  # at the mouth
    assert not plausible(eyes + np.array([60, 0]), box)  # beside the face
    assert not plausible(eyes[[0, 0]] + np.array([[0, 0], [20, 0]]), box)  # too near
    assert not plausible(eyes + np.array([[0, -25], [0, 25]]), box)  # too steep


def test_tracks_follow_overlap_and_the_steady_ones_count():
    left, right = Track(), Track()
    left.add(0, Found(np.array([0.0, 0, 50, 50]), 1), None)
    right.add(0, Found(np.array([100.0, 0, 60, 60]), 1), None)
    moved = [Found(np.array([108.0, 4, 60, 60]), 1), Found(np.array([300.0, 0, 9, 9]), 1)]
    linked = link([left, right], moved)
    assert linked[0][0] is right and linked[1][0] is None
    right.add(1, moved[0], None)
    stray = Track()
    stray.add(1, Found(np.array([0.0, 0, 400, 400]), 1), None)
    tracks = [left, right, stray]
    assert chosen(tracks, 4, every=False) == [right]
    assert chosen(tracks, 4, every=True) == [right]
    assert chosen(tracks, 3, every=True) == [stray, right, left]
    assert chosen([], 3, every=True) == []


def test_overlap_by_hand():
    unit = np.array([0.0, 0, 1, 1])
    assert overlap(unit, unit) == 1 and overlap(unit, unit + np.array([1, 0, 0, 0])) == 0
    assert not same_face(unit * 2, unit * 5)
