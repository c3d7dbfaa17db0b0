"""FERPlus votes: ten voters per picture, in a stated order, with the file's own traps."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from exchange_material import FREE, check_found, mutated_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.exchange.base import FORMATS, format_of
from labeling.exchange.ferplus_votes import COLUMNS, read_ferplus_votes
from labeling.scheme import load_scheme, parse_scheme
from sttm.errors import InputError

HEADER = (
    "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
)
ROWS = [
    "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0",
    "Training,fer0000001.png,6,0,1,1,0,0,0,0,2,0",
    "Training,,0,0,0,0,0,0,0,0,0,10",
    "PublicTest,fer0000003.png,0,9,0,0,0,0,0,0,0,0",
    "PrivateTest,fer0000004.png,0,0,0,0,0,0,0,0,0,10",
]
TEXT = HEADER + "\n".join(ROWS) + "\n"
CLIPS = pd.DataFrame(
    {
        "clip": [f"fer2013-{i:05d}" for i in range(5)],
        "source": ["fer2013.npy"] * 5,
        "first": range(5),
        "last": range(5),
    }
)
BASIC = load_scheme("basic")
ALL = parse_scheme(f"{{name: votes, labels: [{', '.join(COLUMNS)}]}}")


@pytest.fixture
def read(tmp_path):
    def reading(text=TEXT, clips=CLIPS, scheme=ALL, **options):
        path = tmp_path / "fer2013new.csv"
        path.write_text(text, encoding="utf-8")
        return read_ferplus_votes(path, clips, scheme, **options)

    return reading


def votes(found, clip):
    return [(who, s.labels[0]) for c, who, s in found.rows if c == clip]


def test_votes_are_laid_out_in_the_order_of_the_columns(read):
    found = read()
    assert votes(found, "fer2013-00000") == [
        *((f"voter {i:02d}", "neutral") for i in range(1, 5)),
        ("voter 05", "sadness"),
        *((f"voter {i:02d}", "anger") for i in range(6, 9)),
        *((f"voter {i:02d}", "disgust") for i in range(9, 11)),
    ]
    assert any("anonymous" in note for note in found.notes)
    assert found.rows == read().rows  # the same every time


def test_the_counts_come_back_from_the_voters(read):
    found = read()
    counted = Counter(label for _, label in votes(found, "fer2013-00001"))
    assert counted == {"neutral": 6, "surprise": 1, "sadness": 1, "unknown": 2}
    assert len(votes(found, "fer2013-00004")) == 10


def test_a_blank_image_name_is_no_picture(read):
    found = read()
    assert not votes(found, "fer2013-00002")
    assert any("blank image name" in note for note in found.notes)


def test_votes_that_are_not_ten_are_kept_and_noted(read):
    found = read()
    assert len(votes(found, "fer2013-00003")) == 9
    assert "rows with 9 votes instead of 10 are kept." in found.notes


def test_unknown_and_no_face_may_be_skipped_without_moving_the_others(read):
    kept = dict(votes(read(), "fer2013-00001"))
    found = read(unknown="skip", no_face="skip")
    assert dict(votes(found, "fer2013-00001")) == {
        who: label for who, label in kept.items() if label != "unknown"
    }
    assert not votes(found, "fer2013-00004") and not found.skipped


def test_words_that_the_scheme_lacks_are_counted_or_flags(read):
    found = read(scheme=BASIC)
    assert any("'NF' (10 x) is not in the scheme" in s for s in found.skipped)
    flagged = parse_scheme("{name: v, labels: [neutral], flags: [{name: NF}], sure: []}")
    rows = [s for c, _, s in read(scheme=flagged).rows if c == "fer2013-00004"]
    assert [s.flags for s in rows] == [("NF",)] * 10
    mapped = read(scheme=BASIC, labels={"unknown": "neutral", "nf": "neutral"})
    assert not mapped.skipped and len(votes(mapped, "fer2013-00004")) == 10


def test_pictures_may_be_called_by_their_image_names(read):
    clips = pd.DataFrame({"clip": ["x", "y"], "source": ["f/fer0000001.png", "f/other.png"]})
    found = read(clips=clips)
    assert {c for c, _, _ in found.rows} == {"x"} and len(found.rows) == 10
    assert found.skipped == ["3 rows are of pictures that are no clips of the study."]


def test_every_voter_says_one_thing_that_the_scheme_allows(read):
    for clip, who, statement in read().rows:
        statement.check(ALL, 0, 4)
        assert clip.startswith("fer2013-") and who.startswith("voter ")


@pytest.mark.parametrize("cell", ["-1", "x", "2.5", "1e9", "", "100"])
def test_cells_that_are_no_votes_leave_their_row_out(read, cell):
    found = read(HEADER + f"Training,fer0000000.png,{cell},0,0,0,0,0,0,0,0,9\n")
    assert bool(found.rows) == (cell == "")
    assert bool(found.skipped) == (cell != "")


@pytest.mark.parametrize(
    "text",
    ["", "clip,label\na,smile\n", HEADER.replace("anger", "rage"), HEADER[:-1] + ",fear\n", "\x00"],
)
def test_what_are_no_votes_is_refused_in_a_sentence(read, text):
    with pytest.raises(InputError, match=r"fer2013new\.csv"):
        read(text)


def test_options_are_checked(read):
    with pytest.raises(InputError, match="'label' or 'skip'"):
        read(unknown="perhaps")


def test_the_format_is_told_by_its_head(tmp_path):
    path = tmp_path / "votes.csv"
    path.write_text(TEXT, encoding="utf-8-sig")
    assert format_of(path) is FORMATS["ferplus"]
    assert FORMATS["ferplus"].read(path, CLIPS, ALL).rows


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_it_holds_nothing_breaks(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("f") / "fer2013new.csv"
    path.write_bytes(data.draw(mutated_bytes(TEXT.encode())))
    scheme = data.draw(st.sampled_from([ALL, BASIC, FREE]))
    check_found(read_ferplus_votes, path, CLIPS, scheme)
