"""Whole experiments on tiny drawn data: what is written, what is reproducible, what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from drawn_material import QUICK, SETTINGS, drawn

from experiments.config import Config, load_config, parse
from experiments.judging.predictions import probabilities_of, read_predictions
from experiments.preview import preview
from experiments.progress import Steps
from experiments.run import run_experiment
from experiments.workplace import locked
from recognizer import load_bundle
from sttm import extract, parallel
from sttm.errors import InputError
from sttm.store import Store

FILES = {
    "clips.csv",
    "config.yaml",
    "folds.csv",
    "labels.csv",
    "model.md",
    "model.sttm",
    "predictions.csv",
    "report.html",
    "run.json",
    "scores.json",
    "skipped.csv",
}


def make_config(output, **changes):
    folder, _, _ = drawn()
    values = {
        "data": {"kind": "drawn", **SETTINGS, "folder": str(folder)},
        **QUICK,
        "report": {"bootstrap": 100, "examples": 2},
        "jobs": 1,
        "name": "tiny",
        "output": str(output),
    }
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(values.get(key), dict) and key != "data"
        values[key] = {**values[key], **value} if both else value
    return parse(Config, values)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store that already knows the features of the drawn clips."""
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def first(tmp_path_factory, store):
    config = make_config(tmp_path_factory.mktemp("run") / "first")
    return config, run_experiment(config, store=store)


def read(folder, name):
    return (folder / name).read_bytes()


# what is written --------------------------------------------------------------------------------


def test_the_folder_of_a_run_is_complete(first):
    _, run = first
    names = {p.name for p in run.folder.iterdir()}
    assert names - {".lock"} == FILES
    clips = pd.read_csv(run.folder / "clips.csv")
    labels = pd.read_csv(run.folder / "labels.csv")
    assert len(clips) == len(labels) == 21 and (clips["clip"] == labels["clip"]).all()
    assert pd.read_csv(run.folder / "skipped.csv").empty
    assert run.skipped.empty and run.passed.empty


def test_every_clip_is_predicted_once_by_a_model_that_never_saw_its_subject(first):
    _, run = first
    clips = pd.read_csv(run.folder / "clips.csv", dtype=str)
    predictions = read_predictions(run.folder / "predictions.csv")
    assert sorted(predictions["clip"]) == sorted(clips["clip"])
    subject = clips.set_index("clip")["subject"]
    assert (predictions["fold"] == subject[predictions["clip"]].to_numpy()).all()
    assert np.allclose(probabilities_of(predictions).sum(axis=1), 1)
    folds = pd.read_csv(run.folder / "folds.csv")
    assert folds[["train", "test"]].values.tolist() == [[14, 7]] * 3


def test_scores_and_facts_are_those_of_the_predictions(first):
    config, run = first
    predictions = read_predictions(run.folder / "predictions.csv")
    accuracy = (predictions["label"] == predictions["predicted"]).mean()
    assert run.scores.accuracy.value == pytest.approx(accuracy)
    scores = json.loads(read(run.folder, "scores.json"))
    assert scores == json.loads(json.dumps(run.scores.as_json()))
    facts = json.loads(read(run.folder, "run.json"))
    assert facts["data"]["synthetic"] is True
    assert facts["protocol"]["subject_independent"] is True
    assert facts["config"] == json.loads(json.dumps(config.model_dump(mode="json")))
    assert {s["name"] for s in facts["steps"]} >= {"clips", "features", "folds", "model"}
    assert facts["versions"]["python"] and facts["started"] <= facts["finished"]
    assert load_config(run.folder / "config.yaml") == config


def test_the_report_stands_alone_and_says_that_faces_are_drawn(first):
    _, run = first
    page = run.report.read_text("utf-8")
    assert "<html" in page and "drawn" in page
    assert 'src="http' not in page and 'href="http' not in page.replace('href="https://doi', "")


