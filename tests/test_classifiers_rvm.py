"""The relevance vector machine for classes: the posterior that it claims, weights, widths, ends."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_rvm import class_posterior, one_of_many
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from threadpoolctl import threadpool_limits

from classifiers import KERNELS, RVC, RVM, STORED_TYPES, gram
from classifiers.dictionaries import choose_candidates
from classifiers.problems import class_offsets, class_probabilities
from classifiers.widths import climb, rule_gamma

SCHEMES = ("one-vs-rest", "one-vs-one", "multinomial")
NO_VECTOR = pytest.mark.filterwarnings("ignore:no relevance vector")


def wine(classes=3):
    X, y = load_wine(return_X_y=True)
    X, y = MinMaxScaler().fit_transform(X)[y < classes], y[y < classes]
    return X[::2], np.array(["red", "rosé", "white"])[y[::2]], X[1::2], y[1::2]


def ring(seed, rows=120):
    """Two classes, inside and outside of a circle, some labels wrong (synthetic)."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(rows, 2))
    y = ((X**2).sum(axis=1) > 1.4) ^ (random.random(rows) < 0.1)
    return X, y.astype(int)


# what it claims ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(KERNELS))
@pytest.mark.parametrize("weight", [None, "balanced"])
def test_mean_and_variance_are_those_of_the_dense_posterior(name, weight):
    X, y, Z, _ = wine(2)
    model = RVM(name, class_weight=weight, gamma="scale").fit(X, y)
    gamma = {"gamma": model.gamma_}
    counts = {None: {"red": 1.0, "rosé": 1.0}}.get(
        weight, {c: len(y) / 2 / (y == c).sum() for c in ("red", "rosé")}
    )
    w, covariance = class_posterior(
        gram(name, X, X[model.relevance_], **gamma),
        model.alpha_[0],
        (y == "rosé").astype(float),
        np.array([counts[c] for c in y]),
    )
    new = np.column_stack([np.ones(len(Z)), gram(name, Z, X[model.relevance_], **gamma)])
    mean, variance = model.latent_mean_and_variance(Z)
    np.testing.assert_allclose(mean[:, 0], new @ w, rtol=1e-5, atol=1e-6)
    expected = np.einsum("ij,jk,ik->i", new, covariance, new)
    np.testing.assert_allclose(variance[:, 0], expected, rtol=1e-4, atol=1e-8)
    odds = new @ w / np.sqrt(1 + np.pi * expected / 8)
    p = 1 / (1 + np.exp(-odds))
    np.testing.assert_allclose(model.predict_proba(Z)[:, 1], p, atol=1e-5)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("classes", [2, 3])
def test_decisions_scores_and_probabilities_agree(scheme, classes):
    X, y, Z, truth = wine(classes)
    model = RVM(multi_class=scheme).fit(X, y)
    p, scores = model.predict_proba(Z), model.decision_function(Z)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(model.classes_[p.argmax(axis=1)], model.predict(Z))
    best = (scores > 0).astype(int) if classes == 2 else scores.argmax(axis=1)
    np.testing.assert_array_equal(best, p.argmax(axis=1))
    assert (best == truth).mean() > 0.9
    assert -np.log(p[np.arange(len(Z)), truth]).mean() < 0.35


def test_one_against_the_rest_is_every_answer_given_that_one_is_yes():
    X, y = load_iris(return_X_y=True)  # classes of one size: no correction for their shares
    model = RVM(gamma=0.2, multi_class="one-vs-rest").fit(X, y)
    mean, variance = model.latent_mean_and_variance(X)
    each = 1 / (1 + np.exp(-mean / np.sqrt(1 + np.pi * variance / 8)))
    np.testing.assert_allclose(model.predict_proba(X), one_of_many(each), rtol=1e-7, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 6))
def test_one_against_the_rest_of_densities_that_are_alike_outside(seed, classes):
    """Where p(x | rest) is the same for all classes, the probabilities are exact."""
    random = np.random.default_rng(seed)
    share, rest = random.dirichlet(np.ones(classes)) * 0.9 + 0.1 / classes, random.random()
    density = random.random(classes)
    odds = np.log(share / (1 - share) * density / rest)
    p = class_probabilities("one-vs-rest", odds[None], class_offsets(1e9 * share))
    np.testing.assert_allclose(p[0], share * density / (share @ density), rtol=1e-6)


