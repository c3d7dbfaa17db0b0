"""The multinomial sparse Bayesian model: its derivatives, evidence, symmetries and limits."""

from __future__ import annotations

import numpy as np
import pytest
import reference_bayes as slow
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from classifiers.bayes import Bernoulli, Control, learn, moderated
from classifiers.bayes.softmax import learn_softmax, moderated_softmax
from classifiers.bayes.softmax_frozen import Frozen, improve
from classifiers.bayes.softmax_gains import best_variance, gain_of
from classifiers.bayes.softmax_mode import Labels, curvature, find_mode, gradient, make_pairs
from classifiers.bayes.softmax_output import logit_covariance
from classifiers.bayes.softmax_ranking import Candidates, Pick, Ranking

BOTH = pytest.mark.parametrize("shared", [True, False])


def rbf(x, y, gamma=0.5):
    return np.exp(-gamma * ((x[:, None] - y[None]) ** 2).sum(axis=2))


def drawn(seed=0, n=60, classes=3):
    """Return overlapping classes around corners (synthetic), and the kernel matrix."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    angle = 2 * np.pi * labels / classes
    rows = 1.5 * np.column_stack([np.cos(angle), np.sin(angle)]) + rng.normal(size=(n, 2))
    return rbf(rows, rows), labels


def small(seed=0, n=25, k=3, classes=3, shared=False):
    """Return a design, pairs, precisions, labels and weights that mean nothing (synthetic)."""
    rng = np.random.default_rng(seed)
    inside = np.ones((k, classes), dtype=bool) if shared else rng.random((k, classes)) < 0.7
    pairs = make_pairs(inside)
    alpha = rng.uniform(0.5, 2, (k, 1 if shared else classes)) * np.ones((k, classes))
    precision = np.vstack([np.zeros((1, classes)), alpha])[pairs.column, pairs.label]
    design = np.column_stack([np.ones(n), rng.normal(size=(n, k))])
    labels = Labels(np.eye(classes)[np.arange(n) % classes], rng.uniform(0.5, 2, n))
    weights = rng.normal(size=len(precision))
    weights[pairs.bias] -= weights[pairs.bias].mean()
    return design, pairs, precision, labels, weights


def log_posterior(design, pairs, precision, labels, weights):
    logits = np.zeros(labels.target.shape)
    for w, column, label in zip(weights, pairs.column, pairs.label, strict=True):
        logits[:, label] += w * design[:, column]
    chosen = np.log(softmax(logits, axis=1))[labels.target == 1]
    return labels.weight @ chosen - 0.5 * precision @ weights**2


def differences(function, at, step=1e-5):
    """Return central differences of a function of ``at``, one row per entry."""
    moves = step * np.eye(len(at))
    return np.array([(function(at + m) - function(at - m)) / (2 * step) for m in moves])


# derivatives and mode


@pytest.mark.parametrize("seed", range(3))
def test_gradient_and_curvature_are_the_derivatives(seed):
    design, pairs, precision, labels, weights = small(seed)
    slope = differences(lambda w: log_posterior(design, pairs, precision, labels, w), weights)
    ours = gradient(design, pairs, precision, labels, weights)
    np.testing.assert_allclose(ours, slope, atol=1e-7)
    numeric = differences(lambda w: gradient(design, pairs, precision, labels, w), weights)
    probability = softmax(design @ pairs.table(weights, design.shape[1]), axis=1)
    hessian = curvature(design, pairs, precision, labels, probability)
    hessian[np.ix_(pairs.bias, pairs.bias)] -= 1 / 3  # the pin is no part of the likelihood
    np.testing.assert_allclose(hessian, -numeric, atol=1e-7)


def test_mode_is_stationary_and_its_biases_sum_to_zero():
    design, pairs, precision, labels, weights = small(3)
    mode = find_mode(design, pairs, precision, labels, weights)
    slope = gradient(design, pairs, precision, labels, mode.weights)
    np.testing.assert_allclose(slope, 0, atol=1e-7)
    assert abs(mode.weights[pairs.bias].sum()) < 1e-9
    hessian = curvature(design, pairs, precision, labels, mode.probability)
    np.testing.assert_allclose(mode.covariance() @ hessian, np.eye(len(hessian)), atol=1e-6)
    assert mode.log_determinant() == pytest.approx(np.linalg.slogdet(hessian)[1], abs=1e-6)


def twin(columns, labels, found, classes, weights=None):
    """Return the slow twin at the precisions that were learned; class 0 has no bias there."""
    alpha = found.alpha if found.alpha.ndim == 2 else np.outer(found.alpha, np.ones(classes))
    bias = np.r_[np.inf, np.zeros(classes - 1)]
    design = np.column_stack([np.ones(len(labels)), columns[:, found.active]])
    return slow.softmax(design, np.vstack([bias, alpha]), labels, weights)


@BOTH
@pytest.mark.parametrize("classes", [2, 3, 4])
def test_mode_and_evidence_are_the_twins(shared, classes):
    columns, labels = drawn(classes, 40, classes)
    weights = np.random.default_rng(0).uniform(0.3, 2, 40)
    found = learn_softmax(columns, labels, classes, weights=weights, shared=shared)
    mode, hessian, evidence = twin(columns, labels, found, classes, weights)
    assert len(found.active)
    assert found.evidence == pytest.approx(evidence, abs=1e-6)
    np.testing.assert_allclose(found.mode[1:], mode[1:], atol=1e-5)
    np.testing.assert_allclose(found.mode[0] - found.mode[0, 0], mode[0], atol=1e-5)
    inner = np.flatnonzero(found.pairs[:, 0] > 0)
    theirs = np.linalg.inv(hessian)
    rows = np.array([p for p, pair in enumerate(found.pairs) if tuple(pair) != (0, 0)])
    kept = np.flatnonzero(np.isin(rows, inner))
    ours = found.covariance[np.ix_(inner, inner)]
    np.testing.assert_allclose(ours, theirs[np.ix_(kept, kept)], rtol=1e-4, atol=1e-6)


# gains


@given(
    st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(0, 1e4)), min_size=1, max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_best_variance_is_where_no_other_gains_more(terms):
    s, q2 = np.array(terms).T[:, None]
    x, gain = best_variance(s, q2)
    tried = np.logspace(-9, 9, 4001)
    others = gain_of(tried, s, q2)
    assert gain[0] >= max(others.max(), 0.0) - 1e-6 * (1 + abs(others.max()))
    assert gain_of(x, s, q2)[0] == pytest.approx(gain[0])


def frozen_evidence(design, pairs, precision, labels, weights):
    """Return what depends on the precisions in the evidence of the expansion around ``weights``."""
    probability = softmax(design @ pairs.table(weights, design.shape[1]), axis=1)
    flat = curvature(design, pairs, np.zeros(len(precision)), labels, probability)
    slope = (design.T @ labels.slope(probability))[pairs.column, pairs.label]
    target = flat @ weights + slope
    use = np.isfinite(precision)
    hessian = flat[np.ix_(use, use)] + np.diag(precision[use])
    prior = precision[use & (precision > 0)]
    value = 0.5 * target[use] @ np.linalg.solve(hessian, target[use])
    return value + 0.5 * (np.log(prior).sum() - np.linalg.slogdet(hessian)[1])


@BOTH
def test_frozen_gains_are_differences_of_evidence(shared):
    design, pairs, precision, labels, weights = small(4, shared=shared)
    probability = softmax(design @ pairs.table(weights, design.shape[1]), axis=1)
    frozen = Frozen(design, pairs, precision, labels, weights, probability, shared)
    before = frozen_evidence(design, pairs, precision, labels, weights)
    for number in frozen.alive:
        s, q2 = frozen.statistics(np.array([number]))
        for alpha in (0.1, 30.0, np.inf):
            changed = precision.copy()
            changed[frozen.groups[number]] = alpha
            after = frozen_evidence(design, pairs, changed, labels, weights)
            gain = gain_of(np.array([1 / alpha]), s, q2) - gain_of(
                1 / frozen.alpha[[number]], s, q2
            )
            assert gain[0] == pytest.approx(after - before, abs=1e-8)


@BOTH
def test_frozen_changes_are_those_of_a_new_start(shared):
    design, pairs, precision, labels, weights = small(5, shared=shared)
    probability = softmax(design @ pairs.table(weights, design.shape[1]), axis=1)
    frozen = Frozen(design, pairs, precision, labels, weights, probability, shared)
    frozen.change(0, 7.0)
    frozen.change(1, 0.2)
    changed = precision.copy()
    changed[frozen.groups[0]], changed[frozen.groups[1]] = 7.0, 0.2
    again = Frozen(design, pairs, changed, labels, weights, probability, shared)
    np.testing.assert_allclose(frozen.sigma, again.sigma, atol=1e-9)
    np.testing.assert_allclose(frozen.mu, again.mu, atol=1e-9)
    frozen.change(0, np.inf)
    assert np.abs(frozen.mu[frozen.groups[0]]).max() < 1e-9


@BOTH
def test_improving_never_loses_evidence(shared):
    design, pairs, precision, labels, weights = small(6, k=6, shared=shared)
    probability = softmax(design @ pairs.table(weights, design.shape[1]), axis=1)
    frozen = Frozen(design, pairs, precision, labels, weights, probability, shared)
    before = frozen_evidence(design, pairs, precision, labels, weights)
    fresh = np.zeros(len(frozen.alpha), dtype=bool)
    assert improve(frozen, fresh, 0.0, 1e-3, False) > 0
    changed = precision.copy()
    for group, alpha in zip(frozen.groups, frozen.alpha, strict=True):
        changed[group] = alpha
    assert frozen_evidence(design, pairs, changed, labels, weights) > before


def ranking(columns, labels, probability, shared):
    classes = labels.classes
    pairs = make_pairs(np.zeros((0, classes), dtype=bool))
    design, precision = np.ones((len(columns), 1)), np.zeros(classes)
    return Ranking(Candidates(columns), design, pairs, precision, labels, probability, shared)


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_ranking_is_exact_where_classes_are_equally_probable(classes):
    columns, number = drawn(7, 10 * classes, classes)
    labels = Labels(np.eye(classes)[number], np.ones(len(number)))
    even = np.full(labels.target.shape, 1 / classes)
    found = ranking(columns, labels, even, True)
    unit = columns / np.linalg.norm(columns, axis=0)
    centred = unit - unit.mean(axis=0)
    s = (centred**2).sum(axis=0) / classes  # R is (I - 11' / C) / C in every row
    q2 = ((unit.T @ labels.slope(even)) ** 2).sum(axis=1)
    np.testing.assert_allclose(found.S, np.outer(s, np.ones(classes)), rtol=1e-6)
    np.testing.assert_allclose(found.kappa * (found.Q**2).sum(axis=1), found.kappa * q2)
    inner = gain_of(np.full(len(s), 0.3), found.S, found.kappa * found.Q**2) / found.kappa
    spread = np.outer(s, np.ones(classes - 1))
    exact = gain_of(np.full(len(s), 0.3), spread, q2[:, None] / (classes - 1) * (spread > 0))
    np.testing.assert_allclose(inner, exact, rtol=1e-6)


def test_ranking_follows_what_came_in():
    columns, number = drawn(8)
    labels = Labels(np.eye(3)[number], np.ones(60))
    probability = softmax(np.random.default_rng(1).normal(size=(60, 3)), axis=1)
    found = ranking(columns, labels, probability, True)
    found.add(Pick(4, None, 2.0))
    found.add(Pick(9, None, 0.5))
    pairs = make_pairs(np.ones((2, 3), dtype=bool))
    candidates = Candidates(columns)
    design = np.column_stack([np.ones(60), candidates.take([4, 9])])
    precision = np.array([0.0, 0.5, 2.0])[pairs.column]
    again = Ranking(candidates, design, pairs, precision, labels, probability, True)
    np.testing.assert_allclose(found.S, again.S, atol=1e-8)


# the learner


@BOTH
@pytest.mark.parametrize("seed", range(3))
def test_precisions_are_stationary(shared, seed):
    columns, labels = drawn(seed, 90)
    found = learn_softmax(columns, labels, 3, shared=shared, control=Control(tol=1e-7))
    where = np.diag(found.covariance)
    for place in range(len(found.active)):
        here = found.pairs[:, 0] == place + 1
        label = found.pairs[here, 1]
        w2 = found.mode[1 + place, label] ** 2
        alpha = np.atleast_1d(found.alpha[place])
        if shared:
            gamma = here.sum() - alpha * where[here].sum()  # MacKay 1992
            np.testing.assert_allclose(alpha * w2.sum(), gamma, rtol=0.02)
        else:
            np.testing.assert_allclose(alpha[label] * w2, 1 - alpha[label] * where[here], rtol=0.02)


@BOTH
def test_two_classes_are_the_binary_model(shared):
    columns, labels = drawn(11, 80, 2)
    found = learn_softmax(columns, labels, 2, shared=shared, control=Control(tol=1e-4))
    weight = found.mode[:, 1] - found.mode[:, 0]
    each = found.alpha / 2 if shared else found.alpha.min(axis=1)
    if shared:
        np.testing.assert_allclose(found.mode, np.outer(weight, [-0.5, 0.5]), atol=1e-9)
    else:
        assert np.isfinite(found.alpha).sum(axis=1).tolist() == [1] * len(each)
    twin = slow.laplace(columns[:, found.active], each, labels * 1.0)
    assert found.evidence == pytest.approx(twin.evidence, abs=1e-6)
    np.testing.assert_allclose(weight[1:], twin.w, atol=1e-5)
    binary = learn(columns, Bernoulli(labels * 1.0))
    assert found.evidence > binary.evidence - 1.0


@BOTH
def test_two_classes_have_the_binary_probability(shared):
    columns, labels = drawn(12, 80, 2)
    found = learn_softmax(columns, labels, 2, shared=shared, corrected=False)
    spread = logit_covariance(columns[:, found.active], found.pairs, found.covariance, 2)
    difference = found.logits(columns[:, found.active]) @ [-1, 1]
    variance = np.einsum("ncd,c,d->n", spread, [-1, 1], [-1, 1])
    np.testing.assert_allclose(
        found.probabilities(columns[:, found.active])[:, 1], moderated(difference, variance)
    )


@BOTH
def test_permuted_classes_permute_the_answer(shared):
    columns, labels = drawn(13, 60)
    turned = np.array([2, 0, 1])
    a = learn_softmax(columns, labels, 3, shared=shared)
    b = learn_softmax(columns, turned[labels], 3, shared=shared)
    assert a.active.tolist() == b.active.tolist()
    np.testing.assert_allclose(a.mean, b.mean[:, turned], atol=1e-6)
    np.testing.assert_allclose(
        a.probabilities(columns[:, a.active]),
        b.probabilities(columns[:, b.active])[:, turned],
        atol=1e-8,
    )


@BOTH
def test_weights_count_as_repeated_rows(shared):
    columns, labels = drawn(14, 30)
    times = np.arange(30) % 4
    rows = np.repeat(np.arange(30), times)
    a = learn_softmax(columns[rows], labels[rows], 3, shared=shared)
    # the same lengths of columns, so that the two differ in nothing
    length = np.linalg.norm(columns[rows], axis=0) / np.linalg.norm(columns, axis=0)
    b = learn_softmax(columns * length, labels, 3, weights=times, shared=shared)
    assert a.active.tolist() == b.active.tolist()
    assert a.evidence == pytest.approx(b.evidence, abs=1e-6)
    np.testing.assert_allclose(a.mean, b.mean * length[b.active, None], rtol=1e-5, atol=1e-6)


@BOTH
@given(exponent=st.integers(-6, 6))
@settings(max_examples=6, deadline=None)
def test_scale_of_the_columns_does_not_matter(shared, exponent):
    columns, labels = drawn(15, 40)
    scale = 10.0 ** (exponent * (np.arange(40) % 2))
    a = learn_softmax(columns, labels, 3, shared=shared)
    b = learn_softmax(columns * scale, labels, 3, shared=shared)
    assert a.active.tolist() == b.active.tolist()
    np.testing.assert_allclose(a.mean, b.mean * scale[b.active, None], rtol=1e-5, atol=1e-6)


@BOTH
def test_float32_columns_serve(shared):
    columns, labels = drawn(16, 60)
    a = learn_softmax(columns, labels, 3, shared=shared)
    b = learn_softmax(columns.astype(np.float32), labels, 3, shared=shared)
    assert a.evidence == pytest.approx(b.evidence, abs=0.5)


@BOTH
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 5), n=st.integers(12, 50))
@settings(max_examples=12, deadline=None)
def test_evidence_is_never_below_the_empty_models(shared, seed, classes, n):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(n, 8)) * 10.0 ** rng.integers(-3, 3, 8)
    labels = rng.permutation(np.arange(n) % classes)
    found = learn_softmax(columns, labels, classes, shared=shared)
    probability = found.probabilities(columns[:, found.active])
    assert found.evidence >= found.history[0] - 1e-6
    assert found.evidence >= found.history.max() - 0.01
    assert np.isfinite(probability).all()
    np.testing.assert_allclose(probability.sum(axis=1), 1)


def test_the_empty_model_is_the_share_of_each_class():
    labels = np.repeat([0, 1, 2], [10, 20, 30])
    found = learn_softmax(np.ones((60, 2)), labels, 3)
    assert found.active.size == 0
    assert found.mean.shape == (0, 3)
    assert abs(found.fixed.sum()) < 1e-9
    expected = np.tile([1 / 6, 2 / 6, 3 / 6], (4, 1))
    plain = softmax(found.mode[0])
    np.testing.assert_allclose(plain, expected[0])
    np.testing.assert_allclose(found.probabilities(np.empty((4, 0))), expected, atol=1e-4)
    rest = -np.log(60 * 3) / 2 + np.log(2 * np.pi) + np.log(3) / 2  # |H| = 60^2 p0 p1 p2 C
    counts = np.array([10, 20, 30])
    by_hand = counts @ np.log(plain) + rest - 0.5 * np.log(60 * plain.prod())
    assert found.evidence == pytest.approx(by_hand)


@BOTH
def test_noise_leaves_the_price_unpaid(shared):
    rng = np.random.default_rng(17)
    columns, labels = rng.normal(size=(90, 200)), np.arange(90) % 3
    free = learn_softmax(columns, labels, 3, shared=shared)
    control = Control(price=lambda k, m: 3 * float(np.log(m)))
    priced = learn_softmax(columns, labels, 3, shared=shared, control=control)
    assert len(free.active) > 0 and len(priced.active) == 0
    kept = learn_softmax(
        columns, labels, 3, shared=shared, control=Control(price=control.price, keep_one=True)
    )
    assert len(kept.active) >= 1


@BOTH
def test_separable_classes(shared):
    rng = np.random.default_rng(18)
    labels = np.repeat([0, 1, 2], 20)
    rows = rng.normal(size=(60, 2)) + 20 * labels[:, None]
    for columns in (rbf(rows, rows, 0.01), rows, rows * 1e6):
        found = learn_softmax(columns, labels, 3, shared=shared)
        probability = found.probabilities(columns[:, found.active])
        assert found.converged and (probability.argmax(axis=1) == labels).all()
        assert probability.max() < 1


@BOTH
def test_twice_the_columns_and_constant_ones_change_nothing(shared):
    columns, labels = drawn(19, 60)
    constant = np.column_stack([np.zeros(60), np.ones(60)])
    a = learn_softmax(columns, labels, 3, shared=shared)
    b = learn_softmax(np.hstack([columns, columns, constant]), labels, 3, shared=shared)
    assert a.active.tolist() == b.active.tolist()
    assert a.evidence == pytest.approx(b.evidence, abs=1e-9)


@BOTH
def test_a_class_of_two_rows(shared):
    columns, labels = drawn(20, 60)
    labels = np.where(labels == 2, 0, labels)
    labels[:2] = 2
    found = learn_softmax(columns, labels, 3, shared=shared)
    probability = found.probabilities(columns[:, found.active])
    assert np.isfinite(probability).all()
    assert probability[:, 2].sum() == pytest.approx(2, abs=0.5)


def test_no_columns_are_an_empty_model():
    assert learn_softmax(np.zeros((6, 0)), np.arange(6) % 2, 2).active.size == 0


def test_what_was_promised_is_left_at_the_end():
    columns, labels = drawn(21, 90)
    found = learn_softmax(columns, labels, 3)
    assert found.converged and found.left <= Control().tol
    short = learn_softmax(columns, labels, 3, control=Control(max_iter=2))
    assert not short.converged and short.left > Control().tol and short.n_iter == 2


# probabilities


def test_posterior_mean_matches_the_counts_of_the_classes():
    columns, labels = drawn(22, 75)
    weights = np.random.default_rng(2).uniform(0.5, 1.5, 75)
    for shared in (True, False):
        found = learn_softmax(columns, labels, 3, weights=weights, shared=shared)
        probability = found.probabilities(columns[:, found.active])
        counts = np.bincount(labels, weights=weights)
        np.testing.assert_allclose(weights @ probability, counts, atol=1e-2)


@pytest.mark.parametrize("flipped", [[6], [5, 7], [3, 4, 8]])
def test_posterior_mean_is_nearer_than_the_mode(flipped):
    x = np.linspace(-1, 1, 12)[:, None]
    labels = (x[:, 0] > 0).astype(int)
    labels[flipped] = 1 - labels[flipped]
    found = learn_softmax(x, labels, 2)
    b, w = np.meshgrid(np.linspace(-30, 30, 601), np.linspace(-20, 80, 801), indexing="ij")
    log = -0.25 * found.alpha[0] * w**2  # binary: half the precision; see the module
    for value, label in zip(x[:, 0], labels, strict=True):
        log -= np.logaddexp(0, (1 - 2 * label) * (b + w * value))
    density = np.exp(log - log.max())
    density /= density.sum()
    exact = (density * w).sum()
    mean, mode = np.diff(found.mean[0])[0], np.diff(found.mode[1])[0]
    assert mode < mean and abs(mean - exact) < abs(mode - exact)
    integral = [(density / (1 + np.exp(-b - w * value))).sum() for value in x[:, 0]]
    plain = learn_softmax(x, labels, 2, corrected=False)
    ours, theirs = (f.probabilities(x)[:, 1] for f in (found, plain))
    assert np.abs(ours - integral).max() < np.abs(theirs - integral).max()


@pytest.mark.parametrize(("classes", "error"), [(2, 0.02), (3, 0.05), (6, 0.08)])
def test_moderated_softmax_is_near_the_integral(classes, error):
    rng = np.random.default_rng(classes)
    worst = []
    for _ in range(40):
        root = rng.normal(size=(classes, classes)) * rng.uniform(0.2, 1.5)
        covariance, mean = root @ root.T / np.sqrt(classes), 3 * rng.normal(size=classes)
        exact = softmax(rng.multivariate_normal(mean, covariance, size=20_000), axis=1).mean(axis=0)
        worst.append(np.abs(moderated_softmax(mean[None], covariance[None])[0] - exact).max())
    assert np.mean(worst) < error


def test_moderated_softmax_without_variance_is_softmax_and_no_shift_matters():
    rng = np.random.default_rng(3)
    mean, root = rng.normal(size=(5, 4)), rng.normal(size=(5, 4, 4))
    covariance = root @ root.transpose(0, 2, 1)
    np.testing.assert_allclose(moderated_softmax(mean, np.zeros((5, 4))), softmax(mean, axis=1))
    one = moderated_softmax(mean, covariance)
    shifted = moderated_softmax(mean + 100, covariance + 50)  # a common random shift
    np.testing.assert_allclose(one, shifted)
    np.testing.assert_allclose(one.sum(axis=1), 1)


def test_probabilities_are_near_draws_from_the_posterior():
    columns, labels = drawn(23, 60)
    found = learn_softmax(columns, labels, 3)
    inside = columns[:10, found.active]
    centre = np.vstack([found.fixed, found.mean])[found.pairs[:, 0], found.pairs[:, 1]]
    rng = np.random.default_rng(4)
    draws = rng.multivariate_normal(centre, found.covariance, size=4000)
    design = np.column_stack([np.ones(10), inside])
    logits = np.zeros((4000, 10, 3))
    for number, (column, label) in enumerate(found.pairs):
        logits[:, :, label] += draws[:, number, None] * design[:, column]
    exact = softmax(logits, axis=2).mean(axis=0)
    np.testing.assert_allclose(found.probabilities(inside), exact, atol=0.06)


def test_held_out_wine():
    X, y = load_wine(return_X_y=True)
    scaler = StandardScaler().fit(X[::2])
    train, test = scaler.transform(X[::2]), scaler.transform(X[1::2])
    for shared in (True, False):
        found = learn_softmax(rbf(train, train, 1 / 13), y[::2], 3, shared=shared)
        probability = found.probabilities(rbf(test, train, 1 / 13)[:, found.active])
        assert (probability.argmax(axis=1) != y[1::2]).mean() < 0.08
        assert -np.log(probability[np.arange(len(test)), y[1::2]]).mean() < 0.25


@pytest.mark.parametrize(
    ("labels", "classes", "weights", "said"),
    [
        (np.zeros(4, int), 2, None, "positive weight"),
        (np.array([0, 1, 2, 0]), 2, None, "positive weight"),
        (np.array([0, 1, 0]), 2, None, r"\(n,\)"),
        (np.array([0.0, 1, 0, 1]), 2, None, "whole numbers"),
        (np.array([0, 1, 0, -1]), 2, None, "whole numbers"),
        (np.array([0, 1, 0, 1]), 2, [1, -1, 1, 1], "at least 0"),
        (np.array([0, 1, 0, 1]), 2, [1, 0, 1, 0], "positive weight"),
    ],
)
def test_wrong_input_is_a_sentence(labels, classes, weights, said):
    with pytest.raises(ValueError, match=said):
        learn_softmax(np.eye(4), labels, classes, weights=weights)


def test_columns_must_be_finite():
    with pytest.raises(ValueError, match="finite"):
        learn_softmax(np.full((4, 2), np.nan), np.array([0, 1, 0, 1]), 2)
