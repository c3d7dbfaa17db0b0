"""Planted leaks, one of each kind: refused, reported, or without any effect on what is learned."""

from __future__ import annotations

import json
import shutil
import warnings
from functools import partial

import joblib
import numpy as np
import pandas as pd
import pytest
from drawn_material import QUICK as QUICK_FEATURES
from drawn_material import drawn
from families import ON_TABLES
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import make_classifier
from classifiers.calibration import calibration_folds
from experiments.config import Config, parse
from experiments.datasets.base import build_dataset
from experiments.fitting import crossvalidation
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.search import Recipe, inner_folds
from experiments.folding.leaks import (
    equal_measures,
    leaks_in,
    recordings,
    repeated_recordings,
    shown_independent,
    similar_labels,
    similar_subjects,
)
from experiments.folding.protocols import Fold, ProtocolSettings, ProtocolWarning, make_folds
from experiments.join import join, undecided, usable
from experiments.preview import preview
from experiments.run import run_experiment
from recognizer.bundle import load_bundle
from sttm.descriptors import DESCRIPTORS, build
from sttm.descriptors.base import Encoder
from sttm.errors import InputError
from sttm.extract import Extraction
from sttm.store import Store


def table(**columns) -> pd.DataFrame:
    """A clips table; every clip is its own video unless told."""
    n = len(next(iter(columns.values())))
    usual = {
        "clip": [f"c{i}" for i in range(n)],
        "subject": [f"s{i}" for i in range(n)],
        "dataset": ["set"] * n,
        "source": [f"v{i}.avi" for i in range(n)],
        "first": pd.array([pd.NA] * n, dtype="Int64"),
        "last": pd.array([pd.NA] * n, dtype="Int64"),
    }
    return pd.DataFrame({**usual, **columns})


def loso(clips: pd.DataFrame) -> list[Fold]:
    labels = (["a", "b"] * len(clips))[: len(clips)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProtocolWarning)
        return make_folds(labels, clips["subject"].tolist())


# people and classes in two spellings ------------------------------------------------------------


@pytest.mark.parametrize(
    "pair", [("S1", "s01"), ("S1", "S001"), ("sub01", "1"), ("Anna", "anna"), ("m 1/02", "M1-2")]
)
def test_one_person_in_two_spellings_is_suspected(pair):
    [sentence] = similar_subjects([*pair, pair[0], "S7", "F07"])
    assert all(repr(name) in sentence for name in pair) and "S7" not in sentence


@pytest.mark.parametrize(
    "names",
    [["S1", "S10", "S11"], ["F01", "M01"], ["a/01", "b/01"], ["", ""], ["1", "11"], ["s1a", "s1b"]],
)
def test_different_people_are_not_suspected(names):
    assert similar_subjects(names) == []


def test_a_class_in_two_spellings_is_suspected():
    [sentence] = similar_labels(["Happy", "happy", "sad", "other", "others"])
    assert "'Happy' and 'happy'" in sentence and "'other' and 'others'" in sentence
    assert similar_labels(["joy", "fear", "joy"]) == []


def test_a_subject_in_two_data_sets_is_said():
    clips = table(subject=["1", "2", "1"], dataset=["x", "x", "y"])
    [sentence] = leaks_in(clips, ["a", "b", "a"], [])
    assert sentence.startswith("subject 1 is in several data sets")


# one recording, several clips -------------------------------------------------------------------


def test_a_copy_under_another_subject_is_said_and_takes_the_claim_away():
    clips = table(content=["x", "y", "x", "z"])
    folds = loso(clips)
    [sentence] = repeated_recordings(clips, ["a", "b", "a", "b"], folds)
    assert "trained on and tested (1 recording: c0 (s0) and c2 (s2))" in sentence
    assert shown_independent("loso", folds, clips) is False
    clean = clips.assign(content=list("wxyz"))
    assert repeated_recordings(clean, list("abab"), folds) == []
    assert shown_independent("loso", folds, clean) is True


def test_a_copy_within_one_subject_is_no_leak_but_is_said():
    clips = table(content=["x", "y", "x"], subject=["1", "2", "1"])
    folds = loso(clips)
    [sentence] = repeated_recordings(clips, ["a", "b", "a"], folds)
    assert "count several times: c0 (1) and c2 (1)" in sentence
    assert shown_independent("loso", folds, clips) is True
    assert "different labels" in repeated_recordings(clips, ["a", "b", "b"], folds)[1]


