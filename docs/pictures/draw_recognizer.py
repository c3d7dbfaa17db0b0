"""Draw the pictures of the recognizer's window, on drawn (synthetic) faces.

Run it from the top folder after changes to ``recognizer/gui``, with the model that ``sttm demo``
makes: ``python docs/pictures/draw_recognizer.py runs/demo/model.sttm``. It takes half a minute. No
screen is needed. The faces are drawn from a seed that the demo does not use.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PIL import Image

from experiments.datasets.drawn import DrawnSettings, write_clips
from recognizer.gui.app import show_window
from recognizer.gui.window import RecognizerWindow
from sttm.atomic import replacing
from sttm.frames import open_frames
from sttm.gui.app import make_app
from sttm.gui.preferences import Preferences
from sttm.pictures.recording import record

TARGET = Path(__file__).parent
SIZE = (1366, 768)
FACES = DrawnSettings(subjects=2, takes=1, frames=48, size=320, seed=11, noise=1.0)
EXPRESSIONS = ("happiness", "surprise")


def written(folder: Path) -> Path:
    """Write a clip of two drawn people side by side, and return its path."""
    clips, labels = write_clips(FACES, folder / "drawn")
    sides = []
    for subject, expression in zip(sorted(clips["subject"].unique()), EXPRESSIONS, strict=True):
        wanted = set(labels.loc[labels["label"] == expression, "clip"])
        row = clips[(clips["subject"] == subject) & clips["clip"].isin(wanted)].iloc[0]
        with open_frames(folder / "drawn" / row["source"], colour=True) as frames:
            sides.append(np.asarray(frames.volume()))
    both = np.concatenate(sides, axis=2)
    return record(lambda: iter(both), folder / "two drawn people", FACES.fps).path


class Stage:
    """Opens the window and takes pictures of it."""

    def __init__(self, folder: Path) -> None:
        self.app = make_app("sttm live")
        self.folder = folder

    def wait(self, done: Callable[[], object], seconds: float = 120.0) -> None:
        """Let the window work until something holds."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get ready")
            self.app.processEvents()
            time.sleep(0.01)

    def window(self, model: Path, theme: str) -> RecognizerWindow:
        """Open a window of a laptop's size."""
        window = show_window(
            model=model,
            models=[model.parents[1]],
            label_clip=print,
            preferences=Preferences(theme=theme),
        )
        window.resize(*SIZE)
        self.wait(lambda: window.session.bundle is not None)
        return window

    def at(self, window: RecognizerWindow, frame: int) -> None:
        """Wait for all answers and show a frame with its layers."""
        player = window.page.player
        self.wait(lambda: window.session.record.complete and player.facts is not None)
        player.pause()
        player.seek(frame)
        self.wait(lambda: player.frame == frame)
        answer = window.session.record.at(frame)
        assert answer is not None
        details = window.page.details
        looks = [look.seen for look in answer.looks if look.seen is not None]
        self.wait(lambda: all(details.of(seen, False, True) for seen in looks))
        self.wait(lambda: not details.waiting)

    def keep(self, window: RecognizerWindow, name: str) -> Path:
        """Write what the window shows, in few colours."""
        for _ in range(3):
            self.app.processEvents()
        whole = self.folder / "whole.png"
        window.grab().save(str(whole))
        path = TARGET / f"{name}.png"
        with Image.open(whole) as picture, replacing(path) as part:
            few = picture.convert("RGB").quantize(256, kmeans=1, dither=Image.Dither.NONE)
            few.save(part, format="PNG", optimize=True)
        return path


def main(model: Path) -> None:
    """Draw all pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        clip = written(folder)
        stage = Stage(folder)
        start = stage.window(model, "light")
        print(stage.keep(start, "recognizer_start"))
        start.perform("all faces")
        start.open_paths([clip])
        stage.wait(lambda: start.session.source is not None)
        start.perform("layer map")
        stage.at(start, 20)
        print(stage.keep(start, "recognizer"))
        start.perform("theme")
        start.perform("layer crop")
        stage.at(start, 30)
        print(stage.keep(start, "recognizer_dark"))
        start.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
