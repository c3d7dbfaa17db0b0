"""Coefficients of agreement: published tables, slow twins, other libraries, properties."""

import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
import reference_agreement as twin
from sklearn.metrics import cohen_kappa_score

from labeling import (
    cohen_kappa,
    fleiss_kappa,
    icc,
    icc_f_interval,
    krippendorff_alpha,
    pairwise,
    per_class,
    percent_agreement,
)

pytestmark = pytest.mark.filterwarnings("error")

LEVELS = ("nominal", "ordinal", "interval", "ratio")
FORMS = [(form, average) for form in "1AC" for average in (False, True)]
CHANCE_CORRECTED = {
    "fleiss": fleiss_kappa,
    **{f"alpha {level}": partial(krippendorff_alpha, level=level) for level in LEVELS},
    **{f"icc {form} {mean}": partial(icc, form=form, average=mean) for form, mean in FORMS},
}
PAIRS_ONLY = {
    f"cohen {weights}": partial(cohen_kappa, weights=weights)
    for weights in (None, "linear", "quadratic")
}
FAMILY = {"percent": percent_agreement, **CHANCE_CORRECTED, **PAIRS_ONLY}


def ratings(seed: int, units: int, raters: int, missing: float = 0.0, levels: int = 4) -> list:
    """Return whole numbers from 1 that agree more than by chance, None where missing."""
    rng = np.random.default_rng(seed)
    true = rng.integers(1, levels + 1, (units, 1))
    said = rng.integers(1, levels + 1, (units, raters))
    said = np.where(rng.random((units, raters)) < 0.5, true, said).astype(object)
    said[rng.random((units, raters)) < missing] = None
    return said.tolist()


# published values ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "value"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_krippendorffs_table(level, value):
    found = krippendorff_alpha(twin.KRIPPENDORFF, level)
    assert found.value == pytest.approx(value, abs=5e-4)
    assert (found.n, found.raters, found.low, found.high) == (11, 4, None, None)
    assert "Krippendorff" in found.definition


@pytest.mark.parametrize(
    ("form", "average", "value", "low", "high"),
    [  # the bounds are those of psych::ICC in R
        ("1", False, 0.166, -0.133, 0.723),
        ("A", False, 0.290, 0.019, 0.761),
        ("C", False, 0.715, 0.342, 0.946),
        ("1", True, 0.443, -0.884, 0.912),
        ("A", True, 0.620, 0.071, 0.927),
        ("C", True, 0.909, 0.676, 0.986),
    ],
)
def test_shrout_and_fleiss_table(form, average, value, low, high):
    found = icc_f_interval(twin.SHROUT_FLEISS, form, average)
    assert icc(twin.SHROUT_FLEISS, form, average).value == found.value
    got = (found.value, found.low, found.high)
    assert got == pytest.approx((value, low, high), abs=6e-4)
    assert "McGraw and Wong" in found.definition and "Shrout and Fleiss" in found.definition


def test_fleiss_two_examples():
    assert fleiss_kappa(twin.expanded(twin.FOURTEEN)).value == pytest.approx(0.210, abs=5e-4)
    found = fleiss_kappa(twin.expanded(twin.PSYCHIATRISTS))
    assert found.value == pytest.approx(0.430, abs=5e-4)
    assert (found.n, found.raters) == (30, 6)


def test_fleiss_kappa_of_each_diagnosis():
    found = per_class(twin.expanded(twin.PSYCHIATRISTS)).set_index("label")
    assert found["kappa"].tolist() == pytest.approx([0.245, 0.245, 0.520, 0.471, 0.566], abs=6e-4)
    assert found["said"].tolist() == [26, 26, 30, 55, 43]


def test_cohens_table():
    counts = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]  # Cohen 1960
    table = [[a, b] for a, row in enumerate(counts) for b, n in enumerate(row) for _ in range(n)]
    assert cohen_kappa(table).value == pytest.approx(0.492, abs=5e-4)
    assert percent_agreement(table).value == pytest.approx(0.70)


# twins --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_twins_with_missing_ratings(seed):
    table = ratings(seed, 30, 2 + seed % 4, missing=0.25)
    assert percent_agreement(table).value == pytest.approx(twin.percent(table))
    assert fleiss_kappa(table).value == pytest.approx(twin.fleiss(table))
    for level in LEVELS:
        found = krippendorff_alpha(table, level)
        assert found.value == pytest.approx(twin.alpha(table, level)), level
        assert found.n == len(twin.said(table))
    assert icc(table, "1").value == pytest.approx(twin.one_way_unequal(table))


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_of_numbers_with_gaps_and_fractions(level):
    rng = np.random.default_rng(4)
    table = np.round(rng.gamma(2, 3, (25, 1)) + rng.gamma(1, 1, (25, 3)), 1).tolist()
    assert krippendorff_alpha(table, level).value == pytest.approx(twin.alpha(table, level))


