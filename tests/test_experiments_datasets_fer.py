"""FER2013 and FER+: rows of numbers, folders, votes and the rules that make labels of them."""

from __future__ import annotations

import os
import shutil
import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stills_material import frame_of, grown, packs, read, reasons  # noqa: F401
from tree_material import write_image
from trees_stills import (
    HEADER,
    SEVEN,
    TREES,
    VOTED,
    VOTES_HEADER,
    bad_rows,
    fer_lines,
    fer_rows,
    peaks,
    pixels,
    undecided_votes,
    votes_of,
)

from experiments.datasets import pixels as pixel_reader
from experiments.datasets.ferplus import COLUMNS, decide
from sttm.errors import InputError
from sttm.store import content_digest

# FER2013, the CSV -------------------------------------------------------------------------------


def written(tmp_path, text, name="fer2013.csv", encoding="utf-8"):
    (tmp_path / name).write_bytes(text.encode(encoding))
    return tmp_path / name


def test_every_row_is_its_picture(tmp_path):
    data = grown("fer2013", tmp_path)
    rows = fer_rows()
    assert data.labels["label"].tolist() == [label for label, _, _ in rows]
    for number, (_, _, picture) in enumerate(rows):
        np.testing.assert_array_equal(frame_of(data, number), picture)
    assert data.clips["clip"].tolist() == [f"fer2013-{n:05d}" for n in range(28)]
    counts = data.clips["part"].value_counts().to_dict()
    assert counts == {"train": 14, "validation": 7, "test": 7}


def test_bad_rows_are_skipped_by_number(tmp_path):
    data = grown("fer2013", tmp_path)
    told = reasons(data.skipped)
    for number, (_, reason) in enumerate(bad_rows(), 28):
        assert told.pop(f"fer2013-{number:05d}") == reason
    assert not told


def test_names_stay_when_rows_before_them_are_bad(tmp_path):
    lines = fer_lines(fer_rows()[:4])
    broken = [lines[0], lines[1][:200], *lines[2:]]
    data = read("fer2013", written(tmp_path, "\n".join([HEADER, *broken])))
    assert data.clips["clip"].tolist() == [f"fer2013-{n:05d}" for n in (0, 2, 3)]
    np.testing.assert_array_equal(frame_of(data, 2), fer_rows()[3][2])


PICTURES = st.lists(st.binary(min_size=2304, max_size=2304), min_size=1, max_size=3)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pictures=PICTURES,
    order=st.permutations(["emotion", "pixels", "Usage"]),
    separator=st.sampled_from([",", ";", "\t", " , "]),
    quote=st.sampled_from(["", '"']),
    newline=st.sampled_from(["\n", "\r\n"]),
    case=st.sampled_from([str, str.upper, str.lower]),
    padding=st.text(" ", max_size=2),
)
def test_any_way_to_write_the_rows_gives_the_pictures(
    tmp_path, pictures, order, separator, quote, newline, case, padding
):
    """The twin: the numbers of every row, one by one."""
    flat = [np.frombuffer(p, np.uint8) for p in pictures]
    rows = [{"emotion": "3", "pixels": pixels(f), "Usage": case("PublicTest")} for f in flat]
    lines = [case(separator.join(padding + name for name in order))]
    lines += [
        separator.join(quote + padding + row[n] + padding + quote for n in order) for row in rows
    ]
    file = written(tmp_path, newline.join(lines))
    found = pixel_reader.read_pixels(file)
    packed = np.load(found.pack)
    for row, values, frame in zip(found.rows.itertuples(), flat, packed, strict=True):
        usable = values.min() < values.max()
        assert (row.reason == "") == usable
        assert row.emotion == "3" and row.usage.casefold() == "publictest"
        np.testing.assert_array_equal(frame.ravel(), values if usable else 0)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    junk=st.lists(
        st.binary(max_size=80) | st.text(string.printable, max_size=80).map(str.encode), max_size=8
    )
)
def test_whatever_follows_the_header_is_a_row_or_a_reason(tmp_path, junk):
    file = tmp_path / "fer2013.csv"
    file.write_bytes(b"\n".join([HEADER.encode(), fer_lines(fer_rows()[:1])[0].encode(), *junk]))
    try:
        data = read("fer2013", file)
    except InputError as error:
        assert "no clip" in str(error)  # never: the first row is good
        raise
    assert data.clips["clip"].tolist() == ["fer2013-00000"]
    assert data.skipped["reason"].str.fullmatch(r"\S.*[^.\s]").all()


