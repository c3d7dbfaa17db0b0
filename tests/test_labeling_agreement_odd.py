"""Agreement of odd input: undefined cases, other kinds of tables, the bootstrap."""

import math
import warnings
from decimal import Decimal
from functools import partial

import numpy as np
import pandas as pd
import pytest
import reference_agreement as twin
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import (
    Figure,
    cohen_kappa,
    fleiss_kappa,
    icc,
    icc_f_interval,
    krippendorff_alpha,
    pairwise,
    per_class,
    percent_agreement,
    ratings_of,
)
from labeling.agreement.figure import estimate
from labeling.agreement.ratings import as_ratings
from sttm.errors import InputError

pytestmark = pytest.mark.filterwarnings("error")

LEVELS = ("nominal", "ordinal", "interval", "ratio")
FORMS = [(form, average) for form in "1AC" for average in (False, True)]


def exact(table, form, average, replicates=0):
    """Return icc_f_interval, which draws nothing, under the signature of the others."""
    return icc_f_interval(table, form, average)


FAMILY = {
    "percent": percent_agreement,
    "fleiss": fleiss_kappa,
    **{f"alpha {level}": partial(krippendorff_alpha, level=level) for level in LEVELS},
    **{f"icc {form} {mean}": partial(icc, form=form, average=mean) for form, mean in FORMS},
    **{f"F {form} {mean}": partial(exact, form=form, average=mean) for form, mean in FORMS},
    **{f"cohen {w}": partial(cohen_kappa, weights=w) for w in (None, "linear", "quadratic")},
}
KAPPAS = [name for name in FAMILY if name.startswith(("fleiss", "alpha", "cohen"))]


def sound(figure: Figure) -> Figure:
    """Return the figure after checking that nothing in it is NaN or unexplained."""
    numbers = (figure.value, figure.low, figure.high)
    assert all(v is None or (type(v) is float and math.isfinite(v)) for v in numbers)
    assert figure.value is not None or (figure.reason and figure.low is None)
    assert (figure.low is None) == (figure.high is None)
    assert figure.low is None or figure.low <= figure.high
    assert figure.value is None or figure.value <= 1 + 1e-12
    assert type(figure.n) is int and type(figure.raters) is int and figure.definition
    assert str(figure).startswith(figure.name)
    return figure


# undefined ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([[1], [2]], "at least two raters; 1 rated"),
        ([[1, None], [2, None]], "at least two raters; 1 rated"),
        ([[None, None], [None, None]], "at least two raters; nobody rated"),
        (np.empty((0, 2)), "at least two raters; nobody rated"),
        ([], "at least two raters; nobody rated"),
        (pd.DataFrame(), "at least two raters; nobody rated"),
        ([[1, None], [None, 2], [1, None]], "none of the 3 units was rated"),
    ],
)
def test_too_little_to_compare(name, table, sentence):
    found = sound(FAMILY[name](table, replicates=50))
    assert found.value is None and sentence in found.reason
    assert found.n == 0


@pytest.mark.parametrize("name", KAPPAS)
def test_one_category_is_explained(name):
    found = sound(FAMILY[name]([[3, 3], [3, 3], [3, 3]], replicates=50))
    assert found.value is None
    assert found.reason == (
        "everybody always said '3': agreement is 100 %, chance-corrected agreement is undefined"
    )
    assert (found.n, found.raters) == (3, 2)
    assert percent_agreement([[3, 3], [3, 3], [3, 3]]).value == 1.0


def test_one_level_of_an_order_is_called_by_its_name():
    found = krippendorff_alpha([["clear"] * 2] * 3, "ordinal", order=["weak", "clear"])
    assert "'clear'" in found.reason


@pytest.mark.parametrize(("form", "average"), FORMS)
@pytest.mark.parametrize("same", [3, 0.1, 1e9 + 0.1])
def test_no_variance_is_explained(form, average, same):
    found = sound(icc([[same] * 3] * 4, form, average))
    assert found.value is None and "no variance" in found.reason


