"""BORIS projects: pairs of events, several files and players, offsets, old forms, broken files."""

from __future__ import annotations

import copy
import json
import os

import pytest
from exchange_material import CLIPS, FREE, SCHEME, SINGLE, check_found, mutated_bytes, mutated_json
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.exchange.base import FORMATS, format_of
from labeling.exchange.boris import read_boris
from labeling.statement import Interval
from sttm.errors import InputError

MEDIA = "/videos/of/A film.mp4"
EVENTS = [
    [2.0, "S1", "smile", "strong|left|tense", "stops", 50],  # out of order on purpose
    [1.0, "S1", "smile", "strong|left|tense", "starts", 25],
    [3.0, "S1", "frown", "None", "", 75],
]


def project(events=EVENTS, **observation):
    first = {
        "type": "MEDIA",
        "file": {"1": [MEDIA], "2": []},
        "time offset": 0.0,
        "independent_variables": {"coder": "Ann"},
        "events": events,
        "media_info": {"length": {MEDIA: 10.0}, "fps": {MEDIA: 25.0}, "offset": {"1": 0.0}},
        **observation,
    }
    return {
        "time_format": "hh:mm:ss",
        "project_format_version": "7.0",
        "behaviors_conf": {
            "0": {"type": "State event", "code": "smile", "modifiers": {}},
            "1": {"type": "Point event", "code": "frown"},
            "2": {"type": "State event with coding map", "code": "nod"},
        },
        "observations": {"obs 1": first},
    }


@pytest.fixture
def read(tmp_path):
    def reading(values, scheme=SCHEME, **options):
        path = tmp_path / "p.boris"
        path.write_text(json.dumps(values), encoding="utf-8")
        return read_boris(path, CLIPS, scheme, **options)

    return reading


def intervals(found, clip="a"):
    return [i for c, _, statement in found.rows if c == clip for i in statement.intervals]


def test_states_become_intervals_and_points_an_apex(read):
    found = read(project(), coder="coder")
    ((clip, annotator, statement),) = found.rows
    assert (clip, annotator) == ("a", "Ann")
    assert statement.intervals == (
        Interval("smile", 25, None, 50, 3.0, "left"),
        Interval("frown", apex=75),
    )
    assert statement.comment.split("\n") == ["tense", "starts", "stops"]
    assert not found.skipped


def test_who_coded_is_blank_unless_a_variable_says_it(read):
    assert [who for _, who, _ in read(project()).rows] == [""]


def test_a_state_without_an_end_is_skipped_by_name(read):
    found = read(project([[1.0, "", "smile", "", ""]]))
    assert not found.rows
    assert found.skipped == ["observation 'obs 1', 'smile' at 1 s: this state has no end."]


def test_states_pair_within_subject_and_modifiers(read):
    events = [
        [1.0, "S1", "smile", "", ""],
        [2.0, "S2", "smile", "", ""],
        [3.0, "S1", "smile", "weak", ""],
        [4.0, "S1", "smile", "", ""],
        [5.0, "S2", "smile", "", ""],
        [6.0, "S1", "smile", "weak", ""],
    ]
    found = read(project(events))
    marks = [(i.onset, i.offset) for i in intervals(found)]
    assert marks == [(25, 100), (50, 125), (75, 150)]
    assert any("several subjects" in note for note in found.notes)
    only = read(project(events), subject="S2")
    assert [(i.onset, i.offset) for i in intervals(only)] == [(50, 125)]


def test_the_index_of_a_frame_counts_where_it_agrees_with_the_time(read):
    near = read(project([[3.0, "", "frown", "", "", 76]]))
    far = read(project([[3.0, "", "frown", "", "", 90]]))
    unknown = read(project([[3.0, "", "frown", "", "", "NA"]]))
    assert [intervals(f)[0].apex for f in (near, far, unknown)] == [76, 75, 75]
    assert far.notes and not near.notes


@pytest.mark.parametrize("frame", [0, 1, 2, 100, 249])
def test_times_to_the_millisecond_find_their_frame(read, frame):
    media = {"file": {"1": ["b.avi"]}, "media_info": {}}
    found = read(project([[round(frame * 1001 / 30000, 3), "", "frown", "", ""]], **media))
    assert intervals(found, "b")[0].apex == frame


def test_files_of_a_player_follow_each_other(read):
    files = ["/v/A film.mp4", "/v/b.avi"]
    more = {
        "file": {"1": files},
        "time offset": 100,
        "media_info": {"length": dict(zip(files, (10.0, 8.0), strict=True)), "fps": {}},
    }
    events = [
        [101.0, "", "frown", "", ""],
        [111.001, "", "frown", "", ""],
        [109.0, "", "smile", "", ""],
        [112.0, "", "smile", "", ""],
        [150.0, "", "frown", "", ""],
        [1.0, "", "frown", "", ""],
    ]
    found = read(project(events, **more))
    assert intervals(found) == [Interval("frown", apex=25)]
    assert intervals(found, "b") == [Interval("frown", apex=30)]
    assert sum("lies outside" in s for s in found.skipped) == 2
    assert sum("begins in" in s and "ends in" in s for s in found.skipped) == 1


