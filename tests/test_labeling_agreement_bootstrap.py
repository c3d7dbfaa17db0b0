"""The bootstrap over units: against drawing units, coverage, and when there is no interval."""

from functools import partial

import numpy as np
import pytest
import reference_agreement as twin
from agreement_material import FAMILY, sound, table_for

from labeling import (
    Figure,
    cohen_kappa,
    fleiss_kappa,
    icc,
    icc_f_interval,
    krippendorff_alpha,
)
from labeling.agreement.figure import estimate
from labeling.agreement.ratings import as_ratings

pytestmark = pytest.mark.filterwarnings("error")


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
