"""The sequence sets: CK+, CK+48, MMI, Oulu-CASIA, AFEW, each with the traps of the real folders."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_material import frames_of, write_image
from trees_sequences import (
    CK_IMAGES,
    CK_LABELS,
    CK_UNITS,
    SHEET,
    TREES,
    ck_text,
    mmi_session,
    oulu_condition,
    small_pictures,
)

from experiments.datasets import READERS, packing, read_dataset
from sttm.errors import InputError
from sttm.frames import open_frames

KINDS = list(TREES)


@pytest.fixture(autouse=True)
def packs(tmp_path_factory, monkeypatch):
    monkeypatch.setattr(packing, "PACKS", tmp_path_factory.mktemp("packs"))


def read(kind, root, **options):
    return read_dataset(READERS[kind].settings(path=root, **options))


def grown(kind, root):
    TREES[kind](root)
    return read(kind, root)


def rows(table):
    """Return what was left out: last part of the name -> reason."""
    assert table["clip"].is_unique
    return {name.split("/")[-1]: reason for name, reason in table.itertuples(index=False)}


def empty(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


# what all of them do ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_that_is_no_such_data_set_is_refused_in_one_sentence(kind, tmp_path):
    file = empty(tmp_path / "file")
    other = empty(tmp_path / "other" / "deep" / "holiday.txt").parent.parent
    (tmp_path / "nothing").mkdir()
    for path in (tmp_path / "gone", file, other, tmp_path / "nothing"):
        with pytest.raises(InputError) as caught:
            read(kind, path)
        text = str(caught.value)
        assert str(path) in text and text.endswith(".") and "\n" not in text
        assert kind in text or "no clip was found" in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_folder_above_will_do_as_well(kind, tmp_path):
    inner = grown(kind, tmp_path / "archive" / "set")
    outer = read(kind, tmp_path / "archive")
    assert outer.labels["label"].tolist() == inner.labels["label"].tolist()
    assert outer.clips[["clip", "subject"]].equals(inner.clips[["clip", "subject"]])


@pytest.mark.parametrize("kind", KINDS)
def test_folders_that_cannot_be_read_are_said_and_the_rest_is_used(kind, tmp_path, monkeypatch):
    whole = grown(kind, tmp_path)
    victim = {
        "ck+": tmp_path / CK_IMAGES / "S005" / "001",
        "ck+48": tmp_path / "CK+48" / "anger",
        "mmi": tmp_path / "Sessions" / "5",
        "oulu-casia": tmp_path / "B_OriginalImg/OriginalImg/VL/Strong/P002/Anger",
        "afew": tmp_path / "AFEW" / "Val_AFEW" / "Happy",
    }[kind]
    listing = Path.iterdir

    def iterdir(path):
        if path == victim:
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    part = read(kind, tmp_path)
    assert 0 < len(part.clips) < len(whole.clips)
    assert rows(part.skipped)[victim.name] == "cannot be read: Permission denied"


@pytest.mark.skipif(os.name == "nt", reason="file names are Unicode on Windows")
@pytest.mark.parametrize("kind", KINDS)
def test_names_that_are_no_unicode_are_said_and_can_be_printed(kind, tmp_path):
    whole = grown(kind, tmp_path / "data")
    strange = {
        "ck+": CK_IMAGES + "/S005/\udcff/S005_099_00000001.png",
        "ck+48": "CK+48/happy/S010_\udcff.png",
        "mmi": "Sessions/\udcff/S001-077.avi",
        "oulu-casia": "B_OriginalImg/OriginalImg/VL/Strong/P\udcff/Anger/000.jpeg",
        "afew": "AFEW/Train_AFEW/Train_AFEW/Happy/\udcff.avi",
    }[kind]
    try:
        empty(tmp_path / "data" / strange)
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    if kind == "ck+":
        empty(tmp_path / "data" / strange.replace("0001.png", "0002.png"))
        ck_text(tmp_path / "data", "emotion", "S005", "099", 2, "3")
    if kind == "mmi":
        sheet = SHEET.format(encoding="UTF-8", tags='<Metatag Name="Emotion" Value="4"/>')
        (tmp_path / "data" / strange).with_suffix(".xml").write_text(sheet)
    data = read(kind, tmp_path / "data")
    assert len(data.clips) == len(whole.clips)
    said = [*data.skipped["clip"], *data.passed["clip"]]
    assert any("?" in name for name in said)
    for text in [*said, *data.skipped["reason"], *data.passed["reason"]]:
        assert text.encode("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_in_a_circle_ends(kind, tmp_path):
    whole = grown(kind, tmp_path / "data")
    (tmp_path / "data" / "again").symlink_to(tmp_path / "data", target_is_directory=True)
    if kind == "oulu-casia":  # found by its folders, and they are there twice
        with pytest.raises(InputError, match="once"):
            read(kind, tmp_path / "data")
    else:
        assert len(read(kind, tmp_path / "data").clips) == len(whole.clips)


@pytest.mark.parametrize("kind", ["ck+", "mmi", "oulu-casia", "afew"])
def test_no_picture_is_opened(kind, tmp_path):
    """Reading looks at names only: the same rows come from files without a byte."""
    whole = grown(kind, tmp_path)
    for path in tmp_path.rglob("*"):
        if path.suffix.lower() in (".png", ".jpeg", ".jpg", ".avi", ".mkv"):
            path.write_bytes(b"")
    again = read(kind, tmp_path)
    assert again.clips.equals(whole.clips) and again.labels.equals(whole.labels)


def published_tree(kind, root):
    """Write a tree of the published size, of files without a byte where that will do."""
    counts = READERS[kind].published(READERS[kind].settings(path=root))
    labels = {k: n for k, n in counts.items() if k not in ("clips", "subjects")}
    people = [f"S{n:03d}" for n in range(1, counts.get("subjects", 1) + 1)]
    words = [label for label, count in labels.items() for _ in range(count)]
    one = cv2.imencode(".png", np.zeros((48, 48), np.uint8))[1].tobytes()
    codes = ["", "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"]
    for number, word in enumerate(words):
        person, session = people[number % len(people)], f"{number:03d}"
        if kind == "ck+":
            for frame in (1, 2):
                name = f"{person}_{session}_{frame:08d}.png"
                empty(root / "cohn-kanade-images" / person / session / name)
            ck_text(root, "emotion", person, session, 2, f"   {codes.index(word):.7e}\n")
        elif kind == "ck+48":
            for frame in (7, 8, 9):
                path = root / word / f"{person}_{session}_{frame:08d}.png"
                empty(path).write_bytes(one)
        elif kind == "oulu-casia":
            for frame in ("000.jpeg", "001.jpeg"):
                place = root / "OriginalImg" / "VL" / "Strong" / f"P{number % 80:03d}"
                empty(place / word.title() / frame)
        else:
            part = "Train_AFEW" if number % 3 else "Val_AFEW"
            empty(root / part / word / f"{number:09d}.avi")
    return counts


@pytest.mark.parametrize("kind", ["ck+", "ck+48", "oulu-casia", "afew"])
def test_a_tree_of_the_published_size_has_the_published_counts(kind, tmp_path):
    counts = dict(published_tree(kind, tmp_path))
    data = read(kind, tmp_path)
    assert data.skipped.empty and data.passed.empty
    assert len(data.clips) == counts.pop("clips")
    if "subjects" in counts:
        assert data.clips["subject"].nunique() == counts.pop("subjects")
    assert Counter(data.labels["label"]) == counts


# CK+ ----------------------------------------------------------------------------------------------


def test_ck_labels_marks_and_action_units(tmp_path):
    data = grown("ck+", tmp_path)
    both = data.clips.merge(data.labels, on="clip")
    columns = ["clip", "subject", "label", "onset", "apex", "aus"]
    assert both[columns].values.tolist() == [
        ["S005_001", "S005", "disgust", 0, 5, "9d+17c"],
        ["S005_002", "S005", "happiness", 0, 4, "6+12e"],
        ["S005_005", "S005", "surprise", 0, 6, "1b+2"],
        ["S010_001", "S010", "disgust", 0, 4, ""],
        ["S010_002", "S010", "happiness", 0, 5, ""],
        ["S010_006", "S010", "surprise", 0, 4, "1a"],
        ["S999_001", "S999", "disgust", 0, 4, "4"],
        ["S999_002", "S999", "happiness", 0, 4, "12"],
        ["S999_003", "S999", "surprise", 0, 5, ""],
        ["S999_004", "S999", "disgust", 0, 5, ""],
    ]


def test_ck_what_is_left_out_and_why(tmp_path):
    data = grown("ck+", tmp_path)
    assert rows(data.skipped) == {
        "S005_006": "the code 0 in its label file names no expression; they are 1 to 7",
        "S005_007": "the code 9 in its label file names no expression; they are 1 to 7",
        "S005_008": "its label file holds something else than numbers",
        "S005_009": "its label file holds something else than numbers",
        "S005_010": "its label file must hold one code, not nothing",
        "S005_011": "its label file must hold one code, not 5, 5",
        "S005_012": "its label file must hold one code, not 2.5",
        "S005_013": "its label file holds a number that cannot be",
        "S005_014": "its label file holds a number that cannot be",
        "S010_015": "its label files disagree: codes 3 and 5",
        "S010_016": "it has a label and no folder of images",
        "S999_005": "a single image is no clip",
    }
    assert rows(data.passed) == {
        "ReadMeCohnKanadeDatabase_website.txt": "no file of CK+",
        "S010_002_00000006_facs.txt": "holds something else than numbers",
        "S010_004": "no emotion label",
    }


@pytest.mark.parametrize(
    "wrappers",
    [
        ("cohn-kanade-images", "Emotion", "FACS"),
        ("cohn-kanade-images/cohn-kanade-images", "Emotion/Emotion", "FACS/FACS"),
        ("CK+/extended-cohn-kanade-images", "CK+/Emotion_labels", "CK+/FACS_labels/FACS"),
        ("a/b/c", "a/b", "a"),
        (".", ".", "."),
    ],
)
def test_ck_folders_may_be_wrapped_as_they_like(wrappers, tmp_path):
    whole = grown("ck+", tmp_path / "first")
    for kept, wrapper in zip((CK_IMAGES, CK_LABELS, CK_UNITS), wrappers, strict=True):
        shutil.copytree(tmp_path / "first" / kept, tmp_path / "new" / wrapper, dirs_exist_ok=True)
    data = read("ck+", tmp_path / "new")
    assert data.labels.equals(whole.labels)
    assert len(data.skipped) == len(whole.skipped)


def test_ck_one_level_too_low_says_what_is_missing(tmp_path):
    TREES["ck+"](tmp_path)
    with pytest.raises(InputError, match=r"holds images and no label \(\*_emotion\.txt\)"):
        read("ck+", tmp_path / CK_IMAGES)
    with pytest.raises(InputError, match="holds labels and no images"):
        read("ck+", tmp_path / CK_LABELS)


def test_ck_a_second_copy_and_mixed_folders_are_said(tmp_path):
    whole = grown("ck+", tmp_path)
    shutil.copytree(tmp_path / CK_IMAGES / "S005/001", tmp_path / "backup" / "S005/001")
    write_image(tmp_path / CK_IMAGES / "S010/002/holiday.png", np.zeros((4, 4), np.uint8))
    for session, other in (("001", "S005_002_00000099.png"), ("002", "S999_001_00000099.png")):
        empty(tmp_path / CK_IMAGES / "S999" / session / other)
    (tmp_path / CK_IMAGES / "S010/001").rename(tmp_path / CK_IMAGES / "S010/077")
    ck_text(tmp_path, "emotion", "S005", "005", 3, "7").rename(
        tmp_path / CK_LABELS / "S005/002/S005_005_00000007_emotion.txt"
    )
    data = read("ck+", tmp_path)
    skipped = dict(data.skipped.values)
    copy = f"{CK_IMAGES}/S005/001"
    assert skipped[copy] == "another copy of S005_001; backup/S005/001 is used"
    assert skipped[f"{CK_IMAGES}/S010/002"] == "holiday.png is not of the sequence; remove it"
    several = "holds images of 2 sequences; give each its own folder"
    assert skipped[f"{CK_IMAGES}/S999/001"] == skipped[f"{CK_IMAGES}/S999/002"] == several
    assert skipped[f"{CK_IMAGES}/S010/077"] == "holds the images of S010_001"
    label = f"{CK_LABELS}/S005/002/S005_005_00000007_emotion.txt"
    assert skipped[label] == "it lies in the folder of S005_002"
    gone = {"S010_001", "S010_002", "S999_001", "S999_002"}
    assert set(data.clips["clip"]) == set(whole.clips["clip"]) - gone


CODE_FORMS = ["   {:.7e}\n", "{:d}", "{:.1f}\r\n", "\t{:e}  \n\n", "\ufeff{:.7e}\n"]
CK_CODES = ["anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise"]


@pytest.mark.parametrize("form", CODE_FORMS)
@pytest.mark.parametrize("code", range(1, 8))
def test_ck_codes_in_all_their_forms(code, form, tmp_path):
    for frame in (1, 2):
        empty(tmp_path / f"S001_001_{frame:08d}.png")
    text = form.format(code)
    (tmp_path / "S001_001_00000002_emotion.txt").write_bytes(text.encode())
    assert read("ck+", tmp_path).labels["label"].tolist() == [CK_CODES[code - 1]]


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.binary(max_size=40), st.text("0123456789.e+- \n", max_size=12)))
def test_ck_a_label_file_of_any_bytes_is_read_or_said(content):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for sequence in ("S001_001", "S002_001"):
            for frame in (1, 2):
                empty(root / sequence / f"{sequence}_{frame:08d}.png")
            ck_text(root, "emotion", *sequence.split("_"), 2, "3")
        data = content.encode() if isinstance(content, str) else content
        ck_text(root, "emotion", "S002", "001", 2, data)
        ck_text(root, "facs", "S001", "001", 2, data)
        found = read("ck+", root)
    assert set(found.clips["clip"]) | set(found.skipped["clip"]) == {"S001_001", "S002_001"}
    assert "S001_001" in set(found.clips["clip"])


# CK+48 --------------------------------------------------------------------------------------------


def test_ck48_clips_are_stretches_of_one_file_of_frames(tmp_path):
    data = grown("ck+48", tmp_path)
    assert len(data.clips) == 9 and set(data.clips["subject"]) == {"S010", "S011", "S138"}
    assert set(data.labels["label"]) == {"anger", "disgust", "happiness"}
    back = {"anger": "anger", "disgust": "disgust", "happiness": "happy"}
    for row in data.clips.merge(data.labels, on="clip").itertuples():
        files = sorted((tmp_path / "CK+48" / back[row.label]).glob(f"{row.clip}_*.png"))
        wanted = [cv2.imread(str(f), cv2.IMREAD_GRAYSCALE) for f in files]
        with open_frames(data.root / row.source, first=row.first, last=row.last) as frames:
            assert np.array_equal(frames.volume(), np.stack(wanted))
        assert row.apex == row.last


def test_ck48_what_is_left_out_and_why(tmp_path):
    data = grown("ck+48", tmp_path)
    assert rows(data.skipped) == {
        "S138_007": "48 x 56 pixels where most have 48 x 48",
        "S138_008": "a single image is no clip",
        "S138_009": "its pictures lie in the folders disgust and happy",
        "S138_010": "S138_010_00000013.png cannot be decoded",
    }
    called = "not called like a picture of CK+48, S010_006_00000013.png"
    smile = "its folder smile is not called like an expression"
    assert rows(data.passed) == {
        "copy of S010.png": called,
        "notes.txt": called,
        **{f"S138_011_{n:08d}.png": smile for n in (11, 12, 13)},
    }


def test_ck48_the_frames_are_packed_once_and_again_when_a_picture_changed(tmp_path):
    first = grown("ck+48", tmp_path)
    before = (first.root / "ck48.npy").stat()
    again = read("ck+48", tmp_path)
    after = (again.root / "ck48.npy").stat()
    assert again.root == first.root and before.st_mtime_ns == after.st_mtime_ns
    path = tmp_path / "CK+48" / "anger" / "S010_002_00000011.png"
    write_image(path, 255 - frames_of(0, "anger", 1, (48, 48))[0])
    changed = read("ck+48", tmp_path)
    assert changed.root != first.root and (first.root / "ck48.npy").is_file()


def test_ck48_colour_and_upper_case_are_the_same_pictures(tmp_path):
    whole = grown("ck+48", tmp_path)
    folder = tmp_path / "CK+48" / "happy"
    for path in folder.glob("S010*.png"):
        picture = cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), cv2.COLOR_GRAY2BGR)
        path.unlink()
        cv2.imwrite(str(folder / f"{path.stem.lower()}.PNG"), picture)
    data = read("ck+48", tmp_path)
    assert data.clips.equals(whole.clips) and data.root == whole.root


def test_ck48_one_level_too_low_is_told_to_go_up(tmp_path):
    TREES["ck+48"](tmp_path)
    with pytest.raises(InputError, match="holds the pictures themselves: name the folder above"):
        read("ck+48", tmp_path / "CK+48" / "happy")


def test_ck48_unpacked_twice_names_a_picture_that_is_there_twice(tmp_path):
    for place in (tmp_path / "CK+48", tmp_path / "CK+48" / "CK+48"):
        small_pictures(place / "happy", "S010_006", 0, "happiness")
    with pytest.raises(InputError, match=r"S010_006: its picture 11 is there twice"):
        read("ck+48", tmp_path)


# MMI ----------------------------------------------------------------------------------------------


def test_mmi_labels_subjects_and_action_units(tmp_path):
    data = grown("mmi", tmp_path)
    both = data.clips.merge(data.labels, on="clip")
    assert both["subject"].tolist() == [c.split("-")[0] for c in both["clip"]]
    labels = dict(zip(both["clip"], both["label"], strict=True))
    assert labels.pop("S001-020") == "happiness"  # prefixes, spaces
    assert labels.pop("S002-021") == "surprise"  # Latin-1 that says UTF-8
    assert labels.pop("S053-022") == "happiness"  # both views in one picture
    assert labels.pop("S053-031") == "happiness" and labels.pop("S053-032") == "anger"
    assert list(labels.values()) == ["anger", "happiness", "surprise"] * 3
    units = dict(zip(both["clip"], both["aus"], strict=True))
    assert units.pop("S001-001") == "4+R12" and set(units.values()) == {""}


def test_mmi_what_is_left_out_and_why(tmp_path):
    data = grown("mmi", tmp_path)
    assert rows(data.skipped) == {
        "S001-024.avi": "the emotion 8 in its xml is none of the codes 1 to 6",
        "S001-026.avi": "its xml is broken: unclosed token",
        "S001-027.avi": "its xml declares a document type (DOCTYPE), as none of the set does",
        "S001-029.avi": "its xml names 2 emotions: 1, 2",
        "holiday.avi": "not called like S001-001.avi, so its subject is not known",
        "S001-001.avi": "another clip is called S001-001, too: Sessions/1/S001-001.avi",
    }
    assert rows(data.passed) == {
        "S001-001.jpg": "no video",
        "S001-002-oao_aucs.xml": "its xml is broken: unclosed token",
        "S053-023.avi": "a profile view, which is not among data.views",
        "S001-025.avi": "no emotion label in its xml",
        "S001-028.avi": "no emotion label: no xml of its name beside it",
        "33": "a session without a video",
    }


def test_mmi_views_are_chosen(tmp_path):
    TREES["mmi"](tmp_path)
    frontal = set(read("mmi", tmp_path, views=["frontal"]).clips["clip"])
    profile = set(read("mmi", tmp_path, views=["profile"]).clips["clip"])
    dual = set(read("mmi", tmp_path, views=["dual"]).clips["clip"])
    # of two videos in a session nobody tells of the first
    assert profile == {"S053-023", "S053-031"} and dual == {"S053-022", "S053-031"}
    assert frontal == set(read("mmi", tmp_path).clips["clip"]) - {"S053-022"}
    with pytest.raises(ValueError, match="at least one view"):
        READERS["mmi"].settings(path=tmp_path, views=[])


@pytest.mark.parametrize("layout", ["Sessions/1", "1", "."])
def test_mmi_sessions_lie_wherever(layout, tmp_path):
    folder = mmi_session(tmp_path / "made", 1, "S001-001")
    (tmp_path / "new" / layout).mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        shutil.copy(path, tmp_path / "new" / layout / path.name)
    assert read("mmi", tmp_path / "new").clips["clip"].tolist() == ["S001-001"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "klingon"])
@pytest.mark.parametrize("declared", ["UTF-8", "UTF-16", "ISO-8859-1", "KLINGON"])
def test_mmi_sheets_in_whatever_encoding_they_say(encoding, declared, tmp_path):
    """A wrong statement is no hurdle, save one that no reader could see through."""
    text = SHEET.format(encoding=declared, tags='<Metatag Name="Emotion" Value="5.0"/>')
    sheet = text.encode(encoding if encoding != "klingon" else "ascii")
    mmi_session(tmp_path, 1, "S001-001")
    mmi_session(tmp_path, 2, "S002-002", sheet=sheet)
    data = read("mmi", tmp_path)
    if encoding == "utf-16" and declared not in ("UTF-16",):
        assert len(data.clips) + len(data.skipped) == 2
    else:
        assert data.labels["label"].tolist() == ["happiness", "sadness"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_mmi_a_bomb_of_entities_is_refused_before_it_goes_off(encoding, tmp_path):
    lines = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(20))
    bomb = f'<!DOCTYPE d [<!ENTITY e0 "ha">{lines}]><d><Metatag Name="Emotion" Value="4"/>&e20;</d>'
    mmi_session(tmp_path, 1, "S001-001")
    mmi_session(tmp_path, 2, "S002-002", sheet=bomb.encode(encoding))
    data = read("mmi", tmp_path)
    assert data.clips["clip"].tolist() == ["S001-001"]
    assert "DOCTYPE" in rows(data.skipped)["S002-002.avi"]


@settings(max_examples=40, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=80),
        st.text('<Metatag Name="Emotion" Value="4"/>&!?[]', max_size=80).map(str.encode),
    )
)
def test_mmi_a_sheet_of_any_bytes_is_read_or_said(content):
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "1"
        good = SHEET.format(encoding="UTF-8", tags='<Metatag Name="Emotion" Value="4"/>').encode()
        for name, data in (("S001-001", good), ("S002-002", content)):
            empty(place / f"{name}.avi")
            (place / f"{name}.xml").write_bytes(data)
            (place / f"{name}-oao_aucs.xml").write_bytes(content)
        (place / "session.xml").write_bytes(content)
        found = read("mmi", Path(folder))
    said = [*found.clips["clip"], *found.skipped["clip"], *found.passed["clip"]]
    assert found.clips["clip"].tolist()[0] == "S001-001"
    assert any("S002-002" in name for name in said)


# Oulu-CASIA ---------------------------------------------------------------------------------------


def test_oulu_people_marks_and_what_is_left_out(tmp_path):
    data = grown("oulu-casia", tmp_path)
    assert data.clips["clip"].tolist() == [
        f"{p}_{w}" for p in ("P001", "P002", "P080") for w in ("Anger", "Happiness", "Surprise")
    ]
    assert set(data.clips["fps"]) == {25.0}
    assert set(data.labels["onset"]) == {0} and set(data.labels["apex"]) == {4}
    assert rows(data.skipped) == {
        "Fear": "an empty folder",
        "Disgust": "a single image is no clip",
    }
    assert rows(data.passed) == {
        "backup": "not called like a person, such as P001",
        "notes.txt": "lies beside the folders of the expressions",
        "Talking": "not called like one of the six expressions",
        "P003": "an empty folder",
        "list.txt": "lies beside the folders of the people",
    }


@pytest.mark.parametrize(
    "below", ["B_OriginalImg", "B_OriginalImg/OriginalImg", "{}/VL", "{}/VL/Strong"]
)
def test_oulu_any_folder_down_to_the_condition_will_do(below, tmp_path, monkeypatch):
    whole = grown("oulu-casia", tmp_path)
    place = tmp_path / below.format("B_OriginalImg/OriginalImg")
    assert read("oulu-casia", place).labels.equals(whole.labels)
    monkeypatch.chdir(place)
    assert read("oulu-casia", Path()).labels.equals(whole.labels)


def test_oulu_light_condition_and_crops_are_chosen(tmp_path):
    TREES["oulu-casia"](tmp_path)
    weak = read("oulu-casia", tmp_path, condition="Weak")
    assert weak.clips["clip"].tolist() == ["P001_Anger"] and "VL, Weak, original" in weak.about
    cropped = read("oulu-casia", tmp_path, images="cropped")
    assert cropped.clips["source"].tolist() == ["PreProcess Img/VL_Acropped/Strong/P001/Anger"]
    with pytest.raises(InputError, match=r"must hold NI/Dark/P001; .*VL/Strong, .*VL/Weak\.$"):
        read("oulu-casia", tmp_path, light="NI", condition="Dark")
    with pytest.raises(InputError, match="must hold NI_Acropped/Strong/P001"):
        read("oulu-casia", tmp_path, light="NI", images="cropped")
    with pytest.raises(InputError, match=r"VL/Strong/P001; .* holds nothing like it\.$"):
        read("oulu-casia", tmp_path / "B_OriginalImg/OriginalImg/VL/Strong/P001")


def test_oulu_two_of_them_are_refused(tmp_path):
    for place in ("one", "two"):
        oulu_condition(tmp_path / place / "VL" / "Strong", ["P001"])
    with pytest.raises(InputError, match=r"once; .* holds it 2 times: .*one.*two"):
        read("oulu-casia", tmp_path)


# AFEW ---------------------------------------------------------------------------------------------


def test_afew_parts_labels_and_what_is_left_out(tmp_path):
    data = grown("afew", tmp_path)
    assert Counter(data.clips["part"]) == {"train": 9, "validation": 6}
    assert set(data.clips["subject"]) == {""}
    assert Counter(data.labels["label"]) == {"anger": 5, "happiness": 5, "neutral": 5}
    assert "15 clips" in data.about and "9 train, 6 validation" in data.about
    twice = "another clip is called train/Angry/000046280, too: "
    (reason,) = rows(data.skipped).values()
    assert reason.startswith(twice)
    assert rows(data.passed) == {
        "Test_AFEW": "the labels of the test clips were never published",
        "AlignedFaces_LBPTOP_Points": "not called like one of the seven expressions",
        "cast.txt": "neither video nor image",
        "README.txt": "lies beside the folders of the expressions",
        "Sad": "an empty folder",
    }


def test_afew_the_same_time_in_two_films_is_two_clips(tmp_path):
    """AFEW names a clip by its time in its film."""
    data = grown("afew", tmp_path)
    assert {"train/Happy/000046280", "train/Angry/000046280"} <= set(data.clips["clip"])


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("Train_AFEW", "Val_AFEW"), {"train", "validation"}),
        (("train_afew", "val_afew"), {"train", "validation"}),
        (("Train", "Validation"), {"train", "validation"}),
        (("AFEW/Train_AFEW/Train_AFEW", "AFEW/Val_AFEW/Val_AFEW"), {"train", "validation"}),
        (("Train_AFEW", "Test_AFEW"), {"train", "test"}),
    ],
)
def test_afew_parts_are_known_by_their_names(names, parts, tmp_path):
    for name in names:
        empty(tmp_path / name / "Angry" / "000046280.avi")
        empty(tmp_path / name / "Happy" / "000046280.avi")
    data = read("afew", tmp_path)
    assert set(data.clips["part"]) == parts and len(data.clips) == 4


def test_afew_one_part_alone_and_one_level_too_low(tmp_path):
    TREES["afew"](tmp_path)
    part = read("afew", tmp_path / "AFEW" / "Val_AFEW")
    assert set(part.clips["part"]) == {"validation"}
    with pytest.raises(InputError, match="must hold Train_AFEW and Val_AFEW"):
        read("afew", tmp_path / "AFEW" / "Val_AFEW" / "Angry")


def test_afew_frames_of_videos_are_clips_too(tmp_path):
    for number in range(3):
        empty(tmp_path / "Train_AFEW" / "Angry" / "000046280" / f"{number}.png")
    assert read("afew", tmp_path).clips["clip"].tolist() == ["train/Angry/000046280"]