def test_without_the_length_of_a_file_nobody_knows_when_the_next_begins(read):
    found = read(project([[9.0, "", "frown", "", ""]], file={"1": [MEDIA, "b.avi"]}, media_info={}))
    assert intervals(found) == [Interval("frown", apex=225)] and not intervals(found, "b")


def test_another_player_is_shifted(read):
    more = {
        "file": {"1": ["x.mp4"], "2": [MEDIA]},
        "media_info": {"length": {"x.mp4": 60.0, MEDIA: 10.0}, "offset": {"1": 0, "2": 20.0}},
    }
    found = read(project([[22.0, "", "frown", "", ""]], **more), player=2)
    assert intervals(found) == [Interval("frown", apex=50)]


def test_the_creation_time_may_be_part_of_the_time(read):
    info = {"length": {MEDIA: 10.0}, "fps": {}, "media_creation_time": {MEDIA: 1000.0}}
    more = {"media_info": info, "media_creation_date_as_offset": True}
    assert intervals(read(project([[1001.0, "", "frown", "", ""]], **more)))[0].apex == 25


def test_old_projects_have_lists_of_files_and_no_media_info(read):
    values = project([[1.0, "", "smile", "", ""], [2.0, "", "smile", "", ""]])
    values["project_format_version"] = "1.6"
    values["observations"]["obs 1"] = {
        "file": ["A film.mp4"],
        "events": values["observations"]["obs 1"]["events"],
        "time offset": "0",
    }
    assert intervals(read(values)) == [Interval("smile", 25, None, 50)]


def test_the_clip_that_holds_the_frames_is_meant(read):
    found = read(project([[5.0, "", "frown", "", ""]], file={"1": ["long.mp4"]}, media_info={}))
    assert intervals(found, "late") == [Interval("frown", apex=125)]


def test_live_observations_and_unknown_names_are_told(read):
    values = project([[1.0, "", "sneer", "", ""], [2.0, "", "nod", "", ""], [3, "", "frown"]])
    values["observations"]["live one"] = {"type": "LIVE", "events": [[1, "", "frown", "", ""]]}
    found = read(values)
    assert intervals(found) == [Interval("frown", apex=75)]
    assert any("'live one' is of no media file" in s for s in found.skipped)
    assert any("'sneer'" in s and "not in the scheme" in s for s in found.skipped)
    free = read(values, FREE)
    assert any("ethogram" in s and "sneer" in s for s in free.skipped)
    mapped = read(values, labels={"NOD": "smile"})
    assert any("no end" in s for s in mapped.skipped)
    assert not intervals(read(project(), only=["nod"]))


def test_one_label_per_clip_where_the_scheme_says_so(read):
    found = read(project(), SINGLE)
    assert not found.rows and "allows one label" in found.skipped[0]
    assert intervals(read(project(), SINGLE, only=["frown"])) == [Interval("frown", apex=75)]


def test_nobody_knows_the_frame_rate(read, tmp_path):
    path = tmp_path / "p.boris"
    path.write_text(json.dumps(project(media_info={})), encoding="utf-8")
    bare = CLIPS[["clip", "source"]]
    assert "frames per second" in read_boris(path, bare, SCHEME).skipped[0]
    assert intervals(read_boris(path, bare, SCHEME, fps=10))[0].onset == 10


@pytest.mark.parametrize(
    "data",
    [b"", b"  ", b"[]", b"{}", b'{"observations": []}', b"\xff\xfe\x00", b"[" * 100_000, b"NaN"],
)
def test_what_is_no_project_is_refused_in_a_sentence(tmp_path, data):
    path = tmp_path / "p.boris"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"p\.boris"):
        read_boris(path, CLIPS, SCHEME)
    with pytest.raises(InputError, match="cannot read"):
        read_boris(tmp_path / "none.boris", CLIPS, SCHEME)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.boris")  # nobody writes into it: opening it would wait for ever
        with pytest.raises(InputError, match="file"):
            read_boris(tmp_path / "pipe.boris", CLIPS, SCHEME)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_encodings_that_json_may_have(tmp_path, encoding):
    path = tmp_path / "p.boris"
    path.write_bytes(json.dumps(project()).encode(encoding))
    assert format_of(path) is FORMATS["boris"]
    assert intervals(FORMATS["boris"].read(path, CLIPS, SCHEME))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_it_holds_nothing_breaks(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("b") / "p.boris"
    if data.draw(st.booleans()):
        values = data.draw(mutated_json(copy.deepcopy(project())))
        path.write_bytes(json.dumps(values).encode())
    else:
        path.write_bytes(data.draw(mutated_bytes(json.dumps(project()).encode())))
    scheme = data.draw(st.sampled_from([SCHEME, SINGLE, FREE]))
    check_found(read_boris, path, CLIPS, scheme, coder="coder")