def test_the_bundle_of_a_run_recognises(first):
    config, run = first
    bundle = load_bundle(run.bundle)
    assert bundle.recipe.measure_part() == config.recipe().measure_part()
    assert bundle.provenance["clips"] == 21 and bundle.provenance["subjects"] == 3
    folder, clips, _ = drawn()
    job = extract.Job("x", folder / clips["source"][0], 0, 11, None)
    (found,) = extract.measure_clip(job, bundle.recipe)
    probabilities = bundle.predict_proba(found.measures[None])
    assert probabilities.shape == (1, 7) and probabilities.sum() == pytest.approx(1)


# reproducible -----------------------------------------------------------------------------------

SAME = ("clips.csv", "labels.csv", "predictions.csv", "scores.json", "skipped.csv")


def test_the_same_seed_gives_the_same_to_the_last_bit(first, tmp_path):
    _, run = first
    again = run_experiment(make_config(tmp_path / "again"), store=Store(tmp_path / "store"))
    for name in SAME:
        assert read(again.folder, name) == read(run.folder, name), name
    one, two = load_bundle(run.bundle), load_bundle(again.bundle)
    blank = np.zeros((1, one.encoder.n_features_in_), np.float32)
    assert one.predict_proba(blank).tobytes() == two.predict_proba(blank).tobytes()


def test_two_workers_give_the_same_to_the_last_bit(first, tmp_path, monkeypatch):
    _, run = first
    monkeypatch.setattr(parallel, "ALONE", -1.0)
    monkeypatch.setattr(parallel, "WORTH", -1.0)
    config = make_config(tmp_path / "two", jobs=2)
    again = run_experiment(config, store=Store(tmp_path / "store"))
    for name in SAME:
        assert read(again.folder, name) == read(run.folder, name), name


def test_another_seed_divides_otherwise(tmp_path, store):
    protocol = {"name": "sample-kfold", "folds": 3}
    folds = [
        read_predictions(
            run_experiment(
                make_config(tmp_path / str(seed), protocol=protocol, seed=seed), store=store
            ).folder
            / "predictions.csv"
        )["fold"].tolist()
        for seed in (0, 1)
    ]
    assert folds[0] != folds[1]


@pytest.fixture
def no_measuring(monkeypatch):
    def refuse(*_):
        raise AssertionError("a clip was measured again")

    monkeypatch.setattr(extract, "measure_tasks", refuse)


