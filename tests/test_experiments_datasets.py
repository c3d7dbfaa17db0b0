"""Data-set readers: what every member promises, then each with the traps of real folders."""

from __future__ import annotations

import os
import unicodedata

import pandas as pd
import pytest
from PIL import Image
from sequence_material import packs  # noqa: F401 (a fixture)
from trees import TREES, clip_file, csv_file, folder_tree, sequence

from experiments.datasets import READERS, planned, read_dataset
from experiments.datasets.base import build_dataset
from experiments.datasets.folder import FolderData
from experiments.datasets.table import TableData
from labeling.tables import check_consensus
from sttm.errors import InputError
from sttm.frames import open_frames
from sttm.tables import check_clips


def settings_of(kind, root):
    return READERS[kind].settings(**TREES[kind](root))


def tree(root):
    return FolderData(**folder_tree(root))


# the contract -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", READERS)
def test_every_reader_keeps_the_contract(kind, tmp_path):
    settings = settings_of(kind, tmp_path)
    assert settings.kind == kind == READERS[kind].kind
    data = read_dataset(settings)
    pd.testing.assert_frame_equal(check_clips(data.clips), data.clips)
    pd.testing.assert_frame_equal(check_consensus(data.labels), data.labels)
    assert data.clips["clip"].tolist() == data.labels["clip"].tolist()
    assert data.clips["clip"].is_unique
    assert (data.clips["dataset"] != "").all()
    assert data.labels["label"].nunique() >= 2
    if "part" in data.clips:
        assert set(data.clips["part"]) <= {"train", "validation", "test"}
    for row in data.clips.itertuples():
        first, last = (None if pd.isna(v) else int(v) for v in (row.first, row.last))
        with open_frames(data.root / row.source, first=first, last=last) as frames:
            assert len(frames) >= (1 if READERS[kind].card.stills else 2)
    refuse_marks_outside(data)
    for table in (data.skipped, data.passed):
        assert list(table.columns) == ["clip", "reason"]
        assert table["reason"].str.fullmatch(r"\S.*[^.\s]").all()
    assert str(len(data.clips)) in data.about
    assert data.synthetic is (kind == "drawn")
    again = read_dataset(settings)
    pd.testing.assert_frame_equal(again.clips, data.clips)


def refuse_marks_outside(data):
    for mark in {"onset", "apex", "offset"} & set(data.labels):
        both = data.clips.merge(data.labels, on="clip")
        for row in both[both[mark].notna()].itertuples():
            with open_frames(data.root / row.source) as frames:
                assert getattr(row, mark) < len(frames), (row.clip, mark)


@pytest.mark.parametrize("kind", READERS)
def test_every_setting_is_documented_and_typed(kind):
    model = READERS[kind].settings
    assert model.__doc__
    for name, field in model.model_fields.items():
        assert name == "kind" or (field.description and field.annotation)
    with pytest.raises(ValueError, match="nonsense"):
        model(**{"nonsense": 1})


@pytest.mark.parametrize("kind", READERS)
def test_every_card_says_what_a_newcomer_needs(kind):
    card = READERS[kind].card
    assert card.title and card.layout and card.licence.endswith(".") and card.citation
    assert max(map(len, card.layout.splitlines())) <= 90


@pytest.mark.parametrize("kind", READERS)
def test_published_counts_add_up(kind, tmp_path):
    counts = READERS[kind].published(settings_of(kind, tmp_path))
    assert all(isinstance(n, int) and n > 0 for n in counts.values())
    labels = {k: n for k, n in counts.items() if k not in ("clips", "subjects")}
    if labels and "clips" in counts:
        assert sum(labels.values()) == counts["clips"]


@pytest.mark.parametrize("kind", READERS)
def test_classes_are_kept_or_merged(kind, tmp_path):
    values = TREES[kind](tmp_path)
    model = READERS[kind].settings
    whole = read_dataset(model(**values))
    first, second, *rest = sorted(set(whole.labels["label"]))
    kept = read_dataset(model(**values, classes=[first, second]))
    assert set(kept.labels["label"]) == {first, second}
    assert kept.clips["clip"].tolist() == kept.labels["clip"].tolist()
    merged = read_dataset(model(**values, classes={"one": [first], "two": [second, *rest]}))
    assert set(merged.labels["label"]) == {"one", "two"}
    assert len(merged.clips) == len(whole.clips)
    with pytest.raises(InputError, match="did you mean"):
        read_dataset(model(**values, classes=[first, second + "x"]))


def test_a_data_set_without_a_row_says_what_was_left_out(tmp_path):
    with pytest.raises(InputError, match=r"no clip was found in .* \(left out: x: empty\)"):
        build_dataset(pd.DataFrame(), tmp_path, "", "d", [("x", "empty")])


# drawn ------------------------------------------------------------------------------------------


