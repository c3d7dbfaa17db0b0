"""CASME II, SMIC, SAMM and what is put together of them: the traps of the real folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from trees import TREES, clip_file, folder_tree
from trees_micro import (
    CASME2_CLASSES,
    CASME2_HEAD,
    CASME2_ROWS,
    FRAMES,
    SAMM_HEAD,
    SMIC_CLIPS,
    casme2_sheet,
    casme2_tree,
    megc2019_tree,
    samm_sheet,
    samm_tree,
    smic_tree,
    workbook,
)

from experiments.config import Config, parse
from experiments.datasets import READERS, read_dataset
from experiments.datasets.coded import holders, marks_in
from experiments.datasets.composite import CompositeData, put_together
from experiments.datasets.megc2019 import CHALLENGE, CLASS_OF, LISTED
from experiments.folding.protocols import ProtocolSettings, make_folds
from sttm.errors import InputError
from sttm.extract import jobs_of
from sttm.mistakes import ConfigError
from sttm.store import content_digest

MICRO = ("casme2", "smic", "samm")
TABLES = {"casme2": "CASME2-coding-20140508.xlsx", "samm": "SAMM_Micro_FACS_Codes_v2.xlsx"}
FOLDERS = {"casme2": "CASME2_RAW_selected", "smic": "HS", "samm": "."}


@pytest.fixture(scope="module", params=MICRO)
def kept(request, tmp_path_factory):
    """A tree that tests must not change."""
    root = tmp_path_factory.mktemp(request.param)
    return request.param, TREES[request.param](root)


def read(kind, path, **more):
    return read_dataset(READERS[kind].settings(path=path, **more))


def by_clip(data, column):
    return dict(zip(data.labels["clip"], data.labels[column], strict=True))


def reasons(data):
    return dict(data.skipped.values), dict(data.passed.values)


def csv_beside(root, name, rows, separator=","):
    """Put a CSV in the place of a workbook."""
    (root / name).unlink()
    text = "\n".join(separator.join("" if v is None else str(v) for v in row) for row in rows)
    (root / name).with_suffix(".csv").write_text(text + "\n", encoding="utf-8-sig")


# what they share --------------------------------------------------------------------------------


def test_no_picture_is_decoded(kept, tmp_path):
    """Frames that are no pictures at all are found all the same; only their names are looked at."""
    kind, values = kept
    root = shutil.copytree(values["path"], tmp_path / "copy")
    for path in root.rglob("*"):
        if path.suffix in (".jpg", ".bmp"):
            path.write_bytes(b"")
    pd.testing.assert_frame_equal(read(kind, root).clips, read(kind, values["path"]).clips)


def test_the_path_may_be_a_level_too_high_or_too_low(kept, tmp_path):
    kind, values = kept
    deep = tmp_path / "any" / "wrapper"
    shutil.copytree(values["path"], deep)
    whole = read(kind, deep)
    below = deep / FOLDERS[kind]
    for path in (tmp_path, tmp_path / "any", below):
        data = read(kind, path)
        assert data.clips["clip"].tolist() == whole.clips["clip"].tolist()
        assert all((data.root / s).is_dir() for s in data.clips["source"])
        pd.testing.assert_frame_equal(data.labels, whole.labels)


def test_paths_that_hold_no_such_set_are_refused_in_a_sentence(kept, tmp_path):
    kind, values = kept
    subject = next(p for p in (values["path"] / FOLDERS[kind]).iterdir() if p.is_dir())
    (tmp_path / "file").write_text("x")
    (tmp_path / "other" / "Angry").mkdir(parents=True)
    for path, words in (
        (tmp_path / "no", "must be the folder of the data set; .* is none"),
        (tmp_path / "file", "must be the folder of the data set; .* is none"),
        (tmp_path, f"data.path of {kind} must hold the folder"),
        (subject, "is one subject's"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            read(kind, path)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
def test_a_name_that_is_no_unicode_is_skipped_and_can_be_printed(kept, tmp_path):
    kind, values = kept
    root = shutil.copytree(values["path"], tmp_path / "copy")
    clip = next(p.parent for p in sorted(root.rglob("*")) if p.suffix in (".jpg", ".bmp"))
    try:
        clip.rename(clip.with_name(os.fsdecode(os.fsencode(clip.name) + b"\xff")))
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    data = read(kind, root)
    assert len(data.clips) == len(read(kind, values["path"]).clips) - 1
    for text in data.skipped.to_numpy().ravel():
        text.encode("utf-8")
    assert data.skipped["clip"].str.contains(r"\?$").any()


def test_two_copies_of_a_set_are_refused_by_their_names(kept, tmp_path):
    kind, values = kept
    for name in ("one", "two"):
        shutil.copytree(values["path"], tmp_path / name)
    with pytest.raises(InputError, match=r"one.*two.*Name one of these"):
        read(kind, tmp_path)


@given(st.data())
def test_marks_become_positions(tmp_path_factory, data):
    """Slowly, from the definition: look each number up; drop what comes too early."""
    numbers = data.draw(st.lists(st.integers(0, 12), min_size=1, max_size=6, unique=True))
    images = [Path(f"a7_img{n}.jpg") for n in sorted(numbers)]
    one = st.none() | st.integers(0, 13)
    marks = {m: data.draw(one) for m in ("onset", "apex", "offset")}
    found = marks_in(images, marks)
    latest = -1
    for mark, number in marks.items():
        expected = None
        for position, name in enumerate(images):
            if name.name == f"a7_img{number}.jpg" and position >= latest:
                expected = position
        assert found[mark] == expected
        latest = latest if expected is None else expected


@pytest.mark.parametrize(
    "names", [["img1", "img1 (2)", "reg_img2"], ["img1", "cover"], ["b1", "a1"]]
)
def test_frames_without_clear_numbers_have_no_marks(names):
    marks = {"onset": 1, "apex": 1, "offset": 2}
    assert set(marks_in([Path(f"{n}.jpg") for n in names], marks).values()) == {None}


def test_holders_stop_at_the_subjects(tmp_path):
    (tmp_path / "a" / "s1" / "s2" / "s3").mkdir(parents=True)
    (tmp_path / "b" / "c" / "d" / "e" / "s1").mkdir(parents=True)
    assert holders(tmp_path, "s[0-9]") == [tmp_path / "a"]
    assert holders(tmp_path, "s[0-9]", "s3") == [tmp_path / "a" / "s1"]
    assert holders(tmp_path, "s[0-9]", "s4") == []


# CASME II ---------------------------------------------------------------------------------------


def test_casme2_marks_count_from_the_first_frame(tmp_path):
    data = read_dataset(READERS["casme2"].settings(**casme2_tree(tmp_path)))
    onset, apex, offset = (by_clip(data, m) for m in ("onset", "apex", "offset"))
    assert (onset["sub01/EP02_01f"], apex["sub01/EP02_01f"], offset["sub01/EP02_01f"]) == (0, 4, 7)
    assert onset["sub02/EP06_01f"] == 1  # img101 of img101, img102: no sorting by text
    assert apex["sub17/EP15_04"] == 4  # img99 of img95 ... img102
    assert pd.isna(apex["sub02/EP01_11f"]) and offset["sub02/EP01_11f"] == 5  # apex "/"
    assert pd.isna(offset["sub02/EP06_01f"]) and apex["sub02/EP06_01f"] == 4  # offset 0
    assert pd.isna(offset["sub17/EP01_06"]) and apex["sub17/EP01_06"] == 3  # beyond the last frame
    assert "; 1 without apex, 2 without offset" in data.about
    assert set(data.clips["fps"]) == {200.0}
    assert by_clip(data, "aus")["sub17/EP15_04"] == "1+2+25"
    assert by_clip(data, "label")["sub17/EP01_06"] == "happiness"
    assert set(data.clips["subject"]) == {"sub01", "sub02", "sub17"}
    skipped, passed = reasons(data)
    assert skipped == {
        "sub17/EP97_97": "its folder is not there",
        "sub17/EP98_98": "its folder holds fewer than two images",
        "CASME2_RAW_selected/sub17/EP99_99": "it has no row in the coding table",
    }
    assert passed == {"CASME2_RAW_selected/readme.txt": "no subject's folder"}


def test_casme2_forms_are_told_apart(tmp_path):
    casme2_tree(tmp_path / "raw")
    with pytest.raises(InputError, match=r"finds no cropped frames .* set data\.form to raw"):
        read("casme2", tmp_path / "raw", form="cropped")
    casme2_tree(tmp_path / "both")
    casme2_tree(tmp_path / "both", "cropped")
    raw, cropped = (read("casme2", tmp_path / "both", form=f) for f in ("raw", "cropped"))
    assert raw.clips["clip"].tolist() == cropped.clips["clip"].tolist()
    assert raw.clips["source"].str.startswith("CASME2_RAW_selected/").all()
    assert cropped.clips["source"].str.startswith("Cropped/").all()
    pd.testing.assert_frame_equal(raw.labels, cropped.labels)
    (tmp_path / "both" / "Cropped").rename(tmp_path / "both" / "mine")  # now told by reg_img
    assert len(read("casme2", tmp_path / "both", form="cropped").clips) == len(raw.clips)


def test_casme2_takes_the_selected_frames_before_all(tmp_path):
    casme2_tree(tmp_path)
    shutil.copytree(tmp_path / "CASME2_RAW_selected", tmp_path / "CASME2-RAW")
    data = read("casme2", tmp_path)
    assert data.clips["source"].str.startswith("CASME2_RAW_selected/").all()


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_casme2_reads_the_table_saved_as_text(tmp_path, separator):
    casme2_tree(tmp_path)
    whole = read("casme2", tmp_path)
    csv_beside(tmp_path, TABLES["casme2"], casme2_sheet(), separator)
    pd.testing.assert_frame_equal(read("casme2", tmp_path).labels, whole.labels)


def test_casme2_rows_that_people_edited(tmp_path):
    """Other spellings are forgiven; rows that contradict each other cost their clip alone."""
    casme2_tree(tmp_path)
    rows = casme2_sheet()
    rows[1][0], rows[1][1] = "sub01", " ep02_01F "
    rows[2][0] = "1.0"
    rows[3][8] = ""
    rows[4][0] = "me"
    rows.append(rows[5])
    rows.append([*rows[6][:8], "fear"])
    csv_beside(tmp_path, TABLES["casme2"], rows)
    data = read("casme2", tmp_path)
    skipped, _ = reasons(data)
    assert {"sub01/ep02_01F", "sub01/EP19_05f", "sub02/EP01_11f"} <= set(data.clips["clip"])
    assert skipped["sub01/EP19_06f"] == "row 4 of the coding table gives it no label"
    assert skipped["EP01_5"] == "row 5 of the coding table names no subject: 'me'"
    both = "rows 7 and 18 of the coding table say different things of it"
    assert skipped["sub02/EP09_01"] == both
    assert skipped["CASME2_RAW_selected/sub01/EP01_5"] == "it has no row in the coding table"


def test_casme2_folders_that_people_renamed(tmp_path):
    casme2_tree(tmp_path)
    base = tmp_path / "CASME2_RAW_selected"
    whole = read("casme2", tmp_path).clips["clip"].tolist()
    (base / "sub01").rename(base / "Sub1")
    (base / "sub02" / "EP09_01").rename(base / "sub02" / "ep09_01")
    shutil.copytree(base / "sub17", base / "sub017")
    (base / "sub17" / "notes.txt").write_text("x")
    data = read("casme2", tmp_path)
    assert data.clips["clip"].tolist() == whole
    skipped, passed = reasons(data)
    # of two folders of one subject the first in natural order counts
    double = "CASME2_RAW_selected/sub17/EP01_06"
    assert skipped[double].startswith("another folder is called the same: ")
    assert passed["CASME2_RAW_selected/sub17/notes.txt"] == "lies beside the clips' folders"


def test_casme2_without_its_table_or_with_two(tmp_path):
    casme2_tree(tmp_path)
    table = tmp_path / TABLES["casme2"]
    other = table.rename(tmp_path / "renamed.xlsx")
    with pytest.raises(InputError, match=r"CASME2-coding-20140508\.xlsx, and no such table"):
        read("casme2", tmp_path)
    assert len(read("casme2", tmp_path, table=other).clips) == len(CASME2_ROWS)
    for year in ("2014", "2019"):
        shutil.copy(other, tmp_path / f"CASME2-coding-{year}.xlsx")
    with pytest.raises(InputError, match=r"several coding tables .*name one as data\.table"):
        read("casme2", tmp_path)
    with pytest.raises(InputError, match="needs a column 'OffsetFrame'"):
        head = [h for h in CASME2_HEAD if h != "OffsetFrame"]
        read("casme2", tmp_path, table=workbook(tmp_path / "x.xlsx", [head, [1, "a"]]))


def test_casme2_of_which_no_row_fits_says_why(tmp_path):
    casme2_tree(tmp_path)
    workbook(tmp_path / TABLES["casme2"], casme2_sheet([(9, "EP01", 1, 1, 1, 1, "", "fear")]))
    with pytest.raises(
        InputError, match=r"no clip was found .*sub09/EP01: its folder is not there"
    ):
        read("casme2", tmp_path)


# SMIC -------------------------------------------------------------------------------------------


def test_smic_labels_subjects_and_ends(tmp_path):
    data = read_dataset(READERS["smic"].settings(**smic_tree(tmp_path)))
    assert len(data.clips) == 3 * len(SMIC_CLIPS)
    assert data.clips["clip"].tolist()[:2] == ["s01_ne_01", "s01_ne_02"]
    assert set(data.clips["subject"]) == {"s01", "s02", "s11"}
    assert set(data.clips["fps"]) == {100.0}
    assert set(data.labels["onset"]) == {0} and set(data.labels["offset"]) == {FRAMES - 1}
    assert "apex" not in data.labels
    skipped, passed = reasons(data)
    assert skipped == {"HS/s2/micro/negative/s2_ne_09": "a folder without images"}
    assert len(passed) == 3 and "data.non_micro" in passed["HS/s1/non_micro/s1_nm_01"]


def test_smic_subjects_are_one_whatever_the_release(tmp_path):
    smic_tree(tmp_path / "cropped")
    smic_tree(tmp_path / "raw", spelt="s{:02d}")
    for image in (tmp_path / "raw").rglob("reg_image*"):
        image.rename(image.with_name(image.name.removeprefix("reg_")))
    one, other = read("smic", tmp_path / "cropped"), read("smic", tmp_path / "raw")
    columns = ["clip", "subject", "fps"]
    pd.testing.assert_frame_equal(one.clips[columns], other.clips[columns])
    pd.testing.assert_frame_equal(one.labels, other.labels)
    with pytest.raises(InputError, match=r"cropped.*raw.*Name one of these"):
        read("smic", tmp_path)
    shutil.copytree(tmp_path / "raw" / "HS" / "s01", tmp_path / "cropped" / "HS" / "s01")
    both = read("smic", tmp_path / "cropped")
    assert both.clips["clip"].tolist() == one.clips["clip"].tolist()
    assert both.skipped["reason"].str.contains("another clip is called s01_ne_01").any()


def test_smic_cameras_and_stretches_without_expression(tmp_path):
    for camera in ("HS", "VIS"):
        smic_tree(tmp_path, camera)
    assert set(read("smic", tmp_path, camera="VIS").clips["fps"]) == {25.0}
    with pytest.raises(InputError, match=r"folder NIR .*it has HS, VIS, so set data\.camera"):
        read("smic", tmp_path, camera="NIR")
    data = read("smic", tmp_path, non_micro=True)
    assert data.labels["label"].value_counts()["non-micro"] == 3
    quiet = data.labels[data.labels["label"] == "non-micro"]
    assert quiet[["onset", "offset"]].isna().all(axis=None)
    shutil.move(tmp_path / "HS", tmp_path / "elsewhere" / "renamed" / "mine")
    assert len(read("smic", tmp_path / "elsewhere").clips) == 3 * len(SMIC_CLIPS)


def test_smic_folders_that_contradict_their_names(tmp_path):
    smic_tree(tmp_path)
    micro = tmp_path / "HS" / "s1" / "micro"
    (micro / "negative" / "s1_ne_02").rename(micro / "positive" / "s1_ne_02")
    (micro / "positive" / "s1_po_01").rename(micro / "positive" / "s2_po_01")
    (micro / "surprise" / "s1_sur_01").rename(micro / "surprise" / "take one")
    (micro / "strange").mkdir()
    shutil.copytree(micro / "negative" / "s1_ne_01", micro / "strange" / "take two")
    (tmp_path / "HS" / "s99").mkdir()
    (tmp_path / "HS" / "notes.doc").write_text("x")
    data = read("smic", tmp_path)
    skipped, passed = reasons(data)
    place = "HS/s1/micro"
    assert skipped[f"{place}/positive/s1_ne_02"] == "its name and its folder say different labels"
    assert skipped[f"{place}/positive/s2_po_01"] == "its name says subject 2, its folder subject 1"
    assert skipped[f"{place}/strange/take two"] == "nothing names a label"
    assert passed["HS/notes.doc"] == "no subject's folder"
    assert by_clip(data, "label")["s01_take one"] == "surprise"


def test_smic_folders_in_a_circle_end(tmp_path):
    smic_tree(tmp_path)
    whole = read("smic", tmp_path).clips
    try:
        (tmp_path / "HS" / "s1" / "micro" / "again").symlink_to(tmp_path / "HS" / "s1")
    except OSError:
        pytest.skip("this file system has no links")
    assert read("smic", tmp_path).clips["clip"].tolist() == whole["clip"].tolist()


def test_smic_long_clips_have_no_marks(tmp_path):
    """The extended release has no folders micro: an expression begins anywhere in the clip."""
    smic_tree(tmp_path / "tree")
    for clip in (tmp_path / "tree").glob("HS/*/micro/*/*"):
        place = tmp_path / "SMIC-HS-E" / "HS" / clip.parts[-4]
        place.mkdir(parents=True, exist_ok=True)
        clip.rename(place / clip.name)
    data = read("smic", tmp_path / "SMIC-HS-E")
    assert data.labels["label"].value_counts().to_dict() == {
        "negative": 6,
        "positive": 3,
        "surprise": 3,
    }
    assert not {"onset", "offset"} & set(data.labels)


# SAMM -------------------------------------------------------------------------------------------


def test_samm_subjects_keep_their_zeros(tmp_path):
    data = read_dataset(READERS["samm"].settings(**samm_tree(tmp_path)))
    assert sorted(set(data.clips["subject"])) == ["006", "011", "037"]
    onset, apex, offset = (by_clip(data, m) for m in ("onset", "apex", "offset"))
    assert (onset["006_1_2"], apex["006_1_2"], offset["006_1_2"]) == (1, 4, 6)
    assert (onset["006_5_9"], apex["006_5_9"], offset["006_5_9"]) == (1, 3, 6)  # 9998 to 10003
    assert pd.isna(apex["011_3_1"]) and offset["011_3_1"] == 6
    assert data.labels["label"].value_counts()["others"] == 2
    assert set(data.clips["fps"]) == {200.0}
    skipped, passed = reasons(data)
    assert skipped == {"007/007_3_1": "it has no row in the coding table"}
    assert passed == {"Licence Agreement.pdf": "no subject's folder"}


def test_samm_by_objective_classes(tmp_path):
    samm_tree(tmp_path)
    data = read("samm", tmp_path, labels="objective")
    assert by_clip(data, "label")["006_1_2"] == "III"
    assert set(data.labels["label"]) == {"I", "II", "III", "VI", "VII"}
    rows = samm_sheet()
    rows[14][10], rows[15][10] = "vii ", 8
    workbook(tmp_path / TABLES["samm"], rows)
    data = read("samm", tmp_path, labels="objective")
    assert by_clip(data, "label")["006_1_2"] == "VII"
    assert reasons(data)[0]["006_1_3"] == "row 16 of the coding table gives it no label"


def test_samm_from_text_that_lost_the_zeros(tmp_path):
    samm_tree(tmp_path)
    whole = read("samm", tmp_path)
    rows = [[str(v[0] if isinstance(v, tuple) else v or "") for v in r] for r in samm_sheet()]
    for row in rows[14:]:
        row[0] = row[0].lstrip("0")
    csv_beside(tmp_path, TABLES["samm"], rows)
    data = read("samm", tmp_path)
    pd.testing.assert_frame_equal(data.clips, whole.clips)
    pd.testing.assert_frame_equal(data.labels, whole.labels)


def test_samm_rows_of_another_subject_are_skipped(tmp_path):
    samm_tree(tmp_path)
    rows = samm_sheet()
    rows[14][0], rows[15][1] = "007", "cover"
    workbook(tmp_path / TABLES["samm"], rows)
    skipped, _ = reasons(read("samm", tmp_path))
    assert skipped["006_1_2"] == "row 15 of the coding table gives it to subject '007'"
    assert skipped["cover"] == "row 16 of the coding table gives it to subject '006'"
    workbook(tmp_path / TABLES["samm"], [[h for h in SAMM_HEAD if h != "Apex Frame"], ["1"]])
    with pytest.raises(InputError, match="needs a column 'Apex Frame'"):
        read("samm", tmp_path)


# composites -------------------------------------------------------------------------------------


def composite(*members, **more):
    return CompositeData(members=list(members), **more)


def test_a_composite_keeps_people_of_different_sets_apart(tmp_path):
    one, two = (clip_file(tmp_path / n / "x" / "006.npy") for n in ("a", "b"))
    clip_file(tmp_path / "a" / "y" / "007.npy")
    folders = [{"kind": "folder", "path": tmp_path / n, "subject": "(00.)"} for n in "ab"]
    data = read_dataset(composite(*folders))
    assert data.clips[["clip", "subject", "dataset"]].values.tolist() == [
        ["a/x/006.npy", "a/006", "a"],
        ["a/y/007.npy", "a/007", "a"],
        ["b/x/006.npy", "b/006", "b"],
    ]
    assert [data.root / s for s in data.clips["source"]][::2] == [one, two]
    assert data.about.startswith("3 clips of 2 data sets together (2 a, 1 b)")


def test_two_forms_of_one_set_share_their_people(tmp_path):
    """Else a person would be trained on in one form and tested in the other."""
    for form in ("raw", "cropped"):
        casme2_tree(tmp_path, form)
    members = [{"kind": "casme2", "path": tmp_path, "form": f} for f in ("raw", "cropped")]
    data = read_dataset(composite(*members))
    assert data.clips["clip"].is_unique and len(data.clips) == 2 * len(CASME2_ROWS)
    assert set(data.clips["subject"]) == {f"casme2/sub{n}" for n in ("01", "02", "17")}
    assert {c.split("/")[0] for c in data.clips["clip"]} == {"casme2", "casme2-2"}
    assert set(data.clips["dataset"]) == {"casme2"}


def test_the_people_of_a_repacked_set_are_those_of_the_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # CK+48 is packed below the current folder
    members = [{"kind": k, **TREES[k](tmp_path / k)} for k in ("ck+", "ck+48")]
    data = read_dataset(composite(*members))
    people = {k: set(c["subject"]) for k, c in data.clips.groupby("dataset")}
    assert set(people) == {"ck+", "ck+48"} and people["ck+"] & people["ck+48"]
    assert all(s.startswith("ck+/S") for s in data.clips["subject"])
    settings = ProtocolSettings("leave-one-dataset-out")
    columns = {f"{c}s": data.clips[c].tolist() for c in ("subject", "dataset")}
    with pytest.raises(InputError, match="no subject may be trained on and tested"):
        make_folds(data.labels["label"].tolist(), settings=settings, **columns)


def test_two_folders_of_one_name_are_two_sets(tmp_path):
    for place in "ab":
        folder_tree(tmp_path / place / "train")
    paths = [tmp_path / p / "train" for p in ("a", "b", "a")]
    members = [{"kind": "folder", "path": p, "subject": "(S[0-9])"} for p in paths]
    data = read_dataset(composite(*members))
    assert data.clips["dataset"].value_counts().to_dict() == {"train": 12, "train-2": 6}
    assert data.clips["subject"].nunique() == 6 and data.clips["clip"].is_unique


def test_a_composite_of_a_composite_set_names_people_once(tmp_path):
    megc2019_tree(tmp_path)
    members = [{"kind": "megc2019", "path": tmp_path}, {"kind": "samm", "path": tmp_path}]
    data = read_dataset(composite(*members))
    assert "samm/006" in set(data.clips["subject"])
    assert not data.clips["subject"].str.contains("samm/samm").any()
    assert set(data.clips["dataset"]) == {"casme2", "smic", "samm"}


@pytest.mark.parametrize("kind", [k for k in READERS if k != "composite"])
def test_every_kind_can_be_a_member(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some pack their clips below the current folder
    values = TREES[kind](tmp_path / "tree" if kind != "drawn" else tmp_path)
    alone = read_dataset(READERS[kind].settings(**values))
    folder_tree(tmp_path / "beside" / "it")
    beside = {"kind": "folder", "path": tmp_path / "beside" / "it"}
    data = read_dataset(composite({"kind": kind, **values}, beside))
    assert len(data.clips) == len(alone.clips) + 6
    assert data.labels["label"].tolist()[:-6] == alone.labels["label"].tolist()
    assert all((data.root / s).exists() for s in data.clips["source"])
    first = [(alone.root / s).resolve() for s in alone.clips["source"]]
    assert [(data.root / s).resolve() for s in data.clips["source"]][:-6] == first


def test_members_that_make_their_clips(tmp_path):
    small = {"subjects": 2, "takes": 1, "frames": 12, "size": 96}
    drawn = {"kind": "drawn", **small, "folder": tmp_path / "drawn"}
    folder_tree(tmp_path / "other" / "mine")
    seen = []
    settings = composite(drawn, {"kind": "folder", "path": tmp_path / "other" / "mine"})
    data = read_dataset(settings, 1, lambda *what: seen.append(what))
    assert data.synthetic and seen and len(data.clips) == 14 + 6
    assert all((data.root / s).exists() for s in data.clips["source"])
    assert set(data.clips["dataset"]) == {"drawn", "mine"}
    assert data.clips["subject"].tolist()[-1] == ""  # unknown stays unknown


def test_the_store_knows_the_clips_of_a_composite(tmp_path):
    """Its key is the content: the same clip alone and in a composite is computed once."""
    smic_tree(tmp_path / "smic")
    folder_tree(tmp_path / "x" / "y" / "z")
    alone = read("smic", tmp_path / "smic")
    members = [{"kind": "folder", "path": tmp_path / "x" / "y" / "z"}]
    whole = read_dataset(composite({"kind": "smic", "path": tmp_path / "smic"}, *members))
    first = [content_digest(job.source) for job in jobs_of(alone.clips, alone.root)]
    second = [content_digest(job.source) for job in jobs_of(whole.clips, whole.root)]
    assert second[: len(first)] == first


def test_sources_outside_the_common_root_are_absolute(tmp_path, monkeypatch):
    folder_tree(tmp_path / "a")
    data = read("folder", tmp_path / "a", subject="(S[0-9])")
    monkeypatch.setattr("os.path.commonpath", lambda roots: (_ for _ in ()).throw(ValueError))
    folder_tree(tmp_path / "b")
    both = put_together([data, read("folder", tmp_path / "b")])
    assert all((both.root / s).exists() for s in both.clips["source"])
    assert Path(both.clips["source"].iloc[-1]).is_absolute()


def test_parts_stay_where_every_member_has_them(tmp_path):
    for name, part in (("a", ",part"), ("b", ",part"), ("c", "")):
        clip_file(tmp_path / name / "1.npy")
        clip_file(tmp_path / name / "2.npy")
        rows = f"clip,path,label{part}\n1,1.npy,x{part and ',train'}\n2,2.npy,y{part and ',test'}\n"
        (tmp_path / name / f"{name}.csv").write_text(rows)
    tables = {n: {"kind": "csv", "path": tmp_path / n / f"{n}.csv"} for n in "abc"}
    assert (
        read_dataset(composite(tables["a"], tables["b"])).clips["part"].tolist()
        == [
            "train",
            "test",
        ]
        * 2
    )
    assert "part" not in read_dataset(composite(tables["a"], tables["c"])).clips


def test_classes_apply_to_the_whole(tmp_path):
    casme2_tree(tmp_path / "a")
    smic_tree(tmp_path / "b")
    members = [{"kind": k, "path": tmp_path / p} for k, p in (("casme2", "a"), ("smic", "b"))]
    merged = {n: [*words, n] if n != "surprise" else words for n, words in CASME2_CLASSES.items()}
    data = read_dataset(composite(*members, classes=merged))
    assert set(data.labels["label"]) == {"negative", "positive", "surprise"}
    assert set(data.clips["dataset"]) == {"casme2", "smic"}
    assert "casme2/sub01/EP01_5" in set(data.passed["clip"])


def test_mistakes_in_members_name_the_member(tmp_path):
    smic_tree(tmp_path / "smic")
    good = {"kind": "smic", "path": str(tmp_path / "smic")}
    for bad, words in (
        ({"kind": "smicc", "path": "x"}, "unknown kind of member 2 'smicc': did you mean 'smic'"),
        ({"kind": "composite", "members": []}, "unknown kind of member 2 'composite'"),
        ({"path": "x"}, "member 2 must be a mapping that says its 'kind'"),
        (7, "member 2 must be a mapping that says its 'kind', not 7"),
        ({"kind": "smic"}, r"member 2 \(smic\)\.path is missing"),
        ({"kind": "smic", "path": "x", "camrea": 1}, r"member 2 \(smic\)\.camrea is not a setting"),
        (
            {"kind": "smic", "path": "x", "camera": "hs"},
            r"member 2 \(smic\)\.camera 'hs' is unknown",
        ),
    ):
        with pytest.raises(ConfigError, match=words) as caught:
            parse(Config, {"data": {"kind": "composite", "members": [good, bad]}})
        assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match="members must have at least 1 entries"):
        parse(Config, {"data": {"kind": "composite", "members": []}})
    with pytest.raises(InputError, match=r"member 2 \(smic\): data.path of smic .* is none"):
        read_dataset(composite(good, {"kind": "smic", "path": tmp_path / "no"}))
    with pytest.raises(InputError, match=r"member 1 \(smic\): .* 'negatve'"):
        read_dataset(composite({**good, "classes": ["negatve", "surprise"]}))


def test_a_config_with_members_can_be_written_and_read_again(tmp_path):
    values = TREES["composite"](tmp_path)
    config = parse(Config, {"data": {"kind": "composite", **values}})
    again = parse(Config, yaml.safe_load(config.as_yaml()))
    assert again == config and again.as_yaml() == config.as_yaml()
    assert read_dataset(again.data).clips.equals(read_dataset(config.data).clips)


def test_published_counts_of_members_are_added():
    count = READERS["composite"].published
    smic, samm = ({"kind": k, "path": "x"} for k in ("smic", "samm"))
    both = count(composite(smic, samm))
    assert both["clips"] == 164 + 159 and both["subjects"] == 16 + 29 and both["surprise"] == 58
    assert "subjects" not in count(composite(smic, smic))
    assert "subjects" not in count(composite(smic, {"kind": "megc2019", "path": "x"}))
    assert "subjects" not in count(composite(*({"kind": k, "path": "x"} for k in ("ck+", "ck+48"))))
    assert count(composite(smic, {"kind": "folder", "path": "x"})) == {}
    assert count(composite({**smic, "classes": ["positive", "negative"]}, samm)) == {}


# MEGC 2019 --------------------------------------------------------------------------------------


def test_the_challenge_lists_145_clips_of_24_people():
    assert len(CHALLENGE) == sum(len(c.split()) for c in LISTED.values()) == 145
    assert len(LISTED) == 24
    counts = READERS["megc2019"].published(READERS["megc2019"].settings(path="x"))
    assert counts == {
        "clips": 442,
        "subjects": 68,
        "negative": 250,
        "positive": 109,
        "surprise": 83,
    }


def test_megc2019_maps_and_drops(tmp_path):
    data = read("megc2019", megc2019_tree(tmp_path)["path"])
    counts = data.clips["dataset"].value_counts().to_dict()
    assert counts == {"casme2": 11, "smic": 12, "samm": 9} and data.clips["subject"].nunique() == 9
    label = by_clip(data, "label")
    assert label["casme2/sub02/EP01_11f"] == "negative"  # repression
    assert label["samm/006_5_10"] == "negative"  # contempt
    assert label["smic/s01_po_01"] == label["casme2/sub01/EP02_01f"] == "positive"
    passed = reasons(data)[1]
    assert passed["samm/011_4_1"] == "label 'others' belongs to none of the three classes"
    assert passed["casme2/sub02/EP08_04"] == "not among the clips that the challenge lists"
    every = read("megc2019", tmp_path, clips="all")
    assert len(every.clips) == len(data.clips) + 2
    assert READERS["megc2019"].published(READERS["megc2019"].settings(path="x", clips="all")) == {}
    assert set(CLASS_OF.values()) == {"negative", "positive", "surprise"}


def test_megc2019_from_three_places(tmp_path):
    whole = read("megc2019", megc2019_tree(tmp_path / "a")["path"])
    settings = READERS["megc2019"].settings
    places = {"casme2": "a/CASME2", "smic": "b/SMIC", "samm": "a/samm"}
    shutil.move(tmp_path / "a" / "SMIC", tmp_path / "b" / "SMIC")
    data = read_dataset(settings(**{k: tmp_path / p for k, p in places.items()}))
    pd.testing.assert_frame_equal(data.labels, whole.labels)
    assert all((data.root / s).is_dir() for s in data.clips["source"])
    mixed = read_dataset(settings(path=tmp_path / "a", smic=tmp_path / "b"))
    pd.testing.assert_frame_equal(mixed.labels, whole.labels)


@pytest.mark.parametrize(
    ("name", "folder"), [("casme2", "CASME2"), ("smic", "SMIC"), ("samm", "samm")]
)
def test_megc2019_without_one_of_the_three(tmp_path, name, folder):
    megc2019_tree(tmp_path)
    shutil.rmtree(tmp_path / folder)
    with pytest.raises(InputError, match=f"needs {name}, .*data.{name}, .*data.sets: ") as caught:
        read("megc2019", tmp_path)
    assert "\n" not in str(caught.value)
    others = [s for s in MICRO if s != name]
    data = read("megc2019", tmp_path, sets=others)
    assert data.clips["dataset"].unique().tolist() == others
    counts = READERS["megc2019"].published(READERS["megc2019"].settings(path="x", sets=others))
    assert counts["clips"] == 442 - {"casme2": 145, "smic": 164, "samm": 133}[name]


def test_megc2019_settings_that_cannot_be(tmp_path):
    model = READERS["megc2019"].settings
    with pytest.raises(ValueError, match="give path, or a folder for casme2, samm"):
        model(smic="x")
    with pytest.raises(ValueError, match="names a data set twice"):
        model(path="x", sets=["smic", "smic"])
    casme2_tree(tmp_path)
    workbook(tmp_path / TABLES["casme2"], casme2_sheet([(1, "EP01_5", 1, 1, 2, 3, "", "others")]))
    with pytest.raises(InputError, match="no clip of the challenge in casme2"):
        read("megc2019", tmp_path, sets=["casme2"])
