"""The classifiers' benchmarks: data are what they claim, counts count, all of them complete."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import log_loss as plain_log_loss
from sklearn.pipeline import Pipeline

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are not installed

from benchmarks import __main__ as command
from benchmarks.classifying import accuracy, child, generators, prediction, training, wide
from benchmarks.classifying import outcomes as children
from benchmarks.classifying.outcomes import Fit, Outcome, outcome
from benchmarks.classifying.peers import METHODS, Method, columns, method, vectors
from benchmarks.classifying.scores import Mean, calibration_error, clearly_worse, error, log_loss
from benchmarks.classifying.sets import FAMILIES, FIXED, TEXTBOOK, part
from benchmarks.classifying.sheet import Sheet
from benchmarks.effort import Effort, Fits

ROWS = 60_000
PEERS = ("fastrvm", "SVC", "SVC, searched", "logistic", "L1 logistic", "forest")
INSTALLED = {"fastrvm": "fastrvm", "EMRVC": "sklearn_rvm"}
TINY = Effort(
    repeats=1,
    fits=Fits(
        folds=2,
        limit=60.0,
        fixed=("iris",),
        speed=("mc_40_6",),
        large=(("iris", 60.0, 1),),
        wide=(("add_60_8", 1),),
        textbook=(("ripley", 1),),
        rows=(40, 80),
    ),
)


def rng(seed=0):
    return np.random.default_rng(seed)


def fit(number=0, wrong=0.1, nll=0.3, **more):
    return Fit(number, 1.0, 1.0, 100.0, wrong, nll, (0.9,), (1,), **more)


# data ---------------------------------------------------------------------------------------


def test_ripley_has_its_moments_and_its_error():
    X, y = generators.ripley(rng(), ROWS)
    for label, mean in ((0, [-0.2, 0.3]), (1, [0.05, 0.7])):
        np.testing.assert_allclose(X[y == label].mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(X[y == 1].var(axis=0), [0.03 + 0.35**2, 0.03], rtol=0.03)
    odds = generators.ripley_log_odds(X)
    wrong = ((odds > 0) != y).mean()
    assert wrong == pytest.approx(generators.bayes_error(odds), abs=0.004)
    assert wrong == pytest.approx(0.0895, abs=0.004)


def test_ripley_s_error_by_quadrature_is_the_one_in_the_table():
    line = np.linspace(-2.0, 2.5, 600)
    grid = np.stack(np.meshgrid(line, line), axis=-1)

    def density(centres):
        bumps = [norm.pdf(grid, c, np.sqrt(0.03)).prod(axis=-1) for c in np.array(centres)]
        return sum(bumps) / 2

    first, second = density([(-0.7, 0.3), (0.3, 0.3)]), density([(-0.3, 0.7), (0.4, 0.7)])
    wrong = np.minimum(first, second).sum() / 2 * (line[1] - line[0]) ** 2
    assert wrong == pytest.approx(0.0895, abs=2e-4)


def test_waveform_mixes_two_waves_each():
    X, y = generators.waveform(rng(), ROWS)
    waves = [[max(6 - abs(i - peak), 0) for i in range(1, 22)] for peak in (11, 15, 7)]
    for label, (a, b) in enumerate([(0, 1), (0, 2), (1, 2)]):
        expected = (np.array(waves[a]) + waves[b]) / 2
        np.testing.assert_allclose(X[y == label].mean(axis=0), expected, atol=0.06)
        spread = 1 + (np.array(waves[a]) - waves[b]) ** 2 / 12  # noise, and a uniform share
        np.testing.assert_allclose(X[y == label].var(axis=0), spread, rtol=0.06)


def test_waveform_s_density_is_the_integral_over_shares():
    X, _ = generators.waveform(rng(1), 5)
    shares = (np.arange(4000) + 0.5) / 4000
    log_density = generators.waveform_log_density(X)
    for label, (a, b) in enumerate(generators.MIXED):
        centre = shares[:, None] * generators.WAVES[a] + (1 - shares[:, None]) * generators.WAVES[b]
        square = ((X[:, None] - centre) ** 2).sum(axis=-1)
        slow = np.log(np.exp(-square / 2).mean(axis=1))
        np.testing.assert_allclose(log_density[:, label] + np.log(np.sqrt(2 * np.pi)), slow, 1e-4)


def test_waveform_s_best_error_is_about_fourteen_percent():
    X, y = generators.waveform(rng(2), ROWS)
    best = generators.waveform_log_density(X).argmax(axis=1)
    assert (best != y).mean() == pytest.approx(0.14, abs=0.012)  # Breiman and others, 1984


def test_twonorm_s_best_error_is_that_of_two_standard_deviations():
    X, y = generators.twonorm(rng(), ROWS)
    np.testing.assert_allclose(X[y == 1].mean(axis=0), 2 / np.sqrt(20), atol=0.03)
    np.testing.assert_allclose(np.cov(X[y == 0].T), np.eye(20), atol=0.04)
    assert ((X.sum(axis=1) > 0) != y).mean() == pytest.approx(norm.cdf(-2), abs=0.003)


def test_ringnorm_has_its_moments_and_its_error():
    X, y = generators.ringnorm(rng(), ROWS)
    np.testing.assert_allclose(X[y == 0].var(axis=0), 4, rtol=0.05)
    np.testing.assert_allclose(X[y == 1].var(axis=0), 1, rtol=0.05)
    np.testing.assert_allclose(X[y == 1].mean(axis=0), 1 / np.sqrt(20), atol=0.03)
    slow = norm.logpdf(X, 1 / np.sqrt(20), 1).sum(axis=1) - norm.logpdf(X, 0, 2).sum(axis=1)
    odds = generators.ringnorm_log_odds(X)
    np.testing.assert_allclose(odds, slow, atol=1e-9)
    assert ((odds > 0) != y).mean() == pytest.approx(0.0150, abs=0.002)


@pytest.mark.parametrize(
    ("log_odds", "true", "best"),
    [
        (generators.additive_log_odds, 5, 0.106),
        (generators.multiplicative_log_odds, 5, 0.126),
        (generators.crossed_log_odds, 2, 0.076),
    ],
)
def test_synthetic_odds_use_their_columns_and_have_their_error(log_odds, true, best):
    X, y = generators.bernoulli(rng(), ROWS, 8, log_odds)
    odds = log_odds(X)
    assert generators.bayes_error(odds) == pytest.approx(best, abs=0.002)
    assert ((odds > 0) != y).mean() == pytest.approx(best, abs=0.004)
    assert y.mean() == pytest.approx(0.5, abs=0.04)
    for column in range(8):
        other = X.copy()
        other[:, column] = rng(9).standard_normal(ROWS)
        assert np.allclose(log_odds(other), odds) == (column >= true)


def test_a_sum_of_functions_has_no_second_difference_and_a_product_has_one():
    X = np.zeros((4, 5))
    X[1, 0] = X[3, 0] = X[2, 1] = X[3, 1] = 0.7
    for log_odds, mixed in (
        (generators.additive_log_odds, False),
        (generators.multiplicative_log_odds, True),
    ):
        a, b, c, d = log_odds(X)
        assert (abs(a - b - c + d) > 0.1) == mixed


def test_noise_columns_are_added_behind():
    X, y = generators.with_noise(generators.twonorm)(rng(3), 500)
    plain, labels = generators.twonorm(rng(3), 500)
    assert X.shape == (500, 70)
    np.testing.assert_array_equal(X[:, :20], plain)
    np.testing.assert_array_equal(y, labels)
    assert abs(X[:, 20:].mean()) < 0.02


def test_blocks_sum_to_one_and_only_the_informative_ones_differ():
    made = generators.block_histograms(rng(), blocks=12, bins=20, informative=3)
    differ = abs(made.expected[0] - made.expected[1]).max(axis=1) > 1e-12
    assert differ.tolist() == [True] * 3 + [False] * 9
    X, y = made.draw(rng(1), 3000)
    np.testing.assert_allclose(X.reshape(3000, 12, 20).sum(axis=2), 1)
    for label in (0, 1):
        seen = X[y == label].mean(axis=0).reshape(12, 20)
        np.testing.assert_allclose(seen, made.expected[label], atol=0.012)


def test_single_bins_are_fuller_in_one_class():
    made = generators.single_bins(rng(), blocks=30, bins=10, informative=20)
    ratio = made.expected[1] / made.expected[0]
    full = ratio > 1.3
    assert np.flatnonzero(full[:, 0]).tolist() == list(range(20))
    assert not full[:, 1:].any()
    np.testing.assert_allclose(made.expected.sum(axis=2), 1)


SETS = (*FIXED, *TEXTBOOK, *(f"{family}_60_8" for family in FAMILIES))


@pytest.mark.parametrize("name", SETS)
def test_a_part_is_the_same_every_time_and_its_test_rows_are_others(name):
    one, again = part(name, 1), part(name, 1)
    np.testing.assert_array_equal(one.X, again.X)
    np.testing.assert_array_equal(one.y, again.y)
    X, y = one.test()
    np.testing.assert_array_equal(X, again.test()[0])
    assert set(np.unique(y)) == set(np.unique(one.y)) == set(range(one.y.max() + 1))
    assert X.shape[1] == one.X.shape[1]
    if name not in FIXED:  # measured data may hold equal rows
        assert not {row.tobytes() for row in one.X} & {row.tobytes() for row in X}
        assert not np.array_equal(one.y, y[: len(one.y)])  # of another stream of numbers
        assert not np.array_equal(one.X, part(name, 2).X)


@pytest.mark.parametrize("name", FIXED)
def test_folds_cover_every_row_once(name):
    X, _ = FIXED[name]()
    rows = np.concatenate([part(name, fold).test()[0] for fold in range(5)])
    assert sorted(map(bytes, rows)) == sorted(map(bytes, X))


def test_the_columns_that_matter_are_those_that_do():
    for name in ("add_60_8", "mc_60_8", "bins_60_1000"):
        cut = part(name, 0)
        X, y = cut.test()
        gap = abs(X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)) / X.std(axis=0).clip(1e-9)
        rest = np.setdiff1d(np.arange(X.shape[1]), cut.true)
        assert gap[cut.true].max() > 2 * np.quantile(gap[rest], 0.99)


@pytest.mark.parametrize(
    ("name", "says"), [("iriss", "did you mean 'iris'"), ("mc_300", "mc_ROWS_COLUMNS")]
)
def test_an_unknown_set_is_refused(name, says):
    with pytest.raises(ValueError, match=says):
        part(name, 0)


# counts -------------------------------------------------------------------------------------


def test_scores_are_those_of_the_books():
    labels = np.array([0, 1, 2, 1])
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
    assert error(labels, p) == 0.25
    assert log_loss(labels, p) == pytest.approx(plain_log_loss(labels, p))
    impossible = np.array([[1.0, 0.0]])
    assert log_loss(np.array([1]), impossible) == pytest.approx(-np.log(1e-6))


def test_calibration_error_is_small_for_honest_confidence_and_large_for_boasting():
    confidence = rng().uniform(0.5, 1, 40_000)
    honest = rng(1).random(40_000) < confidence
    assert calibration_error(confidence, honest) < 0.01
    assert calibration_error(np.ones(1000), rng(2).random(1000) < 0.7) == pytest.approx(
        0.3, abs=0.04
    )


def test_one_differing_fold_is_no_difference():
    assert not clearly_worse([0.1, 0.1, 0.2], [0.1, 0.1, 0.1])
    assert clearly_worse([0.2, 0.21, 0.2], [0.1, 0.1, 0.1])
    assert not clearly_worse([0.1], [0.1])


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_fits_and_is_counted(name):
    if name in INSTALLED:
        pytest.importorskip(INSTALLED[name])
    figures = child.measured(method(name), part("add_120_8", 0), timing=True)
    assert 0 < figures["error"] < 0.5
    assert 0 < figures["nll"] < 0.8
    assert (figures["vectors"] is not None) == (name in ("fastrvm", "SVC", "SVC, searched"))
    assert (figures["true"] is not None) == (name == "L1 logistic")
    assert min(figures["wall"], figures["peak"], figures["row"]) > 0


@pytest.mark.parametrize("name", ["RVM", "RVM, scale", "RSFM, no refit", "RSFM, refit"])
def test_ours_fit_and_are_counted(name):
    figures = child.measured(method(name), part("add_120_8", 0))
    assert figures["error"] < 0.4
    assert 0 < figures["vectors"] < 120
    assert (figures["true"] is not None) == name.startswith("RSFM")
    assert figures["refitted"] == (name == "RSFM, refit")


def test_a_refitted_machine_s_own_vectors_are_counted():
    cut = part("add_120_8", 0)
    model = method("RSFM, refit").model(cut).fit(cut.X, cut.y)
    model[-1].relevance_ = np.arange(99)
    assert vectors(model) == len(model[-1].refit_.relevance_)


def test_blocks_are_one_feature_each():
    figures = child.measured(method("RSFM, groups"), part("blocks_60_8", 0))
    blocks = figures["true"] + figures["false"]
    assert 50 * blocks < figures["used"] <= 59 * blocks  # empty bins are left out


def test_emrvc_counts_the_rows_that_any_class_uses():
    pytest.importorskip("sklearn_rvm")
    cut = part("iris", 0)
    model = method("EMRVC").model(cut).fit(cut.X[::4], cut.y[::4])
    machines = model[-1].multi_.estimators_
    assert len(machines) == 3
    assert vectors(model) == len(set().union(*(set(m.relevance_) for m in machines)))


def test_columns_are_standardised_on_the_training_rows_only():
    cut = part("wine", 0)
    model = method("logistic").model(cut).fit(cut.X, cut.y)
    assert isinstance(model, Pipeline)
    np.testing.assert_allclose(model[0].mean_, cut.X.mean(axis=0))


def test_columns_that_matter_are_told_from_others_also_by_block():
    cut = part("add_60_8", 0)
    assert child.found(np.array([0, 3, 6]), cut) == {"used": 3, "true": 2, "false": 1}
    blocks = part("blocks_60_8", 0)  # six blocks of 59 bins, five of which matter
    used = np.array([0, 1, 60, 59 * 5 + 2])
    assert child.found(used, blocks) == {"used": 4, "true": 2, "false": 1}
    assert child.found(None, cut)["true"] is None


def test_a_selector_is_asked_for_its_columns():
    cut = part("add_300_20", 0)
    model = method("L1 logistic").model(cut).fit(cut.X, cut.y)
    np.testing.assert_array_equal(columns(model), np.flatnonzero(model[-1].coef_.ravel()))


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="did you mean 'fastrvm'"):
        method("fast-rvm")


# children -----------------------------------------------------------------------------------


def test_a_child_answers_part_by_part():
    found = outcome("iris", "logistic", [0, 3], limit=60)
    assert [each.part for each in found.fits] == [0, 3]
    assert not found.stopped
    json.dumps(found.plain())
    assert 0 <= found.calibration() <= 1
    again = child.measured(method("logistic"), part("iris", 3))
    assert again["nll"] == pytest.approx(found.fits[1].nll)


def test_a_fit_that_takes_too_long_is_ended():
    found = outcome("mc_3000_20", "SVC, searched", [0, 1], limit=0.2)
    assert found.fits == ()
    assert found.stopped == "over 0.2 s"


def test_a_method_that_cannot_work_says_why():
    found = outcome("add_60_8", "RSFM, groups", [0], limit=60)
    assert found.fits == ()
    assert "Error" in found.stopped


def test_a_child_that_dies_is_told_from_a_slow_one(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr(children, "ROOT", Path(__file__).parent)
    found = outcome("iris", "logistic", [0], limit=60)
    assert "ended with 1" in found.stopped


# tables -------------------------------------------------------------------------------------


def stand_in(monkeypatch):
    """Let a child's work be done here, by logistic regression in the name of every method."""

    def quick(data, name, parts, *, limit, threads=1, timing=False):
        chosen = Method(METHODS["logistic"].make, "stands in")
        fits = [child.measured(chosen, part(data, p), timing) | {"part": p} for p in parts]
        return Outcome(data, name, tuple(Fit.read(each) for each in fits))

    for module in command.CLASSIFYING.values():
        monkeypatch.setattr(f"benchmarks.{module}.outcome", quick)