@pytest.mark.parametrize("seed", range(4))
def test_cohen_twins(seed):
    table = ratings(seed, 40, 2, missing=0.1)
    table = [[None if x is None else x**2 for x in unit] for unit in table]  # uneven distances
    assert cohen_kappa(table).value == pytest.approx(twin.cohen(table))
    linear = twin.cohen(table, lambda a, b: abs(a - b))
    quadratic = twin.cohen(table, lambda a, b: (a - b) ** 2)
    assert cohen_kappa(table, "linear").value == pytest.approx(linear)
    assert cohen_kappa(table, "quadratic").value == pytest.approx(quadratic)


@pytest.mark.parametrize(("form", "average"), FORMS)
def test_icc_twins(form, average):
    rng = np.random.default_rng(7)
    table = (rng.normal(0, 2, (12, 1)) + rng.normal(0, 1, (12, 3)) + [0, 1, 3]).tolist()
    assert icc(table, form, average).value == pytest.approx(twin.icc(table, form, average))


@pytest.mark.parametrize("seed", range(3))
def test_specific_agreement_twin(seed):
    table = ratings(seed, 25, 3, missing=0.2)
    for row in per_class(table).itertuples():
        assert (row.positive, row.negative) == pytest.approx(twin.specific(table, row.label))
        other = [[None if x is None else x == row.label for x in unit] for unit in table]
        assert row.kappa == pytest.approx(twin.fleiss(other))


def test_specific_agreement_of_two_raters_is_the_textbook_formula():
    a, b, c, d = 7, 2, 3, 18
    table = [["x", "x"]] * a + [["x", "-"]] * b + [["-", "x"]] * c + [["-", "-"]] * d
    row = per_class(table).set_index("label").loc["x"]
    assert row["positive"] == pytest.approx(2 * a / (2 * a + b + c))
    assert row["negative"] == pytest.approx(2 * d / (2 * d + b + c))
    assert (row["n"], row["said"]) == (30, 2 * a + b + c)


# other libraries ----------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
@pytest.mark.parametrize("seed", range(3))
def test_cohen_against_scikit_learn(weights, seed):
    table = np.array(ratings(seed, 50, 2), dtype=int)
    other = cohen_kappa_score(*table.T, weights=weights, labels=[1, 2, 3, 4])
    assert cohen_kappa(table, weights).value == pytest.approx(other)


def test_order_counts_steps_between_names():
    order = ["low", "middle", "high", "top"]
    table = np.array(order)[np.array(ratings(1, 50, 2), dtype=int) - 1]
    other = cohen_kappa_score(*table.T, weights="linear", labels=order)
    assert cohen_kappa(table, "linear", order=order).value == pytest.approx(other)


def test_against_statsmodels():
    inter_rater = pytest.importorskip(
        "statsmodels.stats.inter_rater", reason="statsmodels is not installed"
    )
    counts, _ = inter_rater.aggregate_raters(np.array(ratings(0, 40, 5), dtype=int))
    found = fleiss_kappa(twin.expanded(counts.tolist(), "abcd")).value
    assert found == pytest.approx(inter_rater.fleiss_kappa(counts))
    table = np.array(ratings(2, 60, 2), dtype=int)
    square = pd.crosstab(table[:, 0], table[:, 1]).to_numpy()
    for ours, theirs in ((None, None), ("linear", "linear"), ("quadratic", "quadratic")):
        other = inter_rater.cohens_kappa(square, wt=theirs, return_results=False)
        assert cohen_kappa(table, ours).value == pytest.approx(other)


# properties ---------------------------------------------------------------------------------------


def table_for(name: str, seed: int = 3) -> list:
    complete = name.startswith("icc A") or name.startswith("icc C")
    return ratings(seed, 20, 2 if name in PAIRS_ONLY else 4, missing=0.0 if complete else 0.15)


@pytest.mark.parametrize("name", FAMILY)
def test_neither_order_of_raters_nor_of_units_matters(name):
    table = np.array(table_for(name), dtype=object)
    rng = np.random.default_rng(0)
    moved = table[rng.permutation(len(table))][:, rng.permutation(table.shape[1])]
    assert FAMILY[name](moved).value == pytest.approx(FAMILY[name](table).value)


