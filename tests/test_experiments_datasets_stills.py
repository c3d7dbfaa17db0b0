"""Sets of still pictures: what all promise, and the traps of JAFFE, KDEF, RAF-DB and AffectNet."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stills_material import FORMS, KINDS, OF_FILES, grown, packs, read, reasons  # noqa: F401
from tree_material import write_image
from trees_stills import AFFECT_HEADER, SEVEN, TREES, affect_row, affectnet_sets, peaks

from experiments.datasets import READERS
from experiments.folding.protocols import ProtocolSettings, make_folds
from sttm.errors import InputError
from sttm.frames import open_frames

# the family -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["nothing", "empty", "archive.zip", "strays"])
def test_a_place_without_the_set_is_refused_in_a_sentence(kind, place, tmp_path):
    path = tmp_path / place
    if place == "archive.zip":
        path.write_bytes(b"PK")
    elif place != "nothing":
        path.mkdir()
    if place == "strays":
        (path / "notes.txt").write_text("x")
        (path / "folder").mkdir()
        write_image(path / "folder" / "holiday.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(InputError, match=re.escape(place)) as caught:
        read(kind, path)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ("jaffe", "jaffe"),
        ("kdef", "KDEF_and_AKDEF"),
        ("kdef", "KDEF_and_AKDEF/KDEF"),
        ("fer2013", "fer2013"),
        ("fer2013", "fer2013/fer2013.csv"),
        ("fer2013 folders", "archive"),
        ("ferplus", "fer2013.csv"),
        ("raf-db", "RAF"),
        ("raf-db", "RAF/basic"),
        ("raf-db", "RAF/basic/EmoLabel"),
    ],
)
def test_a_level_too_high_or_low_is_the_same_set(form, place, tmp_path):
    kind, tree = FORMS[form]
    above = read(kind, tree(tmp_path)["path"])
    assert "".join(read(kind, tmp_path / place).labels["label"]) == "".join(above.labels["label"])


@pytest.mark.parametrize(
    ("form", "place", "words"),
    [
        ("fer2013 folders", "archive/train", "the folder above those of the parts"),
        ("fer2013 folders", "archive/train/angry", "the folder above those of the parts"),
        ("raf-db", "RAF/basic/Image", "must be the folder basic"),
        ("affectnet", "Manually_Annotated", "above training.csv"),
        ("affectnet", "Manually_Annotated_file_lists", "as data.images"),
        ("affectnet sets", "train_set/images", "above train_set"),
    ],
)
def test_a_place_inside_the_set_is_refused(form, place, words, tmp_path):
    kind, tree = FORMS[form]
    tree(tmp_path)
    with pytest.raises(InputError, match=words):
        read(kind, tmp_path / place)


@pytest.mark.parametrize("form", OF_FILES)
def test_no_picture_is_looked_into(form, tmp_path):
    """A reader of files gives the same clips whatever the files hold."""
    kind, tree = FORMS[form]
    root = tree(tmp_path)["path"]
    before = read(kind, root)
    for path in root.rglob("*"):
        if path.is_file() and path.suffix.lower() in (".jpg", ".tiff"):
            path.write_bytes(b"no picture")
    pd.testing.assert_frame_equal(read(kind, root).clips, before.clips)


@pytest.mark.parametrize("form", FORMS)
def test_a_set_that_was_moved_gives_the_same_clips(form, tmp_path):
    kind, tree = FORMS[form]
    tree(tmp_path / "here")
    before = read(kind, tmp_path / "here")
    (tmp_path / "here").rename(tmp_path / "there")
    after = read(kind, tmp_path / "there")
    pd.testing.assert_frame_equal(after.clips, before.clips)
    pd.testing.assert_frame_equal(after.labels, before.labels)


@pytest.mark.parametrize("form", FORMS)
def test_who_is_on_the_pictures(form, tmp_path):
    data = grown(form, tmp_path)
    people = set(data.clips["subject"])
    assert people == {
        "jaffe": {"KA", "KL", "KM"},
        "kdef": {"F01", "F02", "M01"},
    }.get(form, {""})
    assert ("part" in data.clips) == (people == {""})


@pytest.mark.parametrize("form", FORMS)
def test_every_part_has_every_class(form, tmp_path):
    data = grown(form, tmp_path)
    both = data.clips.merge(data.labels, on="clip")
    by = both["part"] if "part" in both else both["subject"]
    assert (pd.crosstab(by, both["label"]) > 0).all(axis=None)
    assert set(data.labels["label"]) == set(SEVEN) | (
        {"contempt"} if "affect" in form or form == "ferplus" else set()
    )


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
@pytest.mark.parametrize("form", ["jaffe", "kdef", "fer2013 folders"])
def test_names_that_cannot_be_written_down_are_told_and_printable(form, tmp_path):
    kind, tree = FORMS[form]
    root = tree(tmp_path)["path"]
    before = read(kind, root)
    name = next(iter(before.clips["source"]))
    picture = before.root / name
    folder = picture.parent / "\udcff"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    if form == "jaffe":
        shutil.copy(picture, folder / "KA.AN3.77.tiff")
    elif form == "kdef":
        shutil.copy(picture, folder / "AF09ANS.JPG")
    else:
        folder.rmdir()
        shutil.copy(picture, picture.parent / "\udcff.jpg")
    after = read(kind, root)
    pd.testing.assert_frame_equal(after.clips, before.clips)
    told = [r for c, r in after.skipped.itertuples(index=False) if c.encode("utf-8")]
    assert "its name is not valid Unicode; rename it" in told


def test_counts_that_were_published():
    counts = {kind: READERS[kind].published(READERS[kind].settings(path="x")) for kind in KINDS}
    totals = {kind: c.get("clips") for kind, c in counts.items()}
    assert totals == {
        "jaffe": 213,
        "kdef": 980,
        "fer2013": 28709 + 3589 + 3589,
        "ferplus": None,
        "raf-db": 12271 + 3068,
        "affectnet": 287651 + 4000,
    }
    assert counts["jaffe"]["disgust"] == 29 and counts["raf-db"]["happiness"] == 5957
    everything = READERS["kdef"].settings(path="x", angles=["S", "HL", "HR", "FL", "FR"])
    assert READERS["kdef"].published(everything)["clips"] == 4900


# JAFFE ------------------------------------------------------------------------------------------


def test_the_traps_of_jaffe(tmp_path):
    data = grown("jaffe", tmp_path)
    assert len(data.clips) == 42 and data.clips["clip"].iloc[0] == "KA.AN1.1"
    assert reasons(data.skipped) == {
        "KL.AN9.999.tiff": "a link that leads nowhere",
        "KA.XX1.99.tiff": "XX is no expression of JAFFE",
        "KA.AN1.1.tiff": "another clip is called KA.AN1.1, too: jaffe/KA.AN1.1.tiff",
    }
    assert reasons(data.passed) == {
        "README": "neither video nor image",
        "KA-AN1-98.tiff": "its name is not like KA.AN1.39.tiff",
    }


def test_names_of_jaffe_in_any_case_and_format(tmp_path):
    picture = peaks(0, "anger", 1)[0]
    for name in ("ka.an1.39.TIF", "YM.su3.60.png"):
        write_image(tmp_path / name, picture)
    data = read("jaffe", tmp_path)
    assert data.clips[["clip", "subject"]].values.tolist() == [
        ["KA.AN1.39", "KA"],
        ["YM.SU3.60", "YM"],
    ]


# KDEF -------------------------------------------------------------------------------------------


def test_one_person_in_two_sessions_is_one_subject(tmp_path):
    """Otherwise the woman of AF01 is trained on as BF01: a leak that no protocol would see."""
    data = grown("kdef", tmp_path)
    assert data.clips["subject"].value_counts().to_dict() == {"F01": 14, "F02": 14, "M01": 14}
    folds = make_folds(data.labels["label"], data.clips["subject"], ProtocolSettings("loso"))
    people = data.clips["clip"].str[1:4]
    for fold in folds:
        assert not set(people[fold.train]) & set(people[fold.test])


def test_the_traps_of_kdef(tmp_path):
    data = grown("kdef", tmp_path)
    assert reasons(data.skipped) == {
        "AF01XXS.JPG": "XX is no expression of KDEF",
        "af01ans.jpg": "another clip is called AF01ANS, too: KDEF_and_AKDEF/KDEF/AF01/AF01ANS.JPG",
    }
    assert reasons(data.passed) == {
        "AF01AFFL.JPG": "angle FL is not among data.angles",
        "AF01AFHL.JPG": "angle HL is not among data.angles",
        "AF31V.JPG": "angle HL is not among data.angles",
        "AF36ANS.JPG": "its name is not like AF01ANS.JPG",
        "FAFS.JPG": "its name is not like AF01ANS.JPG",
    }


def test_angles_and_sessions_are_chosen(tmp_path):
    TREES["kdef"](tmp_path)
    half = read("kdef", tmp_path, angles=["HL"])
    assert half.clips["clip"].tolist() == ["AF01AFHL", "AF31SAHL"]  # the latter is AF31V.JPG
    assert half.clips["source"].iloc[1].endswith("AF01/AF31V.JPG")
    second = read("kdef", tmp_path, session="B")
    assert len(second.clips) == 21 and set(second.clips["clip"].str[0]) == {"B"}
    with pytest.raises(InputError, match=r"session A is not data\.session"):
        read("kdef", tmp_path / "KDEF_and_AKDEF" / "KDEF" / "AF02", session="B")


@pytest.mark.parametrize("angles", [[], ["X"], ["S", "S"]])
def test_angles_that_are_none_are_refused(angles, tmp_path):
    with pytest.raises(ValueError, match="angles"):
        READERS["kdef"].settings(path=tmp_path, angles=angles)


# RAF-DB -----------------------------------------------------------------------------------------


def raf_list(root):
    return root / "RAF" / "basic" / "EmoLabel" / "list_patition_label.txt"


def test_the_traps_of_raf_db(tmp_path):
    data = grown("raf-db", tmp_path)
    assert data.clips["part"].value_counts().to_dict() == {"train": 14, "test": 7}
    assert reasons(data.skipped) == {
        "train_99999.jpg": "train_99999_aligned.jpg is not there",
        "train_00001x.jpg": "its code is '8', and the codes are 1 to 7",
        "dev_00001.jpg": "its name begins with neither train_ nor test_",
        "odd": "its code is '', and the codes are 1 to 7",
    }


def test_both_kinds_of_pictures_show_the_same(tmp_path):
    TREES["raf-db"](tmp_path)
    both = [read("raf-db", tmp_path, pictures=kind) for kind in ("aligned", "original")]
    pd.testing.assert_frame_equal(both[0].labels, both[1].labels)
    sizes = []
    for data in both:
        with open_frames(data.root / data.clips["source"].iloc[0]) as frames:
            sizes.append(frames.size)
    assert sizes == [(100, 100), (128, 128)]


def test_pictures_that_are_still_packed_are_named(tmp_path):
    TREES["raf-db"](tmp_path)
    image = tmp_path / "RAF" / "basic" / "Image"
    shutil.rmtree(image / "aligned")
    with pytest.raises(InputError, match="needs the folder Image/aligned"):
        read("raf-db", tmp_path)
    with zipfile.ZipFile(image / "aligned.zip", "w") as archive:
        archive.writestr("aligned/train_00001_aligned.jpg", b"x")
    with pytest.raises(InputError, match=r"unpack Image/aligned\.zip first"):
        read("raf-db", tmp_path)


def test_a_list_that_says_two_things_is_refused(tmp_path):
    TREES["raf-db"](tmp_path)
    file = raf_list(tmp_path)
    file.write_bytes(file.read_bytes() + b"\r\ntrain_00001.jpg 3\r\n")
    with pytest.raises(InputError, match=r"two things about train_00001\.jpg: lines 1 and 28"):
        read("raf-db", tmp_path)


def test_an_empty_list_is_refused_by_name(tmp_path):
    TREES["raf-db"](tmp_path)
    raf_list(tmp_path).write_text("\n")
    with pytest.raises(InputError, match=r"label\.txt is empty; it must hold lines such as"):
        read("raf-db", tmp_path)


def test_pictures_whose_names_changed_their_case(tmp_path):
    TREES["raf-db"](tmp_path)
    before = read("raf-db", tmp_path)
    for path in (tmp_path / "RAF" / "basic" / "Image" / "aligned").glob("t*.jpg"):
        path.rename(path.with_name(path.name.upper()))
    after = read("raf-db", tmp_path)
    pd.testing.assert_frame_equal(after.labels, before.labels)
    assert all((after.root / source).is_file() for source in after.clips["source"])


@pytest.mark.parametrize("separator", ["\t", ",", ";", "   "])
def test_a_list_by_another_hand(separator, tmp_path):
    TREES["raf-db"](tmp_path)
    before = read("raf-db", tmp_path)
    file = raf_list(tmp_path)
    file.write_text(file.read_text("utf-8-sig").replace(" ", separator).replace(".jpg", ".JPG"))
    pd.testing.assert_frame_equal(read("raf-db", tmp_path).labels, before.labels)


# AffectNet --------------------------------------------------------------------------------------


def affect_lists(root):
    return root / "Manually_Annotated_file_lists"


def test_the_traps_of_affectnet(tmp_path):
    data = grown("affectnet", tmp_path)
    assert data.clips["part"].value_counts().to_dict() == {"train": 16, "validation": 8}
    assert reasons(data.passed) == {
        "none.jpg": "labelled none",
        "uncertain.jpg": "labelled uncertain",
        "noface.jpg": "labelled no face",
    }
    assert reasons(data.skipped) == {
        "missing.jpg": "it is not there",
        "neutral0.jpg": "it is listed before, with something else said",
        "ANGER0.jpg": "its expression is '11', and the codes are 0 to 10",
        "short.jpg": "its row has too many or too few cells",
        "fear0.jpg": "it is listed before, with something else said",
    }
    assert (data.labels["valence"] == 0.5).all() and (data.labels["arousal"] == -0.25).all()


def test_a_picture_is_not_in_both_parts(tmp_path):
    """The validation list names a training picture; the training part keeps it."""
    data = grown("affectnet", tmp_path)
    row = data.clips[data.clips["clip"] == "1/fear0.jpg"]
    assert row["part"].tolist() == ["train"]


def test_valence_stays_with_its_clip(tmp_path):
    TREES["affectnet"](tmp_path)
    lines = [AFFECT_HEADER]
    values = {}
    for number, label in enumerate(("neutral", "happiness", "sadness", "fear")):
        name = f"1/{label}0.jpg"
        values[name] = number / 10
        lines.append(affect_row(name, {"fear": 4}.get(label, number), valence=values[name]))
    lines.insert(2, affect_row("1/missing.jpg", 1, valence=0.9))
    lines.append(affect_row("1/anger0.jpg", 6, valence="high"))
    (affect_lists(tmp_path) / "training.csv").write_text("\n".join(lines))
    (affect_lists(tmp_path) / "validation.csv").unlink()
    data = read("affectnet", tmp_path, classes=["fear", "sadness", "anger"])
    found = dict(zip(data.labels["clip"], data.labels["valence"], strict=True))
    assert np.isnan(found.pop("1/anger0.jpg"))
    assert found == {"1/sadness0.jpg": 0.2, "1/fear0.jpg": 0.3}


def test_the_pictures_may_lie_elsewhere(tmp_path):
    TREES["affectnet"](tmp_path / "a")
    images = tmp_path / "pictures"
    (tmp_path / "a" / "Manually_Annotated" / "Manually_Annotated_Images").rename(images)
    with pytest.raises(InputError, match=r"name their folder as data\.images"):
        read("affectnet", tmp_path / "a")
    assert len(read("affectnet", tmp_path / "a", images=images).clips) == 24
    images.rename(affect_lists(tmp_path / "a") / "images")
    for folder in (affect_lists(tmp_path / "a") / "images").iterdir():
        folder.rename(affect_lists(tmp_path / "a") / folder.name)
    assert len(read("affectnet", tmp_path / "a").clips) == 24


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "training.csv is empty"),
        ("a,b,c\n1,2,3\n", "needs a column 'subDirectory_filePath'; it has a, b, c"),
        (AFFECT_HEADER.replace("expression", "label"), "needs a column 'expression'"),
        (f'{AFFECT_HEADER}\n"1/neutral0.jpg,1,1,1,1,1;1,0,0,0\n', "training.csv is no whole table"),
        (AFFECT_HEADER, "must name pictures, and name none"),
    ],
)
def test_lists_that_cannot_be_used_are_refused(text, words, tmp_path):
    TREES["affectnet"](tmp_path)
    (affect_lists(tmp_path) / "training.csv").write_text(text)
    (affect_lists(tmp_path) / "validation.csv").unlink()
    with pytest.raises(InputError, match=words):
        read("affectnet", tmp_path)


def test_a_row_with_too_many_cells_is_not_taken_for_another(tmp_path):
    TREES["affectnet"](tmp_path)
    file = affect_lists(tmp_path) / "training.csv"
    lines = file.read_text().splitlines()
    lines[2] = lines[2].replace(";", ",").replace("1.5,2.5", "3,2")  # the code is now a landmark
    file.write_text("\n".join(lines))
    data = read("affectnet", tmp_path)
    name = lines[2].split(",")[0]
    assert name not in set(data.clips["clip"])
    assert reasons(data.skipped)[name.split("/")[1]] == "its row has too many or too few cells"


def test_the_later_release(tmp_path):
    data = grown("affectnet sets", tmp_path)
    assert data.clips["clip"].tolist() == [
        *(f"train/{n}" for n in range(8)),
        *(f"validation/{n}" for n in range(8)),
    ]
    assert reasons(data.passed) == {"21_exp.npy": "labelled no face"}
    assert reasons(data.skipped) == {
        "20_exp.npy": "images/20.jpg is not there",
        "22_exp.npy": "it holds no code from 0 to 10",
    }


def test_an_annotation_that_hides_code_is_not_run(tmp_path):
    affectnet_sets(tmp_path)
    trap = Path(tmp_path) / "train_set" / "annotations" / "0_exp.npy"
    np.save(trap, np.array([print], dtype=object), allow_pickle=True)
    data = read("affectnet", tmp_path)
    assert reasons(data.skipped)["0_exp.npy"] == "it holds no code from 0 to 10"
