"""The shipped configs: each loads, says of itself what it is, and runs on its tiny tree."""

from __future__ import annotations

import copy
import functools
import re
from pathlib import Path

import pytest
import yaml
from trees import TREES

from experiments.config import load_config
from experiments.datasets import READERS
from experiments.run import run_experiment
from experiments.shipped import find_config, shipped_configs
from experiments.sweeping.combinations import load_plan
from experiments.sweeping.sweeps import sweep
from sttm.codings import CODINGS
from sttm.mistakes import ConfigError
from sttm.reading import read_yaml
from sttm.store import Store

CONFIGS = shipped_configs()
SWEEPS = [n for n in CONFIGS if "sweep" in n]
RUNS = [n for n in CONFIGS if n not in SWEEPS]
# with an SVM every config is run; with the others one of each family of readers
SPARSE = ("casme2_lbptop", "smic_sttm", "fer2013_hog")
TRIED = [n for n in RUNS if n == "demo" or n.endswith("_svm") or n.rsplit("_", 1)[0] in SPARSE]
PIPELINE = ("ckplus", "casme2", "smic", "samm", "mmi", "oulu_casia", "afew", "megc2019")
# what keeps a test quick and changes nothing of the pipeline's course
QUICK = ["report.bootstrap=100", "report.examples=2", "jobs=1"]
# the tiny tree of CK+ has too few landmark files, so there they are found
INSTEAD = {"ckplus_geometry_svm": ["descriptor.landmarks=cascades"]}


@functools.cache
def loaded(name, *settings):
    return load_config(CONFIGS[name], list(settings))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def tree_settings(kind, root):
    """Write the tiny tree of a kind; return its settings as ``--set`` takes them."""
    values = TREES[kind](root)
    return [
        f"data.{k}={yaml.safe_dump(_plain(v), default_flow_style=True).splitlines()[0]}"
        for k, v in values.items()
    ]


def _plain(value):
    return value if isinstance(value, int | float | bool | list | dict) else str(value)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_config_is_called_like_its_file_and_says_how_to_run_it(name):
    config = load_plan(name) if name in SWEEPS else loaded(name)
    assert config.name == name
    assert config.title
    text = CONFIGS[name].read_text("utf-8")
    assert max(map(len, text.splitlines())) <= 100
    command = "sweep" if "sweep" in name else "run"
    if name != "demo":
        assert re.search(rf"^# sttm {command} {name}\b", text, re.M)


@pytest.mark.parametrize("kind", sorted(set(READERS) - {"folder", "csv", "composite"}))
def test_every_published_set_has_a_config(kind):
    kinds = {loaded(n).data.kind for n in RUNS}
    assert kind in kinds


@pytest.mark.parametrize("data", PIPELINE)
def test_the_pipeline_has_its_three_configs_that_differ_only_in_the_features(data):
    ours, theirs, peer = (loaded(f"{data}_{v}_svm") for v in ("sttm", "sttm2016", "lbptop"))
    for other in (theirs, peer):
        assert other.data == ours.data and other.protocol == ours.protocol
        assert other.time == ours.time and other.classifier == ours.classifier
    assert theirs.descriptor["coding"] == "response"
    assert theirs.faces.align == "box" and peer.faces == ours.faces
    assert peer.descriptor["name"] == "lbp-top"


def test_beside_every_svm_there_are_an_rvm_and_an_rsfm_that_differ_only_in_the_classifier():
    bases = {n.removesuffix("_svm") for n in RUNS if n.endswith("_svm")}
    for kind in ("rvm", "rsfm"):
        beside = {n.removesuffix(f"_{kind}") for n in RUNS if n.endswith(f"_{kind}")}
        assert bases - beside == {"affectnet_hog"}  # 287,651 pictures: too many for kernels
        for base in beside:
            svm, sparse = loaded(f"{base}_svm"), loaded(f"{base}_{kind}")
            assert sparse.classifier["name"] == kind
            for part in ("data", "faces", "time", "protocol", "seed"):
                assert getattr(sparse, part) == getattr(svm, part), (base, part)
            ours, theirs = copy.deepcopy((sparse.descriptor, svm.descriptor))
            if kind == "rsfm" and base.endswith("_lbptop"):  # its kernel takes the roots
                assert (ours.pop("normalisation"), theirs.pop("normalisation")) == (
                    "l1",
                    "hellinger",
                )
            assert ours == theirs, base


@pytest.mark.parametrize("name", TRIED)
def test_a_config_runs_on_its_tiny_tree(name, tmp_path, store, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kind = str(read_yaml(CONFIGS[name])["data"]["kind"])
    settings = tree_settings(kind, tmp_path / "data")
    folds = ["protocol.folds=3"] if loaded(name).protocol.name == "grouped-kfold" else []
    instead = INSTEAD.get(name, [])
    run = run_experiment(loaded(name, *settings, *folds, *instead, *QUICK), store=store)
    page = run.report.read_text("utf-8")
    assert loaded(name).title in page and run.bundle.is_file()
    assert run.scores.clips > 0
    if name.endswith("_rsfm"):
        assert "What decided" in page


@pytest.mark.parametrize("name", [n for n in SWEEPS if n.endswith("_codings")])
def test_a_sweep_goes_over_all_codings_on_its_tiny_tree(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = load_plan(name)
    assert {c.values["descriptor.coding"] for c in plan.combinations} == set(CODINGS)
    settings = tree_settings(str(read_yaml(CONFIGS[name])["data"]["kind"]), tmp_path / "data")
    protocol = plan.combinations[0].config.protocol.name
    folds = ["protocol.folds=3"] if protocol == "grouped-kfold" else []
    small = ["faces.size=64", "time.frames=8", "descriptor.grid=[1,4,4]"]
    done = sweep(name, settings=[*settings, *folds, *small, *QUICK], store=tmp_path / "store")
    assert not done.failed and len(done.finished) == len(CODINGS)
    assert done.page.is_file()


def test_the_sweep_over_classifiers_says_what_each_keeps(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = tree_settings("drawn", tmp_path / "data")
    small = ["faces.size=64", "time.frames=8", "descriptor.grid=[1,4,4]"]
    name = "drawn_sweep_classifiers"
    done = sweep(name, settings=[*settings, *small, *QUICK], store=tmp_path / "store")
    assert not done.failed and len(done.finished) == 4
    svm, rvm, rsfm, layers = done.comparison.runs
    assert 0 < rvm.training["samples_used"] < svm.training["samples_used"]
    for run in (rsfm, layers):
        assert run.training["features"] == 16 and "features_used" not in rvm.training
    page = done.page.read_text("utf-8")
    assert "What the machines keep" in page and "Reliability" in page


def test_a_config_is_found_by_its_bare_name_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_config(find_config(Path("demo"))).name == "demo"
    (tmp_path / "demo").write_text("name: mine\ndata: drawn\n")
    assert load_config(Path("demo")).name == "mine"
    for other in ("demoo", "elsewhere/demo", "demo.yml", ""):
        with pytest.raises(ConfigError, match="cannot read the config"):
            load_config(Path(other))
    for near, name in (("Demoo", "demo"), ("casme2_sttm", "casme2_sttm_svm")):
        with pytest.raises(ConfigError, match=f"did you mean '{name}'"):
            find_config(Path(near))