def test_the_plan_of_drawn_clips_is_what_is_drawn(tmp_path):
    settings = settings_of("drawn", tmp_path)
    plan = planned(settings)
    assert not (tmp_path / "drawn").exists()
    data = read_dataset(settings)
    assert plan["label"].tolist() == data.labels["label"].tolist()
    assert (
        pd.factorize(plan["subject"])[0].tolist() == pd.factorize(data.clips["subject"])[0].tolist()
    )
    assert {"onset", "apex", "offset"} <= set(data.labels)


def test_drawing_goes_on_where_it_was_killed(tmp_path):
    """Whatever file is missing or left over, the same settings find the same clips again."""
    settings = settings_of("drawn", tmp_path)
    data = read_dataset(settings)
    names = sorted(p.name for p in data.root.iterdir())
    first = (data.root / names[4]).read_bytes()
    for name in ("README.txt", "clips.csv", "labels.csv", names[4]):
        (data.root / name).unlink()
    (data.root / ".sttm-0123456789ab.avi").write_bytes(b"half")
    again = read_dataset(settings)
    assert (data.root / names[4]).read_bytes() == first
    pd.testing.assert_frame_equal(again.clips, data.clips)


def test_a_folder_claimed_by_a_killed_process_is_not_refused(tmp_path):
    settings = settings_of("drawn", tmp_path)
    read_dataset(settings)
    for path in settings.folder.iterdir():
        if path.name != "drawn.json":
            path.unlink()
    assert len(read_dataset(settings).clips) == 21


# folders ----------------------------------------------------------------------------------------


def test_labels_and_subjects_come_from_the_names(tmp_path):
    data = read_dataset(tree(tmp_path))
    assert data.clips[["clip", "subject"]].values.tolist() == [
        ["glad/S1_glad.npy", "S1"],
        ["glad/S2_glad.npy", "S2"],
        ["glad/S3_glad", "S3"],
        ["sad/S1_sad.npy", "S1"],
        ["sad/S2_sad.npy", "S2"],
        ["sad/S3_sad", "S3"],
    ]
    assert data.labels["label"].tolist() == ["glad"] * 3 + ["sad"] * 3


def test_the_traps_of_real_folders(tmp_path):
    settings = tree(tmp_path)
    (tmp_path / "README.txt").write_text("x")
    (tmp_path / "glad" / "notes.doc").write_text("x")
    (tmp_path / "glad" / "Thumbs.db").write_text("x")
    (tmp_path / "glad" / ".DS_Store").write_text("x")
    (tmp_path / ".git").mkdir()
    clip_file(tmp_path / ".git" / "S1_hidden.npy")
    (tmp_path / "empty").mkdir()
    clip_file(tmp_path / "S1_loose.npy")
    (tmp_path / "sad" / "S9_gone.avi").symlink_to(tmp_path / "nowhere.avi")
    Image.new("L", (8, 8)).save(tmp_path / "sad" / "S1_still.png")
    data = read_dataset(settings)
    assert len(data.clips) == 6
    passed, skipped = dict(data.passed.values), dict(data.skipped.values)
    assert passed == {
        "README.txt": "lies beside the label folders, so it has no label",
        "glad/notes.doc": "neither video nor image",
        "empty": "an empty folder",
        "sad/S1_still.png": "a single image is no clip",
    }
    assert skipped == {
        "S1_loose.npy": "lies beside the label folders, so it has no label",
        "sad/S9_gone.avi": "a link that leads nowhere",
    }


def test_names_of_all_sorts(tmp_path):
    names = [
        "größe",
        "表情",
        "a b'c\"d",
        "x" * 200,
        "-dash",
        "%41",
        unicodedata.normalize("NFD", "é"),
    ]
    for label in names:
        clip_file(tmp_path / label / "S1.npy")
        clip_file(tmp_path / label / ("y" * 200 + "S2.npy"))
    data = read_dataset(FolderData(path=tmp_path, subject="(S[0-9])"))
    assert sorted(set(data.labels["label"])) == sorted(names)
    assert set(data.clips["subject"]) == {"S1", "S2"}


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_a_name_that_is_no_unicode_is_skipped_and_can_be_printed(tmp_path):
    settings = tree(tmp_path)
    try:
        clip_file(tmp_path / "glad" / "S4_\udcff.npy")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    data = read_dataset(settings)
    assert len(data.clips) == 6
    ((name, reason),) = data.skipped.values
    assert "not valid Unicode; rename it" in reason
    assert name.encode("utf-8") and name.startswith("glad/S4_")


def test_stills_are_clips_where_asked_for(tmp_path):
    for label in ("glad", "sad"):
        sequence(tmp_path / label, 4)
    assert len(read_dataset(FolderData(path=tmp_path)).clips) == 2
    stills = read_dataset(FolderData(path=tmp_path, stills=True))
    assert len(stills.clips) == 8


def test_the_frame_rate_is_taken_over(tmp_path):
    tree(tmp_path)
    data = read_dataset(FolderData(path=tmp_path, fps=200))
    assert (data.clips["fps"] == 200).all() and (data.clips["subject"] == "").all()


