"""Cross-validation: nothing learned from tested clips, the same numbers for any number of jobs."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from killers import svm
from loopback import until
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin

from classifiers import SVM, make_classifier
from experiments.fitting import crossvalidation
from experiments.fitting.crossvalidation import collect, cross_validate, folds_as_finished
from experiments.fitting.search import Recipe, fit_model, inner_folds, inner_search, quick
from experiments.folding.protocols import Fold, ProtocolSettings, make_folds
from experiments.judging.scores import score_predictions
from sttm.descriptors.base import Descriptor, Encoder
from sttm.errors import InputError

SEEN: list[np.ndarray] = []


class Spy(TransformerMixin, BaseEstimator):
    """An encoder that remembers the rows that it was fitted on; column 0 is the row number."""

    def fit(self, X, y=None):
        SEEN.append(X[:, 0].astype(int))
        self.middle_ = np.median(X[:, 1:], axis=0)
        return self

    def transform(self, X):
        return X[:, 1:] - self.middle_


class SpyClassifier(ClassifierMixin, BaseEstimator):
    """Answers the most frequent class, and remembers the groups that it was fitted on."""

    def __init__(self, answer: int = 0):
        self.answer = answer

    def fit(self, X, y, groups=None):
        SEEN.append(np.unique(groups))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[self.answer])

    def predict_proba(self, X):
        return np.eye(len(self.classes_))[np.full(len(X), self.answer)]


class Deadly(SpyClassifier):
    """Ends its process."""

    def fit(self, X, y, groups=None):
        os._exit(3)


PROGRAM = """
import os, sys
from pathlib import Path
import numpy as np
import test_experiments_crossvalidation as tests
from experiments.fitting.crossvalidation import cross_validate
from experiments.fitting.search import Recipe
class Lasting(tests.SpyClassifier):
    def fit(self, X, y, groups=None):
        Path(sys.argv[1], str(os.getpid())).touch()
        loopback.until(Path(sys.argv[1], "never").exists)
