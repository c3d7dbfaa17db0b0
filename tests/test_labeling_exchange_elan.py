"""ELAN: our files are EAF 3.0 and lose nothing; files of others are read as ELAN shows them."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from eaf_structure import faults
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_material import FRAMES, clips, opinion, scheme, spoken, what

from labeling.exchange.base import Import
from labeling.exchange.elan import FramesTooShort, escaped, unescaped, write_elan
from labeling.exchange.elan_reading import read_elan
from labeling.scheme import load_scheme
from labeling.statement import Interval, Statement
from sttm.errors import InputError

BASIC = load_scheme("basic-marks")


def all_of(files: list[Path], **options) -> tuple[dict[tuple[str, str, int], Statement], list[str]]:
    out, said = {}, []
    for file in files:
        found = read_elan(file, clips(), scheme(), **options)
        said += [*found.notes, *found.skipped]
        rows = zip(found.rows, found.turns, strict=True)
        out |= {(c, a, t): s for (c, a, s), t in rows}
    return out, said


# ours -------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(spoken())
def test_nothing_is_lost_and_the_structure_is_that_of_eaf(tmp_path_factory, opinions) -> None:
    folder = tmp_path_factory.mktemp("elan")
    files = write_elan(folder, opinions, clips(), scheme())
    for file in files:
        assert faults(ElementTree.parse(file).getroot()) == []
    assert all_of(files) == (what(opinions), [])


@given(st.text() | st.sampled_from([r"\u0041", r"\\u0041", "\\", "\\u"]))
def test_escaped_text_comes_back_and_is_xml(text: str) -> None:
    assert unescaped(escaped(text)) == text
    element = ElementTree.Element("a")
    element.text = escaped(text)
    assert (ElementTree.fromstring(ElementTree.tostring(element)).text or "") == escaped(text)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([23.976, 24, 25, 29.97, 30, 59.94, 120, 200, 500, 750, 1000])
    | st.floats(23.976, 1000),
    st.lists(st.integers(0, 100_000), min_size=2, max_size=20, unique=True),
)
def test_frames_survive_whole_milliseconds_up_to_1000_per_second(tmp_path_factory, fps, frames):
    path = tmp_path_factory.mktemp("elan") / "a.eaf"
    table = pd.DataFrame({"clip": ["a"], "source": ["a.mp4"], "fps": [fps]})
    marks = sorted(frames)
    said = Statement(tuple(Interval("smile", a, None, a) for a in marks))
    write_elan(path, [opinion("a", "Ann", said)], table, scheme())
    assert read_elan(path, table, scheme()).rows == [("a", "Ann", said)]


def test_times_are_those_of_the_source_and_the_end_is_exclusive(tmp_path: Path) -> None:
    said = Statement((Interval("smile", FRAMES, FRAMES + 2, FRAMES + 4, 3),))
    [path] = write_elan(tmp_path, [opinion("two", "Ann", said)], clips(), scheme())
    root = ElementTree.parse(path).getroot()
    assert [s.get("TIME_VALUE") for s in root.iter("TIME_SLOT")] == ["8000", "8200"]
    tiers = {t.get("TIER_ID"): t for t in root.iter("TIER")}
    assert list(tiers) == ["label@Ann", "apex label@Ann", "intensity label@Ann"]
    assert tiers["intensity label@Ann"].findtext(".//ANNOTATION_VALUE") == "C"
    media = root.find("./HEADER/MEDIA_DESCRIPTOR")
    assert media is not None
    assert (
        media.get("RELATIVE_MEDIA_URL") == "./a%20b.mp4" and media.get("MIME_TYPE") == "video/mp4"
    )


def test_media_are_linked_from_where_the_file_lies(tmp_path: Path) -> None:
    said = [opinion("one", "Ann", Statement((Interval("smile"),)))]
    [path] = write_elan(tmp_path / "out", said, clips(), scheme(), root=tmp_path / "data")
    media = ElementTree.parse(path).getroot().find("./HEADER/MEDIA_DESCRIPTOR")
    assert media is not None
    assert media.get("RELATIVE_MEDIA_URL") == "../data/videos/a%20b.mp4"
    assert str(media.get("MEDIA_URL")).startswith("file:///")


def test_intervals_at_once_get_lanes_and_groups_get_tiers(tmp_path: Path) -> None:
    said = Statement(
        (
            Interval("smile", 0, None, 9),
            Interval("smile", 5, None, 12),
            Interval("smile", 10, None, 20),
            Interval("lips; apart", 0, None, 20),
        )
    )
    [path] = write_elan(tmp_path, [opinion("one", "Ann", said)], clips(), scheme())
    names = [t.get("TIER_ID") for t in ElementTree.parse(path).getroot().iter("TIER")]
    assert [n for n in names if n and not n.startswith("number")] == [
        "label@Ann",
        "label lower@Ann",
        "label lane 2@Ann",
    ]


def test_pympi_reads_it(tmp_path: Path) -> None:
    elan = pytest.importorskip("pympi", reason="pympi-ling is an extra for developers").Elan
    said = Statement((Interval("smile", 5, 7, 9, 2),), ("unsure",), 0.5, "clear")
    [path] = write_elan(tmp_path, [opinion("one", "Ann", said)], clips(), scheme())
    eaf = elan.Eaf(str(path))
    assert eaf.get_annotation_data_for_tier("label@Ann") == [(200, 400, "smile")]
    assert eaf.get_ref_annotation_data_for_tier("apex label@Ann")[0][:3] == (200, 400, "7")
    assert eaf.get_ref_annotation_data_for_tier("comment statement@Ann")[0][2] == "clear"
    assert next(iter(eaf.get_linguistic_type_names())) == "label"
    words = eaf.get_cv_entries("labels")
    assert [v[0][0][0] for v in words.values()] == list(scheme().label_names)
    assert eaf.get_full_time_interval()[0] == 0
    eaf.to_file(str(tmp_path / "again.eaf"))
    found = read_elan(tmp_path / "again.eaf", clips(), scheme())
    assert found.rows == [("one", "Ann", said)]


def test_what_a_person_moved_in_elan_counts(tmp_path: Path) -> None:
    said = [opinion("one", "Ann", Statement((Interval("smile", 5, 7, 9),)))]
    [path] = write_elan(tmp_path, said, clips(), scheme())
    text = path.read_text(encoding="utf-8").replace('TIME_VALUE="400"', 'TIME_VALUE="487"')
    path.write_text(text, encoding="utf-8")
    [(_, _, found)] = read_elan(path, clips(), scheme()).rows
    assert found.intervals == (Interval("smile", 5, 7, 12),)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    said = [opinion("one", "Ann", Statement((Interval("smile"),)))]
    with pytest.raises(InputError, match="clip one has no frames per second"):
        write_elan(tmp_path, said, clips().assign(fps=float("nan")), scheme())
    with pytest.warns(FramesTooShort, match="shorter than 1 ms"):
        write_elan(tmp_path, said, clips().assign(fps=1500.0), scheme())


# of others --------------------------------------------------------------------------------------


def others(
    tmp_path: Path,
    tiers: str,
    slots: str = "0 400 - - 1000",
    head: str = '<HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR '
    'MEDIA_URL="file:///C:/x/c.avi" MIME_TYPE="video/*"/></HEADER>',
    version: str = "2.7",
) -> Path:
    """A file as ELAN writes it; slots are times, ``-`` without."""
    lines = [
        f'<TIME_SLOT TIME_SLOT_ID="ts{n}"' + ("/>" if t == "-" else f' TIME_VALUE="{t}"/>')
        for n, t in enumerate(slots.split(), 1)
    ]
    path = tmp_path / "recording.eaf"
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT AUTHOR="unspecified" '
        f'DATE="2020-01-01T00:00:00+01:00" FORMAT="{version}" VERSION="{version}">{head}'
        f"<TIME_ORDER>{''.join(lines)}</TIME_ORDER>{tiers}"
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="t" TIME_ALIGNABLE="true"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="s" CONSTRAINTS="Symbolic_Association"/>'
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="d" CONSTRAINTS="Symbolic_Subdivision"/>'
        "</ANNOTATION_DOCUMENT>",
        encoding="utf-8",
    )
    return path


def tier(name: str, *notes: str, who: str = "Eva", kind: str = "t") -> str:
    """A tier of ``1 2 value`` (slots) and ``a1 value`` (on another annotation)."""
    made = []
    for number, note in enumerate(notes, 1):
        aligned = re.fullmatch(r"(\d+) (\d+) (.*)", note)
        value = f"<ANNOTATION_VALUE>{note.split(' ', 2 if aligned else 1)[-1]}</ANNOTATION_VALUE>"
        if aligned:
            made.append(
                f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{number}" '
                f'TIME_SLOT_REF1="ts{aligned[1]}" TIME_SLOT_REF2="ts{aligned[2]}">{value}'
                "</ALIGNABLE_ANNOTATION></ANNOTATION>"
            )
        else:
            made.append(
                f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}{number}" '
                f'ANNOTATION_REF="{note.split()[0]}">{value}</REF_ANNOTATION></ANNOTATION>'
            )
    names = f'TIER_ID="{name}" LINGUISTIC_TYPE_REF="{kind}" ANNOTATOR="{who}" PARTICIPANT="P1"'
    return f"<TIER {names}>{''.join(made)}</TIER>"


def marks_of(found: Import) -> list[tuple[str, int | None, int | None]]:
    return [(i.label, i.onset, i.offset) for _, _, s in found.rows for i in s.intervals]


def read(path: Path, **options) -> Import:
    return read_elan(path, clips().assign(fps=25.0), scheme(), **options)


def test_tiers_with_labels_of_the_scheme_are_read(tmp_path: Path) -> None:
    path = others(tmp_path, tier("face", "1 2 Smile", "2 5 frown") + tier("words", "1 5 hello"))
    found = read(path)
    assert found.rows[0][:2] == ("s2/ü clip", "Eva")
    assert marks_of(found) == [("smile", 0, 9)]
    assert found.skipped == ["label 'frown' (1 x) is not in the scheme."]
    assert found.notes == ["no label of the scheme in tier words; left out."]
    assert read(path, labels={"frown": "brow <up>"}).skipped == []
    assert read(path, who="participant").rows[0][1] == "P1"
    assert read(path, tier="words").rows == []
    with pytest.raises(InputError, match="did you mean 'face'"):
        read(path, tier="fcae")


def test_slots_without_time_lie_evenly_between_their_neighbours(tmp_path: Path) -> None:
    path = others(tmp_path, tier("face", "2 3 smile", "3 4 smile", "4 5 smile"))
    assert marks_of(read(path)) == [("smile", 10, 14), ("smile", 15, 19), ("smile", 20, 24)]


def test_a_slot_that_no_neighbour_dates_is_skipped(tmp_path: Path) -> None:
    found = read(others(tmp_path, tier("face", "2 3 smile", "1 2 smile")))
    assert marks_of(found) == [("smile", 0, 9)]
    assert found.skipped == ["tier 'face': face1 has no time."]


def test_annotations_on_annotations_have_their_time(tmp_path: Path) -> None:
    parent = tier("segment", "1 2 x")
    found = read(others(tmp_path, parent + tier("face", "segment1 smile", kind="s")))
    assert marks_of(found) == [("smile", 0, 9)]
    found = read(others(tmp_path, parent + tier("face", "segment1 smile", kind="d")))
    assert found.rows == [] and "divides another annotation" in found.skipped[0]
    loop = tier("face", "face2 smile", "face1 smile", kind="s")
    assert "has no time" in read(others(tmp_path, loop)).skipped[0]
    assert "is not there" in read(others(tmp_path, tier("face", "z9 smile", kind="s"))).skipped[0]


def test_each_annotation_goes_to_the_clip_that_holds_it(tmp_path: Path) -> None:
    head = '<HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="a%20b.mp4"/></HEADER>'
    path = others(
        tmp_path,
        tier("face", "1 2 smile", "3 4 smile", "2 4 smile", "4 5 smile"),
        "0 400 8000 8400 99999",
        head.replace("a%20b", "file:///a%20b"),
    )
    found = read(path)
    assert [row[0] for row in found.rows] == ["one", "two"]
    assert len(found.skipped) == 2 and "outside clip one, two" in found.skipped[0]


def test_the_beginning_of_the_media_is_added(tmp_path: Path) -> None:
    head = (
        '<HEADER TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="c.avi" MIME_TYPE="x" '
        'TIME_ORIGIN="1000"/></HEADER>'
    )
    found = read(others(tmp_path, tier("face", "1 2 smile"), head=head, version="9.0"))
    assert marks_of(found) == [("smile", 25, 34)]
    assert found.notes == [
        "recording.eaf is of version 9.0; read as 3.0.",
        "1000 ms were added: the media begin that much later.",
    ]


def test_the_stem_names_the_clip_where_no_media_do(tmp_path: Path) -> None:
    path = others(tmp_path, tier("face", "1 2 smile"), head="<HEADER/>")
    assert "belongs to no clip" in read(path).skipped[0]
    assert read(path.rename(tmp_path / "one.eaf")).rows[0][0] == "one"


def test_an_end_one_frame_late_is_cut(tmp_path: Path) -> None:
    found = read(others(tmp_path, tier("face", "1 2 smile"), "7000 8040"))
    assert marks_of(found) == [("smile", 175, FRAMES - 1)] and "cut there" in found.notes[0]
    assert read(others(tmp_path, tier("face", "1 2 smile"), "7000 8080")).rows == []


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    "<ANNOTATION_DOCUMENT>&c;</ANNOTATION_DOCUMENT>"
)
FILE = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    "<ANNOTATION_DOCUMENT>&x;</ANNOTATION_DOCUMENT>"
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "document type or entities"),
        (FILE, "document type or entities"),
        ("<!DOCTYPE a><ANNOTATION_DOCUMENT/>", "document type"),
        ("<ANNOTATION_DOCUMENT>" + "<a>" * 100, "nested more than 50"),
        ("<ANNOTATION_DOCUMENT><TIER>", "no whole XML file"),
        ("<trs/>", "must hold ANNOTATION_DOCUMENT"),
        ('<?xml version="1.0" encoding="none-such"?><ANNOTATION_DOCUMENT/>', "no whole XML file"),
        (
            '<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="PAL-frames"/></ANNOTATION_DOCUMENT>',
            "only mil",
        ),
    ],
)
def test_hostile_and_broken_files_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "a.eaf"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=reason):
        read(path)


def test_an_empty_document_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.eaf"
    path.write_text('<ANNOTATION_DOCUMENT VERSION="3.0"/>', encoding="utf-8")
    assert read(path).rows == []
    assert read_elan(path, clips(), BASIC).rows == []