@pytest.mark.parametrize("name", ["percent", "fleiss", "alpha nominal", "cohen None"])
def test_names_of_nominal_categories_do_not_matter(name):
    table = table_for(name)
    other = {1: "fear", 2: "anger", 3: "surprise", 4: "joy", None: None}
    renamed = [[other[x] for x in unit] for unit in table]
    assert FAMILY[name](renamed).value == pytest.approx(FAMILY[name](table).value)


@pytest.mark.parametrize("name", FAMILY)
def test_perfect_agreement_is_one(name):
    raters = 2 if name in PAIRS_ONLY else 3
    found = FAMILY[name]([[x] * raters for x in (1, 2, 3, 3, 5)], replicates=60)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("name", ["percent", "fleiss", *PAIRS_ONLY])
def test_every_unit_twice_leaves_what_has_no_correction_for_n(name):
    table = table_for(name)
    assert FAMILY[name](table + table).value == pytest.approx(FAMILY[name](table).value)


@pytest.mark.parametrize("name", [n for n in CHANCE_CORRECTED if "ratio" not in n])
def test_raters_who_guess_agree_by_chance(name):
    table = np.random.default_rng(1).integers(1, 5, (4000, 3))
    assert abs(FAMILY[name](table).value) < 0.06


@pytest.mark.parametrize("name", ["alpha interval", *(f"icc {f} {a}" for f, a in FORMS)])
def test_zero_and_unit_of_numbers_do_not_matter(name):
    table = np.array(ratings(5, 20, 3), dtype=float)
    assert FAMILY[name](1e6 + 1e-3 * table).value == pytest.approx(FAMILY[name](table).value)


def test_unit_of_ratio_data_and_spacing_of_ordinal_data_do_not_matter():
    table = np.array(ratings(5, 20, 3), dtype=float)
    for level, other in (("ratio", 1e-3 * table), ("ordinal", np.exp(table))):
        found = krippendorff_alpha(other, level).value
        assert found == pytest.approx(krippendorff_alpha(table, level).value)


def test_two_raters_fleiss_is_scotts_pi_and_alpha_its_small_sample_form():
    table = ratings(8, 35, 2)
    agree = np.mean([a == b for a, b in table])
    both = [x for unit in table for x in unit]
    chance = sum((both.count(c) / 70) ** 2 for c in set(both))
    pi = (agree - chance) / (1 - chance)  # Scott 1955
    assert fleiss_kappa(table).value == pytest.approx(pi)
    # Krippendorff 2011: 1 - alpha = (1 - pi) (n - 1) / n with n ratings
    assert krippendorff_alpha(table).value == pytest.approx(1 - (1 - pi) * 69 / 70)


def test_quadratic_kappa_tends_to_the_icc_of_agreement():
    table = np.array(ratings(9, 5000, 2))  # Fleiss, Cohen 1973
    assert cohen_kappa(table, "quadratic").value == pytest.approx(icc(table, "A").value, abs=1e-3)


def test_alpha_of_intervals_is_one_minus_the_within_share_of_variance():
    table = np.array(ratings(6, 30, 3), dtype=float)
    within = table.var(axis=1, ddof=1).mean()
    expected = 1 - within / table.var(ddof=1)
    assert krippendorff_alpha(table, "interval").value == pytest.approx(expected)


def test_a_constant_difference_lowers_agreement_and_leaves_consistency():
    table = np.array(ratings(6, 30, 2), dtype=float)
    shifted = table + np.array([0, 2])
    assert icc(shifted, "C").value == pytest.approx(icc(table, "C").value)
    assert icc(shifted, "A").value < icc(table, "A").value - 0.1


def test_pairwise_is_cohen_of_each_pair():
    table = pd.DataFrame(ratings(3, 40, 3, missing=0.2), columns=["ann", "bo", "cem"])
    found = pairwise(table, replicates=100)
    assert found[["first", "second"]].values.tolist() == [
        ["ann", "bo"], ["ann", "cem"], ["bo", "cem"],
    ]  # fmt: skip
    for row in found.itertuples():
        two = table[[row.first, row.second]]
        alone = cohen_kappa(two, replicates=100)
        assert (row.kappa, row.low, row.high) == (alone.value, alone.low, alone.high)
        assert row.n == len(two.dropna()) == alone.n
        assert row.percent == pytest.approx(twin.percent(two.dropna().values.tolist()))


def test_importing_is_light():
    code = (
        "import sys; from labeling import krippendorff_alpha as a\n"
        "print(round(a([['x','x'],['y','y'],['x','y']]).value, 3),"
        " [m for m in ('cv2','sklearn','scipy','PySide6','matplotlib') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "0.444 []"