import loopback
X, y, s = tests.people()
list(cross_validate(Recipe(Lasting), X, y, s, tests.make_folds(y, s), jobs=2))
"""


class Still(Descriptor):
    """A descriptor that learns nothing; counts how often it encodes."""

    def measure_volume(self, volume):
        return volume.ravel()

    def places(self):
        return []

    def encode(self, measures):
        SEEN.append(measures)
        return measures


@pytest.fixture(autouse=True)
def forget():
    SEEN.clear()


def people(clips: int = 90, subjects: int = 9, classes: int = 3, seed: int = 0):
    """Return features (non-negative), labels and subjects; each subject has its own offset."""
    random = np.random.default_rng(seed)
    subject, y = np.arange(clips) % subjects, random.integers(classes, size=clips)
    X = random.random((clips, 12)) + 0.5 * random.random((subjects, 12))[subject]
    X[np.arange(clips), y] += 0.7
    names = np.array(["joy", "fear", "anger", "none"])
    return X, names[y], np.array([f"s{s}" for s in subject])


def run(recipe, jobs=1, **settings):
    X, y, s = people()
    folds = make_folds(y, s, ProtocolSettings(**{"name": "grouped-kfold", "folds": 3, **settings}))
    return list(cross_validate(recipe, X, y, s, folds, jobs=jobs)), y, s


# the whole --------------------------------------------------------------------------------------


def test_predictions_are_complete_and_better_than_chance():
    results, y, s = run(Recipe(svm, {"C": [0.1, 1]}))
    clips = [f"clip{i}" for i in range(len(y))]
    table = collect(results, clips, y)
    assert table["clip"].tolist() == clips and table["label"].tolist() == y.tolist()
    scores = score_predictions(table, dict(zip(clips, s, strict=True)))
    assert scores.accuracy.low > scores.chance["accuracy"]
    assert set(table["fold"]) == {"fold1", "fold2", "fold3"}
    assert all(r.seconds > 0 for r in results)


@pytest.mark.parametrize(
    "params", [{"kernel": "chi-square", "gamma": "median"}, {"scaling": "standard"}]
)
def test_jobs_change_nothing(params):
    recipe = Recipe(partial(make_classifier, "svm", seed=0, **params), {"C": [0.1, 1, 10]})
    (one, *_), (two, *_) = run(recipe, jobs=1), run(recipe, jobs=2)
    for a, b in zip(one, two, strict=True):
        assert (a.fold, a.search) == (b.fold, b.search)
        np.testing.assert_array_equal(a.rows, b.rows)
        np.testing.assert_array_equal(a.predicted, b.predicted)
        np.testing.assert_array_equal(a.probabilities, b.probabilities)


def test_results_come_one_by_one():
    X, y, s = people()
    folds = make_folds(y, s)
    results = cross_validate(Recipe(svm), X, y, s, folds)
    first = next(results)
    assert first.fold == "s0"
    rest = list(cross_validate(Recipe(svm), X, y, s, folds[1:]))  # going on after a stop
    whole = list(cross_validate(Recipe(svm), X, y, s, folds))
    for a, b in zip([first, *rest], whole, strict=True):
        np.testing.assert_array_equal(a.probabilities, b.probabilities)


def test_folds_come_in_order_whatever_is_finished_first(monkeypatch):
    order = [2, 0, 4, 3, 1]
    taken = []

    def finish(*_, **__):
        for number in order:
            taken.append(number)
            yield number, number

    monkeypatch.setattr(crossvalidation, "folds_as_finished", finish)
    results = cross_validate(Recipe(svm), np.ones((1, 1)), ["a"], None, [])
    assert (next(results), taken) == (0, [2, 0])  # as soon as it can be
    assert list(results) == [1, 2, 3, 4]


@pytest.mark.parametrize("jobs", [1, 2])
def test_finished_folds_have_their_numbers(jobs):
    X, y, s = people()
    folds = make_folds(y, s)[3:7]
    found = dict(folds_as_finished(Recipe(svm), X, y, s, folds, jobs=jobs))
    assert {n: r.fold for n, r in found.items()} == {n: f.name for n, f in enumerate(folds)}
    assert list(folds_as_finished(Recipe(svm), X, y, s, [], jobs=jobs)) == []


def test_a_fold_that_ends_its_process_is_a_sentence():
    X, y, s = people()
    folds = make_folds(y, s, ProtocolSettings("grouped-kfold", folds=2))
    with pytest.raises(InputError, match=r"fold 'fold1' ended the process .* fewer jobs"):
        list(cross_validate(Recipe(Deadly), X, y, s, folds, jobs=2))


def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    paths = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    settings = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    parent = subprocess.Popen([sys.executable, "-c", PROGRAM, str(tmp_path)], env=settings)
    until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers = [int(p.name) for p in tmp_path.iterdir()]
    assert parent.pid not in workers
    parent.kill()
    parent.wait()
    until(lambda: not any(alive(worker) for worker in workers))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_fold_equals_fitting_and_predicting_by_hand():
    X, y, s = people()
    fold = make_folds(y, s)[2]
    (result,) = cross_validate(Recipe(svm), X, y, s, [fold])
    model = SVM(random_state=0).fit(X[fold.train], y[fold.train], groups=s[fold.train])
    np.testing.assert_array_equal(result.predicted, model.predict(X[fold.test]))
    np.testing.assert_allclose(result.probabilities, model.predict_proba(X[fold.test]))


# leaks ------------------------------------------------------------------------------------------


def test_encoders_never_see_tested_clips():
    X, y, s = people()
    measures = np.column_stack([np.arange(len(X)), X])
    folds = make_folds(y, s, ProtocolSettings("grouped-kfold", folds=3))
    list(cross_validate(Recipe(svm, {"C": [1, 10]}, Spy()), measures, y, s, folds))
    each = len(SEEN) // 3
    assert each == 6  # five inner folds and the fold itself
    for number, fold in enumerate(folds):
        for rows in SEEN[number * each : (number + 1) * each]:
            assert not set(rows) & set(fold.test)
            assert not set(s[rows]) & set(s[fold.test])
        *inner, last = SEEN[number * each : (number + 1) * each]
        assert sorted(last) == sorted(fold.train)
        assert all(len(set(s[rows])) < len(set(s[fold.train])) for rows in inner)


@pytest.mark.parametrize("params", [{"scaling": "standard"}, {"kernel": "intersection"}])
def test_changing_tested_clips_changes_no_model(params):
    X, y, s = people()
    fold = make_folds(y, s)[0]
    spoiled, wrong = X.copy(), y.copy()
    spoiled[fold.test[1:]] *= 50
    wrong[fold.test] = np.roll(y[fold.test], 1)
    recipe = Recipe(partial(svm, **params), {"C": [0.1, 1]}, scoring="uf1")
    (a,) = cross_validate(recipe, X, y, s, [fold])
    (b,) = cross_validate(recipe, spoiled, wrong, s, [fold])
    assert a.search == b.search
    np.testing.assert_array_equal(a.probabilities[0], b.probabilities[0])


def test_a_subject_on_both_sides_is_refused():
    X, y, s = people()
    leak = [Fold("leaky", np.arange(60), np.arange(60, 90))]
    with pytest.raises(InputError, match="'leaky'"):
        list(cross_validate(Recipe(svm), X, y, s, leak))
    assert len(list(cross_validate(Recipe(svm), X, y, None, leak))) == 1  # sample-level protocols


def test_inner_folds_keep_subjects_together():
    X, y, s = people()
    search = inner_search(Recipe(SpyClassifier, {"answer": [0, 1]}), X, y, s)
    assert len(search.table) == 2
    assert all(0 < len(groups) < 9 for groups in SEEN)
    for few in (2, 3):
        keep = np.isin(s, [f"s{i}" for i in range(few)])
        assert len(inner_folds(y[keep], s[keep], 5, 0)) == few
    with pytest.raises(InputError, match="at least two subjects"):
        inner_folds(y[:3], np.array(["s"] * 3), 5, 0)
    assert len(inner_folds(y, None, 5, 0)) == 5


# the search -------------------------------------------------------------------------------------


def test_between_equals_the_first_wins():
    X, y, s = people()
    search = inner_search(Recipe(svm, {"C": [1e-6, 10, 10.0]}), X, y, s)
    assert search.table[0]["score"] < search.table[1]["score"] == search.table[2]["score"]
    assert isinstance(search.params["C"], int)


def test_the_search_finds_what_works():
    X, y, s = people()
    search = inner_search(Recipe(svm, {"C": [1e-6, 1.0]}), X, y, s)
    assert search.params == {"C": 1.0}
    assert [row["C"] for row in search.table] == [1e-6, 1.0]
    assert search.table[0]["score"] < 0.4 < search.table[1]["score"]


def test_scoring_decides():
    """One answer is right most often, another one is right for more classes."""
    y = np.array(["a"] * 8 + ["b", "c"])
    truth = {0: y.copy(), 1: y.copy()}
    truth[0][8:] = "a"
    truth[1][:4] = "b"

    class Fixed(SpyClassifier):
        def predict(self, X):
            return truth[self.answer][X[:, 0].astype(int)]

    X, s = np.arange(10.0)[:, None], np.array(list("0123401234"))
    chosen = {
        scoring: inner_search(Recipe(Fixed, {"answer": [0, 1]}, scoring=scoring), X, y, s).params[
            "answer"
        ]
        for scoring in ("accuracy", "uar")
    }
    assert chosen == {"accuracy": 0, "uar": 1}
    with pytest.raises(InputError, match="unknown scoring"):
        Recipe(Fixed, scoring="f1")


# clips to choose on ------------------------------------------------------------------------------


def parted(refit=False):
    """A fold that trains on four people, chooses on two and tests three."""
    _, _, s = people()
    rows = [np.flatnonzero(np.isin(s, [f"s{i}" for i in who])) for who in ("0123", "45", "678")]
    return Fold("test", rows[0], rows[2], rows[1], refit)


@pytest.mark.parametrize("kernel", ["linear", "chi-square"])
@pytest.mark.parametrize("refit", [False, True])
def test_a_choice_on_given_clips_equals_choosing_by_hand(kernel, refit):
    X, y, s = people()
    fold = parted(refit)
    choices = [1e-6, 0.01, 0.1, 1.0, 10.0]
    make = partial(SVM, kernel, random_state=0)
    [result] = cross_validate(Recipe(make, {"C": choices}, scoring="accuracy"), X, y, s, [fold])
    models = [make(C=C).fit(X[fold.train], y[fold.train]) for C in choices]
    hits = [np.mean(m.predict(X[fold.choose]) == y[fold.choose]) for m in models]
    assert [row["score"] for row in result.search.table] == pytest.approx(hits)
    assert result.search.params == {"C": choices[int(np.argmax(hits))]}
    rows = np.concatenate([fold.train, fold.choose]) if refit else fold.train
    model = make(**result.search.params).fit(X[rows], y[rows], groups=s[rows])
    np.testing.assert_array_equal(result.predicted, model.predict(X[fold.test]))
    np.testing.assert_allclose(result.probabilities, model.predict_proba(X[fold.test]), atol=1e-6)
    assert result.trained == len(rows) and result.rows.tolist() == fold.test.tolist()


def test_an_encoder_learns_from_training_clips_while_choosing():
    X, y, s = people()
    measures = np.column_stack([np.arange(len(X)), X])
    fold = parted()
    list(cross_validate(Recipe(svm, {"C": [1, 10]}, Spy()), measures, y, s, [fold]))
    assert [sorted(rows) for rows in SEEN] == [sorted(fold.train)] * 2
    SEEN.clear()
    list(cross_validate(Recipe(svm, {"C": [1, 10]}, Spy()), measures, y, s, [parted(True)]))
    assert [sorted(rows) for rows in SEEN] == [sorted(fold.train), sorted(fold.seen)]


def test_what_a_classifier_refuses_is_a_sentence():
    X, y, s = people()
    lda = Recipe(partial(make_classifier, "lda"))
    with pytest.raises(InputError, match="80 clips of 3 classes: all of them have the same"):
        list(cross_validate(lda, np.ones_like(X), y, s, make_folds(y, s)[:1]))


def test_without_lists_nothing_is_searched():
    X, y, s = people()
    assert inner_search(Recipe(svm), X, y, s).table == []
    assert SEEN == []


def test_a_shared_kernel_finds_the_same_parameters():
    """The quick path (one matrix for the whole search) and the slow one choose alike."""
    X, y, s = people()
    grid = {"C": [0.01, 0.1, 1, 10], "gamma": ["median", 1.0]}

    class Slow(SVM):
        shared_base = property()  # hides the quick path

    one = Recipe(partial(SVM, "chi-square"), grid)
    other = Recipe(partial(Slow, "chi-square"), grid)
    assert quick(one, X)[0].pairwise and not quick(other, X)[0].pairwise
    assert inner_search(one, X, y, s) == inner_search(other, X, y, s)
    folds = make_folds(y, s, ProtocolSettings("grouped-kfold", folds=3))
    for a, b in zip(*(cross_validate(r, X, y, s, folds) for r in (one, other)), strict=True):
        assert a.search == b.search
        np.testing.assert_allclose(a.probabilities, b.probabilities, atol=1e-6)


def test_a_descriptor_that_learns_nothing_encodes_once_per_search():
    X, y, s = people()
    inner_search(Recipe(svm, {"C": [1, 10]}, Encoder(Still())), X, y, s)
    assert len(SEEN) == 1


# missing classes --------------------------------------------------------------------------------


def test_a_class_that_was_not_trained_on_gets_probability_zero():
    X, y, s = people()
    y[s == "s0"] = "none"
    folds = [f for f in make_folds_quietly(y, s) if f.name == "s0"]
    (result,) = cross_validate(Recipe(svm), X, y, s, folds)
    assert result.classes == ["anger", "fear", "joy", "none"]
    assert (result.probabilities[:, 3] == 0).all()
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1.0)


def make_folds_quietly(y, s):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_folds(y, s)


def test_one_class_left_is_answered_without_a_crash():
    X, y, s = people()
    y = np.where(s == "s0", "joy", "fear")
    folds = make_folds_quietly(y, s)
    results = list(cross_validate(Recipe(svm, {"C": [1, 2]}), X, y, s, folds))
    first = next(r for r in results if r.fold == "s0")
    assert set(first.predicted) == {"fear"}
    assert first.probabilities.tolist() == [[1.0, 0.0]] * len(first.rows)


def test_a_model_of_everything():
    X, y, s = people()
    measures = np.column_stack([np.arange(len(X)), X])
    model = fit_model(Recipe(svm, {"C": [0.1, 1]}, Spy()), measures, y, s)
    assert model.search.params["C"] in (0.1, 1)
    assert model.predict_proba(measures, ["x", *np.unique(y)]).shape == (90, 4)
    assert (model.predict(measures) == y).mean() > 0.6


def test_wrong_input_is_a_sentence():
    X, y, s = people()
    with pytest.raises(InputError, match="89 rows of measures but 90 labels"):
        list(cross_validate(Recipe(svm), X[1:], y, s, make_folds(y, s)))
    with pytest.raises(InputError, match="nothing to collect"):
        collect([], [], [])
    with pytest.raises(InputError, match="inner_folds"):
        Recipe(svm, inner_folds=1)