def test_the_copy_called_icml_face_data(tmp_path):
    lines = ["emotion, Usage, pixels"]
    lines += [f"{SEVEN.index(label)},{usage},{pixels(p)}" for label, usage, p in fer_rows()]
    written(tmp_path, "\n".join(lines), "icml_face_data.csv")
    data = read("fer2013", tmp_path)
    assert len(data.clips) == 28 and set(data.clips["part"]) == {"train", "validation", "test"}
    np.testing.assert_array_equal(frame_of(data, 5), fer_rows()[5][2])


def test_the_contest_file_without_parts(tmp_path):
    lines = ["emotion,pixels"] + [line.rpartition(",")[0] for line in fer_lines(fer_rows())]
    data = read("fer2013", written(tmp_path, "\n".join(lines), "train.csv"))
    assert len(data.clips) == 28 and "part" not in data.clips


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "as UTF-8 text; it is empty"),
        ("pixels\n1 2\n", "its first line has 'pixels'"),
        (fer_lines(fer_rows()[:1])[0], "must begin with the header emotion,pixels,Usage"),
        (HEADER, "no clip was found"),
        (f"{HEADER}\n0,1 2 3,Training\n", "fer2013-00000: it does not have 2304 pixels"),
    ],
)
def test_files_of_rows_that_cannot_be_used_are_refused(text, words, tmp_path):
    with pytest.raises(InputError, match=words):
        read("fer2013", written(tmp_path, text))


def test_a_file_in_utf_16_is_refused(tmp_path):
    text = "\n".join([HEADER, *fer_lines(fer_rows())])
    with pytest.raises(InputError, match="as UTF-8 text"):
        read("fer2013", written(tmp_path, text, encoding="utf-16"))


def test_pictures_are_packed_once_and_found_again(tmp_path, monkeypatch):
    first = grown("fer2013", tmp_path)
    monkeypatch.setattr(pixel_reader, "_parse", None)
    copy = tmp_path / "copy.csv"
    shutil.copy(tmp_path / "fer2013" / "fer2013.csv", copy)
    for path in (tmp_path, copy):
        again = read("fer2013", path)
        assert again.root == first.root
        pd.testing.assert_frame_equal(again.clips, first.clips)
        pd.testing.assert_frame_equal(again.skipped, first.skipped)


def test_an_edited_file_is_another_pack(tmp_path):
    lines = [HEADER, *fer_lines(fer_rows()[:6])]
    file = written(tmp_path, "\n".join(lines))
    before = read("fer2013", file)
    status = file.stat()
    lines[2] = lines[2][::-1].replace(" 1", " 2", 1)[::-1]  # as many bytes
    lines[1] = "5" + lines[1][1:]
    written(tmp_path, "\n".join(lines))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = read("fer2013", file)
    assert after.root != before.root and after.labels["label"].iloc[0] == "surprise"


def test_a_pack_that_lost_its_table_is_completed(tmp_path):
    first = grown("fer2013", tmp_path)
    digest = content_digest(first.root / "pictures.npy")
    (first.root / "rows.csv").unlink()
    again = read("fer2013", tmp_path)
    pd.testing.assert_frame_equal(again.clips, first.clips)
    assert content_digest(again.root / "pictures.npy") == digest


