"""Faces of real clips are found, followed and aligned; where there is none, that is said.

The clips lie beside the repository and are not part of it; without them these tests skip.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from joblib import Parallel, delayed

from sttm.errors import NoFace, UnreadableClip
from sttm.faces import FaceSettings, crop_faces
from sttm.faces.geometry import apply, compose, eye_targets, invert, pose_of, rotation, scale_of
from sttm.frames import open_frames

CLIPS = Path(__file__).parents[1].parent / "shared" / "clips"
TALKERS = ["bbaf2n", "brbk7n", "lbax4n", "lbbc2a", "lrwp9a", "lwbsza"]
needs_clips = pytest.mark.skipif(not CLIPS.is_dir(), reason="the real clips are not here")

# pupils of frame 0, picked by hand in enlarged pictures (x, y of the left, x, y of the right)
PUPILS = {
    "bbaf2n": (131.8, 160.4, 180.5, 158.3),
    "brbk7n": (145.9, 166.2, 194.8, 165.5),
    "lbax4n": (159.3, 140.0, 218.0, 139.2),
    "lbbc2a": (160.5, 171.2, 213.3, 167.4),
    "lrwp9a": (161.3, 153.8, 216.4, 153.0),
    "lwbsza": (140.2, 155.0, 189.5, 152.9),
}


@cache
def frames_of(name, last=24):
    with open_frames(CLIPS / f"{name}.mpg", last=last) as frames:
        return np.stack(list(frames))


def crop(frames, **settings):
    return crop_faces(open_frames(frames), FaceSettings(**settings))


def likeness(a, b):
    return float(np.corrcoef(a.astype(float).ravel(), b.astype(float).ravel())[0, 1])


def drift(a, b, size=128):
    """Return how far two transforms disagree at the crop's corners, crop pixels."""
    corners = np.array([[0.0, 0], [size, 0], [0, size], [size, size]])
    return np.abs(apply(compose(b, invert(a)), corners) - corners).max()


@needs_clips
@pytest.mark.parametrize("name", TALKERS)
def test_eyes_come_near_the_pupils(name):
    clip = crop_faces(open_frames(CLIPS / f"{name}.mpg"))[0]
    pupils = np.array(PUPILS[name]).reshape(2, 2)
    assert clip.eyes_found and clip.seen == 1 and clip.fps == pytest.approx(25)
    assert np.abs(clip.eyes[0] - pupils).max() < 0.035 * clip.boxes[0, 2]
    assert clip.volume.shape == (75, 128, 128) and clip.volume.dtype == np.uint8
    assert clip.boxes.shape == (75, 4) and clip.transform.shape == (75, 2, 3)
    assert clip.eyes.shape == (75, 2, 2)
    assert (clip.transform == clip.transform[0]).all()
    middle = apply(clip.transform[0], np.median(clip.eyes, axis=0))
    assert np.abs(middle - eye_targets(128, 0.46, 0.34, 0)).max() < 6


def moved(frames, angle, zoom):
    """Return frames turned (degrees), scaled and shifted in a larger picture, and the transform."""
    turn = zoom * rotation(np.deg2rad(angle))
    place = np.column_stack([turn, np.array([420, 300]) - turn @ np.array([175, 165])])
    warped = [cv2.warpAffine(f, place, (840, 620), borderMode=cv2.BORDER_REPLICATE) for f in frames]
    return np.stack(warped), place


@needs_clips
@pytest.mark.parametrize("name", ["bbaf2n", "brbk7n", "lwbsza"])
def test_turning_shifting_and_scaling_the_picture_changes_little(name):
    frames = frames_of(name)
    straight = crop(frames)[0]
    alike = []
    for angle, zoom in [(-8, 0.8), (-8, 1.7), (8, 0.8), (8, 1.7)]:
        other, place = moved(frames, angle, zoom)
        turned = crop(other)[0]
        alike.append(likeness(straight.volume, turned.volume))
        lean = [pose_of(c.eyes[0])[3] for c in (straight, turned)]
        assert turned.eyes_found
        assert np.rad2deg(lean[1] - lean[0]) == pytest.approx(angle, abs=3)
        # original pixel -> crop pixel, the long way round and the short one
        assert drift(straight.transform[0], compose(turned.transform[0], place)) < 6
        if (angle, zoom) == (8, 1.7):
            box = crop(other, align="box")[0]
            assert likeness(straight.volume, box.volume) < 0.8  # it is the eyes that undo it
    assert np.mean(alike) > 0.95 and min(alike) > 0.9