@pytest.mark.parametrize("name", command.CLASSIFYING)
def test_a_benchmark_completes(name, monkeypatch, capsys, tmp_path):
    stand_in(monkeypatch)
    monkeypatch.setattr(command, "QUICK", TINY)
    assert command.main([name, "--quick", "--json", str(tmp_path / "figures.json")]) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if line.startswith("|")]
    assert len(lines) > 3
    assert len({line.count("|") for line in lines}) == 1
    assert "clips" not in out
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert figures["machine"]["fastrvm"]
    assert figures["rows"] or figures["sheets"][0]["figures"]


def test_a_sheet_s_figures_have_no_numpy_in_them():
    found = Outcome("iris", "SVC", (fit(), fit(1, vectors=3)))
    json.dumps(Sheet("a", ("b",), (("c",),), figures=(found.plain(),)).plain())


@pytest.mark.parametrize(
    ("ours", "peer", "says"),
    [
        ([fit(0, 0.1, 0.2)], [fit(0, 0.1, 0.3)], "yes"),
        ([fit(0, 0.1, 0.3)], [fit(0, 0.1, 0.3)], "NO: NLL not better"),
        ([fit(0, 0.2, 0.3)], [fit(0, 0.1, 0.3)], "NO: error above, NLL not better"),
        ([fit(0), fit(1, 0.9)], [fit(0, 0.1, 0.4)], "yes"),
        ([fit(0)], [], "EMRVC over 3 s"),
        ([], [fit(0)], ""),
    ],
)
def test_the_verdict_compares_the_folds_that_both_ended(ours, peer, says):
    mine = Outcome("iris", "RVM", tuple(ours))
    theirs = Outcome("iris", "EMRVC", tuple(peer), "" if peer else "over 3 s")
    assert accuracy.verdict(mine, theirs) == says


