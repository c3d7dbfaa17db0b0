"""Landmarks: the scheme, files of points, shapes, and the contract of the back ends."""

from __future__ import annotations

import io
import json
import sys
import types
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from landmark_material import drawn_points, small_model, small_regressor, unseen_crop, unseen_crops

from sttm.errors import InputError
from sttm.faces.geometry import apply, invert
from sttm.landmarks import LANDMARKS, landmarks_class
from sttm.landmarks.base import Landmarks, find_all
from sttm.landmarks.cells import Cells, channels
from sttm.landmarks.mesh import MESH
from sttm.landmarks.points import normalised_error, point_errors, read_points, write_points
from sttm.landmarks.regressor import ShapeRegressor
from sttm.landmarks.saved import fingerprint, load_regressor, save_regressor
from sttm.landmarks.scheme import MIRROR, PARTS, REGIONS, REST, eye_middles, lines, mirrored
from sttm.landmarks.shape import mean_shape, normal_frame, plausible_shapes, similarity

# scheme -------------------------------------------------------------------------------------------


def test_every_point_is_in_one_part_and_one_region():
    for parts in (PARTS, REGIONS):
        assert sorted(n for numbers in parts.values() for n in numbers) == list(range(68))


def test_the_mirror_image_of_the_mirror_image_is_the_face():
    assert (MIRROR[MIRROR] == np.arange(68)).all()
    face = np.random.default_rng(0).uniform(0, 100, (68, 2))
    assert np.allclose(mirrored(mirrored(face, 100), 100), face)


def test_parts_change_sides_in_the_mirror():
    for name in ("brow", "eye"):
        assert {MIRROR[n] for n in PARTS[f"left {name}"]} == set(PARTS[f"right {name}"])


def test_the_mean_face_is_symmetric_and_in_its_frame():
    assert np.allclose(REST, REST[MIRROR] * (-1, 1), atol=1.1e-3)
    assert np.allclose(eye_middles(REST), [[-0.5, 0], [0.5, 0]], atol=2e-3)
    assert {n for line in lines() for n in line} == set(range(68))


def test_the_mesh_names_different_points():
    assert len(MESH) == 68 == len(set(MESH)) and max(MESH) < 468


# files --------------------------------------------------------------------------------------------


def test_points_come_back_from_a_pts_file(tmp_path):
    face = np.random.default_rng(1).uniform(-5, 300, (68, 2)).round(3)
    path = write_points(face, tmp_path / "a.pts")
    assert np.allclose(read_points(path), face)
    assert path.read_text().splitlines()[3].split()[0] == f"{face[0, 0] + 1:.3f}"  # from 1


def test_ck_files_count_from_zero(tmp_path):
    path = tmp_path / "S005_001_00000001_landmarks.txt"
    path.write_text("".join(f"   {n:.7e}   {2 * n:.7e}\n" for n in range(68)))
    assert read_points(path)[3].tolist() == [3.0, 6.0]