def test_two_classes_are_one_machine_whatever_the_scheme():
    X, y, Z, _ = wine(2)
    p = [RVM(multi_class=scheme).fit(X, y).predict_proba(Z) for scheme in SCHEMES]
    np.testing.assert_array_equal(p[0], p[1])
    np.testing.assert_array_equal(p[0], p[2])


@pytest.mark.parametrize("shared", [True, False])
def test_softmax_vectors_serve_all_classes_or_their_own(shared):
    X, y, Z, _ = wine()
    model = RVM(multi_class="multinomial", shared=shared).fit(X, y)
    used = model.dual_coef_ != 0  # (classes, k)
    assert used.any(axis=0).all() and used.all() == shared
    mean, variance = model.latent_mean_and_variance(Z)
    assert mean.shape == variance.shape == (len(Z), 3) and (variance > 0).all()


def test_the_name_beside_rvr():
    assert RVC is RVM


def test_sure_rows_are_less_sure_than_the_mode_alone():
    X, y = ring(0)
    model = RVM().fit(X, y)
    mean, variance = model.latent_mean_and_variance(X)
    assert (np.abs(model.decision_function(X)) <= np.abs(mean[:, 0])).all()
    np.testing.assert_array_equal(model.decision_variance(X), variance[:, 0])
    assert model.decision_variance(
        np.full((1, 2), 1e6)
    ) == pytest.approx(  # only the offset is left
        np.r_[1, -model.column_means_] @ model.covariance_[0] @ np.r_[1, -model.column_means_]
    )


def test_sparse_and_better_than_the_prior():
    X, y = ring(1, 400)
    model = RVM().fit(X[:200], y[:200])
    assert len(model.relevance_) <= 12
    assert model.score(X[200:], y[200:]) > 0.8


def test_both_algorithms_find_a_similar_evidence():
    X, y = ring(2)
    quick = RVM(gamma=0.5).fit(X, y)
    slow = RVM(gamma=0.5, algorithm="em", max_iter=3000).fit(X, y)
    gap = quick.log_marginal_likelihood_ - slow.log_marginal_likelihood_
    assert -1.5 < gap < 5
    assert (quick.predict(X) == slow.predict(X)).mean() > 0.9


@pytest.mark.parametrize("scheme", SCHEMES)
def test_evidence_history_and_rounds(scheme):
    X, y, *_ = wine()
    model = RVM(multi_class=scheme).fit(X, y)
    assert (
        model.log_marginal_likelihood_ <= sum(h.max() for h in model.history_) + 0.2
    )  # the end is polished
    assert model.n_iter_ == max(map(len, model.history_))
    assert model.log_marginal_likelihood_ > sum(h[0] for h in model.history_)


# kernels ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_three_ways_to_give_a_kernel(scheme):
    X, y, Z, _ = wine()
    named = RVM("rbf", gamma=0.7, multi_class=scheme).fit(X, y)
    function = RVM(lambda a, b: gram("rbf", a, b, gamma=0.7), multi_class=scheme).fit(X, y)
    matrix = RVM("precomputed", multi_class=scheme).fit(gram("rbf", X, gamma=0.7), y)
    np.testing.assert_allclose(function.predict_proba(Z), named.predict_proba(Z), atol=1e-6)
    p = matrix.predict_proba(gram("rbf", Z, X, gamma=0.7))
    np.testing.assert_allclose(p, named.predict_proba(Z), atol=1e-6)
    assert not hasattr(matrix, "relevance_vectors_")


def test_weights_per_column_of_a_linear_kernel():
    X, y, Z, _ = wine()
    model = RVM("linear").fit(X, y)
    f = model.latent_mean_and_variance(Z)[0]
    np.testing.assert_allclose(Z @ model.coef_.T + model.intercept_, f, atol=1e-9)
    assert not hasattr(RVM("rbf").fit(X, y), "coef_")


def test_a_large_common_level_of_the_columns_changes_nothing():
    X, y, Z, _ = wine()
    near, far = RVM("rbf", gamma=1.0).fit(X, y), RVM("rbf", gamma=1.0).fit(X + 1e4, y)
    np.testing.assert_allclose(far.predict_proba(Z + 1e4), near.predict_proba(Z), atol=1e-5)


@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "unit-length"])
def test_only_relevance_vectors_are_kept_as_they_were_given(scaling):
    X, y, *_ = wine()
    model = RVM(scaling=scaling).fit(X, y)
    assert 0 < len(model.relevance_) < len(X) / 2
    np.testing.assert_array_equal(model.relevance_vectors_, X[model.relevance_])
    assert (model.dual_coef_ != 0).any(axis=0).all()
    largest = max(np.size(v) for v in vars(model).values() if isinstance(v, np.ndarray))
    assert largest <= model.relevance_vectors_.size


