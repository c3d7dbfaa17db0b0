"""Every example runs as a script, in a process of its own, and leaves what it says that it wrote.

The first one is started as a reader does; the others share the seconds of importing, see ``warm``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from warm import warm

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("[0-9]*.py"))
GALLERY = ROOT / "docs" / "gallery.md"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    """One folder for all, so that the drawn clips are drawn once."""
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Return what runs a script with one argument in a folder."""
    if not hasattr(os, "fork"):
        yield fresh
        return
    with warm(tmp_path_factory.mktemp("warm")) as program:
        yield lambda script, folder: program.run(str(script), str(folder), cwd=folder)


def fresh(script, folder):
    """Run a script as a reader does."""
    return subprocess.run(
        [sys.executable, str(script), str(folder)],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_an_example_runs_and_writes_what_it_says(script, output, request):
    run = fresh if script == EXAMPLES[0] else request.getfixturevalue("start")
    done = run(script, output)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    written = re.findall(r"^written (\S+)(?: and (\S+))?$", done.stdout, re.M)
    assert len(written) == 1, done.stdout
    assert done.stdout.splitlines()[-1].startswith("written ")
    files = [Path(f) for f in written[0] if f]
    for file in files:
        assert file.stat().st_size > 0
        assert output in file.parents
    pictures = [file for file in files if file.suffix == ".png"]
    assert pictures, "an example ends in a picture"
    for file in pictures:
        check_picture(file)


def check_picture(file):
    """A picture that can be shown: large enough, with something in it, and nothing cut off."""
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert min(pixels.shape) > 300
    assert max(pixels.shape) <= 1600
    assert len(np.unique(pixels)) > 20
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (edges == 255).all(), f"something of {file.name} is cut off"


def test_examples_are_numbered_without_a_gap_and_say_how_they_are_run():
    assert [int(p.name[:2]) for p in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    for script in EXAMPLES:
        text = script.read_text(encoding="utf-8")
        assert f"Run: python examples/{script.name}" in text
        assert len(text.splitlines()) <= 70


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda p: p.stem)
def test_every_picture_of_an_example_says_where_its_data_are_from(script):
    text = script.read_text(encoding="utf-8")
    pictures = re.findall(r'savefig\(out / "(\w+\.png)"', text)
    assert pictures
    titles = re.findall(r'(?:set_title|suptitle)\(f?"(.*)"', text)
    origins = ("drawn (synthetic)", "a published table")
    said = [any(origin in title.lower() for origin in origins) for title in titles]
    assert sum(said) >= len(pictures)


def test_the_gallery_shows_every_example_and_no_other():
    text = GALLERY.read_text(encoding="utf-8")
    names = [script.stem for script in EXAMPLES]
    assert re.findall(r"\]\(\.\./examples/(\w+)\.py\)", text) == names
    shown = re.findall(r"!\[(.+)\]\((pictures/gallery/(\w+)\.png)\)", text)
    assert [name for _, _, name in shown] == names
    kept = (GALLERY.parent / "pictures" / "gallery").iterdir()
    assert sorted(path.stem for path in kept) == names
    for _, path, _ in shown:
        assert (GALLERY.parent / path).stat().st_size < 200_000
        check_picture(GALLERY.parent / path)