def test_folders_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(InputError, match="must be a folder with a folder per label"):
        read_dataset(FolderData(path=tmp_path / "no"))
    with pytest.raises(InputError, match="no clip was found"):
        read_dataset(FolderData(path=tmp_path))
    (tmp_path / "label").mkdir()
    with pytest.raises(InputError, match="label: an empty folder"):
        read_dataset(FolderData(path=tmp_path))
    tree(tmp_path)
    clip_file(tmp_path / "glad" / "nobody.npy")
    with pytest.raises(InputError, match=r"finds no subject in glad/nobody\.npy"):
        read_dataset(FolderData(path=tmp_path, subject="(S[0-9])"))


def test_the_current_folder_has_a_name_too(tmp_path, monkeypatch):
    tree(tmp_path)
    monkeypatch.chdir(tmp_path)
    data = read_dataset(FolderData(path="."))
    assert tmp_path.name in data.about and set(data.clips["dataset"]) == {tmp_path.name}


# tables -----------------------------------------------------------------------------------------


def listed(place, text, encoding="utf-8", **settings):
    (place / "list.csv").write_bytes(text.encode(encoding))
    return read_dataset(TableData(path=place / "list.csv", **settings))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_a_table_by_hand_is_read_as_it_was_meant(sep, encoding, tmp_path):
    TableData(**csv_file(tmp_path))
    rows = [
        ["Label ", "clip", "PATH", "subject", "first", "last"],
        [" glücklich", "a", "clips/a.npy", "Å", "0", "1"],
        ["", "", "", "", "", ""],
        ["sad", "b", "clips/b.npy ", "B", "", ""],
        ["sad", "b", "clips/b.npy ", "B", "", ""],
    ]
    text = "\r\n".join(sep.join(row) for row in rows)
    data = listed(tmp_path, text, encoding)
    assert data.labels["label"].tolist() == ["glücklich", "sad"]
    assert data.clips["subject"].tolist() == ["Å", "B"]
    assert data.clips["last"].tolist()[0] == 1 and data.clips["last"].isna().tolist()[1]


def test_files_that_are_missing_are_skipped_by_name(tmp_path):
    TableData(**csv_file(tmp_path))
    head = "clip,path,label\na,clips/a.npy,x\nb,clips/b.npy,y\n"
    data = listed(tmp_path, head + f"c,no.avi,y\nd,{'z' * 300}.avi,x\n")
    assert data.clips["clip"].tolist() == ["a", "b"] == data.labels["clip"].tolist()
    assert data.skipped["clip"].tolist() == ["c", "d"]
    assert data.skipped["reason"].str.endswith("is not there").all()


def test_paths_are_below_the_root_or_absolute(tmp_path):
    TableData(**csv_file(tmp_path))
    data = listed(tmp_path, "clip,path,label\na,a.npy,x\nb,b.npy,y\n", root=tmp_path / "clips")
    assert len(data.clips) == 2
    absolute = f"clip,path,label\na,{tmp_path}/clips/a.npy,x\nb,{tmp_path}/clips/b.npy,y\n"
    assert len(listed(tmp_path, absolute, root=tmp_path / "nowhere").clips) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("clip,path\na,clips/a.npy\n", "needs a column 'label'"),
        ("clip,paht,label\na,clips/a.npy,x\n", "did you mean 'paht'"),
        ("clip,path,label\n", "no rows"),
        ("clip,path,label\na,clips/a.npy,\n", "the label is missing"),
        ("clip,path,label\na,,x\n", "gives no path for clip a"),
        ("clip,path,label\na,clips/a.npy,x\na,clips/b.npy,x\n", "says two things about clip 'a'"),
        ("clip,path,label\na,no.avi,x\n", "no clip was found in .*a: no.avi is not there"),
        ("clip,path,label,first\na,clips/a.npy,x,one\n", "whole frame numbers"),
        ("clip,path,label,first,last\na,clips/a.npy,x,5,2\n", "'first' must not be after 'last'"),
        ("clip,path,label,onset,apex\na,clips/a.npy,x,5,2\n", "'onset' must not be after 'apex'"),
    ],
)
def test_tables_that_cannot_be_used_are_refused(text, words, tmp_path):
    TableData(**csv_file(tmp_path))
    with pytest.raises(InputError, match=words):
        listed(tmp_path, text)


def test_a_missing_table_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*list\.csv: No such file"):
        read_dataset(TableData(path=tmp_path / "list.csv"))


def test_a_table_of_drawn_clips_is_known_to_be_synthetic(tmp_path):
    data = read_dataset(settings_of("drawn", tmp_path))
    table = data.clips.merge(data.labels, on="clip").rename(columns={"source": "path"})
    table[["clip", "path", "label"]].to_csv(data.root / "mine.csv", index=False)
    assert read_dataset(TableData(path=data.root / "mine.csv")).synthetic
    clip_file(tmp_path / "real.npy")
    table.loc[0, "path"] = str(tmp_path / "real.npy")
    table[["clip", "path", "label"]].to_csv(data.root / "mine.csv", index=False)
    assert not read_dataset(TableData(path=data.root / "mine.csv")).synthetic