def test_scaling_is_learned_from_the_training_rows():
    X, y, Z, _ = wine()
    own = RVM(scaling="standard").fit(X, y)
    pipe = make_pipeline(StandardScaler(), RVM()).fit(X, y)
    np.testing.assert_allclose(own.predict_proba(Z), pipe.predict_proba(Z), atol=1e-9)


def test_single_precision_says_the_same():
    X, y, Z, _ = wine()
    p = RVM().fit(X.astype(np.float32), y).predict_proba(Z.astype(np.float32))
    np.testing.assert_allclose(p, RVM().fit(X, y).predict_proba(Z), atol=0.02)


# weights ----------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["scale", "median"]))
def test_a_row_of_weight_two_is_two_rows(seed, gamma):
    X, y = ring(seed, 60)
    counts = np.random.default_rng(seed).integers(0, 4, 60)
    counts[[y.argmin(), y.argmax()]] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        weighted = RVM(gamma=gamma).fit(X, y, sample_weight=counts)
        repeated = RVM(gamma=gamma).fit(np.repeat(X, counts, axis=0), np.repeat(y, counts))
    assert weighted.gamma_ == pytest.approx(repeated.gamma_)
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), atol=1e-5)
    assert (counts[weighted.relevance_] > 0).all()


def test_class_weights_are_row_weights():
    X, y, Z, _ = wine()
    by_class = RVM(class_weight={"red": 3.0, "blue": 9.0}, gamma=1.0).fit(X, y)
    by_row = RVM(gamma=1.0).fit(X, y, sample_weight=np.where(y == "red", 3.0, 1.0))
    np.testing.assert_allclose(by_class.predict_proba(Z), by_row.predict_proba(Z), atol=1e-6)
    plain = RVM(gamma=1.0).fit(X, y).predict_proba(Z)
    assert np.abs(by_class.predict_proba(Z) - plain).max() > 1e-3


def test_balanced_classes_move_the_border():
    X, y = ring(3, 300)
    keep = (y == 0) | (np.arange(300) % 6 == 0)
    plain, fair = (RVM(class_weight=w).fit(X[keep], y[keep]) for w in (None, "balanced"))
    assert (fair.predict(X) == 1).sum() > (plain.predict(X) == 1).sum()


# widths and candidates --------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_width_of_most_evidence_is_taken(scheme):
    X, y, Z, _ = wine()
    found = RVM(gamma="evidence", multi_class=scheme).fit(X, y)
    assert found.gamma_ == found.gammas_[found.gamma_evidence_.argmax()]
    assert (np.diff(found.gammas_) > 0).all() and len(found.gammas_) <= 12
    again = RVM(gamma=found.gamma_, multi_class=scheme).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(Z), found.predict_proba(Z))
    worth = again.log_marginal_likelihood_ - sum(np.isfinite(a).sum() for a in again.alpha_)
    assert worth == pytest.approx(found.gamma_evidence_.max())


def test_evidence_finds_a_width_that_the_rules_miss():
    x = np.random.default_rng(0).random((300, 1))
    y = np.sin(40 * x[:, 0]) > 0  # thirteen stripes, synthetic
    assert RVM(gamma="evidence").fit(x[:200], y[:200]).score(x[200:], y[200:]) > 0.9
    assert RVM(gamma="median").fit(x[:200], y[:200]).score(x[200:], y[200:]) < 0.8


@settings(max_examples=50, deadline=None)
@given(st.integers(-8, 8), st.floats(0.01, 100))
def test_the_climb_ends_on_the_top_of_a_hill(top, start):
    best, gammas, found = climb(
        lambda gamma: -abs(np.log(gamma / start) / np.log(2.0) - top), start
    )
    assert best == gammas[found.argmax()] == pytest.approx(start * 2.0**top)


def test_the_climb_walks_across_a_plain_and_stays_on_nothing_else():
    assert climb(lambda gamma: float(gamma > 100), 1.0)[0] > 100
    assert climb(lambda gamma: 0.0, 3.0)[0] == 3.0


