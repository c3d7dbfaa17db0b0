"""Coding tables of CASME II and SAMM: numbers of image files, the sets' traps, and back again."""

from __future__ import annotations

import csv
import datetime

import openpyxl
import pandas as pd
import pytest
from exchange_material import CLIPS as FILMS
from exchange_material import FREE, SCHEME, SINGLE, Spoken, check_found, mutated_bytes, statements
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.exchange.base import FORMATS, format_of
from labeling.exchange.coding_tables import read_coding_table
from labeling.exchange.coding_tables_write import (
    FURTHER,
    write_casme2_table,
    write_coding_table,
    write_samm_table,
)
from labeling.scheme import load_scheme
from labeling.statement import Interval, Statement
from sttm.errors import InputError

CASME2 = load_scheme("casme2")
SAMM = load_scheme("samm")
FACS = load_scheme("facs")
HEAD = ["Subject", "Filename", None, "OnsetFrame", "ApexFrame", "OffsetFrame", None]
HEAD += ["Action Units", "Estimated Emotion"]
PUBLISHED = [
    [1, "EP02_01f", None, 46, 50, 60, None, "12", "happiness"],
    [1, "EP03_02", None, 100, "/", 110, None, "4+L10", "Others"],
    [17, "EP02_01f", None, 8, 10, 4, None, "4", "disgust"],  # ends before it begins
    [2, "EP09_01", None, 1, 2, 3, None, "1+2", "surprise"],  # no such folder
]
SAMM_HEAD = ["Subject", "Filename", "Inducement Code", "Onset Frame", "Apex Frame", "Offset Frame"]
SAMM_HEAD += [
    "Duration",
    "Micro",
    "Action Units",
    "Estimated Emotion",
    "Objective Classes",
    "Notes",
]


def folder(root, place, numbers, pattern="reg_img{}.jpg"):
    images = root / place
    images.mkdir(parents=True)
    for number in numbers:
        (images / pattern.format(number)).touch()


@pytest.fixture
def casme2(tmp_path):
    """A folder with the images of three clips, and their clips table."""
    folder(tmp_path, "Cropped/sub01/EP02_01f", range(46, 80))
    folder(tmp_path, "Cropped/sub01/EP03_02", range(95, 115))  # 95 ... 114: not in order of text
    folder(tmp_path, "Cropped/sub17/EP02_01f", range(1, 20))
    names = ["sub01/EP02_01f", "sub01/EP03_02", "sub17/EP02_01f"]
    return pd.DataFrame(
        {
            "clip": names,
            "subject": ["sub01", "sub01", "sub17"],
            "source": [f"Cropped/{n}" for n in names],
            "frames": [34, 20, 19],
        }
    )


@pytest.fixture
def samm(tmp_path):
    folder(tmp_path, "006/006_1_2", range(5562, 5600), "006_{:05d}.jpg")
    return pd.DataFrame({"clip": ["006_1_2"], "source": ["006/006_1_2"]})


def book(path, rows, notes=0):
    made = openpyxl.Workbook()
    sheet = made.active
    for _ in range(notes):
        sheet.append(["Notes on the codes of this data set"])
    for row in rows:
        sheet.append(row)
    made.save(path)
    return path


def said(found):
    return {clip: statement for clip, _, statement in found.rows}


# reading ----------------------------------------------------------------------------------------


def test_casme2_as_published(tmp_path, casme2):
    path = book(tmp_path / "CASME2-coding.xlsx", [HEAD, *PUBLISHED])
    found = read_coding_table(path, casme2, CASME2)
    assert said(found) == {
        "sub01/EP02_01f": Statement((Interval("happiness", 0, 4, 14),), comment="AU 12"),
        "sub01/EP03_02": Statement((Interval("others", 5, None, 15),), comment="AU 4+L10"),
    }
    assert len(found.skipped) == 2
    assert "row 4" in found.skipped[0] and "must not be after the offset" in found.skipped[0]
    assert "row 5" in found.skipped[1] and "no clip of subject '2'" in found.skipped[1]
    assert any("without an apex" in note for note in found.notes)


