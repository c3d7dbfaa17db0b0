"""Features and labels meet by clip, and nothing else is let through."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.datasets import Dataset
from experiments.join import join
from sttm.errors import InputError
from sttm.extract import Extraction
from sttm.tables import check_clips

NAMES = ["c", "a", "b"]


def dataset(labels, names=tuple("abc")):
    clips = check_clips(
        pd.DataFrame({"clip": NAMES, "source": NAMES, "subject": ["s3", "s1", "s2"]})
    )
    table = pd.DataFrame({"clip": list(names), "label": labels})
    return Dataset(clips, table, Path(), "three clips")


def extraction(names):
    return Extraction(
        list(names), np.array([[ord(n)] for n in names]), pd.DataFrame(), pd.DataFrame(), 0
    )


def test_rows_are_in_the_order_of_the_measures():
    joined = join(dataset(["joy", "fear", "awe"]), extraction("ba"))
    assert joined.names == ["b", "a"] and joined.measures.ravel().tolist() == [98, 97]
    assert joined.labels.tolist() == ["fear", "joy"] and joined.subjects.tolist() == ["s2", "s1"]


@pytest.mark.parametrize("blank", ["", " ", None, np.nan, pd.NA])
def test_a_blank_label_is_none(blank):
    with pytest.raises(InputError, match="needs a label; b has none"):
        join(dataset(["joy", blank, "awe"]), extraction("abc"))


@pytest.mark.parametrize(
    ("labels", "names", "measured", "word"),
    [
        (["joy", "awe"], "ac", "abc", "needs a label; b has none"),
        (["joy", "awe", "joy", "awe"], "abcc", "abc", "twice: c"),
        (["joy", "awe", "joy"], "abc", "abd", "clips table does not: d"),
        (["joy", "awe", "joy"], "abc", "aab", "twice"),
    ],
)
def test_gaps_doubles_and_strangers_are_named(labels, names, measured, word):
    with pytest.raises(InputError, match=word):
        join(dataset(labels, names), extraction(measured))
