"""What a sparse machine keeps and why it decided so: exact sums, kept with the fold."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from classifiers import make_classifier
from experiments.fitting.crossvalidation import FoldResult
from experiments.fitting.finished import _recall, _remember
from experiments.fitting.reasons import (
    as_arrays,
    block_effects,
    clip_effects,
    from_arrays,
    gives_parts,
    kept_blocks,
    reasons_of,
)
from experiments.fitting.search import Search
from experiments.fitting.sparsity import fit_facts, mean_facts
from sttm.store import Store

GROUPS = np.repeat(["left", "middle", "right"], 4)


def rows(classes="abc", n=48, seed=0):
    random = np.random.default_rng(seed)
    labels = np.array(list(classes) * (n // len(classes)))
    X = random.random((n, 12))
    for number, label in enumerate(classes):
        X[labels == label, 4 * (number % 2) : 4 * (number % 2) + 2] += 1 + number
    return X, labels


SUMS = [
    ("rvm", {"kernel": "linear"}),
    ("rvm", {"kernel": "linear", "scaling": "standard"}),
    ("rvm", {"kernel": "chi-square", "gamma": "median"}),
    ("rvm", {"kernel": "polynomial", "degree": 2, "gamma": "scale"}),
    ("rsfm", {"groups": GROUPS, "kernel": "hellinger", "refit": "none"}),
    ("rsfm", {"groups": GROUPS, "refit": "none", "width": 1.0, "shared": False}),
]


@pytest.mark.parametrize("classes", ["ab", "abc"])
@pytest.mark.parametrize(("name", "params"), SUMS)
def test_the_parts_of_the_clips_add_up_to_the_score(name, params, classes):
    X, labels = rows(classes)
    model = make_classifier(name, seed=0, **params).fit(X[:30], labels[:30])
    scores = model.latent_mean_and_variance(X)[0]  # (n, machines)
    parts = clip_effects(model, X).sum(axis=2)
    middle = model.latent_mean_and_variance(X[:30])[0].mean(axis=0)  # parts count from the mean
    expected = scores - middle
    if classes == "ab":
        expected = np.hstack([-expected, expected])
    np.testing.assert_allclose(parts - parts[:30].mean(axis=0), expected, atol=1e-5)
    np.testing.assert_allclose(parts[:30].mean(axis=0), 0, atol=1e-5)


@pytest.mark.parametrize("classes", ["ab", "abc"])
@pytest.mark.parametrize(("name", "params"), SUMS[4:])
def test_the_parts_of_the_blocks_add_up_to_the_same(name, params, classes):
    X, labels = rows(classes)
    model = make_classifier(name, seed=0, **params).fit(X, labels)
    blocks, clips = block_effects(model, X), clip_effects(model, X)
    np.testing.assert_allclose(blocks.sum(axis=2), clips.sum(axis=2), atol=1e-5)
    names, places = kept_blocks(model)
    others = np.setdiff1d(np.arange(3), places)
    assert names and not blocks[..., others].any()


def test_one_against_one_counts_for_the_winner_and_against_the_loser():
    X, labels = rows("abc")
    model = make_classifier("rvm", kernel="linear", multi_class="one-vs-one").fit(X, labels)
    parts = clip_effects(model, X).sum(axis=2)
    f = model.latent_mean_and_variance(X)[0]
    f = f - f.mean(axis=0)
    expected = np.stack([-f[:, 0] - f[:, 1], f[:, 0] - f[:, 2], f[:, 1] + f[:, 2]], axis=1) / 2
    np.testing.assert_allclose(parts, expected, atol=1e-5)


@pytest.mark.parametrize(("name", "params"), SUMS)
def test_carriers_are_the_strongest_parts_of_the_predicted_class(name, params):
    X, labels = rows()
    model = make_classifier(name, seed=0, **params).fit(X, labels)
    predicted = model.predict(X)
    found = reasons_of(model, X, predicted)
    effects = clip_effects(model, X)
    for i in range(0, len(X), 7):
        mine = effects[i, model.classes_.tolist().index(predicted[i])]
        strongest = sorted(range(len(mine)), key=lambda k: -abs(mine[k]))[:3]
        assert found.carriers[i].tolist() == model.relevance_[strongest].tolist()
        np.testing.assert_allclose(found.parts[i], mine[strongest], rtol=1e-5)
    assert found.effects.shape == (len(X), 3, len(found.blocks))
    assert bool(found.blocks) == (name == "rsfm")


def test_others_give_no_reasons():
    X, labels = rows()
    for name, params in (("svm", {}), ("logistic", {}), ("majority", {})):
        model = make_classifier(name, **params).fit(X, labels)
        assert not gives_parts(model) and reasons_of(model, X, model.predict(X)) is None


def test_a_machine_that_keeps_nothing_has_empty_reasons():
    random = np.random.default_rng(0)
    X, labels = random.random((40, 12)), np.array(["a", "b"] * 20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make_classifier("rsfm", groups=GROUPS, seed=0).fit(X, labels)
    found = reasons_of(model, X, model.predict(X))
    assert found.carriers.shape[0] == 40 and found.effects.shape[:2] == (40, 2)
    assert found.effects.shape[2] == len(found.blocks)


# what a fold states -----------------------------------------------------------------------------


def test_facts_count_what_each_classifier_keeps():
    X, labels = rows()
    svm = make_classifier("svm").fit(X, labels)
    assert fit_facts(svm, 48, 0.5) == {
        "fit_seconds": 0.5,
        "samples_used": len(svm.support_),
        "samples": 48,
    }
    rvm = make_classifier("rvm", kernel="linear").fit(X, labels)
    assert fit_facts(rvm, 48, 0.5)["evidence"] == rvm.log_marginal_likelihood_
    rsfm = make_classifier("rsfm", groups=GROUPS, seed=0).fit(X, labels)
    facts = fit_facts(rsfm, 48, 0.5)
    assert facts["features"] == 3 and 0 < facts["features_used"] <= 3
    assert fit_facts(make_classifier("knn").fit(X, labels), 48, 1.0) == {"fit_seconds": 1.0}
    scaled = make_classifier("rsfm", scaling="standard", seed=0).fit(X, labels)
    assert fit_facts(scaled, 48, 0.5)["features"] == 12


def test_the_mean_is_over_folds_that_all_state_it():
    assert mean_facts([]) == {}
    assert mean_facts([{"fit_seconds": 1.0, "samples_used": 2}] * 2)["samples_used"] == 2.0


@pytest.mark.parametrize("known", [True, False])
def test_a_fold_comes_back_from_the_store_with_its_reasons(known, tmp_path):
    X, labels = rows()
    model = make_classifier("rsfm", groups=GROUPS, seed=0).fit(X, labels)
    reasons = reasons_of(model, X, model.predict(X)) if known else None
    facts = fit_facts(model, 48, 0.25) if known else {}
    p = model.predict_proba(X)
    result = FoldResult(
        "f", np.arange(48), list("abc"), labels, p, Search({}, []), 1.0, 48, facts, reasons
    )
    store = Store(tmp_path)
    _remember(store, "ab" * 20, result)
    back = _recall(store.get("ab" * 20))
    assert back.facts == facts
    if reasons is None:
        assert back.reasons is None
        return
    for one, other in zip(vars(reasons).values(), vars(back.reasons).values(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert from_arrays(as_arrays(None)) is None


def test_a_fold_that_an_older_version_kept_is_still_read(tmp_path):
    store = Store(tmp_path)
    arrays = {
        "rows": np.arange(2),
        "predicted": np.array(["a", "b"]),
        "probabilities": np.full((2, 2), 0.5),
    }
    values = {"fold": "f", "classes": ["a", "b"], "params": {}, "table": []}
    store.put("cd" * 20, arrays, {**values, "seconds": 1.0, "trained": 3})
    back = _recall(store.get("cd" * 20))
    assert back.facts == {} and back.reasons is None and back.trained == 3
