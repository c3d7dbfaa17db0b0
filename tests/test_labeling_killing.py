"""SIGKILL at random moments: what was reported done is there, and nothing is half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
PROGRAM = Path(__file__).with_name("label_killing.py")


def kill(what: str, kills: int, folder: Path) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), what, "1", str(kills), str(folder)],
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_labelling_survives_hundreds_of_kills(tmp_path):
    found = kill("label", 200, tmp_path)
    assert found["reported"] >= 100 and found["kept"] >= found["reported"]


def test_migrating_survives_kills(tmp_path):
    assert 5 <= kill("migrate", 80, tmp_path)["done"] <= 75


def test_merging_survives_kills(tmp_path):
    found = kill("merge", 60, tmp_path)
    assert 5 <= found["done"] <= found["taken"] <= 60
