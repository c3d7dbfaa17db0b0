"""Still faces: soft labels, early stopping on the official part, the FER2013 configs end to end."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fer_material import SETTINGS, drawn_fer2013, drawn_stills
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin

from classifiers import CLASSIFIERS
from experiments.cli import main
from experiments.config import Config, load_config, parse
from experiments.datasets import READERS, packing, read_dataset
from experiments.datasets.drawn import stills
from experiments.datasets.ferplus import WORDS, soft_labels
from experiments.fitting import models
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.finished import final_model, finish_folds
from experiments.fitting.search import Recipe, inner_search
from experiments.folding.folds import Fold
from experiments.folding.official_split import Parts
from experiments.join import Joined
from experiments.judging.predictions import read_predictions
from experiments.report.published import published_for, same_protocol
from experiments.run import run_experiment
from experiments.shares import Shares, merge_shares, shares_of
from experiments.shipped import find_config, shipped_configs
from recognizer.bundle import load_bundle
from sttm.errors import InputError
from sttm.mistakes import ConfigError
from sttm.store import Store


@pytest.fixture(autouse=True)
def packs(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(packing, "PACKS", tmp_path_factory.mktemp("packs"))


def read(kind, **options):
    return read_dataset(READERS[kind].settings(path=drawn_fer2013(), **options))


# drawn pictures in FER2013's format ---------------------------------------------------------------


def test_the_drawn_file_is_read_like_the_real_one_and_called_synthetic():
    data = read("fer2013")
    assert data.synthetic and "drawn (synthetic)" in data.about
    assert data.clips["part"].value_counts().to_dict() == {"train": 42, "validation": 7, "test": 7}
    assert (data.labels["label"].value_counts() == 8).all()
    assert not len(data.skipped) and not len(data.passed)


def test_csv_and_folders_hold_the_same_pictures():
    from sttm.frames import open_frames

    folders = read_dataset(READERS["fer2013"].settings(path=drawn_fer2013("folders")))
    assert folders.synthetic
    found = {}
    for source, part in zip(folders.clips["source"], folders.clips["part"], strict=True):
        with open_frames(folders.root / source) as frames:
            found[int(source.split("_")[-1].split(".")[0])] = (part, frames[0])
    parts = dict(zip(stills.USAGES, ("train", "validation", "test"), strict=True))
    for number, still in enumerate(drawn_stills()):
        part, picture = found[number]
        assert part == parts[still.usage]
        np.testing.assert_array_equal(picture, still.picture)


def test_no_drawn_person_is_in_two_parts_and_no_two_pictures_are_equal():
    people = {u: {s.person for s in drawn_stills() if s.usage == u} for u in stills.USAGES}
    assert [len(p) for p in people.values()] == [6, 1, 1]
    assert len(set.union(*people.values())) == 8
    assert len({s.picture.tobytes() for s in drawn_stills()}) == 56


def test_the_same_seed_gives_the_same_file(tmp_path):
    few = stills.StillSettings(3, 1)
    one, two = (
        stills.write_fer2013(few, tmp_path / name, jobs=j) for name, j in (("a", 1), ("b", 2))
    )
    for name in ("fer2013.csv", "fer2013new.csv"):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_folder_with_other_files_is_not_drawn_into(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(InputError, match="need a folder of their own"):
        stills.write_fer2013(SETTINGS, tmp_path)
    for wrong in ({"people": 2}, {"takes": 0}, {"seed": -1}):
        with pytest.raises(InputError, match="must be from"):
            stills.write_fer2013(stills.StillSettings(**wrong), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_another_drawing_replaces_the_pictures_of_the_first(tmp_path):
    few = stills.StillSettings(3, 1)
    stills.write_fer2013(few, tmp_path / "d", "folders")
    stills.write_fer2013(few, tmp_path / "d", "csv")
    assert not list((tmp_path / "d").rglob("*.png"))
    assert len((tmp_path / "d" / "fer2013.csv").read_text().splitlines()) == 22


# soft labels --------------------------------------------------------------------------------------

VOTES = pd.DataFrame(
    [["a", 0, 7, 2, 1, 0, 0, 0, 0, 0, 0], ["b", 5, 0, 0, 0, 0, 0, 1, 0, 4, 0]],
    columns=["clip", *WORDS, "unknown", "NF"],
)


def test_shares_are_the_votes_that_the_rule_counts():
    majority, plurality = (
        soft_labels(VOTES, r).set_index("clip") for r in ("majority", "plurality")
    )
    assert majority.loc["a", ["happiness", "surprise", "sadness"]].tolist() == [7 / 9, 2 / 9, 0]
    assert plurality.loc["a", ["happiness", "surprise", "sadness"]].tolist() == [0.7, 0.2, 0.1]
    assert majority.loc["b", "neutral"] == 1  # fear's only vote is dropped, unknown is no class
    assert plurality.loc["b", ["neutral", "fear"]].tolist() == [5 / 6, 1 / 6]


def test_soft_votes_change_neither_clips_nor_labels():
    hard, soft = read("ferplus"), read("ferplus", soft=True)
    assert hard.shares is None and "shares of the votes" in soft.about
    pd.testing.assert_frame_equal(hard.clips, soft.clips)
    pd.testing.assert_frame_equal(hard.labels, soft.labels)
    names = soft.labels["clip"].tolist()
    shares = shares_of(soft.shares, names)
    best = np.array(shares.classes)[shares.values.argmax(axis=1)]
    assert best.tolist() == soft.labels["label"].tolist()
    assert 0.2 < (shares.values.max(axis=1) < 1).mean() < 1


def test_merged_classes_have_the_sum_of_their_shares():
    classes = {"negative": ["anger", "fear", "sadness"], "other": ["happiness", "neutral"]}
    whole, merged = read("ferplus", soft=True), read("ferplus", soft=True, classes=classes)
    names = merged.clips["clip"].tolist()
    before = whole.shares.set_index("clip").loc[names]
    ours = merged.shares.set_index("clip").loc[names]
    assert set(ours.columns) == {"negative", "other"}
    kept = before[["anger", "fear", "sadness", "happiness", "neutral"]].sum(axis=1)
    expected = before[["anger", "fear", "sadness"]].sum(axis=1) / kept
    np.testing.assert_allclose(ours["negative"], expected)


@given(st.integers(0, 1000))
def test_shares_among_classes_sum_to_one_and_keep_their_order(seed):
    rng = np.random.default_rng(seed)
    values = rng.dirichlet(np.ones(4), 5)
    shares = Shares(("a", "b", "c", "d"), values)
    fewer = shares.take(np.array([3, 0])).among(["c", "a"])
    np.testing.assert_allclose(fewer.sum(axis=1), 1)
    ratio = values[[3, 0]][:, 2] / values[[3, 0]][:, 0]
    np.testing.assert_allclose(fewer[:, 0] / fewer[:, 1], ratio)


def test_shares_that_are_none_are_refused():
    table = pd.DataFrame({"clip": ["a", "b"], "x": [0.5, 0.4], "y": [0.5, 0.4]})
    with pytest.raises(InputError, match="sum to 1; they do not for b"):
        shares_of(table, ["a", "b"])
    with pytest.raises(InputError, match="c has none"):
        shares_of(table, ["a", "c"])
    with pytest.raises(InputError, match="needs a share"):
        Shares(("x", "y"), np.array([[1.0, 0.0]])).among(["y", "z"])
    kept = merge_shares(table, {"x": "one", "y": "one"}, pd.Series(["a"]))
    assert kept.to_dict("list") == {"clip": ["a"], "one": [1.0]}


@pytest.mark.parametrize("name", ["svm", "rsfm", "mlp", "majority"])
def test_a_classifier_that_takes_no_shares_is_refused_with_soft_votes(name):
    values = {"data": {"kind": "ferplus", "path": "x", "soft": True}, "classifier": {"name": name}}
    with pytest.raises(ConfigError, match=f"{name} takes one label per clip"):
        parse(Config, values)


def test_soft_votes_are_no_member_of_a_composite():
    members = [{"kind": "ferplus", "path": "x", "soft": True}]
    with pytest.raises(ConfigError, match="soft labels are for a data set that stands alone"):
        parse(Config, {"data": {"kind": "composite", "members": members}})


# what fit is given --------------------------------------------------------------------------------


class Spy(ClassifierMixin, BaseEstimator):
    """A classifier that notes what it is given; it answers the commonest class."""

    seen: list = []

    def __init__(self, setting=0):
        self.setting = setting

    def fit(self, X, y, *, groups=None, shares=None, validation=None):
        Spy.seen.append({"X": X, "y": y, "groups": groups, "shares": shares, "held": validation})
        self.classes_, counts = np.unique(y, return_counts=True)
        self.best_ = self.classes_[counts.argmax()]
        return self

    def predict(self, X):
        return np.full(len(X), self.best_)

    def predict_proba(self, X):
        return np.tile((self.classes_ == self.best_).astype(float), (len(X), 1))


@pytest.fixture
def seen(monkeypatch):
    monkeypatch.setattr(Spy, "seen", [])
    return Spy.seen


def split_data(refit=False):
    """Return measures whose first column is the row number, labels, shares, and a fold."""
    X = np.column_stack([np.arange(24.0), np.ones(24)])
    y = np.array(["a", "b", "c"])[np.arange(24) % 3]
    shares = Shares(("a", "b", "c"), np.random.default_rng(0).dirichlet([1, 1, 1], 24))
    rows = np.arange(24)
    return X, y, shares, Fold("test", rows[:12], rows[18:], rows[12:18], refit=refit, mixed=True)


def test_a_classifier_stops_early_on_the_rows_to_choose_on_and_never_sees_test_rows(seen):
    X, y, shares, fold = split_data()
    recipe = Recipe(Spy, {"setting": [0, 1]})
    list(cross_validate(recipe, X, y, None, [fold], shares=shares))
    assert len(seen) == 3  # two settings, and the model
    for call in seen:
        assert call["X"][:, 0].tolist() == list(range(12)) and call["y"].tolist() == y[:12].tolist()
        np.testing.assert_allclose(call["shares"], shares.values[:12])
        held, labels = call["held"]
        assert held[:, 0].tolist() == list(range(12, 18)) and labels.tolist() == y[12:18].tolist()


def test_a_model_that_is_refitted_on_the_chosen_rows_does_not_stop_on_them(seen):
    X, y, shares, fold = split_data(refit=True)
    list(cross_validate(Recipe(Spy, {"setting": [0, 1]}), X, y, None, [fold], shares=shares))
    *searched, last = seen
    assert all(call["held"] is not None for call in searched) and last["held"] is None
    assert last["X"][:, 0].tolist() == list(range(18)) and len(last["shares"]) == 18


def test_inner_folds_are_no_rows_to_stop_on(seen):
    X, y, shares, _ = split_data()
    inner_search(Recipe(Spy, {"setting": [0, 1]}), X, y, None, shares=shares)
    assert seen and all(call["held"] is None for call in seen)
    for call in seen:
        rows = call["X"][:, 0].astype(int)
        np.testing.assert_allclose(call["shares"], shares.values[rows])


def test_classes_that_are_not_trained_on_are_in_neither_shares_nor_validation(seen):
    X, y, shares, fold = split_data()
    y[:12] = np.array(["a", "b"])[np.arange(12) % 2]
    list(cross_validate(Recipe(Spy), X, y, None, [fold], shares=shares))
    [call] = seen
    assert call["shares"].shape == (12, 2) and "c" not in call["held"][1]
    assert len(call["held"][0]) == len(call["held"][1]) == 4


class Plain(Spy):
    """One whose ``fit`` takes rows and labels only."""

    def fit(self, X, y):
        return super().fit(X, y)


def test_a_classifier_that_takes_neither_is_given_neither(seen):
    X, y, shares, fold = split_data()
    list(cross_validate(Recipe(Plain), X, y, None, [fold], shares=shares))
    assert seen[0]["shares"] is None and seen[0]["held"] is None


def joined_of(shares=None):
    X, y, _, fold = split_data()
    clips = pd.DataFrame({"clip": [f"c{i}" for i in range(24)], "subject": "", "dataset": "d"})
    return Joined(clips, X, y, np.full(24, ""), shares), fold


SPLIT = {"data": "drawn", "protocol": {"name": "official-split"}}


def finished_with(shares, store):
    joined, fold = joined_of(shares)
    config = parse(Config, SPLIT)
    finish_folds(config, Recipe(Spy), joined, [fold], store, 1, lambda *_: None)
    final_model(config, Recipe(Spy), joined, [fold], store)


def test_other_shares_are_another_fold_and_another_model(seen, tmp_path):
    store, soft = Store(tmp_path), split_data()[2]
    for shares in (None, soft, Shares(soft.classes, soft.values[::-1])):
        before = len(seen)
        finished_with(shares, store)
        assert len(seen) > before
        again = len(seen)
        joined, fold = joined_of(shares)
        finish_folds(parse(Config, SPLIT), Recipe(Spy), joined, [fold], store, 1, lambda *_: None)
        assert len(seen) == again


def test_the_model_of_an_official_split_is_fitted_once(tmp_path, monkeypatch):
    from experiments.fitting import finished
    from experiments.measuring import modelling

    calls, fit = [], finished.fit_model
    monkeypatch.setattr(finished, "fit_model", lambda *a: calls.append(1) or fit(*a))
    joined, fold = joined_of()
    plain = {"name": "sttm", "grid": [1, 1, 1], "azimuths": 4, "normalisation": "l1"}
    values = {**SPLIT, "classifier": {"name": "lda"}, "descriptor": plain}
    config = parse(Config, values)
    joined.measures = np.random.default_rng(0).random((24, 12)).astype(np.float32)
    for _ in range(2):
        recipe, store = modelling(config), Store(tmp_path)
        [result] = finish_folds(config, recipe, joined, [fold], store, 1, lambda *_: None)
        model, known = final_model(config, recipe, joined, [fold], store)
        assert len(calls) == 1 and len(known.names) == 12 == result.trained
        tested = model.predict_proba(joined.measures[fold.test], result.classes)
        np.testing.assert_allclose(tested, result.probabilities)
        assert model.facts == result.facts and result.facts["fit_seconds"] > 0


def test_the_protocol_says_that_training_was_stopped_on_the_chosen_part():
    parts = Parts(("train",), ("validation",), ("test",))
    stopped = "trained on train, training stopped on validation, tested on test."
    assert stopped in parts.sentence(refit=False, searched=False, stopped=True)
    both = "parameters chosen and training stopped on validation"
    assert both in parts.sentence(refit=False, searched=True, stopped=True)
    assert "stopped" not in parts.sentence(refit=True, searched=True, stopped=True)
    assert not models.takes("logistic", "validation")


# the shipped configs, end to end ------------------------------------------------------------------

STILL = [
    n for n in shipped_configs() if n.startswith(("fer2013_", "ferplus_"))
]  # fmt: skip
# what makes a config quick on 56 pictures and changes nothing of its course
SMALL = {
    "hog": ["faces.size=48", "descriptor.grid=[1,4,4]"],
    "lbp": ["faces.size=48", "descriptor.grid=[1,3,3]"],
    "gabor": ["faces.size=48", "descriptor.grid=[1,3,3]"],
    "eigenfaces": ["descriptor.side=16", "descriptor.components=10"],
    "fisherfaces": ["descriptor.side=16"],
    "geometry": ["classifier.max_iter=30"],
}
TINY = [
    "descriptor.side=8",  # 64 places to cover, where it is measured what each does
    "classifier.epochs=1",
    "classifier.width=0.1",
    "classifier.side=32",
    "classifier.batch_size=32",
    "classifier.threads=1",
]
DEEP = ("mobilenetv2", "resnet50", "vgg19")


def quick(name):
    """Return the settings with which a shipped config runs in a moment."""
    kind = name.split("_")[1]
    head = ["classifier.head=8"] if kind == "vgg19" else []
    return [*TINY, *head] if kind in DEEP else SMALL[kind]


@pytest.mark.parametrize("name", STILL)
def test_a_still_config_runs_through_the_command_line(name, tmp_path, monkeypatch, capsys, kept):
    if name.split("_")[1] in DEEP:
        pytest.importorskip("torch", reason="deep nets need the extra deep")
        pytest.importorskip("onnxruntime", reason="deep nets need the extra deep")
    monkeypatch.chdir(tmp_path)
    more = ["report.bootstrap=100", "report.examples=2", "jobs=1", f"data.path={drawn_fer2013()}"]
    settings = [word for s in [*quick(name), *more] for word in ("--set", s)]
    code = main(["run", name, *settings, "--store", str(kept), "--quiet"])
    said = capsys.readouterr()
    folder = tmp_path / "runs" / name
    assert code == int("skipped " in said.err), said.err  # a face without landmarks is left out
    page = (folder / "report.html").read_text("utf-8")
    assert "drawn" in page and "model.sttm" in said.out
    facts = json.loads((folder / "run.json").read_text())
    assert facts["data"]["synthetic"] and facts["protocol"]["name"] == "official-split"
    table = read_predictions(folder / "predictions.csv")
    assert set(table["fold"]) == {"test"} and len(table) <= 7
    bundle = load_bundle(folder / "model.sttm")
    assert set(bundle.classes) <= {*stills.CODES, "contempt"}
    assert "73.28 %" not in page  # found on real faces, so no neighbour of drawn ones
    if name.split("_")[1] in DEEP:
        assert "training stopped on validation" in page


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.mark.parametrize("name", sorted(set(CLASSIFIERS) - set(DEEP) - {"sklearn-rvm"}))
def test_every_classifier_makes_a_report_and_a_card_on_stills(name, tmp_path, kept):
    small = {"forest": {"n_estimators": 5}, "mlp": {"max_iter": 20}, "rsfm": {"max_iter": 2}}
    small["rsfm-layers"] = {"max_iter": 2, "layers": 1}
    values = {
        "data": {"kind": "fer2013", "path": str(drawn_fer2013())},
        "faces": {"finder": "whole", "align": "box", "size": 48},
        "descriptor": {"name": "static-hog", "grid": [1, 4, 4]},
        "classifier": {"name": name, **small.get(name, {})},
        "protocol": {"name": "official-split"},
        "report": {"bootstrap": 100, "examples": 1},
        "jobs": 1,
        "output": str(tmp_path / "run"),
    }
    run = run_experiment(parse(Config, values), store=kept)
    assert run.report.is_file() and "# Model card" in run.bundle.with_suffix(".md").read_text()
    assert len(load_bundle(run.bundle).classes) == 7


def test_published_figures_stand_beside_ours_with_their_protocols(tmp_path, kept):
    (tmp_path / "fer2013.csv").write_bytes((drawn_fer2013() / "fer2013.csv").read_bytes())
    settings = [*SMALL["hog"], f"data.path={tmp_path}", f"output={tmp_path / 'run'}", "jobs=1"]
    config = load_config(find_config(Path("fer2013_hog_svm")), [*settings, "report.examples=0"])
    page = run_experiment(config, store=kept).report.read_text("utf-8")
    for figure in ("65 ± 5 %", "people were asked", "arXiv:1307.0414"):
        assert figure in page
    row = page[page.index("VGG network, tuned") :].split("</tr>")[0]
    assert "73.28 %" in row and "official split" in row and "arXiv:2105.03588" in row


@pytest.mark.parametrize("name", [n for n in STILL if n.startswith("fer2013_")])
def test_every_fer2013_config_has_the_published_protocol(name):
    config = load_config(find_config(Path(name)))
    [vgg] = [p for p in published_for(config.data.kind) if "VGG" in p.method]
    assert same_protocol(vgg, config.protocol.name, 7)
    assert (config.protocol.train, config.protocol.choose) == (["train"], ["validation"])
    assert config.protocol.test == ["test"] and not config.protocol.refit
