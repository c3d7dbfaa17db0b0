"""Between files and studies: nothing overwritten, nothing twice, nothing dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from spoken_material import clips, opinion, scheme, spoken, what

from labeling import export_opinions, import_opinions
from labeling.exchange.base import FORMATS, format_of
from labeling.statement import Interval, Statement
from labeling.study import Study, create_study
from sttm.errors import InputError

SMILE = Statement((Interval("smile", 5, None, 9),))
BROW = Statement((Interval("brow <up>", 5, None, 9),))


def made(path: Path, name: str = "a", **kinds) -> Study:
    study = create_study(path / f"{name}.sttm-study", kinds.get("scheme") or scheme())
    study.add_clips(clips())
    return study


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with made(tmp_path) as one:
        yield one


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# through files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "elan"])
@settings(max_examples=25, deadline=None)
@given(opinions=spoken())
def test_another_study_has_the_same_statements(tmp_path_factory, form, opinions) -> None:
    folder = tmp_path_factory.mktemp("studies")
    with made(folder) as one, made(folder, "b") as two:
        for o in opinions:
            one.say(o.clip, o.annotator, o.statement, turn=o.turn)
        out = folder / ("all.csv" if form == "csv" else "elan")
        files = export_opinions(one, out, to=form)
        if not files:
            return
        first = import_opinions(two, out, to=form)
        assert first.skipped == [] and first.known == 0
        assert what(two.latest()) == what(one.latest()) == what(opinions)
        assert {o.action for o in two.history()} <= {"import"}
        again = import_opinions(two, out, to=form)
        assert again.opinions == [] and again.known == len(opinions)
        assert len(two.history()) == len(opinions)


def test_a_history_is_taken_over_once(study: Study, tmp_path: Path) -> None:
    for statement in (SMILE, BROW, SMILE):
        study.say("one", "Ann", statement)
    [file] = export_opinions(study, tmp_path / "h.csv", history=True)
    with made(tmp_path, "b") as two:
        assert len(import_opinions(two, file).opinions) == 3
        assert [o.statement for o in two.history()] == [SMILE, BROW, SMILE]
        assert import_opinions(two, file).known == 3
        assert len(two.history()) == 3


def test_a_history_that_grew_is_continued(study: Study, tmp_path: Path) -> None:
    with made(tmp_path, "b") as two:
        for number, statement in enumerate((SMILE, BROW, SMILE)):
            study.say("one", "Ann", statement)
            [file] = export_opinions(study, tmp_path / "h.csv", history=True)
            found = import_opinions(two, file)
            assert (len(found.opinions), found.known) == (1, number)
        assert [o.statement for o in two.history()] == [SMILE, BROW, SMILE]


def test_nothing_is_overwritten(study: Study, tmp_path: Path) -> None:
    before = study.say("one", "Ann", BROW)
    file = write(tmp_path / "x.csv", "clip,annotator,label,onset,offset\none,Ann,smile,5,9\n")
    found = import_opinions(study, file)
    assert [o.action for o in study.history()] == ["say", "import"]
    assert study.history()[0] == before and found.opinions[0].statement == SMILE
    study.say("one", "Ann", BROW)
    assert import_opinions(study, file).known == 1  # it was imported once; Ann thought again
    assert study.latest()[0].statement == BROW


def test_what_somebody_said_already_is_known(study: Study, tmp_path: Path) -> None:
    study.say("one", "Ann", SMILE)
    file = write(tmp_path / "x.csv", "clip,annotator,label,onset,offset\none,Ann,smile,5,9\n")
    assert (import_opinions(study, file).opinions, import_opinions(study, file).known) == ([], 1)


# who --------------------------------------------------------------------------------------------


def test_the_annotator_is_named_or_given(study: Study, tmp_path: Path) -> None:
    nobody = write(tmp_path / "n.csv", "clip,label\none,smile\n")
    with pytest.raises(InputError, match="give the annotator"):
        import_opinions(study, nobody)
    assert import_opinions(study, nobody, annotator="Ann").opinions[0].annotator == "Ann"
    one = write(tmp_path / "o.csv", "clip,annotator,label\ntwo,AB,smile\n")
    assert import_opinions(study, one, annotator="Ann").opinions[0].annotator == "Ann"
    two = write(tmp_path / "t.csv", "clip,annotator,label\none,AB,smile\ntwo,CD,smile\n")
    with pytest.raises(InputError, match="opinions of AB, CD"):
        import_opinions(study, two, annotator="Ann")
    with pytest.raises(InputError, match="control characters"):
        import_opinions(study, nobody, annotator="a\x07")


# what cannot be ---------------------------------------------------------------------------------


def test_what_the_study_cannot_hold_is_skipped_by_name(tmp_path: Path) -> None:
    with made(tmp_path, scheme="basic") as study:
        file = write(
            tmp_path / "x.csv",
            "clip,annotator,label,side\none,A,happiness,\none,A,fear,\ntwo,A,fear,left\n"
            "c,A,hapiness,\nnone,A,fear,\n",
        )
        found = import_opinions(study, file)
    assert found.opinions == []
    assert [s.split(":")[0] for s in found.skipped] == [
        "line 6",
        "label 'hapiness' (1 x) is not in the scheme; did you mean 'happiness'?",
        "clip 'one', A",
        "clip 'two', A",
    ]


def test_a_free_scheme_learns_the_labels_of_a_file(tmp_path: Path) -> None:
    with made(tmp_path, scheme="free") as study:
        file = write(tmp_path / "x.csv", "clip,annotator,label\none,A,puzzled\n")
        assert len(import_opinions(study, file).opinions) == 1
        assert study.scheme.label_names == ("puzzled",)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("none.csv", {}, "there is no file"),
        ("x.vtt", {}, "webvtt cannot be read"),
        ("x.bin", {}, "cannot tell the format"),
        ("x.csv", {"to": "elann"}, "did you mean 'elan'"),
        ("x.csv", {"labls": {}}, "did you mean 'labels'"),
        (".", {}, "is a folder"),
        (".", {"to": "elan"}, "no file that ends in .eaf"),
    ],
)
def test_wrong_calls_are_refused(study: Study, tmp_path: Path, name, options, reason) -> None:
    write(tmp_path / "x.vtt", "WEBVTT\n")
    write(tmp_path / "x.bin", "\0\1")
    write(tmp_path / "x.csv", "clip,label\none,smile\n")
    with pytest.raises(InputError, match=reason):
        import_opinions(study, tmp_path / name, annotator="A", **options)
    assert study.history() == []


def test_a_file_of_nothing_says_so(study: Study, tmp_path: Path) -> None:
    found = import_opinions(study, write(tmp_path / "x.csv", "clip,label\n"))
    assert found.notes == ["x.csv says nothing of these clips."]


# formats ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("a.csv", "clip,annotator,turn,number,label\n", "csv"),
        ("a.csv", "\ufeffClip;Label\n", "csv"),
        ("a.csv", "clip,frame,ms,label,intensity\n", "frames"),
        ("a.frames.csv", "", "frames"),
        ("a.txt", "clip,label\n", "csv"),
        ("A.EAF", "", "elan"),
        ("a.xml", '<?xml version="1.0"?>\n<ANNOTATION_DOCUMENT AUTHOR="">', "elan"),
        ("a.vtt", "WEBVTT\n", "webvtt"),
    ],
)
def test_a_format_is_told_by_suffix_and_content(tmp_path, name, text, form) -> None:
    assert format_of(write(tmp_path / name, text)).name == form


# out --------------------------------------------------------------------------------------------


def test_one_annotator_or_all_or_the_consensus(study: Study, tmp_path: Path) -> None:
    study.say("one", "Ann", SMILE)
    study.say("one", "Bo", SMILE)
    study.say("two", "Bo", Statement((Interval("=odd"),)))
    [path] = export_opinions(study, tmp_path / "all.csv")
    assert pd.read_csv(path)["annotator"].tolist() == ["Ann", "Bo", "Bo"]
    [path] = export_opinions(study, tmp_path / "ann.csv", annotator="Ann")
    assert pd.read_csv(path)["annotator"].tolist() == ["Ann"]
    [path] = export_opinions(study, tmp_path / "c.csv", consensus="majority")
    table = pd.read_csv(path).set_index("clip")
    assert table["label"].to_dict() == {"one": "smile", "two": "=odd"}
    assert table["status"].to_dict() == {"one": "agreed", "two": "single"}
    assert "nan" not in path.read_text().lower() and "<NA>" not in path.read_text()


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("a.csv", {"annotator": "An"}, "did you mean 'Ann'"),
        ("a.csv", {"consensus": "majorty"}, "did you mean 'majority'"),
        ("a.csv", {"consensus": "majority", "annotator": "Ann"}, "of all annotators"),
        ("a.eaf", {"consensus": "majority"}, "written as CSV"),
        ("a.xyz", {}, "cannot tell the format"),
        ("a.eaf", {"history": True}, "only csv holds the history"),
        ("a.eaf", {"tier": "x"}, "unknown option of elan"),
        ("a.sttm-study", {"to": "csv"}, "is the study itself"),
        ("a.sttm-study-wal", {"to": "csv"}, "is the study itself"),
        ("a.csv", {"to": "boris"}, "boris"),
    ],
)
def test_wrong_exports_are_refused(study: Study, tmp_path: Path, name, options, reason) -> None:
    study.say("one", "Ann", SMILE)
    with pytest.raises(InputError, match=reason):
        export_opinions(study, tmp_path / name, **options)
    assert [p.name for p in tmp_path.iterdir() if "study" not in p.name] == []


def test_links_in_elan_lead_to_the_clips(study: Study, tmp_path: Path) -> None:
    study.say("one", "Ann", SMILE)
    [path] = export_opinions(study, tmp_path / "out" / "one.eaf")
    assert 'RELATIVE_MEDIA_URL="../videos/a%20b.mp4"' in path.read_text(encoding="utf-8")


def test_every_member_is_named_as_it_is_registered() -> None:
    for name, form in FORMATS.items():
        assert form.name == name and (form.read or form.write) and form.suffixes and form.title


def test_opinions_can_be_given_without_a_study(tmp_path: Path) -> None:
    write_csv = FORMATS["csv"].write
    assert write_csv is not None
    [path] = write_csv(tmp_path / "a.csv", [opinion("one", "Ann", SMILE)], clips(), scheme())
    assert path.exists()
