"""CSV of VIA 3: segments and moments, attributes and options, files as spreadsheets leave them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from exchange_material import CLIPS, FREE, SCHEME, SINGLE, check_found, mutated_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.exchange.base import FORMATS, format_of
from labeling.exchange.via import read_via
from labeling.statement import Interval
from sttm.errors import InputError

ATTRIBUTES = {
    "1": {
        "aname": "expression",
        "anchor_id": "FILE1_Z2_XY0",
        "type": 4,
        "desc": "what the face shows",
        "options": {"0": "Smile", "1": "frown", "9": "nothing of ours"},
        "default_option_id": "",
    },
    "2": {"aname": "Comment", "anchor_id": "FILE1_Z2_XY0", "type": 1, "options": {}},
    "3": {"aname": "side", "type": 3, "options": {"0": "left", "1": "right"}},
    "4": {"aname": "intensity", "type": 3, "options": {"0": "weak", "1": "strong"}},
}
ROWS = [
    (["A film.mp4"], [1.0, 2.0], [], {"1": "0", "2": "quick", "3": "1", "4": "1"}),
    (["A film.mp4"], [3.0], [], {"1": "1"}),
    (["b.avi"], [], [], {"1": "1"}),
]


def written(rows=ROWS, attributes=ATTRIBUTES):
    out = io.StringIO()
    out.write(
        "# Exported using VGG Image Annotator (http://www.robots.ox.ac.uk/~vgg/software/via)\n"
    )
    out.write("# Notes:\n# - temporal coordinate of [4.633] denotes a still video frame.\n")
    out.write('# SHAPE_ID = {"POINT":1,"RECTANGLE":2}\n# FLAG_ID = {"RESERVED_FOR_FUTURE":1}\n')
    out.write(f"# ATTRIBUTE = {json.dumps(attributes)}\n")
    out.write(
        "# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,"
        "metadata\n"
    )
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for index, (files, times, places, metadata) in enumerate(rows):
        cells = (json.dumps(v) for v in (files, 0, times, places, metadata))
        writer.writerow([f"1_{index}", *cells])
    return out.getvalue()


@pytest.fixture
def read(tmp_path):
    def reading(text, scheme=SCHEME, encoding="utf-8", **options):
        path = tmp_path / "via.csv"
        path.write_bytes(text.encode(encoding))
        return read_via(path, CLIPS, scheme, **options)

    return reading


def by_clip(found):
    return {clip: statement for clip, _, statement in found.rows}


def test_segments_moments_and_whole_files(read):
    said = by_clip(read(written()))
    assert said["a"].intervals == (
        Interval("smile", 25, None, 49, 3.0, "right"),  # frame 50 begins when the segment ends
        Interval("frown", apex=75),
    )
    assert said["a"].comment == "quick"
    assert said["b"].intervals == (Interval("frown"),)


def test_a_named_attribute_holds_the_labels(read):
    attributes = {**ATTRIBUTES, "5": {"aname": "mood", "options": {"0": "frown"}}}
    rows = [(["A film.mp4"], [1.0, 2.0], [], {"1": "0", "5": "0"})]
    text = written(rows, attributes)
    both = by_clip(read(text))["a"]
    one = by_clip(read(text, attribute="mood"))["a"]
    assert both.labels == ("smile", "frown") and one.labels == ("frown",)
    assert one.comment == "expression: Smile"
    with pytest.raises(InputError, match="did you mean 'mood'"):
        read(text, attribute="moood")


def test_several_options_of_a_checkbox_are_several_labels(read):
    said = by_clip(read(written([(["b.avi"], [0, 1], [], {"1": "0,1"})])))
    assert said["b"].labels == ("smile", "frown")
    found = read(written([(["b.avi"], [0, 1], [], {"1": "0,1"})]), SINGLE)
    assert not found.rows and "allows one label" in found.skipped[0]


def test_what_cannot_be_read_is_told(read):
    rows = [
        (["A film.mp4"], [1.0], [2, 10, 20, 50, 80], {"1": "0"}),
        (["A film.mp4"], [2.0, 1.0], [], {"1": "0"}),
        (["A film.mp4"], [1.0, 2.0, 3.0], [], {"1": "0"}),
        (["A film.mp4"], ["x", 2.0], [], {"1": "0"}),
        (["A film.mp4"], [0.0, 99.0], [], {"1": "0"}),
        (["C.mp4"], [0.0, 1.0], [], {"1": "0"}),
        (["A film.mp4"], [0.0, 1.0], [], {"1": "9"}),
        (["A film.mp4"], [0.0, 1.0], [], {}),
        ([], [0.0, 1.0], [], {"1": "0"}),
    ]
    found = read(written(rows))
    assert not found.rows
    for sentence in (
        "part of the picture",
        "ends before it begins",
        "times cannot be read",
        "must lie in the clip",
        "no clip is called 'C.mp4'",
        "'nothing of ours'",
        "no label",
        "names no file",
    ):
        assert any(sentence in s for s in found.skipped), sentence


def test_attributes_may_be_names_alone_or_missing(read):
    old = written([(["b.avi"], [0, 1], [], {"1": "smile"})]).replace(
        f"# ATTRIBUTE = {json.dumps(ATTRIBUTES)}", '# ATTRIBUTES = {"1": "expression"}'
    )
    assert by_clip(read(old))["b"].labels == ("smile",)
    bare = "".join(x for x in old.splitlines(True) if not x.startswith("# ATTRIBUTES"))
    assert by_clip(read(bare))["b"].labels == ("smile",)


def test_a_free_scheme_takes_the_words_as_they_are(read):
    text = written([(["b.avi"], [0, 1], [], {"1": "9"})])
    assert by_clip(read(text, FREE))["b"].labels == ("nothing of ours",)
    assert by_clip(read(text, labels={"nothing of ours": "smile"}))["b"].labels == ("smile",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(read, encoding):
    text = written([(["A film.mp4"], [0, 1], [], {"1": "0", "2": "schön"})])
    text = text.replace("sch\\u00f6n", "schön")
    assert by_clip(read(text, encoding=encoding))["a"].comment == "schön"


def test_a_header_that_somebody_uncommented_is_no_row(read, tmp_path):
    text = written().replace("# CSV_HEADER = ", "")
    assert len(by_clip(read(text))) == 2
    assert format_of(tmp_path / "via.csv") is FORMATS["via"]


def test_the_format_is_told_by_its_head(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text(written(), encoding="utf-8")
    assert format_of(path) is FORMATS["via"]
    assert FORMATS["via"].read(path, CLIPS, SCHEME).rows


@pytest.mark.parametrize(
    "text", ["", "clip,label\na,smile\n", "# ATTRIBUTE = {broken}\n1,2,3,4,5,6\n", "#\n" * 9]
)
def test_what_is_no_table_of_via_is_refused_in_a_sentence(read, text):
    with pytest.raises(InputError, match=r"via\.csv"):
        read(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_it_holds_nothing_breaks(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("v") / "via.csv"
    path.write_bytes(data.draw(mutated_bytes(written().encode())))
    scheme = data.draw(st.sampled_from([SCHEME, SINGLE, FREE]))
    check_found(read_via, path, CLIPS, scheme)