@pytest.fixture
def no_training(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a fold was trained again")

    monkeypatch.setattr("experiments.fitting.crossvalidation.run_fold", refuse)


def test_the_second_run_computes_nothing_new(first, store, no_measuring, no_training):
    config, run = first
    before = {name: read(run.folder, name) for name in SAME}
    steps = Steps(quiet=True)
    again = run_experiment(config, store=store, steps=steps)
    details = {s["name"]: s["detail"] for s in steps.done}
    assert details["features"].startswith("21 clips (0 new)")
    assert {name: read(again.folder, name) for name in SAME} == before


@pytest.mark.parametrize(
    "change",
    [
        {"classifier": {"name": "svm", "C": 0.5}},
        {"classifier": {"name": "knn"}},
        {"protocol": {"name": "grouped-kfold", "folds": 3}},
        {"seed": 9},
    ],
    ids=["option", "classifier", "protocol", "seed"],
)
def test_a_changed_model_computes_folds_only(change, first, store, tmp_path, no_measuring):
    config = make_config(tmp_path / "changed", **change)
    done = run_experiment(config, store=store)
    assert len(read_predictions(done.folder / "predictions.csv")) == 21


def test_a_changed_model_does_not_reuse_folds(first, store, tmp_path, no_training):
    with pytest.raises(AssertionError, match="trained again"):
        run_experiment(
            make_config(tmp_path / "changed", classifier={"name": "svm", "C": 0.25}), store=store
        )


def test_a_run_that_was_stopped_in_a_fold_goes_on_with_the_others(tmp_path, store, monkeypatch):
    from experiments.fitting import crossvalidation

    real, calls = crossvalidation.run_fold, []

    def stop_at_the_second(*arguments):
        calls.append(arguments[-1].name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(crossvalidation, "run_fold", stop_at_the_second)
    config = make_config(tmp_path / "stopped", classifier={"name": "svm", "C": 3.0})
    with pytest.raises(KeyboardInterrupt):
        run_experiment(config, store=store)
    assert not (config.folder() / "report.html").exists()
    run_experiment(config, store=store)
    assert len(calls) == 4 and calls[1] == calls[2] != calls[0]


# honest -----------------------------------------------------------------------------------------


def leaky_table(place):
    """Clips that give away who is seen and not what: a subject has one label and one texture."""
    random = np.random.default_rng(3)
    place.mkdir()
    rows = []
    for subject in range(6):
        texture = random.integers(0, 256, (6, 32, 32))
        for take in range(4):
            clip = np.clip(texture + random.normal(0, 3, texture.shape), 0, 255).astype(np.uint8)
            np.save(place / f"s{subject}-{take}.npy", clip)
            label = "glad" if subject % 2 else "sad"
            rows.append((f"s{subject}-{take}", f"s{subject}-{take}.npy", label, f"s{subject}"))
    columns = ["clip", "path", "label", "subject"]
    pd.DataFrame(rows, columns=columns).to_csv(place / "list.csv", index=False)
    return {"kind": "csv", "path": str(place / "list.csv")}


def test_no_subject_leaks_into_its_own_test(tmp_path):
    """Knowing the person is worth 100 % over clips, and nothing over subjects."""
    data = leaky_table(tmp_path / "clips")
    faces = {"finder": "whole", "align": "box", "size": 32}
    accuracy = {}
    for protocol in ("loso", "grouped-kfold", "sample-kfold"):
        config = make_config(
            tmp_path / protocol,
            data=data,
            faces=faces,
            classifier={"name": "knn", "n_neighbors": 1},
            protocol={"name": protocol, "folds": 3},
        )
        accuracy[protocol] = run_experiment(config, store=Store(tmp_path / "store"))
    assert accuracy["sample-kfold"].scores.accuracy.value == 1
    assert accuracy["loso"].scores.accuracy.value < 0.8
    assert accuracy["grouped-kfold"].scores.accuracy.value < 0.8


def test_a_protocol_over_clips_is_marked_wherever_it_is_told(tmp_path, store):
    config = make_config(tmp_path / "run", protocol={"name": "sample-kfold", "folds": 3})
    run = run_experiment(config, store=store)
    facts = json.loads(read(run.folder, "run.json"))
    assert facts["protocol"]["subject_independent"] is False
    assert any("not subject-independent" in note for note in run.notes)
    assert "not subject-independent" in run.report.read_text("utf-8").lower()
    assert any("not subject-independent" in line for line in preview(config))


def test_onset_to_apex_is_what_is_looked_at(tmp_path):
    _, _, labels = drawn()
    config = make_config(tmp_path / "run", time={"phase": "onset-apex"})
    run = run_experiment(config, store=Store(tmp_path / "store"))
    clips = pd.read_csv(run.folder / "clips.csv").set_index("clip")
    marks = labels.set_index("clip").loc[clips.index]
    assert (clips["first"] == marks["onset"]).all() and (clips["last"] == marks["apex"]).all()
    assert len(clips) + len(run.skipped) == 21


# failures ---------------------------------------------------------------------------------------


@pytest.fixture
def folder_data(tmp_path):
    """The drawn clips in a folder per label, with files that cannot be used among them."""
    source, clips, labels = drawn()
    place = tmp_path / "clips"
    for row, label in zip(clips.itertuples(), labels["label"], strict=True):
        if label in ("anger", "happiness", "surprise"):
            (place / label).mkdir(parents=True, exist_ok=True)
            shutil.copy(source / row.source, place / label)
    (place / "anger" / "d01-broken.avi").write_text("no video")
    (place / "anger" / "README.txt").write_text("hello")
    return {"kind": "folder", "path": str(place), "subject": "(d[0-9]+)-"}


def test_clips_that_fail_are_reported_and_the_rest_goes_on(folder_data, tmp_path):
    config = make_config(tmp_path / "run", data=folder_data)
    run = run_experiment(config, store=Store(tmp_path / "store"))
    assert run.skipped["clip"].tolist() == ["anger/d01-broken.avi"]
    assert run.passed["clip"].tolist() == ["anger/README.txt"]
    assert len(read_predictions(run.folder / "predictions.csv")) == 9
    skipped = pd.read_csv(run.folder / "skipped.csv")
    assert skipped["clip"].tolist() == ["anger/d01-broken.avi", "anger/README.txt"]
    assert "d01-broken.avi" in run.report.read_text("utf-8")


def test_frames_that_are_lost_are_noted(folder_data, tmp_path):
    (path,) = (tmp_path / "clips" / "anger").glob("d02-*.avi")
    path.write_bytes(path.read_bytes()[:-40_000])
    (tmp_path / "clips" / "anger" / "d01-broken.avi").unlink()
    config = make_config(tmp_path / "run", data=folder_data)
    run = run_experiment(config, store=Store(tmp_path / "store"))
    assert run.skipped.empty
    assert any("could not be decoded" in note and "d02-" in note for note in run.notes)
    assert run.notes == json.loads(read(run.folder, "run.json"))["warnings"]


def test_when_nothing_can_be_measured_the_reason_is_told(tmp_path):
    data = leaky_table(tmp_path / "clips")
    config = make_config(tmp_path / "run", data=data)
    with pytest.raises(InputError, match=r"no clip could be measured\. s0-0: no face was found"):
        run_experiment(config, store=Store(tmp_path / "store"))
    assert not (tmp_path / "run" / "report.html").exists()


def test_a_phase_that_leaves_no_clip_is_refused(tmp_path):
    data = leaky_table(tmp_path / "clips")
    table = pd.read_csv(data["path"]).assign(onset=5, apex=5)
    table.to_csv(data["path"], index=False)
    config = make_config(tmp_path / "run", data=data, time={"phase": "onset-apex"})
    for use in (lambda: preview(config), lambda: run_experiment(config, store=Store(tmp_path))):
        with pytest.raises(InputError, match="'onset-apex' leaves no clip"):
            use()


def test_what_a_protocol_lacks_is_said_before_anything_is_measured(tmp_path, no_measuring):
    too_many = make_config(tmp_path / "run", protocol={"name": "grouped-kfold", "folds": 9})
    data = {**leaky_table(tmp_path / "clips")}
    pd.read_csv(data["path"]).drop(columns="subject").to_csv(data["path"], index=False)
    nobody = make_config(tmp_path / "run", data=data)
    for config, words in ((too_many, "at least as many subjects"), (nobody, "loso needs the subj")):
        for use in (preview, lambda c: run_experiment(c, store=Store(tmp_path / "store"))):
            with pytest.raises(InputError, match=words):
                use(config)


def test_a_second_run_in_the_same_folder_is_refused_and_the_first_unharmed(first, store):
    config, run = first
    before = {p.name: p.read_bytes() for p in run.folder.iterdir()}
    with (
        locked(run.folder / ".lock", run.folder),
        pytest.raises(InputError, match=r"another run is using .*; wait for it"),
    ):
        run_experiment(config, store=store)
    assert {p.name: p.read_bytes() for p in run.folder.iterdir()} == before


def test_what_a_killed_run_left_is_cleared_away(first, store):
    config, run = first
    (run.folder / ".sttm-0123456789ab.html").write_text("half")
    run_experiment(config, store=store)
    assert {p.name for p in run.folder.iterdir()} - {".lock"} == FILES


@pytest.mark.parametrize("kind", ["drawn", "folder", "csv"])
def test_a_check_says_what_would_happen_and_does_nothing(kind, tmp_path, folder_data):
    data = {"drawn": {"kind": "drawn", **SETTINGS, "folder": str(tmp_path / "new")}}
    data |= {"folder": folder_data, "csv": leaky_table(tmp_path / "table")}
    config = make_config(tmp_path / "run", data=data[kind], classifier={"C": [1, 10]})
    lines = preview(config)
    text = "\n".join(lines)
    expected = {"drawn": "21 clips will be drawn", "folder": "10 clips", "csv": "24 clips"}
    assert expected[kind] in text and lines[-1] == "the config is good"
    assert "C in [1, 10]" in text and "columns" in text and "Leave one subject out" in text
    assert not (tmp_path / "run").exists() and not (tmp_path / "new").exists()