def test_overlapping_stretches_of_one_video_are_one_recording():
    stretches = [(0, 9), (10, 19), (19, 30), (40, 50)]
    clips = table(
        content=["v"] * 4,
        first=pd.array([a for a, _ in stretches], dtype="Int64"),
        last=pd.array([b for _, b in stretches], dtype="Int64"),
    )
    same = recordings(clips)
    assert same[1] == same[2] and len(set(same)) == 3
    assert "c1 (s1) and c2 (s2)" in repeated_recordings(clips, list("abab"), loso(clips))[0]


def test_before_anything_is_read_the_source_says_it():
    clips = table(source=["v.avi", "w.avi", "v.avi"])
    assert recordings(clips)[0] == recordings(clips)[2]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("vw"), st.none() | st.integers(0, 9),
                          st.none() | st.integers(0, 6)), min_size=1, max_size=9))  # fmt: skip
def test_recordings_are_the_connected_parts_of_overlapping_stretches(rows):
    """The slow twin: two clips overlap, or are linked by clips that do."""
    last = [None if n is None else (b or 0) + n for _, b, n in rows]
    clips = table(
        content=[v for v, _, _ in rows],
        first=pd.array([b for _, b, _ in rows], dtype="Int64"),
        last=pd.array(last, dtype="Int64"),
    )
    ends = [
        (v, b or 0, np.inf if e is None else e) for (v, b, _), e in zip(rows, last, strict=True)
    ]
    linked = np.array(
        [[a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2] for b in ends] for a in ends]
    )
    for _ in ends:
        linked = linked | (linked.astype(int) @ linked.astype(int) > 0)
    same = recordings(clips)
    assert ((same[:, None] == same) == linked).all()


def test_pictures_in_one_packed_file_are_told_apart_by_their_measures():
    numbers = pd.array(range(4), dtype="Int64")
    clips = table(content=["pack"] * 4, first=numbers, last=numbers, part=list("tttv"))
    folds = [Fold("v", np.arange(3), np.array([3]), mixed=True)]
    measures = np.array([[1, 2], [3, 4], [5, 6], [3, 4.0]], np.float32)
    assert repeated_recordings(clips, list("abab"), folds) == []
    [sentence] = equal_measures(clips, measures, folds)
    assert sentence.startswith("1 clip repeats") and "c1 and c3" in sentence
    assert "some are trained on and some tested" in sentence
    whole = table(content=["pack"] * 4, part=list("tttv"))
    assert equal_measures(whole, measures, folds) == []  # said by the recordings


def test_clips_without_a_slip_are_met_with_silence():
    clips = table(subject=["a", "b", "c"])
    assert leaks_in(clips, ["x", "y", "x"], loso(clips), np.eye(3)) == []


# people on both sides ---------------------------------------------------------------------------

PEOPLE = st.lists(st.integers(0, 5), min_size=6, max_size=30).filter(lambda g: len(set(g)) > 1)


@settings(max_examples=40, deadline=None)
@given(PEOPLE, st.integers(0, 10**6), st.integers(2, 5))
def test_nobody_is_on_both_sides_of_inner_and_calibration_folds(people, seed, count):
    groups = np.array([f"p{g}" for g in people])
    y = np.random.default_rng(seed).integers(3, size=len(groups))
    folds = inner_folds(y.astype(str), groups, count, seed)
    pairs = [(f.train, f.test) for f in folds] + list(calibration_folds(y, groups, seed))
    assert pairs
    for train, test in pairs:
        assert not set(groups[train]) & set(groups[test])


# what is learned --------------------------------------------------------------------------------

CLIPS, SIDE = 24, 16
SEARCHED = {
    "knn": {"n_neighbors": [1, 3]},
    "svm": {"C": [0.01, 1.0]},
    "linear-svm": {"C": [0.01, 1.0]},
    "logistic": {"C": [0.01, 1.0], "scaling": ["standard", "none"]},
    "lda": {"scaling": ["standard", "none"]},
    "mlp": {"alpha": [0.0001, 0.1]},
    "forest": {"max_depth": [1, 3]},
    "majority": {"strategy": ["prior", "stratified"]},
}
ANY = {"scaling": ["none", "standard"]}  # of a classifier that is not listed
QUICK = {"mlp": {"max_iter": 15}, "forest": {"n_estimators": 5}}


def people(measures: np.ndarray | None = None):
    """Measures, labels and subjects of 24 clips by 6 people."""
    random = np.random.default_rng(4)
    y = np.array(["a", "b", "c"])[np.arange(CLIPS) % 3]
    X = random.random((CLIPS, 10)) if measures is None else measures
    return X, y, np.array([f"p{i // 4}" for i in range(CLIPS)])


