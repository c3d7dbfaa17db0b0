"""Reading a run's folder: a real one is read; what is old, foreign or edited is one sentence."""

from __future__ import annotations

import json
import re
import shutil

import pandas as pd
import pytest
import yaml
from drawn_material import QUICK, SETTINGS, drawn
from run_material import guesses, made_up, write_json, write_run

from experiments.config import Config, parse
from experiments.judging.predictions import read_predictions
from experiments.keeping.runs import read_run
from experiments.run import run_experiment
from sttm.errors import InputError
from sttm.store import Store


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The folder of a real run on drawn clips, with what it returned."""
    folder, _, _ = drawn()
    place = tmp_path_factory.mktemp("real")
    values = {
        "data": {"kind": "drawn", **SETTINGS, "folder": str(folder)},
        "classifier": {"name": "svm", "class_weight": {"fear": 2}},
        **QUICK,
        "report": {"bootstrap": 100, "examples": 0},
        "jobs": 1,
        "name": "real",
        "output": str(place / "real"),
    }
    return run_experiment(parse(Config, values), store=Store(place / "store"))


@pytest.fixture
def made(tmp_path):
    labels, subjects = made_up(1)
    return write_run(tmp_path / "made", labels, guesses(labels, 0.5, 1), subjects)


def test_a_real_run_is_read_as_it_was(real):
    run = read_run(real.folder)
    assert run.name == "real" and run.synthetic and run.independent and run.protocol == "loso"
    assert run.total("uar") == real.scores.uar and run.total("accuracy") == real.scores.accuracy
    pd.testing.assert_frame_equal(
        run.predictions, read_predictions(real.folder / "predictions.csv")
    )
    assert run.clips.index.tolist() == run.predictions["clip"].tolist()
    assert (run.clips["content"].str.len() > 20).all() and run.clips["content"].is_unique
    assert run.known_subjects() and run.clips["subject"].nunique() == 3
    assert run.seconds > 0 and "drawn" in run.data
    assert run.config["classifier"] == {"name": "svm", "class_weight": {"fear": 2}}


def refused(folder, *words):
    with pytest.raises(InputError) as caught:
        read_run(folder)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence
    for word in words:
        assert re.search(word, sentence), sentence


def test_what_is_no_finished_run_is_refused(made, tmp_path):
    refused(tmp_path / "nowhere", "nowhere does not exist")
    refused(made / "scores.json", "scores.json is a file")
    refused(tmp_path, "no run.json")
    (made / ".unfinished").write_text("made")
    refused(made, "half-written")


@pytest.mark.parametrize(
    "file", ["run.json", "config.yaml", "clips.csv", "predictions.csv", "scores.json"]
)
@pytest.mark.parametrize("damage", ["gone", "cut", "binary", "empty", "folder"])
def test_a_file_that_is_gone_or_damaged_is_named(made, file, damage):
    path = made / file
    content = path.read_bytes()
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "gone":
        cut = len(content) * 2 // 3 if file != "config.yaml" else len(content) // 2
        path.write_bytes({"cut": content[:cut], "binary": b"\xff\x00\xfe", "empty": b""}[damage])
    refused(made, re.escape(file), "(?i)again|restore|name the folder")


def change(path, **values):
    write_json(path, {**json.loads(path.read_text()), **values})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"format": 0}, "format 0, and this version reads 1; run it again: sttm run .*config.yaml"),
        ({"format": 99}, "format 99.*update sttm"),
        ({"format": "1"}, "format '1'"),
        ({"config": []}, "'config'"),
        ({"data": None}, "'data'"),
        ({"steps": ["x"]}, "'steps'"),
        ({"versions": None}, "'versions'"),
        ({"protocol": "loso"}, "'protocol'"),
    ],
)
def test_facts_of_another_kind_are_refused(made, values, words):
    change(made / "run.json", **values)
    refused(made, "run.json", words)


def test_an_old_run_without_a_format_says_how_to_repeat_it(made):
    facts = json.loads((made / "run.json").read_text())
    del facts["format"]
    write_json(made / "run.json", facts)
    refused(made, "run.json states no format", "sttm run .*config.yaml")
    write_json(made / "run.json", {"format": 1})
    refused(made, "run.json must state 'name'")


def test_a_config_that_was_edited_since_is_refused(made):
    config = yaml.safe_load((made / "config.yaml").read_text())
    (made / "config.yaml").write_text(yaml.safe_dump({**config, "seed": 7}))
    refused(made, "config.yaml was changed since the run: its seed")
    shuffled = dict(reversed(config.items()))
    (made / "config.yaml").write_text(f"# a comment\n{yaml.safe_dump(shuffled, sort_keys=False)}")
    assert read_run(made).name == "made"


def edit(path, how):
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    how(table).to_csv(path, index=False)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda t: t.drop(columns="predicted"), "'predicted'"),
        (lambda t: t.drop(columns="p:joy"), "joy"),
        (lambda t: t.drop(columns="clip"), "'clip'"),
        (lambda t: t.replace({"label": {"joy": "jooy"}}), "'jooy'"),
        (lambda t: pd.concat([t, t[:1]]), "twice: clip0"),
        (lambda t: t.assign(**{"p:joy": "1.4", "p:fear": "-0.4", "p:anger": "0"}), "at least 0"),
        (lambda t: t.assign(**{"p:joy": "0.9"}), "sum to 1"),
        (lambda t: t.assign(**{"p:joy": "much"}), "probabilities"),
        (lambda t: t[:0], "no prediction"),
    ],
)
def test_predictions_that_were_edited_are_refused(made, how, words):
    edit(made / "predictions.csv", how)
    refused(made, "predictions.csv", words, "again")


def test_a_label_or_prediction_changed_by_hand_shows_in_the_scores(made):
    table = pd.read_csv(made / "predictions.csv", dtype=str)
    wrong = table.index[table["label"] != table["predicted"]][0]
    table.loc[wrong, "predicted"] = table.loc[wrong, "label"]
    table.to_csv(made / "predictions.csv", index=False)
    refused(made, "scores.json does not state the accuracy of predictions.csv")


@pytest.mark.parametrize("key", ["accuracy", "uar", "uf1", "log_loss", "calibration_error"])
@pytest.mark.parametrize("value", ["missing", "text", "other", "ends"])
def test_scores_that_were_edited_are_refused(made, key, value):
    scores = json.loads((made / "scores.json").read_text())
    total = isinstance(scores[key], dict)
    if value == "missing":
        del scores[key]
    elif value == "text":
        scores[key] = "0.5"
    elif value == "other":
        scores[key] = {**scores[key], "value": 0.123} if total else 0.123
    else:
        scores[key] = {**scores[key], "low": "a"} if total else None
    write_json(made / "scores.json", scores)
    refused(made, "scores.json", key.replace("_", " "), "again")


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (lambda t: t.drop(columns="subject"), "'subject'"),
        (lambda t: t.drop(columns="content"), "'content'"),
        (lambda t: t[2:], "clip0, clip1 is missing"),
        (lambda t: pd.concat([t, t[3:4]]), "twice: clip3"),
    ],
)
def test_clips_that_were_edited_are_refused(made, how, words):
    edit(made / "clips.csv", how)
    refused(made, "clips.csv", words, "again")


def test_files_of_two_runs_are_not_mixed(real, made, tmp_path):
    mixed = tmp_path / "mixed"
    shutil.copytree(real.folder, mixed)
    shutil.copy(made / "predictions.csv", mixed)
    refused(mixed, "clips.csv must name every clip")
