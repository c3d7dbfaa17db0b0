"""The benchmarks complete, their peers agree with us, and the table says what was measured."""

from __future__ import annotations

import json
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import reference_harris
import reference_lbp_top

from sttm.descriptors.lbp_top import LBPTOP
from sttm.descriptors.sttm import STTM
from sttm.extract import Recipe
from sttm.harris import Scale

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are not installed

from benchmarks import __main__ as command
from benchmarks import decoding, descriptors, drawn_video, memory, response, startup
from benchmarks.effort import Effort, Picture
from benchmarks.machine import describe, one_core, usable_cores
from benchmarks.pairs import Pair, Spread, Timed, in_turns
from benchmarks.processes import peak_memory, timed_process
from benchmarks.rows import HEAD, Row, table

TINY = Effort(
    repeats=1,
    crop=48,
    lengths=(8, 12),
    frames=12,
    pictures=(Picture("small", 320, 240, 2.5, 1.5),),
    processes=1,
    batch=3,
    memory=(1, 2),
)


@pytest.fixture(scope="module")
def effort(tmp_path_factory):
    return replace(TINY, scratch=tmp_path_factory.mktemp("bench"))


ROWS = {
    "response": 1,
    "descriptors": 2 * len(TINY.lengths),
    "decoding": len(TINY.pictures) + 1,
    "startup": 2,
    "throughput": 7,
    "memory": 1,
    "recognizing": 5,
}


def test_every_benchmark_is_tried_here():
    assert set(ROWS) == set(command.NAMES)


@pytest.mark.parametrize("name", command.NAMES)
def test_a_benchmark_completes(name, effort):
    rows = command.benchmark(name)(effort)
    assert len(rows) == ROWS[name]
    for row in rows:
        assert 0 < row.value.low <= row.value.middle <= row.value.high < math.inf
        assert row.what and row.unit
        assert (row.target is None) == (row.met is None)
    assert len({row.what for row in rows}) == len(rows)


def test_the_plain_response_is_the_paper_s():
    clip = drawn_video.crop_volume(12, 40)
    slow = reference_harris.response(clip, 1.5, 1.0, 2.0, 0.005)
    plain = response.plain_response(clip.astype(np.float64), Scale(1.5, 1.0, 2.0, 0.005))
    assert response.relative_error(plain, slow) < 1e-9


def test_a_response_that_differs_is_refused(monkeypatch, effort):
    monkeypatch.setattr(response, "response", lambda clip, scale: clip * 0)
    with pytest.raises(ArithmeticError, match="differs"):
        response.run(effort)


def test_the_plain_lbp_top_is_the_reference_and_ours():
    clip = drawn_video.crop_volume(10, 48)
    plain = descriptors.plain_lbp_top(clip, (1, 4, 4))
    np.testing.assert_allclose(plain, reference_lbp_top.lbp_top(clip, (1, 4, 4)), atol=1e-12)
    descriptors.check_peer(clip, LBPTOP(grid=(1, 4, 4)))
    with pytest.raises(ArithmeticError, match="differ"):
        descriptors.check_peer(clip, LBPTOP(grid=(1, 4, 4), radii=(1, 3, 3)))


def test_ours_and_the_peer_read_the_same_frames(tmp_path):
    video = drawn_video.camera_video(tmp_path, "v", 320, 240, 12)
    source = decoding.Source(video.path, 9)
    assert video.frames == 12
    assert decoding.only_decode(source) == 9
    assert decoding.to_vector(source, Recipe(STTM())) == 9
    assert "only decoding" in decoding.stages([source], Recipe(STTM()), 1)


def test_a_clip_without_a_face_stops_the_benchmark(tmp_path):
    path = tmp_path / "grey.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 64))
    for _ in range(4):
        writer.write(np.full((64, 64, 3), 90, np.uint8))
    writer.release()
    with pytest.raises(RuntimeError, match="no face"):
        decoding.to_vector(decoding.Source(path, 4), Recipe(STTM()))


def test_a_drawn_video_is_as_large_as_asked_and_moves(tmp_path):
    video = drawn_video.camera_video(tmp_path, "v", 426, 240, 14)
    capture = cv2.VideoCapture(str(video.path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1].astype(int))
    assert [f.shape for f in frames] == [(240, 426, 3)] * 14
    assert np.abs(frames[0] - frames[-1])[60:180, 140:280].mean() > 1
    assert video.codec in drawn_video.CODECS