def fitted(monkeypatch, recipe, X, y, subjects, fold):
    """Return digests of all that a fold learned: encoder, classifier, search; and the model."""
    kept = []
    fit = crossvalidation.fit_model

    def keep(*arguments):
        kept.append(fit(*arguments))
        return kept[-1]

    with monkeypatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(crossvalidation, "fit_model", keep)
        list(cross_validate(recipe, X, y, subjects, [fold]))
    [model] = kept
    state = None if model.encoder is None else vars(model.encoder.descriptor_ if hasattr(
        model.encoder, "descriptor_") else model.encoder)  # fmt: skip
    return joblib.hash((state, model.classifier, model.search)), model


def spoiled(X, y, fold):
    """The same clips with wild measures and other labels wherever ``fold`` tests."""
    wild, wrong = X.copy(), y.copy()
    rows = fold.test
    wild[rows] = np.random.default_rng(9).permutation(X[rows].ravel()).reshape(X[rows].shape) * 1000
    wrong[rows] = np.roll(["a", "b", "c"], 1)[np.searchsorted(["a", "b", "c"], y[rows])]
    return wild, wrong


def split(subjects, choose=False):
    test = np.flatnonzero(subjects == "p0")
    held = np.flatnonzero(subjects == "p1") if choose else np.zeros(0, int)
    train = np.setdiff1d(np.arange(len(subjects)), np.concatenate([test, held]))
    return Fold("f", train, test, held)


@pytest.mark.parametrize("choose", [False, True], ids=["inner", "choose"])
@pytest.mark.parametrize("name", sorted(ON_TABLES))
def test_no_classifier_learns_from_tested_clips(name, choose, monkeypatch):
    X, y, subjects = people()
    fold = split(subjects, choose)
    make = partial(make_classifier, name, seed=0, **QUICK.get(name, {}))
    recipe = Recipe(make, SEARCHED.get(name, ANY), inner_folds=2)
    before, _ = fitted(monkeypatch, recipe, X, y, subjects, fold)
    after, _ = fitted(monkeypatch, recipe, *spoiled(X, y, fold), subjects, fold)
    assert before == after
    wild, wrong = spoiled(X, y, Fold("g", fold.test, fold.train))
    other, _ = fitted(monkeypatch, recipe, wild, wrong, subjects, fold)
    assert other != before or name == "majority"  # the digest does see what was learned


def learners() -> list[dict]:
    found = [{"name": n, "params": {}} for n in DESCRIPTORS]
    found += [{"name": "sttm", "params": {"coding": c}} for c in ("response", "root", "signed")]
    return [spec for spec in found if build(small(spec)).learns]


SMALL = {"sttm": {"grid": [1, 2, 2]}, "eigenfaces": {"side": 8}, "fisherfaces": {"side": 8}}


def small(spec: dict) -> dict:
    return {"name": spec["name"], "params": {**SMALL.get(spec["name"], {}), **spec["params"]}}


def test_some_descriptors_learn():
    assert {s["params"].get("coding") for s in learners()} >= {"response", "root", "signed"}


@pytest.mark.parametrize(
    "spec", learners(), ids=lambda s: "-".join([s["name"], *s["params"].values()])
)
def test_no_descriptor_learns_from_tested_clips(spec, monkeypatch):
    descriptor = build(small(spec))
    random = np.random.default_rng(0)
    volumes = random.integers(0, 256, size=(CLIPS, 8, SIDE, SIDE), dtype=np.uint8)
    measures = np.stack([descriptor.measure(v) for v in volumes])
    X, y, subjects = people(measures)
    fold = split(subjects)
    recipe = Recipe(partial(make_classifier, "svm", seed=0), {"C": [0.1, 10]}, Encoder(descriptor))
    before, model = fitted(monkeypatch, recipe, X, y, subjects, fold)
    after, _ = fitted(monkeypatch, recipe, *spoiled(X, y, fold), subjects, fold)
    assert before == after
    moved = X.copy()
    moved[fold.train] = X[fold.train][:, ::-1]
    other, changed = fitted(monkeypatch, recipe, moved, y, subjects, fold)
    assert other != before
    assert joblib.hash(vars(changed.encoder)) != joblib.hash(vars(model.encoder))


