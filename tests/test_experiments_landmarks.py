"""`sttm landmarks`: sets of pictures with points, people on one side only, errors, commands."""

from __future__ import annotations

import shutil
from functools import partial

import cv2
import numpy as np
import pytest
from landmark_material import drawn_points, small_model, small_regressor

from experiments import landmarks
from experiments.cli import main
from experiments.landmark_errors import error_table, judge, overlay_sheet, table_lines
from experiments.landmarks import find_points, split_owners, unseen
from sttm.errors import InputError
from sttm.landmarks.points import read_points, write_points
from sttm.landmarks.scheme import REST


def few(tmp_path, per_person=2):
    """A folder with a few of the drawn pictures."""
    for owner in drawn_points().owners:
        for sample in drawn_points().of([owner]).samples[:per_person]:
            shutil.copy(sample.picture, tmp_path)
            shutil.copy(sample.points, tmp_path)
    return tmp_path


def test_drawn_points_lie_on_the_face():
    """The middle of the true eye is darker than the cheek, and the lips are where teeth show."""
    sample = drawn_points().samples[0]
    grey, points = sample.read()
    assert points.shape == (68, 2) and points.min() > 0 and points.max() < len(grey) + 20
    eye = points[36:42].mean(axis=0).round().astype(int)
    cheek = (points[[31, 3]].mean(axis=0)).round().astype(int)
    assert grey[eye[1], eye[0]] < grey[cheek[1], cheek[0]]
    assert sample.subject == "d01" and drawn_points().subjects_known


def test_ck_is_found_across_its_trees(tmp_path):
    images = tmp_path / "cohn-kanade-images/S005/001"
    marks = tmp_path / "Landmarks/S005/001"
    images.mkdir(parents=True)
    marks.mkdir(parents=True)
    cv2.imwrite(str(images / "S005_001_00000001.png"), np.zeros((99, 99), np.uint8))
    lines = "".join(f"  {x:.7e}  {y:.7e}\n" for x, y in REST * 20 + 50)
    (marks / "S005_001_00000001_landmarks.txt").write_text(lines)
    (sample,) = find_points(tmp_path).samples
    assert sample.subject == "S005" and np.allclose(sample.read()[1], REST * 20 + 50)


def test_a_folder_without_pairs_is_refused(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((99, 99), np.uint8))
    write_points(REST, tmp_path / "b.pts")
    with pytest.raises(InputError, match="1 pictures, 1 files of points"):
        find_points(tmp_path)
    with pytest.raises(InputError, match="is none"):
        find_points(tmp_path / "none")


@pytest.mark.parametrize("seed", range(5))
def test_nobody_is_on_both_sides(seed):
    learned, kept = split_owners(drawn_points(), 0.3, seed)
    assert kept and learned and not set(learned) & set(kept)
    assert {*learned, *kept} == set(drawn_points().owners)
    with pytest.raises(InputError, match="from 0 to below 1"):
        split_owners(drawn_points(), 1.0, seed)


def test_who_was_learned_from_is_not_tested_on():
    left = unseen(drawn_points(), small_regressor())
    assert left.owners == drawn_points().owners[2:]
    with pytest.raises(InputError, match="trained on everybody"):
        unseen(drawn_points().of(drawn_points().owners[:2]), small_regressor())


def test_perfect_points_have_no_error_and_the_table_says_so(tmp_path):
    judged = judge(small_regressor(), find_points(few(tmp_path)))
    table = error_table(judged).set_index("part")
    assert (table["error"] > 0).all() and (table["low"] <= table["error"]).all()
    assert (table["error"] <= table["high"]).all() and (table["told"] == 1).all()
    judged.errors[:] = 0
    judged.errors[:, :17] = np.nan
    none = error_table(judged).set_index("part")
    assert none.loc["all", "error"] == 0 and np.isnan(none.loc["jaw", "error"])
    assert any(line.startswith("jaw") and "-" in line for line in table_lines(none.reset_index()))
    sheet = overlay_sheet(judged, most=3, side=60)
    assert sheet.dtype == np.uint8 and sheet.shape == (60, 180, 3)


def test_pictures_that_cannot_be_used_are_named(tmp_path):
    few(tmp_path, 1)
    cv2.imwrite(str(tmp_path / "d03-blank-1-00.png"), np.zeros((99, 99), np.uint8))
    write_points(REST * 20 + 50, tmp_path / "d03-blank-1-00.pts")
    (tmp_path / "d03-torn-1-00.png").write_bytes(b"no picture")
    write_points(REST * 20 + 50, tmp_path / "d03-torn-1-00.pts")
    judged = judge(small_regressor(), find_points(tmp_path))
    assert {what for what, _ in judged.skipped} == {"d03-blank-1-00.png", "d03-torn-1-00.png"}


def test_the_commands_from_drawing_to_a_model(tmp_path, capsys, monkeypatch):
    quick = partial(landmarks.ShapeRegressor, cells=1, orientations=4)
    monkeypatch.setattr(landmarks, "ShapeRegressor", quick)
    folder, model = tmp_path / "set", tmp_path / "m.sttm-points"
    assert main(["landmarks", "draw", str(folder), "--subjects", "1", "--size", "96", "-q"]) == 0
    assert "synthetic" in capsys.readouterr().out
    assert main(["landmarks", "draw", str(folder), "--subjects", "1", "-q"]) == 1
    assert "not empty" in capsys.readouterr().err
    (sample, *_) = find_points(folder).samples
    assert read_points(sample.points).shape == (68, 2)
    asked = ["--stages", "1", "--starts", "1", "--split", "0", "-q"]
    assert main(["landmarks", "train", str(folder), "--out", str(model), *asked]) == 0
    assert model.is_file() and f"model  {model}" in capsys.readouterr().out


def test_the_test_command_says_errors_and_who_was_left_out(tmp_path, capsys):
    place, sheet = few(tmp_path), tmp_path / "sheet.png"
    asked = ["landmarks", "test", str(place), "--model", str(small_model()), "-q"]
    assert main([*asked, "--overlay", str(sheet)]) == 0
    said = capsys.readouterr()
    assert "4 pictures of people that the model was trained on are left out" in said.err
    assert "mouth" in said.out and "one subject" in said.out and sheet.is_file()
    assert main(["landmarks", "test", str(place), "--backend", "cascades", "-q"]) == 0
    assert "found in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--backend", "regressor"], "name it by --model"),
        (["--backend", "given"], "nothing to test"),
        (["--backend", "cascade"], "did you mean 'cascades'"),
        (["--model", "none.sttm-points"], "no landmark model"),
    ],
)
def test_wrong_back_ends_are_one_sentence(options, sentence, tmp_path, capsys):
    assert main(["landmarks", "test", str(few(tmp_path, 1)), *options, "-q"]) == 1
    assert sentence in capsys.readouterr().err