def test_a_real_folder_is_read_instead_of_drawn_clips(effort, tmp_path):
    drawn_video.small_clips(tmp_path, 2, 12, 160)
    rows = decoding.run(replace(effort, folder=tmp_path, pictures=()))
    assert [row.what for row in rows] == ["file to vector, 2 given 160 x 160 MJPG"]
    assert (rows[0].unit, rows[0].target) == ("frames/s", decoding.SMALL_TARGET)


def test_a_given_clip_of_a_camera_s_size_has_that_size_s_target(effort, tmp_path):
    drawn_video.camera_video(tmp_path, "v", 320, 240, 12)
    rows = decoding.run(replace(effort, folder=tmp_path))
    assert ["drawn" in row.what for row in rows] == [True, False]
    assert [(row.unit, row.target) for row in rows] == [("x decoding", 2.5)] * 2


def test_turns_are_taken_and_the_first_is_not_counted():
    calls = []
    pair = in_turns(lambda: calls.append("a"), lambda: calls.append("b"), 3)
    assert "".join(calls) == "ab" * 4
    assert len(pair.ours) == len(pair.peer) == 3


def test_ratios_are_taken_within_a_turn():
    ours = tuple(Timed(w, 1.0) for w in (1.0, 2.0, 4.0))
    peer = tuple(Timed(w, 5.0) for w in (3.0, 4.0, 20.0))
    pair = Pair(ours, peer)
    assert pair.ratio("wall") == Spread(3.0, 2.0, 5.0)
    assert pair.ratio("wall", peer_over_ours=False) == Spread(1 / 3, 0.2, 0.5)
    assert pair.ratio("cpu") == Spread(5.0, 5.0, 5.0)


def test_one_core_is_given_back():
    before, threads = usable_cores(), cv2.getNumThreads()
    with one_core():
        assert cv2.getNumThreads() == 1
        assert usable_cores() == 1 or not hasattr(os, "sched_getaffinity")
    assert (usable_cores(), cv2.getNumThreads()) == (before, threads)


@pytest.mark.parametrize(
    ("value", "more", "target", "aim", "says"),
    [
        (7.0, True, 6.0, 15.0, "yes"),
        (16.0, True, 6.0, 15.0, "yes, and the aim"),
        (5.9, True, 6.0, 15.0, "NO"),
        (1.1, False, 1.5, 1.2, "yes, and the aim"),
        (1.6, False, 1.5, 1.2, "NO"),
        (1.6, False, None, None, ""),
    ],
)
def test_the_table_says_what_is_met(value, more, target, aim, says):
    row = Row("x", Spread(value, value, value), "x", target=target, aim=aim, more=more)
    assert row.cells()[-1] == says


def test_the_table_has_a_line_per_row_and_each_note_once():
    spread = Spread(1.0, 0.5, 2.0)
    rows = [Row(w, spread, "s", note=n) for w, n in (("a", "one"), ("b", ""), ("c", "one"))]
    lines = table(rows).splitlines()
    bars = [line.count("|") for line in lines[:5]]
    assert bars == [len(HEAD) + 1] * 5
    assert len({len(line) for line in lines[:5]}) == 1
    assert "0.5-2" in lines[2]
    assert [line.split("|")[-2].strip() for line in lines[2:5]] == ["1", "", "1"]
    assert lines[5:] == ["", "1. one"]


def test_a_process_that_fails_is_not_measured():
    with pytest.raises(RuntimeError, match="ended with 3"):
        timed_process([startup.BARE[0], "-c", "raise SystemExit(3)"])


def test_the_peak_of_a_child_is_its_own(tmp_path):
    drawn_video.small_clips(tmp_path, 1, 12, 160)
    small = memory.peak_of(tmp_path, 1)
    ballast = np.ones((int(small) + 250, 1024, 128))  # far more than the child needs
    assert peak_memory() > small
    assert memory.peak_of(tmp_path, 1) < small + 150
    del ballast


def test_the_command_prints_the_table_and_writes_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "FULL", TINY)
    file = tmp_path / "speed.json"
    assert command.main(["startup", "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    assert f"cores {usable_cores()}" in shown and "scikit-image" in shown
    assert "| start-up, sttm --help" in shown
    written = json.loads(file.read_text(encoding="utf-8"))
    assert [row["what"] for row in written["rows"]] == [
        "start-up, import sttm",
        "start-up, sttm --help",
    ]
    assert written["machine"].keys() == describe().keys()


@pytest.mark.parametrize("typed", [["nothing"], ["--clips", "nowhere-at-all"]])
def test_wrong_arguments_are_refused(typed, capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(typed)
    assert stop.value.code == 2
    assert typed[-1] in capsys.readouterr().err
