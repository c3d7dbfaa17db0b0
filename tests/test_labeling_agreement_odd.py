"""Agreement of odd input: undefined cases, other kinds of tables, ratings from opinions."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import reference_agreement as twin
from agreement_material import FAMILY, FORMS, KAPPAS, LEVELS, refused, sound, table_for
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import (
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
from sttm.errors import InputError

pytestmark = pytest.mark.filterwarnings("error")

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
    assert ratings_of(opinions).loc["a"].tolist() == ["AU1+AU4", "AU4"]
    assert "several intervals" in refused(lambda: ratings_of(opinions, "intensity"))
    one = opinions[opinions["label"] == "AU4"]
    assert ratings_of(one, "intensity").loc["a"].tolist() == [1, 1]


def test_pairwise_passes_weights_and_order_on():
    order = ["weak", "clear", "strong"]
    names = np.array(order, dtype=object)[np.array(table_for("icc")) - 1]
    found = pairwise(names, "linear", order=order)
    for row, pair in zip(found.itertuples(), ((0, 1), (0, 2), (1, 2)), strict=True):
        alone = cohen_kappa(names[:, pair], "linear", order=order)
        assert row.kappa == alone.value != cohen_kappa(names[:, pair]).value
    assert "order" in refused(lambda: pairwise(names, "linear"))
