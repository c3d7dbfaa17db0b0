"""Our CSV and the per-frame CSV; frames and milliseconds; names of clips and labels."""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_material import (
    FRAMES,
    NASTY,
    clips,
    opinion,
    scheme,
    spoken,
    statements,
    what,
)

from labeling.exchange.base import Import, format_of, places
from labeling.exchange.cells import guarded, joined, split, unguarded
from labeling.exchange.frame_csv import read_frame_csv, write_frame_csv
from labeling.exchange.matching import ClipNames, LabelNames, level_of, level_text, number_of
from labeling.exchange.own_csv import COLUMNS, read_own_csv, write_own_csv
from labeling.exchange.times import frame_at, frame_before, milliseconds, whole_milliseconds
from labeling.scheme import load_scheme
from labeling.statement import Interval, Statement
from sttm.errors import InputError

RATES = st.sampled_from(
    [24000 / 1001, 23.976, 25, 29.97, 30000 / 1001, 30, 50, 59.94, 100, 120, 200, 240, 333.3]
) | st.floats(23.976, 1000)


def come_back(found: Import) -> dict[tuple[str, str, int], Statement]:
    assert found.skipped == []
    turns = found.turns or [0] * len(found.rows)
    return {(c, a, t): s for (c, a, s), t in zip(found.rows, turns, strict=True)}


# times ------------------------------------------------------------------------------------------


@given(st.integers(0, 10_000_000), RATES | st.sampled_from([500, 999.9, 1000]))
def test_a_frame_comes_back_from_its_milliseconds(frame: int, fps: float) -> None:
    assert frame_at(milliseconds(frame, fps), fps) == frame
    assert frame_at(whole_milliseconds(frame, fps), fps, step=1) == frame
    assert frame_before(milliseconds(frame + 1, fps), fps) == frame
    assert frame_before(whole_milliseconds(frame + 1, fps), fps, step=1) == frame
    assert whole_milliseconds(frame, fps) < whole_milliseconds(frame + 1, fps)


@given(st.integers(0, 1_000_000), st.floats(5, 500), st.sampled_from([math.floor, math.ceil]))
def test_up_to_500_frames_per_second_it_does_not_matter_how_others_round(frame, fps, rounding):
    begins = Fraction(frame * 1000) / Fraction(fps)
    assert frame_at(rounding(begins), fps, step=1) == frame


@given(st.floats(0, 1e9), RATES)
def test_the_frame_at_a_time_is_the_one_that_is_shown(ms: float, fps: float) -> None:
    frame = frame_at(ms, fps)
    begins = [Fraction(n * 1000) / Fraction(fps) for n in (frame, frame + 1)]
    assert begins[0] - Fraction("0.001") <= Fraction(ms) < begins[1]


@pytest.mark.parametrize("fps", [0, -1, math.nan, math.inf, "25", None])
def test_frames_per_second_must_be_a_number(fps) -> None:
    with pytest.raises(InputError, match="frames per second"):
        milliseconds(1, fps)


@pytest.mark.parametrize("ms", [-1, math.nan, math.inf, 1e300])
def test_a_time_must_be_one(ms: float) -> None:
    with pytest.raises(InputError, match="a time must be"):
        frame_at(ms, 25)


# cells ------------------------------------------------------------------------------------------


@given(st.text() | st.sampled_from(NASTY))
def test_guarded_text_comes_back_and_is_no_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.text(min_size=1).map(str.strip).filter(bool)))
def test_joined_names_come_back(names: list[str]) -> None:
    assert split(joined(names)) == names


