"""A still model on videos: frame by frame, pooled, scored on the labels that both know."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from drawn_material import SETTINGS, drawn
from fer_material import drawn_fer2013
from recognizer_material import pictures

from experiments.cli import main
from experiments.config import Config, parse
from experiments.datasets import packing, read_dataset
from experiments.framewise import frames_of, measure_frames
from experiments.judging.predictions import probabilities_of, read_predictions
from experiments.run import run_experiment
from experiments.transfer import POOLS, shared_labels, still_recipe, transfer_model, was_trained_on
from recognizer.bundle import load_bundle
from sttm.errors import InputError
from sttm.extract import extract
from sttm.jobs import Job
from sttm.store import Store


def config_of(**more):
    data = {"kind": "csv", "path": str(drawn()[0] / "clips.csv")}
    values = {"name": "videos", "data": data, "jobs": 1, "report": {"bootstrap": 100}}
    return parse(Config, {**values, **more})


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("transfer")
    clips, labels = drawn()[1:]
    table = clips.merge(labels[["clip", "label"]], on="clip")
    table.to_csv(drawn()[0] / "both.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def bundle_file(place):
    """A bundle of HOG and LDA, trained on drawn pictures in FER2013's format."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing, "PACKS", place / "packs")
        config = parse(
            Config,
            {
                "name": "stills",
                "data": {"kind": "fer2013", "path": str(drawn_fer2013())},
                "faces": {"finder": "whole", "align": "box", "size": 48},
                "descriptor": {"name": "static-hog", "grid": [1, 3, 3]},
                "classifier": {"name": "lda", "solver": "lsqr", "shrinkage": "auto"},
                "protocol": {"name": "official-split"},
                "report": {"examples": 0, "bootstrap": 100},
                "jobs": 1,
                "output": str(place / "stills"),
            },
        )
        return run_experiment(config, store=place / "store").bundle


@pytest.fixture
def videos():
    return config_of(data={"kind": "drawn", **SETTINGS, "folder": str(drawn()[0])})


@pytest.fixture(scope="module")
def store(place):
    return Store(place / "store")


def test_a_frame_is_measured_as_the_clip_that_is_this_frame_alone(bundle_file, videos, tmp_path):
    recipe = still_recipe(load_bundle(bundle_file), videos)
    data = read_dataset(videos.data)
    one = data.clips.head(1)
    [found] = measure_frames(one, recipe, 4, Store(tmp_path), root=data.root)
    assert found.numbers.tolist() == [0, 4, 8] and found.looked_at == 3
    for number, measures in zip(found.numbers, found.measures, strict=True):
        single = one.assign(first=number, last=number)
        np.testing.assert_array_equal(extract(single, recipe, root=data.root).measures[0], measures)


def test_the_scores_are_those_of_the_pooled_answers(bundle_file, videos, place, store):
    done = transfer_model(videos, bundle_file, place / "a", every=6, store=store)
    assert done.scores.clips == 21 and done.frames == 42
    table = read_predictions(done.folder / "predictions.csv")
    bundle, data = load_bundle(bundle_file), read_dataset(videos.data)
    recipe = still_recipe(bundle, videos)
    found = measure_frames(data.clips, recipe, 6, store, root=data.root)
    assert all(f.stored for f in found)
    answers = np.stack([bundle.predict_proba(f.measures).mean(axis=0) for f in found])
    np.testing.assert_allclose(probabilities_of(table), answers, atol=1e-12)
    assert table["predicted"].tolist() == [bundle.classes[i] for i in answers.argmax(axis=1)]
    right = (table["label"] == table["predicted"]).mean()
    facts = json.loads((done.folder / "transfer.json").read_text())
    assert done.scores.accuracy.value == right
    assert facts["pool"] == "mean" and facts["every"] == 6 and facts["frames"] == 42
    counts = pd.read_csv(done.folder / "clips.csv")
    assert (counts["frames_with_a_face"] == 2).all() and (counts["frames_looked_at"] == 2).all()


def test_a_second_transfer_measures_nothing_and_any_number_of_workers_says_the_same(
    bundle_file, videos, place, store, monkeypatch
):
    first = transfer_model(videos, bundle_file, place / "b", every=6, store=store)
    other = transfer_model(
        videos.model_copy(update={"jobs": 2}), bundle_file, place / "c", every=6,
        store=place / "other",
    )  # fmt: skip
    monkeypatch.setattr("experiments.framewise.frames_of", None)
    again = transfer_model(videos, bundle_file, place / "b", every=6, store=store)
    tables = [(run.folder / "predictions.csv").read_bytes() for run in (first, other, again)]
    assert tables[0] == tables[1] == tables[2]


@pytest.mark.parametrize("pool", POOLS)
def test_every_pool_gives_probabilities_and_one_frame_pools_to_itself(pool):
    answers = np.random.default_rng(0).dirichlet(np.ones(4), 5)
    pooled = POOLS[pool](answers)
    assert pooled.shape == (4,) and pooled.min() >= 0
    np.testing.assert_allclose(pooled.sum(), 1)
    np.testing.assert_allclose(POOLS[pool](answers[:1]), answers[0])


def test_pools_differ_where_they_should():
    answers = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    assert POOLS["last"](answers).tolist() == [0.3, 0.7]
    np.testing.assert_allclose(POOLS["max"](answers), [0.9 / 1.7, 0.8 / 1.7])
    np.testing.assert_allclose(POOLS["mean"](answers), [1.4 / 3, 1.6 / 3])