def test_pictures_that_are_there_twice(tmp_path):
    rows = fer_rows()
    again = [("fear", "PrivateTest", rows[0][2]), ("anger", "PrivateTest", rows[1][2])]
    file = written(tmp_path, "\n".join([HEADER, *fer_lines([*rows, *again])]))
    kept = read("fer2013", file)
    assert len(kept.clips) == 30 and "2 of them repeat an earlier one" in kept.about
    single = read("fer2013", file, repeats=False)
    assert len(single.clips) == 28 and "repeat" not in single.about
    assert reasons(single.passed) == {
        "fer2013-00028": "the same picture as row 0",
        "fer2013-00029": "the same picture as row 1",
    }


# FER2013, folders -------------------------------------------------------------------------------


def test_folders_keep_the_parts_of_the_contest(tmp_path):
    data = grown("fer2013 folders", tmp_path)
    parts = dict(zip(data.clips["clip"], data.clips["part"], strict=True))
    assert parts["test/angry/PublicTest_2.jpg"] == "validation"
    assert parts["test/angry/PrivateTest_3.jpg"] == "test"
    assert reasons(data.skipped) == {
        "loose.jpg": "it does not lie in a label folder of train or test",
        "Training_1.jpg": "its folder 'bored' is no expression of FER2013",
    }


def test_folders_of_another_hand(tmp_path):
    picture = peaks(0, "anger", 1)[0]
    for part in ("Train", "VAL", "Test"):
        for folder in ("0", "Happiness", "surprised"):
            write_image(tmp_path / part / folder / f"{part}1.png", picture)
    data = read("fer2013", tmp_path)
    assert set(data.labels["label"]) == {"anger", "happiness", "surprise"}
    assert set(data.clips["part"]) == {"train", "validation", "test"}
    with pytest.raises(InputError, match=r"needs fer2013\.csv"):
        read("fer2013", tmp_path, repeats=False)


# FER+ -------------------------------------------------------------------------------------------


def by_hand(votes, rule):
    """The rules in words, vote by vote; blank where there is no label."""
    counts = dict(zip(COLUMNS, votes, strict=True))
    if rule == "majority":
        counts = {name: n for name, n in counts.items() if n > 1}
        winners = [name for name, n in counts.items() if 2 * n > sum(counts.values())]
    else:
        most = max(counts.values())
        winners = [name for name, n in counts.items() if n == most and n > 0]
    winner = winners[0] if len(winners) == 1 else ""
    return winner if winner in VOTED else ""


@given(
    st.lists(st.lists(st.integers(0, 10), min_size=10, max_size=10), min_size=1, max_size=6),
    st.sampled_from(["majority", "plurality"]),
)
def test_the_rules_against_their_twins(votes, rule):
    labels, why = decide(np.array(votes), rule)
    assert labels == [by_hand(row, rule) for row in votes]
    assert all((label == "") != (reason == "") for label, reason in zip(labels, why, strict=True))


def test_the_rules_on_votes_of_the_real_file():
    rows = {  # neutral ... NF as distributed, label by majority, by plurality
        (4, 0, 0, 1, 3, 2, 0, 0, 0, 0): ("", "neutral"),
        (6, 0, 1, 1, 0, 0, 0, 0, 2, 0): ("neutral", "neutral"),
        (4, 0, 0, 4, 1, 0, 0, 0, 1, 0): ("", ""),
        (0, 0, 6, 0, 1, 0, 3, 0, 0, 0): ("surprise", "surprise"),
        (1, 0, 2, 4, 2, 0, 0, 0, 1, 0): ("", "sadness"),
        (5, 1, 0, 3, 0, 0, 0, 0, 1, 0): ("neutral", "neutral"),
    }
    for place, rule in enumerate(("majority", "plurality")):
        assert decide(np.array(list(rows)), rule)[0] == [labels[place] for labels in rows.values()]


