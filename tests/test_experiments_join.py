"""The one place where features and labels meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.datasets import Dataset
from experiments.join import PHASES, join, narrow
from labeling.tables import published
from sttm.errors import InputError
from sttm.extract import Extraction
from sttm.tables import check_clips

NAMES = ["a", "b", "c", "d"]


def clips_table(names=NAMES, **columns):
    rows = {"clip": names, "source": [f"{n}.avi" for n in names], **columns}
    return check_clips(pd.DataFrame(rows))


def data(names=NAMES, labels=None, subjects=None):
    subjects = subjects or [f"s{i % 2}" for i in range(len(names))]
    labels = labels or [f"label {n}" for n in names]
    return Dataset(clips_table(names, subject=subjects), published(names, labels), None, "")


def measured(names):
    values = np.array([[ord(n[0]), 0] for n in names], np.float32)
    nothing = pd.DataFrame(columns=["clip", "reason"])
    return Extraction(list(names), values, pd.DataFrame({"clip": names}), nothing, len(names))


@given(st.permutations(NAMES), st.permutations(NAMES), st.integers(1, 4))
def test_rows_stay_together_whatever_the_order(order, label_order, count):
    given_data = data()
    given_data.labels = given_data.labels.set_index("clip").loc[label_order].reset_index()
    joined = join(given_data, measured(order[:count]))
    assert joined.names == order[:count]
    for name, row, label, subject in zip(
        joined.names, joined.measures, joined.labels, joined.subjects, strict=True
    ):
        assert row[0] == ord(name) and label == f"label {name}"
        assert subject == f"s{NAMES.index(name) % 2}"


def test_subjects_are_known_for_all_or_for_none():
    assert join(data(), measured(NAMES)).known_subjects().tolist() == ["s0", "s1", "s0", "s1"]
    some = data(subjects=["s0", "", "s1", "s1"])
    assert join(some, measured(NAMES)).known_subjects() is None
    assert join(some, measured(["a", "c"])).known_subjects().tolist() == ["s0", "s1"]


def test_every_kind_of_misfit_is_named():
    with pytest.raises(InputError, match="features name clips that the clips table does not: x"):
        join(data(), measured(["a", "x"]))
    less = data()
    less.labels = less.labels[less.labels["clip"] != "b"]
    with pytest.raises(InputError, match="every clip needs a label; b has none"):
        join(less, measured(NAMES))
    assert join(less, measured(["a", "c"])).names == ["a", "c"]
    with pytest.raises(InputError, match="the features name a clip twice"):
        join(data(), measured(["a", "a"]))
    for part in ("labels", "clips"):
        doubled = data()
        setattr(doubled, part, pd.concat([getattr(doubled, part)] * 2))
        with pytest.raises(InputError, match=f"the {part} table names a clip twice"):
            join(doubled, measured(NAMES))


# phases -----------------------------------------------------------------------------------------


def marked(onset, apex, offset, names=NAMES):
    marks = {"onset": onset, "apex": apex, "offset": offset}
    return published(names, ["x"] * len(names), **marks)


def test_clips_are_cut_to_the_marks_of_their_labels():
    clips = clips_table(first=[0, 10, None, None], last=[30, 40, None, 20])
    labels = marked([2, 12, 5, None], [9, 20, 5, 9], [20, 40, 9, 12]).iloc[::-1]
    cut, skipped = narrow(clips, labels, "onset-apex")
    assert cut[["clip", "first", "last"]].values.tolist() == [["a", 2, 9], ["b", 12, 20]]
    assert skipped.values.tolist() == [
        ["c", "its label names no onset before its apex"],
        ["d", "its label names no onset before its apex"],
    ]
    cut, _ = narrow(clips, labels, "onset-offset")
    assert cut[["clip", "first", "last"]].values.tolist() == [
        ["a", 2, 20],
        ["b", 12, 40],
        ["c", 5, 9],
    ]
    assert str(cut["first"].dtype) == "Int64"


def test_marks_outside_the_clip_are_skipped_by_name():
    clips = clips_table(first=[3, 0, None, 0], last=[30, 8, None, None])
    labels = marked([2, 2, 2, 2], [9, 9, 9, 9], [10, 10, 10, 10])
    cut, skipped = narrow(clips, labels, "onset-apex")
    assert cut["clip"].tolist() == ["c", "d"]
    assert skipped["clip"].tolist() == ["a", "b"]
    assert skipped["reason"].str.contains("outside the clip's first and last frame").all()


def test_whole_changes_nothing_and_asks_for_nothing():
    clips = clips_table(first=[1, 2, 3, 4])
    cut, skipped = narrow(clips, published(NAMES, ["x"] * 4), "whole")
    assert cut is clips and skipped.empty


@pytest.mark.parametrize("phase", PHASES)
def test_labels_without_marks_are_refused_before_anything_is_done(phase):
    with pytest.raises(InputError, match="and these labels have none; use"):
        narrow(clips_table(), published(NAMES, ["x"] * 4), phase)
    one = published(NAMES, ["x"] * 4, onset=[1, 1, 1, 1])
    with pytest.raises(InputError, match=f"needs the {PHASES[phase][1]} of every clip"):
        narrow(clips_table(), one, phase)


def test_clips_without_a_label_are_skipped():
    cut, skipped = narrow(clips_table(), marked([1], [2], [3], ["b"]), "onset-apex")
    assert cut["clip"].tolist() == ["b"] and skipped["clip"].tolist() == ["a", "c", "d"]