def test_names_and_order_of_clips_tell_nothing():
    X, y, subjects = people()
    order = np.random.default_rng(3).permutation(CLIPS)
    recipe = Recipe(partial(make_classifier, "svm", seed=None), {"C": [0.1, 1.0]})
    probabilities = []
    for rows in (np.arange(CLIPS), order):
        folds = make_folds(y[rows], subjects[rows])
        results = list(cross_validate(recipe, X[rows], y[rows], subjects[rows], folds))
        found = np.zeros((CLIPS, 3))
        for result in results:
            found[rows[result.rows]] = result.probabilities
        probabilities.append(found.argmax(axis=1))
    agree = (probabilities[0] == probabilities[1]).mean()
    assert agree > 0.8  # inner and calibration folds of other rows, nothing else
    constant = np.ones_like(X)
    results = list(cross_validate(recipe, constant, y, subjects, make_folds(y, subjects)))
    accuracy = np.mean([np.mean(r.predicted == y[r.rows]) for r in results])
    assert accuracy <= 0.5  # clips in order of their labels, and nothing to tell them by


# joining ----------------------------------------------------------------------------------------


def data_of(labels, **columns):
    n = len(labels)
    rows = pd.DataFrame({"clip": [f"c{i}" for i in range(n)], "source": "v.avi", "label": labels})
    return build_dataset(rows.assign(**columns), ".", "about", "set")


def extraction_of(data, order=None, **columns):
    n = len(data.clips)
    order = list(range(n)) if order is None else order
    info = data.clips[["clip", "first", "last"]].iloc[order].assign(content="x", **columns)
    clips = data.clips["clip"].tolist()
    empty = pd.DataFrame(columns=["clip", "reason"])
    return Extraction(clips, np.arange(n, dtype=np.float32)[order][:, None], info, empty, 0)


def test_measures_in_another_order_than_their_clips_are_refused():
    data = data_of(["a", "b", "a"])
    assert join(data, extraction_of(data)).measures.ravel().tolist() == [0, 1, 2]
    with pytest.raises(InputError, match=r"same order .* clip c0, c1\. Measure"):
        join(data, extraction_of(data, [1, 0, 2]))
    with pytest.raises(InputError, match="same order"):
        join(data, extraction_of(data, first=5))
    short = extraction_of(data)
    short.measures = short.measures[1:]
    with pytest.raises(InputError, match="2 rows of measures but 3 clips"):
        join(data, short)


def test_undecided_labels_are_left_out_and_not_trained_on():
    data = data_of(["a", "b", "a", "b"])
    data.labels["status"] = ["agreed", "undecided", "agreed", "majority"]
    data.labels.loc[1, "label"] = ""
    clips, skipped = usable(data, "whole")
    assert clips["clip"].tolist() == ["c0", "c2", "c3"]
    assert skipped.values.tolist() == [["c1", "its label is undecided: the annotators disagree"]]
    data.labels.loc[1, "label"] = "a"  # a proposal is no label either
    assert usable(data, "whole")[0]["clip"].tolist() == ["c0", "c2", "c3"]
    with pytest.raises(InputError, match="c1 has none"):
        join(data, extraction_of(data))
    data.labels["status"] = "undecided"
    with pytest.raises(InputError, match="decide some first"):
        usable(data, "whole")
    assert not undecided(data.labels.drop(columns="status")).any()


def test_a_fold_that_shares_a_subject_is_refused_wherever_it_comes_from():
    X, y, subjects = people()
    leak = Fold("leaky", np.arange(2, CLIPS), np.arange(2))
    with pytest.raises(InputError, match="p0"):
        list(cross_validate(Recipe(partial(make_classifier, "svm")), X, y, subjects, [leak]))
    chosen = Fold("leaky", np.arange(8, CLIPS), np.arange(2), np.arange(2, 8))
    with pytest.raises(InputError, match="p0"):
        list(cross_validate(Recipe(partial(make_classifier, "svm")), X, y, subjects, [chosen]))
    settings = ProtocolSettings("official-split")
    parts = np.where(np.arange(CLIPS) < 2, "test", "train")
    with pytest.warns(ProtocolWarning, match="subjects are on both sides"):
        folds = make_folds(y, subjects, settings, parts=parts)
    assert (
        len(list(cross_validate(Recipe(partial(make_classifier, "svm")), X, y, subjects, folds)))
        == 1
    )


# a whole run ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("store"))


