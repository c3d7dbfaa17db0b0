"""Draw docs/pictures/strip.png: what ``sttm show`` makes of a drawn smile.

Run it from the top folder after changes to the pictures or to the drawn faces:
``python docs/pictures/draw_strip.py``. The colours are reduced to a palette so that the file
stays small.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree

from experiments.datasets.drawn import DrawnSettings, draw_clip
from experiments.datasets.drawn.files import save_clip
from sttm.atomic import replacing
from sttm.descriptors.sttm import STTM
from sttm.extract import Job, Recipe
from sttm.pictures import show_clip
from sttm.pictures.colours import ACCENT, COOL, WARM

TARGET = Path(__file__).with_name("strip.png")
SUBJECT, LABEL = 8, "happiness"
NOTE = "Drawn (synthetic) face; nobody was filmed."


def palette() -> np.ndarray:
    """Return 256 colours (256, 3) uint8: greys, both sides of the map, outlines over grey."""
    grey = np.repeat(np.linspace(0, 255, 80), 3).reshape(-1, 3)
    warm = WARM[np.linspace(0, 255, 60).round().astype(int)]
    cool = COOL[np.linspace(0, 255, 36).round().astype(int)]
    under = np.linspace(10, 230, 10)[:, None]
    share = np.linspace(0.15, 1, 8)[:, None, None]
    mixed = share * np.array(ACCENT) + (1 - share) * under  # (8, 10, 3)
    colours = np.concatenate([grey, warm, cool, mixed.reshape(-1, 3)])
    return np.rint(colours).astype(np.uint8)


def reduced(picture: Image.Image) -> Image.Image:
    """Return a picture with every colour replaced by the nearest of the palette."""
    colours = palette()
    _, nearest = cKDTree(colours).query(np.asarray(picture).reshape(-1, 3))
    out = Image.fromarray(nearest.astype(np.uint8).reshape(picture.height, picture.width), "P")
    out.putpalette(colours.tobytes())
    return out


def draw(target: Path = TARGET) -> Path:
    """Write the strip of one drawn clip to ``target`` and return it."""
    settings = DrawnSettings(noise=1.0)
    clip = draw_clip(settings, SUBJECT, LABEL, 0)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"{clip.name}.avi"
        save_clip(clip, source, settings.fps)
        job = Job(clip.name, source, None, None, None)
        shown = show_clip(job, Recipe(STTM()), Path(folder), video=False, note=NOTE)
        small = reduced(Image.open(shown.strip).convert("RGB"))
    with replacing(target) as part:
        small.save(part, "PNG", optimize=True)
    return target


if __name__ == "__main__":
    print(f"{draw()} ({TARGET.stat().st_size // 1024} KB)")
