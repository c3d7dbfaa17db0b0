"""The clips and features tables: what is refused, and by which name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sttm.errors import InputError
from sttm.tables import CLIP_COLUMNS, check_clips, feature_columns, features_table


def test_a_checked_table_has_its_columns_first_and_typed():
    table = check_clips(
        pd.DataFrame(
            {"source": ["x", "y"], "clip": [1, "b "], "note": ["", "n"], "last": ["", 4.0]}
        )
    )
    assert list(table) == [*CLIP_COLUMNS, "note"]
    assert table["clip"].tolist() == ["1", "b"] and table["subject"].tolist() == ["", ""]
    assert table["last"].tolist() == [pd.NA, 4] and table["fps"].isna().all()


@pytest.mark.parametrize("names", [["a", "a"], ["a", "a "], [1, "1"], [" 1", 1]])
def test_names_that_read_alike_are_refused(names):
    with pytest.raises(InputError, match=r"names a clip twice: (a|1)"):
        check_clips(pd.DataFrame({"clip": names, "source": ["x", "y"]}))


@pytest.mark.parametrize("name", ["", "  ", None, np.nan, pd.NA])
def test_a_row_needs_a_name(name):
    with pytest.raises(InputError, match="rows without a clip"):
        check_clips(pd.DataFrame({"clip": ["a", name], "source": ["x", "y"]}))


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("first", -1, "whole frame numbers"),
        ("first", 1.5, "whole frame numbers"),
        ("last", "two", "'two'"),
        ("last", np.inf, "whole frame numbers"),
        ("first", 9, "must not be after"),
    ],
)
def test_impossible_frames_are_refused(column, value, word):
    table = pd.DataFrame({"clip": ["a"], "source": ["x"], "first": [2], "last": [4]})
    table[column] = pd.Series([value], dtype=object)
    with pytest.raises(InputError, match=word):
        check_clips(table)


def test_features_must_be_finite_and_fit_their_names():
    table = features_table(["a", "b"], ["u", "v"], np.eye(2))
    assert feature_columns(table) == ["u", "v"] and table["clip"].tolist() == ["a", "b"]
    with pytest.raises(InputError, match="not for clip b"):
        features_table(["a", "b"], ["u"], np.array([[0.0], [np.nan]]))
    with pytest.raises(InputError, match="shape"):
        features_table(["a"], ["u"], np.eye(2))
    with pytest.raises(InputError, match="must be numbers; v is not"):
        feature_columns(table.assign(v="x"))


@pytest.mark.parametrize("rate", ["29,97", "fast", "25 fps", 0, -25, float("inf"), "-inf"])
def test_frame_rates_that_cannot_be_are_refused_by_clip(rate):
    table = pd.DataFrame({"clip": ["a", "b"], "source": "x", "fps": [25, rate]})
    with pytest.raises(InputError, match=r"'fps' must be .* clip b has") as caught:
        check_clips(table)
    assert repr(str(rate)) in str(caught.value)


def test_frame_rates_may_be_blank_and_are_read_as_numbers():
    rates = ["29.97", " ", "", None, 25, " 50 "]
    table = pd.DataFrame({"clip": list("abcdef"), "source": "x", "fps": rates})
    read = check_clips(table)["fps"]
    assert read.dtype == "float64"
    np.testing.assert_array_equal(read, [29.97, np.nan, np.nan, np.nan, 25, 50])
