"""Label Studio: round trips that lose nothing, exports as they come, broken files."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from exchange_material import (
    CLIPS,
    FREE,
    SCHEME,
    SINGLE,
    Spoken,
    check_found,
    mutated_bytes,
    mutated_json,
    statements,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.exchange.base import FORMATS, format_of
from labeling.exchange.label_studio import read_label_studio
from labeling.exchange.label_studio_write import labelling_config, write_label_studio
from labeling.scheme import parse_scheme
from labeling.statement import Interval, Statement
from sttm.errors import InputError

EXPORT = [
    {
        "id": 7,
        "file_upload": "1a2b3c4d-A_film.mp4",
        "data": {"video": "/data/local-files/?d=videos/A%20film.mp4"},
        "annotations": [
            {
                "id": 1,
                "completed_by": {"id": 3, "email": "ann@x.org", "first_name": "", "last_name": ""},
                "was_cancelled": False,
                "created_at": "2024-05-31T12:00:00.000000Z",
                "updated_at": "2024-05-31T12:30:00.000000Z",
                "result": [
                    {
                        "id": "r1",
                        "type": "timelinelabels",
                        "from_name": "videoLabels",
                        "to_name": "video",
                        "origin": "manual",
                        "meta": {"text": ["very short"]},
                        "value": {"ranges": [{"start": 3, "end": 5}], "timelinelabels": ["Smile"]},
                    },
                    {
                        "id": "r1",
                        "type": "rating",
                        "from_name": "how much",
                        "value": {"ranges": [{"start": 3, "end": 5}], "rating": 2},
                    },
                    {
                        "id": "f1",
                        "type": "choices",
                        "from_name": "state",
                        "value": {"choices": ["talking"]},
                    },
                    {
                        "id": "c1",
                        "type": "textarea",
                        "from_name": "notes",
                        "value": {"text": ["said twice"]},
                    },
                ],
            },
            {"id": 2, "completed_by": 4, "was_cancelled": True, "result": []},
        ],
        "predictions": [{"model_version": "net", "result": []}],
    }
]


@pytest.fixture
def read(tmp_path):
    def reading(values, scheme=SCHEME, **options):
        path = tmp_path / "e.json"
        path.write_text(json.dumps(values), encoding="utf-8")
        return read_label_studio(path, CLIPS, scheme, **options)

    return reading


def task(results, **data):
    data = data or {"video": "A film.mp4"}
    return [{"id": 1, "data": data, "annotations": [{"completed_by": 1, "result": results}]}]


def timeline(start, end, word="smile", name="r", **more):
    value = {"ranges": [{"start": start, "end": end}], "timelinelabels": [word]}
    return {"id": name, "type": "timelinelabels", "value": value, **more}


def test_an_export_is_read_with_all_that_it_says(read):
    found = read(EXPORT)
    ((clip, annotator, statement),) = found.rows
    assert (clip, annotator) == ("a", "ann@x.org")
    assert statement.intervals == (Interval("smile", 2, None, 4, 2.0),)  # frames from 0 here
    assert statement.flags == ("talking",)
    assert statement.comment == "very short\nsaid twice"
    assert found.times == ["2024-05-31T12:30:00.000000Z"]
    assert len(found.notes) == 2  # one was cancelled, and there are predictions


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (4, "4"),
        ({"id": 4}, "4"),
        ({"id": 4, "first_name": "Bo", "last_name": "Ek"}, "Bo Ek"),
        ({"id": 4, "email": "bo@x.org"}, "bo@x.org"),
        (None, ""),
        ([4], ""),
    ],
)
def test_annotators_are_called_by_what_is_known(read, person, name):
    values = task([timeline(1, 2)])
    values[0]["annotations"][0]["completed_by"] = person
    assert [who for _, who, _ in read(values).rows] == [name]
    named = read(values, annotators={"4": "Bo", "BO@x.org": "Bo"}).rows[0][1]
    assert named == ("Bo" if name else "")


@pytest.mark.parametrize(
    "data",
    [
        {"video": "s3://bucket/videos/A%20film.mp4?signed=1"},
        {"video": "/data/upload/1/0123abcd-b.avi", "other": "A film.mp4"},
        {"video": "C:\\data\\b.avi"},
        {"clip": "b", "video": "A film.mp4"},
        {"text": "hello", "url": "file:///b.avi"},
    ],
)
def test_the_clip_is_found_by_what_the_task_says(read, data):
    expected = "a" if "s3" in str(data) else "b"
    assert [clip for clip, _, _ in read(task([timeline(1, 2)], **data)).rows] == [expected]


def test_ranges_count_from_one_and_choose_between_clips_of_one_source(read):
    found = read(task([timeline(1, 100), timeline(101, 200, "frown", "r2")], video="long.mp4"))
    by_clip = {clip: statement.intervals for clip, _, statement in found.rows}
    assert by_clip["early"] == (Interval("smile", 0, None, 99),)
    assert by_clip["late"] == (Interval("frown", 100, None, 199),)
    across = read(task([timeline(90, 120)], video="long.mp4"))
    assert not across.rows and "no clip of" in across.skipped[0]


def test_a_region_may_have_several_ranges_and_labels(read):
    ranges = [{"start": 1, "end": 2}, {"start": 5, "end": 6}, {"start": 0, "end": 1}]
    value = {"ranges": ranges, "timelinelabels": ["smile", "frown"]}
    found = read(task([{"id": "r", "type": "timelinelabels", "value": value}]))
    marks = [(i.label, i.onset, i.offset) for i in found.rows[0][2].intervals]
    assert marks == [("smile", 0, 1), ("frown", 0, 1), ("smile", 4, 5), ("frown", 4, 5)]
    assert any("two frames from 1" in s for s in found.skipped)


def test_labels_in_seconds_become_frames(read):
    value = {"start": 1.0, "end": 2.0, "labels": ["smile"], "channel": 0}
    found = read(task([{"id": "r", "type": "labels", "value": value}]))
    assert found.rows[0][2].intervals == (Interval("smile", 25, None, 49),)  # 2.0 s is frame 50's
    found = read(task([{"id": "r", "type": "labels", "value": {**value, "end": 0.5}}]))
    assert not found.rows and "no start and end" in found.skipped[0]


def test_choices_label_whole_clips(read):
    choice = {"id": "c", "type": "choices", "value": {"choices": ["Smile"]}}
    rating = {"id": "d", "type": "rating", "value": {"rating": 3}}
    found = read(task([choice, rating]))
    assert found.rows[0][2].intervals == (Interval("smile", intensity=3.0),)


def test_json_min_is_read_too(read):
    region = {"ranges": [{"start": 3, "end": 5}], "timelinelabels": ["smile"]}
    found = read([{"video": "A film.mp4", "id": 1, "annotator": 5, "videoLabels": [region]}])
    assert found.rows == [("a", "5", Statement((Interval("smile", 2, None, 4),)))]


def test_predictions_are_read_when_asked_for(read):
    values = task([])
    values[0]["predictions"] = [{"model_version": "net 1", "result": [timeline(1, 2)]}]
    assert not read(values).rows
    assert [who for _, who, _ in read(values, predictions=True).rows] == ["net 1"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_is_lost_on_the_way_there_and_back(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("ls")
    opinions = [
        Spoken(clip, who, data.draw(statements(clip)), turn, "2024-05-31T12:00:00+02:00")
        for clip in ("a", "late")
        for who, turn in (("Ann", 0), ("Ann", 1), ("Böö", 0))
    ]
    for predictions in (False, True):
        path, config = write_label_studio(
            folder / "t.json", opinions, CLIPS, SCHEME, predictions=predictions
        )
        ElementTree.parse(config)
        found = read_label_studio(path, CLIPS, SCHEME, predictions=predictions)
        wanted = [o for o in opinions if not o.statement.empty]
        assert not found.skipped and not found.notes
        assert found.rows == [(o.clip, o.annotator, o.statement) for o in wanted]
        if not predictions:
            assert (found.turns or [0] * len(wanted)) == [o.turn for o in wanted]
            assert found.times == [o.time for o in wanted]


def test_what_is_written_is_what_label_studio_takes(tmp_path):
    said = Statement((Interval("smile", 2, 3, 4, 2.0, "left"),), ("talking",), 2 / 3, "hm")
    path, config = write_label_studio(
        tmp_path / "t.json",
        [Spoken("a", "Ann", said)],
        CLIPS,
        SCHEME,
        people={"Ann": "ann@x.org"},
        prefix="/data/local-files/?d=",
    )
    (one,) = json.loads(path.read_text(encoding="utf-8"))
    assert one["data"]["video"] == "/data/local-files/?d=videos/A film.mp4"
    (annotation,) = one["annotations"]
    assert annotation["completed_by"] == {"email": "ann@x.org"}
    region = annotation["result"][0]
    assert region["value"] == {
        "ranges": [{"start": 3, "end": 5}],
        "timelinelabels": ["smile"],
    }
    view = ElementTree.parse(config).getroot()
    controls = {e.get("name"): e for e in view}
    for result in annotation["result"]:
        assert controls[result["from_name"]].tag.lower() == result["type"]
        assert result["to_name"] == "video" == controls["video"].get("name")
    assert {e.get("value") for e in controls["label"]} == set(SCHEME.label_names)
    assert controls["video"].get("frameRate") == "$fps" and one["data"]["fps"] == 25.0


def test_the_configuration_holds_names_of_all_kinds():
    scheme = parse_scheme("{name: n, labels: ['a<b>&\"c', Ü], flags: [], sure: []}")
    view = ElementTree.fromstring(labelling_config(scheme, rated=False))
    assert [e.get("value") for e in view.find("TimelineLabels")] == ['a<b>&"c', "Ü"]
    assert {e.get("name") for e in view} >= {"video", "label", "whole", "comment"}
    assert not {"flags", "sure", "intensity", "side"} & {e.get("name") for e in view}


def test_places_that_cannot_be_are_refused(tmp_path):
    said = Spoken("nobody", "Ann", Statement((Interval("smile"),)))
    with pytest.raises(InputError, match="not in the table"):
        write_label_studio(tmp_path / "t.json", [said], CLIPS, SCHEME)
    with pytest.raises(InputError, match=r"\.json"):
        write_label_studio(tmp_path / "t.xml", [], CLIPS, SCHEME)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2]", b'{"a": 1}', b"\x80", b"Infinity"])
def test_what_is_no_export_is_refused_in_a_sentence(tmp_path, data):
    path = tmp_path / "e.json"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"e\.json"):
        read_label_studio(path, CLIPS, SCHEME)


def test_one_label_per_clip_where_the_scheme_says_so(read):
    found = read(task([timeline(1, 2), timeline(5, 6, "frown", "r2")]), SINGLE)
    assert not found.rows and "allows one label" in found.skipped[0]


def test_the_format_is_told_by_its_suffix(tmp_path):
    assert format_of(tmp_path / "e.json") is FORMATS["label-studio"]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_it_holds_nothing_breaks(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("l") / "e.json"
    if data.draw(st.booleans()):
        path.write_bytes(json.dumps(data.draw(mutated_json(EXPORT))).encode())
    else:
        path.write_bytes(data.draw(mutated_bytes(json.dumps(EXPORT).encode())))
    scheme = data.draw(st.sampled_from([SCHEME, SINGLE, FREE]))
    check_found(read_label_studio, path, CLIPS, scheme, predictions=data.draw(st.booleans()))