def test_an_impossible_mark_may_be_dropped_instead_of_its_row(tmp_path, casme2):
    path = book(tmp_path / "c.xlsx", [HEAD, *PUBLISHED])
    found = read_coding_table(path, casme2, CASME2, impossible="drop")
    assert said(found)["sub17/EP02_01f"].intervals == (Interval("disgust", 7, 9, None),)
    assert any("row 4" in n and "left out" in n for n in found.notes)


def test_samm_as_published(tmp_path, samm):
    rows = [
        ["006", "006_1_2", 1, 5562, 5570, 5580, 19, "Micro - 1/2", "13", "Other", "III", "faint"],
        ["007", "006_1_2", 1, 5562, 5570, 5580, 19, "Micro - 1/2", "13", "Anger", "II", ""],
    ]
    path = book(tmp_path / "SAMM_Micro_FACS_Codes_v2.xlsx", [SAMM_HEAD, *rows], notes=13)
    found = read_coding_table(path, samm, SAMM)
    assert said(found)["006_1_2"] == Statement(
        (Interval("other", 0, 8, 18),), (), None, "AU 13\nfaint"
    )
    assert len(found.skipped) == 1 and "row 16" in found.skipped[0]
    objective = read_coding_table(path, samm, FREE, column="Objective Classes")
    assert said(objective)["006_1_2"].labels == ("III",)


def test_action_units_become_labels_with_side_and_intensity(tmp_path, samm):
    row = ["006", "006_1_2", 1, 5562, 5570, 5580, 19, "", "L4B + AU12+R14, ?", "Other", "", ""]
    path = book(tmp_path / "s.xlsx", [SAMM_HEAD, row])
    found = read_coding_table(path, samm, FACS, column="Action Units")
    assert said(found)["006_1_2"].intervals == (
        Interval("AU4", 0, 8, 18, 2.0, "left"),
        Interval("AU12", 0, 8, 18),
        Interval("AU14", 0, 8, 18, None, "right"),
    )
    assert any("'?' is no action unit" in s for s in found.skipped)


@pytest.mark.parametrize("cell", ["46.5", "abc", "-3", "1e400", "45", datetime.date(2014, 5, 8)])
def test_marks_that_are_no_frame_of_the_clip_leave_their_row_out(tmp_path, casme2, cell):
    path = book(tmp_path / "c.xlsx", [HEAD, [1, "EP02_01f", None, cell, 50, 60, None, "", "fear"]])
    found = read_coding_table(path, casme2, CASME2)
    assert not found.rows and "onset" in found.skipped[0]


def test_without_the_images_nothing_is_guessed(tmp_path, casme2):
    away = casme2.assign(source=["away/" + s for s in casme2["source"]])
    path = book(tmp_path / "c.xlsx", [HEAD, PUBLISHED[0]])
    found = read_coding_table(path, away, CASME2)
    assert not found.rows and "images must be there" in found.skipped[0]
    for numbers, frames in (("zero", (3, 5, 9)), ("one", (2, 4, 8))):
        row = [1, "EP02_01f", None, 3, 5, 9, None, "", "fear"]
        path = book(tmp_path / "c.xlsx", [HEAD, row])
        found = read_coding_table(path, away, CASME2, numbers=numbers)
        assert said(found)["sub01/EP02_01f"].intervals == (Interval("fear", *frames),)
    zero = [1, "EP02_01f", None, 0, 5, 9, None, "", "fear"]
    path = book(tmp_path / "c.xlsx", [HEAD, zero])
    assert "counted from 1" in read_coding_table(path, away, CASME2, numbers="one").skipped[0]


def test_images_without_clear_numbers_are_no_frames(tmp_path, casme2):
    (tmp_path / "Cropped/sub01/EP02_01f/cover.jpg").touch()
    path = book(tmp_path / "c.xlsx", [HEAD, PUBLISHED[0]])
    assert "numbered images" in read_coding_table(path, casme2, CASME2).skipped[0]


