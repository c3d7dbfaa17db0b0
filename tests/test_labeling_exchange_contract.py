"""What every format keeps: writers are read back, readers refuse in a sentence and never break."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken_material import opinion

from labeling.exchange.base import FORMATS, LARGEST_FILE, Format, Import, format_of, options_of
from labeling.scheme import load_scheme, parse_scheme
from labeling.statement import Interval, Statement
from labeling.study.records import Opinion
from sttm.errors import InputError

CLIPS = pd.DataFrame(
    {
        "clip": ["sub01/EP02_01f", "sub02/EP13_04"],
        "subject": ["sub01", "sub02"],
        "source": ["sub01/EP02_01f", "sub02/EP13_04.avi"],
        "first": pd.array([0, 0], dtype="Int64"),
        "last": pd.array([99, 149], dtype="Int64"),
        "fps": [200.0, 200.0],
    }
)
SCHEME = load_scheme("casme2")
SAID = [
    opinion(clip, "Ann", Statement((Interval(label, first, first + 3, first + 9),)))
    for clip, label, first in zip(CLIPS["clip"], SCHEME.label_names, (10, 0), strict=False)
]
# the numbers of coding tables count images; without those, the tests say how
OPTIONS = {"casme2": {"numbers": "zero"}, "samm": {"numbers": "zero"}}
READERS = [f for f in FORMATS.values() if f.read]
BOTH = [f for f in READERS if f.write]
WRITERS = [f for f in FORMATS.values() if f.write]
# written by hand, for readers without a writer: enough to get past the first line
SEEDS = {
    "boris": b'{"project_format_version":"7.0","observations":{"o":{"file":{"1":["a.avi"]},'
    b'"events":[[0.05,"","happiness","",""],[0.1,"","happiness","",""]],"type":"MEDIA"}},'
    b'"behaviors_conf":{"0":{"code":"happiness","type":"State event"}}}',
    "via": b"# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,"
    b'metadata\n"1","[""a.avi""]",0,"[0.1,0.2]","[]","{""1"":""happiness""}"\n',
    "ferplus": b"Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,"
    b"unknown,NF\nTraining,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n",
}


def by_name(form: Format) -> str:
    return form.name


def put(form: Format, folder: Path, said: list[Opinion] | None = None) -> list[Path]:
    assert form.write is not None
    path = folder / "out" if form.folder else folder / f"out{form.suffixes[0]}"
    return list(
        form.write(
            path, SAID if said is None else said, CLIPS, SCHEME, **OPTIONS.get(form.name, {})
        )
    )


def seed(form: Format, folder: Path) -> bytes:
    if form.write:
        return put(form, folder)[0].read_bytes()
    return SEEDS.get(form.name, b"{}" if ".json" in form.suffixes else b"clip,label\na,b\n")


def reads(form: Format, path: Path) -> Import | None:
    """What a reader makes of a file, or None where it refused it in a sentence."""
    assert form.read is not None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = form.read(path, CLIPS, SCHEME, **OPTIONS.get(form.name, {}))
    except InputError as error:
        lines = str(error).splitlines()
        assert len(lines) == 1 and str(error).endswith("."), str(error)
        assert len(str(error)) < 2000
        return None
    assert isinstance(found, Import)
    assert all(c in set(CLIPS["clip"]) and isinstance(s, Statement) for c, _, s in found.rows)
    assert not found.turns or len(found.turns) == len(found.rows)
    assert not found.times or len(found.times) == len(found.rows)
    assert all(isinstance(text, str) and text for text in [*found.notes, *found.skipped])
    return found


@pytest.mark.parametrize("form", BOTH, ids=by_name)
def test_what_is_written_is_read_back(tmp_path: Path, form: Format) -> None:
    rows = []
    for path in [p for p in put(form, tmp_path) if p.name.endswith(form.suffixes)]:
        told = format_of(path)  # one reader may tell several forms apart
        assert options_of(told.read or reads) == options_of(form.read or reads)
        found = reads(form, path)
        assert found is not None and found.skipped == []
        rows += [
            (clip, i.label, i.onset, i.offset) for clip, _, s in found.rows for i in s.intervals
        ]
    said = [(o.clip, i.label, i.onset, i.offset) for o in SAID for i in o.statement.intervals]
    assert sorted(rows) == sorted(said)


@pytest.mark.parametrize("form", WRITERS, ids=by_name)
def test_nothing_to_write_is_no_mistake(tmp_path: Path, form: Format) -> None:
    for path in put(form, tmp_path, []):
        if form.read and path.name.endswith(form.suffixes):
            found = reads(form, path)
            assert found is None or found.rows == []


@pytest.mark.parametrize("form", WRITERS, ids=by_name)
def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path, form: Format) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        put(form, tmp_path / "file")


@pytest.mark.parametrize("form", READERS, ids=by_name)
def test_readers_take_the_same_arguments(form: Format) -> None:
    assert form.read is not None
    assert "clips" not in options_of(form.read)


@pytest.mark.parametrize("form", READERS, ids=by_name)
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \n",
        b"\xff\xfe",
        b"\0" * 1000,
        b"\xc3\x28\n",
        b"PK\x03\x04" + b"\0" * 40,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"<a>" * 100_000,
        b'"' * 100_001,
        b"," * 300_000,
        b"clip,label\n" + b"x" * 300_000,
        b"{}",
        b"[]",
        b"null",
        b"1e999",
        b"NaN",
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_garbage_is_refused_in_a_sentence(tmp_path: Path, form: Format, raw: bytes) -> None:
    path = tmp_path / f"x{form.suffixes[0]}"
    path.write_bytes(raw)
    found = reads(form, path)
    assert found is None or found.rows == []


@pytest.mark.parametrize("form", READERS, ids=by_name)
def test_huge_missing_and_odd_files_are_refused(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"x{form.suffixes[0]}"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)  # sparse
    assert reads(form, path) is None
    assert reads(form, tmp_path / "none") is None
    assert reads(form, tmp_path) is None
    assert reads(form, Path(f"{tmp_path}/a\0b")) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are a thing of POSIX")
@pytest.mark.parametrize("form", READERS, ids=by_name)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, form: Format) -> None:
    def too_late(*_: object) -> None:
        raise AssertionError("the reader waits for a pipe that nobody writes to")

    os.mkfifo(tmp_path / "pipe")
    before = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(10)
    try:
        assert reads(form, tmp_path / "pipe") is None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("form", READERS, ids=by_name)
def test_every_truncated_file_is_a_sentence_or_less(tmp_path: Path, form: Format) -> None:
    raw = seed(form, tmp_path)
    path = tmp_path / f"x{form.suffixes[0]}"
    for end in range(0, len(raw), max(1, len(raw) // 60)):
        path.write_bytes(raw[:end])
        reads(form, path)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "insert", "double"]),
        st.integers(0, 10_000),
        st.sampled_from(
            [b"\0", b'"', b",", b";", b"\n", b"<", b">", b"&", b"{", b"]", b"-", b"\xff", b"NaN"]
        )
        | st.sampled_from(
            [b"9" * 400, b"1e400", b"null", b"\xf0\x9f\x98\x80", b"=1", b"'", b"\\u0000"]
        )
        | st.binary(min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("form", READERS, ids=by_name)
@settings(max_examples=60, deadline=None)
@given(edits=EDITS)
def test_a_mutated_file_never_breaks_a_reader(tmp_path_factory, form: Format, edits) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    raw = seed(form, folder)
    for kind, place, piece in edits:
        at = place % (len(raw) + 1)
        if kind == "set":
            raw = raw[:at] + piece + raw[at + len(piece) :]
        elif kind == "cut":
            raw = raw[:at] + raw[at + 20 :]
        elif kind == "insert":
            raw = raw[:at] + piece + raw[at:]
        else:
            raw = raw[:at] + raw[max(0, at - 80) :]
    path = folder / f"x{form.suffixes[0]}"
    path.write_bytes(raw)
    reads(form, path)


@pytest.mark.parametrize("form", READERS, ids=by_name)
def test_a_file_about_other_clips_is_skipped_by_name(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"x{form.suffixes[0]}"
    path.write_bytes(seed(form, tmp_path))
    assert form.read is not None
    other = CLIPS.assign(clip=["p", "q"], source=["p.avi", "q.avi"], subject=["", ""])
    try:
        found = form.read(path, other, SCHEME, **OPTIONS.get(form.name, {}))
    except InputError:
        return
    assert found.rows == [] and found.skipped


@pytest.mark.parametrize("form", READERS, ids=by_name)
def test_a_file_of_other_labels_is_skipped_by_name(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"x{form.suffixes[0]}"
    path.write_bytes(seed(form, tmp_path))
    assert form.read is not None
    strange = parse_scheme("{name: other, labels: [zzz], marks: [onset, offset]}")
    try:
        found = form.read(path, CLIPS, strange, **OPTIONS.get(form.name, {}))
    except InputError:
        return
    assert found.rows == [] and [*found.skipped, *found.notes]