@pytest.mark.parametrize("text", ["nan", "inf", "1_000", "1,2,3", "x", "١x", "1e999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        number_of(text)


@pytest.mark.parametrize("levels", [["A", "B", "C"], ["0", "1", "2"], ["low", "high"], []])
def test_levels_come_back_from_their_texts(levels: list[str]) -> None:
    for rank in (1.0, 2.0, None):
        assert level_of(level_text(rank, levels), levels) == rank


# names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "clip"),
    [
        ("one", "one"),
        ("ONE", "one"),
        ("one.mp4", "one"),
        ("c", "s2/ü clip"),
        ("C.AVI", "s2/ü clip"),
        ("videos\\c.avi", "s2/ü clip"),
        ("D:\\else\\c.avi", "s2/ü clip"),
        ("file:///data/c.avi", "s2/ü clip"),
        ("./c.mov", "s2/ü clip"),
    ],
)
def test_a_clip_is_found_by_its_names(name: str, clip: str) -> None:
    assert ClipNames(clips()).find(name) == (clip, "")


def test_of_several_clips_of_a_source_the_one_that_holds_the_frames_is_meant() -> None:
    names = ClipNames(clips())
    assert "may be any" in names.find("file:///x/a%20b.mp4")[1]
    assert names.find("a b.mp4", FRAMES + 5)[0] == "two"
    assert "no clip" in names.find("a b.mp4", FRAMES - 5, FRAMES + 5)[1]
    assert "did you mean 'one'" in names.find("onne")[1]


def test_unknown_labels_are_counted_and_named() -> None:
    names = LabelNames(scheme(), {"happy": "smile"})
    assert [names.find(w) for w in ("SMILE", " Happy ", "smil", "smil")] == ["smile"] * 2 + [
        None
    ] * 2
    assert names.sentences() == ["label 'smil' (2 x) is not in the scheme; did you mean 'smile'?"]
    assert LabelNames(load_scheme("free")).find(" new ") == "new"


def test_files_per_clip_have_names_of_their_own() -> None:
    files = places("out", ["a/b", "A:b", "nul", "x" * 300, "..", "ü ü"], ".eaf")
    stems = [p.name.casefold() for p in files.values()]
    assert len(set(stems)) == len(stems) and all(len(s) < 120 for s in stems)
    assert stems[2] == "_nul.eaf" and {p.parent for p in files.values()} == {Path("out")}
    with pytest.raises(InputError, match="name a folder"):
        places("x.eaf", ["a", "b"], ".eaf")


# our csv ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(spoken())
def test_our_csv_loses_nothing(tmp_path_factory, opinions) -> None:
    path = tmp_path_factory.mktemp("own") / "all.csv"
    write_own_csv(path, opinions, clips(), scheme())
    found = read_own_csv(path, clips(), scheme())
    assert come_back(found) == what(opinions)
    assert found.notes == []
    assert found.times == [o.time for o in opinions]


@given(st.lists(statements(), min_size=2, max_size=4))
def test_a_history_keeps_its_opinions_apart(tmp_path_factory, said) -> None:
    path = tmp_path_factory.mktemp("own") / "all.csv"
    opinions = [opinion("one", "Ann", s, seq=n) for n, s in enumerate(said)]
    write_own_csv(path, opinions, clips(), scheme())
    assert [s for _, _, s in read_own_csv(path, clips(), scheme()).rows] == said


def test_a_row_says_it_all(tmp_path: Path) -> None:
    said = Statement((Interval("smile", 5, 7, 9, 2, "left"),), ("unsure",), 0.5, "=1+1")
    [path] = write_own_csv(tmp_path / "a.csv", [opinion("two", "Ann", said)], clips(), scheme())
    with path.open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert tuple(row) == COLUMNS
    assert row["onset_ms"] == "200" and row["offset_ms"] == "360" and row["fps"] == "25"
    assert (row["label"], row["intensity"], row["comment"]) == ("smile", "2", "'=1+1")
    assert (row["source"], row["subject"], row["opinion"]) == ("videos/a b.mp4", "s1", "id0")


def test_a_spreadsheet_may_have_mangled_it(tmp_path: Path) -> None:
    path = tmp_path / "mangled.csv"
    text = (
        "sep=;\r\nClip;Annotator;LABEL;onset;offset;sure;intensity;comment;;\r\n"
        'one;Ann;Smile;12,0;20;0,667;c;"a;b";;\r\n;;;;;;;;;\r\n'
    )
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    found = read_own_csv(path, clips(), scheme())
    assert come_back(found) == {
        ("one", "Ann", 0): Statement((Interval("smile", 12, None, 20, 3.0),), (), 0.667, "a;b")
    }
    path.write_bytes(text.replace("sep=;\r\n", "").replace(";", "\t").encode("utf-16"))
    assert len(read_own_csv(path, clips(), scheme()).rows) == 1


def test_frames_win_over_milliseconds_and_milliseconds_do_alone(tmp_path: Path) -> None:
    path = tmp_path / "ms.csv"
    path.write_text(
        "clip,label,onset,onset_ms,offset_ms\none,smile,5,200,\none,smile,5,999,\n"
        "s2/ü clip,smile,,16.683,33.367\n",
        encoding="utf-8",
    )
    found = read_own_csv(path, clips(), scheme())
    assert [i.onset for _, _, s in found.rows for i in s.intervals] == [5, 5, 1]
    assert found.rows[1][2].intervals[0].offset == 2
    assert found.notes == ["milliseconds and frames differ in lines 3; frames count."]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("onne,smile,1,2,", "did you mean 'one'"),
        ("one,smil,1,2,", "did you mean 'smile'"),
        ("one,smile,x,2,", "line 2"),
        ("one,smile,1.5,2,", "whole frame number"),
        ("one,smile,-1,2,", "whole frame number"),
        ("one,smile,1,999,", "outside clip 'one'"),
        ("one,,1,2,", "no label"),
        ("one,smile,1,2,happy", "unknown flag 'happy'"),
        ("a b.mp4,smile,,,", "may be any of the clips one, two"),
    ],
)
def test_what_cannot_be_taken_is_skipped_with_a_reason(tmp_path, row: str, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"clip,label,onset,offset,flags\n{row}\n", encoding="utf-8")
    found = read_own_csv(path, clips(), scheme())
    assert len(found.skipped) == 1 and reason in found.skipped[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "needs a column 'clip'"),
        ("clip,label,clip\none,smile,x\n", "two columns"),
        ('clip,label\none,"smile\n', "no whole CSV file"),
        ("clip,label\none,smile,3,4\n", "double quotes"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        read_own_csv(path, clips(), scheme())


def test_rows_that_disagree_about_the_whole_clip_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("clip,label,onset,comment\none,smile,1,x\none,smile,5,y\n", encoding="utf-8")
    found = read_own_csv(path, clips(), scheme())
    assert found.rows[0][2].comment == "x" and "whole clip" in found.notes[0]


# per frame --------------------------------------------------------------------------------------


def test_there_is_one_row_per_frame_of_every_clip(tmp_path: Path) -> None:
    said = [
        opinion("one", "Ann", Statement((Interval("smile", 3, None, 5, 2),))),
        opinion("two", "Ann", Statement((Interval("brow <up>"), Interval("=odd", FRAMES)))),
    ]
    [path] = write_frame_csv(tmp_path / "a.frames.csv", said, clips(), scheme())
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert table.groupby("clip", sort=False).size().tolist() == [FRAMES] * 3
    assert not table.duplicated(["clip", "frame"]).any()
    labelled = table[(table["clip"] == "one") & (table["label"] != "")]
    assert labelled["frame"].tolist() == ["3", "4", "5"]
    assert labelled["intensity"].tolist() == ["2"] * 3
    assert set(table.loc[table["clip"] == "two", "label"]) == {"brow <up>+=odd"}
    assert float(table.loc[4, "ms"]) == 160


def test_several_annotators_have_a_column_each_and_come_back(tmp_path: Path) -> None:
    said = [
        opinion("one", "Ann", Statement((Interval("smile", 3, None, 5),))),
        opinion("one", "=Bo", Statement((Interval("=odd", 4, None, 9),))),
    ]
    [path] = write_frame_csv(tmp_path / "a.frames.csv", said, clips(), scheme())
    assert path.read_text().splitlines()[0] == "clip,frame,ms,Ann,'=Bo"
    assert come_back(read_frame_csv(path, clips(), scheme())) == what(said)
    assert format_of(path).name == "frames"


def test_frames_are_counted_where_nobody_knows_them(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.zeros((7, 8, 8), np.uint8))
    table = pd.DataFrame({"clip": ["v"], "source": ["v.npy"], "first": [2]})
    [path] = write_frame_csv(tmp_path / "a.frames.csv", [], table, scheme(), root=tmp_path)
    assert pd.read_csv(path)["frame"].tolist() == [2, 3, 4, 5, 6]
    table["source"] = "gone.npy"
    with pytest.raises(InputError, match="frames of clip 'v' cannot be counted"):
        write_frame_csv(path, [], table, scheme(), root=tmp_path)


def test_whole_clips_come_back_without_marks(tmp_path: Path) -> None:
    said = [opinion("one", "Ann", Statement((Interval("happiness"),)))]
    [path] = write_frame_csv(tmp_path / "a.frames.csv", said, clips(), load_scheme("basic"))
    found = read_frame_csv(path, clips(), load_scheme("basic"))
    assert found.rows == [("one", "", said[0].statement)]


def test_odd_rows_of_frames_are_skipped_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "clip,frame,label\none,0,smile\none,0,smile\none,x,smile\nnone,1,smile\none,999,smile\n"
    )
    found = read_frame_csv(path, clips(), scheme())
    assert [s for _, _, s in found.rows] == [Statement((Interval("smile", 0, None, 0),))]
    assert len(found.skipped) == 4