def test_units_with_the_same_mean():
    table = [[1, 2], [2, 1], [1, 2], [2, 1]]
    assert icc(table, "1").value == pytest.approx(-1)  # - 1 / (k - 1), its least
    for form in "1AC":
        found = sound(icc(table, form, True))
        assert found.value is None and "do not differ enough" in found.reason


def test_rounding_is_no_error_of_raters():
    rng = np.random.default_rng(0)
    for _ in range(20):
        units = rng.random((6, 1)) * 10.0 ** rng.integers(-5, 6)
        shifted = units + rng.random((1, 3)) * units.max()  # consistent but for rounding
        found = sound(icc_f_interval(shifted, "C"))
        assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)


def test_one_unit():
    assert "at least two units" in sound(icc([[1, 2]], "A")).reason
    found = sound(krippendorff_alpha([["a", "b"]], replicates=50))
    assert found.value == 0.0 and "only one unit" in found.reason


def test_f_intervals_that_cannot_be_had():
    unequal = icc_f_interval([[1, 2, None], [2, 2, 4], [3, 4, 4]], "1")
    assert unequal.value is not None and "unequal numbers" in sound(unequal).reason
    for table, why in (([[1, 0], [1, 0]], "hardly differ"), ([[0, 1], [-27, 25]], "fails")):
        found = sound(icc_f_interval(table, "A", True))
        assert found.value is not None and found.low is None and why in found.reason
        assert str(found).endswith(f"({found.reason})")


def test_ratio_data_below_zero():
    found = sound(krippendorff_alpha([[-1, 2], [3, 3]], "ratio"))
    assert found.value is None and "cannot be negative" in found.reason and "-1" in found.reason
    assert krippendorff_alpha([[0, 0], [0, 3], [2, 2]], "ratio").value is not None


def test_one_rater_constant_is_chance_not_undefined():
    assert cohen_kappa([["a", "a"], ["a", "b"], ["a", "a"]]).value == 0.0


def test_tables_without_anything_have_their_columns():
    for table in ([[1], [2]], [[None, None]], pd.DataFrame()):
        assert {"label", "positive", "kappa", "reason"} <= set(per_class(table).columns)
        assert {"first", "second", "percent", "kappa"} <= set(pairwise(table).columns)
    found = pairwise([["a", None], [None, "b"]])
    assert found["kappa"].isna().all() and "none of the 2 units" in found["reason"][0]
    found = per_class([["a", "a"], ["a", "a"]])
    assert found["negative"].isna().all() and "always said" in found["reason"][0]


# kinds of tables ----------------------------------------------------------------------------------

PLAIN = [["joy", "joy"], ["joy", "fear"], ["fear", "fear"], ["fear", None], ["joy", "joy"]]
SAME = {
    "array of objects": np.array(PLAIN, dtype=object),
    "tuples": tuple(map(tuple, PLAIN)),
    "frame": pd.DataFrame(PLAIN),
    "frame with NaN": pd.DataFrame(PLAIN).fillna(np.nan),
    "string columns": pd.DataFrame(PLAIN, dtype="string"),
    "categories": pd.DataFrame(PLAIN).astype("category"),
    "blank": pd.DataFrame(PLAIN).fillna("  "),
    "pd.NA": pd.DataFrame(PLAIN, dtype=object).fillna(pd.NA),
    "spaces": pd.DataFrame(PLAIN).apply(lambda c: c + " "),
    "clip column": pd.DataFrame(PLAIN, columns=["ann", "bo"]).assign(clip=list("vwxyz")),
    "same names": pd.DataFrame(PLAIN, columns=["ann", "ann"]),
    "third column empty": pd.DataFrame(PLAIN).assign(nobody=None),
}


