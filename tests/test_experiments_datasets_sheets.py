"""Coding tables: whatever people do to them, the rows are found, or a sentence says why not."""

from __future__ import annotations

import csv
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees_micro import workbook

from experiments.datasets.sheets import ROW, find_table, read_sheet, whole_number
from labeling.exchange.sheets import cell_text
from sttm.errors import InputError

NEEDED = {"clip": ["Filename"], "onset": ["Onset Frame", "OnsetF"]}
WELCOME = {"aus": ["Action Units"]}
NAMES = {"clip": "Filename", "onset": "Onset Frame", "aus": "Action Units"}
ROWS = [["006_1_2", "46", "4+7"], ["006_1_3", "7", ""], ["037_1_1", "/", "12"]]


def table(path):
    return read_sheet(path, NEEDED, WELCOME)


def values(path):
    return table(path)[["clip", "onset", "aus"]].values.tolist()


def as_text(rows, separator=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue()


# the header -------------------------------------------------------------------------------------


@st.composite
def sheets(draw):
    """A sheet as it may come: notes before the header, other columns, names spelt anyhow."""

    def mangled(name):
        gaps = st.sampled_from(["", " ", "  ", "\n", " \n", "_", "."])
        parts = [p + draw(gaps) for p in name.split(" ")]
        text = "".join(parts)
        return draw(st.sampled_from([str, str.upper, str.lower, str.title]))(text)

    columns = draw(st.permutations(["clip", "onset", "aus", "x1", "x2"]))
    notes = draw(
        st.lists(st.sampled_from(["Note", "SAMM, version 2", "", "Filename: see"]), max_size=14)
    )
    head = [
        mangled(NAMES[c]) if c in NAMES else draw(st.sampled_from(["", "Notes"])) for c in columns
    ]
    cells = {c: [r[i] for r in ROWS] for i, c in enumerate(("clip", "onset", "aus"))}
    rows = [[cells.get(c, ["?"] * 3)[i] for c in columns] for i in range(3)]
    blank = [[""] * 5] * draw(st.integers(0, 2))
    return [[n] for n in notes] + [head] + blank + rows, len(notes) + len(blank) + 2


@given(sheets(), st.sampled_from([",", ";", "\t", "|"]))
def test_the_header_is_found_wherever_it_is(tmp_path_factory, made, separator):
    rows, first = made
    path = tmp_path_factory.mktemp("t") / "codes.csv"
    path.write_text(as_text(rows, separator), encoding="utf-8-sig", newline="")
    found = table(path)
    assert found[["clip", "onset", "aus"]].values.tolist() == ROWS
    assert found[ROW].tolist() == [first, first + 1, first + 2]


@settings(max_examples=25)
@given(sheets())
def test_a_workbook_says_the_same_as_the_text_saved_from_it(tmp_path_factory, made):
    place = tmp_path_factory.mktemp("t")
    (place / "codes.csv").write_text(as_text(made[0]), newline="")
    book = workbook(place / "codes.xlsx", [["nothing here"]], made[0])
    assert table(book).equals(table(place / "codes.csv"))


def test_the_first_sheet_with_all_columns_is_taken(tmp_path):
    half, whole = [["Filename"], ["x"]], [["Filename", "Onset Frame"], ["y", 1]]
    later = [["Filename", "Onset Frame"], ["z", 2]]
    assert values(workbook(tmp_path / "a.xlsx", half, whole, later)) == [["y", "1", ""]]


def test_another_name_of_a_column_and_welcome_ones(tmp_path):
    (tmp_path / "a.csv").write_text("OnsetF,filename\n5,a\n,\n6,b\n")
    assert values(tmp_path / "a.csv") == [["a", "5", ""], ["b", "6", ""]]


# cells ------------------------------------------------------------------------------------------


def test_what_a_cell_shows_is_its_text(tmp_path):
    rows = [["Filename", "Onset Frame", "Action Units"]]
    rows += [[(6, "000"), 46.0, 4], [" a\u00a0", (7, "0.00"), True], [(12345, "000;-000"), -1, 0.5]]
    path = workbook(tmp_path / "a.xlsx", rows)
    assert values(path) == [["006", "46", "4"], ["a", "7", "TRUE"], ["12345", "-1", "0.5"]]


def test_merged_cells_and_formulas_are_read_as_they_were_saved(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "A title over all columns"
    sheet.merge_cells("A1:C1")
    for row in (["Filename", "Onset Frame"], ["a", "=1+1"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert values(tmp_path / "a.xlsx") == [["a", "", ""]]  # nothing has calculated it yet


def test_a_sheet_that_was_formatted_to_its_end_is_read(tmp_path):
    book = openpyxl.Workbook()
    for row in (["Filename", "Onset Frame"], ["a", 1]):
        book.active.append(row)
    book.active.cell(1_048_576, 16_384).number_format = "000"
    book.save(tmp_path / "a.xlsx")
    assert values(tmp_path / "a.xlsx") == [["a", "1", ""]]


@given(st.integers(0, 10**9), st.integers(1, 6))
def test_numbers_keep_the_zeros_that_are_shown(number, digits):
    shown = cell_text(number, "0" * digits)
    assert int(shown) == number and len(shown) == max(digits, len(str(number)))
    assert cell_text(float(number)) == str(number)
    assert whole_number(cell_text(float(number))) == number


@given(st.text(max_size=8))
def test_a_frame_number_is_digits_or_nothing(text):
    plain = text.strip()
    digits = bool(plain) and all(c in "0123456789" for c in plain)
    if digits:
        assert whole_number(text) == int(plain)
    elif "." not in plain:
        assert whole_number(text) is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_in_the_encodings_that_office_programs_write(tmp_path, encoding, end):
    lines = ["Zürich – notes,,", "Filename,Onset Frame,Action Units", "a,5,12"]
    (tmp_path / "a.csv").write_bytes(end.join(lines).encode(encoding))
    assert values(tmp_path / "a.csv") == [["a", "5", "12"]]


# what is refused --------------------------------------------------------------------------------


def archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("photo.txt", "x")


BROKEN = {
    "a.xls": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old binary workbook; open it and save it as"),
    "a.xlsx": (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "locked with a password"),
    "b.xlsx": (b"PK\x03\x04" + b"\0" * 100, r"cannot be read \(BadZipFile\); open it and save"),
    "c.xlsx": (b"<html>log in first</html>", "is no workbook that can be read; save it as"),
    "d.xlsx": (b"", "is empty"),
    "e.csv": (b" \n", "is empty"),
    "f.csv": (b"Filename,Onset Frame\n", r"has a header \(row 1\) but no rows"),
    "g.csv": (b"a,b\n1,2\n", r"must have a row that names its columns \(Filename, Onset Frame\)"),
    "h.csv": (b"Filename,Onset,Notes\nx,1,2\n", "'Onset Frame' .* did you mean 'Onset'"),
    "i.csv": (b"Filename,Onset Frame,FILENAME\nx,1,2\n", "two columns named FILENAME, Filename"),
    "j.csv": (b'Filename,Onset Frame\n"' + b"x" * 200_000 + b'",1\n', "is no table: field larger"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_table_that_cannot_be_used_is_refused_in_a_sentence(tmp_path, name):
    data, words = BROKEN[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=words) as caught:
        table(tmp_path / name)
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_a_zip_that_is_no_workbook_and_what_is_no_file(tmp_path):
    archive(tmp_path / "a.xlsx")
    for path in (tmp_path / "a.xlsx", tmp_path / "no.csv", tmp_path):
        with pytest.raises(InputError, match=r"cannot (be )?read|a file is needed"):
            table(path)


def test_a_workbook_cut_anywhere_is_refused_or_read(tmp_path):
    """Half a download never ends in anything but rows or a sentence."""
    whole = workbook(tmp_path / "a.xlsx", [["Filename", "Onset Frame"], ["a", 1]]).read_bytes()
    refused = 0
    for end in range(5, len(whole), len(whole) // 40):
        (tmp_path / "b.xlsx").write_bytes(whole[:end])
        with pytest.raises(InputError, match=r"b\.xlsx cannot be read"):
            table(tmp_path / "b.xlsx")
        refused += 1
    assert refused >= 40


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_workbook_is_refused_or_read(tmp_path, seed):
    whole = bytearray(
        workbook(tmp_path / "a.xlsx", [["Filename", "Onset Frame"], ["a", 1]]).read_bytes()
    )
    for at in range(10 + seed, len(whole), 131):
        damaged = bytearray(whole)
        damaged[at] ^= 0xFF
        (tmp_path / "b.xlsx").write_bytes(damaged)
        try:
            assert table(tmp_path / "b.xlsx")["clip"].tolist()
        except InputError as error:
            assert "\n" not in str(error)


# which file -------------------------------------------------------------------------------------


def find(root, given=None):
    return find_table(root, "codes.*", "The set has codes.xlsx", given)


def test_the_table_is_looked_for_in_below_and_just_above(tmp_path):
    inside = tmp_path / "set" / "frames"
    inside.mkdir(parents=True)
    with pytest.raises(
        InputError, match=r"The set has codes\.xlsx, and no such table is in or near"
    ):
        find(inside)
    above = tmp_path / "set" / "Codes v2.csv"
    above.write_text("x")
    assert find(inside) == above and find(tmp_path / "set") == above and find(tmp_path) == above
    (inside / "codes.xlsx").write_text("x")
    assert find(inside) == inside / "codes.xlsx"
    assert find(inside, above) == above


def test_what_excel_leaves_beside_an_open_table_is_passed_over(tmp_path):
    (tmp_path / "~$codes.xlsx").write_bytes(b"\5Me")
    (tmp_path / "._codes.xlsx").write_bytes(b"\0")
    with pytest.raises(InputError, match="no such table"):
        find(tmp_path)
    (tmp_path / "codes.xlsx").write_text("x")
    assert find(tmp_path) == tmp_path / "codes.xlsx"


def test_a_workbook_comes_before_the_text_saved_from_it_and_two_tables_are_refused(tmp_path):
    for name in ("codes.csv", "codes.xlsx", "codes.xls"):
        (tmp_path / name).write_text("x")
    assert find(tmp_path).suffix == ".xlsx"
    (tmp_path / "codes-2019.xlsx").write_text("x")
    with pytest.raises(InputError, match=r"several coding tables .*; name one as data\.table"):
        find(tmp_path)
