"""SIGKILL at random moments: what was reported done is there, and nothing is half.

A fault that a kill meets with probability p is missed by n kills with (1 - p)^n: 60 kills find one
of 5 % with 95 %, 40 kills one of 7.5 %. ``STTM_KILLS=10`` kills ten times as often.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
PROGRAM = Path(__file__).with_name("label_killing.py")
TIMES = int(os.environ.get("STTM_KILLS", "1"))


def kill(what: str, kills: int, folder: Path) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), what, "1", str(kills), str(folder)],
        capture_output=True,
        text=True,
        timeout=250 * TIMES,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.timeout(300 * TIMES)
def test_labelling_survives_kills(tmp_path):
    found = kill("label", 60 * TIMES, tmp_path)
    assert found["reported"] >= 30 * TIMES and found["kept"] >= found["reported"]


@pytest.mark.timeout(300 * TIMES)
def test_migrating_survives_kills(tmp_path):
    kills = 40 * TIMES
    assert kills // 16 <= kill("migrate", kills, tmp_path)["done"] <= kills - kills // 16


@pytest.mark.timeout(300 * TIMES)
def test_merging_survives_kills(tmp_path):
    kills = 40 * TIMES
    found = kill("merge", kills, tmp_path)
    assert kills // 12 <= found["done"] <= found["taken"] <= kills
