"""`sttm live`: the window from the command line, and back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from recognizer_material import bundle_file, pictures, write_video
from test_labeling_hostile import WINDOW

from experiments import handing_over
from experiments.cli import main

LIVE = WINDOW.replace("labeling.gui", "recognizer.gui")


def window(number, folder, *arguments):
    """Open the window in a process of its own and send it a signal."""
    pytest.importorskip("PySide6.QtWidgets")
    return subprocess.run(
        [sys.executable, "-c", LIVE, str(int(number)), *arguments],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
    )


def test_a_signal_closes_the_window_while_it_works(tmp_path):
    clip = write_video(tmp_path / "clip.avi", pictures())
    model = bundle_file(tmp_path)
    done = window(
        signal.SIGTERM,
        tmp_path,
        *("live", str(clip), "--model", str(model), "--models", str(tmp_path), "--theme", "dark"),
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr


def test_a_camera_that_is_not_there_ends_no_window(tmp_path):
    done = window(signal.SIGINT, tmp_path, "live", "--camera", "93")
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["gone.avi"], "there is nothing at gone.avi"),
        (["--model", "gone.sttm"], "there is no model bundle gone.sttm"),
        (["--theme", "drak"], "did you mean 'dark'"),
    ],
)
def test_wrong_commands_end_with_one_sentence(arguments, sentence, tmp_path, monkeypatch, capsys):
    pytest.importorskip("PySide6.QtWidgets")
    monkeypatch.chdir(tmp_path)
    assert main(["live", *arguments]) == 1
    said = capsys.readouterr().err.strip()
    assert said.startswith("sttm: ") and sentence in said and "\n" not in said


def test_a_clip_is_handed_over_to_the_labelling_window(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(handing_over.subprocess, "Popen", lambda c, **how: started.append((c, how)))
    handing_over.label_clip(tmp_path / "a clip.avi")
    (command, how), *_ = started
    assert command[1:] == ["-m", "experiments", "label", str(tmp_path / "a clip.avi")]
    assert how["start_new_session"]  # it outlives the window that asked for it