def test_the_root_of_the_study_says_where_sources_are(tmp_path, casme2):
    (tmp_path / "elsewhere").mkdir()
    path = book(tmp_path / "elsewhere" / "c.xlsx", [HEAD, PUBLISHED[0]])
    assert not read_coding_table(path, casme2, CASME2).rows
    assert read_coding_table(path, casme2, CASME2, root=tmp_path).rows


def test_two_rows_of_one_clip_that_differ_are_not_chosen_from(tmp_path, casme2):
    rows = [PUBLISHED[0], PUBLISHED[0], [*PUBLISHED[0][:8], "fear"]]
    path = book(tmp_path / "c.xlsx", [HEAD, *rows])
    found = read_coding_table(path, casme2, CASME2)
    assert not found.rows and "there are 2" in found.skipped[0]
    path = book(tmp_path / "c.xlsx", [HEAD, *rows[:2]])
    assert len(read_coding_table(path, casme2, CASME2).rows) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_tables_saved_as_text(tmp_path, casme2, encoding, separator):
    path = tmp_path / "c.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=separator).writerows([HEAD, PUBLISHED[0], ["ä"]])
    found = read_coding_table(path, casme2, CASME2)
    assert said(found)["sub01/EP02_01f"].labels == ("happiness",)


def test_options_and_files_that_are_none_are_refused_in_a_sentence(tmp_path, casme2):
    path = book(tmp_path / "c.xlsx", [HEAD, PUBLISHED[0]])
    for options in ({"numbers": "two"}, {"impossible": "mend"}, {"column": "Mood"}):
        with pytest.raises(InputError):
            read_coding_table(path, casme2, CASME2, **options)
    for data in (b"", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old", b"a,b\n1,2\n"):
        path = tmp_path / "x.csv"
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"x\.csv"):
            read_coding_table(path, casme2, CASME2)


# writing ----------------------------------------------------------------------------------------

OPINIONS = [
    Spoken(
        "sub01/EP02_01f",
        "Ann",
        Statement((Interval("happiness", 0, 4, 14),), ("talking",), 2 / 3, "AU 4+L10\n=1+1"),
        time="2024-05-31T12:00:00+00:00",
    ),
    Spoken("sub01/EP03_02", "Ann", Statement((Interval("others", 5, None, 15),)), turn=1),
    Spoken("sub17/EP02_01f", "Bo", Statement(flags=("not visible",), comment="007")),
]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("write", [write_casme2_table, write_samm_table])
def test_what_is_written_is_read_back(tmp_path, casme2, write, suffix):
    path = tmp_path / f"t{suffix}"
    assert write(path, OPINIONS, casme2, CASME2) == [path]
    found = read_coding_table(path, casme2, CASME2)
    assert found.rows == [(o.clip, o.annotator, o.statement) for o in OPINIONS]
    assert found.turns == [0, 1, 0] and found.times == [OPINIONS[0].time, "", ""]
    assert not found.skipped


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_pandas_reads_the_published_columns(tmp_path, casme2, samm, suffix):
    def table(path, **more):
        read = pd.read_excel if suffix == ".xlsx" else pd.read_csv
        return read(path, **more)

    path = tmp_path / f"c{suffix}"
    write_casme2_table(path, OPINIONS[:2], casme2, CASME2)
    first = table(path)
    assert list(first.columns[:2]) == ["Subject", "Filename"]
    assert first["Subject"].tolist() == [1, 1]
    assert first["OnsetFrame"].tolist() == [46, 100]
    assert first["ApexFrame"].astype(str).tolist() == ["50", "/"]
    assert first["Estimated Emotion"].tolist() == ["happiness", "others"]
    assert first["Action Units"].tolist()[0] == "4+L10"
    path = tmp_path / f"s{suffix}"
    one = Spoken("006_1_2", "Ann", Statement((Interval("anger", 0, 8, 18),)))
    write_samm_table(path, [one], samm, SAMM)
    second = table(path, skiprows=13, dtype={"Subject": str})
    assert second[SAMM_HEAD[0]].tolist() == ["006"]
    assert second["Apex Frame"].tolist() == [5570] and second["Duration"].tolist() == [19]
    assert second["Estimated Emotion"].tolist() == ["Anger"]
    assert list(second.columns[: len(SAMM_HEAD)]) == SAMM_HEAD


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_nothing_is_lost_on_the_way_there_and_back(tmp_path_factory, data):
    place = tmp_path_factory.mktemp("ct")
    form = data.draw(st.sampled_from(["casme2", "samm"]))
    numbers = data.draw(st.sampled_from(["zero", "one"]))
    path = place / data.draw(st.sampled_from(["t.xlsx", "t.csv"]))
    opinions = [
        Spoken(c, w, data.draw(statements(c))) for c in ("a", "late") for w in ("Ann", "Bö")
    ]
    opinions = [o for o in opinions if not o.statement.empty]
    column = data.draw(st.sampled_from(["Estimated Emotion", "Action Units"]))
    options = {"numbers": numbers, "column": column}
    write_coding_table(path, opinions, FILMS, SCHEME, form=form, **options)
    if not opinions:
        return
    found = read_coding_table(path, FILMS, SCHEME, **options)
    assert not found.skipped
    assert found.rows == [(o.clip, o.annotator, o.statement) for o in opinions]