@pytest.mark.parametrize("kind", SAME)
def test_kinds_of_nominal_tables(kind):
    found = sound(krippendorff_alpha(SAME[kind]))
    assert found.value == pytest.approx(twin.alpha(PLAIN, "nominal"))
    assert (found.n, found.raters) == (4, 2)


NUMBERS = [[1, 2], [2, 2], [3, None], [5, 4], [1, 1]]
SAME_NUMBERS = {
    "floats": np.array(NUMBERS, dtype=float),
    "nullable": pd.DataFrame(NUMBERS).astype("Int64"),
    "texts": [["1", "2"], ["2.0", " 2"], ["3", ""], ["5", "4"], ["1", "1"]],
    "texts and numbers": [["1", 2.0], [2, "2"], [3, None], ["5", 4], [1, np.int8(1)]],
    "decimals": [[None if x is None else Decimal(x) for x in row] for row in NUMBERS],
    "masked": np.ma.masked_invalid(np.array(NUMBERS, dtype=float)),
}


@pytest.mark.parametrize("kind", SAME_NUMBERS)
@pytest.mark.parametrize("level", LEVELS)
def test_kinds_of_tables_of_numbers(kind, level):
    if kind == "texts" and level == "nominal":
        table = [[x.replace(".0", "") for x in row] for row in SAME_NUMBERS[kind]]
    else:
        table = SAME_NUMBERS[kind]
    found = sound(krippendorff_alpha(table, level))
    assert found.value == pytest.approx(twin.alpha(NUMBERS, level))


def test_an_ordered_categorical_brings_its_order():
    levels = ["weak", "clear", "strong"]
    kind = pd.CategoricalDtype(levels, ordered=True)
    names = [["weak", "clear"], ["strong", "strong"], ["weak", "weak"], ["clear", "strong"]]
    table = pd.DataFrame(names).astype(kind)
    numbers = [[levels.index(x) for x in row] for row in names]
    expected = krippendorff_alpha(numbers, "ordinal").value
    assert krippendorff_alpha(table, "ordinal").value == pytest.approx(expected)
    assert krippendorff_alpha(names, "ordinal", order=levels).value == pytest.approx(expected)
    assert krippendorff_alpha(names, "ordinal", order=levels[::-1]).value == pytest.approx(expected)
    other = ["clear", "weak", "strong"]
    assert krippendorff_alpha(names, "ordinal", order=other).value < expected
    assert icc(names, "A", order=levels).value == pytest.approx(icc(numbers, "A").value)


def refused(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text and len(text) < 400
    return text


def test_refusals_are_sentences():
    names = [["joy", "fear"], ["fear", "fear"]]
    assert "order" in refused(lambda: krippendorff_alpha(names, "interval"))
    assert "'fear'" in refused(lambda: icc(names, "A"))
    assert "'interval'" in refused(lambda: krippendorff_alpha(names, "intervall"))
    assert "C" in refused(lambda: icc([[1, 2]], "consistency"))
    assert "quadratic" in refused(lambda: cohen_kappa(names, "quadratics"))
    assert "has 3" in refused(lambda: cohen_kappa([[1, 2, 3]]))
    assert "fearr" in refused(lambda: krippendorff_alpha(names, "ordinal", order=["fearr", "joy"]))
    assert "once" in refused(lambda: krippendorff_alpha(names, "ordinal", order=["joy", "joy"]))
    for bad in ([1, 2], ["ab", "cd"], {"a": 1}, np.zeros((2, 2, 2)), pd.Series([1]), "ab", 3,
                [[1, 2], [1]], [[[1], 2]], [[object(), 1]], [[1j, 1]], None,
                [[pd.Timestamp(0), 1]]):  # fmt: skip
        refused(lambda bad=bad: percent_agreement(bad))
    assert "finite" in refused(lambda: icc([[np.inf, 1], [2, 3]], "A"))
    opinions = pd.DataFrame({"clip": ["a"], "annotator": ["p"], "label": ["x"]})
    assert "ratings_of" in refused(lambda: krippendorff_alpha(opinions))
    for many in (1, -1, 2.5, True, "100"):
        assert "replicates" in refused(lambda many=many: fleiss_kappa(names, replicates=many))


def test_as_many_categories_as_ratings_are_refused_before_memory_is_taken():
    numbers = np.arange(20_000.0).reshape(-1, 2)
    assert "icc" in refused(lambda: fleiss_kappa(numbers))
    assert krippendorff_alpha(numbers, "interval").value == pytest.approx(1, abs=1e-6)


cells = st.one_of(
    st.none(),
    st.integers(-3, 4),
    st.sampled_from(["joy", "fear", " ", "", "nan", "1", "2"]),
    st.floats(allow_nan=True, allow_infinity=True, width=32),
    st.booleans(),
)
tables = st.integers(1, 4).flatmap(
    lambda k: st.lists(st.lists(cells, min_size=k, max_size=k), max_size=7)
)
number_tables = st.integers(1, 3).flatmap(
    lambda k: st.lists(
        st.lists(st.one_of(st.none(), st.integers(0, 2), st.floats(-1e150, 1e150)),
                 min_size=k, max_size=k), max_size=6))  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.one_of(tables, number_tables))
