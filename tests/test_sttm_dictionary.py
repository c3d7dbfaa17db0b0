"""The data dictionary: descriptors rebuilt from provenance, places and statistics."""

from __future__ import annotations

import json
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

from sttm.descriptors import DESCRIPTORS, Descriptor, build, descriptor_class, spec_of
from sttm.dictionary import COLUMNS, STATISTICS, describe
from sttm.errors import InputError
from sttm.tables import features_table

PLACE = list(COLUMNS[3:9])


def provenance(descriptor: Descriptor) -> dict:
    """Return what a file would hold: tuples have become lists."""
    return json.loads(json.dumps({"descriptor": spec_of(descriptor)}))


def table(descriptor: Descriptor, rows: int = 3) -> pd.DataFrame:
    names = list(descriptor.get_feature_names_out())
    values = np.random.default_rng(0).random((rows, len(names)))
    return features_table([str(i) for i in range(rows)], names, values)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_every_descriptor_has_a_dictionary(name: str) -> None:
    descriptor = descriptor_class(name)()
    found = describe(provenance(descriptor))
    pd.testing.assert_frame_equal(found, describe(descriptor))
    assert list(found) == list(COLUMNS)
    assert found["column"].tolist() == list(descriptor.get_feature_names_out())
    assert found["column"].is_unique
    assert not found.isna().any(axis=None)
    for axis in "tyx":
        low, high = found[f"{axis}_from"], found[f"{axis}_to"]
        assert ((low >= 0) & (low <= high) & (high <= 1)).all()
        if axis != "t":  # one frame alone is an instant
            assert (low < high).all()
    assert (found["meaning"].str.len() > 5).all()


def test_rows_say_the_place() -> None:
    descriptor = build({"name": "sttm", "params": {"grid": [2, 1, 4], "normalisation": "l1"}})
    found = describe(descriptor).set_index("column")
    bins = len(found) // 8
    last = found.loc[f"t1.y0.x3.b{bins - 1:02d}"]
    assert (last["block"], last["bin"]) == ("t1.y0.x3", bins - 1)
    assert last[PLACE].tolist() == [0.5, 1.0, 0.0, 1.0, 0.75, 1.0]


def test_a_concatenation() -> None:
    part = {"name": "sttm", "params": {"grid": [1, 1, 1], "normalisation": "l1"}}
    spec = [{"as": "one", **part}, {"as": "two", **part}]
    descriptor = build(spec)
    made = table(descriptor)
    found = describe({"descriptor": spec}, made)
    assert found["column"].tolist() == list(made.columns[1:])
    assert len(found) == 2 * len(describe(build(part)))


def test_statistics() -> None:
    descriptor = build({"name": "sttm", "params": {"grid": [1, 1, 1], "normalisation": "l1"}})
    made = table(descriptor, rows=4)
    column = made.columns[2]
    made[column] = np.array([0, 0, -1, 2], np.float32)
    found = describe(provenance(descriptor), made)
    assert list(found) == [*COLUMNS, *STATISTICS]
    assert found.loc[1, list(STATISTICS)].tolist() == [-1, 2, 0.25, 0.5]
    bare = describe(descriptor, made.iloc[:0])
    assert bare[list(STATISTICS)].isna().all(axis=None)


def test_a_table_of_unknown_origin() -> None:
    made = features_table(["a"], ["t0.y3.x5.xt.b07", "age"], np.array([[1, 2]]))
    found = describe({}, made)
    assert found["block"].tolist() == ["t0.y3.x5.xt", ""]
    assert found["bin"].tolist() == [7, pd.NA]
    assert found[PLACE].isna().all(axis=None)
    with pytest.raises(InputError, match="names no descriptor"):
        describe({})


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"name": "stm", "params": {}}, "did you mean 'sttm'"),
        ({"name": "sttm", "params": {"gird": 1}}, "did you mean 'grid'"),
        ({"params": {}}, "must be"),
        ("sttm", "must be"),
        ([1], "must be"),
    ],
)
def test_bad_provenance(spec: object, words: str) -> None:
    with pytest.raises(InputError, match=words):
        describe({"descriptor": spec})


def test_another_table_is_refused() -> None:
    descriptor = build({"name": "sttm", "params": {"grid": [1, 1, 1], "normalisation": "l1"}})
    made = table(descriptor)
    first = made.columns[1]
    with pytest.raises(InputError, match=rf"does not make odd; the table lacks {first}"):
        describe(descriptor, made.rename(columns={first: "odd"}))
    with pytest.raises(InputError, match="order"):
        describe(descriptor, made[["clip", *made.columns[:0:-1]]])


def test_the_list_is_lazy() -> None:
    assert all(":" in where for where in DESCRIPTORS.values())
    assert import_module("sttm.dictionary").UNIT == "dimensionless"
