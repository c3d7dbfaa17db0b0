"""The predictions table: built, checked, and the same after a trip through a file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.judging.predictions import (
    check_predictions,
    classes_of,
    predictions_table,
    probabilities_of,
    read_predictions,
    write_predictions,
)
from sttm.errors import InputError


def small() -> pd.DataFrame:
    return predictions_table(
        ["001", "NA"], ["s1", "s2"], ["joy", "fear"], ["joy", "joy"],
        np.array([[0.75, 0.25], [1.0, 0.0]]), ["joy", "fear"],
    )  # fmt: skip


def test_columns_are_what_the_contract_says():
    table = small()
    assert list(table.columns) == ["clip", "fold", "label", "predicted", "p:joy", "p:fear"]
    assert classes_of(table) == ["joy", "fear"]
    assert probabilities_of(table).tolist() == [[0.75, 0.25], [1.0, 0.0]]


def test_texts_that_look_like_something_else_survive(tmp_path):
    back = read_predictions(write_predictions(small(), tmp_path / "p.csv"))
    assert back["clip"].tolist() == ["001", "NA"]
    pd.testing.assert_frame_equal(back, small())


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=6)
NAMES = TEXT.filter(lambda text: text.strip() != "" and "\r" not in text and "\0" not in text)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_round_trip_is_exact(tmp_path, data):
    classes = data.draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    clips = data.draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    number = st.floats(1e-6, 1.0)
    raw = data.draw(
        st.lists(
            st.lists(number, min_size=len(classes), max_size=len(classes)),
            min_size=len(clips),
            max_size=len(clips),
        )
    )
    p = np.array(raw) / np.sum(raw, axis=1, keepdims=True)
    labels = [data.draw(st.sampled_from(classes)) for _ in clips]
    table = predictions_table(clips, clips, labels, labels[::-1], p, classes)
    back = read_predictions(write_predictions(table, tmp_path / "p.csv"))
    pd.testing.assert_frame_equal(back, table, check_exact=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clip": ["a", "a"]}, "twice"),
        ({"label": ["joy", "sad"]}, "'sad', which has no column"),
        ({"predicted": ["joy", "sad"]}, "'predicted' holds 'sad'"),
        ({"label": ["joy", None]}, "every row"),
        ({"p:joy": [0.5, 1.0]}, "sum to 1"),
        ({"p:joy": [1.25, 1.0], "p:fear": [-0.25, 0.0]}, "at least 0"),
        ({"p:joy": [np.nan, 1.0]}, "clip 001"),
        ({"p:joy": ["much", 1.0]}, "clip 001"),
    ],
)
def test_what_cannot_be_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        check_predictions(small().assign(**change))


def test_missing_columns_are_named():
    for column in ("clip", "fold", "label", "predicted"):
        with pytest.raises(InputError, match=column):
            check_predictions(small().drop(columns=column))
    with pytest.raises(InputError, match="p:<class>"):
        check_predictions(small().drop(columns=["p:joy", "p:fear"]))
    with pytest.raises(InputError, match="shape"):
        predictions_table(["a"], ["f"], ["x"], ["x"], np.ones((2, 1)), ["x"])


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = write_predictions(small(), tmp_path / "p.csv")
    before = path.read_bytes()
    with pytest.raises(InputError):
        write_predictions(small().assign(label="sad"), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["p.csv"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b'a,"b\n', b"clip,fold\n1,2,3,4\n"])
def test_other_files_are_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_predictions(path)
    with pytest.raises(InputError, match="no predictions file"):
        read_predictions(tmp_path / "none.csv")
