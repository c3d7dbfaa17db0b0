"""`sttm train`: a model of everything, its bundle, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from drawn_material import drawn
from filelock import FileLock
from test_experiments_run import make_config

from experiments.cli import main
from experiments.run import run_experiment
from experiments.training import NOT_JUDGED, train_model
from experiments.workplace import lock_of
from recognizer import load_bundle
from sttm.errors import InputError
from sttm.extract import extract
from sttm.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


@pytest.fixture(scope="module")
def measures(store):
    """The measures of the drawn clips, as the tests' config has them."""
    folder, clips, _ = drawn()
    return extract(clips, make_config("unused").recipe(), root=folder, store=store).measures


def test_the_model_is_that_of_a_run_on_the_same_clips(tmp_path, store, measures):
    config = make_config(tmp_path / "run", classifier={"name": "svm", "C": [0.1, 10.0]})
    run = run_experiment(config, store=store)
    trained = train_model(config, tmp_path / "m.sttm", store=store)
    ours, theirs = load_bundle(trained.bundle), load_bundle(run.bundle)
    np.testing.assert_array_equal(ours.predict_proba(measures), theirs.predict_proba(measures))
    assert ours.provenance["params"] == theirs.provenance["params"]
    assert ours.provenance["length"] == {"frames": 12.0, "seconds": 0.48}  # the windows' length
    assert ours.provenance["length"] == theirs.provenance["length"]
    assert trained.clips == 21 and trained.classes == ours.classes
    assert not len(trained.skipped) and trained.notes == []


def test_the_bundle_says_that_nobody_judged_it(tmp_path, store):
    trained = train_model(make_config(tmp_path / "run"), tmp_path / "m.sttm", store=store)
    bundle = load_bundle(trained.bundle)
    assert bundle.provenance["protocol"] == NOT_JUDGED
    assert "Not judged" in bundle.card
    assert trained.bundle.with_suffix(".md").read_text("utf-8") == bundle.card
    assert not (tmp_path / "run").exists()


def test_the_place_is_chosen_by_the_name(tmp_path, store, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = make_config(tmp_path / "run", name="mine")
    assert train_model(config, store=store).bundle.as_posix() == "models/mine.sttm"


def test_what_is_refused_leaves_the_former_model(tmp_path, store):
    out = tmp_path / "m.sttm"
    out.write_bytes(b"PK former")
    _, clips, labels = drawn()
    folder = drawn()[0]
    table = clips.merge(labels, on="clip").rename(columns={"source": "path"})
    table["path"] = [str(folder / p) for p in table["path"]]
    table.assign(label="one")[["clip", "path", "label"]].to_csv(tmp_path / "t.csv", index=False)
    single = make_config(tmp_path / "run", data={"kind": "csv", "path": str(tmp_path / "t.csv")})
    with pytest.raises(InputError, match="at least two classes; these have one"):
        train_model(single, out, store=store)
    lock_of(store, out).parent.mkdir(exist_ok=True)
    lock = FileLock(lock_of(store, out))
    with lock, pytest.raises(InputError, match="another run is using"):
        train_model(make_config(tmp_path / "run"), out, store=store)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        train_model(make_config(tmp_path / "run"), tmp_path / "file" / "m.sttm", store=store)
    assert out.read_bytes() == b"PK former"


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("m", "must end in .sttm"),
        ("m.md", "must end in .sttm"),  # the card's own place
        ("README.sttm", "would replace .*README.md, which no model wrote"),
        ("notes.sttm", "would replace .*notes.sttm, which no model wrote"),
        ("taken.sttm", "would replace .*taken.md"),
    ],
)
def test_nothing_but_a_model_and_its_card_is_replaced(tmp_path, out, words):
    mine = [tmp_path / name for name in ("README.md", "notes.sttm")]
    for path in mine:
        path.write_text("mine")
    (tmp_path / "taken.md").mkdir()
    with pytest.raises(InputError, match=words):
        train_model(make_config(tmp_path / "run"), tmp_path / out)
    assert [p.read_text() for p in mine] == ["mine", "mine"]
    assert {p.name for p in tmp_path.iterdir()} == {"README.md", "notes.sttm", "taken.md"}


def test_the_command_says_what_it_fitted_and_where_it_lies(tmp_path, store, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(make_config(tmp_path / "run").as_yaml())
    place = str(store.folder)
    words = ["train", "t.yaml", "--out", "m.sttm", "--store", place, "--set", "seed=1", "--quiet"]
    assert main(words) == 0
    told = capsys.readouterr()
    assert told.out == (
        "fitted on 21 clips of 7 classes; not judged\nmodel   m.sttm\ncard    m.md\n"
    )
    assert told.err == "" and load_bundle(Path("m.sttm")).provenance["config"]["seed"] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m.md", "m.sttm", "t.yaml"]
