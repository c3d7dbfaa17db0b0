"""Finished folds are taken from the store, and made anew when anything that shapes them changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from families import ON_TABLES

from experiments.config import Config, parse
from experiments.fitting import finished
from experiments.fitting.finished import finish_folds, finish_model
from experiments.fitting.search import fit_model
from experiments.folding.protocols import ProtocolSettings, make_folds
from experiments.join import Joined
from experiments.measuring import modelling
from sttm.store import Store

CONFIG = {
    "data": "drawn",
    "descriptor": {"name": "sttm", "grid": [1, 1, 1], "azimuths": 4, "normalisation": "l1"},
    "classifier": {"name": "svm", "C": [1, 10]},
    "protocol": {"name": "loso", "inner": 2},
}


@pytest.fixture(scope="module")
def joined():
    random = np.random.default_rng(0)
    labels, subjects = np.tile(["calm", "glad"], 8), np.repeat(["s1", "s2", "s3", "s4"], 4)
    measures = random.random((16, 12)).astype(np.float32)
    measures[labels == "glad", 3] += 1
    clips = pd.DataFrame({"clip": [f"c{i}" for i in range(16)], "subject": subjects})
    return Joined(clips, measures, labels, subjects)


def run(store, joined, values=CONFIG, stop=None):
    """Return the results of all folds and how many of them were trained now."""
    config = parse(Config, values)
    settings = ProtocolSettings(config.protocol.name, config.protocol.folds, config.seed)
    folds = make_folds(joined.labels.tolist(), joined.subjects.tolist(), settings)
    trained = []
    original = finished.folds_as_finished

    def counted(recipe, measures, labels, subjects, waiting, **where):
        results = list(original(recipe, measures, labels, subjects, waiting, **where))
        for number, result in reversed(results):  # the last one is ready first
            trained.append(number)
            yield number, result
            if len(trained) == stop:
                raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finished, "folds_as_finished", counted)
        done = finish_folds(config, modelling(config), joined, folds, store, 1, lambda *_: None)
    assert [r.fold for r in done] == [f.name for f in folds]
    return done, len(trained)


def test_finished_folds_come_back_as_they_were(joined, tmp_path):
    first, trained = run(Store(tmp_path), joined)
    again, new = run(Store(tmp_path), joined)
    assert (trained, new) == (4, 0)
    for a, b in zip(first, again, strict=True):
        assert (a.fold, a.classes, a.search) == (b.fold, b.classes, b.search)
        assert a.rows.tolist() == b.rows.tolist() and a.predicted.tolist() == b.predicted.tolist()
        assert a.probabilities.tobytes() == b.probabilities.tobytes()


def test_a_finished_fold_is_called_as_the_fold_is_called_now(joined, tmp_path):
    config = parse(Config, {**CONFIG, "protocol": {"name": "leave-one-dataset-out"}})
    labels, subjects = joined.labels.tolist(), joined.subjects.tolist()
    settings = ProtocolSettings("leave-one-dataset-out")
    for names in (("a", "b"), ("x", "y")):  # the same clips, their data sets renamed
        folds = make_folds(labels, subjects, settings, datasets=np.repeat(names, 8).tolist())
        store, recipe = Store(tmp_path), modelling(config)
        done = finish_folds(config, recipe, joined, folds, store, 1, lambda *_: None)
        assert [r.fold for r in done] == list(names)


def test_a_stopped_run_goes_on_with_the_other_folds(joined, tmp_path):
    run(Store(tmp_path), joined)
    next(tmp_path.rglob("*.npz")).unlink()
    assert run(Store(tmp_path), joined)[1] == 1


def test_a_fold_is_kept_before_those_that_come_first_are_done(joined, tmp_path):
    for left in (3, 2, 1):
        with pytest.raises(KeyboardInterrupt):
            run(Store(tmp_path), joined, stop=1)
        assert len(list(tmp_path.rglob("*.npz"))) == 4 - left
    assert run(Store(tmp_path), joined)[1] == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 1},
        {"classifier": {"name": "svm", "C": [1, 100]}},
        {"classifier": {"name": "linear-svm"}},
        {"descriptor": {**CONFIG["descriptor"], "normalisation": "hellinger"}},
        {"protocol": {"name": "loso", "inner": 3}},
        {"protocol": {"name": "loso", "inner": 2, "scoring": "accuracy"}},
    ],
    ids=lambda c: next(iter(c)),
)
def test_another_setting_trains_anew(changed, joined, tmp_path):
    run(Store(tmp_path), joined)
    assert run(Store(tmp_path), joined, {**CONFIG, **changed})[1] == 4


def test_other_data_or_code_trains_anew(joined, tmp_path, monkeypatch):
    run(Store(tmp_path), joined)
    other = joined.measures.copy()
    other[5, 5] = np.nextafter(other[5, 5], 2)
    labels, subjects = joined.labels.copy(), joined.subjects.copy()
    labels[0], subjects[0] = "glad", "s2"
    for part in ({"measures": other}, {"labels": labels}, {"subjects": subjects}):
        assert run(Store(tmp_path), replace(joined, **part))[1] == 4
    monkeypatch.setattr(finished, "MODELLING", -1)
    assert run(Store(tmp_path), joined)[1] == 4


# the final model --------------------------------------------------------------------------------


@pytest.fixture
def fits(monkeypatch):
    """The numbers of clips that models were fitted on."""
    seen = []

    def fit(recipe, measures, *rest):
        seen.append(len(measures))
        return fit_model(recipe, measures, *rest)

    monkeypatch.setattr(finished, "fit_model", fit)
    return seen


def model(store, joined, values=CONFIG, **asked):
    config = parse(Config, values)
    groups = asked.pop("groups", joined.subjects)
    return finish_model(config, modelling(config), joined, store, groups, **asked)


CLASSES = ["calm", "glad"]


@pytest.mark.parametrize("classifier", ON_TABLES)
def test_a_fitted_model_comes_back_as_it_was(classifier, joined, tmp_path, fits):
    values = {**CONFIG, "classifier": {"name": classifier}}
    first, again = (model(Store(tmp_path), joined, values) for _ in range(2))
    assert fits == [16]
    assert (first.search, type(first.classifier)) == (again.search, type(again.classifier))
    for result in (lambda m: m.features(joined.measures), lambda m: m.predict(joined.measures)):
        np.testing.assert_array_equal(result(first), result(again))
    before, after = (m.predict_proba(joined.measures, CLASSES) for m in (first, again))
    assert before.tobytes() == after.tobytes()


def test_a_model_of_anything_else_is_fitted_anew(joined, tmp_path, fits, monkeypatch):
    store = Store(tmp_path)
    model(store, joined)
    some = np.array([0, 1, 4, 5])
    other = {**CONFIG, "classifier": {"name": "svm", "C": 1}}
    model(store, joined, other)
    model(store, joined, groups=None)
    model(store, joined, choose=some)
    model(store, joined, choose=some, refit=False)
    model(store, replace(joined, labels=joined.labels[::-1].copy()))
    assert len(fits) == 6
    monkeypatch.setattr(finished, "MODELLING", -1)
    model(store, joined)
    assert len(fits) == 7


def test_a_damaged_model_or_one_of_unknown_types_is_fitted_anew(
    joined, tmp_path, fits, monkeypatch
):
    store = Store(tmp_path)
    model(store, joined)
    (entry,) = tmp_path.rglob("*.npz")
    raw = bytearray(entry.read_bytes())
    raw[len(raw) // 2] ^= 1
    entry.write_bytes(raw)
    model(store, joined)
    assert len(fits) == 2
    monkeypatch.setattr(finished, "trusted_types", set)
    model(store, joined)
    entry.unlink()
    model(store, joined)
    assert len(fits) == 4 and not list(tmp_path.rglob("*.npz"))
