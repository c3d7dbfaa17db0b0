"""Every example runs as a script, in a fresh process, and leaves what it says that it wrote."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("[0-9]*.py"))


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """One folder for all, so that the drawn clips are drawn once."""
    return tmp_path_factory.mktemp("examples")


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_runs_and_writes_what_it_says(script, output):
    done = subprocess.run(
        [sys.executable, str(script), str(output)],
        cwd=output,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    written = re.findall(r"^written (\S+)(?: and (\S+))?$", done.stdout, re.M)
    files = [Path(f) for row in written for f in row if f]
    assert files, done.stdout
    for file in files:
        assert file.stat().st_size > 0
        assert output in file.parents
        if file.suffix == ".png":
            with Image.open(file) as picture:
                assert min(picture.size) > 200


def test_examples_are_numbered_without_a_gap_and_say_how_they_are_run():
    assert [int(p.name[:2]) for p in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    for script in EXAMPLES:
        text = script.read_text(encoding="utf-8")
        assert f"Run: python examples/{script.name}" in text
        assert len(text.splitlines()) <= 70


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_every_picture_of_an_example_says_that_its_faces_are_drawn(script):
    text = script.read_text(encoding="utf-8")
    for picture in re.findall(r'savefig\(out / "(\w+\.png)"', text):
        titles = " ".join(re.findall(r"(?:set_title|suptitle)\((.*)\n", text))
        assert "drawn (synthetic)" in titles.lower(), picture
