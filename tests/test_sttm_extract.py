"""Many clips to measures: nothing lost, nothing twice, each failure named, the rest goes on."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest
from drawn_material import drawn
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from killers import SuicidalDescriptor

from sttm import (
    STTM,
    Concatenation,
    FaceSettings,
    InputError,
    StaticHOG,
    TimeSettings,
    parallel,
    resample,
)
from sttm import descriptors as descriptor_list
from sttm import extract as extraction
from sttm import measure as measuring
from sttm.crops import pack, unpack
from sttm.descriptors import measuring_of
from sttm.extract import Job, Recipe, crop_clip, extract, identify, jobs_of, measure_clip
from sttm.extract import _collect as COLLECT
from sttm.faces import crop_faces
from sttm.frames import open_frames
from sttm.store import Store, content_digest
from sttm.temporal import apply_time

WHOLE = FaceSettings(size=24, finder="whole", align="box")
SMALL = STTM(grid=(1, 2, 2), azimuths=4, normalisation="l1")
QUICK = Recipe(SMALL, WHOLE, TimeSettings(frames=6))


def volumes(count=5, seed=0, frames=6):
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (frames, 24, 24), dtype=np.uint8) for _ in range(count)]


@pytest.fixture
def clips(tmp_path):
    """Five small clips without faces to find, as .npy files."""
    place = tmp_path / "clips"
    place.mkdir()
    for number, volume in enumerate(volumes()):
        np.save(place / f"c{number}.npy", volume)
    return place


def table(place, **columns):
    names = sorted(p.name for p in place.iterdir())
    return pd.DataFrame({"clip": [n.split(".")[0] for n in names], "source": names, **columns})


# what comes out ---------------------------------------------------------------------------------


def test_measures_are_those_of_the_parts_by_hand(clips):
    done = extract(table(clips), QUICK, root=clips)
    assert done.clips == ["c0", "c1", "c2", "c3", "c4"] and done.computed == 5
    for row, volume in zip(done.measures, volumes(), strict=True):
        np.testing.assert_array_equal(row, SMALL.measure(volume))
    assert done.info["frames"].tolist() == [6] * 5
    assert done.info["source"].tolist() == [str(clips / f"c{i}.npy") for i in range(5)]
    assert done.skipped.empty and done.losses == []
    assert done.mean_face.shape == (24, 24)


def test_a_face_is_found_cropped_and_measured_as_by_hand():
    folder, known, _ = drawn()
    recipe = Recipe(SMALL, FaceSettings(size=48), TimeSettings(frames=8))
    done = extract(known.head(2), recipe, root=folder)
    with open_frames(folder / known["source"][0], first=0, last=11) as frames:
        (face,) = crop_faces(frames, FaceSettings(size=48))
    np.testing.assert_array_equal(done.measures[0], SMALL.measure(resample(face.volume, 8)))
    assert done.info["eyes_found"].tolist() == [True, True]
    assert done.info["frames_used"].tolist() == [8, 8]


def test_the_features_table_is_fitted_on_all_clips(clips):
    descriptor = STTM(coding="root", grid=(1, 2, 2), bins=4, normalisation="l1")
    recipe = Recipe(descriptor, WHOLE, TimeSettings(frames=6))
    features = extract(table(clips), recipe, root=clips).features(descriptor)
    expected = STTM(coding="root", grid=(1, 2, 2), bins=4, normalisation="l1").fit(volumes())
    np.testing.assert_array_equal(
        features.drop(columns="clip").to_numpy(), expected.transform(volumes())
    )
    assert list(features.columns[1:]) == list(descriptor.get_feature_names_out())
    assert features["clip"].tolist() == ["c0", "c1", "c2", "c3", "c4"]


def test_stretches_are_frames_of_the_source(clips):
    rows = table(clips, first=[0, 1, 2, None, 4], last=[5, 5, 4, 2, None])
    done = extract(rows, QUICK, root=clips)
    lengths = [6, 5, 3, 3, 2]
    assert done.info["frames"].tolist() == lengths


def test_one_worker_and_two_give_the_same(clips, monkeypatch):
    one = extract(table(clips), QUICK, root=clips)
    monkeypatch.setattr(parallel, "ALONE", -1.0)
    monkeypatch.setattr(parallel, "WORTH", -1.0)
    two = extract(table(clips), QUICK, root=clips, jobs=2)
    assert one.clips == two.clips
    assert one.measures.tobytes() == two.measures.tobytes()
    assert one.mean_face.tobytes() == two.mean_face.tobytes()


def test_progress_names_every_clip_and_counts_to_the_end(clips):
    said = []
    extract(table(clips), QUICK, root=clips, progress=lambda *what: said.append(what))
    assert [(done, total) for _, done, total in said] == [(i, 5) for i in range(1, 6)]
    assert {name for name, _, _ in said} == {f"c{i}" for i in range(5)}


def test_all_faces_become_rows_of_their_own(tmp_path):
    folder, known, _ = drawn()
    clips = []
    for source in known["source"][[0, 7]]:
        with open_frames(folder / source) as frames:
            clips.append(np.stack(list(frames)))
    (tmp_path / "clips").mkdir()
    np.save(tmp_path / "clips" / "two.npy", np.concatenate(clips, axis=2))
    recipe = Recipe(SMALL, FaceSettings(size=48, faces="all"), TimeSettings(frames=6))
    store = Store(tmp_path / "store")
    for _ in range(2):
        done = extract(table(tmp_path / "clips"), recipe, root=tmp_path / "clips", store=store)
        assert done.clips == ["two", "two@2"]
        assert not np.array_equal(*done.measures)


# what is left out -------------------------------------------------------------------------------


def broken(place):
    """Clips that cannot be used, each with words of the reason."""
    (place / "empty.mp4").touch()
    yield "empty.mp4", "is empty"
    (place / "text.mp4").write_text("this is no video")
    yield "text.mp4", "no frame|readable video|can decode"
    np.save(place / "nan.npy", np.full((6, 24, 24), np.nan))
    yield "nan.npy", "NaN|finite"
    np.save(place / "one.npy", np.zeros((1, 24, 24), np.uint8))
    yield "one.npy", "at least 2 frames"
    np.save(place / "none.npy", np.zeros((0, 24, 24), np.uint8))
    yield "none.npy", "at least one frame"
    yield "absent.avi", "No such file"


def test_clips_that_cannot_be_used_are_named_and_the_rest_goes_on(clips):
    bad = dict(broken(clips))
    rows = table(clips)
    rows.loc[len(rows)] = ["absent", "absent.avi"]
    done = extract(rows, QUICK, root=clips)
    assert done.clips == [f"c{i}" for i in range(5)]
    reasons = dict(done.skipped.itertuples(index=False))
    assert set(reasons) == {n.split(".")[0] for n in bad}
    for name, words in bad.items():
        assert re.search(words, reasons[name.split(".")[0]]), reasons
        assert name.split(".")[0] in reasons[name.split(".")[0]] or "frames" in words


def test_a_clip_without_a_face_is_named(clips):
    recipe = Recipe(SMALL, FaceSettings(size=24), TimeSettings(frames=6))
    done = extract(table(clips), recipe, root=clips)
    assert done.clips == [] and len(done.skipped) == 5
    assert done.skipped["reason"].str.contains("no face was found").all()
    with pytest.raises(InputError, match="no clip could be measured"):
        done.features(SMALL)


def changed(monkeypatch, number, change):
    """Change what the clip of that number measures."""
    plain = STTM.measure_volume

    def measure(self, volume):
        row = plain(self, volume)
        return change(row) if (volume[0] == volumes()[number][0]).all() else row

    monkeypatch.setattr(STTM, "measure_volume", measure)


def test_a_surprise_in_one_clip_does_not_end_the_batch(clips, monkeypatch):
    def fail(row):
        raise IndexError("a bug\nwith lines")

    changed(monkeypatch, 2, fail)
    done = extract(table(clips), QUICK, root=clips)
    assert done.clips == ["c0", "c1", "c3", "c4"]
    (reason,) = done.skipped["reason"]
    assert reason.endswith("c2.npy could not be measured (IndexError: a bug with lines).")


def test_measures_that_are_not_finite_cost_one_clip(clips, monkeypatch):
    changed(monkeypatch, 1, lambda row: row * np.nan)
    done = extract(table(clips), QUICK, root=clips)
    assert done.skipped["clip"].tolist() == ["c1"]
    assert "not finite" in done.skipped["reason"][0]


def test_lost_frames_are_said(tmp_path):
    folder, known, _ = drawn()
    raw = (folder / known["source"][0]).read_bytes()
    (tmp_path / "cut.avi").write_bytes(raw[: len(raw) // 2])
    recipe = Recipe(SMALL, FaceSettings(size=48), TimeSettings(frames=6))
    done = extract(table(tmp_path), recipe, root=tmp_path)
    assert done.clips == ["cut"]
    used, lost = int(done.info["frames"][0]), int(done.info["lost"][0])
    assert 2 <= used < 12 and lost > 0
    assert done.losses == [
        f"cut: {lost} announced frames could not be decoded; the {used} before them were used"
    ]


# the store --------------------------------------------------------------------------------------


def test_the_second_time_nothing_is_computed(clips, tmp_path):
    store = Store(tmp_path / "store")
    first = extract(table(clips), QUICK, root=clips, store=store)
    second = extract(table(clips), QUICK, root=clips, store=store)
    assert (first.computed, second.computed) == (5, 0)
    assert first.measures.tobytes() == second.measures.tobytes()
    assert first.mean_face.tobytes() == second.mean_face.tobytes()
    pd.testing.assert_frame_equal(first.info, second.info)


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (lambda r: Recipe(SMALL, WHOLE, TimeSettings(frames=7)), 5),
        (lambda r: Recipe(SMALL, WHOLE, TimeSettings(mode="none")), 5),
        (lambda r: Recipe(STTM(grid=(1, 2, 3), azimuths=4), WHOLE, r.time), 5),
        (lambda r: Recipe(StaticHOG(), WHOLE, r.time), 5),
        (lambda r: Recipe(STTM(**{**SMALL.get_params(), "k": 0.01}), WHOLE, r.time), 5),
        (lambda r: Recipe(Concatenation([("a", SMALL), ("b", StaticHOG())]), WHOLE, r.time), 5),
        (lambda r: Recipe(Concatenation([("a", SMALL)]), WHOLE, r.time), 0),
        (lambda r: Recipe(STTM(**{**SMALL.get_params(), "bins": 5}), WHOLE, r.time), 0),
        (lambda r: Recipe(STTM(grid=[1, 2, 2], azimuths=4), WHOLE, r.time), 0),
        (lambda r: Recipe(SMALL, FaceSettings(**{**r.faces.to_dict(), "size": 32}), r.time), 5),
        (lambda r: Recipe(STTM(**SMALL.get_params()), WHOLE, TimeSettings(frames=6)), 0),
    ],
    ids=[
        "frames",
        "mode",
        "grid",
        "descriptor",
        "k",
        "concatenation",
        "alone-in-one",
        "bins",
        "normalisation",
        "crop",
        "nothing",
    ],
)
def test_a_changed_setting_is_computed_anew(change, new, clips, tmp_path):
    store = Store(tmp_path / "store")
    extract(table(clips), QUICK, root=clips, store=store)
    assert extract(table(clips), change(QUICK), root=clips, store=store).computed == new


@pytest.fixture
def worked(monkeypatch):
    """The names of what was called: crop_clip, and the classes whose clips were measured."""
    called = []

    def noted(owner, name, label):
        plain = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, **k: called.append(label) or plain(*a, **k))

    noted(measuring, "crop_clip", "crop")
    noted(STTM, "measure_volume", "sttm")
    noted(StaticHOG, "measure_volume", "hog")
    return called


def test_options_of_encoding_measure_nothing_again(clips, tmp_path, worked):
    store = Store(tmp_path / "store")
    for normalisation in ("l1", "hellinger", "contrast"):
        descriptor = STTM(coding="root", grid=(1, 2, 2), bins=5, normalisation=normalisation)
        extract(table(clips), Recipe(descriptor, WHOLE), root=clips, store=store)
    assert worked == ["crop", "sttm"] * 5


def test_of_a_concatenation_only_the_new_member_is_measured(clips, tmp_path, worked):
    store, hog = Store(tmp_path / "store"), StaticHOG(grid=(1, 2, 2))
    inner = Concatenation([("hog", hog), ("again", SMALL)])
    both = Recipe(Concatenation([("map", SMALL), ("two", inner)]), WHOLE, QUICK.time)
    fresh = extract(table(clips), both, root=clips)
    worked.clear()
    extract(table(clips), QUICK, root=clips, store=store)
    assert worked == ["crop", "sttm"] * 5
    worked.clear()
    known = extract(table(clips), both, root=clips, store=store)
    assert worked == ["crop", "hog"] * 5 and known.computed == 5
    again = extract(table(clips), both, root=clips, store=store)
    assert again.computed == 0
    for done in (known, again):
        assert done.measures.tobytes() == fresh.measures.tobytes()
        assert done.mean_face.tobytes() == fresh.mean_face.tobytes()
        timeless = [x.info.drop(columns="seconds") for x in (done, fresh)]
        pd.testing.assert_frame_equal(*timeless)
    pd.testing.assert_frame_equal(known.info, again.info)


def test_a_member_that_cannot_measure_a_clip_is_the_reason(clips, tmp_path):
    """A single frame is enough for one member; what it measured is kept, and of use alone."""
    np.save(clips / "c1.npy", np.full((1, 24, 24), 9, np.uint8))
    store, hog = Store(tmp_path / "store"), StaticHOG(grid=(1, 2, 2))
    both = Recipe(Concatenation([("hog", hog), ("map", SMALL)]), WHOLE, QUICK.time)
    for _ in range(2):
        done = extract(table(clips), both, root=clips, store=store)
        assert done.skipped["clip"].tolist() == ["c1"]
        assert "at least 2 frames" in done.skipped["reason"][0]
    alone = extract(table(clips), Recipe(hog, WHOLE, QUICK.time), root=clips, store=store)
    assert alone.computed == 0 and len(alone.clips) == 5


def test_an_entry_that_goes_while_the_batch_runs_is_made_again(clips, tmp_path, monkeypatch):
    store, hog = Store(tmp_path / "store"), StaticHOG(grid=(1, 2, 2))
    both = Recipe(Concatenation([("map", SMALL), ("hog", hog)]), WHOLE, QUICK.time)
    fresh = extract(table(clips), both, root=clips)
    extract(table(clips), QUICK, root=clips, store=store)
    (key,) = identify(jobs_of(table(clips), clips)[3], QUICK).measures
    plain = StaticHOG.measure_volume

    def measure(self, volume):
        store.path(key).unlink(missing_ok=True)
        return plain(self, volume)

    monkeypatch.setattr(StaticHOG, "measure_volume", measure)
    done = extract(table(clips), both, root=clips, store=store)
    assert done.measures.tobytes() == fresh.measures.tobytes()


# crops in the store -----------------------------------------------------------------------------


def drawn_pair():
    folder, known, _ = drawn()
    return folder, known.head(2)


def test_kept_crops_spare_decoding_and_change_no_bit(tmp_path, worked):
    folder, rows = drawn_pair()
    faces, time = FaceSettings(size=48), TimeSettings(frames=8)
    for crops in (False, True):
        store = Store(tmp_path / str(crops), crops=crops)
        for grid in ((1, 2, 2), (1, 3, 3)):
            recipe = Recipe(STTM(grid=grid), faces, time)
            done = extract(rows, recipe, root=folder, store=store)
            assert done.computed == 2
            worked.clear()
            fresh = extract(rows, recipe, root=folder)
            assert done.measures.tobytes() == fresh.measures.tobytes()
            assert done.mean_face.tobytes() == fresh.mean_face.tobytes()
            timeless = [x.info.drop(columns="seconds") for x in (done, fresh)]
            pd.testing.assert_frame_equal(*timeless)
        worked.clear()
        extract(rows, Recipe(STTM(grid=(1, 4, 4)), faces, time), root=folder, store=store)
        assert worked == (["sttm"] if crops else ["crop", "sttm"]) * 2
    entries = [len(list((tmp_path / str(crops)).rglob("*.npz"))) for crops in (False, True)]
    assert entries == [6, 8]


@pytest.mark.parametrize("change", [{"size": 40}, {"margin": 0.1}], ids=str)
def test_other_crops_are_made_anew(change, tmp_path, worked):
    folder, rows = drawn_pair()
    store = Store(tmp_path, crops=True)
    extract(rows, Recipe(SMALL, FaceSettings(size=48), QUICK.time), root=folder, store=store)
    other = Recipe(SMALL, FaceSettings(**{"size": 48, **change}), QUICK.time)
    for _ in range(2):
        done = extract(rows, other, root=folder, store=store)
    fresh = extract(rows, other, root=folder)
    assert worked.count("crop") == 2 + 2 + 2
    assert done.measures.tobytes() == fresh.measures.tobytes()


def test_damaged_crops_are_made_anew(tmp_path, worked):
    folder, rows = drawn_pair()
    store, faces = Store(tmp_path, crops=True), FaceSettings(size=48)
    extract(rows, Recipe(SMALL, faces, QUICK.time), root=folder, store=store)
    for job in jobs_of(rows, folder):
        entry = store.path(identify(job, Recipe(SMALL, faces, QUICK.time)).crops)
        raw = bytearray(entry.read_bytes())
        raw[len(raw) // 2] ^= 1
        entry.write_bytes(raw)
    worked.clear()
    other = Recipe(STTM(grid=(1, 3, 3)), faces, QUICK.time)
    done = extract(rows, other, root=folder, store=store)
    assert worked.count("crop") == 2
    assert done.measures.tobytes() == extract(rows, other, root=folder).measures.tobytes()


def test_crops_of_all_faces_and_of_no_face_are_told_apart(clips, tmp_path):
    store = Store(tmp_path / "store", crops=True)
    recipe = Recipe(SMALL, FaceSettings(size=24), TimeSettings(frames=6))
    for descriptor in (SMALL, StaticHOG(grid=(1, 2, 2))):
        done = extract(
            table(clips), replace(recipe, descriptor=descriptor), root=clips, store=store
        )
        assert done.skipped["reason"].str.contains("no face was found").all()


@given(arrays(np.uint8, st.tuples(*[st.integers(1, 5)] * 3)))
def test_packed_crops_come_back(volume):
    np.testing.assert_array_equal(unpack(pack(volume), volume.shape), volume)


# single pictures --------------------------------------------------------------------------------


def stills(place, count=150):
    """Many rows of one file, a clip each."""
    np.save(place / "pack.npy", np.concatenate(volumes(count // 6, seed=4)))
    rows = list(range(count))
    names = [f"p{i}" for i in rows]
    return pd.DataFrame({"clip": names, "source": "pack.npy", "first": rows, "last": rows})


def test_single_pictures_in_chunks_give_the_same_as_one_by_one(tmp_path, monkeypatch):
    rows = stills(tmp_path)
    recipe = Recipe(StaticHOG(grid=(1, 2, 2)), WHOLE, TimeSettings("none"))
    said, sizes = [], []
    measure = extraction.measure_tasks
    monkeypatch.setattr(
        extraction,
        "measure_tasks",
        lambda r, s, tasks: sizes.append(len(tasks)) or measure(r, s, tasks),
    )
    done = extract(rows, recipe, root=tmp_path, progress=lambda *what: said.append(what[1:]))
    assert max(sizes) > 10 and sum(sizes) == 150
    assert said == [(i, 150) for i in range(1, 151)] and done.clips == rows["clip"].tolist()
    monkeypatch.setattr(extraction, "CHUNK", 1)
    alone = extract(rows, recipe, root=tmp_path)
    assert max(sizes[-150:]) == 1 and alone.measures.tobytes() == done.measures.tobytes()
    assert len(np.unique(done.measures, axis=0)) == 150


def test_a_picture_that_kills_its_worker_costs_itself_only(tmp_path, monkeypatch):
    """Of a chunk whose worker died, the pictures are tried one by one, finished ones not again."""
    rows, store = stills(tmp_path), Store(tmp_path / "store")
    recipe = Recipe(StaticHOG(grid=(1, 2, 2)), WHOLE, TimeSettings("none"))
    apart, measured = [], []

    def each(function, arguments, *_, shared=(), **__):
        for number, item in enumerate(arguments):
            tasks, done = item[-1], []
            for task in tasks:
                if task.job.clip == "p77":
                    done = parallel.WorkerDied()
                    break
                measured.append(task.job.clip)
                done += function(recipe, store, [task])
            apart.extend([] if shared else [[t.job.clip for t in tasks]])
            yield number, done

    monkeypatch.setattr(extraction, "as_finished", each)
    monkeypatch.setattr(extraction, "apart", each)
    done = extract(rows, recipe, root=tmp_path, store=store)
    assert done.skipped["clip"].tolist() == ["p77"] and done.computed == 149
    assert ["p77"] in apart and all(len(clips) == 1 for clips in apart) and len(apart) > 10
    monkeypatch.undo()
    assert extract(rows, recipe, root=tmp_path, store=store).computed == 1


def test_only_what_changed_is_computed(clips, tmp_path):
    store = Store(tmp_path / "store")
    extract(table(clips), QUICK, root=clips, store=store)
    np.save(clips / "c1.npy", volumes(1, seed=9)[0])
    np.save(clips / "c9.npy", volumes(1, seed=8)[0])
    assert extract(table(clips), QUICK, root=clips, store=store).computed == 2
    assert extract(table(clips, first=0), QUICK, root=clips, store=store).computed == 6


def test_a_raised_version_is_computed_anew(clips, tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    extract(table(clips), QUICK, root=clips, store=store)
    monkeypatch.setattr(STTM, "version", STTM.version + 1)
    assert extract(table(clips), QUICK, root=clips, store=store).computed == 5


def test_another_opencv_computes_anew(clips, tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    extract(table(clips), QUICK, root=clips, store=store)
    monkeypatch.setattr(cv2, "__version__", "4.99.0")
    assert extract(table(clips), QUICK, root=clips, store=store).computed == 5


def test_a_video_of_many_clips_is_read_once_to_know_it(clips, tmp_path, monkeypatch):
    read = []

    def digest(source):
        read.append(source)
        return content_digest(source)

    monkeypatch.setattr("sttm.digests.content_digest", digest)
    parts = pd.DataFrame(
        {"clip": list("abc"), "source": "c0.npy", "first": [0, 1, 2], "last": [3, 4, 5]}
    )
    done = extract(parts, QUICK, root=clips, store=Store(tmp_path / "store"))
    assert done.clips == list("abc") and read == [clips / "c0.npy"]
    assert len(np.unique(done.measures, axis=0)) == 3


def test_pictures_of_clips_are_not_kept(clips, tmp_path, monkeypatch):
    store, kept = Store(tmp_path / "store"), []
    monkeypatch.setattr(
        "sttm.extract._collect", lambda rows, face: kept.extend(rows) or COLLECT(rows, face)
    )
    first = extract(table(clips), QUICK, root=clips, store=store)
    assert len(kept) == 5 and all(row.picture is None for row in kept)
    middle = np.mean([np.load(p)[3] for p in sorted(clips.iterdir())], axis=0)
    np.testing.assert_allclose(first.mean_face, middle, atol=0.5)
    again = extract(table(clips).iloc[::-1], QUICK, root=clips, store=store)
    np.testing.assert_array_equal(again.mean_face, first.mean_face)


def test_a_renamed_clip_is_known_under_its_new_name(clips, tmp_path):
    store = Store(tmp_path / "store")
    extract(table(clips), QUICK, root=clips, store=store)
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copy(clips / "c3.npy", moved / "new.npy")
    done = extract(table(moved), QUICK, root=moved, store=store)
    assert done.computed == 0 and done.clips == ["new"]
    assert done.info["source"].tolist() == [str(moved / "new.npy")]


def test_a_failure_is_remembered_with_its_new_name(clips, tmp_path):
    store = Store(tmp_path / "store")
    recipe = Recipe(SMALL, FaceSettings(size=24), TimeSettings(frames=6))
    extract(table(clips).head(1), recipe, root=clips, store=store)
    (clips / "c0.npy").rename(clips / "other.npy")
    done = extract(table(clips).tail(1), recipe, root=clips, store=store)
    assert "other.npy" in done.skipped["reason"][0] and "c0" not in done.skipped["reason"][0]


def test_what_may_be_gone_next_time_is_not_remembered(clips, tmp_path):
    store = Store(tmp_path / "store")
    (clips / "c0.npy").rename(tmp_path / "away.npy")
    rows = pd.DataFrame({"clip": ["c0"], "source": ["c0.npy"]})
    assert len(extract(rows, QUICK, root=clips, store=store).skipped) == 1
    (tmp_path / "away.npy").rename(clips / "c0.npy")
    assert extract(rows, QUICK, root=clips, store=store).clips == ["c0"]


def test_a_given_frame_rate_is_the_one_that_is_told(clips, tmp_path):
    store = Store(tmp_path / "store")
    for fps in (25.0, 50.0, 25.0):
        done = extract(table(clips, fps=fps), QUICK, root=clips, store=store)
        assert done.info["fps"].tolist() == [fps] * 5


def test_a_store_that_is_full_ends_the_batch_with_a_sentence(clips, tmp_path):
    (tmp_path / "store").write_text("a file, not a folder")
    with pytest.raises(InputError, match="could not be written"):
        extract(table(clips), QUICK, root=clips, store=Store(tmp_path / "store"))


def test_a_damaged_entry_is_computed_again(clips, tmp_path):
    store = Store(tmp_path / "store")
    first = extract(table(clips), QUICK, root=clips, store=store)
    (key,) = identify(jobs_of(table(clips), clips)[2], QUICK).measures
    store.path(key).write_bytes(store.path(key).read_bytes()[:100])
    again = extract(table(clips), QUICK, root=clips, store=store)
    assert again.computed == 1
    assert again.measures.tobytes() == first.measures.tobytes()


# a clip that kills its process ------------------------------------------------------------------


@pytest.fixture
def fatal(monkeypatch):
    """A descriptor whose process ends at clips that begin with the grey level 66."""
    monkeypatch.setitem(descriptor_list.DESCRIPTORS, "suicidal", "no:SuicidalDescriptor")
    monkeypatch.setattr("sttm.recipe.measuring_of", lambda d: {"name": type(d).__name__})
    return Recipe(SuicidalDescriptor(), WHOLE, TimeSettings(mode="none"))


def leave_mark(store, key):
    """Leave what a process leaves that dies at a clip."""
    attempt = store.attempt(key)
    attempt.__enter__()
    LEFT.append(attempt)  # it would clean up when it is forgotten


LEFT = []


def test_a_clip_that_kills_its_worker_is_named_and_the_rest_is_done(
    fatal, clips, tmp_path, monkeypatch
):
    monkeypatch.setattr(parallel, "ALONE", -1.0)
    monkeypatch.setattr(parallel, "WORTH", -1.0)
    volume = volumes(1)[0]
    volume[0, 0, 0] = 66
    np.save(clips / "c2.npy", volume)
    store = Store(tmp_path / "store")
    for new in (4, 0):
        done = extract(table(clips), fatal, root=clips, store=store, jobs=2)
        assert done.clips == ["c0", "c1", "c3", "c4"] and done.computed == new
        assert done.skipped["clip"].tolist() == ["c2"]
        assert "c2.npy ended the process that measured it" in done.skipped["reason"][0]


def test_a_clip_that_killed_this_process_is_measured_apart_the_next_time(fatal, clips, tmp_path):
    volume = volumes(1)[0]
    volume[0, 0, 0] = 66
    np.save(clips / "c2.npy", volume)
    store = Store(tmp_path / "store")
    (key,) = identify(jobs_of(table(clips), clips)[2], fatal).measures
    leave_mark(store, key)
    done = extract(table(clips), fatal, root=clips, store=store, jobs=1)
    assert done.clips == ["c0", "c1", "c3", "c4"]
    assert "ended the process" in done.skipped["reason"][0]


def test_an_innocent_clip_that_was_under_way_is_done_after_all(clips, tmp_path):
    store = Store(tmp_path / "store")
    (key,) = identify(jobs_of(table(clips), clips)[0], QUICK).measures
    leave_mark(store, key)
    done = extract(table(clips), QUICK, root=clips, store=store, jobs=1)
    assert len(done.clips) == 5 and not store.was_fatal(key)


# on a cluster -----------------------------------------------------------------------------------


def test_on_a_cluster_only_this_process_writes_to_the_store(clips, tmp_path, monkeypatch):
    """tests/test_sttm_cluster.py does it on a real one; here is who keeps what."""
    addresses, stores, recipe = [], [], replace(QUICK, descriptor=Concatenation([("a", SMALL)]))

    def remote(function, arguments, jobs=1, *, cluster="", shared=()):
        addresses.append(cluster)
        stores.append(shared[1])
        yield from ((n, function(*shared, *item)) for n, item in reversed([*enumerate(arguments)]))

    monkeypatch.setattr(extraction, "as_finished", remote)
    store = Store(tmp_path / "store", crops=True)
    far = extract(table(clips), recipe, root=clips, store=store, cluster="tcp://far:8786")
    assert set(addresses) == {"tcp://far:8786"} and set(stores) == {None}
    assert len(list((tmp_path / "store").rglob("*.npz"))) == 5
    monkeypatch.undo()
    near = extract(table(clips), recipe, root=clips, store=store)
    assert near.computed == 0 and near.measures.tobytes() == far.measures.tobytes()
    pd.testing.assert_frame_equal(near.info, far.info)


# given boxes ------------------------------------------------------------------------------------


def boxes(*names, x=2.0):
    return pd.DataFrame({"clip": list(names), "x": x, "y": 2.0, "w": 18.0, "h": 18.0})


def test_given_boxes_take_the_place_of_the_finder(clips, tmp_path):
    recipe = Recipe(SMALL, FaceSettings(size=24, align="box"), TimeSettings(frames=6))
    rows, store = table(clips).head(2), Store(tmp_path / "store")
    first = extract(rows, recipe, root=clips, boxes=boxes("c0", "c1"), store=store)
    assert first.clips == ["c0", "c1"]
    moved = extract(rows, recipe, root=clips, boxes=boxes("c0", "c1", x=4.0), store=store)
    assert moved.computed == 2
    alone = boxes("c0").drop(columns="clip")
    (one,) = extract(rows.head(1), recipe, root=clips, boxes=alone).measures
    np.testing.assert_array_equal(one, first.measures[0])


def test_boxes_that_lack_a_clip_are_refused_before_anything_is_done(clips):
    with pytest.raises(InputError, match="no row for clip c1, c2, c3 and 1 more"):
        extract(table(clips), QUICK, root=clips, boxes=boxes("c0"))
    with pytest.raises(InputError, match="needs a column 'clip'"):
        extract(table(clips), QUICK, root=clips, boxes=boxes("c0").drop(columns="clip"))


# single clips -----------------------------------------------------------------------------------


def test_one_clip_by_the_library(clips, tmp_path):
    job = Job("c0", clips / "c0.npy", None, None, None)
    store = Store(tmp_path / "store")
    (first,), (second,) = (measure_clip(job, QUICK, store) for _ in range(2))
    np.testing.assert_array_equal(first.measures, second.measures)
    assert second.info["stored"] and not first.info.get("stored")
    (gone,) = measure_clip(Job("x", clips / "x.npy", None, None, None), QUICK)
    assert gone.measures is None and "x.npy" in gone.reason


def test_wrong_arguments_are_refused_at_once(clips):
    with pytest.raises(InputError, match="jobs must be"):
        extract(table(clips), QUICK, root=clips, jobs=0)
    with pytest.raises(InputError, match="names a clip twice"):
        extract(pd.concat([table(clips)] * 2), QUICK, root=clips)
    assert extract(table(clips).head(0), QUICK, root=clips).clips == []


def test_the_key_says_everything_that_shapes_the_measures(clips):
    part = QUICK.measure_part()
    assert part["descriptor"] == [measuring_of(SMALL)]
    assert set(part) == {"faces", "time", "cropping", "descriptor"}
    base = identify(jobs_of(table(clips), clips)[0], QUICK)
    assert base == identify(jobs_of(table(clips), clips)[0], QUICK)


def test_cropping_only_the_needed_frames_changes_nothing(tmp_path):
    """Neither when the container's count is right nor when fewer frames come than it lists."""
    source = sorted(drawn()[0].glob("*.avi"))[0]
    recipe = Recipe(SMALL, time=TimeSettings(frames=5))
    cut = tmp_path / "cut.avi"
    cut.write_bytes(source.read_bytes()[: source.stat().st_size * 2 // 3])
    for path in (source, cut):
        job = Job("a", path, None, None, None)
        ((face, volume, lost),) = crop_clip(job, recipe)
        ((whole, _, lost_too),) = crop_clip(job, recipe, whole=True)
        assert len(whole.volume) == len(whole.transform) > 5
        assert np.array_equal(face.transform, whole.transform) and lost == lost_too
        assert np.array_equal(volume, apply_time(whole.volume, recipe.time))
    assert lost > 0
