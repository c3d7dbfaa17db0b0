"""What is found out about clips by reading them, and what a path to clips stands for."""

from __future__ import annotations

import numpy as np
import pytest
from study_material import scheme, write_clips

from labeling.finding import find_clips, subjects_in
from labeling.learning import facts_of, learn_clips, unknown_clips
from labeling.statement import Interval, Statement
from labeling.study import create_study
from sttm.errors import InputError


@pytest.mark.parametrize("jobs", [1, 2])
def test_clips_are_read_once_and_what_is_wrong_is_told(tmp_path, jobs):
    table = write_clips(tmp_path, 4)
    (tmp_path / "c01.npy").unlink()
    (tmp_path / "c02.npy").write_bytes(b"no array")
    told = []
    with create_study(tmp_path / "s.sttm-study", scheme()) as study:
        study.add_clips(table)
        wrong = learn_clips(study, jobs, lambda clip, done, total: told.append((done, total)))
        assert [clip for clip, _ in wrong] == ["c01", "c02"]
        assert all(sentence.endswith(".") for _, sentence in wrong)
        assert told[-1] == (4, 4)
        rows = study.clips().set_index("clip")
        assert rows.loc["c00", ["frames", "width", "height"]].tolist() == [12, 64, 48]
        assert rows.loc["c00", "digest"] != rows.loc["c03", "digest"]
        assert [r["clip"] for r in unknown_clips(study)] == ["c01", "c02"]
        told.clear()
        learn_clips(study, jobs, lambda clip, done, total: told.append(clip))
        assert sorted(told) == ["c01", "c02"]


def test_a_stretch_has_its_own_frames(tmp_path):
    write_clips(tmp_path, 1)
    assert facts_of(tmp_path / "c00.npy", 3, 7, 50.0)["frames"] == 5
    assert facts_of(tmp_path / "c00.npy", 3, None)["frames"] == 9


def test_marks_beyond_what_is_there_are_told(tmp_path):
    table = write_clips(tmp_path, 1)
    with create_study(tmp_path / "s.sttm-study", scheme()) as study:
        study.add_clips(table)
        study.say("c00", "ann", Statement((Interval("anger", offset=50),)))
        ((clip, sentence),) = learn_clips(study)
        assert clip == "c00" and "beyond the last frame" in sentence


def test_what_a_path_stands_for(tmp_path):
    write_clips(tmp_path, 2)
    (tmp_path / "notes.txt").write_text("x")
    found = find_clips(tmp_path)
    assert found.clips["clip"].tolist() == ["c00", "c01"]
    assert found.strays == [("notes.txt", "neither video nor image")]
    assert find_clips(tmp_path / "c00.npy").clips["clip"].tolist() == ["c00"]
    (tmp_path / "t.csv").write_text("clip,path,subject\na,c00.npy,s1\n")
    assert find_clips(tmp_path / "t.csv").clips[["clip", "source", "subject"]].values.tolist() == [
        ["a", "c00.npy", "s1"]
    ]
    np.save(tmp_path / "c00.other.npy", np.zeros((2, 2, 2), np.uint8))
    for wrong in (tmp_path / "gone", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        with pytest.raises(InputError):
            find_clips(wrong)
    (tmp_path / "blank.csv").write_text("clip,path\na,\n")
    with pytest.raises(InputError, match="no path for clip a"):
        find_clips(tmp_path / "blank.csv")


def test_names_stay_apart(tmp_path):
    for name in ("a.npy", "a.avi"):
        np.save(tmp_path / "a.npy", np.zeros((2, 2, 2), np.uint8))
        (tmp_path / name).touch()
    assert find_clips(tmp_path).clips["clip"].tolist() == ["a.avi", "a.npy"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("(", "no regular expression"), ("S1", "one group"), ("(x)", "no subject in S1_a")],
)
def test_subjects_that_cannot_be_found(pattern, words):
    with pytest.raises(InputError, match=words):
        subjects_in(["S1_a", "S2_a"], pattern)