def test_labels_that_only_one_side_knows_are_named_and_left_out(bundle_file, videos, place, store):
    classes = {"gladness": ["happiness"], "anger": ["anger"], "fear": ["fear"]}
    other = videos.model_copy(update={"data": videos.data.model_copy(update={"classes": classes})})
    done = transfer_model(other, bundle_file, place / "d", every=6, store=store)
    assert done.scores.clips == 6 and done.scores.classes == ["anger", "fear"]
    assert "the model does not know its label 'gladness'" in set(done.passed["reason"])
    assert any("disgust, happiness, neutral" in note for note in done.notes)
    np.testing.assert_allclose(
        probabilities_of(read_predictions(done.folder / "predictions.csv")).sum(axis=1), 1
    )
    few = {"x": ["happiness"], "anger": ["anger"]}
    strange = videos.model_copy(update={"data": videos.data.model_copy(update={"classes": few})})
    with pytest.raises(InputError, match="must share at least two labels"):
        shared_labels(read_dataset(strange.data), load_bundle(bundle_file).classes)


def test_it_says_that_the_clips_are_new_only_where_that_is_known(bundle_file, videos):
    bundle, data = load_bundle(bundle_file), read_dataset(videos.data)
    files = bundle.provenance["contents"]
    assert len(files) == 1  # one packed file
    known, sentence = was_trained_on(bundle, videos, data, {"0" * 40})
    assert known is False and "No file of these clips" in sentence
    known, sentence = was_trained_on(bundle, videos, data, {files[0] + "0" * 24, "1" * 40})
    assert known is True and "1 of the 2 files" in sentence
    older = replace(
        bundle, provenance={k: v for k, v in bundle.provenance.items() if k != "contents"}
    )
    assert was_trained_on(older, videos, data, {"0" * 40})[0] is None
    drawn_too = {**bundle.provenance, "data": {"kind": "drawn", "source": "elsewhere"}}
    known, sentence = was_trained_on(replace(bundle, provenance=drawn_too), videos, data, {"0"})
    assert known is True and "same data set (drawn)" in sentence
    assert was_trained_on(replace(bundle, provenance={}), videos, data, {"0"})[0] is None


def test_faces_are_found_as_the_config_says_where_the_models_pictures_were_cropped(
    bundle_file, videos
):
    bundle = load_bundle(bundle_file)
    recipe = still_recipe(bundle, videos)
    assert recipe.faces.finder == "viola-jones" and recipe.faces.align == "box"
    assert recipe.faces.size == bundle.faces.size
    cropped = config_of(faces={"finder": "whole", "align": "box"})
    assert still_recipe(bundle, cropped).faces == bundle.faces
    own = replace(bundle, faces=replace(bundle.faces, finder="viola-jones", smallest=0.3))
    assert still_recipe(own, videos).faces == own.faces


def test_frames_that_cannot_be_measured_are_left_out_and_a_clip_without_any_is_skipped(
    bundle_file, videos, tmp_path, monkeypatch
):
    np.save(tmp_path / "grey.npy", np.full((3, 64, 64), 90, np.uint8))
    recipe = still_recipe(load_bundle(bundle_file), videos)
    found = frames_of(Job("grey", tmp_path / "grey.npy"), recipe, 1)
    assert not len(found.numbers) and found.looked_at == 3
    assert "no face was found in any frame" in found.reason
    np.save(tmp_path / "face.npy", pictures()[:3, ..., 1])
    kind = type(recipe.descriptor)
    plain, calls = kind.measure, []

    def lacking(self, clip, points=None):
        calls.append(clip)
        if len(calls) == 2:
            raise InputError("no landmarks.")
        return plain(self, clip, points)

    monkeypatch.setattr(kind, "measure", lacking)
    some = frames_of(Job("face", tmp_path / "face.npy"), recipe, 1)
    assert some.numbers.tolist() == [0, 2] and not some.reason
    gone = frames_of(Job("gone", tmp_path / "gone.npy"), recipe, 1)
    assert "gone.npy" in gone.reason
    with pytest.raises(InputError, match="every must be a number of frames"):
        measure_frames(read_dataset(videos.data).clips, recipe, 0, Store(tmp_path))


def test_what_cannot_be_transferred_is_refused_in_a_sentence(
    bundle_file, videos, place, tmp_path, store
):
    with pytest.raises(InputError, match="did you mean 'mean'"):
        transfer_model(videos, bundle_file, tmp_path / "x", pool="meen", store=store)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="needs a folder of its own"):
        transfer_model(videos, bundle_file, tmp_path / "mine", store=store)
    dynamic = dynamic_bundle(videos, tmp_path, store)
    with pytest.raises(InputError, match="describes change"):
        transfer_model(videos, dynamic, tmp_path / "x", store=store)
    assert not (tmp_path / "x").exists()


def dynamic_bundle(videos, folder, store):
    from experiments.training import train_model

    small = {"name": "sttm", "grid": [1, 2, 2]}
    times = {"frames": 8}
    values = {"descriptor": small, "time": times, "classifier": "lda", "faces": {"size": 48}}
    config = parse(Config, {**videos.model_dump(mode="json"), **values})
    return train_model(config, folder / "dynamic.sttm", store=store).bundle


def test_the_command_says_what_it_found(bundle_file, videos, place, monkeypatch, capsys):
    monkeypatch.chdir(place)
    (place / "videos.yaml").write_text(videos.as_yaml())
    call = ["transfer", "videos.yaml", "--model", str(bundle_file), "--every", "6"]
    code = main([*call, "--store", str(place / "store"), "--jobs", "1", "--quiet"])
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "No file of these clips" in said.out and "happiness" in said.out
    assert (place / "runs" / "videos-by-stills" / "scores.json").is_file()