def test_a_cell_says_that_a_method_took_too_long():
    found = Outcome("digits", "EMRVC", (), "over 300 s")
    assert accuracy.line(found, found)[:4] == ("digits", "EMRVC", "0", "over 300 s")
    assert wide.line(Outcome("add_60_8", "SVC", (), "over 9 s"))[3] == "over 9 s"


def test_a_peer_that_was_ended_gives_a_lower_bound():
    one = replace(fit(), cpu=0.5, wall=0.5, vectors=4)
    found = training.Turns("mc_1000_20", "EMRVC", (one,), (), "over 600 s", 600.0)
    row = training.row(found)
    assert row.value.middle == 1200
    assert row.unit.endswith("at least")
    assert row.peer == "over 600 s"
    assert (row.target, row.met) == (200.0, True)
    open_still = training.row(replace(found, limit=10.0))
    assert (open_still.target, open_still.met) == (None, None)
    assert ">= 200 x is left open" in open_still.what
    broken = training.Turns("mc_1000_20", "EMRVC", (one,), (), "ImportError: no", 600.0)
    assert training.row(broken) is None


def test_our_worst_case_is_reported():
    fast, slow = replace(fit(), cpu=0.1), replace(fit(), cpu=0.5)
    found = [
        training.Turns("iris", "EMRVC", (fast,), (slow,)),
        training.Turns("wine", "fastrvm", (slow,), (fast,)),
        training.Turns("mc_1000_20", "fastrvm", (slow,), (), "over 1 s", 1.0),
    ]
    (row,) = training.slower(found)
    assert row.value.middle == pytest.approx(0.4)
    assert "wine, fastrvm" in row.what
    assert not row.met