@needs_clips
@pytest.mark.parametrize("shift", [(6, 4), (37, 81)])
def test_translation_leaves_the_crop_as_it_is(shift):
    frames = frames_of("lbax4n")
    padded = [
        np.stack([cv2.copyMakeBorder(f, dy, 90 - dy, dx, 90 - dx, 1) for f in frames])
        for dx, dy in ((0, 0), shift)
    ]
    here, there = crop(padded[0])[0], crop(padded[1])[0]
    assert likeness(here.volume, there.volume) > 0.97
    moved = np.array([[1.0, 0, shift[0]], [0, 1, shift[1]]])
    assert drift(here.transform[0], compose(there.transform[0], moved)) < 4


@needs_clips
@pytest.mark.parametrize("mode", ["stable", "moving"])
@pytest.mark.parametrize("align", ["eyes", "box"])
def test_a_still_clip_gives_a_still_crop(mode, align):
    still = np.repeat(frames_of("lbbc2a", 0), 30, axis=0)
    clip = crop(still, crop=mode, align=align)[0]
    if mode == "stable" or align == "eyes":
        assert (clip.volume == clip.volume[0]).all()
    else:
        assert max(drift(clip.transform[0], t) for t in clip.transform) < 4


@needs_clips
def test_grey_and_colour_and_all_give_the_same_face():
    path = CLIPS / "brbk7n.mpg"
    grey = crop_faces(open_frames(path, last=9))[0]
    colour = crop_faces(open_frames(path, last=9, colour=True))[0]
    every = crop_faces(open_frames(path, last=9), FaceSettings(faces="all"))
    assert np.array_equal(grey.volume, colour.volume)
    assert len(every) == 1 and likeness(every[0].volume, grey.volume) > 0.97


def _volume(name):
    return crop_faces(open_frames(CLIPS / f"{name}.mpg", last=30))[0].volume


@needs_clips
def test_alone_in_threads_and_in_processes_the_crop_is_the_same():
    alone = [_volume(n) for n in TALKERS]
    with ThreadPoolExecutor(3) as pool:
        threads = list(pool.map(_volume, TALKERS))
    arrays = [frames_of(n) for n in TALKERS[:2]]
    processes = Parallel(n_jobs=2)(delayed(crop_faces)(open_frames(a)) for a in arrays)
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        single = _volume(TALKERS[0])
    finally:
        cv2.setNumThreads(before)
    for one, other in zip(alone, threads, strict=True):
        assert np.array_equal(one, other)
    for array, clips in zip(arrays, processes, strict=True):
        assert np.array_equal(clips[0].volume, crop(array)[0].volume)
    assert np.array_equal(alone[0], single)


@needs_clips
def test_several_faces_come_largest_first():
    a = frames_of("lrwp9a", 11)
    b = np.stack([cv2.resize(f, None, fx=0.6, fy=0.6) for f in frames_of("brbk7n", 11)])
    both = np.full((12, 288, 600), 90, np.uint8)
    both[:, :, :360] = a
    both[:, 60 : 60 + b.shape[1], 370 : 370 + b.shape[2]] = b
    clips = crop(both, faces="all")
    assert len(clips) == 2
    assert clips[0].boxes[0, 2] > 1.3 * clips[1].boxes[0, 2]
    assert likeness(clips[0].volume, crop(a)[0].volume) > 0.95
    assert likeness(clips[1].volume, crop(b)[0].volume) > 0.9
    assert len(crop(both)) == 1 and drift(crop(both)[0].transform[0], clips[0].transform[0]) < 6


@needs_clips
def test_a_face_that_comes_late_or_goes_is_kept_for_the_whole_clip():
    face = frames_of("bbaf2n", 24)
    empty = np.full_like(face, 110)
    late, early = np.concatenate([empty, face]), np.concatenate([face, empty])
    for clip in (crop(late, key_every=10)[0], crop(early, key_every=10)[0]):
        assert clip.volume.shape[0] == 50 and 0.3 < clip.seen < 0.7
    assert drift(crop(late)[0].transform[0], crop(face)[0].transform[0]) < 8
    assert np.ptp(crop(early)[0].volume[26:]) == 0


@needs_clips
def test_a_face_between_the_key_frames_is_still_found():
    picture = np.full((40, 288, 360), 110, np.uint8)
    picture[14:24] = frames_of("bbaf2n", 9)
    clip = crop(picture, key_every=100)[0]
    assert likeness(clip.volume[14:24], crop(frames_of("bbaf2n", 9))[0].volume) > 0.9


@needs_clips
def test_a_small_face_in_a_large_picture_is_found():
    face = frames_of("lbax4n", 1)
    large = np.full((2, 1080, 1920), 100, np.uint8)
    small = [cv2.resize(f, None, fx=0.45, fy=0.45, interpolation=cv2.INTER_AREA) for f in face]
    large[:, 700 : 700 + small[0].shape[0], 1500 : 1500 + small[0].shape[1]] = small
    clip = crop(large)[0]
    assert np.allclose(clip.boxes[0, :2], [1500 + 0.45 * 107, 700 + 0.45 * 72], atol=8)


