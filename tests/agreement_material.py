"""The family of coefficients of agreement, and what must hold of every figure."""

import math
from functools import partial

import numpy as np
import pytest

from labeling import (
    Figure,
    cohen_kappa,
    fleiss_kappa,
    icc,
    icc_f_interval,
    krippendorff_alpha,
    percent_agreement,
)
from sttm.errors import InputError

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


def refused(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert "\n" not in text and len(text) < 400
    return text


def table_for(name: str) -> list:
    rng = np.random.default_rng(2)
    raters = 2 if name.startswith("cohen") else 3
    true = rng.integers(1, 4, (30, 1))
    said = np.where(rng.random((30, raters)) < 0.7, true, rng.integers(1, 4, (30, raters)))
    return said.tolist()
