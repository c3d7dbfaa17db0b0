"""The sequence sets: what all promise beyond the contract; Oulu-CASIA and AFEW."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from sequence_material import empty, grown, packs, read, rows  # noqa: F401 (packs is a fixture)
from trees_sequences import (
    CK_IMAGES,
    SHEET,
    TREES,
    ck_text,
    oulu_condition,
)

from experiments.datasets import READERS
from sttm.errors import InputError

KINDS = list(TREES)

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
def test_the_current_folder_will_do_as_well(kind, tmp_path, monkeypatch):
    whole = grown(kind, tmp_path)
    monkeypatch.chdir(tmp_path)
    here = read(kind, Path())
    assert here.clips.equals(whole.clips) and here.labels.equals(whole.labels)
    assert here.skipped.equals(whole.skipped) and here.passed.equals(whole.passed)


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
