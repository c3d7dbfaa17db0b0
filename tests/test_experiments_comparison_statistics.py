"""The statistics of a comparison against slow twins, scipy, and the worked example of a paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
import reference_comparison as slow
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, friedmanchisquare

from experiments.comparison.figures import short_names, spread_out
from experiments.comparison.paired import holm, mcnemar, paired_differences
from experiments.comparison.ranks import (
    agreement,
    alike,
    critical_difference,
    friedman,
    rank_runs,
    ranks_of,
)
from experiments.judging.scores import subject_draws

# McNemar, Holm ----------------------------------------------------------------------------------


@given(st.integers(0, 7), st.integers(0, 7))
def test_mcnemar_is_the_count_of_all_ways_that_coins_can_fall(b, c):
    found = mcnemar(b, c)
    exact, mid = slow.mcnemar_p(b, c)
    assert found.p == pytest.approx(exact)
    assert found.mid_p == pytest.approx(mid if b + c else 1.0)
    assert (found.only_first, found.only_second) == (b, c)


@given(st.integers(0, 5000), st.integers(0, 5000))
@example(1, 1074)  # so rare that the probabilities cannot be written
def test_mcnemar_of_many_clips_is_the_binomial_test_and_has_no_direction(b, c):
    found = mcnemar(b, c)
    if b + c:
        assert found.p == pytest.approx(binomtest(b, b + c).pvalue, abs=1e-12)
    assert found.p == mcnemar(c, b).p and found.mid_p == mcnemar(c, b).mid_p
    assert 0 <= found.mid_p <= found.p <= 1


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_is_the_smallest_level_that_rejects(p):
    found = holm(p)
    assert found == pytest.approx(slow.holm_p(p))
    assert all(a >= b for a, b in zip(found, p, strict=True))


@given(st.permutations([0.001, 0.01, 0.02, 0.02, 0.5]))
def test_holm_does_not_mind_the_order(p):
    expected = dict(zip(p, holm(p), strict=True))
    again = sorted(p)
    assert [expected[v] for v in again] == pytest.approx(holm(again))


# paired bootstrap -------------------------------------------------------------------------------

runs_of_three = st.integers(2, 5).flatmap(
    lambda subjects: st.lists(
        st.tuples(*[st.integers(0, 2)] * 3, st.integers(0, subjects - 1)),
        min_size=subjects, max_size=14,
    )
)  # fmt: skip


def columns(rows):
    labels, first, second, subjects = (np.array(c) for c in zip(*rows, strict=True))
    return labels, first, second, np.unique(subjects, return_inverse=True)[1]


@settings(max_examples=40)
@given(runs_of_three)
def test_the_paired_bootstrap_is_a_loop_over_draws_and_clips(rows):
    labels, first, second, subjects = columns(rows)
    found = paired_differences(labels, (first, second), subjects, 3, replicates=20, seed=3)
    draws = subject_draws(int(subjects.max()) + 1, 20, 3)
    expected = slow.paired_bootstrap(labels, first, second, subjects, 3, draws)
    one, other = (slow.scores(labels, said, 3) for said in (first, second))
    for name, values in expected.items():
        assert found[name].value == pytest.approx(one[name] - other[name])
        if draws.shape[1] == 1:
            assert math.isnan(found[name].low) and math.isnan(found[name].high)
        else:
            low, high = np.percentile(values, [2.5, 97.5])
            assert (found[name].low, found[name].high) == pytest.approx((low, high))


@settings(max_examples=40)
@given(runs_of_three)
def test_swapping_two_runs_negates_and_a_run_equals_itself(rows):
    labels, first, second, subjects = columns(rows)
    there = paired_differences(labels, (first, second), subjects, 3, replicates=50)
    back = paired_differences(labels, (second, first), subjects, 3, replicates=50)
    same = paired_differences(labels, (first, first), subjects, 3, replicates=50)
    for name, found in there.items():
        assert found.value == -back[name].value
        if len(np.unique(subjects)) > 1:
            assert (found.low, found.high) == pytest.approx((-back[name].high, -back[name].low))
            assert (same[name].value, same[name].low, same[name].high) == (0, 0, 0)


def test_drawing_clips_is_drawing_subjects_of_one_clip_each():
    random = np.random.default_rng(4)
    labels = random.integers(0, 3, 300)
    first, second = (np.where(random.random(300) < p, labels, (labels + 1) % 3) for p in (0.7, 0.5))
    clips = paired_differences(labels, (first, second), None, 3, replicates=4000)
    alone = paired_differences(labels, (first, second), np.arange(300), 3, replicates=4000)
    for name, found in clips.items():
        assert found.value == alone[name].value
        assert (found.low, found.high) == pytest.approx(
            (alone[name].low, alone[name].high), abs=0.01
        )
    same = paired_differences(labels, (first, first), None, 3, replicates=20)
    assert all((d.value, d.low, d.high) == (0, 0, 0) for d in same.values())


# Friedman, Nemenyi ------------------------------------------------------------------------------

tables = st.integers(3, 6).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=2, max_size=9)
)


@given(tables)
def test_ranks_count_who_is_above_and_beside(rows):
    assert ranks_of(np.array(rows, float)).tolist() == [slow.ranks(row) for row in rows]


@given(tables)
def test_friedman_is_scipys(rows):
    table = np.array(rows, float)
    found = friedman(ranks_of(table))
    if all(len(set(row)) == 1 for row in rows):
        assert (found.chi_square, found.f, found.p) == (0, 0, 1)
        return
    expected = friedmanchisquare(*table.T)
    assert found.chi_square == pytest.approx(expected.statistic, abs=1e-9)
    assert found.chi_square_p == pytest.approx(expected.pvalue, abs=1e-9)
    assert agreement(*table.shape) <= found.p <= 1


def test_the_worked_example_of_demsar():
    """JMLR 7 (2006), pages 14 and 15."""
    ranks = ranks_of(slow.DEMSAR)
    assert ranks.tolist() == slow.DEMSAR_RANKS.tolist()
    n, k = ranks.shape
    assert ranks.mean(axis=0) == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=5e-4)
    plain = slow.friedman_plain(slow.DEMSAR)
    assert plain == pytest.approx(9.28, abs=0.005)
    assert (n - 1) * plain / (n * (k - 1) - plain) == pytest.approx(3.69, abs=0.005)
    ties = 1 - sum(6 for _ in range(3)) / (n * (k**3 - k)) - 60 / (n * (k**3 - k))
    found = friedman(ranks)  # ours is corrected for ties, so a little larger
    assert found.chi_square * ties == pytest.approx(plain)
    corrected = plain / ties
    assert found.f == pytest.approx((n - 1) * corrected / (n * (k - 1) - corrected))
    assert found.p < 0.05
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, 0.1) == pytest.approx(1.12, abs=0.005)
    # at .05 the Nemenyi test finds no pair; at .1 C4.5 differs from both that prune by m
    assert len(alike(ranks.mean(axis=0), critical_difference(4, 14))) == 1
    assert alike(ranks.mean(axis=0), critical_difference(4, 14, 0.1)) == ((3, 1, 2), (2, 0))


# Demsar 2006, table 5(a): critical values for the two-tailed Nemenyi test
Q = {
    0.05: [1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164],
    0.10: [1.645, 2.052, 2.291, 2.459, 2.589, 2.693, 2.780, 2.855, 2.920],
}


@pytest.mark.parametrize("alpha", Q)
def test_critical_values_are_those_of_the_printed_table(alpha):
    for k, q in enumerate(Q[alpha], start=2):
        assert critical_difference(k, 1, alpha) / math.sqrt(k * (k + 1) / 6) == pytest.approx(
            q, abs=1.5e-3
        )


@given(st.lists(st.floats(1, 9), min_size=3, max_size=9), st.floats(0.01, 9))
def test_groups_are_the_largest_whose_members_are_all_near(ranks, difference):
    groups = alike(np.array(ranks), difference)
    near = lambda i, j: abs(ranks[i] - ranks[j]) < difference  # noqa: E731
    for group in groups:
        assert len(group) >= 2 and all(near(i, j) for i in group for j in group)
        others = set(range(len(ranks))) - set(group)
        assert not any(all(near(i, j) for j in group) for i in others)
    joined = {frozenset((i, j)) for g in groups for i in g for j in g if i != j}
    pairs = [(i, j) for i in range(len(ranks)) for j in range(i)]
    assert joined == {frozenset(p) for p in pairs if near(*p)}


@pytest.mark.parametrize(
    ("blocks", "runs", "words"),
    [
        (1, 3, "nothing can be concluded"),
        (2, 3, "nothing can be concluded"),
        (2, 20, "no two runs can be told apart"),
        (2, 4, "no two runs can be told apart"),
        (8, 3, "or fewer"),
    ],
)
def test_too_few_blocks_are_said(blocks, runs, words):
    scores = np.tile(np.linspace(1, 0, runs), (blocks, 1))
    found = rank_runs(scores, [f"r{i}" for i in range(runs)], ["b"] * blocks, "subjects", "UAR")
    assert words in " ".join(found.doubts)
    assert found.friedman.p >= agreement(blocks, runs) > 0


def test_enough_blocks_raise_no_doubt():
    scores = np.tile([0.9, 0.5, 0.1], (20, 1))
    found = rank_runs(scores, ["a", "b", "c"], ["s"] * 20, "subjects", "UAR")
    assert found.doubts == () and found.friedman.p < 1e-6 and found.groups == ()


# places of names --------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.floats(0.5, 20))
def test_names_stand_apart_and_as_near_as_they_can(wanted, spacing):
    wanted = np.sort(wanted)
    found = spread_out(wanted, spacing)
    assert (np.diff(found) >= spacing - 1e-9).all()
    assert found.mean() == pytest.approx(wanted.mean())
    if len(wanted) == 1 or (np.diff(wanted) >= spacing).all():
        assert found == pytest.approx(wanted)


@given(st.lists(st.text("ab-_ ", min_size=1, max_size=60), min_size=2, max_size=5, unique=True))
def test_short_names_are_short(names):
    found = short_names(names, 20)
    assert all(len(n) <= 20 for n in found)
    if max(map(len, names)) <= 20:
        assert found == names