@needs_clips
def test_a_huge_picture_is_cut_without_aliasing():
    face = frames_of("lbax4n", 2)
    huge = np.stack([cv2.resize(f, (3600, 2880), interpolation=cv2.INTER_CUBIC) for f in face])
    assert likeness(crop(huge)[0].volume, crop(face)[0].volume) > 0.9


@needs_clips
def test_one_frame_is_a_clip_and_its_margin_shows_more():
    still = frames_of("lwbsza", 0)
    tight, wide = crop(still)[0], crop(still, margin=0.25)[0]
    assert tight.volume.shape == (1, 128, 128)
    assert scale_of(tight.transform[0]) == pytest.approx(1.5 * scale_of(wide.transform[0]))


@needs_clips
@pytest.mark.parametrize("cascade", ["default", "alt", "alt2"])
def test_every_cascade_finds_every_talker(cascade):
    for name in TALKERS:
        box = crop(frames_of(name, 0), cascade=cascade)[0].boxes[0]
        pupils = np.array(PUPILS[name]).reshape(2, 2)
        assert ((box[:2] < pupils) & (pupils < box[:2] + box[2:] * [1, 0.6])).all()


@needs_clips
def test_a_moving_crop_keeps_a_moving_head_in_its_place():
    still = frames_of("lrwp9a", 0)[0]
    moves = [np.float64([[1, 0, 2.0 * i], [0, 1, 0.6 * i]]) for i in range(60)]
    frames = np.stack([cv2.warpAffine(still, m, (520, 330), borderMode=1) for m in moves])
    clip = crop(frames, crop="moving")[0]
    first = clip.transform[0]
    assert max(drift(first, compose(t, m)) for t, m in zip(clip.transform, moves, strict=True)) < 6
    stable = crop(frames)[0]
    alike = [likeness(c.volume[0], c.volume[-1]) for c in (clip, stable)]
    assert alike[0] > 0.9 and alike[1] < 0.6


@needs_clips
def test_a_head_that_leans_is_levelled_by_the_moving_crop():
    path = CLIPS / "WolfgangLanger_Pexels.mp4"
    clip = crop_faces(open_frames(path, first=380, last=430), FaceSettings(crop="moving"))[0]
    lean = np.rad2deg([pose_of(e)[3] for e in clip.eyes])
    assert lean.min() < -18
    left = [
        np.rad2deg(pose_of(apply(t, e))[3]) for t, e in zip(clip.transform, clip.eyes, strict=True)
    ]
    assert np.abs(left).max() < 8


LANDSCAPE = np.linspace(20, 220, 240)[:, None] + 10 * np.sin(np.arange(320) / 40)[None]
EMPTY = {
    "noise": np.random.default_rng(3).integers(0, 256, (5, 240, 320), dtype=np.uint8),
    "landscape": np.repeat(LANDSCAPE[None], 5, axis=0).astype(np.uint8),
    "uniform": np.full((5, 200, 200), 77, np.uint8),
    "black": np.zeros((3, 120, 160), np.uint8),
    "one pixel": np.full((4, 1, 1), 5, np.uint8),
    "ten pixels": np.random.default_rng(0).integers(0, 256, (4, 10, 10), dtype=np.uint8),
    "a line": np.full((2, 1, 500), 5, np.uint8),
    "colour": np.full((2, 30, 40, 3), 5, np.uint8),
}


@pytest.mark.parametrize("name", sorted(EMPTY))
@pytest.mark.parametrize("faces", ["largest", "all"])
def test_no_face_is_said_with_the_number_of_frames(name, faces):
    frames = EMPTY[name]
    with pytest.raises(NoFace, match=rf"of {len(frames)} frames searched"):
        crop(frames, faces=faces)


def test_frames_without_any_frame_are_refused():
    class Nothing:
        name, fps = "nothing.avi", None

        def iter_raw(self):
            return iter(())

    with pytest.raises(UnreadableClip, match="nothing"):
        crop_faces(Nothing())


@needs_clips
def test_settings_do_what_they_say():
    frames = frames_of("lbbc2a", 3)
    base = FaceSettings(size=64)
    for change in ({"eye_distance": 0.36}, {"eye_height": 0.4}, {"margin": 0.2}):
        settings = replace(base, **change)
        clip = crop_faces(open_frames(frames), settings)[0]
        targets = eye_targets(64, settings.eye_distance, settings.eye_height, settings.margin)
        pose = np.median([pose_of(e) for e in clip.eyes], axis=0)
        assert np.abs(apply(clip.transform[0], pose[:2]) - targets.mean(axis=0)).max() < 1.5
    box = crop_faces(open_frames(frames), replace(base, align="box", margin=0.1))[0]
    assert not box.eyes_found and box.transform[0, 0, 1] == 0
    assert 64 / scale_of(box.transform[0]) == pytest.approx(1.2 * box.boxes[0, 2], rel=0.05)