def test_votes_are_joined_by_row_and_kept(tmp_path):
    data = grown("ferplus", tmp_path)
    rows = fer_rows(VOTED)
    assert data.labels["label"].tolist() == [label for label, _, _ in rows]
    np.testing.assert_array_equal(frame_of(data, 25), rows[25][2])
    for label in VOTED:
        expected = np.where(data.labels["label"] == label, 8, 0)
        np.testing.assert_array_equal(data.labels[f"votes:{label}"], expected)
    assert (data.labels[["votes:unknown", "votes:NF"]] == 1).all(axis=None)
    assert (data.labels["agreement"] == 0.8).all() and (data.labels["opinions"] == 10).all()
    assert set(data.labels["status"]) == {"majority"}


def test_votes_stay_with_their_clips_when_classes_are_chosen(tmp_path):
    TREES["ferplus"](tmp_path)
    data = read("ferplus", tmp_path, classes=["contempt", "anger"])
    assert len(data.labels) == 8 and data.clips["clip"].tolist() == data.labels["clip"].tolist()
    for label in ("contempt", "anger"):
        rows = data.labels[data.labels["label"] == label]
        assert (rows[f"votes:{label}"] == 8).all()


def test_rows_without_a_label_are_passed_with_the_reason(tmp_path):
    data = grown("ferplus", tmp_path)
    expected = {f"fer2013-{n:05d}": why for n, (_, why) in enumerate(undecided_votes(), 32)}
    assert reasons(data.passed) == expected
    assert reasons(data.skipped) == {"fer2013-00039": "all its pixels are 0"}


def test_plurality_decides_more(tmp_path):
    TREES["ferplus"](tmp_path)
    rows = [votes_of(neutral=4, sadness=3, anger=3), votes_of(fear=10)]
    pictures = fer_rows()[:2]
    written(tmp_path, "\n".join([HEADER, *fer_lines(pictures)]))
    lines = [f"Training,fer{n:07d}.png,{row}" for n, row in enumerate(rows)]
    written(tmp_path, "\n".join([VOTES_HEADER, *lines]), "fer2013new.csv")
    data = read("ferplus", tmp_path)
    assert data.labels[["label", "votes:fear"]].values.tolist() == [["fear", 10]]
    data = read("ferplus", tmp_path, rule="plurality")
    assert data.labels["label"].tolist() == ["neutral", "fear"]
    assert data.labels["agreement"].tolist() == [0.4, 1.0]
    assert data.labels["status"].tolist() == ["majority", "agreed"]


def test_the_votes_may_lie_elsewhere(tmp_path):
    TREES["ferplus"](tmp_path / "a")
    (tmp_path / "votes").mkdir()
    (tmp_path / "a" / "fer2013new.csv").rename(tmp_path / "votes" / "v.csv")
    with pytest.raises(InputError, match=r"needs fer2013new\.csv beside fer2013"):
        read("ferplus", tmp_path / "a")
    data = read("ferplus", tmp_path / "a", votes=tmp_path / "votes" / "v.csv")
    assert len(data.clips) == 32
    with pytest.raises(InputError, match=r"no\.csv: No such file"):
        read("ferplus", tmp_path / "a", votes=tmp_path / "no.csv")


def fewer(lines):
    return lines[:-1]


def swapped(lines):
    return [lines[0], lines[3], lines[2], lines[1], *lines[4:]]


def renamed(lines):
    return [lines[0].replace("contempt", "boredom"), *lines[1:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (fewer, "they have 39 and 40"),
        (swapped, "row 0 is 'publictest' in one and 'training' in the other"),
        (renamed, "needs a column 'contempt'"),
        (lambda lines: [], "fer2013new.csv must be"),
        (lambda lines: ["\udcff\udcfe" + lines[0]], "fer2013new.csv must be"),
        (lambda lines: [*lines[:2], lines[2] + ",1,2", *lines[3:]], "fer2013new.csv must be"),
    ],
)
def test_votes_that_do_not_fit_the_rows_are_refused(change, words, tmp_path):
    TREES["ferplus"](tmp_path)
    file = tmp_path / "fer2013new.csv"
    text = "\n".join(change(file.read_text().splitlines()))
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=words):
        read("ferplus", tmp_path)