@pytest.mark.parametrize("kernel", ["rbf", "polynomial", "chi-square"])
@pytest.mark.parametrize("rule", ["scale", "median"])
def test_rules_count_rows_by_their_weights(kernel, rule):
    if (kernel, rule) == ("polynomial", "median"):
        return
    random = np.random.default_rng(0)
    rows, counts = random.random((7, 3)), np.array([1, 3, 2, 1, 1, 4, 1])
    repeated = np.repeat(rows, counts, axis=0)
    found = [
        rule_gamma(kernel, rule, r, KERNELS[kernel].base(r, None), w, np.arange(len(r)))
        for r, w in ((rows, counts.astype(float)), (repeated, np.ones(counts.sum())))
    ]
    assert found[0] == pytest.approx(found[1])


def test_candidates_are_few_but_all_rows_train():
    X, y, Z, _ = wine()
    model = RVM(max_candidates=20, random_state=0).fit(X, y)
    assert set(model.relevance_) <= set(
        choose_candidates(np.unique(y, return_inverse=True)[1], 20, 0)
    )
    twin = RVM(max_candidates=20, random_state=0).fit(X, y)
    np.testing.assert_array_equal(twin.predict_proba(Z), model.predict_proba(Z))
    other = RVM(max_candidates=20, random_state=1).fit(X, y)
    assert not np.array_equal(other.relevance_, model.relevance_)
    rows = choose_candidates(np.unique(y, return_inverse=True)[1], 20, 0)
    alone = RVM(gamma=model.gamma_).fit(X[rows], y[rows])
    assert np.abs(alone.predict_proba(Z) - model.predict_proba(Z)).max() > 1e-3
    assert (model.predict(Z) == RVM().fit(X, y).predict(Z)).mean() > 0.9


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.integers(4, 30), st.integers(0, 99))
def test_candidates_come_from_all_classes_in_proportion(strata, most, seed):
    strata = np.array(strata)
    chosen = choose_candidates(strata, most, seed)
    assert len(chosen) == min(most, len(strata)) == len(np.unique(chosen))
    assert set(strata[chosen]) == set(strata)
    share = len(chosen) / len(strata)
    for stratum, count in zip(*np.unique(strata, return_counts=True), strict=True):
        assert abs((strata[chosen] == stratum).sum() - share * count) <= 2


# ends -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
def test_without_a_relevance_vector_the_shares_of_the_classes_are_told(scheme):
    X = np.zeros((30, 3))
    y = np.repeat(["a", "b", "c"], [15, 10, 5])
    with pytest.warns(UserWarning, match="no relevance vector for"):
        model = RVM(multi_class=scheme).fit(X, y)
    assert model.relevance_vectors_.shape == (0, 3)
    p = model.predict_proba(np.ones((2, 3)))
    np.testing.assert_allclose(p, [[0.5, 1 / 3, 1 / 6]] * 2, atol=0.04 * (scheme != "one-vs-rest"))
    assert model.predict(X[:2]).tolist() == ["a", "a"]


def test_the_warning_says_what_to_change():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = np.arange(40) % 2
    with pytest.warns(UserWarning, match=r"gamma is 1e\+06.*gamma='evidence'"):
        RVM(gamma=1e6, tol=3.0).fit(X, y)


def test_an_early_stop_is_told_with_numbers():
    X, y, *_ = wine()
    with pytest.warns(
        ConvergenceWarning, match=r"3 of 3 machines.*iterations.*[1-9].* nats.*max_iter"
    ):
        RVM(max_iter=1, multi_class="one-vs-rest").fit(X, y)


@NO_VECTOR
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kernel", ["rbf", "linear", "intersection"])
def test_the_smallest_and_the_plainest_data(scheme, kernel):
    random = np.random.default_rng(0)
    rows = random.random((22, 4))
    cases = {
        "two rows": (rows[:2], [0, 1]),
        "a class of two": (rows, [0] * 10 + [1] * 10 + [2] * 2),
        "a class of one": (rows, [0] * 11 + [1] * 10 + [2]),
        "separable": (rows + 50 * np.repeat([0, 1], 11)[:, None], np.repeat([0, 1], 11)),
        "constant columns": (np.hstack([rows, np.ones((22, 2))]), np.arange(22) % 3),
        "equal rows": (np.repeat(rows[:2], 11, axis=0), np.repeat([0, 1], 11)),
        "equal rows of two classes": (np.repeat(rows[:2], 11, axis=0), np.arange(22) % 2),
        "wide": (random.random((12, 300)), np.arange(12) % 3),
    }
    for name, (X, y) in cases.items():
        model = RVM(kernel, multi_class=scheme).fit(X, y)
        p = model.predict_proba(X)
        assert np.isfinite(p).all(), name
        np.testing.assert_allclose(p.sum(axis=1), 1.0)
        if name == "separable":
            assert model.score(X, y) == 1.0 and p.max() < 1.0