def test_a_text_is_never_a_formula(tmp_path, casme2):
    write_casme2_table(tmp_path / "c.xlsx", OPINIONS[:1], casme2, CASME2)
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx").active
    assert not [c.value for row in sheet.iter_rows() for c in row if c.data_type == "f"]


def test_places_that_cannot_be_are_refused(tmp_path, casme2):
    away = casme2.assign(source=["away/" + s for s in casme2["source"]])
    with pytest.raises(InputError, match="images must be there"):
        write_casme2_table(tmp_path / "c.xlsx", OPINIONS, away, CASME2)
    with pytest.raises(InputError, match=r"\.xlsx or a \.csv"):
        write_casme2_table(tmp_path / "c.txt", OPINIONS, casme2, CASME2)
    with pytest.raises(InputError, match="column for labels"):
        write_casme2_table(tmp_path / "c.csv", OPINIONS, casme2, CASME2, column="Objective Classes")
    assert not list(tmp_path.glob("c.*"))


def test_the_format_is_told_by_the_header(tmp_path, casme2):
    for name, write in (("casme2", write_casme2_table), ("samm", write_samm_table)):
        path = tmp_path / f"{name}.csv"
        write(path, OPINIONS, casme2, CASME2)
        assert format_of(path) is FORMATS[name]
        assert FORMATS[name].read(path, casme2, CASME2).rows
    assert set(FURTHER) <= set(pd.read_csv(tmp_path / "casme2.csv").columns)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_it_holds_nothing_breaks(tmp_path, casme2_bytes, data):
    suffix, raw = data.draw(st.sampled_from(sorted(casme2_bytes.items())))
    path = tmp_path / f"m{suffix}"
    path.write_bytes(data.draw(mutated_bytes(raw)))
    scheme = data.draw(st.sampled_from([SCHEME, SINGLE, FREE, CASME2]))
    clips = pd.DataFrame(
        {"clip": ["a"], "source": ["x/EP02_01f"], "subject": ["sub01"], "frames": [250]}
    )
    check_found(read_coding_table, path, clips, scheme, numbers="zero")


@pytest.fixture(scope="module")
def casme2_bytes(tmp_path_factory):
    place = tmp_path_factory.mktemp("raw")
    path = book(place / "c.xlsx", [HEAD, *PUBLISHED])
    text = "\n".join(",".join("" if c is None else str(c) for c in r) for r in [HEAD, *PUBLISHED])
    return {".xlsx": path.read_bytes(), ".csv": text.encode()}
