"""Draw docs/pictures/gallery: the picture that each example ends in, made small.

Run it from the top folder after changes to examples/ or to what they show:
``python docs/pictures/draw_gallery.py``. It takes a minute or two. The colours are reduced to a
palette so that the files stay small.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from sttm.atomic import replacing

TARGET = Path(__file__).with_name("gallery")
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("[0-9]*.py"))
NO_DITHER = Image.Dither.NONE
COLOURS = 256  # of a picture; with fewer, shades of block weights fall together


def picture_of(example: Path, output: Path) -> Path:
    """Run an example and return the last picture that it says it has written."""
    command = [sys.executable, str(example), str(output)]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(re.findall(r"\S+\.png", said)[-1])


def draw(target: Path = TARGET) -> list[Path]:
    """Write the small picture of every example into ``target`` and return their paths."""
    target.mkdir(exist_ok=True)
    done = []
    with tempfile.TemporaryDirectory() as output:
        for example in EXAMPLES:
            with Image.open(picture_of(example, Path(output))) as picture:
                small = picture.convert("RGB").quantize(COLOURS, kmeans=2, dither=NO_DITHER)
            done.append(target / f"{example.stem}.png")
            with replacing(done[-1]) as part:
                small.save(part, "PNG", optimize=True)
    return done


if __name__ == "__main__":
    for path in draw():
        print(f"{path} ({path.stat().st_size // 1024} KB)")
