"""Finished folds are taken from the store, and made anew when anything that shapes them changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments import finished
from experiments.config import Config, parse
from experiments.finished import finish_folds
from experiments.join import Joined
from experiments.protocols import ProtocolSettings, make_folds
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


def run(store, joined, values=CONFIG):
    """Return the results of all folds and how many of them were trained now."""
    config = parse(Config, values)
    settings = ProtocolSettings(config.protocol.name, config.protocol.folds, config.seed)
    folds = make_folds(joined.labels.tolist(), joined.subjects.tolist(), settings)
    trained = []
    original = finished.cross_validate

    def counted(recipe, measures, labels, subjects, waiting, *, jobs):
        trained.extend(waiting)
        return original(recipe, measures, labels, subjects, waiting, jobs=jobs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finished, "cross_validate", counted)
        done = list(
            finish_folds(config, modelling(config), joined, folds, store, 1, lambda *_: None)
        )
    return done, len(trained)


def test_finished_folds_come_back_as_they_were(joined, tmp_path):
    first, trained = run(Store(tmp_path), joined)
    again, new = run(Store(tmp_path), joined)
    assert (trained, new) == (4, 0)
    for a, b in zip(first, again, strict=True):
        assert (a.fold, a.classes, a.search) == (b.fold, b.classes, b.search)
        assert a.rows.tolist() == b.rows.tolist() and a.predicted.tolist() == b.predicted.tolist()
        assert a.probabilities.tobytes() == b.probabilities.tobytes()


def test_a_stopped_run_goes_on_with_the_other_folds(joined, tmp_path):
    run(Store(tmp_path), joined)
    next(tmp_path.rglob("*.npz")).unlink()
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