# where it is used -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("scaling", ["none", "standard", "minmax", "unit-length"])
def test_storing_needs_no_code_of_strangers(scheme, scaling):
    X, y, Z, _ = wine()
    model = RVM(scaling=scaling, multi_class=scheme).fit(X.astype(np.float32), y)
    stored = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=stored)
    assert unknown == ["classifiers.rvm.RVM"] and set(unknown) <= set(STORED_TYPES)
    back = skops.io.loads(stored, trusted=unknown)
    np.testing.assert_array_equal(back.predict_proba(Z), model.predict_proba(Z))


def test_works_in_scikit_learns_searches():
    X, y = load_iris(return_X_y=True)
    grid = {"gamma": [0.1, "median"], "multi_class": ["one-vs-rest", "multinomial"]}
    assert GridSearchCV(RVM(), grid, cv=3).fit(X, y).best_score_ > 0.9
    pipe = make_pipeline(StandardScaler(), RVM())
    p = cross_val_predict(clone(pipe), X, y, cv=3, method="predict_proba")
    assert (p.argmax(axis=1) == y).mean() > 0.9


def test_a_precomputed_kernel_is_split_on_both_sides():
    X, y = load_iris(return_X_y=True)
    K = gram("rbf", X, gamma=0.5)
    inner = GridSearchCV(RVM("precomputed"), {"tol": [0.05, 0.5]}, cv=3).fit(K, y)
    outer = GridSearchCV(RVM("rbf", gamma=0.5), {"tol": [0.05, 0.5]}, cv=3).fit(X, y)
    np.testing.assert_allclose(
        inner.cv_results_["mean_test_score"], outer.cv_results_["mean_test_score"], atol=1e-9
    )


def test_tables_keep_their_names_and_sparse_rows_are_refused():
    X, y, *_ = wine()
    table = pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])])
    model = RVM().fit(table, y)
    assert model.feature_names_in_.tolist() == list(table)
    with pytest.raises(TypeError, match="dense data is required"):
        RVM().fit(csr_array(X), y)


def test_threads_change_nothing():
    X, y, Z, _ = wine()
    one, two = (RVM(multi_class="one-vs-one", n_jobs=n).fit(X, y) for n in (1, 2))
    np.testing.assert_array_equal(one.predict_proba(Z), two.predict_proba(Z))


@pytest.mark.parametrize("scheme", ["one-vs-rest", "multinomial"])
def test_threads_of_the_linear_algebra_change_nothing_that_is_seen(scheme):
    X, y = load_digits(return_X_y=True)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            model = RVM(multi_class=scheme).fit(X[:300], y[:300])
            found.append(model.predict_proba(X[300:400]))
    np.testing.assert_allclose(found[0], found[1], atol=1e-8)


# sentences --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel": "intersecton"}, "did you mean 'intersection'"),
        ({"multi_class": "one-vs-all"}, "did you mean"),
        ({"algorithm": "sequental"}, "did you mean 'sequential'"),
        ({"algorithm": "em", "multi_class": "multinomial"}, "algorithm='sequential' only"),
        ({"scaling": "standart"}, "did you mean 'standard'"),
        ({"gamma": -1}, "gamma must be"),
        ({"gamma": "auto"}, "'evidence', not 'auto'"),
        ({"class_weight": {"red": -1.0}}, "a number above 0; that of red is -1.0"),
        ({"kernel": "polynomial", "gamma": "median"}, "needs a distance"),
        ({"degree": 1.5}, "degree must be"),
        ({"coef0": -1}, "coef0 must be"),
        ({"tol": 0}, "tol must be"),
        ({"max_iter": 0}, "max_iter must be"),
        ({"max_candidates": 0.5}, "max_candidates must be"),
        ({"kernel": "precomputed", "scaling": "standard"}, "cannot be scaled"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        RVM(**settings).check_settings()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1, 1, -1, 1], "the lowest is -1"),
        ([0, 0, 0, 0], "not be zero"),
        ([1, 1], "must have shape"),
        ([1, 0, 1, 0], "only one class came: a"),
    ],
)
def test_impossible_data_are_refused(weights, words):
    with pytest.raises(ValueError, match=words):
        RVM().fit(np.eye(4), ["a", "b", "a", "b"], sample_weight=weights)


def test_a_precomputed_kernel_must_be_square():
    with pytest.raises(ValueError, match="must be square"):
        RVM("precomputed").fit(np.ones((4, 2)), [0, 1, 0, 1])
