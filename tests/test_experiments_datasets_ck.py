"""CK+ and CK+48: labels, marks, action units, packed frames, and all that real folders hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sequence_material import empty, grown, packs, read, rows  # noqa: F401 (packs is a fixture)
from tree_material import frames_of, write_image
from trees_sequences import (
    CK_IMAGES,
    CK_LABELS,
    CK_UNITS,
    TREES,
    ck_text,
    small_pictures,
)

from sttm.errors import InputError
from sttm.frames import open_frames

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
        "001": "it has the points of 1 of 6 frames",
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


def test_ck_whole_points_become_a_column_and_are_measured(tmp_path):
    """Landmarks as CK+ ships them go through the crop's transform; the geometry is theirs."""
    from sttm.descriptors.geometry import Geometry
    from sttm.extract import Recipe, jobs_of, measure_clip
    from sttm.faces import FaceSettings
    from sttm.landmarks.scheme import REST

    grown("ck+", tmp_path)
    place = tmp_path / "Landmarks/S010/001"
    place.mkdir(parents=True)
    for frame in range(1, 6):
        lines = "".join(f"   {x:.7e}   {y:.7e}\n" for x, y in REST * 30 + 64)
        (place / f"S010_001_{frame:08d}_landmarks.txt").write_text(lines)
    data = read("ck+", tmp_path)
    clips = data.clips.set_index("clip")
    assert clips.loc["S010_001", "landmarks"] == "Landmarks/S010/001"
    assert clips.loc["S999_001", "landmarks"] == ""
    jobs = {job.clip: job for job in jobs_of(data.clips, data.root)}
    geometry = Geometry(landmarks="given", change=False)
    recipe = Recipe(geometry, FaceSettings(finder="whole", align="box"))
    (row,) = measure_clip(jobs["S010_001"], recipe)
    assert np.allclose(
        row.measures, geometry.measure_points(np.zeros((1, 9, 9)), REST[None]), atol=1e-4
    )
    (none,) = measure_clip(jobs["S999_001"], recipe)
    assert none.measures is None and "comes without landmarks" in none.reason