def test_what_is_asked_of_wide_sets_is_judged():
    good = fit(wrong=0.11, vectors=8, used=5, true=5, false=0)
    assert "NO" not in wide.verdict(Outcome("add_1000_500", "RSFM", (good,)))
    bad = replace(good, error=0.3, false=2)
    said = wide.verdict(Outcome("add_1000_500", "RSFM", (bad,)))
    assert said == "error <= .1260: NO; exactly the 5: NO; <= 2 s: yes"
    heavy = replace(good, peak=4000.0, cpu=30.0)
    said = wide.verdict(Outcome("bins_300_50000", "RSFM", (heavy,)))
    assert said == "<= 25 s: NO; <= 1200 MB: NO"
    assert wide.verdict(Outcome("add_1000_500", "forest", (bad,))) == ""


def test_the_work_of_an_answer_is_vectors_times_columns():
    kept = Outcome("add_60_20", "RSFM", (fit(vectors=4, used=5, row=2e-6),))
    dense = Outcome("add_60_20", "RVM", (fit(vectors=4, row=8e-6),))
    assert prediction.work(kept) == 20
    assert prediction.work(dense) == 80
    assert prediction.line(dense, kept)[5:] == ("4.00", "4.00", "100")


def test_a_mean_says_how_sure_it_is():
    assert Mean.of([0.1, 0.3]).error == pytest.approx(0.1)
    assert Mean.of([0.1]).cell() == ".1000"


def test_names_and_jobs_that_do_not_exist_are_refused(capsys):
    for wrong in (["accuracies"], ["accuracy", "--jobs", "0"]):
        with pytest.raises(SystemExit):
            command.main(wrong)
    assert "rsfm-wide" in capsys.readouterr().err