def test_any_table_gives_a_sound_figure_or_a_sentence(table):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for coefficient in FAMILY.values():
            try:
                sound(coefficient(table, replicates=40))
            except InputError as error:
                assert "\n" not in str(error)


# from opinions ------------------------------------------------------------------------------------


def test_ratings_of_takes_the_last_row_of_turn_0():
    opinions = pd.DataFrame(
        [("b", "p", "joy", 0), ("a", "p", "fear", 0), ("a", "q", "joy", 0),
         ("b", "p", "anger", 0), ("b", "q", "anger", 1)],
        columns=["clip", "annotator", "label", "turn"],
    )  # fmt: skip
    found = ratings_of(opinions)
    assert found.index.tolist() == ["b", "a"] and found.columns.tolist() == ["p", "q"]
    assert found.loc["b", "p"] == "anger" and pd.isna(found.loc["b", "q"])
    assert found.loc["a"].tolist() == ["fear", "joy"]
    assert sound(krippendorff_alpha(found)).n == 1
    assert ratings_of(opinions.iloc[:0]).shape == (0, 0)
    assert "annotator" in refused(lambda: ratings_of(opinions.drop(columns="annotator")))


def test_ratings_of_joins_the_labels_of_one_opinion():
    opinions = pd.DataFrame(
        [("a", "p", "AU4", 1, "x"), ("a", "p", "AU1", 2, "x"), ("a", "p", "AU1", 3, "x"),
         ("a", "q", "AU9", 1, "y"), ("a", "q", "AU4", 1, "z")],
        columns=["clip", "annotator", "label", "intensity", "opinion"],
    )  # fmt: skip
    assert ratings_of(opinions).loc["a"].tolist() == ["AU1 + AU4", "AU4"]
    assert "several intervals" in refused(lambda: ratings_of(opinions, "intensity"))
    one = opinions[opinions["label"] == "AU4"]
    assert ratings_of(one, "intensity").loc["a"].tolist() == [1, 1]


# the bootstrap ------------------------------------------------------------------------------------


def table_for(name: str) -> list:
    rng = np.random.default_rng(2)
    raters = 2 if name.startswith("cohen") else 3
    true = rng.integers(1, 4, (30, 1))
    said = np.where(rng.random((30, raters)) < 0.7, true, rng.integers(1, 4, (30, raters)))
    return said.tolist()


@pytest.mark.parametrize("name", [n for n in FAMILY if not n.startswith("F")])
def test_the_interval_is_that_of_drawing_units(name):
    table = np.array(table_for(name))
    found = sound(FAMILY[name](table, replicates=1000, seed=1))
    assert found.low < found.value < found.high
    rng = np.random.default_rng(5)
    drawn = [FAMILY[name](table[rng.integers(0, 30, 30)]).value for _ in range(300)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.25 * (high - low))
    again = FAMILY[name](table, replicates=1000, seed=1)
    assert again == found
    assert FAMILY[name](table, replicates=1000, seed=2) != found
    assert FAMILY[name](table).value == found.value


