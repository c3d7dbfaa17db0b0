"""Drawn clips on disk: readable, complete, kept when there, replaced when others are asked for."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pandas as pd
import pytest

from experiments.datasets.drawn import DrawnSettings, draw_clip, write_clips
from experiments.datasets.drawn import files as drawn_files
from sttm.errors import InputError
from sttm.tables import check_clips

TINY = DrawnSettings(subjects=2, takes=1, frames=12, size=120)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn") / "a folder"
    return folder, *write_clips(TINY, folder)


def read(path) -> np.ndarray:
    video = cv2.VideoCapture(str(path))
    frames = []
    while True:
        ok, frame = video.read()
        if not ok:
            return np.stack(frames)[..., ::-1]
        frames.append(frame)


def stamps(folder) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in folder.glob("*.avi")}


def test_tables_fit_together_and_to_the_files(written):
    folder, clips, labels = written
    assert check_clips(clips).equals(clips.astype(check_clips(clips).dtypes))
    assert list(clips["clip"]) == list(labels["clip"])
    assert len(clips) == 14
    assert sorted(clips["source"]) == sorted(p.name for p in folder.glob("*.avi"))
    assert labels.columns.tolist() == ["clip", "label", "onset", "apex", "offset"]
    assert ((labels["onset"] < labels["apex"]) & (labels["apex"] < labels["offset"])).all()
    assert (labels["offset"].to_numpy() <= clips["last"].to_numpy()).all()
    assert set(labels["label"]) == set(TINY.labels)


def test_a_file_holds_the_clip_up_to_compression(written):
    folder, _, labels = written
    clip = draw_clip(TINY, 1, "surprise", 0)
    row = labels.set_index("clip").loc[clip.name]
    assert (row["onset"], row["apex"], row["offset"]) == (clip.onset, clip.apex, clip.offset)
    stored = read(folder / f"{clip.name}.avi")
    assert stored.shape == clip.frames.shape
    assert np.abs(stored.astype(int) - clip.frames).mean() < 3.0
    assert cv2.VideoCapture(str(folder / f"{clip.name}.avi")).get(cv2.CAP_PROP_FPS) == TINY.fps


def test_the_folder_says_that_the_faces_are_drawn(written):
    folder, clips, labels = written
    assert "drawn (synthetic) faces" in (folder / "README.txt").read_text()
    assert json.loads((folder / "drawn.json").read_text())["settings"]["seed"] == 0
    assert pd.read_csv(folder / "labels.csv").equals(labels)
    assert pd.read_csv(folder / "clips.csv")["source"].tolist() == clips["source"].tolist()


def test_what_is_there_is_kept_and_what_is_missing_is_drawn(tmp_path):
    _, labels = write_clips(TINY, tmp_path)
    before = stamps(tmp_path)
    gone = tmp_path / "d02-fear-1.avi"
    content = gone.read_bytes()
    gone.unlink()
    _, again = write_clips(TINY, tmp_path)
    after = stamps(tmp_path)
    assert again.equals(labels)
    assert gone.read_bytes() == content
    assert {n for n in after if after[n] != before[n]} == {gone.name}


def test_an_interrupted_run_leaves_whole_files_and_is_resumed(tmp_path, monkeypatch):
    drawn = []

    def stop_after_three(settings, *wanted):
        if len(drawn) == 3:
            raise KeyboardInterrupt
        drawn.append(wanted)
        return draw_clip(settings, *wanted)

    monkeypatch.setattr(drawn_files, "draw_clip", stop_after_three)
    with pytest.raises(KeyboardInterrupt):
        write_clips(TINY, tmp_path)
    before = stamps(tmp_path)
    assert len(before) == 3
    assert not list(tmp_path.glob(".sttm-*"))
    monkeypatch.undo()
    clips, _ = write_clips(TINY, tmp_path)
    after = stamps(tmp_path)
    assert len(after) == len(clips) == 14
    assert all(after[name] == before[name] for name in before)
    assert all(len(read(tmp_path / name)) == TINY.frames for name in after)


def test_other_settings_replace_the_clips(tmp_path):
    write_clips(TINY, tmp_path)
    old = (tmp_path / "d01-anger-1.avi").read_bytes()
    fewer = TINY.model_copy(update={"seed": 5, "subjects": 1})
    clips, _ = write_clips(fewer, tmp_path)
    assert sorted(clips["source"]) == sorted(p.name for p in tmp_path.glob("*.avi"))
    assert (tmp_path / "d01-anger-1.avi").read_bytes() != old


def test_two_workers_write_what_one_writes(written, tmp_path):
    folder, clips, labels = written
    more_clips, more_labels = write_clips(TINY, tmp_path / "two", jobs=2)
    assert more_clips.equals(clips)
    assert more_labels.equals(labels)
    for name in clips["source"]:
        assert (tmp_path / "two" / name).read_bytes() == (folder / name).read_bytes()


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "holiday.avi").write_bytes(b"mine")
    with pytest.raises(InputError, match="folder of their own"):
        write_clips(TINY, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["holiday.avi"]


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError):
        write_clips(TINY, tmp_path / "file")