HOSTILE = {
    "empty": b"",
    "short": b"1 2\n" * 67,
    "long": b"1 2\n" * 69,
    "words": b"1 two\n" * 68,
    "three numbers": b"1 2 3\n" * 68,
    "nan": b"nan 1\n" * 68,
    "infinite": b"1 1e999\n" * 68,
    "far": b"1 1e9\n" * 68,
    "binary": b"\xff\xfe\x00" * 100,
    "huge": b"1 2\n" * 40_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("suffix", ["pts", "txt"])
def test_hostile_files_of_points_are_refused_in_a_sentence(kind, suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(HOSTILE[kind])
    with pytest.raises(InputError, match=r"a\.(pts|txt)"):
        read_points(path)


def test_other_suffixes_and_missing_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.pts \(iBUG\)"):
        read_points(tmp_path / "a.csv")
    with pytest.raises(InputError, match="no file of points"):
        read_points(tmp_path / "a.pts")


def test_errors_are_over_the_outer_eye_corners():
    face = REST * 60 + 100
    across = np.hypot(*(face[45] - face[36]))
    assert normalised_error(face + np.array([3, 4]), face) == pytest.approx(5 / across)
    some = face.copy()
    some[:60] = np.nan  # could not be told: they do not count
    assert normalised_error(some, face) == 0 and np.isnan(point_errors(some, face)[:60]).all()
    with pytest.raises(InputError, match="outer eye corners"):
        normalised_error(face, np.zeros((68, 2)))


# shapes -------------------------------------------------------------------------------------------


@given(st.floats(-3, 3), st.floats(0.2, 5), st.floats(-50, 50), st.floats(-50, 50))
def test_the_similarity_between_a_face_and_its_image_is_found(angle, scale, x, y):
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    transform = np.array([[cos, -sin, x], [sin, cos, y]])
    assert np.allclose(similarity(REST, apply(transform, REST)), transform)


def test_a_mean_shape_does_not_depend_on_where_faces_were():
    shapes = np.stack([REST * (20 + n) + 10 * n for n in range(5)])
    assert np.allclose(mean_shape(shapes), apply(normal_frame(REST), REST))


def test_faces_are_plausible_and_scrambled_ones_are_not():
    points = [sample.read()[1] for sample in drawn_points().samples[:30]]
    known = plausible_shapes(np.stack(points), mean_shape(np.stack(points)))
    assert all(shape in known for shape in points)
    assert np.random.default_rng(0).permutation(points[0]) not in known
    assert points[0] * np.nan not in known


# cells --------------------------------------------------------------------------------------------


def test_channels_see_their_own_direction():
    """A ramp to the right is seen by the channel of 0 degrees and by no opposite one."""
    ramp = np.tile(np.arange(40, dtype=np.float32) * 3, (30, 1))
    maps = channels(ramp, Cells(orientations=4))[:, 15, 20]
    assert maps[0] == pytest.approx(6) and maps[1:] == pytest.approx([0, 0, 0], abs=1e-5)


# back ends ----------------------------------------------------------------------------------------


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y


def mediapipe_stand_in(monkeypatch):
    """A module with the part of MediaPipe 0.10.14's interface that is used; it sees REST."""
    module = types.ModuleType("mediapipe")
    mesh = [Point(0.0, 0.0)] * 478
    for number, (x, y) in zip(MESH, REST / 5 + 0.5, strict=True):
        mesh[number] = Point(float(x), float(y))

    class FaceMesh:
        def __init__(self, static_image_mode, max_num_faces):
            assert static_image_mode and max_num_faces == 1

        def process(self, picture):
            assert picture.ndim == 3 and picture.dtype == np.uint8
            face = types.SimpleNamespace(landmark=mesh)
            return types.SimpleNamespace(multi_face_landmarks=[face] if picture.std() > 1 else None)

    module.__version__ = "0.10.14"
    module.solutions = types.SimpleNamespace(face_mesh=types.SimpleNamespace(FaceMesh=FaceMesh))
    monkeypatch.setitem(sys.modules, "mediapipe", module)
    return module


def backend_of(name, monkeypatch):
    if name == "regressor":
        return small_regressor()
    if name == "mediapipe":
        mediapipe_stand_in(monkeypatch)
    return landmarks_class(name)()


FINDING = [name for name in LANDMARKS if name != "given"]  # its points come with the clips


@pytest.mark.parametrize("name", FINDING)
def test_a_back_end_gives_68_points_in_the_crop_and_repeats(name, monkeypatch):
    backend = backend_of(name, monkeypatch)
    grey, _ = unseen_crop()
    before = grey.copy()
    found = backend.find(grey)
    assert isinstance(backend, Landmarks) and found.shape == (68, 2)
    told = np.isfinite(found).all(axis=1)
    assert told[17:].mean() > 0.5 and (np.isnan(found).any(axis=1) == ~told).all()
    assert np.array_equal(backend.find(grey), found, equal_nan=True)
    assert (grey == before).all()


@pytest.mark.parametrize("name", FINDING)
@pytest.mark.parametrize("value", [0, 128, 255])
def test_nothing_is_found_in_a_blank_crop(name, value, monkeypatch):
    assert backend_of(name, monkeypatch).find(np.full((64, 64), value, np.uint8)) is None


@pytest.mark.parametrize("name", FINDING)
@pytest.mark.parametrize("shape", [(1, 1), (5, 200), (64, 64, 3)])
def test_what_is_no_crop_is_refused_in_a_sentence(name, shape, monkeypatch):
    with pytest.raises(InputError, match="grey crop"):
        backend_of(name, monkeypatch).find(np.zeros(shape, np.uint8))


@pytest.mark.parametrize("name", ["cascades", "regressor"])
def test_known_eyes_are_used(name, monkeypatch):
    grey, true = unseen_crop()
    found = backend_of(name, monkeypatch).find(grey, eye_middles(true))
    assert normalised_error(found, true) < 0.08


def test_unknown_back_ends_are_refused_with_a_hint():
    with pytest.raises(InputError, match="did you mean 'regressor'"):
        landmarks_class("regresor")


def test_given_points_are_not_found():
    with pytest.raises(InputError, match="come with a clip"):
        landmarks_class("given")().find(np.zeros((64, 64), np.uint8))


def test_mediapipe_points_lie_where_the_mesh_is(monkeypatch):
    mediapipe_stand_in(monkeypatch)
    backend = landmarks_class("mediapipe")()
    found = backend.find(unseen_crop()[0])
    # the crop of 128 has an edge of 32 about it: 192 pixels are the mesh's unit
    assert np.allclose(found, (REST / 5 + 0.5) * 192 - 0.5 - 32)


def test_a_mediapipe_that_is_missing_or_has_no_model_is_said(monkeypatch):
    module = mediapipe_stand_in(monkeypatch)
    del module.solutions
    with pytest.raises(InputError, match="carries no face model"):
        landmarks_class("mediapipe")()
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(InputError, match="need the package mediapipe"):
        landmarks_class("mediapipe")()


# the regressor ------------------------------------------------------------------------------------


def test_training_brings_points_nearer_than_the_mean_shape():
    """On a subject that was not learned from, over all its expressions."""
    model, found, starts = small_regressor(), [], []
    for grey, true in unseen_crops():
        start = apply(invert(normal_frame(true)), model.mean_)  # the mean, placed by true eyes
        starts.append(normalised_error(start, true))
        found.append(normalised_error(model.find(grey, eye_middles(true)), true))
    assert np.mean(found) < 0.75 * np.mean(starts)


def test_training_repeats_and_the_seed_matters():
    points = drawn_points()
    greys, shapes = zip(*[unseen_crop()] * 4, strict=True)
    quick = {"stages": 1, "starts": 2, "cells": 1, "orientations": 2}
    one, same, other = (
        fingerprint(*ShapeRegressor(**quick, random_state=seed).fit(greys, shapes).to_values())
        for seed in (0, 0, 1)
    )
    assert one == same != other and points.samples


def test_following_begins_from_the_frame_before():
    grey, _ = unseen_crop()
    model = small_regressor()
    clip = np.stack([np.roll(grey, shift, axis=1) for shift in (0, 1, 2)])
    found = find_all(model, clip)
    assert found.shape == (3, 68, 2)
    assert np.allclose(found[0], model.find(clip[0]))
    assert np.allclose(found[1], model.follow(clip[1], found[0]))


def test_a_lost_face_is_looked_for_anew():
    grey, _ = unseen_crop()
    model = small_regressor()
    clip = np.stack([grey, np.full_like(grey, 128), grey])
    found = find_all(model, clip)
    assert np.isfinite(found[[0, 2]]).all()


@pytest.mark.parametrize(
    ("settings", "word"),
    [({"stages": 0}, "stages"), ({"starts": 1.5}, "starts"), ({"ridge": 0}, "ridge")],
)
def test_impossible_settings_are_refused(settings, word):
    greys, shapes = zip(*[unseen_crop()] * 4, strict=True)
    with pytest.raises(InputError, match=word):
        ShapeRegressor(**settings).fit(greys, shapes)


def test_too_few_pictures_and_points_that_lack_are_refused():
    grey, true = unseen_crop()
    with pytest.raises(InputError, match="at least 4 pictures"):
        ShapeRegressor().fit([grey], [true])
    with pytest.raises(InputError, match="finite numbers"):
        ShapeRegressor().fit([grey] * 4, [true, true, true, true * np.nan])


def test_a_model_finds_the_same_after_its_file():
    grey, _ = unseen_crop()
    loaded = load_regressor(small_model())
    assert np.array_equal(loaded.find(grey), small_regressor().find(grey))
    assert fingerprint(*loaded.to_values()) == fingerprint(*small_regressor().to_values())
    assert loaded.about_["owners"] == drawn_points().owners[:2]


def changed(tmp_path, change):
    """The file of the small model with one part changed."""
    path = tmp_path / "changed.sttm-points"
    with zipfile.ZipFile(small_model()) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return path


def array(values):
    out = io.BytesIO()
    np.save(out, values, allow_pickle=True)
    return out.getvalue()


def head(content, **values):
    return json.dumps({**json.loads(content), **values}).encode()


DAMAGE = {
    "no head": lambda n, c: None if n.endswith(".json") else c,
    "no mapping": lambda n, c: b"[]" if n.endswith(".json") else c,
    "other kind": lambda n, c: head(c, kind="soup") if n.endswith(".json") else c,
    "newer": lambda n, c: head(c, format=99) if n.endswith(".json") else c,
    "unknown setting": lambda n, c: head(c, settings={"x": 1}) if n.endswith(".json") else c,
    "vast cells": lambda n, c: head(c, sizes=[1e9, 1e9]) if n.endswith(".json") else c,
    "cells of no size": lambda n, c: head(c, sizes=[0, 0]) if n.endswith(".json") else c,
    "no stage": lambda n, c: None if n == "stage1.npy" else c,
    "objects": lambda n, c: array(np.array([{}], object)) if n == "mean.npy" else c,
    "wrong shape": lambda n, c: array(np.zeros((3, 2))) if n == "stage0.npy" else c,
    "nan": lambda n, c: array(np.full((68, 2), np.nan)) if n == "mean.npy" else c,
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_foreign_and_damaged_models_are_refused_in_a_sentence(kind, tmp_path):
    with pytest.raises(InputError, match="no landmark model"):
        load_regressor(changed(tmp_path, DAMAGE[kind]))


def test_stages_that_lead_far_away_find_nothing_and_end():
    grey, _ = unseen_crop()
    values, arrays = small_regressor().to_values()
    rng = np.random.default_rng(0)
    wild = {
        name: np.float16(60000) * rng.choice([-1, 1], a.shape).astype(np.float16)
        for name, a in arrays.items()
        if name.startswith("stage")
    }
    assert ShapeRegressor.from_values(values, {**arrays, **wild}).find(grey) is None


def test_files_that_are_no_zip_and_missing_ones_are_refused(tmp_path):
    path = tmp_path / "a.sttm-points"
    with pytest.raises(InputError, match="sttm landmarks train"):
        load_regressor(path)
    path.write_bytes(b"soup")
    with pytest.raises(InputError, match="no landmark model"):
        load_regressor(path)
    assert save_regressor(small_regressor(), path) == path and load_regressor(path)