def run(folder, store, protocol, C=(0.1, 1.0), **columns):
    """Run an experiment on drawn clips listed in a CSV; the last one is a copy of the first."""
    root, clips, labels = drawn()
    folder.mkdir()
    rows = clips.merge(labels[["clip", "label"]], on="clip").rename(columns={"source": "path"})
    rows = rows[rows["label"].isin(["happiness", "surprise"])]
    rows["path"] = [str(root / p) for p in rows["path"]]
    shutil.copy(rows["path"].iloc[0], folder / "copy.avi")
    copy = rows.iloc[-1:].assign(clip="copy", path=str(folder / "copy.avi"))
    table = pd.concat([rows, copy])[["clip", "path", "label", "subject"]]
    for name, values in columns.items():
        table[name] = table["subject"].map(
            dict(zip(sorted(set(table["subject"])), values, strict=True))
        )
    table.to_csv(folder / "list.csv", index=False)
    values = {
        "data": {"kind": "csv", "path": str(folder / "list.csv")},
        "classifier": {"name": "svm", "C": list(C) if isinstance(C, tuple) else C},
        "protocol": protocol,
        "report": {"bootstrap": 100, "examples": 0},
        **{"jobs": 1, "name": "tiny", "output": str(folder / "run"), **QUICK_FEATURES},
    }
    config = parse(Config, values)
    return config, run_experiment(config, store=store), table


def test_a_copied_recording_is_named_in_every_output(tmp_path, store):
    config, done, table = run(tmp_path / "a", store, {"name": "grouped-kfold", "folds": 3})
    [said] = [n for n in done.notes if "same frames are trained on and tested" in n]
    first = table["clip"].iloc[0]
    assert f"{first} (" in said and "copy (" in said
    facts = json.loads((done.folder / "run.json").read_text("utf-8"))
    assert said in facts["warnings"] and facts["protocol"]["subject_independent"] is False
    assert "the same frames are trained on and tested" in done.report.read_text("utf-8")
    assert not any("same frames" in line for line in preview(config))  # the files differ by name


def test_an_official_split_is_told_as_it_was_done(tmp_path, store):
    parts = ["train", "validation", "test"]
    _, done, table = run(tmp_path / "b", store, {"name": "official-split"}, part=parts)
    facts = json.loads((done.folder / "run.json").read_text("utf-8"))
    assert facts["protocol"]["sentence"].endswith(
        "trained on train, parameters chosen on validation, tested on test."
    )
    counts = table["part"].map({p: p for p in parts}).value_counts()
    [fold] = pd.read_csv(done.folder / "folds.csv").to_dict("records")
    assert (fold["train"], fold["test"]) == (counts["train"], counts["test"])
    assert fold["parameters"] in ("C 0.1", "C 1.0")
    predictions = pd.read_csv(done.folder / "predictions.csv")
    assert sorted(predictions["clip"]) == sorted(table.loc[table["part"] == "test", "clip"])
    fitted = load_bundle(done.bundle)
    assert fitted.provenance["clips"] == counts["train"]
    card = (done.folder / "model.md").read_text("utf-8")
    assert "of this very model" in card and f"fitted on the {counts['train']} clips" in card


def test_a_part_that_nothing_is_chosen_on_is_not_said_to_be(tmp_path, store):
    parts = ["train", "validation", "test"]
    for number, refit in enumerate((False, True)):
        protocol = {"name": "official-split", "refit": refit}
        _, done, table = run(tmp_path / str(number), store, protocol, part=parts, C=1.0)
        said = json.loads((done.folder / "run.json").read_text("utf-8"))["protocol"]["sentence"]
        assert "chosen on" not in said
        assert ("so validation is not used" in said) is not refit
        assert ("trained on train+validation" in said) is refit
        used = table["part"].isin(["train", "validation"] if refit else ["train"])
        assert load_bundle(done.bundle).provenance["clips"] == used.sum()


def test_a_second_run_leaves_nothing_of_the_first(tmp_path, store):
    config, done, _ = run(tmp_path / "c", store, {"name": "grouped-kfold", "folds": 3})
    other = parse(Config, {**config.model_dump(), "protocol": {"name": "sample-kfold", "folds": 2}})
    again = run_experiment(other, store=store)
    assert set(pd.read_csv(again.folder / "predictions.csv")["fold"]) == {"fold1", "fold2"}
    with pytest.raises(InputError, match="holds the run of 'tiny', and this is 'new'"):
        run_experiment(parse(Config, {**config.model_dump(), "name": "new"}), store=store)
    assert again.folder == done.folder and not (done.folder / ".unfinished").exists()
