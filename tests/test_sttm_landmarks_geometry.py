"""Geometry: its measures as properties, and the contract of descriptors on faces with points."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from landmark_material import small_model, unseen_crop, unseen_crops
from sklearn.base import clone
from test_sttm_landmarks import mediapipe_stand_in

from recognizer.bundle import Bundle, load_bundle, save_bundle
from sttm.descriptors import build, measuring_of, spec_of
from sttm.descriptors.concatenation import Concatenation
from sttm.descriptors.geometry import Geometry
from sttm.descriptors.still import StaticHOG
from sttm.errors import InputError
from sttm.extract import Job, Recipe, extract, identify, measure_clip
from sttm.faces import FaceSettings
from sttm.faces.geometry import apply
from sttm.landmarks.measures import GROUPS, MEASURES, measures_of, needed_points, take_measures
from sttm.landmarks.points import write_points
from sttm.landmarks.scheme import REST, mirrored
from sttm.store import Store
from sttm.temporal import TimeSettings

WHOLE = Recipe(Geometry(landmarks="given"), FaceSettings(finder="whole", align="box", size=48))


def face(seed=0, frames=4):
    """A lopsided face that moves, (t, 68, 2)."""
    rng = np.random.default_rng(seed)
    return REST * 40 + 60 + rng.normal(0, 1.0, (frames, 68, 2))


BLANK = np.zeros((4, 64, 64), np.uint8)


# measures -----------------------------------------------------------------------------------------


@given(st.floats(-3.1, 3.1), st.floats(0.3, 4), st.floats(-90, 90))
def test_place_size_and_lean_of_the_face_make_no_difference(angle, scale, x):
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    points = face()
    moved = apply(np.array([[cos, -sin, x], [sin, cos, -x]]), points)
    assert np.allclose(take_measures(points, MEASURES), take_measures(moved, MEASURES), atol=1e-6)


def test_the_mirror_image_exchanges_left_and_right():
    values = dict(zip([m.name for m in MEASURES], take_measures(face(), MEASURES).T, strict=True))
    other = take_measures(mirrored(face(), 120), MEASURES).T
    sided = 0
    for measure, column in zip(MEASURES, other, strict=True):
        swapped = measure.name.replace("left", "R").replace("right", "left").replace("R", "right")
        sided += swapped != measure.name
        assert np.allclose(values[swapped], column), measure.name
    assert sided >= 20


def test_measures_of_a_face_that_is_known():
    points = REST[None].copy()
    points[0, [48, 54]] = [[-0.4, 1.0], [0.4, 1.0]]
    points[0, [62, 66]] = [[0.0, 1.1], [0.0, 1.3]]
    points[0, 36:42] = [[-0.7, 0], [-0.6, -0.1], [-0.4, -0.1], [-0.3, 0], [-0.4, 0.1], [-0.6, 0.1]]
    points[0, 42:48] = points[0, 36:42] + [1.0, 0.0]
    said = dict(zip([m.name for m in MEASURES], take_measures(points, MEASURES)[0], strict=True))
    assert said["mouth.width"] == pytest.approx(0.8)
    assert said["mouth.opening"] == pytest.approx(0.2)
    assert said["mouth.left-corner-lift"] == pytest.approx(0.2)  # above the middle: a smile
    assert said["eyes.left-opening"] == pytest.approx(0.2)
    assert said["eyes.left-opening-width"] == pytest.approx(0.5)
    assert said["eyes.right-area"] == pytest.approx(0.06)
    assert said["brows.left-angle"] == pytest.approx(said["brows.right-angle"])


def test_names_are_different_and_every_group_has_some():
    assert len({m.name for m in MEASURES}) == len(MEASURES) > 40
    assert {m.group for m in MEASURES} == set(GROUPS)
    assert all(m.what and m.unit and set(m.numbers) <= set(range(68)) for m in MEASURES)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_looks_only_at_the_points_that_it_names(group):
    measures = measures_of([group])
    blind = np.full((2, 68, 2), np.nan)
    needed = needed_points(measures)
    blind[:, needed] = face(frames=2)[:, needed]
    assert np.isfinite(take_measures(blind, measures)).all()


# columns ------------------------------------------------------------------------------------------


def test_columns_are_value_change_and_range():
    points = face(frames=5)
    geometry = Geometry(landmarks="given", groups=["mouth"], frame="middle")
    row = geometry.measure(np.zeros((5, 64, 64), np.uint8), points).reshape(-1, 3)
    values = take_measures(points, measures_of(["mouth"]))
    assert np.allclose(row[:, 0], values[2], atol=1e-4)
    assert np.allclose(row[:, 1], values[2] - values[0], atol=1e-4)
    assert np.allclose(row[:, 2], np.ptp(values, axis=0), atol=1e-4)
    assert len(geometry.places()) == row.size
    still = Geometry(landmarks="given", groups=["mouth"], frame="middle", change=False)
    assert np.array_equal(still.measure(np.zeros((5, 64, 64), np.uint8), points), row[:, 0])


def test_places_say_name_unit_and_time():
    geometry = Geometry()
    for place in geometry.places():
        assert geometry.locate(place.name) == place
        assert place.name.startswith(place.block) and place.name.endswith(f"{place.bin:02d}")
        assert " in " in place.meaning or "ratio" in place.meaning
    assert geometry.locate("mouth.width.b01").t == (0.0, 1.0)


def test_one_frame_changes_nothing():
    row = Geometry(landmarks="given").measure(BLANK[:1], face(frames=1)).reshape(-1, 3)
    assert (row[:, 1:] == 0).all() and np.isfinite(row).all()


def test_a_gap_is_filled_and_a_large_one_refused_by_the_part():
    points = face(frames=8)
    gap = points.copy()
    gap[3, 50:60] = np.nan
    gap[0] = np.nan
    geometry = Geometry(landmarks="given", groups=["mouth"])
    clip = np.zeros((8, 64, 64), np.uint8)
    assert np.isfinite(geometry.measure(clip, gap)).all()
    gap[1:5, 48:60] = np.nan
    with pytest.raises(InputError, match="outer lips"):
        geometry.measure(clip, gap)
    eyes = Geometry(landmarks="given", groups=["eyes"])
    assert np.isfinite(eyes.measure(clip, gap)).all()  # which that group does not look at


@pytest.mark.parametrize("shape", [(3, 68, 2), (4, 67, 2), (68, 2)])
def test_points_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match="must have shape"):
        Geometry(landmarks="given").measure(BLANK, np.zeros(shape))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"landmarks": "regresor"}, "did you mean 'regressor'"),
        ({"landmarks": "regressor"}, "sttm landmarks train"),
        ({"landmarks": "regressor", "model": "no/such.sttm-points"}, "no landmark model"),
        ({"landmarks": "cascades", "model": "x"}, "use no model"),
        ({"groups": ["moth"]}, "did you mean 'mouth'"),
        ({"groups": []}, "at least one group"),
        ({"landmarks": "given"}, "clip's own points"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(options, word):
    with pytest.raises(InputError, match=word):
        Geometry(**options).measure(BLANK)


def test_a_clip_without_a_face_is_refused_in_a_sentence():
    with pytest.raises(InputError, match=r"could not tell .* in 4 of 4 frames"):
        Geometry().measure(BLANK + 128)


# models -------------------------------------------------------------------------------------------


def crop_clip_of_a_face():
    return np.stack([unseen_crop()[0]] * 3)


def learned(path=None):
    return Geometry(landmarks="regressor", model=str(path or small_model()))


@pytest.mark.parametrize("name", ["cascades", "regressor", "mediapipe"])
def test_found_points_are_measured_and_repeat(name, monkeypatch):
    mediapipe_stand_in(monkeypatch)
    geometry = learned() if name == "regressor" else Geometry(landmarks=name)
    clip = crop_clip_of_a_face()
    row = geometry.measure(clip)
    assert row.dtype == np.float32 and np.isfinite(row).all()
    assert np.array_equal(row, clone(geometry).measure(clip))
    found = geometry.points(clip)
    assert found.shape == (3, 68, 2)
    assert np.allclose(row, geometry.measure_points(clip, found), atol=1e-4)
    assert build(spec_of(geometry)).get_params() == geometry.get_params()


def test_the_key_holds_what_is_in_the_model_and_not_where_it_lies(tmp_path):
    copy = shutil.copy(small_model(), tmp_path / "copy.sttm-points")
    assert measuring_of(learned()) == measuring_of(learned(copy))
    assert str(tmp_path) not in str(measuring_of(learned(copy)))
    fitted = learned(copy).fit([crop_clip_of_a_face()])
    assert measuring_of(fitted) == measuring_of(learned(copy))


@pytest.mark.parametrize(
    "other",
    [{"groups": ["eyes"]}, {"frame": "first"}, {"change": False}, {"landmarks": "given"}],
)
def test_every_option_is_in_the_key(other):
    assert measuring_of(Geometry()) != measuring_of(Geometry(**other))


def test_a_fitted_geometry_measures_when_the_file_is_gone(tmp_path):
    path = shutil.copy(small_model(), tmp_path / "gone.sttm-points")
    clip = crop_clip_of_a_face()
    alone = learned(path).fit([clip])
    both = Concatenation([("g", learned(path)), ("h", StaticHOG(grid=(1, 3, 3)))]).fit([clip])
    before = alone.measure(clip), both.measure(clip)
    path.unlink()
    for fitted, row in zip((alone, both), before, strict=True):
        data = skops.io.dumps(fitted)
        foreign = skops.io.get_untrusted_types(data=data)
        assert all(kind.startswith("sttm.") for kind in foreign)
        loaded = skops.io.loads(data, trusted=foreign)
        assert np.array_equal(loaded.measure(clip), row)
        assert not loaded.learns
    with pytest.raises(InputError, match="no landmark model"):
        learned(path).measure(clip)


def test_a_bundle_needs_no_second_file(tmp_path):
    from sklearn.linear_model import LogisticRegression

    path = shutil.copy(small_model(), tmp_path / "gone.sttm-points")
    clips = [np.stack([grey] * 2) for grey, _ in unseen_crops()[:4]]
    both = Concatenation([("g", learned(path)), ("h", StaticHOG(grid=(1, 3, 3)))])
    encoder = both.encoder().fit(both.measure_all(clips))
    X = encoder.transform(encoder.descriptor_.measure_all(clips))
    model = LogisticRegression().fit(X, ["a", "b", "a", "b"])
    bundle = Bundle(encoder, model, FaceSettings(), TimeSettings())
    save_bundle(bundle, tmp_path / "b.sttm")
    path.unlink()
    loaded = load_bundle(tmp_path / "b.sttm")
    row = loaded.recipe.descriptor.measure(clips[0])
    assert np.array_equal(row, bundle.recipe.descriptor.measure(clips[0]))


# given points, from disk to measures --------------------------------------------------------------


def clip_on_disk(folder, frames=6):
    rng = np.random.default_rng(0)
    np.save(folder / "c.npy", rng.integers(0, 255, (frames, 96, 96)).astype(np.uint8))
    points = face(1, frames)
    (folder / "points").mkdir()
    for number, shape in enumerate(points):
        write_points(shape, folder / "points" / f"c_{number + 1}.pts")
    return Job("c", folder / "c.npy", landmarks=folder / "points"), points


def test_given_points_go_through_the_crop_and_to_length(tmp_path):
    job, points = clip_on_disk(tmp_path)
    time = TimeSettings(frames=3)
    (row,) = measure_clip(job, Recipe(WHOLE.descriptor, WHOLE.faces, time))
    middle = (points[2] + points[3]) / 2  # frame 2.5 of 0 to 5
    wanted = WHOLE.descriptor.measure(BLANK[:3], np.stack([points[0], middle, points[5]]))
    assert np.allclose(row.measures, wanted, atol=0.05)  # degrees; files keep three decimals


def test_stored_crops_give_the_same_and_new_points_another_key(tmp_path):
    job, _ = clip_on_disk(tmp_path)
    store = Store(tmp_path / "store", crops=True)
    both = Recipe(StaticHOG(grid=(1, 3, 3)), WHOLE.faces, WHOLE.time)
    measure_clip(job, both, store)  # keeps the crops
    (kept,) = measure_clip(job, WHOLE, store)
    (fresh,) = measure_clip(job, WHOLE)
    assert np.array_equal(kept.measures, fresh.measures)
    before = identify(job, WHOLE), identify(job, both)
    write_points(face(7)[0], tmp_path / "points" / "c_1.pts")
    after = identify(job, WHOLE), identify(job, both)
    assert before[0].measures != after[0].measures
    assert before[1] == after[1]  # a descriptor that looks at no points keeps its measures


def test_a_clips_table_names_the_place_below_the_root(tmp_path):
    import pandas as pd

    clip_on_disk(tmp_path)
    table = pd.DataFrame({"clip": ["c", "d"], "source": ["c.npy"] * 2, "landmarks": ["points", ""]})
    done = extract(table, WHOLE, root=tmp_path)
    assert done.clips == ["c"]
    assert "column 'landmarks'" in done.skipped["reason"].iloc[0]


def test_part_of_a_source_takes_its_part_of_the_points(tmp_path):
    job, points = clip_on_disk(tmp_path)
    part = Job("c", job.source, 2, 4, landmarks=job.landmarks)
    (row,) = measure_clip(part, Recipe(WHOLE.descriptor, WHOLE.faces, TimeSettings("none")))
    wanted = WHOLE.descriptor.measure(BLANK[:3], points[2:5])
    assert np.allclose(row.measures, wanted, atol=0.05)  # degrees; files keep three decimals


def test_too_few_files_of_points_are_said(tmp_path):
    job, _ = clip_on_disk(tmp_path)
    (tmp_path / "points" / "c_3.pts").unlink()
    (row,) = measure_clip(job, WHOLE)
    assert row.measures is None and "has 5" in row.reason
