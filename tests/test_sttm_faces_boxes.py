"""Boxes from tables, settings and illumination: what is accepted, what is refused."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttm.errors import InputError, NoFace
from sttm.faces import FaceSettings, boxes_from, boxes_of, crop_faces, read_boxes
from sttm.faces import settings as choices
from sttm.faces.boxes import GivenBoxes
from sttm.faces.finders import IMAGE_FINDERS
from sttm.faces.geometry import apply, eye_targets
from sttm.faces.light import LIGHTS
from sttm.frames import open_frames

BOX = FaceSettings(align="box", size=32)


def noise(count=6, shape=(60, 80), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), dtype=np.uint8)


def test_boxes_are_interpolated_and_stay_at_the_ends():
    table = pd.DataFrame(
        {"frame": [4, 2], "x": [20, 10], "y": [0, 0], "w": [10, 10], "h": [10, 30]}
    )
    boxes = GivenBoxes(table)
    assert boxes.at(0).box.tolist() == boxes.at(2).box.tolist() == [10, 0, 10, 30]
    assert boxes.at(3).box.tolist() == [15, 0, 10, 20]
    assert boxes.at(9).box.tolist() == [20, 0, 10, 10]


def test_one_box_for_the_whole_clip_in_every_form(tmp_path):
    path = tmp_path / "boxes.csv"
    path.write_text("clip,x,y,w,h\n007,10,12,32,32\nb,1,1,5,5\n")
    mine = boxes_of(read_boxes(path), "007")
    frames = noise()
    crops = [
        crop_faces(open_frames(frames), BOX, boxes)[0]
        for boxes in (mine, [10, 12, 32, 32], np.array([[10, 12, 32, 32]] * 6))
    ]
    for crop in crops:
        assert np.array_equal(crop.volume, frames[:, 12:44, 10:42])
        assert crop.boxes.tolist() == [[10, 12, 32, 32]] * 6
        assert crop.seen == 1 and not crop.eyes_found and np.isnan(crop.eyes).all()


def test_a_moving_crop_follows_the_table():
    frames = noise(9)
    boxes = np.array([[3 * i, i, 32, 32] for i in range(9)])
    settings = replace(BOX, crop="moving", key_every=1)
    volume = crop_faces(open_frames(frames), settings, boxes)[0].volume
    for i, crop in enumerate(volume):
        assert np.array_equal(crop, frames[i, i : i + 32, 3 * i : 3 * i + 32])


@pytest.mark.parametrize("lean", [0.0, 9.0])
def test_eyes_in_the_table_are_taken_as_they_are(lean):
    row = {"x": 10, "y": 10, "w": 40, "h": 40}
    row |= {"left_x": 22.0, "left_y": 25.0, "right_x": 38.0, "right_y": 25.0 + lean}
    clip = crop_faces(open_frames(noise()), FaceSettings(), pd.DataFrame([row]))[0]
    assert clip.eyes_found and np.allclose(clip.eyes[3], [[22, 25], [38, 25 + lean]])
    assert np.allclose(apply(clip.transform[0], clip.eyes[0]), eye_targets(128, 0.46, 0.34, 0))


def test_a_box_partly_outside_goes_on_with_edge_pixels():
    frames = noise()
    volume = crop_faces(open_frames(frames), BOX, [-16, 10, 32, 32])[0].volume
    assert np.array_equal(volume[:, :, 16:], frames[:, 10:42, :16])
    assert (volume[:, :, :16] == frames[:, 10:42, :1]).all()


def test_a_box_wholly_outside_is_no_face():
    with pytest.raises(NoFace, match="inside the picture"):
        crop_faces(open_frames(noise()), BOX, [500, 500, 32, 32])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"x": [1], "y": [1], "w": [1]}, "h is not among"),
        ({"x": [1], "y": [1], "w": [0], "h": [3]}, "above 0"),
        ({"x": ["a"], "y": [1], "w": [2], "h": [3]}, "must be numbers"),
        ({"x": [1], "y": [1], "w": [2], "h": [3], "frame": [-1]}, "whole number"),
        ({"x": [1, 1], "y": [1, 1], "w": [2, 2], "h": [3, 3], "frame": [4, 4]}, "frame 4 two"),
        ({"x": [1, 1], "y": [1, 1], "w": [2, 2], "h": [3, 3], "clip": ["a", "b"]}, "several"),
        ({"x": [], "y": [], "w": [], "h": []}, "at least one row"),
    ],
)
def test_bad_tables_are_refused_in_a_sentence(table, words):
    with pytest.raises(InputError, match=words):
        GivenBoxes(pd.DataFrame(table))


@pytest.mark.parametrize("boxes", [3, "nowhere.csv", [1, 2, 3], [[1, 2, 3, 0]], object()])
def test_other_boxes_are_refused(boxes):
    with pytest.raises(InputError):
        crop_faces(open_frames(noise()), BOX, boxes)


def test_a_clip_that_the_table_lacks_is_named():
    table = pd.DataFrame({"clip": ["a"], "x": [1], "y": [1], "w": [2], "h": [2]})
    with pytest.raises(InputError, match="'b'"):
        boxes_of(table, "b")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"crop": "stabel"}, "did you mean 'stable'"),
        ({"finder": "viola"}, "did you mean 'viola-jones'"),
        ({"light": "tan"}, "tan-triggs"),
        ({"cascade": "alt3"}, "did you mean"),
        ({"size": 3}, "8 to 2048"),
        ({"size": 64.0}, "whole number"),
        ({"size": True}, "whole number"),
        ({"key_every": 0}, "from 1"),
        ({"margin": float("nan")}, "number from"),
        ({"margin": "1"}, "number from"),
        ({"finder": "yunet"}, "ONNX file"),
        ({"eye_distanse": 0.4}, "did you mean 'eye_distance'"),
    ],
)
def test_wrong_settings_are_refused(wrong, words):
    with pytest.raises(InputError, match=words):
        FaceSettings.from_dict(wrong)


def test_settings_survive_as_plain_values():
    settings = FaceSettings(size=96, crop="moving", margin=0.1)
    assert FaceSettings.from_dict(settings.to_dict()) == settings
    assert len({settings, FaceSettings(size=96, crop="moving", margin=0.1)}) == 1


def test_the_lists_of_names_are_the_dictionaries():
    assert set(choices.FINDER_NAMES) == {*IMAGE_FINDERS, "boxes", "whole"}
    assert set(choices.LIGHT_NAMES) == set(LIGHTS)


def test_yunet_and_boxes_say_what_they_need(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    for model in ("nowhere.onnx", str(broken)):
        with pytest.raises(InputError, match="ONNX file"):
            crop_faces(open_frames(noise()), FaceSettings(finder="yunet", model=model))
    with pytest.raises(InputError, match="give a table"):
        crop_faces(open_frames(noise()), FaceSettings(finder="boxes"))


@pytest.mark.parametrize("name", sorted(LIGHTS))
class TestLight:
    def test_shape_type_and_input_left_alone(self, name):
        volume = noise(3, (24, 24))
        before = volume.copy()
        out = LIGHTS[name](volume, FaceSettings(light=name))
        assert out.shape == volume.shape and out.dtype == np.uint8
        assert np.array_equal(volume, before)

    def test_a_still_clip_stays_still(self, name):
        volume = np.repeat(noise(1, (24, 24)), 4, axis=0)
        out = LIGHTS[name](volume, FaceSettings(light=name))
        assert (out == out[0]).all()

    def test_a_flat_clip_stays_flat(self, name):
        for level in (0, 90, 255):
            volume = np.full((2, 32, 32), level, np.uint8)
            assert np.ptp(LIGHTS[name](volume, FaceSettings(light=name))) == 0


@given(st.floats(0.4, 2.5))
def test_equalising_undoes_a_change_of_gamma(power):
    ramp = np.linspace(60, 200, 24 * 24).reshape(1, 24, 24)
    volume = np.rint(ramp).astype(np.uint8)
    other = np.rint(255 * (ramp / 255) ** power).astype(np.uint8)
    even, other = (LIGHTS["equalise"](v, FaceSettings()).astype(int) for v in (volume, other))
    assert np.abs(even - other).max() <= 12 and even.min() == 0 and even.max() == 255


def test_tan_triggs_removes_slow_shading():
    texture = noise(1, (48, 48)).astype(float) * 0.3 + 60
    shade = np.linspace(0.6, 1.6, 48)
    flat, shaded = (np.rint(v).astype(np.uint8) for v in (texture, texture * shade))
    before = np.corrcoef(flat.ravel(), shaded.ravel())[0, 1]
    flat, shaded = (LIGHTS["tan-triggs"](v, FaceSettings()) for v in (flat, shaded))
    assert before < 0.8 < 0.97 < np.corrcoef(flat.ravel(), shaded.ravel())[0, 1]


def test_settings_can_be_read_without_opencv():
    code = "import sys, sttm.faces; sttm.faces.FaceSettings(); assert 'cv2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


numbers = st.integers(0, 60)


@given(st.sets(numbers, min_size=1, max_size=6), numbers, st.sampled_from(["no", "all", "some"]))
def test_boxes_from_a_later_frame_are_the_boxes_of_those_frames(frames, start, eyes):
    random = np.random.default_rng(start)
    table = pd.DataFrame(random.uniform(1, 90, (len(frames), 4)), columns=["x", "y", "w", "h"])
    table = table.assign(clip="c", frame=random.permutation(sorted(frames)), note="n")
    if eyes != "no":
        table[["left_x", "left_y", "right_x", "right_y"]] = random.uniform(0, 9, (len(frames), 4))
    if eyes == "some":
        table.loc[0, "left_x"] = np.nan
    later = boxes_from(table, start)
    assert later["frame"].min() == (0 if start else min(frames)) and set(later["clip"]) == {"c"}
    whole, moved = GivenBoxes(table), GivenBoxes(later)
    for frame in (0, 1, 5, 59):
        before, after = whole.at(start + frame), moved.at(frame)
        np.testing.assert_allclose(after.box, before.box, rtol=1e-9)
        assert (after.eyes is None) == (before.eyes is None) == (eyes != "all")
        if before.eyes is not None:
            np.testing.assert_allclose(after.eyes, before.eyes, rtol=1e-9)


def test_a_box_of_the_whole_clip_holds_from_any_frame():
    table = pd.DataFrame({"x": [1.0], "y": [2.0], "w": [3.0], "h": [4.0]})
    pd.testing.assert_frame_equal(boxes_from(table, 7), table)
