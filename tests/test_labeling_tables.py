"""Opinions and consensus: typed, checked, and read from CSV files that people wrote."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.tables import (
    CONSENSUS_COLUMNS,
    OPINION_COLUMNS,
    STATUSES,
    check_consensus,
    check_opinions,
    from_csv,
    published,
)
from sttm.errors import InputError


def opinion(**values: object) -> pd.DataFrame:
    return pd.DataFrame([{"clip": "a", "annotator": "ann", "label": "joy", **values}])


def test_opinions_are_completed_and_typed():
    table = check_opinions(opinion(onset="3", apex=5.0, sure="0.5", time="2024-05-31T12:00:00Z"))
    assert tuple(table.columns) == OPINION_COLUMNS
    row = table.iloc[0]
    assert (row.onset, row.apex, row.sure) == (3, 5, 0.5)
    assert pd.isna(row.offset) and pd.isna(row.intensity)
    assert row.comment == ""
    assert table["onset"].dtype == "Int64"


def test_an_annotator_may_say_something_twice():
    history = pd.concat([opinion(), opinion(label="fear")])
    assert check_opinions(history)["label"].tolist() == ["joy", "fear"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"label": " "}, "needs a label"),
        ({"annotator": None}, "needs a annotator"),
        ({"onset": 5, "apex": 4}, "'onset' must not be after 'apex'"),
        ({"onset": 5, "offset": 4}, "'onset' must not be after 'offset'"),
        ({"apex": 5, "offset": 4}, "'apex' must not be after 'offset'"),
        ({"onset": 1.5}, "whole numbers"),
        ({"onset": -1}, "whole numbers"),
        ({"onset": "x"}, "'x'"),
        ({"offset": float("inf")}, "whole numbers"),
        ({"sure": 1.5}, "from 0 to 1"),
        ({"intensity": -1}, "at least 0"),
        ({"time": "yesterday"}, "ISO 8601"),
    ],
)
def test_impossible_opinions_are_refused(values, words):
    with pytest.raises(InputError, match=words):
        check_opinions(opinion(**values))


def test_published_labels_are_a_consensus():
    table = published(["a", "b"], ["joy", "fear"], onset=[0, None], apex=[4, 2])
    assert tuple(table.columns) == (*CONSENSUS_COLUMNS, "onset", "apex")
    assert table["status"].tolist() == ["published"] * 2
    assert table["opinions"].tolist() == [1, 1]
    assert table["agreement"].isna().all()
    assert pd.isna(table["onset"][1]) and table["apex"].tolist() == [4, 2]
    pd.testing.assert_frame_equal(check_consensus(table), table)


def test_an_empty_consensus_is_a_table_too():
    assert tuple(published([], []).columns) == CONSENSUS_COLUMNS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clip": ["a", "a"]}, "twice"),
        ({"clip": ["a", " a "]}, "twice"),
        ({"label": ["joy", ""]}, "needs a label"),
        ({"status": ["published", "agred"]}, "did you mean 'agreed'"),
        ({"agreement": [0.5, 1.5]}, "from 0 to 1"),
        ({"opinions": [1, -1]}, "whole numbers"),
        ({"onset": [1, 3], "offset": [2, 2]}, "must not be after"),
    ],
)
def test_impossible_consensus_is_refused(change, words):
    table = pd.DataFrame({"clip": ["a", "b"], "label": ["joy", "fear"], **change})
    with pytest.raises(InputError, match=words):
        check_consensus(table)


def test_only_the_undecided_have_no_label():
    table = pd.DataFrame({"clip": ["a"], "label": [None], "status": ["undecided"]})
    assert check_consensus(table)["label"].tolist() == [""]
    assert all(about for about in STATUSES.values())


# CSV files --------------------------------------------------------------------------------------

FORGIVEN = {
    "plain": b"clip,label\na,joy\nb,fear\n",
    "byte order mark": b"\xef\xbb\xbfclip,label\na,joy\nb,fear\n",
    "utf-16": "clip,label\na,joy\nb,fear\n".encode("utf-16"),
    "semicolon": b"clip;label\na;joy\nb;fear\n",
    "tab": b"clip\tlabel\na\tjoy\nb\tfear\n",
    "capitals and spaces": b" Clip , LABEL \n a , joy \nb,  fear\n",
    "other columns": b"x,label,y,clip\n1,joy,2,a\n1,fear,2,b\n",
    "blank lines": b"\n\nclip,label\n\na,joy\n  \n,\nb,fear\n\n",
    "windows line ends, no last one": b"clip,label\r\na,joy\r\nb,fear",
    "equal rows": b"clip,label\na,joy\nb,fear\na,joy\n",
    "quotes": b'"clip","label"\n"a","joy"\n"b",fear\n',
    "trailing separators": b"clip,label,,\na,joy,,\nb,fear,,\n",
}


@pytest.mark.parametrize("content", FORGIVEN.values(), ids=FORGIVEN.keys())
def test_small_faults_are_forgiven(tmp_path, content):
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    table = from_csv(path)
    assert table[["clip", "label", "status"]].values.tolist() == [
        ["a", "joy", "published"],
        ["b", "fear", "published"],
    ]


REFUSED = {
    "empty": (b"", "empty"),
    "only blanks": (b"\n , \n", "empty"),
    "no rows": (b"clip,label\n", "no rows"),
    "no label column": (b"clip,lable\na,joy\n", "did you mean 'lable'"),
    "no clip column": (b"video,label\na,joy\n", "needs a column 'clip' and has video, label"),
    "label missing": (b"clip,label\na,joy\nb,\n", "line 3: the label is missing"),
    "short row": (b"clip,label\na\n", "line 2: the label is missing"),
    "clip missing": (b"clip,label\n,joy\n", "line 2: the clip is missing"),
    "long row": (b"clip,label\na,joy,or fear\n", "line 2: 3 cells under 2 columns"),
    "two labels": (b"clip,label\na,joy\nb,x\na,fear\n", "lines 2 and 4 differ"),
    "latin-1": (b"clip,label\na,\xe4rger\n", "must be UTF-8"),
    "two label columns": (b"clip,label,Label\na,joy,fear\n", "two columns named label"),
    "marks": (b"clip,label,onset,apex\na,joy,5,4\n", "labels.csv: 'onset' must not be after"),
    "huge cell": (b'clip,label\n"' + b"x" * 200_000 + b'",joy\n', "no CSV file"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_real_faults_give_one_sentence(tmp_path, content, words):
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        from_csv(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        from_csv(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot read"):
        from_csv(tmp_path)


def test_columns_may_have_other_names(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("Filename;Estimated Emotion;Onset\nEP02_01f;happiness;46\n", encoding="utf-8")
    table = from_csv(path, clip="filename", label="estimated emotion")
    assert table[["clip", "label", "onset"]].values.tolist() == [["EP02_01f", "happiness", 46]]


NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(NAME, NAME, min_size=1, max_size=6), st.sampled_from(",;\t"))
def test_what_a_csv_writer_wrote_comes_back(tmp_path, labels, separator):
    path = tmp_path / "labels.csv"
    table = pd.DataFrame({"clip": list(labels), "label": list(labels.values())})
    table.to_csv(path, sep=separator, index=False, encoding="utf-8")
    back = from_csv(path)
    assert dict(zip(back["clip"], back["label"], strict=True)) == labels


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.booleans())
def test_no_bytes_crash_the_reader(tmp_path, content, headed):
    path = tmp_path / "labels.csv"
    path.write_bytes(b"clip,label\n" * headed + content)
    try:
        table = from_csv(path)
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert table["clip"].is_unique and (table["label"] != "").all()