@pytest.mark.parametrize("name", ["fleiss", "alpha ordinal", "cohen None"])
def test_the_interval_narrows_with_the_root_of_n(name):
    table = table_for(name)
    small, large = (FAMILY[name](t, replicates=1000) for t in (table, table * 9))
    assert (small.high - small.low) / (large.high - large.low) == pytest.approx(3, rel=0.2)


def test_a_rare_second_category_has_no_interval_and_says_so():
    found = sound(fleiss_kappa([["a", "a"]] * 19 + [["b", "b"]], replicates=200))
    assert found.value == pytest.approx(1.0) and found.low is None
    assert "of 200 resamples" in found.reason


def test_blocks_of_weights_change_nothing(monkeypatch):
    values = np.random.default_rng(0).random(50)
    ones = np.ones(50, dtype=int)

    def figure() -> Figure:
        mean = partial(lambda weights: weights @ values / 50)
        return estimate("mean", "definition", mean, ones, raters=2, replicates=101)

    whole = figure()
    monkeypatch.setattr("labeling.agreement.figure.BLOCK", 500)
    assert figure() == whole


def covered(table_of, coefficient, truth: float, studies: int = 200) -> float:
    """Return the share of simulated studies whose interval holds the truth."""
    found = [coefficient(table_of(s), replicates=200, seed=s) for s in range(studies)]
    return float(np.mean([f.low <= truth <= f.high for f in found]))


def test_coverage_of_kappa():
    joint = np.array([[0.4, 0.06, 0.04], [0.05, 0.2, 0.05], [0.02, 0.03, 0.15]])

    def study(seed: int) -> np.ndarray:
        drawn = np.random.default_rng(seed).choice(9, 80, p=joint.ravel())
        return np.stack(np.divmod(drawn, 3), axis=1)

    chance = joint.sum(0) @ joint.sum(1)
    kappa = (np.trace(joint) - chance) / (1 - chance)
    shares = (joint.sum(0) + joint.sum(1)) / 2
    pi = (np.trace(joint) - shares @ shares) / (1 - shares @ shares)
    for coefficient, truth in ((cohen_kappa, kappa), (fleiss_kappa, pi), (krippendorff_alpha, pi)):
        assert 0.9 <= covered(study, coefficient, truth) <= 0.99


def test_coverage_of_icc():
    def study(seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return rng.normal(size=(60, 1)) + rng.normal(size=(60, 3))

    for form in "1C":
        assert 0.88 <= covered(study, partial(icc, form=form), 0.5) <= 0.99
    exact = [icc_f_interval(study(s), "C") for s in range(200)]
    assert 0.92 <= np.mean([f.low <= 0.5 <= f.high for f in exact]) <= 0.98


def test_a_figure_reads_as_a_line():
    found = krippendorff_alpha(twin.KRIPPENDORFF, replicates=200)
    assert str(found).startswith("Krippendorff's alpha (nominal) = 0.743 [0.")
    assert str(found).endswith("11 units, 4 raters")
    assert str(as_ratings([["a", None]]).active) == "1"


def test_pairwise_passes_weights_and_order_on():
    order = ["weak", "clear", "strong"]
    names = np.array(order, dtype=object)[np.array(table_for("icc")) - 1]
    found = pairwise(names, "linear", order=order)
    for row, pair in zip(found.itertuples(), ((0, 1), (0, 2), (1, 2)), strict=True):
        alone = cohen_kappa(names[:, pair], "linear", order=order)
        assert row.kappa == alone.value != cohen_kappa(names[:, pair]).value
    assert "order" in refused(lambda: pairwise(names, "linear"))
